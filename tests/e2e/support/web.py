"""The web page of a run, asked without a browser."""

import http.client
import json
import re
import socket
import ssl
import subprocess
import urllib.parse

from . import prometheus
from .waiting import wait_until


def new_certificate(folder, name):
    """(certificate, key) for this machine, signed by itself: two PEM files."""
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-sha256",
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost,IP:127.0.0.1",
            "-keyout",
            key,
            "-out",
            certificate,
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


class Web:
    def __init__(self, running, certificate=None):
        """`running` was started with --http [HOST:]0; `certificate`: what it has to show over TLS, nothing else."""
        running.wait_for_output("web page: http")
        self.url = re.search(r"web page: (https?://[\w.:\[\]]+)", running.stderr)[1]
        self.host, self.port = urllib.parse.urlsplit(self.url).hostname, urllib.parse.urlsplit(self.url).port
        self._tls = ssl.create_default_context(cafile=certificate) if certificate else None

    def _connect(self):
        connection = socket.create_connection((self.host, self.port), timeout=20)
        return self._tls.wrap_socket(connection, server_hostname=self.host) if self._tls else connection

    def request(self, path, method="GET", headers=(), body=None):
        """(status, headers, body) of one request."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
        connection.sock = self._connect()
        try:
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def status(self, path, **more):
        return self.request(path, **more)[0]

    def json(self, path, **parameters):
        found, _, body = self.request(path + ("?" + urllib.parse.urlencode(parameters) if parameters else ""))
        assert found == 200, (found, body)
        return json.loads(body)

    def metrics(self):
        """/metrics: see support/prometheus.py."""
        found, _, body = self.request("/metrics")
        assert found == 200, (found, body)
        return prometheus.parse(body.decode())

    def wait_for_orders(self, count, timeout_s=30):
        return wait_until(lambda: self.json("/api/status")["orders"] == count, timeout_s, f"{count} orders on the page")

    def raw(self, sent):
        """What comes back for these bytes, until the server hangs up."""
        with socket.create_connection((self.host, self.port), timeout=20) as connection:
            connection.sendall(sent)
            received = b""
            while piece := connection.recv(65536):
                received += piece
            return received

    def stream(self, headers=()):
        """An open stream of events: a socket to be read with next_event()."""
        connection = self._connect()
        more = "".join(f"{name}: {value}\r\n" for name, value in headers)
        connection.sendall(f"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n{more}\r\n".encode())
        return connection


def next_event(lines):
    """The data of the next event; `lines`: connection.makefile()."""
    for line in lines:
        if line.startswith("data: "):
            return json.loads(line[len("data: ") :])
    return None
