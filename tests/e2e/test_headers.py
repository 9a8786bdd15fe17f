"""Headers of Kafka's messages as fields: a table by one, a condition with another, and the audit by its own reading."""

import json

from support.orders import order
from support.pipeline import ECOMMERCE

TABLE = "columns: {product_name: product, total_sales: revenue}"
BY_CHANNEL = TABLE + "\n  channels:\n    by: [channel]\n    columns: {channel: channel, revenue: revenue}"


def test_a_table_by_a_header(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(), [(TABLE, BY_CHANNEL)])
    pipeline.append(
        "fields:\n  channel: {kafka: header.sales.channel, default: shop}\n"
        "  test: {kafka: header.test, type: boolean, default: false}\nwhere: NOT test"
    )
    mouse = order(("Mouse", "1", "10"))
    kafka.produce(pipeline.topic, [mouse])
    kafka.produce(pipeline.topic, [mouse, mouse], 0, "-H", "sales.channel=web")
    kafka.produce(pipeline.topic, [mouse], 0, "-H", "sales.channel=app", "-H", "sales.channel=café")
    kafka.produce(pipeline.topic, [mouse], 0, "-H", "test=true", "-H", "sales.channel=web")
    kafka.produce(pipeline.topic, [mouse], 0, "-H", "test=maybe")
    pipeline.run()
    found = {row["channel"]: row["revenue"] for row in pipeline.totals("channels")}
    assert found == {"shop": "10.00", "web": "20.00", "café": "10.00"}
    counted = pipeline.status()["total"]
    assert (counted["orders"], counted["left_out"], counted["rejects"]) == (4, 1, {"wrong_type": 1})
    (rejected,) = pipeline.rejects()
    assert rejected["detail"] == "Kafka's header test is neither true nor false"
    ended = pipeline.program.run("audit", pipeline.path, "--format", "json")
    assert json.loads(ended.stdout)["result"] == "equal"
