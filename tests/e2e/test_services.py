"""tools/services itself: that it starts, shows and ends what it should, and nothing else.

What a person relies on most is that nothing of theirs is ever killed, so the pid files are tampered with here."""

import json
import os
import pathlib
import signal
import socket
import subprocess

import pytest

from service_tools.jars import cache_folder
from service_tools.processes import Process
from support.kafka import Kafka
from support.services import Services
from support.waiting import wait_until

HEAP = ("--heap", "128m")


def pids(services, name):
    return {file.parent.name: json.loads(file.read_text())["pid"] for file in (services.data / name).glob("*/pid.json")}


def ended(pid):
    process = Process.of_pid(pid)
    return process is None or not process.alive()


@pytest.mark.parametrize("name", ["kafka", "kafka-zookeeper"])
def test_a_life(services, name):
    """Start, start again, use, stop, start with the data of before, stop, stop again."""
    first = services.start(name, *HEAP)
    assert f"bootstrap.servers: 127.0.0.1:{services.port}" in first.stdout.splitlines()
    started = pids(services, name)

    again = services.run("start", name)
    assert "was running already" in again.stdout
    assert pids(services, name) == started

    broker = Kafka(services, name)
    topic = broker.new_topic(partitions=2)
    broker.produce(topic, [b'{"a": 1}\n', b"\xff\x00raw"], 1)
    assert [(each.partition, each.offset, each.value) for each in broker.consume(topic)] == [
        (1, 0, b'{"a": 1}\n'),
        (1, 1, b"\xff\x00raw"),
    ]

    status = services.run("status").stdout
    assert all(f"running, pid {pid}" in status for pid in started.values())

    services.run("stop", name)
    assert all(ended(pid) for pid in started.values())
    assert "running, pid" not in services.run("status").stdout

    services.run("start", name)  # takes the port of before
    assert len(broker.consume(topic)) == 2
    services.run("stop")
    assert "was not running" in services.run("stop").stdout


def test_a_prepared_service_starts_from_an_archive(services, tmp_path):
    """In a cache of the test's own, with the jars that are there already."""
    cache = tmp_path / "salestream" / "jars"
    cache.mkdir(parents=True)
    for folder in (path for path in (cache_folder() / "jars").iterdir() if path.is_dir()):
        (cache / folder.name).symlink_to(folder)
    services.environment["XDG_CACHE_HOME"] = str(tmp_path)
    assert services.run("prepare", "kafka").stdout.splitlines()[-1] == "kafka: prepared"
    archives = sorted(cache.glob("*.jsa"))
    assert [archive.name.split("-")[3] for archive in archives] == ["Kafka", "StorageTool"]

    services.start("kafka", *HEAP)
    (pid,) = pids(services, "kafka").values()
    assert f"{archives[0]}\n" in pathlib.Path(f"/proc/{pid}/maps").read_text()
    assert services.run("prepare", "kafka").stdout == "kafka: prepared\n"  # nothing was started


def test_two_starts_at_once_are_one(services):
    command = [*map(str, ("tools/services", "start", "kafka", "--data", services.data, "--port", services.port, *HEAP))]
    from support import places

    both = [
        subprocess.Popen(command, cwd=places.ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for _ in range(2)
    ]
    said = [each.communicate(timeout=120)[0] for each in both]
    assert [each.returncode for each in both] == [0, 0]
    assert sorted("was running already" in text for text in said) == [False, True]


def test_other_settings_for_what_runs_are_refused(services):
    services.start("kafka", *HEAP)
    refused = services.run("start", "kafka", "--heap", "200m", check=False)
    assert refused.returncode != 0
    assert "another heap (128m)" in refused.stderr


def test_a_taken_port_is_named_with_its_process(services):
    with socket.create_server(("127.0.0.1", services.port)):
        refused = services.start("kafka", *HEAP, check=False)
    assert refused.returncode != 0
    assert f"port {services.port}" in refused.stderr
    assert f"process {os.getpid()} " in refused.stderr


def test_a_reused_pid_is_left_alone(services):
    """The pid file names a pid that by now is another process's: it is neither taken for the broker nor killed."""
    services.start("kafka", *HEAP)
    (broker,) = pids(services, "kafka").values()
    bystander = subprocess.Popen(["sleep", "600"])
    try:
        file = services.data / "kafka" / "1" / "pid.json"
        true_record = json.loads(file.read_text())
        file.write_text(json.dumps({**true_record, "pid": bystander.pid}))
        assert "not running" in services.run("status").stdout
        assert "was not running" in services.run("stop", "kafka", "--now").stdout
        assert services.run("kill", "kafka", check=False).returncode != 0
        assert bystander.poll() is None
        assert not ended(broker)
        file.write_text(json.dumps(true_record))
    finally:
        bystander.kill()
        bystander.wait()
    services.run("stop")
    assert ended(broker)


@pytest.mark.parametrize("content", ["", "{}", "no json", '{"pid": 1}'])
def test_a_broken_pid_file_means_not_running(services, content):
    folder = services.data / "kafka" / "1"
    folder.mkdir(parents=True)
    (folder.parent / "settings.json").write_text("{}")
    (folder / "pid.json").write_text(content)
    assert "not running" in services.run("status").stdout
    assert services.run("stop").returncode == 0


def test_a_failed_start_shows_the_log_and_leaves_nothing(services):
    failed = services.start("kafka", "--heap", "3m", check=False)
    assert failed.returncode != 0
    folder = services.data / "kafka" / "1"
    assert (
        "The last lines of" in failed.stderr and str(folder / "log") in failed.stderr or "storage tool" in failed.stderr
    )
    assert all(ended(pid) for pid in pids(services, "kafka").values())


def test_freeze_and_thaw(services):
    services.start("kafka", *HEAP)
    services.run("freeze", "kafka", "--node", 1)
    assert "frozen, pid" in services.run("status").stdout
    services.run("thaw", "kafka", "--node", 1)
    assert "running, pid" in services.run("status").stdout
    services.run("freeze", "kafka")
    (broker,) = pids(services, "kafka").values()
    services.run("stop")  # a frozen process is ended too
    assert ended(broker)


def test_one_of_three_brokers_is_killed_and_comes_back(kafka_cluster):
    topic = kafka_cluster.new_topic(partitions=3)
    kafka_cluster.kill(2)
    kafka_cluster.produce(topic, [b"%d" % k for k in range(100)])
    assert len(kafka_cluster.consume(topic)) == 100
    kafka_cluster.restart(2)
    wait_until(
        lambda: all(len(each.in_sync) == 3 for each in _partitions(kafka_cluster, topic)), 60, "full replication"
    )


def _partitions(cluster, topic):
    from service_tools import kafka_wire

    return kafka_wire.metadata(cluster.addresses[1]).topics[topic]


def test_a_topic_is_made_on_purpose_only(kafka):
    missing = subprocess.run(
        ["kcat", "-b", kafka.bootstrap, "-P", "-t", "not-made", "-X", "message.timeout.ms=2000"],
        input=b"x",
        capture_output=True,
        check=False,
    )
    assert missing.returncode != 0


def test_topic_commands(services):
    services.start("kafka", *HEAP)
    services.run("topic", "a", "--partitions", 4, "--config", "retention.ms=60000")
    twice = services.run("topic", "a", check=False)
    assert twice.returncode != 0 and "exists already" in twice.stderr
    services.run("topic", "a", "--delete")
    gone = services.run("topic", "a", "--delete", check=False)
    assert gone.returncode != 0


def test_helpers_read_offsets_and_expire_messages(kafka):
    """What other tests build on: end offsets, a group's committed offsets, a partition that starts later."""
    topic = kafka.new_topic(partitions=2)
    kafka.produce(topic, [b"a", b"b", b"c"], 0)
    kafka.produce(topic, [b"x" * 10_000_000], 1)
    assert kafka.end_offsets(topic) == {0: 3, 1: 1}
    assert kafka.committed("nobody", topic) == {}
    kafka.expire(topic, 0, 2)
    assert [(each.partition, each.offset, len(each.value)) for each in kafka.consume(topic)] == [
        (0, 2, 1),
        (1, 0, 10_000_000),
    ]


def test_large_messages_do_not_use_up_a_broker(services):
    """Far more of them than fit into the memory outside the heap, which here holds three at a time."""
    services.environment["JAVA_TOOL_OPTIONS"] += " -XX:MaxDirectMemorySize=40m"
    services.start("kafka", "--heap", "256m")
    broker = Kafka(services, "kafka")
    topic = broker.new_topic()
    for _ in range(10):
        broker.produce_exactly(topic, [b"x" * 10_000_000] * 2)
    assert broker.end_offsets(topic) == {0: 20}


def test_sets_side_by_side(services, session_folder):
    other = Services(session_folder / "other-set")
    services.start("kafka", *HEAP)
    try:
        other.start("kafka", *HEAP)
        other_pids = pids(other, "kafka")
        services.run("stop")
        assert not any(ended(pid) for pid in other_pids.values())
    finally:
        other.stop()


@pytest.mark.parametrize("by_signal", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_start_leaves_nothing(services, by_signal):
    from support import places

    start = subprocess.Popen(
        [places.TOOL, "start", "kafka", "--data", services.data, "--port", str(services.port), *HEAP],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: pids(services, "kafka"), 60, "the broker's start")
    start.send_signal(by_signal)
    assert start.wait(60) != 0
    assert all(ended(pid) for pid in pids(services, "kafka").values())
