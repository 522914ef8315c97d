"""Prose owns no numbers: what a reader sees as a figure comes from a fact or a setting."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import jupytext
import pytest
import yaml

from missions.paths import ROOT

PAGES = sorted(path for path in (ROOT / "book").rglob("*.md") if "annexes" not in path.parts)
NOTEBOOKS = sorted((ROOT / "analysis" / "annexes").glob("*.py"))
_REVIEWED = yaml.safe_load((ROOT / "tests" / "allowed_digits.yml").read_text(encoding="utf-8"))
ALLOWED = [re.compile(entry["pattern"]) for entry in _REVIEWED]
ROLE = re.compile(r"\{[a-z-]+\}`[^`]*`")
# Written-out figures are figures too.
NUMBER_WORDS = re.compile(
    r"\b(vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf|twintig|dertig|veertig|vijftig|honderd|duizend|miljoen|miljard)\b"
)


def typed_numbers(text: str) -> list[str]:
    """`line N: text` for every line with a typed figure."""
    found, in_code = [], False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            in_code = not in_code
        if in_code or line.startswith("```"):
            continue
        bare = ROLE.sub("", line)
        for pattern in ALLOWED:
            bare = pattern.sub("", bare)
        if re.search(r"\d", bare) or NUMBER_WORDS.search(bare.lower()):
            found.append(f"line {number}: {line.strip()}")
    return found


def markdown_of(path: Path) -> str:
    """The prose of a notebook, every line where it stands in the file."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    lines, prose = [], False
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# %%"):
            prose = "[markdown]" in line
        lines.append(line[2:] if prose and line.startswith("# ") and not line.startswith("# %%") else "")
    return "\n".join(lines)


@pytest.mark.parametrize("path", [*PAGES, *NOTEBOOKS], ids=lambda p: p.relative_to(ROOT).as_posix())
def test_no_number_in_prose_is_typed(path):
    found = typed_numbers(markdown_of(path))
    assert not found, (
        f"{path.relative_to(ROOT)}: use {{fact}} or {{setting}}, or explain in tests/allowed_digits.yml:\n" + "\n".join(found)
    )


def test_the_check_finds_typed_numbers_with_their_line():
    good = "Goed: {fact}`effect_mean_grade` en {setting}`reporting_year`."
    text = f"{good}\nFout: gemiddeld een 8,0.\n```\n17\n```\nOok fout: twaalf missies."
    assert typed_numbers(text) == ["line 2: Fout: gemiddeld een 8,0.", "line 6: Ook fout: twaalf missies."]


def test_the_prose_of_a_notebook_keeps_its_line_numbers():
    path = NOTEBOOKS[0]
    cell = next(c for c in jupytext.read(path).cells if c.cell_type == "markdown")
    lines = path.read_text(encoding="utf-8").splitlines()
    first = cell.source.splitlines()[0]
    assert markdown_of(path).splitlines().index(first) == lines.index(f"# {first}")


def test_titles_and_words_of_data_files_own_no_numbers_either():
    for name in ("facts.yml", "labels.yml"):
        for key, value in yaml.safe_load((ROOT / "book" / name).read_text(encoding="utf-8")).items():
            text = value["estimand"] if isinstance(value, dict) else value
            assert not re.search(r"\d", text), f"book/{name}, {key}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_titles_in_annexes_own_no_numbers(path):
    for cell in jupytext.read(path).cells:
        if cell.cell_type == "code":
            texts = [node.value for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Constant)]
            assert not [text for text in texts if isinstance(text, str) and " " in text and re.search(r"\d", text)]


# Words that say that one thing brings about another. Answers to a survey and counts of a register cannot carry them.
CAUSAL = re.compile(
    r"\b(leid(?:t|de|den|en)\b.{0,40}?\btot\b|door (?:de|deze|een|die) missies?\b|dankzij|veroorzaa\w+|als gevolg van"
    r"|zorgden? voor|levert?(?:de|den|e|t)?\b.{0,30}?\bop\b|het effect van|waardoor|verklaart de|komt door)",
    re.IGNORECASE,
)
# Sentences on which the design does allow it, or that deny it; and on steps of a procedure, which do follow from each other.
_MAY = [re.compile(pattern) for pattern in (
    r"\bcbs_\w+`",  # the study of Statistics Netherlands compares with companies that stayed at home
    r"\b(niet|niets|geen|nooit)\b", r"\bof\b.*\bgegevens dat dragen\b", r"\?$",
    r"\b(zelfscan|toets|uitnodigingen|tot een gesprek)\b",
)]  # fmt: skip


def causal_sentences(text: str) -> list[str]:
    """`line N: sentence` for every sentence that says more of causes than its numbers can."""
    return [
        f"line {number}: {line.strip()}"
        for number, line in enumerate(text.splitlines(), 1)
        if CAUSAL.search(line) and not any(pattern.search(line) for pattern in _MAY)
    ]


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
    assert causal_sentences("\n".join([*wrong, *right])) == [f"line {n}: {line}" for n, line in enumerate(wrong, 1)]


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
