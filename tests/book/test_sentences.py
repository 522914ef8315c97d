"""Sentences of a paragraph: where one ends, what stands in it, on which line it begins."""

from __future__ import annotations

from docutils import nodes

from missions_book.prose.sentences import sentences_in


def paragraph(*parts: str | nodes.Node) -> nodes.paragraph:
    made = nodes.paragraph()
    made.line = 10
    made += [nodes.Text(part) if isinstance(part, str) else part for part in parts]
    return made


def number(text: str, **about: str) -> nodes.inline:
    return nodes.inline("", "", nodes.inline("", text, **about), nodes.abbreviation("", "S", classes=["synthetic-mark"]))


def test_a_sentence_ends_with_a_full_stop_and_not_with_a_line():
    block = paragraph(
        "Dit is",
        "\n",
        "een zin.",
        "\n",
        "Nog een, nr. 5 bijv. ",
        number("7,3", fact="a"),
        ".",
        "\n",
        number("8", fact="b"),
        " is meer.",
    )
    found = sentences_in(block)
    assert [one.text for one in found] == ["Dit is een zin.", "Nog een, nr. 5 bijv. 7,3.", "8 is meer."]
    assert [one.line for one in found] == [10, 12, 13]
    assert [[node["fact"] for node in one.nodes_with("fact")] for one in found] == [[], ["a"], ["b"]]


def test_the_words_of_a_sentence_without_its_numbers_and_claims():
    claim = nodes.inline("", "opnieuw lager", claim="a_claim")
    (one,) = sentences_in(paragraph("Het cijfer ", number("7,3", fact="a"), " is ", claim, " dan goed?"))
    assert one.text == "Het cijfer 7,3 is opnieuw lager dan goed?"
    assert one.without("fact", "claim") == "Het cijfer is dan goed?"


def test_words_set_apart_are_words_although_a_number_stands_among_them():
    """The whole of them was once left out with the number."""
    apart = nodes.strong("", "", nodes.Text("een succes met "), number("7,3", fact="a"))
    (one,) = sentences_in(paragraph("Het was ", apart, "."))
    assert one.without("fact") == "Het was een succes met ." and [node["fact"] for node in one.nodes_with("fact")] == ["a"]


def test_two_sentences_on_a_line_and_none():
    assert [one.text for one in sentences_in(paragraph("Een. Twee! Drie? ", "\n"))] == ["Een.", "Twee!", "Drie?"]
    assert sentences_in(paragraph(" \n")) == []
