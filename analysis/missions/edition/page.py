"""From an executed notebook to a draft of a page, and from the draft to the page when it is decided what of it is shown."""

from __future__ import annotations

import re
from collections.abc import Mapping

import nbformat

from ..present.outputs import UNDECIDED, decided
from ..present.renderer import MIME

PARAMETERS_TAG = "parameters"
DRAFT = "draft"  # kind of an output that only a preview shows
ENGINE_TAG = "engine"  # of cells that the engine puts in
_IN_PROSE = re.compile(r"\{(parameter|record)\}`([^`]+)`")


class AnnexError(RuntimeError):
    """An annex that cannot run or failed; the message names the annex and what is wrong."""


def in_words(name: str, text: str, known: dict[str, dict[str, str]]) -> str:
    """Prose in which {parameter}`name` is a value that this run was given, and {record}`heading` a word of its own record.

    known: "parameter" or "record" -> name -> words; what is not known yet stays. Errors: AnnexError for an unknown name.
    """

    def words(found: re.Match) -> str:
        kind, key = found.groups()
        if kind not in known:
            return found.group(0)
        if key not in known[kind]:
            have = ", ".join(known[kind]) or "none"
            raise AnnexError(f"annex {name}: unknown {kind} '{key}' in {found.group(0)} (it has: {have})")
        return known[kind][key]

    return _IN_PROSE.sub(words, text)


def clean(name: str, executed: nbformat.NotebookNode, parameters: dict) -> nbformat.NotebookNode:
    """The notebook as the draft of a page: text and our outputs; no code, parameters, times, paths or environment.

    parameters: those of this run. An output that is not one of ours is kept as a draft: a preview shows it, an edition is refused
    (`require_no_drafts`).
    """
    cells, given = [], {"parameter": {key: str(value) for key, value in parameters.items()}}
    for cell in executed.cells:
        tags = cell.metadata.get("tags", [])
        if {"injected-parameters", PARAMETERS_TAG, ENGINE_TAG}.intersection(tags):
            continue
        if cell.cell_type == "markdown":
            cells.append(nbformat.v4.new_markdown_cell(in_words(name, cell.source, given)))
        if cell.cell_type != "code" or not cell.outputs:
            continue
        # TRAP: MyST-NB skips a cell without source, outputs and all; the sign itself is never shown.
        kept = nbformat.v4.new_code_cell("#", metadata={"tags": ["remove-input"]})
        for output in cell.outputs:
            payload = output.get("data", {}).get(MIME) or {}
            # PRIVACY: what was shown already was decided by nobody.
            payload = payload if payload.get("kind") == UNDECIDED else _draft(output, cell.source)
            kept.outputs.append(nbformat.v4.new_output("display_data", {MIME: payload}))
        cells.append(kept)
    page = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": executed.metadata["kernelspec"]})
    for number, cell in enumerate(page.cells):
        cell["id"] = f"cell-{number}"  # nbformat draws ids at random
    return page


def _payloads(page: dict) -> list[dict]:
    return [output["data"][MIME] for cell in page["cells"] for output in cell.get("outputs", [])]


def decide(name: str, page: dict, withheld: Mapping) -> dict:
    """The page that a draft becomes. withheld: as `decided` takes it. Errors: AnnexError that names the annex."""
    recorded = {}
    for cell in page["cells"]:
        for output in cell.get("outputs", []):
            payload = output["data"][MIME]
            if payload["kind"] != UNDECIDED:
                continue
            try:
                payload = decided(payload, withheld).payload
            except (KeyError, ValueError) as error:
                raise AnnexError(f"annex {name}: {payload['show']}: {error.args[0] if error.args else error}") from None
            if payload.get("is_record"):
                recorded |= dict(payload["table"]["rows"])
            output["data"][MIME] = payload
    for cell in page["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = in_words(name, "".join(cell["source"]), {"record": recorded})
    return page


def _draft(output: nbformat.NotebookNode, source: str) -> dict:
    """Whatever else a cell shows, such as a table that is printed while somebody works on an annex."""
    text = output.get("text") or output.get("data", {}).get("text/plain") or ", ".join(output.get("data", {}))
    return {"kind": DRAFT, "output_type": output.output_type, "text": text, "source": source}


def require_no_drafts(name: str, page: dict) -> None:
    """PRIVACY: what is no output of ours did not pass through disclosure and stops an edition. Errors: AnnexError."""
    for draft in (payload for payload in _payloads(page) if payload["kind"] == DRAFT):
        raise AnnexError(
            f"annex {name}: a cell shows {draft['output_type']} that did not pass disclosure: {draft['text'][:200]}\n"
            f"in this cell:\n{draft['source']}"
        )
