"""Kafka in its own form (KRaft, one broker or three) and with ZooKeeper, set for fast tests: topics are made on purpose
only, consumer groups assemble at once, failures are noticed within seconds, and a 10 MB message fits."""

import base64
import concurrent.futures
import subprocess
import uuid

from . import jars, kafka_wire, ports, tls
from .errors import ServiceError
from .service import Service

SASL_USER, SASL_PASSWORD = "salestream", "salestream-secret"

_LOG4J2 = """\
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %m (%c{1})%n
rootLogger.level = INFO
rootLogger.appenderRef.console.ref = console
"""
_LOG4J1 = """\
log4j.rootLogger=INFO, console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d %p %m (%c{1})%n
"""


def _common_properties(settings, replication):
    return {
        "auto.create.topics.enable": "false",
        "default.replication.factor": replication,
        "min.insync.replicas": min(2, replication),
        "offsets.topic.replication.factor": replication,
        "offsets.topic.num.partitions": 3,
        "transaction.state.log.replication.factor": replication,
        "transaction.state.log.min.isr": min(2, replication),
        "transaction.state.log.num.partitions": 3,
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1000,
        "message.max.bytes": settings["message_max_bytes"],
        "replica.fetch.max.bytes": settings["message_max_bytes"],
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,  # the default alone is a quarter of a small heap
        "num.recovery.threads.per.data.dir": 2,
    }


def _properties(values):
    return "".join(f"{key}={value}\n" for key, value in values.items())


class _Broker(Service):
    """What both forms share."""

    main = "kafka.Kafka"

    def address(self, node):
        return f"127.0.0.{node}", self.settings["port"]

    def bootstrap_servers(self):
        return ",".join("{}:{}".format(*self.address(node)) for node in self.broker_names())

    def broker_names(self):
        raise NotImplementedError

    def connection_lines(self):
        return [f"bootstrap.servers: {self.bootstrap_servers()}"]

    def broker_ready(self, node):
        """A broker is ready once it answers, knows of every broker whose process is alive, and knows of every topic
        that it keeps, with a leader (where none of the brokers is down, which might be the one that could lead)."""
        try:
            known = kafka_wire.metadata(self.address(node), timeout_s=2.0)
        except (OSError, ValueError):
            return False
        alive = {int(each) for each in self.broker_names() if self.process(each)}
        if known.controller < 0 or not alive <= set(known.brokers):
            return False
        kept = self._kept_topics(node)
        if not kept <= set(known.topics):
            return False
        return len(alive) < len(self.broker_names()) or all(
            partition.leader >= 0 for topic in kept for partition in known.topics[topic]
        )

    def _kept_topics(self, node):
        """Topics with a folder TOPIC-PARTITION in the node's data."""
        names = (folder.name.rpartition("-") for folder in (self.node_folder(node) / "data").glob("*-*"))
        return {topic for topic, _, partition in names if partition.isdigit() and topic != "__cluster_metadata"}

    def java_command(self, node, main, *arguments, heap=None):
        # What gets a heap of its own is small or short-lived: not worth compiling well.
        speed = [f"-Xmx{heap}", "-XX:TieredStopAtLevel=1"] if heap else [f"-Xmx{self.settings['heap']}"]
        speed += self.compiler_flags(self.settings.get("brokers", 1))
        # Each of a broker's threads keeps a buffer outside the heap as large as the largest message it has seen, and
        # once those are as large as the heap together, a message is refused with "Unknown broker error".
        return [
            self.java,
            *speed,
            *self.class_archive_flags(node, main),
            "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError",
            "-Djdk.nio.maxCachedBufferSize=1048576",
            "-Djava.awt.headless=true",
            f"-Dlog4j2.configurationFile=file:{self.folder / 'log4j2.properties'}",
            f"-Dlog4j.configuration=file:{self.folder / 'log4j.properties'}",
            "-cp",
            f"{self.jars}/*",
            main,
            *arguments,
        ]

    def write_logging(self):
        (self.folder / "log4j2.properties").write_text(_LOG4J2)
        (self.folder / "log4j.properties").write_text(_LOG4J1)


class Kafka(_Broker):
    """Kafka 4.1, KRaft. Node K listens on 127.0.0.K: clients PORT, controllers PORT+1, SASL_SSL clients PORT+2. With
    `announce` brokers speak among themselves at PORT+3, past the proxies that stand where clients are sent."""

    name = "kafka"
    title = "Kafka 4.1"
    defaults = {
        "brokers": 1,
        "port": 9092,
        "heap": "512m",
        "message_max_bytes": 12 * 1024 * 1024,
        "sasl_ssl": None,
        "announce": None,
    }
    fixed = ("brokers",)
    artifacts = (
        "org.apache.kafka:kafka_2.13:4.1.0",
        "org.apache.kafka:kafka-tools:4.1.0",
        "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3",
    )
    java_versions = (17, 18, 19, 20, 21, 22, 23, 24, 25)

    def node_names(self):
        return [str(k) for k in range(1, self.settings["brokers"] + 1)]

    broker_names = node_names

    def required_ports(self, node):
        host, port = self.address(node)
        needed = [(host, port, "Kafka's clients"), (host, port + 1, "Kafka's controllers")]
        if self.settings["sasl_ssl"]:
            needed.append((host, port + 2, "Kafka's SASL_SSL clients"))
        if self.settings["announce"]:
            needed.append((host, port + 3, "Kafka's other brokers"))
        return needed

    def prepare(self, nodes):
        self.settings.setdefault("cluster_id", _new_cluster_id())
        if self.settings["sasl_ssl"]:
            tls.make_certificates(self.settings["sasl_ssl"])
            self._write_key_store()
        self.write_logging()
        for node in nodes:
            (self.node_folder(node) / "server.properties").write_text(_properties(self._node_properties(node)))
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(self._format, [node for node in nodes if not self._formatted(node)]))

    def _formatted(self, node):
        return (self.node_folder(node) / "data" / "meta.properties").exists()

    def _format(self, node):
        # A user for SCRAM goes in whether asked for or not: it can be put in only now without credentials of another.
        scram = f"SCRAM-SHA-256=[name={SASL_USER},password={SASL_PASSWORD}]"
        done = subprocess.run(
            self.java_command(
                node,
                "kafka.tools.StorageTool",
                "format",
                "-t",
                self.settings["cluster_id"],
                "-c",
                str(self.node_folder(node) / "server.properties"),
                "--add-scram",
                scram,
                heap="128m",
            ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise ServiceError(f"Kafka's storage tool failed:\n{(done.stdout + done.stderr)[-2000:]}")

    def _node_properties(self, node):
        host, port = self.address(node)
        voters = ",".join("{0}@127.0.0.{0}:{1}".format(each, port + 1) for each in self.node_names())
        listeners = {"PLAINTEXT": port, "CONTROLLER": port + 1}
        values = {
            "process.roles": "broker,controller",
            "node.id": node,
            "controller.quorum.voters": voters,
            "controller.listener.names": "CONTROLLER",
            "log.dirs": self.node_folder(node) / "data",
            "broker.heartbeat.interval.ms": 500,
            "broker.session.timeout.ms": 6000,
            **_common_properties(self.settings, replication=3 if self.settings["brokers"] >= 3 else 1),
        }
        if self.settings["sasl_ssl"]:
            listeners["CLIENTS"] = port + 2
            values.update(self._sasl_properties())
        announced = dict.fromkeys(listeners, host)
        if self.settings["announce"]:
            announced = {name: f"{self.settings['announce']}.{node}" for name in listeners}
            listeners["BROKERS"], announced["BROKERS"] = port + 3, host
            values["inter.broker.listener.name"] = "BROKERS"
        values["listeners"] = ",".join(f"{name}://{host}:{each}" for name, each in listeners.items())
        values["advertised.listeners"] = ",".join(
            f"{name}://{at}:{listeners[name]}" for name, at in announced.items() if name != "CONTROLLER"
        )
        values[
            "listener.security.protocol.map"
        ] = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENTS:SASL_SSL,BROKERS:PLAINTEXT"
        return values

    def _write_key_store(self):
        folder = tls.make_certificates(self.settings["sasl_ssl"])
        store = self.folder / "server-key-and-certificate.pem"
        store.write_text((folder / "server.key").read_text() + (folder / "server.pem").read_text())

    def _sasl_properties(self):
        prefix, module = "listener.name.clients.", "org.apache.kafka.common.security"
        return {
            prefix + "ssl.keystore.type": "PEM",
            prefix + "ssl.keystore.location": self.folder / "server-key-and-certificate.pem",
            prefix + "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256",
            prefix
            + "plain.sasl.jaas.config": f'{module}.plain.PlainLoginModule required user_{SASL_USER}="{SASL_PASSWORD}";',
            prefix + "scram-sha-256.sasl.jaas.config": f"{module}.scram.ScramLoginModule required;",
        }

    def command(self, node):
        return self.java_command(node, self.main, str(self.node_folder(node) / "server.properties"))

    def is_ready(self, node):
        return self.broker_ready(node)

    def connection_lines(self):
        lines = super().connection_lines()
        if self.settings["sasl_ssl"]:
            servers = ",".join(f"127.0.0.{node}:{self.settings['port'] + 2}" for node in self.node_names())
            lines += [
                "or, with SASL_SSL:",
                f"  bootstrap.servers: {servers}",
                "  security.protocol: SASL_SSL",
                "  sasl.mechanism: PLAIN    # or SCRAM-SHA-256, for clients with librdkafka 2.6.1 or newer",
                f"  sasl.username: {SASL_USER}",
                f"  sasl.password: {SASL_PASSWORD}",
                f"  ssl.ca.location: {self.settings['sasl_ssl']}/ca.pem",
            ]
        return lines


def _new_cluster_id():
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):  # the storage tool would take it for a flag
            return text


class KafkaZooKeeper(_Broker):
    """Kafka 3.9 with ZooKeeper 3.8, as older installations have it: nodes 'zookeeper' and '1', one broker."""

    name = "kafka-zookeeper"
    title = "Kafka 3.9 with ZooKeeper"
    defaults = {"port": 9092, "heap": "512m", "message_max_bytes": 12 * 1024 * 1024}
    artifacts = ("org.apache.kafka:kafka_2.13:3.9.1", "org.slf4j:slf4j-reload4j:1.7.36")
    java_versions = (11, 17, 21)

    def node_names(self):
        return ["zookeeper", "1"]

    def broker_names(self):
        return ["1"]

    def zookeeper_port(self):
        return 2181 if self.settings["port"] == self.defaults["port"] else self.settings["port"] + 1

    def required_ports(self, node):
        if node == "zookeeper":
            return [("127.0.0.1", self.zookeeper_port(), "ZooKeeper")]
        return [(*self.address(node), "Kafka's clients")]

    def prepare(self, nodes):
        self.write_logging()
        zookeeper, broker = self.node_folder("zookeeper"), self.node_folder("1")
        zookeeper.mkdir(exist_ok=True)
        broker.mkdir(exist_ok=True)
        (zookeeper / "zookeeper.properties").write_text(
            _properties(
                {
                    "dataDir": zookeeper / "data",
                    "clientPort": self.zookeeper_port(),
                    "clientPortAddress": "127.0.0.1",
                    "tickTime": 500,
                    "maxClientCnxns": 0,
                    "4lw.commands.whitelist": "ruok,dump",
                    "admin.enableServer": "false",
                }
            )
        )
        host, port = self.address("1")
        (broker / "server.properties").write_text(
            _properties(
                {
                    "broker.id": 1,
                    "listeners": f"PLAINTEXT://{host}:{port}",
                    "log.dirs": broker / "data",
                    "zookeeper.connect": f"127.0.0.1:{self.zookeeper_port()}",
                    "zookeeper.session.timeout.ms": 4000,
                    **_common_properties(self.settings, replication=1),
                }
            )
        )

    def start_order(self, nodes, fresh):
        return [[node] for node in sorted(nodes, key=self.node_names().index)]

    def stop_order(self, nodes):
        # Without ZooKeeper a broker can't take its leave, which then bars the next start.
        return list(reversed(self.start_order(nodes, fresh=False)))

    def may_start(self, node):
        # What a killed broker held in ZooKeeper goes when its session times out; until then a new one is refused.
        if node == "zookeeper":
            return True
        dump = ports.ask(*self.zookeeper_address(), "dump") or ""
        return "ephemeral" in dump.lower() and "/brokers/ids/1" not in dump  # the first: it is serving at all

    def zookeeper_address(self):
        return "127.0.0.1", self.zookeeper_port()

    def command(self, node):
        if node == "zookeeper":
            return self.java_command(
                node,
                "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                str(self.node_folder(node) / "zookeeper.properties"),
                heap="128m",
            )
        return self.java_command(node, self.main, str(self.node_folder(node) / "server.properties"))

    def is_ready(self, node):
        if node == "zookeeper":
            return ports.ask(*self.zookeeper_address(), "ruok") == "imok"
        return self.broker_ready(node)
