#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws what bench/compare has measured as bars, in an SVG file: bench/plot.py FIGURES.json FILE.svg

Both scales are logarithmic. Rates: the dark bar is the whole process, the light one goes on to the rate after start-up.
The picture has a background of its own, so that it can be read on a light page and on a dark one."""

import json
import math
import statistics
import sys
from xml.sax.saxutils import escape

ROW, BAR, TOP, NAMES, RATES, MEMORY, GAP = 40, 18, 76, 325, 370, 250, 70
WIDTH = NAMES + RATES + MEMORY + 2 * GAP + 20
DARK, LIGHT, INK, FAINT, SALES = "#5470a8", "#b9c6e2", "#1f2328", "#d0d7de", "#1a7f37"


def short(value):
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= 0.9995 * size:  # 999.6 k would be 1,000 k in three digits
            return f"{value / size:.3g} {letter}"
    return f"{value:.3g}"


class Scale:
    """Whole decades, from below the least value to above the greatest."""

    def __init__(self, values, left, width):
        self.first, self.last = math.floor(math.log10(min(values) * 0.9)), math.ceil(math.log10(max(values)))
        self.left, self.width = left, width

    def at(self, value):
        return self.left + self.width * (math.log10(value) - self.first) / max(1, self.last - self.first)

    def lines(self, bottom):
        for power in range(self.first, self.last + 1):
            x = self.at(10**power)
            yield f'<path d="M{x:.0f} {TOP - 8}V{bottom}" stroke="{FAINT}"/>'
            yield text(x, TOP - 14, short(10**power), "middle", 11)


def text(x, y, words, anchor="start", size=13, weight="normal"):
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" font-size="{size}" font-weight="{weight}" '
        f'fill="{INK}">{escape(str(words))}</text>'
    )


def bar(scale, y, value, colour):
    return f'<rect x="{scale.left}" y="{y}" width="{scale.at(value) - scale.left:.1f}" height="{BAR}" fill="{colour}"/>'


def svg(measured):
    """The picture of what `bench/compare --json` writes."""
    # Where start-up is nearly all that there was, there is no rate after it.
    rows = {
        name: {
            key: statistics.median(run[key] or run["rate"] for run in runs)
            for key in ("rate", "rate_after_start", "memory")
        }
        for name, runs in measured["runs"].items()
        if runs
    }
    rates = Scale([row[key] for row in rows.values() for key in ("rate", "rate_after_start")], NAMES + 20, RATES)
    memory = Scale([row["memory"] for row in rows.values()], NAMES + RATES + GAP + 20, MEMORY)
    bottom = TOP + ROW * len(rows)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 34}" font-family="sans-serif" '
        'role="img">',
        f"<title>{measured['orders']:,} orders: orders a second, and peak memory</title>",
        f'<rect width="{WIDTH}" height="{bottom + 34}" rx="8" fill="#ffffff"/>',
        text(rates.left, 26, "orders a second", weight="bold"),
        text(memory.left, 26, "peak memory, MiB", weight="bold"),
        *rates.lines(bottom),
        *memory.lines(bottom),
    ]
    for number, (name, row) in enumerate(rows.items()):
        y = TOP + ROW * number
        colour = SALES if name.startswith("salestream") else DARK
        what, _, how = name.partition(", ")
        parts += [
            text(NAMES + 8, y + 8, what, "end", weight="bold"),
            text(NAMES + 8, y + 23, how, "end", 11),
            bar(rates, y, row["rate_after_start"], LIGHT),
            bar(rates, y, row["rate"], colour),
            text(rates.at(row["rate_after_start"]) + 5, y + 13, short(row["rate"]), size=12),
            bar(memory, y, row["memory"], colour),
            text(memory.at(row["memory"]) + 5, y + 13, f"{row['memory']:,.0f}", size=12),
        ]
    parts += [
        text(
            rates.left,
            bottom + 22,
            f"{measured['orders']:,} orders, {measured['processors']} processors; logarithmic; "
            "number and dark bar: the whole process; light bar: after start-up",
            size=12,
        ),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    FIGURES, PICTURE = sys.argv[1:]
    with open(FIGURES, encoding="utf-8") as source, open(PICTURE, "w", encoding="utf-8") as target:
        target.write(svg(json.load(source)))
