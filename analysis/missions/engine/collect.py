"""From executed notebooks to pages of the book and facts.json: only what passed disclosure goes on."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import nbformat

from ..present.facts import anchor, declared_facts
from ..present.outputs import MIME
from ..year import Year
from .execute import PARAMETERS_TAG, AnnexError, write_if_changed

RECORD_PREFIXES = ("record_", "cbs_")
_SCHEMA = Path(__file__).parents[1] / "present" / "facts.schema.json"


class FactError(ValueError):
    """Facts that break a rule; the message names the fact and the rule."""


def clean(name: str, executed: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook as a page of the book: text and released outputs; no code, parameters, times, paths or environment.

    PRIVACY: an output that is not one of ours did not pass through disclosure and stops the build.
    """
    cells = []
    for cell in executed.cells:
        tags = cell.metadata.get("tags", [])
        if "injected-parameters" in tags or PARAMETERS_TAG in tags:
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


def write_pages(pages: dict[str, nbformat.NotebookNode], folder: Path) -> None:
    """Write the pages of the annexes and remove those of annexes that no longer exist."""
    for name, page in pages.items():
        write_if_changed(folder / f"{name}.ipynb", nbformat.writes(page, version=4) + "\n")
    for stale in folder.glob("*.ipynb"):
        if stale.stem not in pages:
            stale.unlink()


def write_facts(facts: dict, path: Path) -> None:
    write_if_changed(path, json.dumps(facts, ensure_ascii=False, indent=1) + "\n")
