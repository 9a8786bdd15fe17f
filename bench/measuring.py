# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: whole processes timed, services of their own, totals checked against the truth."""

import contextlib
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
KAFKA_TOPIC = "ecommerce_sales"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def place():
    """A folder whose services end with it."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="salestream-bench-"))
    try:
        yield folder
    finally:
        services(folder, "stop")
        shutil.rmtree(folder, ignore_errors=True)


def services(folder, *words):
    done = subprocess.run(
        [str(ROOT / "tools/services"), *map(str, words), "--data", str(folder / "services")],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        sys.exit(f"tools/services {' '.join(map(str, words))} failed:\n{done.stderr}")
    return done.stdout


def start(folder, service):
    """Starts a service and returns its address. Cassandra as tools/services starts it, with a heap for many rows, and
    as it is by default in that it acknowledges before it writes to disk."""
    port = free_port()
    flags = ["--commitlog-sync", "periodic", "--heap", "1g"] if service == "cassandra" else []
    services(folder, "start", service, "--port", port, *flags)
    return f"127.0.0.1:{port}"


def cql(folder, statements):
    """What the Cassandra of `start` answers."""
    return services(folder, "cqlsh", "--request-timeout=60", "-e", statements)


def pipeline_of_system_a(folder, kafka="", topic=KAFKA_TOPIC):
    """System A's pipeline file for a broker and a topic, whose store is what --store says."""
    text = (ROOT / "pipelines/ecommerce_sales.yaml").read_text()
    text = text.replace("${KAFKA_BROKERS:-localhost:9092}", kafka or "localhost:9092")
    text = text.replace(f"topic: {KAFKA_TOPIC}", f"topic: {topic}").replace(
        f"pipeline: {KAFKA_TOPIC}", f"pipeline: {topic}"
    )
    path = folder / "bench.yaml"
    path.write_text(text.split("\nstore:\n")[0] + f"\nstore:\n  sqlite: {folder}/nowhere.db\n")
    return str(path)


def quietly(*command):
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def peak_kb_by_process(pid):
    """{process: its own peak until now} of a process and all that it has started. Not wait4's ru_maxrss, in which the
    size of this Python lives on when the program is smaller."""
    peaks, waiting = {}, [pid]
    while waiting:
        each = waiting.pop()
        try:
            status = pathlib.Path(f"/proc/{each}/status").read_text()
            waiting += pathlib.Path(f"/proc/{each}/task/{each}/children").read_text().split()
            peaks[each] = int(status.split("VmHWM:")[1].split()[0])
        except (OSError, IndexError):
            continue  # it has ended
    return peaks


def measured(command, first_line=None, output=subprocess.DEVNULL):
    """Runs a command; its wall and CPU seconds, the peak memory of its processes in MiB, and when `first_line` first
    stood in its output, which goes to `output` otherwise."""
    errors = tempfile.TemporaryFile()
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE if first_line else output, stderr=errors)
    first = None
    if first_line:

        def watch():
            nonlocal first
            for line in process.stdout:
                if first is None and first_line in line:
                    first = time.monotonic() - began

        reader = threading.Thread(target=watch)
        reader.start()
    peaks_kb, has_ended = {}, threading.Event()

    def look_at_memory():
        while not has_ended.wait(0.02):
            peaks_kb.update(peak_kb_by_process(process.pid))

    looking = threading.Thread(target=look_at_memory)
    looking.start()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    has_ended.set()
    looking.join()
    if first_line:
        reader.join()
    with errors:
        if status != 0:
            errors.seek(max(0, errors.seek(0, os.SEEK_END) - 4000))
            sys.exit(f"{' '.join(command)} ended with status {status}:\n{errors.read().decode(errors='replace')}")
    return {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "memory": sum(peaks_kb.values()) / 1024,
        "first": first,
    }


def plain(decimal):
    """One way to write a number: without zeros at its end."""
    return decimal.rstrip("0").rstrip(".") if "." in decimal else decimal


def expected(truth):
    return {row["key"][0]: plain(row["revenue"]) for row in truth["tables"]["product_sales"]}


def check_totals(binary, pipeline, store, truth, *source):
    """Ends the benchmark unless every total is the truth."""
    output = subprocess.run(
        [binary, "totals", pipeline, *source, "--store", store, "--format", "json"], check=True, capture_output=True
    ).stdout
    rows = json.loads(output)
    rows = rows["product_sales"] if isinstance(rows, dict) else rows
    if {row["product_name"]: plain(row["total_sales"]) for row in rows} != expected(truth):
        sys.exit(f"the totals in {store} are not the truth")


def show(name, figures, orders, source_bytes=None):
    def line(label, values, form):
        print(f"  {label:<28}{form(statistics.median(values)):>12}   ({form(min(values))} to {form(max(values))})")

    print(name)
    line("orders/s, whole process", [orders / f["wall"] for f in figures], lambda v: f"{v / 1e6:.2f} M")
    line("CPU seconds", [f["cpu"] for f in figures], lambda v: f"{v:.2f}")
    line("orders per CPU second", [orders / f["cpu"] for f in figures], lambda v: f"{v / 1e6:.2f} M")
    line("peak memory, MiB", [f["memory"] for f in figures], lambda v: f"{v:.0f}")
    if source_bytes:
        line("GB/s, whole process", [source_bytes / f["wall"] for f in figures], lambda v: f"{v / 1e9:.2f}")
        line("GB per CPU second", [source_bytes / f["cpu"] for f in figures], lambda v: f"{v / 1e9:.2f}")
    if figures[0]["first"] is not None:
        line("first total after, s", [f["first"] for f in figures], lambda v: f"{v:.2f}")


def show_ratio(what, numerators, denominators):
    ratios = [a / b for a, b in zip(numerators, denominators)]
    print(f"{what}, run by run: median {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
