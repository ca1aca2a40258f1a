"""Names, texts and options as SQL writes them."""

from weir_definitions.origin import wrong


def text(value):
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n")
    return f"'{escaped}'"


def identifier(name):
    return "`" + name.replace("`", "``") + "`"


def parts_of(name):
    """The parts of a dotted name; a part may stand in backticks."""
    parts, part, quoted = [], "", False
    for at, char in enumerate(name):
        if char == "`":
            if quoted and name[at + 1:at + 2] == "`":
                part += char
            elif not (quoted and name[at - 1:at] == "`" and part.endswith("`")):
                quoted = not quoted
        elif char == "." and not quoted:
            parts.append(part)
            part = ""
        else:
            part += char
    parts.append(part)
    return parts


def qualified(name):
    if not isinstance(name, str) or not name.strip():
        raise wrong(f"a name is a text that is not empty, not {name!r}")
    return ".".join(identifier(part) for part in parts_of(name.strip()))


def identifiers(names):
    return ", ".join(identifier(name) for name in names)


def option(value):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return text(value)


def named_arguments(options):
    return "".join(f", {identifier(name)} => {option(value)}" for name, value in options.items())
