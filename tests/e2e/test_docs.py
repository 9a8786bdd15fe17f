"""The documents are true: their links lead somewhere, the folders they name are there, the commands they show parse,
and the examples of orders come out as they say."""

import hashlib
import json
import os
import re
import shlex
import sqlite3
import subprocess

import pytest
import yaml

from support import places

ROOT = places.ROOT
README = ROOT / "README.md"
IN_PORTUGUESE = ROOT / "README.pt-BR.md"
ORDERS = ROOT / "docs" / "orders.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
CHANGELOG = ROOT / "CHANGELOG.md"
FOR_CONTRIBUTORS = [CHANGELOG, CONTRIBUTING, ROOT / "SECURITY.md", ROOT / ".github" / "pull_request_template.md"]
DOCUMENTS = sorted([README, *FOR_CONTRIBUTORS, *ROOT.glob("docs/*.md"), *ROOT.glob("tests/**/README.md")])
ECOMMERCE = ROOT / "pipelines" / "ecommerce_sales.yaml"
VENDAS = ROOT / "pipelines" / "vendas_ecommerce.yaml"


def short(path):
    return str(path.relative_to(ROOT))


def fenced(text, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)


def without_fenced(text):
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)


def without_comments(yaml):
    lines = [re.sub(r"(^|\s+)#.*", "", line) for line in yaml.splitlines()]
    return [line for line in lines if line]


# Links.


def anchors(document):
    """The names of a document's headings as GitHub makes them."""
    text = without_fenced(document.read_text())
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", text, re.M)
    }


@pytest.mark.parametrize("document", [*DOCUMENTS, IN_PORTUGUESE], ids=short)
def test_every_link_leads_somewhere(document):
    text = without_fenced(document.read_text())
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith("https://"):
            continue
        file, _, anchor = target.partition("#")
        linked = (document.parent / file).resolve() if file else document
        assert linked.exists(), f"{short(document)} links {target}, and there is no such file"
        assert not anchor or anchor in anchors(linked), f"{short(document)} links {target}, which has no such heading"


# Folders.


def readme_tree():
    """The paths in the README's tree of folders."""
    (block,) = [b for b in fenced(README.read_text(), "text") if "src/" in b]
    paths, above = [], []
    for line in filter(None, block.splitlines()):
        name = line.split()[0]
        depth = (len(line) - len(line.lstrip())) // 2
        above[depth:] = [name]
        paths.append("".join(above))
    return paths


def test_the_readme_lists_every_folder_and_no_other():
    listed = readme_tree()
    for path in listed:
        assert (ROOT / path).exists(), f"README.md lists {path}, which is not there"
    known = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split()
    folders = {f"{file.split('/')[0]}/" for file in known if "/" in file and not file.startswith(".")}
    folders |= {"/".join(file.split("/")[:2]) + "/" for file in known if re.match(r"(src|tests)/[^/]+/", file)}
    assert sorted(folders - set(listed)) == []


def dependencies(layer):
    """The layers that it may include, by its CMakeLists.txt."""
    text = re.sub(r"#.*", "", (ROOT / "src" / layer / "CMakeLists.txt").read_text())
    call = re.search(rf"salestream_layer\({layer}\b(.*?)\)", text, re.S)[1]
    found = re.search(r"\bDEPENDS\b((?:\s+[a-z_]+)+)", call)
    return set(found[1].split()) if found else set()


def test_the_table_of_layers_is_what_cmake_links():
    listed = re.findall(r"^add_subdirectory\((\w+)\)$", (ROOT / "src" / "CMakeLists.txt").read_text(), re.M)
    text = (ROOT / "docs" / "architecture.md").read_text()
    rows = re.findall(r"^\| \[(\w+)\]\(\.\./src/\1\) \| .* \| ?([^|]*) ?\|$", text, re.M)
    assert [layer for layer, _ in rows] == listed
    for layer, uses in rows:
        words = set(re.findall(r"\w+", uses))
        if "all" in words:
            words = set(listed) - words - {layer}
        assert words == dependencies(layer), layer


# Commands.


def shown_commands():
    """(document, words) of each command behind a `$ `, and of each indented line that begins with a program of ours."""
    found = []
    for document in DOCUMENTS:
        text = re.sub(r"\\\n\s+", "", document.read_text())
        for line in re.findall(r"^\$ (.+)$|^    ((?:salestream|\./run|\./test|tools/services) .+)$", text, re.M):
            line = "".join(line)
            if "[" in line:
                continue  # a synopsis
            lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
            lexer.whitespace_split = True
            words = []
            for word in [*lexer, "|"]:
                if word in ("|", "&&", ";", "&"):
                    found += [(short(document), words)] if words else []
                    words = []
                else:
                    words.append(word)
    return [(document, words[: words.index(">")] if ">" in words else words) for document, words in found]


COMMANDS = shown_commands()
OURS = {"salestream", "./run", "./test", "tools/services", "tools/setup"}


def test_commands_are_found():
    assert {words[0] for document, words in COMMANDS if document == "README.md"} >= {
        "./run",
        "./test",
        "tools/services",
    }


@pytest.mark.parametrize("words", [each for _, each in COMMANDS if each[0] in OURS and len(each) > 1], ids=" ".join)
def test_every_command_shown_parses(salestream, words):
    program, *arguments = words
    if program in ("salestream", "./run"):
        check_salestream(salestream, arguments)
        return
    assert os.access(ROOT / program, os.X_OK)
    if arguments[0] == "cqlsh":
        del arguments[1:]  # the rest is cqlsh's own
    command = [ROOT / program, *arguments, "--help"]
    helped = subprocess.run(command, capture_output=True, text=True, check=False)
    assert helped.returncode == 0, helped.stderr
    for name in arguments:
        assert name.split("=")[0] in helped.stdout, f"{program} --help says nothing of {name}"


def check_salestream(salestream, arguments):
    """All arguments are good if, with a pipeline file that is not there, that is the only thing to complain about."""
    if arguments[0].startswith("-") or "--help" in arguments or arguments[0] in ("completion", "help"):
        salestream.run(*arguments)
        return
    words = 2 if arguments[0] in ("rejects", "spark") else 1  # of the command
    assert len(arguments) > words, f"{arguments[0]} without a pipeline file"
    if arguments[1] == "--from-sample":
        ended = salestream.run("init", "--from-sample", "no-such-file.jsonl", status=1)
        assert "no-such-file.jsonl" in ended.stderr, ended.description()
        assert set(re.findall(r"--[a-z-]+", " ".join(arguments))) <= set(
            re.findall(r"--[a-z-]+", salestream.run("init", "--help").stdout)
        )
        return
    command, pipeline, options = arguments[:words], arguments[words], arguments[words + 1 :]
    if pipeline.startswith("pipelines/"):
        assert (ROOT / pipeline).exists()
    names = re.findall(r"(--?[a-z][a-z-]*)", salestream.run(*command, "--help").stdout)
    for option in options:
        assert not re.match(r"--?[a-z]", option) or option in names, f"{' '.join(command)} --help has no {option}"
    if command == ["reset"]:
        options.append("--yes")
    ended = salestream.run(*command, "no-such-file.yaml", *options, status=2)
    assert "no-such-file.yaml" in ended.stderr, ended.description()


def test_the_readme_has_every_command(salestream):
    text = salestream.run("--help").stdout
    commands = re.findall(r"^  (\w+) ", text.split("Subcommands:\n")[1].split("\n\n")[0], re.M)
    listed = re.findall(r"^\| \[`(\w+)`\]", README.read_text(), re.M)
    assert sorted(listed) == sorted(commands)


def test_the_readme_shows_the_shipped_pipeline_file():
    (shown,) = [block for block in fenced(README.read_text(), "yaml") if block.startswith("pipeline:")]
    assert without_comments(shown) == without_comments(ECOMMERCE.read_text())


# The README in Portuguese. What is not prose is the English one's, so the tests of that hold for both.


def sections(document):
    """(level, text) of each heading with what stands under it, in order."""
    parts = re.split(r"^(```.*?^```$)|^(?=#+ )", document.read_text(), flags=re.M | re.S)
    found = []
    for part in filter(None, parts):
        level = re.match(r"#+ ", part)
        if level:
            found.append([len(level[0]) - 1, ""])
        found[-1][1] += part
    return found


def code_blocks(text):
    """(language, lines) of each fenced block, without comments: those of YAML, and what the tree says of a folder."""
    blocks = []
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S):
        if language == "yaml":
            lines = without_comments(block)
        else:
            lines = [re.sub(r"^( *[\w/-]+/) +.*", r"\1", line) for line in block.splitlines()]
        blocks.append((language, lines))
    return blocks


def untranslated(text):
    """What is the same in every language, for one section."""
    prose = without_fenced(text)
    links = [re.sub("^#.*", "#", target) for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)]+)\)", prose)]
    return {
        "code blocks": code_blocks(text),
        "links": sorted("the other README" if link in (README.name, IN_PORTUGUESE.name) else link for link in links),
        "addresses": sorted(re.findall(r"<(https?:[^>]+)>", prose)),
        "images": re.findall(r"!\[[^\]]*\]\(([^)]+)\)", prose),
        "names in the text": sorted(re.findall(r"`([^`\n]+)`", prose)),
        "cells of table rows": [len(re.findall(r"\|", row)) for row in re.findall(r"^\|.*", prose, re.M)],
    }


def test_the_readme_in_portuguese_says_what_the_english_one_says():
    english, portuguese = sections(README), sections(IN_PORTUGUESE)
    assert [level for level, _ in portuguese] == [level for level, _ in english]
    for (_, theirs), (_, ours) in zip(english, portuguese, strict=True):
        heading = theirs.splitlines()[0]
        same = untranslated(theirs)
        for what, found in untranslated(ours).items():
            assert found == same[what], f"{short(IN_PORTUGUESE)}: other {what} than README.md has under “{heading}”"


@pytest.mark.parametrize(("document", "other"), [(README, IN_PORTUGUESE), (IN_PORTUGUESE, README)])
def test_each_readme_begins_with_a_link_to_the_other(document, other):
    _title, _, line = document.read_text().splitlines()[:3]
    assert line.endswith(f"]({other.name})")


# What a contributor looks for.


def test_the_license_is_the_apache_license_to_the_letter():
    assert hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == (
        "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
    )
    debian = (ROOT / "deploy" / "debian" / "copyright").read_text()
    assert re.search(r"^Files: \*\nCopyright: .+\nLicense: Apache-2\.0$", debian, re.M)


def test_every_source_file_is_under_that_license():
    sources = [path for path in places.files_in_git() if path.suffix in (".cc", ".h", ".java", ".rs")]
    assert sources
    for source in sources:
        with open(source, encoding="utf-8") as lines:
            assert next(lines).strip() == "// SPDX-License-Identifier: Apache-2.0", short(source)


def versions_in_changelog():
    """(version, date or "unreleased") of each section, in the file's order."""
    headings = re.findall(r"^## (.*)$", CHANGELOG.read_text(), re.M)
    matches = [re.fullmatch(r"\[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2}|unreleased)", each) for each in headings]
    assert all(matches), headings
    return [match.groups() for match in matches]


def test_the_changelog_begins_with_the_version_that_is_built(salestream):
    version = re.search(r"^project\(salestream VERSION (\S+)", (ROOT / "CMakeLists.txt").read_text(), re.M)[1]
    assert salestream.run("--version").stdout == f"salestream {version}\n"
    assert versions_in_changelog()[0][0] == version


def test_the_changelog_has_the_newest_first_and_dates_of_what_is_released():
    versions = [tuple(map(int, version.split("."))) for version, _ in versions_in_changelog()]
    assert versions == sorted(set(versions), reverse=True)
    dates = [date for _, date in versions_in_changelog()]
    assert "unreleased" not in dates[1:]
    assert dates[1:] == sorted(dates[1:], reverse=True)
    kinds = set(re.findall(r"^### (.*)$", CHANGELOG.read_text(), re.M))
    assert kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_packages_changelog_has_the_same_versions():
    debian = (ROOT / "deploy" / "debian" / "changelog").read_text()
    packaged = re.findall(r"^salestream \((\S+)\) ", debian, re.M)
    assert packaged == [version for version, _ in versions_in_changelog()]


def names_in_text(document):
    return re.findall(r"`([^`\n]+)`", without_fenced(document.read_text()))


@pytest.mark.parametrize("document", FOR_CONTRIBUTORS, ids=short)
def test_paths_and_scripts_named_to_contributors_are_there(document):
    """A path begins with a name that is in the tree's root, or looks like a file there. What is built need not be."""
    top = {path.name for path in ROOT.iterdir()} | {"build"}
    for name in names_in_text(document):
        path = name.split()[0].removeprefix("./")
        if path.split("/")[0] not in top and not re.fullmatch(r"[A-Z]+\.md|\.[a-z]+(-[a-z]+|config)", path):
            continue
        if path.split("/")[0] == "build":
            continue
        assert (ROOT / path).exists(), f"{short(document)} names {name}, which is not there"
        if name.startswith("./") or path.startswith("tools/"):
            assert os.access(ROOT / path, os.X_OK), f"{short(document)} names {name}, which can't be run"


def test_scripts_shown_to_contributors_are_there():
    shown = [words for document, words in COMMANDS if document == short(CONTRIBUTING)]
    assert {"tools/setup", "tools/build", "tools/check"} <= {words[0] for words in shown}
    for words in shown:
        assert os.access(ROOT / words[0], os.X_OK), words[0]
        if words[0] == "tools/build":
            presets = json.loads((ROOT / "CMakePresets.json").read_text())["configurePresets"]
            assert words[1] in {preset["name"] for preset in presets if not preset.get("hidden")}
        if words[0] == "tools/check":
            check_quick_loop(*words[1:])


def check_quick_loop(layer, *options):
    """The layer is one, and the tests that are picked out are there."""
    assert (ROOT / "src" / layer / "CMakeLists.txt").is_file()
    tests = "".join(path.read_text() for path in (ROOT / "src" / layer).rglob("*_test.cc"))
    for option in options:
        name = re.fullmatch(r"--gtest_filter=(\w+)\*", option)[1]
        assert re.search(rf"^TEST(_[FP])?\({name}", tests, re.M), f"no test in {layer} begins with {name}"


PARTS_OF_TEST = [
    name for document in FOR_CONTRIBUTORS for name in names_in_text(document) if name.startswith("./test ")
]


@pytest.mark.parametrize("command", sorted(set(PARTS_OF_TEST)))
def test_parts_of_the_tests_named_to_contributors_are_there(command):
    parts, _, picked = command.removeprefix("./test ").partition(" -- ")
    done = subprocess.run([ROOT / "test", *parts.split(), "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    if picked.startswith("--"):
        assert f'"{picked}"' in (ROOT / "tests" / "e2e" / "conftest.py").read_text()
    elif picked:
        word = re.fullmatch(r"-k (\w+)", picked)[1]
        files = list((ROOT / "tests" / "e2e").glob("test_*.py"))
        names = [path.name for path in files]
        names += re.findall(r"^def (test_\w+)", "".join(path.read_text() for path in files), re.M)
        assert [name for name in names if word in name], f"no end-to-end test has {word} in its name"


# GitHub's files, as far as they can be checked without GitHub.

GITHUB = ROOT / ".github"


def test_the_workflow_runs_every_test_and_keeps_their_logs():
    workflow = yaml.safe_load((GITHUB / "workflows" / "ci.yml").read_text())
    assert set(workflow[True]) >= {"push", "pull_request"}  # YAML 1.1 takes `on` for true
    (job,) = workflow["jobs"].values()
    assert job["container"]["image"] == "debian:12"
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert "bash .ci/run" in commands and (ROOT / ".ci" / "run").is_file()
    uses = [step["uses"] for step in job["steps"] if "uses" in step]
    assert [each for each in uses if not re.fullmatch(r"actions/[a-z-]+@v\d+", each)] == []
    (kept,) = [step for step in job["steps"] if "upload-artifact" in step.get("uses", "")]
    assert kept["if"] == "failure()" and kept["with"]["path"] == short(places.LOGS)


@pytest.mark.parametrize("name", ["bug_report", "feature_request"])
def test_forms_for_issues_have_what_github_asks_of_them(name):
    form = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / f"{name}.yml").read_text())
    assert form["name"] and form["description"]
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert {field["type"] for field in fields} <= {"input", "textarea", "dropdown", "checkboxes"}
    assert all(field["attributes"]["label"] for field in fields)
    ids = [field["id"] for field in fields]
    assert len(set(ids)) == len(ids)
    assert any(field.get("validations", {}).get("required") for field in fields)


# Examples of orders.


def reject_examples():
    """(reason, message or None) of each row of the table of reasons."""
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|", ORDERS.read_text().split("### Every reason")[1], re.M)
    return [(reason, match and match[1]) for reason, cell in rows for match in [re.match(r" `(.*?)`", cell)]]


# What can't be shown on a page.
UNSEEN = {
    "message_too_large": b'{"products": []}' + b" " * (4 << 20),
    "invalid_utf8": '{"products": [], "note": "até"}'.encode("latin-1"),
    "too_deep": b'{"products": [], "x": ' + b"[" * 1024 + b"]" * 1024 + b"}",
    "keys_too_large": json.dumps(
        {"client_document": "x" * 32768, "products": [{"product_name": "Mouse", "quantity": 1, "price": 1}] * 128}
    ).encode(),
    "key_too_long": json.dumps({"products": [{"product_name": "x" * 32769, "quantity": 1, "price": 1}]}).encode(),
}


def reasons_of(salestream, pipeline, messages):
    """The reasons for which these messages are rejected, in order; "" for one that counts."""
    salestream.folder.mkdir(parents=True, exist_ok=True)
    orders = salestream.folder / "orders.jsonl"
    orders.write_bytes(b"".join(message + b"\n" for message in messages))
    store = salestream.folder / f"{pipeline.stem}.db"
    flags = ("--until-end", "--quiet", "--input", orders, "--store", f"sqlite:{store}")
    salestream.run("run", pipeline, *flags, status=None)  # 1, where all of them are rejected
    with sqlite3.connect(store) as database:
        found = dict(database.execute('SELECT "offset", reason FROM rejects'))
    database.close()
    reasons, at = [], 0
    for message in messages:
        reasons.append(found.get(at, ""))
        at += len(message) + 1
    return reasons


def test_examples_of_rejects_are_rejected_for_that_reason(salestream, tmp_path):
    examples = [
        (reason, UNSEEN.get(reason) or (text.encode() if text is not None else None))
        for reason, text in reject_examples()
    ]
    assert [reason for reason, message in examples if message is None] == ["null_message"]  # no line of a file is one
    examples = dict(examples)
    del examples["null_message"]

    in_map = examples.pop("quantity_missing")
    assert reasons_of(salestream, VENDAS, [in_map]) == ["quantity_missing"]
    strict = tmp_path / "strict.yaml"
    strict.write_text(ECOMMERCE.read_text() + "\nwrong_total: reject\n")
    assert reasons_of(salestream, strict, [examples["wrong_total"]]) == ["wrong_total"]
    by_hour = tmp_path / "by_hour.yaml"
    by_hour.write_text(
        ECOMMERCE.read_text()
        .replace("by: [product]", "by: [product, hour]")
        .replace("{product_name: product,", "{product_name: product, hour: hour,")
    )
    assert reasons_of(salestream, by_hour, [examples["invalid_time"]]) == ["invalid_time"]
    by_client = tmp_path / "by_client.yaml"
    by_client.write_text(
        ECOMMERCE.read_text()
        .replace("by: [product]", "by: [client, product]")
        .replace("{product_name: product,", "{client: client, product_name: product,")
    )
    assert reasons_of(salestream, by_client, [examples["keys_too_large"]]) == ["keys_too_large"]
    changes = tmp_path / "changes.yaml"
    changes.write_text(ECOMMERCE.read_text() + "\nchanges: debezium\n")
    assert reasons_of(salestream, changes, [examples.pop("invalid_change")]) == ["invalid_change"]
    lenient = [examples.pop("wrong_total"), examples.pop("invalid_time"), examples.pop("keys_too_large")]
    assert reasons_of(salestream, ECOMMERCE, [*examples.values(), *lenient]) == [*examples, "", "", ""]


def test_returns_count_where_they_are_allowed(salestream, tmp_path):
    examples = dict(reject_examples())
    returns = tmp_path / "returns.yaml"
    returns.write_text(ECOMMERCE.read_text() + "\nallow_returns: true\n")
    messages = [examples[reason].encode() for reason in ("negative_quantity", "negative_price")]
    assert reasons_of(salestream, returns, messages) == ["", ""]


def test_what_the_document_calls_an_order_counts(salestream):
    text = ORDERS.read_text()
    blocks = [block.strip().encode() for block in fenced(text, "json")]
    assert blocks and reasons_of(salestream, ECOMMERCE, blocks) == [""] * len(blocks)


def test_the_states_of_the_page_have_small_pictures():
    """Taken by `./test e2e -- --pictures`: those there are, and those the document shows."""
    document = ROOT / "docs" / "web-page.md"
    shown = set(re.findall(r"!\[[^\]]+\]\(images/(page-[\w-]+\.png)\)", document.read_text()))
    pictures = {picture.name: picture.stat().st_size for picture in (ROOT / "docs" / "images").glob("page-*.png")}
    assert shown == set(pictures) and max(pictures.values()) < 60_000
    states = set(re.findall(r"^\| `(\w+)` \|", document.read_text(), re.M))
    assert {name.removeprefix("page-").removesuffix(".png").replace("-", "_") for name in shown} <= states
