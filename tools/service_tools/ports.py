"""Is a port free, and if not, who has it."""

import os
import pathlib
import random
import socket

from .errors import ServiceError

_PORTS_PER_SET = 6  # what follows a service's --port
_HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")


def _listening_inodes(port):
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = pathlib.Path(table).read_text().splitlines()[1:]
        except FileNotFoundError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == "0A" and int(fields[1].rsplit(":", 1)[1], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    return inodes


def owner(port):
    """'process 123 (name)' of who listens on a port, or None where that can't be seen (another user's process)."""
    inodes = _listening_inodes(port)
    for folder in pathlib.Path("/proc").iterdir():
        if not inodes or not folder.name.isdigit():
            continue
        try:
            for handle in (folder / "fd").iterdir():
                if os.readlink(handle) in inodes:
                    name = (folder / "cmdline").read_bytes().split(b"\0")
                    return f"process {folder.name} ({b' '.join(name).decode(errors='replace').strip()[:80]})"
        except (PermissionError, FileNotFoundError, ProcessLookupError):
            continue
    return None


def is_free(host, port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            return True
        except OSError:
            return False


def free():
    """A port that is free, as are those after it that a service takes too. Below the range from which the system gives
    ports to clients, and drawn at random, so that sessions side by side rarely draw the same."""
    while True:
        port = random.randrange(15000, 32000, _PORTS_PER_SET)
        if all(is_free(host, port + k) for k in range(_PORTS_PER_SET) for host in _HOSTS):
            return port


def require_free(host, port, purpose):
    if not is_free(host, port):
        who = owner(port)
        raise ServiceError(
            f"port {port} on {host} ({purpose}) is taken"
            + (f" by {who}" if who else "; this user may not see by which process")
            + ". End that process, or choose other ports with --port"
        )


def accepts(host, port, timeout_s=1.0):
    try:
        socket.create_connection((host, port), timeout_s).close()
        return True
    except OSError:
        return False


def ask(host, port, word, timeout_s=2.0):
    """What a server answers to one word (ZooKeeper's four-letter words); None when nobody answers."""
    try:
        with socket.create_connection((host, port), timeout_s) as connection:
            connection.settimeout(timeout_s)
            connection.sendall(word.encode())
            return b"".join(iter(lambda: connection.recv(4096), b"")).decode(errors="replace")
    except OSError:
        return None
