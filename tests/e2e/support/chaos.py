"""A seeded schedule of harm to nodes of Cassandra, to brokers of Kafka and to our own instances, and those who carry it
out: one lane for each service and each instance. The seed decides what a lane does, one harm after the other; how long
a node takes to come back decides how many there are.

Of each service at most one node of three is in harm's way at a time, but in one harm of four it is two or all three, for
some seconds. In the end a lane heals what it has harmed."""

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
class Harm:
    pause_s: float  # before it
    lasts_s: float
    how: str  # KILL, FREEZE, SILENT, REFUSED
    targets: tuple  # numbers of nodes; of an instance, the services that it is cut off from

    def __str__(self):
        return f"{self.how} {' and '.join(map(str, self.targets))} for {self.lasts_s:.1f} s"


def harms_to_service(chance):
    """Without end."""
    while True:
        is_minority = chance.random() < 0.75
        targets = (chance.choice(NODES),) if is_minority else tuple(sorted(chance.sample(NODES, chance.choice((2, 3)))))
        how = chance.choice((KILL, FREEZE, FREEZE, SILENT, SILENT, REFUSED))
        lasts_s = chance.uniform(3, 12) if is_minority else chance.uniform(2, 7)
        yield Harm(chance.uniform(2, 7), lasts_s, how, targets)


def harms_to_instance(chance):
    """Without end. Mostly for longer than the session lasts, so that the others go on with what was theirs."""
    while True:
        how = chance.choice((KILL, KILL, FREEZE, FREEZE, SILENT, REFUSED))
        cut_from = chance.choice((("cassandra",), ("kafka",), ("cassandra", "kafka")))
        lasts_s = chance.uniform(0, 4) if chance.random() < 0.4 else chance.uniform(INSTANCE_SESSION_S, 14)
        yield Harm(chance.uniform(2, 12), lasts_s, how, cut_from if how in (SILENT, REFUSED) else ())


class Service:
    """A service whose nodes are harmed: `harm` is support's Cassandra or Kafka, `proxies` stand before its nodes."""

    def __init__(self, name, harm, proxies):
        self.name, self._harm, self.proxies = name, harm, proxies

    @contextlib.contextmanager
    def harmed(self, harm):
        tool, nodes = self._harm.tool, [word for k in harm.targets for word in ("--node", k)]
        if harm.how == KILL:
            tool.run("kill", self.name, *nodes)
            yield
            tool.run("restart", self.name, *nodes)  # comes back once they are ready
        elif harm.how == FREEZE:
            tool.run("freeze", self.name, *nodes)
            yield
            tool.run("thaw", self.name, *nodes)
        else:
            self.proxies.cut(harm.how, harm.targets)
            yield
            self.proxies.heal(harm.targets)


@dataclasses.dataclass
class End:
    """An instance ended by itself."""

    instance: str
    status: int
    lived_s: float
    was_without_store: bool
    said: str

    def __str__(self):
        return (f"{self.instance} ended by itself after {self.lived_s:.1f} s with exit status {self.status}, "
                f"{'while' if self.was_without_store else 'though not'} cut off from the store:\n{self.said}")


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
            end = End(self.name, self.running.process.returncode, time.monotonic() - self._started_s,
                      had_no_store(self._started_s), self.running.description())
            self.begin()
            return end

    @contextlib.contextmanager
    def harmed(self, harm, services):
        if harm.how == KILL:
            with self._lock:
                was_alive = self.running.alive()
                if was_alive:
                    self._is_meant_to_live = False
                    self.running.kill()
            yield
            with self._lock:
                if was_alive:
                    self.begin()
        elif harm.how == FREEZE:
            running = self.running
            running.freeze()
            yield
            running.thaw()
        else:
            ways, pid = [service.proxies for service in services if service.name in harm.targets], self.running.process.pid
            for proxies in ways:
                proxies.cut(harm.how, pid=pid)
            yield
            for proxies in ways:
                proxies.heal(pid=pid)


class Chaos:
    def __init__(self, seed, services, instances, tell=print):
        self._seed, self._services, self._instances, self._tell = seed, services, instances, tell
        self._began_s = time.monotonic()
        self._over = threading.Event()
        self._failures = []
        self._store_away = {}  # instance, or "cassandra" for all: until when it had no way to a majority of the store's nodes
        self.harms = 0
        self.ends = []

    def run(self, seconds):
        """Does harm for so long, heals it all, and comes back when all nodes are ready."""
        lanes = [threading.Thread(target=self._lane, args=arguments) for arguments in (
            *((service.name, harms_to_service, service.harmed, lambda harm: len(harm.targets) > 1)
              for service in self._services),
            *((instance.name, harms_to_instance, lambda harm, its=instance: its.harmed(harm, self._services),
               lambda harm: "cassandra" in harm.targets) for instance in self._instances))]
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

    def _lane(self, who, harms, harmed, takes_store):
        try:
            for harm in harms(random.Random(f"{self._seed} {who}")):
                if self._over.wait(harm.pause_s):
                    return
                self._say(f"{who}: {harm}")
                self.harms += 1
                is_about_store = who != "kafka" and takes_store(harm)
                if is_about_store:
                    self._store_away[who] = float("inf")
                with harmed(harm):
                    self._over.wait(harm.lasts_s)
                if is_about_store:
                    self._store_away[who] = time.monotonic()
                self._say(f"{who}: healed")
        except BaseException as error:  # pylint: disable=broad-except  # the test's own thread raises it
            self._failures.append(error)
            self._over.set()

    def _had_no_store(self, instance, since_s):
        # Nodes that were away for each other need some seconds to find together again.
        return any(self._store_away.get(who, 0) + 10 >= since_s for who in ("cassandra", instance.name))

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
