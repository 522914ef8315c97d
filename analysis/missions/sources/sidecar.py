"""The sidecar `<name>.source.yml` beside every delivered file: where it came from and whether it is still the same."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal, get_args

import yaml

from ..contracts import Problem
from ..declared.reading import Declared, DeclaredError, Text, read
from ..declared.tree import Fault
from ..files import sha256_of
from ..paths import relative, sidecar_path

_Sensitivity = Literal["public", "internal", "confidential"]
SENSITIVITIES = get_args(_Sensitivity)


class Sidecar(Declared):
    producer: Text
    title: Text
    received_on: datetime.date
    period: Text
    licence: Text
    sensitivity: _Sensitivity
    sha256: str
    obtained: Text
    synthetic: bool


def write_sidecar(delivery: Path, **fields: object) -> None:
    """Write the sidecar of a file; the checksum is taken from the file itself."""
    content = {"sha256": sha256_of(delivery)} | fields
    ordered = {key: content[key] for key in Sidecar.model_fields}
    text = yaml.safe_dump(ordered, allow_unicode=True, sort_keys=False, width=1000)
    sidecar_path(delivery).write_text(text, encoding="utf-8")


def as_problems(faults: list[Fault]) -> list[Problem]:
    """What is wrong in a small file, as it is told of deliveries."""
    return [Problem(fault.file, fault.line, fault.key or None, fault.what) for fault in faults]


def read_sidecar(delivery: Path, data: str, is_microdata: bool) -> tuple[Sidecar | None, list[Problem]]:
    """The sidecar of a delivered file and every rule that it breaks; None when it cannot be used.

    data: "sample" or "real". is_microdata: whether rows tell of single missions, companies or answers.
    """
    path = sidecar_path(delivery)
    if not path.is_file():
        return None, [Problem(relative(path), None, None, f"sidecar of {delivery.name} is missing")]
    try:
        sidecar = read(path, Sidecar)
    except DeclaredError as error:
        return None, as_problems(error.problems)
    faults = []

    def wrong(field: str, rule: str) -> None:
        faults.append(sidecar.fault(field, rule))

    if sidecar.sha256 != sha256_of(delivery):
        wrong("sha256", f"does not fit {delivery.name}; was the file changed after it was received?")
    # Two kinds of data never meet: synthetic microdata in the sample, real ones elsewhere; the public record is always real.
    if sidecar.synthetic and not is_microdata:
        wrong("synthetic", "the public record cannot be synthetic")
    elif sidecar.synthetic and data == "real":
        wrong("synthetic", "synthetic delivery in a build with real deliveries")
    elif is_microdata and not sidecar.synthetic and data == "sample":
        wrong("synthetic", "real delivery in a build with the synthetic sample")
    # PRIVACY: anyone may build with the sample, so nothing that is not public may be in it.
    if data == "sample" and sidecar.sensitivity != "public":
        wrong("sensitivity", "only public deliveries may be in the sample")
    if is_microdata and not sidecar.synthetic and sidecar.sensitivity == "public":
        wrong("sensitivity", "real deliveries about companies or missions cannot be public")
    # PRIVACY: one wrong word in a sidecar must not open the door of the confidential folder.
    if "confidential" in delivery.parts and sidecar.sensitivity == "public":
        wrong("sensitivity", "a delivery in a confidential folder cannot be public")
    return (None if faults else sidecar), as_problems(faults)
