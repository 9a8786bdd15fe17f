# SPDX-License-Identifier: Apache-2.0
"""Peers that read a topic. Each has a name with its version; `command` runs it once, from the topic's beginning into a
store of this run's own, to the topic's end or, with `follows`, until it is stopped; `totals` are {product: decimal} of
what it stored, or None where it stores nothing. `bench` says where Kafka, Cassandra, the pipeline files and a folder
for all are."""

import json
import subprocess

import measuring
from . import installed
from .installed import jars


def kcat_version():
    text = subprocess.run(["kcat", "-V"], capture_output=True, text=True, check=True).stdout
    return text.split("Version ")[1].split()[0]


class Kcat:
    first_line = None

    def __init__(self, bench):
        self.bench = bench
        self.name = f"kcat {kcat_version()}, only reading"

    def command(self, topic, _):
        return ["kcat", "-C", "-b", self.bench.kafka, "-t", topic, "-o", "beginning", "-e", "-q"]

    def totals(self, topic, run):  # pylint: disable=unused-argument
        return None


class Salestream:
    first_line = b"|Laptop"

    def __init__(self, bench, store):
        self.bench, self.store = bench, store
        self.name = f"salestream, into {store}"

    def _place(self, run):
        return {
            "SQLite": f"sqlite:{self.bench.folder}/{run}.db",
            "Cassandra": f"cassandra:{self.bench.cassandra}/{run}",
        }[self.store]

    def command(self, topic, run, follows=False):
        where = self._place(run)
        measuring.quietly(self.bench.binary, "init", self.bench.pipelines[topic], "--store", where)
        return [
            self.bench.binary,
            "run",
            self.bench.pipelines[topic],
            "--store",
            where,
            *(["--quiet"] if follows else ["--until-end", "--console"]),
        ]

    def totals(self, topic, run):
        output = subprocess.run(
            [self.bench.binary, "totals", self.bench.pipelines[topic], "--store", self._place(run), "--format", "json"],
            check=True,
            capture_output=True,
        ).stdout
        rows = json.loads(output)
        rows = rows["product_sales"] if isinstance(rows, dict) else rows
        return {row["product_name"]: row["total_sales"] for row in rows}


class _IntoCassandra:
    """What fills the table product_sales in a keyspace of each run's own, and says when its first row is there."""

    first_line = b"first result"

    def make_table(self, run):
        measuring.cql(
            self.bench.folder,
            f"CREATE KEYSPACE {run} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}; "
            f"CREATE TABLE {run}.product_sales (product_name text PRIMARY KEY, total_sales decimal)",
        )

    def totals(self, topic, run):  # pylint: disable=unused-argument
        text = measuring.cql(
            self.bench.folder, f"PAGING OFF; SELECT JSON product_name, total_sales FROM {run}.product_sales"
        )
        rows = [json.loads(line, parse_float=str) for line in text.splitlines() if line.strip().startswith("{")]
        return {row["product_name"]: str(row["total_sales"]) for row in rows}


class Spark(_IntoCassandra):
    """System A's pipeline (peers/spark_pipeline.py), submitted as its users do."""

    _version = "3.5.7"

    def __init__(self, bench, shuffle_partitions):
        self.bench, self.shuffle_partitions = bench, shuffle_partitions
        self.name = f"PySpark {self._version}, {shuffle_partitions} shuffle partitions, into Cassandra"
        self.home = installed.python_with(f"pyspark=={self._version}")
        from service_tools import spark  # pylint: disable=import-outside-toplevel

        (self.spark_home,) = self.home.glob("lib/python*/site-packages/pyspark")
        # What pyspark brings is not handed to it again, in whatever version.
        names = {path.name.rpartition("-")[0] for path in (self.spark_home / "jars").iterdir()}
        self.jars = ",".join(
            str(path)
            for path in sorted(spark.class_path().glob("*.jar"))
            if path.name.rpartition("-")[0] not in names and not path.name.startswith("spark-connect")
        )

    def command(self, topic, run, follows=False):
        self.make_table(run)
        host, port = self.bench.cassandra.split(":")
        configuration = {
            "spark.sql.shuffle.partitions": self.shuffle_partitions,
            "spark.ui.enabled": "false",
            "spark.log.level": "ERROR",
            "spark.cassandra.connection.host": host,
            "spark.cassandra.connection.port": port,
            "spark.pyspark.python": self.home / "bin/python",
        }
        return [
            "env",
            f"SPARK_HOME={self.spark_home}",
            str(self.home / "bin/spark-submit"),
            "--master",
            "local[2]",
            "--jars",
            self.jars,
            *(word for key, value in configuration.items() for word in ("--conf", f"{key}={value}")),
            str(installed.FOLDER / "spark_pipeline.py"),
            self.bench.kafka,
            topic,
            run,
            str(self.bench.folder / run),
            *(["follow"] if follows else []),
        ]


class _InJava(_IntoCassandra):
    """A program in Java beside this file, which upserts by peers/CassandraTotals.java."""

    _driver = ("org.apache.cassandra:java-driver-core:4.19.0", "org.slf4j:slf4j-nop:1.7.36")

    def __init__(self, bench, title, artifacts, source):
        self.bench = bench
        folder = bench.folder / source
        folder.mkdir(exist_ok=True)
        self.class_path = installed.java_classes(
            source + ".java", jars.class_path(title, (*artifacts, *self._driver)), folder
        )
        self.main = source

    def java(self, topic, run, *flags):
        self.make_table(run)
        return [
            jars.java((17, 21)),
            *flags,
            "-cp",
            self.class_path,
            self.main,
            self.bench.kafka,
            topic,
            self.bench.cassandra,
            run,
            str(self.bench.folder / run),
        ]


class KafkaStreams(_InJava):
    _version = "4.1.0"
    name = f"Kafka Streams {_version}, exactly_once_v2, into Cassandra"

    def __init__(self, bench):
        super().__init__(
            bench,
            "Kafka Streams 4.1",
            (f"org.apache.kafka:kafka-streams:{self._version}", "com.fasterxml.jackson.core:jackson-databind:2.18.2"),
            "StreamsPipeline",
        )

    def command(self, topic, run, follows=False):
        return [*self.java(topic, run, "-Xmx512m"), "follow" if follows else str(self.bench.units(topic))]


class Flink(_InJava):
    _version = "2.1.0"
    name = f"Flink SQL {_version}, mini-batches, checkpoints each second, into Cassandra"

    def __init__(self, bench):
        super().__init__(
            bench,
            "Flink 2.1",
            (
                *(
                    f"org.apache.flink:flink-{part}:{self._version}"
                    for part in (
                        "table-api-java-bridge",
                        "table-planner-loader",
                        "table-runtime",
                        "clients",
                        "connector-base",
                        "json",
                    )
                ),
                "org.apache.flink:flink-connector-kafka:4.0.1-2.0",
            ),
            "FlinkPipeline",
        )

    def command(self, topic, run, follows=False):
        return [
            *self.java(
                topic,
                run,
                "-Xmx1g",
                "-XX:+UseParallelGC",
                "--add-opens=java.base/java.util=ALL-UNNAMED",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
            ),
            *(["follow"] if follows else []),
        ]


def into_cassandra(bench):
    return {
        "pyspark": lambda: Spark(bench, 200),
        "pyspark2": lambda: Spark(bench, 2),
        "streams": lambda: KafkaStreams(bench),
        "flink": lambda: Flink(bench),
    }


def all_of(bench):
    return {
        "kcat": lambda: Kcat(bench),
        "sqlite": lambda: Salestream(bench, "SQLite"),
        "cassandra": lambda: Salestream(bench, "Cassandra"),
        **into_cassandra(bench),
    }
