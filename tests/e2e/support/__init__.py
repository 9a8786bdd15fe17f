"""Helpers of the end-to-end tests.

waiting    wait_until: the only place that sleeps
places     folders, and a session's own folder for services' data
services   tools/services, as tests use it
kafka      a running Kafka: topics, raw bytes in and out (kcat), committed offsets
cassandra  a running Cassandra: CQL, and faults of its nodes (cql_session: the process that keeps a session open)
stores     where a pipeline keeps its totals, and what other programs see there
groups     a consumer group's dead members
pipeline   a pipeline file of a test's own, what the program says of it, what its store holds
orders     orders written by the tests themselves
proxy      proxies that can be cut, between clients and nodes
fault_injection  a seeded schedule of faults in nodes, brokers and instances
prometheus  its text format, read strictly
program    the salestream binary: run to its end, or started, watched and stopped
"""
