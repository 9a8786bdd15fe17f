"""Messages that could not be counted, looked at, exported, edited and sent to the topic again: each exactly once, also
when the resend is killed at any of its steps and run again."""

import base64
import json
import pathlib

import pytest

from support import groups, places
from support.crashes import RESEND_POINTS, killed, start_to_crash
from support.orders import lines, order
from support.pipeline import ECOMMERCE
from support.waiting import wait_until

GOOD = order(("Mouse", "1", "0.25"))
BROKEN = GOOD.replace(b'"quantity": 1', b'"quantity": 1 1')  # mended by hand, it is a good one
EVERY_BYTE = bytes(range(256))
# (key, value), at the offsets 1 to 4 of each partition.
BAD = [(b"k-1", BROKEN), (None, b"no order\r\n\x00\x1b[31m"), (b"k-\xff", EVERY_BYTE), (b"k-4", b'{"products": 7}')]
IN_FILE = [value.replace(b"\n", b"") for _, value in BAD]
PLACES = [(partition, offset) for partition in (0, 1) for offset in (1, 2, 3, 4)]


def rejects(pipeline, verb, *arguments, **more):
    return pipeline.program.run("rejects", verb, pipeline.path, *pipeline.source, *arguments, **more)


def listed(pipeline, *flags):
    return json.loads(rejects(pipeline, "list", "--format", "json", *flags).stdout)


def states(pipeline):
    return {(row["partition"], row["offset"]): row["state"] for row in listed(pipeline)}


def exported(pipeline, file, *flags):
    rejects(pipeline, "export", "--out", file, *flags)
    return [json.loads(line) for line in file.read_text().splitlines()]


def write_lines(file, rows):
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))


def sent_again(kafka, pipeline):
    """The messages of resends by the place that they came from, a list for each."""
    found = {}
    for record in kafka.records(pipeline.topic):
        if "salestream.resend" in record.headers:
            place = (int(record.headers["salestream.partition"]), int(record.headers["salestream.offset"]))
            found.setdefault(place, []).append(record)
    return found


def times_sent(kafka, pipeline):
    return {place: len(records) for place, records in sent_again(kafka, pipeline).items()}


@pytest.fixture
def pipeline(kafka, pipelines):
    """A topic of two partitions, each with the same good and bad messages, counted."""
    made = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=2))
    for partition in (0, 1):
        kafka.produce_keyed(made.topic, [(b"good", GOOD), *BAD, (b"good", GOOD)], partition)
    made.run()
    return made


@pytest.fixture
def of_file(pipelines, tmp_path):
    """The same from a file, which is faster; line ends have to be left out, and a line has no key."""
    made = pipelines(ECOMMERCE)
    text = made.path.read_text()
    orders = tmp_path / "orders.jsonl"
    orders.write_bytes(lines([GOOD, *IN_FILE]))
    made.path.write_text(
        text[: text.index("source:")] + f"source: {{file: {orders}}}\n\n" + text[text.index("order:") :]
    )
    made.run()
    return made


# Looking.


def offsets_in_file():
    at = [len(GOOD) + 1]
    for message in IN_FILE:
        at.append(at[-1] + len(message) + 1)
    return at[:-1]


def test_list_shows_where_when_why_and_what(of_file):
    first, second, third, fourth = offsets_in_file()
    text = rejects(of_file, "list").stdout
    assert f"|0:{first}" in text and "invalid_json" in text and "kept" in text
    assert "\x1b" not in text and "no order\\x0d\\x00\\x1b[31m" in text, "nothing in it steers a terminal"
    rows = listed(of_file)
    assert [row["offset"] for row in rows] == [first, second, third, fourth]
    assert {(row["partition"], row["state"], row["time"]) for row in rows} == {(0, "kept", None)}
    assert rows[0]["bytes"] == len(BROKEN)

    assert listed(of_file, "--partition", 1) == []
    assert [row["offset"] for row in listed(of_file, "--from-offset", second, "--to-offset", third)] == [second, third]
    assert {row["reason"] for row in listed(of_file, "--reason", "wrong_type")} == {"wrong_type"}
    assert len(listed(of_file, "--limit", 3)) == 3
    assert "\n3 rejects shown, and there are more: --limit" in rejects(of_file, "list", "--limit", 3).stdout
    assert "there are more" not in rejects(of_file, "list", "--limit", 4).stdout
    assert rejects(of_file, "list", "--reason", "too_deep").stdout == "no rejects\n"
    assert "there are: null_message" in rejects(of_file, "list", "--reason", "ugly", status=2).stderr


def test_show_has_the_original_bytes(of_file):
    place = f"0:{offsets_in_file()[2]}"
    shown = rejects(of_file, "show", place).stdout
    assert "invalid_utf8" in shown and "255 bytes" in shown and "\\xff" in shown
    assert rejects(of_file, "show", place, "--raw").stdout_bytes == IN_FILE[2]
    assert "no reject at 0:0" in rejects(of_file, "show", "0:0", status=1).stderr
    assert "PARTITION:OFFSET" in rejects(of_file, "show", "first", status=2).stderr


def test_an_export_is_whole_or_not_there(of_file, tmp_path):
    rows = exported(of_file, tmp_path / "all.jsonl")
    assert [row["message"].encode() for row in rows if "message" in row] == [*IN_FILE[:2], IN_FILE[3]]
    assert base64.b64decode(rows[2]["message_base64"]) == IN_FILE[2]
    assert len(rejects(of_file, "export", "--reason", "invalid_json").stdout.splitlines()) == 2
    assert list(tmp_path.glob("all.jsonl*")) == [tmp_path / "all.jsonl"]
    assert (tmp_path / "all.jsonl").stat().st_mode & 0o777 == 0o600  # the messages name clients
    (tmp_path / "all.jsonl").chmod(0o640)
    (tmp_path / "all.jsonl.new").write_text("somebody's")
    assert exported(of_file, tmp_path / "all.jsonl") == rows
    assert (tmp_path / "all.jsonl").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "all.jsonl.new").read_text() == "somebody's"
    link = tmp_path / "link.jsonl"  # stays one, as a device would
    link.symlink_to(tmp_path / "all.jsonl")
    assert exported(of_file, link) == rows and link.is_symlink()
    refused = rejects(of_file, "export", "--out", tmp_path / "no" / "folder.jsonl", status=1)
    assert "folder.jsonl" in refused.stderr


def test_rejects_of_a_file_are_not_sent(of_file):
    assert "to a Kafka topic only" in rejects(of_file, "resend", "--all", status=2).stderr


# Sending again.


def test_as_they_are_each_once(kafka, pipeline):
    dry = rejects(pipeline, "resend", "--all", "--dry-run").stdout
    assert "would send 8 messages" in dry and sent_again(kafka, pipeline) == {}
    assert "sent 8 messages" in rejects(pipeline, "resend", "--all").stdout
    found = sent_again(kafka, pipeline)
    assert {place: [(r.partition, r.key, r.value) for r in records] for place, records in found.items()} == {
        (partition, offset): [(partition, *BAD[offset - 1])] for partition, offset in PLACES
    }
    assert {r.headers["salestream.log"] for records in found.values() for r in records} == {
        f"kafka topic {pipeline.topic}"
    }
    assert set(states(pipeline).values()) == {"sent"}

    again = rejects(pipeline, "resend", "--all").stdout
    assert "8 that were sent before" in again and "nothing was sent" in again
    assert sent_again(kafka, pipeline) == found

    pipeline.run(status=1)  # they are rejected once more, in places of their own
    assert len(listed(pipeline)) == 16 and list(states(pipeline).values()).count("kept") == 8
    assert rejects(pipeline, "list").stdout.endswith("16 rejects: 8 open, 8 sent again\n")
    status = pipeline.program.run("status", pipeline.path)
    assert "16 rejects (" in status.stdout and status.stdout.endswith("\nrejects: 8 open, 8 sent again\n")
    status = json.loads(pipeline.program.run("status", pipeline.path, "--format", "json").stdout)
    assert (sum(status["total"]["rejects"].values()), status["open_rejects"], status["resent"]) == (16, 8, 8)
    pipeline.program.run("audit", pipeline.path)
    pipeline.reset()  # what was sent is in the topic still, and is known to be
    pipeline.run()
    assert list(states(pipeline).values()).count("sent") == 8
    rejects(pipeline, "resend", "0:1", "--again")
    assert times_sent(kafka, pipeline)[0, 1] == 2


def test_edited_ones_are_counted(kafka, pipeline, tmp_path):
    """And the gaps that transactions leave in the offsets mislead neither run nor audit."""
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "1.00"}]
    edited = tmp_path / "edited.jsonl"
    rows = exported(pipeline, edited, "--reason", "invalid_json")
    write_lines(
        edited, [{**row, "message": row["message"].replace("1 1", "1")} for row in rows if "1 1" in row["message"]]
    )
    assert "sent 2 messages" in rejects(pipeline, "resend", "--from", edited).stdout
    assert "2 that were sent before" in rejects(pipeline, "resend", "--from", edited).stdout
    pipeline.run()
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "1.50"}]
    pipeline.program.run("audit", pipeline.path)
    assert [record.key for records in sent_again(kafka, pipeline).values() for record in records] == [b"k-1"] * 2

    for text, said in [
        (b"{", "edited.jsonl:1"),
        (edited.read_bytes() * 2, "a second time"),
        (b"\n", "no reject in it"),
        (b'{"partition": 0, "offset": 0, "message": "x"}', "no reject at 0:0"),
    ]:
        edited.write_bytes(text)
        assert said in rejects(pipeline, "resend", "--from", edited, status=1).stderr
    assert len(sent_again(kafka, pipeline)) == 2


def test_chosen_ones_only(kafka, pipeline):
    assert "one of" in rejects(pipeline, "resend", status=2).stderr
    assert "one of" in rejects(pipeline, "resend", "0:1", "--all", status=2).stderr
    assert "no reject at 0:9" in rejects(pipeline, "resend", "0:1", "0:9", status=1).stderr
    assert sent_again(kafka, pipeline) == {}
    rejects(pipeline, "resend", "0:2", "1:4")
    assert set(sent_again(kafka, pipeline)) == {(0, 2), (1, 4)}
    assert "there are more" in rejects(pipeline, "resend", "--reason", "invalid_json", "--limit", 1).stdout
    assert set(sent_again(kafka, pipeline)) == {(0, 1), (0, 2), (1, 4)}


def test_a_null_message_is_no_order(kafka, pipelines, tmp_path):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    kafka.produce_exactly(pipeline.topic, [None, b"bad", None])
    pipeline.run(status=1)
    assert "null: no bytes" in rejects(pipeline, "show", "0:0").stdout
    said = rejects(pipeline, "resend", "--all").stdout
    assert "sent 1 message " in said and "2 null messages" in said
    file = tmp_path / "nulls.jsonl"
    row, _ = exported(pipeline, file, "--reason", "null_message")
    assert "null message" in rejects(pipeline, "resend", "--from", file, status=1).stderr
    write_lines(file, [{**row, "message": GOOD.decode()}])
    rejects(pipeline, "resend", "--from", file)
    assert [record.value for record in sent_again(kafka, pipeline)[0, 0]] == [GOOD]


def test_a_message_that_the_topic_does_not_take_sends_none(kafka, pipeline, tmp_path):
    edited = tmp_path / "edited.jsonl"
    small, large, *_ = exported(pipeline, edited)
    write_lines(edited, [small, {**large, "message": "x" * 2_000_000}])
    refused = rejects(pipeline, "resend", "--from", edited, status=1)
    assert "message.max.bytes" in refused.stderr and "Nothing was sent" in refused.stderr
    assert sent_again(kafka, pipeline) == {} and set(states(pipeline).values()) == {"kept"}


def test_beside_a_run(kafka, pipeline):
    running = pipeline.start("--quiet")
    for offset in (1, 2, 3, 4):
        rejects(pipeline, "resend", f"0:{offset}", f"1:{offset}")
    wait_until(lambda: pipeline.messages_stored() == 20, what="all that was sent again is counted or rejected")
    assert running.terminate() == 0, running.description()
    assert len(listed(pipeline)) == 16


# Killed at every step, frozen, two at once.


def resend_to_crash(pipeline, where, *arguments, **environment):
    return pipeline.program.start(
        "rejects",
        "resend",
        pipeline.path,
        *arguments,
        binary=places.crashing_binary(),
        SALESTREAM_CRASH_AT=where,
        **environment,
    )


def test_killed_at_every_step_and_run_again(kafka, pipelines):
    """Each time with three rejected messages that no one was killed with before."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=2))
    for partition in (0, 1):
        kafka.produce_exactly(pipeline.topic, [b"bad"] * 2 * len(RESEND_POINTS), partition)
    pipeline.run(status=1)
    for number, where in enumerate(RESEND_POINTS):
        chosen = [f"0:{2 * number}", f"0:{2 * number + 1}", f"1:{2 * number}"]
        killed(resend_to_crash(pipeline, where, *chosen))
        if where.startswith("before_commit"):
            assert list(states(pipeline).values()).count("being sent") == 3
        resent = rejects(pipeline, "resend", *chosen, f"1:{2 * number + 1}")
        done = {(partition, offset): 1 for partition in (0, 1) for offset in range(2 * number + 2)}
        assert times_sent(kafka, pipeline) == done, f"killed at {where}"
        assert {place for place, state in states(pipeline).items() if state == "sent"} == set(
            done
        ), f"killed at {where}"
        if where.split(":")[0] in (
            "after_begin",
            "before_commit_transaction",
            "after_commit_transaction",
            "before_settle",
        ):
            assert "an earlier resend" in resent.stderr, "it says what it found"


def is_stopped(running):
    return (
        pathlib.Path(f"/proc/{running.process.pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0]
        == "T"
    )


def test_frozen_before_its_commit_it_is_shut_out(kafka, pipeline):
    frozen = resend_to_crash(pipeline, "before_commit_transaction:1", "--all", SALESTREAM_FREEZE="1")
    wait_until(lambda: is_stopped(frozen), what="it is frozen")
    assert "sent 8 messages" in rejects(pipeline, "resend", "--all").stdout
    frozen.thaw()
    assert frozen.wait() == 1
    assert "another one has begun" in frozen.stderr, frozen.description()
    assert times_sent(kafka, pipeline) == dict.fromkeys(PLACES, 1)
    assert set(states(pipeline).values()) == {"sent"}


def test_two_at_once(kafka, pipeline):
    both = [pipeline.program.start("rejects", "resend", pipeline.path, "--all") for _ in range(2)]
    assert 0 in [each.wait() for each in both], "\n".join(each.description() for each in both)
    rejects(pipeline, "resend", "--all")  # whichever lost may have left something to find out
    assert times_sent(kafka, pipeline) == dict.fromkeys(PLACES, 1)


def test_what_can_not_be_found_out_is_not_sent_again(kafka, pipeline):
    """The messages that would tell have expired."""
    killed(resend_to_crash(pipeline, "after_commit_transaction:1", "0:1"))
    kafka.produce_exactly(pipeline.topic, [GOOD] * 3)
    end = kafka.end_offsets(pipeline.topic)[0]
    kafka.expire(pipeline.topic, 0, end)
    said = rejects(pipeline, "resend", "--all")
    assert "can't be found out" in said.stderr and "sent 7 messages" in said.stdout and "--again" in said.stdout
    assert (0, 1) not in sent_again(kafka, pipeline) and states(pipeline)[0, 1] == "perhaps sent"
    rejects(pipeline, "resend", "0:1", "--again")
    assert times_sent(kafka, pipeline)[0, 1] == 1


# The dead-letter topic.


def with_dead_letter_topic(pipelines, kafka, *more):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=2))
    pipeline.dead_letter_topic = kafka.new_topic(prefix="dead-letter")
    for text in (f"rejects: {{topic: {pipeline.dead_letter_topic}}}", *more):
        pipeline.append(text)
    return pipeline


def test_each_rejected_message_goes_to_the_dead_letter_topic_unchanged(kafka, pipelines):
    pipeline = with_dead_letter_topic(pipelines, kafka)
    kafka.produce_keyed(pipeline.topic, [(b"good", GOOD), *BAD, (b"null", None)], 1)
    pipeline.run()
    found = kafka.records(pipeline.dead_letter_topic)
    assert [(record.key, record.value) for record in found] == [*BAD, (b"null", None)]
    assert [(record.headers["salestream.reason"], record.headers["salestream.detail"]) for record in found] == [
        (each["reason"], each["detail"]) for each in pipeline.rejects()
    ]
    assert {(record.headers["salestream.pipeline"], record.headers["salestream.log"]) for record in found} == {
        ("ecommerce_sales", f"kafka topic {pipeline.topic}")
    }
    assert [(record.headers["salestream.partition"], record.headers["salestream.offset"]) for record in found] == [
        ("1", str(offset)) for offset in range(1, 6)
    ]
    assert all(int(record.headers["salestream.timestamp_ms"]) > 0 for record in found)
    pipeline.run()  # nothing is sent twice without a crash
    assert len(kafka.records(pipeline.dead_letter_topic)) == 5


def test_init_makes_the_dead_letter_topic(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    name = f"dead-letter-{pipeline.topic}"
    pipeline.append(f"rejects: {{topic: {name}}}")
    assert f"made topic {name} with 1 partition" in pipeline.program.run("init", pipeline.path).stdout
    assert kafka.has_topic(name)


@pytest.mark.parametrize("point", ["before_rejects", "after_rejects", "after_progress"])
def test_killed_the_dead_letter_topic_has_every_rejected_message(kafka, pipelines, point):
    pipeline = with_dead_letter_topic(pipelines, kafka, "limits: {flush_interval_ms: 1}")
    kafka.produce_keyed(pipeline.topic, BAD * 10, 0)
    killed(start_to_crash(pipeline, point, 1))
    groups.remove_members(kafka.addresses[0], pipeline.group)
    pipeline.run(status=None)  # 1 where it still had some to reject
    found = {
        int(record.headers["salestream.offset"]): (record.key, record.value)
        for record in kafka.records(pipeline.dead_letter_topic)
    }
    assert found == dict(enumerate(BAD * 10)), "each at least once, and a second time under the same place"
    assert len(pipeline.rejects()) == 40


# The wrong thing.


def test_a_run_that_is_fed_the_wrong_thing_stops(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    pipeline.append("stop_when_rejects: 5%/1000")
    kafka.produce(pipeline.topic, [GOOD] * 3000 + [b"wrong thing"] * 20_000, 0)
    stopped = pipeline.run(status=1)
    assert "51 of the last 1000 messages" in stopped.stderr and "5%/1000" in stopped.stderr, stopped.description()
    assert "invalid_json" in stopped.stderr and "rejects list" in stopped.stderr
    eaten = pipeline.messages_stored()
    assert 3051 <= eaten < 5000, "what was counted is saved, and no more than a batch was taken in after it"
    assert pipeline.counters()["orders"] == 3000

    again = pipeline.run(status=1)  # a service manager that starts it again gets it no further
    assert "5%/1000" in again.stderr and pipeline.messages_stored() == eaten
    pipeline.program.run("audit", pipeline.path)

    pipeline.change("stop_when_rejects: 5%/1000", "")  # needs no reset
    pipeline.run(status=1)
    assert pipeline.messages_stored() == 23_000


def test_a_few_rejects_stop_nothing(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    pipeline.append("stop_when_rejects: 5%/1000")
    kafka.produce(pipeline.topic, ([GOOD] * 19 + [b"bad"]) * 500, 0)
    pipeline.run()
    assert pipeline.counters()["orders"] == 9500
