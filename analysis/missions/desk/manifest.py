"""Writing a release: its manifest at the end of the chain, and every file that readers got, kept under its hash."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from ..chain import (
    SIGNERS,
    figures_of,
    last,
    manifest_path,
    seal_of,
    sha256_of,
    sign,
    signature_path,
    signature_problem,
)
from ..choice import Choice
from ..edition import results
from ..machine import cache
from ..paths import STATE, shown
from ..published import SCHEMA, PublishedError, published_path, read_release

_READ_ONLY, _FOR_ALL = 0o444, 0o644


def as_text(content: dict) -> bytes:
    """A record or a manifest, as its file holds it."""
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8")


def sealed(manifest: dict) -> dict:
    """The manifest with the seal that belongs to it."""
    return manifest | {"seal": seal_of(manifest)}


def write(reporting_year: int, data: str, files: dict[str, str], about: dict, key: Path | None = None) -> Path:
    """Write the manifest of a record that is there, after the last one; returns where.

    files: every file that readers got -> SHA-256. about: what else is known of the release. key: of who signs.
    Errors: PublishedError when the key is not that of one who may sign; then nothing was written.
    """
    path, record = manifest_path(reporting_year, data), published_path(reporting_year, data)
    number, previous = last(data)
    told = {"number": number + 1, "previous": previous, "signed": key is not None, "files": files}
    told |= {"record": sha256_of(record), "figures": figures_of(read_release(record))}
    content = as_text(sealed({"schema": SCHEMA} | about | told))
    if key is not None:
        _put(signature_path(path), _signature(content, key))
    _put(path, content)
    return path


def release(choice: Choice, record: dict, files: dict[str, str], about: dict, key: Path | None) -> None:
    """Write a record and its manifest; where the manifest cannot be written, no record is left. Errors: PublishedError."""
    path = published_path(choice.year, choice.data)
    _put(path, as_text(record))
    try:
        write(choice.year, choice.data, files, about, key)
    except BaseException:
        path.unlink()
        raise


def _signature(content: bytes, key: Path) -> bytes:
    """The signature of a manifest that is not written yet, when it is that of one who may sign. Errors: PublishedError."""
    cache.make_folder(STATE)
    with tempfile.TemporaryDirectory(dir=STATE) as folder:
        manifest = Path(folder, "manifest")
        manifest.write_bytes(content)
        sign(manifest, key)
        if signature_problem(manifest):
            raise PublishedError(f"{key.name} signed, and {SIGNERS} has no line for it; add its role and public key first")
        return signature_path(manifest).read_bytes()


def _put(path: Path, content: bytes) -> None:
    cache.write_whole(path, content)
    path.chmod(_FOR_ALL)  # a temporary file is for its owner alone


def keep(edition: Path, store: Path) -> dict[str, str]:
    """Keep every file of an edition in a folder, under its hash; returns file -> SHA-256.

    store: `<first two digits>/<SHA-256>`, each file once whatever its names and editions, and read-only.
    """
    files = results.contents(edition) | {results.RUN: sha256_of(edition / results.RUN)}
    for name, known in files.items():
        target = store / known[:2] / known
        if not target.is_file() or sha256_of(target) != known:  # one that was damaged is kept anew
            cache.write_whole(target, (edition / name).read_bytes())
            target.chmod(_READ_ONLY)
    return dict(sorted(files.items()))


def told(store: Path, files: dict[str, str]) -> str:
    return f"{shown(store)} keeps the {len(files)} files that readers get, each under its SHA-256"
