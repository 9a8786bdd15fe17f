"""A running Cassandra: statements through cqlsh or a session that stays open, and faults of its nodes."""

import itertools
import json
import re
import subprocess

from . import places, services  # noqa: F401  (services makes service_tools importable)
from service_tools import cassandra as service_cassandra  # pylint: disable=wrong-import-order

_keyspace_numbers = itertools.count(1)


class CqlError(AssertionError, LookupError):
    """A statement failed. To a test that waits: the table may not be there yet."""


def _value(value):
    """What support/cql_session.py made of a value, as Python has it; decimals keep their digits as text."""
    if isinstance(value, dict) and value.keys() == {"decimal"}:
        return value["decimal"]
    if isinstance(value, dict) and value.keys() == {"hex"}:
        return bytes.fromhex(value["hex"])
    return value


class Cassandra:
    def __init__(self, tool, nodes=1):
        """`tool` is the Services folder in which `tools/services start cassandra` has been run."""
        self.tool = tool
        self.contact_points = ",".join(f"127.0.0.{k}:{tool.port}" for k in range(1, nodes + 1))
        self._session = None

    @staticmethod
    def new_keyspace(prefix="shop"):
        """A name that no other test has; the first use creates it."""
        return f"{prefix}_{next(_keyspace_numbers)}"

    def cql(self, statements):
        """Runs statements (a second or two, cqlsh's start included); what cqlsh prints."""
        return self.tool.run("cqlsh", "-e", statements).stdout

    def rows(self, select):
        """The rows of one SELECT as dictionaries of JSON's values."""
        assert re.match(r"(?i)\s*select\s+(?!json)", select), "a SELECT is expected"
        text = self.cql("PAGING OFF; " + re.sub(r"(?i)^\s*select\s+", "SELECT JSON ", select))
        return [json.loads(line) for line in text.splitlines() if line.strip().startswith("{")]

    # For servers without a password only.

    def query(self, statement, is_second_try=False):
        """Runs one statement in a session that stays open: a few milliseconds. Rows as dictionaries; decimals as
        text."""
        if self._session is None or self._session.poll() is not None:
            python, _ = service_cassandra.cqlsh()
            script = places.ROOT / "tests" / "e2e" / "support" / "cql_session.py"
            self._session = subprocess.Popen(
                [python, "-I", script, self.contact_points],  # -I: not with this folder's modules
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        try:
            self._session.stdin.write(json.dumps({"cql": statement}) + "\n")
            self._session.stdin.flush()
            line = self._session.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            said, self._session = self._session.stderr.read(), None
            raise CqlError(f"no session with {self.contact_points}: {said[-2000:]}")
        answer = json.loads(line)
        if "NoHostAvailable" in answer.get("error", "") and not is_second_try:
            # A node was restarted, and the session's connections to it are from before; a new one has none.
            self._session.kill()
            self._session.communicate()
            self._session = None
            return self.query(statement, is_second_try=True)
        if "error" in answer:
            raise CqlError(f"{statement}: {answer['error']}")
        return [{key: _value(value) for key, value in row.items()} for row in answer["rows"]]

    def close(self):
        """Ends the open session, if there is one."""
        if self._session is not None:
            self._session.kill()
            self._session.communicate()
            self._session = None

    def log(self, node=1):
        """What the server has said since it was made."""
        return (self.tool.data / "cassandra" / str(node) / "log").read_text(errors="replace")

    # Fault injection. Nodes are numbered from 1.

    def kill(self, node=1):
        self.tool.run("kill", "cassandra", "--node", node)

    def restart(self, node=1):
        self.tool.run("restart", "cassandra", "--node", node)

    def freeze(self, node=1):
        self.tool.run("freeze", "cassandra", "--node", node)

    def thaw(self, node=1):
        self.tool.run("thaw", "cassandra", "--node", node)
