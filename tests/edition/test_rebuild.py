"""A second build: nothing stale, nothing lost when input is bad, and no synthetic mark on real numbers."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from missions.sources.delivery import SYNTHETIC_HEADER
from support import tiny
from support.checkout import REGISTER, edit, fingerprint
from support.publication import page, pdf_pages
from support.tiny import OTHER_ROW, ROW, STEPS

CODES = "BEL DEU FRA ESP ITA POL SWE NOR DNK FIN PRT"
COUNTRIES = {f"XA{letter}": code for letter, code in zip("ABCDEFGHIJK", CODES.split(" "), strict=True)}
MICRODATA = ("missieregister", "deelnames", "effectmeting", "imvo_stappen")


def test_after_a_change_of_one_delivery_letter_annex_pdf_and_facts_agree(workshop):
    before = workshop.facts()["imvo_talk_n"]["text"]
    path = workshop.root / STEPS
    path.write_text(
        path.read_text(encoding="utf-8").replace(";ja;ja;ja;RVO;nee;nee;nee;", ";ja;ja;nee;;nee;nee;nee;"), encoding="utf-8"
    )
    workshop.reseal(STEPS)
    workshop.build()
    facts = workshop.facts()
    talks = facts["imvo_talk_n"]["text"]
    assert int(talks) == int(before) - 21, "so many rows were changed"
    for name in ("letter", "note", "index", "key-figures", *(f"annexes/{annex}" for annex in tiny.ANNEXES)):
        spans = page(workshop, name).select("article span.fact")
        assert spans, name
        for span in spans:
            key = span.find_parent("a")["href"].partition("#fact-")[2].replace("-", "_")
            assert span.get_text() == facts[key]["text"], f"{name}: {key} is stale"
    letter = " ".join(pdf_pages(workshop.pdf / "kamerbrief.pdf"))
    assert re.search(rf"voerden zij {talks} ?S? ?gesprekken", letter)
    assert talks in " ".join(pdf_pages(workshop.pdf / "bijlage-imvo.pdf"))


def test_building_again_without_a_change_gives_the_same_bytes(workshop):
    before = fingerprint(workshop.root / "_build")
    workshop.build()
    after = fingerprint(workshop.root / "_build")
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    assert not changed


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (ROW, ROW.replace(";RVO;", ";RWS;"), "row 14, column gesprek_met: must be one of: RVO, ministerie (found: RWS)"),
        (ROW, ROW.replace("XAF-01", "XAZ-09"), f"row 14, column missie_id: is not in {REGISTER} (found: 2025-XAZ-09)"),
        ("gesprek_met", "met", "row 2, column gesprek_met: column is missing"),
    ],
)  # fmt: skip
def test_a_bad_delivery_stops_the_build_before_anything_is_replaced(workshop, old, new, message):
    before = fingerprint(workshop.root / "_build")
    edit(workshop.root / STEPS, old, new)
    workshop.reseal(STEPS)
    result = workshop.missions("build")
    assert result.returncode == 1
    assert f"{STEPS}, {message}" in result.stderr, result.stderr
    assert "Traceback" not in result.stderr
    assert fingerprint(workshop.root / "_build") == before


def test_a_changed_file_with_an_old_checksum_is_refused(workshop):
    edit(workshop.root / STEPS, ROW, OTHER_ROW)
    result = workshop.missions("check")
    assert result.returncode == 1 and f"line 7, sha256: does not fit {Path(STEPS).name}" in result.stderr


def test_unknown_keys_in_prose_stop_the_build_with_file_and_line(workshop):
    before = fingerprint(workshop.root / "_build")
    letter = workshop.root / "book" / "letter.md"
    edit(letter, "{fact}`imvo_talk_n`", "{fact}`imvo_talks_n`")
    edit(letter, "{setting}`reference`", "{setting}`referentie`")
    lines = letter.read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "imvo_talks_n" in text)
    result = workshop.missions("build")
    assert result.returncode == 1
    assert re.search(r"book/letter.md, line \d+: unknown fact 'imvo_talks_n' \(did you mean imvo_talk_n", result.stderr)
    found = int(re.search(r"book/letter.md, line (\d+): unknown fact", result.stderr).group(1))
    # The parser knows where a paragraph begins, not each of its lines.
    assert 0 <= line - found <= 3
    assert "unknown setting 'referentie'" in result.stderr
    assert fingerprint(workshop.root / "_build") == before
    edit(letter, "{fact}`imvo_talks_n`", "{fact}`imvo_talk_n`")
    edit(letter, "{setting}`referentie`", "{setting}`reference`")
    assert workshop.missions("build").returncode == 0, "the next build must repair itself"


def test_a_failing_annex_is_named_and_the_last_good_build_stays(workshop):
    before = fingerprint(workshop.root / "_build")
    edit(workshop.root / "analysis/annexes/effect_cbs.py", "# ## De cijfers", "# ## De cijfers van het CBS")
    edit(workshop.root / "analysis/annexes/imvo.py", "imvo.chain(steps, missions)", "imvo.chain(steps, steps)")
    result = workshop.missions("build")
    assert result.returncode == 1 and "annex imvo: KeyError" in result.stderr
    assert "annex effect_cbs: made" in result.stdout, "the others are finished"
    assert "as far as it came: .state/failed/imvo.ipynb" in result.stderr
    assert "imvo.chain(steps, steps)" in (workshop.root / ".state/failed/imvo.ipynb").read_text(encoding="utf-8")
    assert "imvo.chain(steps, steps)" in result.stderr, "the failing cell is shown"
    assert fingerprint(workshop.root / "_build") == before


def test_real_deliveries_that_are_not_there_are_named(workshop):
    result = workshop.missions("build", "--deliveries", "real")
    assert result.returncode == 1
    for name in ("missieregister", "imvo_stappen"):
        assert f"data/confidential/2025/{name}.*: file is missing" in result.stderr


def test_real_deliveries_build_without_banner_or_marks(whole_workshop):
    """Real exports drop in: same names, no label. (Made here from the sample; nothing real is in this test.)"""
    for name in MICRODATA:
        source = whole_workshop.root / f"data/sample/2025/synthetisch_{name}.csv"
        table = pd.read_csv(source, sep=";", skiprows=1, dtype=str, keep_default_na=False).drop(columns=SYNTHETIC_HEADER)
        target = whole_workshop.root / f"data/confidential/2025/{name}.csv"
        target.parent.mkdir(parents=True, exist_ok=True)
        text = table.to_csv(sep=";", index=False)
        for invented, country in COUNTRIES.items():  # invented countries are refused here
            text = text.replace(invented, country)
        text = re.sub(r"SYN(\d{6})", r"00\1", text)  # and so are invented companies
        target.write_text(text, encoding="utf-8")
        sidecar = source.with_name(f"synthetisch_{name}.source.yml").read_text(encoding="utf-8")
        target.with_name(f"{name}.source.yml").write_text(sidecar.replace("(synthetisch)", ""), encoding="utf-8")
        whole_workshop.reseal(f"data/confidential/2025/{name}.csv", synthetic=False, sensitivity="confidential")
    whole_workshop.build("--deliveries", "real")
    assert not any(fact["synthetic"] for fact in whole_workshop.facts().values())
    for path in whole_workshop.html.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "synthetic-mark" not in text and "Voorbeelduitgave" not in text and "SYNTHETISCHE" not in text, path
    for path in whole_workshop.pdf.glob("*.pdf"):
        assert not any("Voorbeelduitgave" in text for text in pdf_pages(path)), path
    # Values of confidential deliveries stay out of messages.
    delivery = whole_workshop.root / "data/confidential/2025/effectmeting.csv"
    edit(delivery, "\n1;2019-PRT-02;herinnering;7;", "\n1;2019-PRT-02;herinnering;187;")
    whole_workshop.reseal("data/confidential/2025/effectmeting.csv")
    refused = whole_workshop.missions("check", "--deliveries", "real")
    assert "effectmeting.csv, row 2, column rapportcijfer" in refused.stderr and "187" not in refused.stderr
