"""Where a pipeline of a test keeps its totals, and what any other program sees there. Both give a pipeline file its
`store:` section, and then the same four answers:

    rows(table)           a totals table, or one of its cells (`<table>_cells`)
    rejects()             by partition and offset: partition, offset, reason, detail, message (bytes) and more
    progress()            by partition: next_offset, messages, orders, …, rejects_by_reason as a dictionary
    pipeline()            what the store says of the pipeline itself

None of them goes through salestream."""

import contextlib
import json
import sqlite3

NOT_THERE = (sqlite3.OperationalError, LookupError)  # no store, or no table in it, yet


class SqliteStore:
    def __init__(self, file, name=None):
        """`name`: what the pipeline file and the program call it, from the folder that the program runs in."""
        self.file, self.name = file, name or file

    def section(self):
        return f"sqlite: {self.name}"

    @contextlib.contextmanager
    def database(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.file}?mode=ro", uri=True, timeout=30)) as connection:
            connection.row_factory = sqlite3.Row
            yield connection

    def query(self, sql, *values):
        with self.database() as connection:
            return [dict(row) for row in connection.execute(sql, values)]

    def rows(self, table):
        return self.query(f'SELECT * FROM "{table}"')

    def rejects(self):
        return self.query('SELECT * FROM rejects ORDER BY "partition", "offset"')

    def progress(self):
        rows = self.query('SELECT * FROM salestream_progress ORDER BY "partition"')
        return [{**row, "rejects_by_reason": json.loads(row["rejects_by_reason"] or "{}")} for row in rows]

    def pipeline(self):
        return self.rows("salestream_pipeline")


class CassandraStore:
    """A keyspace of the test's own. `options`: more keys of store.cassandra, as YAML text by name."""

    def __init__(self, cassandra, keyspace, **options):
        self.cassandra, self.keyspace, self.options = cassandra, keyspace, options

    def section(self):
        keys = {"contact_points": f'"{self.cassandra.contact_points}"', "keyspace": self.keyspace, **self.options}
        return "cassandra: {" + ", ".join(f"{key}: {value}" for key, value in keys.items()) + "}"

    def place(self):
        """For --store."""
        return f"cassandra:{self.cassandra.contact_points}/{self.keyspace}"

    def query(self, table, what="*"):
        return self.cassandra.query(f'SELECT {what} FROM {self.keyspace}."{table}"')

    def _of_generation(self, table):
        """The rows of the count that is on; those of former ones may still be there, and count nothing."""
        now = {row["pipeline"]: row["generation"] for row in self.pipeline()}
        if not now:
            raise LookupError(f"no pipeline in {self.keyspace}")
        return [row for row in self.query(table) if row["generation"] in now.values()]

    def rows(self, table):
        return self._of_generation(table) if table.endswith("_cells") else self.query(table)

    def rejects(self):
        return sorted(self._of_generation("salestream_rejects"), key=lambda row: (row["partition"], row["offset"]))

    def progress(self):
        rows = sorted(self._of_generation("salestream_progress"), key=lambda row: row["partition"])
        return [{**row, "rejects_by_reason": dict(row["rejects_by_reason"] or {})} for row in rows]

    def pipeline(self):
        return self.query("salestream_pipeline")
