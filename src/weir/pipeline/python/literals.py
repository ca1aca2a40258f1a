"""Where a text that a file holds as a literal stands in it."""

import ast


class Literals:
    def __init__(self):
        self._of = {}  # File -> [(first line, last line, text)].

    def add(self, file, source):
        tree = ast.parse(source, file)
        self._of[file] = [(node.lineno, node.end_lineno, node.value) for node in ast.walk(tree)
                          if isinstance(node, ast.Constant) and isinstance(node.value, str)]

    def line_of(self, file, line, value):
        """The line where the text's own first line stands, if the file holds it line by line; else `line`."""
        found = [first for first, last, held in self._of.get(file, [])
                 if held == value and last - first == value.count("\n")]
        if not found:
            return line
        nearest = min(found, key=lambda first: abs(first - line))
        leading = value[:len(value) - len(value.lstrip())]
        return nearest + leading.count("\n")
