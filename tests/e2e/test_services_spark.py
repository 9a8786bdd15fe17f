"""tools/services with Spark: that a person gets a server to submit queries to, and a cluster that does their work."""

import json
import pathlib
import socket
import urllib.request

from service_tools import spark_wire
from support.spark import REMOTE_OF_A_PERSON, Spark
from support.waiting import wait_until


def processes_of(services):
    """The Java processes whose command line names this set's folder: nodes, and the executors that nodes start."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if words[0].endswith(b"java") and any(str(services.data).encode() in word for word in words):
            found.append(b" ".join(words).decode(errors="replace"))
    return found


def test_a_server_answers_is_killed_and_comes_back(services):
    services.environment |= REMOTE_OF_A_PERSON
    started = services.start("spark", "--heap", "512m").stdout.splitlines()
    spark = Spark(services)
    assert f"remote: {spark.remote}" in started
    assert f"monitoring: {spark.page}" in started
    assert spark.version() == "3.5.7"
    (application,) = spark.applications()
    assert application["name"] == "Spark Connect server"
    with urllib.request.urlopen(spark.page, timeout=20) as answer:
        assert b"Spark Connect server" in answer.read()

    spark.kill()
    assert spark.version() is None
    assert "not running" in services.run("status").stdout
    spark.restart()
    assert spark.version() == "3.5.7"
    (after,) = spark.applications()
    assert after["id"] != application["id"]
    assert f"monitoring: {spark.page}" in services.run("status").stdout

    services.run("stop")
    assert processes_of(services) == []
    assert list((services.data / "spark" / "server" / "scratch").iterdir()) == []


def test_a_cluster_of_two_workers(services):
    services.environment |= REMOTE_OF_A_PERSON
    services.start("spark", "--workers", 2, "--heap", "512m")
    spark = Spark(services, workers=2)
    assert spark.version() == "3.5.7"
    assert spark.cluster()["aliveworkers"] == 2
    assert f"cluster: {spark.cluster_page}" in services.run("status").stdout.splitlines()
    wait_until(lambda: len(spark.executors()) == 3, 60, "an executor on each worker, besides the server")
    assert sum("CoarseGrainedExecutorBackend" in each for each in processes_of(services)) == 2

    spark.kill("2")
    wait_until(lambda: spark.cluster()["aliveworkers"] == 1, 60, "the master's noticing that a worker is gone")
    spark.restart("2")
    wait_until(
        lambda: spark.cluster()["aliveworkers"] == 2 and len(spark.executors()) == 3, 60, "both workers at work again"
    )

    services.run("stop")
    assert processes_of(services) == []  # executors too


def test_executors_end_with_a_cluster_that_is_killed(services):
    services.environment |= REMOTE_OF_A_PERSON
    services.start("spark", "--workers", 1, "--heap", "512m")
    spark = Spark(services, workers=1)
    wait_until(lambda: len(spark.executors()) == 2, 60, "an executor")
    services.run("stop", "--now")
    assert processes_of(services) == []


def test_the_monitoring_page_goes_to_another_port_if_need_be(services):
    """4040 is what people know, and what any other Spark on the machine has."""
    from service_tools import ports
    from service_tools.spark import Spark as Service

    service = Service(services.data)
    with socket.create_server(("127.0.0.1", 4040)) if ports.is_free("127.0.0.1", 4040) else socket.socket():
        assert 4040 < service._free_page_port() < 4056


def test_an_open_port_is_no_answer():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert spark_wire.version("127.0.0.1", silent.getsockname()[1], timeout_s=0.2) is None


def test_settings_are_kept_for_the_next_start(services):
    folder = services.data / "spark"
    folder.mkdir(parents=True)
    (folder / "settings.json").write_text(json.dumps({"workers": 2, "port": services.port}))
    status = services.run("status").stdout
    assert all(f"spark node {node}: not running" in status for node in ("master", "1", "2", "server"))
