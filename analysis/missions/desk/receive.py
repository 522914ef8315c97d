"""A file that came in gets its place and its sidecar: who sent it, when, under which terms, and its checksum."""

from __future__ import annotations

import datetime
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..contracts import told
from ..declared.year_file import load_year
from ..dictionary import deliveries
from ..files import private_folder
from ..paths import ANY_FORM, CONFIDENTIAL, ROOT, relative, sidecar_path
from ..sources.delivery import read_delivery
from ..sources.formats import SUFFIXES
from ..sources.sidecar import SENSITIVITIES, read_sidecar, write_sidecar


class IntakeError(ValueError):
    """A file that cannot be received as asked; nothing was written."""


@dataclass(frozen=True)
class Field:
    """A field of the sidecar that a person knows. default: what is offered, never taken without a person's consent."""

    name: str
    question: str
    default: str


def fields_to_ask(name: str, reporting_year: int, today: datetime.date) -> list[Field]:
    """What must be known of a delivery before it may be used."""
    known = deliveries()[name]
    terms = "CC0-1.0" if known.sensitivity == "public" else "alleen voor deze rapportage"
    return [
        Field("producer", "who made it", known.producer_nl),
        Field("title", "its title in Dutch, as readers see it", known.label_nl.capitalize()),
        Field("received_on", "day on which it was received", today.isoformat()),
        Field("period", "which year or years it is about", str(reporting_year)),
        Field("licence", "under which licence or terms", terms),
        Field("sensitivity", f"one of {', '.join(SENSITIVITIES)}", known.sensitivity),
        Field("obtained", "how it was obtained (mail, portal, request)", ""),
    ]


def receive(
    file: Path, name: str, reporting_year: int, given: dict[str, str], ask: Callable[[Field], str] | None, replace: bool = False
) -> str:
    """Copy a file to the place where the year file looks for it, write its sidecar, and tell what a first reading finds.

    given: fields by name. ask: puts the question of a missing field to a person; None when there is nobody to ask.
    Errors: IntakeError (then nothing was written).
    """
    if name not in deliveries():
        raise IntakeError(f"--delivery {name}: choose one of {', '.join(deliveries())}")
    target = _target(file, name, reporting_year, replace)
    fields, missing = dict(given), []
    for field in fields_to_ask(name, reporting_year, datetime.date.today()):
        if not fields.get(field.name):
            fields[field.name] = ask(field).strip() if ask else ""
        if not fields[field.name]:
            missing.append("--" + field.name.replace("_", "-"))
    if missing:
        raise IntakeError(f"still to be given: {' '.join(missing)}")
    checked = _checked(fields, name, target)
    is_private = checked["sensitivity"] != "public"
    for folder in (ROOT / CONFIDENTIAL, target.parent) if is_private else ():
        private_folder(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    others = [other for other in _same_delivery(target) if other != target]
    fresh = target.with_name(target.name + ".new")
    shutil.copyfile(file, fresh)
    os.replace(fresh, target)  # until the next line the old sidecar does not fit, so that no build can use the file
    write_sidecar(target, **checked, synthetic=False)
    for path in (target, sidecar_path(target)) if is_private else ():
        path.chmod(0o600)
    for other in others:
        other.unlink()
    return f"{relative(target)} and {relative(sidecar_path(target))} written.\n{_first_reading(target, name, reporting_year)}"


def _target(file: Path, name: str, reporting_year: int, replace: bool) -> Path:
    if not file.is_file():
        raise IntakeError(f"{file} does not exist")
    if file.suffix.lower() not in SUFFIXES:
        raise IntakeError(f"{file.name}: is of a kind that cannot be read (known: {', '.join(SUFFIXES)})")
    if file.name.startswith("synthetisch_"):
        raise IntakeError(f"{file.name}: synthetic deliveries are made by missions sample, not received")
    declared = load_year(reporting_year, "real").deliveries.get(name)
    if declared is None:
        raise IntakeError(f"analysis/years/{reporting_year}.yml says that there is no {name}; give it a path first")
    if declared.suffix not in (ANY_FORM, file.suffix.lower()):
        raise IntakeError(f"analysis/years/{reporting_year}.yml expects {relative(declared)}, and this is a {file.suffix} file")
    target = declared.with_suffix(file.suffix.lower())
    there = _same_delivery(target)
    if there and not replace:
        raise IntakeError(f"{relative(there[0])} is there already; --replace puts this file in its place")
    return target


def _same_delivery(target: Path) -> list[Path]:
    """The files that the year file would take for this delivery, in whatever form."""
    files = target.parent.glob(f"{target.stem}.*") if target.parent.is_dir() else ()
    return sorted(file for file in files if file.is_file() and not file.name.endswith((".source.yml", ".new")))


def _checked(fields: dict[str, str], name: str, target: Path) -> dict[str, object]:
    try:
        received_on = datetime.date.fromisoformat(fields["received_on"])
    except ValueError:
        raise IntakeError(f"received_on must be a date like 2026-03-18 (found: {fields['received_on']})") from None
    if fields["sensitivity"] not in SENSITIVITIES:
        raise IntakeError(f"sensitivity must be one of: {', '.join(SENSITIVITIES)} (found: {fields['sensitivity']})")
    # PRIVACY: what is not public belongs where git does not look, and the other way round.
    least = deliveries()[name].sensitivity
    if SENSITIVITIES.index(fields["sensitivity"]) < SENSITIVITIES.index(least):
        raise IntakeError(f"sensitivity of {name} must be at least {least}")
    if (fields["sensitivity"] == "public") == ("confidential" in target.parts):
        raise IntakeError(f"a delivery that is {fields['sensitivity']} cannot lie in {relative(target.parent)}")
    return fields | {"received_on": received_on}


def _first_reading(target: Path, name: str, reporting_year: int) -> str:
    sidecar, problems = read_sidecar(target, "real", deliveries()[name].is_microdata)
    if sidecar is None:
        return "\n".join(told(problems))
    with tempfile.TemporaryDirectory() as folder:
        reading = read_delivery(name, target, load_year(reporting_year, "real"), sidecar, Path(folder))
    if reading.problems:
        return "\n".join([f"{reading.form or 'Not read'}; what is wrong:", *told(reading.problems)])
    next_step = f"missions check --year {reporting_year} --deliveries real"
    return f"{reading.form}; {reading.rows} rows, each as its contract wants it. Next: {next_step}"
