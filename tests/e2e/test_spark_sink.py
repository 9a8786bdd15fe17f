"""The sink that carries Spark's totals into Cassandra, run by a real Spark against a real Cassandra: values to the digit,
write timestamps, and what it does when it can't write."""

import pytest

from support.spark_sink import SinkQueries, build_jar
from support.waiting import wait_until

SUMS = ("SELECT split(value, ' ')[0] AS product_name, sum(CAST(split(value, ' ')[1] AS DECIMAL(18, 9))) AS total_sales "
        "FROM lines GROUP BY 1")
SALES = "text, decimal(2)"


@pytest.fixture(scope="module")
def jar(tmp_path_factory):
    return build_jar(tmp_path_factory.mktemp("sink"))


@pytest.fixture(scope="module")
def queries(jar, cassandra, tmp_path_factory):
    process = SinkQueries(jar, tmp_path_factory.mktemp("queries"), cassandra)
    yield process
    process.close()


@pytest.fixture
def keyspace(cassandra):
    name = cassandra.new_keyspace("sink")
    cassandra.query(f"CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    return name


@pytest.fixture
def sales(cassandra, keyspace):
    cassandra.query(f"CREATE TABLE {keyspace}.sales (product_name text PRIMARY KEY, total_sales decimal)")
    return f"{keyspace}.sales"


def totals(cassandra, table):
    return {row["product_name"]: row["total_sales"] for row in cassandra.query(f"SELECT * FROM {table}")}


def test_the_jar_is_small_and_the_same_every_time(jar, tmp_path):
    assert jar.stat().st_size < 40_000
    assert build_jar(tmp_path).read_bytes() == jar.read_bytes()


def test_decimals_are_exact_and_each_batch_raises_the_write_timestamp(cassandra, queries, sales):
    source = queries.new_input(["Mouse 0.1", "Mouse 0.2", "Zero 0", "Nine 0.000000001", "Cable 12.500000000"],
                               ["Mouse 99999999.999999999", "Cable -0.500000000"])
    assert queries.run(sales, SUMS, SALES, source) == "done"
    assert totals(cassandra, sales) == {"Mouse": "100000000.299999999", "Zero": "0.00", "Nine": "0.000000001", "Cable": "12.00"}
    stamps = {row["product_name"]: row["w"] for row in
              cassandra.query(f"SELECT product_name, writetime(total_sales) AS w FROM {sales}")}
    assert stamps == {"Mouse": 1_000_002, "Cable": 1_000_002, "Zero": 1_000_001, "Nine": 1_000_001}


def test_every_type_of_column_and_any_name(cassandra, queries, keyspace):
    cassandra.query(f'CREATE TABLE {keyspace}."ByClient" (client text, day date, hour timestamp, "order" bigint, units decimal, '
                    'lines decimal, "Total R$" decimal, PRIMARY KEY ((client), day, hour))')
    source = queries.new_input(["Zoë's 2025-01-06 2025-01-06T23:00:00 3", "Zoë's 1969-12-31 1969-12-31T23:59:59.999 4"])
    parts = [f"split(value, ' ')[{k}]" for k in range(4)]
    sql = (f"SELECT {parts[0]} AS client, CAST({parts[1]} AS DATE) AS day, CAST({parts[2]} AS TIMESTAMP) AS hour, "
           f"sum(CAST({parts[3]} AS BIGINT)) AS `order`, sum(CAST({parts[3]} AS DECIMAL(20, 3))) AS units, count(1) AS lines, "
           f"sum(CAST(1234567890123456789012345678.12 AS DECIMAL(38, 2))) AS `Total R$` FROM lines GROUP BY 1, 2, 3")
    assert queries.run(f"{keyspace}.ByClient", sql, "text,date,timestamp,bigint,decimal(0),decimal(0),decimal(2)", source) == "done"
    rows = cassandra.query('SELECT client, CAST(day AS text) AS day, toUnixTimestamp(hour) AS hour_ms, "order" AS n, units, lines, '
                           f'"Total R$" AS total FROM {keyspace}."ByClient"')
    total = "1234567890123456789012345678.12"
    assert [tuple(row.values()) for row in rows] == [("Zoë's", "1969-12-31", -1, 4, "4", "1", total),
                                                     ("Zoë's", "2025-01-06", 1736204400000, 3, "3", "1", total)]


def test_an_older_generation_can_not_win(cassandra, queries, sales):
    assert queries.run(sales, SUMS, SALES, queries.new_input(["Mouse 1"]), generation_base_us=2_000_000) == "done"
    assert queries.run(sales, SUMS, SALES, queries.new_input(["Mouse 7"])) == "done"
    assert totals(cassandra, sales) == {"Mouse": "1.00"}


def test_a_query_goes_on_from_its_checkpoint(cassandra, queries, sales):
    source, checkpoint = queries.new_input(["Mouse 1"]), queries.new_checkpoint()
    assert queries.run(sales, SUMS, SALES, source, checkpoint) == "done"
    (checkpoint / "commits" / "0").unlink()  # as when it was killed after it had written
    (checkpoint / "commits" / ".0.crc").unlink(missing_ok=True)
    queries.add_file(source, "001", ["Mouse 2"])
    assert queries.run(sales, SUMS, SALES, source, checkpoint) == "done"
    assert totals(cassandra, sales) == {"Mouse": "3.00"}


@pytest.mark.parametrize("change, said", [
    ({"mode": "complete"}, "use output mode update, not complete"),
    ({"types": "text"}, "option types names 1 columns, and the query has 2: product_name, total_sales"),
    ({"types": "text,bigint"}, "column total_sales is a decimal(28,9), which it does not write as bigint"),
    ({"contact_points": None}, "needs the option contact_points"),
    ({"generation_base_us": "soon"}, "generation_base_us is 'soon', not a whole number"),
    ({"consistency": "one"}, "consistency ONE is none of"),
])
def test_what_can_not_be_meant_is_refused(queries, sales, change, said):
    arguments = {"types": SALES, **change}
    assert said in queries.run(sales, SUMS, source=queries.new_input(["Mouse 1"]), **arguments)


def test_what_cassandra_refuses_fails_at_once(cassandra, queries, sales):
    source = queries.new_input(["Mouse 1"])
    said = queries.run(f"{sales}_too", SUMS, SALES, source)
    assert f"1 totals could not be written to {sales}_too: Cassandra refuses them" in said and "does not exist" in said
    null = SUMS.replace("split(value, ' ')[0]", "nullif(split(value, ' ')[0], 'Mouse')")
    assert "column product_name of a row is null" in queries.run(sales, null, SALES, source)
    assert totals(cassandra, sales) == {}
    said = queries.run(sales, SUMS, SALES, source, contact_points="127.0.0.1:1", retry_limit_s=1)
    assert f"1 totals could not be written to {sales}: Cassandra took none for" in said


def test_a_cassandra_that_is_away_is_waited_for(services, queries):
    from support.cassandra import Cassandra
    services.start("cassandra", "--heap", "384m")
    node = Cassandra(services)
    node.cql("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; "
             "CREATE TABLE k.sales (product_name text PRIMARY KEY, total_sales decimal)")
    node.kill()
    queries.start("k.sales", SUMS, SALES, queries.new_input(["Mouse 1"], ["Mouse 2"]), contact_points=node.contact_points)
    wait_until(lambda: "1 rows of k.sales could not be written, trying again" in queries.log.read_text(errors="replace"), 60,
               "the sink's noticing that Cassandra is away")
    node.restart()
    assert queries.answer() == "done"
    assert '"total_sales": 3.00' in node.cql("SELECT JSON * FROM k.sales")
