"""Totals of one topic under one definition never mix with others: the program stops, says what is missing and what to
do, leaves the totals alone, and starts over after `reset`."""

import concurrent.futures
import copy
import json
import shutil

import pytest

from support.orders import lines, order
from support.pipeline import ECOMMERCE
from support.stores import SqliteStore
from support.waiting import wait_until

RUNS_AT_ONCE = 6


@pytest.fixture
def counted(kafka, pipelines):
    """A pipeline that has counted 3 partitions with 300 orders."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=3))
    pipeline.produce("--count", 300, "--seed", 1, "--rate", "max")
    pipeline.run()
    pipeline.assert_exact()
    return pipeline


def assert_refused(pipeline, *said, flags=()):
    """A run ends with 1 and says so; nothing that was stored has changed."""
    before = pipeline.content()
    refused = pipeline.run(*flags, status=1)
    for text in (*said, "reset"):
        assert text in refused.stderr, refused.description()
    assert pipeline.content() == before
    assert "terminate called" not in refused.stderr
    return refused


def assert_counts_anew(pipeline, truth=None):
    pipeline.reset()
    assert pipeline.totals() == []
    pipeline.run()
    pipeline.assert_exact(truth)


def made_anew(kafka, pipeline, count, seed):
    kafka.delete_topic(pipeline.topic)
    kafka.create_topic(pipeline.topic, 3)
    pipeline.produce("--count", count, "--seed", seed, "--rate", "max")


@pytest.mark.parametrize("count", [0, 30, 3000], ids=["empty", "shorter", "longer"])
def test_a_topic_made_anew(kafka, counted, count):
    """Whether the new one ends before what was read, or is longer and has other orders in the same places."""
    kafka.delete_topic(counted.topic)
    kafka.create_topic(counted.topic, 3)
    if count:
        counted.produce("--count", count, "--seed", 2, "--rate", "max")
    assert_refused(counted, counted.topic, "partition")
    refused = assert_refused(counted, counted.topic, flags=("--workers", 2))
    status = counted.program.run("status", counted.path, "--format", "json", status=1)
    found = json.loads(status.stdout)
    assert found["state"] == "other_source" and all(each["lag"] is None for each in found["partitions"])
    # A longer one is told by the last message that was counted or by the first, and a run says which it saw first.
    said = found["log_error"] if count <= 30 else found["log_error"].partition("partition ")[0]
    assert said in refused.stderr and found["log_error"] in status.stderr
    assert "\nstate     refused: " in counted.program.run("status", counted.path, status=1).stdout
    if count:
        assert_counts_anew(counted)


def assert_ends_and_stays_refused(pipeline, running, *said):
    """A run that is under way notices it, and so does each later one, although the totals may be those of both
    topics."""
    assert running.wait() == 1, running.description()
    for each in (running, pipeline.run(status=1), pipeline.run("--workers", 2, status=1)):
        for text in (*said, "reset"):
            assert text in each.stderr, each.description()
        assert "terminate called" not in each.stderr


@pytest.mark.parametrize("count", [1000, 100_000], ids=["more", "many-more"])
def test_a_topic_made_anew_while_it_runs(kafka, counted, count):
    """The new one grows beyond where the old one was read to, perhaps before anybody looks: then only its messages
    tell."""
    running = counted.start()
    running.wait_for_output("Laptop")  # the table: it has begun
    made_anew(kafka, counted, count, seed=2)
    assert_ends_and_stays_refused(counted, running, counted.topic, "partition")
    assert_counts_anew(counted)


def test_a_refused_run_ends_each_time(kafka, counted, tmp_path):
    """One in a hundred waited for ever: the topic's handle outlived its client. Each waits some seconds until it
    believes what it sees, so some run at once, each with a copy of the store."""
    made_anew(kafka, counted, 30, seed=2)

    def with_a_copy(number):
        own = copy.copy(counted)
        own.path = shutil.copy(counted.path, tmp_path / f"{number}.yaml")
        own.use_store(SqliteStore(shutil.copy(counted.store_file, tmp_path / f"{number}.db")))
        assert_refused(own, counted.topic, flags=("--workers", 2))

    with concurrent.futures.ThreadPoolExecutor(RUNS_AT_ONCE) as pool:
        list(pool.map(with_a_copy, range(30)))


@pytest.mark.parametrize("how", ["in-place", "by-another-file"])
def test_a_file_rewritten_while_it_is_read(pipelines, tmp_path, how):
    """With lines of the same length, and more of them: nothing in its size or its line ends tells."""
    pipeline, orders, other = pipelines(ECOMMERCE), tmp_path / "orders.jsonl", tmp_path / "other.jsonl"
    orders.write_bytes(lines([order(("Mouse", "1", "1"))] * 10))
    pipeline.reads(orders)
    running = pipeline.start("--quiet")
    wait_until(lambda: pipeline.messages_stored() == 10, what="the lines in the store")
    new = lines([order(("Mouse", "1", "2"))] * 1000)
    if how == "in-place":
        with open(orders, "r+b") as file:
            file.write(new)
    else:
        other.write_bytes(new)
        other.replace(orders)
    assert_ends_and_stays_refused(pipeline, running, str(orders))
    pipeline.reset()
    pipeline.run()
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "2000.00"}]


def test_a_topic_made_anew_with_fewer_partitions(kafka, counted):
    kafka.delete_topic(counted.topic)
    kafka.create_topic(counted.topic, 1)
    counted.produce("--count", 1000, "--seed", 1, "--rate", "max")
    assert_refused(counted, counted.topic)
    assert_counts_anew(counted)


def test_expired_messages(kafka, counted):
    """Five messages of partition 1 were never read and are gone."""
    ends = kafka.end_offsets(counted.topic)
    kafka.produce(counted.topic, [order(("Mouse", "1", "1"))] * 20, 1)
    kafka.expire(counted.topic, 1, ends[1] + 5)
    assert_refused(counted, counted.topic, "partition 1", f"{ends[1]} to {ends[1] + 4}")
    counted.reset()
    counted.run()
    assert counted.status()["total"]["messages"] == ends[0] + 15 + ends[2]
    mouse = next(row for row in counted.totals() if row["product_name"] == "Mouse")
    assert mouse["total_sales"] != "0.00"


def test_expired_messages_that_were_read_are_not_missed(kafka, counted):
    """Retention takes what is in the store already, the last message included: that is how topics are meant to work."""
    for partition, end in kafka.end_offsets(counted.topic).items():
        kafka.expire(counted.topic, partition, end)
    counted.run(timeout_s=20)
    counted.assert_exact()


@pytest.mark.parametrize("when", ["before", "after"])
def test_new_messages_after_those_that_were_read_have_expired(kafka, counted, when):
    """Whether they are there when the run starts or come later."""
    for partition, end in kafka.end_offsets(counted.topic).items():
        kafka.expire(counted.topic, partition, end)
    running = counted.start("--quiet") if when == "after" else None
    if running:
        wait_until(lambda: kafka.assigned(counted.group), what="the run has its partitions")
    counted.produce("--count", 200, "--seed", 9, "--rate", "max", "--truth-add")
    running = running or counted.start("--quiet")
    wait_until(lambda: counted.messages_stored() == 500, timeout_s=20, what="the new messages in the store")
    assert running.terminate() == 0
    counted.assert_exact()


def test_a_topic_made_anew_without_the_partition_that_was_counted(kafka, pipelines):
    """All that was counted stood in a partition that the new topic does not have."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=3))
    kafka.produce(pipeline.topic, [order(("Mouse", "1", "1"))] * 20, 2)
    pipeline.run()
    kafka.delete_topic(pipeline.topic)
    kafka.create_topic(pipeline.topic, 1)
    kafka.produce(pipeline.topic, [order(("Mouse", "1", "1"))] * 30, 0)
    assert_refused(pipeline, pipeline.topic, "partition")


def test_a_log_that_never_began_at_zero(kafka, pipelines):
    """The first run takes a topic as it is; what had expired by then was never there for it."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    kafka.produce(pipeline.topic, [order(("Mouse", "1", "1"))] * 20, 0)
    kafka.expire(pipeline.topic, 0, 15)
    pipeline.run()
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "5.00"}]


def test_an_emptied_log_is_a_log(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    kafka.produce(pipeline.topic, [order(("Mouse", "1", "1"))] * 20, 0)
    kafka.expire(pipeline.topic, 0, 20)
    pipeline.run()
    assert pipeline.totals() == []
    kafka.produce(pipeline.topic, [order(("Mouse", "1", "1"))], 0)
    pipeline.run()
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "1.00"}]


@pytest.mark.parametrize(
    "old, new, said",
    [
        ("  price: price", "  price: net_price", "order.price"),
        ("  quantity: quantity", "  quantity: count", "order.quantity"),
        ("  items: products", "  items: other", "order.items"),
        ("  total: total_value\n", "", "order.total"),
        ("# keep: {", "keep: {", "keep.product"),
        ("totals:\n", "allow_returns: true\ntotals:\n", "allow_returns"),
        ("totals:\n", "wrong_total: reject\ntotals:\n", "wrong_total"),
        ("totals:\n", "limits: {max_message_bytes: 1MiB}\ntotals:\n", "max_message_bytes"),
        (
            "totals:\n",
            "totals:\n  by_client:\n    by: [client]\n    columns: {client: client, orders: orders}\n",
            "by_client",
        ),
        ("total_sales: revenue", "total_sales: revenue, units: units", "units"),
        ("total_sales: revenue", "total_sales: units", "total_sales"),
        ("pipeline: ecommerce_sales", "pipeline: another_name", "ecommerce_sales"),
    ],
    ids=[
        "price",
        "quantity",
        "items",
        "total",
        "keep",
        "allow_returns",
        "wrong_total",
        "max_message_bytes",
        "new-table",
        "new-column",
        "other-measure",
        "name",
    ],
)
def test_a_changed_definition(counted, old, new, said):
    committed = counted.path.read_text()
    before = counted.content()
    counted.change(old, new)
    refused = counted.run(status=1)
    assert said in refused.stderr, refused.description()
    looked = counted.program.run("totals", counted.path)  # as it was counted
    assert said in looked.stderr and "shown as stored" in looked.stderr and "reset" not in looked.stderr
    counted.path.write_text(committed)
    assert counted.content() == before
    counted.run()
    counted.assert_exact()


def test_a_changed_definition_counts_anew_after_reset(counted):
    counted.change(
        "totals:\n", "totals:\n  by_client:\n    by: [client]\n    columns: {client: client, orders: orders}\n"
    )
    assert "reset" in counted.run(status=1).stderr
    counted.reset()
    counted.run()
    assert sum(row["orders"] for row in counted.totals("by_client")) == 300


def test_what_does_not_decide_the_totals_may_change(counted):
    before = counted.content()
    counted.append("limits: {workers: 2, flush_interval_ms: 50, cells_in_memory: 4MiB}")
    counted.change(counted.group, f"{counted.group}-other")
    counted.run()
    assert counted.content() == before
    counted.produce("--count", 100, "--seed", 5, "--rate", "max", "--truth-add")
    counted.run()
    counted.assert_exact()


def test_another_topic(kafka, counted):
    other = kafka.new_topic(partitions=3)
    was = counted.topic
    counted.change(f"topic: {was}", f"topic: {other}")
    assert_refused(counted, was, other)
    counted.change(f"topic: {other}", f"topic: {was}")
    counted.run()
    counted.assert_exact()


def test_another_kind_of_source(counted, tmp_path):
    orders = tmp_path / "orders.jsonl"
    orders.write_bytes(order(("Mouse", "1", "1")) + b"\n")
    assert_refused(counted, counted.topic, str(orders), flags=("--input", orders))


def test_the_group_s_offsets_do_not_decide(counted):
    """Where to go on stands in the store; the committed offsets are for people who watch the lag."""
    before = counted.content()
    counted.change(counted.group, f"{counted.group}-fresh")
    counted.run()
    assert counted.content() == before
