"""Servers that demand encryption, a client certificate and a password: Cassandra, and Kafka by SASL_SSL. Secrets come
from the environment, and are in nothing that is printed."""

import contextlib
import socket
import ssl
import threading
import time

import pytest

from support.cassandra import Cassandra
from support.kafka import Kafka
from support.pipeline import ECOMMERCE
from support.services import Services
from support.stores import CassandraStore

LIMIT_S = 10
FAULTS = ("--faults", "malformed=0.01,wrong_total=0.02")
CASSANDRA_PASSWORD, KAFKA_PASSWORD = "cassandra", "salestream-secret"
WRONG = "wr0ng-secret-$-%d"
# What `cassandra --auth` knows is called as its user, so that another role is made whose secret can be looked for.
ROLE, ROLE_PASSWORD = "seller", "s3ller's-p4ss-%d-${x}"


@pytest.fixture(scope="module")
def certificates(session_folder):
    return session_folder / "certificates"


@pytest.fixture(scope="module")
def node(session_folder, certificates):
    tool = Services(session_folder / "secure-cassandra")
    tool.start("cassandra", "--auth", "--tls", certificates)
    server = Cassandra(tool)
    quoted = ROLE_PASSWORD.replace("'", "''")
    server.cql(
        f"CREATE ROLE {ROLE} WITH PASSWORD = '{quoted}' AND LOGIN = true; " f"GRANT CREATE ON ALL KEYSPACES TO {ROLE};"
    )
    yield server
    tool.stop()


@pytest.fixture(scope="module")
def broker(session_folder, certificates):
    tool = Services(session_folder / "secure-kafka")
    tool.start("kafka", "--heap", "256m", "--sasl-ssl", certificates)
    yield Kafka(tool, "kafka")
    tool.stop()


def tls(folder, *names):
    files = {"ca_file": "ca.pem", "cert_file": "client.pem", "key_file": "client.key"}
    return "{" + ", ".join(f"{name}: {folder}/{files[name]}" for name in names) + "}"


@pytest.fixture
def secured(node, certificates, pipelines, tmp_path):
    """A pipeline that reads a file into the node; changes of its `store:` section by keyword, None for left out."""

    def make(broker=None, topic=None, **changed):
        options = {
            "user": "'${TEST_USER}'",
            "password": "'${TEST_PASSWORD}'",
            "tls": tls(certificates, "ca_file", "cert_file", "key_file"),
            **changed,
        }
        options = {key: value for key, value in options.items() if value is not None}
        store = CassandraStore(node, node.new_keyspace("secure"), **options)
        pipeline = pipelines(ECOMMERCE, broker, topic, store=store)
        if broker is None:
            pipeline.reads(tmp_path / "orders.jsonl")
            (tmp_path / "orders.jsonl").touch()
        return pipeline

    return make


def of_role(user=ROLE, password=ROLE_PASSWORD):
    return {"TEST_USER": user, "TEST_PASSWORD": password}


def refuse(pipeline, *said, command="run", host=None, environment=None):
    environment = environment if environment is not None else of_role()
    began_s = time.monotonic()
    ended = pipeline.program.run(
        command, pipeline.path, *pipeline.source, "--log-level", "debug", status=1, **environment
    )
    assert time.monotonic() - began_s < LIMIT_S, ended.description()
    for text in (host or pipeline.store.cassandra.contact_points, *said):
        assert text in ended.stderr, ended.description()
    for name, value in environment.items():
        assert name == "TEST_USER" or value not in ended.stderr + ended.stdout, "a secret was printed"


def test_every_command_and_no_secret_in_what_it_prints(secured, tmp_path):
    pipeline = secured()
    environment = of_role()
    ran = [
        pipeline.produce("--count", 500, "--rate", "max", "--out", tmp_path / "orders.jsonl", *FAULTS, **environment)
    ]
    place = (pipeline.path, *pipeline.source, "--log-level", "debug")
    for arguments in (
        ("init", *place),
        ("run", *place, "--until-end"),
        ("totals", *place),
        ("status", *place),
        ("reset", *place, "--yes"),
        ("run", *place, "--until-end", "--console"),
        ("totals", *place),
    ):
        ran.append(pipeline.program.run(*arguments, **environment))
    for ended in ran:
        assert ROLE_PASSWORD not in ended.stdout + ended.stderr, ended.description()
    shown = pipeline.program.run("totals", *place, "--format", "json", **environment).stdout
    assert all(row["revenue"] in shown for row in pipeline.truth["tables"]["product_sales"])


def test_store_on_the_command_line_keeps_user_and_certificates(secured, tmp_path):
    pipeline = secured()
    pipeline.produce("--count", 100, "--rate", "max", "--out", tmp_path / "orders.jsonl", **of_role())
    store = pipeline.store
    place = f"cassandra:{store.cassandra.contact_points}/{store.keyspace}_elsewhere"
    pipeline.program.run("run", pipeline.path, *pipeline.source, "--until-end", "--store", place, **of_role())
    shown = pipeline.program.run(
        "totals", pipeline.path, *pipeline.source, "--store", place, "--format", "json", **of_role()
    ).stdout
    assert all(row["revenue"] in shown for row in pipeline.truth["tables"]["product_sales"])
    refuse(pipeline, "salestream init", command="totals")  # the file's own keyspace was left alone


@pytest.mark.parametrize("user, password", [(ROLE, WRONG), ("nobody", WRONG)], ids=["password", "user"])
def test_a_wrong_password(secured, user, password):
    for command in ("run", "init", "totals", "status"):
        refuse(
            secured(), "does not accept the user or the password", command=command, environment=of_role(user, password)
        )


def test_no_password(secured):
    refuse(secured(user=None, password=None), "demands a user and a password", environment={})


def test_no_permission(secured, node):
    node.cql(f"CREATE ROLE IF NOT EXISTS looker WITH PASSWORD = '{WRONG}' AND LOGIN = true;")
    refuse(secured(), "looker", "CREATE", command="init", environment=of_role("looker", WRONG))


def test_no_tls(secured):
    refuse(secured(tls=None), "TLS")


def test_no_client_certificate(secured, certificates):
    refuse(secured(tls=tls(certificates, "ca_file")), "certificate")


class RefusesEachCertificate(contextlib.AbstractContextManager):
    """Ends each connection as it says why, which with TLS 1.3 is after the handshake of the other side."""

    def __init__(self, certificates):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates / "server.pem", certificates / "server.key")
        context.load_verify_locations(certificates / "ca.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        self._context = context
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = threading.Thread(target=self._refuse)
        self._thread.start()

    def _refuse(self):
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), connection:
                self._context.wrap_socket(connection, server_side=True)

    def __exit__(self, *_):
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()


def test_a_refusal_is_named_each_time(secured, certificates):
    """However soon the connection is closed."""
    with RefusesEachCertificate(certificates) as server:
        pipeline = secured(tls=tls(certificates, "ca_file"), contact_points=f"'{server.address}'")
        for _ in range(20):
            refuse(pipeline, "demands a client certificate", command="totals", host=server.address)


def test_a_server_that_is_not_to_be_trusted(secured, certificates):
    """Its certificate is by a CA that the machine does not know."""
    refuse(
        secured(tls="{cert_file: %s/client.pem, key_file: %s/client.key}" % (certificates, certificates)), "certificate"
    )


def test_a_key_of_another_certificate(secured, certificates):
    refuse(
        secured(tls="{ca_file: %s/ca.pem, cert_file: %s/client.pem, key_file: %s/server.key}" % ((certificates,) * 3)),
        "client.pem",
        "server.key",
    )


# Kafka.


def by_sasl(pipeline, broker, certificates, mechanism="PLAIN"):
    host, port = broker.addresses[0]
    pipeline.change(broker.bootstrap, f"{host}:{port + 2}")
    pipeline.change(
        "    create:",
        f"""\
    security.protocol: SASL_SSL
    sasl.mechanisms: {mechanism}
    sasl.username: salestream
    sasl.password: ${{TEST_KAFKA_PASSWORD}}
    ssl.ca.location: {certificates}/ca.pem
    create:""",
    )
    return f"{host}:{port + 2}"


def test_everything_secured(secured, broker, certificates):
    """init, produce, run, status and reset with a broker and a node that both demand all that they can."""
    pipeline = secured(broker, "secured-orders")
    by_sasl(pipeline, broker, certificates)
    environment = {**of_role(), "TEST_KAFKA_PASSWORD": KAFKA_PASSWORD}
    made = pipeline.program.run("init", pipeline.path, "--log-level", "debug", **environment)
    assert "made topic secured-orders" in made.stdout
    ran = [made, pipeline.produce("--count", 500, "--rate", "max", *FAULTS, **environment)]
    ran.append(pipeline.run("--log-level", "debug", **environment))
    status = pipeline.program.run("status", pipeline.path, "--format", "json", "--log-level", "debug", **environment)
    assert '"messages": 500' in status.stdout
    totals = pipeline.program.run("totals", pipeline.path, "--format", "json", **environment)
    assert all(row["revenue"] in totals.stdout for row in pipeline.truth["tables"]["product_sales"])
    ran += [status, totals, pipeline.reset(**environment)]
    for ended in ran:
        for secret in (ROLE_PASSWORD, KAFKA_PASSWORD):
            assert secret not in ended.stdout + ended.stderr, ended.description()


@pytest.mark.parametrize("command, ends", [("init", True), ("status", True), ("produce", False), ("run", False)])
def test_a_wrong_password_for_kafka(broker, certificates, pipelines, command, ends):
    """init and status end with an error, after the 10 s that any broker gets; produce and run say it and wait, as for a
    broker that is unavailable."""
    pipeline = pipelines(ECOMMERCE, broker, broker.new_topic(prefix="wrong"))
    host = by_sasl(pipeline, broker, certificates)
    pipeline.program.run("init", pipeline.path, TEST_KAFKA_PASSWORD=KAFKA_PASSWORD)
    arguments = ("--count", 10) if command == "produce" else ()
    began_s = time.monotonic()
    running = pipeline.program.start(command, pipeline.path, *arguments, TEST_KAFKA_PASSWORD=WRONG)
    running.wait_for_output("uthentication")
    assert time.monotonic() - began_s < 2 * LIMIT_S, running.description()
    if ends:
        assert running.wait() == 1, running.description()
    else:
        running.terminate()
    assert host in running.stderr, running.description()
    assert WRONG not in running.stderr + running.stdout
    assert len(running.stderr.splitlines()) < 12, running.description()
