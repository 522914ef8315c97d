"""The directive {disclosure-audit}: what an attack on everything that this edition shows finds (missions.disclosure.audit)."""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from missions.present.numbers import dutch
from missions.present.shelves import DISCLOSURE
from missions.present.words import label

from ..outputs import build_table

_HEADERS = [("Wat is beschermd", False), ("Hoeveel", True), ("Te nauw bekend", True), ("Ten minste zo ruim als moet", True)]
_SAID = (
    "Deze uitgave telt {rows} regels met cijfers over bedrijven, waarvan {rows_withheld} zijn weggelaten; in de andere zijn "
    "{counts_blank} aantallen niet vermeld. Van {targets} grenzen is nagegaan of een lezer ze te dicht bij de waarheid kan "
    "leggen; bij {ruled_out} kan dat."
)


def _times(multiple: float) -> str:
    return f"{multiple:.1f} keer".replace(".", ",")


class DisclosureAudit(SphinxDirective):
    def run(self):
        counts = {name: dutch(value, "count") for name, value in DISCLOSURE.items() if isinstance(value, int)}
        rows = [
            [
                label(f"protected_{kind}"),
                dutch(found["targets"], "count") if isinstance(found["targets"], int) else label("fewer_than_three"),
                dutch(found["ruled_out"], "count"),
                _times(found["narrowest"]),
            ]
            for kind, found in DISCLOSURE["kinds"].items()
        ]
        table = build_table(_HEADERS, rows, id="disclosure-audit", title="Wat een aanval op deze uitgave vindt")
        return [nodes.paragraph(text=_SAID.format(**counts)), table]


def setup(app: Sphinx) -> None:
    app.add_directive("disclosure-audit", DisclosureAudit)
