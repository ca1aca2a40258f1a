"""The licences of everything that is shipped: of the private libraries, and of the headers whose
code is in the program itself."""

import pathlib
import re
import shutil
import subprocess
import sys

from debian_files import Owners

# The C and C++ run-time: the system's where weir runs, or under GCC's run-time library exception.
TOOLCHAIN = re.compile(r"^(libc6-dev|libstdc\+\+-\d+-dev|libgcc-\d+-dev|linux-libc-dev|libcrypt-dev"
                       r"|gcc-\d+|g\+\+-\d+|cpp-\d+)$")


def header_packages(build):
    """The Debian packages whose headers the program was compiled with, as the build recorded it."""
    objects = subprocess.run(["ninja", "-C", build, "-t", "inputs", "weir_dist"], check=True,
                             capture_output=True, text=True).stdout.split()
    objects = [name for name in objects if name.endswith(".o")]
    if not objects:
        sys.exit(f"pack: {build} does not say what weir was built from")
    deps = subprocess.run(["ninja", "-C", build, "-t", "deps", *objects], check=True,
                          capture_output=True, text=True).stdout
    owners = Owners()
    headers = {line.strip() for line in deps.splitlines() if line.startswith("    /usr/")}
    found = {header: owners.package(header) for header in sorted(headers)}
    strays = [header for header, package in found.items() if package is None]
    if strays:
        sys.exit(f"pack: {strays[0]} is compiled in and no Debian package brought it")
    return {package for package in found.values() if not TOOLCHAIN.match(package)}


def write_notices(packages, duckdb, folder):
    """One file for each Debian package; DuckDB's own licence and those of what it contains."""
    folder.mkdir(parents=True)
    for package in sorted(packages):
        copyright_file = pathlib.Path("/usr/share/doc") / package / "copyright"
        if not copyright_file.is_file():
            sys.exit(f"pack: {copyright_file} is missing: {package} can't be shipped without it")
        shutil.copyfile(copyright_file, folder / package)
    target = folder / "duckdb"
    target.mkdir()
    shutil.copyfile(duckdb.licence, target / "LICENSE")
    parts = sorted(file for file in duckdb.parts.rglob("*") if file.is_file())
    if not parts:
        sys.exit(f"pack: {duckdb.parts} is empty: run tools/dist/setup")
    for file in parts:
        shutil.copyfile(file, target / "-".join(file.relative_to(duckdb.parts).parts))
