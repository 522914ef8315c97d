"""A formula: one tree, three writings, and nothing that is guessed."""

from __future__ import annotations

import unicodedata

import lxml.etree
import pypdfium2
import pytest
import typst as compiler
from hypothesis import example, given, settings
from hypothesis import strategies as st

from missions_book.pdf.file import FONTS, PDF_STANDARDS
from missions_book.prose import latex
from missions_book.prose.formula import in_words, mathml, typst

# Formula -> its words.
SAID = {
    r"a^2": "a tot de macht 2",
    r"x_i": "x met index i",
    r"x_{i,j}^{n+1}": "x met index i, j einde index tot de macht n plus 1 einde macht",
    r"\frac{a}{b}": "a gedeeld door b",
    r"\frac{\sigma^2}{n}": "breuk met teller sigma tot de macht 2 en noemer n einde breuk",
    r"\sqrt{x}": "wortel uit x",
    r"\sqrt[3]{x + 1}": "wortel van graad 3 uit x plus 1 einde wortel",
    r"\sum_{i=1}^{n} x_i": "som van i is 1 tot n van x met index i",
    r"\prod_{j \in J} p_j": "product over j in J van p met index j",
    r"\int_0^1 f(x)\,\mathrm{d}x": "integraal van 0 tot 1 van f haakje openen x haakje sluiten d x",
    r"\lim_{n \to \infty} x'_n": "limiet over n gaat naar oneindig van x met index n accent",
    r"\max_k \hat{\beta}_k \leq 1{,}96": "maximum over k van bèta met dakje met index k is kleiner dan of gelijk aan 1,96",
    r"\log_2 x + \ln y": "logaritme met index 2 van x plus natuurlijke logaritme van y",
    r"\bar x \pm \text{marge}": "x met streep plus of min marge",
    r"\left| a - b \right|": "absolute waarde van a min b einde absolute waarde",
    r"\mathbb{E}[Y \mid X]": "E vierkante haak openen Y gegeven X vierkante haak sluiten",
    r"\operatorname{Var}(Y) \sim \Gamma": "Var van haakje openen Y haakje sluiten is verdeeld als hoofdletter gamma",
    r"\operatorname*{arg max}_x X^\top w^*": "arg max over x van X getransponeerd w met ster",
    r"{ab}^2 α × β": "groep a b einde groep tot de macht 2 alfa maal bèta",
    r"5\% \; n! \ldots": "5 procent n faculteit enzovoort",
}  # fmt: skip
REFUSED = {
    r"\matrix{a}": r"\matrix is not among the signs",
    r"\begin{aligned}a\end{aligned}": r"\begin is not among",
    r"a \\ b": r"\\ is not among",
    r"a & b": "& is not among",
    r"é": "é is not among",
    r"\frac{a}": "ends where a sign is not complete",
    r"\sqrt{a": "ends before }",
    r"a}": "} with nothing before it",
    r"x^2^3": "two times ^",
    r"^2": "^ with nothing before it",
    r"\left( a": r"ends before \right",
    r"\left a \right)": r"\left without a bracket",
    r"\mathbb{+}": r"\mathbb holds letters only",
    r"3.5": "decimal comma",
    r" ": "empty formula",
}


@pytest.mark.parametrize("formula", SAID)
def test_a_formula_has_dutch_words(formula):
    assert in_words(latex.parse(formula)) == SAID[formula]


@pytest.mark.parametrize("formula", REFUSED)
def test_what_is_not_known_is_refused_by_name(formula):
    with pytest.raises(ValueError) as error:
        latex.parse(formula)
    assert REFUSED[formula] in str(error.value)


def test_mathml_puts_every_part_at_its_place():
    assert mathml(latex.parse(r"\frac{a^2}{\sqrt[3]{x_i}}")) == (
        "<mfrac><msup><mi>a</mi><mn>2</mn></msup><mroot><msub><mi>x</mi><mi>i</mi></msub><mn>3</mn></mroot></mfrac>"
    )
    total = mathml(latex.parse(r"\sum_{i=1}^n"))
    assert total.startswith("<munderover><mo>∑</mo><mrow>") and total.endswith("<mi>n</mi></munderover>")
    assert mathml(latex.parse("a < b")) == "<mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow>"


def everything() -> list[str]:
    """A formula for every sign, name, accent and alphabet that may be typed."""
    signs = [f"\\{name}" for name in latex._SIGNS]
    letters = ["A", "B", "C", "E", "H", "N", "P", "R", "Z", "a", "x"]
    styled = [rf"\{style}{{{letter}}}" for style in ("mathbb", "mathbf", "mathcal", "mathrm") for letter in letters]
    accents = [rf"\{name}{{x}}" for name in latex.ACCENTS]
    return [*signs, *sorted(latex._CHARACTERS.keys() - {"{", "}"}), *styled, *accents, *SAID]


def compiled(formulas: list[str]) -> bytes:
    """A PDF of formulas, in the fonts of our own."""
    text = (
        '#set document(title: "x")\n#set text(font: "Fira Sans", fallback: false, lang: "nl")\n'
        '#show math.equation: set text(font: "New Computer Modern Math")\n'
    ) + "\n\n".join(f'#math.equation(alt: "x", ${typst(latex.parse(formula))}$)' for formula in formulas)
    return compiler.compile(text.encode(), font_paths=[str(FONTS)], ignore_system_fonts=True, pdf_standards=PDF_STANDARDS)


def test_typst_knows_and_draws_every_sign_that_may_be_typed():
    """PDF/A refuses a letter that the font does not have, Typst a name that it does not know."""
    formulas = everything()
    pages = pypdfium2.PdfDocument(compiled(formulas))
    text = "".join(pages[number].get_textpage().get_text_range() for number in range(len(pages)))
    text += unicodedata.normalize("NFKC", text)  # letters of formulas are letters of their own
    missing = {char for char in latex._CHARACTERS if char not in text} - {"∣", "|"}  # one of them stands for both
    assert len(formulas) > 150 and not missing


_PIECES = [*SAID, "{", "}", "_", "^", r"\left(", r"\right)", r"\frac", "#", '"', "$", r'\text{a "b # c}', "(", ",", ";", "/", "*"]


@example(["{", "}"])
@example(["a^2", "{", "}"])
@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(_PIECES), max_size=6))
def test_a_formula_is_refused_or_has_all_three_writings(pieces):
    formula = " ".join(pieces)
    try:
        tree = latex.parse(formula)
    except ValueError as error:
        assert str(error)
        return
    assert in_words(tree)
    lxml.etree.fromstring(f"<math>{mathml(tree).replace('&nbsp;', ' ')}</math>")
    assert compiled([formula]).startswith(b"%PDF")
