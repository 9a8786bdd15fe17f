"""A session with Cassandra in a process of its own, run by the Python that tools/services keeps for cqlsh: the driver
is there, and the tests' own Python may have none. A line of JSON in, {"cql": …}; a line of JSON out, {"rows": […]} or
{"error": …}. Decimals, with all their digits, and bytes come as {"decimal": text} and {"hex": text}."""

import decimal
import json
import sys
import uuid

from cassandra.cluster import Cluster, ExecutionProfile, EXEC_PROFILE_DEFAULT
from cassandra.policies import WhiteListRoundRobinPolicy
from cassandra import ConsistencyLevel
from cassandra.query import dict_factory


def plain(value):
    if isinstance(value, decimal.Decimal):
        return {"decimal": format(value, "f")}
    if isinstance(value, (bytes, bytearray)):
        return {"hex": bytes(value).hex()}
    if isinstance(value, uuid.UUID):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "items"):
        return {key: plain(each) for key, each in value.items()}
    return value


def main():
    points = [point.split(":") for point in sys.argv[1].split(",")]
    hosts = [host for host, _ in points]
    profile = ExecutionProfile(
        load_balancing_policy=WhiteListRoundRobinPolicy(hosts),
        row_factory=dict_factory,
        consistency_level=ConsistencyLevel.QUORUM,
        request_timeout=20,
    )
    cluster = Cluster(
        hosts,
        port=int(points[0][1]),
        execution_profiles={EXEC_PROFILE_DEFAULT: profile},
        protocol_version=5,
        connect_timeout=10,
        control_connection_timeout=10,
    )
    session = cluster.connect()
    for line in sys.stdin:
        try:
            answer = {
                "rows": [
                    {key: plain(value) for key, value in row.items()}
                    for row in session.execute(json.loads(line)["cql"])
                ]
            }
        except Exception as error:  # whatever it is, the test has to hear of it
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()
