"""A running Cassandra: statements through cqlsh, and harm to its nodes."""

import json
import re


class Cassandra:
    def __init__(self, tool, nodes=1):
        """`tool` is the Services folder in which `tools/services start cassandra` has been run."""
        self.tool = tool
        self.contact_points = ",".join(f"127.0.0.{k}:{tool.port}" for k in range(1, nodes + 1))

    def cql(self, statements):
        """Runs statements (a second or two, cqlsh's start included); what cqlsh prints."""
        return self.tool.run("cqlsh", "-e", statements).stdout

    def rows(self, select):
        """The rows of one SELECT as dictionaries of JSON's values."""
        assert re.match(r"(?i)\s*select\s+(?!json)", select), "a SELECT is expected"
        text = self.cql("PAGING OFF; " + re.sub(r"(?i)^\s*select\s+", "SELECT JSON ", select))
        return [json.loads(line) for line in text.splitlines() if line.strip().startswith("{")]

    # Harm. Nodes are numbered from 1.

    def kill(self, node=1):
        self.tool.run("kill", "cassandra", "--node", node)

    def restart(self, node=1):
        self.tool.run("restart", "cassandra", "--node", node)

    def freeze(self, node=1):
        self.tool.run("freeze", "cassandra", "--node", node)

    def thaw(self, node=1):
        self.tool.run("thaw", "cassandra", "--node", node)
