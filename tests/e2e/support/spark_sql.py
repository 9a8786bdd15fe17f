"""A Spark of the tests' own into which `salestream explain --only spark` is pasted."""

import decimal
import itertools
import json
import subprocess

from . import places, services  # noqa: F401  (services makes service_tools importable)
from service_tools import jars  # pylint: disable=wrong-import-order
from service_tools import spark as service_spark  # pylint: disable=wrong-import-order


class SparkSql:
    """A process that runs one text after the other: spark_referee/PastedSql.java. Takes about 1 GB."""

    def __init__(self, folder):
        self.folder = folder
        self._numbers = itertools.count(1)
        self.log = folder / "log"
        program = service_spark.java_program(jars.java((17,)), "900m", folder)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [
                    *program,
                    "-cp",
                    f"{service_spark.class_path()}/*",
                    places.ROOT / "tests" / "e2e" / "spark_referee" / "PastedSql.java",
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._line() == "ready"

    def run(self, text, mode="batch"):
        """The rows of each statement. `mode`: batch, or stream: a streaming query to the end of the topic."""
        folder = self.folder / f"paste-{next(self._numbers)}"
        folder.mkdir()
        (folder / "text").write_text(text)
        self.process.stdin.write(f"{folder / 'text'}\t{mode}\t{folder}\n")
        self.process.stdin.flush()
        answer = self._line()
        assert answer == "answer: done", answer
        results = sorted((each for each in folder.iterdir() if each.name.isdigit()), key=lambda each: int(each.name))
        return [
            [json.loads(line, parse_float=decimal.Decimal) for line in each.read_text().split("\n") if line]
            for each in results
        ]

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _line(self):
        line = self.process.stdout.readline().strip()
        assert line, f"Spark's process ended:\n{self.log.read_text(errors='replace')[-3000:]}"
        return line
