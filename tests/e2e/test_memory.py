"""No message ends a run by what it takes of memory: the worst of them, in less than a machine of 256 MB has."""

import json
import re

import pytest

from support import places
from support.orders import lines
from support.pipeline import ECOMMERCE
from support.worst_messages import TABLES, WorstMessages

MOST_MEMORY_BYTES = 256_000_000


def by_client_and_product(pipelines, messages, tmp_path):
    pipeline = pipelines(ECOMMERCE)
    text, count = re.subn(r"(?m)^totals:\n(?: .*\n|\n)*", lambda _: TABLES, pipeline.path.read_text())
    assert count == 1
    pipeline.path.write_text(text)
    orders = tmp_path / "orders.jsonl"
    orders.write_bytes(lines(messages))
    pipeline.reads(orders)
    return pipeline


# Runs a program, and writes the most resident memory that it had, by the system's own account of it.
MEASURE = """#!/usr/bin/python3
import resource, subprocess, sys
status = subprocess.call(["{program}", *sys.argv[1:]])
with open("{peak}", "w") as peak:
    peak.write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024))
sys.exit(status)
"""


@pytest.fixture
def measure(tmp_path):
    """The program under test, and a function that says what it took."""
    script, peak = tmp_path / "measure", tmp_path / "peak"
    script.write_text(MEASURE.format(program=places.binary(), peak=peak))
    script.chmod(0o755)
    return script, lambda: int(peak.read_text())


def test_the_worst_messages_fit_in_256_mb(pipelines, measure, tmp_path):
    pipeline = by_client_and_product(pipelines, WorstMessages().all(), tmp_path)
    program, peak_memory_bytes = measure
    # As the service runs it: what is shown at the end may be as long as the names in it.
    pipeline.run("--quiet", binary=program, timeout_s=120)
    assert peak_memory_bytes() < MOST_MEMORY_BYTES
    rejects = pipeline.counters()["rejects"]
    assert rejects["keys_too_large"] == 4
    assert rejects["message_too_large"] == 3
    assert (
        json.loads(pipeline.program.run("audit", pipeline.path, *pipeline.source, "--format", "json").stdout)["result"]
        == "equal"
    )


def test_an_audit_by_several_workers_fits_in_256_mb(kafka, pipelines, measure):
    """Each gets the longest messages, and empty ones, of which one fetch has as many as it likes."""
    partitions, worst = 4, WorstMessages()
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=partitions, prefix="ecommerce_sales"))
    for partition in range(partitions):
        messages = [worst.many_tokens(4_000_000), worst.large_escapes(4_000_000)] * 3 + [b""] * 100_000
        kafka.produce_exactly(pipeline.topic, messages, partition)
    pipeline.run("--quiet", timeout_s=120)
    program, peak_memory_bytes = measure
    audit = ("audit", pipeline.path, "--workers", partitions, "--format", "json")
    assert json.loads(pipeline.program.run(*audit, binary=program, timeout_s=120).stdout)["result"] == "equal"
    assert peak_memory_bytes() < MOST_MEMORY_BYTES


def test_a_topic_of_empty_messages_fits_in_256_mb(kafka, pipelines, measure):
    """Each takes some 250 bytes in librdkafka and next to nothing of what it fetches at once from all partitions."""
    partitions, messages = 12, 80_000
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=partitions, prefix="ecommerce_sales"))
    for partition in range(partitions):
        kafka.produce_exactly(pipeline.topic, [b""] * messages, partition)
    program, peak_memory_bytes = measure
    pipeline.run("--quiet", binary=program, timeout_s=120, status=1)  # no order is in them
    assert peak_memory_bytes() < MOST_MEMORY_BYTES
    assert pipeline.counters()["rejects"] == {"empty_message": partitions * messages}
