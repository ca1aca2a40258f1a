#!/usr/bin/python3
"""Tries what tools/dist/pack made in dist/ where users would: in a bare Debian 12, with no network.

Usage: dist_test.py [--dist FOLDER] [--build FOLDER] [unittest's arguments]. Needs root, or sudo.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from bare_debian import ARCH, IMAGE, ROOT, BareDebian
import tour

sys.path.insert(0, str(ROOT / "tools" / "dist"))
import libraries  # noqa: E402

DIST = BUILD = None


def the(pattern):
    found = sorted(DIST.glob(pattern))
    if len(found) != 1:
        raise AssertionError(f"{DIST} holds {len(found)} of {pattern}, not one: run make dist")
    return found[0]


class PackageTest(unittest.TestCase):
    """What holds of weir however it was installed."""

    maxDiff = None

    def assert_works(self, debian):
        self.assertIn("Examples:", debian.run("weir --help"))
        self.assertEqual(debian.run("weir --version"), self.version())
        self.assertEqual(debian.run('weir sql --output csv -e "select 1 as one"'), "one\n1\n")
        self.assert_tour_is_as_in_the_readme(debian)

    def version(self):
        release = re.search(r"weir-([0-9.]+)-linux", the("weir-*.tar.gz").name)[1]
        git = ["git", "-c", f"safe.directory={ROOT}", "-C", ROOT]
        commit = subprocess.run([*git, "rev-parse", "--short=12", "HEAD"], check=True,
                                capture_output=True, text=True).stdout.strip()
        changed = subprocess.run([*git, "diff", "--quiet", "HEAD", "--"]).returncode != 0
        return f"weir {release} ({commit}{', changed' if changed else ''})\n"

    def assert_tour_is_as_in_the_readme(self, debian):
        steps = tour.steps()
        self.assertGreater(len(steps), 8, "README's tour was not found")
        printed = tour.outputs(debian.run(tour.script(steps)))
        self.assertEqual(len(printed), len(steps))
        for (command, expected), (lines, code) in zip(steps, printed):
            with self.subTest(command):
                if expected:
                    self.assertEqual(tour.comparable(lines), tour.comparable(expected))
                else:
                    self.assertEqual(code, 0, "\n".join(lines))

    def test_sums_are_those_of_the_files(self):
        subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=DIST,
                       check=True)
        listed = {line.split()[1] for line in (DIST / "SHA256SUMS").read_text().splitlines()}
        self.assertEqual(listed, {the("weir-*.tar.gz").name, the("weir_*.deb").name})

    def test_tarball_works_in_any_folder_for_any_user_with_nothing_installed(self):
        with BareDebian() as debian:
            opt = debian.path("/opt/a folder")
            opt.mkdir()
            subprocess.run(["tar", "-xf", the("weir-*.tar.gz"), "-C", opt,
                            "--strip-components=1"], check=True)
            debian.path("/usr/local/bin/weir").symlink_to("/opt/a folder/bin/weir")
            self.assert_works(debian)
            loaded = debian.run('ldd "/opt/a folder/bin/weir"')
            private = {file.name for file in (opt / "lib/weir").iterdir()}
            # libcurl is opened when S3 is first asked for.
            loaded += debian.run('LD_LIBRARY_PATH="/opt/a folder/lib/weir" '
                                 'ldd "/opt/a folder/lib/weir/libcurl.so.4"')
            found = set(re.findall(r"(\S+) => /opt/a folder/(?:bin/\.\./)?lib/weir/", loaded))
            self.assertEqual(found | {"libcurl.so.4"}, private)
            self.assertIn("connect", debian.run(
                "AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b AWS_REGION=us-east-1 "
                "AWS_ENDPOINT_URL=http://127.0.0.1:9 weir --home /tmp/s3 sql -e "
                "\"SELECT * FROM read_files('s3://bucket/key', format => 'csv')\" 2>&1 || true"))

    def test_deb_installs_with_what_it_depends_on_works_and_goes_without_a_trace(self):
        with BareDebian() as debian:
            before = debian.files()
            debs = debian.path("/var/tmp/debs")
            debs.mkdir()
            fetch_with_dependencies(the("weir_*.deb"), debian, debs)
            # apt would rather fetch what its lists name than take the file at hand.
            debian.run("rm -rf /var/lib/apt/lists/*", as_root=True)
            debian.run("apt-get install -y /var/tmp/debs/*.deb", as_root=True)
            self.assertEqual(debian.run("dpkg --verify weir", as_root=True), "")
            self.assert_works(debian)
            debian.run("apt-get purge -y weir && apt-get autoremove -y --purge", as_root=True)
            left = [path for path in debian.files() - before
                    if "weir" in path and not path.startswith("/home/")
                    and not path.startswith("/var/tmp/debs/")]
            self.assertEqual(left, [])

    def test_deb_alone_is_refused_by_the_names_it_depends_on(self):
        with BareDebian() as debian:
            subprocess.run(["cp", the("weir_*.deb"), debian.path("/var/tmp/weir.deb")], check=True)
            self.assertIn("depends on libfmt9",
                          debian.run("dpkg -i /var/tmp/weir.deb", as_root=True, check=False))

    def test_packing_again_gives_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as again:
            subprocess.run(
                ["sh", "-c", 'umask 077; exec "$0" --build "$1" --out "$2"',
                 ROOT / "tools/dist/pack", BUILD, again],
                check=True, stdout=subprocess.DEVNULL, cwd="/",
                env=os.environ | {"TZ": "Asia/Kathmandu", "LC_ALL": "C.UTF-8"})
            self.assertEqual((pathlib.Path(again) / "SHA256SUMS").read_text(),
                             (DIST / "SHA256SUMS").read_text())

    def test_licences_of_every_private_library_are_in_the_tarball(self):
        names = subprocess.run(["tar", "-tf", the("weir-*.tar.gz")], check=True,
                               capture_output=True, text=True).stdout.split()
        for part in ("LICENSE", "licences/duckdb/LICENSE", "licences/nlohmann-json3-dev",
                     "licences/libcli11-dev"):
            self.assertTrue(any(name.endswith("share/doc/weir/" + part) for name in names), part)
        private = [name for name in names if re.search(r"/lib/weir/lib(?!duckdb)", name)]
        packages = {libraries.Owners().package(f"/usr/lib/{os.uname().machine}-linux-gnu/"
                                               + pathlib.Path(name).name) for name in private}
        self.assertTrue(packages)
        for package in packages:
            self.assertTrue(any(name.endswith(f"licences/{package}") for name in names), package)


class LibrariesTest(unittest.TestCase):
    def test_private_library_finds_the_private_libraries_that_it_needs(self):
        with tempfile.TemporaryDirectory() as work:
            folder = pathlib.Path(work)
            self.compile(folder, "inner", "int inner(void) { return 42; }")
            self.compile(folder, "outer", "int inner(void); int outer(void) { return inner(); }",
                         "-linner")
            given = {name: folder / name for name in ("libinner.so", "libouter.so")}
            libraries.install_libraries(given, folder / "lib/weir")
            (folder / "bin").mkdir()
            (folder / "main.c").write_text("int outer(void); int main(void) { return outer(); }")
            subprocess.run(["gcc", "main.c", "-o", "bin/main", "-L.", "-louter",
                            "-Wl,-rpath,$ORIGIN/../lib/weir", "-Wl,-rpath-link,."],
                           cwd=folder, check=True)
            self.assertEqual(subprocess.run([folder / "bin/main"]).returncode, 42)

    def compile(self, folder, name, text, *more):
        (folder / f"{name}.c").write_text(text)
        subprocess.run(["gcc", "-shared", "-fPIC", f"{name}.c", "-o", f"lib{name}.so", "-L.",
                        *more], cwd=folder, check=True)


class ContainerTest(unittest.TestCase):
    """The Containerfile upon the bare Debian of this machine, not upon the registry's image."""

    def setUp(self):
        self.work = tempfile.TemporaryDirectory(prefix="weir-container-")
        self.addCleanup(self.work.cleanup)
        self.addCleanup(self.buildah, "rm", "--all")
        version = re.search(r"weir-([0-9.]+)-linux", the("weir-*.tar.gz").name)[1]
        bare = self.buildah("from", "scratch")
        self.buildah("add", bare, IMAGE, "/")
        self.buildah("commit", "--quiet", bare, "bare-debian")
        self.buildah("bud", "--isolation", "chroot", "--pull-never", "--quiet", "-f",
                     ROOT / "tools/dist/Containerfile", "-t", "weir", "--build-arg",
                     "BASE=localhost/bare-debian", "--build-arg", f"VERSION={version}", DIST)
        self.container = self.buildah("from", "--pull-never", "localhost/weir")

    def buildah(self, *arguments):
        ran = subprocess.run(["buildah", "--root", f"{self.work.name}/storage", "--runroot",
                              f"{self.work.name}/run", "--storage-driver", "vfs", *arguments],
                             capture_output=True, text=True)
        if ran.returncode:
            raise AssertionError(f"buildah {arguments[0]}: {ran.stderr}{ran.stdout}")
        return ran.stdout.strip()

    def inside(self, script):
        return self.buildah("run", "--isolation", "chroot", self.container, "--",
                            "sh", "-c", script)

    def test_runs_as_a_plain_user_with_its_state_in_the_volume(self):
        self.assertNotEqual(self.inside("id -u"), "0")
        self.inside("weir pipeline init --name trips && cd trips && weir pipeline run")
        self.assertEqual(self.inside('weir sql --output csv -e "select count(*) as n '
                                     'from main.trips.trips_silver"'), "n\n3")
        self.assertIn("weir.db", self.inside("ls /var/lib/weir"))
        image = json.loads(self.buildah("inspect", "--type", "image", "localhost/weir"))
        config = image["OCIv1"]["config"]
        self.assertEqual(config["Volumes"], {"/var/lib/weir": {}})
        self.assertEqual(config["Entrypoint"], ["weir"])


def fetch_with_dependencies(deb, debian, folder):
    """Puts the package and those it needs beyond what `debian` has into `folder`. This machine's
    apt is asked, so its mirror and proxy serve, and nothing is installed here."""
    cache = ROOT / ".cache" / "debootstrap" / "archives"
    (cache / "partial").mkdir(parents=True, exist_ok=True)
    ask = ["apt-get", "-o", f"Dir::State::status={debian.path('/var/lib/dpkg/status')}",
           "-o", f"Dir::Cache::archives={cache}", "-o", "APT::Sandbox::User=root",
           "-o", "Debug::NoLocking=true", "-y", "--no-install-recommends"]
    if subprocess.run([*ask, "--download-only", "install", deb], capture_output=True).returncode:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run([*ask, "--download-only", "install", deb], check=True,
                       stdout=subprocess.DEVNULL)
    wanted = subprocess.run([*ask, "--simulate", "install", deb], check=True, capture_output=True,
                            text=True).stdout
    subprocess.run(["cp", deb, folder], check=True)
    for package, version in re.findall(r"^Inst (\S+) \((\S+)", wanted, re.MULTILINE):
        if package != "weir":
            file = f"{package}_{version.replace(':', '%3a')}_*.deb"
            subprocess.run(["cp", *cache.glob(file), folder], check=True)


def main():
    global DIST, BUILD
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dist", type=pathlib.Path, default=ROOT / "dist")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build")
    given, rest = parser.parse_known_args()
    if os.geteuid() != 0:
        os.execvp("sudo", ["sudo", "-E", sys.executable, *sys.argv])
    DIST, BUILD = given.dist.absolute(), given.build.absolute()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
