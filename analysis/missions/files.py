"""Files by their content."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path


def sha256_of(path: str | os.PathLike) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def private_folder(path: Path) -> None:
    """A folder that is there, for its owner alone, whatever the umask and whoever made it before."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.stat().st_mode & 0o777 != 0o700:
        path.chmod(0o700)


def is_ours(path: str | os.PathLike, for_nobody_else: int = 0o022) -> bool:
    """Whether a file or folder belongs to this user, and nobody else may write to it; True where users have no numbers.

    for_nobody_else: the rights that only the owner may have, as in chmod(2).
    """
    found = os.lstat(path)
    return not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & for_nobody_else)
