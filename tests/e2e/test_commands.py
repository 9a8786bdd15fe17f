"""The commands together with a real topic, most of them while `run` is running beside them."""

import csv
import io
import re
import signal
import subprocess

import pytest

from support.orders import lines, order
from support.pipeline import DEMO, ECOMMERCE, THIRD
from support.waiting import wait_until

FAULTS = ("--faults", "duplicate=0.02,malformed=0.01,wrong_total=0.02,late=0.01")


def test_init_makes_topic_and_tables_once(kafka, pipelines):
    topic = kafka.new_topic()
    kafka.delete_topic(topic)
    pipeline = pipelines(ECOMMERCE, kafka, topic, [("create: {partitions: 1,", "create: {partitions: 3,")])
    made = pipeline.program.run("init", pipeline.path)
    assert topic in made.stdout and "3 partitions" in made.stdout and "product_sales" in made.stdout
    wait_until(lambda: kafka.has_topic(topic), what="the topic")
    assert kafka.end_offsets(topic) == {0: 0, 1: 0, 2: 0}
    assert pipeline.query("SELECT * FROM product_sales") == []

    again = pipeline.program.run("init", pipeline.path)
    assert again.stdout.count("already") == 2
    pipeline.produce("--count", 300, "--rate", "max")
    pipeline.run()
    pipeline.program.run("init", pipeline.path)  # changes nothing
    pipeline.assert_exact()


def test_status_shows_the_lag_of_each_partition(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=2))
    kafka.produce(pipeline.topic, [order(("Mouse", "1", "1"))] * 5, 0)
    pipeline.run()
    kafka.produce(pipeline.topic, [order(("Mouse", "1", "1"))] * 7, 0)
    kafka.produce(pipeline.topic, [order(("Mouse", "1", "1"))] * 3 + [b"bad"], 1)

    def behind():
        status = pipeline.status()
        first, second = status["partitions"]
        assert (first["next_offset"], first["log_end"], first["lag"]) == (5, 12, 7)
        assert (second["next_offset"], second["log_end"], second["lag"]) == (None, 4, 4)
        return first["lag_seconds"] > 1 and second["lag_seconds"] > 1

    wait_until(behind, what="a lag of more than a second")
    assert pipeline.status()["partitions"][0]["lag_seconds"] < 120
    pipeline.run()
    status = pipeline.status()
    assert [(each["lag"], each["lag_seconds"], each["messages"]) for each in status["partitions"]] == [
        (0, 0, 12),
        (0, 0, 4),
    ]
    assert status["total"]["rejects"] == {"invalid_json": 1}
    shown = pipeline.program.run("status", pipeline.path).stdout
    assert "invalid_json 1" in shown and pipeline.topic in shown


def test_totals_and_status_beside_a_run(kafka, pipelines):
    """Every answer is a whole truth of some moment: units and orders of one flush, never a part of it."""
    pipeline = pipelines(
        ECOMMERCE,
        kafka,
        kafka.new_topic(partitions=4),
        [
            (
                "columns: {product_name: product, total_sales: revenue}",
                "columns: {product_name: product, total_sales: revenue, units: units, orders: orders}",
            )
        ],
    )
    running = pipeline.start("--quiet", "--workers", 2)
    wait_until(lambda: kafka.assigned(pipeline.group), what="the run has its partitions")
    producing = pipeline.program.start(
        "produce", pipeline.path, "--rate", 2000, "--truth", pipeline.truth_file, *FAULTS
    )
    seen = [0]

    def is_seen_on_its_way():
        assert producing.alive(), producing.description()
        units = sum(int(row["units"]) for row in pipeline.totals())
        assert units >= seen[-1], "totals never go back"
        seen.append(units)
        assert all(each["lag"] >= 0 for each in pipeline.status()["partitions"])
        return len(set(seen)) > 3

    wait_until(is_seen_on_its_way, 60, "totals that grow")
    assert producing.stop(signal.SIGINT) == 0
    wait_until(lambda: pipeline.messages_stored() == pipeline.truth["messages"], what="all orders in the store")
    pipeline.assert_exact()

    rows = list(csv.DictReader(io.StringIO(pipeline.program.run("totals", pipeline.path, "--format", "csv").stdout)))
    assert [row["product_name"] for row in rows] == [row["product_name"] for row in pipeline.totals()]
    revenue = [float(row["total_sales"]) for row in rows]
    assert revenue == sorted(revenue, reverse=True)
    top = pipeline.program.run("totals", pipeline.path, "--top", 3).stdout
    assert [
        name in top for name in (rows[0]["product_name"], rows[2]["product_name"], f"|{rows[3]['product_name']} ")
    ] == [True, True, False]
    assert running.terminate() == 0


def test_reset_is_refused_beside_a_run(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    pipeline.produce("--count", 100, "--rate", "max")
    running = pipeline.start("--quiet")
    wait_until(lambda: pipeline.messages_stored() == 100, what="all orders in the store")
    refused = pipeline.reset(status=1)
    assert str(running.process.pid) in refused.stderr
    assert running.terminate() == 0
    pipeline.assert_exact()
    pipeline.reset()
    assert pipeline.totals() == [] and pipeline.counters()["messages"] == 0
    pipeline.run()
    pipeline.assert_exact()


@pytest.mark.parametrize("by_signal", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_with_everything_saved(kafka, pipelines, by_signal):
    """While orders flow: flushed, committed, final table shown, exit code 0."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=4))
    producing = pipeline.program.start(
        "produce", pipeline.path, "--rate", 5000, "--truth", pipeline.truth_file, *FAULTS
    )
    running = pipeline.start("--workers", 2)
    wait_until(lambda: pipeline.messages_stored() > 1000, what="orders in the store")
    assert running.stop(by_signal) == 0, running.description()
    table = running.stdout[running.stdout.rindex("|product_name") :]
    shown = dict(re.findall(r"(?m)^\|(\w[^|]*?) *\|([0-9.]+) *\|$", table))
    assert shown == {
        row["product_name"]: row["total_sales"] for row in pipeline.totals()
    }, "the final table is the store's"
    progress = {row["partition"]: row["next_offset"] for row in pipeline.query("SELECT * FROM salestream_progress")}
    assert kafka.committed(pipeline.group, pipeline.topic) == progress
    assert producing.stop(by_signal) == 0, producing.description()
    pipeline.run()
    pipeline.assert_exact()


def test_complete_tables_at_each_interval(kafka, pipelines):
    """Without a terminal: the form of Spark's console, ordered by the first measure, again whenever it has changed."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    running = pipeline.start("--interval", "0.05")
    kafka.produce(pipeline.topic, [order(("Mouse", "1", "1.50"), ("Laptop", "1", "9"))], 0)
    running.wait_for_output(
        "+------------+-----------+\n|product_name|total_sales|\n+------------+-----------+\n"
        "|Laptop      |9.00       |\n|Mouse       |1.50       |\n+------------+-----------+\n"
    )
    kafka.produce(pipeline.topic, [order(("Mouse", "10", "1.50"))], 0)
    running.wait_for_output("|Mouse       |16.50      |\n|Laptop      |9.00       |\n")
    assert running.terminate() == 0


def test_until_end_says_how_far_it_is_and_stops(kafka, pipelines):
    """It stops at the end of the start, whatever comes in meanwhile; progress is plain lines without a terminal."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=2))
    pipeline.produce("--count", 20_000, "--rate", "max", *FAULTS)
    producing = pipeline.program.start("produce", pipeline.path, "--rate", 3000, "--seed", 8)
    running = pipeline.run()
    assert producing.alive()
    assert pipeline.counters()["messages"] >= 20_000
    assert "messages" in running.stderr and "\r" not in running.stderr and "\x1b" not in running.stderr
    assert producing.terminate() == 0


def test_an_empty_topic_has_an_end_too(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=3))
    pipeline.run("--workers", 2)
    assert pipeline.totals() == []


def test_several_tables(kafka, pipelines):
    pipeline = pipelines(THIRD, kafka, kafka.new_topic())
    pipeline.produce("--count", 500, "--rate", "max")
    pipeline.run()
    shown = pipeline.program.run("totals", pipeline.path, "--top", 2).stdout
    assert all(table.name in shown for table in pipeline.tables())
    needs_one = pipeline.program.run("totals", pipeline.path, "--format", "json", status=2)
    assert "--table" in needs_one.stderr
    assert len(pipeline.totals("ventas_por_cliente", "--top", 5)) == 5


def test_produce_sends_a_file_of_real_orders(kafka, pipelines, tmp_path):
    """As they are, byte for byte, float noise and all; keyed by order id unless told otherwise."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=3))
    orders = [
        order((f"p{n}", "1", "0.10"), total="0.10000000000000001").replace(b"o-1", f"o-{n}".encode()) for n in range(50)
    ]
    file = tmp_path / "real.jsonl"
    file.write_bytes(lines(orders))
    pipeline.produce("--from", file, truth=False)
    first = kafka.consume(pipeline.topic)
    assert sorted(each.value for each in first) == sorted(orders)
    pipeline.produce("--from", file, truth=False)
    where = {}
    for each in kafka.consume(pipeline.topic):
        where.setdefault(each.value, set()).add(each.partition)
    assert all(len(partitions) == 1 for partitions in where.values()), "one order id, one partition"
    assert len(set.union(*where.values())) == 3
    pipeline.run()
    assert pipeline.status()["total"]["wrong_totals"] == 0 and len(pipeline.totals()) == 50


def test_produce_keeps_its_rate(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    pipeline.produce("--count", 600, "--rate", 300)
    times = subprocess.run(
        ["kcat", "-b", kafka.bootstrap, "-C", "-t", pipeline.topic, "-e", "-q", "-f", "%T\\n"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout.split()
    seconds = (int(times[-1]) - int(times[0])) / 1000
    assert 1.8 < seconds < 4, f"600 orders at 300 a second took {seconds} s"


@pytest.mark.parametrize(
    "old, new, place, said",
    [
        ("  items: products", "  itmes: products", ":26:3:", "items"),
        ("price: price", "price: {a: b}", ":29:11:", "price"),
        ("revenue}", "revenues}", ":35:", "revenue"),
        ("pipeline: ecommerce_sales", "pipelines: x", ":7:", "pipeline"),
        ("store:", "limits: {workers: many}\nstore:", ":42:", "workers"),
        ("    topic: ", "    group.id: ${NO_SUCH_VARIABLE}\n    topic: ", ":11:", "NO_SUCH_VARIABLE"),
        ("    topic: ", "    fetch.min.bites: 1\n    topic: ", ":11:", "fetch.min.bites"),
        ("totals:", "totals: [", "", "yaml"),
    ],
    ids=[
        "unknown-key",
        "wrong-type",
        "unknown-measure",
        "missing-key",
        "no-number",
        "unset-variable",
        "unknown-property",
        "no-yaml",
    ],
)
def test_a_wrong_pipeline_file(pipelines, old, new, place, said):
    """File, line, column, what was expected; exit code 2; nothing is made."""
    pipeline = pipelines(ECOMMERCE)
    pipeline.change(old, new)
    for command in ("run", "totals", "status", "init", "produce"):
        ended = pipeline.program.run(command, pipeline.path, status=2)
        assert str(pipeline.path) + place in ended.stderr, ended.description()
        assert said in ended.stderr.replace("YAML", "yaml")
    assert not pipeline.store_file.exists()


def test_the_demo_needs_nothing(salestream, tmp_path):
    """What `./run` shows: made-up orders, no Kafka, totals in a SQLite file."""
    running = salestream.start("run", DEMO, SALESTREAM_DEMO_DB=str(tmp_path / "demo.db"))
    running.wait_for_output("|Laptop")
    assert running.stop(signal.SIGINT) == 0
    assert "stopped cleanly" in running.stderr
