"""tools/services with a data folder and ports of a test's own."""

import os
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


class Services:
    """One --data folder, for one service and its ports."""

    def __init__(self, data, *java_options):
        self.data = data
        self.port = ports.free()
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
