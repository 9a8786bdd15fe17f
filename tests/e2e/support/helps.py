"""What the help of an installed program says."""

import re


def commands(machine, *of):
    """The commands in its help: ["run"], …, and of those that have further ones, ["rejects", "list"], …"""
    shown = machine.run("salestream", *of, "--help").stdout
    if "Subcommands:" not in shown:
        return [list(of)]
    names = re.findall(r"^  (\w+) ", shown.split("Subcommands:\n")[1].split("\n\n")[0], re.M)
    return [each for name in names for each in commands(machine, *of, name)]


def options(machine, command):
    """The names of the options in a command's help."""
    shown = machine.run("salestream", *command, "--help").stdout
    lines = re.findall(r"^  (-\S+)", shown.split("Options:\n")[1], re.M)
    return {name for line in lines for name in line.split(",")}
