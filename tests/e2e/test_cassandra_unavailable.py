"""Cassandra becomes unavailable while orders flow: no crash, memory that does not grow, a clear line now and then,
nothing lost and nothing twice when it is back."""

import itertools
import json
import os
import re
import time

import pytest

from support.cassandra import Cassandra
from support.pipeline import ECOMMERCE
from support.services import Services
from support.waiting import wait_until
from support.web import Web

FAULTS = ("--faults", "duplicate=0.02,malformed=0.01,wrong_total=0.02,late=0.01")
OUTAGE_S = float(os.environ.get("SALESTREAM_TEST_OUTAGE_S", "20"))
# What an outage may cost, whatever its length: what was fetched and not counted yet, and what waits for the store.
MORE_MEMORY_KB = 24 * 1024
LONGEST_SILENCE_S = 12  # a line each 5 s, or as soon as the next try has failed
MOST_LINES = 3 + OUTAGE_S / 4
RATE_PER_SECOND = 200


@pytest.fixture(scope="module")
def node(session_folder):
    """A node of this file's own, to be killed and frozen. Every test leaves it alive."""
    tool = Services(session_folder / "unavailable-cassandra")
    tool.start("cassandra")
    server = Cassandra(tool)
    yield server
    server.close()
    tool.stop()


@pytest.fixture
def make_pipeline(kafka, node, pipelines):
    def make(changes=()):
        pipeline = pipelines(
            ECOMMERCE, kafka, kafka.new_topic(partitions=4, prefix="ecommerce_sales"), changes, node=node
        )
        pipeline.program.run("init", pipeline.path)
        return pipeline

    return make


@pytest.fixture
def pipeline(make_pipeline):
    """With a few rows: all cells are in memory soon, and orders are counted that can't be written."""
    return make_pipeline()


@pytest.fixture
def wide_pipeline(make_pipeline):
    """With a row for each client: new ones are looked up in the store all the time."""
    return make_pipeline(
        [
            (
                "columns: {product_name: product, total_sales: revenue}",
                "columns: {product_name: product, total_sales: revenue}\n"
                "  by_client:\n    by: [client]\n    columns: {client: client, orders: orders}",
            )
        ]
    )


def make_unavailable(node, how):
    node.close()
    node.kill() if how == "killed" else node.freeze()


def make_available(node, how):
    node.restart() if how == "killed" else node.thaw()


def counted_all(pipeline):
    return lambda: pipeline.messages_stored() == pipeline.truth["messages"]


@pytest.mark.parametrize(
    "how, is_wide",
    [("killed", False), ("killed", True), ("frozen", True)],
    ids=["killed", "killed-wide", "frozen-wide"],
)
def test_an_outage_while_orders_flow(node, pipeline, wide_pipeline, how, is_wide):
    pipeline = wide_pipeline if is_wide else pipeline
    producing = pipeline.program.start(
        "produce", pipeline.path, "--rate", RATE_PER_SECOND, "--truth", pipeline.truth_file, *FAULTS
    )
    running = pipeline.start("--quiet", "--workers", 2, "--http", "0", "--log", "json")
    web = Web(running)
    wait_until(lambda: pipeline.messages_stored() > RATE_PER_SECOND, 90, "orders that flow")
    wait_until(lambda: web.status("/readyz") == 200, 90, "a run that is ready")
    before_kb = running.peak_memory_kb()
    make_unavailable(node, how)
    try:
        began_s, said_at_s = time.monotonic(), []

        def is_over():
            assert running.alive(), running.description()
            lines = [line for line in running.stderr.splitlines() if node.contact_points in line]
            said_at_s.extend([time.monotonic()] * (len(lines) - len(said_at_s)))
            return time.monotonic() - began_s > OUTAGE_S

        wait_until(is_over, OUTAGE_S + 30, "the end of the outage", every_s=0.2)
        silences_s = [later - earlier for earlier, later in itertools.pairwise([began_s, *said_at_s, time.monotonic()])]
        assert max(silences_s) < LONGEST_SILENCE_S, running.description()
        assert len(said_at_s) <= MOST_LINES, running.description()
        # Its monitoring is told that it can't work, and not to restart it.
        status, _, why = web.request("/readyz")
        assert status == 503 and re.fullmatch(
            rb"(the store has not done for \d+ s what it was asked|the store can't be read)\n", why
        )
        said = web.json("/api/status")
        assert said["state"] == "waiting_for_store" and said["state_since_ms"] > 0
        assert web.status("/healthz") == 200
        metrics = web.metrics()
        assert sum(metrics["salestream_store_retries_total"].values()) > 0
        assert metrics["salestream_store_wait_seconds"].value() > 10 and metrics["salestream_caught_up"].value() == 0
    finally:
        make_available(node, how)
    assert producing.terminate() == 0
    wait_until(counted_all(pipeline), timeout_s=180, what="all orders in the store")
    after_kb = running.peak_memory_kb()
    print(
        f"{how} for {OUTAGE_S:.0f} s: peak {before_kb} kB before, {after_kb} kB after; {len(said_at_s)} lines; "
        f"{pipeline.truth['messages']} messages"
    )
    assert after_kb - before_kb < MORE_MEMORY_KB
    wait_until(lambda: web.status("/readyz") == 200, what="a run that is ready again")
    assert all(json.loads(line)["level"] for line in running.stderr.splitlines())
    assert running.terminate() == 0, running.description()
    pipeline.assert_exact()


def test_the_page_while_it_is_unavailable(node, pipeline, page_state):
    """What was counted is shown still, and since when it waits."""
    pipeline.produce("--count", 5000, "--rate", "max", *FAULTS)
    running = pipeline.start("--quiet", "--http", "0")
    web = Web(running)
    web.wait_for_orders(pipeline.truth["orders"], timeout_s=90)
    make_unavailable(node, "frozen")
    try:
        page_state(web, "waiting_for_store")
    finally:
        make_available(node, "frozen")
    wait_until(lambda: web.status("/readyz") == 200, timeout_s=90, what="a run that is ready again")
    assert running.terminate() == 0, running.description()


@pytest.mark.parametrize("how", ["killed", "frozen"])
def test_stopped_while_it_is_unavailable(node, pipeline, how):
    """SIGTERM ends the program all the same; what it could not write is read again by the next run."""
    pipeline.produce("--count", 2000, "--rate", "max", "--seed", 1, *FAULTS)
    running = pipeline.start("--quiet")
    wait_until(counted_all(pipeline), 90, "all orders in the store")
    make_unavailable(node, how)
    try:
        pipeline.produce("--count", 2000, "--rate", "max", "--seed", 2, "--truth-add", *FAULTS)
        running.wait_for_output(node.contact_points)
        began_s = time.monotonic()
        assert running.terminate(timeout_s=20) == 1, running.description()
        print(f"ended {time.monotonic() - began_s:.1f} s after SIGTERM")
        assert "the next run" in running.stderr, running.description()
    finally:
        make_available(node, how)
    pipeline.run()
    pipeline.assert_exact()


def test_stopped_while_it_is_unavailable_and_nothing_waits(node, pipeline):
    """All that was read is in the store: there is nothing to complain about."""
    pipeline.produce("--count", 500, "--rate", "max", *FAULTS)
    running = pipeline.start("--quiet")
    wait_until(counted_all(pipeline), 90, "all orders in the store")
    make_unavailable(node, "killed")
    try:
        assert running.terminate(timeout_s=20) == 0, running.description()
    finally:
        make_available(node, "killed")
    pipeline.assert_exact()


def test_a_run_that_starts_while_it_is_unavailable_waits_when_it_is_told_to(node, pipeline):
    pipeline.produce("--count", 500, "--rate", "max", *FAULTS)
    make_unavailable(node, "killed")
    try:
        assert "--wait" in pipeline.run(status=1).stderr
        waited = pipeline.run("--wait=1", status=1).stderr
        assert "waits for it" in waited and node.contact_points in waited
        stopped = pipeline.start("--quiet", "--wait")
        stopped.wait_for_output("waits for it")
        assert stopped.terminate() == 0, stopped.description()
        running = pipeline.start("--quiet", "--wait", "--until-end")
        running.wait_for_output("waits for it")
    finally:
        make_available(node, "killed")
    assert running.wait(120) == 0, running.description()
    pipeline.assert_exact()


def test_until_end_waits_for_a_node_that_comes_back(node, pipeline):
    pipeline.produce("--count", 30_000, "--rate", "max", *FAULTS)
    running = pipeline.start("--until-end", "--quiet")
    wait_until(lambda: pipeline.messages_stored() > 0, timeout_s=90, every_s=0.005, what="a first flush")
    node.kill()
    node.restart()
    assert running.wait(180) == 0, running.description()
    pipeline.assert_exact()


def test_commands_while_it_is_frozen(node, pipeline):
    """A clear error within 10 s from each, and not a hang."""
    pipeline.produce("--count", 100, "--rate", "max", *FAULTS)
    pipeline.run()
    node.freeze()
    try:
        for command in ("totals", "status", "init"):
            began_s = time.monotonic()
            ended = pipeline.program.run(command, pipeline.path, status=1)
            assert time.monotonic() - began_s < 10
            assert node.contact_points in ended.stderr and "frozen" in ended.stderr, ended.description()
    finally:
        node.thaw()
    pipeline.assert_exact()


# The last test of this file: it leaves the node as it should not be.
def test_a_node_that_may_forget_is_warned_of(node, pipeline):
    pipeline.produce("--count", 100, "--rate", "max")
    assert "commitlog_sync" not in pipeline.run().stderr
    node.close()
    node.tool.run("stop", "cassandra")
    node.tool.start("cassandra", "--commitlog-sync", "periodic")
    said = pipeline.run().stderr
    assert "commitlog_sync: batch in cassandra.yaml" in said and "one copy" in said
