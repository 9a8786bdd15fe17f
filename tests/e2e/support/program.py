"""The salestream binary: run to its end, or started, watched and stopped."""

import contextlib
import os
import signal
import subprocess

from . import places
from .waiting import wait_until


class Running:
    """A started program. Its output goes to files, so that it never waits for a reader."""

    def __init__(self, arguments, folder, environment, standard_input=subprocess.DEVNULL):
        self.arguments = arguments
        folder.mkdir(parents=True, exist_ok=True)
        number = len(list(folder.glob("*.out"))) + 1
        self._out, self._err = folder / f"{number}.out", folder / f"{number}.err"
        with open(self._out, "wb") as out, open(self._err, "wb") as err:
            self.process = subprocess.Popen(
                arguments, stdin=standard_input, stdout=out, stderr=err, cwd=folder, env=environment
            )

    @property
    def stdout(self):
        return self._out.read_text(errors="replace")

    @property
    def stdout_bytes(self):
        return self._out.read_bytes()

    @property
    def stderr(self):
        return self._err.read_text(errors="replace")

    def alive(self):
        return self.process.poll() is None

    def wait_for_output(self, text, timeout_s=30.0):
        """Waits until `text` is in what the program has printed on either stream."""

        def seen():
            found = text in self.stdout or text in self.stderr
            assert found or self.alive(), f"it ended before printing {text!r}:\n{self.description()}"
            return found

        try:
            wait_until(seen, timeout_s, f"output {text!r}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.description()}") from error

    def wait(self, timeout_s=60.0):
        """Waits for the end by itself; the exit status."""
        try:
            return self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {timeout_s} s:\n{self.description()}") from None

    def terminate(self, timeout_s=60.0):
        """Asks it to end as a service manager would (SIGTERM); the exit status."""
        return self.stop(signal.SIGTERM, timeout_s)

    def stop(self, by_signal, timeout_s=60.0):
        """Asks it to end (SIGINT: Ctrl+C); the exit status."""
        self.process.send_signal(by_signal)
        return self.wait(timeout_s)

    def peak_memory_kb(self):
        """The most resident memory that it has had; only while it is alive."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))

    def kill(self):
        """Ends it as a power cut would."""
        self.process.kill()
        self.process.wait()

    def freeze(self):
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        self.process.send_signal(signal.SIGCONT)

    def description(self):
        return (
            f"$ {' '.join(map(str, self.arguments))}\n(exit status {self.process.poll()})\n"
            f"--- stdout\n{self.stdout[-4000:]}\n--- stderr\n{self.stderr[-4000:]}"
        )


def waits_for_sqlite_lock(process_id):
    """SQLite's busy handler sleeps in a thread of the program that has the store's files open."""
    tasks = f"/proc/{process_id}/task"
    for task in os.listdir(tasks):
        with contextlib.suppress(OSError), open(f"{tasks}/{task}/wchan", encoding="utf-8") as where:
            if "nanosleep" in where.read():
                return True
    return False


def without_page(arguments):
    """The same command line; `run` serves no web page unless the test says where: tests of other things need none, and
    may run side by side."""
    arguments = [str(each) for each in arguments]
    return [*arguments, "--http", "off"] if arguments[:1] == ["run"] and "--http" not in arguments else arguments


class Salestream:
    """Starts the program in a folder of the test's own; whatever is alive at the test's end is killed."""

    def __init__(self, folder):
        self.folder = folder
        self._started = []

    def start(self, *arguments, standard_input=subprocess.DEVNULL, binary=None, **environment):
        """Starts the program, with more environment variables if given, and returns at once."""
        running = Running(
            [binary or places.binary(), *without_page(arguments)],
            self.folder,
            {**os.environ, **environment},
            standard_input,
        )
        self._started.append(running)
        return running

    def run(self, *arguments, timeout_s=60.0, status=0, **more):
        """Runs the program to its end. `status`: what it must exit with; None: anything; `more`: see start()."""
        running = self.start(*arguments, **more)
        found = running.wait(timeout_s)
        assert status is None or found == status, f"exit status {found}, not {status}:\n{running.description()}"
        return running

    def close(self):
        for running in self._started:
            if running.alive():
                running.kill()
