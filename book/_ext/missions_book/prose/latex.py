"""The part of LaTeX in which a formula may be written, read into a tree from which site, PDF and words are made (formula.py).

A documented part and no more: what is not here is refused, so that a formula never looks or sounds different from what was typed.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True)
class Symbol:
    """One sign. kind: letter, upright (letters that stand straight), number, operator, relation, opening, closing, fence,
    separator, large (a sum), function, limits (a function with its range below), text or space."""

    char: str
    kind: str
    words: str


@dataclass(frozen=True)
class Row:
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Fraction:
    above: Node
    below: Node


@dataclass(frozen=True)
class Root:
    inside: Node
    degree: Node | None


@dataclass(frozen=True)
class Scripts:
    """A base with what stands below and above it, as index and power or as the range of a sum."""

    base: Node
    below: Node | None
    above: Node | None


@dataclass(frozen=True)
class Accent:
    base: Node
    name: str  # one of ACCENTS


@dataclass(frozen=True)
class Brackets:
    """Brackets that grow with what stands between them."""

    left: Symbol
    inside: Node
    right: Symbol


Node = Symbol | Row | Fraction | Root | Scripts | Accent | Brackets

ACCENTS = {
    **{"hat": "met dakje", "widehat": "met dakje", "bar": "met streep", "overline": "met streep"},
    **{"tilde": "met tilde", "widetilde": "met tilde", "dot": "met punt", "vec": "met pijl"},
}

# Character -> kind and words; a formula may hold the character itself or one of its names.
_CHARACTERS = {
    "+": ("operator", "plus"), "−": ("operator", "min"), "±": ("operator", "plus of min"), "×": ("operator", "maal"),
    "⋅": ("operator", "maal"), "∗": ("operator", "ster"), "/": ("operator", "gedeeld door"), "∪": ("operator", "verenigd met"),
    "∩": ("operator", "doorsneden met"), "∖": ("operator", "zonder"), "=": ("relation", "is"), "≠": ("relation", "is niet"),
    "<": ("relation", "is kleiner dan"), ">": ("relation", "is groter dan"), "≤": ("relation", "is kleiner dan of gelijk aan"),
    "≥": ("relation", "is groter dan of gelijk aan"), "≈": ("relation", "is ongeveer"), "≡": ("relation", "is per definitie"),
    "∼": ("relation", "is verdeeld als"), "∝": ("relation", "is evenredig met"), "∈": ("relation", "in"),
    "∉": ("relation", "niet in"), "⊂": ("relation", "deel van"), "→": ("relation", "gaat naar"), "⇒": ("relation", "dus"),
    "∣": ("relation", "gegeven"), ":": ("relation", "staat tot"), "(": ("opening", "haakje openen"),
    ")": ("closing", "haakje sluiten"), "[": ("opening", "vierkante haak openen"), "]": ("closing", "vierkante haak sluiten"),
    "{": ("opening", "accolade openen"), "}": ("closing", "accolade sluiten"), "⌊": ("opening", "naar beneden afgerond openen"),
    "⌋": ("closing", "naar beneden afgerond sluiten"), "⌈": ("opening", "naar boven afgerond openen"),
    "⌉": ("closing", "naar boven afgerond sluiten"), "|": ("fence", "streep"), ",": ("separator", ","), ";": ("separator", ";"),
    ".": ("separator", "."), "!": ("upright", "faculteit"), "%": ("upright", "procent"), "∞": ("upright", "oneindig"),
    "′": ("upright", "accent"), "∂": ("letter", "partiële d"), "∅": ("upright", "lege verzameling"), "ℓ": ("upright", "l"),
    "⊤": ("upright", "getransponeerd"), "…": ("upright", "enzovoort"), "⋯": ("upright", "enzovoort"),
    "∀": ("upright", "voor alle"), "∃": ("upright", "er is een"), "∑": ("large", "som"), "∏": ("large", "product"),
    "∫": ("large", "integraal"),
}  # fmt: skip

_NAMES = {
    "pm": "±", "times": "×", "cdot": "⋅", "ast": "∗", "div": "/", "cup": "∪", "cap": "∩", "setminus": "∖", "ne": "≠", "neq": "≠",
    "lt": "<", "gt": ">", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "approx": "≈", "equiv": "≡", "sim": "∼", "propto": "∝",
    "in": "∈", "notin": "∉", "subset": "⊂", "to": "→", "rightarrow": "→", "Rightarrow": "⇒", "mid": "∣", "{": "{", "}": "}",
    "lbrace": "{", "rbrace": "}", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈", "rceil": "⌉", "vert": "|", "%": "%", "infty": "∞",
    "prime": "′", "partial": "∂", "emptyset": "∅", "ell": "ℓ", "top": "⊤", "ldots": "…", "dots": "…", "cdots": "⋯", "forall": "∀",
    "exists": "∃", "sum": "∑", "prod": "∏", "int": "∫",
}  # fmt: skip

_GREEK = {
    "alpha": "α alfa", "beta": "β bèta", "gamma": "γ gamma", "delta": "δ delta", "epsilon": "ϵ epsilon",
    "varepsilon": "ε epsilon", "zeta": "ζ zèta", "eta": "η èta", "theta": "θ thèta", "iota": "ι jota", "kappa": "κ kappa",
    "lambda": "λ lambda", "mu": "μ mu", "nu": "ν nu", "xi": "ξ xi", "pi": "π pi", "rho": "ρ rho", "sigma": "σ sigma",
    "tau": "τ tau", "upsilon": "υ ypsilon", "phi": "ϕ phi", "varphi": "φ phi", "chi": "χ chi", "psi": "ψ psi", "omega": "ω omega",
    "Gamma": "Γ hoofdletter gamma", "Delta": "Δ hoofdletter delta", "Theta": "Θ hoofdletter thèta",
    "Lambda": "Λ hoofdletter lambda", "Xi": "Ξ hoofdletter xi", "Pi": "Π hoofdletter pi", "Sigma": "Σ hoofdletter sigma",
    "Phi": "Φ hoofdletter phi", "Psi": "Ψ hoofdletter psi", "Omega": "Ω hoofdletter omega",
}  # fmt: skip

_FUNCTIONS = {
    "log": "logaritme", "ln": "natuurlijke logaritme", "exp": "e-macht", "sin": "sinus", "cos": "cosinus", "tan": "tangens",
}  # fmt: skip
_WITH_LIMITS = {"max": "maximum", "min": "minimum", "lim": "limiet", "sup": "supremum", "inf": "infimum", "Pr": "kans"}
_SPACES = {",": "thin", ":": "med", ";": "thick", " ": "med", "quad": "quad"}
_ALPHABETS = {"mathbb": "DOUBLE-STRUCK", "mathbf": "BOLD", "mathcal": "SCRIPT"}
_AS_TYPED = {"-": "−", "*": "∗", "·": "⋅"}

_SIGNS = (
    {name: Symbol(char, *_CHARACTERS[char]) for name, char in _NAMES.items()}
    | {name: Symbol(said[0], "letter", said[2:]) for name, said in _GREEK.items()}
    | {name: Symbol(name, "function", said) for name, said in _FUNCTIONS.items()}
    | {name: Symbol(name, "limits", said) for name, said in _WITH_LIMITS.items()}
    | {name: Symbol(width, "space", "") for name, width in _SPACES.items()}
)
# A decimal comma is written {,}, or it would have the space of a comma between two things.
_TOKEN = re.compile(r"\s+|\\(?:text|operatorname\*?)\s*\{[^{}\\$]*\}|\\[A-Za-z]+|\\.|\d+(?:(?:\{,\}|\.)\d+)?|.", re.DOTALL)
_WORDS_IN = re.compile(r"\\(text|operatorname\*?)\s*\{(.*)\}", re.DOTALL)


def parse(formula: str) -> Node:
    """The tree of a formula. Errors: ValueError that names what is not known or not closed."""
    tokens = [token for token in _TOKEN.findall(formula) if not token.isspace()]
    if not tokens:
        raise ValueError("an empty formula")
    return _Reader(tokens).row(until=None)


class _Reader:
    """The tokens of a formula, from first to last."""

    def __init__(self, tokens: list[str]):
        self.tokens, self.at = tokens, 0

    def peek(self) -> str | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def next(self, wanted_by: str) -> str:
        if (token := self.peek()) is None:
            raise ValueError(f"the formula ends where {wanted_by} is not complete")
        self.at += 1
        return token

    def row(self, until: str | None) -> Node:
        """All up to a token that closes, or to the end."""
        items = []
        while (token := self.peek()) != until:
            if token is None:
                raise ValueError(f"the formula ends before {until}")
            items.append(self.with_scripts())
        self.at += 1
        if not items:
            raise ValueError(f"nothing stands before {until}")
        return items[0] if len(items) == 1 else Row(tuple(items))

    def with_scripts(self) -> Node:
        """A sign or group, with what stands below and above it."""
        base, below, above, primes = self.one(), None, None, []
        while (token := self.peek()) in ("_", "^", "'"):
            self.at += 1
            if token == "'":
                primes.append(Symbol("′", *_CHARACTERS["′"]))
            elif (below if token == "_" else above) is not None:
                raise ValueError(f"two times {token} after one sign; braces say what belongs to what")
            elif token == "_":
                below = self.one()
            else:
                above = self.one()
        if primes:
            parts = (*primes, *([above] if above else []))
            above = parts[0] if len(parts) == 1 else Row(parts)
        return Scripts(base, below, above) if below or above else base

    def one(self) -> Node:
        token = self.next("a sign")
        if token == "{":
            return self.row(until="}")
        if token in ("_", "^", "'", "}"):
            raise ValueError(f"{token} with nothing before it")
        if token[0].isascii() and token[0].isdigit():
            if "." in token:
                raise ValueError(f"{token} has a decimal point; the decimal comma of a formula is written {{,}}")
            return Symbol(number := token.replace("{,}", ","), "number", number)
        if token.isascii() and token.isalpha():
            return Symbol(token, "letter", token)
        if token.startswith("\\"):
            return self.command(token)
        if token == "~":
            return _SIGNS[" "]
        char = _AS_TYPED.get(token, token)
        if char in _CHARACTERS:
            return Symbol(char, *_CHARACTERS[char])
        if greek := next((sign for sign in _SIGNS.values() if sign.char == char and sign.kind == "letter"), None):
            return greek
        raise _unknown(token)

    def command(self, token: str) -> Node:
        name = token[1:]
        if words := _WORDS_IN.fullmatch(token):
            kind = {"text": "text", "operatorname": "function", "operatorname*": "limits"}[words.group(1)]
            return Symbol(words.group(2), kind, words.group(2).strip())
        if name in ("frac", "dfrac", "tfrac"):
            return Fraction(self.one(), self.one())
        if name == "sqrt":
            degree = None
            if self.peek() == "[":
                self.at += 1
                degree = self.row(until="]")
            return Root(self.one(), degree)
        if name in ACCENTS:
            return Accent(self.one(), name)
        if name == "left":
            left, inside = self.bracket(token), self.row(until="\\right")
            return Brackets(left, inside, self.bracket("\\right"))
        if name == "mathrm" or name in _ALPHABETS:
            return _styled(name, self.letters(token))
        if name in _SIGNS:
            return _SIGNS[name]
        raise _unknown(token)

    def bracket(self, token: str) -> Symbol:
        found = self.one()
        if not isinstance(found, Symbol) or found.kind not in ("opening", "closing", "fence"):
            raise ValueError(f"{token} without a bracket after it")
        return found

    def letters(self, token: str) -> str:
        """The letters of \\mathrm and the like, in braces or one alone."""
        found = [self.next(token)]
        if found == ["{"]:
            found = []
            while (letter := self.next(token)) != "}":
                found.append(letter)
        if not found or not all(letter.isascii() and letter.isalnum() for letter in found):
            raise ValueError(f"{token} holds letters only")
        return "".join(found)


def _styled(style: str, letters: str) -> Node:
    if style == "mathrm":
        return Symbol(letters, "upright", letters)
    signs = tuple(Symbol(_letter(_ALPHABETS[style], letter), "upright", letter) for letter in letters)
    return signs[0] if len(signs) == 1 else Row(signs)


def _letter(alphabet: str, letter: str) -> str:
    """A letter of another alphabet, such as that of sets; Unicode had a few of them before it had them all."""
    case = "DIGIT" if letter.isdigit() else "CAPITAL" if letter.isupper() else "SMALL"
    name = f"{alphabet} {case} {unicodedata.name(letter).rpartition(' ')[2]}"
    for full in (f"MATHEMATICAL {name}", name):
        try:
            return unicodedata.lookup(full)
        except KeyError:
            continue
    raise _unknown(letter)


def _unknown(token: str) -> ValueError:
    return ValueError(f"{token} is not among the signs of a formula (CONTRIBUTING.md, What a writer may type)")
