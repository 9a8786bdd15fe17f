"""tools/lint, tools/check-includes and tools/check-line-lengths: each finds what it is for, in a small tree of its own,
and takes what is right."""

import json
import shutil
import subprocess

import pytest

from support import places

CALL = """salestream_layer({name}
  SOURCES a.cc
  DEPENDS {depends}
  PRIVATE_LIBS fmt::fmt
  TESTS a_test.cc
  TEST_DEPENDS {test_depends})
"""


class Tree:
    """Three layers: base, core above it, engine above both; core's tests may see engine."""

    def __init__(self, root):
        self.root = root
        (root / "tools").mkdir(parents=True)
        for tool in ("lint", "check-includes", "check-line-lengths"):
            shutil.copy(places.ROOT / "tools" / tool, root / "tools")
        for file in (".clang-format", ".clang-tidy", "pyproject.toml"):
            shutil.copy(places.ROOT / file, root)
        self.write(
            "src/CMakeLists.txt", "".join(f"add_subdirectory({layer})\n" for layer in ("base", "core", "engine"))
        )
        self.layer("base", "")
        self.layer("core", "base", "engine")
        self.layer("engine", "base core")
        self.write("src/base/result.h", "#pragma once\n")
        self.write("src/core/cell.h", "#pragma once\n")
        self.write("src/engine/worker.h", '#pragma once\n\n#include "base/result.h"\n#include "core/cell.h"\n')
        subprocess.run(["git", "init", "-q", root], check=True)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def layer(self, name, depends, test_depends=""):
        self.write(f"src/{name}/CMakeLists.txt", CALL.format(name=name, depends=depends, test_depends=test_depends))

    def run(self, *command):
        done = subprocess.run(
            [self.root / "tools" / command[0], *command[1:]], capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path / "tree")


def test_includes_along_the_layers_are_taken(tree):
    tree.write("src/core/a_test.cc", '#include "engine/worker.h"\n')
    assert tree.run("check-includes") == (0, "\n")


@pytest.mark.parametrize(
    "file, text, said",
    [
        (
            "src/core/up.h",
            '#include "engine/worker.h"\n',
            "src/core/up.h:1: layer core includes engine/worker.h, and may not",
        ),
        (
            "src/base/up.cc",
            '\n#include "core/cell.h"\n',
            "src/base/up.cc:2: layer base includes core/cell.h, and may not",
        ),
        ("src/core/lib.h", "#include <rapidjson/writer.h>\n", "a header shows the library header rapidjson/writer.h"),
    ],
)
def test_an_include_against_the_layers_is_found(tree, file, text, said):
    tree.write(file, text)
    status, output = tree.run("check-includes")
    assert status == 1 and said in output


def test_a_layer_that_depends_on_a_later_one_is_found(tree):
    tree.layer("base", "core")
    status, output = tree.run("check-includes")
    assert status == 1 and "src/base/CMakeLists.txt:1: depends on core, which comes after it" in output


def test_this_tree_keeps_to_its_layers():
    done = subprocess.run([places.ROOT / "tools" / "check-includes"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "\n")


def test_layout_is_checked_and_mended(tree):
    tree.write("src/core/cell.cc", "int  f( int a ){return a;}\n")
    status, output = tree.run("lint", "format")
    assert status == 1 and "src/core/cell.cc:1: not laid out as .clang-format says" in output
    assert tree.run("lint", "--fix")[0] == 0
    assert (tree.root / "src/core/cell.cc").read_text() == "int f(int a) { return a; }\n"
    assert tree.run("lint", "format")[0] == 0


@pytest.mark.parametrize("file", ["tests/a.py", "tools/a"])
def test_the_layout_of_python_is_checked_and_mended(tree, file):
    tree.write(file, "#!/usr/bin/env python3\nprint( 'a','b' )\n")
    status, output = tree.run("lint", "format")
    assert status == 1 and f"{file}:1: not laid out as black says" in output
    assert tree.run("lint", "--fix")[0] == 0
    assert (tree.root / file).read_text() == "#!/usr/bin/env python3\nprint('a', 'b')\n"
    assert tree.run("lint", "format")[0] == 0


@pytest.mark.parametrize(
    "file, line",
    [("docs/a.md", "word " * 24 + "é"), ("src/core/CMakeLists.txt", "#" * 121), ("a.yaml", "a: https://" + "b" * 120)],
)
def test_a_line_that_is_too_long_is_found(tree, file, line):
    tree.write(file, f"first\n{line[:120]}\n{line}\n")
    status, output = tree.run("lint", "format")
    assert status == 1 and f"{file}:3: {len(line)} columns, 120 at most" in output
    assert f"{file}:2:" not in output


@pytest.mark.parametrize(
    "file, text",
    [
        ("docs/row.md", "| " + "cell | " * 40),
        ("docs/output.md", "```text\n" + "word " * 40 + "\n```"),
        ("docs/link.md", "See [the page](https://" + "a" * 120 + ")."),
        ("docs/wide.md", "é" * 120),
        ("tests/golden/orders.txt", "word " * 40),
        ("src/store_cassandra/driver/Cargo.lock", "word " * 40),
    ],
)
def test_a_long_line_that_nobody_can_break_is_taken(tree, file, text):
    tree.write(file, text + "\n")
    assert tree.run("check-line-lengths") == (0, "")


def test_what_comes_after_a_code_block_is_looked_at(tree):
    tree.write("a.md", "```text\n" + "word " * 40 + "\n```\n" + "word " * 40 + "\n")
    assert tree.run("check-line-lengths") == (1, "a.md:4: 200 columns, 120 at most\n")


GUARDED = """#include <absl/base/thread_annotations.h>
#include <absl/synchronization/mutex.h>

class Count {
 public:
  void add() {
    %s
    ++count_;
  }

 private:
  absl::Mutex mutex_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

void add(Count& count) { count.add(); }
"""


def write_unity_build(tree, preset, compiler, *files):
    """What the real one has of a layer: its batch, and the compiler's arguments."""
    build = tree.root / "build" / preset
    batch = build / "src/core/CMakeFiles/salestream_core.dir/Unity/unity_0_cxx.cxx"
    object_file = "src/core/CMakeFiles/salestream_core.dir/Unity/unity_0_cxx.cxx.o"
    command = f"{compiler} -std=gnu++20 -I{tree.root}/src -o {object_file} -c {batch}"
    includes = "".join(f'#include "{tree.root}/{file}"\n' for file in files)
    tree.write(batch.relative_to(tree.root), includes)
    entry = {"directory": str(build), "file": str(batch), "command": command}
    tree.write(f"build/{preset}/compile_commands.json", json.dumps([entry]))
    tree.write("tools/build", "#!/bin/sh\n")
    (tree.root / "tools" / "build").chmod(0o755)


def test_a_file_that_needs_its_neighbour_is_found(tree):
    tree.write("src/core/a.cc", "static int count() { return 1; }\nint first() { return count(); }\n")
    tree.write("src/core/b.cc", "int second() { return count(); }\n")
    write_unity_build(tree, "dev", "g++", "src/core/a.cc", "src/core/b.cc")
    status, output = tree.run("lint", "alone")
    assert status == 1 and "src/core/b.cc:1:" in output and "a.cc:" not in output
    assert "lint alone: FAILED (1 files)" in output  # the build itself compiles the first by itself
    tree.write("src/core/b.cc", "int second() { return 2; }\n")
    assert tree.run("lint", "alone") == (0, "lint alone: ok (1 files)\n")


def test_a_precompiled_header_that_cannot_be_mapped_is_no_fault_of_the_file(tree):
    compiler = tree.root / "unlucky-g++"
    compiler.write_text(
        """#!/bin/sh
case "$*" in *" -include "*) echo "sorry, unimplemented: PCH allocation failure" >&2; exit 1 ;; esac
exec g++ "$@"
"""
    )
    compiler.chmod(0o755)
    tree.write("src/core/a.cc", "int first() { return 1; }\n")
    tree.write("src/core/b.cc", "#include <gtest/gtest.h>\n\nint second() { return 2; }\n")
    write_unity_build(tree, "dev", compiler, "src/core/a.cc", "src/core/b.cc")
    assert tree.run("lint", "alone") == (0, "lint alone: ok (1 files)\n")
    tree.write("src/core/b.cc", "#include <gtest/gtest.h>\n\nint second() { return third(); }\n")
    status, output = tree.run("lint", "alone")
    assert status == 1 and "src/core/b.cc:3:" in output and "PCH" not in output


@pytest.mark.parametrize("statement, is_right", [("const absl::MutexLock lock(&mutex_);", True), ("", False)])
def test_unguarded_access_is_found(tree, statement, is_right):
    tree.write("src/core/count.cc", GUARDED % statement)
    write_unity_build(tree, "lint", "clang++-14", "src/core/count.cc")
    status, output = tree.run("lint", "tidy")
    assert (status == 0) == is_right, output
    assert is_right or "requires holding mutex 'mutex_'" in output
