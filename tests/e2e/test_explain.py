"""`salestream explain`: how a pipeline file is understood, without asking anyone, and without a secret."""

import sqlite3
import subprocess

import pytest

from support.pipeline import ECOMMERCE, VENDAS

PARTS = [
    "Fields, and what is counted",
    "Source",
    "Tables in Cassandra (CQL)",
    "Tables in SQLite (SQL)",
    "The totals in Spark SQL",
]


def test_every_part_has_its_heading_and_stands_alone_too(salestream):
    whole = salestream.run("explain", ECOMMERCE, "--all").stdout
    assert [line[3:-3] for line in whole.splitlines() if line.startswith("== ")] == PARTS
    parts = [
        salestream.run("explain", ECOMMERCE, "--only", part).stdout
        for part in ("fields", "source", "cql", "sqlite", "spark")
    ]
    assert whole == "\n".join(f"== {heading} ==\n\n{part}" for heading, part in zip(PARTS, parts))
    assert salestream.run("explain", ECOMMERCE).stdout == "\n".join(
        [f"== {heading} ==\n\n{part}" for heading, part in zip(PARTS[:2], parts)]
        + ["More: --only cql, sqlite or spark prints the statements in that language, --all everything.\n"]
    )
    assert "|price   |price          |line item|yes   |a number" in parts[0]
    assert "Table product_sales: a row for each product; product_name = product, total_sales = revenue" in parts[0]
    assert "CREATE TABLE IF NOT EXISTS ecommerce.product_sales (" in parts[2]
    assert "SUM(" not in parts[4] and "sum(item.revenue)" in parts[4]


@pytest.mark.parametrize("base", [ECOMMERCE, VENDAS], ids=lambda path: path.stem)
def test_the_statements_are_those_of_init(salestream, base, tmp_path):
    for only, store in (("sqlite", f"sqlite:{tmp_path / 'x.db'}"), ("cql", "cassandra:127.0.0.1:1/shop")):
        explained = salestream.run("explain", base, "--only", only, "--store", store).stdout
        assert explained == salestream.run("init", base, "--print", "--store", store).stdout
    # Of a store that the file does not name, too.
    sqlite3.connect(":memory:").executescript(
        salestream.run("explain", base, "--only", "sqlite", "--store", "cassandra:127.0.0.1:1/shop").stdout
    )


def test_no_secret_is_shown(salestream, tmp_path):
    pipeline = tmp_path / "secret.yaml"
    pipeline.write_text(
        ECOMMERCE.read_text().replace(
            "    create: {partitions: 1, replication_factor: 1}\n",
            "    security.protocol: sasl_ssl\n    sasl.mechanisms: SCRAM-SHA-512\n    sasl.username: un-shop\n"
            "    sasl.password: pw-1\n    ssl.key.password: pw-2\n    ssl.ca.pem: pem-3\n    ssl.key.pem: pem-4\n",
        )
        + "\nrejects: {topic: bad, sasl.password: pw-5}\n"
    )
    shown = salestream.run("explain", pipeline, "--all", "--store", "cassandra:10.0.0.1:9042/shop").stdout
    assert "  sasl.password: (not shown)\n" in shown and "--   kafka.sasl.jaas.config = (not shown)\n" in shown
    assert "--   kafka.security.protocol = SASL_SSL\n" in shown
    for secret in ("un-shop", "pw-1", "pw-2", "pem-3", "pem-4", "pw-5"):
        assert secret not in shown


def test_what_spark_cannot_say_hides_nothing_else(salestream, tmp_path):
    pipeline = tmp_path / "deduplicated.yaml"
    pipeline.write_text(ECOMMERCE.read_text() + "\ndeduplicate: {window: 500}\n")
    shown = salestream.run("explain", pipeline, "--all").stdout
    assert "-- deduplicate cannot run on Spark: " in shown and "counts once among 500 messages" in shown
    refused = salestream.run("explain", pipeline, "--only", "spark", status=2)
    assert (
        "deduplicate cannot run on Spark: an order is left out when its id stands among the 500 messages"
        in refused.stderr
    )
    assert refused.stdout == ""


def test_a_pipeline_file_runs_no_code_unless_that_is_allowed(salestream, tmp_path):
    ran, source, plugin = tmp_path / "ran", tmp_path / "plugin.c", tmp_path / "plugin.so"
    source.write_text(
        f'''#include <stdio.h>
__attribute__((constructor)) static void run(void) {{ fclose(fopen("{ran}", "w")); }}
int conf_init(void* conf, void** opaque, char* error, size_t size) {{ return 0; }}
'''
    )
    subprocess.run(["cc", "-shared", "-fPIC", "-o", plugin, source], check=True)
    pipeline = tmp_path / "plugin.yaml"
    pipeline.write_text(
        ECOMMERCE.read_text().replace(
            "    topic: ecommerce_sales\n", f"    topic: ecommerce_sales\n    plugin.library.paths: {plugin}\n"
        )
    )
    for command in (["explain"], ["totals"], ["run"], ["init"], ["rejects", "list"], ["produce"]):
        refused = salestream.run(*command, pipeline, status=2)
        assert ":12:5: source.kafka.plugin.library.paths may run code" in refused.stderr, refused.stderr
        assert "--allow-code" in refused.stderr
        assert not ran.exists()
    salestream.run("explain", pipeline, "--allow-code")
    assert ran.exists()
