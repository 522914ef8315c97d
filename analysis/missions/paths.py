"""Where everything lies: the root of the repository and every place below it that code names."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD_VARIABLE = "MISSIONS_BUILD"
BUILD = Path(os.environ.get(BUILD_VARIABLE) or ROOT / "_build")  # results, for readers
STATE = ROOT / ".state"  # what builds remember; for this user alone

# What a build may read, below the root.
PUBLISHED = "data/published"  # holds releases, no deliveries
SOURCE_FOLDERS = ("analysis", "book", "data/corrections", PUBLISHED, "data/raw", "data/sample")
CONFIDENTIAL = "data/confidential"
RELEASED = f"{CONFIDENTIAL}/released"  # the counts behind releases
REDACTED = "data/confidential/redacted"  # what only an internal edition shows
SOURCE_FILES = ("CITATION.cff", "_config.yml", "_toc.yml", "pyproject.toml", "requirements.txt")
GENERATED = ("book/annexes",)


def root_above(folder: Path) -> Path | None:
    """The repository that a folder lies in, looked for upwards; None when there is none."""
    for place in (folder, *folder.parents):
        if (place / "_config.yml").is_file() and (place / "analysis" / "years").is_dir():
            return place
    return None


def shown(path: Path) -> str:
    """A place as messages name it: below the repository, or in full where somebody chose it elsewhere."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else str(path)


def relative(path: Path) -> str:
    """A file as messages name it: below the repository, or its name alone; never the machine's own path."""
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def year_path(reporting_year: int) -> Path:
    return ROOT / "analysis" / "years" / f"{reporting_year}.yml"


def validated_folder(reporting_year: int, data: str) -> Path:
    """Where the tables of a year are kept that passed their contract."""
    return ROOT / "data" / "validated" / data / str(reporting_year)


def table_files(name: str, reporting_year: int, data: str) -> tuple[Path, Path]:
    """Where a validated table and its origin stand; all that `store.read` reads."""
    folder = validated_folder(reporting_year, data)
    return folder / f"{name}.parquet", folder / f"{name}.json"


ANY_FORM = ".*"  # ending of a path in a year file: the one file of that name, whatever its form


def delivered_file(path: Path) -> tuple[Path | None, str | None]:
    """The delivered file for a path of the year file, or why there is none; an ending of .* stands for one file of any form."""
    if path.suffix != ANY_FORM:
        return (path, None) if path.is_file() else (None, "file is missing")
    stem = path.name.removesuffix(ANY_FORM)
    files = [file for file in path.parent.glob(f"{stem}.*") if file.is_file() and not file.name.endswith((".source.yml", ".new"))]
    if len(files) > 1:
        return None, f"stands there in several forms ({', '.join(sorted(file.name for file in files))}); keep one"
    return (files[0], None) if files else (None, "file is missing")


def sidecar_path(delivery: Path) -> Path:
    """Where the sidecar of a delivered file stands."""
    return delivery.with_name(delivery.stem + ".source.yml")
