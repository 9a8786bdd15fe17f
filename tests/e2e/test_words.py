"""The words of the tree are those of Kafka, Spark and Cassandra: the glossary in docs/architecture.md is used, its
types are there, and words that it has replaced do not come back, in code, comments, documents or the names of files."""

import dataclasses
import fnmatch
import re

import pytest

from support import places

ROOT = places.ROOT
GLOSSARY = ROOT / "docs" / "architecture.md"
# Texts of others, made by tools, or about the past; and this list itself.
NOT_OURS = (
    "LICENSE",
    "*/Cargo.lock",
    "CHANGELOG.md",
    "deploy/debian/*",
    "*/third_party/*",
    "tests/e2e/test_words.py",
    "tests/fuzz/corpus/*",
    "*.svg",
    "*.png",
    "*.woff2",
    "*.ico",
)

DOCUMENTS = "documents"  # the prose of Markdown files, without code
PROSE = "prose"  # that, and comments
ALL = "all"  # every line, and the names of files


@dataclasses.dataclass(frozen=True)
class Banned:
    pattern: str
    instead: str
    example: str  # which the pattern finds
    not_this: str = ""  # which it does not
    where: str = ALL
    allowed: tuple = ()  # files in which it may stand, as patterns of paths


BANNED = [
    Banned(
        r"\b(?:is|are|was|were|be|been|stays?|goes|go|went) away\b(?! from)",
        "unavailable, unreachable",
        "a broker that is away",
        "half a cent or more away from the sum",
    ),
    Banned(r"(?:_away\b|\bkAway|[a-z]Away\b|\bAway[A-Z(])", "unavailable", "test_broker_away", "_GO_AWAY"),
    Banned(r"\b[Mm](?:ade|akes?|aking) anew\b", "recreated", "a topic that was made anew"),
    Banned(
        r"\b(?:[Hh]olds?|[Hh]eld|[Hh]olding)\b(?: \S+){0,4}? against\b",
        "compared with, checked against",
        "a test holds the two against each other",
        "it holds a lock",
    ),
    Banned(r"\b[Ss]eams?\b", "interface", "the seam to where totals live"),
    Banned(r"(?<![A-Za-z])[Hh]arm(?:s|ed|ing)?(?![a-z])", "fault, fault injection", "harms_to_service", "harmless"),
    Banned(r"\b[Ww]hoever\b", "the writer, the reader, the caller", "whoever writes it"),
    Banned(
        r"[Jj]udge?ments?\b|[Jj]udged\b",
        "decode, decision",
        "judgement.cc",
        "judge_missing_offset",
        # salestream_judged, a name in SQL that people have pasted
        allowed=("src/spark/*", "src/cli/spark/*", "docs/spark.md", "tests/e2e/test_spark_referee.py"),
    ),
    Banned(r"\b[Tt]itles\b", "run info", "view.titles", "a title"),
    Banned(r"\b[Ww]eather\b", "network faults", "Weather weather"),
    Banned(r"\bHappened\b", "Stats", "struct Happened", "what has happened"),
    Banned(r"(?<!Zoo)Keeper\b|\bkeepers?\b", "pipeline registry, keep-alive, store", "class Keeper", "kafka-zookeeper"),
    Banned(r"(?:\b|_)[Vv]itals(?![a-z])|\bnote_move\b|[Ss]tandstill", "heartbeat, beat, stalled_for", "a standstill"),
    Banned(
        r"\blog_check\w*|\bLogCheck\w*|\bAnchor\b",
        "log fingerprint, fingerprint check",
        "log_check.cc",
        "anchors",
        allowed=("src/config/*",),
    ),  # YAML's
    Banned(r"\bk(?:Unt|T)old\b|\btrouble_log|\bTroubleLog", "reported, suppressed, rate-limited warnings", "kUntold"),
    Banned(
        r"\bk[A-Z]\w*[a-z]An?(?:Step|Resend|Batch|Row|Page|Line|Flush|Partition|Message|Request|Second|Day)(?![a-z])"
        r"|_AN?_(?:STEP|BATCH|ROW|SECOND|HOUR|DAY)\b",
        "…PerStep",
        "kMaxRowsAStep",
        "ALineForABatchHasItsRate",
    ),
    Banned(r"\bis_later_table\b|\babsent\.(?:cc|h)\b", "is_optional_table, stub.cc", "is_later_table"),
    Banned(r"[Pp]atien(?:t|ce)|PATIENCE", "retry, timeout", "patiently"),
    Banned(
        r"\b(?:[Tt]he|a|its|no) fence\b|(?<!thread)_fence\b|\bfence_",
        "replay guard; fencing is for stale writers",
        "messages that the fence stops",
        "std::atomic_thread_fence(std::memory_order_seq_cst)",
    ),
    Banned(r"\*\*Tell\.", "Commit offsets", "7. **Tell.** The consumer group"),
    Banned(
        r"ComesBeforeEverything", "subject, then behaviour: GuardRunsBeforeRouting", "TheGuardComesBeforeEverything"
    ),
    Banned(r"[Bb]ehind the log\b", "still to be counted", "how far behind the log it is"),
    Banned(
        r"\b[Tt]opics? of rejects\b|\b[Rr]eject topic\b|\b[Tt]opic that gets (?:each|every) reject\b",
        "dead-letter topic",
        "a topic of rejects",
    ),
    Banned(r"\bKafka log\b|\bmake_\w+_log\b", "Kafka source", "make_kafka_log"),
    Banned(
        r"\b(?:[Aa]|[Ee]ach|[Ee]very|[Oo]ne|[Nn]o|[Tt]he|[Tt]his) reject\b"
        r"|\b(?:[Tt]he|[Oo]f|[Aa]ll|[Nn]o|[Ii]ts|[Tt]heir) rejects\b(?! table)",
        "rejected message",
        "each reject is kept",
        "this rejects an order",
        where=PROSE,
    ),
    Banned(
        r"\b(?:[Tt]he|a|[Tt]his|its|each|one|new|another|same) log(?:'s)?\b"
        r"(?! (?:end offset|fingerprint|level|line))",
        "source, topic or partition log; WAL; logging",
        "the log's end",
        "the log end offset",
        where=PROSE,
        allowed=("src/base/*", "src/cli/terminal/log_view*", "SECURITY.md", "tools/*", "test", "run"),
    ),
    Banned(
        r"\b(?:not|of|in|from|read|reads|and) the log\b|\b[Tt]he log (?:ends|does not|has|gives)\b|\banother log\b",
        "source or topic, also in what users see",
        "it is not the log that was read",
        "the log's lines",
        allowed=("src/base/*", "src/cli/terminal/log_view*"),
    ),
    Banned(
        r"\b(?:[Dd]o|[Ee]ste) log\b|\bno log em\b|\bO log não\b", "origem", "estava no log em", "os logs do programa"
    ),
    Banned(
        r"\bopened_?\.log\b|& log\b(?!\()|_log_silent\b|\bLog(?:AtStart|Message|Range)\b|\blook_at_log\b|\blog_name\b",
        "source, topic, partition_log, reader",
        "source::Source& log",
        "log(LogLevel level)",
    ),
    Banned(
        r"\b(?:Resend)?Book\b|\bbook\.(?:cc|h)\b|\b(?:choice|which)\.(?:cc|h)\b",
        "what it holds: ResendRecords, selection.h",
        "store::ResendBook& book",
        "a choice",
    ),
    Banned(r"com o próprio total errado", "com total divergente", "pedidos com o próprio total errado"),
    Banned(r"[Aa]traso em relação ao log", "Ainda não contados", "Atraso em relação ao log"),
    Banned(r"à mão onde", "disponível onde o projeto é desenvolvido", "à mão onde isto é desenvolvido"),
    Banned(r"\bat hand where\b", "available where", "is at hand where this is developed"),
    Banned(
        r"\b[Dd]uplicate[ _-]windows?\b|\bDuplicateWindow|\bduplicate_window_",
        "order id window",
        "duplicate_window.h",
        "windows without duplicates",
    ),
    Banned(
        r"\bsalestream_log_up\b",
        "salestream_source_up",
        "salestream_log_up 1",
        allowed=("src/web/metrics.cc", "src/web/monitoring_test.cc", "docs/metrics.md"),
    ),  # until 0.3
]


def without_code(markdown):
    """The same lines, with spaces where code stood."""

    def blank(match):
        return re.sub(r"[^\n]", " ", match[0])

    blocks = re.sub(r"^ *```.*?^ *```$|(?<=\n\n)(?:    [^\n]*\n)+", blank, markdown, flags=re.M | re.S)
    return re.sub(r"`[^`\n]+`", blank, blocks)


COMMENTS = {
    "//": (".cc", ".h", ".java", ".rs", ".js", ".proto"),
    "#": (".py", ".cmake", ".yaml", ".yml", ".service", ".sh", ""),
}


def comments(path, text):
    """(number, text) of each comment, and of each line of a docstring or a comment over several lines."""
    mark = next((mark for mark, suffixes in COMMENTS.items() if path.suffix in suffixes), None)
    if mark is None and path.name != "CMakeLists.txt":
        return
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if comment := re.search(rf"(?:^|\s){mark or '#'}+ (.*)", line):
            yield number, re.sub(r"`[^`]+`|\"[^\"]*\"", "", comment[1])
    block = r'"""(.*?)"""' if path.suffix in (".py", "") else r"/\*\*?(.*?)\*/"
    for match in re.finditer(block, text, re.S):
        first = text.count("\n", 0, match.start()) + 1
        yield from ((first + k, re.sub(r"`[^`]+`", "", line)) for k, line in enumerate(match[1].splitlines()))


def lines_of(path, text, where):
    """(number, line) of what is looked at there."""
    if path.suffix == ".md":
        yield from enumerate((text if where == ALL else without_code(text)).splitlines(), 1)
    elif where == ALL:
        yield from enumerate(text.splitlines(), 1)
    elif where == PROSE:
        yield from comments(path, text)


def texts():
    """(path from the root, its text) of each file that is ours."""
    for path in places.files_in_git():
        name = str(path.relative_to(ROOT))
        if any(fnmatch.fnmatch(name, pattern) for pattern in NOT_OURS):
            continue
        try:
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


@pytest.fixture(scope="module")
def tree():
    return list(texts())


@pytest.mark.parametrize("banned", BANNED, ids=lambda banned: banned.example)
def test_a_word_that_was_replaced_is_not_there(tree, banned):
    found = []
    for path, text in tree:
        if any(fnmatch.fnmatch(str(path), pattern) for pattern in banned.allowed):
            continue
        if banned.where == ALL and re.search(banned.pattern, path.name):
            found.append(f"{path}: the file's name")
        found += [
            f"{path}:{number}: {line.strip()[:120]}"
            for number, line in lines_of(path, text, banned.where)
            if re.search(banned.pattern, line)
        ]
    assert not found, f"instead of “{banned.example}” write: {banned.instead}\n" + "\n".join(found)


@pytest.mark.parametrize("banned", BANNED, ids=lambda banned: banned.example)
def test_the_list_finds_what_it_is_for(banned):
    assert re.search(banned.pattern, banned.example)
    assert not banned.not_this or not re.search(banned.pattern, without_code(banned.not_this)), banned.not_this


def test_prose_is_what_is_not_code():
    assert without_code("a `b c` d\n```sh\ne\n```\n\n    f\ng\n").split() == ["a", "d", "g"]


# The glossary.


def glossary():
    """{term: names in the code} of the table under Words."""
    section = GLOSSARY.read_text().split("\n## Words\n")[1].split("\n## ")[0]
    header, *rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ?([^|]*)\|$", section, re.M)
    assert header[0] == "word"
    return {term: re.findall(r"`([^`]+)`", code) for term, _, code in rows}


def everything_but_the_glossary(tree):
    for path, text in tree:
        yield text if ROOT / path != GLOSSARY else text.split("\n## Layers\n")[1]


def test_the_glossary_has_the_fields_words():
    assert {
        "source",
        "partition log",
        "cell",
        "replay guard",
        "fencing",
        "rejected message",
        "dead-letter topic",
        "heartbeat",
        "log fingerprint",
        "WAL",
        "fault injection",
        "worker",
        "key",
        "fold",
    } <= set(glossary())


@pytest.mark.parametrize("term", sorted(glossary()))
def test_every_word_of_the_glossary_is_used(tree, term):
    spaced = re.escape(term).replace(r"\ ", r"[ _-]?\s*")
    assert any(re.search(rf"{spaced}", text, re.I) for text in everything_but_the_glossary(tree)), term


@pytest.mark.parametrize("name", sorted({name for names in glossary().values() for name in names}))
def test_what_the_glossary_names_in_the_code_is_there(tree, name):
    if "/" in name:
        assert (ROOT / name).exists()
        return
    namespace, _, type_name = name.rpartition("::")
    folder = ROOT / "src" / namespace if namespace else ROOT / "src"
    pattern = rf"\b(?:class|struct|enum class|using) {type_name}\b" if namespace else rf"\b{name}\b"
    assert any(re.search(pattern, text) for path, text in tree if (ROOT / path).is_relative_to(folder)), name


@pytest.mark.parametrize("term", sorted(glossary()))
def test_no_word_of_the_glossary_is_one_that_was_replaced(term):
    assert [banned.pattern for banned in BANNED if re.search(banned.pattern, term)] == []


def test_each_document_says_what_a_cell_is_where_it_first_names_one(tree):
    for path, text in tree:
        if path.suffix != ".md" or path.name == "README.pt-BR.md":
            continue
        prose = without_code(text)
        first = re.search(r"\bcells?\b", prose)
        if first and path.parts[0] in ("docs", "README.md", "spark-sink"):
            said = re.search(r"per-partition\s+partial\s+aggregate", prose)
            assert said and abs(said.start() - first.start()) < 200, path


@pytest.mark.parametrize("document", ["README.md", "docs/rejects.md", "docs/pipeline-file.md", "docs/orders.md"])
def test_a_search_for_dead_letter_finds_something_near_the_beginning(document):
    assert "dead-letter topic" in (ROOT / document).read_text()[:4000]
