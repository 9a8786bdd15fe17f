"""`salestream audit`, end to end, with SQLite: equal where all is well, also while orders flow; and whatever is spoilt
in a store is named, with what it should be, what it is, and where it comes from."""

import contextlib
import json
import sqlite3
from decimal import Decimal

import pytest

from support.orders import lines, order
from support.pipeline import DEMO, ECOMMERCE, THIRD, VENDAS, Pipeline
from support.program import Salestream
from support.waiting import wait_until

FAULTS = ("--faults", "duplicate=0.02,malformed=0.02,wrong_total=0.02,late=0.01")


def audit(pipeline, *flags, status=0):
    """What `audit --format json` says."""
    ended = pipeline.program.run("audit", pipeline.path, *pipeline.source, "--format", "json", *flags, status=status)
    return json.loads(ended.stdout)


@pytest.fixture(name="counted", scope="module")
def counted_pipeline(kafka, tmp_path_factory):
    """A topic with faults, counted once; no test changes it or its store."""
    folder = tmp_path_factory.mktemp("audit")
    program = Salestream(folder / "salestream")
    pipeline = Pipeline(program, ECOMMERCE, folder / "pipeline", kafka.new_topic(partitions=3), kafka.bootstrap)
    pipeline.produce("--count", 3000, "--rate", "max", "--seed", 5, *FAULTS)
    pipeline.run()
    yield pipeline
    program.close()


@contextlib.contextmanager
def spoilt(pipeline, folder):
    """A copy of its store, open for writing; the name of it is what --store takes."""
    with pipeline.database() as original, contextlib.closing(sqlite3.connect(folder / "spoilt.db")) as copy:
        original.backup(copy)
        copy.row_factory = sqlite3.Row
        yield copy
        copy.commit()


def differences(pipeline, folder):
    found = audit(pipeline, "--store", f"sqlite:{folder / 'spoilt.db'}", status=3)
    assert found["result"] == "different" and found["all_differences"] == len(found["differences"])
    return found["differences"]


# Equal.


def test_equal_after_a_run(kafka, counted):
    before, committed = counted.content(), kafka.committed(counted.group, counted.topic)
    found = audit(counted, "--truth", counted.truth_file)
    truth, counters = counted.truth, counted.counters()
    assert found["result"] == "equal" and found["differences"] == []
    assert {name: found[name] for name in ("messages", "orders", "rejects", "wrong_totals")} == {
        name: truth[name] for name in ("messages", "orders", "rejects", "wrong_totals")
    }
    assert found["items"] == counters["items"] and found["truth_differences"] == 0
    assert [(each["begin"], each["end"]) for each in found["partitions"]] == [
        (0, end) for _, end in sorted(kafka.end_offsets(counted.topic).items())
    ]
    assert found["tables"][0]["rows"] == len(truth["tables"]["product_sales"])

    said = counted.program.run("audit", counted.path)
    assert f"product_sales: equal: {len(counted.totals())} rows" in said.stdout
    assert f"rejects: equal: {truth['rejects']} rejects\nprogress: equal: 3 partitions\nequal: " in said.stdout
    assert "3,000 messages in" in said.stderr
    assert counted.content() == before and kafka.committed(counted.group, counted.topic) == committed


def test_equal_while_orders_flow(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=3))
    pipeline.produce("--count", 3000, "--rate", "max", "--seed", 1, *FAULTS)
    running = pipeline.start("--workers", 2, "--quiet")
    producing = pipeline.program.start("produce", pipeline.path, "--rate", 3000, "--seed", 2, *FAULTS)
    seen = []
    for _ in range(6):
        wait_until(lambda: pipeline.messages_stored() > (seen[-1] if seen else 1000), what="more orders in the store")
        found = audit(pipeline)
        assert found["result"] == "equal"
        seen.append(found["messages"])
    assert producing.alive() and running.alive() and seen == sorted(set(seen))
    assert producing.terminate() == 0 and running.terminate() == 0
    assert audit(pipeline)["result"] == "equal"


@pytest.mark.parametrize("base", [ECOMMERCE, VENDAS, THIRD], ids=lambda base: base.stem)
def test_equal_on_a_file_of_several_blocks(pipelines, base):
    pipeline = pipelines(base)
    orders = pipeline.folder / "orders.jsonl"
    pipeline.produce("--count", 45_000, "--seed", 3, "--out", orders, *FAULTS, truth=False)
    pipeline.reads(orders)
    pipeline.run("--quiet", "--workers", 2)
    found = audit(pipeline, "--workers", 2)
    assert found["result"] == "equal" and found["messages"] == 45_000
    assert len([each for each in found["partitions"] if each["messages"]]) > 1


@pytest.mark.parametrize("kept_whole", [True, False])
def test_equal_where_a_line_of_a_file_is_longer_than_any_order(pipelines, tmp_path, kept_whole):
    """One of which only the beginning is kept, and the longest of which all is."""
    longest = (65 << 20) - 1
    file = tmp_path / "orders.jsonl"
    good = lines([order(("Mouse", "1", "1"))])
    file.write_bytes(good + b"x" * (longest if kept_whole else longest + 10) + b"\n" + good)
    pipeline = pipelines(ECOMMERCE)
    pipeline.reads(file)
    pipeline.run()
    found = audit(pipeline)
    assert (found["result"], found["orders"], found["rejects"]) == ("equal", 2, 1)


def test_equal_where_a_topic_holds_odd_things(kafka, pipelines):
    """Tombstones, empty messages, transactions that were aborted, and a message that fills several fetches."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(max_message_bytes=12_000_000))
    good = order(("Mouse", "1", "2.50"))
    producer = kafka.transactions("audit")
    for keep in (True, False, True, False):
        producer.begin_transaction()
        for _ in range(20):
            producer.produce(pipeline.topic, good, partition=0)
        if keep:
            producer.commit_transaction()
        else:
            producer.flush()
            producer.abort_transaction()
    kafka.produce_exactly(pipeline.topic, [None, b"", good, b"x" * 9_000_000, b"\xff", good])
    pipeline.run()
    found = audit(pipeline)
    assert found["result"] == "equal" and found["orders"] == 42 and found["rejects"] == 4


def test_equal_for_the_generator(pipelines):
    pipeline = pipelines(DEMO)
    running = pipeline.start("--quiet")
    wait_until(lambda: pipeline.messages_stored() > 0, what="orders in the store")
    running.terminate()
    found = audit(pipeline)
    assert found["result"] == "equal" and found["messages"] == pipeline.messages_stored()


def test_nothing_is_stored_yet(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    ended = pipeline.program.run("audit", pipeline.path, status=1)
    assert "is not there yet" in ended.stderr and not pipeline.store_file.exists()
    pipeline.program.run("init", pipeline.path)
    found = audit(pipeline)
    assert found["result"] == "equal" and found["messages"] == 0 and found["partitions"] == []


def test_standard_input_can_not_be_audited(salestream):
    salestream.folder.mkdir(parents=True, exist_ok=True)
    (salestream.folder / "orders.jsonl").write_bytes(lines([order(("Mouse", "1", "2.50"))]))
    store = ("--store", "sqlite:piped.db", "--input", "-")
    with open(salestream.folder / "orders.jsonl", "rb") as orders:
        salestream.run("run", ECOMMERCE, *store, "--until-end", standard_input=orders)
    ended = salestream.run("audit", ECOMMERCE, *store, status=1)
    assert "can be read only once" in ended.stderr and ended.stdout == ""


# Differences.


def test_a_total_was_changed(counted, tmp_path):
    with spoilt(counted, tmp_path) as store:
        product, revenue = store.execute("SELECT product_name, total_sales FROM product_sales LIMIT 1").fetchone()
        wrong = str(Decimal(revenue) + Decimal("0.01"))
        store.execute("UPDATE product_sales SET total_sales = ? WHERE product_name = ?", (wrong, product))
    (found,) = differences(counted, tmp_path)
    assert found == {
        "table": "product_sales",
        "key": [product],
        "column": "total_sales",
        "expected": revenue,
        "stored": wrong,
        "partitions": [0, 1, 2],
        "meaning": "a row is not the sum of its cells",
    }
    said = counted.program.run("audit", counted.path, "--store", f"sqlite:{tmp_path / 'spoilt.db'}", status=3).stdout
    (line,) = [each for each in said.splitlines() if wrong in each]
    assert [each.strip() for each in line.split("|")][1:7] == [
        "product_sales",
        product,
        "total_sales",
        revenue,
        wrong,
        "0, 1, 2",
    ]
    assert "product_sales: 1 difference: " in said and "rejects: equal: " in said


def a_cell(store):
    return store.execute("SELECT * FROM product_sales_cells WHERE \"partition\" = 1 LIMIT 1").fetchone()


THIS_CELL = 'WHERE product_name = ? AND "partition" = 1'


def test_a_cell_is_lost(counted, tmp_path):
    with spoilt(counted, tmp_path) as store:
        cell = a_cell(store)
        store.execute(f"DELETE FROM product_sales_cells {THIS_CELL}", (cell["product_name"],))
    (found,) = differences(counted, tmp_path)
    assert (found["table"], found["key"], found["column"], found["stored"], found["partitions"], found["meaning"]) == (
        "product_sales_cells",
        [cell["product_name"]],
        "row",
        "no such cell",
        [1],
        "a cell is lost",
    )
    assert found["expected"] == f"revenue {cell['revenue']}, units {cell['units']}, orders {cell['orders']}"


def test_a_cell_and_its_row_are_counted_twice(counted, tmp_path):
    with spoilt(counted, tmp_path) as store:
        cell = a_cell(store)
        product = cell["product_name"]
        total = store.execute("SELECT total_sales FROM product_sales WHERE product_name = ?", (product,)).fetchone()[0]
        twice = {name: str(2 * Decimal(cell[name])) for name in ("revenue", "units", "orders")}
        store.execute(
            f"UPDATE product_sales_cells SET revenue = ?, units = ?, orders = ? {THIS_CELL}", (*twice.values(), product)
        )
        wrong = str(Decimal(total) + Decimal(cell["revenue"]))
        store.execute("UPDATE product_sales SET total_sales = ? WHERE product_name = ?", (wrong, product))
    found = differences(counted, tmp_path)
    assert [
        (each["table"], each["column"], each["expected"], each["stored"], each["partitions"]) for each in found
    ] == [
        ("product_sales", "total_sales", total, wrong, [0, 1, 2]),
        *[("product_sales_cells", name, str(cell[name]), twice[name], [1]) for name in ("revenue", "units", "orders")],
    ]


def test_a_cell_lacks_the_last_message(counted, tmp_path):
    with spoilt(counted, tmp_path) as store:
        cell = a_cell(store)
        store.execute(f"UPDATE product_sales_cells SET through = through - 1 {THIS_CELL}", (cell["product_name"],))
    found = [each for each in differences(counted, tmp_path) if each["table"] == "product_sales_cells"]
    columns = {each["column"]: each["expected"] for each in found}
    assert columns["through"] == f"at least {cell['through']}" and "revenue" in columns
    assert all((each["key"], each["partitions"]) == ([cell["product_name"]], [1]) for each in found)


def test_a_row_is_lost_and_another_invented(counted, tmp_path):
    with spoilt(counted, tmp_path) as store:
        product, revenue = store.execute("SELECT product_name, total_sales FROM product_sales LIMIT 1").fetchone()
        store.execute("DELETE FROM product_sales WHERE product_name = ?", (product,))
        store.execute("INSERT INTO product_sales VALUES ('Nobody sells this', '12.50')")
        store.execute("INSERT INTO product_sales_cells VALUES ('Nor this', 2, '1.00', '1', 1, 7)")
    found = {(each["table"], each["key"][0]): each for each in differences(counted, tmp_path)}
    lost = found.pop(("product_sales", product))
    assert (lost["expected"], lost["stored"], lost["meaning"]) == (f"revenue {revenue}", "no such row", "a row is lost")
    invented = found.pop(("product_sales", "Nobody sells this"))
    assert (invented["expected"], invented["stored"], invented["partitions"]) == ("no such row", "revenue 12.50", [])
    cell = found.pop(("product_sales_cells", "Nor this"))
    assert (cell["expected"], cell["partitions"]) == ("no such cell", [2])
    assert not found


@pytest.mark.parametrize(
    "change, column, expected, stored, meaning",
    [
        ("DELETE FROM rejects WHERE rowid = :row", "row", "{reason}", "no reject", "a rejected message is lost"),
        (
            "UPDATE rejects SET reason = 'too_deep' WHERE rowid = :row",
            "reason",
            "{reason}",
            "too_deep",
            "a rejected message has another reason",
        ),
        (
            "UPDATE rejects SET message = CAST(message || 'x' AS BLOB) WHERE rowid = :row",
            "message",
            "the bytes of the source",
            "other bytes",
            "a rejected message was changed",
        ),
        (
            "UPDATE rejects SET \"key\" = x'00' WHERE rowid = :row",
            "key",
            "the bytes of the source",
            "other bytes",
            "a rejected message was changed",
        ),
    ],
    ids=["lost", "reason", "message", "key"],
)
def test_a_reject_was_changed(counted, tmp_path, change, column, expected, stored, meaning):
    with spoilt(counted, tmp_path) as store:
        reject = store.execute("SELECT rowid AS row, * FROM rejects WHERE length(message) > 0 LIMIT 1").fetchone()
        store.execute(change, {"row": reject["row"]})
    (found,) = differences(counted, tmp_path)
    assert found == {
        "table": "rejects",
        "key": [str(reject["offset"])],
        "column": column,
        "expected": expected.format(**reject),
        "stored": stored,
        "partitions": [reject["partition"]],
        "meaning": meaning,
    }


def test_rejects_were_invented(counted, tmp_path):
    taken = {(each["partition"], each["offset"]) for each in counted.rejects()}
    offset = next(each for each in range(1000) if (2, each) not in taken)
    with spoilt(counted, tmp_path) as store:
        for where in (offset, 1_000_000):  # an order; no message at all
            store.execute("INSERT INTO rejects VALUES ('', 2, ?, NULL, 'invalid_json', '', x'', x'7b')", (where,))
    assert [
        (each["key"], each["expected"], each["stored"], each["partitions"]) for each in differences(counted, tmp_path)
    ] == [([str(each)], "no reject", "invalid_json", [2]) for each in (offset, 1_000_000)]


@pytest.mark.parametrize(
    "column",
    [
        "messages",
        "orders",
        "items",
        "wrong_totals",
        "first_offset",
        "first_checksum",
        "last_checksum",
        "last_timestamp_ms",
    ],
)
def test_a_number_of_progress_was_changed(counted, tmp_path, column):
    with spoilt(counted, tmp_path) as store:
        store.execute(f"UPDATE salestream_progress SET {column} = {column} + 1 WHERE \"partition\" = 1")
    (each,) = differences(counted, tmp_path)
    assert (each["table"], each["column"], each["partitions"]) == ("progress", column, [1])


def test_counts_of_rejects_were_changed(counted, tmp_path):
    with spoilt(counted, tmp_path) as store:
        store.execute("UPDATE salestream_progress SET rejects_by_reason = '{\"too_deep\": 1}' WHERE \"partition\" = 0")
    found = {each["column"]: (each["expected"], each["stored"]) for each in differences(counted, tmp_path)}
    assert found["rejects too_deep"] == ("0", "1") and all(name.startswith("rejects ") for name in found)


def test_progress_was_put_forward(kafka, pipelines):
    """Messages that were never counted are said to be in the store; then even messages that were never there."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    kafka.produce(pipeline.topic, [order(("Mouse", "1", "2.50")), order(("Laptop", "1", "10"))], 0)
    pipeline.run()
    kafka.produce(pipeline.topic, [order(("Mouse", "2", "2.50")), order(("Tablet", "1", "99"))], 0)
    assert audit(pipeline)["messages"] == 2

    def put_forward(next_offset):
        with contextlib.closing(sqlite3.connect(pipeline.store_file)) as store:
            store.execute("UPDATE salestream_progress SET next_offset = ?", (next_offset,))
            store.commit()
        return {
            (each["table"], *each["key"], each["column"]): (each["expected"], each["stored"], each["partitions"])
            for each in audit(pipeline, status=3)["differences"]
        }

    found = put_forward(4)
    assert found["progress", "messages"] == ("4", "2", [0]) and found["progress", "last_offset"] == ("3", "1", [0])
    assert found["product_sales_cells", "Mouse", "through"] == ("at least 2", "0", [0])
    assert found["product_sales_cells", "Tablet", "row"] == ("revenue 99.00, units 1, orders 1", "no such cell", [0])
    assert found["product_sales", "Tablet", "row"] == ("revenue 99.00", "no such row", [0])
    assert not [key for key in found if "Laptop" in key]
    assert put_forward(40)["progress", "next_offset"] == ("at most 4", "40", [0])


def test_only_a_hundred_differences_are_listed_unless_all_are_asked_for(pipelines):
    pipeline = pipelines(ECOMMERCE)
    orders = pipeline.folder / "orders.jsonl"
    orders.write_bytes(lines([order((f"Product {n}", "1", "1")) for n in range(150)]))
    pipeline.reads(orders)
    pipeline.run("--quiet")
    with contextlib.closing(sqlite3.connect(pipeline.store_file)) as store:
        store.execute("UPDATE product_sales SET total_sales = '7'")
        store.commit()
    found = audit(pipeline, status=3)
    assert found["all_differences"] == 150 and len(found["differences"]) == 100
    assert len(audit(pipeline, "--all", status=3)["differences"]) == 150
    said = pipeline.program.run("audit", pipeline.path, *pipeline.source, status=3).stdout
    assert said.count("|product_sales|") == 100 and "50 more; --all shows them" in said


# Messages that have expired.


def test_expired_messages(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=2))
    pipeline.produce("--count", 2000, "--rate", "max", "--seed", 4, *FAULTS)
    pipeline.run()
    kafka.expire(pipeline.topic, 0, 300)
    found = audit(pipeline, status=4)
    assert found["result"] == "incomplete" and found["differences"] == []
    assert [(each["begin"], each["expired_from"]) for each in found["partitions"]] == [(300, 0), (0, None)]
    assert found["tables"][0]["unproven_cells"] > 0
    assert found["unproven_rejects"] == len(
        [each for each in pipeline.rejects() if each["partition"] == 0 and each["offset"] < 300]
    )
    said = pipeline.program.run("audit", pipeline.path, status=4).stdout
    assert "partition 0: the messages at offsets 0 to 299 were counted and have expired" in said
    assert "nothing was found wrong" in said and "not everything could be audited" in said

    # What is left proves enough to see this.
    with contextlib.closing(sqlite3.connect(pipeline.store_file)) as store:
        (product,) = store.execute(
            'SELECT product_name FROM product_sales_cells WHERE "partition" = 0 LIMIT 1'
        ).fetchone()
        store.execute(
            "UPDATE product_sales_cells SET revenue = '0.01' WHERE product_name = ? AND \"partition\" = 0", (product,)
        )
        store.commit()
    cell = [each for each in audit(pipeline, status=3)["differences"] if each["table"] == "product_sales_cells"]
    assert [(each["key"], each["partitions"]) for each in cell] == [([product], [0])]
    assert cell[0]["expected"].startswith("at least revenue ")


def test_what_has_expired_before_it_was_counted(kafka, pipelines):
    """What the store has counted ends where it ends, however much has expired behind that."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    kafka.produce(pipeline.topic, [order(("Mouse", "1", "2.50"))] * 10, 0)
    pipeline.run()
    kafka.produce(pipeline.topic, [order(("Mouse", "1", "2.50"))] * 10, 0)
    kafka.expire(pipeline.topic, 0, 15)
    (found,) = audit(pipeline, status=4)["partitions"]
    assert (found["expired_from"], found["next_offset"], found["begin"], found["never_counted"]) == (0, 10, 15, 5)
    said = pipeline.program.run("audit", pipeline.path, status=4).stdout
    assert (
        "partition 0: the messages at offsets 0 to 9 were counted and have expired from the source since; "
        "the messages at offsets 10 to 14 have expired and were never counted; nothing is left that could be audited"
    ) in said


# A topic that is compacted, and one that is not there.


def test_a_compacted_topic(kafka, pipelines):
    """Orders keyed by their id: compaction removes those that were sent again, after they were counted."""
    often = {"segment_ms": 200, "min_cleanable_dirty_ratio": 0.001, "max_compaction_lag_ms": 200}
    topic = kafka.new_topic(cleanup_policy="compact", **often)
    pipeline = pipelines(ECOMMERCE, kafka, topic)
    one = order(("Mouse", "1", "2.50"))
    kafka.produce_keyed(topic, [(b"a", one), (b"b", one), (b"a", one)])
    pipeline.run()
    assert audit(pipeline)["partitions"][0]["compacted"] is False

    def is_compacted():
        kafka.produce_keyed(topic, [(b"filler", order(("Filler", "1", "1")))])  # only what is behind is compacted
        return 0 not in [message.offset for message in kafka.consume(topic)]

    wait_until(is_compacted, timeout_s=90, what="compaction", every_s=1)
    pipeline.run()
    found = audit(pipeline, status=4)
    assert found["result"] == "incomplete" and found["differences"] == []
    (partition,) = found["partitions"]
    assert partition["compacted"] and partition["expired_from"] is None and partition["never_counted"] == 0
    assert found["tables"][0]["unproven_cells"] > 0
    said = pipeline.program.run("audit", pipeline.path, status=4).stdout
    assert "partition 0: the topic is compacted (cleanup.policy), and of the " in said and "expired" not in said


def test_a_topic_that_does_not_exist(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    pipeline.program.run("init", pipeline.path)
    kafka.delete_topic(pipeline.topic)
    wait_until(lambda: not kafka.has_topic(pipeline.topic), what="the topic to be gone")
    ended = pipeline.program.run("audit", pipeline.path, status=1)
    assert f"topic {pipeline.topic} does not exist at {kafka.bootstrap}" in ended.stderr and ended.stdout == ""


# The truth.


def test_the_truth_of_other_orders_differs(counted, tmp_path):
    truth = counted.truth
    truth["orders"] += 1
    row = truth["tables"]["product_sales"][0]
    was, row["revenue"] = row["revenue"], "0.07"
    gone = truth["tables"]["product_sales"].pop()
    (tmp_path / "other.json").write_text(json.dumps(truth))
    found = audit(counted, "--truth", tmp_path / "other.json", status=3)
    assert [
        (each["table"], each["key"], each["column"], each["expected"], each["stored"])
        for each in found["differences"]
        if each["column"] != "row"
    ] == [
        ("progress", [], "orders", str(truth["orders"]), str(truth["orders"] - 1)),
        ("product_sales", row["key"], "total_sales", "0.07", was),
    ]
    (invented,) = [each for each in found["differences"] if each["column"] == "row"]
    assert invented["key"] == gone["key"] and invented["expected"] == "no such row"
    assert found["truth_differences"] == found["all_differences"] == 3

    (tmp_path / "none.json").write_text("{}")
    for name in ("none.json", "not-there.json"):
        ended = counted.program.run("audit", counted.path, "--truth", tmp_path / name, status=1)
        assert name in ended.stderr


def test_a_broker_that_is_away_is_no_difference(kafka, salestream, counted, tmp_path):
    copy = tmp_path / "unreachable.yaml"
    copy.write_text(
        counted.path.read_text().replace(f"bootstrap.servers: {kafka.bootstrap}", "bootstrap.servers: 127.0.0.1:1")
    )
    ended = salestream.run("audit", copy, status=1, timeout_s=90)
    assert (
        "no answer from Kafka at 127.0.0.1:1: Connection refused" in ended.stderr and ended.stdout == ""
    ), ended.description()
