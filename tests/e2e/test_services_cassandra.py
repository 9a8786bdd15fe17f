"""tools/services with Cassandra: that a person gets a node to talk to, and that protection asked for does protect."""

import socket
import ssl

import pytest

from support.cassandra import Cassandra


def test_one_node_answers(cassandra):
    assert cassandra.rows("SELECT release_version FROM system.local") == [{"release_version": "5.0.5"}]
    assert f"contact_points: {cassandra.contact_points}" in cassandra.tool.run("status").stdout


def test_password_and_client_certificate_are_demanded(services, tmp_path):
    services.start("cassandra", "--auth", "--tls", tmp_path)
    node = Cassandra(services)
    assert {row["role"] for row in node.rows("SELECT role FROM system_auth.roles")} == {"cassandra"}

    context = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # there a missing certificate fails the handshake itself
    with socket.create_connection(("127.0.0.1", services.port), 5) as plain:
        with pytest.raises(OSError):
            context.wrap_socket(plain, server_hostname="127.0.0.1")

    services.run("stop")
    services.run("start", "cassandra")  # asks for the same as before
    assert node.rows("SELECT role FROM system_auth.roles")
