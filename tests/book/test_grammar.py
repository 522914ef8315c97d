"""What a writer may type: a page that uses all of it, read back from site and PDF, and all that is refused, with its line."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from bs4 import BeautifulSoup

from support.browser import MODES, chromium, served, violations, watch
from support.checkout import Checkout, edit
from support.publication import page, pdf_pages
from support.verapdf import failed_rules

PAGES = Path(__file__).parents[1] / "support" / "pages"
PDF = "grammatica"


def add_page(checkout: Checkout, text: str, name: str = "grammar") -> None:
    """A page of a writer, first of the book, with a PDF of its own and the pictures beside it."""
    (checkout.root / "book" / f"{name}.md").write_text(text, encoding="utf-8")
    shutil.copytree(PAGES / "pictures", checkout.root / "book" / "pictures", dirs_exist_ok=True)
    edit(checkout.root / "_toc.yml", "  - file: book/letter\n", f"  - file: book/{name}\n  - file: book/letter\n")
    documents = "    typst_documents:\n"
    edit(
        checkout.root / "_config.yml", documents, f"{documents}      - {{name: {PDF}, title: Grammatica, pages: [book/{name}]}}\n"
    )


@pytest.fixture(scope="module")
def written(tiny_built, tmp_path_factory) -> Checkout:
    """The tiny book with a page on which everything stands that may be typed."""
    checkout = tiny_built.copied_to(tmp_path_factory.mktemp("grammar") / "book")
    add_page(checkout, (PAGES / "grammar.md").read_text(encoding="utf-8"))
    checkout.build()
    return checkout


@pytest.fixture(scope="module")
def site(written) -> BeautifulSoup:
    return page(written, "grammar").select_one("article")


@pytest.fixture(scope="module")
def pdf(written) -> Path:
    return written.pdf / f"{PDF}.pdf"


def tagged(path: Path, kind: str, name: str) -> list[str]:
    """What the elements of a kind in the tag tree of a PDF say under a name."""
    with pikepdf.open(path) as document:
        elements = [o for o in document.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == kind and "/P" in o]
        attributes = [
            entry
            for element in elements
            for entry in (element, *([element.A] if isinstance(element.get("/A"), pikepdf.Dictionary) else element.get("/A", [])))
        ]
        return [str(entry[name]) for entry in attributes if name in entry]


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_every_text_of_the_site_stands_in_the_pdf(site, pdf):
    in_pdf = bare("".join(pdf_pages(pdf)))
    soup = BeautifulSoup(str(site), "lxml")
    for extra in soup.select("math, .headerlink, .pdf-link, .footnote .label, .backrefs, .eqno, .fn-bracket, .caption-number"):
        extra.replace_with("\x00")
    for name in soup.select("abbr"):
        name.replace_with(f"{name.get_text()} ({name['title']})")
    blocks = soup.select("p, li, dt, dd, th, td, summary, h1, h2, caption, pre, .code-block-caption")
    texts = {bare(part) for block in blocks for part in re.split("\x00|\n", block.get_text())} - {""}
    assert len(texts) > 70
    assert not {text for text in texts if text not in in_pdf}


def test_comments_are_for_who_writes(written, site, pdf):
    assert "opmerking" not in (written.html / "book" / "grammar.html").read_text(encoding="utf-8")
    text = " ".join(pdf_pages(pdf))
    assert "opmerking" not in text and "procenttekens" not in text
    assert "Een zin met een vervolg." in text and "Een zin met een vervolg." in site.get_text()


def test_a_formula_is_drawn_by_browser_and_typst_and_has_the_same_words_in_both(site, pdf):
    words = [formula["alttext"] for formula in site.select("math")]
    assert words[1:4] == [
        "a tot de macht 2",
        "bèta met dakje met index 1",
        "x met streep is 1 gedeeld door n som van i is 1 tot n van x met index i",
    ]
    assert words[-1] == "de kans dat een bedrijf groeit", "the words of the writer"
    assert sorted(words) == sorted(tagged(pdf, "/Formula", "/Alt"))
    assert not site.select("script") and "\\" not in site.get_text()
    assert str(site.select("math")[1]) == '<math alttext="a tot de macht 2"><msup><mi>a</mi><mn>2</mn></msup></math>'


def test_formulas_are_numbered_and_referred_to_alike(site, pdf):
    numbers = [number.get_text().rstrip("#") for number in site.select(".eqno")]
    assert numbers == ["(1)", "(2)"]
    referring = next(block for block in site.select("p") if block.get_text().startswith("Zie ("))
    assert [link["href"] for link in referring.select("a")] == ["#equation-mean", "#equation-deviation"]
    assert referring.get_text() == "Zie (1) en (2)." and "Zie (1) en (2)." in " ".join(pdf_pages(pdf))
    text = bare(" ".join(pdf_pages(pdf)))
    assert text.count("(1)") == text.count("(2)") == 2, "beside the formula and where it is referred to"


def test_pictures_have_their_words_and_their_size(written, site, pdf):
    words = [picture["alt"] for picture in site.select("img")]
    assert len(words) == 3 and all(words) and sorted(words) == sorted(tagged(pdf, "/Figure", "/Alt"))
    figure = site.select_one("figure#figure-steps")
    assert figure.img["width"] == "240" and figure.figcaption.get_text().strip().startswith("Figuur 1 Drie treden omhoog")
    assert "Figuur 1. Drie treden omhoog" in " ".join(pdf_pages(pdf))
    for picture in site.select("img"):
        assert (written.html / "book" / picture["src"]).is_file()
    widths = [float(right) - float(left) for left, right in map(horizontal, tagged(pdf, "/Figure", "/BBox"))]
    assert sorted(map(round, widths)) == [45, 45, 180], "three quarters of a point for a pixel"


def horizontal(box: str) -> list[str]:
    return re.findall(r"\d+\.?\d*", box)[0::2]


def test_cells_that_span_and_headings_are_those_of_the_site(site, pdf):
    for name, tag in (("rowspan", "/RowSpan"), ("colspan", "/ColSpan")):
        on_site = [cell[name] for cell in site.select(f"[{name}]")]
        assert on_site and on_site == ["2"] * 2 == tagged(pdf, "/TH", tag) + tagged(pdf, "/TD", tag)
    spans = site.select_one("#table-spans")
    assert [cell.get_text() for cell in spans.select("[scope='row']")] == ["hoog", "laag"]
    scopes = Counter(tagged(pdf, "/TH", "/Scope"))
    assert scopes == {"/Column": len(site.select("[scope='col']")), "/Row": len(site.select("[scope='row']"))}
    assert scopes["/Row"] == 6 and len(site.select("th")) == sum(scopes.values())


def test_blocks_have_the_same_titles_and_a_dropdown_is_open_on_paper(site, pdf):
    text = " ".join(pdf_pages(pdf))
    titles = [title.get_text() for title in site.select(".admonition-title")]
    assert len(titles) == 11 and titles[:2] == ["Notitie", "Tip"] and titles[-1] == "Een eigen titel"
    for block in site.select(".admonition"):
        assert " ".join(part.get_text() for part in block.select("p"))[:15] in text
    assert not site.select_one("details").has_attr("open")
    assert "Wat erachter zit De uitleg die dichtgevouwen is." in text


def test_footnotes_have_one_number_everywhere(site, pdf):
    assert [note.get_text() for note in site.select("a.footnote-reference")] == ["[1]", "[2]", "[1]"]
    assert [note.find("p").get_text() for note in site.select(".footnote")] == ["De bron van de bewering.", "De tweede noot."]
    text = " ".join(pdf_pages(pdf))
    assert "Een bewering1 en nog een2, en weer dezelfde1." in text
    assert text.count("De bron van de bewering.") == 1 and len(tagged(pdf, "/Note", "/S")) == 2


def test_lists_begin_where_the_writer_says(site, pdf):
    assert site.select_one("ol")["start"] == "3" and "3. derde 4. vierde" in " ".join(pdf_pages(pdf))


@pytest.mark.parametrize("flavour", ["PDFUA-1", "PDFA-2a"])
def test_verapdf_finds_no_failed_rule(pdf, flavour):
    assert failed_rules(pdf, flavour) == []


def test_browsers_find_it_accessible_and_allow_all_of_it(written):
    with chromium() as browser, served(written.html) as address:
        for mode, settings in MODES.items():
            tab = browser.new_context(**settings).new_page()
            seen = watch(tab)
            if mode == "print":
                tab.emulate_media(media="print")
            tab.goto(f"{address}book/grammar.html")
            assert not violations(tab), mode
            assert not seen.complaints and {name for name in seen.requests if not name.startswith((address, "data:"))} == set()
            width = settings["viewport"]["width"]
            assert mode == "print" or tab.evaluate("document.documentElement.scrollWidth") <= width, mode
            if mode == "print":
                printed = pypdfium2.PdfDocument(tab.pdf())
                text = " ".join(printed[number].get_textpage().get_text_range() for number in range(len(printed)))
                assert "De uitleg die dichtgevouwen is." in text, "open, although nobody opened it"


def test_a_picture_that_is_gone_and_a_number_that_moved_leave_nothing_behind(written, tmp_path):
    """The site after a change is the one that a clean build would make."""
    workshop = written.copied_to(tmp_path / "book")
    reference = "Zie {eq}`mean`.\n"
    glossary = workshop.root / "book" / "glossary.md"
    glossary.write_text(f"{glossary.read_text(encoding='utf-8')}\n{reference}", encoding="utf-8")
    workshop.build("--preview")
    shown = workshop.root / "_build" / "preview" / "html"
    assert 'href="grammar.html#equation-mean">(1)</a>' in (shown / "book/glossary.html").read_text(encoding="utf-8")
    assert (shown / "_images" / "book--pictures--steps.svg").is_file()
    text = workshop.root / "book" / "grammar.md"
    edit(text, ":name: figure-steps\n", "")
    edit(text, "```{figure} pictures/steps.svg", "```{figure} pictures/steps.png")
    edit(text, "{numref}`figure-steps`", "hierboven")
    edit(text, "In de zin staat", "$$e = 1$$ (first)\n\nIn de zin staat")
    workshop.build("--preview")
    assert [path.name for path in (shown / "_images").iterdir()] == ["book--pictures--steps.png"]
    assert 'href="grammar.html#equation-mean">(2)</a>' in (shown / "book/glossary.html").read_text(encoding="utf-8")


# --- refused --------------------------------------------------------------------------------------------------------
# What stands on the page -> the line in it that is told, and words of what is told.
REFUSED = {
    "Wat ~~weg~~ is.": (1, "words cannot be struck through"),
    "Een zin\nen ~~weg~~ is.": (2, "words cannot be struck through"),
    "| a | b |\n|---|---|\n| c | ~~d~~ |": (3, "words cannot be struck through"),
    "```{tip}\nIn ~~een~~ blok.\n```": (2, "words cannot be struck through"),
    "- [ ] taak": (1, "no boxes to tick"),
    "1. een\n2. [x] taak": (2, "no boxes to tick"),
    "::::{tab-set}\n:::{tab-item} Een\nx\n:::\n::::": (1, "tabs cannot be printed"),
    "<div>blok</div>": (1, "HTML in a page"),
    "Een\n<b>woord</b>.": (2, "HTML in a page"),
    "Een<br>regel.": (1, "HTML in a page"),
    '<div class="admonition">\n<p>x</p>\n</div>': (1, "HTML in a page"),
    "```{raw} html\n<i>x</i>\n```": (1, "HTML in a page"),
    "```{only} html\nx\n```": (1, "text for one form only"),
    "```{topic} Titel\nx\n```": (1, "a topic"),
    "[een bestand](pictures/steps.png)": (1, "a link to a file"),
    "Van $ a $ naar US$ 5.": (1, "a dollar sign stands only around a formula"),
    "De $\\matrix{a}$ hier.": (1, "in the formula \\matrix{a}: \\matrix is not among the signs"),
    "$$\na \\\\ b\n$$": (1, "\\\\ is not among the signs"),
    "```{math}\n\\frac{a}\n```": (1, "not complete"),
    "\\begin{align}a\\end{align}": (1, "a formula stands between dollar signs"),
    "De {{ naam }} hier.": (1, "there are no substitutions"),
    "Een **woord.": (1, "two asterisks"),
    "Een noot[^nergens].": (1, "a footnote without its text"),
    "Een noot[^a].\n\n[^a]: Zie[^a].": (3, "no footnote of its own"),
    "```{figure} pictures/steps.png\nBijschrift\n```": (1, "book/pictures/steps.png has no alternative text"),
    "![](pictures/steps.png)": (1, "has no alternative text"),
    "![ver](https://example.org/a.png)": (1, "a picture lies beside the pages"),
    "![doc](pictures/steps.gif)": (1, "a picture is one of .svg, .png"),
    "```{image} pictures/steps.png\n:alt: x\n:width: 50%\n```": (1, "a number of pixels"),
    "```{image} pictures/steps.png\n:alt: x\n:height: 50\n```": (1, "a picture has no option height"),
    "```{figure} pictures/steps.png\n:alt: x\n:align: right\n\nx\n```": (1, "a figure has no option align"),
    "```{list-table}\n:widths: 20 80\n\n* - a\n  - b\n```": (1, "a table has no option widths"),
    "## Kop met $x$": (1, "a heading holds words only"),
    "```{eval-rst}\na. een\nb. twee\n```": (2, "numbered with figures only"),
}
LAST = "<!-- niet gesloten"  # takes all that follows for a comment
# Told by Sphinx, in its own way: page:line.
UNKNOWN = {"```{onbekend}\nx\n```": "Unknown directive type: 'onbekend'", "Een {onbekend}`x`.": 'role "onbekend"'}
CASES = [*REFUSED, *UNKNOWN, LAST]


@pytest.fixture(scope="module")
def refused(tiny_built, tmp_path_factory) -> tuple[Checkout, str]:
    """All that is refused on one page, and what a preview says of it. Every case begins at a line that its number gives."""
    checkout = tiny_built.copied_to(tmp_path_factory.mktemp("refused") / "book")
    text = "# Geweigerd\n"
    for case in CASES:
        text += "\n" * (_line(case) - text.count("\n") - 1) + f"{case}\n"
    add_page(checkout, text)
    (checkout.root / "book" / "pictures" / "steps.gif").write_bytes(b"GIF89a")
    edit(checkout.root / "analysis" / "annexes" / "imvo.py", "# %% [markdown]\n", "# %% [markdown]\n# Dit is ~~geen~~ zin.\n#\n")
    told = checkout.missions("build", "--preview")
    assert told.returncode == 1
    return checkout, told.stderr


def _line(case: str) -> int:
    return 10 * (CASES.index(case) + 1)


@pytest.mark.parametrize("case", [*REFUSED, LAST])
def test_what_cannot_be_written_is_refused_with_page_and_line(refused, case):
    line, words = REFUSED.get(case, (1, "HTML in a page"))
    place = f"book/grammar.md, line {_line(case) + line - 1}: "
    assert [told for told in refused[1].splitlines() if told.startswith(place) and words in told], place


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_nobody_knows_is_refused_with_page_and_line(refused, case):
    assert re.search(rf"book/grammar\.md:{_line(case)}: .*{re.escape(UNKNOWN[case])}", refused[1])


def test_nothing_else_of_that_page_is_refused_and_nothing_twice(refused):
    told = [line for line in refused[1].splitlines() if "grammar.md" in line and "Unknown" not in line]
    assert len(told) == len(set(told)) == len(REFUSED) + 1, "\n".join(told)


def test_in_an_annex_the_line_is_that_of_the_notebook(refused):
    checkout, said = refused
    lines = (checkout.root / "analysis" / "annexes" / "imvo.py").read_text(encoding="utf-8").splitlines()
    number = lines.index("# Dit is ~~geen~~ zin.") + 1
    assert f"analysis/annexes/imvo.py, line {number}: words cannot be struck through" in said


def test_an_edition_refuses_the_same_and_stays_as_it_was(refused):
    checkout, said = refused
    before = (checkout.pdf / "kamerbrief.pdf").read_bytes()
    told = checkout.missions("build")
    assert told.returncode == 1 and (checkout.pdf / "kamerbrief.pdf").read_bytes() == before
    assert [line for line in told.stderr.splitlines() if "grammar.md, line" in line] == [
        line for line in said.splitlines() if "grammar.md, line" in line
    ]


def test_what_an_annex_prints_while_it_is_written_is_a_draft_in_a_preview(workshop):
    annex = workshop.root / "analysis" / "annexes" / "imvo.py"
    annex.write_text(annex.read_text(encoding="utf-8") + '\n# %%\nprint("nog $niet$ klaar ~~")\n', encoding="utf-8")
    workshop.build("--preview")
    shown = workshop.root / "_build" / "preview" / "html" / "book" / "annexes" / "imvo.html"
    draft = BeautifulSoup(shown.read_text(encoding="utf-8"), "lxml").select_one(".admonition")
    assert draft.get_text(" ", strip=True) == "Concept, niet vrijgegeven nog $niet$ klaar ~~"
