"""What the decision withholds reaches nothing that leaves the building, whichever way an annex tries to show it."""

from __future__ import annotations

import json
import re
import zipfile

import pypdfium2
import pytest
import yaml

from support.checkout import Checkout, edit

# A value about one mission, and one about all of them, which shows that the search below finds what is there.
SECRET, SHOWN = 867_530_942, 976_421_358
EVERY_WAY = """
# %%
import pandas as pd
from missions.disclosure.counted import NOT_PER_MISSION, rests_on
from missions.present.charts import show_intervals

columns = {{"step": ("Stap", "codes"), "value": ("Aantal", "count"), "interval": ("Van tot", "count")}}
bars = {{"category": ("step", "Stap"), "value": ("Aantal", "count"), "finding": "tot {{highest_value}}"}}
one = took_part.sort_values("companies_n").head(1)
def told(value, about):
    row = {{"step": ["talk"], "value": [value], "low": [value - 1], "high": [value + 1], "n": [None], "population_n": [None]}}
    row |= {{"interval_kind": ["t_finite_population"], "interval_level": [0.95]}}
    return draft(pd.DataFrame(row), groups=["step"], inputs=[steps, missions], missions=about, promise=NOT_PER_MISSION,
                 cells=rests_on(unit="participations"))
secret, shown = told({secret}.0, one), told({shown}.0, missions)

# %%
show_table(secret, "way-table", "Een tabel", columns)

# %%
show_table(shown, "way-shown", "Een tabel", columns)

# %%
show_bars(secret, "way-bars", "Een figuur", **bars)

# %%
show_bars(shown, "way-bars-shown", "Een figuur", **bars)

# %%
show_intervals(secret, "way-interval", "Nog een", category=("step", "Stap"), value=("Aantal", "count"), scale=(0, 10**9))

# %%
publish(imvo_way_n=secret, imvo_way_shown_n=shown)
"""


def said(number: int) -> re.Pattern:
    """The number as people and programs write it, with what stands next to it by rounding outwards."""
    text = str(number)
    dutch = f"{number:,}".replace(",", r"\.")
    return re.compile(rf"{text[:-1]}\d|{dutch[:-1]}\d|{text[:6]}")


def places(checkout: Checkout, number: int) -> set[str]:
    """Every file of the edition, and of what a build leaves beside it, that holds the number."""
    found, asked = set(), said(number)
    for folder in ("_build", "book/annexes", ".state/sphinx"):
        for path in sorted((checkout.root / folder).rglob("*")):
            if not path.is_file():
                continue
            if path.suffix == ".pdf":
                texts = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(path)]
            elif path.suffix == ".xlsx":
                with zipfile.ZipFile(path) as book:
                    texts = [book.read(name).decode("utf-8", "replace") for name in book.namelist()]
            else:
                texts = [path.read_bytes().decode("utf-8", "replace")]
            if any(asked.search(text) for text in texts):
                found.add(path.relative_to(checkout.root).as_posix())
    return found


@pytest.fixture
def tried(workshop) -> Checkout:
    annex = workshop.root / "analysis/annexes/imvo.py"
    ways = EVERY_WAY.format(secret=SECRET, shown=SHOWN)
    edit(
        annex,
        "# %% [markdown]\n# ## Wat deze bijlage niet zegt",
        f"{ways.strip()}\n\n# %% [markdown]\n# ## Wat deze bijlage niet zegt",
    )
    facts = workshop.root / "book/facts.yml"
    declared = yaml.safe_load(facts.read_text(encoding="utf-8"))
    declared |= {
        key: {"unit": "count", "estimand": "Aantal dat alleen deze proef laat zien."}
        for key in ("imvo_way_n", "imvo_way_shown_n")
    }
    facts.write_text(yaml.safe_dump(declared, allow_unicode=True, sort_keys=False), encoding="utf-8")
    letter = workshop.root / "book/letter.md"
    letter.write_text(
        letter.read_text(encoding="utf-8")
        + "\n:::{when-known} imvo_way_n\n{setting}`in_the_data` is dit {fact}`imvo_way_n`.\n:::\n"
        + "\n{setting}`in_the_data` is dat {fact}`imvo_way_shown_n`.\n",
        encoding="utf-8",
    )
    workshop.build()
    return workshop


def test_what_is_withheld_reaches_no_page_download_index_or_cache_beside_the_edition(tried):
    shown = places(tried, SHOWN)
    names = {path.rpartition("/")[2] for path in shown}
    assert {"facts.json", "imvo.html", "letter.html", "way-shown.csv", "way-shown.xlsx", "way-bars-shown.svg", "datapackage.json",
            "kerncijfers.csv", "kamerbrief.pdf", "bijlage-imvo.pdf", "imvo.ipynb"} <= names, sorted(names)  # fmt: skip
    assert places(tried, SECRET) == set()
    fact = tried.facts()["imvo_way_n"]
    assert fact["text"] == "niet gepubliceerd" and not any(fact[name] for name in ("value", "n", "population_n", "interval"))
    page = (tried.html / "book/annexes/imvo.html").read_text(encoding="utf-8")
    assert "way-table" in page and "way-bars" in page, "the withheld table is there, by its name"


def test_what_is_not_registered_cannot_be_shown(workshop):
    annex = workshop.root / "analysis/annexes/imvo.py"
    edit(annex, "# %%\nshow_matrix(\n    chain,", "# %%\nshow_matrix(\n    whole,")
    refused = workshop.missions("build")
    assert refused.returncode == 1
    assert "annex imvo: DisclosureError: show_matrix was given DataFrame: only a draft can be shown" in refused.stderr
    assert "register the table with `draft`" in refused.stderr


def test_what_is_counted_otherwise_than_said_is_refused_with_annex_and_row(workshop):
    annex = workshop.root / "analysis/annexes/imvo.py"
    edit(annex, "chain = draft(whole,", "chain = draft(whole.assign(n=whole['n'] + 1),")
    refused = workshop.missions("build")
    said = re.search(
        r"imvo, row 'participations-\w+' \(participations.*\): says (\d+) participations, its population holds (\d+)",
        refused.stderr,
    )
    assert refused.returncode == 1 and said, refused.stderr
    assert int(said[1]) == int(said[2]) + 1
    assert "Traceback" not in refused.stderr and "fault in the program" not in refused.stderr


def test_drafts_and_decisions_lie_for_their_owner_alone(workshop):
    for folder in ("annexes", "ledgers", "decisions"):
        for path in (workshop.root / ".state/cache" / folder).glob("*"):
            assert path.stat().st_mode & 0o077 == 0, path
    assert (workshop.root / ".state").stat().st_mode & 0o077 == 0


def test_a_changed_sentence_decides_nothing_anew(workshop):
    annex = workshop.root / "analysis/annexes/imvo.py"
    decisions = set((workshop.root / ".state/cache/decisions").glob("*"))
    assert decisions
    edit(annex, "# ## Wat deze bijlage niet zegt", "# ## Wat deze bijlage niet kan zeggen")
    told = workshop.build().stdout
    assert set((workshop.root / ".state/cache/decisions").glob("*")) == decisions
    assert "disclosure" not in told and json.loads((workshop.root / "_build/facts.json").read_text())["disclosure"]


def test_what_is_published_of_the_audit_names_nothing(workshop):
    """How many of what kind, and how far: no row, no mission, no number of a delivery, and no hash of anything confidential."""
    told = json.loads((workshop.root / "_build/facts.json").read_text(encoding="utf-8"))["disclosure"]
    assert set(told) == {"cells", "rows", "rows_withheld", "counts_blank", "targets", "ruled_out", "kinds"}
    for kind, found in told["kinds"].items():
        assert f"protected_{kind}" in (workshop.root / "book/labels.yml").read_text(encoding="utf-8")
        assert set(found) == {"targets", "ruled_out", "narrowest"}
    assert not re.search(r"20\d\d-XA|[0-9a-f]{8,}", json.dumps(told))
    assert told["ruled_out"] == 0
    for path in (workshop.root / "_build").rglob("*"):
        if path.is_file() and path.suffix in (".json", ".html", ".js"):
            text = path.read_text(encoding="utf-8", errors="replace")
            assert "participations-0" not in text and '"ledger"' not in text and '"rests_on"' not in text, path


_COLUMNS = '{"step": ("Stap", "codes"), "value": ("Aantal", "count")}'
_PAST_THE_DECISION = {
    "shown already": (
        "from missions.disclosure.draft import released\n"
        f'show_table.__wrapped__(released(chain.as_record(), ()), "way", "T", {_COLUMNS})',
        "a cell shows display_data that did not pass disclosure",
    ),
    "forged record": (
        f"from missions.disclosure import Draft\n"
        f'show_table(Draft(whole, ["regime", "step"], chain.inputs, [None] * len(whole)), "way", "T", {_COLUMNS})',
        "show_table: imvo_steps is not a public record",
    ),
    "title": (
        f'show_table(chain, "way", f"Gesprekken: {{steps.talk.sum()}}", {_COLUMNS})',
        "show_table was given the words 'Gesprekken: 73': a figure stands in a table or a fact",
    ),
    "note": (
        f'show_table(chain, "way", "T", {_COLUMNS}, note=f"Van {{len(steps)}}.")',
        "show_table was given the words 'Van 791.'",
    ),
    "name of a row": (
        f'show_table(draft(whole, groups=["step", "value"], **of_steps, cells=counted.steps()), "way", "T", {_COLUMNS})',
        "value: a result is no name of a row",
    ),
    "print": ("print(steps.talk.sum())", "a cell shows stream that did not pass disclosure: 73"),
}


@pytest.mark.parametrize("way", _PAST_THE_DECISION)
def test_a_number_past_the_decision_is_refused_by_the_build(workshop, way):
    code, told = _PAST_THE_DECISION[way]
    mark = "# %% [markdown]\n# ## Wat deze bijlage niet zegt"
    edit(workshop.root / "analysis/annexes/imvo.py", mark, f"# %%\n{code}\n\n{mark}")
    refused = workshop.missions("build")
    assert refused.returncode == 1 and f"annex imvo: {told}" in refused.stderr.replace("DisclosureError: ", ""), refused.stderr


def test_a_row_that_is_in_no_ledger_cannot_be_shown():
    from missions.disclosure import DisclosureError
    from missions.present.outputs import decided

    with pytest.raises(DisclosureError, match="row 'a-row' is not registered: make the table with `draft`"):
        decided({"show": "show_table", "ledger": [], "drafts": [{"rows": ["a-row"]}]}, {"rows": (), "counts": ()})
