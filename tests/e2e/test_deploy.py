"""deploy/Dockerfile and deploy/compose.yaml, as far as it can be told without a container engine: they are well formed,
and the files, commands, options and variables that they name are there."""

import json
import re
import shlex
import subprocess

import pytest
import yaml

from support import places

ROOT = places.ROOT
INSTALLED = "/usr/share/salestream/pipelines/"
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "deploy" / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = sorted(name for name, service in SERVICES.items() if service["image"] == "salestream")


def instructions():
    """(instruction, argument) of the Dockerfile, lines joined."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.M)
    return [tuple(line.split(None, 1)) for line in re.sub(r"\\\n", " ", text).splitlines() if line.strip()]


def arguments_of(instruction):
    return [argument for name, argument in instructions() if name == instruction]


def check_command(salestream, command):
    """What `salestream COMMAND` would complain about is only the pipeline file, which is put out of the way."""
    name, pipeline, *options = command
    assert pipeline.startswith(INSTALLED) and (ROOT / "pipelines" / pipeline[len(INSTALLED) :]).is_file()
    ended = salestream.run(name, "no-such-file.yaml", *options, status=2)
    assert "no-such-file.yaml" in ended.stderr, ended.description()


def test_the_dockerfile_has_two_stages_and_knows_its_instructions():
    known = {
        "FROM",
        "WORKDIR",
        "COPY",
        "RUN",
        "USER",
        "VOLUME",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    }
    assert {name for name, _ in instructions()} == known
    assert arguments_of("FROM") == ["debian:12-slim AS build", "debian:12-slim"]
    names = [name for name, _ in instructions()]
    assert names.index("USER") > len(names) - 1 - names[::-1].index("RUN"), "root only builds"
    assert arguments_of("USER") == ["salestream"]


def test_the_dockerfile_copies_what_is_there_and_runs_what_is_there(salestream):
    build, package = arguments_of("COPY")
    assert build == ". ." and package == "--from=build /src/build/package/*.deb /tmp/"
    assert "tools/package" in arguments_of("RUN")[0] and (ROOT / "tools" / "package").stat().st_mode & 0o111
    assert "$root/build/package" in (ROOT / "tools" / "package").read_text()
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert "build" in ignored and not {"src", "tools", "docs", "deploy", "pipelines", "cmake"} & set(ignored)
    assert json.loads(arguments_of("ENTRYPOINT")[0]) == ["salestream"]
    check_command(salestream, json.loads(arguments_of("CMD")[0]))


@pytest.mark.parametrize(
    "options",
    [["--http", "127.0.0.1:0"], ["--http", "0.0.0.0:0", "--http-token-file", "token"]],
    ids=["alone", "composed"],
)
def test_the_health_check_is_true_of_a_run_and_false_without(salestream, options):
    """What the image asks itself, asked of a run on this machine, on another port."""
    check = json.loads(arguments_of("HEALTHCHECK")[0].split("CMD", 1)[1])
    assert "/8080 " in check[-1] and "8080" in arguments_of("EXPOSE")
    salestream.folder.mkdir()
    (salestream.folder / "token").write_text("0123456789abcdef0123456789abcdef")
    demo = ROOT / "pipelines" / "demo.yaml"
    running = salestream.start("run", demo, "--quiet", "--store", "sqlite:demo.db", *options)
    running.wait_for_output("web page: http://")
    port = re.search(r"web page: http://[^:]+:(\d+)", running.stderr)[1]
    words = [word.replace("/8080 ", f"/{port} ") for word in check]
    assert subprocess.run(words, check=False, timeout=30).returncode == 0
    running.terminate()
    assert subprocess.run(words, check=False, timeout=30, stderr=subprocess.DEVNULL).returncode != 0


def test_compose_names_what_is_there():
    assert OURS == ["init", "produce", "salestream"]
    for name, service in SERVICES.items():
        for other, condition in service.get("depends_on", {}).items():
            assert other in SERVICES, name
            if condition["condition"] == "service_healthy":
                assert "test" in SERVICES[other]["healthcheck"], f"{other} has no health check"
            else:
                assert condition["condition"] == "service_completed_successfully", name
        for volume in service.get("volumes", []):
            assert volume.split(":")[0] in COMPOSE["volumes"]
        for secret in service.get("secrets", []):
            assert secret in COMPOSE["secrets"]
    for name in OURS:
        build = SERVICES[name]["build"]
        assert (ROOT / "deploy" / build["context"]).resolve() == ROOT and (ROOT / build["dockerfile"]).is_file()


@pytest.mark.parametrize("name", OURS)
def test_composes_commands_are_salestreams(salestream, name, tmp_path):
    command = SERVICES[name]["command"]
    token = tmp_path / "token"
    token.write_text("0123456789abcdef0123456789abcdef")
    for secret in SERVICES[name].get("secrets", []):
        assert f"/run/secrets/{secret}" in command
    check_command(salestream, [token if str(word).startswith("/run/secrets/") else word for word in command])


@pytest.mark.parametrize("name", OURS)
def test_the_variables_are_those_of_the_pipeline_file(name):
    pipeline = SERVICES[name]["command"][1][len(INSTALLED) :]
    text = re.sub(r"(^|\s)#.*", "", (ROOT / "pipelines" / pipeline).read_text(), flags=re.M)
    used = set(re.findall(r"\$\{(\w+)", text))
    given = SERVICES[name]["environment"]
    assert set(given) == used
    for address in given.values():
        host, port = address.split(":")
        assert host in SERVICES and port in ("9092", "9042")


def test_the_token_in_the_document_is_the_one_that_compose_takes():
    variable = COMPOSE["secrets"]["token"]["environment"]
    text = (ROOT / "docs" / "install.md").read_text()
    (line,) = [line for line in text.splitlines() if line.endswith("compose.yaml up")]
    assert shlex.split(line.replace("$(", "'$(").replace(")", ")'"))[1].startswith(f"{variable}=")
    assert "compose.yaml run --rm produce" in text and "produce" in SERVICES
