"""The Debian package: made by cpack from the build folder of the program under test, really installed, used and purged,
on a machine of its own (support/machine.py)."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import urllib.request

import pytest

from support import places
from support.helps import commands, options
from support.program import Running
from support.waiting import wait_until

LARGEST_BYTES = 15_000_000
UNIT = "/usr/lib/systemd/system/salestream@.service"
SHIPPED = sorted(path.name for path in (places.ROOT / "pipelines").glob("*.yaml"))
MAN = "/usr/share/man"


def field(package, name):
    return subprocess.run(["dpkg-deb", "-f", package, name], capture_output=True, text=True, check=True).stdout.strip()


def contents(package):
    """path -> (mode, owner), of everything but folders."""
    listed = subprocess.run(["dpkg-deb", "-c", package], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 5) for line in listed.splitlines()]
    return {row[5].split(" -> ")[0].lstrip("."): (row[0], row[1]) for row in rows if not row[0].startswith("d")}


# What is in it.


def test_it_is_named_and_described_as_debian_does(package, salestream):
    version = salestream.run("--version").stdout.split()[1]
    architecture = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True)
    assert package.name == f"salestream_{version}_{architecture.stdout.strip()}.deb"
    assert field(package, "Version") == version
    depends = field(package, "Depends")
    for library in ("libc6 (>=", "librdkafka1", "libsqlite3-0", "libssl3", "libjemalloc2"):
        assert library in depends
    assert field(package, "Description").startswith("exact totals per product")


def test_it_has_what_a_person_looks_for_and_root_owns_it(package):
    found = contents(package)
    expected = {
        "/usr/bin/salestream",
        UNIT,
        "/etc/salestream/demo.yaml",
        f"{MAN}/man1/salestream.1.gz",
        f"{MAN}/man5/salestream-pipeline.5.gz",
        "/usr/share/bash-completion/completions/salestream",
        "/usr/share/zsh/vendor-completions/_salestream",
        "/usr/share/fish/vendor_completions.d/salestream.fish",
        "/usr/share/doc/salestream/copyright",
        "/usr/share/doc/salestream/changelog.gz",
        "/usr/share/doc/salestream/examples",
    }
    expected |= {f"/usr/share/salestream/pipelines/{name}" for name in SHIPPED}
    expected |= {f"/usr/share/doc/salestream/{path.name}" for path in (places.ROOT / "docs").glob("*.md")}
    assert set(found) == expected
    modes = {"/usr/bin/salestream": "-rwxr-xr-x", "/usr/share/doc/salestream/examples": "lrwxrwxrwx"}
    for path, (mode, owner) in found.items():
        assert (mode, owner) == (modes.get(path, "-rw-r--r--"), "root/root"), path


def test_the_changelog_is_of_this_version(package):
    first = (places.ROOT / "deploy" / "debian" / "changelog").read_text().splitlines()[0]
    assert first.startswith(f"salestream ({field(package, 'Version')}) ")


def test_the_program_is_small_and_stripped(machine):
    assert int(machine.run("stat", "-c", "%s", "/usr/bin/salestream").stdout) <= LARGEST_BYTES
    sections = machine.run("readelf", "--sections", "--wide", "/usr/bin/salestream").stdout
    assert ".text" in sections and ".symtab" not in sections and ".debug" not in sections


@pytest.mark.skipif(shutil.which("lintian") is None, reason="lintian is not installed")
def test_lintian_finds_nothing(package):
    done = subprocess.run(
        ["lintian", "--allow-root", "--tag-display-limit", "0", package],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout == ""


# The program as it is installed.


def test_the_demo_runs_in_any_folder(machine, tmp_path):
    assert re.fullmatch(r"salestream \d+\.\d+\.\d+\n", machine.run("salestream", "--version").stdout)
    folder = machine.run("mktemp", "-d").stdout.strip()
    demo = "/usr/share/salestream/pipelines/demo.yaml"
    running = Running(
        machine.command("salestream", "run", demo, "--http", "off", folder=folder), tmp_path, dict(os.environ)
    )
    running.wait_for_output("|Smartphone")
    assert running.terminate() == 0
    totals = machine.run("salestream", "totals", demo, "--store", f"sqlite:{folder}/demo.db").stdout
    assert "|Smartphone" in totals


@pytest.mark.parametrize("name", SHIPPED)
def test_pipeline_files_are_the_repositorys_and_name_what_is_there(machine, name):
    text = machine.run("cat", f"/usr/share/salestream/pipelines/{name}").stdout
    assert machine.run("cat", f"/usr/share/doc/salestream/examples/{name}").stdout == text
    assert "./run" not in text and "docs/" not in text and "build/" not in text

    def values(text):
        return [line for line in (re.sub(r"(^|\s+)#.*", "", line) for line in text.splitlines()) if line]

    assert values(text) == values((places.ROOT / "pipelines" / name).read_text().replace("build/demo.db", "demo.db"))
    for path in re.findall(r"/usr/share/[\w/.-]+\w", text):
        machine.run("test", "-e", path)


# The service.


def unit_settings():
    """name -> values of the unit, in order."""
    settings = {}
    for line in (places.ROOT / "deploy" / "salestream@.service").read_text().splitlines():
        name, is_setting, value = line.partition("=")
        if is_setting and not line.startswith("#"):
            settings.setdefault(name, []).append(value)
    return settings


def allowed_calls(expression):
    """The kernel's calls in a set of systemd's such as "@system-service", by name."""
    listed = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager", expression], capture_output=True, text=True, check=True
    ).stdout
    names = [line.strip() for line in listed.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    calls = {name for name in names if not name.startswith("@")}
    for name in names:
        if name.startswith("@"):
            calls |= allowed_calls(name)
    return calls


needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")


@needs_systemd
def test_systemd_takes_the_unit_and_calls_it_safe(machine):
    name = "salestream@demo.service"
    machine.run("cp", UNIT, f"/etc/systemd/system/{name}")
    done = machine.run("systemd-analyze", "verify", name)
    assert [line for line in done.stderr.splitlines() if "salestream" in line] == []
    shown = machine.run("systemd-analyze", "security", "--offline=yes", "--threshold=15", "--no-pager", name).stdout
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", shown)[1]
    assert f"exposure of {exposure} " in re.sub(r"\s+", " ", (places.ROOT / "docs" / "install.md").read_text())
    machine.run("rm", f"/etc/systemd/system/{name}")


def traced(machine, tmp_path, name, until, **environment):
    """The kernel calls of the service salestream@NAME: its command, in its folder, as a user that is not root, started,
    and ended by SIGTERM once `until(running)` returns."""
    settings = unit_settings()
    command = settings["ExecStart"][0].replace("%i", name).replace("$SALESTREAM_OPTIONS", "--http 127.0.0.1:0")
    folder = settings["WorkingDirectory"][0]
    machine.run("install", "-d", "-o", "nobody", folder)
    words = [f"{name}={value}" for name, value in environment.items()]
    running = Running(
        machine.command(
            *words,
            "strace",
            "-u",
            "nobody",
            "-f",
            "-qq",
            "-s",
            "200",
            "-o",
            "/tmp/trace",
            *command.split(),
            folder=folder,
        ),
        tmp_path,
        dict(os.environ),
    )
    try:
        until(running)
        strace = running.process.pid
        (program,) = pathlib.Path(f"/proc/{strace}/task/{strace}/children").read_text().split()
        os.kill(int(program), signal.SIGTERM)
        assert running.wait() == 0, running.description()
    finally:
        if running.alive():
            running.kill()
    return machine.run("cat", "/tmp/trace").stdout.splitlines()


def check_allowed(trace):
    """Every kernel call is in SystemCallFilter, every socket's family in RestrictAddressFamilies, and files are made in
    StateDirectory only."""
    settings = unit_settings()
    calls = {match[1] for line in trace for match in [re.match(r"\d+ +(\w+)\(", line)] if match}
    assert {"execve", "epoll_wait"} <= calls
    allowed = set()
    for value in settings["SystemCallFilter"]:
        for name in value.lstrip("~").split():
            allowed = allowed - allowed_calls(name) if value.startswith("~") else allowed | allowed_calls(name)
    assert sorted(calls - allowed) == []
    families = {match[1] for line in trace for match in [re.search(r"\bsocket\((AF_\w+)", line)] if match}
    assert families and families <= set(settings["RestrictAddressFamilies"][0].split())
    made = {match[1] for line in trace for match in [re.search(r'\bopenat\([^"]*"([^"]+)".*O_CREAT', line)] if match}
    assert all(path.startswith(settings["WorkingDirectory"][0]) or not path.startswith("/") for path in made), made


@needs_systemd
def test_the_demos_service_does_what_its_unit_allows(machine, tmp_path):
    def has_totals_on_its_page(running):
        running.wait_for_output("web page: http://")
        address = re.search(r"web page: (http://\S+)", running.stderr)[1]

        def has_totals():
            with urllib.request.urlopen(f"{address}/api/totals?limit=1", timeout=5) as answer:
                return b"Smartphone" in answer.read()

        wait_until(has_totals, 30, "totals on the web page")

    check_allowed(traced(machine, tmp_path, "demo", has_totals_on_its_page))


@needs_systemd
def test_so_does_that_of_a_topic_and_cassandra(machine, tmp_path, kafka, cassandra):
    topic, keyspace = kafka.new_topic(), cassandra.new_keyspace()
    file = machine.run("cat", "/usr/share/salestream/pipelines/ecommerce_sales.yaml").stdout
    for key, value, own in (("topic", "ecommerce_sales", topic), ("keyspace", "ecommerce", keyspace)):
        file = file.replace(f"{key}: {value}", f"{key}: {own}")
    machine.write("/etc/salestream/shop.yaml", file.encode())
    places_of = {"KAFKA_BROKERS": kafka.bootstrap, "CASSANDRA": cassandra.contact_points}
    machine.run("salestream", "init", "/etc/salestream/shop.yaml", **places_of)
    machine.run("salestream", "produce", "/etc/salestream/shop.yaml", "--count", "100", "--rate", "max", **places_of)

    def has_totals(_):
        wait_until(lambda: cassandra.query(f"SELECT product_name FROM {keyspace}.product_sales"), 60, "totals")

    check_allowed(traced(machine, tmp_path, "shop", has_totals, **places_of))
    machine.run("rm", "/etc/salestream/shop.yaml")


# Manual pages.


def manual(machine, page):
    done = machine.run(
        "man",
        "--warnings",
        "--encoding=UTF-8",
        "-Tutf8",
        "-l",
        page,
        MANWIDTH="100",
        LC_ALL="C.UTF-8",
        MAN_KEEP_FORMATTING="",
        MANROFFOPT="-c",
    )
    assert done.stderr == ""
    return re.sub(r".\x08", "", done.stdout)


def test_the_manual_page_has_every_command_and_option_that_help_has(machine):
    text = manual(machine, f"{MAN}/man1/salestream.1.gz")
    assert re.search(r"^NAME\n +salestream - exact totals", text, re.M)
    sections = dict(re.findall(r"^(\S.*)\n((?:(?: .*)?\n)+)", text, re.M))
    found = commands(machine)
    assert {name for name in sections if name.startswith("salestream ")} == {f"salestream {each[0]}" for each in found}
    for command in found:
        for option in options(machine, command) - {"-h", "--help"}:
            assert re.search(rf"^ +.*{option}\b", sections[f"salestream {command[0]}"], re.M), f"{command} {option}"
    for path in ("/etc/salestream/NAME.yaml", "/usr/share/salestream/pipelines"):
        assert path in sections["Files"]


def test_the_other_one_has_every_key_of_a_pipeline_file(machine):
    text = manual(machine, f"{MAN}/man5/salestream-pipeline.5.gz")
    document = (places.ROOT / "docs" / "pipeline-file.md").read_text()
    keys = re.findall(r"^\| `([a-z_.<>]+)` \|", document, re.M)
    assert len(keys) > 30
    for key in keys:
        assert re.search(rf"^ +{re.escape(key)}(\s|$)", text, re.M), key


# And removed again.


def traces(machine):
    found = machine.run(
        "find",
        "/etc",
        "/usr",
        "/var/lib",
        "-name",
        "*salestream*",
        "-not",
        "-path",
        "/var/lib/dpkg/*",
        "-not",
        "-path",
        "/usr/local/*",
    ).stdout
    return sorted(found.splitlines())


def test_removed_it_leaves_settings_and_totals_and_purged_only_what_a_person_wrote(machine):
    conffile, own = "/etc/salestream/demo.yaml", "/etc/salestream/shop.yaml"
    database = "/var/lib/private/salestream/demo.db"
    wanted = "/etc/systemd/system/multi-user.target.wants/salestream@demo.service"
    machine.run("mkdir", "-p", pathlib.Path(database).parent, pathlib.Path(wanted).parent)
    machine.write(own, b"pipeline: shop\n")
    machine.write(database, b"totals")
    machine.run("ln", "-sf", UNIT, wanted)
    machine.run("dpkg", "--no-triggers", "-r", "salestream")
    machine.run("test", "-e", "/usr/bin/salestream", status=1)
    for kept in (conffile, own, database):
        machine.run("test", "-e", kept)
    machine.run("dpkg", "--no-triggers", "-P", "salestream")
    assert traces(machine) == ["/etc/salestream"]
    assert machine.run("ls", "-A", "/etc/salestream").stdout == "shop.yaml\n"
    assert machine.run("dpkg", "-s", "salestream", status=None).returncode != 0
    machine.run("rm", "-r", "/etc/salestream")
