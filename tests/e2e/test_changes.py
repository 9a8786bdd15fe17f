"""Orders that change, as Debezium writes them: totals are those of the table as it is, in both stores, through kills at
every step of the flush, and the audit says equal."""

import collections
import decimal
import json
import random

import pytest

from support import crashes, groups
from support.crashes import SEED
from support.orders import lines
from support.places import ROOT

DEBEZIUM = ROOT / "pipelines" / "debezium_orders.yaml"
PRODUCTS = ("CAN-1", "Caneca Azul", "Café", "B-7")
# Long names, so that few of them have room in memory.
MANY_PRODUCTS = tuple(f"Caneca {number:05}, azul{' com asa' * 40}" for number in range(20_000))
DAY_US = 86_400_000_000
FIRST_DAY_US = 19_700 * DAY_US


class OrdersTable:
    """A table of a shop, and the changes that Debezium would write of it."""

    def __init__(self, seed, products=PRODUCTS):
        self.products = products
        self.chance, self.rows, self.changes = random.Random(seed), {}, []
        self.next_id = 1

    def _row(self, number):
        items = [
            {"sku": self.chance.choice(self.products), "qty": self.chance.randint(1, 9), "unit": self._price()}
            for _ in range(self.chance.randint(0, 3))
        ]
        return {
            "id": number,
            "status": self.chance.choice(("paid", "paid", "new", "void")),
            "created_at": FIRST_DAY_US + self.chance.randrange(5 * DAY_US),
            "shipping": "Dzw=",
            "items": json.dumps(items, ensure_ascii=False),
        }

    def _price(self):
        return f"{self.chance.randrange(1, 100_000) / 1000:.3f}"

    def _write(self, number, before, after, op):
        change = {"before": before, "after": after, "source": {"table": "orders"}, "op": op, "ts_ms": 1}
        if self.chance.random() < 0.5:
            change = {"schema": {"type": "struct", "optional": False}, "payload": change}
        self.changes.append((str(number), json.dumps(change, ensure_ascii=False).encode()))

    def change(self):
        kind = self.chance.random()
        if kind < 0.45 or not self.rows:
            number, self.next_id = self.next_id, self.next_id + 1
            self.rows[number] = self._row(number)
            self._write(number, None, self.rows[number], self.chance.choice("ccr"))
            return
        number = self.chance.choice(list(self.rows))
        before = self.rows.pop(number)
        if kind < 0.9:
            self.rows[number] = self._row(number)
            self._write(number, before, self.rows[number], "u")
        else:
            self._write(number, before, None, "d")
            self.changes.append((str(number), None))

    def expected(self):
        """(product: revenue, units, orders), (day: revenue, orders), of the rows that are paid."""
        products = collections.defaultdict(lambda: [decimal.Decimal(0), 0, 0])
        days = collections.defaultdict(lambda: [decimal.Decimal(0), 0])
        for row in self.rows.values():
            if row["status"] != "paid":
                continue
            items, day = json.loads(row["items"]), row["created_at"] // DAY_US
            for item in items:
                revenue = item["qty"] * decimal.Decimal(item["unit"])
                products[item["sku"]][0] += revenue
                products[item["sku"]][1] += item["qty"]
                days[day][0] += revenue
            for product in {item["sku"] for item in items}:
                products[product][2] += 1
            if items:
                days[day][1] += 1
        return dict(products), dict(days)

    def assert_totals(self, pipeline):
        products, days = self.expected()
        # A row of which nothing is left shows 0.
        found = {
            row["product"]: [decimal.Decimal(row["revenue"]), int(row["units"]), row["orders"]]
            for row in pipeline.totals("sales")
        }
        assert products == {product: row for product, row in found.items() if row != [0, 0, 0]}
        assert sorted(days.values()) == sorted(
            [decimal.Decimal(row["revenue"]), row["orders"]] for row in pipeline.totals("days")
        )
        ended = pipeline.program.run("audit", pipeline.path, *pipeline.source, "--format", "json")
        assert json.loads(ended.stdout)["result"] == "equal"


def table_of(changes, seed=SEED, products=PRODUCTS):
    print(f"SALESTREAM_TEST_SEED={seed}")
    table = OrdersTable(seed, products)
    for _ in range(changes):
        table.change()
    return table


def test_a_row_is_updated_and_another_deleted(pipelines, tmp_path):
    pipeline = pipelines(DEBEZIUM)
    row = {"id": 1, "status": "paid", "created_at": FIRST_DAY_US, "items": '[{"sku": "B-7", "qty": 1, "unit": 39.0}]'}
    more = row | {"items": '[{"sku": "B-7", "qty": 2, "unit": 39.0}]'}
    changes = [
        {"before": None, "after": row, "op": "c"},
        {"before": row, "after": more, "op": "u"},
        {"before": None, "after": row | {"id": 2}, "op": "c"},
        {"before": row | {"id": 2}, "after": None, "op": "d"},
        {"before": None, "after": row | {"id": 3, "status": "new"}, "op": "c"},
        {"before": None, "after": more, "op": "u"},
        row,
    ]
    orders = tmp_path / "orders.jsonl"
    orders.write_bytes(lines([json.dumps(change).encode() for change in changes]))
    pipeline.reads(orders)
    pipeline.run()
    assert pipeline.totals("sales") == [{"product": "B-7", "revenue": "78.00", "units": "2", "orders": 1}]
    counted = pipeline.status()["total"]
    assert (counted["orders"], counted["left_out"], counted["rejects"]) == (4, 1, {"invalid_change": 2})
    details = [each["detail"] for each in pipeline.rejects()]
    assert "REPLICA IDENTITY FULL" in details[0] and "op is missing" in details[1]
    assert pipeline.program.run("audit", pipeline.path, *pipeline.source).stdout
    assert "debezium" in pipeline.program.run("explain", pipeline.path, *pipeline.source).stdout


def test_a_table_from_kafka_in_cassandra(kafka, cassandra, pipelines):
    table = table_of(2000)
    pipeline = pipelines(DEBEZIUM, kafka, kafka.new_topic(), node=cassandra)
    kafka.produce_keyed(pipeline.topic, table.changes)
    pipeline.run()
    table.assert_totals(pipeline)
    assert pipeline.status()["total"]["left_out"] > 0


def test_killed_while_orders_change(kafka, pipelines):
    """At every step of the flush, with cells that leave memory and are read again."""
    table, chance = table_of(20_000, products=MANY_PRODUCTS), random.Random(SEED)
    pipeline = pipelines(DEBEZIUM, kafka, kafka.new_topic(partitions=2))
    pipeline.append("limits: {flush_interval_ms: 5, cells_in_memory: 1MiB}")
    for partition in (0, 1):
        kafka.produce_keyed(
            pipeline.topic, [each for each in table.changes if int(each[0]) % 2 == partition], partition=partition
        )
    for point, workers in crashes.lives(crashes.KILLS or 11, chance):
        if point:
            groups.remove_members(kafka.addresses[0], pipeline.group)
            running = crashes.start_to_crash(pipeline, point, 1, "--workers", workers, "--until-end")
            running.wait(60)
    groups.remove_members(kafka.addresses[0], pipeline.group)
    pipeline.run("--workers", 2)
    table.assert_totals(pipeline)
    pipeline.reset()
    said = pipeline.run("--workers", 2).stderr  # not a tenth of the products fits into 1 MiB
    assert "far more totals than limits.cells_in_memory has room for" in said and "Table sales has most" in said
    table.assert_totals(pipeline)


@pytest.mark.parametrize(
    "more, words",
    [
        ("deduplicate: {by: id}", "goes with `changes: append` only"),
        ("changes: upsert", "append or debezium belongs here"),
    ],
)
def test_what_does_not_go_with_changes(pipelines, more, words):
    pipeline = pipelines(DEBEZIUM)
    if more.startswith("changes"):
        pipeline.change("changes: debezium ", more + " ")
    else:
        pipeline.append(more)
    assert words in pipeline.program.run("explain", pipeline.path, status=2).stderr
