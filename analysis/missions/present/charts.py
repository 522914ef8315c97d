"""Static charts: drawn once as SVG, with an alternative text made from the same rows, readable without script."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

import altair as alt
import pandas as pd
from lxml import etree

from ..disclosure import PUBLISHED, Released
from ..disclosure.draft import LEFT_OUT
from .drawing import draw
from .numbers import as_published, dutch, dutch_interval, interval_as_published, is_missing
from .outputs import Output, after_decision
from .tables import notes_of, table_output, table_payload
from .words import codes_in_words

SYNTHETIC_MARK = "SYNTHETISCHE GEGEVENS"
PERCENT = (0, 100)  # the scale of a share
AXIS_NOTE = "De as toont een deel van de schaal."
_WIDE, _NARROW = 420, 300  # of what is drawn on a page and on a phone, in pixels; names and axes come on top
_TEXT = 14  # pixels: beside text of 17 and 16
INK, BLUE, ORANGE, GREY = "#222222", "#004488", "#B34700", "#767676"
_AXIS = {
    **{"labelFontSize": _TEXT, "titleFontSize": _TEXT, "titleFontWeight": "normal", "labelLimit": 320},
    **{"labelColor": INK, "titleColor": INK, "gridColor": "#e3e3e3", "domainColor": GREY, "tickColor": GREY},
}
_FONT = "Fira Sans"
_COLUMNS = ["category", "value", "low", "high"]
_SVG = "http://www.w3.org/2000/svg"


def _numbered(names: list[str]) -> list[str]:
    """Names that each stand there once: "Kenia", "Kenia (2)". Two missions to one country are two bars, not one."""
    seen = Counter()
    return [name if seen.update([name]) or seen[name] == 1 else f"{name} ({seen[name]})" for name in names]


def _categories(released: Released, category: str) -> list[str]:
    names = released.table[category]
    return _numbered([codes_in_words(name) if isinstance(name, str) else str(name) for name in names])


def _with_finding(title: str, finding: str | None, points: list[dict], unit: str) -> str:
    """The title, and what the chart shows: words in which {first}, {last}, {lowest} and {highest} are categories, and with
    _value behind it their numbers. It only describes: that one is really lower than another is a claim (book/claims.yml).
    """
    if not finding or not points:
        return title
    ordered = sorted(points, key=lambda point: point["value"])
    named = {"first": points[0], "last": points[-1], "lowest": ordered[0], "highest": ordered[-1]}
    words = {name: point["category"] for name, point in named.items()}
    words |= {f"{name}_value": dutch(point["value"], unit) for name, point in named.items()}
    return f"{title}: {finding.format(**words)}"


def _points(released: Released, category: str, unit: str) -> list[dict]:
    """Only what may be seen, and only the numbers that the drawing needs."""
    points = []
    for name, (_, row) in zip(_categories(released, category), released.table.iterrows(), strict=True):
        if row["status"] != PUBLISHED or is_missing(row["value"]):
            continue
        point = {"category": name, "value": as_published(row["value"], unit)}
        if ends := interval_as_published(row["low"], row["high"], unit):
            point |= dict(zip(("low", "high"), ends, strict=True))
        points.append(point)
    return points


def _drawn(chart: alt.TopLevelMixin, id: str, title: str, description: str, synthetic: bool) -> str:
    properties = {"padding": {"left": 4, "right": 12, "top": 4, "bottom": 4}}
    if synthetic:
        properties["title"] = alt.TitleParams(SYNTHETIC_MARK, color=ORANGE, fontSize=_TEXT - 2, anchor="end", fontWeight=600)
    spec = chart.properties(**properties).configure(font=_FONT).configure_axis(**_AXIS).configure_view(stroke=None).to_dict()
    return _accessible(draw(spec), id, title, description)


def _accessible(svg: str, id: str, title: str, description: str) -> str:
    """One image with a title and a description, instead of a list of marks that a screen reader spells out."""
    root = etree.fromstring(svg.encode(), etree.XMLParser(remove_blank_text=True))
    renamed = {}
    for element in root.iter():
        for name in list(element.attrib):
            if name.startswith("aria-") or name == "role":
                del element.attrib[name]
        if "id" in element.attrib:
            # TRAP: Vega numbers clip paths through all that it ever drew: the number would tell what was drawn before.
            old = element.attrib["id"]
            renamed[f"url(#{old})"] = f"url(#{id}-clip-{len(renamed)})"
            element.attrib["id"] = f"{id}-clip-{len(renamed) - 1}"
    for element in root.iter():
        for name, value in element.attrib.items():
            element.attrib[name] = renamed.get(value, value)
    for position, (tag, text) in enumerate((("title", title), ("desc", description))):
        node = etree.Element(f"{{{_SVG}}}{tag}", id=f"{id}-{tag}")
        node.text = text
        root.insert(position, node)
    root.set("role", "img")
    root.set("aria-labelledby", f"{id}-title {id}-desc")
    return etree.tostring(root, encoding="unicode")


def _description(points: list[dict], kind: str, unit: str) -> str:
    """Alternative text from the very numbers that are drawn."""
    parts = [f"{point['category']}: {_said(point, unit)}" for point in points]
    return f"{kind}. {'; '.join(parts)}."


def _said(point: dict, unit: str) -> str:
    interval = f" (interval {dutch_interval(point['low'], point['high'], unit)})" if "low" in point else ""
    return f"{dutch(point['value'], unit)}{interval}{point.get('also', '')}"


def _output(
    chart: Callable[[bool], alt.TopLevelMixin],
    released: Released,
    points: list[dict],
    kind: str,
    unit: str,
    category: tuple[str, str],
    id: str,
    title: str,
    value_title: str,
    note: str | None,
    partial_axis: bool = False,
    more_columns: dict | None = None,
) -> Output:
    """chart: draws it, for a phone or not."""
    name, header = category
    is_code = bool(len(released.table)) and isinstance(released.table[name].iloc[0], str)
    columns = {name: (header, "codes") if is_code else header, "value": (value_title, unit)}
    if any("low" in point for point in points):
        columns |= {"interval": ("Interval", unit), **(more_columns or {})}
        # A model rests on answers that it does not count.
        counted = released.table["n"].notna() | released.table[LEFT_OUT].ne("")
        columns |= {"n": ("Antwoorden", "count")} if counted.any() else {}
    table = table_payload(released, columns)
    table["rows"] = [[words, *cells[1:]] for words, cells in zip(_categories(released, name), table["rows"], strict=True)]
    if not points:
        return table_output(released, id, title, table, note)  # an empty drawing would say nothing; the table says why
    description = f"{'Synthetische gegevens. ' if released.synthetic else ''}{_description(points, kind, unit)}"
    svg, narrow = (
        _drawn(chart(for_phone), name, title, description, released.synthetic)
        for name, for_phone in ((id, False), (f"{id}-phone", True))
    )
    return Output(
        {
            "kind": "chart",
            "id": id,
            "title": title,
            "alt": description,
            "svg": svg,
            "narrow": narrow,
            "table": table,
            "notes": [*([AXIS_NOTE] if partial_axis else []), *notes_of(released, note)],
            "synthetic": released.synthetic,
        }
    )


def _axis(points: list[dict], scale: tuple[int, int]) -> alt.Scale:
    """An axis with a whole point of room around all intervals (ten percent for a share), within the scale of the question.

    Wide enough that noise does not look like a landslide, narrow enough that an interval is seen.
    """
    ends = [end for point in points for end in (point.get("low", point["value"]), point.get("high", point["value"]))]
    room = 10 if scale == PERCENT else 1
    low, high = ((math.floor(min(ends) / room) - 1) * room, (math.ceil(max(ends) / room) + 1) * room) if ends else scale
    return alt.Scale(domain=[max(low, scale[0]), min(high, scale[1])], zero=False, nice=False)


@after_decision
def show_intervals(
    released: Released,
    id: str,
    title: str,
    category: tuple[str, str],
    value: tuple[str, str],
    scale: tuple[int, int],
    note: str | None = None,
    finding: str | None = None,
) -> Output:
    """Dots with intervals, one line per category, in the order of the table.

    category: column and its Dutch header. value: axis title and unit. scale: lowest and highest possible answer.
    finding: what the chart shows, as `_with_finding` fills it in.
    """
    points = _points(released, category[0], value[1])
    title = _with_finding(title, finding, points, value[1])
    axis = _axis(points, scale)

    def chart(for_phone: bool) -> alt.LayerChart:
        base = _rows(points, for_phone)
        bars = base.mark_rule(strokeWidth=4, color=GREY).encode(
            x=alt.X("low:Q", scale=axis, title=value[0], axis=alt.Axis(tickCount=4 if for_phone else 6)), x2="high:Q"
        )
        dots = base.mark_point(filled=True, size=60, color=BLUE, opacity=1).encode(x=alt.X("value:Q", scale=axis))
        labels = _named(base, points, value[1]) if for_phone else _value_labels(base, points, value[1], "x", axis, lift=10)
        return _sized(alt.layer(bars, dots, labels), points, for_phone)

    partial = axis.domain != list(scale)
    return _output(chart, released, points, "Punten met intervallen", value[1], category, id, title, value[0], note, partial)


@after_decision
def show_years(
    released: Released,
    id: str,
    title: str,
    value: tuple[str, str],
    scale: tuple[int, int],
    note: str | None = None,
    finding: str | None = None,
) -> Output:
    """One value per year with its interval. Points are not joined: other missions make another year."""
    points = _points(released, "year", value[1])
    title = _with_finding(title, finding, points, value[1])
    axis = _axis(points, scale)

    def chart(for_phone: bool) -> alt.LayerChart:
        base = alt.Chart(pd.DataFrame(points, columns=_COLUMNS)).encode(
            x=alt.X("category:O", title="Jaar van de missie", axis=alt.Axis(labelAngle=0))
        )
        bars = base.mark_rule(strokeWidth=4, color=GREY).encode(
            y=alt.Y("low:Q", scale=axis, title=None if for_phone else value[0], axis=alt.Axis(tickCount=6)), y2="high:Q"
        )
        dots = base.mark_point(filled=True, size=60, color=BLUE, opacity=1).encode(y=alt.Y("value:Q", scale=axis))
        labels = _value_labels(base, points, value[1], "y", axis)
        return alt.layer(bars, dots, labels).properties(width=_NARROW - 20 if for_phone else _WIDE + 40, height=240)

    partial = axis.domain != list(scale)
    kind = "Punten met intervallen per jaar"
    return _output(chart, released, points, kind, value[1], ("year", "Jaar"), id, title, value[0], note, partial)


@after_decision
def show_bars(
    released: Released,
    id: str,
    title: str,
    category: tuple[str, str],
    value: tuple[str, str],
    note: str | None = None,
    finding: str | None = None,
) -> Output:
    """Horizontal bars from zero, with the number at the end of each bar."""
    points = _points(released, category[0], value[1])
    title = _with_finding(title, finding, points, value[1])

    def chart(for_phone: bool) -> alt.LayerChart:
        base, scale = _rows(points, for_phone), alt.Scale(domainMin=0)
        bars = base.mark_bar(color=BLUE, size=16 if for_phone else 20).encode(x=alt.X("value:Q", scale=scale, title=value[0]))
        labels = _named(base, points, value[1]) if for_phone else _value_labels(base, points, value[1], "x", scale)
        return _sized(alt.layer(bars, labels), points, for_phone)

    return _output(chart, released, points, "Staafdiagram", value[1], category, id, title, value[0], note)


@after_decision
def show_importance(
    released: Released,
    id: str,
    title: str,
    category: tuple[str, str],
    value: tuple[str, str],
    other: tuple[str, str],
    scale: tuple[int, int],
    note: str | None = None,
) -> Output:
    """Importance across (percent of a whole), performance upwards, an interval in both directions, each dot named.

    Columns value, low, high (importance) and other, other_low, other_high (performance). value, other: axis title and unit.
    scale: of performance.
    """
    rows = released.table[released.table["status"] == PUBLISHED]
    names = dict(zip(released.table[category[0]], _categories(released, category[0]), strict=True))
    points = []
    for _, row in rows.iterrows():
        across_ends = interval_as_published(row["low"], row["high"], value[1])
        up_ends = interval_as_published(row["other_low"], row["other_high"], other[1])
        if across_ends and up_ends:
            across = dict(zip(("value", "low", "high"), (as_published(row["value"], value[1]), *across_ends), strict=True))
            up = dict(zip(("other", "other_low", "other_high"), (as_published(row["other"], other[1]), *up_ends), strict=True))
            points.append({"category": names[row[category[0]]], **across, **up})
    points = [point | {"also": f", oordeel {dutch(point['other'], other[1])}"} for point in points]
    up_axis = _axis(
        [{"value": point["other"], "low": point["other_low"], "high": point["other_high"]} for point in points], scale
    )
    across_axis = alt.Scale(domain=[0, 100], nice=False)  # shares of a whole; it leaves room for the names too

    def chart(for_phone: bool) -> alt.LayerChart:
        base = alt.Chart(pd.DataFrame(points, columns=[*_COLUMNS, "other", "other_low", "other_high"]))
        x = alt.X("value:Q", title=value[0], scale=across_axis)
        y = alt.Y("other:Q", title=None if for_phone else other[0], scale=up_axis, axis=alt.Axis(tickCount=6))
        named = base.properties(data=pd.DataFrame(_numbered_key(points), columns=[*_COLUMNS, "other", "text", "key", "line"]))
        at_dot = named.mark_text(align="left", dx=8, dy=-9, color=INK, fontSize=_TEXT).encode(x=x, y=y, text="text:N")
        key = named.mark_text(align="left", color=INK, fontSize=_TEXT).encode(
            x=alt.value(0), y=alt.Y("line:Q", scale=None), text="key:N"
        )
        return alt.layer(
            base.mark_rule(strokeWidth=3, color=GREY).encode(x=alt.X("low:Q", scale=across_axis), x2="high:Q", y=y),
            base.mark_rule(strokeWidth=3, color=GREY).encode(x=x, y=alt.Y("other_low:Q", scale=up_axis), y2="other_high:Q"),
            base.mark_point(filled=True, size=70, color=BLUE, opacity=1).encode(x=x, y=y),
            at_dot,
            key,
        ).properties(width=_NARROW - 20 if for_phone else _WIDE + 20, height=280)

    partial = up_axis.domain != list(scale)
    kind = "Punten: belang naar rechts, oordeel omhoog"
    columns = {"other": (other[0], other[1]), "other_interval": (f"Interval: {other[0].lower()}", other[1])}
    return _output(chart, released, points, kind, value[1], category, id, title, value[0], note, partial, columns)


def _numbered_key(points: list[dict]) -> list[dict]:
    """Names beside their dots run into each other: a figure stands there, and its name on a line above the drawing."""
    lines = [-20 * (len(points) - number) for number in range(len(points))]
    return [
        point | {"text": str(number), "key": f"{number}  {point['category']}", "line": line}
        for number, (point, line) in enumerate(zip(points, lines, strict=True), 1)
    ]


def _rows(points: list[dict], for_phone: bool) -> alt.Chart:
    """A line per category; its name stands before it, or on a phone above it (`_named`)."""
    axis = {"axis": None} if for_phone else {}
    return alt.Chart(pd.DataFrame(points, columns=_COLUMNS)).encode(y=alt.Y("category:N", sort=None, title=None, **axis))


def _sized(chart: alt.LayerChart, points: list[dict], for_phone: bool) -> alt.LayerChart:
    return chart.properties(width=_NARROW if for_phone else _WIDE, height=(56 if for_phone else 40) * max(len(points), 1))


def _named(base: alt.Chart, points: list[dict], unit: str) -> alt.Chart:
    """Above each line what it is about, and the number itself."""
    texts = [point | {"text": f"{point['category']}: {dutch(point['value'], unit)}"} for point in points]
    return (
        base.properties(data=pd.DataFrame(texts, columns=[*_COLUMNS, "text"]))
        .mark_text(align="left", dy=-19, color=INK, fontSize=_TEXT, limit=_NARROW + 20)
        .encode(x=alt.value(0), text="text:N")
    )


def _value_labels(base: alt.Chart, points: list[dict], unit: str, axis: str, scale: alt.Scale, lift: int = 0) -> alt.Chart:
    """The number itself beside its mark, in Dutch: a reader need not guess it from the axis."""
    texts = pd.DataFrame(
        [point | {"text": dutch(point["value"], unit)} for point in points], columns=["category", "value", "text"]
    )
    if axis == "x":
        return (
            base.properties(data=texts)
            .mark_text(align="left", dx=6, dy=-lift, color=INK, fontSize=_TEXT)
            .encode(x=alt.X("value:Q", scale=scale), text="text:N")
        )
    return (
        base.properties(data=texts)
        .mark_text(align="left", dx=8, color=INK, fontSize=_TEXT)
        .encode(y=alt.Y("value:Q", scale=scale), text="text:N")
    )
