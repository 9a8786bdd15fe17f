"""Cassandra 5.0: one node, or three on 127.0.0.1 to .3 with the same ports; and cqlsh.

The published jars bring no configuration, so all of it is written here. Three nodes get fixed tokens and no bootstrap:
with random ones, nodes that join at the same time refuse each other.

Unless asked otherwise, a write is acknowledged once it is on disk (batch): nodes that this starts are there to be
killed. With Cassandra's default, periodic, a node that is killed forgets what it has acknowledged in the last 0.1 s; if
it is the only one, for good."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import venv

from . import jars, ports, tls
from .errors import ServiceError
from .service import Service

_CQLSH_REQUIREMENTS = pathlib.Path(__file__).with_name("cqlsh-requirements.txt")

_DEFAULT_PORT = 9042
_EXPORTS = (
    "java.base/jdk.internal.misc",
    "java.base/java.lang.ref",
    "java.management.rmi/com.sun.jmx.remote.internal.rmi",
    "java.rmi/sun.rmi.registry",
    "java.rmi/sun.rmi.server",
    "java.rmi/sun.rmi.transport.tcp",
    "java.sql/java.sql",
    "jdk.unsupported/sun.misc",
)
_OPENS = tuple(
    "java.base/" + package
    for package in (
        "java.lang.module",
        "jdk.internal.loader",
        "jdk.internal.ref",
        "jdk.internal.reflect",
        "jdk.internal.math",
        "jdk.internal.module",
        "jdk.internal.util.jar",
        "sun.nio.ch",
        "java.io",
        "java.util",
        "java.util.concurrent",
        "java.util.concurrent.atomic",
        "java.nio",
        "java.lang",
        "java.lang.reflect",
        "java.math",
        "java.net",
    )
) + ("jdk.management/com.sun.management.internal",)

_YAML = """\
cluster_name: salestream
num_tokens: 1
initial_token: "{token}"
auto_bootstrap: false
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{{seeds: "{seeds}"}}]
listen_address: {host}
rpc_address: {host}
broadcast_rpc_address: {announced}
storage_port: {storage_port}
native_transport_port: {port}
data_file_directories: ["{folder}/data"]
commitlog_directory: "{folder}/commitlog"
hints_directory: "{folder}/hints"
saved_caches_directory: "{folder}/saved_caches"
cdc_raw_directory: "{folder}/cdc_raw"
commitlog_sync: {sync}
commitlog_total_space: 512MiB
file_cache_size: 64MiB
key_cache_size: 16MiB
auto_snapshot: false
# As in Cassandra's own cassandra_latest.yaml, which is for new clusters: many rows cost it a quarter less.
storage_compatibility_mode: NONE
memtable_allocation_type: offheap_objects
memtable: {{configurations: {{trie: {{class_name: TrieMemtable}}, default: {{inherits: trie}}}}}}
sstable: {{selected_format: bti}}
authenticator: {authenticator}
authorizer: {authorizer}
role_manager: CassandraRoleManager
"""
_YAML_TLS = """\
client_encryption_options:
  enabled: true
  optional: false
  require_client_auth: true
  keystore: "{folder}/server.p12"
  keystore_password: {password}
  truststore: "{folder}/truststore.p12"
  truststore_password: {password}
  store_type: PKCS12
"""
_LOGBACK = """\
<configuration>
  <appender name="console" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%d %-5level [%thread] %F:%L - %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="console"/></root>
</configuration>
"""


class Cassandra(Service):
    name = "cassandra"
    title = "Cassandra 5.0"
    defaults = {
        "nodes": 1,
        "port": _DEFAULT_PORT,
        "heap": "512m",
        "auth": False,
        "tls": None,
        "announce": None,
        "commitlog_sync": "batch",
    }
    fixed = ("nodes", "port")  # nodes know each other by address and port
    artifacts = ("org.apache.cassandra:cassandra-all:5.0.5",)
    main = "org.apache.cassandra.service.CassandraDaemon"
    java_versions = (11, 17)
    ready_limit_s = 240

    def node_names(self):
        return [str(k) for k in range(1, self.settings["nodes"] + 1)]

    @staticmethod
    def host(node):
        return f"127.0.0.{node}"

    def storage_port(self):
        return 7000 if self.settings["port"] == _DEFAULT_PORT else self.settings["port"] + 1

    def jmx_port(self, node):
        """Listens on 127.0.0.1 whatever the node's address."""
        return (7198 if self.settings["port"] == _DEFAULT_PORT else self.settings["port"] + 1) + int(node)

    def required_ports(self, node):
        return [
            (self.host(node), self.settings["port"], "Cassandra's clients"),
            (self.host(node), self.storage_port(), "Cassandra's other nodes"),
            ("127.0.0.1", self.jmx_port(node), "Cassandra's JMX"),
        ]

    def prepare(self, nodes):
        if self.settings["tls"]:
            tls.make_certificates(self.settings["tls"])
        (self.folder / "logback.xml").write_text(_LOGBACK)
        for node in nodes:
            (self.node_folder(node) / "cassandra.yaml").write_text(self._yaml(node))
        # What a node that stays up says about the others from here on; those that start begin a new log.
        self.log_seen = {node: self.log(node).stat().st_size if self.process(node) else 0 for node in self.node_names()}

    def _yaml(self, node):
        auth = self.settings["auth"]
        text = _YAML.format(
            token=(int(node) - 1) * 2**64 // self.settings["nodes"] - 2**63,
            host=self.host(node),
            announced=f"{self.settings['announce']}.{node}" if self.settings["announce"] else self.host(node),
            sync="periodic\ncommitlog_sync_period: 10000ms"
            if self.settings["commitlog_sync"] == "periodic"
            else "batch",
            # All of them: a node that is no seed ends when it finds none, as when two are restarted at once.
            seeds=",".join(f"{self.host(each)}:{self.storage_port()}" for each in self.node_names()),
            port=self.settings["port"],
            storage_port=self.storage_port(),
            folder=self.node_folder(node),
            authenticator="PasswordAuthenticator" if auth else "AllowAllAuthenticator",
            authorizer="CassandraAuthorizer" if auth else "AllowAllAuthorizer",
        )
        if self.settings["tls"]:
            text += _YAML_TLS.format(folder=self.settings["tls"], password=tls.PASSWORD)
        return text

    def start_order(self, nodes, fresh):
        return [nodes[:1], nodes[1:]] if fresh and len(nodes) > 1 else [nodes]

    def command(self, node):
        folder = self.node_folder(node)
        return [
            self.java,
            f"-Xmx{self.settings['heap']}",
            *self.compiler_flags(self.settings["nodes"]),
            *self.class_archive_flags(node, self.main),
            "-XX:+UnlockDiagnosticVMOptions",
            "-XX:+AllowArchivingWithJavaAgent",  # the agent below changes no class
            "-XX:+UseParallelGC",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:MaxDirectMemorySize=256m",
            "-Xss512k",
            "-Djava.awt.headless=true",
            "-Djdk.attach.allowAttachSelf=true",
            f"-javaagent:{self.jars}/jamm-0.4.0.jar",
            *(word for each in _EXPORTS for word in ("--add-exports", f"{each}=ALL-UNNAMED")),
            *(word for each in _OPENS for word in ("--add-opens", f"{each}=ALL-UNNAMED")),
            f"-Dlogback.configurationFile={self.folder / 'logback.xml'}",
            f"-Dcassandra.config={(folder / 'cassandra.yaml').as_uri()}",
            f"-Dcassandra.storagedir={folder}",
            "-Dcassandra-foreground=yes",
            f"-Dcassandra.jmx.local.port={self.jmx_port(node)}",
            "-Dcassandra.skip_wait_for_gossip_to_settle=0",
            f"-Dcassandra.ring_delay_ms={2000 if self.settings['nodes'] > 1 else 100}",
            "-Dcassandra.superuser_setup_delay_ms=0",
            "-Dcassandra.shutdown_announce_in_ms=100",
            f"-Dcassandra.system_auth.default_rf={self.settings['nodes']}",
            "-cp",
            f"{self.jars}/*",
            self.main,
        ]

    def is_ready(self, node):
        if not self.log_has(node, "Startup complete") or not ports.accepts(self.host(node), self.settings["port"]):
            return False
        others = [each for each in self.running() if each != node]
        if not all(self._seen_up(by, of) for other in others for by, of in ((node, other), (other, node))):
            return False
        return self._superuser_exists()

    def _seen_up(self, by, of):
        """Has node `by` said since this start that node `of` is up? Between two that stayed up, nothing is asked."""
        with open(self.log(by), "rb") as log:
            log.seek(self.log_seen[by])
            return f"/{self.host(of)}:{self.storage_port()} is now UP".encode() in log.read()

    def _superuser_exists(self):
        made = self.folder / "superuser-made"
        if not self.settings["auth"] or made.exists():
            return True
        if any(self.log_has(node, "Created default superuser role") for node in self.node_names()):
            made.touch()  # with the data: later starts find the role there, and say nothing
            return True
        # With several nodes the role can be made only once a majority is there.
        return len(self.running()) < self.settings["nodes"]

    def connection_lines(self):
        points = ",".join(f"{self.host(node)}:{self.settings['port']}" for node in self.node_names())
        lines = [f"contact_points: {points}"]
        if self.settings["auth"]:
            lines += ["username: cassandra", "password: cassandra"]
        if self.settings["tls"]:
            lines += [f"TLS, client certificate required: ca.pem, client.pem, client.key in {self.settings['tls']}"]
        return lines

    def run_cqlsh(self, arguments):
        """Becomes cqlsh, connected to a node that runs."""
        running = self.running()
        if not running:
            raise ServiceError(f"no Cassandra is running in {self.data_root}. Start it: tools/services start cassandra")
        flags = []
        if self.settings["auth"]:
            flags += ["-u", "cassandra", "-p", "cassandra"]
        if self.settings["tls"]:
            folder = self.settings["tls"]
            (self.folder / "cqlshrc").write_text(
                f"[ssl]\ncertfile = {folder}/ca.pem\nvalidate = true\nusercert = {folder}/client.pem\n"
                f"userkey = {folder}/client.key\n"
            )
            flags += ["--ssl", f"--cqlshrc={self.folder / 'cqlshrc'}"]
        python, program = cqlsh()
        sys.stdout.flush()
        os.execv(python, [python, program, *flags, *arguments, self.host(running[0]), str(self.settings["port"])])


def cqlsh():
    """(python, program) of a virtual environment with cqlsh, made on first use."""
    key = hashlib.sha256(_CQLSH_REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = jars.cache_folder() / f"cqlsh-{key}-python{sys.version_info[0]}.{sys.version_info[1]}"
    with jars.locked(folder.with_name(folder.name + ".lock")):
        if not folder.is_dir():
            print("installing cqlsh from Python's package index, once (some 20 s) ...", file=sys.stderr, flush=True)
            temporary = pathlib.Path(tempfile.mkdtemp(prefix=folder.name + ".", dir=folder.parent))
            try:
                try:
                    venv.create(temporary, with_pip=True)
                except (subprocess.CalledProcessError, OSError) as error:
                    raise ServiceError(
                        "Python can't make a virtual environment. Install: sudo apt-get install -y " "python3-venv"
                    ) from error
                done = subprocess.run(
                    [
                        temporary / "bin" / "python",
                        *("-m", "pip", "install", "-q", "--require-hashes", "-r", _CQLSH_REQUIREMENTS),
                    ],
                    capture_output=True,
                    text=True,
                    check=False,
                )
                if done.returncode != 0:
                    raise ServiceError(f"pip could not install cqlsh:\n{(done.stdout + done.stderr)[-2000:]}")
                temporary.chmod(0o755)
                temporary.rename(folder)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)
    # By the interpreter's name: the script's own first line still names the folder it was made in.
    return str(folder / "bin" / "python"), str(folder / "bin" / "cqlsh")
