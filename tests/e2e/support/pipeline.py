"""A pipeline file of a test's own, made from a committed one, with the store, topic and consumer group that belong to
it; what the program says of it, and what its store holds."""

import json
import re

from . import places
from .stores import NOT_THERE, SqliteStore

ECOMMERCE = places.ROOT / "pipelines" / "ecommerce_sales.yaml"
VENDAS = places.ROOT / "pipelines" / "vendas_ecommerce.yaml"
DEMO = places.ROOT / "pipelines" / "demo.yaml"
THIRD = places.ROOT / "tests" / "golden" / "third_format.yaml"

_DIMENSIONS = ("product", "client", "minute", "hour", "day", "week", "month")


class Table:
    """One entry of `totals:`, as the pipeline file has it."""

    def __init__(self, name, by, columns):
        self.name, self.by = name, by
        self.key_columns = [next(column for column, shows in columns.items() if shows == each) for each in by]
        self.measures = {column: shows for column, shows in columns.items() if shows not in _DIMENSIONS}

    def expected(self, truth):
        """{key: {column: value}} as `totals --format json` must have it, by a file of `produce --truth`."""
        return {
            tuple(row["key"]): {column: row[shows] for column, shows in self.measures.items()}
            for row in truth["tables"][self.name]
        }

    def found(self, rows):
        return {
            tuple(row[column] for column in self.key_columns): {column: row[column] for column in self.measures}
            for row in rows
        }


class Pipeline:
    def __init__(self, program, base, folder, topic=None, bootstrap=None, changes=(), store=None):
        """`base`: the committed pipeline file; `changes`: (old, new) pairs of text in it; `store`: the store, one of
        support/stores.py; without it, a SQLite file in the folder, which is `self.store_file`."""
        self.program, self.folder, self.topic = program, folder, topic
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / base.name
        self.truth_file = folder / "truth.json"
        self.group = f"group-{topic}"
        self.source = ()
        self.path.write_text(base.read_text())
        self.use_store(store or SqliteStore(folder / "totals.db"))
        if topic is not None:
            self._set("topic", topic)
            self._set("bootstrap.servers", f"{bootstrap}\n    group.id: {self.group}\n    session.timeout.ms: 6000")
        for old, new in changes:
            self.change(old, new)

    def _set(self, key, value):
        text, count = re.subn(
            rf"(?m)^( *{re.escape(key)}:).*$", lambda match: f"{match[1]} {value}", self.path.read_text()
        )
        assert count == 1, f"{count} times {key} in {self.path}"
        self.path.write_text(text)

    def use_store(self, store):
        """From now on the totals are kept there."""
        text, count = re.subn(
            r"(?m)^store:\n(?: .*\n?)*", lambda _: f"store:\n  {store.section()}\n", self.path.read_text()
        )
        assert count == 1, f"{count} times store: in {self.path}"
        self.path.write_text(text)
        self.store = store

    @property
    def store_file(self):
        """The SQLite file of the totals."""
        return self.store.file

    def change(self, old, new):
        """Edits the pipeline file, as a person would."""
        text = self.path.read_text()
        assert text.count(old) == 1, f"{text.count(old)} times {old!r} in {self.path}"
        self.path.write_text(text.replace(old, new))

    def append(self, text):
        self.path.write_text(self.path.read_text() + "\n" + text + "\n")

    def reads(self, path):
        """From now on every command gets --input."""
        self.source = ("--input", path)

    # Commands.

    def run(self, *flags, **more):
        """`run --until-end` to its end."""
        return self.program.run("run", self.path, *self.source, "--until-end", *flags, **more)

    def start(self, *flags, **more):
        """`run` without an end."""
        return self.program.start("run", self.path, *self.source, *flags, **more)

    def produce(self, *flags, truth=True, **more):
        more_flags = ["--truth", self.truth_file] if truth else []
        return self.program.run("produce", self.path, *more_flags, *flags, **more)

    def reset(self, **more):
        return self.program.run("reset", self.path, *self.source, "--yes", **more)

    def totals(self, table=None, *flags):
        """The rows of `totals --format json`."""
        which = ["--table", table] if table else []
        return json.loads(
            self.program.run("totals", self.path, *self.source, "--format", "json", *which, *flags).stdout
        )

    def status(self, *flags, status=0):
        return json.loads(
            self.program.run("status", self.path, *self.source, "--format", "json", *flags, status=status).stdout
        )

    # What must be.

    @property
    def truth(self):
        return json.loads(self.truth_file.read_text())

    def tables(self):
        """The file's totals tables; knows the block form with `by` and `columns` on a line each, no other YAML."""
        found = re.findall(r"(?m)^  (\w+):\n    by: \[(.*)\]\n    columns: \{(.*)\}$", self.path.read_text())
        return [
            Table(name, by.split(", "), dict(pair.split(": ") for pair in columns.split(", ")))
            for name, by, columns in found
        ]

    def assert_totals(self, truth=None):
        """What is stored is the truth, to the last digit, nothing missing and nothing more: by `totals`, and as another
        program finds it in the store."""
        truth = truth or self.truth
        tables = self.tables()
        assert tables, f"no totals tables found in {self.path}"
        for table in tables:
            expected = table.expected(truth)
            assert table.found(self.totals(table.name)) == expected
            stored = [
                {column: value if isinstance(value, str) else str(value) for column, value in row.items()}
                for row in self.store.rows(table.name)
            ]
            assert table.found(stored) == {
                key: {column: str(value) for column, value in row.items()} for key, row in expected.items()
            }
            assert len(stored) == len(expected)

    def assert_exact(self, truth=None):
        """Totals, counters and rejected messages are the truth; each rejected message is kept once."""
        truth = truth or self.truth
        self.assert_totals(truth)
        counted = self.counters()
        assert {name: counted[name] for name in ("messages", "orders", "wrong_totals")} == {
            name: truth[name] for name in ("messages", "orders", "wrong_totals")
        }
        assert sum(counted["rejects"].values()) == truth["rejects"]
        rejects = self.rejects()
        assert len({(each["partition"], each["offset"]) for each in rejects}) == len(rejects) == truth["rejects"]

    # The store, as any other program sees it.

    def database(self):
        """A connection to the SQLite file."""
        return self.store.database()

    def query(self, sql, *values):
        return self.store.query(sql, *values)

    def rejects(self):
        return self.store.rejects()

    def counters(self):
        """What `status` sums up over all partitions, from the store alone."""
        total = {"messages": 0, "orders": 0, "items": 0, "wrong_totals": 0, "duplicates": 0, "rejects": {}}
        for row in self.store.progress():
            for name in ("messages", "orders", "items", "wrong_totals", "duplicates"):
                total[name] += row[name]
            for reason, count in row["rejects_by_reason"].items():
                total["rejects"][reason] = total["rejects"].get(reason, 0) + count
        return total

    def messages_stored(self):
        """For waiting; 0 while there is no store yet."""
        try:
            return self.counters()["messages"]
        except NOT_THERE:
            return 0

    def content(self):
        """All that decides the totals, to show that something left it alone."""
        tables = [name for table in self.tables() for name in (table.name, f"{table.name}_cells")]
        return {
            "pipeline": self.store.pipeline(),
            "progress": self.store.progress(),
            "rejects": self.rejects(),
            **{name: self.store.rows(name) for name in tables},
        }
