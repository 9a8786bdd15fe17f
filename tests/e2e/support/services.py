"""tools/services with a data folder and ports of a test's own."""

import os
import random
import subprocess
import sys

from . import places

sys.path.insert(0, str(places.ROOT / "tools"))

from service_tools import ports  # noqa: E402  pylint: disable=wrong-import-position

# A service lives for seconds or minutes here: the quick compiler alone takes a fraction of the processor's time.
_QUICK = "-XX:TieredStopAtLevel=1"

# For a Cassandra that no test kills: it flushes nothing when a table is made, which takes most of the time of a test
# that makes a few. A node that is killed would forget its tables.
TABLES_UNFLUSHED = "-Dcassandra.unsafesystem=true"

_PORTS_PER_SET = 6  # what follows a service's --port
_HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")


def free_port():
    """A port that is free, as are those after it that a service takes too. Below the range from which the system gives
    ports to clients, and drawn at random, so that sessions side by side rarely draw the same."""
    while True:
        port = random.randrange(15000, 32000, _PORTS_PER_SET)
        if all(ports.is_free(host, port + k) for k in range(_PORTS_PER_SET) for host in _HOSTS):
            return port


class Services:
    """One --data folder, for one service and its ports."""

    def __init__(self, data, *java_options):
        self.data = data
        self.port = free_port()
        # What the services get besides this process's.
        self.environment = {"JAVA_TOOL_OPTIONS": " ".join((_QUICK, *java_options))}

    def run(self, *arguments, check=True, timeout_s=400):
        """Runs a command of tools/services with this folder; the finished process, with its output as text."""
        command, *rest = arguments
        done = subprocess.run(
            [places.TOOL, command, "--data", self.data, *map(str, rest)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            env={**os.environ, **self.environment},
        )
        if check and done.returncode != 0:
            raise AssertionError(f"tools/services {' '.join(map(str, arguments))} failed:\n{done.stdout}{done.stderr}")
        return done

    def start(self, name, *flags, check=True):
        # The first start on a machine fetches the service's jars; Spark's are 250 MB.
        return self.run("start", name, "--port", self.port, *flags, check=check, timeout_s=1200)

    def stop(self):
        self.run("stop", "--now", "--wipe")
