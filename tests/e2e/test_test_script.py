"""./test: what it counts and what it fails for, and the Cassandra of the unit tests. The script is the real one, in a
tree of its own in which set-up, build and the runners of tests only say what they are asked to."""

import os
import re
import shutil
import signal
import subprocess

import pytest

from support import places
from support.waiting import wait_until

CTEST = """#!/bin/sh
echo "ctest on $2, Cassandra at ${SALESTREAM_TEST_CASSANDRA:-none}"
echo "$CASES" >"${GTEST_OUTPUT#json:}store.json"
eval "${CTEST_DOES:-}"
"""
BUILD = """#!/bin/sh
echo "build $*"
[ "$2" = cassandra_crate_test ] && echo "test result: ok. 7 passed; 0 failed; 1 ignored; 0 measured"
exit "${BUILD_STATUS:-0}"
"""
READY = """import pathlib, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit())
pathlib.Path("started").open("a").write("once ")
try:
    print("SALESTREAM_TEST_CASSANDRA=here:9042\\nready", flush=True)
    sys.stdin.read()
finally:
    pathlib.Path("ended").touch()
"""
CASES = """{"testsuites": [{"testsuite": [{"status": "RUN", "result": "COMPLETED"},
            {"status": "RUN", "result": "COMPLETED"}, {"status": "RUN", "result": "SKIPPED"}]}]}"""


class Tree:
    def __init__(self, root):
        self.root = root
        (root / "tools").mkdir(parents=True)
        (root / "bin").mkdir()
        shutil.copy(places.ROOT / "test", root)
        shutil.copy(places.ROOT / "tools" / "count-tests", root / "tools")
        self.tool("tools/setup", "#!/bin/sh\n")
        self.tool("tools/build", BUILD)
        self.tool("tools/test-cassandra", READY)
        self.tool("tools/services", "#!/bin/sh\necho services $*\n")
        self.tool("bin/ctest", CTEST)

    def tool(self, name, text):
        (self.root / name).write_text(text)
        (self.root / name).chmod(0o755)

    def start(self, *parts, **environment):
        path = f"{self.root / 'bin'}:{os.environ['PATH']}"
        return subprocess.Popen(
            [self.root / "test", *parts],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={**self.environment(), "PATH": path, "CASES": CASES, **environment},
        )

    @staticmethod
    def environment():
        """Without the Cassandra of the ./test that runs these tests."""
        return {name: value for name, value in os.environ.items() if not name.startswith("SALESTREAM_TEST_CASSANDRA")}

    def run(self, *parts, **environment):
        """(exit status, output) of ./test."""
        with self.start(*parts, **environment) as running:
            output = running.communicate(timeout=60)[0]
        return running.returncode, output


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path / "tree")


def test_what_later_parts_need_is_built_beside_the_earlier_ones(tree):
    """In the tree there are no end-to-end tests, so that part fails; the one after it comes all the same."""
    _, output = tree.run("unit", "e2e", "asan", "fuzz")
    assert "build asan" in output and "-- asan: 2 passed" in output
    ahead = tree.root / "build" / "test-logs" / "ahead.log"
    wanted = ["services prepare", "build asan", "build asan fuzz_targets"]
    wait_until(lambda: ahead.read_text().splitlines() == wanted, what="all that is made ahead")


def test_what_waits_for_nothing_runs_beside_e2e(tree):
    (tree.root / "tests" / "e2e").mkdir(parents=True)
    (tree.root / "tests" / "e2e" / "test_waiting.py").write_text(
        """import pathlib, time
def test_another_part_runs():
    while not pathlib.Path("lint_runs").exists():
        time.sleep(0.01)
"""
    )
    tree.tool("tools/lint", "#!/bin/sh\ntouch lint_runs\n[ $1 != includes ]\n")
    status, output = tree.run("e2e", "asan", "lint", CTEST_DOES="[ -e lint_runs ] && touch asan_comes_later")
    assert status == 1 and output.endswith("\n6 passed, 1 failed\n"), output
    assert (tree.root / "asan_comes_later").exists()
    ends = [output.index(f"-- {part}: ") for part in ("e2e", "lint", "asan")]
    assert ends == sorted(ends)
    assert re.search(r"what it took, in seconds\ne2e \d+\nlint \d+\nasan \d+\nall \d+\n", output)


def test_parts_beside_e2e_that_do_not_count_are_a_failure(tree):
    tree.tool("tools/lint", "#!/bin/sh\nkill -9 $PPID\n")
    output = tree.run("e2e", "lint")[1]
    assert "the parts beside e2e ended before they had counted" in output and output.endswith("\n0 passed, 2 failed\n")


def test_unit_and_asan_share_a_cassandra_and_tsan_has_none(tree):
    status, output = tree.run("unit", "asan")
    assert status == 0 and output.endswith("\n4 passed, 0 failed\n"), output
    for preset in ("dev", "asan"):
        assert f"ctest on build/{preset}, Cassandra at here:9042" in output
    assert (tree.root / "started").read_text() == "once "
    assert (tree.root / "ended").exists()

    status, output = tree.run("tsan")
    assert status == 0 and "ctest on build/tsan, Cassandra at none" in output
    assert (tree.root / "started").read_text() == "once "


def test_a_part_after_cassandra_has_ended_does_not_look_for_it(tree):
    tree.tool("tools/build", "#!/bin/sh\necho \"building $* with Cassandra at ${SALESTREAM_TEST_CASSANDRA:-none}\"\n")
    _, output = tree.run("unit", "e2e")
    assert "building dev salestream salestream_crashing package_files with Cassandra at none" in output
    assert "ctest on build/dev, Cassandra at here:9042" in output


def test_no_cassandra_is_a_failure_that_says_so(tree):
    tree.tool("tools/test-cassandra", "import sys; sys.exit('no Java')")
    status, output = tree.run("unit", "asan")
    assert status == 1 and output.endswith("\n4 passed, 2 failed\n"), output
    for part in ("unit", "asan"):
        assert (
            f"{part}: error: no Cassandra could be started, so its tests are left out: see build/test-logs/" in output
        )
    assert "no Java" in output


def test_a_build_that_fails_is_a_failure_and_cassandra_ends(tree):
    status, output = tree.run("unit", BUILD_STATUS="1")
    assert status == 1 and output.endswith("\n0 passed, 1 failed\n"), output
    assert (tree.root / "ended").exists()


@pytest.mark.parametrize("by_signal", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_cassandra_ends_when_the_script_is_ended(tree, by_signal):
    os.mkfifo(tree.root / "fifo")
    with tree.start("unit", CTEST_DOES="touch testing; sed q fifo") as running:
        wait_until((tree.root / "testing").exists, 60, "the start of the tests")
        running.send_signal(by_signal)
        (tree.root / "fifo").write_text("on\n")  # a shell that is asked to end waits for its command
        output = running.communicate(timeout=60)[0]
    wait_until((tree.root / "ended").exists, 60, "the end of Cassandra")
    assert running.returncode == {signal.SIGKILL: -9}.get(by_signal, 130), output


@pytest.mark.parametrize("parts", [("fuzz",), ("e2e", "fuzz")])
@pytest.mark.parametrize("by_signal", [signal.SIGINT, signal.SIGTERM])
def test_fuzzers_end_with_the_script(tree, by_signal, parts):
    (tree.root / "build" / "asan").mkdir(parents=True)
    for name in ("fuzz_one", "fuzz_two"):
        tree.tool(
            f"build/asan/{name}",
            f"#!/bin/sh\necho $$ >{tree.root}/{name}.new\n"
            f"mv {tree.root}/{name}.new {tree.root}/{name}.pid\nexec sleep 600\n",
        )
    pids = [tree.root / f"{name}.pid" for name in ("fuzz_one", "fuzz_two")]
    with tree.start(*parts) as running:
        wait_until(lambda: any(pid.exists() for pid in pids), 60, "a fuzzer")
        running.send_signal(by_signal)
        output = running.communicate(timeout=60)[0]
    assert running.returncode == 130, output
    started = [int(pid.read_text()) for pid in pids if pid.exists()]
    wait_until(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in started), 10, "the end of the fuzzers")


def test_the_crates_tests_are_counted(tree):
    output = tree.run("rust")[1]
    assert "-- rust: 7 passed, 0 failed, 1 skipped\n" in output and output.endswith("\n7 passed, 0 failed\n")
    tree.tool(
        "tools/build", "#!/bin/sh\necho 'test result: FAILED. 5 passed; 2 failed; 0 ignored; 0 measured'\nexit 1\n"
    )
    assert tree.run("rust")[1].endswith("\n5 passed, 2 failed\n")
    tree.tool("tools/build", "#!/bin/sh\nexit 1\n")
    assert tree.run("rust")[1].endswith("\n0 passed, 1 failed\n")


@pytest.mark.parametrize("cases", ['{"testsuites": []}', CASES.replace("COMPLETED", "SKIPPED")])
def test_a_part_in_which_nothing_passed_is_a_failure(tree, cases):
    assert tree.run("tsan", CASES=cases)[1].endswith("\n0 passed, 1 failed\n")


def test_the_end_says_what_took_long(tree):
    slow = """{"testsuites": [{"testsuite": [{"name": "Quick", "status": "RUN", "result": "COMPLETED", "time": "0.5s"},
              {"name": "Slow", "status": "RUN", "result": "COMPLETED", "time": "42.25s"}], "name": "Store"}]}"""
    output = tree.run("unit", CASES=slow)[1]
    assert re.search(r"what it took, in seconds\nunit \d+\nall \d+\n", output)
    assert re.search(r"the slowest tests:\n +42\.2  unit: Store\.Slow\n +0\.5  unit: Store\.Quick\n", output)


def test_lint_counts_its_checks(tree):
    tree.tool("tools/lint", "#!/bin/sh\n[ $1 != includes ]\n")
    status, output = tree.run("lint")
    assert status != 0 and "-- lint: 3 passed, 1 failed" in output
