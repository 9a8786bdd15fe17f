"""Orders that come from a file, from standard input, or from the generator: the same exact totals, and a place to go on
from; and what is large: many products, many small numbers."""

import json
import os
import random
import subprocess
import sys

import pytest

from support.orders import lines, order
from support.pipeline import DEMO, ECOMMERCE, THIRD, VENDAS
from support.waiting import wait_until

FAULTS = ("--rate", "max", "--faults", "duplicate=0.02,malformed=0.01,wrong_total=0.02,late=0.01")
FULL = (
    "columns: {product_name: product, total_sales: revenue}",
    "columns: {product_name: product, total_sales: revenue, units: units, orders: orders}",
)


@pytest.fixture
def orders(tmp_path):
    return tmp_path / "orders.jsonl"


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("base", [ECOMMERCE, VENDAS, THIRD], ids=lambda base: base.stem)
def test_a_file_of_every_format(pipelines, orders, base, workers):
    pipeline = pipelines(base)
    pipeline.produce("--count", 30_000, "--seed", 4, "--out", orders, *FAULTS)
    pipeline.reads(orders)
    pipeline.run("--workers", workers)
    pipeline.assert_exact()
    before = pipeline.content()
    pipeline.run()
    assert pipeline.content() == before


def test_standard_input_and_a_pipe(pipelines, orders):
    pipeline = pipelines(ECOMMERCE)
    pipeline.produce("--count", 50_000, "--out", orders, *FAULTS)
    pipeline.reads("-")
    with subprocess.Popen(["cat", orders], stdout=subprocess.PIPE) as cat:
        pipeline.run(standard_input=cat.stdout)
    pipeline.assert_exact()


def test_standard_input_ends_a_run_by_itself(pipelines, orders):
    pipeline = pipelines(ECOMMERCE)
    orders.write_bytes(lines([order(("Mouse", "1", "1"))]))
    with open(orders, "rb") as standard_input:
        pipeline.program.run("run", pipeline.path, "--input", "-", standard_input=standard_input)
    pipeline.reads("-")
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "1.00"}]


def test_another_stream_is_not_taken_for_the_former(pipelines, orders):
    """Nor is it skipped in silence, as far as the former went."""
    pipeline = pipelines(ECOMMERCE)
    pipeline.reads("-")
    former = lines([order((f"Mouse {n}", "1", "1")) for n in range(100)])
    streams = {"another": lines([order((f"Notebook {n}", "1", "1")) for n in range(200)]), "more": former + former}
    orders.write_bytes(former)
    with open(orders, "rb") as standard_input:
        pipeline.run(standard_input=standard_input)
    for name, status in (("another", 1), ("more", 0)):
        orders.write_bytes(streams[name])
        with open(orders, "rb") as standard_input:
            ended = pipeline.program.run(
                "run", pipeline.path, "--input", "-", "--until-end", standard_input=standard_input, status=status
            )
        assert ("is not the source that the store has counted" in ended.stderr) == (name == "another")
        assert pipeline.counters()["orders"] == (100 if name == "another" else 200)
    shown = pipeline.program.run("status", pipeline.path, "--input", "-", "--format", "json").stdout
    assert json.loads(shown)["state"] == "endless" and json.loads(shown)["partitions"][0]["lag"] is None


def test_standard_input_given_again_after_a_kill(pipelines, orders):
    """The same bytes once more: what is in the store is not counted a second time."""
    pipeline = pipelines(ECOMMERCE)
    pipeline.produce("--count", 50_000, "--out", orders, *FAULTS)
    pipeline.reads("-")
    whole = orders.read_bytes()
    first = orders.with_name("first")
    first.write_bytes(whole[: len(whole) // 2])
    read_end, write_end = os.pipe()
    with subprocess.Popen(["cat", first], stdout=write_end):
        running = pipeline.start("--quiet", standard_input=read_end)
        os.close(read_end)  # or `cat` waits for a reader for ever once the only one has been killed
        wait_until(lambda: pipeline.messages_stored() > 20_000, what="half of the orders in the store")
        running.kill()
    os.close(write_end)
    with open(orders, "rb") as standard_input:
        pipeline.run(standard_input=standard_input)
    pipeline.assert_exact()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_file_that_grows_while_it_is_read(pipelines, orders, workers):
    """In pieces that end in the middle of a line, of a number, of a character."""
    pipeline = pipelines(ECOMMERCE, changes=[FULL])
    pipeline.produce("--count", 40_000, "--seed", 5, "--out", orders, *FAULTS)
    whole, chance = orders.read_bytes(), random.Random(5)
    orders.write_bytes(b"")
    pipeline.reads(orders)
    running = pipeline.start("--quiet", "--workers", workers)
    at = 0
    with open(orders, "ab", buffering=0) as file:
        while at < len(whole):
            size = chance.choice([1, 100, 10_000, 3_000_000])
            file.write(whole[at : at + size])
            at += size
            if chance.random() < 0.2:
                whole_lines = whole[:at].count(b"\n")
                wait_until(lambda: pipeline.messages_stored() == whole_lines, what=f"{whole_lines} lines in the store")
    wait_until(lambda: pipeline.messages_stored() == 40_000, what="all lines in the store")
    assert running.terminate() == 0
    pipeline.assert_exact()


def test_a_file_that_grew_between_two_runs(pipelines, orders):
    pipeline = pipelines(ECOMMERCE, changes=[FULL])
    pipeline.reads(orders)
    for seed in range(3):
        piece = orders.with_name("piece")
        pipeline.produce("--count", 3000, "--seed", seed, "--out", piece, "--truth-add", *FAULTS)
        with open(orders, "ab") as file:
            file.write(piece.read_bytes())
        pipeline.run("--workers", 1 + seed)
        pipeline.assert_exact()


def test_line_ends(pipelines, orders):
    """CR LF, blank lines at the end of a file, and a last line without an end, which counts once it is the end."""
    one, two = order(("Mouse", "1", "0.1")), order(("SSD", "2", "0.2"))
    orders.write_bytes(one + b"\r\n" + two + b"\r\n" + one + b"\n" + two)
    pipeline = pipelines(ECOMMERCE)
    pipeline.reads(orders)
    pipeline.run()
    assert pipeline.totals() == [
        {"product_name": "SSD", "total_sales": "0.80"},
        {"product_name": "Mouse", "total_sales": "0.20"},
    ]
    assert pipeline.rejects() == []
    pipeline.run()
    assert pipeline.counters()["orders"] == 4

    with open(orders, "ab") as file:  # the line end that was missing, and one more order
        file.write(b"\n" + one + b"\n")
    pipeline.run()
    assert pipeline.totals()[1] == {"product_name": "Mouse", "total_sales": "0.30"}


def test_a_last_line_that_is_still_being_written(pipelines, orders):
    """While the file may grow, what has no line end yet is not whole, even if it could be read as an order."""
    pipeline = pipelines(ECOMMERCE)
    first = order(("Mouse", "1", "1"))
    orders.write_bytes(first + b"\n" + first)
    pipeline.reads(orders)
    running = pipeline.start("--quiet")
    wait_until(lambda: pipeline.messages_stored() == 1, what="the first line in the store")
    with open(orders, "ab") as file:
        file.write(b" \n" + first + b"\n")
    wait_until(lambda: pipeline.messages_stored() == 3, what="all lines in the store")
    assert running.terminate() == 0
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "3.00"}] and pipeline.rejects() == []


@pytest.mark.parametrize("change", ["shorter", "other-content", "empty"])
def test_a_file_that_is_not_the_file_it_was(pipelines, orders, change):
    pipeline = pipelines(ECOMMERCE)
    orders.write_bytes(lines([order(("Mouse", "1", "1"))] * 10))
    pipeline.reads(orders)
    pipeline.run()
    before = pipeline.content()
    orders.write_bytes(
        {
            "shorter": lines([order(("Mouse", "1", "1"))] * 4),
            "empty": b"",
            "other-content": lines([order(("Mouse", "1", "2"))] * 20),
        }[change]
    )
    refused = pipeline.run(status=1)
    assert str(orders) in refused.stderr and "reset" in refused.stderr
    assert pipeline.content() == before
    pipeline.reset()
    pipeline.run()
    assert pipeline.counters()["orders"] == {"shorter": 4, "other-content": 20, "empty": 0}[change]


def test_a_file_that_is_not_there(pipelines, orders):
    pipeline = pipelines(ECOMMERCE)
    pipeline.reads(orders)
    assert str(orders) in pipeline.run(status=1).stderr


def test_the_generator_counts_what_produce_says(pipelines, tmp_path):
    """One partition of it is, order for order, what `produce` writes with the same seed."""
    generator = pipelines(
        DEMO,
        changes=[
            ("partitions: 4  ", "partitions: 1\n    seed: 11\n    orders_per_partition: 30000  "),
            ("orders_per_second: 2000", "orders_per_second: 0"),
        ],
    )
    generator.run()
    written = pipelines(ECOMMERCE, changes=[FULL])
    written.produce("--count", 30_000, "--seed", 11, "--rate", "max", "--out", tmp_path / "orders.jsonl")
    truth = written.truth
    rows = {row["product_name"]: (row["total_sales"], row["units_sold"], row["orders"]) for row in generator.totals()}
    assert rows == {
        row["key"][0]: (row["revenue"], row["units"], row["orders"]) for row in truth["tables"]["product_sales"]
    }


def test_the_generator_goes_on_where_it_was_killed(pipelines):
    changes = [("orders_per_second: 2000", "orders_per_second: 0\n    orders_per_partition: 200000")]
    whole, killed = pipelines(DEMO, changes=changes), pipelines(DEMO, changes=changes)
    whole.run("--workers", 2)
    running = killed.start("--quiet")
    wait_until(lambda: killed.messages_stored() > 0, every_s=0.002, what="a first flush")
    running.kill()
    assert 0 < killed.messages_stored() < 800_000
    killed.run("--workers", 4)
    assert killed.totals() == whole.totals()
    assert killed.counters() == whole.counters()


def test_a_million_products(pipelines, orders):
    """More cells than memory may hold: each product is seen twice, far apart, so that its cell has left memory and
    comes back from the store. Exact all the same, and memory stays bounded."""
    products, an_order, limit_mib = 1_000_000, 20, 8
    with open(orders, "w", encoding="utf-8") as file:
        for seen in range(2):
            for first in range(0, products, an_order):
                items = [
                    f'{{"product_name": "product {number}", "quantity": {1 + seen}, "price": 0.{1 + number % 9}}}'
                    for number in range(first, first + an_order)
                ]
                file.write(f'{{"products": [{", ".join(items)}]}}\n')
    pipeline = pipelines(ECOMMERCE, changes=[FULL])
    pipeline.append(f"limits: {{cells_in_memory: {limit_mib}MiB}}")
    pipeline.reads(orders)
    running = pipeline.start("--quiet")
    wait_until(
        lambda: pipeline.messages_stored() == 2 * products // an_order,
        timeout_s=180,
        every_s=0.5,
        what="all orders in the store",
    )
    peak_kb = running.peak_memory_kb()
    assert running.terminate() == 0

    rows = pipeline.query("SELECT * FROM product_sales")
    assert len(rows) == products
    for row in rows:
        number = int(row["product_name"].split()[1])
        tenths = 3 * (1 + number % 9)
        assert row == {
            "product_name": f"product {number}",
            "total_sales": f"{tenths // 10}.{tenths % 10}0",
            "units": "3",
            "orders": 2,
        }
    print(f"peak memory {peak_kb / 1024:.0f} MiB")
    assert peak_kb < (limit_mib + 72) * 1024


def test_a_tenth_ten_million_times(pipelines):
    """0.1 added ten million times is one million, to the last digit."""
    line = order(*[("Mouse", "1", "0.1")] * 100, total="10.0")
    pipeline = pipelines(ECOMMERCE, changes=[FULL])
    pipeline.reads("-")
    script = "import sys\nfor _ in range(1000): sys.stdout.buffer.write((sys.argv[1].encode() + b'\\n') * 100)"
    with subprocess.Popen([sys.executable, "-c", script, line.decode()], stdout=subprocess.PIPE) as writer:
        pipeline.run(standard_input=writer.stdout)
    assert pipeline.totals() == [
        {"product_name": "Mouse", "total_sales": "1000000.00", "units": "10000000", "orders": 100_000}
    ]
    assert pipeline.status()["total"]["wrong_totals"] == 0


def test_digits_stay_as_they_were_written(pipelines, orders):
    """Nothing goes through a double: 17 digits and more, nine behind the point, halves to even beyond them."""
    orders.write_bytes(
        lines(
            [
                order(("a", "1", "99999999999999999.123456789"), ("a", "1", "0.000000001")),
                order(("b", "1", "0.0000000005"), ("b", "1", "0.0000000015")),
                order(("c", "3", "0.1")),
                order(("d", "1e3", "1.5E-2")),
            ]
        )
    )
    pipeline = pipelines(ECOMMERCE)
    pipeline.reads(orders)
    pipeline.run()
    assert {row["product_name"]: row["total_sales"] for row in pipeline.totals()} == {
        "a": "99999999999999999.12345679",
        "b": "0.000000002",
        "c": "0.30",
        "d": "15.00",
    }
    assert (
        json.loads(pipeline.program.run("status", pipeline.path, *pipeline.source, "--format", "json").stdout)["total"][
            "rejects"
        ]
        == {}
    )


def test_a_half_written_last_line_is_left_for_later(pipelines, orders):
    """The program that writes the file is in the middle of a line while the file is read to its end."""
    pipeline = pipelines(ECOMMERCE)
    pipeline.reads(orders)
    whole = order(("Mouse", "1", "1"))
    for cut in (1, len(whole) // 2, len(whole) - 1):
        orders.write_bytes(lines([whole]) + whole[:cut])
        assert "left for a later run" in pipeline.run().stderr
        assert pipeline.counters()["messages"] == 1 and pipeline.rejects() == []
        with open(orders, "ab") as file:
            file.write(whole[cut:] + b"\n" + lines([order(("Mouse", "1", "2"))]))
        assert "left for" not in pipeline.run().stderr
        assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "4.00"}]
        assert pipeline.counters()["orders"] == 3 and pipeline.rejects() == []
        pipeline.program.run("audit", pipeline.path, *pipeline.source)
        pipeline.reset()


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_a_whole_last_line_counts_once_with_and_without_its_line_feed(pipelines, orders, end):
    pipeline = pipelines(ECOMMERCE)
    pipeline.reads(orders)
    first, last = order(("Mouse", "1", "1")) + end, order(("Mouse", "1", "2"))
    orders.write_bytes(first + last)
    for _ in range(2):
        pipeline.run()
        assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "3.00"}]
    orders.write_bytes(first + last + end + first)
    pipeline.run()
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "4.00"}]
    assert pipeline.counters()["orders"] == 3 and pipeline.rejects() == []
    pipeline.program.run("audit", pipeline.path, *pipeline.source)


def test_a_whole_last_line_that_goes_on_stops_the_next_run(pipelines, orders):
    pipeline = pipelines(ECOMMERCE)
    pipeline.reads(orders)
    first = lines([order(("Mouse", "1", "1"))])
    orders.write_bytes(first + order(("Mouse", "1", "1")))
    pipeline.run()
    orders.write_bytes(first + order(("Mouse", "1", "1")) + b" " + lines([order(("Mouse", "1", "2"))]))
    refused = pipeline.run(status=1).stderr
    assert str(orders) in refused and "had no line feed" in refused and "salestream reset" in refused
    pipeline.reset()
    pipeline.run()
    assert [each["reason"] for each in pipeline.rejects()] == ["invalid_json"]


def has_open(running, path):
    """Whether the program has the file open."""
    return (
        subprocess.run(
            ["ls", "-l", f"/proc/{running.process.pid}/fd"], capture_output=True, text=True, check=False
        ).stdout.find(f"-> {path}\n")
        >= 0
    )


def test_a_file_without_a_line_end_holds_nobody_up(pipelines, orders):
    """40 GiB that are one line, in a file with a hole, take minutes to look through."""
    pipeline = pipelines(ECOMMERCE)
    pipeline.reads(orders)
    orders.write_bytes(lines([order(("Mouse", "1", "1"))]) + b"{")
    os.truncate(orders, 40 << 30)
    running = pipeline.start("--quiet")
    wait_until(lambda: pipeline.messages_stored() == 1, what="the order before it")
    assert running.terminate(20) == 0
    running = pipeline.start("--quiet", "--until-end")
    wait_until(lambda: has_open(running, orders), what="a run that reads the file")
    assert running.terminate(20) == 0


def test_a_pipe_without_a_writer_holds_nobody_up(pipelines, tmp_path):
    pipeline = pipelines(ECOMMERCE)
    os.mkfifo(tmp_path / "pipe")
    pipeline.reads(tmp_path / "pipe")
    running = pipeline.start("--quiet")
    wait_until(lambda: has_open(running, tmp_path / "pipe"), what="a run that waits for a writer")
    assert running.terminate(20) == 0

    running = pipeline.start("--quiet")
    wait_until(lambda: has_open(running, tmp_path / "pipe"), what="the pipe is open")
    (tmp_path / "pipe").write_bytes(lines([order(("Mouse", "1", "1"))]))
    assert running.wait() == 0
    assert pipeline.counters()["orders"] == 1
