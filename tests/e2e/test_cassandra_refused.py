"""Cassandra that can't be reached, or isn't Cassandra: an error within 10 s that names host and cause, exit code 1, and
no secret in it."""

import contextlib
import http.server
import socket
import threading
import time

import pytest

from support.orders import lines, order
from support.pipeline import ECOMMERCE
from support.services import ports
from support.stores import CassandraStore

LIMIT_S = 10
SECRET = "s3cr3t-$-word"


class Place:
    """A contact point that a test makes up."""

    def __init__(self, contact_points):
        self.contact_points = contact_points


@pytest.fixture
def refused(pipelines, tmp_path):
    """Runs commands that have to be refused; what they say."""

    def check(contact_points, *said, commands=("run", "init", "totals"), **options):
        pipeline = pipelines(ECOMMERCE, store=CassandraStore(Place(contact_points), "shop", **options))
        (tmp_path / "orders.jsonl").write_bytes(lines([order(("Mouse", "1", "1"))]))
        pipeline.reads(tmp_path / "orders.jsonl")
        for command in commands:
            began_s = time.monotonic()
            ended = pipeline.program.run(
                command, pipeline.path, *pipeline.source, "--log-level", "debug", status=1, TEST_PASSWORD=SECRET
            )
            took_s = time.monotonic() - began_s
            assert took_s < LIMIT_S, f"{command} took {took_s:.1f} s:\n{ended.description()}"
            for text in (contact_points, *said):
                assert text in ended.stderr, ended.description()
            assert SECRET not in ended.stderr + ended.stdout
            assert ended.stdout == "" and len(ended.stderr.splitlines()) <= 3, ended.description()

    return check


@contextlib.contextmanager
def listener(serve=None):
    """A TCP server; `serve` is called with each connection, and without it nothing is ever said."""
    held = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept():
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    held.append(connection)
                    if serve:
                        with contextlib.suppress(OSError):
                            serve(connection)

        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
    for connection in held:
        connection.close()


def test_an_unknown_host(refused):
    refused("no-such-host.invalid:9042", "no such host is known")


def test_nothing_listens(refused):
    point = f"127.0.0.1:{ports.free()}"
    refused(point, f"nothing listens on {point}. Is Cassandra running there, and are contact_points right?")


def test_no_machine_answers(refused):
    """An address that nobody has; a network may also say so at once."""
    refused("192.0.2.1:9042", "192.0.2.1", commands=("run",))


def test_several_contact_points_that_are_all_wrong(refused):
    first, second = f"127.0.0.1:{ports.free()}", "no-such-host.invalid:9042"
    refused(f"{first},{second}", f"nothing listens on {first}", second, commands=("run",))


def test_one_good_contact_point_is_enough(cassandra, pipelines, tmp_path):
    points = f"no-such-host.invalid:9042,127.0.0.1:{ports.free()},{cassandra.contact_points}"
    pipeline = pipelines(ECOMMERCE, store=CassandraStore(Place(points), cassandra.new_keyspace()))
    pipeline.reads(tmp_path / "orders.jsonl")
    (tmp_path / "orders.jsonl").write_bytes(lines([order(("Mouse", "1", "1"))]))
    began_s = time.monotonic()
    pipeline.run()
    assert time.monotonic() - began_s < LIMIT_S
    assert pipeline.totals() == [{"product_name": "Mouse", "total_sales": "1.00"}]


def test_a_peer_that_says_nothing(refused):
    with listener() as point:
        refused(point, f"{point} accepts connections and then says nothing", user="me", password="'${TEST_PASSWORD}'")
        refused(point, point, tls="{}", commands=("run",))


def test_a_peer_that_hangs_up(refused):
    with listener(lambda connection: connection.close()) as point:
        refused(point, f"{point} closes connections at once")


def test_a_web_server(refused):
    class Quiet(http.server.BaseHTTPRequestHandler):
        def log_message(self, *_):  # pylint: disable=arguments-differ
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        point = f"127.0.0.1:{server.server_port}"
        refused(point, point, "no Cassandra")
        refused(point, point, tls="{}", commands=("run",))
        server.shutdown()


def test_a_kafka_broker(refused, kafka):
    refused(kafka.bootstrap, "no Cassandra")


def test_a_wrong_datacenter(refused, cassandra):
    refused(cassandra.contact_points, "no datacenter elsewhere", "datacenter1", local_datacenter="elsewhere")


def test_a_server_without_tls_spoken_to_with_it(refused, cassandra):
    refused(cassandra.contact_points, "TLS", tls="{}")


def test_a_keyspace_that_is_not_to_be_made(refused, cassandra):
    refused(
        cassandra.contact_points,
        "has no keyspace shop",
        "create_keyspace",
        commands=("run", "init"),
        create_keyspace="false",
    )
    refused(cassandra.contact_points, "salestream init", commands=("totals", "status"))


@pytest.mark.parametrize("key", ["ca_file", "cert_file"])
def test_files_that_are_not_there(refused, cassandra, key):
    file = {
        "ca_file": "{ca_file: /no/such/ca.pem}",
        "cert_file": "{cert_file: /no/such/c.pem, key_file: /no/such/k.pem}",
    }
    refused(cassandra.contact_points, "/no/such/c", "No such file", tls=file[key], commands=("run",))
