"""A book of six pages and two annexes, made of the repository by leaving out the rest: what a test of the engine builds.

Engine, extension, looks and the two annexes are those of the repository, facts and claims are those of these annexes; the prose
(pages/tiny) uses every role and directive of ours. Register and IMVO steps are its own (tiny_deliveries), with talks enough to be
published: another world in the sample changes nothing here. A build goes through all steps of the whole book in a third of its
time.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import yaml

from support.checkout import Checkout, edit

ANNEXES = ("effect_cbs", "imvo")
PARAMETER = {"first_year": 2025}  # of the annex imvo, which only says it: it is there to be changed
# Both annexes rest on the register and on public tables alone: the large deliveries are left out.
NOT_DELIVERED = ("participations", "survey_answers", "trade_panel")
STEPS = "data/sample/2025/synthetisch_imvo_stappen.csv"  # the delivery that tests change
# The heading that a change of an annex turns into another one.
HEADING, OTHER_HEADING = "# ## Wat deze bijlage niet zegt", "# ## Wat deze bijlage niet kan zeggen"
# A row of that delivery and another: one talk less, which is a count that the annex publishes and other pages and PDFs show.
ROW, OTHER_ROW = "\n2415;2025-XAB-01;ja;ja;ja;RVO;nee;nee;nee;", "\n2415;2025-XAB-01;ja;ja;nee;;nee;nee;nee;"
# A talk, and none: where that delivery has it, as often as it has it.
TALK, NO_TALK = ";ja;ja;ja;RVO;nee;nee;nee;", ";ja;ja;nee;;nee;nee;nee;"
# A talk that did not end in exclusion, and one that did.
EXCLUDED = (TALK, ";ja;ja;ja;RVO;nee;nee;ja;")
PAGES = Path(__file__).parent / "pages" / "tiny"
DELIVERIES = Path(__file__).parent / "tiny_deliveries"
CONTENTS = {
    "format": "jb-book",
    "root": "book/index",
    "parts": [
        {"caption": "De stukken", "chapters": [{"file": "book/letter"}, {"file": "book/note"}]},
        {"caption": "Bijlagen", "chapters": [{"file": f"book/annexes/{name}"} for name in ANNEXES]},
        {"caption": "Verantwoording", "chapters": [{"file": f"book/{name}"} for name in ("key-figures", "review", "glossary")]},
    ],
}
DOCUMENTS = [
    {"name": "kamerbrief", "title": "Kamerbrief", "pages": ["book/letter"], "letter": "parliament_on"},
    {"name": "beslisnota", "title": "Beslisnota", "pages": ["book/note"], "letter": "note_on"},
    {"name": "bijlage-cbs", "title": "Bijlage CBS", "pages": ["book/annexes/effect_cbs"]},
    {"name": "bijlage-imvo", "title": "Bijlage IMVO", "pages": ["book/annexes/imvo"]},
    {"name": "publicatie", "title": "Rapportage economische missies"},
]


def keep_little(checkout: Checkout) -> Checkout:
    """Leave out of a copy of the repository all that the tiny book does not need; returns the copy."""
    root = checkout.root
    year_path = root / "analysis" / "years" / "2025.yml"
    head, _, text = year_path.read_text(encoding="utf-8").partition("\n")  # a new year's file begins with this line too
    year = yaml.safe_load(text)
    year["annexes"], year["annexes_n"] = {"effect_cbs": {}, "imvo": PARAMETER}, len(ANNEXES)
    year["deliveries"] |= {name: {"sample": None, "real": None} for name in NOT_DELIVERED}
    year_path.write_text(f"{head}\n{yaml.safe_dump(year, allow_unicode=True, sort_keys=False)}", encoding="utf-8")
    shutil.copytree(DELIVERIES, root / "data/sample/2025", dirs_exist_ok=True)
    published = "".join((root / f"analysis/annexes/{name}.py").read_text(encoding="utf-8") for name in ANNEXES)
    # Its pages try every way of writing, figures among them (book/test_prose.py and test_judging.py try the rules themselves).
    for name in ("typed_figures", "judging_exceptions"):
        (root / f"book/{name}.yml").write_text("trial:\n  pattern: '.+'\n  reason: pages of a trial.\n", encoding="utf-8")
    for name in ("facts", "claims"):
        path = root / "book" / f"{name}.yml"
        declared = yaml.safe_load(path.read_text(encoding="utf-8"))
        kept = {key: entry for key, entry in declared.items() if re.search(rf"\b{key}=", published)}
        path.write_text(yaml.safe_dump(kept, allow_unicode=True, sort_keys=False), encoding="utf-8")
    for annex in (root / "analysis/annexes").glob("*.py"):
        if annex.stem not in ANNEXES:
            annex.unlink()
    imvo = root / "analysis/annexes/imvo.py"
    edit(imvo, 'data: str = "sample"\n', 'data: str = "sample"\nfirst_year: int = 2025\n')
    edit(imvo, HEADING, f"{HEADING}\n#\n# Vanaf {{parameter}}`first_year`.")
    for page in (root / "book").rglob("*.md"):
        page.unlink()
    shutil.copytree(PAGES, root / "book", dirs_exist_ok=True)
    (root / "_toc.yml").write_text(yaml.safe_dump(CONTENTS, sort_keys=False), encoding="utf-8")
    config = root / "_config.yml"
    text = config.read_text(encoding="utf-8")
    (listed,) = re.findall(r"(?m)^    typst_documents:\n(?:      .*\n)+", text)
    documents = "".join(
        f"      - {yaml.safe_dump(one, default_flow_style=True, sort_keys=False, width=200)}" for one in DOCUMENTS
    )
    config.write_text(text.replace(listed, f"    typst_documents:\n{documents}"), encoding="utf-8")
    return checkout
