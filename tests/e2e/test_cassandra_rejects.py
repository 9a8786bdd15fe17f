"""Rejected messages in Cassandra: found by place, sent to the topic again each exactly once, and marked, where no
transaction holds the rows of the account together."""

import json

import pytest

from support import places
from support.crashes import killed
from support.pipeline import ECOMMERCE

# After each step that writes to the store or to Kafka.
POINTS = ("after_begin:1", "before_commit_transaction:1", "after_commit_transaction:1")


def rejects(pipeline, verb, *arguments, **more):
    return pipeline.program.run("rejects", verb, pipeline.path, *arguments, **more)


def states(pipeline, *flags):
    rows = json.loads(rejects(pipeline, "list", "--format", "json", *flags).stdout)
    return {(row["partition"], row["offset"]): row["state"] for row in rows}


def times_sent(kafka, pipeline):
    found = {}
    for record in kafka.records(pipeline.topic):
        if "salestream.resend" in record.headers:
            place = (int(record.headers["salestream.partition"]), int(record.headers["salestream.offset"]))
            found[place] = found.get(place, 0) + 1
    return found


@pytest.fixture
def pipeline(kafka, cassandra, pipelines):
    """Two partitions, with rejected messages in two buckets of each."""
    made = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=2), node=cassandra)
    for partition in (0, 1):
        kafka.produce_exactly(made.topic, [b"bad %d" % number for number in range(1005)], partition)
    made.run(status=1)
    return made


def test_sent_again_each_once_however_often_it_is_killed(kafka, pipeline):
    assert list(states(pipeline, "--from-offset", 998, "--to-offset", 1001)) == [
        (partition, offset) for partition in (0, 1) for offset in (998, 999, 1000, 1001)
    ]
    assert "bad 1003" in rejects(pipeline, "show", "1:1003").stdout
    for number, where in enumerate(POINTS):
        chosen = [f"0:{number}", f"1:{1000 + number}"]
        killed(
            pipeline.program.start(
                "rejects", "resend", pipeline.path, *chosen, binary=places.crashing_binary(), SALESTREAM_CRASH_AT=where
            )
        )
        rejects(pipeline, "resend", *chosen)
        done = {place: 1 for k in range(number + 1) for place in ((0, k), (1, 1000 + k))}
        assert times_sent(kafka, pipeline) == done, f"killed at {where}"
        assert {place for place, state in states(pipeline, "--limit", 3000).items() if state == "sent"} == set(done)
    assert "sent 2,004 messages" in rejects(pipeline, "resend", "--all").stdout
    assert "2,010 that were sent before" in rejects(pipeline, "resend", "--all").stdout
    assert times_sent(kafka, pipeline) == {(partition, offset): 1 for partition in (0, 1) for offset in range(1005)}

    pipeline.reset()  # what was sent is in the topic still, and is known to be
    pipeline.run(status=1)
    assert list(states(pipeline, "--limit", 10000).values()).count("sent") == 2010
    pipeline.program.run("audit", pipeline.path)


def test_a_keyspace_of_an_earlier_version(kafka, cassandra, pipeline):
    """It has no tables for what was sent again. Looking needs none; `init` makes them."""
    for table in ("salestream_resends", "salestream_resent"):
        cassandra.cql(f"DROP TABLE {pipeline.store.keyspace}.{table}")
    assert set(states(pipeline, "--limit", 5).values()) == {"kept"}
    pipeline.totals()
    refused = rejects(pipeline, "resend", "0:1", status=1)
    assert "salestream init" in refused.stderr and times_sent(kafka, pipeline) == {}
    assert "salestream_resends" in pipeline.program.run("init", pipeline.path).stdout
    rejects(pipeline, "resend", "0:1")
    assert times_sent(kafka, pipeline) == {(0, 1): 1}
