"""How public records tell of files that are not public: by HMAC-SHA256, with a key that is not in git.

PRIVACY: whoever can guess a name, a text or a small table could check the guess against a plain hash. What is public or synthetic
keeps its plain SHA-256, which everybody can check.
"""

from __future__ import annotations

import functools
import json
import os
import re
from pathlib import Path

from .files import is_ours, private_folder
from .paths import CONFIDENTIAL, PUBLISHED

KEY = f"{CONFIDENTIAL}/.key"
MARK = "hmac-sha256:"


class KeyProblem(RuntimeError):
    """The key is gone, is none, or is known to others; the message says what to do."""


def keyed(sha256: str, root: str) -> str:
    """What public records tell of a file instead of its SHA-256. root: of the repository. Errors: KeyProblem."""
    import hmac  # not for a build that has nothing to do, of public files

    return MARK + hmac.new(key(root), sha256.encode(), "sha256").hexdigest()


def key_id(root: str) -> str:
    """By what a release tells which key it used. Errors: KeyProblem."""
    return keyed("which key this is", root).removeprefix(MARK)[:16]


@functools.cache
def key(root: str) -> bytes:
    """The key of a repository, made at the first need. Errors: KeyProblem."""
    path = Path(root, KEY)
    if not path.exists():
        if years := _releases_with_a_key(root):
            raise KeyProblem(
                f"{KEY} is not there, and the release of {years[-1]} used one; put it back from where it is kept safe. If it is "
                f"lost, a new one (openssl rand -hex 32 > {KEY}) makes every confidential delivery look like another one"
            )
        _make(path)
    if not is_ours(path, 0o077):
        raise KeyProblem(f"{KEY} may be read by others; make it yours alone: chown and chmod 600")
    content = path.read_bytes().strip()
    if not re.fullmatch(rb"[0-9a-f]{64}", content):
        raise KeyProblem(f"{KEY} is no key, which is 64 hexadecimal digits; put it back from where it is kept safe")
    return bytes.fromhex(content.decode())


def _make(path: Path) -> None:
    private_folder(path.parent)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(os.urandom(32).hex().encode() + b"\n")


def _releases_with_a_key(root: str) -> list[str]:
    years = []
    for path in sorted(Path(root, PUBLISHED).glob("*.manifest.json")):
        try:
            years += [path.name[:4]] if json.loads(path.read_bytes()).get("key") else []
        except (ValueError, AttributeError):
            continue  # what is wrong with it, the chain of releases tells
    return years
