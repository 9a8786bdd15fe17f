"""The documents are true: their links lead somewhere, the folders they name are there, the commands they show parse,
and the examples of orders come out as they say."""

import json
import os
import re
import shlex
import sqlite3
import subprocess

import pytest

from support import places

ROOT = places.ROOT
README = ROOT / "README.md"
IN_PORTUGUESE = ROOT / "README.pt-BR.md"
ORDERS = ROOT / "docs" / "orders.md"
DOCUMENTS = sorted([README, *ROOT.glob("docs/*.md"), *ROOT.glob("tests/**/README.md")])
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
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.+)$", text, re.M)}


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
    block, = [b for b in fenced(README.read_text(), "text") if "src/" in b]
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
    return [(document, words[:words.index(">")] if ">" in words else words) for document, words in found]


COMMANDS = shown_commands()
OURS = {"salestream", "./run", "./test", "tools/services", "tools/setup"}


def test_commands_are_found():
    assert {words[0] for document, words in COMMANDS if document == "README.md"} >= {"./run", "./test", "tools/services"}


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
    if arguments[0].startswith("-") or "--help" in arguments:
        salestream.run(*arguments)
        return
    words = 2 if arguments[0] in ("rejects", "spark") else 1  # of the command
    assert len(arguments) > words, f"{arguments[0]} without a pipeline file"
    command, pipeline, options = arguments[:words], arguments[words], arguments[words + 1:]
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
    shown, = [block for block in fenced(README.read_text(), "yaml") if block.startswith("pipeline:")]
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
    "key_too_long": json.dumps({"products": [{"product_name": "x" * 32769, "quantity": 1, "price": 1}]}).encode(),
}


def reasons_of(salestream, pipeline, messages):
    """The reasons for which these messages are rejected, in order; "" for one that counts."""
    salestream.folder.mkdir(parents=True, exist_ok=True)
    orders = salestream.folder / "orders.jsonl"
    orders.write_bytes(b"".join(message + b"\n" for message in messages))
    store = salestream.folder / f"{pipeline.stem}.db"
    salestream.run("run", pipeline, "--until-end", "--quiet", "--input", orders, "--store", f"sqlite:{store}")
    with sqlite3.connect(store) as database:
        found = dict(database.execute('SELECT "offset", reason FROM rejects'))
    database.close()
    reasons, at = [], 0
    for message in messages:
        reasons.append(found.get(at, ""))
        at += len(message) + 1
    return reasons


def test_examples_of_rejects_are_rejected_for_that_reason(salestream, tmp_path):
    examples = [(reason, UNSEEN.get(reason) or (text.encode() if text is not None else None))
                for reason, text in reject_examples()]
    assert [reason for reason, message in examples if message is None] == ["null_message"]  # no line of a file is one
    examples = dict(examples)
    del examples["null_message"]

    in_map = examples.pop("quantity_missing")
    assert reasons_of(salestream, VENDAS, [in_map]) == ["quantity_missing"]
    strict = tmp_path / "strict.yaml"
    strict.write_text(ECOMMERCE.read_text() + "\nwrong_total: reject\n")
    assert reasons_of(salestream, strict, [examples["wrong_total"]]) == ["wrong_total"]
    by_hour = tmp_path / "by_hour.yaml"
    by_hour.write_text(ECOMMERCE.read_text().replace("by: [product]", "by: [product, hour]").replace(
        "{product_name: product,", "{product_name: product, hour: hour,"))
    assert reasons_of(salestream, by_hour, [examples["invalid_time"]]) == ["invalid_time"]
    lenient = [examples.pop("wrong_total"), examples.pop("invalid_time")]
    assert reasons_of(salestream, ECOMMERCE, [*examples.values(), *lenient]) == [*examples, "", ""]


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
