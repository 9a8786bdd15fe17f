"""salestream produce: a real topic, real bytes, and a broker that becomes unavailable."""

import collections
import decimal
import json
import signal
import time

import pytest

from support.kafka import Kafka
from support.waiting import wait_until

PIPELINE = """
pipeline: produced
source:
  kafka:
    topic: {topic}
    bootstrap.servers: {bootstrap}
{properties}
order:
  id: order_id
  client: client_document
  time: sale_datetime
  total: total_value
  items: products
  product: product_name
  quantity: quantity
  price: price
totals:
  product_sales:
    by: [product]
    columns: {{product_name: product, total_sales: revenue}}
store: {{sqlite: produced.db}}
"""


@pytest.fixture
def pipeline(tmp_path):
    """Writes a pipeline file for a topic; its path."""

    def write(bootstrap, topic, **properties):
        lines = "\n".join(f"    {name.replace('_', '.')}: {value}" for name, value in properties.items())
        path = tmp_path / "pipeline.yaml"
        path.write_text(PIPELINE.format(topic=topic, bootstrap=bootstrap, properties=lines))
        return path

    return write


def totals_of(lines):
    """Revenue, units and orders per product, by Python's own exact decimals, of messages without faults."""
    totals = collections.defaultdict(lambda: [decimal.Decimal(0), 0, 0])
    for line in lines:
        products = set()
        for item in json.loads(line, parse_float=decimal.Decimal)["products"]:
            total = totals[item["product_name"]]
            total[0] += item["quantity"] * item["price"]
            total[1] += item["quantity"]
            total[2] += item["product_name"] not in products
            products.add(item["product_name"])
    return totals


def truth_of(path):
    truth = json.loads(path.read_text())
    return truth, {
        row["key"][0]: [decimal.Decimal(row["revenue"]), int(row["units"]), row["orders"]]
        for row in truth["tables"]["product_sales"]
    }


def test_a_topic_gets_each_order_once_and_in_order(kafka, salestream, pipeline):
    topic = kafka.new_topic(partitions=4)
    path = pipeline(kafka.bootstrap, topic)
    salestream.run("produce", path, "--count", 20_000, "--rate", "max", "--seed", 7, "--out", "orders.jsonl")
    salestream.run("produce", path, "--count", 20_000, "--rate", "max", "--seed", 7, "--truth", "truth.json")
    lines = (salestream.folder / "orders.jsonl").read_bytes().splitlines()
    place = {line: number for number, line in enumerate(lines)}
    assert len(place) == 20_000

    messages = kafka.consume(topic)
    assert sorted(place[message.value] for message in messages) == list(range(20_000))
    for partition in range(4):
        places = [place[message.value] for message in messages if message.partition == partition]
        assert len(places) > 3_000
        assert places == sorted(places)

    truth, rows = truth_of(salestream.folder / "truth.json")
    assert (truth["messages"], truth["orders"], truth["rejects"]) == (20_000, 20_000, 0)
    assert rows == totals_of(lines)


def test_float_noise_is_pythons(salestream, pipeline):
    path = pipeline("nowhere:1", "none")
    salestream.run("produce", path, "--count", 20_000, "--rate", "max", "--seed", 7, "--out", "orders.jsonl")
    noisy = 0
    for line in (salestream.folder / "orders.jsonl").read_text().splitlines():
        total = 0
        for item in json.loads(line)["products"]:
            total += item["quantity"] * item["price"]
        assert f'"total_value": {total!r},' in line
        noisy += len(repr(total).split(".")[1]) > 2
    assert noisy > 1_000


def test_faults_reach_the_topic_byte_for_byte(kafka, salestream, pipeline):
    topic = kafka.new_topic(partitions=1)
    path = pipeline(kafka.bootstrap, topic)
    arguments = (
        "produce",
        path,
        "--count",
        2_000,
        "--rate",
        "max",
        "--seed",
        3,
        "--faults",
        "duplicate=0.1,malformed=0.1,wrong_total=0.1,late=0.1",
    )
    salestream.run(*arguments, "--out", "orders.jsonl", "--truth", "truth.json")
    salestream.run(*arguments)
    lines = (salestream.folder / "orders.jsonl").read_bytes().split(b"\n")[:-1]
    assert b"" in lines, "an empty message is among the malformed ones"
    assert [message.value for message in kafka.consume(topic)] == lines

    first, first_rows = truth_of(salestream.folder / "truth.json")
    assert first["messages"] == 2_000 == first["orders"] + first["rejects"]
    salestream.run(*arguments, "--truth", "truth.json", "--truth-add")
    both, both_rows = truth_of(salestream.folder / "truth.json")
    assert both["rejects"] == 2 * first["rejects"] > 100
    assert both_rows == {key: [2 * value for value in row] for key, row in first_rows.items()}

    topic_of_lines = kafka.new_topic(partitions=1)
    salestream.run("produce", pipeline(kafka.bootstrap, topic_of_lines), "--from", "orders.jsonl")
    assert [message.value for message in kafka.consume(topic_of_lines)] == lines


def test_no_topic(kafka, salestream, pipeline):
    path = pipeline(kafka.bootstrap, "never-made")
    done = salestream.run("produce", path, "--count", 1, status=1)
    assert f"there is no topic never-made at {kafka.bootstrap}" in done.stderr
    assert f"salestream init {path}" in done.stderr


def test_no_broker_is_an_error_at_once_unless_it_is_waited_for(salestream, pipeline):
    path = pipeline("127.0.0.1:1", "orders")
    ended = salestream.run("produce", path, "--count", 1, status=1)
    assert "no answer from Kafka at 127.0.0.1:1: Connection refused; is the broker running" in ended.stderr
    assert "With --wait[=SECONDS] produce waits for it" in ended.stderr and "trying again" not in ended.stderr
    begun = time.monotonic()
    waited = salestream.run("produce", path, "--count", 1, "--wait=2", status=1)
    assert time.monotonic() - begun > 2 and "produce waits for it (--wait)" in waited.stderr
    waiting = salestream.start("produce", path, "--count", 1, "--wait")
    waiting.wait_for_output("produce waits for it (--wait)")
    assert waiting.stop(signal.SIGINT) == 0 and "nothing was sent" in waiting.stderr
    assert "--wait waits for the broker" in salestream.run("produce", path, "--wait", "--out", "-", status=2).stderr


def test_ctrl_c_sends_what_is_under_way_and_writes_the_truth(kafka, salestream, pipeline):
    topic = kafka.new_topic(partitions=2)
    path = pipeline(kafka.bootstrap, topic)
    program = salestream.start("produce", path, "--rate", 500, "--truth", "truth.json")
    wait_until(lambda: sum(kafka.end_offsets(topic).values()) > 200, what="orders in the topic")
    assert program.stop(signal.SIGINT) == 0
    messages = kafka.consume(topic)
    assert f"sent {len(messages)} messages" in program.stderr.replace(",", "")
    assert truth_of(salestream.folder / "truth.json")[0]["messages"] == len(messages)


def test_usage_errors(salestream, pipeline):
    path = pipeline("nowhere:1", "none")
    for arguments in (
        ["--faults", "x=1"],
        ["--rate", "fast"],
        ["--from", "x", "--truth", "y"],
        ["--truth-add"],
        ["--catalogue", "klingon"],
        ["--count", "0"],
        ["--start-date", "today"],
    ):
        salestream.run("produce", path, *arguments, status=2)
    assert "can't be read" in salestream.run("produce", path, "--from", "no-such-file", status=1).stderr
    assert (
        "can't be written"
        in salestream.run("produce", path, "--truth", "no/such/folder", "--out", "-", status=1).stderr
    )
    full = salestream.run("produce", path, "--rate", "max", "--out", "/dev/full", status=1).stderr
    assert "/dev/full can't be written: No space left on device" in full


def test_broker_unavailable_and_back(services, salestream, pipeline):
    services.start("kafka", "--heap", "256m")
    kafka = Kafka(services, "kafka")
    topic = kafka.new_topic(partitions=2)
    path = pipeline(kafka.bootstrap, topic, reconnect_backoff_max_ms=500)
    program = salestream.start("produce", path, "--rate", 2000, "--count", 30_000, "--seed", 7, "--truth", "truth.json")
    wait_until(lambda: sum(kafka.end_offsets(topic).values()) > 1_000, what="orders in the topic")
    kafka.kill()
    program.wait_for_output("are sent when it is back", timeout_s=60)
    kafka.restart()
    assert program.wait(timeout_s=120) == 0, program.description()
    assert "takes messages again" in program.stderr

    salestream.run("produce", path, "--count", 30_000, "--rate", "max", "--seed", 7, "--out", "orders.jsonl")
    lines = (salestream.folder / "orders.jsonl").read_bytes().splitlines()
    place = {line: number for number, line in enumerate(lines)}
    messages = kafka.consume(topic)
    assert sorted(place[message.value] for message in messages) == list(range(30_000))
    for partition in range(2):
        places = [place[message.value] for message in messages if message.partition == partition]
        assert places == sorted(places)


def test_broker_that_stays_away_is_an_error(services, salestream, pipeline):
    services.start("kafka", "--heap", "256m")
    kafka = Kafka(services, "kafka")
    path = pipeline(kafka.bootstrap, kafka.new_topic(), message_timeout_ms=3000)
    program = salestream.start("produce", path, "--rate", 200, "--truth", "truth.json")
    wait_until(lambda: program.alive() and "sending orders" in program.stderr)
    kafka.kill()
    assert program.wait(timeout_s=60) == 1
    assert "did not take a message within message.timeout.ms" in program.stderr
    assert not list(salestream.folder.glob("truth.json*")), "nobody knows what the totals must be"
