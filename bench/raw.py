# SPDX-License-Identifier: GPL-2.0-or-later
"""What the figures print, as lines of words with tabs between:

    runs SERIES NUMBER…     (blanks between) as many as there were rounds
    section TITLE           of the rows that follow
    row TITLE OURS AGAINST_TITLE AGAINST GOAL UNIT
    note TEXT               a paragraph for the document
    plot NAME TITLE LABEL=SERIES…
    say TEXT                progress

OURS and AGAINST are series, or A-B, which is by run, or A/N, or least:A. UNIT is ms (the
numbers are nanoseconds) or bytes. GOAL is the most that the ratio may be.
"""
SCALE = {"ms": 1e6, "bytes": 1}


def read(path):
    """The series of a figure, and its rows, each with its section."""
    series, rows, section = {}, [], ""
    with open(path, encoding="utf-8") as file:
        for line in file:
            kind, *words = line.rstrip("\n").split("\t")
            if kind.startswith("runs "):
                _, name, *numbers = kind.split()
                series.setdefault(name, []).extend(map(float, numbers))
            elif kind == "section":
                section = words[0]
            elif kind == "row":
                rows.append((section, *words))
    return series, rows


def values(series, name, unit):
    """What NAME, a series or what is made of some, was in each run."""
    if name.startswith("least:"):
        return [min(values(series, name.removeprefix("least:"), unit))]
    if name not in series and "/" in name:
        name, _, number = name.rpartition("/")
        return [run / float(number) for run in values(series, name, unit)]
    first, *less = [series[part] for part in name.split("-")] if name not in series \
        else [series[name]]
    runs = [a - sum(b) for a, *b in zip(first, *less)]
    return [run / SCALE[unit] for run in runs]
