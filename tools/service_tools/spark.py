"""Spark 3.5 as a Spark Connect server, with the connectors for Kafka and Cassandra: alone, on two threads of its own
process, or with a standalone cluster of a master and workers, whose executors then do the work.

Its jars are those of Maven Central: a server needs neither Python nor Spark's own download. Everything listens on
127.0.0.1 only, but the port of Spark Connect, for which Spark 3.5 has no such setting."""

import json
import pathlib
import shutil
import urllib.error
import urllib.request

from . import jars, ports, spark_wire
from .errors import ServiceError
from .processes import Process, session_members
from .service import Service

_VERSION = "3.5.7"
_JARS = tuple(
    f"org.apache.spark:{name}_2.12:{_VERSION}" for name in ("spark-connect", "spark-sql", "spark-sql-kafka-0-10")
) + ("com.datastax.spark:spark-cassandra-connector_2.12:3.5.1",)

_HOST = "127.0.0.1"
_DEFAULT_PORT = 15002
_PAGE_PORT, _PAGE_PORTS_TRIED = 4040, 16  # as Spark itself looks for one
_SMALL_HEAP = "128m"  # of a master or a worker, which only start others

# What Spark's own spark-submit opens for it on Java 17.
_OPENS = tuple(
    "java.base/" + package
    for package in (
        "java.lang",
        "java.lang.invoke",
        "java.lang.reflect",
        "java.io",
        "java.net",
        "java.nio",
        "java.util",
        "java.util.concurrent",
        "java.util.concurrent.atomic",
        "jdk.internal.ref",
        "sun.nio.ch",
        "sun.nio.cs",
        "sun.security.action",
        "sun.util.calendar",
    )
) + ("java.security.jgss/sun.security.krb5",)

# Spark says a lot at INFO, for every task; what a query is at, its clients can ask.
_LOG4J2 = """\
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d %p %m (%c{1})%n%throwable
rootLogger.level = WARN
rootLogger.appenderRef.console.ref = console
logger.connect.name = org.apache.spark.sql.connect
logger.connect.level = INFO
logger.deploy.name = org.apache.spark.deploy
logger.deploy.level = INFO
"""


def class_path():
    """The folder with Spark's jars and the connectors'."""
    return jars.class_path(Spark.title, Spark.artifacts)


def java_program(java, heap, scratch):
    """The beginning of a command line that runs Spark, up to its class path."""
    return [
        java,
        f"-Xmx{heap}",
        "-XX:+UseSerialGC",
        "-XX:+ExitOnOutOfMemoryError",
        "-Djava.awt.headless=true",
        *(f"--add-opens={each}=ALL-UNNAMED" for each in _OPENS),
        "-Djdk.reflect.useDirectMethodHandle=false",
        f"-Djava.io.tmpdir={scratch}",
    ]


class Spark(Service):
    """Nodes are 'server' (Spark Connect) and, with `workers`, 'master' and the workers '1', '2', ... Clients connect to
    PORT; Spark's monitoring page is at 4040 or the next free port, or PORT+1 where PORT is not the usual one; a
    cluster's master is at PORT+2 and its page at PORT+3 (usually 7077 and 8080)."""

    name = "spark"
    title = "Spark 3.5"
    defaults = {"workers": 0, "port": _DEFAULT_PORT, "heap": "1g"}
    artifacts = _JARS
    main = "org.apache.spark.deploy.SparkSubmit"
    ready_limit_s = 240

    def node_names(self):
        workers = [str(k) for k in range(1, self.settings["workers"] + 1)]
        return ["master", *workers, "server"] if workers else ["server"]

    def is_worker(self, node):
        return node.isdigit()

    def _follows(self, usual, distance):
        return usual if self.settings["port"] == _DEFAULT_PORT else self.settings["port"] + distance

    def master_port(self):
        return self._follows(7077, 2)

    def master_page_port(self):
        return self._follows(8080, 3)

    def master_url(self):
        return f"spark://{_HOST}:{self.master_port()}" if self.settings["workers"] else "local[2]"

    def page(self):
        return f"http://{_HOST}:{self.settings['page_port']}"

    def required_ports(self, node):
        if node == "server":
            return [(_HOST, self.settings["port"], "Spark Connect's clients")]
        if node == "master":
            return [
                (_HOST, self.master_port(), "Spark's master"),
                (_HOST, self.master_page_port(), "the master's page"),
            ]
        return []

    def prepare(self, nodes):
        if "server" in nodes:
            self.settings["page_port"] = self._free_page_port()
        (self.folder / "log4j2.properties").write_text(_LOG4J2)
        # Workers look for the jars of their executors in the folder `jars` of a Spark that they take to be installed.
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        (home / "jars").unlink(missing_ok=True)
        (home / "jars").symlink_to(self.jars)
        for node in nodes:
            # What a killed process left there: jars that clients sent, native libraries, shuffled data.
            shutil.rmtree(self._scratch(node), ignore_errors=True)
            self._scratch(node).mkdir()

    def _free_page_port(self):
        first = self._follows(_PAGE_PORT, 1)
        tried = range(first, first + (_PAGE_PORTS_TRIED if first == _PAGE_PORT else 1))
        for port in tried:
            if ports.is_free(_HOST, port):
                return port
        raise ServiceError(f"no port from {tried[0]} to {tried[-1]} is free for Spark's monitoring page")

    def _scratch(self, node):
        return self.node_folder(node) / "scratch"

    def start_order(self, nodes, fresh):
        return [
            group
            for group in (["master"], [each for each in nodes if self.is_worker(each)], ["server"])
            if group and set(group) <= set(nodes)
        ]

    def stop_order(self, nodes):
        # The server first: it ends its executors, and says so to the master.
        return list(reversed(self.start_order(nodes, fresh=False)))

    def environment(self, node):
        return {
            "SPARK_HOME": str(self.folder / "home"),
            "SPARK_SCALA_VERSION": "2.12",
            "SPARK_LOCAL_IP": _HOST,
            "SPARK_LOCAL_DIRS": str(self._scratch(node)),
            "SPARK_REMOTE": None,
        }  # is for clients; a server that has it takes itself for one, and does not start

    def command(self, node):
        if node == "master":
            return self._java(
                node,
                _SMALL_HEAP,
                "org.apache.spark.deploy.master.Master",
                "--host",
                _HOST,
                "--port",
                str(self.master_port()),
                "--webui-port",
                str(self.master_page_port()),
            )
        if self.is_worker(node):
            return self._java(
                node,
                _SMALL_HEAP,
                "org.apache.spark.deploy.worker.Worker",
                "--host",
                _HOST,
                "--webui-port",
                "0",
                "--cores",
                "1",
                "--memory",
                self.settings["heap"],
                "--work-dir",
                str(self.node_folder(node) / "work"),
                self.master_url(),
            )
        settings = {
            "spark.connect.grpc.binding.port": self.settings["port"],
            "spark.ui.port": self.settings["page_port"],
            "spark.port.maxRetries": 0,  # the page is where it was said to be, or nothing starts
            "spark.driver.host": _HOST,
            "spark.executor.memory": self.settings["heap"],
            "spark.executor.extraJavaOptions": f"-XX:+UseSerialGC {self._logging()}",
            "spark.sql.warehouse.dir": self.node_folder(node) / "warehouse",
        }
        return self._java(
            node,
            self.settings["heap"],
            self.main,
            "--master",
            self.master_url(),
            "--name",
            "Spark Connect server",
            "--class",
            "org.apache.spark.sql.connect.service.SparkConnectServer",
            *(word for key, value in settings.items() for word in ("--conf", f"{key}={value}")),
            "spark-internal",
        )

    def _logging(self):
        return f"-Dlog4j2.configurationFile=file:{self.folder / 'log4j2.properties'}"

    def _java(self, node, heap, main, *arguments):
        return [
            *java_program(self.java, heap, self._scratch(node)),
            *self.compiler_flags(1 if node == "server" else 2),
            *self.class_archive_flags(node, main),
            self._logging(),
            "-cp",
            f"{self.jars}/*",
            main,
            *arguments,
        ]

    def is_ready(self, node):
        if node == "master":
            return self._registered_workers() is not None
        if self.is_worker(node):
            return self.log_has(node, "Successfully registered with master")
        return spark_wire.version(_HOST, self.settings["port"]) == _VERSION and ports.accepts(
            _HOST, self.settings["page_port"]
        )

    def _registered_workers(self):
        """How many workers the master counts as alive; None when it does not answer."""
        try:
            with urllib.request.urlopen(f"http://{_HOST}:{self.master_page_port()}/json/", timeout=5) as answer:
                return json.load(answer)["aliveworkers"]
        except (OSError, urllib.error.URLError, ValueError, KeyError):
            return None

    def _end(self, nodes, now):
        """Executors are processes of the workers' making. They end by themselves when their server or worker has; what
        is asked here is that they have ended, too, when this returns."""
        executors = [
            member
            for node in nodes
            if self.is_worker(node) and (worker := self.process(node))
            for member in session_members(worker)
        ]
        ended = super()._end(nodes, now)
        for executor in executors:
            if not executor.wait_end(self.grace_s):
                executor.send(9)
                executor.wait_end(30)
        return ended

    def connection_lines(self):
        lines = [f"remote: sc://{_HOST}:{self.settings['port']}", f"monitoring: {self.page()}"]
        if self.settings["workers"]:
            lines += [f"master: {self.master_url()}", f"cluster: http://{_HOST}:{self.master_page_port()}"]
        return lines + [
            f"Port {self.settings['port']} is open to other machines too, and any client that connects to it can run "
            "programs as this user: keep it behind a firewall"
        ]
