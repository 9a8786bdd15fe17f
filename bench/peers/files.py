# SPDX-License-Identifier: Apache-2.0
"""Peers that read a file of JSON lines: batch engines with a query of their own each, and exact decimals where they
have them. As in streams.py; their result is a file of lines PRODUCT TAB TOTAL."""

import json
import subprocess

import measuring
from . import installed


class Salestream:
    first_line = b"|Laptop"

    def __init__(self, bench, workers):
        self.bench, self.workers = bench, workers
        self.name = f"salestream, {workers} workers, into SQLite"

    def command(self, topic, run):
        return [
            self.bench.binary,
            "run",
            self.bench.pipelines[topic],
            "--input",
            str(self.bench.files[topic]),
            "--store",
            f"sqlite:{self.bench.folder}/{run}.db",
            "--until-end",
            "--console",
            "--workers",
            str(self.workers),
        ]

    def totals(self, topic, run):
        output = subprocess.run(
            [
                self.bench.binary,
                "totals",
                self.bench.pipelines[topic],
                "--input",
                self.bench.files[topic],
                "--store",
                f"sqlite:{self.bench.folder}/{run}.db",
                "--format",
                "json",
            ],
            check=True,
            capture_output=True,
        ).stdout
        rows = json.loads(output)
        rows = rows["product_sales"] if isinstance(rows, dict) else rows
        return {row["product_name"]: row["total_sales"] for row in rows}


class _Engine:
    first_line = None  # a result is there at the end only
    package, title = "", ""

    def __init__(self, bench):
        self.bench = bench
        self.home = installed.python_with(self.package)
        self.name = f"{self.title} {self.package.split('==')[1]}, 2 threads"

    def command(self, topic, run):
        return [
            str(self.home / "bin/python"),
            str(installed.FOLDER / "file_pipelines.py"),
            self.title,
            str(self.bench.files[topic]),
            str(self.bench.folder / f"{run}.tsv"),
        ]

    def totals(self, topic, run):  # pylint: disable=unused-argument
        lines = (self.bench.folder / f"{run}.tsv").read_text().splitlines()
        return dict(line.split("\t") for line in lines)


class DuckDb(_Engine):
    package, title = "duckdb==2.0.0", "DuckDB"


class ClickHouse(_Engine):
    package, title = "chdb==4.4.0", "chdb"


class Polars(_Engine):
    package, title = "polars==2.1.0", "Polars"


def all_of(bench):
    return {
        "file": lambda: Salestream(bench, 2),
        "duckdb": lambda: DuckDb(bench),
        "clickhouse": lambda: ClickHouse(bench),
        "polars": lambda: Polars(bench),
    }
