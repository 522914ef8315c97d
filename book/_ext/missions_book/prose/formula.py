"""A formula in three writings: MathML for the site, Typst for the PDF, and Dutch words to be heard. All from one tree."""

from __future__ import annotations

import html
import json
import re
from functools import singledispatch

from .latex import ACCENTS, Accent, Brackets, Fraction, Node, Root, Row, Scripts, Symbol

_EM = {"thin": "0.1667em", "med": "0.2222em", "thick": "0.2778em", "quad": "1em"}
_RANGED = ("large", "limits")  # with a range, and not with an index and a power
# Accent -> character in MathML, function in Typst.
_MARKS = {
    "hat": ("^", "hat"), "widehat": ("^", "hat"), "bar": ("¯", "macron"), "overline": ("¯", "overline"), "tilde": ("~", "tilde"),
    "widetilde": ("~", "tilde"), "dot": ("˙", "dot"), "vec": ("→", "arrow"),
}  # fmt: skip
_WIDE = ("widehat", "overline", "widetilde")


# --- MathML (Core) --------------------------------------------------------------------------------------------------
@singledispatch
def mathml(node: Node) -> str:
    raise TypeError(node)


@mathml.register
def _(node: Symbol) -> str:
    char = html.escape(node.char, quote=False)
    if node.kind == "space":
        return f'<mspace width="{_EM[node.char]}"></mspace>'
    if node.kind == "letter":
        # One letter alone leans; Greek capitals stand straight, as they do in a PDF.
        return f'<mi mathvariant="normal">{char}</mi>' if "Α" <= node.char <= "Ω" else f"<mi>{char}</mi>"
    if node.kind in ("upright", "function"):
        return f"<mi>{char}</mi>" if len(node.char) > 1 else f'<mi mathvariant="normal">{char}</mi>'
    if node.kind == "number":
        return f"<mn>{char}</mn>"
    if node.kind == "text":
        return f"<mtext>{char.replace(' ', '&nbsp;')}</mtext>"
    if node.kind == "limits":
        return f'<mo movablelimits="true" lspace="0" rspace="0.1667em">{char}</mo>'
    if node.kind in ("opening", "closing", "fence"):
        return f'<mo stretchy="false">{char}</mo>'
    return f"<mo>{char}</mo>"


@mathml.register
def _(node: Row) -> str:
    parts = []
    for item, after in zip(node.items, (*node.items[1:], None), strict=True):
        parts.append(mathml(item))
        if _kind(item) == "function" and after is not None and _kind(after) != "opening":
            parts.append(f'<mspace width="{_EM["thin"]}"></mspace>')
    return f"<mrow>{''.join(parts)}</mrow>"


@mathml.register
def _(node: Fraction) -> str:
    return f"<mfrac>{mathml(node.above)}{mathml(node.below)}</mfrac>"


@mathml.register
def _(node: Root) -> str:
    if node.degree is None:
        return f"<msqrt>{mathml(node.inside)}</msqrt>"
    return f"<mroot>{mathml(node.inside)}{mathml(node.degree)}</mroot>"


@mathml.register
def _(node: Scripts) -> str:
    ranged = _kind(node.base) in _RANGED and getattr(node.base, "char", "") != "∫"
    below, above = ("munder", "mover") if ranged else ("msub", "msup")
    both = "munderover" if ranged else "msubsup"
    tag = both if node.below and node.above else below if node.below else above
    return f"<{tag}>{''.join(mathml(part) for part in (node.base, node.below, node.above) if part)}</{tag}>"


@mathml.register
def _(node: Accent) -> str:
    stretchy = str(node.name in _WIDE).lower()
    return f'<mover accent="true">{mathml(node.base)}<mo stretchy="{stretchy}">{_MARKS[node.name][0]}</mo></mover>'


@mathml.register
def _(node: Brackets) -> str:
    left, right = (
        f'<mo form="{form}" stretchy="true" fence="true">{html.escape(bracket.char)}</mo>'
        for form, bracket in (("prefix", node.left), ("postfix", node.right))
    )
    return f"<mrow>{left}{mathml(node.inside)}{right}</mrow>"


# --- Typst ----------------------------------------------------------------------------------------------------------
@singledispatch
def typst(node: Node) -> str:
    """The inside of an equation in Typst; every sign that Typst could read as its own language is escaped."""
    raise TypeError(node)


@typst.register
def _(node: Symbol) -> str:
    text = json.dumps(node.char, ensure_ascii=False)
    if node.kind in ("function", "limits"):
        return f"op({text}, limits: #{str(node.kind == 'limits').lower()})"
    if node.kind == "text" or (len(node.char) > 1 and node.kind in ("upright", "number")):
        return text
    if node.kind == "upright" and node.char.isascii() and node.char.isalpha():
        return f"upright({node.char})"
    return node.char if node.char.isalnum() or not node.char.isascii() else f"\\{node.char}"


@typst.register
def _(node: Row) -> str:
    return " ".join(map(typst, node.items))


@typst.register
def _(node: Fraction) -> str:
    return f"frac({typst(node.above)}, {typst(node.below)})"


@typst.register
def _(node: Root) -> str:
    return f"sqrt({typst(node.inside)})" if node.degree is None else f"root({typst(node.degree)}, {typst(node.inside)})"


@typst.register
def _(node: Scripts) -> str:
    below, above = (f", {name}: {typst(part)}" if part else "" for name, part in (("b", node.below), ("t", node.above)))
    return f"attach({typst(node.base)}{below}{above})"


@typst.register
def _(node: Accent) -> str:
    return f"{_MARKS[node.name][1]}({typst(node.base)})"


@typst.register
def _(node: Brackets) -> str:
    return f"lr({typst(node.left)} {typst(node.inside)} {typst(node.right)})"


# --- Dutch words ----------------------------------------------------------------------------------------------------
def in_words(node: Node) -> str:
    """A formula as one would read it aloud."""
    said = " ".join(_words(node).split())
    return re.sub(r" (?=[,;.](?: |$))", "", said)


@singledispatch
def _words(node: Node) -> str:
    raise TypeError(node)


@_words.register
def _(node: Symbol) -> str:
    return f"{node.words} van" if node.kind in ("function", *_RANGED) else node.words


@_words.register
def _(node: Row) -> str:
    return " ".join(map(_words, node.items))


@_words.register
def _(node: Fraction) -> str:
    above, below = _words(node.above), _words(node.below)
    if isinstance(node.above, Symbol) and isinstance(node.below, Symbol):
        return f"{above} gedeeld door {below}"
    return f"breuk met teller {above} en noemer {below} einde breuk"


@_words.register
def _(node: Root) -> str:
    kind = "wortel uit" if node.degree is None else f"wortel van graad {_words(node.degree)} uit"
    return f"{kind} {_closed(node.inside, 'wortel')}"


@_words.register
def _(node: Scripts) -> str:
    if _kind(node.base) in _RANGED:
        if node.below and node.above:
            reach = f"van {_words(node.below)} tot {_words(node.above)}"
        else:
            reach = f"over {_words(node.below)}" if node.below else f"tot {_words(node.above)}"
        return f"{node.base.words} {reach} van"
    said = _words(node.base)
    if isinstance(node.base, Row):
        said = f"groep {said} einde groep"
    below = f" met index {_closed(node.below, 'index')}" if node.below else ""
    above = _above(node.above) if node.above else ""
    is_function = _kind(node.base) == "function"
    return f"{said.removesuffix(' van')}{below}{above} van" if is_function else f"{said}{below}{above}"


def _above(node: Node) -> str:
    parts = node.items if isinstance(node, Row) else (node,)
    primes = [part for part in parts if getattr(part, "char", "") == "′"]
    if rest := parts[len(primes) :]:
        power = rest[0] if len(rest) == 1 else Row(rest)
        sign = getattr(power, "char", "")
        said = {"∗": " met ster", "⊤": " getransponeerd"}.get(sign) or f" tot de macht {_closed(power, 'macht')}"
    else:
        said = ""
    return " accent" * len(primes) + said


@_words.register
def _(node: Accent) -> str:
    return f"{_words(node.base)} {ACCENTS[node.name]}"


@_words.register
def _(node: Brackets) -> str:
    if node.left.char == node.right.char == "|":
        return f"absolute waarde van {_words(node.inside)} einde absolute waarde"
    return f"{_words(node.left)} {_words(node.inside)} {_words(node.right)}"


def _closed(node: Node, what: str) -> str:
    """Words of a part that say where it ends, when it is more than one sign."""
    return _words(node) if isinstance(node, Symbol) else f"{_words(node)} einde {what}"


def _kind(node: Node) -> str:
    """The kind of a sign, also below its index or power."""
    inner = node.base if isinstance(node, Scripts) else node
    return inner.kind if isinstance(inner, Symbol) else ""
