"""`salestream spark`, against a real Spark Connect server, Kafka and Cassandra: the same pipeline file counted by
Spark, watched and stopped from anywhere, exact whatever happens to the server, and never by two engines at a time."""

import json
import random
import re
import shutil
import signal

import pytest

from support.orders import order
from support.pipeline import ECOMMERCE
from support.services import ports
from support.waiting import wait_until

_FIRST_BATCH_S = 400  # Spark loads and compiles much before its first batch, on a machine that tests and builds share
_SEED = 20261122


class OnSpark:
    """A pipeline, and the commands of `salestream spark` on it."""

    def __init__(self, pipeline, server, checkpoint):
        self.pipeline, self.server, self.checkpoint = pipeline, server, checkpoint

    def command(self, verb, *flags, **more):
        remote = () if "--remote" in flags else ("--remote", self.server.remote)
        return self.pipeline.program.run(
            "spark", verb, self.pipeline.path, *remote, *flags, **{"timeout_s": _FIRST_BATCH_S, **more}
        )

    def submit(self, *flags, **more):
        return self.command("submit", "--checkpoint", self.checkpoint, "--detach", *flags, **more)

    def status(self, **more):
        return json.loads(self.command("status", "--format", "json", **more).stdout)

    def await_exact(self, timeout_s=_FIRST_BATCH_S):
        truth = self.pipeline.truth

        def is_exact():
            for table in self.pipeline.tables():
                assert table.found(self.pipeline.totals(table.name)) == table.expected(truth)
            return True

        wait_until(is_exact, timeout_s, "exact totals", every_s=0.5)


@pytest.fixture
def on_spark(kafka, cassandra, pipelines, tmp_path):
    """Makes pipelines for a server, with orders in their topic already; their queries are stopped with the test."""
    made = []

    def make(server, orders=2000, partitions=2, changes=()):
        pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=partitions), changes, node=cassandra)
        # A session on the server belongs to the pipeline's name, and each of these has one of its own.
        pipeline.change("pipeline: ecommerce_sales", f"pipeline: sales_{pipeline.topic.replace('-', '_')}")
        if orders:
            pipeline.produce("--count", orders, "--rate", "max", "--faults", "malformed=0.01,duplicate=0.02")
        made.append(OnSpark(pipeline, server, tmp_path / "checkpoints"))
        return made[-1]

    yield make
    for each in made:
        each.command("stop", status=None)


def test_a_life(spark, on_spark):
    """submit, status, watch, stop; a client that knows nothing of the one before; submit again goes on; run is refused
    until it takes over, and then submit is."""
    sales = on_spark(spark)
    pipeline = sales.pipeline
    submitted = sales.submit()
    assert "monitoring page: http://127.0.0.1:" in submitted.stderr
    sales.await_exact()

    # From another folder, with nothing but the pipeline file: another machine knows no more.
    (query,) = sales.status()["queries"]
    assert query["is_active"] and query["table"] == "product_sales"
    # Spark ends a session that nobody asks for anything for an hour. This thread asks, in ways that Spark does not
    # promise.
    assert "salestream-session-keep-alive" in {thread["threadName"] for thread in spark.threads()}
    assert "can't be kept from timing out" not in spark.log()
    assert query["progress"]["state_rows"] == len(pipeline.totals())
    text = sales.command("status").stdout
    assert "product_sales" in text and f"monitoring  {spark.page}" in text
    refused = sales.submit(status=1).stderr
    assert "runs already" in refused and "spark stop" in refused

    watching = pipeline.program.start("spark", "watch", pipeline.path, "--remote", spark.remote)
    watching.wait_for_output("product_sales: batch")
    pipeline.produce("--count", 500, "--rate", "max", "--truth-add", "--faults", "malformed=0.1")
    sales.await_exact()
    wait_until(
        lambda: re.search(r"batch [1-9]\d*: [\d,]+ messages in .* caught up; .* rejects left out", watching.stdout),
        what="a further batch in watch",
    )
    assert watching.stop(signal.SIGINT) == 0
    assert "go on without this program" in watching.stderr
    assert sales.status()["queries"][0]["is_active"]

    assert "stopped salestream:" in sales.command("stop").stdout
    ended = sales.command("status", status=1)
    assert "not running" in ended.stdout and "no query of the pipeline" in ended.stderr
    assert "no query of the pipeline" in sales.command("stop", status=1).stderr

    pipeline.produce("--count", 500, "--rate", "max", "--truth-add")
    sales.submit()
    sales.await_exact()
    assert sales.status()["queries"][0]["progress"]["next_offsets"] == 3000, "from the checkpoint on"


def test_one_engine_at_a_time(spark, on_spark):
    sales = on_spark(spark, orders=600)
    pipeline = sales.pipeline
    pipeline.run()
    pipeline.assert_exact()
    refused = sales.submit(status=1).stderr
    assert "`salestream run` fills the totals" in refused and "--take-over" in refused
    pipeline.assert_exact()

    running = pipeline.start("--quiet")
    members = wait_until(
        lambda: "salestream at 127.0.0.1" in sales.submit("--take-over", status=None).stderr,
        30,
        "a refusal that names the run",
    )
    assert members
    running.terminate()
    sales.submit("--take-over")
    sales.await_exact()

    # What each command says of totals that Spark fills.
    program = pipeline.program
    for command in ("status", "audit"):
        said = program.run(command, pipeline.path, status=1).stderr
        assert "Spark fills the totals" in said and "salestream spark status" in said
    assert "Spark only counts them" in program.run("rejects", "list", pipeline.path, status=1).stderr
    refused = pipeline.run(status=1).stderr
    assert "Spark fills the totals" in refused and "--take-over" in refused
    sales.await_exact()

    sales.command("stop")
    pipeline.produce("--count", 100, "--rate", "max", "--truth-add")
    pipeline.run("--take-over")
    pipeline.assert_exact()
    pipeline.run("--take-over")  # nothing is left to take over, so nothing starts over
    pipeline.assert_exact()

    sales.submit("--take-over")
    sales.await_exact()
    assert "spark stop" in pipeline.reset().stdout
    assert pipeline.totals() == []
    sales.command("stop")


ALL_MEASURES_AND_WINDOWS = [
    (
        "total_sales: revenue}",
        "total_sales: revenue, units: units, orders: orders}\n"
        "  hours:\n    by: [hour, product]\n"
        "    columns: {product_name: product, hour: hour, orders: orders, units: units, total_sales: revenue}",
    )
]


def test_100_000_orders_as_our_own_engine_counts_them(kafka, spark, on_spark, pipelines):
    sales = on_spark(spark, orders=100_000, partitions=4, changes=ALL_MEASURES_AND_WINDOWS)
    ours = pipelines(ECOMMERCE, kafka, sales.pipeline.topic, ALL_MEASURES_AND_WINDOWS)
    ours.run()
    expected = {table.name: ours.totals(table.name) for table in ours.tables()}
    sales.submit()

    def same_rows():
        for name, rows in expected.items():
            found = {json.dumps(row, sort_keys=True) for row in sales.pipeline.totals(name)}
            assert found == {json.dumps(row, sort_keys=True) for row in rows}, name
        return True

    wait_until(same_rows, 2 * _FIRST_BATCH_S, "the rows of our own engine", every_s=1)


def test_kills_of_the_server(own_spark, on_spark):
    """SIGKILL at random moments while orders flow: submitted again, Spark goes on from its checkpoint, and the totals
    are the truth."""
    sales = on_spark(own_spark, orders=200, changes=ALL_MEASURES_AND_WINDOWS)
    moments = random.Random(_SEED)
    sales.submit("--trigger-interval", "0.2")
    producing = sales.pipeline.program.start(
        "produce", sales.pipeline.path, "--rate", 50, "--truth", sales.pipeline.truth_file, "--truth-add"
    )
    for _ in range(2):
        further = moments.randint(1, 3)
        batches = {each["table"]: each["progress"]["batch"] + further for each in sales.status()["queries"]}
        assert set(batches) == {"product_sales", "hours"}
        wait_until(
            lambda: all(each["progress"]["batch"] >= batches[each["table"]] for each in sales.status()["queries"]),
            _FIRST_BATCH_S,
            "further batches",
        )
        own_spark.kill()
        gone = sales.command("status", status=1).stderr
        assert "no Spark Connect server answers there" in gone
        own_spark.restart()
        assert "was restarted" in sales.command("status", status=1).stderr
        sales.submit("--trigger-interval", "0.2")
    assert producing.terminate() == 0
    sales.await_exact()


def test_a_lost_checkpoint_is_an_error(spark, on_spark):
    """What has expired from the topic since would be missing from a count that begins again: no total may be wrong
    silently."""
    sales = on_spark(spark, orders=300)
    sales.submit("--trigger-interval", "0.2")
    for _ in range(2):
        sales.pipeline.produce("--count", 100, "--rate", "max", "--truth-add")
        sales.await_exact()
    assert sales.status()["queries"][0]["progress"]["batch"] > 0
    sales.command("stop")
    shutil.rmtree(sales.checkpoint)
    sales.pipeline.produce("--count", 100, "--rate", "max", "--truth-add")
    refused = sales.submit(status=1).stderr
    assert "another query fills" in refused and "if it is lost" in refused and "salestream reset" in refused
    assert "no query of the pipeline" in sales.command("status", status=1).stderr

    sales.pipeline.reset()
    sales.submit()
    sales.await_exact()


def test_watch_bears_an_outage(own_spark, on_spark):
    sales = on_spark(own_spark, orders=100)
    sales.submit()
    watching = sales.pipeline.program.start("spark", "watch", sales.pipeline.path, "--remote", own_spark.remote)
    watching.wait_for_output("caught up", _FIRST_BATCH_S)
    own_spark.kill()
    watching.wait_for_output("trying again")
    own_spark.restart()
    assert watching.wait(_FIRST_BATCH_S) == 1
    assert "the server was restarted" in watching.stderr and "from its checkpoint" in watching.stderr


def last_rows(kafka, topic):
    """{table: {product: row}} of the last message of each key, by the version in its header."""
    rows, versions = {}, {}
    for message in kafka.records(topic):
        key, headers = json.loads(message.key), message.headers
        version = int(headers["version"])
        assert headers["table"] == key["table"] and version >= versions.get(message.key, 0)
        versions[message.key] = version
        rows.setdefault(key["table"], {})[key["product_name"]] = json.loads(message.value, parse_float=str)
    return rows


def test_into_a_topic(kafka, spark, on_spark):
    """The last message of each key is its total, and each table has keys of its own."""
    sales = on_spark(
        spark,
        orders=500,
        partitions=1,
        changes=[
            (
                "total_sales: revenue}",
                "total_sales: revenue}\n"
                "  product_units:\n    by: [product]\n"
                "    columns: {product_name: product, units: units, orders: orders, revenue: revenue}",
            )
        ],
    )
    kafka.produce(sales.pipeline.topic, [order(("Nothing", 1, "0")), order(("Tiny", "0.0000005", "1"), total="null")])
    topic = f"{sales.pipeline.topic}-totals"
    sales.submit("--to-topic", topic)

    def is_exact():
        found = last_rows(kafka, topic)
        assert found["product_sales"].pop("Nothing") == {"product_name": "Nothing", "total_sales": "0.00"}
        assert found["product_sales"].pop("Tiny") == {"product_name": "Tiny", "total_sales": "0.0000005"}
        assert found["product_units"].pop("Nothing") == {
            "product_name": "Nothing",
            "units": "1",
            "orders": 1,
            "revenue": "0.00",
        }
        assert found["product_units"].pop("Tiny")["units"] == "0.0000005"
        for table in sales.pipeline.tables():
            assert table.found(found[table.name].values()) == table.expected(sales.pipeline.truth)
        return True

    wait_until(is_exact, _FIRST_BATCH_S, "the totals in the topic", every_s=1)
    refused = sales.submit("--to-topic", topic, "--take-over", status=2).stderr
    assert "--take-over" in refused

    # A table that leaves the pipeline file takes no query out of sight; other totals are another count.
    sales.pipeline.path.write_text(
        sales.pipeline.path.read_text().split("  product_units:")[0] + "\n" + "  product_only:\n"
        "    by: [product]\n    columns: {product_name: product, orders: orders}\n"
        + sales.pipeline.path.read_text().split("revenue: revenue}\n")[1]
    )
    assert {each["table"]: each["is_active"] for each in sales.status(status=1)["queries"]} == {
        "product_sales": True,
        "product_only": False,
        "product_units": True,
    }
    assert sales.command("stop").stdout.count("stopped salestream:") == 2
    sales.submit("--to-topic", topic)
    wait_until(
        lambda: len(last_rows(kafka, topic).get("product_only", {})) == 22, _FIRST_BATCH_S, "a count from the beginning"
    )


def test_no_page_shows_a_secret(spark, on_spark):
    """Spark shows statements with their options on its pages."""
    sales = on_spark(spark, orders=10)
    sales.pipeline.change(
        "bootstrap.servers: ",
        "ssl.key.password: 's3cret), (\"key'\n"
        "    ssl.key.pem: \"-----BEGIN PRIVATE KEY-----\\ns3cret\\n-----END PRIVATE KEY-----\"\n"
        "    bootstrap.servers: ",
    )
    sales.submit("--to-topic", f"{sales.pipeline.topic}-totals", "--conf", "spark.sql.shuffle.partitions=2")
    pages = {
        path: spark.page_text(path) for path in ("/connect/", "/SQL/", "/StreamingQuery/", "/environment/", "/jobs/")
    }
    statements = re.findall(
        r'href="[^"]*(/(?:SQL/execution/\?id=|connect/session/\?id=)[^"&]*)', "".join(pages.values())
    )
    assert statements, "the pages have changed"
    pages.update((path, spark.page_text(path)) for path in statements)
    assert "WriteStreamOperationStart" in "".join(pages.values()) or "write_stream_operation_start" in "".join(
        pages.values()
    )
    shown = [
        f"{path}: {text[max(0, at - 300):at + 50]}" for path, text in pages.items() if (at := text.find("s3cret")) >= 0
    ]
    assert shown == []


def test_errors_for_people(spark, on_spark):
    sales = on_spark(spark, orders=0)
    nowhere = f"sc://127.0.0.1:{ports.free()}"
    said = sales.command("status", "--remote", nowhere, status=1).stderr
    assert f"{nowhere}: no Spark Connect server answers there" in said
    said = sales.command("status", "--remote", f"{spark.remote}/;use_ssl=true;token=s3cret", status=1).stderr
    assert "a server without TLS does not answer to that" in said and "s3cret" not in said
    said = sales.command("status", "--remote", "spark://h:7077", status=2).stderr
    assert "begin with sc://" in said
    said = sales.pipeline.program.run("spark", "status", sales.pipeline.path, status=2, SPARK_REMOTE="").stderr
    assert "SPARK_REMOTE" in said
    assert not sales.pipeline.program.run(
        "spark", "status", sales.pipeline.path, status=1, SPARK_REMOTE=spark.remote
    ).stderr.count("SPARK_REMOTE")

    said = sales.command("submit", "--detach", status=2).stderr
    assert "--checkpoint DIR" in said
    said = sales.command("submit", "--checkpoint", "ck", status=2).stderr
    assert "--checkpoint ck" in said and "from the root" in said
    said = sales.submit("--to-topic", sales.pipeline.topic, status=2).stderr
    assert "the topic that the orders are read from" in said
    said = sales.submit("--store", f"sqlite:{sales.pipeline.folder}/x.db", status=2).stderr
    assert "--store cassandra:" in said and "--to-topic" in said
    # Spark's own words, in one line.
    said = sales.command("submit", "--checkpoint", "nowhere://x", "--detach", status=1).stderr
    assert "nowhere" in said and "\tat " not in said and "org.apache" not in said
    assert len([line for line in said.splitlines() if " info " not in line]) == 1, said
