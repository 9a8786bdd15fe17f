"""Killed with SIGKILL at random moments and at every step of the flush, more than a hundred times, while orders with
faults flow: in the end the totals are the exact truth and every malformed message is kept exactly once. Duplicate
orders are left out, and totals by the hour kept, all the while.

    SALESTREAM_TEST_KILLS=1000   how often to kill (default: 110)
    SALESTREAM_TEST_SEED=7       to choose the same moments again (default: another seed each time; printed on failure)
"""

import json
import random
import time

import pytest

from support import crashes, groups
from support.crashes import SEED, killed, run_and_kill, start_to_crash
from support.orders import lines, order
from support.pipeline import ECOMMERCE
from support.waiting import wait_until

KILLS = crashes.KILLS or 110
RATE_PER_SECOND = 4_000
FAULTS = ("--faults", "duplicate=0.02,malformed=0.01,wrong_total=0.02,late=0.01")


def check_between(pipeline):
    """Whatever moment it was killed at, the store holds a whole truth of some moment: cells, totals, progress and
    rejected messages agree with each other."""
    with pipeline.database() as database:
        database.execute("BEGIN")  # one snapshot
        (integrity,) = database.execute("PRAGMA quick_check").fetchone()
        assert integrity == "ok"
        orders = database.execute("SELECT coalesce(sum(orders), 0) FROM salestream_progress").fetchone()[0]
        by_reason = [
            sum(json.loads(row[0] or "{}").values())
            for row in database.execute("SELECT rejects_by_reason FROM salestream_progress")
        ]
        kept = database.execute("SELECT count(*) FROM rejects").fetchone()[0]
        assert sum(by_reason) == kept
        clients = database.execute("SELECT coalesce(sum(orders), 0) FROM by_client").fetchone()[0]
        assert clients == orders, "each counted order belongs to one client, once"


@pytest.fixture
def producing(kafka, pipelines):
    """A pipeline whose topic of 4 partitions is written to for as long as the test runs."""
    pipeline = pipelines(
        ECOMMERCE,
        kafka,
        kafka.new_topic(partitions=4),
        [
            (
                "columns: {product_name: product, total_sales: revenue}",
                "columns: {product_name: product, total_sales: revenue, units: units, orders: orders}\n"
                "  by_client:\n    by: [client]\n    columns: {client: client, orders: orders, total: revenue}\n"
                "  by_hour:\n    by: [hour, product]\n    columns: {hour: hour, product: product, total: revenue}",
            )
        ],
    )
    pipeline.append("timezone: America/Sao_Paulo\ndeduplicate: {by: id, window: 3000}")
    pipeline.append("limits: {flush_interval_ms: 5, cells_in_memory: 1MiB}")  # many flushes, cells read again
    pipeline.producer = pipeline.program.start(
        "produce", pipeline.path, "--rate", RATE_PER_SECOND, "--seed", SEED, "--truth", pipeline.truth_file, *FAULTS
    )
    wait_until(lambda: sum(kafka.end_offsets(pipeline.topic).values()) > 0, what="the first orders in the topic")
    return pipeline


def test_killed_a_hundred_times(kafka, producing, record_property):
    pipeline, chance = producing, random.Random(SEED)
    print(f"SALESTREAM_TEST_SEED={SEED}")
    record_property("seed", SEED)
    for number, (point, workers) in enumerate(crashes.lives(KILLS, chance)):
        run_and_kill(kafka, pipeline, chance, point, workers)
        if number % 10 == 9 and pipeline.messages_stored() > 0:
            check_between(pipeline)
    assert pipeline.producer.alive(), f"orders were meant to flow all the time:\n{pipeline.producer.description()}"
    counted_on_the_way = pipeline.messages_stored()
    assert counted_on_the_way > 0, "the lives were too short to count anything"

    assert pipeline.producer.terminate() == 0
    groups.remove_members(kafka.addresses[0], pipeline.group)
    pipeline.run("--workers", 2)
    truth = pipeline.truth
    assert truth["rejects"] > 0 and truth["duplicates"] > 0 and truth["wrong_totals"] > 0
    pipeline.assert_exact(truth)
    check_between(pipeline)
    print(f"{truth['messages']} messages, {counted_on_the_way} of them counted by the runs that were killed")


@pytest.mark.parametrize("point", crashes.CRASH_POINTS)
def test_the_first_flush_of_all(kafka, pipelines, point):
    """Killed in its first flush, when nothing is in the store yet, and then in the first flush after that."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=2))
    pipeline.produce("--count", 3000, "--rate", "max", *FAULTS)
    for _ in range(2):
        groups.remove_members(kafka.addresses[0], pipeline.group)
        killed(start_to_crash(pipeline, point, 1))
        if point in ("after_flush", "before_commit"):
            break  # what is left for a second flush, if anything, is not known
    groups.remove_members(kafka.addresses[0], pipeline.group)
    pipeline.run()
    pipeline.assert_exact()


def test_killed_while_it_reads_a_file(pipelines, tmp_path):
    """A file has partitions and offsets, too."""
    pipeline, chance = pipelines(ECOMMERCE), random.Random(SEED)
    print(f"SALESTREAM_TEST_SEED={SEED}")
    pipeline.append("limits: {flush_interval_ms: 1}")
    orders = tmp_path / "orders.jsonl"
    pipeline.reads(orders)
    pipeline.produce("--count", 300_000, "--rate", "max", "--out", orders, "--seed", SEED, *FAULTS)
    messages, lives = orders.read_bytes().count(b"\n"), 0
    while pipeline.messages_stored() < 250_000 and lives < 40:
        running = start_to_crash(pipeline, chance.choice(crashes.CRASH_POINTS[:-1]), chance.randint(1, 3))
        # Where the disk is slow, few flushes take the rest of the file, and the point is not passed that often.
        wait_until(lambda: not running.alive() or pipeline.messages_stored() == messages, what="its end, or the file's")
        running.kill()
        killed(running)
        lives += 1
    assert lives > 3
    pipeline.run()
    pipeline.assert_exact()


def test_killed_while_it_makes_the_store(pipelines, tmp_path):
    """At any moment of its very first start: the next one finds an empty store or a whole one, never half of one."""
    chance = random.Random(SEED)
    orders = tmp_path / "orders.jsonl"
    orders.write_bytes(lines([order(("Mouse", "1", "0.1"))] * 10))
    for _ in range(20):
        pipeline = pipelines(ECOMMERCE)
        pipeline.reads(orders)
        running = pipeline.start("--quiet")
        deadline_s = time.monotonic() + 0.04 * chance.random()
        wait_until(lambda: time.monotonic() >= deadline_s, every_s=0.0005, what="the moment")
        running.kill()
        pipeline.run()
        assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "1.00"}]
