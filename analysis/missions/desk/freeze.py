"""A release: what readers saw of an edition, read back from the built pages and kept for good (data/published)."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from pathlib import Path

import lxml.html

from .. import chain
from ..choice import PUBLIC, Choice
from ..declared.citation import citation
from ..edition import counts, results
from ..edition.begin import locked
from ..keyed import key_id
from ..machine import snapshot
from ..paths import ROOT, shown
from ..published import SCHEMA, load_published, published_path
from . import gate, manifest

# Pages that only repeat facts and claims, or tell what changed: a changed number would be told twice.
GENERATED = ("key-figures", "changes", "review")
_REPEATING_TABLES = ("facts-from-", "claims-from-")  # their ids, in an annex
_FACT_FIELDS = (
    *("key", "text", "value", "unit", "n", "population_n", "interval"),
    *("estimand", "origin", "inputs", "synthetic", "status"),
)
# Signs and links around the text, by class: not what a sentence or cell says.
_SIGNS = ("headerlink", "synthetic-mark", "synthetic-badge", "caption-number", "pdf-link", "download")
_FOLDED = ".//table | .//details | .//figure | .//aside | .//*[contains(@class, 'card')]"
RELEASES = "releases"  # below the repository, where git does not look
_HEADINGS = " or ".join(f"self::h{level}" for level in range(1, 7))


class ReleaseError(RuntimeError):
    """An edition that cannot be released or compared; the message says what to do. problems: one by one, if there are several."""

    def __init__(self, message: str, problems: Sequence[str] = ()):
        super().__init__(message)
        self.problems = problems


def freeze(choice: Choice, store: Path | None = None, key: Path | None = None) -> str:
    """Keep the edition in `_build` once and for all, when it passes the gate; tells what was kept, and where.

    store: the folder outside git in which every file that readers get is kept. key: of who signs the manifest.
    Errors: ReleaseError when there is a release already, when `_build` holds no whole public edition of these choices that was
    made from the files that are here now, or when the gate finds something (gate.CHECKS); PublishedError.
    """
    path, store = published_path(choice.year, choice.data), store or ROOT / RELEASES
    with locked():  # no build replaces the edition while it is read
        chain.require_whole()
        if path.exists():
            raise ReleaseError(f"{shown(path)} is there already: a release is final and never written again")
        run = f"run: missions build --year {choice.year} --deliveries {choice.data}"
        record = results.last(results.where())
        if not record:
            raise ReleaseError(f"_build holds no whole edition to release; {run}")
        if record["options"] != choice.options:
            year, deliveries, edition = record["options"]
            held = f"the {edition} edition of {year} with {deliveries} deliveries"
            raise ReleaseError(f"_build holds {held}, and not the public edition of {choice.year} with {choice.data}; {run}")
        if record["sources"] != snapshot.sources(choice.data):
            raise ReleaseError(f"_build was made from other files than those that are here now; {run}")
        known = citation()
        about = {"released_on": known.released_on.isoformat(), "version": known.version}
        content = read_edition(results.where()) | about | {"schema": SCHEMA}
        facts = json.loads((results.where() / "facts.json").read_bytes())
        if problems := gate.problems(gate.Edition(choice, results.where(), record, facts)):
            raise ReleaseError("\n".join(problems), problems)
        used = key_id(str(ROOT)) if choice.data == "real" else None
        files = manifest.keep(results.where(), store)
        steps = {name: step["key"] for name, step in record["steps"].items()}
        drafts = {name: key for name, key in steps.items() if name.startswith("annex ")}
        kept = counts.keep(choice, drafts, steps["decision"])
        manifest.release(choice, content, files, about | {"commit": record["commit"], "key": used}, key)
    cells_n = sum(len(cells) for tables in content["tables"].values() for cells in tables.values())
    sentences_n = sum(len(sentences) for sentences in content["sentences"].values())
    return (
        f"{shown(path)} holds what readers see: {len(content['facts'])} facts, {len(content['claims'])} claims, "
        f"{cells_n} cells of tables, {sentences_n} sentences.\n"
        f"{manifest.told(store, files)}; keep a copy of that folder where nothing is lost.\n"
        f"{shown(kept)} holds the counts behind it: confidential, and needed for every later edition of the year.\n"
        f"It is final: put {shown(path.parent)} into git and never edit it."
    )


def migrate(choice: Choice, key: Path | None = None) -> str:
    """Give a record that was kept before there were manifests its manifest; tells what that says.

    The record stays as it is. Of the files that readers got then nothing is known, and the manifest says just that.
    Errors: ReleaseError when there is no such record, or when it has a manifest; PublishedError.
    """
    path, place = published_path(choice.year, choice.data), chain.manifest_path(choice.year, choice.data)
    with locked():
        if place.exists():
            raise ReleaseError(f"{shown(place)} is there already: a release is final and never written again")
        record = load_published(choice.year, choice.data)
        if record is None:
            raise ReleaseError(f"{shown(path)} does not exist; missions freeze releases the edition in _build")
        about = {name: record[name] for name in ("released_on", "version")}
        manifest.write(choice.year, choice.data, {}, about | {"migrated": True}, key)
    return (
        f"{shown(place)} vouches for {shown(path)} from now on. It says itself that the files which readers got were not kept.\n"
        "Compare the record with git before you put the manifest there too."
    )


def read_edition(folder: Path) -> dict:
    """What readers see of a built edition: facts, claims, tables and sentences. Errors: ReleaseError for any other folder."""
    record = results.last(folder.absolute())
    if not record or not (folder / "facts.json").is_file():
        raise ReleaseError(f"{folder}: holds no whole edition; missions build makes one in {shown(results.where())}")
    facts = json.loads((folder / "facts.json").read_bytes())
    if facts["edition"] != PUBLIC:
        raise ReleaseError(
            f"{folder}: is the {facts['edition']} edition; only the public one is compared with what was published"
        )
    tables, sentences = {}, {}
    book = folder / "html" / "book"
    for path in sorted(book.rglob("*.html")):
        if path.relative_to(book).with_suffix("").as_posix() in GENERATED:
            continue
        title, of_page, said = read_page(path.read_text(encoding="utf-8"))
        title = _free(title, tables.keys() | sentences.keys())
        tables |= {title: of_page} if of_page else {}
        sentences |= {title: said} if said else {}
    return {
        "year": facts["year"],
        "deliveries": facts["deliveries"],
        "edition": facts["edition"],
        "facts": [{field: fact[field] for field in _FACT_FIELDS} for fact in facts["facts"]],
        "claims": facts.get("claims", []),
        "tables": tables,
        "sentences": sentences,
    }


def read_page(html: str) -> tuple[str, dict[str, dict[str, str]], list[str]]:
    """Title of a page; caption -> row > column -> cell of its tables; the sentences of its paragraphs and items of lists."""
    article = lxml.html.document_fromstring(html).find_class("bd-article")[0]
    for sign in [*article.xpath(".//*[local-name() = 'svg']"), *(one for name in _SIGNS for one in article.find_class(name))]:
        sign.drop_tree()
    title = _text(article.find(".//h1"))
    tables = {}
    for table in article.iter("table"):
        if not table.get("id", "").startswith(_REPEATING_TABLES):
            tables[_free(_caption(table), tables)] = _cells(table)
    prose = copy.deepcopy(article)
    for folded in prose.xpath(_FOLDED):
        if folded.getparent() is not None:  # unless it went with another
            folded.drop_tree()
    said = [sentence for block in prose.xpath(".//p | .//li[not(.//p or .//li)]") for sentence in sentences_of(_text(block))]
    return title, tables, said


def sentences_of(text: str) -> list[str]:
    """The sentences of a paragraph: split after . ! or ? where a space and a capital, figure, quote or bracket follow."""
    sentences, begin, words = [], 0, text.split(" ")
    for number, word in enumerate(words):
        following = words[number + 1 : number + 2]
        ends = word.rstrip("\"'’”)").endswith((".", "!", "?")) and following and not following[0][0].islower()
        if ends or not following:
            sentences.append(" ".join(words[begin : number + 1]))
            begin = number + 1
    return [sentence for sentence in sentences if sentence]


def _text(element) -> str:
    return " ".join(element.text_content().split())


def _caption(table) -> str:
    """The caption of a table; the data of a chart go by the caption of the chart, others by the heading that they stand below."""
    caption = table.find("caption")
    if caption is None:
        chart = table.xpath("ancestor::details[1]/preceding::figcaption[1]")
        caption = chart[0] if chart else table.xpath(f"preceding::*[{_HEADINGS}][1]")[0]
    return _text(caption)


def _cells(table) -> dict[str, str]:
    """Row heading > column heading -> text; a heading that comes back has a number."""
    headings = [_text(cell) for cell in table.xpath("./thead/tr[last()]/*")]
    cells, rows = {}, set()
    for line in table.xpath("./tbody/tr"):
        heading, *others = (_text(cell) for cell in line.xpath("./th | ./td"))
        row = _free(heading, rows)
        rows.add(row)
        if not others:
            cells[row] = heading
        for number, cell in enumerate(others, 1):
            column = headings[number] if number < len(headings) else ""
            cells[_free(f"{row} > {column}", cells)] = cell
    return cells


def _free(name: str, taken) -> str:
    """The name, or the name with a number when it is taken."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} ({number})"
    return free
