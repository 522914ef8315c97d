"""From executed notebooks to pages of the book and facts.json: only what passed disclosure goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import nbformat

from ..present.fact_text import anchor
from ..present.facts import declared_facts
from ..present.outputs import MIME
from ..year import Year, load_year

PARAMETERS_TAG = "parameters"
ENGINE_TAG = "engine"  # of cells that the engine puts in
RECORD_PREFIXES = ("record_", "cbs_")
READS = ("analysis/missions/present/facts.schema.json",)
_SCHEMA = Path(__file__).parents[1] / "present" / "facts.schema.json"


class AnnexError(RuntimeError):
    """An annex that cannot run or failed; the message names the annex and what is wrong."""


class FactError(ValueError):
    """Facts that break a rule; the message names the fact and the rule."""


def clean(name: str, executed: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook as a page of the book: text and released outputs; no code, parameters, times, paths or environment.

    PRIVACY: an output that is not one of ours did not pass through disclosure and stops the build.
    """
    cells = []
    for cell in executed.cells:
        tags = cell.metadata.get("tags", [])
        if {"injected-parameters", PARAMETERS_TAG, ENGINE_TAG}.intersection(tags):
            continue
        if cell.cell_type == "markdown":
            cells.append(nbformat.v4.new_markdown_cell(cell.source))
        if cell.cell_type != "code" or not cell.outputs:
            continue
        # TRAP: MyST-NB skips a cell without source, outputs and all; the sign itself is never shown.
        kept = nbformat.v4.new_code_cell("#", metadata={"tags": ["remove-input"]})
        for output in cell.outputs:
            if MIME not in output.get("data", {}):
                shown = str(output.get("text") or output.get("ename") or list(output.get("data", {})))[:200]
                raise AnnexError(
                    f"annex {name}: a cell shows {output.output_type} that did not pass disclosure: {shown}\n"
                    f"in this cell:\n{cell.source}"
                )
            kept.outputs.append(nbformat.v4.new_output("display_data", {MIME: output["data"][MIME]}))
        cells.append(kept)
    page = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": executed.metadata["kernelspec"]})
    for number, cell in enumerate(page.cells):
        cell["id"] = f"cell-{number}"  # nbformat draws ids at random
    return page


def facts_of(name: str, page: nbformat.NotebookNode) -> list[dict]:
    """The facts that an annex published, with their origin."""
    outputs = (output["data"][MIME] for cell in page.cells for output in cell.get("outputs", []))
    return [
        {**fact, "origin": {"annex": name, "anchor": anchor(fact["key"])}}
        for payload in outputs
        if payload["kind"] == "facts"
        for fact in payload["facts"]
    ]


def collect_facts(pages: dict[str, nbformat.NotebookNode], year: Year, world: str, edition: str) -> dict:
    """facts.json of one edition, checked against its schema and the rules between facts.

    Errors: FactError for a fact that is born twice, declared but never born, breaks the schema, or is named as public record
    while it rests on synthetic rows (or the other way round).
    """
    facts = [fact for name, page in pages.items() for fact in facts_of(name, page)]
    keys = [fact["key"] for fact in facts]
    problems = [f"fact '{key}' is born {keys.count(key)} times" for key in sorted(set(keys)) if keys.count(key) > 1]
    problems += [
        f"fact '{key}' is declared in book/facts.yml but no annex publishes it" for key in declared_facts() if key not in keys
    ]
    for fact in facts:
        if fact["key"].startswith(RECORD_PREFIXES) and fact["synthetic"]:
            problems.append(f"fact '{fact['key']}' is named as public record but rests on synthetic rows")
        if fact["key"].startswith(RECORD_PREFIXES) and any(
            not source["delivery"].startswith(RECORD_PREFIXES) for source in fact["inputs"]
        ):
            problems.append(f"fact '{fact['key']}' is named as public record but rests on other deliveries")
    order = list(declared_facts())
    result = {
        "year": year.reporting_year,
        "deliveries": world,
        "edition": edition,
        "facts": sorted(facts, key=lambda fact: order.index(fact["key"])),
    }
    schema = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    for error in jsonschema.Draft202012Validator(schema).iter_errors(result):
        place = list(error.absolute_path)
        key = result["facts"][place[1]]["key"] if len(place) > 1 and place[0] == "facts" else "facts.json"
        problems.append(f"{key}: {'.'.join(map(str, place[2:]))} {error.message}")
    if problems:
        raise FactError("\n".join(problems))
    return result


def make_facts(pages: dict[str, str], reporting_year: int, world: str, edition: str, tell: Callable[[str], None]) -> str:
    """facts.json as text. pages: annex -> its page as JSON. Errors: FactError."""
    year = load_year(reporting_year, world)
    notebooks = {name: nbformat.reads(text, as_version=4) for name, text in pages.items()}
    return json.dumps(collect_facts(notebooks, year, world, edition), ensure_ascii=False, indent=1) + "\n"
