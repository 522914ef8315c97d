"""What the public edition withholds is in no byte of it: names are planted, editions are made, and everything is searched."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import yaml
from bs4 import BeautifulSoup

REDACTED = "data/confidential/redacted/2025.yml"
FIELDS = ("addressee", "sender", "via", "copy_to", "agreed_with", "drafted_by")
SIGN = "zkanar"  # begins every planted name; short enough to be left by the stemming of the search index
VALUES = {field: f"Zkanarievogel {field.replace('_', ' ')}" for field in FIELDS}


def plant(checkout, values: dict = VALUES) -> None:
    path = checkout.root / REDACTED
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(values), encoding="utf-8")


def forms_of(content: bytes, suffix: str) -> list[bytes]:
    """A file as it is, and all that a reader or a program can unpack from it."""
    found = [content]
    if suffix == ".pdf":
        with pikepdf.open(io.BytesIO(content)) as pdf:
            found += [one.read_bytes() for one in pdf.objects if isinstance(one, pikepdf.Stream)]
            found += [str(dict(pdf.docinfo)).encode(), str(pdf.Root).encode()]
        document = pypdfium2.PdfDocument(content)
        found += [page.get_textpage().get_text_range().encode() for page in document]
    elif suffix == ".xlsx":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            found += [packed.read(name) for name in packed.namelist()]
    elif suffix == ".inv":
        found.append(zlib.decompress(content.split(b"\n", 4)[4]))
    return found


def found_in(folder: Path) -> list[str]:
    """The files below a folder in which a planted name can be found, in any of its forms."""
    signs = [SIGN.encode(), SIGN.encode("utf-16-le"), SIGN.encode("utf-16-be"), SIGN.encode().hex().encode()]
    hits = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        forms = [form.lower() for form in forms_of(path.read_bytes(), path.suffix)]
        if any(sign in form for sign in signs for form in forms) or SIGN in path.name.lower():
            hits.append(path.relative_to(folder).as_posix())
    return hits


REMOVAL = ("analysis/missions/edition/build.py", "results.remove_internal_preview()\n", "results.remove_internal_preview\n")


def test_the_internal_edition_shows_and_the_public_one_has_no_byte_of_it(workshop):
    plant(workshop)
    build = workshop.root / "_build"
    change(workshop, *REMOVAL)
    workshop.build("--edition", "internal")
    workshop.build("--edition", "internal", "--preview")
    shown = found_in(build)
    for name in ("html/book/note.html", "html/searchindex.js", "pdf/beslisnota.pdf", "pdf/publicatie.pdf"):
        assert name in shown, f"a search that misses {name} proves nothing"
    note = BeautifulSoup((workshop.html / "book" / "note.html").read_text(encoding="utf-8"), "lxml")
    assert all(value in note.get_text() for value in VALUES.values())
    assert "Interne uitgave met persoonsgegevens: niet openbaar." in note.select_one(".banner").get_text()
    first = pypdfium2.PdfDocument(workshop.pdf / "beslisnota.pdf")[0].get_textpage().get_text_range()
    assert "Interne uitgave met persoonsgegevens" in " ".join(first.split())

    # Pages of another edition are made anew, and an internal preview is removed: without that the search tells.
    workshop.build()
    left = found_in(build)
    assert left and all(name.startswith("preview") for name in left)
    assert found_in(workshop.root / ".state") == []
    change(workshop, REMOVAL[0], REMOVAL[2], REMOVAL[1])
    workshop.build()
    assert found_in(build) + found_in(workshop.root / ".state") == [], (
        "also not in what the next build begins from, nor in a preview beside it"
    )
    assert found_in(workshop.root / "book") == [] and found_in(workshop.root / "data" / "validated") == []
    note = BeautifulSoup((workshop.html / "book" / "note.html").read_text(encoding="utf-8"), "lxml")
    assert len(note.select("dd .redacted")) == len(FIELDS)
    assert {one.get_text() for one in note.select("dd .redacted")} == {"Bescherming persoonlijke levenssfeer"}
    assert "Interne uitgave" not in note.get_text()


def change(checkout, file: str, old: str, new: str) -> None:
    path = checkout.root / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


ROLE = ("book/_ext/missions_book/prose/redact.py", 'if EDITION["edition"] == INTERNAL:', "if True:")
SHELF = ("analysis/missions/present/shelves.py", 'if _content()["edition"] == INTERNAL else {}', "")
PLAN = ("analysis/missions/edition/plan.py", "if choice.edition == PUBLIC:", "if False:")


def test_a_role_that_shows_it_is_refused_because_the_build_may_not_read_it(workshop):
    plant(workshop)
    change(workshop, *ROLE)
    change(workshop, *SHELF)
    refused = workshop.missions("build")
    assert refused.returncode == 1 and REDACTED in refused.stderr, refused.stderr
    assert found_in(workshop.root / "_build") + found_in(workshop.root / ".state") == [] and SIGN not in refused.stderr.lower()


def test_a_build_that_may_read_it_shows_nothing_of_it(workshop):
    plant(workshop)
    change(workshop, *PLAN)
    change(workshop, *SHELF)
    workshop.build()
    assert found_in(workshop.root / "_build") + found_in(workshop.root / ".state") == []


def test_the_search_finds_a_name_when_all_are_switched_off(workshop):
    plant(workshop)
    change(workshop, *ROLE)
    change(workshop, *SHELF)
    change(workshop, *PLAN)
    workshop.build()
    found = found_in(workshop.root / "_build")
    assert {"html/book/note.html", "html/searchindex.js", "pdf/beslisnota.pdf"} <= set(found)


def test_an_internal_edition_without_the_texts_names_file_line_and_what_is_missing(workshop):
    note = (workshop.root / "book" / "note.md").read_text(encoding="utf-8").splitlines()
    line = 1 + next(number for number, text in enumerate(note) if "`drafted_by <privacy>`" in text)
    refused = workshop.missions("build", "--edition", "internal")
    message = f"book/note.md, line {line}: the internal edition needs {REDACTED}, which holds what the public edition withholds"
    assert refused.returncode == 1 and f"{message}: 'drafted_by'" in refused.stderr, refused.stderr
    plant(workshop, VALUES | {"drafted_by": " "})
    refused = workshop.missions("build", "--edition", "internal")
    assert refused.returncode == 1 and "drafted_by: must be a text that is not empty" in refused.stderr
    assert SIGN not in refused.stderr.lower()


@pytest.mark.parametrize("edition", ["public", pytest.param("internal", marks=pytest.mark.long)])
def test_a_redaction_that_is_not_written_as_it_must_be_is_named_with_its_line(workshop, edition):
    plant(workshop)
    note = workshop.root / "book" / "note.md"
    text = note.read_text(encoding="utf-8")
    wrong = {
        "{redact}`drafted_by`": "a redaction is written {redact}`name <ground>`: the ground is missing",
        "{redact}`Jan Jansen <privacy>`": "a redaction names its text and does not hold it",
        "{redact}`drafted_by <secrecy>`": "unknown ground 'secrecy' (book/labels.yml has no ground_secrecy)",
    }
    note.write_text(text + "".join(f"\n{role}\n" for role in wrong), encoding="utf-8")
    refused = workshop.missions("build", "--edition", edition)
    lines = note.read_text(encoding="utf-8").splitlines()
    assert refused.returncode == 1
    for role, message in wrong.items():
        assert f"book/note.md, line {lines.index(role) + 1}: {message}" in refused.stderr, refused.stderr


def test_nothing_that_is_withheld_can_be_added_to_git(workshop):
    ignored = (workshop.root / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "/data/confidential/" in ignored
    for text in (workshop.root / "book").rglob("*.md"):
        for name, _ in re.findall(r"\{redact\}`([^`<]*) <([^`>]*)>`", text.read_text(encoding="utf-8")):
            assert re.fullmatch(r"[a-z][a-z0-9_]*", name)
