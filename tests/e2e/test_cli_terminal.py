"""The program on a terminal: the live table stays in place, hostile names don't steer it, and it is left as it was."""

import json
import os
import pty
import re
import select
import signal
import sqlite3
import subprocess
import time

import pytest

from support import places
from support.orders import order
from support.program import waits_for_sqlite_lock, without_page
from support.waiting import wait_until

DEMO = places.ROOT / "pipelines" / "demo.yaml"
PIPELINE = places.ROOT / "pipelines" / "ecommerce_sales.yaml"
# What a frame of the live table, a progress bar, and a coloured log line may consist of.
OUR_SEQUENCES = re.compile(r"\x1b\[\?(?:2026|25|7)[hl]|\x1b\[\d+A|\x1b\[J|\x1b\[(?:0?|1|32|36|31;1|33;1)m")


class Tmux:
    """A real terminal emulator, with a shell in it."""

    def __init__(self, folder, width, height):
        self._command = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "PS1": "$ "}
        subprocess.run(
            [
                *self._command,
                "-u",
                "new-session",
                "-d",
                "-x",
                str(width),
                "-y",
                str(height),
                "-c",
                str(folder),
                "bash --norc --noprofile",
            ],
            env=environment,
            check=True,
        )

    def _run(self, *arguments):
        return subprocess.run([*self._command, *arguments], check=True, capture_output=True, text=True).stdout

    def type(self, line):
        self._run("send-keys", "-l", line)
        self._run("send-keys", "Enter")

    def press(self, key):
        self._run("send-keys", key)

    def resize(self, width, height):
        self._run("resize-window", "-x", str(width), "-y", str(height))

    def screen(self, scrollback=False):
        return self._run("capture-pane", "-p", *(["-S", "-"] if scrollback else []))

    def modes(self):
        return self._run("display-message", "-p", "#{cursor_flag} #{wrap_flag}").strip()

    def close(self):
        subprocess.run([*self._command, "kill-server"], check=False, capture_output=True)


@pytest.fixture
def tmux(tmp_path):
    terminal = Tmux(tmp_path, 100, 34)
    yield terminal
    terminal.close()


class OnTerminal:
    """The program with a terminal of its own as standard input, output and error; what it writes is kept as it is."""

    def __init__(self, *arguments, folder, **environment):
        folder.mkdir(parents=True, exist_ok=True)
        self.process_id, self._fd = pty.fork()
        if self.process_id == 0:
            os.chdir(folder)
            os.execve(
                places.binary(),
                [str(places.binary()), *without_page(arguments)],
                {**os.environ, "TERM": "xterm-256color", **environment},
            )
        self.written = ""
        self._status = None

    def _read(self):
        while select.select([self._fd], [], [], 0)[0]:
            try:
                data = os.read(self._fd, 65536)
            except OSError:  # the other side is closed
                return
            if not data:
                return
            self.written += data.decode(errors="replace")

    def wait_for(self, text, timeout_s=30.0):
        def seen():
            self._read()
            assert text in self.written, self.written[-2000:]
            return True

        wait_until(seen, timeout_s, f"{text!r} on the terminal")

    def type(self, text):
        os.write(self._fd, text.encode())

    def wait(self, timeout_s=30.0):
        """The exit status."""

        def ended():
            self._read()
            pid, status = os.waitpid(self.process_id, os.WNOHANG)
            if pid:
                self._status = os.waitstatus_to_exitcode(status)
            return pid

        wait_until(ended, timeout_s, "the program's end")
        self._read()
        return self._status

    def close(self):
        if self._status is None:
            os.kill(self.process_id, signal.SIGKILL)
            os.waitpid(self.process_id, 0)
        os.close(self._fd)


@pytest.fixture
def on_terminal(salestream):
    started = []

    def start(*arguments, **environment):
        started.append(OnTerminal(*arguments, folder=salestream.folder, **environment))
        return started[-1]

    yield start
    for program in started:
        program.close()


@pytest.fixture
def orders(salestream):
    salestream.folder.mkdir(parents=True, exist_ok=True)
    file = salestream.folder / "orders.jsonl"
    names = ["Laptop", "\x1b[31mred", "\x1b]0;owned\x07", "\x1b[2J\x1b[H", "a\rb\nc", "\u202etfel", "\x9b31m"]
    file.write_text(
        "".join(
            json.dumps(
                {"order_id": str(i), "products": [{"product_name": name, "quantity": 1, "price": 2}], "total_value": 2}
            )
            + "\n"
            for i, name in enumerate(names)
        )
        + "\x1b[31m no order\n"
    )
    return file


def orders_counted(screen):
    found = re.search(r"^([\d,]+) orders?, ", screen, re.M)
    assert found, screen
    return int(found[1].replace(",", ""))


def test_the_live_table_stays_in_place_and_ctrl_c_leaves_the_final_one(tmux):
    tmux.type(f"{places.binary()} run {DEMO} --http off --store sqlite:sales.db; echo \"ended with $?\"")
    first = wait_until(lambda: orders_counted(tmux.screen()), what="the live table")
    wait_until(lambda: orders_counted(tmux.screen()) > first, what="a table that moves")
    assert tmux.screen(scrollback=True).count("|product_name") == 1

    tmux.resize(50, 16)
    wait_until(lambda: "more" in tmux.screen() and tmux.screen().count("|product_name") == 1, what="a smaller table")
    tmux.resize(100, 34)
    counted = orders_counted(tmux.screen())
    wait_until(
        lambda: orders_counted(tmux.screen()) > counted and tmux.screen().count("|product_name") == 1,
        what="a larger table again",
    )

    tmux.press("C-c")
    wait_until(lambda: "ended with 0" in tmux.screen(), what="a clean stop")
    screen = tmux.screen()
    assert screen.count("|product_name") == 1, screen
    assert "stopped cleanly" in screen
    assert tmux.modes() == "1 1"  # the cursor is shown, long lines wrap


def test_log_lines_go_above_the_live_table(tmux, orders, tmp_path):
    # A folder of tmux's own: the salestream fixture's is where `orders` is.
    tmux.type(f"{places.binary()} run {PIPELINE} --http off --input {orders} --store sqlite:{tmp_path}/x.db")
    wait_until(lambda: "1 reject (invalid_json 1)" in tmux.screen() and "warning" in tmux.screen(), what="a reject")
    lines = tmux.screen().splitlines()
    warning = next(i for i, line in enumerate(lines) if " warning " in line)
    title = next(i for i, line in enumerate(lines) if line.startswith("ecommerce_sales: "))
    assert warning < title, "\n".join(lines)


def test_hostile_names_do_not_steer_the_terminal(on_terminal, orders):
    shown = on_terminal("run", PIPELINE, "--input", orders, "--store", "sqlite:sales.db")
    shown.wait_for("\\x1b[31mred")
    shown.wait_for("\\u{202e}tfel")
    shown.type("\x03")
    assert shown.wait() == 0
    rest = OUR_SEQUENCES.sub("", shown.written)
    assert set(re.findall(r"[\x00-\x1f\x7f-\x9f\u202e]", rest)) <= {"\r", "\n"}, rest
    # Between two frames nothing of the terminal is changed: each one undoes what it does.
    for mode in ("25l", "7l", "2026h"):
        undone = mode[:-1] + ("h" if mode[-1] == "l" else "l")
        assert shown.written.count(f"\x1b[?{mode}") == shown.written.count(f"\x1b[?{undone}") > 0


def test_the_live_table_tells_open_rejects_from_those_sent_again(on_terminal, kafka, pipelines):
    pipeline = pipelines(PIPELINE, kafka, kafka.new_topic(partitions=1))
    kafka.produce_exactly(pipeline.topic, [order(("Mouse", "1", "2.5")), b"{", b"["])
    shown = on_terminal("run", pipeline.path, COLUMNS="200", LINES="24")
    shown.wait_for("1 order, ")
    shown.wait_for("2 rejects (invalid_json 2)")
    pipeline.program.run("rejects", "resend", pipeline.path, "0:1")
    shown.wait_for("3 rejects: 2 open, 1 sent again (invalid_json 3)")  # the same once more, since it was not mended
    shown.type("\x03")
    assert shown.wait() == 0
    assert "in the store: 1 order, 3 rejects: 2 open, 1 sent again (invalid_json 3)" in shown.written
    # A run that ends before anybody has looked says so, too; and anywhere else than on a terminal.
    assert "3 rejects: 2 open, 1 sent again (invalid_json 3)" in pipeline.run().stderr


def test_no_color_and_dumb_terminals_are_respected(on_terminal, orders):
    arguments = ("run", PIPELINE, "--input", orders, "--store", "sqlite:sales.db")
    plain = on_terminal(*arguments, NO_COLOR="1")
    plain.wait_for("\\x1b[31mred")
    plain.type("\x03")
    assert plain.wait() == 0, plain.written[-1500:]
    assert not re.search(r"\x1b\[[\d;]*m", plain.written)
    dumb = on_terminal(*arguments, TERM="dumb")
    dumb.wait_for("\\x1b[31mred")
    dumb.type("\x03")
    assert dumb.wait() == 0, dumb.written[-1500:]
    assert not re.search(r"\x1b\[\?|\x1b\[\d*A", dumb.written)


def test_until_end_has_a_progress_bar(on_terminal, orders):
    arguments = (PIPELINE, "--input", orders, "--store", "sqlite:sales.db")
    shown = on_terminal("run", *arguments, "--until-end", "--console")
    assert shown.wait() == 0
    assert re.search(r"ecommerce_sales: 8 messages in ", shown.written)
    assert "\\x1b[31mred" in shown.written


def test_a_second_ctrl_c_ends_at_once(on_terminal, salestream):
    program = on_terminal("run", DEMO, "--store", "sqlite:sales.db")
    program.wait_for("product_name")
    # Another program holds the file, so the flush of the clean stop has to wait.
    other = sqlite3.connect(salestream.folder / "sales.db", isolation_level=None, timeout=30)
    other.execute("BEGIN EXCLUSIVE")
    wait_until(lambda: waits_for_sqlite_lock(program.process_id), what="a flush that waits for the lock")
    program.type("\x03")
    program.wait_for("once more ends at once")
    began_s = time.monotonic()

    # Twice within half a second counts as once, so press until it has been heard.
    def is_heard():
        program.type("\x03")
        program.wait_for("Nothing is lost", timeout_s=0.2)
        return True

    wait_until(is_heard, timeout_s=5, what="the second Ctrl+C")
    assert program.wait() == 1
    assert time.monotonic() - began_s < 5
    assert "Nothing is lost" in program.written
    other.close()
    # And so it is: the next run goes on from there.
    again = on_terminal("run", DEMO, "--store", "sqlite:sales.db")
    again.wait_for("product_name")
    again.type("\x03")
    assert again.wait() == 0


def test_reset_asks(on_terminal, salestream, orders):
    arguments = (PIPELINE, "--input", orders, "--store", "sqlite:sales.db")
    salestream.run("run", *arguments, "--until-end", "--quiet")
    for answer in ("n", "", "no"):
        asked = on_terminal("reset", *arguments)
        asked.wait_for("[y/N]")
        assert "product_sales: 7 rows" in asked.written
        assert "7 orders counted, 1 reject (invalid_json 1)" in asked.written
        asked.type(answer + "\n")
        assert asked.wait() == 1
        assert "Laptop" in salestream.run("totals", *arguments).stdout
    asked = on_terminal("reset", *arguments)
    asked.wait_for("[y/N]")
    asked.type("y\n")
    assert asked.wait() == 0
    assert "Laptop" not in salestream.run("totals", *arguments).stdout


@pytest.mark.parametrize("answer", ["Y", "yes", "s", " Sim "])
def test_reset_takes_a_yes_in_english_and_portuguese(on_terminal, salestream, orders, answer):
    arguments = (PIPELINE, "--input", orders, "--store", "sqlite:sales.db")
    salestream.run("run", *arguments, "--until-end", "--quiet")
    asked = on_terminal("reset", *arguments)
    asked.wait_for("[y/N]")
    asked.type(answer + "\n")
    assert asked.wait() == 0
    assert "tfel" not in salestream.run("totals", *arguments).stdout


@pytest.fixture
def long_names(salestream):
    """The arguments of a store with one long name among short ones, and a rejected message that is long."""
    salestream.folder.mkdir(parents=True, exist_ok=True)
    file = salestream.folder / "long.jsonl"
    file.write_text(
        "".join(
            json.dumps(
                {
                    "order_id": str(i),
                    "products": [{"product_name": name, "quantity": 1, "price": price}],
                    "total_value": price,
                }
            )
            + "\n"
            for i, (name, price) in enumerate([("Mouse", 1234567.5), ("long " * 40, 2), ("\ufeffMouse", 3)])
        )
        + "no order " * 40
        + "\n"
    )
    arguments = (PIPELINE, "--input", file, "--store", "sqlite:sales.db")
    salestream.run("run", *arguments, "--until-end", "--quiet")
    return arguments


def test_tables_fit_the_terminal(on_terminal, salestream, long_names):
    for command in (["totals"], ["status"], ["rejects", "list"]):
        shown = on_terminal(*command, *long_names, COLUMNS="80", LINES="24")
        assert shown.wait() == 0
        lines = [line for line in shown.written.splitlines() if line.startswith(("|", "+"))]
        assert lines and {len(line) for line in lines} == {len(lines[0])} and len(lines[0]) <= 80, shown.written
    wide = on_terminal("totals", *long_names, COLUMNS="200", LINES="24")
    assert wide.wait() == 0
    assert re.search(r"^\|Mouse {43}\|1,234,567\.50\|\r?$", wide.written, re.M), wide.written
    assert re.search(r"^\|long [a-z ]+…\| {8}2\.00\|\r?$", wide.written, re.M), wide.written
    assert "|\\u{feff}Mouse" in wide.written
    # Anywhere else they are whole and plain.
    piped = salestream.run("totals", *long_names).stdout
    assert "long " * 40 + "|2.00       |\n" in piped and "|1234567.50 |" in piped


def test_what_run_prints_on_a_terminal_fits_it(on_terminal, salestream, long_names):
    for flags, columns in ((), "80"), (("--console",), "80"), ((), "200"), (("--console",), "200"):
        shown = on_terminal("run", *long_names, *flags, COLUMNS=columns, LINES="24")
        shown.wait_for("1,234,567.50|")
        shown.type("\x03")
        assert shown.wait() == 0
        lines = [line for line in OUR_SEQUENCES.sub("", shown.written).splitlines() if line.startswith(("|", "+"))]
        assert lines and {len(line) for line in lines} == {len(lines[0])}, shown.written
        assert len(lines[0]) <= min(int(columns), 80), "a name of 200 letters is cut, however wide the terminal"
        assert re.search(r"^\|long [a-z ]+…\| {8}2\.00\|\r?$", shown.written, re.M), shown.written
    # Anywhere else they are whole and plain.
    piped = salestream.run("run", *long_names, "--until-end").stdout
    assert "long " * 40 + "|2.00       |\n" in piped and "|1234567.50 |" in piped


def test_csv_does_not_steer_a_terminal(on_terminal, salestream, orders):
    arguments = (PIPELINE, "--input", orders, "--store", "sqlite:sales.db")
    salestream.run("run", *arguments, "--until-end", "--quiet")
    shown = on_terminal("totals", *arguments, "--format", "csv")
    assert shown.wait() == 0
    assert set(re.findall(r"[\x00-\x1f\x7f-\x9f\u202e]", shown.written)) <= {"\r", "\n"}, shown.written
    assert "\\x1b[31mred,2.00" in shown.written and "\\u{202e}tfel,2.00" in shown.written
    assert "\x1b[31mred,2.00" in salestream.run("totals", *arguments, "--format", "csv").stdout, "exact bytes in a file"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_stop_cleanly_with_the_final_table(salestream, number):
    running = salestream.start("run", DEMO, "--store", "sqlite:sales.db")
    running.wait_for_output("|product_name")
    running.process.send_signal(number)
    assert running.wait() == 0
    assert running.stdout.rstrip().endswith("-+")
    final = running.stdout.strip().split("\n\n")[-1]
    assert salestream.run("totals", DEMO, "--store", "sqlite:sales.db").stdout.strip() == final
