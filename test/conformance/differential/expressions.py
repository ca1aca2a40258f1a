"""Random expressions over the columns of a table, typed so that most of them mean something."""

import dataclasses
import pathlib
import re

import literals

FORMS = pathlib.Path(__file__).with_name("forms.txt")
CLASSES = {"E": literals.ELEMENTS, "A": literals.ATOMS, "N": literals.NUMERICS, "M": literals.NUMERICS,
           "I": literals.INTEGRALS, "F": literals.FRACTIONS, "T": literals.COLUMNS, "D": literals.DATED,
           "V": literals.INTERVALS}
PATTERNS = ["'a%'", "'%b%'", "'_'", "'%'", "''", "'%\\\\%%'", "'A_c'", "'%\u00e4%'"]
REGEXPS = ["'a+'", "'[0-9]+'", "'^a'", "'b|c'", "','", "'(a)(b)?'", "'.'", "' '", "'\\\\s+'", "'[^a-z]'", "'x*'", "''"]
JSON = ["'{\"a\": 1, \"b\": \"x\"}'", "'{\"a\": [1, 2, {\"c\": null}], \"b\": {\"c\": 1.50}}'", "'[1, 2, 3]'", "'{}'", "'[]'", "'null'",
        "'{\"a\": 12345678901, \"b\": true}'", "'{\"a\": \"7\", \"A\": 2}'", "'{\"a\": 1'", "'1.0e2'", "'\"text\"'", "''",
        "'{\"k\": 3, \"l\": -1}'"]
PATHS = ["'$.a'", "'$.b'", "'$'", "'$[0]'", "'$.a[1]'", "'$.b.c'", "'$.nothing'"]
UNITS = ["'YEAR'", "'MONTH'", "'QUARTER'", "'WEEK'", "'year'", "'MM'", "'DAY'", "'HOUR'", "'SECOND'", "'nonsense'"]
CHOSEN = {"json": JSON, "path": PATHS, "unit": UNITS, "regexp": REGEXPS}
ODD = 0.02  # How often an argument is of any kind: what is not coerced is refused alike.


@dataclasses.dataclass
class Node:
    """An expression: its text with {n} for its arguments."""

    kind: str
    text: str
    arguments: list = dataclasses.field(default_factory=list)

    def sql(self):
        made = self.text
        for i, argument in enumerate(self.arguments):
            made = made.replace(f"{{{i}}}", argument.sql())
        return made

    def nodes(self):
        yield self
        for argument in self.arguments:
            yield from argument.nodes()

    def size(self):
        return sum(1 for _ in self.nodes())


@dataclasses.dataclass(frozen=True)
class Form:
    result: str
    text: str
    arguments: tuple


def read_forms():
    forms = []
    for line in FORMS.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            result, text, arguments = line.split("\t")
            forms.append(Form(result, text, tuple(arguments.split())))
    return forms


def bound(pattern, kind):
    """The class letters of `pattern` that make it `kind`; nothing when it cannot be."""
    if pattern in CLASSES:
        return {pattern: kind} if kind in CLASSES[pattern] else None
    if pattern == kind:
        return {}
    if pattern.startswith("array<") and kind.startswith("array<"):
        return bound(pattern[6:-1], kind[6:-1])
    return None


class Generator:
    def __init__(self, random, columns, depth=3):
        """`columns` are names by kind: {"int": ["id", "c1"]}."""
        self.random = random
        self.columns = columns
        self.depth = depth
        self.forms = read_forms()
        self.by_kind = {}

    def any(self):
        """An expression of any kind."""
        return self.of(self.random.choice(literals.COLUMNS), self.random.randint(1, self.depth), {})

    def of(self, kind, depth, known):
        """`known` are a lambda's parameters: their kinds by name."""
        random = self.random
        if kind == "small":
            if random.random() < 0.8:
                return Node("int", str(random.choice([0, 1, 2, 3, 4, 10, "(-1)", "(-2)"])))
            kind = "int"
        if kind == "pattern":
            return Node("string", random.choice(PATTERNS)) if random.random() < 0.9 else self.of("string", depth, known)
        if kind == "json" and random.random() < 0.1:
            return self.of("string", depth, known)
        if kind in CHOSEN:
            return Node("string", random.choice(CHOSEN[kind]))
        if random.random() < ODD:
            kind = random.choice(literals.COLUMNS)
        fitting = self.fitting(kind) if depth > 0 else []
        return self.form(kind, depth, known, fitting) if fitting else self.leaf(kind, known)

    def fitting(self, kind):
        if kind not in self.by_kind:
            self.by_kind[kind] = [(form, letters) for form in self.forms
                                  if (letters := bound(form.result, kind)) is not None]
        return self.by_kind[kind]

    def form(self, kind, depth, known, fitting):
        form, letters = self.random.choice(fitting)
        letters = dict(letters)
        for letter, kinds in CLASSES.items():
            letters.setdefault(letter, self.random.choice(kinds))
        node = Node(kind, form.text.replace("{ddl}", literals.ddl(kind)))
        names = {}
        for argument in form.arguments:
            parameters, arrow, body = argument.rpartition("->")
            inner = dict(known)
            for name, of in re.findall(r"(\w+)\[(\w+)\]", parameters):
                names[name] = f"{name}{len(known)}"
                inner[names[name]] = letters.get(of, of)
            wanted = body if arrow else argument
            wanted = letters.get(wanted, re.sub(r"\b[EANMIFTDV]\b", lambda m: letters[m.group()], wanted))
            below = self.random.randint(0, depth - 1)
            node.arguments.append(self.of(wanted, below, inner))
        for name, used in names.items():
            node.text = re.sub(rf"\b{name}\b", used, node.text)
        return node

    def leaf(self, kind, known):
        parameters = [name for name, of in known.items() if of == kind]
        if parameters and self.random.random() < 0.7:
            return Node(kind, self.random.choice(parameters))
        names = self.columns.get(kind, [])
        if names and self.random.random() < 0.7:
            return Node(kind, self.random.choice(names))
        return Node(kind, literals.literal(self.random, kind))
