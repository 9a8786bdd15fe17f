"""Totals by windows of time, in Cassandra: proper column types, late orders, restarts, the audit."""

import json

from support.orders import order
from support.pipeline import ECOMMERCE


def at(time, quantity="1"):
    return order(("Mouse", quantity, "0.1")).replace(b"2024-11-03T14:25:07", time.encode())


def test_hours_and_days_in_cassandra(kafka, cassandra, pipelines):
    pipeline = pipelines(
        ECOMMERCE,
        kafka,
        kafka.new_topic(),
        [
            (
                "by: [product]\n    columns: {product_name: product, total_sales: revenue}",
                "by: [product, hour]\n    columns: {product_name: product, hour: hour, total_sales: revenue}\n"
                "  days:\n    by: [day]\n    columns: {day: day, orders: orders}",
            )
        ],
        node=cassandra,
    )
    pipeline.append("timezone: America/Sao_Paulo")
    kafka.produce(
        pipeline.topic,
        [
            at("2024-11-03T14:25:07"),
            at("2024-11-03T17:59:59Z", "2"),
            at("2024-11-03T18:00:00Z", "3"),
            at("2024-11-04T02:59:59.9Z", "4"),
            at("yesterday"),
        ],
    )
    pipeline.run()
    kafka.produce(pipeline.topic, [at("2024-11-03 14:00:00", "10")])  # late: an hour that is in the store
    pipeline.run()

    keyspace = pipeline.store.keyspace
    types = {
        row["column_name"]: row["type"]
        for table in ("product_sales", "product_sales_cells", "days")
        for row in cassandra.query(
            "SELECT column_name, type FROM system_schema.columns "
            f"WHERE keyspace_name = '{keyspace}' AND table_name = '{table}'"
        )
    }
    assert types["hour"] == "timestamp" and types["day"] == "date" and types["product_name"] == "text"
    shown = cassandra.cql(f"SELECT hour, total_sales FROM {keyspace}.product_sales WHERE product_name = 'Mouse'")
    assert [line.split("|")[1].strip() for line in shown.splitlines() if "+0000" in line] == ["1.30", "0.30", "0.40"]
    assert "2024-11-03 17:00:00" in shown and "2024-11-04 02:00:00" in shown
    assert cassandra.rows(f"SELECT * FROM {keyspace}.days") == [{"day": "2024-11-03", "orders": 5}]

    assert pipeline.totals("product_sales") == [
        {"product_name": "Mouse", "hour": hour, "total_sales": total}
        for hour, total in (
            ("2024-11-03T14:00:00-03:00", "1.30"),
            ("2024-11-03T23:00:00-03:00", "0.40"),
            ("2024-11-03T15:00:00-03:00", "0.30"),
        )
    ]
    assert pipeline.counters()["rejects"] == {"invalid_time": 1}
    assert json.loads(pipeline.program.run("audit", pipeline.path, "--format", "json").stdout)["result"] == "equal"
