"""A bare Debian 12 in a folder, as tools/dist/setup made it, to try packages in."""

import os
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ARCH = subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True,
                      text=True).stdout.strip()
IMAGE = ROOT / ".cache" / "debootstrap" / f"bookworm-{ARCH}.tar"
USER = 1000
HOME = "/home/user"

# A name space of its own: what is mounted there goes with it, and it has no network.
ENTER = """mount -t proc proc "$0/proc"
exec chroot --userspec="$1" "$0" /usr/bin/env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin \
  HOME="$2" LC_ALL=C DEBIAN_FRONTEND=noninteractive sh -c 'cd "$HOME" && eval "$0"' "$3"
"""


class BareDebian:
    """Unpacked when made, removed at the end of `with`. Needs root."""

    def __enter__(self):
        self._work = tempfile.mkdtemp(prefix="weir-dist-")
        self.root = pathlib.Path(self._work) / "root"
        self.root.mkdir(mode=0o755)
        os.chmod(self._work, 0o755)
        subprocess.run(["tar", "--numeric-owner", "-xpf", IMAGE, "-C", self.root], check=True)
        home = self.path(HOME)
        home.mkdir(parents=True)
        os.chown(home, USER, USER)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self._work)

    def path(self, inside):
        return self.root / inside.lstrip("/")

    def run(self, script, as_root=False, check=True):
        """Runs a shell script in there, in the user's home folder; both outputs as one text."""
        user, home = ("0:0", "/root") if as_root else (f"{USER}:{USER}", HOME)
        ran = subprocess.run(
            ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "sh", "-c", ENTER,
             self.root, user, home, script],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if check and ran.returncode:
            raise AssertionError(f"{script}\nended with {ran.returncode}:\n{ran.stdout}")
        return ran.stdout

    def files(self):
        """The path of everything in there."""
        found = set()
        for folder, folders, files in os.walk(self.root):
            inside = "/" + os.path.relpath(folder, self.root)
            found.update(os.path.join(inside, name) for name in folders + files)
        return found
