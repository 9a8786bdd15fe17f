"""What operators watch: /metrics as Prometheus reads it, /healthz and /readyz, the dashboard and the alert rules that
use them, and logging as JSON. What an unavailable broker or store does to them: test_broker_unavailable,
test_cassandra_unavailable."""

import json
import re

import pytest
import yaml

from support import places, prometheus
from support.orders import lines, order
from support.pipeline import ECOMMERCE
from support.waiting import wait_until
from support.web import Web

DOCUMENT = places.ROOT / "docs" / "metrics.md"
DASHBOARD = places.ROOT / "deploy" / "grafana" / "salestream.json"
ALERTS = places.ROOT / "deploy" / "prometheus" / "alerts.yml"
FAULTS = ("--faults", "duplicate=0.05,malformed=0.05,wrong_total=0.05,late=0.01")


def documented():
    """{name: (type, labels)} of the tables of docs/metrics.md."""
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \| ([^|]*)\|", DOCUMENT.read_text(), re.M)
    assert len({name for name, _, _ in rows}) == len(rows)
    return {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


@pytest.fixture
def counted(kafka, pipelines):
    """A run that has counted all of a topic, and goes on: (pipeline, running, web)."""
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=4))
    pipeline.append("deduplicate: {by: id, window: 1000}")
    running = pipeline.start("--quiet", "--http", "0", "--workers", 2)
    web = Web(running)
    # A worker that joins later would have the group share out its partitions again, and cells would leave memory.
    wait_until(
        lambda: kafka.members(pipeline.group) == 2 and web.metrics()["salestream_assigned_partitions"].value() == 4,
        what="a group of both workers",
    )
    pipeline.produce("--count", 5000, "--rate", "max", *FAULTS)
    wait_until(lambda: web.metrics()["salestream_caught_up"].value() == 1 and stored(web) == 5000, what="all orders")
    wait_until(lambda: is_looked_at(web.metrics()), what="a look at the new ends, and at what was sent again")
    return pipeline, running, web


def is_looked_at(metrics):
    ends = metrics["salestream_partition_log_end_offset"].by("partition")
    return sum(ends.values()) == 5000 and "salestream_store_open_rejects" in metrics


def stored(web):
    """Messages in the store, as far as the metrics know by now."""
    family = web.metrics().get("salestream_store_messages_total")
    return family.value() if family else 0


COUNTS = ("messages", "orders", "items", "duplicates", "wrong_totals")


def assert_store_counts(metrics, status):
    for name in COUNTS:
        assert metrics[f"salestream_store_{name}_total"].value() == status["total"][name], name
    rejects = metrics["salestream_store_rejects_total"].by("reason")
    assert {reason: count for reason, count in rejects.items() if count} == status["total"]["rejects"]
    assert metrics["salestream_store_open_rejects"].value() == status["open_rejects"] == sum(rejects.values())
    assert metrics["salestream_store_resent_rejects"].value() == status["resent"] == 0


def test_metrics_are_what_status_says(counted):
    pipeline, running, web = counted
    status, metrics = pipeline.status(), web.metrics()
    total = status["total"]
    assert sum(total["rejects"].values()) > 50 and total["wrong_totals"] > 50 and total["duplicates"] > 50
    assert_store_counts(metrics, status)
    for name in COUNTS:  # all of it was this process
        assert metrics[f"salestream_{name}_total"].value() == total[name], name
    assert metrics["salestream_rejects_total"].by("reason") == metrics["salestream_store_rejects_total"].by("reason")
    assert metrics["salestream_messages_stored_total"].value() == 5000

    assert metrics["salestream_lag_offsets"].value() == 0 and metrics["salestream_lag_seconds"].value() == 0
    for name, member in (("next_offset", "next_offset"), ("log_end_offset", "log_end"), ("lag_offsets", "lag")):
        assert metrics[f"salestream_partition_{name}"].by("partition") == {
            str(each["partition"]): each[member] for each in status["partitions"]
        }, name
    assert set(metrics["salestream_partition_lag_seconds"].by("partition").values()) == {0}
    assert metrics["salestream_assigned_partitions"].value() == metrics["salestream_partitions"].value() == 4

    flushes, sizes = metrics["salestream_flush_duration_seconds"], metrics["salestream_flush_messages"]
    assert flushes.value("_count") == sizes.value("_count") > 0 and flushes.value("_sum") > 0
    assert sizes.value("_sum") == 5000
    latency = metrics["salestream_end_to_end_latency_seconds"]
    assert latency.value("_count") == 5000 and 0 < latency.value("_sum") / 5000 < 120
    # A cell for each product and partition, all new.
    assert 0 < metrics["salestream_cells"].value() <= 4 * len(pipeline.totals())
    assert 0 < metrics["salestream_cell_bytes"].value() < metrics["salestream_cell_limit_bytes"].value()
    assert metrics["salestream_cell_misses_total"].value() == metrics["salestream_cell_evictions_total"].value() == 0
    assert set(metrics["salestream_store_retries_total"].by("operation").values()) == {0}
    assert metrics["salestream_ready"].value() == metrics["salestream_source_up"].value() == 1
    (info,) = metrics["salestream_pipeline_info"].samples
    assert info[1]["pipeline"] == "ecommerce_sales" and pipeline.topic in info[1]["source"]
    assert 4 << 20 < metrics["process_resident_memory_bytes"].value() < 1 << 30
    assert running.terminate() == 0


def test_every_metric_is_documented_and_every_documented_one_is_there(counted):
    found = {name: (family.type, family.labels) for name, family in counted[2].metrics().items()}
    assert found == documented()


def test_what_is_of_the_process_and_what_is_of_the_store(counted):
    """After a restart the store's counts go on where they were, and the process's begin at 0."""
    pipeline, running, web = counted
    before = web.metrics()
    running.kill()
    pipeline.produce("--count", 100, "--rate", "max", "--seed", 2, "--truth-add")
    web = Web(pipeline.start("--quiet", "--http", "0"))
    wait_until(lambda: stored(web) == 5100, what="the new orders")
    wait_until(lambda: "salestream_store_open_rejects" in web.metrics(), what="a look at what was sent again")
    after = web.metrics()
    assert_store_counts(after, pipeline.status())
    assert after["salestream_orders_total"].value() == 100
    assert after["salestream_store_orders_total"].value() == before["salestream_store_orders_total"].value() + 100
    assert after["salestream_cell_misses_total"].value() > 0  # all were in the store, none in memory
    assert after["salestream_cell_misses_total"].value() == after["salestream_cells"].value()


def names_in(expression):
    """The metrics that a PromQL expression names, with the labels that it wants of them or groups by."""
    without_text = re.sub(r'"[^"]*"', '""', expression)
    names = set(re.findall(r"\b(?:salestream|process)_\w+|\bup\b", without_text))
    labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"", without_text))
    for group in re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", without_text):
        labels |= {label.strip() for label in group.split(",") if label.strip()}
    return names, labels


def assert_expression(expression, where):
    known = {"up": set()}
    for name, (kind, labels) in documented().items():
        for end in ("_bucket", "_sum", "_count") if kind == "histogram" else ("",):
            known[name + end] = labels | ({"le"} if end == "_bucket" else set())
    names, labels = names_in(expression)
    assert names and names <= known.keys(), f"{where}: {names - known.keys()}"
    targets = {"job", "instance"}  # Prometheus adds these
    assert labels <= set().union(*(known[name] for name in names)) | targets, f"{where}: {labels}"
    for opening, closing in ("()", "[]", "{}"):
        assert expression.count(opening) == expression.count(closing), where


def test_the_dashboard_shows_metrics_that_there_are():
    dashboard = json.loads(DASHBOARD.read_text())
    assert dashboard["uid"] and dashboard["title"] and dashboard["schemaVersion"] >= 36
    panels = [panel for panel in dashboard["panels"] if panel["type"] != "row"]
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    for panel in panels:
        assert panel["title"] and panel["targets"], panel
        assert panel["datasource"]["uid"] == "${datasource}", panel["title"]
        for target in panel["targets"]:
            assert_expression(target["expr"], panel["title"])
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            assert_expression(
                re.sub(r"^label_values\((.*), *\w+\)$", r"\1", variable["query"]["query"]), variable["name"]
            )
    shown = set().union(*(names_in(target["expr"])[0] for panel in panels for target in panel["targets"]))
    for wanted in (
        "lag_offsets",
        "lag_seconds",
        "orders_total",
        "rejects_total",
        "flush_duration_seconds_bucket",
        "end_to_end_latency_seconds_bucket",
        "cells",
        "cell_misses_total",
        "store_retries_total",
    ):
        assert f"salestream_{wanted}" in shown, wanted


def test_the_alert_rules_use_metrics_that_there_are():
    (group,) = yaml.safe_load(ALERTS.read_text())["groups"]
    assert set(group) == {"name", "rules"}
    for rule in group["rules"]:
        assert set(rule) == {"alert", "expr", "for", "labels", "annotations"}, rule
        assert re.fullmatch(r"\d+[smh]", rule["for"]) and rule["labels"]["severity"] in ("page", "ticket")
        assert set(rule["annotations"]) == {"summary", "description"}
        assert_expression(rule["expr"], rule["alert"])
    names = [rule["alert"] for rule in group["rules"]]
    assert len(set(names)) == len(names)
    assert sorted(names) == sorted(re.findall(r"^\| `(Salestream\w+)` \|", DOCUMENT.read_text(), re.M))


@pytest.fixture
def serve(pipelines, tmp_path):
    """serve(messages, *flags): (pipeline, running, web) of a run that reads them from a file."""

    def start(messages, *flags):
        pipeline = pipelines(ECOMMERCE)
        orders = tmp_path / "orders.jsonl"
        orders.write_bytes(lines(messages))
        pipeline.reads(orders)
        running = pipeline.start("--quiet", "--http", "0", *flags)
        return pipeline, running, Web(running)

    return start


def test_health_needs_no_token_and_metrics_do(serve, tmp_path):
    token = tmp_path / "token"
    token.write_text("correct-horse-battery-staple")
    _, running, web = serve([order(("Laptop", "1", "2"))], "--http-token-file", token)
    wait_until(lambda: web.status("/readyz") == 200, what="a run that is ready")
    for path, said in (("/healthz", b"alive\n"), ("/readyz", b"ready\n")):
        status, headers, body = web.request(path)
        assert (status, body) == (200, said) and headers["Cache-Control"] == "no-store"
    assert web.status("/healthz", method="HEAD") == 200
    assert web.status("/metrics") == 401
    status, headers, body = web.request("/metrics", headers={"Authorization": f"Bearer {token.read_text()}"}.items())
    assert status == 200 and headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    prometheus.parse(body.decode())
    assert running.terminate() == 0


def test_a_file_has_lag_in_bytes_and_no_times(serve):
    messages = [order(("Laptop", "1", "2"))] * 3
    _, _, web = serve(messages)
    wait_until(lambda: stored(web) == 3, what="all orders")
    metrics = web.metrics()
    ends = metrics["salestream_partition_log_end_offset"].by("partition")
    assert max(ends.values()) == len(lines(messages)) and metrics["salestream_lag_offsets"].value() == 0
    assert metrics["salestream_end_to_end_latency_seconds"].value("_count") == 0


# Logging as JSON.

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


def assert_json_log(text):
    """The lines on standard error, each of which is an object."""
    entries = [json.loads(line) for line in text.splitlines()]
    for entry in entries:
        assert re.fullmatch(TIME, entry["time"]) and entry["level"] in ("debug", "info", "warning", "error"), entry
        assert isinstance(entry["message"], str) and entry["message"]
    return entries


def test_a_run_with_rejected_messages_and_an_error_logs_json(serve, tmp_path):
    bad = [b"{", b'{"products": "\x1b[2J\xff"}', '{"products": "é\u202e"}'.encode()]
    pipeline, running, web = serve([order(("Laptop", "1", "2")), *bad], "--log", "json", "-v")
    wait_until(lambda: stored(web) == 4, what="all orders")
    (tmp_path / "orders.jsonl").write_bytes(b"")  # now shorter than what was counted
    assert running.wait() == 1
    entries = assert_json_log(running.stderr)
    rejected = [each for each in entries if each.get("reason")]
    assert [each["reason"] for each in rejected] == ["invalid_json", "invalid_utf8", "wrong_type"]
    assert all(each["level"] == "warning" and isinstance(each["offset"], int) for each in rejected)
    assert next(each for each in entries if "url" in each)["url"] == web.url
    assert entries[-1]["level"] == "error" and "shorter" in entries[-1]["message"]


def test_every_command_logs_json(pipelines, tmp_path):
    orders = tmp_path / "orders.jsonl"
    pipeline = pipelines(ECOMMERCE)
    program = pipeline.program
    assert assert_json_log(pipeline.produce("--count", 100, "--rate", "max", "--out", orders, "--log", "json").stderr)
    pipeline.reads(orders)
    entries = assert_json_log(pipeline.run("--log=json").stderr)
    assert entries[-1]["orders_in_store"] == 100
    assert any(each.get("done") == 100 for each in entries)  # progress
    assert assert_json_log(program.run("audit", pipeline.path, *pipeline.source, "--log", "json").stderr)
    for arguments in (["run", "no-such-file.yaml"], ["nonsense"], ["run"], [], ["run", "x.yaml", "--top", "many"]):
        ended = program.run(*arguments, "--log", "json", status=2)
        (entry,) = assert_json_log(ended.stderr)
        assert entry["level"] == "error", entry
    wrong = program.run("totals", pipeline.path, "--log", "loud", status=2)
    assert "json" in wrong.stderr and "text" in wrong.stderr
