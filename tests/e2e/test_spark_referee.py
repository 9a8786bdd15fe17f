"""Spark as the referee: what `salestream explain --only spark` prints, pasted into a real Spark, gives the totals and
the rejected messages that our engine gives, message by message and row by row; and where it can't, docs/spark.md says
so, line by line."""

import datetime
import re
from decimal import Decimal

import pytest

from support import places
from support.orders import order
from support.pipeline import ECOMMERCE, VENDAS, Pipeline
from support.program import Salestream
from support.spark_sql import SparkSql

DOCUMENT = places.ROOT / "docs" / "spark.md"
FAULTS = ("--faults", "duplicate=0.01,malformed=0.02,wrong_total=0.02,late=0.02")


@pytest.fixture(name="spark_sql", scope="module")
def spark_of_this_module(tmp_path_factory):
    spark = SparkSql(tmp_path_factory.mktemp("spark"))
    yield spark
    spark.close()


def explained(pipeline):
    """What a Spark user pastes."""
    return pipeline.program.run("explain", pipeline.path, "--only", "spark").stdout


def without_totals(text):
    """The same up to what it says of each message, without the totals."""
    header, table, *_ = text.split("\n-- Totals table ")
    steps = table[table.index("\n") : table.rindex("\n)\nSELECT\n") + 3]
    return f"{header}{steps}SELECT `partition`, `offset`, reason, wrong_total FROM salestream_judged;\n"


def comparable(row):
    """A row, from either writer: numbers by their value, times by their moment."""

    def value_of(value):
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT.*", value):
            return datetime.datetime.fromisoformat(value)
        if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
            return Decimal(value)
        return value

    return tuple(sorted((name, value_of(value)) for name, value in row.items()))


def reasons_in_spark(spark_sql, text):
    """{(partition, offset): reason} of the rejected messages, the number of all messages, and of wrong totals."""
    (messages,) = spark_sql.run(without_totals(text))
    return (
        {(row["partition"], row["offset"]): row["reason"] for row in messages if "reason" in row},
        len(messages),
        sum(row.get("wrong_total", False) for row in messages if "reason" not in row),
    )


def assert_rows_are_equal(pipeline, spark_sql, mode):
    results = spark_sql.run(explained(pipeline), mode)
    tables = pipeline.tables()
    assert len(results) == len(tables)
    for table, rows in zip(tables, results):
        ours = {comparable(row) for row in pipeline.totals(table.name)}
        theirs = [comparable(row) for row in rows]
        assert len(theirs) == len(set(theirs)) and set(theirs) == ours, table.name


# The referee.


def with_tables(pipeline, text):
    found = re.sub(r"(?m)^totals:\n(?: .*\n|\n|#.*\n)*", lambda _: text, pipeline.path.read_text())
    pipeline.path.write_text(found)


TABLES_OF_SALES = """totals:
  product_sales:
    by: [product]
    columns: {product_name: product, total_sales: revenue, units: units, orders: orders}
  client_hours:
    by: [hour, client]
    columns: {client: client, hour: hour, orders: orders, total_sales: revenue}
timezone: America/Sao_Paulo
"""


def test_100_000_orders_in_both_formats(kafka, tmp_path, salestream, spark_sql):
    topic = kafka.new_topic(partitions=4)
    sales, vendas = [
        Pipeline(salestream, base, tmp_path / base.stem, topic, kafka.bootstrap) for base in (ECOMMERCE, VENDAS)
    ]
    with_tables(sales, TABLES_OF_SALES)
    for number, pipeline in enumerate((sales, vendas)):
        # Half of the topic is none of a pipeline's own, and rejected.
        pipeline.produce("--count", 50_000, "--rate", "max", "--seed", 60 + number, *FAULTS)
    for pipeline in (sales, vendas):
        pipeline.run()
        assert pipeline.counters()["orders"] > 47_500 and pipeline.counters()["messages"] == 100_000
        assert_rows_are_equal(pipeline, spark_sql, "stream")


GOLDEN = [each for each in sorted((places.ROOT / "tests" / "golden").iterdir()) if each.is_dir()]


@pytest.mark.parametrize("case", GOLDEN, ids=lambda case: case.name)
def test_every_golden_case(kafka, tmp_path, salestream, spark_sql, case):
    named = case / "pipeline.ref"
    base = places.ROOT / named.read_text().strip() if named.exists() else case / "pipeline.yaml"
    pipeline = Pipeline(salestream, base, tmp_path / case.name)
    pipeline.path.write_text(
        re.sub(
            r"(?m)^source:\n(?: .*\n)*",
            lambda _: (
                f"source:\n  kafka:\n    topic: {kafka.new_topic()}\n    bootstrap.servers: {kafka.bootstrap}\n"
            ),
            pipeline.path.read_text(),
        )
    )
    topic = re.search(r"topic: (\S+)", pipeline.path.read_text())[1]
    kafka.produce_exactly(topic, [None, *(case / "orders.jsonl").read_bytes().split(b"\n")[:-1]])
    pipeline.run()
    text = explained(pipeline)
    rejects, messages, wrong_totals = reasons_in_spark(spark_sql, text)
    expected = {(each["partition"], each["offset"]): each["reason"] for each in pipeline.rejects()}
    # docs/spark.md: Spark does not say that a text was too deep.
    assert rejects == {place: "invalid_json" if reason == "too_deep" else reason for place, reason in expected.items()}
    counted = pipeline.counters()
    assert (messages, wrong_totals) == (counted["messages"], counted["wrong_totals"])
    assert_rows_are_equal(pipeline, spark_sql, "batch")


def test_odd_messages(kafka, tmp_path, salestream, spark_sql):
    """Surrogates without their other half, names that look like something else, the edges of numbers and of JSON."""
    pipeline = Pipeline(salestream, ECOMMERCE, tmp_path / "odd", kafka.new_topic(), kafka.bootstrap)
    odd = places.ROOT / "tests" / "e2e" / "spark_referee" / "odd.jsonl"
    kafka.produce_exactly(pipeline.topic, odd.read_bytes().split(b"\n")[:-1])
    pipeline.run()
    rejects, messages, wrong_totals = reasons_in_spark(spark_sql, explained(pipeline))
    assert rejects == {(each["partition"], each["offset"]): each["reason"] for each in pipeline.rejects()}
    assert (messages, wrong_totals) == (pipeline.counters()["messages"], pipeline.counters()["wrong_totals"])
    assert len(rejects) > 30 and pipeline.counters()["orders"] >= 20
    assert_rows_are_equal(pipeline, spark_sql, "batch")


# The lines of docs/spark.md.


def mouse(price="2.5", **more):
    return order(("Mouse", 1, price), total="null", **more).decode()


DESCRIBED = {  # messages that docs/spark.md describes and does not show
    "Arrays 1,010 deep in each other, in a field that the pipeline file does not name": mouse(
        deep="[" * 1010 + "]" * 1010
    ),
    "Arrays 1,030 deep": mouse(deep="[" * 1030 + "]" * 1030),
    "A price with 600 digits behind the point": mouse("2.5" + "0" * 599),
    "A price of `0e1000`": mouse("0e1000"),
    "A price of `0.0000000005000000000001`": mouse("0.0000000005000000000001"),
}


def lines_of(heading):
    """(message, first answer, second answer) of each line of the table in this section."""
    section = DOCUMENT.read_text().split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = [row.strip("| ").split(" | ") for row in re.findall(r"(?m)^\| .* \|$", section)]
    assert rows[0][0] == "message"
    return [
        (DESCRIBED.get(shown) or re.fullmatch("`(.*)`", shown)[1], first, second)
        for shown, first, second, _ in rows[1:]
    ]


DIFFERENT, PLAIN = lines_of("What Spark answers differently"), lines_of("What a plain query would answer")


def test_the_lines_told_in_words_are_there():
    assert set(DESCRIBED.values()) <= {message for message, _, _ in DIFFERENT}


@pytest.fixture(name="answers", scope="module")
def answers_to_every_line(kafka, spark_sql, tmp_path_factory):
    """What salestream, its SQL in Spark and the plain query say of each line's message, each with a product of its
    own."""
    folder = tmp_path_factory.mktemp("lines")
    program = Salestream(folder / "salestream")
    pipeline = Pipeline(program, ECOMMERCE, folder / "pipeline", kafka.new_topic(), kafka.bootstrap)
    kafka.produce_exactly(
        pipeline.topic,
        [line.replace("Mouse", f"Mouse {number}").encode() for number, (line, _, _) in enumerate(DIFFERENT + PLAIN)],
    )
    pipeline.run()
    text = explained(pipeline)
    header = text.split("\n-- Totals table ")[0]
    (plain,) = re.findall(r"(?ms)^```sql\n(.*?)^```", DOCUMENT.read_text())
    by_message = (
        plain.replace("SELECT item.product_name", "SELECT `offset`, item.product_name")
        .replace("AS item\n", "AS item, `offset`\n")
        .replace("GROUP BY", "GROUP BY `offset`,")
    )
    (rows_of_spark,) = spark_sql.run(text)
    (rows_of_plain,) = spark_sql.run(f"{header}\n{by_message};\n")
    rejects_of_spark, _, _ = reasons_in_spark(spark_sql, text)

    def counts(rows):
        return {row["product_name"]: f"counts {shown(row['total_sales'])}" for row in rows}

    def shown(value):
        digits = (
            f"{Decimal(value):f}".rstrip("0").rstrip(".") if "." in f"{Decimal(value):f}" else f"{Decimal(value):f}"
        )
        whole, _, fraction = digits.partition(".")
        return f"{whole}.{fraction.ljust(2, '0')}"

    ours, spark = counts(pipeline.totals("product_sales")), counts(rows_of_spark)
    rejects = {each["offset"]: f"`{each['reason']}`" for each in pipeline.rejects()}
    found = []
    for number, (line, _, _) in enumerate(DIFFERENT + PLAIN):
        of_plain = [row for row in rows_of_plain if row["offset"] == number]
        number_as_name = re.search(r'"product_name": (\d+)', line)
        product = number_as_name[1] if number_as_name else f"Mouse {number}"
        found.append(
            (
                rejects.get(number) or ours.get(product),
                f"`{rejects_of_spark[0, number]}`" if (0, number) in rejects_of_spark else spark.get(product),
                str(of_plain[0].get("total_sales", "NULL")) if of_plain else "nothing",
            )
        )
    yield found
    program.close()


@pytest.mark.parametrize("number", range(len(DIFFERENT)))
def test_spark_differs_exactly_as_the_line_says(answers, number):
    _, ours, sparks = DIFFERENT[number]
    assert answers[number][:2] == (ours, sparks)
    assert ours != sparks


@pytest.mark.parametrize("number", range(len(PLAIN)))
def test_the_sql_answers_as_we_do_and_a_plain_query_does_not(answers, number):
    _, ours, plain = PLAIN[number]
    assert answers[len(DIFFERENT) + number] == (ours, ours, plain)
