"""What the totals are worth is said in one way, by `status`, API, /readyz and metrics: a partition that ends in markers
of transactions lacks nothing, and what waits behind an open transaction is neither counted nor hidden. What an
unavailable broker or store does to it: test_broker_unavailable, test_cassandra_unavailable."""

import confluent_kafka
import pytest

from support.orders import order
from support.page_states import name_as_people_do
from support.pipeline import ECOMMERCE
from support.waiting import wait_until
from support.web import Web

ORDERS = 50


@pytest.fixture
def pipeline(kafka, pipelines):
    made = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=1, prefix="ecommerce_sales"))
    name_as_people_do(made)
    return made


def send(writer, pipeline, count, end):
    writer.begin_transaction()
    for _ in range(count):
        writer.produce(pipeline.topic, order(("Mouse", "1", "2.5")), partition=0)
    writer.flush(30)  # so that also what is aborted is in the partition log
    if end is not None:
        getattr(writer, f"{end}_transaction")(30)


def is_state(web, state):
    return lambda: web.json("/api/status")["state"] == state


@pytest.mark.parametrize("ends", [("commit",), ("commit", "abort"), ("abort",)], ids=" then ".join)
def test_a_partition_that_ends_in_markers_of_transactions_lacks_nothing(kafka, pipeline, ends):
    writer = kafka.transactions(f"writer-{pipeline.topic}")
    for end in ends:
        send(writer, pipeline, ORDERS, end)
    running = pipeline.start("--quiet", "--http", "0")
    web = Web(running)
    wait_until(is_state(web, "up_to_date"), what="a run that says that nothing is missing")
    status = web.json("/api/status")
    assert status["orders"] == ORDERS * ends.count("commit")
    assert status["lag"] == {"count": 0, "unit": "messages", "seconds": 0} and status["complete"]["everything"]
    metrics = web.metrics()
    assert metrics["salestream_lag_offsets"].value() == metrics["salestream_lag_seconds"].value() == 0
    assert metrics["salestream_caught_up"].value() == metrics["salestream_state"].value(state="up_to_date") == 1
    assert running.terminate() == 0
    # And for good: it is stored, not only seen by that run.
    status = pipeline.status()
    assert status["state"] == "up_to_date" and status["partitions"][0]["lag"] == 0
    assert status["partitions"][0]["next_offset"] == status["partitions"][0]["log_end"]
    pipeline.program.run("audit", pipeline.path)
    # What comes behind the markers is counted, and nothing twice.
    send(writer, pipeline, 1, "commit")
    pipeline.run()
    assert pipeline.status()["total"]["orders"] == ORDERS * ends.count("commit") + 1
    pipeline.program.run("audit", pipeline.path)


def test_status_alone_knows_that_markers_are_no_messages(kafka, pipeline):
    """Nobody has read past them: a run that ended before the transaction was aborted."""
    writer = kafka.transactions(f"writer-{pipeline.topic}")
    send(writer, pipeline, 3, "commit")
    pipeline.run()
    send(writer, pipeline, 3, "abort")
    status = pipeline.status()
    assert status["state"] == "up_to_date" and status["partitions"][0]["lag"] == 0


def test_what_waits_behind_an_open_transaction_is_said(kafka, pipeline, page_state):
    writer = kafka.transactions(f"writer-{pipeline.topic}")
    pipeline.produce("--count", 500, "--rate", "max")
    send(writer, pipeline, 1, None)
    pipeline.produce("--count", ORDERS, "--rate", "max", "--seed", 7, "--truth-add")
    running = pipeline.start("--quiet", "--http", "0")
    web = Web(running)
    wait_until(is_state(web, "transaction_open"), what="a run that has counted what may be read")
    assert web.status("/readyz") == 200  # it can do no more
    status = web.json("/api/status")
    assert status["orders"] == 500 and status["held_back"] == ORDERS + 1 and status["state_since_ms"] > 0
    assert status["partitions"][0]["held_back"] == ORDERS + 1
    metrics = web.metrics()
    assert metrics["salestream_held_back_offsets"].value() == ORDERS + 1
    assert metrics["salestream_caught_up"].value() == 0
    assert pipeline.status()["held_back"] == ORDERS + 1
    text = pipeline.program.run("status", pipeline.path).stdout
    assert f"{ORDERS + 1} offsets that can't be read yet" in text
    page_state(web, "transaction_open")
    writer.abort_transaction(30)
    wait_until(is_state(web, "up_to_date"), what="a run that has counted all")
    assert web.json("/api/status")["held_back"] == 0
    assert running.terminate() == 0
    pipeline.assert_exact()


def test_the_page_from_the_start_until_nothing_is_missing(kafka, pipelines, page_state):
    """Another member of the group decides how far the run gets: while it does not answer, nobody knows which partitions
    are whose; and those that it has, and does not count, are missing."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=4, prefix="ecommerce_sales"))
    name_as_people_do(pipeline)
    pipeline.produce("--count", 20_000, "--rate", "max", "--faults", "malformed=0.002,wrong_total=0.005")
    member = confluent_kafka.Consumer(
        {"bootstrap.servers": kafka.bootstrap, "group.id": pipeline.group, "enable.auto.commit": False}
    )
    member.subscribe([pipeline.topic])

    def member_has(partitions):
        member.poll(0.1)
        return len(member.assignment()) == partitions

    try:
        wait_until(lambda: member_has(4), what="a member with all partitions")
        web = Web(pipeline.start("--quiet", "--http", "0"))
        page_state(web, "starting")
        wait_until(lambda: member_has(2), what="a member with half of the partitions")
        producing = pipeline.program.start(
            "produce", pipeline.path, "--rate", 500, "--seed", 2, "--truth", pipeline.truth_file, "--truth-add"
        )
        wait_until(lambda: web.json("/api/status")["orders"] > 10_500, what="orders that flow")
        page_state(web, "catching_up")
        assert producing.terminate() == 0
    finally:
        member.close()
    page_state(web, "up_to_date")
    pipeline.assert_exact()
