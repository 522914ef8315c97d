"""The sidecar `<name>.source.yml` beside every delivered file: where it came from and whether it is still the same."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

import yaml

from ..contracts import Problem
from ..declared.reading import load_mapping
from ..files import sha256_of
from ..paths import ROOT, sidecar_path

SENSITIVITIES = ("public", "internal", "confidential")
_TYPES = {
    "producer": str,
    "title": str,
    "received_on": datetime.date,
    "period": str,
    "licence": str,
    "sensitivity": str,
    "sha256": str,
    "obtained": str,
    "synthetic": bool,
}


@dataclass(frozen=True)
class Sidecar:
    producer: str
    title: str
    received_on: datetime.date
    period: str
    licence: str
    sensitivity: str
    sha256: str
    obtained: str
    synthetic: bool


def relative(path: Path) -> str:
    """The path as messages show it: below the repository, never the machine's own path."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def write_sidecar(delivery: Path, **fields: object) -> None:
    """Write the sidecar of a file; the checksum is taken from the file itself."""
    content = {"sha256": sha256_of(delivery)} | fields
    ordered = {key: content[key] for key in _TYPES}
    text = yaml.safe_dump(ordered, allow_unicode=True, sort_keys=False, width=1000)
    sidecar_path(delivery).write_text(text, encoding="utf-8")


def read_sidecar(delivery: Path, world: str, is_microdata: bool) -> tuple[Sidecar | None, list[Problem]]:
    """The sidecar of a delivered file and every rule that it breaks; None when it cannot be used.

    world: "sample" or "real". is_microdata: whether rows tell of single missions, companies or answers.
    """
    path = sidecar_path(delivery)
    file = relative(path)
    if not path.is_file():
        return None, [Problem(file, None, None, f"sidecar of {delivery.name} is missing")]
    try:
        fields = load_mapping(path)
    except ValueError as error:
        return None, [Problem(file, None, None, str(error))]
    problems = [Problem(file, None, key, "field is missing") for key in _TYPES if key not in fields]
    problems += [Problem(file, None, str(key), "unknown field") for key in fields if key not in _TYPES]
    problems += [
        Problem(file, None, key, f"must be of type {kind.__name__}", repr(fields[key]))
        for key, kind in _TYPES.items()
        if key in fields and type(fields[key]) is not kind
    ]
    if problems:
        return None, problems
    sidecar = Sidecar(**fields)
    if sidecar.sensitivity not in SENSITIVITIES:
        problems.append(Problem(file, None, "sensitivity", f"must be one of: {', '.join(SENSITIVITIES)}", sidecar.sensitivity))
    if sidecar.sha256 != sha256_of(delivery):
        rule = f"does not fit {delivery.name}; was the file changed after it was received?"
        problems.append(Problem(file, None, "sha256", rule))
    # Two worlds that never meet: synthetic microdata in the sample, real ones elsewhere, and a public record that is always real.
    if sidecar.synthetic and not is_microdata:
        problems.append(Problem(file, None, "synthetic", "the public record cannot be synthetic"))
    elif sidecar.synthetic and world == "real":
        problems.append(Problem(file, None, "synthetic", "synthetic delivery in a build with real deliveries"))
    elif is_microdata and not sidecar.synthetic and world == "sample":
        problems.append(Problem(file, None, "synthetic", "real delivery in a build with the synthetic sample"))
    # PRIVACY: anyone may build with the sample, so nothing that is not public may be in it.
    if world == "sample" and sidecar.sensitivity != "public":
        problems.append(Problem(file, None, "sensitivity", "only public deliveries may be in the sample"))
    if is_microdata and not sidecar.synthetic and sidecar.sensitivity == "public":
        problems.append(Problem(file, None, "sensitivity", "real deliveries about companies or missions cannot be public"))
    # PRIVACY: one wrong word in a sidecar must not open the door of the confidential folder.
    if "confidential" in delivery.parts and sidecar.sensitivity == "public":
        problems.append(Problem(file, None, "sensitivity", "a delivery in a confidential folder cannot be public"))
    return (None if problems else sidecar), problems
