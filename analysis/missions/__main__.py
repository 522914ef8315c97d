"""The program `missions`: the verbs of the publication."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from .choice import DATA, EDITIONS, PUBLIC, Choice

ROOT = Path(__file__).resolve().parents[2]

_VERBS = {
    "build": "the whole way, from deliveries to site and PDFs; what has not changed is not made again",
    "check": "read all deliveries of a year and tell what was found and everything that is wrong with them",
    "watch": "show a preview in the browser that follows every saved file",
    "verify": "build the same edition in another folder, compare every byte, and write checksums",
    "plan": "tell what a build would run, and why",
    "release": "keep what readers see of the edition in _build, once and for all, in data/published",
    "diff": "tell which figures, claims, cells and sentences differ between two editions; exit code 3: not all are explained",
    "receive": "put a file that came in at its place, with its sidecar",
    "new-year": "write the file of a new reporting year and list what to deliver",
    "sample": "write the synthetic sample deliveries of a year anew",
}
_SIDECAR = ("producer", "title", "received-on", "period", "licence", "sensitivity", "obtained")


_DEFAULTS = {"year": None, "deliveries": "sample", "edition": PUBLIC, "preview": False}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="missions",
        description="Builds the report on economic missions: deliveries -> annexes -> letter, website and PDFs.",
        epilog="Start with: missions build. It uses the synthetic sample and leaves everything in _build/.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    commands = {verb: verbs.add_parser(verb, help=text, description=text) for verb, text in _VERBS.items()}
    for verb in ("build", "watch", "verify", "plan", "check", "release", "receive", "sample"):
        commands[verb].add_argument("--year", type=int, default=2025, help="reporting year, as in analysis/years (2025)")
    for verb in ("build", "watch", "verify", "plan", "check", "release", "diff"):
        worlds = "synthetic sample, or real deliveries (sample)"
        commands[verb].add_argument("--deliveries", choices=DATA, default="sample", help=worlds)
    for verb in ("build", "watch", "verify", "plan"):
        commands[verb].add_argument("--edition", choices=EDITIONS, default="public", help="for whom (public)")
    for verb in ("build", "plan"):
        commands[verb].add_argument("--preview", action="store_true", help="the site alone, into _build/preview")
    commands["plan"].add_argument("--why", metavar="STEP", help="all reasons of one step")
    commands["build"].add_argument(
        "--scheduler", metavar="ADDRESS", help="run the annexes on the cluster of a Dask scheduler (tcp://...)"
    )
    commands["watch"].add_argument("--port", type=int, default=8000, help="of the address in the browser (8000)")
    for edition, words in {"old": "a year that was released", "new": "the same, or: current"}.items():
        commands["diff"].add_argument(edition, help=f"{words}, a file with a release, or the folder of a build")
    commands["diff"].add_argument("--write", action="store_true", help="keep the differences in book/changes, to be explained")
    commands["new-year"].add_argument("year", type=int, help="the reporting year to begin")
    receive = commands["receive"]
    receive.add_argument("file", type=Path, help="the file as it came: .csv, .xlsx, .sav or .parquet")
    receive.add_argument("--delivery", required=True, metavar="NAME", help="what it is: a name in analysis/missions/dictionary")
    receive.add_argument("--replace", action="store_true", help="put it in the place of a file that is there already")
    for field in _SIDECAR:
        receive.add_argument(f"--{field}", help="field of the sidecar; asked for when it is not given")
    sample = commands["sample"]
    sample.add_argument("--seed", type=int, help="another seed gives other synthetic deliveries")
    sample.add_argument("--scenario", default="base", help="which world is made up: base, null, silent_lower, ... (base)")
    sample.add_argument("--to", type=Path, help="folder to write to (data/sample/<year>)")
    return parser


def _ask(field) -> str:
    offered = f" [{field.default}]" if field.default else ""
    return input(f"{field.name}: {field.question}{offered}: ") or field.default


def _receive(chosen: argparse.Namespace) -> str:
    from .desk import receive as intake

    given = {field.replace("-", "_"): getattr(chosen, field.replace("-", "_")) for field in _SIDECAR}
    ask = _ask if sys.stdin.isatty() else None
    return intake.receive(chosen.file, chosen.delivery, chosen.year, given, ask, chosen.replace)


def _sample(chosen: argparse.Namespace) -> str:
    from . import sample
    from .declared.year_file import YearError

    if chosen.scenario not in sample.SCENARIOS:
        raise YearError(f"--scenario {chosen.scenario}: choose one of {', '.join(sample.SCENARIOS)}")
    folder = chosen.to or Path("data") / "sample" / str(chosen.year)
    seed = sample.DEFAULT_SEED if chosen.seed is None else chosen.seed
    return "\n".join(str(path) for path in sample.write_sample(folder, seed, chosen.year, chosen.scenario))


def _from_here(name: str) -> str:
    """A file or folder as seen from where the program was called; a year stays a year."""
    return str(Path(name).absolute()) if Path(name).exists() and not name.isdecimal() else name


def main(arguments: list[str] | None = None) -> int:
    """Run one verb. Exit code 0: done; 1: something is wrong with the input and was named on stderr; 3: see `diff`."""
    chosen = _parser().parse_args(arguments)
    if chosen.verb == "receive":
        chosen.file = chosen.file.absolute()  # as seen from where the program was called
    if chosen.verb == "diff":
        chosen.old, chosen.new = _from_here(chosen.old), _from_here(chosen.new)
    os.chdir(ROOT)
    try:
        told = _run(chosen)
        told, code = told if isinstance(told, tuple) else (told, 0)
        if told:
            print(told)
    except Exception as error:
        # Errors of ours say what a person must know; others are faults in the program and keep their traceback.
        if not (type(error).__module__.startswith(f"{__package__}.") or isinstance(error, FileNotFoundError)):
            raise
        problems_n = getattr(error, "problems_n", 0) or len(getattr(error, "problems", ()))
        count = f" ({problems_n} problem{'s' if problems_n > 1 else ''})" if problems_n else ""
        print(f"\nStopped{count}; the last good _build is untouched:\n{error}", file=sys.stderr)
        return 1
    return code


def _run(chosen: argparse.Namespace) -> str | tuple[str, int] | None:
    choice = Choice(*(getattr(chosen, name, default) for name, default in _DEFAULTS.items()))
    # Each verb imports what it needs: `missions --help` and a build of what is there already answer at once.
    match chosen.verb:
        case "build":
            from .edition import unchanged

            if told := unchanged.told(choice):
                return told
            from .edition import build

            return build.build(choice, chosen.scheduler)
        case "plan":
            from .edition import outlook

            return outlook.told(choice, chosen.why)
        case "watch":
            from .edition import watch

            return watch.watch(choice._replace(preview=True), chosen.port)
        case "verify":
            from .edition import verify

            return verify.verify(choice)
        case "check":
            from .desk import check
            from .edition import build

            with build.locked():  # a build that reads the stored tables must not find others halfway
                return f"{check.check(choice)}\nAll deliveries keep their contracts."
        case "release":
            from .desk import freeze

            return freeze.freeze(choice)
        case "diff":
            from .desk import difference

            return difference.difference(chosen.old, chosen.new, chosen.deliveries, chosen.write)
        case "receive":
            return _receive(chosen)
        case "new-year":
            from .desk import new_year

            return new_year.write_year(chosen.year)
        case "sample":
            return _sample(chosen)


if __name__ == "__main__":
    sys.exit(main())
