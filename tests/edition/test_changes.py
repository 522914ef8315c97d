"""The change matrix: every kind of change, then every output compared with a clean build elsewhere. Nothing is ever stale."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from support.checkout import REGISTER, SURVEY, Checkout, edit, fingerprint
from support.publication import page, pdf_pages

LETTER, NOTE = "book/letter.md", "book/note.md"
SURVEYED = ("effect", "effect_programme", "minister_valuation", "minister_drivers")
ANNEXES = ("overview", *SURVEYED, "effect_cbs", "imvo")


@pytest.fixture(scope="module")
def moving(without_factsheets, tmp_path_factory) -> Checkout:
    """A checkout that goes through all changes, one after the other, as a working day does."""
    target = tmp_path_factory.mktemp("moving") / "checkout"
    shutil.copytree(without_factsheets.root, target, symlinks=True)
    return Checkout(target)


def delivery(checkout: Checkout) -> None:
    edit(checkout.root / SURVEY, "\n1;2019-XAK-02;herinnering;7;", "\n1;2019-XAK-02;herinnering;8;")
    checkout.reseal(SURVEY)


def delivery_with_an_old_time(checkout: Checkout) -> None:
    """A file that is put back from an archive is older than what was made from the one before it."""
    path = checkout.root / REGISTER
    times = path.stat()
    edit(path, ";handelsmissie;", ";innovatiemissie;") if ";innovatiemissie;" in path.read_text() else None
    checkout.reseal(REGISTER, title="Missieregister, herzien")
    for changed in (path, path.with_name(path.stem + ".source.yml")):
        os.utime(changed, (times.st_atime - 9e6, times.st_mtime - 9e6))


def sidecar(checkout: Checkout) -> None:
    checkout.reseal("data/raw/2025/cbs_effect_2024.csv", title="Effect van missies, herziene titel")


def correction(checkout: Checkout) -> None:
    entry = {
        "file": "data/raw/2025/series.csv",
        "key": {"indicator": "mean_grade", "period_start": 2025, "period_end": 2025, "qualifier": "exact"},
        "column": "value",
        "old": "8.0",
        "new": "7.9",
        "reason": "a test",
        "confirmed_by": "nobody",
    }
    path = checkout.root / "data/corrections/2025.yml"
    path.parent.mkdir()
    path.write_text(yaml.safe_dump({"corrections": [entry]}), encoding="utf-8")


def year_file(checkout: Checkout) -> None:
    edit(checkout.root / "analysis/years/2025.yml", "reference: BZ2627637", "reference: BZ2627638")


def parameter(checkout: Checkout) -> None:
    edit(checkout.root / "analysis/years/2025.yml", "  effect:\n    first_year: 2021", "  effect:\n    first_year: 2022")


def assumption(checkout: Checkout) -> None:
    path = checkout.root / "analysis/assumptions.yml"
    choices = yaml.safe_load(path.read_text(encoding="utf-8"))
    choices["confidence_level"]["value"] = 0.9
    path.write_text(yaml.safe_dump(choices, allow_unicode=True), encoding="utf-8")


def library(checkout: Checkout) -> None:
    """Seen within the same second and with the same size, which byte code by time and size would miss."""
    path = checkout.root / "analysis/missions/present/numbers.py"
    times = path.stat()
    edit(path, 'WITHHELD = "niet gepubliceerd"', 'WITHHELD = "niet openbaargema"')
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def annex_prose(checkout: Checkout) -> None:
    edit(checkout.root / "analysis/annexes/effect.py", "# ## Het rapportcijfer", "# ## Het rapportcijfer van bedrijven")


def annex_code(checkout: Checkout) -> None:
    edit(checkout.root / "analysis/annexes/effect.py", '"Het gemiddelde rapportcijfer per jaar', '"Het rapportcijfer per jaar')


def prose(checkout: Checkout) -> None:
    path = checkout.root / NOTE
    path.write_text(path.read_text(encoding="utf-8") + "\nEen zin die er niet stond.\n", encoding="utf-8")


def prose_with_an_old_time(checkout: Checkout) -> None:
    path = checkout.root / LETTER
    times = path.stat()
    path.write_text(path.read_text(encoding="utf-8") + "\nOok dit stond er niet.\n", encoding="utf-8")
    os.utime(path, (times.st_atime - 9e6, times.st_mtime - 9e6))


def title(checkout: Checkout) -> None:
    """A title stands in the contents of every other page."""
    path = checkout.root / "book/method/glossary.md"
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"^# .*$", "# Woordenlijst van termen", text, count=1, flags=re.MULTILINE), encoding="utf-8")


def word(checkout: Checkout) -> None:
    path = checkout.root / "book/labels.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        re.sub(r"(?m)^matchmaking_quality:.*$", "", text) + "matchmaking_quality: hoe goed de matchmaking was\n", encoding="utf-8"
    )


def claim(checkout: Checkout) -> None:
    edit(checkout.root / "book/claims.yml", "De waardering van de meerwaarde van de", "De waardering door bedrijven van de")


def estimand(checkout: Checkout) -> None:
    path = checkout.root / "book/facts.yml"
    facts = yaml.safe_load(path.read_text(encoding="utf-8"))
    facts["effect_mean_grade"]["estimand"] = "Het cijfer dat bedrijven geven."
    path.write_text(yaml.safe_dump(facts, allow_unicode=True, sort_keys=False), encoding="utf-8")


def order(checkout: Checkout) -> None:
    edit(
        checkout.root / "_toc.yml",
        "      - file: book/letter\n      - file: book/note\n",
        "      - file: book/note\n      - file: book/letter\n",
    )


def setting(checkout: Checkout) -> None:
    edit(checkout.root / "_config.yml", "title: Rapportage economische missies\n", "title: Rapportage over economische missies\n")


def style(checkout: Checkout) -> None:
    path = checkout.root / "book/_static/publication.css"
    path.write_text(path.read_text(encoding="utf-8") + "\n/* another colour */\n", encoding="utf-8")


def extension(checkout: Checkout) -> None:
    edit(
        checkout.root / "book/_ext/missions_book/site/publication.py",
        '"De hele publicatie als PDF"',
        '"De gehele publicatie als PDF"',
    )


def typst_template(checkout: Checkout) -> None:
    path = checkout.root / "book/_ext/missions_book/pdf/document.typ"
    edit(path, "bottom: 25mm", "bottom: 26mm")


def document_gone(checkout: Checkout) -> None:
    edit(checkout.root / "_config.yml", "      - {name: bijlage-imvo, title: Bijlage IMVO, pages: [book/annexes/imvo]}\n", "")
    edit(checkout.root / "analysis/years/2025.yml", "annexes_n: 4", "annexes_n: 3")


def page_gone(checkout: Checkout) -> None:
    edit(checkout.root / "_toc.yml", "      - file: book/method/survey\n", "")
    for path in (checkout.root / "book").rglob("*.md"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"\[([^\]]*)\]\([^)]*survey\.md[^)]*\)", r"\1", text), encoding="utf-8")


# what is changed -> which annexes must be made again, and a text that some output must now hold (None: see the comparison)
CHANGES: dict[Callable, tuple[set[str], str | None]] = {
    delivery: (set(SURVEYED), None),
    delivery_with_an_old_time: (set(ANNEXES) - {"effect_cbs"}, "Missieregister, herzien"),
    sidecar: ({"effect_cbs"}, "herziene titel"),
    correction: (set(ANNEXES), "7,9"),
    year_file: (set(ANNEXES), "BZ2627638"),
    parameter: (set(ANNEXES), None),
    assumption: (set(ANNEXES) - {"effect_cbs"}, None),
    library: (set(ANNEXES), None),
    annex_prose: ({"effect"}, "Het rapportcijfer van bedrijven"),
    annex_code: ({"effect"}, "Het rapportcijfer per jaar"),
    prose: (set(), "Een zin die er niet stond"),
    prose_with_an_old_time: (set(), "Ook dit stond er niet"),
    title: (set(), "Woordenlijst van termen"),
    word: (set(ANNEXES), "hoe goed de matchmaking was"),
    claim: (set(ANNEXES) - {"overview"}, "De waardering door bedrijven van de"),
    estimand: (set(ANNEXES), "Het cijfer dat bedrijven geven"),
    order: (set(), None),
    setting: (set(), "Rapportage over economische missies"),
    style: (set(), None),
    extension: (set(), "De gehele publicatie als PDF"),
    typst_template: (set(), None),
    document_gone: (set(ANNEXES), None),  # the year file says how many annexes there are, and every annex reads it
    page_gone: (set(), None),
}


def all_text(checkout: Checkout) -> str:
    pages = " ".join(path.read_text(encoding="utf-8") for path in checkout.html.rglob("*.html"))
    return pages + " ".join(text for pdf in checkout.pdf.glob("*.pdf") for text in pdf_pages(pdf))


# Much the same way as another kind of change that is always tried.
LONG = {
    *(delivery_with_an_old_time, sidecar, year_file, assumption, annex_prose, prose, order, setting, style, typst_template),
    *(word, estimand, document_gone, parameter, correction, claim, extension, annex_code),
}
KINDS = [pytest.param(change, marks=pytest.mark.long if change in LONG else ()) for change in CHANGES]


@pytest.mark.parametrize("change", KINDS, ids=lambda change: change.__name__)
def test_after_a_change_every_output_is_what_a_clean_build_gives(moving, change):
    before = fingerprint(moving.root / "_build")
    change(moving)
    made = set(re.findall(r"annex (\w+): made", moving.build().stdout))
    annexes, text = CHANGES[change]
    assert made == annexes, "what must run runs, and nothing else"
    assert fingerprint(moving.root / "_build") != before, "the change shows"
    if text:
        assert text in all_text(moving)
    verified = moving.missions("verify")
    assert verified.returncode == 0, verified.stderr


def test_a_title_is_new_in_the_contents_of_every_page(moving):
    for name in ("letter", "annexes/imvo", "method/variables"):
        assert "Woordenlijst van termen" in page(moving, name).select_one("nav.bd-links").get_text()


def test_a_page_that_is_gone_is_gone_from_the_site_and_its_search(moving):
    assert not (moving.html / "book/method/survey.html").exists()
    assert "book/method/survey" not in (moving.html / "searchindex.js").read_text(encoding="utf-8")
    assert not list(Path(moving.root / "_build/current").rglob("survey.html"))
