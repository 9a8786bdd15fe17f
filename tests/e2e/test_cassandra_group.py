"""Several `run` processes share a topic and a keyspace: they come, go, are killed and frozen while orders flow, and the
totals are exact in the end."""

import random

import pytest

from support import groups
from support.crashes import SEED
from support.pipeline import ECOMMERCE
from support.waiting import wait_until

FAULTS = ("--faults", "duplicate=0.02,malformed=0.01,wrong_total=0.02,late=0.01")
RATE_PER_SECOND = 500


@pytest.fixture
def pipeline(kafka, cassandra, pipelines):
    """A topic of 6 partitions, and rows by product and by client."""
    pipeline = pipelines(
        ECOMMERCE,
        kafka,
        kafka.new_topic(partitions=6),
        [
            (
                "columns: {product_name: product, total_sales: revenue}",
                "columns: {product_name: product, total_sales: revenue, units: units, orders: orders}\n"
                "  by_client:\n    by: [client]\n    columns: {client: client, orders: orders, total: revenue}",
            )
        ],
        node=cassandra,
    )
    pipeline.append("limits: {flush_interval_ms: 20}")
    pipeline.program.run("init", pipeline.path)
    return pipeline


def produce(pipeline):
    return pipeline.program.start(
        "produce", pipeline.path, "--rate", RATE_PER_SECOND, "--seed", SEED, "--truth", pipeline.truth_file, *FAULTS
    )


def wait_for_more(pipeline, orders=200):
    """Waits until so many more messages are in the store."""
    goal = pipeline.messages_stored() + orders
    wait_until(lambda: pipeline.messages_stored() >= goal, 60, f"{goal} messages in the store")


def test_instances_join_and_leave(kafka, pipeline):
    """One, then two, then three; then one after another leaves in order, and the last has all."""
    producing = produce(pipeline)
    running = []
    for _ in range(3):
        running.append(pipeline.start("--quiet"))
        wait_until(lambda: kafka.members(pipeline.group) == len(running), 60, f"{len(running)} members")
        wait_for_more(pipeline)
    for _ in range(2):
        assert running.pop(0).terminate() == 0
        wait_for_more(pipeline)
    assert producing.terminate() == 0, producing.description()
    wait_until(lambda: pipeline.messages_stored() == pipeline.truth["messages"], 60, "all orders in the store")
    pipeline.assert_exact()
    assert running.pop().terminate() == 0
    assert kafka.committed(pipeline.group, pipeline.topic) == kafka.end_offsets(pipeline.topic)
    pipeline.assert_exact()


def test_instances_are_killed_and_frozen(kafka, pipeline):
    """Two or three at a time; each is killed, asked to end, or frozen until others have its partitions, in any
    order."""
    chance = random.Random(SEED)
    print(f"SALESTREAM_TEST_SEED={SEED}")
    producing = produce(pipeline)
    running, frozen = [], []
    ends = ["kill", "kill", "terminate", "freeze", "kill", "freeze", "terminate", "kill"]
    chance.shuffle(ends)
    for end in ends:
        while len(running) < 3:
            running.append(pipeline.start("--quiet", "--workers", chance.choice((1, 2))))
        wait_for_more(pipeline)
        victim = running.pop(chance.randrange(len(running)))
        if end == "kill":
            victim.kill()
        elif end == "terminate":
            assert victim.terminate() == 0, victim.description()
        else:
            victim.freeze()
            frozen.append(victim)
        wait_for_more(pipeline)  # what was the victim's is the others' once its session has timed out
        if frozen and end != "freeze":
            frozen[0].thaw()
            running.append(frozen.pop(0))
    for each in frozen:
        each.thaw()
    assert producing.terminate() == 0, producing.description()
    wait_until(lambda: pipeline.messages_stored() == pipeline.truth["messages"], 90, "all orders in the store")
    for each in [*running, *frozen]:
        assert each.terminate() == 0, each.description()
    groups.remove_members(kafka.addresses[0], pipeline.group)
    pipeline.run("--workers", 2)
    pipeline.assert_exact()


def test_until_end_by_several_at_once(kafka, pipeline):
    """Started in the same moment; each ends when its part is done, and together they have done all."""
    pipeline.produce("--count", 5000, "--rate", "max", *FAULTS)
    running = [pipeline.start("--until-end", "--quiet") for _ in range(3)]
    for each in running:
        assert each.wait(90) == 0, each.description()
    pipeline.run()  # the run that ended first may have left partitions to one that had not begun
    pipeline.assert_exact()


def test_two_pipelines_in_one_keyspace(kafka, cassandra, pipelines, pipeline):
    """They share the tables of salestream and none of their own; a name that is taken is refused."""
    other = pipelines(
        ECOMMERCE,
        kafka,
        kafka.new_topic(),
        [("pipeline: ecommerce_sales", "pipeline: other"), ("  product_sales:", "  other_sales:")],
        store=pipeline.store,
    )
    pipeline.produce("--count", 1000, "--rate", "max", "--seed", 1, *FAULTS)
    other.produce("--count", 500, "--rate", "max", "--seed", 2, *FAULTS)
    pipeline.run()
    other.run()
    pipeline.assert_totals()
    other.assert_totals()
    pipeline.reset()
    other.assert_totals()
    pipeline.run()
    pipeline.assert_totals()

    thief = pipelines(
        ECOMMERCE, kafka, kafka.new_topic(), [("pipeline: ecommerce_sales", "pipeline: thief")], store=pipeline.store
    )
    refused = thief.run(status=1)
    assert "product_sales" in refused.stderr and "ecommerce_sales" in refused.stderr and "thief" in refused.stderr
    pipeline.assert_totals()
