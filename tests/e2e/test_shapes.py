"""Orders of other people's shops by the shipped pipeline files: fields, alternatives, defaults, minor units, currencies
and conditions give the right totals in both stores, what they leave out is shown, and the audit says equal."""

import json
import re

import pytest

from support.orders import lines
from support.places import ROOT

SHOPIFY_LINE = {"sku": "", "variant_id": 51, "title": "Caneca", "quantity": 2, "price": "10.50"}
SHOPIFY = {"id": 1, "created_at": "2025-01-23T23:10:00-05:00", "cancelled_at": None, "currency": "BRL", "test": False}
STRIPE_LINE = {"description": "Plano", "quantity": 2, "amount_total": 9480}


def stripe(currency, *line_items, payment="paid", kind="checkout.session.completed"):
    session = {"id": "cs", "created": 1755156953, "currency": currency, "payment_status": payment}
    return {"type": kind, "data": {"object": session | {"line_items": {"data": list(line_items)}}}}


def vtex(status, profile, *line_items):
    return {
        "orderId": "v1",
        "status": status,
        "creationDate": "2017-08-03T01:19:14.6610588+00:00",
        "clientProfileData": profile,
        "items": [{"name": name, "quantity": quantity, "sellingPrice": cents} for name, quantity, cents in line_items],
    }


def magento(*line_items):
    return {
        "increment_id": "6",
        "created_at": "2019-04-30 15:17:18",
        "base_currency_code": "USD",
        "items": [dict(zip(("name", "qty_ordered", "price", "parent_item_id"), each)) for each in line_items],
    }


def mercado_livre(status, currency, *line_items):
    return {
        "id": 2000,
        "status": status,
        "date_created": "2026-08-21T23:30:00.000-04:00",
        "currency_id": currency,
        "buyer": {"id": 266},
        "order_items": [{"item": {"title": t}, "quantity": q, "unit_price": p} for t, q, p in line_items],
    }


# File: messages, the rows of each table, and how many orders are left out, duplicates and rejected.
SHAPES = {
    "shopify_orders": (
        [
            SHOPIFY | {"line_items": [SHOPIFY_LINE, SHOPIFY_LINE | {"sku": "CAN-1", "quantity": 1}]},
            SHOPIFY | {"line_items": [SHOPIFY_LINE]},
            SHOPIFY | {"id": 2, "cancelled_at": "2025-01-24T00:00:00Z", "line_items": [SHOPIFY_LINE]},
            SHOPIFY | {"id": 3, "test": True, "line_items": [SHOPIFY_LINE]},
            SHOPIFY | {"id": 4, "currency": "USD", "line_items": [SHOPIFY_LINE | {"sku": None, "variant_id": None}]},
        ],
        {
            "sales": [
                {"product": "51", "currency": "BRL", "revenue": "21.00", "units": "2", "orders": 1},
                {"product": "Caneca", "currency": "USD", "revenue": "21.00", "units": "2", "orders": 1},
                {"product": "CAN-1", "currency": "BRL", "revenue": "10.50", "units": "1", "orders": 1},
            ],
            "days": [
                {"day": "2025-01-24", "currency": "BRL", "revenue": "31.50"},
                {"day": "2025-01-24", "currency": "USD", "revenue": "21.00"},
            ],
        },
        (2, 1, 0),
    ),
    "stripe_checkout": (
        [
            stripe("usd", STRIPE_LINE),
            stripe("jpy", STRIPE_LINE | {"amount_total": 1500}),
            stripe("kwd", STRIPE_LINE | {"amount_total": 1500}),
            stripe("usd", STRIPE_LINE, payment="unpaid"),
            stripe("usd", kind="charge.refunded"),
            {"type": "checkout.session.completed", "data": {"object": {"payment_status": "paid", "line_items": None}}},
        ],
        {
            "sales": [
                {"product": "Plano", "currency": "jpy", "revenue": "1500.00", "units": "2", "orders": 1},
                {"product": "Plano", "currency": "usd", "revenue": "94.80", "units": "2", "orders": 1},
                {"product": "Plano", "currency": "kwd", "revenue": "1.50", "units": "2", "orders": 1},
            ]
        },
        (2, 0, 1),
    ),
    "vtex_orders": (
        [
            vtex("invoiced", {"document": "191", "corporateDocument": None}, ("Cadeira", 2, 99900)),
            vtex("invoiced", {"document": None, "corporateDocument": "777"}, ("Cadeira", 1, 99900), ("Copo", 3, 1999)),
            vtex("invoiced", None, ("Copo", 1, 1999)),
            vtex("canceled", {"document": "191"}, ("Copo", 1, 1999)),
        ],
        {
            "sales": [
                {"product": "Cadeira", "revenue": "2997.00", "units": "3", "orders": 2},
                {"product": "Copo", "revenue": "79.96", "units": "4", "orders": 2},
            ],
            "days": [{"day": "2017-08-02", "revenue": "3076.96"}],
            "clients": [
                {"client": "191", "revenue": "1998.00", "orders": 1},
                {"client": "777", "revenue": "1058.97", "orders": 1},
                {"client": "?", "revenue": "19.99", "orders": 1},
            ],
        },
        (1, 0, 0),
    ),
    "magento_orders": (
        [
            magento(("Camisa", 1, 123), ("Camisa", 1, 123, 5)),
            magento(("Camisa", 1, 123), ("Camisa", 1, 0, 5)),
            magento(("Camisa", 1, 123)) | {"items": magento(("Camisa", 1, 123))["items"] + [{"parent_item_id": 5}]},
        ],
        {"sales": [{"product": "Camisa", "currency": "USD", "revenue": "369.00", "units": "3", "orders": 3}]},
        (0, 0, 0),
    ),
    "mercado_livre_orders": (
        [
            mercado_livre("paid", "BRL", ("Chá", 2, 19.9)),
            mercado_livre("cancelled", "BRL", ("Chá", 1, 19.9)),
            mercado_livre("paid", "ARS", ("Mate", 1, 900)),
        ],
        {
            "sales": [{"product": "Chá", "revenue": "39.80", "units": "2", "orders": 1}],
            "days": [{"day": "2026-08-22", "revenue": "39.80"}],
        },
        (2, 0, 0),
    ),
    "flat_orders": (
        [
            {
                "order_id": 1,
                "user_id": 101,
                "product": "Laptop",
                "quantity": 2,
                "price": 49.9,
                "timestamp": 1755156953.1,
            },
            {"order_id": 2, "user_id": "102", "product": 4711, "price": 10.05, "timestamp": 1755156955},
        ],
        {
            "sales": [
                {"product": "Laptop", "revenue": "99.80", "units": "2", "orders": 1},
                {"product": "4711", "revenue": "10.05", "units": "1", "orders": 1},
            ],
            "users": [
                {"user": "101", "day": "2025-08-14", "revenue": "99.80"},
                {"user": "102", "day": "2025-08-14", "revenue": "10.05"},
            ],
        },
        (0, 0, 0),
    ),
}


def messages_of(shape):
    return [json.dumps(message, ensure_ascii=False).encode() for message in SHAPES[shape][0]]


def assert_shape(pipeline, shape):
    _, tables, (left_out, duplicates, rejected) = SHAPES[shape]
    for table, rows in tables.items():
        assert pipeline.totals(table) == rows
    counted = pipeline.status()["total"]
    assert (counted["left_out"], counted["duplicates"], sum(counted["rejects"].values())) == (
        left_out,
        duplicates,
        rejected,
    )
    ended = pipeline.program.run("audit", pipeline.path, *pipeline.source, "--format", "json")
    assert json.loads(ended.stdout)["result"] == "equal"


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_from_a_file(pipelines, tmp_path, shape):
    pipeline = pipelines(ROOT / "pipelines" / f"{shape}.yaml")
    orders = tmp_path / "orders.jsonl"
    orders.write_bytes(lines(messages_of(shape)))
    pipeline.reads(orders)
    pipeline.run()
    assert_shape(pipeline, shape)
    text = pipeline.program.run("status", pipeline.path, *pipeline.source).stdout
    assert bool(re.search(r"messages? left out", text)) == (SHAPES[shape][2][0] > 0)


def test_shapes_from_kafka_in_cassandra(kafka, cassandra, pipelines):
    """Keys, windows and left-out orders of each shape, in a keyspace of its own."""
    for shape in SHAPES:
        pipeline = pipelines(ROOT / "pipelines" / f"{shape}.yaml", kafka, kafka.new_topic(), node=cassandra)
        kafka.produce(pipeline.topic, messages_of(shape))
        pipeline.run()
        assert_shape(pipeline, shape)
