"""The sink that carries Spark's totals into Cassandra, run by a real Spark against a real Cassandra: values to the
digit, write timestamps, which query may write, and what it does when it can't."""

import json
import shutil
import threading
import types
import uuid

import pytest

from support.proxy import REFUSED, Proxy
from support.spark_sink import VERSION, SinkQueries, build_jar
from support.waiting import wait_until

SUMS = (
    "SELECT split(value, ' ')[0] AS product_name, sum(CAST(split(value, ' ')[1] AS DECIMAL(18, 9))) AS total_sales, "
    "count(1) AS items FROM lines GROUP BY 1"
)
SALES = "text, decimal(2)"
CLAIM = {"pipeline": "shop", "generation": 3}


@pytest.fixture(scope="module")
def jar(tmp_path_factory):
    return build_jar(tmp_path_factory.mktemp("sink"))


@pytest.fixture(scope="module")
def process(jar, cassandra, tmp_path_factory):
    made = SinkQueries(jar, tmp_path_factory.mktemp("queries"), cassandra)
    yield made
    made.close()


@pytest.fixture
def queries(process):
    yield process
    process.settle()  # a test that failed may have left one


@pytest.fixture
def keyspace(cassandra):
    name = cassandra.new_keyspace("sink")
    cassandra.query(f"CREATE KEYSPACE {name} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}")
    return name


@pytest.fixture
def sales(cassandra, keyspace):
    cassandra.query(f"CREATE TABLE {keyspace}.sales (product_name text PRIMARY KEY, total_sales decimal)")
    return f"{keyspace}.sales"


@pytest.fixture
def claimed(cassandra, keyspace, sales):
    """As `sales`, with generation 3 of the pipeline `shop` that Spark counts."""
    cassandra.query(
        f"CREATE TABLE {keyspace}.salestream_pipeline "
        "(pipeline text PRIMARY KEY, generation int, engine text, spark_queries map<text, text>)"
    )
    cassandra.query(
        f"INSERT INTO {keyspace}.salestream_pipeline (pipeline, generation, engine) VALUES ('shop', 3, 'spark')"
    )
    return sales


class HoldingProxy(Proxy):
    """Sends a piece on once `before_sending` has returned."""

    def before_sending(self, piece):  # pylint: disable=method-hidden
        pass

    def _pump(self, connection, source, sink):
        def send(piece):
            self.before_sending(piece)
            sink.sendall(piece)

        super()._pump(connection, source, types.SimpleNamespace(sendall=send))


@pytest.fixture
def proxy(cassandra):
    """A way to Cassandra that can be cut. Give it to queries as contact_points=address_of(proxy)."""
    host, port = cassandra.contact_points.split(":")
    way = HoldingProxy(("127.0.0.1", 0), (host, int(port)))
    yield way
    way.close()


def address_of(proxy):
    return "{}:{}".format(*proxy.address)


def holders(cassandra, table):
    """Totals table -> id of the query that has claimed it."""
    keyspace, _ = table.split(".")
    (row,) = cassandra.query(f"SELECT spark_queries FROM {keyspace}.salestream_pipeline WHERE pipeline = 'shop'")
    return row["spark_queries"] or {}


def id_of(checkpoint):
    """Spark's id of the query that has this checkpoint."""
    return json.loads((checkpoint / "metadata").read_text())["id"]


def totals(cassandra, table):
    return {row["product_name"]: row["total_sales"] for row in cassandra.query(f"SELECT * FROM {table}")}


def test_the_jar_is_small_and_the_same_every_time(jar, tmp_path):
    assert jar.stat().st_size < 40_000
    assert build_jar(tmp_path).read_bytes() == jar.read_bytes()


def test_decimals_are_exact_and_the_version_is_the_write_timestamp(cassandra, queries, sales):
    source = queries.new_input(
        ["Mouse 0.1", "Mouse 0.2", "Zero 0", "Nine 0.000000001", "Cable 12.500000000"],
        ["Mouse 99999999.999999999", "Cable -0.500000000"],
    )
    assert queries.run(sales, SUMS, SALES, source) == "done"
    assert totals(cassandra, sales) == {
        "Mouse": "100000000.299999999",
        "Zero": "0.00",
        "Nine": "0.000000001",
        "Cable": "12.00",
    }
    stamps = {
        row["product_name"]: row["w"]
        for row in cassandra.query(f"SELECT product_name, writetime(total_sales) AS w FROM {sales}")
    }
    assert stamps == {"Mouse": 1_000_004, "Cable": 1_000_003, "Zero": 1_000_002, "Nine": 1_000_002}


def test_every_type_of_column_and_any_name(cassandra, queries, keyspace):
    cassandra.query(
        f'CREATE TABLE {keyspace}."ByClient" (client text, day date, hour timestamp, "order" bigint, units decimal, '
        'lines decimal, "Total R$" decimal, PRIMARY KEY ((client), day, hour))'
    )
    source = queries.new_input(["Zoë's 2025-01-06 2025-01-06T23:00:00 3", "Zoë's 1969-12-31 1969-12-31T23:59:59.999 4"])
    parts = [f"split(value, ' ')[{k}]" for k in range(4)]
    sql = (
        f"SELECT {parts[0]} AS client, CAST({parts[1]} AS DATE) AS day, CAST({parts[2]} AS TIMESTAMP) AS hour, "
        f"sum(CAST({parts[3]} AS BIGINT)) AS `order`, sum(CAST({parts[3]} AS DECIMAL(20, 3))) AS units, "
        "count(1) AS items, count(1) AS lines, "
        f"sum(CAST(1234567890123456789012345678.12 AS DECIMAL(38, 2))) AS `Total R$` FROM lines GROUP BY 1, 2, 3"
    )
    assert (
        queries.run(f"{keyspace}.ByClient", sql, "text,date,timestamp,bigint,decimal(0),decimal(0),decimal(2)", source)
        == "done"
    )
    rows = cassandra.query(
        'SELECT client, CAST(day AS text) AS day, toUnixTimestamp(hour) AS hour_ms, "order" AS n, units, lines, '
        f'"Total R$" AS total FROM {keyspace}."ByClient"'
    )
    total = "1234567890123456789012345678.12"
    assert [tuple(row.values()) for row in rows] == [
        ("Zoë's", "1969-12-31", -1, 4, "4", "1", total),
        ("Zoë's", "2025-01-06", 1736204400000, 3, "3", "1", total),
    ]


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


def test_a_count_from_the_beginning_ends_with_the_same_rows(cassandra, queries, sales):
    """The checkpoint is lost, and nobody has a claim. Fewer batches than before write greater rows."""
    source = queries.new_input(["Mouse 5"], ["Mouse 5"], ["Mouse -9", "Cable 2"])
    assert queries.run(sales, SUMS, SALES, source) == "done"
    checkpoint = queries.new_checkpoint()
    assert queries.run(sales, SUMS, SALES, source, checkpoint, maxFilesPerTrigger=3) == "done"
    assert totals(cassandra, sales) == {"Mouse": "1.00", "Cable": "2.00"}
    queries.add_file(source, "003", ["Mouse -1"])
    assert queries.run(sales, SUMS, SALES, source, checkpoint) == "done"
    assert totals(cassandra, sales) == {"Mouse": "0.00", "Cable": "2.00"}


def test_a_stale_row_does_not_tie(cassandra, queries, sales):
    """It was written by a batch of the same number. Of equal timestamps Cassandra takes the greater value."""
    assert queries.run(sales, SUMS, SALES, queries.new_input(["Mouse 9"])) == "done"
    assert queries.run(sales, SUMS, SALES, queries.new_input(["Mouse 9", "Mouse -5"])) == "done"
    assert totals(cassandra, sales) == {"Mouse": "4.00"}


def test_a_checkpoint_that_is_rolled_back(cassandra, queries, sales, tmp_path):
    """A copy of it from before: batches are numbered again, and made up in another way."""
    source, checkpoint = queries.new_input(["Mouse 5"]), queries.new_checkpoint()
    assert queries.run(sales, SUMS, SALES, source, checkpoint) == "done"
    shutil.copytree(checkpoint, tmp_path / "copy")
    for name in ("001", "002"):
        queries.add_file(source, name, ["Mouse 5"])
    assert queries.run(sales, SUMS, SALES, source, checkpoint) == "done"
    shutil.rmtree(checkpoint)
    shutil.copytree(tmp_path / "copy", checkpoint)
    assert queries.run(sales, SUMS, SALES, source, checkpoint, maxFilesPerTrigger=2) == "done"
    queries.add_file(source, "003", ["Mouse -9"])
    assert queries.run(sales, SUMS, SALES, source, checkpoint) == "done"
    assert totals(cassandra, sales) == {"Mouse": "6.00"}


def test_versions_stay_below_the_next_generation(cassandra, queries, sales):
    source = queries.new_input(["Mouse 1"])

    def run_with(version):
        return queries.run(sales, SUMS.replace("count(1)", f"max(CAST({version} AS BIGINT))"), SALES, source)

    assert "column items of a row is null" in run_with("NULL")
    assert "column items of a row is -1, and a version is from 0 to 68719476735" in run_with(-1)
    assert "column items of a row is 68719476736, and a version" in run_with(2**36)
    assert totals(cassandra, sales) == {}
    assert run_with(2**36 - 1) == "done"
    assert cassandra.query(f"SELECT writetime(total_sales) AS w FROM {sales}") == [{"w": 1_000_000 + 2**36}]


def test_a_query_claims_its_totals_and_goes_on(cassandra, queries, claimed):
    assert holders(cassandra, claimed) == {}
    cassandra.query(f"CREATE TABLE {claimed}_too (product_name text PRIMARY KEY, total_sales decimal)")
    source, checkpoint, other = queries.new_input(["Mouse 1"]), queries.new_checkpoint(), queries.new_checkpoint()
    assert queries.run(claimed, SUMS, SALES, source, checkpoint, **CLAIM) == "done"
    assert holders(cassandra, claimed) == {"sales": id_of(checkpoint)}
    assert queries.run(f"{claimed}_too", SUMS, SALES, source, other, **CLAIM) == "done"
    queries.add_file(source, "001", ["Mouse 2"])
    assert queries.run(claimed, SUMS, SALES, source, checkpoint, **CLAIM) == "done"
    assert holders(cassandra, claimed) == {"sales": id_of(checkpoint), "sales_too": id_of(other)}
    assert totals(cassandra, claimed) == {"Mouse": "3.00"} and totals(cassandra, f"{claimed}_too") == {"Mouse": "1.00"}


def test_what_another_query_fills_is_left_alone(cassandra, queries, claimed):
    """A lost checkpoint looks like this, too: the query that starts over is another one."""
    first, second = queries.new_checkpoint(), queries.new_checkpoint()
    assert queries.run(claimed, SUMS, SALES, queries.new_input(["Mouse 1"]), first, **CLAIM) == "done"
    said = queries.run(claimed, SUMS, SALES, queries.new_input(["Mouse 7", "Mouse 7"]), second, **CLAIM)
    assert (
        f"another query fills {claimed}, totals of the pipeline shop, from another checkpoint: {id_of(first)}" in said
    )
    assert f"this one is {id_of(second)}" in said and "`salestream reset`, then `salestream spark submit`" in said
    assert totals(cassandra, claimed) == {"Mouse": "1.00"} and holders(cassandra, claimed) == {"sales": id_of(first)}


def test_of_two_claims_at_a_time_the_first_counts(cassandra, queries, claimed, proxy):
    """The second is held on its way until the first is there, so it was sent when there was none."""
    is_held, may_go = threading.Event(), threading.Event()

    def hold_the_claim(piece):
        if b"SET spark_queries[?]" in piece:
            is_held.set()
            assert may_go.wait(60)

    proxy.before_sending = hold_the_claim
    checkpoint = queries.new_checkpoint()
    queries.start(
        claimed,
        SUMS,
        SALES,
        queries.new_input(["Mouse 7"]),
        checkpoint,
        contact_points=address_of(proxy),
        **CLAIM,
        request_timeout_ms=60_000,
    )
    assert is_held.wait(60)
    keyspace, _ = claimed.split(".")
    cassandra.query(
        f"UPDATE {keyspace}.salestream_pipeline SET spark_queries['sales'] = 'first' WHERE pipeline = 'shop' "
        "IF generation = 3"
    )
    may_go.set()
    assert f"from another checkpoint: first, and this one is {id_of(checkpoint)}" in queries.answer()
    assert totals(cassandra, claimed) == {} and holders(cassandra, claimed) == {"sales": "first"}


def test_a_checkpoint_of_another_count_is_refused(cassandra, queries, claimed):
    source, checkpoint = queries.new_input(["Mouse 1"]), queries.new_checkpoint()
    elsewhere = f"{claimed}_elsewhere"
    cassandra.query(f"CREATE TABLE {elsewhere} (product_name text PRIMARY KEY, total_sales decimal)")
    assert queries.run(elsewhere, SUMS, SALES, source, checkpoint) == "done"
    queries.add_file(source, "001", ["Mouse 2"])
    said = queries.run(claimed, SUMS, SALES, source, checkpoint, **CLAIM)
    assert (
        f"checkpoint belongs to another count than that of {claimed}, totals of the pipeline shop in generation 3"
        in said
    )
    assert "before its batch 1 would be missing" in said and "another folder as --checkpoint" in said
    assert totals(cassandra, claimed) == {} and holders(cassandra, claimed) == {}


@pytest.mark.parametrize(
    "change, found",
    [
        ("UPDATE {} SET generation = 4, spark_queries = null", "has generation 4"),
        (
            "UPDATE {} SET generation = 4, engine = 'salestream', spark_queries = null",
            "has generation 4, which Spark does not count",
        ),
        ("UPDATE {} SET engine = null", "has generation 3, which Spark does not count"),
        ("DELETE FROM {}", "does not know that pipeline any more"),
    ],
)
def test_a_query_whose_generation_is_over_ends(cassandra, queries, claimed, change, found):
    keyspace, _ = claimed.split(".")
    source, checkpoint = queries.new_input(["Mouse 1"]), queries.new_checkpoint()
    assert queries.run(claimed, SUMS, SALES, source, checkpoint, **CLAIM) == "done"
    # All with the condition, as claims are made: such writes have clocks of their own.
    cassandra.query(change.format(f"{keyspace}.salestream_pipeline") + " WHERE pipeline = 'shop' IF EXISTS")
    queries.add_file(source, "001", ["Mouse 2"])
    for begun in (checkpoint, None):  # at its next batch, and at its first
        said = queries.run(claimed, SUMS, SALES, source, begun, **CLAIM)
        assert "the totals of the pipeline shop are counted anew elsewhere (after `salestream reset`" in said
        assert f"fills {claimed}, is of generation 3, and {keyspace}.salestream_pipeline {found}. So it is over" in said
    assert totals(cassandra, claimed) == {"Mouse": "1.00"}


def test_a_claim_waits_for_cassandra_and_no_longer_than_writes(cassandra, queries, claimed, proxy):
    source = queries.new_input(["Mouse 1"])
    asking = f"which query fills {claimed}, totals of the pipeline shop, could not be asked in"
    proxy.cut(REFUSED)
    said = queries.run(claimed, SUMS, SALES, source, contact_points=address_of(proxy), retry_limit_s=1, **CLAIM)
    assert asking in said and "salestream_pipeline for " in said
    for goes_on in (False, True):
        queries.start(claimed, SUMS, SALES, source, contact_points=address_of(proxy), **CLAIM)
        tries = queries.log_of(asking)
        wait_until(
            lambda: queries.log_of(asking) > tries, 60, "the claim's noticing that Cassandra is unavailable"
        )  # noqa: B023
        if goes_on:
            proxy.heal()
        else:
            queries.stop()
        assert queries.answer() == "done"
        assert totals(cassandra, claimed) == ({"Mouse": "1.00"} if goes_on else {})
    keyspace, _ = claimed.split(".")
    cassandra.query(f"ALTER TABLE {keyspace}.salestream_pipeline DROP spark_queries")
    said = queries.run(claimed, SUMS, SALES, source, **CLAIM)
    assert asking in said and "Cassandra refuses that" in said and "spark_queries" in said


def test_a_session_that_can_not_be_asked_for_is_asked_again(queries, sales, proxy):
    user, session = "somebody", str(uuid.uuid4())
    proxy.cut(REFUSED)  # so that the query lives on
    queries.start(
        sales,
        SUMS,
        SALES,
        queries.new_input(["Mouse 1"]),
        contact_points=address_of(proxy),
        connect_user=user,
        connect_session=session,
        connect_keep_ms=50,
    )
    failed, answers = (
        f"the session {session} of {user} {what}" for what in ("could not be asked for", "answers again")
    )
    wait_until(lambda: queries.log_of(failed), 60, "an ask that failed")
    queries.make_session(user, session)
    wait_until(lambda: queries.log_of(answers), 60, "an ask that was answered")
    assert queries.log_of(failed) == 1
    proxy.heal()
    assert queries.answer() == "done"


@pytest.mark.parametrize("sink", ["CassandraTotals", "TopicTotals"])
def test_the_sink_of_another_version_is_refused(queries, sales, sink):
    said = queries.run(sales, SUMS, SALES, queries.new_input(["Mouse 1"]), sink=sink, sink_version="7.9.0")
    assert f"still has the sink of salestream {VERSION}, and the query is from salestream 7.9.0" in said
    assert "`salestream spark stop`" in said and "session_id=UUID" in said


def test_the_sink_of_the_same_version_counts(cassandra, queries, sales):
    assert queries.run(sales, SUMS, SALES, queries.new_input(["Mouse 1"]), sink_version=VERSION) == "done"
    assert totals(cassandra, sales) == {"Mouse": "1.00"}


@pytest.mark.parametrize(
    "change, said",
    [
        ({"mode": "complete"}, "use output mode update, not complete"),
        (
            {"types": "text"},
            "option types names 1 columns, and the query has 2 beside version_column: product_name, total_sales, items",
        ),
        ({"types": "text,bigint"}, "column total_sales is a decimal(28,9), which it does not write as bigint"),
        ({"version_column": None}, "needs the option version_column"),
        (
            {"version_column": "total_sales"},
            "option version_column is 'total_sales', and the query has no bigint of that name",
        ),
        ({"version_column": "lines"}, "option version_column is 'lines', and the query has no bigint of that name"),
        ({"pipeline": "shop"}, "needs both of the options pipeline and generation, or neither"),
        ({"generation": 3}, "needs both of the options pipeline and generation, or neither"),
        ({"contact_points": None}, "needs the option contact_points"),
        ({"generation_base_us": "soon"}, "generation_base_us is 'soon', not a whole number"),
        ({"consistency": "one"}, "consistency ONE is none of"),
    ],
)
def test_what_can_not_be_meant_is_refused(queries, sales, change, said):
    arguments = {"types": SALES, **change}
    assert said in queries.run(sales, SUMS, source=queries.new_input(["Mouse 1"]), **arguments)


def test_what_cassandra_refuses_fails_at_once(cassandra, queries, sales):
    source = queries.new_input(["Mouse 1"])
    said = queries.run(f"{sales}_too", SUMS, SALES, source)
    assert f"1 totals could not be written to {sales}_too: Cassandra refuses that" in said and "does not exist" in said
    null = SUMS.replace("split(value, ' ')[0]", "nullif(split(value, ' ')[0], 'Mouse')")
    assert "column product_name of a row is null" in queries.run(sales, null, SALES, source)
    assert totals(cassandra, sales) == {}
    said = queries.run(sales, SUMS, SALES, source, contact_points="127.0.0.1:1", retry_limit_s=1)
    assert f"1 totals could not be written to {sales} for " in said


def test_a_cassandra_that_is_away_is_waited_for(services, queries):
    from support.cassandra import Cassandra

    services.start("cassandra", "--heap", "384m")
    node = Cassandra(services)
    node.cql(
        "CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}; "
        "CREATE TABLE k.sales (product_name text PRIMARY KEY, total_sales decimal)"
    )
    node.kill()
    queries.start(
        "k.sales", SUMS, SALES, queries.new_input(["Mouse 1"], ["Mouse 2"]), contact_points=node.contact_points
    )
    wait_until(
        lambda: queries.log_of("1 totals could not be written to k.sales, trying again"),
        60,
        "the sink's noticing that Cassandra is unavailable",
    )
    node.restart()
    assert queries.answer() == "done"
    assert '"total_sales": 3.00' in node.cql("SELECT JSON * FROM k.sales")
