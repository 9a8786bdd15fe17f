"""What the shells offer when a person presses Tab, with the package installed (see test_package.py)."""

import os
import pty
import select
import time

import pytest

from support.helps import commands, options

BASH = "/usr/share/bash-completion/completions/salestream"
ASK_BASH = """
source "$1"
words=("${@:2}")
compopt() { :; }
COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1)) COMPREPLY=()
_salestream
printf '%s\\n' "${COMPREPLY[@]}"
"""
COMPLETIONS = [
    (["salestream", "ru"], {"run"}),
    (["salestream", "-v", "to"], {"totals"}),
    (["salestream", "--log-level", "d"], {"debug"}),
    (["salestream", "totals", "shop.yaml", "--fo"], {"--format"}),
    (["salestream", "totals", "shop.yaml", "--format", ""], {"table", "csv", "json"}),
    (["salestream", "status", "--format", "j"], {"json"}),
    (["salestream", "produce", "--partitions-key", ""], {"order_id", "none"}),
    (["salestream", "rejects", "res"], {"resend"}),
    (["salestream", "rejects", "resend", "--dry"], {"--dry-run"}),
]


@pytest.mark.parametrize("words, offered", COMPLETIONS, ids=[" ".join(words) for words, _ in COMPLETIONS])
def test_bash_and_fish_offer_what_is_taken(machine, words, offered):
    found = machine.run("bash", "--norc", "-c", ASK_BASH, "bash", BASH, *words).stdout.split()
    assert set(found) == offered
    done = machine.run("fish", "-c", f"complete -C '{' '.join(words)}'")
    assert {line.split("\t")[0] for line in done.stdout.splitlines()} == offered, done.stderr


def test_every_option_is_offered_and_no_other(machine):
    def offered(*words):
        return set(machine.run("bash", "--norc", "-c", ASK_BASH, "bash", BASH, "salestream", *words).stdout.split())

    found = commands(machine)
    assert offered("") == {each[0] for each in found}
    for command in found:
        assert offered(*command, "-") == options(machine, command) | {"--log-level", "--log", "-v", "--verbose"}
        if len(command) > 1:
            assert command[1] in offered(command[0], "")


class Terminal:
    """A shell on a terminal of its own, that a test types into."""

    def __init__(self, command):
        self._child, self._terminal = pty.fork()
        if self._child == 0:
            os.execvpe(command[0], command, {"PATH": os.environ["PATH"], "TERM": "dumb", "LC_ALL": "C.UTF-8"})
        self.shown = ""

    def type(self, text):
        os.write(self._terminal, text.encode())

    def await_shown(self, text, timeout_s=20):
        deadline_s = time.monotonic() + timeout_s
        while text not in self.shown:
            ready, _, _ = select.select([self._terminal], [], [], max(0.0, deadline_s - time.monotonic()))
            assert ready, f"{text!r} is not in what was shown: {self.shown!r}"
            self.shown += os.read(self._terminal, 4096).decode(errors="replace")

    def close(self):
        os.close(self._terminal)  # a shell ends when its terminal is closed
        os.waitpid(self._child, 0)


@pytest.mark.parametrize(
    "shell, begin",
    [
        (["bash", "--norc", "--noprofile", "-i"], f"source {BASH}"),
        (["zsh", "-f", "-i"], "autoload -U compinit; compinit -u -d /tmp/zcompdump"),
    ],
    ids=["bash", "zsh"],
)
def test_tab_completes(machine, shell, begin):
    terminal = Terminal(machine.command(*shell))
    try:
        terminal.type(begin + "; echo rea''dy\n")
        terminal.await_shown("ready\r\n")
        terminal.type("salestream tot\t")
        terminal.await_shown("salestream totals")
        terminal.type("--tab\t")
        terminal.await_shown("--table")
    finally:
        terminal.close()
