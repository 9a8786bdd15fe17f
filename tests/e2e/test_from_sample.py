"""`init --from-sample`: the pipeline file that it makes of some orders counts them as they are, and the audit of that
says equal."""

import gzip
import json
import os

import pytest

SHOP = {"id": 1, "created_at": "2025-01-23T22:09:39-05:00", "currency": "BRL", "status": "paid"}
CHANGED = {"id": 1, "items": [{"sku": "B-7", "qty": 1, "unit_price": 39.5}]}
LINE = {"sku": "CAN-1", "title": "Caneca", "quantity": 2, "price": "10.50"}


def row(product, revenue, units, orders, **more):
    return {"product": product, **more, "revenue": revenue, "units": units, "orders": orders}


# Shape: messages, the rows of the table `sales`, and how many messages `where` leaves out.
SHAPES = {
    "shop": (
        [
            SHOP | {"line_items": [LINE, LINE | {"sku": "", "quantity": 1}]},
            SHOP | {"id": 2, "currency": "USD", "line_items": [LINE | {"sku": None}]},
        ],
        [
            row("CAN-1", "21.00", "2", 1, currency="BRL"),
            row("Caneca", "21.00", "2", 1, currency="USD"),
            row("Caneca", "10.50", "1", 1, currency="BRL"),
        ],
        0,
    ),
    "events": (
        [
            {
                "type": "paid",
                "data": {
                    "object": {
                        "id": "cs_1",
                        "created": 1755156953,
                        "currency": currency,
                        "line_items": {"data": [{"description": "Plan", "quantity": 2, "amount_total": 9480}]},
                    }
                },
            }
            for currency in ("usd", "jpy")
        ]
        + [{"type": "refunded", "data": {"object": {"id": "re_1", "amount": 1}}}],
        [row("Plan", "9480.00", "2", 1, currency="jpy"), row("Plan", "94.80", "2", 1, currency="usd")],
        1,
    ),
    "changes": (
        [
            {"before": before, "after": after, "op": op}
            for before, after, op in [
                (None, CHANGED, "c"),
                (CHANGED, CHANGED | {"items": [{"sku": "B-7", "qty": 3, "unit_price": 39.5}]}, "u"),
                (None, CHANGED | {"id": 2}, "c"),
                (CHANGED | {"id": 2}, None, "d"),
            ]
        ],
        [row("B-7", "118.50", "3", 1)],
        0,
    ),
    "cents": (
        [
            {
                "orderId": 7,
                "creationDate": 1501722000000,
                "items": [{"name": "Copo", "quantity": 3, "sellingPrice": 1999}],
            }
        ],
        [row("Copo", "59.97", "3", 1)],
        0,
    ),
    "flat": (
        [
            {"order_id": 1, "product": "Laptop", "quantity": 2, "price": 49.9, "timestamp": 1755156953.12},
            {"order_id": 2, "product": 4711, "price": 10.05, "timestamp": 1755156955},
        ],
        [row("Laptop", "99.80", "2", 1), row("4711", "10.05", "1", 1)],
        0,
    ),
    "text": (
        [{"id": 1111, "order_date": 19776, "items": json.dumps([{"sku": "Ingresso", "qty": 2, "unit": 39.0}])}],
        [row("Ingresso", "78.00", "2", 1)],
        0,
    ),
    "arrays": (
        [
            {
                "orders": [
                    {"items": [{"sku": "A", "qty": 1, "price": 2.5}]},
                    {"items": [{"sku": "A", "qty": 2, "price": 2}]},
                ]
            }
        ],
        [row("A", "6.50", "3", 1)],
        0,
    ),
    "portuguese": (
        [
            {
                "pedido_id": 7,
                "criado_em": "2024-11-03T14:25:07",
                "itens": [{"produto": "Chá", "quantidade": 2, "preço": 10.5}],
            }
        ],
        [row("Chá", "21.00", "2", 1)],
        0,
    ),
    "line_totals": (
        [{"order_no": 1, "lines": [{"item_name": "Tea", "qty": 3, "line_total": 10.0}]}],
        [row("Tea", "10.00", "3", 1)],
        0,
    ),
    "returns": (
        [
            {"id": 1, "items": [{"name": "Tea", "qty": 3, "price": 5}]},
            {"id": 2, "items": [{"name": "Tea", "qty": -1, "price": 5}]},
        ],
        [row("Tea", "10.00", "2", 2)],
        0,
    ),
    "odd_names": (
        [{"order.id": 1, "a: b": {"items": [{"product.sku": "A", "qty": 1, "unit price\n": 2.5}]}, "null": 3}],
        [row("A", "2.50", "1", 1)],
        0,
    ),
}


@pytest.fixture
def sample(salestream):
    """Writes a file of JSON lines into the folder that the program runs in."""
    salestream.folder.mkdir(parents=True, exist_ok=True)

    def write(messages, name="orders.jsonl"):
        path = salestream.folder / name
        path.write_text("".join(json.dumps(each, ensure_ascii=False) + "\n" for each in messages))
        return path

    return write


@pytest.mark.parametrize("shape", SHAPES)
def test_the_file_counts_what_it_was_made_from(salestream, sample, shape):
    messages, rows, left_out = SHAPES[shape]
    orders = sample(messages)
    made = salestream.run("init", "--from-sample", orders, "--output", "p.yaml")
    assert made.stdout == ""
    assert f"would count {len(messages) - left_out}" in made.stderr
    assert "reject 0" in made.stderr
    salestream.run("explain", "p.yaml")
    salestream.run("run", "p.yaml", "--until-end")
    totals = json.loads(salestream.run("totals", "p.yaml", "--table", "sales", "--format", "json").stdout)
    order = lambda each: sorted(each.items())  # noqa: E731
    assert sorted(totals, key=order) == sorted(rows, key=order)
    counted = json.loads(salestream.run("status", "p.yaml", "--format", "json").stdout)["total"]
    assert (counted["orders"], counted["left_out"]) == (len(messages) - left_out, left_out)
    audited = json.loads(salestream.run("audit", "p.yaml", "--format", "json").stdout)
    assert audited["result"] == "equal"


def test_it_comes_from_standard_input_and_goes_to_standard_output(salestream, sample):
    orders = sample(SHAPES["flat"][0])
    made = salestream.run("init", "--from-sample", "-", standard_input=orders.open())
    assert 'file: "-"' in made.stdout
    assert made.stdout.splitlines()[2] == "pipeline: orders"
    (salestream.folder / "p.yaml").write_text(made.stdout)
    salestream.run("explain", "p.yaml", "--input", orders)


def test_a_file_that_is_there_is_not_overwritten(salestream, sample):
    orders = sample(SHAPES["flat"][0])
    corrected = salestream.folder / "p.yaml"
    corrected.write_text("corrected by hand")
    ended = salestream.run("init", "--from-sample", orders, "--output", corrected, status=2)
    assert "is there already" in ended.stderr
    assert corrected.read_text() == "corrected by hand"


def test_what_the_file_would_not_count_is_said(salestream, sample):
    orders = sample([*SHAPES["flat"][0], {"note": "none"}])
    with orders.open("a") as file:
        file.write("oops\n")
    said = salestream.run("init", "--from-sample", orders).stderr
    assert "of 4 messages it would count 2 and reject 2" in said
    assert "1 times invalid_json" in said
    assert "1 times missing_field" in said


def test_a_thousand_messages_are_looked_at(salestream, sample):
    orders = sample([{"id": i, "items": [{"sku": "A", "qty": 1, "price": 2.5}]} for i in range(1500)])
    assert "from 1000 messages" in salestream.run("init", "--from-sample", orders).stdout


@pytest.mark.parametrize(
    "content, said",
    [
        (b'[\n{"id": 1},\n{"id": 2}\n]\n', "array"),
        (b"id,product,price\n1,Tea,2\n2,Tea,3\n", "CSV"),
        (gzip.compress(b'{"id": 1}\n', mtime=0), "gzip"),
        (b"hello\nworld\n", "no message of 2 is a JSON object"),
        (b"", "is empty"),
        (b'{"payload": {"before": null, "after": null, "op": "t"}}\n', "Debezium"),
        (b'{"temperature": 21.5}\n', "no line items were found"),
    ],
)
def test_what_lies_there_is_said(salestream, content, said):
    salestream.folder.mkdir(parents=True, exist_ok=True)
    path = salestream.folder / "orders.jsonl"
    path.write_bytes(content)
    ended = salestream.run("init", "--from-sample", path, "--output", "p.yaml", status=1)
    assert said in ended.stderr
    assert not os.path.exists(salestream.folder / "p.yaml")


@pytest.mark.parametrize(
    "arguments, said",
    [
        ([], "PIPELINE is required"),
        (["p.yaml", "--from-sample", "orders.jsonl"], "excludes"),
        (["p.yaml", "--output", "x.yaml"], "--from-sample"),
        (["--bootstrap-servers", "localhost:1"], "--from-sample"),
    ],
)
def test_arguments_that_do_not_fit(salestream, arguments, said):
    assert said in salestream.run("init", *arguments, status=2).stderr


def test_a_file_that_is_not_there_is_no_topic(salestream):
    assert "no-such.jsonl" in salestream.run("init", "--from-sample", "no-such.jsonl", status=1).stderr


def test_a_topic(kafka, salestream):
    """Read from its beginning in no group; the file counts it."""
    topic = kafka.new_topic(partitions=3)
    messages, rows, _ = SHAPES["flat"]
    kafka.produce(topic, [json.dumps(each).encode() for each in messages])
    servers = kafka.bootstrap
    salestream.folder.mkdir(parents=True, exist_ok=True)
    made = salestream.run("init", "--from-sample", topic, "--bootstrap-servers", servers, "--output", "p.yaml")
    assert "of 2 messages it would count 2" in made.stderr
    salestream.run("run", "p.yaml", "--until-end")
    totals = json.loads(salestream.run("totals", "p.yaml", "--table", "sales", "--format", "json").stdout)
    assert totals == rows
    none = salestream.run("init", "--from-sample", "no-such-topic", "--bootstrap-servers", servers, status=1)
    assert "does not exist" in none.stderr
