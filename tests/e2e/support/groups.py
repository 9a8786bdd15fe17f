"""A consumer group's members. Kafka keeps a place for a killed member until its session times out, and lets nobody else
start before; a test that kills a hundred has no time for that, and sends the dead ones off itself."""

import struct

from . import services  # noqa: F401  (makes service_tools importable)
from service_tools import kafka_wire  # pylint: disable=wrong-import-order


def _text(value):
    data = value.encode()
    return struct.pack(">h", len(data)) + data


def members(address, group):
    """The ids of the members that the group's coordinator (here: the only broker) knows of."""
    reader = kafka_wire.request(address, 15, 1, struct.pack(">i", 1) + _text(group))  # DescribeGroups
    reader.take("i")
    found = []

    def data():
        size = reader.take("i")
        reader.at += size

    def member():
        found.append(reader.string())
        reader.string(), reader.string()  # client id, host
        data(), data()  # metadata, assignment

    def entry():
        reader.take("h")
        for _ in range(4):  # group, state, protocol type, protocol
            reader.string()
        reader.array(member)

    reader.array(entry)
    return found


def remove_members(address, group):
    for member in members(address, group):
        kafka_wire.request(address, 13, 1, _text(group) + _text(member))  # LeaveGroup
