"""A second build: nothing stale, and nothing lost when input is bad."""

from __future__ import annotations

import re
from pathlib import Path

from support import tiny
from support.checkout import REGISTER, edit, fingerprint
from support.publication import page, pdf_pages
from support.tiny import OTHER_ROW, ROW, STEPS


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


def test_a_bad_delivery_stops_the_build_before_anything_is_replaced(workshop):
    before, good = fingerprint(workshop.root / "_build"), (workshop.root / STEPS).read_text(encoding="utf-8")
    for verb, old, new, message in (
        ("build", ROW, ROW.replace(";RVO;", ";RWS;"), "row 4, column gesprek_met: must be one of: RVO, ministerie (found: RWS)"),
        ("check", ROW, ROW.replace("XAB-01", "XAZ-09"), f"row 4, column missie_id: is not in {REGISTER} (found: 2025-XAZ-09)"),
        ("check", "gesprek_met", "met", "row 2, column gesprek_met: column is missing"),
    ):
        (workshop.root / STEPS).write_text(good, encoding="utf-8")
        edit(workshop.root / STEPS, old, new)
        workshop.reseal(STEPS)
        result = workshop.missions(verb)
        assert result.returncode == 1 and f"{STEPS}, {message}" in result.stderr, result.stderr
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
