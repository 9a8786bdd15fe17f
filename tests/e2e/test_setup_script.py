"""tools/setup: which Rust it takes, installs or asks for. The script is the real one; apt and dpkg are made up, since
this machine has what it has."""

import os
import shutil
import subprocess

import pytest

from support import places

# All packages are installed but those in the file `missing`.
DPKG_QUERY = """#!/bin/sh
shift 3
for package; do grep -qsx "$package" "$TREE/missing" || echo "$package installed"; done
"""
APT_GET = """#!/bin/sh
case "$*" in
  *update*) cp "$TREE/offered-after-update" "$TREE/offered" ;;
  *) for word; do grep -sx -- "$word" "$TREE/missing" >>"$TREE/calls"; done
     : >"$TREE/missing" ;;
esac
"""
APT_CACHE = """#!/bin/sh
printf '%s:\\n  Installed: (none)\\n  Candidate: %s\\n' "$2" "$(cat "$TREE/offered")"
"""
SUDO = """#!/bin/sh
[ "$1" = -n ] && shift
exec "$@"
"""
NEW, OLD = "1.96.0+dfsg1-1~deb12u2", "1.85.0+dfsg3-1~deb12u3"


class Tree:
    def __init__(self, root):
        self.root = root
        for folder in ("tools", "bin", "home/.cargo/bin"):
            (root / folder).mkdir(parents=True)
        shutil.copy(places.ROOT / "tools" / "setup", root / "tools")
        for name, text in (("dpkg-query", DPKG_QUERY), ("apt-get", APT_GET), ("apt-cache", APT_CACHE), ("sudo", SUDO)):
            self.tool(f"bin/{name}", text)
        self.cargo("bin", "no such thing")
        self.offer(NEW, NEW)
        (root / "missing").write_text("cargo-web\nrustc-web\n")

    def tool(self, name, text):
        (self.root / name).write_text(text)
        (self.root / name).chmod(0o755)

    def cargo(self, folder, version):
        self.tool(f"{folder}/cargo", f"#!/bin/sh\necho 'cargo {version} (f2d3ce0bd 2026-03-21)'\n")

    def offer(self, before, after):
        """The version of cargo-web that apt knows of before and after an update."""
        (self.root / "offered").write_text(before)
        (self.root / "offered-after-update").write_text(after)

    def setup(self, purpose="cassandra", status=0):
        """(the packages that apt was told to install, stderr)"""
        (self.root / "calls").write_text("")
        environment = {
            **os.environ,
            "PATH": f"{self.root / 'bin'}:/usr/bin:/bin",
            "HOME": str(self.root / "home"),
            "TREE": str(self.root),
        }
        environment.pop("SALESTREAM_SKIP_SETUP", None)
        done = subprocess.run(
            [self.root / "tools" / "setup", "--for", purpose],
            env=environment,
            text=True,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == status, done.stderr
        return (self.root / "calls").read_text().split(), done.stderr


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path / "tree")


RUST = ["cargo-web", "rustc-web"]


@pytest.mark.parametrize("folder", ["bin", "home/.cargo/bin"])
def test_a_rust_that_is_new_enough_is_taken(tree, folder):
    tree.cargo(folder, "1.88.0")
    assert tree.setup()[0] == []


@pytest.mark.parametrize("purpose", ["cassandra", "test"])
@pytest.mark.parametrize("version", ["1.87.0", "1.9.0", "no such thing"])
def test_without_one_debians_new_rust_is_installed(tree, purpose, version):
    tree.cargo("bin", version)
    assert sorted(tree.setup(purpose)[0]) == RUST


def test_sqlite_alone_needs_none(tree):
    assert tree.setup("run")[0] == []


def test_old_package_lists_are_renewed(tree):
    tree.offer(OLD, NEW)
    assert sorted(tree.setup()[0]) == RUST


@pytest.mark.parametrize("offered", [OLD, "(none)"])
def test_without_the_security_archive_nothing_is_installed_and_a_person_learns_what_to_do(tree, offered):
    tree.offer(offered, offered)
    (tree.root / "missing").write_text("g++\ncargo-web\nrustc-web\n")
    installed, said = tree.setup(status=1)
    assert installed == []
    assert (
        f"needs Rust 1.88 or newer, and apt offers cargo-web {offered}. Either" in said and "bookworm-security" in said
    )


def test_once_looked_apt_and_dpkg_are_left_alone(tree):
    assert tree.setup()[0] != []
    for name in ("apt-get", "dpkg-query"):
        tree.tool(f"bin/{name}", "#!/bin/sh\necho asked again >&2\nexit 1\n")
    assert tree.setup() == ([], "")
