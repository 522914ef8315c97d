"""What a build consists of, and what of it must run: every step is known by the hash of all that it depends on."""

from __future__ import annotations

import ast
import fnmatch
import functools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from ..choice import PUBLIC, Choice
from ..declared.documents import pdf_documents
from ..declared.year_file import YearError, YearFile
from ..dictionary import has_questions
from ..machine.imports import Code, code_behind, look_again
from ..machine.snapshot import Changed, digest
from ..machine.warm import told_environment
from ..paths import CONFIDENTIAL, PUBLISHED, REDACTED, ROOT, SOURCE_FOLDERS, delivered_file, sidecar_path
from .steps import DECIDED_ON, RENDERER, STEPS
from .tables import Tables

CODE_FOLDERS = (ROOT / "analysis", ROOT / "book" / "_ext")
ENVIRONMENT = "Python and the locked libraries"
# What gathers the results and says of what they are: no step of its own, so its code is named here.
_GATHERING = "import missions.edition.build, missions.edition.cluster"
_BY_ITEM = ("analysis/years/", "analysis/annexes/", "analysis/assumptions.yml", "data/", "page of annex ", "content of the facts")
_BOOK = ("CITATION.cff", "_config.yml", "_toc.yml", "book/*")  # the date of release stands in CITATION.cff


@dataclass(frozen=True)
class Step:
    """One step. inputs: what it depends on, in words -> hash. key: the hash of all of them. libraries: what its code imports."""

    name: str
    kind: str
    inputs: dict[str, str | None]
    libraries: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()  # the inputs that are files of the repository
    tables: tuple[str, ...] = ()  # the deliveries that it reads

    @functools.cached_property
    def key(self) -> str:
        return digest(self.inputs)

    def having_read(self, states: Mapping[str, str | None]) -> Step:
        """The same step, when it is known what it read through the door. states: item -> its state."""
        return replace(self, inputs=self.inputs | states)


@dataclass(frozen=True)
class Plan:
    """The steps of an edition, as far as their inputs are known.

    What an annex or its page reads of small files is known when it has run, what is withheld when that is decided.
    """

    choice: Choice
    deliveries: dict[str, Step]
    annexes: dict[str, Step]  # each makes the draft of a page, and what it would show as a ledger
    decision: Step
    pages: dict[str, Step]  # annex -> its page, from draft and decision
    facts: Step
    site: Step
    pdfs: dict[str, Step]
    edition: Step

    @property
    def shape(self) -> str:
        """Hash of what shapes every page of the site and is read by none: settings, extensions, looks, edition."""
        return digest({name: known for name, known in self.site.inputs.items() if shapes(name)})

    @property
    def steps(self) -> list[Step]:
        annexes = [*self.annexes.values(), self.decision, *self.pages.values()]
        return [*self.deliveries.values(), *annexes, self.facts, self.site, *self.pdfs.values(), self.edition]

    def with_ledgers(self, ledgers: dict[str, str], threshold: object, earlier: Mapping[str, str]) -> Plan:
        """The plan when all annexes are known. ledgers: annex -> hash of its ledger. earlier: release -> its state."""
        made = {f"ledger of annex {name}": known for name, known in ledgers.items()} | dict(earlier)
        return replace(self, decision=self.decision.having_read(made | {"assumption publication_threshold": digest(threshold)}))

    def with_decision(self, drafts: dict[str, str], withheld: dict[str, str], report: object) -> Plan:
        """The plan when it is decided what is shown. Both: annex -> hash of its draft, and of what of it is not shown."""
        pages = {
            name: step.having_read({"draft": drafts[name], "what is withheld": withheld[name]})
            for name, step in self.pages.items()
        }
        return replace(self, pages=pages, facts=self.facts.having_read({"report of the decision": digest(report)}))

    def with_pages(self, pages: dict[str, str]) -> Plan:
        """The plan when all pages are known. pages: annex -> hash of its page."""
        made = {f"page of annex {name}": known for name, known in pages.items()}
        return replace(self, facts=self.facts.having_read(made), **self._book_having_read(made))

    def with_facts(self, facts: str) -> Plan:
        """The plan when the facts are known too. facts: their hash."""
        whole = replace(self, **self._book_having_read({"content of the facts": facts}))
        gathered = {step.name: step.key for step in whole.steps if step.kind != "edition"}
        return replace(whole, edition=self.edition.having_read(gathered))

    def _book_having_read(self, made: dict[str, str]) -> dict:
        return {
            "site": self.site.having_read(made),
            "pdfs": {name: step.having_read(made) for name, step in self.pdfs.items()},
        }


def make_plan(
    choice: Choice,
    year_file: YearFile,
    sources: dict[str, str],
    environment: dict[str, str],
    tables_of: Callable[[dict[str, Step]], Tables | None],
    commit: str = "",
) -> Plan:
    """The steps of an edition.

    sources: file of the repository -> hash, environment: program -> version (machine/snapshot.py). tables_of: from the steps of
    the deliveries to their tables, None where these are not known yet; only the register knows the missions of a year.
    commit: which every page names.
    Errors: YearError when an annex of the year file has no notebook.
    """
    look_again(digest({name: known for name, known in sources.items() if name.endswith(".py")}))
    if choice.edition == PUBLIC:
        # PRIVACY: what is no input of any step may not be read by it either.
        sources = {name: known for name, known in sources.items() if not name.startswith(REDACTED)}
    programs = {ENVIRONMENT: digest([environment, told_environment(str(ROOT))])}

    def inputs_of(code: Code, through_the_door: bool = False) -> dict[str, str]:
        """through_the_door: the content of small files is handed over, item by item; else they are read as files."""
        read = code.reads if through_the_door else code.reads | code.behind_the_door
        patterns = [pattern.format(year=choice.year) for pattern in read]
        paths = {path.as_posix().removeprefix(f"{ROOT.as_posix()}/") for path in code.files}
        paths.update(*(fnmatch.filter(sources, pattern) for pattern in patterns))
        if new := sorted(paths - set(sources)):
            raise Changed(new[0])
        return {name: sources[name] for name in sorted(paths)}

    runner = {kind: code_of(step.modules) for kind, step in STEPS.items()}
    deliveries = {}
    common = inputs_of(runner["delivery"], through_the_door=True)
    for name, declared in year_file.deliveries.items():
        path, _ = delivered_file(declared)
        here = [path.relative_to(ROOT).as_posix(), sidecar_path(path).relative_to(ROOT).as_posix()] if path else []
        for file in here:
            if file not in sources and (ROOT / file).is_file():
                places = ", ".join(
                    name for name in (*SOURCE_FOLDERS, CONFIDENTIAL) if name.startswith("data/") and name != PUBLISHED
                )
                raise YearError(f"analysis/years/{choice.year}.yml, deliveries, {name}: must lie in one of {places}")
        files = {file: sources[file] for file in here if file in sources}
        given = programs | {"delivery": digest(name)}
        if has_questions(name):
            given["questions of the year file"] = digest(repr(sorted(year_file.questions.items())))
        deliveries[name] = _step(f"delivery {name}", "delivery", files | common, given, runner["delivery"])
    annexes = {}
    known = tables_of(deliveries)
    # What an annex rests on is the table, however it was read; where none is there yet, the step that will make it.
    states = {name: step.key for name, step in deliveries.items()} if known is None else known.states
    for name in year_file.runs(known.missions if known else ()):
        notebook = f"analysis/annexes/{year_file.notebooks[year_file.annex_of(name)]}.py"
        if notebook not in sources:
            raise YearError(f"annex {name}: {notebook} does not exist")
        text = (ROOT / notebook).read_text(encoding="utf-8")
        code = _together(_code_of_annex(text), runner["annex"])
        tables = tables_read(text)
        # An unknown delivery has no key; the annex itself says so when it runs.
        read = {f"table {table}": states[table] for table in tables if table in states}
        given = {"parameters": digest([name, choice.year, choice.data, year_file.parameters_of(name)])}
        files = inputs_of(code, through_the_door=True) | {notebook: sources[notebook]}
        annexes[name] = _step(f"annex {name}", "annex", files, programs | read | given, code, tables)
    counted = {f"table {table}": states[table] for table in DECIDED_ON if table in states}
    decision = _step("decision", "decision", inputs_of(runner["decision"]), programs | counted, runner["decision"], DECIDED_ON)
    code = _together(runner["page"], code_of(RENDERER.modules))
    files = inputs_of(code, through_the_door=True)
    pages = {name: _step(f"page {name}", "page", files, programs, code) for name in annexes}
    chosen = {"year, deliveries and edition": digest(choice.options)}
    drafts = {"preview": digest(choice.preview)}  # which may show what an edition refuses
    facts = _step("facts", "facts", inputs_of(runner["facts"]), programs | chosen | drafts, runner["facts"])
    paths = [name for name in sources if fnmatch.fnmatchcase(name, "book/_ext/*.py")]
    extensions = [name.removeprefix("book/_ext/").removesuffix(".py").replace("/", ".") for name in paths]
    dispatched = [*STEPS["site"].modules, *STEPS["pdf"].modules]
    code = code_of([*(name.removesuffix(".__init__") for name in extensions), *dispatched])
    book = {name: known for name, known in sources.items() if any(fnmatch.fnmatchcase(name, pattern) for pattern in _BOOK)}
    site = _step("site", "site", inputs_of(code) | book, programs | chosen, code)
    pdfs = {
        document["name"]: replace(
            site, name=f"pdf {document['name']}", kind="pdf", inputs=site.inputs | {"document": digest(document)}
        )
        for document in pdf_documents([f"book/annexes/{name}" for name in annexes])
    }
    # What gathers the others and describes them: the record of the build, and which files are for readers.
    gathering = _together(code_behind(_GATHERING, CODE_FOLDERS), runner["record"])
    told = ("CITATION.cff", f"analysis/years/{choice.year}.yml")  # what the record of the build tells of them
    described = inputs_of(gathering, through_the_door=True) | {name: sources[name] for name in told if name in sources}
    whole = _step("edition", "edition", described, programs | {"commit": digest(commit)}, gathering)
    return Plan(choice, deliveries, annexes, decision, pages, facts, site, pdfs, whole)


def shapes(name: str) -> bool:
    """Whether an input of the site shapes all its pages; of the others, pages know for themselves what they read."""
    is_text = name.startswith("book/") and name.endswith((".md", ".yml", ".csv"))
    return not is_text and not name.startswith(_BY_ITEM)


def _step(name: str, kind: str, files: dict[str, str], others: dict[str, str], code: Code, tables: tuple[str, ...] = ()) -> Step:
    return Step(name, kind, files | others, code.libraries, frozenset(files), tables)


def code_of(modules: Iterable[str]) -> Code:
    return code_behind("".join(f"import {module}\n" for module in modules), CODE_FOLDERS)


def _together(*codes: Code) -> Code:
    parts = ("files", "reads", "behind_the_door", "libraries")
    return Code(*(frozenset().union(*(getattr(code, part) for code in codes)) for part in parts))


def libraries_of_annexes(year_file: YearFile) -> list[str]:
    """What the notebooks of a year import, whatever the missions are that some are run for."""
    paths = [ROOT / "analysis" / "annexes" / f"{notebook}.py" for notebook in sorted(set(year_file.notebooks.values()))]
    codes = [_code_of_annex(path.read_text(encoding="utf-8")) for path in paths if path.is_file()]
    return sorted(_together(code_of(STEPS["annex"].modules), *codes).libraries)


def _code_of_annex(text: str) -> Code:
    """What a notebook runs on. One that is not Python has no code: it is refused before it runs (edition/annex.py)."""
    try:
        return code_behind(text, CODE_FOLDERS)
    except SyntaxError:
        return Code(frozenset(), frozenset(), frozenset(), frozenset())


def _is_store_read(function: ast.expr) -> bool:
    is_read = isinstance(function, ast.Attribute) and function.attr == "read"
    return is_read and isinstance(function.value, ast.Name) and function.value.id == "store"


@functools.cache
def tables_read(text: str) -> tuple[str, ...]:
    """The deliveries that a notebook reads: the literal names in its calls of `store.read`.

    A name that is not literal is not declared, and reading its table is refused while the annex runs.
    """
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return ()
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args and _is_store_read(node.func)]
    return tuple(sorted({call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)}))


# What of a text decides about titles and numbers on other pages: headings, names, and what has a number.
_OUTLINE = re.compile(r"(?m)^(?:# )?(?:#+ .*|\([\w-]+\)=.*|[`:]{3,}\{.*|show_\w+\(|publish\(|judge\()")


def outlines(sources: dict[str, str]) -> dict[str, str]:
    """Of every text of the book: a hash of what decides about titles and numbers on other pages."""
    texts = [name for name in sources if name.endswith(".md") or name.startswith("analysis/annexes/")]
    return {name: digest(_OUTLINE.findall((ROOT / name).read_text(encoding="utf-8"))) for name in texts}


_SHOWN = 3  # reasons
_STEPS_SAID = ("delivery", "table", "annex", "ledger", "decision", "draft", "what", "report", "facts", "page", "content")


def differing(step: Step, before: dict[str, dict] | None) -> list[str]:
    """What changed in the inputs of a step since the last build, a reason each."""
    known = (before or {}).get(step.name)
    if known is None:
        return ["never made before"]
    old = known["inputs"]
    changes = [f"{name} changed" for name in step.inputs if name in old and old[name] != step.inputs[name]]
    changes += [f"{name} is new" for name in step.inputs if name not in old]
    changes += [f"{name} is gone" for name in old if name not in step.inputs]
    # A file says more than a step that depends on it.
    return sorted(changes, key=lambda change: change.split(" ")[0] in _STEPS_SAID)


def in_words(reasons: list[str]) -> str:
    """The first reasons, and how many there are besides."""
    more = [f"and {len(reasons) - _SHOWN} more"] if len(reasons) > _SHOWN else []
    return ", ".join([*reasons[:_SHOWN], *more]) or "its result is not there any more"


def why(step: Step, before: dict[str, dict] | None) -> str:
    """What changed in the inputs of a step since the last build, in words."""
    return in_words(differing(step, before))


def as_record(plan: Plan) -> dict[str, dict]:
    """The plan as it is kept with the results: step -> key and inputs."""
    return {step.name: {"key": step.key, "inputs": step.inputs} for step in plan.steps}
