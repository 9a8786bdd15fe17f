"""Prometheus' text format, version 0.0.4, read more strictly than Prometheus does: what it would take, and then warn of
or show wrong, is an error here."""

import math
import re

_NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"'
_SAMPLE = re.compile(rf"({_NAME})(?:\{{({_LABEL}(?:,{_LABEL})*)?\}})? (\S+)")
_TYPES = ("counter", "gauge", "histogram")


class Family:
    def __init__(self, name, kind, explanation):
        self.name, self.type, self.help = name, kind, explanation
        self.samples = []  # (name, {label: value}, number), as they came

    @property
    def labels(self):
        """The names of its labels, without those that its type brings along."""
        return {label for _, labels, _ in self.samples for label in labels if label != "le"}

    def values(self, suffix="", **labels):
        return [
            number
            for name, found, number in self.samples
            if name == self.name + suffix and labels.items() <= found.items()
        ]

    def value(self, suffix="", **labels):
        (number,) = self.values(suffix, **labels)
        return number

    def by(self, label):
        """{label's value: number}"""
        return {labels[label]: number for name, labels, number in self.samples}


def _unescape(text):
    return re.sub(r"\\(.)", lambda match: {"n": "\n"}.get(match[1], match[1]), text)


def _check_histogram(family):
    buckets = [(labels["le"], number) for name, labels, number in family.samples if name == family.name + "_bucket"]
    bounds = [float(bound.replace("+Inf", "inf")) for bound, _ in buckets]
    counts = [number for _, number in buckets]
    assert bounds == sorted(set(bounds)) and bounds[-1] == math.inf, family.name
    assert counts == sorted(counts) and counts[-1] == family.value("_count"), family.name
    assert family.value("_sum") >= 0
    assert {name for name, _, _ in family.samples} == {family.name + end for end in ("_bucket", "_sum", "_count")}


def parse(text):
    """{name: Family}"""
    assert text.endswith("\n"), "the last line has no end"
    families, family = {}, None
    lines = iter(text[:-1].split("\n"))
    for line in lines:
        if line.startswith("#"):
            explained = re.fullmatch(rf"# HELP ({_NAME}) (\S.*)", line)
            assert explained, line
            typed = re.fullmatch(rf"# TYPE ({_NAME}) (\S+)", next(lines))
            assert typed and typed[1] == explained[1] and typed[2] in _TYPES, line
            assert typed[1] not in families, f"{typed[1]} comes twice"
            family = families[typed[1]] = Family(typed[1], typed[2], explained[2])
            continue
        found = _SAMPLE.fullmatch(line)
        assert found, f"no sample: {line!r}"
        name, labels = found[1], re.findall(_LABEL, found[2] or "")
        expected = (
            [family.name + end for end in ("_bucket", "_sum", "_count")]
            if family.type == "histogram"
            else [family.name]
        )
        assert name in expected, f"{name} stands below {family.name}"
        assert len({label for label, _ in labels}) == len(labels), line
        family.samples.append((name, {label: _unescape(value) for label, value in labels}, float(found[7])))
    for family in families.values():
        assert family.samples, f"{family.name} has no samples"
        series = [(name, tuple(sorted(labels.items()))) for name, labels, _ in family.samples]
        assert len(set(series)) == len(series), f"{family.name} has the same series twice"
        assert family.type != "counter" or min(family.values()) >= 0
        assert (family.type == "counter") == family.name.endswith("_total"), f"{family.name} is a {family.type}"
        if family.type == "histogram":
            _check_histogram(family)
    return families
