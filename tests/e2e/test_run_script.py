"""./run: which program it builds and becomes. The script is the real one, in a tree of its own in which set-up and
build only note what they are asked for, and the programs tell what they were given."""

import os
import re
import shutil
import subprocess

import pytest

from support import places

SETUP = """#!/bin/sh
echo "setup $*" >>"$TREE/calls"
cat
"""
# What a build leaves behind is what ./run goes by.
BUILD = """#!/bin/sh
echo "build $*" >>"$TREE/calls"
cat
mkdir -p "$TREE/build/$1" "$TREE/build/cargo/release"
touch "$TREE/build/$1/.built"
[ "$1" = release ] && touch "$TREE/build/cargo/release/libsalestream_cassandra.a"
cat >"$TREE/build/$1/salestream" <<'END'
#!/bin/sh
echo "$(basename "$(dirname "$0")") in $PWD: $*"
cat
END
chmod +x "$TREE/build/$1/salestream"
echo talk of the build >&2
"""

SQLITE = "store:\n  sqlite: {file: cassandra.db}\n"
CASSANDRA = "pipeline: p\nstore:\n  cassandra:\n    keyspace: k\n"


class Tree:
    def __init__(self, root):
        self.root = root
        (root / "tools").mkdir(parents=True)
        (root / "pipelines").mkdir()
        shutil.copy(places.ROOT / "run", root / "run")
        shutil.copy(places.ROOT / "pipelines" / "demo.yaml", root / "pipelines")
        for name, text in (("setup", SETUP), ("build", BUILD)):
            (root / "tools" / name).write_text(text)
            (root / "tools" / name).chmod(0o755)
        self.folder = root / "elsewhere"
        self.folder.mkdir()

    def file(self, name, text):
        (self.folder / name).write_text(text)
        return name

    def run(self, *arguments, standard_input="", command=None):
        """The finished process; its output's first line says which program ran, where, and with what."""
        (self.root / "calls").write_text("")
        done = subprocess.run(
            command or [self.root / "run", *arguments],
            cwd=self.folder,
            input=standard_input,
            env={**os.environ, "TREE": str(self.root)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done

    def preset(self, *arguments, **others):
        """The preset that is built for these arguments, and is what then runs."""
        done = self.run(*arguments, **others)
        built = done.stdout.split()[0]
        packages = {"sqlite-only": "run", "release": "cassandra"}[built]
        assert (self.root / "calls").read_text() == f"setup --for {packages}\nbuild {built} salestream\n"
        return built


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path / "tree")


def test_the_command_is_no_file_though_one_has_its_name(tree):
    """As in the project's own folder, where a newcomer types `./run run pipelines/demo.yaml`: this script has the word
    in it that pipeline files have."""
    tree.folder = tree.root
    tree.file("totals", CASSANDRA)
    tree.file("p.yaml", SQLITE)
    for arguments in (("run",), ("totals",), ("--log", "json", "run")):
        assert tree.preset(*arguments, "p.yaml") == "sqlite-only", arguments
    tree.file("p.yaml", CASSANDRA)
    assert tree.preset("run", "p.yaml") == "release"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--help",),
        ("run", "missing.yaml"),
        ("run", "sqlite.yaml"),
        ("run", "comment.yaml"),
        ("run", "word.yaml"),
        ("run", "cassandra.yaml", "--store", "sqlite:x.db"),
        ("run", "cassandra.yaml", "--store=sqlite:x.db"),
        ("run", "sqlite.yaml", "--input", "orders.jsonl"),
        ("run", "sqlite.yaml", "--input=orders.jsonl"),
        ("run", "."),
        ("run", "spark"),
    ],
    ids=" ".join,
)
def test_sqlite_needs_no_rust(tree, arguments):
    tree.file("sqlite.yaml", SQLITE)
    tree.file("comment.yaml", SQLITE + "# cassandra: {keyspace: k}\n  # cassandra:\nx: y # cassandra: z\n")
    tree.file("word.yaml", SQLITE + "pipeline: cassandra\ntopic: {name: no-cassandra: 1}\nmy_cassandra: 1\n")
    tree.file("cassandra.yaml", CASSANDRA)
    tree.file("orders.jsonl", '{"cassandra": 1}\n')
    assert tree.preset(*arguments) == "sqlite-only"


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "block.yaml"),
        ("totals", "flow.yaml", "--top", "3"),
        ("status", "quoted.yaml"),
        ("init", "late.yaml"),
        ("run", "sqlite.yaml", "--store", "cassandra:localhost:9042/k"),
        ("run", "--store=cassandra:h/k", "sqlite.yaml"),
        ("run", "windows.yaml"),
        ("spark", "status", "sqlite.yaml"),
        ("-v", "spark", "submit", "sqlite.yaml"),
    ],
    ids=" ".join,
)
def test_asking_for_cassandra_builds_it(tree, arguments):
    tree.file("sqlite.yaml", SQLITE)
    tree.file("block.yaml", CASSANDRA)
    tree.file("flow.yaml", "store: {cassandra: {keyspace: k}}  # not sqlite\n")
    tree.file("quoted.yaml", 'store: {"cassandra" : {keyspace: k}}\n')
    tree.file("late.yaml", "# a comment\nname: a#b\nstore: #x\n  cassandra:\n" + "# filling\n" * 20_000)
    tree.file("windows.yaml", CASSANDRA.replace("\n", "\r\n"))
    assert tree.preset(*arguments) == "release"


def test_every_shipped_pipeline_file_gets_the_program_that_it_needs(tree):
    needed = {"sqlite": "sqlite-only", "cassandra": "release"}
    for file in sorted((places.ROOT / "pipelines").glob("*.yaml")):
        text = re.sub(r"(^|\s)#.*", "", file.read_text(), flags=re.M)
        store = re.search(r"^store:\s*\{?\s*(\w+):", text, re.M)[1]
        assert tree.preset("run", file) == needed[store], file.name
        shutil.rmtree(tree.root / "build")


def test_a_pipeline_file_that_can_be_read_only_once_is_left_to_the_program(tree):
    shell = ["bash", "-c", '"$TREE/run" run <(echo "store: {sqlite: {file: x.db}}")']
    assert tree.preset(command=shell) == "release"


def test_the_first_time_is_announced_and_later_ones_are_not(tree):
    tree.file("cassandra.yaml", CASSANDRA)
    assert "Rust" not in tree.run().stderr
    assert (
        "asked for Cassandra or Spark: building the whole program with Rust, gRPC and Java, once"
        in tree.run("run", "cassandra.yaml").stderr
    )
    assert "Rust" not in tree.run("run", "cassandra.yaml").stderr


def test_once_the_whole_program_is_built_it_is_what_runs(tree):
    tree.file("cassandra.yaml", CASSANDRA)
    assert tree.preset() == "sqlite-only"
    assert tree.preset("run", "cassandra.yaml") == "release"
    assert tree.preset() == "release"


def test_a_build_that_was_broken_off_is_not_taken_for_the_whole_program(tree):
    (tree.root / "build" / "release").mkdir(parents=True)
    (tree.root / "build" / "cargo" / "release").mkdir(parents=True)
    (tree.root / "build" / "cargo" / "release" / "libsalestream_cassandra.a").touch()
    assert tree.preset() == "sqlite-only"


def test_arguments_input_and_folder_reach_the_program_and_output_is_its_own(tree):
    done = tree.run("run", "p.yaml", "--input", "-", "a b", standard_input="one\ntwo\n")
    assert done.stdout == f"sqlite-only in {tree.folder}: run p.yaml --input - a b\none\ntwo\n"
    assert done.stderr == "talk of the build\n"
    done = tree.run()
    assert done.stdout == f"sqlite-only in {tree.root}: run pipelines/demo.yaml\n"
