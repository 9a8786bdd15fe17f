"""The program is hardened as cmake/Hardening.cmake says. The program itself is looked at, and, since Rust's and gRPC's
parts are hardened by others, the libraries of our own layers beside it too."""

import re
import subprocess

import pytest

from support import places


def readelf(*arguments):
    return subprocess.run(["readelf", "--wide", *arguments], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def program():
    return readelf("--file-header", "--program-headers", "--dynamic", "--dyn-syms", places.binary())


def imported(symbols):
    """The names of undefined symbols, without versions."""
    return set(re.findall(r" UND (\w+)", symbols))


def layers():
    """name -> symbols that its objects ask for, of each layer's library in the program's build folder."""
    found = {}
    for library in sorted((places.binary().parent / "src").rglob("libsalestream_*.a")):
        found[library.stem.removeprefix("libsalestream_")] = imported(readelf("--syms", library))
    return found


def test_it_is_loaded_at_a_random_address(program):
    assert re.search(r"^ +Type: +DYN ", program, re.M)
    assert re.search(r"\(FLAGS_1\) .*\bPIE\b", program)


def test_imported_addresses_are_read_only_once_it_has_started(program):
    assert re.search(r"^ +GNU_RELRO ", program, re.M)
    assert re.search(r"\(FLAGS\) .*\bBIND_NOW\b", program) and re.search(r"\(FLAGS_1\) .*\bNOW\b", program)


def test_its_stack_and_data_are_never_executed(program):
    (stack,) = re.findall(r"^ +GNU_STACK +(?:0x\w+ +){5}([RWE ]+?) +0x", program, re.M)
    assert stack == "RW"
    loaded = re.findall(r"^ +LOAD +(?:0x\w+ +){5}([RWE ]+?) +0x", program, re.M)
    assert "R E" in loaded
    assert [flags for flags in loaded if "W" in flags and "E" in flags] == []


def test_it_ends_when_its_stack_is_overwritten(program):
    assert "__stack_chk_fail" in imported(program)


def test_it_calls_the_checked_functions_of_the_c_library(program):
    assert [name for name in imported(program) if re.fullmatch(r"__\w+_chk", name)]


# What the program has of this could all be gRPC's.
def test_every_layer_of_ours_protects_its_stack():
    found = layers()
    assert {"core", "decode", "source", "engine", "web", "cli"} <= set(found)
    assert [name for name, asked in found.items() if "__stack_chk_fail" not in asked] == []


def test_layers_of_ours_call_checked_functions():
    checked = {name for asked in layers().values() for name in asked if re.fullmatch(r"__\w+_chk", name)}
    assert checked
