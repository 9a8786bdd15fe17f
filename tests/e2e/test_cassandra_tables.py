"""The commands on Cassandra, end to end, and what any other client sees in the tables."""

import re
from decimal import Decimal

import pytest

from support.orders import lines, order
from support.pipeline import ECOMMERCE, THIRD, VENDAS
from support.stores import CassandraStore
from support.waiting import wait_until

FAULTS = ("--faults", "duplicate=0.02,malformed=0.01,wrong_total=0.02,late=0.01")
BY_HAND = (
    "CREATE KEYSPACE {0} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}; "
    "CREATE TABLE {0}.product_sales (product_name text PRIMARY KEY, total_sales decimal);"
)
COLUMNS = "columns: {product_name: product, total_sales: revenue}"


def columns_of(node, keyspace, table):
    """{column: (type, kind, position)} as Cassandra has them."""
    rows = node.query(
        "SELECT column_name, type, kind, position FROM system_schema.columns "
        f"WHERE keyspace_name = '{keyspace}' AND table_name = '{table}'"
    )
    return {row["column_name"]: (row["type"], row["kind"], row["position"]) for row in rows}


def comments_of(node, keyspace):
    rows = node.query(f"SELECT table_name, comment FROM system_schema.tables WHERE keyspace_name = '{keyspace}'")
    return {row["table_name"]: row["comment"] for row in rows}


def test_a_life(kafka, cassandra, pipelines):
    """init, init again, produce, run, totals, status, run again, reset, run: exact at every stop."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=3), node=cassandra)
    keyspace = pipeline.store.keyspace
    made = pipeline.program.run("init", pipeline.path).stdout
    assert f"made keyspace {keyspace}" in made and f"made table {keyspace}.product_sales" in made
    again = pipeline.program.run("init", pipeline.path).stdout
    assert "made" not in again and again.count("already") == 2
    assert pipeline.totals() == [] and pipeline.status()["total"]["messages"] == 0

    pipeline.produce("--count", 3000, "--rate", "max", "--seed", 7, *FAULTS)
    pipeline.run()
    pipeline.assert_exact()
    status = pipeline.status()
    assert status["total"]["messages"] == 3000 and all(each["lag"] == 0 for each in status["partitions"])
    assert status["store"] == pipeline.store.place()
    assert kafka.committed(pipeline.group, pipeline.topic) == kafka.end_offsets(pipeline.topic)

    before = pipeline.content()
    pipeline.run("--workers", 2)  # nothing is left to count
    assert pipeline.content() == before
    pipeline.program.run("init", pipeline.path)  # changes nothing
    assert pipeline.content() == before

    pipeline.reset()
    assert pipeline.totals() == [] and pipeline.store.rows("product_sales") == []
    assert pipeline.store.rejects() == [] and pipeline.store.progress() == []
    pipeline.produce("--count", 500, "--rate", "max", "--seed", 8, "--truth-add", *FAULTS)
    pipeline.run("--workers", 2)
    pipeline.assert_exact()


@pytest.mark.parametrize("base", [ECOMMERCE, VENDAS, THIRD], ids=lambda base: base.stem)
def test_every_format_with_store_on_the_command_line(kafka, cassandra, pipelines, base):
    pipeline = pipelines(base, kafka, kafka.new_topic(partitions=2))
    pipeline.produce("--count", 2000, "--rate", "max", "--seed", 3, *FAULTS)
    store = CassandraStore(cassandra, cassandra.new_keyspace())
    place = ("--store", store.place())
    pipeline.program.run("run", pipeline.path, "--until-end", *place)
    assert not pipeline.store_file.exists()
    pipeline.use_store(store)  # the same place, named by the file
    pipeline.assert_exact()
    assert (
        pipeline.program.run("totals", pipeline.path, *place).stdout
        == pipeline.program.run("totals", pipeline.path).stdout
    )


def test_every_column_has_its_type(kafka, cassandra, pipelines):
    pipeline = pipelines(
        ECOMMERCE,
        kafka,
        kafka.new_topic(),
        [
            (
                COLUMNS,
                "columns: {product_name: product, total_sales: revenue, units_sold: units, orders: orders}\n"
                "  client_products:\n    by: [client, product]\n"
                "    columns: {orders: orders, product: product, client: client, units: units, Spent: revenue}",
            )
        ],
        node=cassandra,
    )
    pipeline.produce("--count", 1000, "--rate", "max", *FAULTS)
    pipeline.run()
    pipeline.assert_exact()
    keyspace = pipeline.store.keyspace
    assert columns_of(cassandra, keyspace, "product_sales") == {
        "product_name": ("text", "partition_key", 0),
        "total_sales": ("decimal", "regular", -1),
        "units_sold": ("decimal", "regular", -1),
        "orders": ("bigint", "regular", -1),
    }
    assert columns_of(cassandra, keyspace, "client_products") == {
        "client": ("text", "partition_key", 0),
        "product": ("text", "clustering", 0),
        "orders": ("bigint", "regular", -1),
        "units": ("decimal", "regular", -1),
        "Spent": ("decimal", "regular", -1),
    }
    comments = comments_of(cassandra, keyspace)
    assert all(comments.values()), "each table says what it is"
    assert set(comments) == {
        "product_sales",
        "product_sales_cells",
        "client_products",
        "client_products_cells",
        "salestream_pipeline",
        "salestream_tables",
        "salestream_progress",
        "salestream_rejects",
        "salestream_resends",
        "salestream_resent",
    }
    client = pipeline.store.rows("client_products")[0]["client"].replace("'", "''")
    by_client = cassandra.query(f"SELECT product, orders FROM {keyspace}.client_products WHERE client = '{client}'")
    assert by_client, "a client's rows are one partition"


def test_a_table_made_by_hand_is_used_as_it_is(kafka, cassandra, pipelines):
    """With exactly the statements of the reference system, filled by its job a moment ago: whose rows give way."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=2), node=cassandra)
    keyspace = pipeline.store.keyspace
    cassandra.cql(
        BY_HAND.format(keyspace)
        + f"INSERT INTO {keyspace}.product_sales (product_name, total_sales) VALUES ('Laptop', 99999999.99);"
        f"INSERT INTO {keyspace}.product_sales (product_name, total_sales) VALUES ('Mouse', -1);"
        f"INSERT INTO {keyspace}.product_sales (product_name, total_sales) VALUES ('Fax machine', 17.5);"
        f"INSERT INTO {keyspace}.product_sales (product_name) VALUES ('Typewriter');"
    )
    table_id = (
        "SELECT id FROM system_schema.tables " f"WHERE keyspace_name = '{keyspace}' AND table_name = 'product_sales'"
    )
    before = columns_of(cassandra, keyspace, "product_sales"), cassandra.query(table_id)
    pipeline.produce("--count", 2000, "--rate", "max", *FAULTS)
    running = pipeline.run()
    assert "4 rows" in running.stderr and "gave way" in running.stderr
    pipeline.assert_exact()
    assert (columns_of(cassandra, keyspace, "product_sales"), cassandra.query(table_id)) == before
    pipeline.reset()  # ours to empty, not ours to drop
    assert (columns_of(cassandra, keyspace, "product_sales"), cassandra.query(table_id)) == before
    assert pipeline.store.rows("product_sales") == []


def test_cqlsh_shows_plain_exact_decimals(cassandra, pipelines, tmp_path):
    pipeline = pipelines(ECOMMERCE, node=cassandra)
    pipeline.reads(tmp_path / "orders.jsonl")
    (tmp_path / "orders.jsonl").write_bytes(
        lines(
            [
                order(("Tiny", "0.001", "0.001")),
                order(("Round", "100", "1000000")),
                order(("Half", "1", "0.5")),
                order(("Nothing", "0", "12.5")),
                order(("Long", "3", "0.123456789")),
                order(("Huge", "1000000000", "123456.78")),
                order(("Ação ü 日本", "2", "10.25")),
            ]
        )
    )
    pipeline.run()
    shown = cassandra.cql(f"SELECT * FROM {pipeline.store.keyspace}.product_sales")
    rows = dict(re.findall(r"^\s*(\S.*?) \|\s+(\S+)$", shown, re.M))
    del rows["product_name"]
    assert rows == {
        "Tiny": "0.000001",
        "Round": "100000000.00",
        "Half": "0.50",
        "Nothing": "0.00",
        "Long": "0.370370367",
        "Huge": "123456780000000.00",
        "Ação ü 日本": "20.50",
    }


def test_cqlsh_shows_the_truth(kafka, cassandra, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=2), node=cassandra)
    pipeline.produce("--count", 2000, "--rate", "max", "--seed", 5, *FAULTS)
    pipeline.run()
    shown = cassandra.cql(f"SELECT * FROM {pipeline.store.keyspace}.product_sales")
    rows = re.findall(r"^\s*(\S.*?) \|\s+(\d+\.\d\d+)$", shown, re.M)
    truth = {row["key"][0]: Decimal(row["revenue"]) for row in pipeline.truth["tables"]["product_sales"]}
    assert {name: Decimal(value) for name, value in rows} == truth
    assert f"({len(truth)} rows)" in shown


@pytest.mark.parametrize(
    "definition, said",
    [
        ("(product_name text PRIMARY KEY, total_sales double)", ["total_sales double", "total_sales decimal"]),
        ("(product_name text PRIMARY KEY, total_sales decimal, note text)", ["it has note text"]),
        ("(product_name text PRIMARY KEY)", ["it should have total_sales decimal"]),
        (
            "(id uuid PRIMARY KEY, product_name text, total_sales decimal)",
            ["id uuid (partition key", "product_name text (partition"],
        ),
        (
            "(product_name text, total_sales decimal, PRIMARY KEY (product_name, total_sales))",
            ["total_sales decimal (clustering"],
        ),
        (
            "(product_name text PRIMARY KEY, total_sales decimal) WITH default_time_to_live = 60",
            ["default_time_to_live"],
        ),
    ],
    ids=["type", "more", "missing", "other-key", "clustering", "time-to-live"],
)
def test_a_table_of_another_shape(cassandra, pipelines, tmp_path, definition, said):
    """An error that shows the difference; nothing is made and nothing is changed."""
    pipeline = pipelines(ECOMMERCE, node=cassandra)
    keyspace = pipeline.store.keyspace
    pipeline.reads(tmp_path / "orders.jsonl")
    (tmp_path / "orders.jsonl").write_bytes(lines([order(("Mouse", "1", "1"))]))
    cassandra.query(
        f"CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
    )
    cassandra.query(f"CREATE TABLE {keyspace}.product_sales {definition}")
    before = columns_of(cassandra, keyspace, "product_sales")
    for command in (("init",), ("run", "--until-end")):
        name, *flags = command
        refused = pipeline.program.run(name, pipeline.path, *pipeline.source, *flags, status=1)
        for text in (cassandra.contact_points, "product_sales", *said):
            assert text in refused.stderr, refused.description()
    assert columns_of(cassandra, keyspace, "product_sales") == before
    assert list(comments_of(cassandra, keyspace)) == ["product_sales"]


def test_an_emptied_table_comes_back_with_the_next_orders(kafka, cassandra, pipelines):
    """As docs/cassandra.md says of TRUNCATE, and of a table that was dropped and recreated."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(), node=cassandra)
    kafka.produce(pipeline.topic, [order(("Mouse", "1", "1")), order(("SSD", "1", "2"))])
    pipeline.run()
    cassandra.query(f"TRUNCATE {pipeline.store.keyspace}.product_sales")
    kafka.produce(pipeline.topic, [order(("Mouse", "1", "10"))])
    pipeline.run()
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "11.00"}]

    cassandra.query(f"DROP TABLE {pipeline.store.keyspace}.product_sales")
    stopped = pipeline.run(status=1)
    assert "product_sales is gone" in stopped.stderr and "salestream reset" in stopped.stderr
    pipeline.reset()
    pipeline.run()
    assert pipeline.totals() == [
        {"product_name": "Mouse", "total_sales": "11.00"},
        {"product_name": "SSD", "total_sales": "2.00"},
    ]


def test_rows_of_a_run_are_seen_while_it_runs(kafka, cassandra, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=2), node=cassandra)
    running = pipeline.start("--quiet")
    for seed in range(3):
        pipeline.produce("--count", 300, "--rate", "max", "--seed", seed, "--truth-add", *FAULTS)
        wait_until(lambda: pipeline.messages_stored() == pipeline.truth["messages"], what="all orders in the store")
        pipeline.assert_exact()
    assert running.terminate() == 0


def test_a_server_has_nothing_to_warn_of(kafka, cassandra, pipelines):
    """Small rows travel together, but no more of them than Cassandra's own settings allow."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(), node=cassandra)
    before = len(cassandra.log())
    kafka.produce(pipeline.topic, [order((f"{'a long name ' * (k % 40)}{k}", "1", "1")) for k in range(2_000)])
    pipeline.run()
    assert len(pipeline.totals()) == 2_000
    warned = [line for line in cassandra.log()[before:].splitlines() if " WARN " in line and "atch" in line]
    assert not warned
