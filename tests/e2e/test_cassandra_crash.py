"""The program killed with SIGKILL, at random moments and at every step of a flush into Cassandra, where no transaction
holds the steps together: in the end the totals are the exact truth, and every malformed message is kept exactly once.

    SALESTREAM_TEST_KILLS=1000   how often to kill (default: 44)
    SALESTREAM_TEST_SEED=7       to choose the same moments again (default: another seed each time; printed on failure)
"""

import random

import pytest

from support import crashes, groups
from support.crashes import CRASH_POINTS, SEED, killed, run_and_kill, start_to_crash
from support.pipeline import ECOMMERCE
from support.waiting import wait_until

KILLS = crashes.KILLS or 44
RATE_PER_SECOND = 300
FAULTS = ("--faults", "duplicate=0.02,malformed=0.02,wrong_total=0.02,late=0.01")


def check_between(pipeline):
    """Whatever moment it was killed at: no step is ahead of the one before it. Progress says nothing that cells and
    rejected messages do not have; both may have more."""
    counted = pipeline.counters()
    assert sum(row["orders"] for row in pipeline.store.rows("by_client_cells")) >= counted["orders"]
    assert len(pipeline.rejects()) >= sum(counted["rejects"].values())


def test_killed_many_times(kafka, cassandra, pipelines, record_property):
    pipeline = pipelines(
        ECOMMERCE,
        kafka,
        kafka.new_topic(partitions=4),
        [
            (
                "columns: {product_name: product, total_sales: revenue}",
                "columns: {product_name: product, total_sales: revenue, units: units, orders: orders}\n"
                "  by_client:\n    by: [client]\n    columns: {client: client, orders: orders, total: revenue}",
            )
        ],
        node=cassandra,
    )
    pipeline.append("limits: {flush_interval_ms: 5, cells_in_memory: 1MiB}")  # many flushes, cells read again
    producing = pipeline.program.start(
        "produce", pipeline.path, "--rate", RATE_PER_SECOND, "--seed", SEED, "--truth", pipeline.truth_file, *FAULTS
    )
    wait_until(lambda: sum(kafka.end_offsets(pipeline.topic).values()) > 0, what="the first orders in the topic")
    pipeline.program.run("init", pipeline.path)
    chance = random.Random(SEED)
    print(f"SALESTREAM_TEST_SEED={SEED}")
    record_property("seed", SEED)

    for number, (point, workers) in enumerate(crashes.lives(KILLS, chance)):
        run_and_kill(kafka, pipeline, chance, point, workers, moments_s=(0.2, 0.5, 1))
        if number % 10 == 9 and pipeline.messages_stored() > 0:
            check_between(pipeline)
    assert producing.alive(), f"orders were meant to flow all the time:\n{producing.description()}"
    counted_on_the_way = pipeline.messages_stored()
    assert counted_on_the_way > 0, "the lives were too short to count anything"

    assert producing.terminate() == 0
    groups.remove_members(kafka.addresses[0], pipeline.group)
    pipeline.run("--workers", 2)
    truth = pipeline.truth
    assert truth["rejects"] > 0 and truth["duplicates"] > 0 and truth["wrong_totals"] > 0
    pipeline.assert_exact(truth)
    print(f"{truth['messages']} messages, {counted_on_the_way} of them counted by the {KILLS} runs that were killed")


@pytest.mark.parametrize("point", CRASH_POINTS)
def test_the_first_flush_of_all(kafka, cassandra, pipelines, point):
    """Killed in its first flush, when nothing is in the store yet, and then in the first flush after that."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=2), node=cassandra)
    pipeline.produce("--count", 1000, "--rate", "max", *FAULTS)
    for _ in range(2):
        groups.remove_members(kafka.addresses[0], pipeline.group)
        killed(start_to_crash(pipeline, point, 1))
        if point in ("after_progress", "after_flush", "before_commit"):
            break  # what is left for a second flush, if anything, is not known
    groups.remove_members(kafka.addresses[0], pipeline.group)
    pipeline.run()
    pipeline.assert_exact()


def test_killed_while_it_makes_the_tables(cassandra, pipelines, tmp_path):
    """At any moment of its very first start: the next one finds what there is, and makes the rest."""
    chance = random.Random(SEED)
    print(f"SALESTREAM_TEST_SEED={SEED}")
    orders = tmp_path / "orders.jsonl"
    for _ in range(3):
        pipeline = pipelines(ECOMMERCE, node=cassandra)
        pipeline.reads(orders)
        pipeline.produce("--count", 50, "--rate", "max", "--out", orders)
        for _ in range(3):
            running = pipeline.start("--quiet")
            moments = chance.randint(0, 30)  # a table takes some 100 ms
            wait_until(lambda left=iter(range(moments)): next(left, None) is None, every_s=0.05, what="the moment")
            running.kill()
        pipeline.run()
        pipeline.assert_exact()
