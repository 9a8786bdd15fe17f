"""What is built: one file that is small, whole, and asks of a machine only what its packages give; and the set-up that
says what it would install."""

import pathlib
import re
import shutil
import subprocess

import pytest

from support import places
from support.waiting import wait_until

LARGEST_BYTES = 15_000_000


def packages(purpose):
    listed = subprocess.run(
        [places.ROOT / "tools" / "setup", "--for", purpose, "--list"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert len(set(listed)) == len(listed)
    return set(listed)


# The program that ./test hands over is preset dev's: by its target and flags the same as preset release's.
def test_the_program_is_one_small_file(tmp_path):
    assert places.binary().stat().st_size <= LARGEST_BYTES
    alone = shutil.copy(places.binary(), tmp_path)
    orders = '{"products": [{"product_name": "tea", "quantity": 2, "price": 1.25}]}\n'
    pipeline = places.ROOT / "pipelines" / "ecommerce_sales.yaml"
    done = subprocess.run(
        [alone, "run", pipeline, "--until-end", "--input", "-", "--store", "sqlite:x.db"],
        cwd=tmp_path,
        input=orders,
        capture_output=True,
        text=True,
        env={},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"\btea\b.*\b2\.50\b", done.stdout), done.stdout


def test_its_libraries_are_the_systems():
    linked = subprocess.run(["ldd", places.binary()], capture_output=True, text=True, check=True).stdout
    assert "not found" not in linked
    libraries = [pathlib.Path(path) for path in re.findall(r"=> (\S+)", linked)]
    assert libraries
    for library in libraries:
        assert library.is_relative_to("/lib") or library.is_relative_to("/usr/lib"), library


def test_cassandra_is_in_it(salestream):
    ended = salestream.run(
        "status", places.ROOT / "pipelines" / "ecommerce_sales.yaml", "--store", "cassandra:127.0.0.1:1/k", status=None
    )
    assert "nothing listens on 127.0.0.1:1" in ended.stderr


def test_each_purpose_installs_what_the_one_before_does():
    run, cassandra, package, test = map(packages, ("run", "cassandra", "package", "test"))
    assert run < cassandra < package < test
    assert {"cargo-web", "rustc-web"} <= cassandra - run
    assert {"libboost-dev", "libssl-dev"} <= run  # the web page, with TLS
    assert "cargo" not in test  # Debian 12's own is too old


@pytest.mark.parametrize("argument", ["--for=everything", "--fro"])
def test_set_up_takes_no_purpose_that_it_does_not_know(argument):
    done = subprocess.run([places.ROOT / "tools" / "setup", argument], capture_output=True, text=True, check=False)
    assert done.returncode != 0 and argument.split("=")[-1] in done.stderr


def command_line(process):
    try:
        return pathlib.Path(f"/proc/{process}/cmdline").read_text().split("\0")
    except OSError:
        return []  # it has ended


def processes_of(folder):
    """The processes that have been told of a folder, by their programs."""
    lines = [command_line(entry.name) for entry in pathlib.Path("/proc").glob("[0-9]*")]
    return [pathlib.Path(words[0]).name for words in lines if any(folder in word for word in words)]


def data_folder_of_a_child(parent):
    for child in pathlib.Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        words = command_line(child)
        if "--data" in words:
            return words[words.index("--data") + 1]
    return None


def test_the_unit_tests_cassandra_ends_with_who_started_it():
    """./test holds the other end of its input, which closes whatever ends ./test. Here in the middle of a start."""
    with subprocess.Popen(
        [places.ROOT / "tools" / "test-cassandra"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    ) as helper:
        folder = wait_until(lambda: data_folder_of_a_child(helper.pid), 60, "a call of tools/services")
        wait_until(lambda: "java" in processes_of(folder), 120, "a start of Cassandra")
        helper.stdin.close()
        assert helper.wait(120) == 0
    assert processes_of(folder) == []
    assert not pathlib.Path(folder).exists()


@pytest.mark.parametrize(
    "file, call, checks",
    [
        ("spark-sink/CMakeLists.txt", r"\$\{SALESTREAM_MAVEN\} [^)]*? package", " -C "),
        ("src/spark/protocol/fetch.cmake", r"\$\{MVN\} -q [^)]*", " -C "),
        ("tools/service_tools/jars.py", r"command = \[\s*maven,[^\]]*", '"-C"'),
        ("tools/service_tools/cassandra.py", r'"pip", "install"[^)]*', '"--require-hashes"'),
    ],
)
def test_what_is_fetched_is_compared_with_its_checksum(file, call, checks):
    (found,) = re.findall(call, (places.ROOT / file).read_text())
    assert checks in found


def test_everything_that_pip_fetches_has_one_version_and_checksums():
    lines = (places.ROOT / "tools" / "service_tools" / "cqlsh-requirements.txt").read_text().splitlines()
    lines = [line for line in lines if not line.startswith("#")]
    packages_named = [line for line in lines if re.fullmatch(r"[a-z-]+==[\d.]+ \\", line)]
    checksums = [line for line in lines if re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line)]
    assert len(packages_named) > 1 and len(packages_named) + len(checksums) == len(lines)
