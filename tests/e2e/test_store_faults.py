"""A store that can't be written: a clear error, exit code 1, nothing half written; and once the trouble is over, a new
run ends in the truth."""

import contextlib
import os
import sqlite3
import subprocess

import pytest

from support.orders import lines, order
from support.pipeline import ECOMMERCE
from support.program import waits_for_sqlite_lock
from support.stores import SqliteStore
from support.waiting import wait_until

FAULTS = ("--faults", "duplicate=0.02,malformed=0.01,wrong_total=0.02,late=0.01")


@pytest.fixture
def pipeline(pipelines, tmp_path):
    """Reads a file of 20,000 orders of 20,000 clients, with a row for each client."""
    pipeline = pipelines(
        ECOMMERCE,
        changes=[
            (
                "totals:\n",
                "totals:\n  by_client:\n    by: [client]\n"
                "    columns: {client: client, orders: orders, total: revenue}\n",
            )
        ],
    )
    pipeline.reads(tmp_path / "orders.jsonl")
    pipeline.produce("--count", 20_000, "--rate", "max", "--seed", 1, "--out", tmp_path / "orders.jsonl", *FAULTS)
    return pipeline


@contextlib.contextmanager
def locked(pipeline):
    """Another program is in the middle of writing."""
    with contextlib.closing(sqlite3.connect(pipeline.store_file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def assert_clear_failure(running, pipeline, *said, timeout_s=60):
    assert running.wait(timeout_s) == 1, running.description()
    for text in (str(pipeline.store_file), *said):
        assert text in running.stderr, running.description()
    assert "terminate called" not in running.stderr


def assert_consistent(pipeline):
    """Nothing is half written: the rows of clients are those of as many orders as progress says."""
    with pipeline.database() as database:
        assert database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        orders = database.execute("SELECT coalesce(sum(orders), 0) FROM salestream_progress").fetchone()[0]
        assert database.execute("SELECT coalesce(sum(orders), 0) FROM by_client").fetchone()[0] == orders
        assert database.execute("SELECT coalesce(sum(orders), 0) FROM by_client_cells").fetchone()[0] == orders


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk(pipeline, small_disk):
    pipeline.use_store(SqliteStore(small_disk / "totals.db"))
    assert_clear_failure(pipeline.start("--until-end", "--quiet"), pipeline, "full")
    assert_consistent(pipeline)

    # Without more room it fails again, and again leaves what is there whole.
    assert_clear_failure(pipeline.start("--until-end", "--quiet"), pipeline, "full")
    assert_consistent(pipeline)

    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    pipeline.run()
    pipeline.assert_exact()


def test_a_disk_that_is_full_from_the_start(pipeline, small_disk):
    (small_disk / "filler").write_bytes(b"x" * (1 << 20))
    pipeline.use_store(SqliteStore(small_disk / "totals.db"))
    assert_clear_failure(pipeline.start("--until-end", "--quiet"), pipeline)
    (small_disk / "filler").unlink()
    subprocess.run(["mount", "-o", "remount,size=64m", small_disk], check=True)
    pipeline.run()
    pipeline.assert_exact()


def test_a_locked_database(pipeline, tmp_path, salestream):
    """Locked before a run starts, and locked under one that is running: both wait for a while and then say so."""
    pipeline.run()
    truth = pipeline.truth
    orders = tmp_path / "orders.jsonl"
    running = pipeline.start("--quiet")
    running.wait_for_output("")
    with locked(pipeline):
        with open(orders, "ab") as file:
            file.write(lines([order(("Mouse", "1", "1"))] * 10))
        assert_clear_failure(running, pipeline, "locked")
        late = pipeline.start("--until-end", "--quiet")
        assert salestream.run(
            "totals", pipeline.path, *pipeline.source, "--table", "by_client"
        ).stdout  # reading goes on
        assert_clear_failure(late, pipeline, "locked")
    assert_consistent(pipeline)
    pipeline.assert_exact(truth)
    pipeline.run()
    assert pipeline.counters()["messages"] == truth["messages"] + 10


def test_a_lock_that_is_let_go_in_time_is_waited_for(pipeline, tmp_path):
    pipeline.run()
    running = pipeline.start("--quiet")
    with locked(pipeline):
        with open(tmp_path / "orders.jsonl", "ab") as file:
            file.write(lines([order(("Mouse", "1", "1"))] * 10))
        wait_until(lambda: waits_for_sqlite_lock(running.process.pid), what="the flush waits")
        assert running.alive()
    wait_until(
        lambda: pipeline.counters()["messages"] == pipeline.truth["messages"] + 10,
        what="what was added is in the store",
    )
    assert running.terminate() == 0


def test_a_second_run_on_the_same_file(pipeline):
    first = pipeline.start("--quiet")
    wait_until(lambda: pipeline.messages_stored() == 20_000, what="the orders in the store")
    before = pipeline.content()
    second = pipeline.start("--quiet")
    assert_clear_failure(second, pipeline, str(first.process.pid))
    refused = pipeline.program.run("reset", pipeline.path, *pipeline.source, "--yes", status=1)
    assert str(pipeline.store_file) in refused.stderr
    assert first.alive() and pipeline.content() == before
    assert first.terminate() == 0
    pipeline.run()  # the lock went with its holder
    pipeline.assert_exact()


def test_a_killed_run_leaves_no_lock(pipeline):
    first = pipeline.start("--quiet")
    wait_until(lambda: pipeline.messages_stored() > 0, what="the first flush")
    first.kill()
    pipeline.run()
    pipeline.assert_exact()


@pytest.mark.parametrize(
    "content", [b"Dear diary,\n" * 100, b"\0" * 5000, os.urandom(20_000)], ids=["text", "zeros", "noise"]
)
def test_a_file_that_is_no_database(pipeline, content):
    pipeline.store_file.write_bytes(content)
    assert_clear_failure(pipeline.start("--until-end", "--quiet"), pipeline)
    assert pipeline.store_file.read_bytes() == content
    for command in ("totals", "status", "init"):
        pipeline.program.run(command, pipeline.path, *pipeline.source, status=1)
    assert pipeline.store_file.read_bytes() == content
    pipeline.store_file.unlink()
    pipeline.run()
    pipeline.assert_exact()


def test_a_database_of_somebody_else(pipeline):
    """A file with tables of other names gets ours beside them; one with a table of ours that we did not make is
    refused."""
    with contextlib.closing(sqlite3.connect(pipeline.store_file)) as other:
        other.execute("CREATE TABLE by_client (client TEXT, note TEXT)")
        other.execute("INSERT INTO by_client VALUES ('a', 'b')")
        other.commit()
    before = pipeline.store_file.read_bytes()
    assert_clear_failure(pipeline.start("--until-end", "--quiet"), pipeline, "by_client")
    assert pipeline.store_file.read_bytes() == before


def test_a_folder_that_is_not_there(pipeline):
    pipeline.use_store(SqliteStore(pipeline.folder / "missing" / "totals.db"))
    assert_clear_failure(pipeline.start("--until-end", "--quiet"), pipeline)
    pipeline.store_file.parent.mkdir()
    pipeline.run()
    pipeline.assert_exact()


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_a_database_that_is_deleted_or_replaced_under_a_run(pipeline, tmp_path, how):
    running = pipeline.start("--quiet")
    wait_until(lambda: pipeline.messages_stored() == 20_000, what="the orders in the store")
    if how == "deleted":
        pipeline.store_file.unlink()
    else:
        (tmp_path / "other.db").write_bytes(pipeline.store_file.read_bytes())
        (tmp_path / "other.db").rename(pipeline.store_file)
    with open(tmp_path / "orders.jsonl", "ab") as file:
        file.write(lines([order(("Mouse", "1", "1"))]))
    assert_clear_failure(running, pipeline, "was deleted, moved or replaced")


def test_a_foreign_file_in_the_locks_place_is_left_alone(pipeline, tmp_path):
    lock = tmp_path / "Cargo.lock"
    lock.write_text("# This file is automatically @generated by Cargo.\n")
    pipeline.use_store(SqliteStore(tmp_path / "Cargo"))
    assert_clear_failure(pipeline.start("--until-end", "--quiet"), pipeline, str(lock), "It was left as it is")
    assert lock.read_text().startswith("# This file") and not (tmp_path / "Cargo").exists()
