"""From an executed notebook to a page of the book: only what passed disclosure goes on."""

from __future__ import annotations

import re

import nbformat

from ..present.outputs import MIME

PARAMETERS_TAG = "parameters"
ENGINE_TAG = "engine"  # of cells that the engine puts in
_IN_PROSE = re.compile(r"\{(parameter|record)\}`([^`]+)`")


class AnnexError(RuntimeError):
    """An annex that cannot run or failed; the message names the annex and what is wrong."""


def in_words(name: str, text: str, parameters: dict, recorded: dict[str, str]) -> str:
    """Prose in which {parameter}`name` is a value that this run was given, and {record}`heading` a word of its own record.

    recorded: heading -> words of what `show_record` showed, which passed disclosure. Errors: AnnexError for an unknown name.
    """
    known = {"parameter": {key: str(value) for key, value in parameters.items()}, "record": recorded}

    def words(found: re.Match) -> str:
        kind, key = found.groups()
        if key not in known[kind]:
            have = ", ".join(known[kind]) or "none"
            raise AnnexError(f"annex {name}: unknown {kind} '{key}' in {found.group(0)} (it has: {have})")
        return known[kind][key]

    return _IN_PROSE.sub(words, text)


def _recorded(executed: nbformat.NotebookNode) -> dict[str, str]:
    payloads = [
        output["data"][MIME] for cell in executed.cells for output in cell.get("outputs", []) if MIME in output.get("data", {})
    ]
    return {heading: words for payload in payloads if payload.get("is_record") for heading, words in payload["table"]["rows"]}


def clean(name: str, executed: nbformat.NotebookNode, parameters: dict) -> nbformat.NotebookNode:
    """The notebook as a page of the book: text and released outputs; no code, parameters, times, paths or environment.

    parameters: those of this run.

    PRIVACY: an output that is not one of ours did not pass through disclosure and stops the build.
    """
    cells, recorded = [], _recorded(executed)
    for cell in executed.cells:
        tags = cell.metadata.get("tags", [])
        if {"injected-parameters", PARAMETERS_TAG, ENGINE_TAG}.intersection(tags):
            continue
        if cell.cell_type == "markdown":
            cells.append(nbformat.v4.new_markdown_cell(in_words(name, cell.source, parameters, recorded)))
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
