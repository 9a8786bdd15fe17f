"""`deduplicate`: an order id counts once among the last messages of its partition, whatever run reads them and wherever
it began: the ids that came before are read again."""

import json
import random
from collections import defaultdict, deque

import pytest

from support.orders import lines
from support.pipeline import ECOMMERCE

BAD = b'{"order_id": "o-1"'


def order(number, product="Mouse", quantity=1):
    """`number`: a string or a number, as the producer has it."""
    return json.dumps(
        {
            "order_id": number,
            "products": [{"product_name": product, "quantity": quantity, "price": 0.1}],
            "client_document": "c",
            "sale_datetime": "2024-11-03T14:25:07",
        }
    ).encode()


def units_in(messages, window):
    """{product: units}, and how many duplicates, by plain search."""
    units, duplicates, before = defaultdict(int), 0, deque(maxlen=window)
    for message in messages:
        try:
            each = json.loads(message)
            number = str(each["order_id"])
        except ValueError:
            before.append(None)
            continue
        if number in before:
            duplicates += 1
        else:
            for item in each["products"]:
                units[item["product_name"]] += item["quantity"]
        before.append(number)
    return dict(units), duplicates


def deduplicating(pipelines, *place, window, **more):
    columns = "columns: {product_name: product, %s}"
    pipeline = pipelines(
        ECOMMERCE, *place, changes=[(columns % "total_sales: revenue", columns % "units: units")], **more
    )
    pipeline.append(f"deduplicate: {{by: id, window: {window}}}")
    return pipeline


def assert_counted(pipeline, units, duplicates):
    assert {row["product_name"]: int(row["units"]) for row in pipeline.totals()} == units
    assert pipeline.counters()["duplicates"] == duplicates
    assert pipeline.status()["total"]["duplicates"] == duplicates


def test_an_id_counts_once_among_the_last(kafka, pipelines):
    pipeline = deduplicating(pipelines, kafka, kafka.new_topic(), window=3)
    messages = [
        order("a"),
        BAD,
        order("b", quantity=10),
        order("a", quantity=100),  # the third before it is `a`
        order("c"),
        order("d"),
        order("a", quantity=1000),  # as seen, not as counted
        order("x"),
        order("y"),
        order("z"),
        order("a", "Laptop"),  # four before: forgotten
        order(7, "Pen"),
        order("7", "Pen"),
        order(7.0, "Pen"),
    ]
    kafka.produce_exactly(pipeline.topic, messages)
    said = pipeline.run()
    assert_counted(pipeline, {"Mouse": 1 + 10 + 1 + 1 + 3, "Laptop": 1, "Pen": 2}, 3)
    assert units_in(messages, 3) == ({"Mouse": 16, "Laptop": 1, "Pen": 2}, 3)
    assert "3 duplicates left out" in said.stderr
    assert json.loads(pipeline.program.run("audit", pipeline.path, "--format", "json").stdout)["result"] == "equal"


def test_an_order_without_a_number_is_a_reject(kafka, pipelines):
    pipeline = deduplicating(pipelines, kafka, kafka.new_topic(), window=3)
    kafka.produce_exactly(pipeline.topic, [order(None), order(""), order(["a"]), b'{"products": []}', order("a")])
    pipeline.run()
    assert pipeline.counters()["rejects"] == {"wrong_type": 2, "empty_key": 1, "missing_field": 1}
    assert_counted(pipeline, {"Mouse": 1}, 0)


def test_one_that_was_rejected_may_come_again(kafka, pipelines):
    pipeline = deduplicating(pipelines, kafka, kafka.new_topic(), window=10)
    kafka.produce_exactly(pipeline.topic, [order("a", quantity=-1), order("a"), order("a")])
    pipeline.run()
    assert_counted(pipeline, {"Mouse": 1}, 1)


@pytest.mark.parametrize("store", ["sqlite", "cassandra"])
def test_the_same_in_one_run_and_in_many(kafka, pipelines, request, store):
    """Also where offsets have gaps, as behind transactions, and with ids that come again at every distance."""
    chance, topic, window = random.Random(7), kafka.new_topic(), 1500
    where = {"node": request.getfixturevalue("cassandra")} if store == "cassandra" else {}
    pipeline = deduplicating(pipelines, kafka, topic, window=window, **where)
    producer, messages = kafka.transactions(f"orders-{topic}"), []
    for _ in range(5 if store == "sqlite" else 2):
        for _ in range(4):
            producer.begin_transaction()
            for _ in range(400):
                number = chance.randrange(max(1, len(messages) - 2000), len(messages) + 2)
                messages.append(
                    BAD
                    if chance.random() < 0.05
                    else order(number, chance.choice(["Mouse", "Pen"]), chance.randint(1, 9))
                )
                producer.produce(topic, messages[-1], partition=0)
                producer.poll(0)
            assert producer.flush(30) == 0
            if chance.random() < 0.3:
                producer.abort_transaction(30)
                del messages[-400:]
            else:
                producer.commit_transaction(30)
        pipeline.run()
    assert_counted(pipeline, *units_in(messages, window))
    assert json.loads(pipeline.program.run("audit", pipeline.path, "--format", "json").stdout)["result"] == "equal"


def test_a_file_is_one_partition(pipelines, tmp_path):
    pipeline, orders = deduplicating(pipelines, window=100_000), tmp_path / "orders.jsonl"
    filler = [order(f"{number}{'x' * 1000}") for number in range(9000)]  # more than a block of the file
    orders.write_bytes(lines([order("a"), *filler, order("a")]))
    pipeline.reads(orders)
    pipeline.run()
    assert_counted(pipeline, {"Mouse": 9001}, 1)
    with orders.open("ab") as more:
        more.write(lines([order("a"), order("b")]))
    pipeline.run("--workers", 2)
    assert_counted(pipeline, {"Mouse": 9002}, 2)


def test_messages_of_the_window_have_expired(kafka, pipelines):
    pipeline = deduplicating(pipelines, kafka, kafka.new_topic(), window=1000)
    kafka.produce(pipeline.topic, [order(number) for number in range(2000)])
    pipeline.run()
    kafka.expire(pipeline.topic, 0, 1900)
    kafka.produce(pipeline.topic, [order(1500), order(1950), order("new")])
    before = pipeline.content()
    said = pipeline.run(status=1).stderr
    assert "have expired" in said and "--accept-short-window" in said and "retention.ms" in said
    assert pipeline.content() == before
    said = pipeline.run("--accept-short-window").stderr
    assert "going on without them" in said
    assert_counted(pipeline, {"Mouse": 2000 + 2}, 1)  # 1500 counts again, as was accepted


def test_a_truth_needs_a_window_that_reaches_its_duplicates(pipelines, tmp_path):
    pipeline = deduplicating(pipelines, window=99)
    said = pipeline.produce("--count", 10, "--out", tmp_path / "o", "--faults", "duplicate=0.1", status=2)
    assert "deduplicate.window" in said.stderr and "100" in said.stderr
