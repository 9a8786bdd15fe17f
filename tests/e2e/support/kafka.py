"""A running Kafka: topics, raw bytes in and out, committed offsets, and faults of its brokers."""

import dataclasses
import itertools
import subprocess

import confluent_kafka
import confluent_kafka.admin

from . import groups, services  # noqa: F401  (services makes service_tools importable)
from .waiting import wait_until
from service_tools import kafka_wire  # pylint: disable=wrong-import-order

_DELIMITER = b"\x1e--salestream-e2e--\x1f"  # between messages on kcat's standard input: any byte may occur in one
_topic_numbers = itertools.count(1)


@dataclasses.dataclass(frozen=True)
class Record:
    """A message with everything that belongs to it."""

    partition: int
    offset: int
    key: bytes
    value: bytes
    headers: dict


@dataclasses.dataclass(frozen=True)
class Message:
    partition: int
    offset: int
    value: bytes


class Kafka:
    def __init__(self, tool, name, brokers=1):
        """`tool` is the Services folder in which `tools/services start NAME` has been run."""
        self.tool, self.name = tool, name
        self.addresses = [(f"127.0.0.{k}", tool.port) for k in range(1, brokers + 1)]
        self.bootstrap = ",".join(f"{host}:{port}" for host, port in self.addresses)

    # Topics.

    def new_topic(self, partitions=1, prefix="orders", **configuration):
        """Makes a topic with a name of its own and returns the name. Settings have `_` for `.`: retention_ms=1."""
        topic = f"{prefix}-{next(_topic_numbers)}"
        self.create_topic(topic, partitions, **configuration)
        return topic

    def create_topic(self, topic, partitions=1, **configuration):
        settings = {key.replace("_", "."): value for key, value in configuration.items()}
        kafka_wire.create_topic(self._address(), topic, partitions, configuration=settings)

    def add_partitions(self, topic, total):
        admin = confluent_kafka.admin.AdminClient({"bootstrap.servers": self.bootstrap})
        admin.create_partitions([confluent_kafka.admin.NewPartitions(topic, total)])[topic].result(30)

    def delete_topic(self, topic):
        kafka_wire.delete_topic(self._address(), topic)

    def expire(self, topic, partition, before_offset):
        """Lets the partition's log start at `before_offset`, as retention would."""
        kafka_wire.delete_records(self._address(), topic, partition, before_offset)

    def committed(self, group, topic):
        """{partition: offset} that a consumer group has committed."""
        return kafka_wire.committed_offsets(self._address(), group, topic)

    def assigned(self, group):
        """Whether the group is whole: every member has been told its partitions."""
        return groups.state(self._address(), group) == "Stable"

    def members(self, group):
        """How many members a whole group has; 0 while it is being assembled."""
        return groups.member_count(self._address(), group)

    def has_topic(self, topic):
        return topic in kafka_wire.metadata(self._address()).topics

    def end_offsets(self, topic):
        """{partition: the offset after the last message}."""
        ends = {}
        for each in kafka_wire.metadata(self._address()).topics[topic]:
            answer = self._kcat("-Q", "-t", f"{topic}:{each.index}:-1").decode()
            ends[each.index] = int(answer.split()[-1])
        return ends

    # Messages.

    def produce(self, topic, messages, partition=None, *flags):
        """Writes messages (bytes, not empty), to one partition or spread at random, and waits for all
        acknowledgements."""
        messages = list(messages)
        if not messages:
            return
        assert all(messages), "kcat can't write an empty message"
        assert not any(_DELIMITER in message for message in messages)
        where = [] if partition is None else ["-p", str(partition)]
        self._kcat(
            "-P",
            "-t",
            topic,
            *where,
            "-D",
            "".join(f"\\x{byte:02x}" for byte in _DELIMITER),
            "-X",
            "acks=all",
            "-X",
            "message.max.bytes=12000000",
            *flags,
            standard_input=_DELIMITER.join(messages),
        )

    def transactions(self, name):
        """A producer whose messages are only there once it commits them."""
        producer = confluent_kafka.Producer({"bootstrap.servers": self.bootstrap, "transactional.id": name})
        producer.init_transactions(30)
        return producer

    def produce_exactly(self, topic, values, partition=0):
        """Writes what kcat can't: empty messages, tombstones (None); one partition, in this order."""
        failures = []
        producer = confluent_kafka.Producer(
            {
                "bootstrap.servers": self.bootstrap,
                "enable.idempotence": True,
                "message.max.bytes": 12_000_000,
                "linger.ms": 5,
            }
        )
        for value in values:
            while True:
                try:
                    producer.produce(
                        topic,
                        value,
                        partition=partition,
                        on_delivery=lambda error, _: failures.append(error) if error else None,
                    )
                    break
                except BufferError:
                    producer.poll(0.1)
        assert producer.flush(60) == 0, "not all messages were acknowledged within 60 s"
        assert not failures, failures[0]

    def consume(self, topic):
        """All messages that are in a topic now, by partition and offset."""
        raw = self._kcat("-C", "-t", topic, "-e", "-q", "-o", "beginning", "-f", "%p %o %S\\n%s\\n")
        found, at = [], 0
        while at < len(raw):
            end = raw.index(b"\n", at)
            partition, offset, size = map(int, raw[at:end].split())
            at = end + 1
            found.append(Message(partition, offset, raw[at : at + max(size, 0)]))
            at += max(size, 0) + 1
        return sorted(found, key=lambda message: (message.partition, message.offset))

    def records(self, topic):
        """All committed messages that are in a topic now, with keys and headers, by partition and offset."""
        consumer = confluent_kafka.Consumer(
            {
                "bootstrap.servers": self.bootstrap,
                "group.id": "records",
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
            }
        )
        try:
            partitions = [each.index for each in kafka_wire.metadata(self._address()).topics[topic]]
            consumer.assign(
                [confluent_kafka.TopicPartition(topic, k, confluent_kafka.OFFSET_BEGINNING) for k in partitions]
            )
            found, open_partitions = [], set(partitions)
            while open_partitions:
                message = consumer.poll(30)
                assert message is not None, f"nothing came from {topic} for 30 s"
                if message.error() is None:
                    headers = {name: value.decode() for name, value in message.headers() or []}
                    found.append(Record(message.partition(), message.offset(), message.key(), message.value(), headers))
                elif message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:
                    open_partitions.discard(message.partition())
            return sorted(found, key=lambda record: (record.partition, record.offset))
        finally:
            consumer.close()

    def produce_keyed(self, topic, messages, partition=0):
        """Writes (key, value) pairs, in this order."""
        producer = confluent_kafka.Producer({"bootstrap.servers": self.bootstrap, "enable.idempotence": True})
        for key, value in messages:
            producer.produce(topic, value, key=key, partition=partition)
        assert producer.flush(60) == 0, "not all messages were acknowledged within 60 s"

    # Fault injection. Nodes are numbered from 1.

    def kill(self, node=1):
        self.tool.run("kill", self.name, "--node", node)

    def restart(self, node=1):
        self.tool.run("restart", self.name, "--node", node)

    def freeze(self, node=1):
        self.tool.run("freeze", self.name, "--node", node)

    def thaw(self, node=1):
        self.tool.run("thaw", self.name, "--node", node)

    def _address(self):
        """A broker that answers; a frozen one must not hold this up, and a busy one may take its time."""

        def find():
            for address in self.addresses:
                try:
                    kafka_wire.metadata(address, timeout_s=2.0)
                    return address
                except OSError:
                    continue
            return None

        return wait_until(find, 30, f"a broker of {self.bootstrap} that answers")

    def _kcat(self, *arguments, standard_input=b"", timeout_s=120):
        done = subprocess.run(
            ["kcat", "-b", self.bootstrap, *arguments],
            input=standard_input,
            capture_output=True,
            timeout=timeout_s,
            check=False,
        )
        assert done.returncode == 0, f"kcat {' '.join(arguments)} failed: {done.stderr.decode(errors='replace')}"
        return done.stdout
