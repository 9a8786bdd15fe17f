"""Messages that can't be counted: each has a named reason, is counted, is kept whole, byte for byte, and stops nothing;
what stands before and after it counts. The same through a topic, a file and standard input."""

import subprocess
import time

import pytest

from support.orders import lines, order
from support.pipeline import ECOMMERCE, VENDAS


GOOD = order(("Mouse", "1", "0.25"))


def with_items(items):
    return b'{"products": ' + items + b', "total_value": 1}'


def with_item(quantity="1", price="1", product='"Mouse"'):
    return with_items(f'[{{"product_name": {product}, "quantity": {quantity}, "price": {price}}}]'.encode())


# name: (reason, message). The first item of an order with a bad one is good: nothing of it may be counted.
BAD = {
    "white-space": ("empty_message", b" \t "),
    "invalid-utf8": ("invalid_utf8", GOOD.replace(b"Mouse", b"M\xff\xfeuse")),
    "cut-utf8": ("invalid_utf8", b'{"products": [], "x": "\xe2\x82'),
    "surrogate": ("invalid_utf8", GOOD.replace(b"Mouse", b"\xed\xa0\x80")),
    "no-json": ("invalid_json", b"Laptop;2;49.90"),
    "cut-json": ("invalid_json", GOOD[:-20]),
    "two-documents": ("invalid_json", GOOD + b" " + GOOD),
    "trailing-comma": ("invalid_json", with_items(b'[{"product_name": "Mouse", "quantity": 1, "price": 1},]')),
    "nan": ("invalid_json", with_item(quantity="NaN")),
    "infinity": ("invalid_json", with_item(price="-Infinity")),
    "leading-zero": ("invalid_json", with_item(price="01.5")),
    "control-character": ("invalid_json", GOOD.replace(b"Mouse", b"Mo\x01use")),
    "nul": ("invalid_json", GOOD[:10] + b"\0" + GOOD[10:]),
    "10000-deep": ("too_deep", b'{"x": ' + b"[" * 10_000 + b"]" * 10_000 + b', ' + GOOD[1:]),
    "10000-deep-and-cut": ("too_deep", b"[" * 10_000),
    "twice-the-items": ("duplicate_field", GOOD[:-1] + b', "products": []}'),
    "twice-the-price": (
        "duplicate_field",
        with_items(b'[{"product_name": "M", "quantity": 1, "price": 1, "price": 2}]'),
    ),
    "no-items": ("missing_field", b'{"total_value": 1}'),
    "no-price": ("missing_field", order(("SSD", "1", "1"), ("Mouse", "1", "1")).replace(b', "price": 1}]', b"}]")),
    "null-price": ("wrong_type", with_item(price="null")),
    "items-an-object-without-a-product": ("missing_field", with_items(b"{}")),
    "an-item-a-number": ("wrong_type", with_items(b'[{"product_name": "SSD", "quantity": 1, "price": 1}, 7]')),
    "product-a-boolean": ("wrong_type", with_item(product="true")),
    "quantity-true": ("wrong_type", with_item(quantity="true")),
    "an-array": ("wrong_type", b"[" + GOOD + b"]"),
    "a-string": ("wrong_type", b'"order"'),
    "null": ("wrong_type", b"null"),
    "words-for-a-price": ("not_a_number", with_item(price='"ten"')),
    "nan-in-quotes": ("not_a_number", with_item(quantity='"NaN"')),
    "400-digits": ("number_too_large", with_item(quantity="9" * 400)),
    "exponent": ("number_too_large", with_item(price="1e400")),
    "product-of-both": ("number_too_large", with_item(quantity="1e12", price="1e12")),
    "empty-name": ("empty_key", with_item(product='""')),
    "half-a-character": ("lone_surrogate", with_item(product=r'"Mouse \ud83d"')),
    "long-name": ("key_too_long", with_item(product='"' + "x" * 40_000 + '"')),
    "negative-quantity": ("negative_quantity", order(("SSD", "1", "1"), ("Mouse", "-1", "1"))),
    "negative-price": ("negative_price", with_item(price="-0.01")),
}


def assert_kept(pipeline, partition, offsets, source):
    """Every bad message is in the rejects table once, whole, with where it stood, when, and why."""
    rejects = {each["offset"]: each for each in pipeline.rejects()}
    assert list(rejects) == sorted(offsets.values())
    for name, (reason, message) in BAD.items():
        kept = rejects[offsets[name]]
        assert (kept["reason"], bytes(kept["message"]), kept["partition"]) == (reason, message, partition), name
        assert source in kept["log"] and kept["detail"]
    by_reason = {}
    for reason, _ in BAD.values():
        by_reason[reason] = by_reason.get(reason, 0) + 1
    status = pipeline.status()["total"]
    assert status["rejects"] == by_reason
    assert (status["orders"], status["messages"]) == (len(BAD) + 1, 2 * len(BAD) + 1)


def assert_good_ones_counted(pipeline):
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": f"{(len(BAD) + 1) * 0.25:.2f}"}]


def stream():
    """A good order before, between and after the bad messages."""
    messages = [GOOD]
    for _, message in BAD.values():
        messages += [message, GOOD]
    return messages


def test_in_a_topic(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    before_ms = time.time() * 1000
    kafka.produce_exactly(pipeline.topic, stream())
    running = pipeline.run()
    assert_kept(pipeline, 0, {name: 2 * k + 1 for k, name in enumerate(BAD)}, pipeline.topic)
    assert_good_ones_counted(pipeline)
    for kept in pipeline.rejects():
        written = time.strptime(kept["time"][:19].replace("T", " "), "%Y-%m-%d %H:%M:%S")
        assert abs(time.mktime(written) - time.timezone - before_ms / 1000) < 120
    assert (
        "invalid_utf8" in running.stderr and "negative_quantity" in pipeline.program.run("status", pipeline.path).stdout
    )

    by_hex = subprocess.run(
        [
            "sqlite3",
            pipeline.store_file,
            "SELECT hex(message) FROM rejects WHERE reason = 'invalid_utf8' " "ORDER BY \"offset\" LIMIT 1",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert bytes.fromhex(by_hex) == BAD["invalid-utf8"][1]


@pytest.mark.parametrize("through", ["file", "standard-input"])
def test_in_json_lines(pipelines, tmp_path, through):
    pipeline = pipelines(ECOMMERCE)
    orders = tmp_path / "orders.jsonl"
    orders.write_bytes(lines(stream()))
    offsets, at = {}, len(GOOD) + 1
    for name, (_, message) in BAD.items():
        offsets[name] = at
        at += len(message) + 1 + len(GOOD) + 1
    if through == "file":
        pipeline.reads(orders)
        pipeline.run()
    else:
        pipeline.reads("-")
        with open(orders, "rb") as standard_input:
            pipeline.run(standard_input=standard_input)
    assert_kept(pipeline, 0, offsets, "orders.jsonl" if through == "file" else "input")
    assert_good_ones_counted(pipeline)


def test_tombstones_and_empty_messages(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    kafka.produce_exactly(pipeline.topic, [None, GOOD, b"", GOOD])
    pipeline.run()
    null, empty = pipeline.rejects()
    assert (null["reason"], null["message"], null["offset"]) == ("null_message", None, 0)
    assert (empty["reason"], empty["message"], empty["offset"]) == ("empty_message", b"", 2)
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "0.50"}]


def test_a_message_of_10_mb(kafka, pipelines):
    """Beyond limits.max_message_bytes it is rejected, and kept whole all the same."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    large = order(("Mouse", "1", "1"), note='"' + "x" * 10_000_000 + '"')
    kafka.produce_exactly(pipeline.topic, [GOOD, large, GOOD, large, GOOD])
    running = pipeline.run()
    rejects = pipeline.rejects()
    assert [each["reason"] for each in rejects] == ["message_too_large"] * 2
    assert all(bytes(each["message"]) == large for each in rejects)
    assert len(running.stderr) < 100_000, "the lines on standard error do not repeat it"
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "0.75"}]


def test_a_product_that_the_map_of_quantities_does_not_have(kafka, pipelines):
    pipeline = pipelines(VENDAS, kafka, kafka.new_topic())
    kafka.produce(
        pipeline.topic,
        [
            b'{"produtos_comprados": ["Mouse", "Teclado"], "quantidade_por_produto": {"Mouse": 1, "Teclado": 2}}',
            b'{"produtos_comprados": ["Mouse", "Teclado"], "quantidade_por_produto": {"Mouse": 1}}',
            b'{"produtos_comprados": ["Mouse", "Mouse"], "quantidade_por_produto": {"Mouse": 3, "Monitor": 9}}',
        ],
        0,
    )
    pipeline.run()
    assert pipeline.totals() == [
        {"produto": "Mouse", "quantidade_total": "7"},
        {"produto": "Teclado", "quantidade_total": "2"},
    ]
    assert [(each["reason"], each["offset"]) for each in pipeline.rejects()] == [("quantity_missing", 1)]


def test_returns_count_where_they_are_allowed(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    pipeline.append("allow_returns: true")
    kafka.produce(pipeline.topic, [order(("Mouse", "5", "1.10")), order(("Mouse", "-2", "1.10"))], 0)
    pipeline.run()
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "3.30"}]
    assert pipeline.rejects() == []


@pytest.mark.parametrize("says, orders", [("count", 3), ("reject", 2)])
def test_a_wrong_total(kafka, pipelines, says, orders):
    """Half a cent of binary noise is none; more is counted and shown, and rejects the order where the file says so."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    pipeline.append(f"wrong_total: {says}")
    kafka.produce(
        pipeline.topic,
        [
            order(("Mouse", "1", "0.1"), ("Mouse", "1", "0.2"), total="0.30000000000000004"),
            order(("Mouse", "1", "123.25"), total="123.25000000000001"),
            order(("Mouse", "1", "1000"), total="1000.01"),
        ],
        0,
    )
    pipeline.run()
    status = pipeline.status()["total"]
    assert status["orders"] == orders
    assert status["wrong_totals"] == (1 if says == "count" else 0)
    assert status["rejects"] == ({} if says == "count" else {"wrong_total": 1})
    assert pipeline.totals()[0]["total_sales"] == ("1123.55" if says == "count" else "123.55")


def test_10000_bad_messages_do_not_flood_the_log(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=2))
    for partition in (0, 1):
        kafka.produce(pipeline.topic, [b"\xffno order at all"] * 5000 + [GOOD], partition)
    running = pipeline.run()
    assert len(running.stderr.splitlines()) <= 300
    assert pipeline.status()["total"]["rejects"] == {"invalid_utf8": 10_000}
    assert len(pipeline.rejects()) == 10_000
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "0.50"}]


def test_what_stands_in_a_message_can_not_steer_the_terminal(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    kafka.produce_exactly(
        pipeline.topic, [b"\x1b[2Jno json", order(("\\u001b[2JMouse", "1", "1")).replace(b"\\\\u", b"\\u")]
    )
    running = pipeline.run()
    looked = pipeline.program.run("totals", pipeline.path)
    assert "\x1b" not in running.stderr + running.stdout + looked.stdout
    assert pipeline.totals()[0]["product_name"] == "\x1b[2JMouse"


def test_more_rejects_than_memory_may_hold(kafka, pipelines):
    """Reading waits for the store: every one is kept."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    pipeline.append("limits: {rejects_in_memory: 1MiB}")
    kafka.produce(pipeline.topic, [b"x" * 1000] * 20_000 + [GOOD], 0)
    pipeline.run()
    assert len(pipeline.rejects()) == 20_000
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "0.25"}]
