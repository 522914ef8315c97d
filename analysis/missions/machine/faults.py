"""What went wrong, in a sentence with its cause and the next step; or, where nobody foresaw it, what a maintainer must know."""

from __future__ import annotations

import errno
import os
import re
import traceback
from pathlib import Path

from ..paths import ROOT, shown

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_MAY_NOT = (errno.EACCES, errno.EPERM, errno.EROFS)
# Libraries that catch an error of the system tell it in words of their own.
_FULL_IN_WORDS = re.compile("|".join(re.escape(os.strerror(number)) for number in _FULL))


def sentence(error: BaseException) -> str | None:
    """What a person must know of an error that the program foresees; None for a fault in the program.

    An error of ours says it itself. For one of the system the place is named, and what helps.
    """
    if (isinstance(error, OSError) and error.errno in _FULL) or _FULL_IN_WORDS.search(str(error)):
        return f"{_place(error)}: there is no room left to write; make room and run it again"
    if type(error).__module__.partition(".")[0] == "missions":
        return None if getattr(error, "trace", "") else str(error)
    if isinstance(error, FileNotFoundError) and error.filename is not None:
        return f"{_place(error)} does not exist"
    if isinstance(error, OSError) and error.errno in _MAY_NOT and error.filename is not None:
        return f"{_place(error)}: {error.strerror}; give yourself the right to read and write there"
    if isinstance(error, ModuleNotFoundError) and not str(error.name).startswith("missions"):
        return f"the library {error.name} is not in this environment; run: make book"
    if isinstance(error, MemoryError):
        return "there is no memory left; close other programs and run it again"
    if isinstance(error, EOFError):
        return "a question was left without an answer; nothing was done"
    return None


def _place(error: BaseException) -> str:
    name = getattr(error, "filename", None)
    return shown(Path(os.fsdecode(name))) if isinstance(name, str | bytes | os.PathLike) else "the disk"


def fault(error: BaseException) -> str:
    """What happened and where, of an error that nobody foresaw: the last line of ours that was at work."""
    lines = [line for line in traceback.extract_tb(error.__traceback__) if Path(line.filename).is_relative_to(ROOT / "analysis")]
    where = f" ({shown(Path(lines[-1].filename))}, line {lines[-1].lineno})" if lines else ""
    return f"{type(error).__name__}: {error}{where}"


def trace(error: BaseException) -> str:
    return "".join(traceback.format_exception(error)).rstrip()


def as_failure(error: BaseException) -> dict:
    """What a process tells the one that started it of an error: the arguments of `warm.StepFailed`."""
    said = sentence(error)
    words = {"message": fault(error), "trace": trace(error)} if said is None else {"message": said}
    return words | {"problems_n": len(getattr(error, "problems", ())), "cause": type(error).__name__}
