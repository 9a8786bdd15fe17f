"""A running Spark Connect server: what its pages say, and faults of its nodes."""

import json
import urllib.request

from . import services  # noqa: F401  (services makes service_tools importable)
from service_tools import spark_wire  # pylint: disable=wrong-import-order


# A person may have set it, and a server must not mind.
REMOTE_OF_A_PERSON = {"SPARK_REMOTE": "sc://127.0.0.1:1"}


class Spark:
    def __init__(self, tool, workers=0):
        """`tool` is the Services folder in which `tools/services start spark` has been run."""
        self.tool, self.workers = tool, workers
        self.remote = f"sc://127.0.0.1:{tool.port}"
        self.page = f"http://127.0.0.1:{tool.port + 1}"  # Spark's own monitoring page
        self.cluster_page = f"http://127.0.0.1:{tool.port + 3}"  # the master's, with workers

    def version(self):
        """What Spark answers on the port of Spark Connect; None when it does not."""
        return spark_wire.version("127.0.0.1", self.tool.port)

    def applications(self):
        """The monitoring page's, as its REST interface tells it."""
        return self._json(f"{self.page}/api/v1/applications")

    def executors(self):
        """Those that are active, the server's own process among them ('driver')."""
        (application,) = self.applications()
        return [
            each
            for each in self._json(f"{self.page}/api/v1/applications/{application['id']}/executors")
            if each["isActive"]
        ]

    def threads(self):
        """Those of the server's own process."""
        (application,) = self.applications()
        return self._json(f"{self.page}/api/v1/applications/{application['id']}/executors/driver/threads")

    def cluster(self):
        """What the master knows of workers and applications."""
        return self._json(f"{self.cluster_page}/json/")

    def log(self, node="server"):
        return (self.tool.data / "spark" / node / "log").read_text(errors="replace")

    # Fault injection. Nodes are 'server', and with workers 'master', '1', '2'.

    def kill(self, node="server"):
        self.tool.run("kill", "spark", "--node", node)

    def restart(self, node="server"):
        self.tool.run("restart", "spark", "--node", node)

    def freeze(self, node="server"):
        self.tool.run("freeze", "spark", "--node", node)

    def thaw(self, node="server"):
        self.tool.run("thaw", "spark", "--node", node)

    def page_text(self, path):
        """A part of the monitoring page, as a browser gets it."""
        with urllib.request.urlopen(self.page + path, timeout=20) as answer:
            return answer.read().decode()

    @staticmethod
    def _json(url):
        with urllib.request.urlopen(url, timeout=20) as answer:
            return json.load(answer)
