"""A consumer group's members. Kafka keeps a place for a killed member until its session times out, and lets nobody else
start before; a test that kills a hundred has no time for that, and sends the dead ones off itself."""

import struct

from . import services  # noqa: F401  (makes service_tools importable)
from service_tools import kafka_wire  # pylint: disable=wrong-import-order


def _text(value):
    data = value.encode()
    return struct.pack(">h", len(data)) + data


def _describe(address, group):
    """(state, ids of the members), as the group's coordinator (here: the only broker) knows them."""
    reader = kafka_wire.request(address, 15, 1, struct.pack(">i", 1) + _text(group))  # DescribeGroups
    reader.take("i")
    states, members = [], []

    def data():
        size = reader.take("i")
        reader.at += max(size, 0)

    def member():
        members.append(reader.string())
        reader.string(), reader.string()  # client id, host
        data(), data()  # metadata, assignment

    def entry():
        reader.take("h")
        reader.string()  # group
        states.append(reader.string())
        reader.string(), reader.string()  # protocol type, protocol
        reader.array(member)

    reader.array(entry)
    return states[0], members


def state(address, group):
    """Empty, PreparingRebalance, CompletingRebalance, Stable or Dead."""
    return _describe(address, group)[0]


def member_count(address, group):
    """Of a group that is whole; 0 of one that is not."""
    found, members = _describe(address, group)
    return len(members) if found == "Stable" else 0


def remove_members(address, group):
    for member in _describe(address, group)[1]:
        kafka_wire.request(address, 13, 1, _text(group) + _text(member))  # LeaveGroup
