"""Where things lie, and the folder that one test session has for the data of its services.

A session holds a lock on its folder for as long as it lives. The next session takes a folder whose lock is free for the
remains of one that was killed, ends the services in it, and removes it."""

import fcntl
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
TOOL = ROOT / "tools" / "services"
LOGS = ROOT / "build" / "test-logs"
_SESSIONS = ROOT / "build" / "e2e"


def binary():
    """The program under test."""
    return pathlib.Path(os.environ.get("SALESTREAM_BIN") or ROOT / "build" / "release" / "salestream")


def crashing_binary():
    """The same program, made to kill itself at a step of the flush: see tests/crash."""
    return binary().with_name("salestream_crashing")


def _end(folder):
    for services in folder.glob("*/"):
        subprocess.run([TOOL, "stop", "--now", "--wipe", "--data", services], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


def _remove_remains():
    for folder in _SESSIONS.glob("session-*"):
        try:
            with open(folder / ".lock", "a", encoding="utf-8") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _end(folder)
        except OSError:
            continue  # it lives


_TROUBLE = re.compile(r"\b(ERROR|FATAL)\b|^Caused by|^java\.|OutOfMemory")


class SessionFolder:
    def __init__(self):
        _SESSIONS.mkdir(parents=True, exist_ok=True)
        _remove_remains()
        # Locked before it has the name that another session, started beside this one, would take for remains.
        made = pathlib.Path(tempfile.mkdtemp(prefix="new-", dir=_SESSIONS))
        self._lock = open(made / ".lock", "w", encoding="utf-8")  # pylint: disable=consider-using-with
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self.path = made.rename(made.with_name(made.name.replace("new-", "session-")))

    def keep_logs(self):
        """Copies the logs of all services to where ./test keeps its logs."""
        for log in self.path.glob("*/*/*/log*"):
            kept = LOGS / "services" / log.relative_to(self.path)
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(log, kept)

    def troubles_since(self, moment_s, limit_lines=10):
        """The last lines that look like trouble in each service's log, of logs written to since then (Unix time)."""
        found = []
        for log in sorted(self.path.glob("*/*/*/log*")):
            if log.is_file() and log.stat().st_mtime >= moment_s:
                with open(log, encoding="utf-8", errors="replace") as file:
                    lines = [line.rstrip()[:300] for line in file if _TROUBLE.search(line)]
                if lines:
                    found += [f"{log.relative_to(self.path)}:", *lines[-limit_lines:]]
        return "\n".join(found)

    def close(self):
        _end(self.path)
        self._lock.close()
