"""`totals` and `audit` hold no more in memory than `limits.rows_in_memory`, however many keys there are, and say the
same whether they need temporary files for that or not."""

import json
import sqlite3

import pytest

from support import places
from support.orders import lines, order
from support.pipeline import ECOMMERCE
from test_memory import measure  # noqa: F401: a fixture

LITTLE = "limits: {rows_in_memory: 64KiB}"
PRODUCTS = 3000
FORMATS = (["--format", "table"], ["--format", "csv"], ["--format", "json"], ["--top", "2000"], ["--top", "5"])


def counted(pipeline):
    """A file of orders in several partitions, counted."""
    orders = pipeline.folder / "orders.jsonl"
    names = [f"Product {n}" + " with a name that is long" * (n % 3) for n in range(PRODUCTS)]
    made = [
        order((names[n % PRODUCTS], "1", f"{n % 7}.25"), (names[n * 7 % PRODUCTS], "2", "1")) for n in range(70_000)
    ]
    made[5000::5000] = [b"{"] * len(made[5000::5000])
    orders.write_bytes(lines(made))
    pipeline.reads(orders)
    pipeline.run("--quiet")
    return pipeline


def spoil(pipeline):
    """Some of what there is to find, in all places, and rejected messages too."""
    with sqlite3.connect(pipeline.store_file) as store:
        store.execute("UPDATE product_sales SET total_sales = '1.00' WHERE product_name LIKE '%7'")
        store.execute("DELETE FROM product_sales WHERE product_name LIKE '%33'")
        store.execute("DELETE FROM product_sales_cells WHERE product_name LIKE '%11' AND \"partition\" = 1")
        store.execute("UPDATE product_sales_cells SET revenue = '2.50' WHERE product_name LIKE '%12'")
        store.execute("UPDATE product_sales_cells SET through = through / 2 WHERE product_name LIKE '%13'")
        store.execute("DELETE FROM rejects WHERE rowid % 2 = 0")
    store.close()


def said(pipeline, command, flags, status=0, **environment):
    return pipeline.program.run(command, pipeline.path, *pipeline.source, *flags, status=status, **environment).stdout


def assert_same_with_little_memory(pipeline, audit_status):
    asked = [("totals", flags, 0) for flags in FORMATS]
    asked += [("audit", flags, audit_status) for flags in ([], ["--format", "json"], ["--format", "json", "--all"])]
    # With enough memory no file is made.
    enough = [said(pipeline, *each, TMPDIR="/nowhere") for each in asked]
    pipeline.append(LITTLE)
    for each, expected in zip(asked, enough):
        assert said(pipeline, *each) == expected, each
    for command in ("totals", "audit"):
        ended = pipeline.program.run(command, pipeline.path, *pipeline.source, status=1, TMPDIR="/nowhere")
        assert "a temporary file in /nowhere can't be made: No such file or directory" in ended.stderr
        assert ended.stdout == ""
    return enough


def test_the_same_with_little_memory(pipelines):
    pipeline = counted(pipelines(ECOMMERCE))
    enough = assert_same_with_little_memory(pipeline, 0)
    assert len(json.loads(enough[2])) == PRODUCTS and "… and 1,000 more" in enough[3]
    assert json.loads(enough[-1])["result"] == "equal"


def test_the_same_is_found_with_little_memory(pipelines):
    pipeline = counted(pipelines(ECOMMERCE))
    spoil(pipeline)
    found = json.loads(assert_same_with_little_memory(pipeline, 3)[-1])
    assert found["all_differences"] == len(found["differences"]) > 200
    meanings = {each["meaning"] for each in found["differences"]}
    assert len(meanings) >= 6, meanings


def test_the_same_with_little_memory_on_cassandra(cassandra, pipelines):
    pipeline = counted(pipelines(ECOMMERCE, node=cassandra))
    assert_same_with_little_memory(pipeline, 0)


def test_temporary_files_that_find_no_room(pipelines, tmp_path):
    pipeline = counted(pipelines(ECOMMERCE))
    pipeline.append(LITTLE)
    # A limit on files stands for a full disk; a shell ignores the signal that would end the program.
    script = tmp_path / "full"
    script.write_text(f'#!/bin/bash\ntrap "" XFSZ\nulimit -f 32\nexec "{places.binary()}" "$@"\n')
    script.chmod(0o755)
    for command in ("totals", "audit"):
        ended = pipeline.program.run(command, pipeline.path, *pipeline.source, status=1, binary=script)
        assert "can't be written: File too large. Make room there, or name another folder with TMPDIR" in ended.stderr


@pytest.mark.parametrize("command, more", [("totals", ["--format", "csv"]), ("totals", []), ("audit", [])])
def test_memory_does_not_grow_with_the_keys(pipelines, measure, command, more):  # noqa: F811
    program, peak_memory_bytes = measure
    peaks = []
    for products in (1000, 200_000):
        pipeline = pipelines(ECOMMERCE)
        pipeline.append("limits: {rows_in_memory: 1MiB}")
        orders = pipeline.folder / "orders.jsonl"
        orders.write_bytes(lines([order((f"Product {n}", "1", "2.50")) for n in range(products)]))
        pipeline.reads(orders)
        pipeline.run("--quiet")
        said(pipeline, command, more, binary=program)
        peaks.append(peak_memory_bytes())
    assert peaks[1] < peaks[0] + 12_000_000, peaks
