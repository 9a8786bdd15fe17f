"""The command line: arguments, exit codes, and what is printed, of the real program on a file of orders."""

import csv
import io
import json
import re
import subprocess

import pytest

from support import places
from support.waiting import wait_until

PIPELINE = places.ROOT / "pipelines" / "ecommerce_sales.yaml"
DOCUMENT = places.ROOT / "docs" / "command-line.md"


def order(number, *items, total=None):
    products = [{"product_name": name, "quantity": quantity, "price": price} for name, quantity, price in items]
    return json.dumps(
        {
            "order_id": f"order-{number}",
            "client_document": "529.982.247-25",
            "products": products,
            "total_value": total if total is not None else sum(q * p for _, q, p in items),
            "sale_datetime": "2024-11-03T14:25:07",
        },
        ensure_ascii=False,
    )


@pytest.fixture
def orders(salestream):
    """A file of three orders and two lines that are none."""
    salestream.folder.mkdir(parents=True, exist_ok=True)
    file = salestream.folder / "orders.jsonl"
    file.write_text(
        "\n".join(
            [
                order(1, ("Laptop", 2, 49.9), ("Mouse", 1, 23.45), total=123.25000000000001),
                "not an order",
                order(2, ("Mouse", 3, 10)),
                order(3, ("Webcam, \x1b[31mred\n", 1, 0.1), total=5),
                "{}",
                "",
            ]
        )
    )
    return file


@pytest.fixture
def place(orders):
    """The arguments that every command of a test takes."""
    return [PIPELINE, "--input", orders, "--store", "sqlite:sales.db"]


TABLE = r"""
+-----------------------+-----------+
|product_name           |total_sales|
+-----------------------+-----------+
|Laptop                 |99.80      |
|Mouse                  |53.45      |
|Webcam, \x1b[31mred\x0a|0.10       |
+-----------------------+-----------+
""".lstrip()


def commands_in_help(salestream, *of):
    text = salestream.run(*of, "--help").stdout
    return (
        re.findall(r"^  (\w+) ", text.split("Subcommands:\n")[1].split("\n\n")[0], re.M)
        if "Subcommands:" in text
        else []
    )


@pytest.mark.parametrize(
    "arguments, said",
    [
        ([], "needs a COMMAND"),
        (["-v"], "needs a COMMAND"),
        (["frobnicate"], "frobnicate"),
        (["run"], "PIPELINE is required"),
        (["run", PIPELINE, "--frobnicate"], "--frobnicate"),
        (["run", PIPELINE, "--workers", "0"], "--workers"),
        (["run", PIPELINE, "--workers", "many"], "--workers"),
        (["run", PIPELINE, "--interval", "0"], "--interval"),
        (["run", PIPELINE, "--top", "-1"], "--top"),
        (["run", PIPELINE, "--log-level", "loud"], "debug"),
        (["run", PIPELINE, "--store", "mysql:x"], "sqlite:FILE"),
        (["run", "no-such-file.yaml"], "no-such-file.yaml"),
        (["totals", PIPELINE, "--format", "xml"], "csv"),
        (["totals", PIPELINE, "--table", "no_such_table"], "product_sales"),
        (["audit", PIPELINE, "--format", "csv"], "json"),
        (["rejects"], "subcommand is required"),
        (["rejects", "list", PIPELINE, "--limit", "0"], "--limit"),
        (["rejects", "list", PIPELINE, "--reason", "ugly"], "invalid_json"),
        (["rejects", "show", PIPELINE, "17"], "PARTITION:OFFSET"),
        (["rejects", "resend", PIPELINE], "--all"),
        (["reset", PIPELINE], "--yes"),
    ],
    ids=lambda value: " ".join(str(v).rsplit("/", 1)[-1] for v in value) if isinstance(value, list) else "",
)
def test_wrong_arguments_end_with_2_and_say_what_is_wrong(salestream, arguments, said):
    ended = salestream.run(*arguments, status=2)
    assert said in ended.stderr
    assert ended.stdout == ""
    assert not list(salestream.folder.glob("*.db")), "a wrong command line must leave nothing behind"


def test_version_and_help(salestream):
    assert re.fullmatch(r"salestream \d+\.\d+\.\d+\n", salestream.run("--version").stdout)
    assert {"run", "totals", "status", "audit", "init", "reset"} <= set(commands_in_help(salestream))
    for command in commands_in_help(salestream):
        text = salestream.run(command, "--help").stdout
        assert f"salestream {command}" in text.split("Example", 1)[1], f"{command} --help has no example"


def test_the_help_of_audit_has_every_exit_code_that_the_document_has(salestream):
    codes = re.findall(r"^\| (\d) \| `audit` only", (places.ROOT / "docs" / "command-line.md").read_text(), re.M)
    said = salestream.run("audit", "--help").stdout.split("Exit codes:")[1].split("\n\n")[0]
    assert codes == ["3", "4", "5"]
    assert all(re.search(rf"\b{code} \w", said) for code in codes), said


def test_the_document_has_every_option_that_help_has_and_the_reverse(salestream):
    sections = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", DOCUMENT.read_text(), re.M | re.S))

    def documented(section):
        rows = re.findall(r"^\| (`-.*?) \| ", section, re.M)
        return {name for row in rows for name in re.findall(r"`(-[^`\s]+)", row)}

    def in_help(text):
        lines = text.split("Options:\n")[1].split("\n\n")[0].splitlines()
        return {name for line in lines if line.startswith("  -") for name in line.split()[0].split(",")}

    everywhere = in_help(salestream.run("--help").stdout)
    overrides = {"--input", "--store", "--workers", "--allow-code"}
    assert documented(sections["Everywhere"]) == everywhere | overrides
    commands = commands_in_help(salestream)
    assert {name for name in sections if name.startswith("salestream ")} == {f"salestream {c}" for c in commands}
    for command in commands:
        helps = [(command, verb) for verb in commands_in_help(salestream, command)] or [(command,)]
        shown = set().union(*(in_help(salestream.run(*each, "--help").stdout) for each in helps)) - {"-h", "--help"}
        assert documented(sections[f"salestream {command}"]) == shown, command


def test_run_until_end_prints_the_table_and_totals_keep_it(salestream, place):
    ran = salestream.run("run", *place, "--until-end")
    assert ran.stdout.endswith(TABLE)
    assert "100 %" in ran.stderr or "5 messages in" in ran.stderr
    assert salestream.run("totals", *place).stdout == TABLE
    # Again: nothing new, nothing counted twice.
    assert salestream.run("run", *place, "--until-end").stdout.endswith(TABLE)
    assert salestream.run("totals", *place).stdout == TABLE


def test_totals_have_exact_bytes_in_csv_and_json(salestream, place):
    salestream.run("run", *place, "--until-end", "--quiet")
    # Read as bytes: text mode would turn CR LF into LF.
    printed = subprocess.run(
        [places.binary(), "totals", *map(str, place), "--format", "csv"],
        cwd=salestream.folder,
        capture_output=True,
        check=True,
    ).stdout
    assert printed == (
        b'product_name,total_sales\r\nLaptop,99.80\r\nMouse,53.45\r\n' b'"Webcam, \x1b[31mred\n",0.10\r\n'
    )
    assert len(list(csv.reader(io.StringIO(printed.decode(), newline="")))) == 4
    assert json.loads(salestream.run("totals", *place, "--format", "json").stdout) == [
        {"product_name": "Laptop", "total_sales": "99.80"},
        {"product_name": "Mouse", "total_sales": "53.45"},
        {"product_name": "Webcam, \x1b[31mred\n", "total_sales": "0.10"},
    ]
    assert "… and 2 more" in salestream.run("totals", *place, "--top", "1").stdout


def test_quiet_prints_nothing_but_the_log(salestream, place):
    assert salestream.run("run", *place, "--until-end", "--quiet").stdout == ""


def test_status_shows_the_store_and_the_log(salestream, place, orders):
    salestream.run("run", *place, "--until-end", "--quiet")
    added = order(4, ("Mouse", 1, 1)) + "\n"
    with open(orders, "a", encoding="utf-8") as more:
        more.write(added)
    status = json.loads(salestream.run("status", *place, "--format", "json").stdout)
    assert status["unit"] == "bytes" and status["log_error"] is None
    assert status["total"]["orders"] == 3 and status["total"]["wrong_totals"] == 1
    assert status["total"]["rejects"] == {"invalid_json": 1, "missing_field": 1}
    assert sum(partition["lag"] for partition in status["partitions"]) == len(added)
    assert {partition["lag_seconds"] for partition in status["partitions"]} == {0, None}
    text = salestream.run("status", *place).stdout
    assert "3 orders, 2 rejects (invalid_json 1, missing_field 1), 1 wrong total" in text


def test_status_of_a_log_without_an_end_is_what_is_stored(salestream):
    demo = [places.ROOT / "pipelines" / "demo.yaml", "--store", "sqlite:demo.db"]
    running = salestream.start("run", *demo)
    running.wait_for_output("|product_name")
    status = json.loads(salestream.run("status", *demo, "--format", "json").stdout)
    assert status["total"]["orders"] > 0
    assert [(p["log_end"], p["lag"]) for p in status["partitions"]] == [(None, None)] * 4
    assert running.terminate() == 0


def test_status_without_a_broker_still_shows_the_store(salestream, monkeypatch):
    pipeline = [PIPELINE, "--store", "sqlite:sales.db"]
    monkeypatch.setenv("KAFKA_BROKERS", "127.0.0.1:1")  # nobody listens there
    started = salestream.start("run", *pipeline)
    # Without a broker there is nothing to count, and the run waits for one; its tables are made by then.
    wait_until((salestream.folder / "sales.db").exists, what="the store's file")
    ended = salestream.run("status", *pipeline, status=1)
    assert "topic ecommerce_sales" in ended.stdout and "sqlite:" in ended.stdout
    assert "127.0.0.1:1" in ended.stderr
    assert started.terminate() == 0


def test_reset_forgets_everything(salestream, place):
    salestream.run("run", *place, "--until-end", "--quiet")
    salestream.run("reset", *place, status=2)  # no terminal to ask on
    assert salestream.run("totals", *place).stdout == TABLE
    salestream.run("reset", *place, "--yes")
    assert "Laptop" not in salestream.run("totals", *place).stdout
    assert salestream.run("run", *place, "--until-end").stdout.endswith(TABLE)


def test_init_says_what_it_made_and_what_was_there(salestream, place):
    first = salestream.run("init", *place).stdout
    assert "made table product_sales in " in first and "already" not in first
    assert "already" in salestream.run("init", *place).stdout


def test_init_makes_a_topic_that_is_there_at_once(salestream, kafka, monkeypatch):
    monkeypatch.setenv("KAFKA_BROKERS", kafka.bootstrap)
    pipeline = salestream.folder / "p.yaml"
    salestream.folder.mkdir(parents=True, exist_ok=True)
    pipeline.write_text(PIPELINE.read_text().replace("topic: ecommerce_sales", "topic: made_by_init"))
    store = ("--store", "sqlite:totals.db")
    assert "made topic made_by_init with 1 partition " in salestream.run("init", pipeline, *store).stdout
    salestream.run("produce", pipeline, "--count", "10", "--rate", "max")
    assert "topic made_by_init was there already, with 1 partition\n" in salestream.run("init", pipeline, *store).stdout
    salestream.run("run", pipeline, *store, "--until-end", "--quiet")
    [partition] = json.loads(salestream.run("status", pipeline, *store, "--format", "json").stdout)["partitions"]
    assert (partition["orders"], partition["log_end"], partition["lag"], partition["lag_seconds"]) == (10, 10, 0, 0)
    salestream.run("produce", pipeline, "--count", "5", "--rate", "max")
    [partition] = json.loads(salestream.run("status", pipeline, *store, "--format", "json").stdout)["partitions"]
    assert partition["lag"] == 5 and 0 < partition["lag_seconds"] < 60


def test_a_reader_that_goes_away_is_no_failure(salestream, place):
    salestream.run("run", *place, "--until-end", "--quiet")
    for command in (["totals"], ["run", "--until-end"]):
        line = subprocess.list2cmdline([str(places.binary()), *command, *map(str, place)])
        script = f"exec 3>&1; {{ {line}; echo $? >&3; }} | :"
        ended = subprocess.run(
            ["bash", "-c", script], cwd=salestream.folder, capture_output=True, text=True, check=True
        )
        assert ended.stdout == "0\n", ended.stderr


def test_an_output_that_cannot_be_written_is_a_failure(salestream, place):
    salestream.run("run", *place, "--until-end", "--quiet")
    for command in (["totals"], ["run", "--until-end"]):
        with open("/dev/full", "w", encoding="utf-8") as full:
            ended = subprocess.run(
                [places.binary(), *command, *map(str, place)],
                cwd=salestream.folder,
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        assert ended.returncode == 1
        assert "No space left on device" in ended.stderr


def test_jemalloc_is_the_allocator(salestream, tmp_path):
    salestream.folder.mkdir(parents=True, exist_ok=True)
    ended = subprocess.run(
        [places.binary(), "--version"],
        cwd=tmp_path,
        env={"MALLOC_CONF": "stats_print:true"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "jemalloc statistics" in ended.stderr
    assert "opt.narenas: 2" in ended.stderr
