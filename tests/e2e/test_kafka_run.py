"""From orders in a real topic to totals: every format, every kind of topic and message that Kafka has, exact."""

import json

import pytest

from support.orders import order
from support.pipeline import ECOMMERCE, THIRD, VENDAS
from support.waiting import wait_until

FAULTS = ("--rate", "max", "--faults", "duplicate=0.02,malformed=0.01,wrong_total=0.02,late=0.01")


@pytest.mark.parametrize("base", [ECOMMERCE, VENDAS, THIRD], ids=lambda base: base.stem)
def test_every_format_ends_in_the_truth(kafka, pipelines, base):
    pipeline = pipelines(base, kafka, kafka.new_topic(partitions=3))
    pipeline.produce("--count", 20000, "--seed", 7, *FAULTS)
    truth = pipeline.truth
    assert truth["messages"] == 20000 and truth["rejects"] > 100 and truth["duplicates"] > 200

    pipeline.run()
    pipeline.assert_exact()
    ends = kafka.end_offsets(pipeline.topic)
    assert len([end for end in ends.values() if end > 0]) == 3, "the orders are meant to be in all partitions"
    assert kafka.committed(pipeline.group, pipeline.topic) == ends

    before = pipeline.content()
    pipeline.run()  # nothing is left to count
    assert pipeline.content() == before


@pytest.mark.parametrize("workers", [2, 4, 5])
def test_workers_share_the_partitions(kafka, pipelines, workers):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=4))
    pipeline.produce("--count", 30000, "--seed", workers, *FAULTS)
    pipeline.run("--workers", workers)
    pipeline.assert_exact()


def test_the_number_of_workers_may_change_between_runs(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=4))
    for seed, workers in enumerate([4, 1, 2, 3]):
        pipeline.produce("--count", 4000, "--seed", seed, "--truth-add", *FAULTS)
        pipeline.run("--workers", workers)
        pipeline.assert_exact()


def test_until_end_means_all_partitions(kafka, pipelines):
    """Also those that the group has given to another member, which here counts for somebody else and gives nothing."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=5))
    other = pipelines(ECOMMERCE, kafka, pipeline.topic)
    pipeline.produce("--count", 5000, "--seed", 1, *FAULTS)
    kafka.produce(pipeline.topic, [order(("Mouse", "1", "1"))], 0)
    running = other.start("--quiet")
    wait_until(lambda: other.messages_stored() == 5001, what="the other member has the partitions")
    ending = pipeline.start("--until-end", "--quiet")
    wait_until(
        lambda: "other members of the consumer group have partition" in ending.stderr, what="word of the other member"
    )
    assert 0 < pipeline.messages_stored() < 5001 and ending.alive()
    assert running.terminate() == 0
    assert ending.wait() == 0, ending.description()
    assert pipeline.messages_stored() == 5001


def test_orders_that_come_while_it_runs(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=2))
    running = pipeline.start()
    for seed in range(3):
        pipeline.produce("--count", 2000, "--seed", seed, "--truth-add", *FAULTS)
        wait_until(lambda: pipeline.messages_stored() == pipeline.truth["messages"], what="all orders in the store")
        pipeline.assert_exact()  # `totals` beside `run`
    assert running.terminate() == 0
    pipeline.assert_exact()
    assert kafka.committed(pipeline.group, pipeline.topic) == kafka.end_offsets(pipeline.topic)


def test_only_committed_transactions_count(kafka, pipelines):
    """The last message of the partition is an aborted one, so what is at its end is not a message that a reader
    gets."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=1))
    writer = kafka.transactions(f"writer-{pipeline.topic}")
    for product, commits in [("Mouse", True), ("Camera", False), ("Mouse", True), ("Camera", False)]:
        writer.begin_transaction()
        writer.produce(pipeline.topic, order((product, "2", "10.5")), partition=0)
        writer.flush(30)  # so that the aborted messages are in the partition log
        (writer.commit_transaction if commits else writer.abort_transaction)(30)
    pipeline.run()
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "42.00"}]
    assert pipeline.status()["total"]["messages"] == 2
    assert pipeline.status()["partitions"][0]["lag_seconds"] == 0

    writer.begin_transaction()
    writer.produce(pipeline.topic, order(("Mouse", "1", "1")), partition=0)
    writer.flush(30)
    before = pipeline.content()
    pipeline.run()  # comes to its end with a transaction open
    assert pipeline.content()["product_sales"] == before["product_sales"]
    writer.commit_transaction(30)
    pipeline.run()
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "43.00"}]


def test_the_same_product_twice_in_one_order(kafka, pipelines):
    pipeline = pipelines(
        ECOMMERCE,
        kafka,
        kafka.new_topic(),
        [("total_sales: revenue", "total_sales: revenue, units: units, orders: orders")],
    )
    kafka.produce(pipeline.topic, [order(("Mouse", "1", "0.1"), ("SSD", "1", "5"), ("Mouse", "2", "0.2"))])
    pipeline.run()
    assert pipeline.totals() == [
        {"product_name": "SSD", "total_sales": "5.00", "units": "1", "orders": 1},
        {"product_name": "Mouse", "total_sales": "0.50", "units": "3", "orders": 1},
    ]


def test_keep_limits_what_is_counted(kafka, pipelines):
    pipeline = pipelines(
        ECOMMERCE,
        kafka,
        kafka.new_topic(partitions=2),
        [("# keep: {product: [Laptop, Smartphone, Tablet, Headphones]}", "keep: {product: [Laptop, Mouse]}")],
    )
    pipeline.produce("--count", 5000, "--seed", 3, *FAULTS)
    pipeline.run()
    pipeline.assert_exact()
    assert {row["product_name"] for row in pipeline.totals()} == {"Laptop", "Mouse"}


def test_a_message_of_10_mb_is_counted_when_the_limit_allows_it(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    pipeline.append("limits: {max_message_bytes: 11MiB}")
    filler = '"' + "x" * 10_000_000 + '"'
    kafka.produce_exactly(
        pipeline.topic,
        [order(("Mouse", "1", "1.5")), order(("Mouse", "1", "2.5"), note=filler), order(("Mouse", "1", "3.5"))],
    )
    pipeline.run()
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "7.50"}]


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_every_compression(kafka, pipelines, codec):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    kafka.produce(pipeline.topic, [order(("Mouse", "1", "0.01"))] * 500, 0, "-z", codec)
    pipeline.run()
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "5.00"}]


def test_a_topic_that_comes_after_the_run(kafka, pipelines):
    topic = kafka.new_topic()
    kafka.delete_topic(topic)
    pipeline = pipelines(ECOMMERCE, kafka, topic)
    running = pipeline.start()
    running.wait_for_output(topic)
    kafka.create_topic(topic, partitions=2)
    pipeline.produce("--count", 1000, *FAULTS)
    wait_until(lambda: pipeline.messages_stored() == 1000, what="all orders in the store")
    assert running.terminate() == 0
    pipeline.assert_exact()


def test_partitions_that_are_added_are_read(kafka, pipelines):
    """The orders of a partition that came later are as exact as those of the others."""
    pipeline = pipelines(
        ECOMMERCE,
        kafka,
        kafka.new_topic(partitions=1),
        [("create: {", "topic.metadata.refresh.interval.ms: 500\n    create: {")],
    )
    running = pipeline.start()
    kafka.produce(pipeline.topic, [order(("Mouse", "1", "1"))], 0)
    wait_until(lambda: pipeline.messages_stored() == 1, what="the first order in the store")
    kafka.add_partitions(pipeline.topic, 3)
    kafka.produce(pipeline.topic, [order(("Mouse", "1", "2"))] * 10, 2)
    wait_until(lambda: pipeline.messages_stored() == 11, what="the orders of the new partition in the store")
    assert running.terminate() == 0
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "21.00"}]


def test_with_zookeeper(kafka_zookeeper, pipelines):
    pipeline = pipelines(VENDAS, kafka_zookeeper, kafka_zookeeper.new_topic(partitions=2))
    pipeline.produce("--count", 5000, *FAULTS)
    pipeline.run("--workers", 2)
    pipeline.assert_exact()


def test_a_broker_that_demands_tls_and_a_password(services, tmp_path, pipelines):
    """Any librdkafka property may stand in the pipeline file, and a secret comes from the environment."""
    from support.kafka import Kafka  # the plain port makes the topic

    services.start("kafka", "--heap", "256m", "--sasl-ssl", tmp_path)
    broker = Kafka(services, "kafka")
    pipeline = pipelines(ECOMMERCE, broker, broker.new_topic())
    pipeline.change(broker.bootstrap, f"127.0.0.1:{services.port + 2}")
    pipeline.change(
        "    create:",
        f"""\
    security.protocol: sasl_ssl
    sasl.mechanism: PLAIN
    sasl.username: salestream
    sasl.password: ${{TEST_PASSWORD:-a-wrong-one}}
    ssl.ca.location: {tmp_path}/ca.pem
    create:""",
    )
    secret = {"TEST_PASSWORD": "salestream-secret"}
    pipeline.produce("--count", 500, "--rate", "max", **secret)
    running = pipeline.run(**secret)
    pipeline.assert_exact()
    assert "salestream-secret" not in running.stderr + running.stdout

    refused = pipeline.start()
    refused.wait_for_output("uthentication")
    assert refused.terminate() == 0
    assert "a-wrong-one" not in refused.stderr + refused.stdout


def test_two_stores_of_one_pipeline_are_two_groups(kafka, pipelines):
    """Old and new totals beside each other: each must get all messages."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=4))
    pipeline.change(f"\n    group.id: {pipeline.group}", "")
    other = pipeline.folder / "other.db"
    running = [pipeline.start("--quiet"), pipeline.start("--quiet", "--store", f"sqlite:{other}")]
    pipeline.produce("--count", 2000, "--rate", "max")
    wait_until(lambda: pipeline.messages_stored() == 2000, what="all orders in the one store")
    counted = lambda: json.loads(
        pipeline.program.run("status", pipeline.path, "--store", f"sqlite:{other}", "--format", "json").stdout
    )["total"]["orders"]
    wait_until(lambda: counted() == 2000, what="all orders in the other store")
    assert [each.terminate() for each in running] == [0, 0]
    pipeline.assert_exact()
