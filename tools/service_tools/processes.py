"""Processes that outlive the script that started them, known by pid *and* start time, so that a pid which the system
has given to another process since is never taken for ours, let alone killed."""

import dataclasses
import json
import os
import pathlib
import select
import signal
import subprocess


def _stat(pid):
    """(state letter, start time in ticks since boot, session) of a process; None when there is none."""
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text[text.rindex(")") + 2 :].split()  # the name before it may hold anything, blanks and brackets included
    return fields[0], int(fields[19]), int(fields[3])


def _boot_id():
    return pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()


@dataclasses.dataclass(frozen=True)
class Process:
    pid: int
    start_ticks: int
    boot_id: str

    @staticmethod
    def of_pid(pid):
        stat = _stat(pid)
        return Process(pid, stat[1], _boot_id()) if stat else None

    def state(self):
        """'running', 'frozen', or 'ended' (which a zombie that nobody has waited for is too)."""
        stat = _stat(self.pid)
        if stat is None or stat[1] != self.start_ticks or self.boot_id != _boot_id() or stat[0] in "ZX":
            return "ended"
        return "frozen" if stat[0] in "Tt" else "running"

    def alive(self):
        return self.state() != "ended"

    def resident_mb(self):
        try:
            for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) // 1024
        except (FileNotFoundError, ProcessLookupError):
            pass
        return 0

    def send(self, *signals):
        """Sends signals to exactly this process; False when it has ended already."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return False
        try:
            if not self.alive():  # looked at after the handle is open: the handle can't come to mean another process
                return False
            for each in signals:
                signal.pidfd_send_signal(handle, each)
            return True
        except ProcessLookupError:
            return False
        finally:
            os.close(handle)

    def wait_end(self, timeout_s):
        """Waits until the process has ended; False when it has not within the limit."""
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return True
        try:
            if not self.alive():
                return True
            poller = select.poll()
            poller.register(handle, select.POLLIN)
            return bool(poller.poll(timeout_s * 1000))
        finally:
            os.close(handle)


def session_members(leader):
    """The other processes of a living process's session: those that it started, and they in turn."""
    found = [
        Process.of_pid(int(folder.name))
        for folder in pathlib.Path("/proc").iterdir()
        if folder.name.isdigit()
        and int(folder.name) != leader.pid
        and (stat := _stat(int(folder.name)))
        and stat[2] == leader.pid
    ]
    # As long as the leader lives, no other session can bear its number.
    return [process for process in found if process] if leader.alive() else []


class PidFile:
    """Remembers a process across runs of the script."""

    def __init__(self, path):
        self.path = path

    def write(self, process):
        temporary = self.path.with_suffix(".tmp")
        temporary.write_text(json.dumps(dataclasses.asdict(process)) + "\n")
        temporary.replace(self.path)

    def process(self):
        """The process, if it is still alive; else None."""
        try:
            process = Process(**json.loads(self.path.read_text()))
        except (FileNotFoundError, ValueError, TypeError):
            return None
        return process if process.alive() else None


def start_detached(command, log, pid_file, cwd, environment=None):
    """Starts a process in a session of its own, with output to `log` (the former one is kept as `log`.1). Of what is
    None in `environment`, it has nothing."""
    if log.exists():
        log.replace(log.with_name(log.name + ".1"))
    environment = {name: value for name, value in {**os.environ, **(environment or {})}.items() if value is not None}
    with open(log, "wb") as output:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            start_new_session=True,
            env=environment,
        )
    child.returncode = 0  # it is meant to outlive us: no warning about that
    process = Process.of_pid(child.pid)
    pid_file.write(process)
    return process
