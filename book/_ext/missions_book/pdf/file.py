"""One PDF from its Typst text: PDF/UA-1 and PDF/A-2a in one file, made only when what it is made from has changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pikepdf
import typst
from sphinx.errors import ExtensionError

from missions.paths import ROOT

from ..prose.picture import KINDS

PDF_STANDARDS = ["ua-1", "a-2a"]
TEMPLATE = Path(__file__).with_name("document.typ")
FONTS = ROOT / "book" / "_static" / "fonts"


def compile_pdf(source: Path, target: Path) -> None:
    """Compile a Typst text, with the drawings beside it; a PDF whose seal fits is left as it is.

    The seal of a new PDF is left as `.seal.new`: whoever knows that no source was saved meanwhile makes it count. Errors:
    ExtensionError with what Typst refuses.
    """
    made_from = _made_from(source)
    seal = source.with_suffix(".seal")
    if target.is_file() and seal.is_file() and seal.read_text() == made_from + _sha256(target.read_bytes()):
        return
    try:
        compiled = typst.compile(
            str(source),
            root=str(source.parent),
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
            pdf_standards=PDF_STANDARDS,
        )
    except RuntimeError as error:
        raise ExtensionError(f"{target.name}: Typst refuses to compile: {error}") from error
    target.write_bytes(compiled)
    mark_row_headers(target)
    source.with_suffix(".seal.new").write_text(made_from + _sha256(target.read_bytes()))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _made_from(source: Path) -> str:
    """Hash of all that a PDF is compiled from: its text, the pictures that stand in it, the template, fonts and programs."""
    text = source.read_bytes()
    pictures = [path for path in sorted(source.parent.iterdir()) if path.suffix in KINDS and path.name.encode() in text]
    files = [source, *pictures, TEMPLATE, Path(__file__), *sorted(FONTS.iterdir())]
    return _sha256(
        b"".join(_sha256(path.read_bytes()).encode() for path in files) + f"{typst.__version__} {pikepdf.__version__}".encode()
    )


def mark_row_headers(pdf: Path) -> None:
    """Turn the first cell of each body row into a heading of its row.

    Typst can only mark column headings; a screen reader needs the row's name as well.
    """
    with pikepdf.open(pdf, allow_overwriting_input=True) as document:
        for element in list(document.objects):
            if isinstance(element, pikepdf.Dictionary) and element.get("/S") == "/Table":
                for rows in _groups_of_rows(element):
                    _mark_first_cells(rows)
        document.save(pdf, deterministic_id=True, linearize=False)


def _groups_of_rows(table: pikepdf.Dictionary) -> list[list[pikepdf.Dictionary]]:
    """The rows of each part of a table; no cell reaches from one part into the next."""
    parts = [table, *(part for part in _inside(table) if part.S in ("/THead", "/TBody", "/TFoot"))]
    return [[row for row in _inside(part) if row.S == "/TR"] for part in parts]


def _inside(element: pikepdf.Dictionary) -> list[pikepdf.Dictionary]:
    found = element.get("/K", [])
    found = list(found) if isinstance(found, pikepdf.Array) else [found]
    return [child for child in found if isinstance(child, pikepdf.Dictionary) and "/S" in child]


def _attributes(element: pikepdf.Dictionary) -> list[pikepdf.Dictionary]:
    found = element.get("/A", [])
    return list(found) if isinstance(found, pikepdf.Array) else [found]


def _mark_first_cells(rows: list[pikepdf.Dictionary]) -> None:
    covered = 0  # rows that the first cell of a row above still reaches into
    for row in rows:
        if covered:
            covered -= 1
            continue
        first = _inside(row)[0]
        covered = max((int(attributes.get("/RowSpan", 1)) for attributes in _attributes(first)), default=1) - 1
        if first.S == "/TD":
            first.S = pikepdf.Name.TH
            scope = pikepdf.Dictionary(O=pikepdf.Name.Table, Scope=pikepdf.Name.Row)
            first.A = pikepdf.Array([*_attributes(first), scope])
