"""An unavailable broker: retried with a clear line that is not repeated without end, and when it is back nothing is
lost and nothing is there twice."""

import json

import pytest

from support.kafka import Kafka
from support.page_states import name_as_people_do
from support.pipeline import ECOMMERCE
from support.services import Services
from support.waiting import wait_until
from support.web import Web

FAULTS = ("--faults", "duplicate=0.02,malformed=0.01,wrong_total=0.02,late=0.01")
# What may be said of one outage, whatever its length: it begins, it goes on, it ends.
MAX_LINES_ABOUT_AN_OUTAGE = 40


@pytest.fixture(scope="module")
def broker(session_folder):
    """A broker of this file's own, to be killed and restarted. Every test leaves it alive."""
    tool = Services(session_folder / "unavailable-broker")
    tool.start("kafka", "--heap", "256m")
    yield Kafka(tool, "kafka")
    tool.stop()


@pytest.fixture
def pipeline(broker, pipelines):
    return pipelines(ECOMMERCE, broker, broker.new_topic(partitions=4, prefix="ecommerce_sales"))


def assert_clear_and_bounded(running, broker):
    lines = running.stderr.splitlines()
    assert any(broker.bootstrap in line for line in lines), running.description()
    assert len(lines) <= MAX_LINES_ABOUT_AN_OUTAGE, running.description()


def counted_all(pipeline):
    return lambda: pipeline.messages_stored() == pipeline.truth["messages"]


def test_a_broker_that_is_killed_and_comes_back(broker, pipeline):
    running = pipeline.start("--quiet")
    pipeline.produce("--count", 5000, "--rate", "max", "--seed", 1, *FAULTS)
    wait_until(counted_all(pipeline), what="the first orders in the store")

    broker.kill()
    try:
        running.wait_for_output(broker.bootstrap)
    finally:
        broker.restart()
    pipeline.produce("--count", 5000, "--rate", "max", "--seed", 2, "--truth-add", *FAULTS)
    wait_until(counted_all(pipeline), timeout_s=60, what="all orders in the store")
    assert running.terminate() == 0
    assert_clear_and_bounded(running, broker)
    pipeline.assert_exact()


def test_a_broker_that_is_killed_in_the_middle_of_reading(broker, pipeline):
    """Killed with most of the topic unread; --until-end comes to its end all the same."""
    pipeline.produce("--count", 300_000, "--rate", "max", *FAULTS)
    running = pipeline.start("--until-end", "--quiet")
    wait_until(lambda: pipeline.messages_stored() > 0, every_s=0.001, what="a first flush")
    broker.kill()
    broker.restart()
    assert running.wait(90) == 0, running.description()
    pipeline.assert_exact()


def test_a_broker_that_hangs(broker, pipeline):
    """It takes connections and answers nothing."""
    running = pipeline.start("--quiet")
    pipeline.produce("--count", 2000, "--rate", "max", "--seed", 1, *FAULTS)
    wait_until(counted_all(pipeline), what="the first orders in the store")
    broker.freeze()
    try:
        # Stopping does not wait for it either.
        assert running.terminate(timeout_s=20) == 0
        pipeline.assert_exact()
    finally:
        broker.thaw()
    pipeline.produce("--count", 2000, "--rate", "max", "--seed", 2, "--truth-add", *FAULTS)
    pipeline.run()
    pipeline.assert_exact()


def test_health_while_a_broker_hangs(broker, pipeline, page_state):
    """It lives, can't do its work, and says why; and then it can again."""
    name_as_people_do(pipeline)
    pipeline.produce("--count", 5000, "--rate", "max", *FAULTS)
    running = pipeline.start("--quiet", "--http", "0", "--log", "json")
    web = Web(running)
    wait_until(lambda: web.request("/readyz")[::2] == (200, b"ready\n"), what="a run that is ready")
    broker.freeze()
    try:
        is_not_ready = (503, b"the source does not answer\n")
        wait_until(lambda: web.request("/readyz")[::2] == is_not_ready, what="a run that is not")
        assert web.json("/api/status")["state"] == "waiting_for_source"
        assert web.request("/healthz")[::2] == (200, b"alive\n")
        metrics = web.metrics()
        assert metrics["salestream_ready"].value() == metrics["salestream_source_up"].value() == 0
        running.wait_for_output(broker.bootstrap)
        page_state(web, "waiting_for_source")
    finally:
        broker.thaw()
    wait_until(lambda: web.status("/readyz") == 200, timeout_s=60, what="a run that is ready again")
    assert running.terminate() == 0
    assert {json.loads(line)["level"] for line in running.stderr.splitlines()} >= {"info", "warning"}


def test_a_broker_that_is_unavailable_at_the_start(broker, pipeline):
    pipeline.produce("--count", 3000, "--rate", "max", *FAULTS)
    broker.kill()
    try:
        running, until_end = pipeline.start("--quiet"), None
        running.wait_for_output(broker.bootstrap)
        assert running.terminate(timeout_s=20) == 0, running.description()

        status = pipeline.program.run("status", pipeline.path, status=1)
        assert "0 orders" in status.stdout, "the store's part is shown all the same"
        assert broker.bootstrap in status.stderr

        until_end = pipeline.start("--until-end", "--quiet")
        until_end.wait_for_output(broker.bootstrap)
    finally:
        broker.restart()
    assert until_end.wait() == 0, until_end.description()
    assert_clear_and_bounded(until_end, broker)
    pipeline.assert_exact()


def test_producing_through_an_outage(broker, pipeline):
    """What could not be acknowledged is sent again, and is there once: the topic holds the truth."""
    producing = pipeline.program.start(
        "produce", pipeline.path, "--count", 4000, "--rate", 1000, "--truth", pipeline.truth_file, *FAULTS
    )
    wait_until(lambda: sum(broker.end_offsets(pipeline.topic).values()) > 500, what="the first orders in the topic")
    broker.kill()
    try:
        producing.wait_for_output(broker.bootstrap)
    finally:
        broker.restart()
    assert producing.wait(90) == 0, producing.description()
    assert_clear_and_bounded(producing, broker)
    assert sum(broker.end_offsets(pipeline.topic).values()) == 4000
    pipeline.run()
    pipeline.assert_exact()


def test_reading_and_producing_through_two_outages(broker, pipeline):
    running = pipeline.start("--workers", 2, "--quiet")
    producing = pipeline.program.start(
        "produce", pipeline.path, "--count", 12000, "--rate", 1500, "--truth", pipeline.truth_file, *FAULTS
    )
    for _ in range(2):
        before = pipeline.messages_stored()
        wait_until(lambda: pipeline.messages_stored() > before or not producing.alive(), 60, "orders that flow")
        broker.kill()
        broker.restart()
    assert producing.wait(90) == 0, producing.description()
    wait_until(counted_all(pipeline), timeout_s=60, what="all orders in the store")
    assert running.terminate() == 0
    pipeline.assert_exact()


def test_one_broker_of_three_is_killed(kafka_cluster, pipelines):
    """Its partitions get other leaders, perhaps the group another coordinator; counting goes on without it."""
    pipeline = pipelines(ECOMMERCE, kafka_cluster, kafka_cluster.new_topic(partitions=6))
    running = pipeline.start("--workers", 2, "--quiet")
    pipeline.produce("--count", 3000, "--rate", "max", "--seed", 1, *FAULTS)
    wait_until(counted_all(pipeline), what="the first orders in the store")
    kafka_cluster.kill(1)
    pipeline.produce("--count", 3000, "--rate", "max", "--seed", 2, "--truth-add", *FAULTS, timeout_s=120)
    wait_until(counted_all(pipeline), timeout_s=90, what="all orders in the store")
    kafka_cluster.restart(1)
    pipeline.produce("--count", 3000, "--rate", "max", "--seed", 3, "--truth-add", *FAULTS, timeout_s=120)
    wait_until(counted_all(pipeline), timeout_s=90, what="all orders in the store")
    assert running.terminate() == 0
    pipeline.assert_exact()


def test_rejected_messages_are_not_sent_again_while_it_hangs(broker, pipeline):
    """And are not marked as if they had been."""
    pipeline.produce("--count", 500, "--rate", "max", *FAULTS)
    pipeline.run()
    broker.freeze()
    try:
        refused = pipeline.program.run("rejects", "resend", pipeline.path, "--all", status=1)
        assert broker.bootstrap in refused.stderr, refused.description()
        assert "|sent" not in pipeline.program.run("rejects", "list", pipeline.path).stdout
    finally:
        broker.thaw()
    assert "sent " in pipeline.program.run("rejects", "resend", pipeline.path, "--all").stdout
    sent = [record for record in broker.records(pipeline.topic) if "salestream.resend" in record.headers]
    assert len(sent) == pipeline.truth["rejects"] > 0


def test_a_dead_letter_topic_whose_broker_hangs(broker, pipelines, tmp_path):
    """Orders come from a file, so only the dead-letter topic is unavailable: nothing is counted before it has the
    rejected messages, nothing is lost, and no message is taken for a bad one."""
    pipeline, topic = pipelines(ECOMMERCE), broker.new_topic(prefix="dead-letter")
    pipeline.append(f"rejects: {{topic: {topic}, bootstrap.servers: \"{broker.bootstrap}\"}}")
    pipeline.reads(tmp_path / "orders.jsonl")
    pipeline.produce("--count", 20_000, "--rate", "max", "--out", tmp_path / "orders.jsonl", *FAULTS)
    broker.freeze()
    try:
        stopped = pipeline.start("--quiet")
        stopped.wait_for_output("has taken nothing")
        assert pipeline.messages_stored() == 0
        assert stopped.terminate(timeout_s=20) == 1
        assert topic in stopped.stderr and "the next run reads it again" in stopped.stderr, stopped.description()
        waiting = pipeline.start("--quiet", "--until-end")
        waiting.wait_for_output("has taken nothing")
        assert pipeline.messages_stored() == 0
    finally:
        broker.thaw()
    assert waiting.wait() == 0, waiting.description()
    pipeline.assert_exact()
    assert {int(record.headers["salestream.offset"]) for record in broker.records(topic)} == {
        reject["offset"] for reject in pipeline.rejects()
    }
