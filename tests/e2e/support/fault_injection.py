"""Fault injection: a seeded schedule of faults in nodes of Cassandra, brokers of Kafka and our own instances, with one
lane for each service and each instance. The seed decides what a lane does, one fault after the other; how long a node
takes to come back decides how many there are.

Of each service at most one node of three has a fault at a time; in one fault of four it is two or all three, for some
seconds. In the end each lane heals its faults."""

import contextlib
import dataclasses
import random
import threading
import time

from .proxy import REFUSED, SILENT

KILL, FREEZE = "killed", "frozen"
NODES = (1, 2, 3)
INSTANCE_SESSION_S = 6.0  # Pipeline's session.timeout.ms


@dataclasses.dataclass(frozen=True)
class Fault:
    pause_s: float  # before it
    lasts_s: float
    how: str  # KILL, FREEZE, SILENT, REFUSED
    targets: tuple  # numbers of nodes; of an instance, the services that it is cut off from

    def __str__(self):
        return f"{self.how} {' and '.join(map(str, self.targets))} for {self.lasts_s:.1f} s"


def service_faults(chance):
    """Without end."""
    while True:
        is_minority = chance.random() < 0.75
        targets = (chance.choice(NODES),) if is_minority else tuple(sorted(chance.sample(NODES, chance.choice((2, 3)))))
        how = chance.choice((KILL, FREEZE, FREEZE, SILENT, SILENT, REFUSED))
        lasts_s = chance.uniform(3, 12) if is_minority else chance.uniform(2, 7)
        yield Fault(chance.uniform(2, 7), lasts_s, how, targets)


def instance_faults(chance):
    """Without end. Mostly for longer than the session lasts, so that the others go on with what was theirs."""
    while True:
        how = chance.choice((KILL, KILL, FREEZE, FREEZE, SILENT, REFUSED))
        cut_from = chance.choice((("cassandra",), ("kafka",), ("cassandra", "kafka")))
        lasts_s = chance.uniform(0, 4) if chance.random() < 0.4 else chance.uniform(INSTANCE_SESSION_S, 14)
        yield Fault(chance.uniform(2, 12), lasts_s, how, cut_from if how in (SILENT, REFUSED) else ())


class Service:
    """A service whose nodes get faults: `cluster` is support's Cassandra or Kafka, `proxies` stand before its nodes."""

    def __init__(self, name, cluster, proxies):
        self.name, self._cluster, self.proxies = name, cluster, proxies

    @contextlib.contextmanager
    def inject(self, fault):
        tool, nodes = self._cluster.tool, [word for k in fault.targets for word in ("--node", k)]
        if fault.how == KILL:
            tool.run("kill", self.name, *nodes)
            yield
            tool.run("restart", self.name, *nodes)  # comes back once they are ready
        elif fault.how == FREEZE:
            tool.run("freeze", self.name, *nodes)
            yield
            tool.run("thaw", self.name, *nodes)
        else:
            self.proxies.cut(fault.how, fault.targets)
            yield
            self.proxies.heal(fault.targets)


@dataclasses.dataclass
class End:
    """An instance ended by itself."""

    instance: str
    status: int
    lived_s: float
    was_without_store: bool
    said: str

    def __str__(self):
        return (
            f"{self.instance} ended by itself after {self.lived_s:.1f} s with exit status {self.status}, "
            f"{'while' if self.was_without_store else 'though not'} cut off from the store:\n{self.said}"
        )


class Instance:
    """One `salestream run` of several, started again whenever it ends, as a service manager would."""

    def __init__(self, name, start):
        self.name, self._start = name, start
        self._lock = threading.Lock()  # its lane and the watcher both start it
        self._is_meant_to_live = False
        self._started_s = 0.0
        self.runs = []
        self.peak_memory_kb = 0

    @property
    def running(self):
        return self.runs[-1]

    def begin(self):
        self.runs.append(self._start())
        self._started_s = time.monotonic()
        self._is_meant_to_live = True

    def look(self, had_no_store):
        """Begins again if it has ended by itself, and returns what there is to say about that; else None.
        `had_no_store(since)`: whether it was without the store at some time since then."""
        with self._lock:
            if not self._is_meant_to_live:
                return None
            with contextlib.suppress(OSError, StopIteration):
                self.peak_memory_kb = max(self.peak_memory_kb, self.running.peak_memory_kb())
            if self.running.alive():
                return None
            end = End(
                self.name,
                self.running.process.returncode,
                time.monotonic() - self._started_s,
                had_no_store(self._started_s),
                self.running.description(),
            )
            self.begin()
            return end

    @contextlib.contextmanager
    def inject(self, fault, services):
        if fault.how == KILL:
            with self._lock:
                was_alive = self.running.alive()
                if was_alive:
                    self._is_meant_to_live = False
                    self.running.kill()
            yield
            with self._lock:
                if was_alive:
                    self.begin()
        elif fault.how == FREEZE:
            running = self.running
            running.freeze()
            yield
            running.thaw()
        else:
            ways = [service.proxies for service in services if service.name in fault.targets]
            pid = self.running.process.pid
            for proxies in ways:
                proxies.cut(fault.how, pid=pid)
            yield
            for proxies in ways:
                proxies.heal(pid=pid)


class FaultInjection:
    def __init__(self, seed, services, instances, tell=print):
        self._seed, self._services, self._instances, self._tell = seed, services, instances, tell
        self._began_s = time.monotonic()
        self._over = threading.Event()
        self._failures = []
        # Of an instance, or "cassandra" for all: until when it could not reach most of the store's nodes.
        self._without_store = {}
        self.faults = 0
        self.ends = []

    def run(self, seconds):
        """Injects faults for so long, heals all of them, and returns when all nodes are ready."""
        lanes = [
            threading.Thread(target=self._lane, args=arguments)
            for arguments in (
                *(
                    (service.name, service_faults, service.inject, lambda fault: len(fault.targets) > 1)
                    for service in self._services
                ),
                *(
                    (
                        instance.name,
                        instance_faults,
                        lambda fault, its=instance: its.inject(fault, self._services),
                        lambda fault: "cassandra" in fault.targets,
                    )
                    for instance in self._instances
                ),
            )
        ]
        healed = threading.Event()
        watcher = threading.Thread(target=self._watch, args=(healed,))
        for thread in (*lanes, watcher):
            thread.start()
        self._over.wait(seconds)
        self._over.set()
        for thread in lanes:
            thread.join()
        healed.set()
        watcher.join()
        if self._failures:
            raise self._failures[0]
        self._say("all is healed")

    def _say(self, what):
        self._tell(f"{time.monotonic() - self._began_s:6.1f} s  {what}", flush=True)

    def _lane(self, name, faults, inject, takes_store):
        try:
            for fault in faults(random.Random(f"{self._seed} {name}")):
                if self._over.wait(fault.pause_s):
                    return
                self._say(f"{name}: {fault}")
                self.faults += 1
                is_about_store = name != "kafka" and takes_store(fault)
                if is_about_store:
                    self._without_store[name] = float("inf")
                with inject(fault):
                    self._over.wait(fault.lasts_s)
                if is_about_store:
                    self._without_store[name] = time.monotonic()
                self._say(f"{name}: healed")
        except BaseException as error:  # pylint: disable=broad-except  # the test's own thread raises it
            self._failures.append(error)
            self._over.set()

    def _had_no_store(self, instance, since_s):
        # Nodes that could not reach each other need some seconds until they do again.
        return any(self._without_store.get(name, 0) + 10 >= since_s for name in ("cassandra", instance.name))

    def _watch(self, healed):
        """Starts instances that have ended by themselves, and keeps what they said."""
        while True:
            is_last_look = healed.wait(0.5)
            for instance in self._instances:
                end = instance.look(lambda since_s, its=instance: self._had_no_store(its, since_s))
                if end:
                    self._say(f"{instance.name}: ended by itself")
                    self.ends.append(end)
            if is_last_look:
                return
