"""Refused are a judging sentence that nothing tests, a fact without a value, and record and sample in one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

from missions.paths import ROOT
from missions_book.prose.judging import judging_words
from support.checkout import edit

LISTS = yaml.safe_load((Path(__file__).parent / "judging_sentences.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", LISTS)
def test_of_forty_sentences_that_judge_at_least_36_are_found_and_of_forty_that_do_not_at_most_two(name):
    missed = [sentence for sentence in LISTS[name]["judging"] if not judging_words(sentence)]
    false = [sentence for sentence in LISTS[name]["plain"] if judging_words(sentence)]
    assert len(LISTS[name]["judging"]) == len(LISTS[name]["plain"]) == 40
    assert len(missed) <= 4, missed
    assert len(false) <= 2, false


@pytest.mark.parametrize(
    "sentence",
    [
        "Of de missies beter waren, is niet te zeggen.",
        "Het interval laat zien hoe hoog het cijfer kan zijn.",
        "Meer dan een antwoord was mogelijk.",
        "Deze cijfers zeggen niets over een hogere omzet.",
        "Leidde de missie tot meer handel?",
    ],
)
def test_who_asks_counts_or_denies_does_not_judge(sentence):
    assert judging_words(sentence) == []


def test_the_words_that_judge_are_named():
    assert judging_words("De waardering is opnieuw lager.") == ["opnieuw", "lager"]
    assert judging_words("De waardering neemt al jaren toe.") == ["neemt al jaren toe"]
    assert judging_words("Zonder missie was dat contract er niet gekomen.")


def with_the_real_rules(workshop) -> None:
    rules = (ROOT / "book/judging_exceptions.yml").read_text(encoding="utf-8")
    (workshop.root / "book/judging_exceptions.yml").write_text(rules, encoding="utf-8")


def append(workshop, name: str, text: str) -> int:
    """The line on which the text begins."""
    path = workshop.root / "book" / f"{name}.md"
    before = path.read_text(encoding="utf-8").rstrip()
    path.write_text(f"{before}\n\n{text}\n", encoding="utf-8")
    return len(before.splitlines()) + 2


def test_what_no_sentence_may_be_is_refused_by_preview_and_edition_with_its_line(workshop):
    with_the_real_rules(workshop)
    success = append(workshop, "letter", "Dit is een zin.\nDe missies waren een\ngroot succes.") + 1
    content = append(workshop, "index", "- Bedrijven zijn tevreden.")
    text = "Het CBS vond {fact}`cbs_start_trade_total_pct` bij {fact}`imvo_participations_n` deelnames."
    mixed = append(workshop, "index", text)
    wrong = [
        (f"book/letter.md, line {success}: ", "De missies waren een groot succes.", "judges (succes)"),
        (f"book/index.md, line {content}: ", "Bedrijven zijn tevreden.", "judges (tevreden)"),
        (f"book/index.md, line {mixed}: ", "procent bij", "and {fact}`imvo_participations_n` is synthetic: not in one sentence"),
    ]
    annex = workshop.root / "analysis/annexes/imvo.py"
    edit(annex, "# ## Wat deze bijlage niet zegt\n#\n", "# ## Wat deze bijlage niet zegt\n#\n# De zelfscan slaat aan.\n#\n")
    before = (workshop.root / "_build/facts.json").read_bytes()
    for arguments in ((), ("--preview",)):
        refused = workshop.missions("build", *arguments)
        assert refused.returncode == 1
        for place, words, told in wrong:
            (found,) = [one for one in refused.stderr.splitlines() if words in one]
            assert place in found and told in found
        line = annex.read_text(encoding="utf-8").splitlines().index("# De zelfscan slaat aan.") + 1
        assert f'analysis/annexes/imvo.py, line {line}: "De zelfscan slaat aan." judges (slaat aan)' in refused.stderr
    assert (workshop.root / "_build/facts.json").read_bytes() == before


PLACES = {
    "table": ("| Punt | Oordeel |\n|---|---|\n| matchmaking | is uitstekend |", "is uitstekend"),
    "dropdown": (":::{dropdown} Een geslaagd jaar\nDaarover dit.\n:::", "Een geslaagd jaar"),
    "set apart": (
        "Het was **een succes met {fact}`imvo_participations_n` deelnames**.",
        "Het was een succes met",
    ),
    "admonition": ("```{admonition} Een prachtig resultaat, en dus een succes\nDaarover dit.\n```", "Een prachtig resultaat"),
    "definition": ("Missie\n: Dit is een onmisbare reis.", "Dit is een onmisbare reis."),
    "quotation": ("> Bedrijven zijn enthousiast.", "Bedrijven zijn enthousiast."),
    "footnote": ("Een zin.[^a]\n\n[^a]: De zelfscan slaat aan.", "De zelfscan slaat aan."),
    "heading": ("## Een mislukking\n\nEen zin.", "Een mislukking"),
    "picture": ("![De waardering daalt](trap.png)", "De waardering daalt"),
}


def test_wherever_a_judgement_stands_on_a_page_it_is_refused(workshop):
    with_the_real_rules(workshop)
    for written, _ in PLACES.values():
        append(workshop, "index", written)
    refused = workshop.missions("build", "--preview")
    assert refused.returncode == 1
    told = [line for line in refused.stderr.splitlines() if " judges (" in line]
    missing = [place for place, (_, words) in PLACES.items() if not any(words in line for line in told)]
    assert not missing, refused.stderr


def test_a_fact_without_a_value_stands_in_no_sentence_but_in_one_for_when_it_is_known(workshop):
    series = workshop.root / "data/raw/2025/series.csv"
    lines = series.read_text(encoding="utf-8").splitlines(keepends=True)
    series.write_text("".join(line for line in lines if "imvo_exclusions" not in line), encoding="utf-8")
    workshop.reseal("data/raw/2025/series.csv")
    known, unknown = "imvo_participations_n", "record_imvo_exclusions_n"
    sentence = f"Het aantal uitgesloten bedrijven is {{fact}}`{unknown}`."
    lines = (workshop.root / "book/index.md").read_text(encoding="utf-8").splitlines()
    refused = workshop.missions("build", "--preview")
    assert refused.returncode == 1 and f"book/index.md, line {lines.index(sentence) + 1}: " in refused.stderr, refused.stderr
    told = f"{{fact}}`{unknown}` has no value in this edition; say what is known of it under {{when-known}} and {{when-unknown}}"
    assert told in refused.stderr
    text = ":::{{when-known}} {0}\nHet is {{fact}}`{0}`.\n:::\n\n:::{{when-unknown}} {0}\nVan {1} is niets bekend.\n:::"
    edit(workshop.root / "book/index.md", sentence, text.format(known, "dit") + "\n\n" + text.format(unknown, "dat"))
    workshop.build("--preview")
    preview = workshop.root / "_build/preview/html/book/index.html"
    shown = BeautifulSoup(preview.read_text(encoding="utf-8"), "lxml").get_text()
    assert "Van dat is niets bekend." in shown and "Van dit is niets bekend." not in shown
    assert "Het is " in shown
