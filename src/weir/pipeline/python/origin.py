"""Where in the user's files something stands, and how it is refused."""

import sys

user_files = set()  # The files that the spec names.

ENGINE_HINT = ("express it as SQL, for example spark.sql(\"SELECT ...\"), or run this project with Apache Spark "
               "(spark-pipelines), which runs any DataFrame code")


class Refused(Exception):
    """What weir does not do, or what was asked wrongly. Tells condition, message and hint."""

    def __init__(self, condition, message, hint=""):
        super().__init__(message)
        self.condition = condition
        self.message = message
        self.hint = hint


def unsupported(what, hint=ENGINE_HINT):
    return Refused("UNSUPPORTED_FEATURE", f"{what} is not supported in Python definitions", hint)


def wrong(message, hint=""):
    return Refused("INVALID_PIPELINE_DEFINITION", message, hint)


def here():
    """(file, line) of the nearest caller in the user's files; ("", 0) when there is none."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename in user_files:
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return "", 0


def of_traceback(trace):
    """(file, line) of the innermost place of a traceback that is in the user's files."""
    found = "", 0
    while trace is not None:
        if trace.tb_frame.f_code.co_filename in user_files:
            found = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    return found
