"""The web page of a run, asked without a browser."""

import http.client
import json
import re
import socket
import urllib.parse

from . import prometheus
from .waiting import wait_until


class Web:
    def __init__(self, running):
        """`running` was started with --http [HOST:]0."""
        running.wait_for_output("web page: http://")
        self.url = re.search(r"web page: (http://[\w.:\[\]]+)", running.stderr)[1]
        self.host, self.port = urllib.parse.urlsplit(self.url).hostname, urllib.parse.urlsplit(self.url).port

    def request(self, path, method="GET", headers=(), body=None):
        """(status, headers, body) of one request."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=20)
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

    def stream(self):
        """An open stream of events: a socket to be read with next_event()."""
        connection = socket.create_connection((self.host, self.port), timeout=20)
        connection.sendall(b"GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return connection


def next_event(lines):
    """The data of the next event; `lines`: connection.makefile()."""
    for line in lines:
        if line.startswith("data: "):
            return json.loads(line[len("data: "):])
    return None
