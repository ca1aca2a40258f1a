"""The smallest statement that still differs."""

import re

import literals

PATIENCE = 80  # Statements asked for one difference.


class Shrinker:
    def __init__(self, differs, table):
        """`differs(sql)` tells what is different, or nothing."""
        self.differs = differs
        self.table = table
        self.asked = 0

    def expression(self, node):
        """(statement, difference) of the smallest expression in one row; nothing where no row alone differs,
        which is so when several rows fail and the engines meet another one first."""
        for row in self.table.rows:
            found = self.ask(node.sql(), row)
            if found:
                break
        else:
            return None
        for smaller in sorted(node.nodes(), key=lambda each: each.size()):
            told = self.ask(smaller.sql(), row)
            if told:
                node, found = smaller, told
                break
        node, found = self.plainer(node, found, row)
        return self.statement(node.sql(), row), found

    def plainer(self, node, found, row):
        """Arguments become plain ones as long as it differs."""
        changed = True
        while changed:
            changed = False
            for part in list(node.nodes())[1:]:
                told = self.replaced(node, part, row)
                if told:
                    found, changed = told, True
                    break
        return node, found

    def replaced(self, node, part, row):
        if not part.arguments and (part.text in self.table.kinds or part.text == literals.zero(part.kind)):
            return None
        text, arguments = part.text, part.arguments
        for plain in (literals.zero(part.kind), *self.table.by_kind().get(part.kind, [])[:2], literals.null(part.kind)):
            if plain == text or (plain == literals.null(part.kind) and not arguments):
                continue
            part.text, part.arguments = plain, []
            told = self.ask(node.sql(), row)
            if told:
                return told
        part.text, part.arguments = text, arguments
        return None

    def ask(self, expression, row):
        if self.asked >= PATIENCE:
            return None
        self.asked += 1
        return self.differs(self.statement(expression, row))

    def statement(self, expression, row):
        words = set(re.findall(r"\w+", expression))
        names = [name for name in self.table.kinds if name in words]
        return f"SELECT {expression} AS c FROM {self.table.values([row], names or ['id'])}"


def whole(query, tables):
    """The query with its tables in front."""
    words = set(re.findall(r"\w+", query))
    used = [table for table in tables if table.name in words]
    heads = []
    for table in used:
        names = [name for name in table.kinds if name in words or name == "id"]
        source = f"SELECT * FROM {table.values(names=names)}" if table.rows else (
            f"SELECT * FROM {table.values([table.spare], names)} WHERE false")
        heads.append(f"{table.name} AS ({source})")
    rest = f", {query[5:]}" if query.startswith("WITH ") else f" {query}"
    return f"WITH {', '.join(heads)}{rest}"


def query(differs, sql, tables):
    """(statement, difference) with as few rows as still differ; nothing when it does not where its tables stand
    in it."""
    found = differs(whole(sql, tables))
    if not found:
        return None
    asked = 0
    for table in tables:
        table.spare = table.rows[0]
        for row in list(table.rows):
            kept = table.rows
            table.rows = [each for each in kept if each is not row]
            asked += 1
            told = differs(whole(sql, tables)) if asked < PATIENCE else None
            if told:
                found = told
            else:
                table.rows = kept
    return whole(sql, tables), found
