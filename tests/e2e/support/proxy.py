"""TCP proxies that can be cut: between clients and a node, or between one client and a node. Plain sockets and threads,
so that they work for any user.

A cut is of one of two kinds. SILENT is a cable that was pulled: what either side sends waits and arrives once the cut
is healed, perhaps long after its sender has given it up; new connections get no answer. REFUSED is a firewall that says
so: connections are reset, new ones too.

Services must tell their clients the proxies' addresses (`tools/services start … --announce`)."""

import contextlib
import os
import pathlib
import socket
import struct
import threading

SILENT, REFUSED = "silent", "refused"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_PIECE_BYTES = 1 << 16


def _ends_of(pid):
    """The addresses at which a process has connections of IPv4."""
    inodes = set()
    with contextlib.suppress(OSError):
        for handle in os.scandir(f"/proc/{pid}/fd"):
            with contextlib.suppress(OSError):
                inodes.add(os.readlink(handle.path))
    ends = set()
    for line in pathlib.Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        fields = line.split()
        if f"socket:[{fields[9]}]" in inodes:
            host, port = fields[1].split(":")
            ends.add((socket.inet_ntoa(int(host, 16).to_bytes(4, "little")), int(port, 16)))
    return ends


def _close(connection, reset=False):
    with contextlib.suppress(OSError):
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        # A reset needs no leave-taking, and a shutdown would be one; who waits in recv() is woken by it all the same.
        connection.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        connection.close()


class _Connection:
    def __init__(self, client, came_from):
        self.client, self.came_from = client, came_from
        self.node = None
        self.owner = None  # the process that has the other end, once somebody has cut it off

    def reset(self):
        for each in filter(None, (self.client, self.node)):
            _close(each, reset=True)


class Proxy:
    """Listens at `address` and connects through to `target`. Any thread may call any function."""

    def __init__(self, address, target):
        self.target = target
        self._changed = threading.Condition()
        self._cuts = {}  # process id of a client, None for all -> SILENT or REFUSED
        self._connections = set()
        self._is_closed = False
        self._listener = socket.create_server(address, backlog=128)
        self.address = self._listener.getsockname()
        self._start(self._accept)

    def cut(self, how=SILENT, pid=None):
        """Cuts the way of all clients, or of the process `pid` alone."""
        ends = _ends_of(pid) if pid else set()
        with self._changed:
            self._cuts[pid] = how
            for connection in list(self._connections):
                if connection.came_from in ends:
                    connection.owner = pid
                if how == REFUSED and pid in (None, connection.owner):
                    self._connections.discard(connection)
                    connection.reset()
            self._changed.notify_all()

    def heal(self, pid=None):
        """Takes back the cut of all clients, or that of the process `pid`."""
        with self._changed:
            self._cuts.pop(pid, None)
            self._changed.notify_all()

    def close(self):
        with self._changed:
            self._is_closed = True
            for connection in self._connections:
                connection.reset()
            self._changed.notify_all()
        _close(self._listener)

    @staticmethod
    def _start(work, *arguments):
        threading.Thread(target=work, args=arguments, daemon=True).start()

    def _how_cut(self, connection):
        return self._cuts.get(None) or self._cuts.get(connection.owner)

    def _is_open(self, connection):
        """Waits while the way is silent; False once it is refused or the proxy closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_closed or self._how_cut(connection) != SILENT)
            return not self._is_closed and self._how_cut(connection) is None

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection = _Connection(*self._listener.accept())
                with self._changed:
                    cut_off = [pid for pid in self._cuts if pid is not None]
                    self._connections.add(connection)
                for pid in cut_off:
                    if connection.came_from in _ends_of(pid):
                        connection.owner = pid
                self._start(self._connect, connection)

    def _connect(self, connection):
        try:
            if self._is_open(connection):
                connection.node = socket.create_connection(self.target, 5)
        except OSError:
            pass
        with self._changed:
            is_through = connection.node is not None and connection in self._connections and not self._is_closed
            if not is_through or self._how_cut(connection) == REFUSED:
                self._connections.discard(connection)
                return connection.reset()
        for each in (connection.client, connection.node):
            each.settimeout(None)
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._start(self._pump, connection, connection.client, connection.node)
        return self._pump(connection, connection.node, connection.client)

    def _pump(self, connection, source, sink):
        with contextlib.suppress(OSError):
            while piece := source.recv(_PIECE_BYTES):
                if not self._is_open(connection):
                    break
                sink.sendall(piece)
            self._is_open(connection)  # a leave-taking waits behind a silent cut, too
        with self._changed:
            self._connections.discard(connection)
        _close(connection.client)
        _close(connection.node)


class Proxies:
    """A proxy in front of each node of a service: PREFIX.K:port for the node at 127.0.0.K:port."""

    def __init__(self, prefix, port, nodes=3):
        self._by_node = {k: Proxy((f"{prefix}.{k}", port), (f"127.0.0.{k}", port)) for k in range(1, nodes + 1)}
        self.addresses = ",".join(f"{host}:{port}" for host, port in (each.address for each in self._by_node.values()))

    def cut(self, how=SILENT, nodes=None, pid=None):
        for proxy in self._chosen(nodes):
            proxy.cut(how, pid)

    def heal(self, nodes=None, pid=None):
        for proxy in self._chosen(nodes):
            proxy.heal(pid)

    def close(self):
        for proxy in self._by_node.values():
            proxy.close()

    def _chosen(self, nodes):
        return [self._by_node[k] for k in nodes or self._by_node]
