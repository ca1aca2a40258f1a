"""Random small tables, as temporary views that both engines have."""

import literals


class Table:
    """`id` is unique in it; the others are of random kinds and have NULLs."""

    def __init__(self, random, name, rows=None, kinds=None):
        self.name = name
        kinds = kinds or [random.choice(literals.COLUMNS) for _ in range(random.randint(5, 9))]
        self.kinds = {"id": "int", **{f"{name}_{i}": kind for i, kind in enumerate(kinds, 1)}}
        count = random.choice([1, 3, 4, 6]) if rows is None else rows
        columns = [literals.column(random, kind, count) for kind in kinds]
        self.rows = [[str(i + 1), *(column[i] for column in columns)] for i in range(count)]

    def by_kind(self):
        names = {}
        for name, kind in self.kinds.items():
            names.setdefault(kind, []).append(name)
        return names

    def values(self, rows=None, names=None):
        """`VALUES ... AS t(...)` of some of the rows and columns."""
        names = list(self.kinds) if names is None else names
        places = [list(self.kinds).index(name) for name in names]
        texts = [f"({', '.join(row[place] for place in places)})" for row in (self.rows if rows is None else rows)]
        return f"VALUES {', '.join(texts)} AS {self.name}({', '.join(names)})"

    def view(self):
        return f"CREATE OR REPLACE TEMPORARY VIEW {self.name} AS SELECT * FROM {self.values()}"
