"""Archives whose bytes depend on nothing but what is in them."""

import gzip
import hashlib
import os
import tarfile


def make_plain(folder, epoch):
    """The same modes and times whoever made the files: 755 for folders and programs, else 644."""
    for file in [folder, *folder.rglob("*")]:
        runs = file.is_dir() or file.stat().st_mode & 0o100
        file.chmod(0o755 if runs else 0o644)
        os.utime(file, (epoch, epoch))


def _owned_by_root(info):
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    return info


def write_tarball(folder, path, epoch):
    """`folder`, by its name, into `path`: sorted, owned by root, modes and times made plain."""
    make_plain(folder, epoch)
    with open(path, "wb") as raw, \
            gzip.GzipFile("", "wb", compresslevel=9, fileobj=raw, mtime=epoch) as packed, \
            tarfile.open(mode="w", fileobj=packed, format=tarfile.GNU_FORMAT) as archive:
        for file in [folder, *sorted(folder.rglob("*"))]:
            name = str(file.relative_to(folder.parent))
            archive.add(file, name, recursive=False, filter=_owned_by_root)


def write_sums(files, path):
    lines = []
    for file in sorted(files):
        with open(file, "rb") as stream:
            lines.append(f"{hashlib.file_digest(stream, 'sha256').hexdigest()}  {file.name}\n")
    path.write_text("".join(lines))
