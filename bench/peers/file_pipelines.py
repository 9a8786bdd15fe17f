# SPDX-License-Identifier: Apache-2.0
"""System A's totals of a file of JSON lines, by an engine that reads such files: file_pipelines.py ENGINE FILE
RESULT."""

import sys


def duckdb(path):
    import duckdb as engine  # pylint: disable=import-outside-toplevel,import-error

    connection = engine.connect()
    connection.execute("SET threads = 2")
    return connection.execute(
        """
        SELECT item.product_name, sum(item.quantity * item.price) FROM (
          SELECT unnest(products) AS item FROM read_json(?, format = 'newline_delimited', columns = {
            products: 'STRUCT(product_name VARCHAR, quantity INTEGER, price DECIMAL(18, 2))[]'}))
        GROUP BY ALL""",
        [path],
    ).fetchall()


def chdb(path):
    import chdb as engine  # pylint: disable=import-outside-toplevel,import-error

    text = engine.query(
        f"""
        SELECT item.1, sum(item.2 * item.3) FROM (
          SELECT arrayJoin(products) AS item FROM file('{path}', 'JSONEachRow',
            'products Array(Tuple(product_name String, quantity Int32, price Decimal(18, 2)))'))
        GROUP BY 1 SETTINGS max_threads = 2, input_format_skip_unknown_fields = 1""",
        "TabSeparated",
    )
    return [line.split("\t") for line in str(text).splitlines()]


def polars(path):
    import os  # pylint: disable=import-outside-toplevel

    os.environ["POLARS_MAX_THREADS"] = "2"
    import polars as pl  # pylint: disable=import-outside-toplevel,import-error

    # Its reader of JSON has no decimals; cents are whole numbers again before they are summed.
    item = pl.Struct({"product_name": pl.String, "quantity": pl.Int64, "price": pl.Float64})
    cents = (pl.col("price") * 100).round().cast(pl.Int64) * pl.col("quantity")
    rows = (
        pl.scan_ndjson(path, schema={"products": pl.List(item)})
        .select("products")
        .explode("products")
        .unnest("products")
        .group_by("product_name")
        .agg(cents.sum())
        .collect(engine="streaming")
        .rows()
    )
    return [(name, f"{total // 100}.{total % 100:02}") for name, total in rows]


ENGINE, FILE, RESULT = sys.argv[1:]
with open(RESULT, "w", encoding="utf-8") as result:
    for product, revenue in {"DuckDB": duckdb, "chdb": chdb, "Polars": polars}[ENGINE](FILE):
        print(product, revenue, sep="\t", file=result)
