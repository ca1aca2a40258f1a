"""The shared libraries that weir takes along, since a bare Debian 12 has not got them."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

from debian_files import Owners, base_packages


def needed(program, search):
    """{soname: path} of all libraries that `program` loads, with `search` as one more folder."""
    env = os.environ | {"LD_LIBRARY_PATH": str(search), "LC_ALL": "C"}
    listed = subprocess.run(["ldd", program], check=True, capture_output=True, text=True,
                            env=env).stdout
    missing = re.findall(r"(\S+) => not found", listed)
    if missing:
        sys.exit(f"pack: {program} needs {', '.join(missing)}, which this machine has not got")
    return {name: pathlib.Path(path) for name, path in re.findall(r"(\S+) => (/\S+)", listed)}


# What the program opens by itself when it is first used (src/weir/io/curl_library.h).
OPENED = ["libcurl.so.4"]


def opened():
    """{soname: path} of OPENED and all that they load."""
    listed = subprocess.run(["/sbin/ldconfig", "-p"], check=True, capture_output=True,
                            text=True).stdout
    found = {}
    for name in OPENED:
        match = re.search(rf"^\s*{re.escape(name)} .*=> (/\S+)$", listed, re.MULTILINE)
        if match is None:
            sys.exit(f"pack: {name} is not installed")
        found[name] = pathlib.Path(match[1])
        found |= needed(match[1], "/nonexistent")
    return found


def private_libraries(program, engine):
    """{soname: (path, Debian package or None for the engine)} of what has to be taken along."""
    owners, base, found = Owners(), base_packages(), {}
    for name, path in sorted((needed(program, engine.parent) | opened()).items()):
        package = owners.package(path)
        if os.path.realpath(path) == os.path.realpath(engine):
            found[name] = (path, None)
        elif package is None:
            sys.exit(f"pack: {program} needs {path}, which no Debian package brought: its licence "
                     "is not known, so it can't be shipped")
        elif package not in base:
            found[name] = (path, package)
    return found


def direct_needs(library):
    shown = subprocess.run(["readelf", "-d", library], check=True, capture_output=True, text=True)
    return set(re.findall(r"\(NEEDED\).*\[(.+)\]", shown.stdout))


def install_libraries(libraries, folder):
    """Copies {soname: path} into `folder`, stripped. A program's RUNPATH counts only for what the
    program itself names, so a library that needs another of them gets one of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, path in sorted(libraries.items()):
        copy = folder / name
        shutil.copyfile(os.path.realpath(path), copy)
        subprocess.run(["strip", "--strip-unneeded", copy], check=True)
        if direct_needs(copy) & set(libraries):
            subprocess.run(["patchelf", "--set-rpath", "$ORIGIN", copy], check=True)
        copy.chmod(0o644)
