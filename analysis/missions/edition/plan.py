"""What a build consists of, and what of it must run: every step is known by the hash of all that it depends on."""

from __future__ import annotations

import ast
import fnmatch
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import yaml

from ..choice import PUBLIC
from ..declared.documents import expanded
from ..declared.year_file import YearError, YearFile
from ..machine.imports import Code, code_behind, look_again
from ..machine.snapshot import CONFIDENTIAL, FOLDERS, PUBLISHED, REDACTED, Changed, digest
from ..machine.warm import told_environment
from ..paths import ROOT, delivered_file, sidecar_path

CODE_FOLDERS = (ROOT / "analysis", ROOT / "book" / "_ext")
ENVIRONMENT = "Python and the locked libraries"
_RUNNERS = {  # what carries out a step
    "delivery": "import missions.sources.receive",
    "annex": "import missions.edition.annex",
    "facts": "import missions.edition.facts",
    "site": "import missions.edition.site",
    "edition": "import missions.edition.build, missions.edition.record, missions.edition.cluster",
}
_BOOK = ("CITATION.cff", "_config.yml", "_toc.yml", "book/*")  # the date of release stands in CITATION.cff


@dataclass(frozen=True)
class Step:
    """One step. inputs: what it depends on, in words -> hash. key: the hash of all of them. libraries: what its code imports."""

    name: str
    kind: str
    inputs: dict[str, str]
    libraries: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()  # the inputs that are files of the repository
    tables: tuple[str, ...] = ()  # the deliveries that it reads

    @property
    def key(self) -> str:
        return digest(self.inputs)


@dataclass(frozen=True)
class Plan:
    """All steps of an edition, by name."""

    deliveries: dict[str, Step]
    annexes: dict[str, Step]
    facts: Step
    site: Step
    pdfs: dict[str, Step]
    edition: Step

    @property
    def delivery_keys(self) -> dict[str, str]:
        return {name: step.key for name, step in self.deliveries.items()}

    @property
    def shape(self) -> str:
        """Hash of what shapes every page of the site without being one: settings, extensions, looks, edition."""
        pages = ("analysis/years/", "analysis/annexes/", "analysis/assumptions.yml", "annex ", "facts")
        return digest(
            {name: known for name, known in self.site.inputs.items() if not name.endswith(".md") and not name.startswith(pages)}
        )

    @property
    def steps(self) -> list[Step]:
        return [*self.deliveries.values(), *self.annexes.values(), self.facts, self.site, *self.pdfs.values(), self.edition]


def make_plan(
    year: YearFile,
    world: str,
    edition: str,
    sources: dict[str, str],
    environment: dict[str, str],
    missions_of: Callable[[dict[str, str]], Sequence[str]],
    commit: str = "",
) -> Plan:
    """The steps of an edition.

    sources: file of the repository -> hash, environment: program -> version (engine/snapshot.py). missions_of: delivery -> key of
    its step, to the missions of the year: only the register knows them. commit: which every page names.
    Errors: YearError when an annex of the year file has no notebook.
    """
    look_again()
    if edition == PUBLIC:
        # PRIVACY: what is no input of any step may not be read by it either.
        sources = {name: known for name, known in sources.items() if not name.startswith(REDACTED)}
    programs = {ENVIRONMENT: digest([environment, told_environment(str(ROOT))])}

    def inputs_of(code: Code) -> dict[str, str]:
        patterns = [pattern.format(year=year.reporting_year) for pattern in code.reads]
        paths = {path.relative_to(ROOT).as_posix() for path in code.files}
        paths |= {name for name in sources for pattern in patterns if fnmatch.fnmatchcase(name, pattern)}
        if new := sorted(paths - set(sources)):
            raise Changed(new[0])
        return {name: sources[name] for name in sorted(paths)}

    runner = {kind: code_behind(text, CODE_FOLDERS) for kind, text in _RUNNERS.items()}
    deliveries = {}
    common = inputs_of(runner["delivery"])
    for name, declared in year.deliveries.items():
        path, _ = delivered_file(declared)
        here = [path.relative_to(ROOT).as_posix(), sidecar_path(path).relative_to(ROOT).as_posix()] if path else []
        for file in here:
            if file not in sources and (ROOT / file).is_file():
                places = ", ".join(name for name in (*FOLDERS, CONFIDENTIAL) if name.startswith("data/") and name != PUBLISHED)
                raise YearError(f"analysis/years/{year.reporting_year}.yml, deliveries, {name}: must lie in one of {places}")
        files = {file: sources[file] for file in here if file in sources}
        deliveries[name] = _step(
            f"delivery {name}", "delivery", files | common, programs | {"delivery": digest(name)}, runner["delivery"]
        )
    annexes = {}
    missions = missions_of({name: step.key for name, step in deliveries.items()}) if year.per_mission else ()
    for name in year.runs(missions):
        notebook = f"analysis/annexes/{year.notebooks[year.annex_of(name)]}.py"
        if notebook not in sources:
            raise YearError(f"annex {name}: {notebook} does not exist")
        text = (ROOT / notebook).read_text(encoding="utf-8")
        code = _together(_code_of_annex(name, text), runner["annex"])
        tables = tables_read(name, text)
        # An unknown delivery has no key; the annex itself says so when it runs.
        read = {f"delivery {table}": deliveries[table].key for table in tables if table in deliveries}
        given = {"parameters": digest([name, year.reporting_year, world, year.parameters_of(name)])}
        files = inputs_of(code) | {notebook: sources[notebook]}
        annexes[name] = _step(f"annex {name}", "annex", files, programs | read | given, code, tables)
    made = {f"annex {name}": step.key for name, step in annexes.items()}
    chosen = {"year, deliveries and edition": digest([year.reporting_year, world, edition])}
    facts = _step("facts", "facts", inputs_of(runner["facts"]), programs | made | chosen, runner["facts"])
    extensions = [(ROOT / name).read_text(encoding="utf-8") for name in sources if fnmatch.fnmatchcase(name, "book/_ext/*.py")]
    code = _together(*(code_behind(text, CODE_FOLDERS) for text in extensions), runner["site"])
    book = {name: known for name, known in sources.items() if any(fnmatch.fnmatchcase(name, pattern) for pattern in _BOOK)}
    shaping = inputs_of(code) | {name: known for name, known in book.items() if not name.endswith(".md")}
    site = _step("site", "site", shaping | book, programs | made | chosen | {"facts": facts.key}, code)
    # A PDF may show numbers and titles of any other page, so it depends on all; it is compiled when its text differs.
    pdfs = {
        document["name"]: _step(
            f"pdf {document['name']}",
            "pdf",
            shaping | book,
            programs | made | chosen | {"facts": facts.key, "document": digest(document)},
            code,
        )
        for document in pdf_documents(list(annexes))
    }
    # What gathers the others and describes them: the record of the build, and which files are for readers.
    gathered = {step.name: step.key for step in (*deliveries.values(), *annexes.values(), facts, site, *pdfs.values())}
    described = inputs_of(runner["edition"]) | {name: sources[name] for name in ("CITATION.cff",) if name in sources}
    whole = _step("edition", "edition", described, programs | gathered | {"commit": digest(commit)}, runner["edition"])
    return Plan(deliveries, annexes, facts, site, pdfs, whole)


def _step(name: str, kind: str, files: dict[str, str], others: dict[str, str], code: Code, tables: tuple[str, ...] = ()) -> Step:
    return Step(name, kind, files | others, code.libraries, frozenset(files), tables)


def _together(*codes: Code) -> Code:
    return Code(*(frozenset().union(*(getattr(code, part) for code in codes)) for part in ("files", "reads", "libraries")))


def libraries_of_annexes(year: YearFile) -> list[str]:
    """What the notebooks of a year import, whatever the missions are that some are run for."""
    runner = code_behind(_RUNNERS["annex"], CODE_FOLDERS)
    paths = [ROOT / "analysis" / "annexes" / f"{notebook}.py" for notebook in sorted(set(year.notebooks.values()))]
    codes = [_code_of_annex(path.stem, path.read_text(encoding="utf-8")) for path in paths if path.is_file()]
    return sorted(_together(runner, *codes).libraries)


def _code_of_annex(name: str, text: str) -> Code:
    try:
        return code_behind(text, CODE_FOLDERS)
    except SyntaxError:
        return Code(frozenset(), frozenset(), frozenset())  # the annex runs, and tells of the cell and the line


def tables_read(name: str, text: str) -> tuple[str, ...]:
    """The deliveries that a notebook reads: the literal names in its calls of `store.read`.

    A name that is not literal is not declared, and reading its table is refused while the annex runs.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return ()
    calls = [
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "store.read" and node.args
    ]
    return tuple(sorted({call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}))


def pdf_documents(annexes: Sequence[str]) -> list[dict]:
    """The PDFs of the book, as _config.yml lists them."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    return expanded(config["sphinx"]["config"]["typst_documents"], [f"book/annexes/{name}" for name in annexes])


def why(step: Step, before: dict[str, dict] | None) -> str:
    """What changed in the inputs of a step since the last build, in words."""
    known = (before or {}).get(step.name)
    if known is None:
        return "never made before"
    old = known["inputs"]
    changes = [f"{name} changed" for name in step.inputs if name in old and old[name] != step.inputs[name]]
    changes += [f"{name} is new" for name in step.inputs if name not in old]
    changes += [f"{name} is gone" for name in old if name not in step.inputs]
    # A file says more than a step that depends on it.
    changes.sort(key=lambda change: change.split(" ")[0] in ("delivery", "annex", "facts"))
    shown = changes[:3] + ([f"and {len(changes) - 3} more"] if len(changes) > 3 else [])
    return ", ".join(shown) or "its result is not there any more"


def as_record(plan: Plan) -> dict[str, dict]:
    """The plan as it is kept with the results: step -> key and inputs."""
    return {step.name: {"key": step.key, "inputs": step.inputs} for step in plan.steps}
