"""The chain of releases: every record has a manifest beside it, and each manifest holds the hash of the one before.

A manifest tells the hash of the record, of every figure in it, and of every file that readers got. It is sealed with a hash of
its own, and may be signed. The seal finds what was edited by mistake; the chain finds what was made anew on purpose, except the
last release; a signature covers that one too.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from .choice import DATA
from .files import sha256_of
from .machine.snapshot import digest
from .paths import ROOT, shown
from .published import SCHEMA, PublishedError, of_another_schema, published_path, read_release

ENDING = ".manifest.json"
# Who may sign, a line each, as in ALLOWED SIGNERS of ssh-keygen(1): role, namespaces="missions-release", public key.
SIGNERS = "data/published/signers"
NAMESPACE = "missions-release"
_FIELDS = {"number", "previous", "record", "figures", "files", "signed", "seal"}
_LENGTH = 16  # of the hash of a figure, which says where an edit is; that there is one, the whole hash of the record says
_SHOWN = 3
_AS_IT_WAS = "take it back from git: a release is never edited"


def manifest_path(reporting_year: int, data: str) -> Path:
    """Where the manifest of a release stands: beside its record."""
    return published_path(reporting_year, data).with_suffix(ENDING)


def signature_path(manifest: Path) -> Path:
    return manifest.with_name(f"{manifest.name}.sig")


def seal_of(manifest: dict) -> str:
    """The hash of all else that a manifest says."""
    return digest({name: value for name, value in manifest.items() if name != "seal"})


def figures_of(record: dict) -> dict[str, str]:
    """Every fact, claim, cell and sentence of a record, by a name that a person understands -> its hash."""
    lists = {"facts", "claims", "tables", "sentences"}
    found = {name: value for name, value in record.items() if name not in lists}
    found |= {f"fact {fact['key']}": fact for fact in record["facts"]}
    found |= {f"claim {claim['key']}": claim for claim in record["claims"]}
    for page, tables in record["tables"].items():
        for table, cells in tables.items():
            found |= {f"cell {page} > {table} > {cell}": text for cell, text in cells.items()}
    for page, sentences in record["sentences"].items():
        found |= {f"sentence {number} of {page}": text for number, text in enumerate(sentences, 1)}
    return {name: digest(value)[:_LENGTH] for name, value in found.items()}


def read_manifest(path: Path) -> dict:
    """Errors: PublishedError when it is no manifest, of another schema, or not what it was sealed as."""
    try:
        manifest = json.loads(path.read_bytes())
    except ValueError:
        raise PublishedError(f"{shown(path)}: is not JSON; {_AS_IT_WAS}") from None
    if not isinstance(manifest, dict) or "schema" not in manifest:
        raise PublishedError(f"{shown(path)}: is no manifest of a release; {_AS_IT_WAS}")
    if manifest["schema"] != SCHEMA:
        raise PublishedError(of_another_schema(path, manifest["schema"]))
    if missing := sorted(_FIELDS - manifest.keys()):
        raise PublishedError(f"{shown(path)}: is no manifest of a release, {', '.join(missing)} is missing; {_AS_IT_WAS}")
    if manifest["seal"] != seal_of(manifest):
        raise PublishedError(f"{shown(path)}: was edited{_where(manifest, _record_of(path))}; {_AS_IT_WAS}")
    return manifest


def last(data: str) -> tuple[int, str | None]:
    """How many releases of a kind of deliveries there are, and the hash of the last manifest; (0, None) where there is none.

    Errors: PublishedError.
    """
    paths = sorted(_folder(data).glob(f"*{ENDING}"), key=lambda path: read_manifest(path)["number"])
    return len(paths), sha256_of(paths[-1]) if paths else None


def require_whole() -> None:
    """Errors: PublishedError with every release that is not what was released, by file and figure."""
    if problems := [problem for data in DATA for problem in _problems(data)]:
        raise PublishedError("\n".join(problems))


def _folder(data: str) -> Path:
    return published_path(0, data).parent


def _record_of(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(ENDING) + ".json")


def _problems(data: str) -> list[str]:
    known, problems = [], []
    for path in sorted(_folder(data).glob("*.json")):
        if path.name.endswith(ENDING):
            try:
                known.append((path, read_manifest(path)))
            except PublishedError as error:
                problems.append(str(error))
        elif not path.with_suffix(ENDING).is_file():
            problems.append(
                f"{shown(path)}: has no manifest; if git holds it as it was released, run: missions freeze --migrate "
                f"--year {path.stem} --deliveries {data}; if not, its release was broken off: remove it and freeze again"
            )
    known.sort(key=lambda one: one[1]["number"])
    before = None
    for number, (path, manifest) in enumerate(known, 1):
        problems += _edited(path, manifest)
        if not problems and manifest["number"] != number:
            problems.append(
                f"{shown(path)}: is number {manifest['number']} of the releases, and number {number} is not there; "
                "take that one back from git: a release is never removed"
            )
        elif not problems and manifest["previous"] != (before and sha256_of(before)):
            problems.append(f"{shown(before or path)} is not the one that {shown(path)} follows; {_AS_IT_WAS}")
        before = path
    return problems


def _edited(path: Path, manifest: dict) -> list[str]:
    """What is wrong with one release by itself: its record and its signature."""
    record = _record_of(path)
    if not record.is_file():
        return [f"{shown(record)}: is gone, and {path.name} tells of it; take it back from git: a release is never removed"]
    if sha256_of(record) != manifest["record"]:
        return [f"{shown(record)}: was edited{_where(manifest, record)}; {_AS_IT_WAS}"]
    return [problem for problem in [signature_problem(path)] if problem] if manifest["signed"] else []


def _where(manifest: dict, record: Path) -> str:
    """The figures of which record and manifest say something else, in brackets."""
    try:
        now = figures_of(read_release(record))
    except (PublishedError, OSError, LookupError, TypeError, AttributeError):
        return ""
    figures = manifest["figures"] if isinstance(manifest["figures"], dict) else {}
    names = [name for name in figures | now if figures.get(name) != now.get(name)] or ["its layout"]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f" ({', '.join(names[:_SHOWN])}{more})"


# --- signatures -----------------------------------------------------------------------------------------------------
# By ssh-keygen of OpenSSH: it is kept, people have it and a key for it already, and keys may lie on a token. minisign would be
# one more program and one more kind of key; what gpg says depends on the key ring of whoever asks.
def _ssh_keygen(*arguments: object, given: bytes | None = None) -> subprocess.CompletedProcess:
    """given: what it reads; without it a person may be asked for a passphrase. Errors: PublishedError when it is not here."""
    program = shutil.which("ssh-keygen")
    if program is None:
        raise PublishedError("releases are signed, and the program ssh-keygen is not here: install openssh-client")
    return subprocess.run([program, "-Y", *map(str, arguments)], input=given, capture_output=True)


def sign(manifest: Path, key: Path) -> None:
    """Write the signature of a manifest beside it. Errors: PublishedError when the key cannot sign."""
    done = _ssh_keygen("sign", "-q", "-f", key, "-n", NAMESPACE, manifest)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise PublishedError(f"{key} does not sign: {said[-1] if said else 'ssh-keygen gave no reason'}; nothing was released")


def signature_problem(path: Path) -> str:
    """What is wrong with the signature of a manifest; empty when it is that of one who may sign."""
    signature, signers = signature_path(path), ROOT / SIGNERS
    if not signature.is_file():
        return f"{shown(path)}: was signed, and its signature is gone; take {signature.name} back from git"
    bad = f"{shown(path)}: its signature does not fit, or is of nobody in {SIGNERS}; take both back from git"
    roles = _ssh_keygen("find-principals", "-s", signature, "-f", signers).stdout.decode(errors="replace").split()
    if not roles:
        return bad
    asked = ("verify", "-f", signers, "-I", roles[0], "-n", NAMESPACE, "-s", signature)
    return bad if _ssh_keygen(*asked, given=path.read_bytes()).returncode else ""
