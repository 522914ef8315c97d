"""One PDF from its Typst text: PDF/UA-1 and PDF/A-2a in one file, made only when what it is made from has changed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pikepdf
import typst
from sphinx.errors import ExtensionError

from missions.paths import ROOT

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
    """Hash of all that a PDF is compiled from: its text, the drawings that stand in it, the template, fonts and programs."""
    text = source.read_bytes()
    drawings = [path for path in sorted(source.parent.glob("*.svg")) if path.name.encode() in text]
    files = [source, *drawings, TEMPLATE, Path(__file__), *sorted(FONTS.iterdir())]
    return _sha256(
        b"".join(_sha256(path.read_bytes()).encode() for path in files) + f"{typst.__version__} {pikepdf.__version__}".encode()
    )


def mark_row_headers(pdf: Path) -> None:
    """Turn the first cell of each body row into a heading of its row.

    Typst can only mark column headings; a screen reader needs the row's name as well.
    """
    with pikepdf.open(pdf, allow_overwriting_input=True) as document:
        for element in document.objects:
            if not isinstance(element, pikepdf.Dictionary) or element.get("/S") != "/TR":
                continue
            first = element.K[0] if isinstance(element.K, pikepdf.Array) else element.K
            if isinstance(first, pikepdf.Dictionary) and first.get("/S") == "/TD":
                first.S = pikepdf.Name.TH
                scope = pikepdf.Dictionary(O=pikepdf.Name.Table, Scope=pikepdf.Name.Row)
                attributes = first.get("/A")
                others = [] if attributes is None else list(attributes) if isinstance(attributes, pikepdf.Array) else [attributes]
                first.A = pikepdf.Array([*others, scope])
        document.save(pdf, deterministic_id=True, linearize=False)
