"""The Debian package: the program, DuckDB beside it, and everything else by Depends."""

import email.utils
import gzip
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from archive import make_plain

MAINTAINER = "The weir developers <developers@weir.invalid>"
DESCRIPTION = """lakehouse in one program
 weir runs the pipelines of a folder with a spark-pipeline.yml and SQL files into
 Delta tables: it works out the order, reads only what is new, checks expectations
 and commits exactly once. DuckDB is inside as the engine; there is no server to
 run and nothing to configure."""
COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: weir
Comment: DuckDB and what it contains, and the headers that are compiled into the program, have their
 licences in /usr/share/doc/weir/licences.

Files: *
Copyright: the weir developers
License: Apache-2.0
 On Debian systems the full text of the Apache License, version 2.0, is in
 /usr/share/common-licenses/Apache-2.0.

Files: usr/lib/weir/libduckdb.so
Copyright: {duckdb}
License: Expat
 The text is in /usr/share/doc/weir/licences/duckdb/LICENSE.
"""


def architecture():
    return subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True,
                          text=True).stdout.strip()


def dependencies(root):
    """What dpkg-shlibdeps finds the program and its engine to need, by their symbols."""
    with tempfile.TemporaryDirectory() as work:
        (pathlib.Path(work) / "debian").mkdir()
        (pathlib.Path(work) / "debian/control").write_text(
            f"Source: weir\nMaintainer: {MAINTAINER}\n\nPackage: weir\nArchitecture: any\n"
            f"Description: weir\n")
        files = [f"-e{root / 'usr/bin/weir'}", f"-e{root / 'usr/lib/weir/libduckdb.so'}"]
        ran = subprocess.run(["dpkg-shlibdeps", "-O", f"-S{root}", f"-l{root / 'usr/lib/weir'}",
                              *files], cwd=work, capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"pack: dpkg-shlibdeps failed:\n{ran.stderr}")
    # libcurl is opened by the program itself (libraries.OPENED), so no symbols tell of it.
    return ran.stdout.strip().removeprefix("shlibs:Depends=") + ", libcurl4"


def changelog(version, changes, epoch):
    """Every unreleased change as one entry, dated as the commit."""
    entries = [" ".join(file.read_text().split()) for file in sorted(changes.glob("*.md"))
               if file.name != "README.md"]
    items = "\n".join(f"  * {entry}" for entry in entries)
    return (f"weir ({version}) unstable; urgency=medium\n\n{items}\n\n"
            f" -- {MAINTAINER}  {email.utils.formatdate(epoch)}\n")


def control(root, version):
    size = sum(file.stat().st_size for file in (root / "usr").rglob("*") if file.is_file())
    return (f"Package: weir\nVersion: {version}\nArchitecture: {architecture()}\n"
            f"Maintainer: {MAINTAINER}\nInstalled-Size: {(size + 1023) // 1024}\n"
            f"Depends: {dependencies(root)}\nSection: database\nPriority: optional\n"
            f"Description: {DESCRIPTION}\n")


def md5sums(root):
    """What `dpkg --verify` compares the installed files with."""
    files = sorted(file for file in root.rglob("*") if file.is_file())
    return "".join(f"{hashlib.md5(file.read_bytes()).hexdigest()}  {file.relative_to(root)}\n"
                   for file in files)


def write_deb(tree, engine, package, out, epoch):
    """Packs `tree` (bin/, lib/weir, share/) with only the engine of its libraries, into `out`."""
    with tempfile.TemporaryDirectory() as work:
        root = pathlib.Path(work) / "weir"
        shutil.copytree(tree, root / "usr", ignore=lambda folder, names: [
            name for name in names if folder == str(tree / "lib/weir") and name != engine])
        doc = root / "usr/share/doc/weir"
        (doc / "LICENSE").unlink()
        notice = (doc / "licences/duckdb/LICENSE").read_text().splitlines()[0]
        (doc / "copyright").write_text(
            COPYRIGHT.format(duckdb=notice.removeprefix("Copyright ")))
        text = changelog(package.version, package.changes, epoch).encode()
        (doc / "changelog.gz").write_bytes(gzip.compress(text, 9, mtime=0))
        sums = md5sums(root)
        (root / "DEBIAN").mkdir()
        (root / "DEBIAN/md5sums").write_text(sums)
        (root / "DEBIAN/control").write_text(control(root, package.version))
        make_plain(root, epoch)
        path = out / f"weir_{package.version}_{architecture()}.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build",
                        root, path], check=True, stdout=subprocess.DEVNULL,
                       env=os.environ | {"SOURCE_DATE_EPOCH": str(epoch)})
    return path
