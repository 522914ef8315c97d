"""Prose owns no numbers: what a reader sees as a figure comes from a fact or a setting."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import jupytext
import pytest
import yaml

from missions.paths import ROOT
from missions_book.prose import typed
from missions_book.prose.typed import CAUSAL, ROLE, as_typed, causal_sentences, typed_figures
from support.checkout import edit

PAGES = sorted(path for path in (ROOT / "book").rglob("*.md") if "annexes" not in path.parts)
NOTEBOOKS = sorted((ROOT / "analysis" / "annexes").glob("*.py"))


def markdown_of(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return text if path.suffix == ".md" else typed.markdown_of(text)


@pytest.mark.parametrize("path", [*PAGES, *NOTEBOOKS], ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_number_in_prose_is_typed(path):
    found = typed_figures(markdown_of(path))
    assert not found


def test_the_check_finds_typed_numbers_with_their_line():
    good = "Goed: {fact}`effect_mean_grade` en {setting}`reporting_year`."
    text = f"{good}\nFout: gemiddeld een 8,0.\n```\n17\n```\nOok fout: twaalf missies."
    assert typed_figures(text) == [(2, "Fout: gemiddeld een 8,0."), (6, "Ook fout: twaalf missies.")]
    note = "```{note} Alle 13\n:class: n3\nIn 2025.\n```\n% 8 lezers\n<!-- 9\n10 -->\n"
    note += ":::{sample-only}\nNog 7.\n:::\n~~~\n5\n~~~\nEn 6."
    assert [number for number, _ in typed_figures(note)] == [1, 3, 9, 14]
    heard = "```{figure} a.png\n:name: fig-3\n:alt: Een 8,4.\n```\n```{image} a.png\n:alt: Een 7.\n```\n"
    heard += "```{math}\n:alt: x gedeeld door 2\nx/2\n```"
    assert [number for number, _ in typed_figures(heard)] == [3, 6], "what a picture shows is heard; a formula has its figures"


@pytest.mark.parametrize(
    ("line", "typed_as"),
    [
        ("{claim}`alle 15 missies <a_claim>` en {sub}`2`", "alle 15 missies en 2"),
        ("{abbr}`B2B (business to business)`, {doc}`bijlage 3 <annexes/imvo>`", "B2B (business to business), bijlage 3"),
        ("{fact}`imvo_talk_n`, {setting}`scale_grade5`, {math}`a^2`, {numref}`fig-2025`", ", , , "),
    ],
)
def test_the_words_of_a_role_are_typed_and_its_key_is_not(line, typed_as):
    assert as_typed(line) == typed_as


def test_the_prose_of_a_notebook_keeps_its_line_numbers():
    path = NOTEBOOKS[0]
    cell = next(c for c in jupytext.read(path).cells if c.cell_type == "markdown")
    lines = path.read_text(encoding="utf-8").splitlines()
    first = cell.source.splitlines()[0]
    assert markdown_of(path).splitlines().index(first) == lines.index(f"# {first}")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_titles_in_annexes_own_no_numbers(path):
    for cell in jupytext.read(path).cells:
        if cell.cell_type == "code":
            texts = [node.value for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Constant)]
            assert not [text for text in texts if isinstance(text, str) and " " in text and re.search(r"\d", text)]


@pytest.mark.parametrize("path", [*PAGES, *NOTEBOOKS], ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_sentence_names_a_cause_that_the_design_does_not_show(path):
    assert causal_sentences(markdown_of(path)) == []


def test_the_check_on_causes_sees_them_and_lets_denials_pass():
    wrong = ["Contact leidt tot een hogere waardering.", "Door de missie groeide de handel.", "Dat leverde bedrijven veel op."]
    right = [
        "Dat contact leidt niet tot een hogere waardering.",
        "Het effect van {fact}`cbs_start_trade_total_pct` is gemeten.",
        "Wie dat minder weet, waardeert de aanwezigheid lager.",
    ]
    assert causal_sentences("\n".join([*wrong, *right])) == list(enumerate(wrong, 1))


def test_what_a_number_says_names_no_cause_either():
    for key, declared in yaml.safe_load((ROOT / "book" / "facts.yml").read_text(encoding="utf-8")).items():
        assert key.startswith("cbs_") or not CAUSAL.search(declared["estimand"]), key


def test_percent_and_percentage_points_are_words_of_numbers_and_not_of_prose():
    """A number brings its own unit (book/_ext/wording.py); a typed one could be the wrong one of the two."""
    explains = "niet duidelijk of het om procenten of om procentpunten gaat"
    for path in [*PAGES, *NOTEBOOKS]:
        for line in ROLE.sub("", markdown_of(path)).splitlines():
            assert "procent" not in line or explains in line, f"{path.name}: {line}"


def test_measured_effects_do_not_stand_beside_reported_money():
    """Self-reported money is no realised trade: never in one paragraph with a CBS effect."""
    for path in [*PAGES, *NOTEBOOKS]:
        for paragraph in re.split(r"\n\s*\n|\n# *\n", markdown_of(path)):
            assert not ("cbs_start" in paragraph and re.search(r"_eur`|euro", paragraph)), paragraph


@pytest.mark.parametrize(
    ("page", "wrong", "told"),
    [
        ("book/letter.md", "In 2025 waren er 15 missies met 900 bedrijven.", "is typed: use {fact} or {setting}"),
        (
            "book/letter.md",
            "De missies gingen goed, en daardoor verdubbelde de handel.",
            "names a cause that the data do not show",
        ),
        ("book/index.md", "```{note}\nGemiddeld een 8,4.\n```", "is typed"),
        ("analysis/annexes/imvo.py", "# Van alle bedrijven deed 93 procent mee.", "is typed"),
    ],
)
def test_a_typed_figure_or_a_cause_is_refused_by_preview_and_edition_with_its_line(workshop, page, wrong, told):
    allowed = (ROOT / "book/typed_figures.yml").read_text(encoding="utf-8")
    trial = "trial:\n  pattern: '\\[figuur 1'\n  reason: a link of the tiny book.\n"
    (workshop.root / "book/typed_figures.yml").write_text(allowed + trial, encoding="utf-8")
    path = workshop.root / page
    text = path.read_text(encoding="utf-8")
    marker = "# ## Wat deze bijlage niet zegt\n#\n" if page.endswith(".py") else "\n"
    if page.endswith(".py"):
        edit(path, marker, f"{marker}{wrong}\n#\n")
    else:
        path.write_text(f"{text.rstrip()}\n\n{wrong}\n", encoding="utf-8")
    sentence = wrong.splitlines()[1 if wrong.startswith("```") else 0].removeprefix("# ")
    number = next(n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if sentence in line)
    before = (workshop.root / "_build/facts.json").read_bytes()
    for arguments in ((), ("--preview",)):
        refused = workshop.missions("build", *arguments)
        assert refused.returncode == 1 and f'{page}, line {number}: "{sentence}" {told}' in refused.stderr, refused.stderr
    assert (workshop.root / "_build/facts.json").read_bytes() == before
