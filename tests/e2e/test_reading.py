"""Commands that only look: they need no source, refuse nothing that they can show, and are never told to delete."""

import json
import sqlite3
import subprocess
import time

import pytest

from support import places
from support.orders import lines, order

PIPELINE = places.ROOT / "pipelines" / "ecommerce_sales.yaml"
READING = (["totals"], ["status"], ["rejects", "list"], ["rejects", "export"], ["rejects", "show"])


class Filled:
    """A store that was filled from a file, and the arguments that name both."""

    def __init__(self, salestream):
        self.program = salestream
        salestream.folder.mkdir(parents=True, exist_ok=True)
        self.orders = salestream.folder / "orders.jsonl"
        self.orders.write_bytes(lines([order(("Laptop", "1", "9.50")), order(("Mouse", "2", "1.25")), b"no order"]))
        self.path = salestream.folder / "shop.yaml"
        self.path.write_text(PIPELINE.read_text())
        self.place = ("--input", self.orders, "--store", "sqlite:sales.db")
        salestream.run("run", self.path, *self.place, "--until-end", "--quiet")
        self.reject = json.loads(salestream.run("rejects", "list", self.path, *self.place, "--format", "json").stdout)[
            0
        ]

    def look(self, command, status=0):
        where = [f"{self.reject['partition']}:{self.reject['offset']}"] if command[-1] == "show" else []
        return self.program.run(*command, self.path, *where, *self.place, status=status)


@pytest.fixture
def filled(salestream):
    return Filled(salestream)


def lines_of(text):
    return [line for line in text.splitlines() if line]


def test_nothing_is_said_where_nothing_differs(filled):
    for command in READING:
        assert filled.look(command).stderr == "", command


@pytest.mark.parametrize("command", READING, ids=" ".join)
def test_what_a_file_filled_is_shown_without_the_file(filled, command):
    before = filled.look(command).stdout
    filled.orders.unlink()
    # As where a broker does not answer: how much is still to be counted is not known.
    shown = filled.look(command, status=1 if command == ["status"] else 0)
    (said,) = lines_of(shown.stderr)
    assert "orders.jsonl" in said and "reset" not in said
    if command == ["status"]:
        assert "2 orders, 1 reject (invalid_json 1), 0 wrong totals" in shown.stdout
    else:
        assert shown.stdout == before


@pytest.mark.parametrize("command", READING, ids=" ".join)
@pytest.mark.parametrize(
    "old, new, differs",
    [
        ("price: price", "price: cost", 'it was order.price: "price", it is order.price: "cost"'),
        ("product_sales:", "sales_of_products:", "product_sales"),
        (
            "columns: {product_name: product, total_sales: revenue}",
            "columns: {name: product, pieces: units}",
            "product_name",
        ),
        ("pipeline: ecommerce_sales", "pipeline: shop", "it was ecommerce_sales, it is shop"),
    ],
    ids=["field", "table", "columns", "name"],
)
def test_what_was_counted_is_shown_whatever_the_pipeline_file_says_now(filled, command, old, new, differs):
    before = filled.look(command).stdout
    text = filled.path.read_text()
    assert text.count(old) == 1
    filled.path.write_text(text.replace(old, new))
    shown = filled.look(command)
    assert shown.stdout == before
    (said,) = lines_of(shown.stderr)
    assert differs in said and "shown as stored" in said and "reset" not in said


def test_another_source_leaves_only_the_lag_unknown(filled):
    other = filled.orders.with_name("other.jsonl")
    other.write_bytes(filled.orders.read_bytes())
    filled.place = ("--input", other, "--store", "sqlite:sales.db")
    assert "Laptop" in filled.look(["totals"]).stdout
    shown = filled.look(["status"], status=1)
    assert "2 orders" in shown.stdout and f"file {filled.orders}" in shown.stdout
    (said,) = lines_of(shown.stderr)
    assert "orders.jsonl" in said and "other.jsonl" in said and "reset" not in said


def test_what_compares_and_what_counts_refuse_as_before(filled):
    filled.path.write_text(filled.path.read_text().replace("price: price", "price: cost"))
    audited = filled.program.run("audit", filled.path, *filled.place, status=1)
    assert "counted with another pipeline file" in audited.stderr and "reset" not in audited.stderr
    ran = filled.program.run("run", filled.path, *filled.place, "--until-end", status=1)
    assert "salestream reset PIPELINE" in ran.stderr


def test_a_table_that_is_not_there_is_one_of_the_stored(filled):
    filled.path.write_text(filled.path.read_text().replace("product_sales:", "sales_of_products:"))
    assert "Laptop" in filled.program.run("totals", filled.path, *filled.place, "--table", "product_sales").stdout
    ended = filled.program.run("totals", filled.path, *filled.place, "--table", "sales_of_products", status=2)
    assert "it has: product_sales" in ended.stderr


@pytest.mark.parametrize("there", [None, b"", "somebody's"], ids=["no-file", "empty-file", "other-tables"])
def test_reset_of_nothing_binds_the_store_to_nothing(salestream, there):
    salestream.folder.mkdir(parents=True, exist_ok=True)
    file = salestream.folder / "new.db"
    if there == b"":
        file.touch()
    elif there:
        with sqlite3.connect(file) as other:
            other.execute("CREATE TABLE mine (x)")
        other.close()
    before = file.read_bytes() if file.exists() else None
    salestream.run("reset", PIPELINE, "--yes", "--store", "sqlite:new.db")
    assert (file.read_bytes() if file.exists() else None) == before
    assert not list(salestream.folder.glob("new.db-*")) and not list(salestream.folder.glob("*.lock"))
    # Any pipeline and any source may be the first.
    orders = salestream.folder / "orders.jsonl"
    orders.write_bytes(lines([order(("Laptop", "1", "9.50"))]))
    salestream.run("run", PIPELINE, "--input", orders, "--store", "sqlite:new.db", "--until-end", "--quiet")


@pytest.mark.parametrize(
    "command, begins",
    [
        (["init"], "making topic ecommerce_sales: "),
        (["status"], "the end of the source, and so the lag, is not known: looking at topic ecommerce_sales: "),
        (["audit"], "looking at topic ecommerce_sales: "),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_a_refused_connection_is_said_at_once(filled, monkeypatch, command, begins):
    """In one line, and without a promise to try again."""
    monkeypatch.setenv("KAFKA_BROKERS", "127.0.0.1:1")  # nobody listens there
    with sqlite3.connect(filled.program.folder / "sales.db") as store:  # as if the topic had been counted
        store.execute("UPDATE salestream_pipeline SET log = 'kafka topic ecommerce_sales'")
    store.close()
    began_s = time.monotonic()
    ended = filled.program.run(*command, filled.path, "--store", "sqlite:sales.db", status=1)
    assert time.monotonic() - began_s < 5
    (said,) = lines_of(ended.stderr)
    assert f"{begins}no answer from Kafka at 127.0.0.1:1: Connection refused; " in said


@pytest.mark.parametrize(
    "arguments",
    [
        ["reset", PIPELINE, "--yes", "--store", ""],
        ["reset", PIPELINE, "--yes", "--store="],
        ["run", PIPELINE, "--http-token-file", ""],
        ["run", PIPELINE, "--input", ""],
        ["run", PIPELINE, "--http-tls", "a", ""],
        ["rejects", "list", PIPELINE, "--reason", ""],
        ["totals", PIPELINE, "--table", ""],
        ["--log", "", "totals", PIPELINE],
        ["produce", PIPELINE, "--out", ""],
        ["explain", PIPELINE, "--only", ""],
    ],
    ids=lambda arguments: " ".join(str(each) for each in arguments if each != PIPELINE),
)
def test_an_empty_value_is_refused(salestream, arguments):
    """As a shell makes one of a variable that is not set."""
    option = [each for each in map(str, arguments) if each.startswith("--") and each != "--yes"][-1].rstrip("=")
    ended = salestream.run(*arguments, status=2)
    assert ended.stderr.startswith(f"{option}: its value is empty. Perhaps a variable of the shell is not set?")
    assert ended.stdout == "" and not list(salestream.folder.glob("*.db"))


def test_a_mistyped_command_is_guessed(salestream):
    assert salestream.run("rnu", PIPELINE, status=2).stderr.startswith(
        "salestream has no command rnu: did you mean run?\n"
    )
    said = salestream.run("--log", "json", "rejects", "lits", PIPELINE, status=2).stderr
    assert json.loads(said)["message"] == "salestream rejects has no command lits: did you mean list?"
    said = salestream.run("help", "totls", status=2).stderr
    assert "salestream has no command totls: did you mean totals?" in said


@pytest.mark.parametrize(
    "command", [[], ["run"], ["rejects"], ["rejects", "resend"], ["help"], ["completion"]], ids=" ".join
)
def test_help_is_a_command_too(salestream, command):
    assert salestream.run("help", *command).stdout == salestream.run(*command, "--help").stdout != ""


def test_completion_and_help_are_in_help(salestream):
    shown = salestream.run("--help").stdout
    assert "\n  completion " in shown and "\n  help " in shown


def test_options_of_commands_that_look_say_so(salestream):
    for command in (["totals"], ["status"], ["audit"], ["rejects", "list"], ["rejects", "show"], ["rejects", "export"]):
        text = salestream.run(*command, "--help").stdout
        assert "Look at the totals here" in text and "Keep totals here" not in text
        assert "Read orders from this file" not in text
    assert "Keep totals here" in salestream.run("run", "--help").stdout


def test_one_is_singular(salestream):
    salestream.folder.mkdir(parents=True, exist_ok=True)
    file = salestream.folder / "one.jsonl"
    file.write_bytes(lines([order(("Laptop", "1", "9.50"), total="3"), b"no order"]))
    place = (PIPELINE, "--input", file, "--store", "sqlite:one.db")
    salestream.run("run", *place, "--until-end", "--quiet")
    assert "1 order, 1 reject (invalid_json 1), 1 wrong total\n" in salestream.run("status", *place).stdout
    assert "equal: 1 order, 1 line item, 1 reject\n" in salestream.run("audit", *place).stdout


def test_a_stop_while_the_store_is_waited_for_is_a_clean_one(salestream):
    salestream.folder.mkdir(parents=True, exist_ok=True)
    file = salestream.folder / "one.jsonl"
    file.write_bytes(lines([order(("Laptop", "1", "9.50"))]))
    place = (PIPELINE, "--input", file, "--store", "sqlite:sales.db")
    salestream.run("run", *place, "--until-end", "--quiet")
    other = sqlite3.connect(salestream.folder / "sales.db", isolation_level=None, timeout=30)
    other.execute("PRAGMA locking_mode=EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    started = salestream.start("run", *place)
    with pytest.raises(subprocess.TimeoutExpired):
        started.process.wait(1)  # it waits for the lock, for ten seconds
    began_s = time.monotonic()
    assert started.terminate() == 0
    assert time.monotonic() - began_s < 5
    assert "stopped cleanly: nothing was read yet" in started.stderr
    other.close()
    assert "Laptop" in salestream.run("totals", *place).stdout
