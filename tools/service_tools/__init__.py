"""What tools/services is made of; see `tools/services --help`.

cli        the commands
service    what all services have in common: folders, settings, starting, stopping, waiting
kafka      Kafka in its own form (KRaft) and with ZooKeeper
cassandra  Cassandra, one node or three, and cqlsh
kafka_wire a few requests of Kafka's protocol, so that topics can be made without starting a JVM
processes  processes known by pid and start time, signals, waiting for an end
ports      is a port free, and who has it
jars       class paths from Maven, cached
tls        a certificate authority and certificates for tests
"""
