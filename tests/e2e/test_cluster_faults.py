"""Exactly once on a cluster that is falling apart: three nodes of Cassandra (three copies, QUORUM), three brokers of
Kafka (three copies, two in sync), orders with injected faults at a steady rate, and a consumer group of several
processes. Nodes, brokers and our own processes are killed, frozen and thawed, and cut off by proxies. In the end every
total, every counter and every rejected message is exact.

SALESTREAM_TEST_SEED=n injects the same faults once more; SALESTREAM_CHAOS_SECONDS=300 goes on for longer;
SALESTREAM_CHAOS_ROUNDS=3 does three rounds, with the seeds n, n+1 and n+2; SALESTREAM_CHAOS_RATE is the number of
orders a second. What a round that ends wrong leaves behind is kept in build/test-logs/chaos-SEED."""

import contextlib
import json
import os
import random
import select
import shutil
import signal
import socket
import threading

import pytest

from support import fault_injection, places, proxy
from support.cassandra import Cassandra
from support.kafka import Kafka
from support.pipeline import ECOMMERCE
from support.proxy import REFUSED, SILENT
from support.services import Services
from support.stores import CassandraStore
from support.waiting import wait_until

# One for all processes of a test run that pytest-xdist shares out: they have to see the same tests.
_RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID")
SEED = int(os.environ.get("SALESTREAM_TEST_SEED", "0")) or random.Random(_RUN).randrange(1, 1 << 30)
SECONDS = float(os.environ.get("SALESTREAM_CHAOS_SECONDS", "60"))
ROUNDS = int(os.environ.get("SALESTREAM_CHAOS_ROUNDS", "1"))
RATE = os.environ.get("SALESTREAM_CHAOS_RATE", "5000")
FAULTS = ("--faults", "duplicate=0.02,malformed=0.01,wrong_total=0.02,late=0.01")
INSTANCES = 3
PREFIX = "127.0.1"
MAX_MEMORY_KB = 160 * 1024
CATCH_UP_S = 180


class Cluster:
    """Both services, with a proxy in front of each node."""

    def __init__(self, folder):
        self.tools = {name: Services(folder / f"cluster-{name}") for name in ("kafka", "cassandra")}
        self.proxies = {name: proxy.Proxies(PREFIX, tool.port) for name, tool in self.tools.items()}
        self.tools["kafka"].start("kafka", "--brokers", "3", "--heap", "256m", "--announce", PREFIX)
        self.tools["cassandra"].start("cassandra", "--nodes", "3", "--announce", PREFIX)
        self.kafka = Kafka(self.tools["kafka"], "kafka", brokers=3)
        self.cassandra = Cassandra(self.tools["cassandra"], nodes=3)
        self.kafka.bootstrap = self.proxies["kafka"].addresses
        self.cassandra.contact_points = self.proxies["cassandra"].addresses

    def services(self):
        return [
            fault_injection.Service("cassandra", self.cassandra, self.proxies["cassandra"]),
            fault_injection.Service("kafka", self.kafka, self.proxies["kafka"]),
        ]

    def close(self):
        self.cassandra.close()
        for each in (*self.proxies.values(), *self.tools.values()):
            each.close() if isinstance(each, proxy.Proxies) else each.stop()


@pytest.fixture(scope="module")
def cluster(session_folder):
    """Every test leaves all of its nodes alive."""
    made = Cluster(session_folder)
    yield made
    made.close()


@pytest.fixture
def pipeline(cluster, pipelines):
    made = pipelines(
        ECOMMERCE,
        cluster.kafka,
        cluster.kafka.new_topic(partitions=6),
        store=CassandraStore(cluster.cassandra, cluster.cassandra.new_keyspace("cluster"), replication="{factor: 3}"),
        changes=[("total_sales: revenue}", "total_sales: revenue, units_sold: units, orders: orders}")],
    )
    made.program.run("init", made.path)
    return made


def start_producing(pipeline, seed=SEED):
    return pipeline.program.start(
        "produce", pipeline.path, "--rate", RATE, "--truth", pipeline.truth_file, "--seed", seed, *FAULTS
    )


def finish_producing(producing):
    assert producing.alive(), producing.description()
    assert producing.stop(signal.SIGINT) == 0, producing.description()


def messages_counted(pipeline):
    return sum(each["messages"] for each in pipeline.store.progress())


def wait_for_first_orders(pipeline, *instances):
    def counted():
        for instance in instances:
            assert instance.alive(), instance.description()
        return messages_counted(pipeline) > 0

    wait_until(counted, 60, "first orders in the store")


def wait_until_counted(pipeline, timeout_s=CATCH_UP_S):
    wait_until(
        lambda: messages_counted(pipeline) >= pipeline.truth["messages"], timeout_s, "all orders in the store", 0.5
    )


def assert_exact(cluster, pipeline):
    """As Pipeline.assert_exact, after the topic itself was looked at: what is not in it was not lost by us."""
    ends = cluster.kafka.end_offsets(pipeline.topic)
    assert sum(ends.values()) == pipeline.truth["messages"], "Kafka or `produce` has lost or doubled messages"
    pipeline.assert_exact()
    assert {each["partition"]: each["next_offset"] for each in pipeline.store.progress()} == ends


@contextlib.contextmanager
def evidence(cluster, pipeline, seed):
    """Keeps what is needed to find out why a round ended wrong: all rows, the topic, and what the programs said."""
    try:
        yield
    except BaseException:
        folder = places.LOGS / f"chaos-{seed}"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(pipeline.folder, folder)
        shutil.copytree(pipeline.program.folder, folder / "output")
        with contextlib.suppress(AssertionError, LookupError):
            (folder / "store.json").write_text(json.dumps(pipeline.content(), default=repr, indent=1))
            with open(folder / "topic.jsonl", "w", encoding="utf-8") as file:
                for message in cluster.kafka.consume(pipeline.topic):
                    value = message.value.decode("utf-8", errors="backslashreplace")
                    file.write(json.dumps([message.partition, message.offset, value]) + "\n")
        print(f"evidence is in {folder}")
        raise


@pytest.mark.parametrize("seed", range(SEED, SEED + ROUNDS))
def test_a_cluster_that_is_falling_apart(cluster, pipeline, seed, record_property):
    print(f"SALESTREAM_TEST_SEED={seed}")
    record_property("seed", seed)
    instances = [
        fault_injection.Instance(f"instance {k}", lambda: pipeline.start("--quiet")) for k in range(1, INSTANCES + 1)
    ]
    with evidence(cluster, pipeline, seed):
        for instance in instances:
            instance.begin()
        producing = start_producing(pipeline, seed)
        wait_for_first_orders(pipeline, *(instance.running for instance in instances))
        injection = fault_injection.FaultInjection(seed, cluster.services(), instances)
        injection.run(SECONDS)
        finish_producing(producing)
        wait_until_counted(pipeline)

        for instance in instances:
            assert instance.running.terminate() == 0, instance.running.description()
        pipeline.run("--quiet")
        print(
            f"{injection.faults} faults, {pipeline.truth['messages']} messages, {pipeline.truth['rejects']} rejects, "
            f"{sum(len(instance.runs) for instance in instances)} processes, peak memory "
            f"{max(instance.peak_memory_kb for instance in instances)} KB, {len(injection.ends)} ended by themselves"
        )
        assert_exact(cluster, pipeline)
        assert not [str(end) for end in injection.ends if not end.was_without_store]
        assert all(instance.peak_memory_kb < MAX_MEMORY_KB for instance in instances)


def test_one_node_and_one_broker_are_gone_for_good(cluster, pipeline):
    """A majority is enough: for those that run, for one that starts, and for every command."""
    first = pipeline.start("--quiet")
    producing = start_producing(pipeline)
    wait_for_first_orders(pipeline, first)
    try:
        cluster.cassandra.kill(2)
        cluster.kafka.kill(1)
        # Reading a whole table waits for the dead node until the others know.
        before = wait_until(lambda: messages_counted(pipeline), 60, "an answer of the store")
        second = pipeline.start("--quiet")
        wait_until(lambda: messages_counted(pipeline) > before + 20_000, 120, "orders that flow")
        assert first.alive() and second.alive()
        finish_producing(producing)
        wait_until_counted(pipeline)
        assert first.terminate() == 0 == second.terminate()
        pipeline.run("--quiet")
        assert_exact(cluster, pipeline)
        assert {each["lag"] for each in pipeline.status()["partitions"]} == {0}
    finally:
        cluster.kafka.restart(1)
        cluster.cassandra.restart(2)
    assert_exact(cluster, pipeline)


@pytest.mark.parametrize("node", fault_injection.NODES)
def test_a_frozen_node_keeps_nobody_from_starting(cluster, pipeline, node):
    """Whichever of the contact points it is, and before the other nodes know."""
    pipeline.produce("--count", 100, "--rate", "max")
    cluster.cassandra.freeze(node)
    try:
        pipeline.run("--quiet")
        assert pipeline.status()["partitions"]
    finally:
        cluster.cassandra.thaw(node)
    assert_exact(cluster, pipeline)


@pytest.fixture
def echo():
    """A proxy in front of a server that sends back what it gets."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve(connection):
        with contextlib.suppress(ConnectionError):
            while piece := connection.recv(100):
                connection.sendall(piece)

    def accept():
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    made = proxy.Proxy(("127.0.0.1", 0), server.getsockname())
    yield made
    made.close()
    server.close()


def connected(echo):
    return socket.create_connection(echo.address, 10)


def answer(connection, text):
    connection.sendall(text)
    return connection.recv(100)


def is_silent(connection, text):
    connection.sendall(text)
    return not select.select([connection], [], [], 0.3)[0]


def test_a_proxy_that_is_silent_delivers_late(echo):
    old = connected(echo)
    assert answer(old, b"one") == b"one"
    echo.cut(SILENT)
    new = connected(echo)
    assert is_silent(old, b"two") and is_silent(new, b"two")
    echo.heal()
    assert old.recv(100) == new.recv(100) == b"two"


def test_a_proxy_that_refuses(echo):
    old = connected(echo)
    assert answer(old, b"one") == b"one"
    echo.cut(REFUSED)
    with pytest.raises(ConnectionError):
        answer(old, b"two")
    with pytest.raises(ConnectionError):
        answer(connected(echo), b"two")
    echo.heal()
    assert answer(connected(echo), b"three") == b"three"


def test_a_proxy_that_cuts_one_client_off(echo):
    connection = connected(echo)
    echo.cut(SILENT, pid=os.getppid())
    assert answer(connection, b"one") == b"one"
    echo.cut(SILENT, pid=os.getpid())
    assert is_silent(connection, b"two")
    assert is_silent(connected(echo), b"a new connection")
    echo.heal(pid=os.getpid())
    assert connection.recv(100) == b"two"
