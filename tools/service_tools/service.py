"""What all services have in common. A service owns the folder DATA/NAME:

    settings.json      what it was started with; a later start without flags takes the same
    NODE/pid.json      the process of a node, by pid and start time
    NODE/log           what that process prints (log.1: of the start before)
    NODE/...           the node's configuration and data
"""

import json
import pathlib
import shutil
import signal
import sys
import time

from . import jars, ports
from .errors import ServiceError
from .processes import PidFile, start_detached

_LOG_TAIL_LINES = 25


class Service:
    """Base of all services. A subclass says how a node is configured, started, and seen to be ready."""

    name = ""
    title = ""
    defaults = {}  # setting -> value where neither a flag nor settings.json gives one
    fixed = ()  # settings that existing data is bound to
    artifacts = ()  # of Maven, 'group:name:version': its jars
    main = ""  # the Java class of a node, or of the one that takes longest to start
    java_versions = (17,)
    grace_s = 20  # from SIGTERM to SIGKILL
    ready_limit_s = 120

    def __init__(self, data_root):
        self.data_root = pathlib.Path(data_root).absolute()
        self.folder = self.data_root / self.name
        self.settings = {**self.defaults, **self._saved()}

    # What a subclass provides.

    def node_names(self):
        raise NotImplementedError

    def required_ports(self, node):
        """[(host, port, what for)] of a node."""
        raise NotImplementedError

    def prepare(self, nodes):
        """Writes configuration, formats: whatever comes before the processes."""
        raise NotImplementedError

    def command(self, node):
        raise NotImplementedError

    def environment(self, node):  # pylint: disable=unused-argument
        """What a node's environment has besides this script's."""
        return {}

    def is_ready(self, node):
        raise NotImplementedError

    def start_order(self, nodes, fresh):  # pylint: disable=unused-argument
        """The nodes in groups: a group starts together, once the group before it is ready."""
        return [nodes]

    def stop_order(self, nodes):
        """The nodes in groups: a group is ended once the group before it has."""
        return [nodes]

    def may_start(self, node):  # pylint: disable=unused-argument
        """False while something is left of an earlier start that would make this one fail, and passes by itself."""
        return True

    def connection_lines(self):
        """What a person needs next, e.g. `bootstrap.servers: 127.0.0.1:9092`."""
        raise NotImplementedError

    # Folders and processes.

    def node_folder(self, node):
        return self.folder / node

    def log(self, node):
        return self.node_folder(node) / "log"

    def pid_file(self, node):
        return PidFile(self.node_folder(node) / "pid.json")

    def process(self, node):
        return self.pid_file(node).process()

    def running(self):
        return [node for node in self.node_names() if self.process(node)]

    def lock(self):
        return jars.locked(self.folder / ".lock")

    def exists(self):
        return (self.folder / "settings.json").exists()

    def log_has(self, node, text):
        try:
            return text in self.log(node).read_text(errors="replace")
        except FileNotFoundError:
            return False

    def _saved(self):
        try:
            return json.loads((self.folder / "settings.json").read_text())
        except FileNotFoundError:
            return {}

    # The commands.

    def start(self, wanted):
        """Starts what is not running, with the settings of `wanted` that are not None, and waits until it is ready."""
        wanted = {key: value for key, value in wanted.items() if value is not None}
        with self.lock():
            self.settings = {**self.defaults, **self._saved()}
            self._check_settings(wanted)
            self.settings.update(wanted)
            running = self.running()
            missing = [node for node in self.node_names() if node not in running]
            if missing:
                self._start_nodes(missing, fresh=not running)
            print(f"{self.name}: {'ready' if missing else 'was running already'} ({self.data_root})")
            for line in self.connection_lines():
                print(line)

    def restart(self, nodes):
        """Ends nodes if need be, and starts them with the settings and data they had."""
        self._require_existing()
        with self.lock():
            nodes = self._chosen(nodes)
            self._end(nodes, now=False)
            self._start_nodes(nodes, fresh=not self.running())
            print(f"{self.name}: {self._listed(nodes)} restarted and ready")

    def stop(self, now=False, wipe=False):
        if not self.folder.exists():
            print(f"{self.name}: there is none in {self.data_root}")
            return
        with self.lock():
            ended = self._end(self.running(), now)
            print(f"{self.name}: {f'stopped {self._listed(ended)}' if ended else 'was not running'}")
            if wipe:
                for entry in self.folder.iterdir():
                    if entry.name != ".lock":
                        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
                print(f"{self.name}: removed its data from {self.folder}")

    def send(self, nodes, signal_number, done):
        self._require_existing()
        with self.lock():
            for node in self._chosen(nodes):
                process = self.process(node)
                if not process or not process.send(signal_number):
                    raise ServiceError(f"{self.name} node {node} is not running")
                if signal_number == signal.SIGKILL:
                    process.wait_end(30)
                print(f"{self.name}: node {node} (pid {process.pid}) {done}")

    def status_lines(self):
        for node in self.node_names():
            process = self.process(node)
            if process:
                yield (
                    f"{self.name} node {node}: {process.state()}, pid {process.pid}, {process.resident_mb()} MB, "
                    f"log {self.log(node)}"
                )
            else:
                yield f"{self.name} node {node}: not running, log {self.log(node)}"

    @staticmethod
    def compiler_flags(nodes):
        """Several nodes on one machine start and restart all at once, and are there for their failures, not for speed:
        the quick compiler alone takes a fraction of the processor's time."""
        return ["-XX:TieredStopAtLevel=1"] if nodes > 1 else []

    def is_prepared(self):
        """Are the jars here, and what makes a start quick?"""
        self._need_java()
        return self._class_archive(self.main).path.exists()

    def class_archive_flags(self, node, main):
        """Java's flags for reading, or for making, the archive of the program's classes."""
        return self._class_archive(main).flags(self.node_folder(node))

    # How they do it.

    def _class_archive(self, main):
        return jars.ClassArchive(self.java, self.jars, main)

    def _need_java(self):
        self.java = jars.java(self.java_versions)
        self.jars = jars.class_path(self.title, self.artifacts)

    def _require_existing(self):
        if not self.exists():
            raise ServiceError(f"no {self.name} has been started in {self.data_root}")

    def _chosen(self, nodes):
        unknown = set(nodes or []) - set(self.node_names())
        if unknown:
            raise ServiceError(f"{self.name} has no node {', '.join(unknown)}; it has {', '.join(self.node_names())}")
        return nodes or self.node_names()

    @staticmethod
    def _listed(nodes):
        return f"node{'s' if len(nodes) > 1 else ''} {', '.join(nodes)}"

    def _check_settings(self, wanted):
        changed = [key for key, value in wanted.items() if self.settings.get(key) != value]
        if self.running() and changed:
            raise ServiceError(
                f"{self.name} is running in {self.data_root} with another {changed[0]} "
                f"({self.settings.get(changed[0])}). Stop it first, or give another --data"
            )
        bound = [key for key in changed if key in self.fixed and self.exists()]
        if bound:
            raise ServiceError(
                f"the data in {self.folder} was made with {bound[0]} {self.settings[bound[0]]}. Give "
                f"another --data, or remove it: tools/services stop {self.name} --wipe --data {self.data_root}"
            )

    def _start_nodes(self, nodes, fresh):
        for node in nodes:
            for host, port, purpose in self.required_ports(node):
                ports.require_free(host, port, purpose)
            self.node_folder(node).mkdir(parents=True, exist_ok=True)
        self._need_java()
        self.prepare(nodes)
        (self.folder / "settings.json").write_text(json.dumps(self.settings, indent=1) + "\n")

        print(f"starting {self.title}, {self._listed(nodes)} ...", file=sys.stderr, flush=True)
        started = []
        try:
            for group in self.start_order(nodes, fresh):
                self._wait(group, self.may_start, "could not be started")
                for node in group:
                    started.append(node)
                    start_detached(
                        self.command(node),
                        self.log(node),
                        self.pid_file(node),
                        self.node_folder(node),
                        self.environment(node),
                    )
                self._wait(group, self.is_ready, "was not ready", started)
        except BaseException:  # an interrupt too: nothing half started stays behind
            self._end(started, now=True)
            raise

    def _wait(self, nodes, condition, failure, must_live=()):
        deadline_s = time.monotonic() + self.ready_limit_s
        for node in nodes:
            while not condition(node):
                ended = [each for each in must_live if not self.process(each)]
                if ended:
                    raise ServiceError(f"{self.name} node {ended[0]} ended while starting.\n{self._log_tail(ended[0])}")
                if time.monotonic() > deadline_s:
                    raise ServiceError(
                        f"{self.name} node {node} {failure} within {self.ready_limit_s} s.\n" f"{self._log_tail(node)}"
                    )
                time.sleep(0.1)

    def _log_tail(self, node):
        try:
            lines = self.log(node).read_text(errors="replace").splitlines()[-_LOG_TAIL_LINES:]
        except FileNotFoundError:
            lines = []
        return "\n".join([f"The last lines of {self.log(node)}:", *("  " + line for line in lines)])

    def _end(self, nodes, now):
        """Ends the nodes that are alive and waits until they have; returns them."""
        ended = []
        for group in [nodes] if now else self.stop_order(nodes):
            alive = {node: process for node in group if (process := self.process(node))}
            for process in alive.values():
                # A frozen process takes note of SIGTERM only once it goes on.
                process.send(*((signal.SIGKILL,) if now else (signal.SIGTERM, signal.SIGCONT)))
            deadline_s = time.monotonic() + self.grace_s
            for node, process in alive.items():
                if not process.wait_end(max(0.0, deadline_s - time.monotonic())):
                    print(
                        f"{self.name}: node {node} did not end within {self.grace_s} s of SIGTERM, killing it",
                        file=sys.stderr,
                    )
                    process.send(signal.SIGKILL)
                elif not now:
                    jars.ClassArchive.keep(self.node_folder(node))
                if not process.wait_end(30):
                    raise ServiceError(f"{self.name} node {node} (pid {process.pid}) does not end, not even by SIGKILL")
            ended += alive
        return ended
