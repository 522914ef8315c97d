"""The letter and the note as letters: what stands where, in which order a reader hears it, and that nothing is lost."""

from __future__ import annotations

import ctypes
import re
import shutil

import pikepdf
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from sphinx.errors import ExtensionError

from missions.declared.year_file import load_year
from missions.present.numbers import dutch_date
from missions_book.pdf.file import compile_pdf
from missions_book.pdf.letter_head import letter_head
from support.publication import ANNEXES, PROSE, page, pdf_pages

DATED_BY = {"letter": "parliament_on", "note": "note_on"}
HEADS = {
    "letter": ["Aan", "Datum", "Onze referentie", "Bijlagen", "Betreft"],
    "note": [
        *("Aan", "Van", "Via", "Kopie aan", "Afgestemd met", "Opgesteld door"),
        *("Soort", "Datum", "Onze referentie", "Aantal bijlagen", "Uiterlijk bij", "Naar de Kamer", "Betreft"),
    ],
}  # fmt: skip
both = pytest.mark.parametrize("name", PROSE)


def pdf_of(checkout, name: str):
    return checkout.pdf / f"{PROSE[name]}.pdf"


def bare(text: str) -> str:
    """A text without what may differ between media: spaces, and hyphens at the end of a line."""
    return re.sub(r"[\W\u0002]", "", text)


def marked_texts(path) -> dict[tuple[int, int], str]:
    """(page, marked content) -> its text; what is an artifact, such as the running head, has no number and stands under -1."""
    found: dict[tuple[int, int], str] = {}
    document = pypdfium2.PdfDocument(path)
    for number, sheet in enumerate(document):
        letters = sheet.get_textpage()
        for drawn in sheet.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=5):
            length = pdfium.FPDFTextObj_GetText(drawn.raw, letters.raw, None, 0)
            buffer = (ctypes.c_ushort * (length // 2))()
            pdfium.FPDFTextObj_GetText(drawn.raw, letters.raw, buffer, length)
            key = number, pdfium.FPDFPageObj_GetMarkedContentID(drawn.raw)
            found[key] = found.get(key, "") + bytes(buffer)[: length - 2].decode("utf-16-le")
    return found


def heard(path) -> list[tuple[str, str]]:
    """What a screen reader tells: (types of the elements around it, text), in the order of the structure tree."""
    texts, told = marked_texts(path), []
    with pikepdf.open(path) as document:
        numbers = {sheet.objgen: number for number, sheet in enumerate(document.pages)}

        def walk(node, sheet, around: str) -> None:
            if isinstance(node, pikepdf.Array):
                for child in node:
                    walk(child, sheet, around)
            elif isinstance(node, pikepdf.Dictionary):
                sheet = numbers[node.Pg.objgen] if "/Pg" in node else sheet
                if "/MCID" in node:
                    told.append((around, texts.get((sheet, int(node.MCID)), "")))
                elif "/K" in node:
                    walk(node.K, sheet, around + str(node.get("/S", "")))
            else:
                told.append((around, texts.get((sheet, int(node)), "")))

        walk(document.Root.StructTreeRoot.K, None, "")
    return told


def head_fields(path) -> list[tuple[str, str]]:
    """Name and value of every term, as marked in the structure tree, up to the first words of the text."""
    fields: list[list[str]] = []
    for around, text in heard(path):
        if re.search("/Lbl", around) and bare(text):
            fields.append([text.strip(), ""])
        elif "/LBody" in around and fields:
            fields[-1][1] += text
        elif fields and bare(text):
            break
    return [(name, " ".join(value.split())) for name, value in fields]


def test_the_letter_takes_at_most_two_pages(built):
    assert len(pdf_pages(pdf_of(built, "letter"))) <= 2


@both
def test_date_and_reference_stand_on_every_page_beside_page_x_of_y(built, name):
    year = load_year(2025, "sample")
    pages = pdf_pages(pdf_of(built, name))
    assert len(pages) > 1  # or nothing is shown of later pages
    for number, text in enumerate(pages, 1):
        assert dutch_date(year.dates[DATED_BY[name]]) in text and year.reference in text, number
        assert f"Pagina {number} van {len(pages)}" in text


def test_the_running_heads_follow_the_year_file(workshop):
    year_file = workshop.root / "analysis" / "years" / "2025.yml"
    text = year_file.read_text(encoding="utf-8").replace("BZ2627637", "BZ0000042")
    days = {"letter": "2026-06-23", "note": "2026-06-24"}
    for name, day in days.items():
        before = f"{DATED_BY[name]}: {load_year(2025, 'sample').dates[DATED_BY[name]]}"
        assert before in text
        text = text.replace(before, f"{DATED_BY[name]}: {day}")
    year_file.write_text(text, encoding="utf-8")
    workshop.build()
    for name, day in days.items():
        last = pdf_pages(pdf_of(workshop, name))[-1]
        assert re.search(rf"Datum (gepland voor )?{day[-2:]} juni 2026", last) and "Onze referentie BZ0000042" in last


@both
def test_the_head_is_heard_as_terms_with_their_names_and_values(built, name):
    fields = head_fields(pdf_of(built, name))
    assert [term for term, _ in fields] == HEADS[name]
    site = page(built, name).select_one("dl.field-list")
    names = [term.get_text().rstrip(":") for term in site.find_all("dt")]
    values = [value.get_text() for value in site.find_all("dd")]
    assert dict(zip(names, map(bare, values), strict=True)) == {term: bare(value) for term, value in fields}


@both
def test_the_order_of_reading_is_title_addressee_reference_subject_text(built, name):
    told = bare("".join(words for _, words in heard(pdf_of(built, name))))
    fields = "".join(bare(term + value) for term, value in head_fields(pdf_of(built, name)))
    # The letter opens with its salutation, the note with its first heading.
    opening = {"letter": "Geachte voorzitter,", "note": "Aanleiding"}[name]
    assert told.startswith(bare(page(built, name).h1.get_text()) + fields + bare(opening))


@both
def test_nothing_of_the_page_is_lost(built, name):
    """Every word of the article, in its order, also among what a screen reader tells."""
    article = page(built, name).article
    for left_out in article.select(".headerlink, .pdf-link, .prev-next-area, dl.field-list .colon, .fact-cards"):
        left_out.decompose()
    head = article.select_one("dl.field-list").extract()
    told = bare("".join(words for _, words in heard(pdf_of(built, name))))
    pieces = [piece.get_text() for piece in article.select("h1, h2, h3, p, li") if not piece.find("p")]
    assert len(pieces) > 10 and bare("".join(pieces)) == bare(article.get_text())
    place = 0
    for piece in pieces:
        found = told.find(bare(piece), place)
        assert found >= 0, piece
        place = found + len(bare(piece))
    assert place == len(told)  # and the PDF adds nothing
    assert all(bare(value.get_text()) in told for value in head.find_all(["dt", "dd"]))


@both
def test_every_number_links_to_the_annex_where_it_was_born(built, name):
    links = [fact.find_parent("a")["href"] for fact in page(built, name).select("article span.fact")]
    origins = {fact["origin"]["anchor"]: fact["origin"]["annex"] for fact in built.facts().values()}
    wanted = {ANNEXES[origins[link.partition("#")[2]]] for link in links}
    with pikepdf.open(pdf_of(built, name)) as document:
        notes = [note for sheet in document.pages for note in sheet.get("/Annots", [])]
        linked = {str(note.A.URI).removesuffix(".pdf") for note in notes if "/URI" in note.A}
    assert wanted and wanted <= linked


@both
def test_the_combined_publication_holds_the_head_too(built, name):
    text = bare("".join(words for _, words in heard(built.pdf / "publicatie.pdf")))
    for value in page(built, name).select("dl.field-list dd"):
        assert bare(value.get_text()) in text


def test_a_field_goes_where_its_name_says_in_the_order_of_the_page():
    fields = [("Betreft", "b"), ("Onze referentie", "r"), ("Aan", "a"), ("Datum", "d"), ("Van", "v")]
    assert letter_head("letter", fields) == "to: (a, v, ), reference: (r, d, ), subject: (b, )"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ([("Datum", ""), ("Onze referentie", ""), ("Aandachtig", "")], "no place for the field Aandachtig"),
        ([("Aan", ""), ("Datum", "")], "lacks Onze referentie"),
    ],
)
def test_a_head_that_would_lose_something_stops_the_build(fields, message):
    with pytest.raises(ExtensionError, match=message):
        letter_head("book/letter", fields)


def test_a_letter_of_two_pages_or_with_an_unknown_date_stops_the_build(workshop):
    config = workshop.root / "_config.yml"
    text = config.read_text(encoding="utf-8")
    two_pages = ("pages: [book/note], letter", "pages: [book/note, book/letter], letter")
    for old, new in (("letter: note_on", "letter: notes_on"), two_pages):
        assert old in text
        config.write_text(text.replace(old, new), encoding="utf-8")
        result = workshop.missions("build")
        assert result.returncode == 1 and "beslisnota: a letter has one page, and a date that is one of" in result.stderr


@both
def test_the_same_text_gives_the_same_bytes(built, name, tmp_path):
    shutil.copytree(
        built.root / ".state" / "sphinx" / "pdf" / "typst", tmp_path / "typst", ignore=shutil.ignore_patterns("*.seal*")
    )
    compile_pdf(tmp_path / "typst" / f"{PROSE[name]}.typ", tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == pdf_of(built, name).read_bytes()
