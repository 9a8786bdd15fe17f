"""A message that is sent again may not be overtaken by the next one. After a lost connection and a broker that does not
lead its partition yet, librdkafka 2.0.2 takes the answer to the overtaking request for the end of all producing."""

import contextlib
import select
import socket
import struct
import threading

import pytest

from support.kafka import Kafka
from support.pipeline import ECOMMERCE
from support.services import Services

PREFIX = "127.0.1"
PRODUCE = 0
NOT_LEADER_FOR_PARTITION = 6
# How long an overtaking request may take to come, from a client that is on this machine and has more to send.
OVERTAKING_S = 1.0
# At this rate a request soon holds one order, and only while fewer than five are on their way does librdkafka send
# more.
ORDERS, ORDERS_PER_SECOND = 600, 200
LOST_REQUEST = 50


def receive(connection):
    """One request or answer of Kafka's protocol, with its size in front; nothing at the end."""

    def exactly(size):
        data = b""
        while len(data) < size and (piece := connection.recv(size - len(data))):
            data += piece
        return data

    head = exactly(4)
    return head + exactly(struct.unpack(">i", head)[0]) if len(head) == 4 else b""


def text_at(frame, at):
    """A string that may be null, and where it ends."""
    (size,) = struct.unpack_from(">h", frame, at)
    end = at + 2 + max(size, 0)
    return frame[at:end], end


def refusal(produce):
    """The answer, in version 7, to a request for one partition whose leader is elsewhere."""
    (correlation,) = struct.unpack_from(">i", produce, 8)
    _, at = text_at(produce, 12)  # client
    _, at = text_at(produce, at)  # transaction
    at += 2 + 4 + 4  # acks, time limit, number of topics
    topic, at = text_at(produce, at)
    (partition,) = struct.unpack_from(">i", produce, at + 4)
    body = (
        struct.pack(">ii", correlation, 1)
        + topic
        + struct.pack(">iihqqqi", 1, partition, NOT_LEADER_FOR_PARTITION, -1, -1, -1, 0)
    )
    return struct.pack(">i", len(body)) + body


class BrokerThatComesBack:
    """Between clients and a broker: a request to produce is lost with its connection, and when it comes again it is
    refused as by a broker that has just started. Everything else is the broker's own doing."""

    def __init__(self, address, target):
        self.target, self.requests, self.refused = target, 0, []  # versions of the refused ones
        self._lock = threading.Lock()
        self._listener = socket.create_server(address)
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with contextlib.suppress(OSError), client, socket.create_connection(self.target) as broker:
            threading.Thread(target=self._answer, args=(broker, client), daemon=True).start()
            while request := receive(client):
                api, version = struct.unpack_from(">hh", request, 4)
                with self._lock:
                    self.requests += api == PRODUCE
                    number = self.requests if api == PRODUCE else 0
                if number == LOST_REQUEST:
                    return client.shutdown(socket.SHUT_RDWR)
                if number == LOST_REQUEST + 1:
                    select.select([client], [], [], OVERTAKING_S)
                    client.sendall(refusal(request))
                    self.refused.append(version)
                else:
                    broker.sendall(request)

    @staticmethod
    def _answer(broker, client):
        with contextlib.suppress(OSError):
            while answer := receive(broker):
                client.sendall(answer)


@pytest.fixture
def kafka(session_folder):
    tool = Services(session_folder / "produce-retries")
    between = BrokerThatComesBack((f"{PREFIX}.1", tool.port), ("127.0.0.1", tool.port))
    tool.start("kafka", "--heap", "256m", "--announce", PREFIX)
    made = Kafka(tool, "kafka")
    made.between = between
    yield made
    between.close()
    tool.stop()


def test_a_message_that_is_sent_again_is_not_overtaken(kafka, pipelines):
    pipeline = pipelines(ECOMMERCE, kafka, kafka.new_topic())
    pipeline.produce("--count", ORDERS, "--rate", ORDERS_PER_SECOND)
    assert kafka.between.refused == [7], "one request, by an answer of the version that it asked for"
    assert sum(kafka.end_offsets(pipeline.topic).values()) == ORDERS
    pipeline.run()
    pipeline.assert_exact()
