"""One question to a Spark Connect server, in gRPC as it goes over the wire: which Spark are you? It is answered only
once the server can serve, which an open port does not say, and needs no client library."""

import re
import socket
import struct
import uuid

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS, _PING, _GO_AWAY = 0, 1, 3, 4, 6, 7
_ACKNOWLEDGED = _END_OF_STREAM = 1
_END_OF_HEADERS = 4
_PATH = "/spark.connect.SparkConnectService/AnalyzePlan"
_MAX_FRAMES = 100  # of an answer that has six or so


def _frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def _header(name, value):
    """A header in plain letters: no table, no compression."""
    return b"\x00" + b"".join(bytes([len(text)]) + text.encode() for text in (name, value))


def _field(number, content):
    """A field of a protocol buffers message, with less than 128 bytes in it."""
    return bytes([number << 3 | 2, len(content)]) + content


def _question():
    session, user = str(uuid.uuid4()).encode(), b"tools/services"
    return _field(1, session) + _field(2, _field(1, user) + _field(2, user)) + _field(10, b"")


def _frames(connection):
    stream = connection.makefile("rb")
    for _ in range(_MAX_FRAMES):
        head = stream.read(9)
        if len(head) < 9:
            return
        length = int.from_bytes(head[:3], "big")
        payload = stream.read(length)
        if len(payload) < length:
            return
        yield head[3], head[4], payload


def version(host, port, timeout_s=5.0):
    """What Spark the server is, e.g. '3.5.7'; None when it does not answer that, or not yet."""
    message = _question()
    headers = b"".join(
        _header(*each)
        for each in (
            (":method", "POST"),
            (":scheme", "http"),
            (":path", _PATH),
            (":authority", f"{host}:{port}"),
            ("content-type", "application/grpc"),
            ("te", "trailers"),
        )
    )
    body = b"\x00" + struct.pack(">I", len(message)) + message
    answer = b""
    try:
        with socket.create_connection((host, port), timeout_s) as connection:
            connection.settimeout(timeout_s)
            connection.sendall(
                _PREFACE
                + _frame(_SETTINGS, 0, 0)
                + _frame(_HEADERS, _END_OF_HEADERS, 1, headers)
                + _frame(_DATA, _END_OF_STREAM, 1, body)
            )
            for kind, flags, payload in _frames(connection):
                if kind == _SETTINGS and not flags & _ACKNOWLEDGED:
                    connection.sendall(_frame(_SETTINGS, _ACKNOWLEDGED, 0))
                elif kind == _PING and not flags & _ACKNOWLEDGED:
                    connection.sendall(_frame(_PING, _ACKNOWLEDGED, 0, payload))
                elif kind == _DATA:
                    answer += payload
                if kind in (_RESET, _GO_AWAY) or kind in (_DATA, _HEADERS) and flags & _END_OF_STREAM:
                    break
    except OSError:
        return None
    # AnalyzePlanResponse.spark_version (8), and of it the version (1).
    found = re.search(rb"\x42.\x0a(.)([0-9][0-9A-Za-z.-]+)", answer, re.DOTALL)
    return found[2].decode() if found and len(found[2]) == found[1][0] else None
