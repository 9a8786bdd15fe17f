"""The sink of spark-sink/, and a Spark of the tests' own that runs queries into it without a server."""

import itertools
import os
import pathlib
import shutil
import subprocess
import time

from . import places, services  # noqa: F401  (services makes service_tools importable)
from service_tools import jars  # pylint: disable=wrong-import-order
from service_tools import spark as service_spark  # pylint: disable=wrong-import-order

_ages_s = itertools.count(int(time.time()) - 100_000)


VERSION = "7.8.9"  # of the salestream that the jar says it is of


def build_jar(folder):
    """The jar, built from the sources as CMake's target spark_sink_jar builds it."""
    done = subprocess.run(
        [
            shutil.which("mvn"),
            "-B",
            "-q",
            "-f",
            places.ROOT / "spark-sink" / "pom.xml",
            "package",
            f"-Dsalestream.build.directory={folder}",
            f"-Drevision={VERSION}",
            "-Dsalestream.werror=true",
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return pathlib.Path(folder) / "salestream-spark-sink.jar"


class SinkQueries:
    """A process that runs one query after the other: spark_sink/SinkQueries.java."""

    def __init__(self, jar, folder, cassandra):
        self.folder, self.cassandra = folder, cassandra
        self._numbers = 0
        self._unanswered = 0
        self.log = folder / "log"
        program = service_spark.java_program(jars.java((17,)), "512m", folder)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [
                    *program,
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    f"{jar}:{service_spark.class_path()}/*",
                    places.ROOT / "tests" / "e2e" / "spark_sink" / "SinkQueries.java",
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._line() == "ready"

    def new_input(self, *files):
        """A folder with these files, of these lines; a query reads one a batch, in this order."""
        self._numbers += 1
        folder = self.folder / f"input-{self._numbers}"
        folder.mkdir()
        for number, lines in enumerate(files):
            self.add_file(folder, f"{number:03}", lines)
        return folder

    @staticmethod
    def add_file(folder, name, lines):
        (folder / name).write_text("".join(line + "\n" for line in lines))
        # Spark reads the oldest first, by milliseconds, and of two that are equally old any.
        age_s = next(_ages_s)
        os.utime(folder / name, (age_s, age_s))

    def new_checkpoint(self):
        self._numbers += 1
        return self.folder / f"checkpoint-{self._numbers}"

    def start(self, table, sql, types, source, checkpoint=None, mode="update", sink="CassandraTotals", **options):
        """Begins a query; `answer` waits for its end. `table` is KEYSPACE.TABLE."""
        keyspace, table = table.split(".")
        options = {
            "contact_points": self.cassandra.contact_points,
            "keyspace": keyspace,
            "table": table,
            "types": types,
            "generation_base_us": 1_000_000,
            "version_column": "items",
            **options,
        }
        self._unanswered += 1
        self._say(
            "query",
            source,
            checkpoint or self.new_checkpoint(),
            f"salestream.spark.{sink}",
            mode,
            sql,
            *(f"{key}={value}" for key, value in options.items() if value is not None),
        )

    def stop(self):
        """Stops the query that runs; it still answers."""
        self._say("stop")

    def make_session(self, user, session):
        """Makes that session of Spark Connect, as its first client would."""
        self._say("session", user, session)

    def log_of(self, text):
        """How often Spark logged this."""
        return self.log.read_text(errors="replace").count(text)

    def answer(self):
        """'done', or what failed."""
        line = self._line()
        self._unanswered -= 1
        return line.removeprefix("answer: ")

    def settle(self):
        """Stops what still runs."""
        while self._unanswered:
            self.stop()
            self.answer()

    def run(self, *arguments, **options):
        self.start(*arguments, **options)
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _say(self, *words):
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        self.process.stdin.flush()

    def _line(self):
        line = self.process.stdout.readline().strip()
        assert line, f"the queries' process ended:\n{self.log.read_text(errors='replace')[-3000:]}"
        return line
