"""A rejected message that was mended and sent again stays in every count, and is told apart from those that are open:
by the page, in both languages, its JSON, the metrics and `status`. The terminal: test_cli_terminal."""

import contextlib
import json
import sqlite3

from support.orders import order
from support.pipeline import ECOMMERCE
from support.waiting import wait_until
from support.web import Web

GOOD = order(("Mouse", "1", "2.5"))


def resend_mended(pipeline, folder, offset):
    """Sends the rejected message again, as a good one."""
    lines = folder / f"{offset}.jsonl"
    lines.write_text(json.dumps({"partition": 0, "offset": offset, "message": GOOD.decode()}) + "\n")
    pipeline.program.run("rejects", "resend", pipeline.path, "--from", lines)


def set_state_of_resends(pipeline, state):
    with contextlib.closing(sqlite3.connect(pipeline.store_file, timeout=30)) as database, database:
        database.execute("UPDATE salestream_resends SET state = ?", (state,))


def counts(web):
    """(open, sent again), which all of JSON and metrics have to agree about; None: not known."""
    status, rejects, metrics = web.json("/api/status"), web.json("/api/rejects"), web.metrics()
    names = ("open_rejects", "resent")
    assert all(status[name] == rejects[name] for name in names)
    found = [metrics.get(f"salestream_store_{name}_rejects") for name in ("open", "resent")]
    assert [family and family.value() for family in found] == [status[name] for name in names]
    return tuple(status[name] for name in names)


def wait_for_counts(web, wanted):
    wait_until(lambda: counts(web) == wanted, what=f"{wanted} open and sent again")


def test_the_page_its_json_and_the_metrics_tell_them_apart(kafka, pipelines, browser, tmp_path):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=1))
    kafka.produce_exactly(pipeline.topic, [GOOD, b"{", b"["])
    running = pipeline.start("--quiet", "--http", "0")
    web = Web(running)
    wait_for_counts(web, (2, 0))
    browser.open(web.url)
    browser.wait_for(lambda page: page.text("#rejects") == "2")
    browser.wait_for(lambda page: page.text("#rejects-note") == "66.67 % of all messages")
    assert not browser.is_visible("#rejects-open")

    resend_mended(pipeline, tmp_path, 1)
    wait_for_counts(web, (1, 1))
    browser.wait_for(lambda page: page.text("#rejects-note").startswith("1 open, 1 sent again; "))
    assert browser.text("#rejects") == "2" and browser.text("#orders") == "2"
    assert browser.text("#rejects-open") == "1 open, 1 sent again. Those that were sent again stay in these counts."
    assert browser.script("return document.querySelector('#rejects-tile').dataset.state") == "warn"
    status = pipeline.status()
    assert (status["open_rejects"], status["resent"]) == (1, 1)
    assert web.json("/api/rejects")["total"] == sum(status["total"]["rejects"].values()) == 2

    browser.open(web.url, language="pt-BR")
    browser.wait_for(lambda page: page.text("#rejects-note").startswith("1 em aberto, 1 reenviada; "))
    assert browser.text("#rejects-open") == "1 em aberto, 1 reenviada. As reenviadas continuam nestas contagens."
    resend_mended(pipeline, tmp_path, 2)
    wait_for_counts(web, (0, 2))
    browser.wait_for(lambda page: page.text("#rejects-note").startswith("0 em aberto, 2 reenviadas; "))
    assert browser.script("return document.querySelector('#rejects-tile').dataset.state") == "good"
    assert browser.complaints() == []
    assert running.terminate() == 0
    pipeline.program.run("audit", pipeline.path)


def test_what_can_not_be_found_out_is_said_to_be_unknown(kafka, pipelines, browser):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=1))
    kafka.produce_exactly(pipeline.topic, [GOOD, b"{", b"["])
    pipeline.run()
    pipeline.program.run("rejects", "resend", pipeline.path, "0:1")
    set_state_of_resends(pipeline, "changed by hand")
    running = pipeline.start("--quiet", "--http", "0")
    running.wait_for_output("how many rejected messages were sent again can't be read")
    web = Web(running)
    web.wait_for_orders(1)
    assert counts(web) == (None, None)
    for language, said in (("en", "how many are open is not known"), ("pt-BR", "não se sabe quantas estão em aberto")):
        browser.open(web.url, language=language)
        browser.wait_for(lambda page, said=said: page.text("#rejects-note").startswith(f"{said}; "))
        assert browser.text("#rejects-open").strip() == f"{said}."
        assert browser.script("return document.querySelector('#rejects-tile').dataset.state") == "warn"
    set_state_of_resends(pipeline, "sent")
    wait_for_counts(web, (2, 1))
    assert running.terminate() == 0
    assert running.stderr.count("can't be read") == 1, "said once"


def test_a_run_with_cassandra_says_so(kafka, cassandra, pipelines, tmp_path):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic(partitions=1), node=cassandra)
    pipeline.program.run("init", pipeline.path)
    kafka.produce_exactly(pipeline.topic, [GOOD, b"{", b"["])
    running = pipeline.start("--quiet", "--http", "0")
    web = Web(running)
    wait_for_counts(web, (2, 0))
    resend_mended(pipeline, tmp_path, 1)
    wait_for_counts(web, (1, 1))
    assert running.terminate() == 0
