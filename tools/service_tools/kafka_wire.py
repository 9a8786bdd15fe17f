"""A few requests of Kafka's wire protocol, so that tools and tests need no JVM (2 s each) to make a topic or to ask
whether a broker is ready. Plaintext listeners only; versions that brokers 3.9 and 4.1 both speak."""

import dataclasses
import socket
import struct
import time

NONE, UNKNOWN_TOPIC, TOPIC_EXISTS = 0, 3, 36
_RETRIABLE = {5, 6, 7, 14, 15, 16, 41}  # no leader yet, moved, timed out, coordinator loading or moved, not controller


class KafkaError(Exception):
    def __init__(self, what, code):
        super().__init__(f"{what}: Kafka error code {code}")
        self.code = code


@dataclasses.dataclass
class Partition:
    index: int
    leader: int
    replicas: list
    in_sync: list


@dataclasses.dataclass
class Metadata:
    brokers: dict  # node id -> (host, port)
    controller: int
    topics: dict  # name -> [Partition], of topics without an error


def _string(value):
    if value is None:
        return struct.pack(">h", -1)
    data = value.encode()
    return struct.pack(">h", len(data)) + data


def _array(items):
    items = list(items)
    return struct.pack(">i", len(items)) + b"".join(items)


class _Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, layout):
        values = struct.unpack_from(">" + layout, self.data, self.at)
        self.at += struct.calcsize(">" + layout)
        return values[0] if len(values) == 1 else values

    def string(self):
        size = self.take("h")
        if size < 0:
            return None
        self.at += size
        return self.data[self.at - size : self.at].decode()

    def array(self, element):
        return [element() for _ in range(self.take("i"))]


def _receive(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise ConnectionError("the broker closed the connection")
        data += piece
    return data


def request(address, api_key, version, body, timeout_s=10.0):
    """One request on a connection of its own; a reader of the answer's body."""
    with socket.create_connection(address, timeout_s) as connection:
        connection.settimeout(timeout_s)
        message = struct.pack(">hhi", api_key, version, 1) + _string("salestream-tools") + body
        connection.sendall(struct.pack(">i", len(message)) + message)
        (size,) = struct.unpack(">i", _receive(connection, 4))
        reader = _Reader(_receive(connection, size))
        reader.take("i")  # correlation id
        return reader


def metadata(address, timeout_s=10.0):
    reader = request(address, 3, 4, struct.pack(">i", -1) + b"\0", timeout_s)
    reader.take("i")

    def broker():
        node, host, port, _ = reader.take("i"), reader.string(), reader.take("i"), reader.string()
        return node, (host, port)

    brokers = dict(reader.array(broker))
    reader.string()
    controller = reader.take("i")

    def partition():
        _, index, leader = reader.take("hii")
        return Partition(index, leader, reader.array(lambda: reader.take("i")), reader.array(lambda: reader.take("i")))

    def topic():
        error, name, _, partitions = reader.take("h"), reader.string(), reader.take("?"), reader.array(partition)
        return error, name, partitions

    topics = {name: partitions for error, name, partitions in reader.array(topic) if error == NONE}
    return Metadata(brokers, controller, topics)


def _until(deadline_s, attempt):
    """Repeats `attempt` while it raises what passes by itself."""
    while True:
        try:
            return attempt()
        except (OSError, KafkaError) as error:
            passing = isinstance(error, OSError) or error.code in _RETRIABLE
            if not passing or time.monotonic() >= deadline_s:
                raise
            time.sleep(0.1)


def _to_controller(address, api_key, version, body, timeout_s):
    known = metadata(address)
    return request(known.brokers.get(known.controller, address), api_key, version, body, timeout_s)


def create_topic(address, name, partitions=1, replication=-1, configuration=None, timeout_s=30.0):
    """Makes a topic and waits until every partition has a leader that all brokers know of."""
    deadline_s = time.monotonic() + timeout_s
    pairs = [_string(key) + _string(str(value)) for key, value in (configuration or {}).items()]
    topic = _string(name) + struct.pack(">ih", partitions, replication) + _array([]) + _array(pairs)
    body = _array([topic]) + struct.pack(">i?", 10000, False)

    def create():
        reader = _to_controller(address, 19, 4, body, 15.0)
        reader.take("ii")
        _, code, message = reader.string(), reader.take("h"), reader.string()
        if code != NONE:
            raise KafkaError(f"making topic {name}" + (f" ({message})" if message else ""), code)

    def check():
        for broker in metadata(address).brokers.values():
            known = metadata(broker).topics.get(name, [])
            if len(known) != partitions or any(each.leader < 0 for each in known):
                raise KafkaError(f"waiting for the leaders of topic {name}", 5)

    _until(deadline_s, create)
    _until(deadline_s, check)


def delete_topic(address, name, timeout_s=30.0):
    """Deletes a topic and waits until no broker knows it any more."""
    deadline_s = time.monotonic() + timeout_s
    body = _array([_string(name)]) + struct.pack(">i", 10000)

    def delete():
        reader = _to_controller(address, 20, 1, body, 15.0)
        reader.take("ii")
        _, code = reader.string(), reader.take("h")
        if code != NONE:
            raise KafkaError(f"deleting topic {name}", code)

    def check():
        if any(name in metadata(broker).topics for broker in metadata(address).brokers.values()):
            raise KafkaError(f"waiting for topic {name} to go", 5)

    _until(deadline_s, delete)
    _until(deadline_s, check)


def delete_records(address, topic, partition, before_offset, timeout_s=30.0):
    """Lets the log of a partition start at `before_offset`, as if what is older had expired."""

    def delete():
        known = metadata(address)
        leader = next(each.leader for each in known.topics[topic] if each.index == partition)
        entry = _string(topic) + _array([struct.pack(">iq", partition, before_offset)])
        reader = request(known.brokers[leader], 21, 1, _array([entry]) + struct.pack(">i", 10000), 15.0)
        reader.take("ii")
        reader.string()
        _, _, _, code = reader.take("iiqh")
        if code != NONE:
            raise KafkaError(f"deleting records of {topic}[{partition}]", code)

    _until(time.monotonic() + timeout_s, delete)


def committed_offsets(address, group, topic, timeout_s=30.0):
    """What a consumer group has committed: {partition: offset}, without partitions that it has committed nothing
    for."""

    def fetch():
        reader = request(address, 10, 2, _string(group) + b"\0")
        _, code = reader.take("ih")
        reader.string()
        if code != NONE:
            raise KafkaError(f"finding the coordinator of group {group}", code)
        reader.take("i")
        coordinator = (reader.string(), reader.take("i"))
        partitions = [each.index for each in metadata(address).topics[topic]]
        body = _string(group) + _array([_string(topic) + _array(struct.pack(">i", each) for each in partitions)])
        reader = request(coordinator, 9, 5, body)
        reader.take("i")
        found = {}

        def entry():
            index, offset, _ = reader.take("iqi")
            reader.string()
            if reader.take("h") == NONE and offset >= 0:
                found[index] = offset

        reader.array(lambda: (reader.string(), reader.array(entry)))
        code = reader.take("h")
        if code != NONE:
            raise KafkaError(f"reading the offsets of group {group}", code)
        return found

    return _until(time.monotonic() + timeout_s, fetch)
