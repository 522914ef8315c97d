"""The record of a build, in a form that other programs read: which run made what, from what, with what.

SOURCE: RO-Crate 1.1 and its profile Process Run Crate 0.5 (https://w3id.org/ro/wfrun/process/0.5).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from rocrate.model.contextentity import ContextEntity
from rocrate.rocrate import ROCrate

from ..choice import Choice
from ..declared.citation import citation
from ..declared.year_file import load_year
from ..keyed import MARK
from ..machine.guard import close_to
from ..paths import ROOT
from .results import RUN, contents

PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
SOFTWARE = ("papermill", "jupyter-book", "jupytext", "pandas", "altair", "typst")
ANNEXES = "annexes"  # folder of an edition with the pages as the runs of Papermill left them


def write(
    edition: str,
    choice: Choice,
    runs: dict[str, dict],
    versions: dict[str, str],
    book: list[tuple[str, str]],
    readable: list[str],
    tell: Callable,
) -> None:
    """Describe the edition in the folder `edition`, by the hashes of what lies there.

    runs: annex -> notebook, inputs (file -> sha256, keyed where it is not public), parameters, started and ended (ISO 8601).
    versions: program -> version. book: what the site and the PDFs were made from besides the annexes: file -> sha256, as pairs.
    readable: the files that may be read besides. Errors: UndeclaredRead for whatever else is touched.
    """
    close_to([*readable, edition], [edition], ROOT)
    folder = Path(edition)
    made = contents(folder)
    about = citation()
    crate = ROCrate()
    crate.root_dataset["name"] = f"{about.title}, {choice.year}"
    crate.root_dataset["description"] = _description(choice.data, load_year(choice.year, choice.data).reference)
    crate.root_dataset["datePublished"] = about.released_on.isoformat()
    crate.root_dataset["license"] = "https://spdx.org/licenses/CC0-1.0"
    crate.root_dataset["conformsTo"] = crate.add(
        ContextEntity(crate, PROFILE, {"@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"})
    )
    crate.root_dataset["version"] = about.version
    programs = {name: _program(crate, name, versions.get(name, versions["Python"])) for name in (*SOFTWARE, "Python")}
    known: dict[str, object] = {}

    def file(name: str, sha256: str, inside: bool = False):
        if name not in known:
            # What is not in the edition itself is known by its place in the repository and by its content.
            kind = (
                crate.add_file(dest_path=name)
                if inside
                else crate.add(ContextEntity(crate, f"#{name}", {"@type": "CreativeWork"}))
            )
            kind["name"] = name
            kind["identifier" if sha256.startswith(MARK) else "sha256"] = sha256
            known[name] = kind
        return known[name]

    actions, pages = [], []
    for name, run in sorted(runs.items()):
        page = file(f"{ANNEXES}/{name}.ipynb", made[f"{ANNEXES}/{name}.ipynb"], inside=True)
        pages.append(page)
        notebook = _program(
            crate, run["notebook"], run["inputs"][run["notebook"]][:12], of=[programs["papermill"], programs["Python"]]
        )
        values = [
            crate.add(ContextEntity(crate, f"#{name}-{key}", {"@type": "PropertyValue", "name": key, "value": value}))
            for key, value in sorted(run["parameters"].items())
        ]
        inputs = [file(path, sha256) for path, sha256 in sorted(run["inputs"].items()) if path != run["notebook"]]
        actions.append(
            _action(crate, f"#run-{name}", f"Papermill run of annex {name}", notebook, [*inputs, *values], [page], run)
        )
    results = [
        file(name, made[name], inside=True) for name in made if name == "facts.json" or name.startswith(("pdf/", "html/book/"))
    ]
    sources = [file(name, sha256) for name, sha256 in book]
    book_run = _action(crate, "#run-book", "Assembly of site and PDFs", programs["jupyter-book"], [*sources, *pages], results, {})
    crate.root_dataset["mentions"] = [*actions, book_run]
    (folder / RUN).write_text(json.dumps(crate.metadata.generate(), ensure_ascii=False, indent=1), encoding="utf-8")


def _description(data: str, reference: str | None) -> str:
    kind = "synthetische voorbeeldgegevens en het openbare dossier" if data == "sample" else "geleverde gegevens"
    return f"Uitgave bij {reference}, gemaakt uit {kind}."


def _program(crate: ROCrate, name: str, version: str, of: list | None = None):
    kind = "SoftwareSourceCode" if of else "SoftwareApplication"
    properties = {"@type": ["File", kind, "SoftwareApplication"] if of else kind, "name": name, "version": version}
    entity = crate.add(ContextEntity(crate, f"#program-{name}", properties))
    if of:
        entity["softwareRequirements"] = of
    return entity


def _action(crate: ROCrate, id: str, name: str, instrument, inputs: list, outputs: list, run: dict):
    action = crate.add(ContextEntity(crate, id, {"@type": "CreateAction", "name": name}))
    action["instrument"], action["object"], action["result"] = instrument, inputs, outputs
    action["actionStatus"] = "http://schema.org/CompletedActionStatus"
    for key, named in (("startTime", "started"), ("endTime", "ended")):
        if run.get(named):
            action[key] = run[named]
    return action
