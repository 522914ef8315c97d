"""Stand-in until the joint decision is merged."""

from .pattern import Pattern


def decide(rows, tables, threshold, earlier=()):
    small = {c.population.key for r in rows for c in r.cells if c.kind == "count" and 0 < c.value < threshold}
    hid = {r.key for r in rows if any(c.population.key in small for c in r.cells)}
    while True:
        more = {r.key for r in rows if set(r.parents) & hid} - hid
        if not more:
            return Pattern(frozenset(hid))
        hid |= more
