"""Which Debian package a file of this machine belongs to, and which packages a bare Debian has."""

import os
import pathlib
import re
import subprocess


def base_packages():
    """The packages of a bare Debian: the essential ones and apt, with all that they depend on."""
    shown = subprocess.run(
        ["dpkg-query", "-W", "-f",
         "${Package}\t${Essential}\t${Pre-Depends}, ${Depends}\t${Provides}\n"],
        check=True, capture_output=True, text=True).stdout
    depends, provided, todo = {}, {}, ["apt"]
    for line in shown.splitlines():
        package, essential, needs, provides = line.split("\t")
        depends[package] = _names(needs)
        for virtual in _names(provides):
            provided.setdefault(virtual[0], package)
        if essential == "yes":
            todo.append(package)
    found = set()
    while todo:
        package = todo.pop()
        if package in found or package not in depends:
            continue
        found.add(package)
        for alternatives in depends[package]:
            installed = [name for name in alternatives if name in depends or name in provided]
            todo += [provided.get(name, name) for name in installed[:1]]
    return found


def _names(relation):
    """`a (>= 1) | b, c` -> [[a, b], [c]]"""
    clauses = (clause for clause in relation.split(",") if clause.strip())
    return [[re.split(r"[\s(:]", name.strip())[0] for name in clause.split("|")]
            for clause in clauses]


class Owners:
    """Answers which installed package a file came with."""

    def __init__(self):
        self._package_of = {}
        for listing in sorted(pathlib.Path("/var/lib/dpkg/info").glob("*.list")):
            package = listing.stem.split(":")[0]
            for line in listing.read_text().splitlines():
                self._package_of[line] = package

    def package(self, path):
        """None when no package brought it. Debian 12 knows some files by the names they had
        before /lib became a link to /usr/lib."""
        real = os.path.realpath(path)
        for name in (str(path), real, real.removeprefix("/usr"), "/usr" + real):
            if name in self._package_of:
                return self._package_of[name]
        return None
