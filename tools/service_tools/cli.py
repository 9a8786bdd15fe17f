"""The commands of tools/services."""

import argparse
import os
import pathlib
import signal
import sys
import tempfile

from . import kafka_wire, ports
from .cassandra import Cassandra
from .errors import ServiceError
from .kafka import Kafka, KafkaZooKeeper
from .spark import Spark

SERVICES = {service.name: service for service in (Kafka, KafkaZooKeeper, Cassandra, Spark)}


def default_data():
    state = os.environ.get("XDG_STATE_HOME") or pathlib.Path.home() / ".local" / "state"
    return str(pathlib.Path(state) / "salestream" / "services")


def _parser(description):
    parser = argparse.ArgumentParser(
        prog="tools/services", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name, help_text):
        sub = commands.add_parser(name, help=help_text)
        sub.add_argument(
            "--data",
            default=default_data(),
            metavar="DIR",
            help="where services keep configuration, data and logs (default: %(default)s)",
        )
        return sub

    start = command("start", "start a service and wait until it is ready")
    start.add_argument("name", choices=SERVICES)
    start.add_argument("--port", type=int, help="port for clients; a service's other ports follow it")
    start.add_argument(
        "--heap", metavar="SIZE", help="each node's Java heap, e.g. 256m (default 512m; spark 1g, and not below 512m)"
    )
    start.add_argument("--brokers", type=int, choices=(1, 3), help="kafka: how many, on 127.0.0.1 and up (default 1)")
    start.add_argument(
        "--sasl-ssl",
        metavar="DIR",
        help="kafka: on PORT+2, a listener that demands SASL_SSL, with certificates made in DIR",
    )
    start.add_argument("--message-max-bytes", type=int, metavar="N", help="kafka: default 12 MiB")
    start.add_argument("--nodes", type=int, choices=(1, 3), help="cassandra: how many, on 127.0.0.1 and up (default 1)")
    start.add_argument(
        "--workers",
        type=int,
        choices=(0, 1, 2, 3, 4),
        metavar="N",
        help="spark: with a standalone cluster of a master and N workers, up to 4 (default 0: none)",
    )
    start.add_argument(
        "--announce",
        metavar="A.B.C",
        help="kafka, cassandra: tell clients that node K is at A.B.C.K, where a proxy of yours listens",
    )
    start.add_argument("--auth", action="store_true", default=None, help="cassandra: demand user cassandra's password")
    start.add_argument(
        "--commitlog-sync",
        choices=("batch", "periodic"),
        help="cassandra: acknowledge a write once it is on disk (batch, the default), or before (Cassandra's own)",
    )
    start.add_argument(
        "--tls", metavar="DIR", help="cassandra: demand TLS with a client certificate; certificates are made in DIR"
    )

    prepare = command("prepare", "fetch the jars of services and make their starts quick, by one start of each")
    prepare.add_argument("name", nargs="*", choices=(*SERVICES, []), help="default: all")

    stop = command("stop", "end a service, or all of them")
    stop.add_argument("name", nargs="?", choices=SERVICES)
    stop.add_argument("--now", action="store_true", help="by SIGKILL")
    stop.add_argument("--wipe", action="store_true", help="and remove its data")

    command("status", "show what runs, with process ids, memory and logs")
    for name, help_text in (
        ("freeze", "SIGSTOP nodes"),
        ("thaw", "SIGCONT nodes"),
        ("kill", "SIGKILL nodes"),
        ("restart", "end nodes and start them again, with their data"),
    ):
        sub = command(name, help_text)
        sub.add_argument("name", choices=SERVICES)
        sub.add_argument(
            "--node", action="append", help="1, 2, 3 (or zookeeper, server, master); may be repeated; default: all"
        )

    topic = command("topic", "create or delete a Kafka topic (none is made by writing to it)")
    topic.add_argument("topic")
    topic.add_argument("--partitions", type=int, default=1)
    topic.add_argument("--config", action="append", default=[], metavar="KEY=VALUE", help="e.g. retention.ms=60000")
    topic.add_argument("--delete", action="store_true")

    cqlsh = command("cqlsh", "run cqlsh on the Cassandra that runs, with what follows handed to it")
    cqlsh.set_defaults(cqlsh_arguments=[])
    return parser


def _parse(parser):
    """cqlsh's own flags pass through; for every other command an unknown flag is an error."""
    options, rest = parser.parse_known_args()
    if options.command == "cqlsh":
        options.cqlsh_arguments = rest[1:] if rest[:1] == ["--"] else rest
    elif rest:
        parser.error(f"unknown arguments: {' '.join(rest)}")
    return options


def _topic(options):
    running = [service for kind in (Kafka, KafkaZooKeeper) if (service := kind(options.data)).running()]
    if not running:
        raise ServiceError(f"no Kafka is running in {options.data}. Start it: tools/services start kafka")
    service = running[0]
    node = next(each for each in service.broker_names() if service.process(each))
    try:
        if options.delete:
            kafka_wire.delete_topic(service.address(node), options.topic)
            print(f"{service.name}: topic {options.topic} deleted")
        else:
            kafka_wire.create_topic(
                service.address(node),
                options.topic,
                options.partitions,
                configuration=dict(each.split("=", 1) for each in options.config),
            )
            print(f"{service.name}: topic {options.topic} made, with {options.partitions} partition(s)")
    except kafka_wire.KafkaError as error:
        hint = {kafka_wire.TOPIC_EXISTS: "; it exists already", kafka_wire.UNKNOWN_TOPIC: "; there is none"}
        raise ServiceError(f"{error}{hint.get(error.code, '')}") from error


def _prepare(names):
    for name in names or SERVICES:
        with tempfile.TemporaryDirectory(prefix="salestream-services-") as folder:
            service = SERVICES[name](folder)
            if not service.is_prepared():
                try:
                    service.start({"port": ports.free()})
                    service.stop()
                except BaseException:  # nothing of it stays behind
                    service.stop(now=True)
                    raise
        print(f"{name}: prepared")


def _run(options):
    if options.command == "start":
        service = SERVICES[options.name](options.data)
        wanted = {
            key: getattr(options, key)
            for key in (
                "port",
                "heap",
                "brokers",
                "sasl_ssl",
                "message_max_bytes",
                "nodes",
                "auth",
                "tls",
                "announce",
                "commitlog_sync",
                "workers",
            )
        }
        for key in ("sasl_ssl", "tls"):
            if wanted[key]:
                wanted[key] = str(pathlib.Path(wanted[key]).absolute())
        for key, value in wanted.items():
            if value is not None and key not in service.defaults:
                raise ServiceError(f"{options.name} takes no --{key.replace('_', '-')}")
        service.start(wanted)
    elif options.command == "prepare":
        _prepare(options.name)
    elif options.command == "stop":
        chosen = (
            [options.name] if options.name else [name for name in SERVICES if SERVICES[name](options.data).exists()]
        )
        for name in chosen:
            SERVICES[name](options.data).stop(options.now, options.wipe)
        if not chosen:
            print(f"no service has been started in {options.data}")
    elif options.command == "status":
        present = [service for kind in SERVICES.values() if (service := kind(options.data)).exists()]
        for service in present:
            print(*service.status_lines(), *(service.connection_lines() if service.running() else ()), sep="\n")
        if not present:
            print(f"no service has been started in {options.data}")
    elif options.command == "topic":
        _topic(options)
    elif options.command == "cqlsh":
        Cassandra(options.data).run_cqlsh(options.cqlsh_arguments)
    else:
        service = SERVICES[options.name](options.data)
        if options.command == "restart":
            service.restart(options.node)
        else:
            number, done = {
                "freeze": (signal.SIGSTOP, "frozen"),
                "thaw": (signal.SIGCONT, "goes on"),
                "kill": (signal.SIGKILL, "killed"),
            }[options.command]
            service.send(options.node, number, done)


def main(description):
    # As an interrupt: what is half started is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("services: ended by SIGTERM"))
    try:
        _run(_parse(_parser(description)))
    except ServiceError as error:
        sys.exit(f"services: error: {error}")
    except KeyboardInterrupt:
        sys.exit("services: interrupted")
