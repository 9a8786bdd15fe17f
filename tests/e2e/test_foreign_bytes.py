"""What lies there when it is no order: the detail of a rejected message says it, a file that is no JSON lines is one
error instead of a rejected message a line, and a run of which nothing counted says why. Through a file and standard
input; the audit agrees each time."""

import contextlib
import gzip
import json
import subprocess

import pytest

from support.orders import lines, order
from support.pipeline import ECOMMERCE
from support.waiting import wait_until

LAMP = order(("Lamp", "2", "3.25"))
TEXT = LAMP.decode()
ESCAPED = json.dumps(TEXT)
SOLD = [{"product_name": "Lamp", "total_sales": "6.50"}]

# name: (reason, what its detail says, message)
WRAPPED = {
    "registry": ("invalid_json", "the schema id 3341 stands before the JSON", b"\0\0\0\x0d\x0d" + LAMP),
    "avro": ("invalid_json", "such as Avro or Protobuf", b"\0\0\0\0\x07\x06o-1\x02\x08Lamp\x04"),
    "twice": ("wrong_type", "it was serialized twice", ESCAPED.encode()),
    "without-its-quotes": ("invalid_json", "serialized twice", ESCAPED[1:-1].encode()),
    "array": ("wrong_type", "the message is an array", b"[" + LAMP + b"," + LAMP + b"]"),
    "python": ("invalid_json", "json.dumps(order)", str(json.loads(TEXT)).encode()),
    "bytes": ("invalid_json", "Python's notation of bytes", repr(LAMP).encode()),
    "separator": ("invalid_json", "RFC 7464", b"\x1e" + LAMP),
    "mark": ("invalid_json", "byte order mark", b"\xef\xbb\xbf" + LAMP),
    "utf-16": ("invalid_json", "text in UTF-16", '{"id": 1}'.encode("utf-16-be")),
    "gzip": ("invalid_utf8", "packed by gzip", gzip.compress(b"x", mtime=0)),
    "two": ("invalid_json", "two JSON objects in one message", LAMP + b" " + LAMP),
    "row": ("invalid_json", "a row of CSV", b"o-1;Lamp;2;3.25"),
    "xml": ("invalid_json", "XML, not JSON", b"<order><id>o-1</id></order>"),
    "latin-1": ("invalid_utf8", "which is \u00e9 in Latin-1", TEXT.replace("Lamp", "Caf\u00e9").encode("latin-1")),
    "connect": (
        "missing_field",
        "payload is a text with JSON in it",
        b'{"schema": {"type": "string"}, "payload": ' + ESCAPED.encode() + b"}",
    ),
    "debezium": (
        "missing_field",
        "say `changes: debezium` in the pipeline file",
        b'{"op": "c", "before": null, "after": ' + LAMP + b"}",
    ),
    "another-name": (
        "missing_field",
        "price of line item 1 is missing; there stand: product_name, quantity, unit_price; did you mean 'unit_price'?",
        LAMP.replace(b'"price"', b'"unit_price"'),
    ),
    "half-an-emoji": ("lone_surrogate", r"has \ud83d in it, which is half", LAMP.replace(b"Lamp", rb"Lamp \ud83d")),
}


def run(pipeline, path, through, *flags, status=0):
    """`run --until-end` of this file, or of its bytes on standard input."""
    pipeline.reads(path if through == "file" else "-")
    with open(path, "rb") if through == "standard-input" else contextlib.nullcontext(subprocess.DEVNULL) as stream:
        return pipeline.run(*flags, status=status, standard_input=stream)


def assert_audit_is_equal(pipeline):
    """Of a file; a stream can't be read again."""
    if pipeline.source[1] != "-":
        audit = pipeline.program.run("audit", pipeline.path, *pipeline.source, "--format", "json").stdout
        assert json.loads(audit)["result"] == "equal"


@pytest.fixture(params=["file", "standard-input"])
def through(request):
    return request.param


def test_a_wrapped_order_is_said_to_be_what_it_is(pipelines, tmp_path, through):
    messages = [LAMP] + [message for _, _, message in WRAPPED.values()]
    (tmp_path / "orders.jsonl").write_bytes(lines(message.replace(b"\n", b" ") for message in messages))
    pipeline = pipelines(ECOMMERCE)
    run(pipeline, tmp_path / "orders.jsonl", through)
    found = [(each["reason"], each["detail"]) for each in pipeline.rejects()]
    assert len(found) == len(WRAPPED)
    for (reason, detail), (name, (expected, says, _)) in zip(found, WRAPPED.items()):
        assert reason == expected and says in detail, name
        assert len(detail) < 400
    assert pipeline.totals() == SOLD
    assert_audit_is_equal(pipeline)


# Files as a whole.


def test_a_byte_order_mark_belongs_to_the_file(pipelines, tmp_path, through):
    """Written on Windows, with CR LF; offsets are byte positions as ever."""
    (tmp_path / "orders.jsonl").write_bytes(b"\xef\xbb\xbf" + b"\r\n".join([LAMP, LAMP, b"no order", b""]))
    pipeline = pipelines(ECOMMERCE)
    run(pipeline, tmp_path / "orders.jsonl", through)
    assert pipeline.totals() == [{"product_name": "Lamp", "total_sales": "13.00"}]
    assert [each["offset"] for each in pipeline.rejects()] == [3 + 2 * (len(LAMP) + 2)]
    run(pipeline, tmp_path / "orders.jsonl", through)  # goes on behind what was counted, and finds the same first line
    assert pipeline.counters()["orders"] == 2
    assert_audit_is_equal(pipeline)


def pretty(document):
    return json.dumps(document, indent=2).encode() + b"\n"


ORDER = json.loads(TEXT)
# name: (what makes JSON lines of it, the bytes)
OTHER_FILES = {
    "array": ("`jq -c '.[]' FILE |", pretty([ORDER, ORDER])),
    "array-of-lines": ("`jq -c '.[]' FILE |", b"[\n" + LAMP + b",\n" + LAMP + b"\n]\n"),
    "array-with-a-mark": ("`jq -c '.[]' FILE |", b"\xef\xbb\xbf" + pretty([ORDER, ORDER])),
    "objects": ("`jq -c . FILE |", pretty(ORDER) + pretty(ORDER)),
    "gzip": ("`zcat FILE |", gzip.compress(lines([LAMP, LAMP]))),
    "utf-16": ("`iconv -f UTF-16 -t UTF-8 FILE |", lines([LAMP, LAMP]).decode().encode("utf-16")),
    "utf-16-without-a-mark": ("`iconv -f UTF-16LE -t UTF-8 FILE |", lines([LAMP, LAMP]).decode().encode("utf-16-le")),
    "csv": ("`mlr --icsv --ojsonl cat FILE |", b"order_id,product_name,quantity\no-1,Lamp,2\no-2,Lamp,1\n"),
    "csv-without-a-header": ("`mlr --icsv --ifs ';' --ojsonl cat FILE |", b'1;"Lamp; red";2\r\n2;Sofa;1\r\n'),
}


@pytest.mark.parametrize("name", OTHER_FILES)
def test_a_file_of_another_format_is_one_error(pipelines, tmp_path, through, name):
    advice, content = OTHER_FILES[name]
    (tmp_path / "orders").write_bytes(content)
    pipeline = pipelines(ECOMMERCE)
    said = run(pipeline, tmp_path / "orders", through, status=1).stderr
    assert advice in said.splitlines()[-1] and "rejected:" not in said
    assert pipeline.rejects() == [] and pipeline.totals() == []


@pytest.mark.parametrize("name, command", [("gzip", ["zcat"]), ("utf-16", ["iconv", "-f", "UTF-16", "-t", "UTF-8"])])
def test_the_advice_is_good(pipelines, tmp_path, name, command):
    (tmp_path / "orders").write_bytes(OTHER_FILES[name][1])
    pipeline = pipelines(ECOMMERCE)
    pipeline.reads("-")
    with subprocess.Popen([*command, tmp_path / "orders"], stdout=subprocess.PIPE) as converted:
        pipeline.run(standard_input=converted.stdout)
    assert pipeline.totals() == [{"product_name": "Lamp", "total_sales": "13.00"}]


@pytest.mark.parametrize("first", [b'{"products": [', b"[1, 2]", b"null", b"o-1, cut", b'"Lamp, red"', b"\xff"])
def test_one_bad_first_line_is_a_message_of_its_own(pipelines, tmp_path, through, first):
    (tmp_path / "orders.jsonl").write_bytes(lines([first, LAMP]))
    pipeline = pipelines(ECOMMERCE)
    run(pipeline, tmp_path / "orders.jsonl", through)
    assert pipeline.totals() == SOLD and len(pipeline.rejects()) == 1
    assert_audit_is_equal(pipeline)


def test_a_file_that_is_still_being_written_is_waited_for(pipelines, tmp_path):
    """Byte by byte at first: a mark, then half a line, which is no other format before it is known to be one."""
    path = tmp_path / "orders.jsonl"
    path.write_bytes(b"")
    pipeline = pipelines(ECOMMERCE)
    pipeline.reads(path)
    running = pipeline.start("--quiet")
    with open(path, "ab", buffering=0) as file:
        for piece in (b"\xef", b"\xbb\xbf", LAMP[:1], LAMP[1:40], LAMP[40:] + b"\n"):
            file.write(piece)
        wait_until(lambda: pipeline.messages_stored() == 1, what="the order")
        file.write(LAMP + b"\n")
        wait_until(lambda: pipeline.messages_stored() == 2, what="the next one")
    assert running.terminate() == 0
    assert pipeline.rejects() == []
    assert_audit_is_equal(pipeline)


def test_another_format_is_known_while_it_is_being_written(pipelines, tmp_path):
    path = tmp_path / "orders.jsonl"
    path.write_bytes(b"[")
    pipeline = pipelines(ECOMMERCE)
    pipeline.reads(path)
    running = pipeline.start("--quiet")
    with open(path, "ab", buffering=0) as file:
        for piece in (b"\n", b"  {", b"\n"):
            assert running.alive()
            file.write(piece)
    assert running.wait() == 1
    assert "It looks like one JSON array of orders" in running.stderr
    assert pipeline.rejects() == []


# When nothing counts.

UNCOUNTED = LAMP.replace(b'"price"', b'"unit_price"')


def test_a_run_of_which_nothing_counted_fails_and_says_why(pipelines, tmp_path, through):
    path = tmp_path / "orders.jsonl"
    path.write_bytes(lines([UNCOUNTED, UNCOUNTED, b"no order"]))
    pipeline = pipelines(ECOMMERCE)
    said = run(pipeline, path, through, status=1).stderr.splitlines()[-1]
    assert (
        "all 3 messages were rejected and none counted: most often (2 times) missing_field, such as: price of" in said
    )
    assert "there stand: product_name, quantity, unit_price; did you mean 'unit_price'?" in said
    assert len(pipeline.rejects()) == 3
    if through == "file":
        run(pipeline, path, through)  # nothing new was read
        with open(path, "ab") as file:
            file.write(LAMP + b"\n" + b"[]\n")
        run(pipeline, path, through)
        assert pipeline.totals() == SOLD
        assert_audit_is_equal(pipeline)


def test_a_run_that_goes_on_says_once_that_nothing_counts(pipelines, tmp_path):
    path = tmp_path / "orders.jsonl"
    path.write_bytes(lines([UNCOUNTED] * 99))
    pipeline = pipelines(ECOMMERCE)
    pipeline.reads(path)
    running = pipeline.start("--quiet")
    wait_until(lambda: pipeline.messages_stored() == 99, what="99 rejected messages")
    assert "none counted" not in running.stderr
    for messages in range(100, 400, 100):
        with open(path, "ab") as file:
            file.write(lines([UNCOUNTED] * (messages - pipeline.messages_stored())))
        wait_until(lambda: pipeline.messages_stored() == messages, what="more of them")  # noqa: B023
        running.wait_for_output("none counted: missing_field")
    assert running.terminate() == 0
    assert running.stderr.count("none counted") == 1


# Values that are nearly right.


def test_half_a_character_that_nobody_reads_rejects_nothing(pipelines, tmp_path, through):
    half = rb"\ud83d"
    good = [
        order(("Lamp", "1", "1"), note='"cut here \\ud83d"'),
        LAMP.replace(b'"price"', b'"engraving": {"' + half + b'": ["' + half + rb'\ud83d\ude00"]}, "price"'),
        LAMP.replace(b'"o-1"', b'"' + half + b'"'),  # an id that nothing asks for
    ]
    (tmp_path / "orders.jsonl").write_bytes(lines([*good, LAMP.replace(b"Lamp", half)]))
    pipeline = pipelines(ECOMMERCE)
    run(pipeline, tmp_path / "orders.jsonl", through)
    assert pipeline.totals() == [{"product_name": "Lamp", "total_sales": "14.00"}]
    assert [each["reason"] for each in pipeline.rejects()] == ["lone_surrogate"]
    assert_audit_is_equal(pipeline)


@pytest.mark.parametrize(
    "time, hour, says",
    [
        ("1659386157.403862", "2022-08-01T20:00:00+00:00", ""),
        ('"1659386157.403862"', "2022-08-01T20:00:00+00:00", ""),
        ("4102444799999", "2099-12-31T23:00:00+00:00", ""),
        ("631152000", "1990-01-01T00:00:00+00:00", ""),
        ('"1970-01-01T00:00:00Z"', "1970-01-01T00:00:00+00:00", ""),
        ("94608000000000000", None, "would be 1972-12-31 in nanoseconds"),
        ("20030", None, "would be 2024-11-03 in days"),
        ("0", None, "1970-01-01"),
        ("-1", None, "no likely date"),
        ("4102444800", None, "would be 2100-01-01 in seconds"),
    ],
)
def test_a_number_is_a_time_only_where_its_unit_is_beyond_doubt(pipelines, tmp_path, time, hour, says):
    pipeline = pipelines(
        ECOMMERCE,
        changes=[
            ("by: [product]", "by: [product, hour]"),
            ("{product_name: product,", "{product_name: product, hour: hour,"),
        ],
    )
    (tmp_path / "orders.jsonl").write_bytes(lines([LAMP.replace(b'"2024-11-03T14:25:07"', time.encode())]))
    run(pipeline, tmp_path / "orders.jsonl", "file", status=0 if hour else 1)
    assert [row["hour"] for row in pipeline.totals()] == ([hour] if hour else [])
    assert all(each["reason"] == "invalid_time" and says in each["detail"] for each in pipeline.rejects())
    assert len(pipeline.rejects()) == (0 if hour else 1)
    assert_audit_is_equal(pipeline)


def test_a_name_that_the_store_needs_is_refused_with_its_place(pipelines, tmp_path):
    (tmp_path / "orders.jsonl").write_bytes(lines([LAMP]))
    pipeline = pipelines(ECOMMERCE, changes=[("{product_name: product,", "{partition: product,")])
    at = next(n for n, line in enumerate(pipeline.path.read_text().splitlines(), 1) if "partition: product" in line)
    said = run(pipeline, tmp_path / "orders.jsonl", "file", status=2).stderr
    assert f"{pipeline.path.name}:{at}:15: the totals table product_sales calls a column of its key partition" in said
