"""Random small queries over two tables that have an `id` each."""

import expressions
import literals

# Kinds that can be grouped and ordered by, in both engines alike.
KEYS = ["boolean", "int", "bigint", "decimal", "double", "string", "date", "timestamp"]
AGGREGATES = {
    "int": ["sum({})", "min({})", "max({})", "avg({})", "count(DISTINCT {})", "bit_xor({})", "sum(DISTINCT {})",
            "percentile({}, 0.5)", "median({})", "percentile_disc(0.3) WITHIN GROUP (ORDER BY {})", "regr_count({}, id)"],
    "bigint": ["sum({})", "min({})", "avg({})", "count({})", "try_sum({})", "bit_and({})", "bit_or({})", "corr({}, id)",
               "percentile_cont(0.25) WITHIN GROUP (ORDER BY {} DESC)"],
    "decimal": ["sum({})", "max({})", "avg({})", "count(DISTINCT {})", "try_avg({})", "sum(DISTINCT {})"],
    "double": ["sum({})", "min({})", "max({})", "avg({})", "stddev_samp({})", "var_pop({})", "covar_samp({}, id)",
               "regr_slope({}, id)", "skewness({})", "kurtosis({})"],
    "string": ["min({})", "max({})", "count({})", "count(DISTINCT {})", "sort_array(collect_list({}))",
               "sort_array(collect_set({}))", "listagg({}, '-') WITHIN GROUP (ORDER BY {})", "size(array_agg({}))"],
    "boolean": ["bool_and({})", "bool_or({})", "count_if({})", "every({})"],
    "date": ["min({})", "max({})", "count({})", "max_by({}, id)"],
    "timestamp": ["min({})", "max({})", "count(DISTINCT {})", "min_by({}, id)"],
}
WINDOWS = ["row_number()", "rank()", "dense_rank()", "percent_rank()", "cume_dist()", "ntile(2)", "lag({})", "lead({}, 2)",
           "lag({}, 1, {})", "first_value({})", "last_value({})", "nth_value({}, 2)", "count({})", "max({})", "min({})",
           "lag({}) IGNORE NULLS", "lead({}, 2) IGNORE NULLS", "first_value({}) IGNORE NULLS", "last_value({}, true)",
           "nth_value({}, 2) IGNORE NULLS", "collect_list({})", "count(*)"]
FRAMES = ["", "", "ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING", "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING",
          "RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING", "RANGE BETWEEN 1 PRECEDING AND 2 FOLLOWING",
          "ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING"]
JOINS = ["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "LEFT SEMI JOIN", "LEFT ANTI JOIN"]
RANKING = ("row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead")


class Generator:
    def __init__(self, random, left, right):
        self.random = random
        self.left = left
        self.right = right

    def any(self):
        make = self.random.choice([self.filtered, self.grouped, self.grouped, self.joined, self.joined, self.windowed,
                                   self.combined, self.nested, self.nested, self.sets_of_groups, self.shaped,
                                   self.summed])
        return make()

    def value(self, table, kind=None, depth=1):
        kind = kind or self.random.choice(KEYS)
        columns = {of: [f"{table.name}.{name}" for name in names] for of, names in table.by_kind().items()}
        return expressions.Generator(self.random, columns).of(kind, depth, {}).sql()

    def column(self, table, kind=None):
        """A column of one of the kinds that order, plain."""
        names = [f"{table.name}.{name}" for name, of in table.kinds.items() if of in ([kind] if kind else KEYS)]
        return self.random.choice(names) if names else literals.literal(self.random, kind)

    def order(self, count):
        """Every output column by its place, so that there is one order."""
        places = list(range(1, count + 1))
        self.random.shuffle(places)
        return " ORDER BY " + ", ".join(
            f"{place}{self.random.choice(['', ' ASC', ' DESC'])}{self.random.choice(['', ' NULLS FIRST', ' NULLS LAST'])}"
            for place in places)

    def limit(self):
        return self.random.choice(["", "", " LIMIT 2", " LIMIT 3 OFFSET 1", " OFFSET 1", " LIMIT 0"])

    def where(self, table):
        return f" WHERE {self.value(table, 'boolean', 2)}" if self.random.random() < 0.6 else ""

    def filtered(self):
        distinct = self.random.choice(["", "", "DISTINCT "])
        items = [self.value(self.left) for _ in range(2)]
        names = ", ".join(f"{item} AS c{i}" for i, item in enumerate(items))
        sql = f"SELECT {distinct}{names} FROM {self.left.name}{self.where(self.left)}{self.order(2)}{self.limit()}"
        return sql

    def aggregate(self, table):
        kind = self.random.choice(list(AGGREGATES))
        text = self.random.choice(AGGREGATES[kind]).replace("{}", self.value(table, kind, self.random.choice([0, 0, 1])))
        text = text.replace(", id)", f", {table.name}.id)")
        if self.random.random() < 0.2 and text.endswith(")") and not text.startswith("sort_array"):
            text += f" FILTER (WHERE {self.value(table, 'boolean', 1)})"
        return text

    def grouped(self):
        table = self.left
        keys = [self.column(table) if self.random.random() < 0.7 else self.value(table) for _ in range(self.random.randint(0, 2))]
        aggregates = [self.aggregate(table) for _ in range(2)] + ["count(*)"]
        items = ", ".join(f"{item} AS c{i}" for i, item in enumerate([*keys, *aggregates]))
        by = self.random.choice([", ".join(keys), "ALL", ", ".join(str(i) for i in range(1, len(keys) + 1))])
        group = f" GROUP BY {by}" if keys else ""
        having = f" HAVING {self.having(table)}" if self.random.random() < 0.4 else ""
        return (f"SELECT {items} FROM {table.name}{self.where(table)}{group}{having}")

    def having(self, table):
        return self.random.choice(["count(*) > 1", f"{self.aggregate(table)} IS NOT NULL",
                                   f"max({table.name}.id) % 2 = 1", "count(*) < 3 OR NULL"])

    def sets_of_groups(self):
        table = self.left
        one, two = self.column(table), self.column(table)
        form = self.random.choice(["ROLLUP ({0}, {1})", "CUBE ({0}, {1})", "GROUPING SETS (({0}, {1}), ({0}), ())"])
        return (f"SELECT {one} AS a, {two} AS b, count(*) AS n, {self.aggregate(table)} AS c "
                     f"FROM {table.name} GROUP BY {form.format(one, two)}")

    def joined(self):
        join = self.random.choice(JOINS)
        kind = self.random.choice(KEYS)
        on = self.random.choice([
            f"{self.left.name}.id = {self.right.name}.id",
            f"{self.column(self.left, kind)} = {self.column(self.right, kind)}",
            f"{self.column(self.left, kind)} <=> {self.column(self.right, kind)}",
            f"{self.left.name}.id = {self.right.name}.id AND {self.value(self.right, 'boolean', 1)}",
            f"{self.left.name}.id < {self.right.name}.id",
            f"({self.left.name}.id = {self.right.name}.id AND {self.value(self.right, 'boolean', 1)}) OR "
            f"({self.value(self.left, 'boolean', 1)} AND {self.left.name}.id = {self.right.name}.id)",
            f"{self.left.name}.id IN (SELECT max(id) FROM {self.right.name}) AND {self.left.name}.id >= {self.right.name}.id",
            f"{self.left.name}.id = {self.right.name}.id OR {self.column(self.left, kind)} = {self.column(self.right, kind)}"])
        one_sided = join.endswith(("SEMI JOIN", "ANTI JOIN"))
        items = [f"{self.left.name}.id", self.value(self.left, depth=0)]
        if not one_sided:
            items += [f"{self.right.name}.id", self.value(self.right, depth=0)]
        names = ", ".join(f"{item} AS c{i}" for i, item in enumerate(items))
        return (f"SELECT {names} FROM {self.left.name} {join} {self.right.name} ON {on}{self.where(self.left)}")

    def windowed(self):
        table = self.left
        function = self.random.choice(WINDOWS).replace("{}", self.column(table))
        if "lag(" in function and ", 1, " in function:
            argument = self.column(table, "int")
            function = f"lag({argument}, 1, {argument})"
        partition = f"PARTITION BY {self.column(table)} " if self.random.random() < 0.6 else ""
        way = self.random.choice(["", " DESC", " NULLS LAST", " DESC NULLS FIRST"])
        tied = function.startswith(("rank", "dense_rank", "percent_rank", "cume_dist"))
        order = f"{self.column(table)}{way}" if tied else f"{table.name}.id{way}"
        frame = "" if function.startswith(RANKING) else self.random.choice(FRAMES)
        qualify = self.random.choice(["", "", "", " QUALIFY b IS NOT NULL"])
        return (f"SELECT {table.name}.id AS a, {function} OVER ({partition}ORDER BY {order} {frame}) AS b "
                     f"FROM {table.name}{self.where(table)}{qualify}")

    def summed(self):
        table = self.left
        kind = self.random.choice(["int", "bigint", "decimal", "daytime"])
        function = self.random.choice(["sum", "avg", "try_sum", "min"])
        by = self.random.choice(["", f"PARTITION BY {self.column(table)} "])
        return (f"SELECT {table.name}.id AS a, {function}({self.value(table, kind, 1)}) OVER ({by}ORDER BY {table.name}.id "
                f"{self.random.choice(FRAMES)}) AS b FROM {table.name}")

    def shaped(self):
        """Rows made of what is in a row, and the other way round."""
        table = self.left
        form = self.random.choice([
            "SELECT {t}.id AS a, e AS b FROM {t} LATERAL VIEW explode({list}) g AS e",
            "SELECT {t}.id AS a, p AS b, e AS c FROM {t} LATERAL VIEW OUTER posexplode({list}) g AS p, e",
            "SELECT {t}.id AS a, k AS b, v AS c FROM {t} LATERAL VIEW explode({map}) g AS k, v",
            "SELECT {t}.id AS a, g.* FROM {t}, LATERAL inline(array({struct}, {struct})) AS g(x, y)",
            "SELECT * FROM (SELECT {k} AS k, id % 2 AS p, id AS v FROM {t}) PIVOT (sum(v) AS s, count(*) AS n FOR p IN (0, 1))",
            "SELECT * FROM (SELECT id, {int} AS x, {int} AS y FROM {t}) UNPIVOT (v FOR n IN (x, y AS z))",
            "SELECT * FROM (SELECT id, {int} AS x, {int} AS y FROM {t}) UNPIVOT INCLUDE NULLS (v FOR n IN (x, y))",
            "FROM {t} |> WHERE {boolean} |> AGGREGATE count(*) AS n, max(id) AS m GROUP BY {k} AS k",
            "FROM {t} |> EXTEND {int} AS x |> SELECT id, x |> SET x = x + 1L |> WHERE id > 1",
            "SELECT {t}.id AS a, q.s.a AS b, q.s.* FROM {t} JOIN (SELECT id, {struct} AS s FROM {t}) q ON q.id = {t}.id"])
        kinds = {"list": "array<int>", "map": "map<string,int>", "struct": "struct", "int": "int", "boolean": "boolean"}
        made = {name: self.value(table, kind).replace(f"{table.name}.", "") for name, kind in kinds.items()}
        return form.format(t=table.name, k=self.column(table).replace(f"{table.name}.", ""), **made)

    def combined(self):
        kinds = [self.random.choice(KEYS) for _ in range(2)]
        word = self.random.choice(["UNION", "UNION ALL", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL", "MINUS"])
        sides = []
        for table in (self.left, self.right):
            wider = {"int": "bigint", "bigint": "double", "decimal": "int", "date": "timestamp"}
            of = [wider.get(kind, kind) if self.random.random() < 0.2 else kind for kind in kinds]
            items = ", ".join(f"{self.value(table, kind, self.random.choice([0, 0, 1]))} AS c{i}" for i, kind in enumerate(of))
            sides.append(f"SELECT {items} FROM {table.name}")
        return (f"{sides[0]} {word} {sides[1]}")

    def nested(self):
        left, right = self.left, self.right
        kind = self.random.choice(KEYS)
        form = self.random.choice([
            "SELECT {l}.id AS a FROM {l} WHERE {x} IN (SELECT {y} FROM {r})",
            "SELECT {l}.id AS a FROM {l} WHERE {x} NOT IN (SELECT {y} FROM {r})",
            "SELECT {l}.id AS a, {x} IN (SELECT {y} FROM {r}) AS b FROM {l}",
            "SELECT {l}.id AS a FROM {l} WHERE EXISTS (SELECT 1 FROM {r} WHERE {r}.id = {l}.id AND {c})",
            "SELECT {l}.id AS a FROM {l} WHERE NOT EXISTS (SELECT 1 FROM {r} WHERE {y} = {x})",
            "SELECT {l}.id AS a, (SELECT max({y}) FROM {r} WHERE {r}.id = {l}.id) AS b FROM {l}",
            "SELECT {l}.id AS a, (SELECT count(*) FROM {r} WHERE {y} = {x}) AS b FROM {l}",
            "SELECT {l}.id AS a, (SELECT min({y}) FROM {r}) AS b FROM {l} WHERE {x} >= (SELECT min({y}) FROM {r})",
            "WITH w AS (SELECT {y} AS k, count(*) AS n FROM {r} GROUP BY 1) SELECT {l}.id AS a, w.n AS b FROM {l} LEFT JOIN w ON w.k = {x}",
            "SELECT {l}.id AS a, u.v AS b FROM {l}, LATERAL (SELECT {y} AS v FROM {r} WHERE {r}.id = {l}.id) AS u",
            "SELECT a, sum(n) AS b FROM (SELECT {x} AS a, 1 AS n FROM {l} UNION ALL SELECT {y}, 2 FROM {r}) GROUP BY a"])
        return (form.format(l=left.name, r=right.name, x=self.column(left, kind), y=self.column(right, kind),
                                 c=self.value(right, "boolean", 1)))

