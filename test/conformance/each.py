"""Runs tests that are functions, each in a folder of its own, and says how each ended."""

import pathlib
import tempfile

WRONG = (AssertionError, ValueError, KeyError)


def run(tests, call):
    """Calls `call(test, folder)` for each; gives the exit code."""
    failed = 0
    with tempfile.TemporaryDirectory() as parent:
        for test in tests:
            folder = pathlib.Path(parent) / test.__name__
            folder.mkdir()
            try:
                call(test, folder)
                print(f"ok {test.__name__}", flush=True)
            except WRONG as error:
                failed += 1
                print(f"FAILED {test.__name__}: {error}", flush=True)
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed else 0
