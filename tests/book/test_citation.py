"""How to cite: CITATION.cff, the words on the page, the files, the meta tags and JSON-LD say the same."""

from __future__ import annotations

import datetime
import json
import re
import subprocess

import pytest
import yaml

from missions.choice import COMMIT_PLACE
from missions.declared.year_file import load_year
from missions.edition import results
from missions.machine import snapshot
from missions.paths import ROOT
from missions.present.numbers import dutch_date
from support import tiny
from support.checkout import Checkout, edit
from support.publication import ANNEXES, PDFS, all_pages, page, sign_off_table

SYNTHETIC = "synthetische gegevens"


@pytest.fixture(scope="module")
def known(built) -> dict:
    """What CITATION.cff and the year file say."""
    cff = yaml.safe_load((built.root / "CITATION.cff").read_text(encoding="utf-8"))
    reference = load_year(2025, "sample").reference
    assert reference in {identifier["value"] for identifier in cff["identifiers"]}
    return cff | {"reference": reference, "year": 2025, "name": f"{cff['title']} 2025"}


def meta(soup) -> dict[str, str]:
    return {tag["name"]: tag["content"] for tag in soup.select("head meta[name]")}


def described(soup) -> dict:
    (script,) = soup.select('script[type="application/ld+json"]')
    return json.loads(script.string)


def test_the_reference_in_words_holds_all_that_finds_the_publication_again(built, known):
    for name in ("cite", "for-parliament"):
        words = page(built, name).select_one("article blockquote").get_text(" ", strip=True)
        for part in (known["authors"][0]["name"], known["name"], known["reference"], f"versie {known['version']}"):
            assert part in words
        assert dutch_date(known["date-released"]) in words and SYNTHETIC in words


def test_the_files_for_reference_managers_say_the_same(built, known):
    bibtex = (built.html / "data/citeer.bib").read_text(encoding="utf-8")
    fields = dict(re.findall(r"^  (\w+) = \{(.*)\},$", bibtex, re.MULTILINE))
    assert fields["title"] == f"{{{known['name']}}}" and fields["author"] == f"{{{known['authors'][0]['name']}}}"
    assert fields["number"] == known["reference"] and fields["version"] == known["version"]
    assert [int(fields[part]) for part in ("year", "month", "day")] == [
        known["date-released"].year, known["date-released"].month, known["date-released"].day,
    ]  # fmt: skip
    assert bibtex.count("{") == bibtex.count("}") and SYNTHETIC in fields["note"]
    ris = (built.html / "data/citeer.ris").read_bytes().decode("utf-8").split("\r\n")
    tags = dict(line.split("  - ", 1) for line in ris if line)
    assert ris[0] == "TY  - RPRT" and ris[-2].startswith("ER  -")
    assert tags["TI"] == known["name"] and tags["AU"] == known["authors"][0]["name"] and tags["M1"] == known["reference"]
    assert tags["DA"] == f"{known['date-released']:%Y/%m/%d}" and tags["ET"] == known["version"] and SYNTHETIC in tags["N1"]
    links = {link["href"] for link in page(built, "cite").select("article a[download]")}
    assert links == {"../data/citeer.bib", "../data/citeer.ris"}


def test_every_page_is_described_for_machines_as_for_readers(built, known):
    seen = 0
    for path in sorted((built.html / "book").rglob("*.html")):
        soup = page(built, path.relative_to(built.html / "book").with_suffix("").as_posix())
        tags, data = meta(soup), described(soup)
        title = soup.select_one("article h1").get_text().rstrip("#").strip()
        assert tags["citation_title"] == tags["DC.title"] == title
        assert tags["citation_author"] == tags["DC.creator"] == known["authors"][0]["name"]
        assert tags["DC.date"] == str(known["date-released"]) == tags["citation_publication_date"].replace("/", "-")
        assert tags["citation_technical_report_number"] == known["reference"] and known["version"] in tags["DC.identifier"]
        assert tags["DC.language"] == tags["citation_language"] == soup.html["lang"] == "nl"
        assert SYNTHETIC in tags["DC.description"]
        assert (path.parent / tags["citation_pdf_url"]).resolve().is_file(), path
        whole = data if path.stem == "index" else data["isPartOf"]
        assert whole["@type"] == "Report" and whole["name"] == tags["DC.isPartOf"] == known["name"]
        assert (whole["version"], whole["reportNumber"]) == (known["version"], known["reference"])
        assert whole["datePublished"] == tags["DC.date"] and whole["license"] == tags["DC.rights"]
        assert [author["name"] for author in whole["author"]] == [author["name"] for author in known["authors"]]
        assert SYNTHETIC in whole["creativeWorkStatus"] and data["encoding"]["contentUrl"] == tags["citation_pdf_url"]
        seen += 1
    assert seen > 20


def test_a_page_leads_to_its_own_pdf(built):
    for annex, pdf in ANNEXES.items():
        assert meta(page(built, f"annexes/{annex}"))["citation_pdf_url"] == f"../../pdf/{pdf}.pdf"
    assert meta(page(built, "letter"))["citation_pdf_url"] == "../pdf/kamerbrief.pdf"


def test_the_start_page_names_the_data_and_they_are_there(built):
    (data,) = described(page(built, "index"))["hasPart"]
    for one in data["distribution"]:
        assert (built.html / "book" / one["contentUrl"]).resolve().is_file(), one


def test_every_page_ends_with_version_and_reference(built, known):
    pages = [path for path in all_pages(built) if path != built.html / "index.html"]  # which only leads on
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert f"kenmerk {known['reference']}, versie {known['version']}{COMMIT_PLACE}" in text, path


def test_the_theme_names_the_same_authors(known):
    assert yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))["author"] == known["authors"][0]["name"]


def test_parliament_finds_all_pdfs_on_its_page(built):
    links = [link["href"] for link in page(built, "for-parliament").select("article a[href$='.pdf']")]
    assert {link.rpartition("/")[2].removesuffix(".pdf") for link in links} >= PDFS


# --- the commit -------------------------------------------------------------------------------------------------------
@pytest.fixture
def repository(tmp_path, monkeypatch) -> Checkout:
    monkeypatch.delenv(snapshot.COMMIT, raising=False)
    (tmp_path / "book").mkdir()
    (tmp_path / "book/letter.md").write_text("Brief\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("nothing of ours\n", encoding="utf-8")
    return Checkout(tmp_path)


def git(checkout: Checkout, *words: str) -> str:
    who = ["-c", "user.name=test", "-c", "user.email=test@example.org"]
    return subprocess.run(["git", *who, *words], cwd=checkout.root, capture_output=True, text=True, check=True).stdout.strip()


def test_the_commit_is_that_of_the_sources_and_a_plus_tells_of_what_is_not_in_it(repository):
    root = str(repository.root)
    assert snapshot.commit(root) == "", "outside git"
    git(repository, "init", "-q")
    assert snapshot.commit(root) == "", "nothing was committed yet"
    git(repository, "add", ".")
    git(repository, "commit", "-qm", "first")
    first = snapshot.commit(root)
    assert re.fullmatch(r"[0-9a-f]{12}", first) and git(repository, "rev-parse", "HEAD").startswith(first)
    (repository.root / "notes.txt").write_text("still nothing of ours\n", encoding="utf-8")
    assert snapshot.commit(root) == first, "no part of the publication"
    (repository.root / "book/note.md").write_text("Nota\n", encoding="utf-8")
    assert snapshot.commit(root) == f"{first}+"


def test_what_is_built_to_compare_has_the_commit_of_what_it_is_compared_with(repository, monkeypatch):
    monkeypatch.setenv(snapshot.COMMIT, "0123456789ab")
    assert snapshot.commit(str(repository.root)) == "0123456789ab"


@pytest.mark.parametrize(
    ("commit", "words"),
    [
        ("0123456789ab", ">, vastgelegd als 0123456789ab<"),
        ("0123456789ab+", ">, vastgelegd als 0123456789ab met latere wijzigingen<"),
        ("", "><"),
    ],
)
def test_a_page_names_the_commit(tmp_path, commit, words):
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "letter.html").write_text(f"<p>versie 1{COMMIT_PLACE}</p>", encoding="utf-8")
    gathered = results.fresh(tmp_path / "edition", {})
    gathered.copy(tmp_path / "made", "html", commit)
    assert words in (gathered.folder / "html" / "letter.html").read_text(encoding="utf-8")


# --- signatures and errata --------------------------------------------------------------------------------------------
def sign(checkout: Checkout, fingerprint: str, page: str = "book/letter", **other: str) -> int:
    """Put a signature into the year file; returns its line."""
    path = checkout.root / "analysis/years/2025.yml"
    entry = {"page": page, "made_by": "adviseur", "read_by": "statisticus", "date": "2026-04-20"} | other
    lines = [f"{name}: {value}" for name, value in (entry | {"fingerprint": f'"{fingerprint}"'}).items()]
    text = path.read_text(encoding="utf-8").split("\nsign_off:")[0].rstrip("\n")
    path.write_text(text + "\nsign_off:\n  - " + "\n    ".join(lines) + "\n", encoding="utf-8")
    return text.count("\n") + 3


def test_a_signature_holds_until_a_number_or_a_word_changes(workshop):
    open_now = sign_off_table(workshop)
    assert list(open_now)[:2] == ["Kamerbrief", "Beslisnota"] and len(open_now) == 2 + len(tiny.ANNEXES)
    assert {row[-1] for row in open_now.values()} == {"nog niet getekend"}
    sign(workshop, open_now["Kamerbrief"][0])
    workshop.build()
    assert sign_off_table(workshop)["Kamerbrief"][1:] == ["adviseur", "statisticus", "getekend op 20 april 2026"]
    edit(workshop.root / "book/letter.md", "Hoogachtend,", "Met vriendelijke groet,")
    line = next(
        n for n, text in enumerate((workshop.root / "analysis/years/2025.yml").read_text(encoding="utf-8").splitlines(), 1)
        if "page: book/letter" in text
    )  # fmt: skip
    refused = workshop.missions("build")
    assert refused.returncode == 1
    assert (
        f"analysis/years/2025.yml, line {line}, sign_off: 'book/letter' was signed as {open_now['Kamerbrief'][0]} and is now"
        in (refused.stderr)
    )
    workshop.build("--preview")


def test_a_signature_under_a_page_that_is_not_there_is_refused(workshop):
    line = sign(workshop, "0123456789ab", page="book/lettre")
    refused = workshop.missions("build")
    assert refused.returncode == 1
    assert (
        f"analysis/years/2025.yml, line {line}, sign_off: no page 'book/lettre' to sign (there are: book/letter, "
        in refused.stderr
    )


def test_an_erratum_is_told_to_readers(workshop):
    assert "geen fouten gevonden" in page(workshop, "review").find(id="fouten").get_text()
    entry = {"found_on": datetime.date(2026, 6, 2), "place": "Bijlage IMVO", "was": "44", "is": "54", "cause": "typefout"}
    entry |= {"decided_by": "directeur", "version": "1.0.1"}
    (workshop.root / "book/errata.yml").write_text(yaml.safe_dump({"errata": [entry]}), encoding="utf-8")
    workshop.build()
    row = [cell.get_text(strip=True) for cell in page(workshop, "review").find(id="fouten").select("tbody tr :is(th, td)")]
    assert row == ["Bijlage IMVO", "44", "54", "typefout", "2 juni 2026", "directeur", "1.0.1"]
