"""The two-minute tour of README.md, as commands with what they print."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def steps():
    """[(command, the lines below it)] of the tour, in order."""
    text = (ROOT / "README.md").read_text()
    section = text.split("## A two-minute tour\n", 1)[1].split("\n## ", 1)[0]
    found = []
    for line in section.splitlines():
        if line.startswith("    $ "):
            found.append((line[6:], []))
        elif line.startswith("    ") and found:
            found[-1][1].append(line[4:])
        elif line.strip() and found and not line.startswith("    "):
            found.append((None, []))
    return [(command, lines) for command, lines in found if command]


def script(tour):
    """Runs the commands in one shell; before the output of each stands a line with its number,
    after it one with its exit code."""
    lines = []
    for number, (command, _) in enumerate(tour):
        lines.append(f"echo '<step {number}>'\n{command}\necho \"<code $?>\"")
    return "\n".join(lines)


def outputs(printed):
    """[(lines, exit code)] of what the script printed."""
    found = re.findall(r"<step \d+>\n(.*?)<code (\d+)>\n", printed, re.DOTALL)
    return [(text.splitlines(), int(code)) for text, code in found]


def comparable(lines):
    """Without times and blanks at line ends."""
    lines = [re.sub(r"\d+\.\d+ s\b", "T s", line.rstrip()) for line in lines]
    return [line for line in lines if line]
