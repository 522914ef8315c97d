"""The program `missions`: the verbs of the publication."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from .year import EDITIONS, WORLDS

_VERBS = {
    "build": "the whole way: check, run and book",
    "check": "read all deliveries of a year and tell what was found and everything that is wrong with them",
    "run": "check, then execute the annexes",
    "book": "assemble site and PDFs from annexes that were executed before",
    "receive": "put a file that came in at its place, with its sidecar",
    "new-year": "write the file of a new reporting year and list what to deliver",
    "sample": "write the synthetic sample deliveries of a year anew",
}
_SIDECAR = ("producer", "title", "received-on", "period", "licence", "sensitivity", "obtained")


def _parser() -> argparse.ArgumentParser:
    from .dictionary import deliveries

    parser = argparse.ArgumentParser(
        prog="missions",
        description="Builds the report on economic missions: deliveries -> annexes -> letter, website and PDFs.",
        epilog="Start with: missions build. It uses the synthetic sample and leaves everything in _build/.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    commands = {verb: verbs.add_parser(verb, help=text, description=text) for verb, text in _VERBS.items()}
    for verb in ("build", "check", "run", "receive", "sample"):
        commands[verb].add_argument("--year", type=int, default=2025, help="reporting year, as in analysis/years (2025)")
    for verb in ("build", "check", "run"):
        worlds = "synthetic sample, or real deliveries (sample)"
        commands[verb].add_argument("--deliveries", choices=WORLDS, default="sample", help=worlds)
    for verb in ("build", "run"):
        commands[verb].add_argument("--edition", choices=EDITIONS, default="public", help="for whom (public)")
    commands["new-year"].add_argument("year", type=int, help="the reporting year to begin")
    receive = commands["receive"]
    receive.add_argument("file", type=Path, help="the file as it came: .csv, .xlsx, .sav or .parquet")
    receive.add_argument("--delivery", choices=list(deliveries()), required=True, help="what it is")
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
    from .engine import intake

    given = {field.replace("-", "_"): getattr(chosen, field.replace("-", "_")) for field in _SIDECAR}
    ask = _ask if sys.stdin.isatty() else None
    return intake.receive(chosen.file, chosen.delivery, chosen.year, given, ask, chosen.replace)


def _sample(chosen: argparse.Namespace) -> str:
    from . import sample
    from .year import YearError

    if chosen.scenario not in sample.SCENARIOS:
        raise YearError(f"--scenario {chosen.scenario}: choose one of {', '.join(sample.SCENARIOS)}")
    folder = chosen.to or Path("data") / "sample" / str(chosen.year)
    seed = sample.DEFAULT_SEED if chosen.seed is None else chosen.seed
    return "\n".join(str(path) for path in sample.write_sample(folder, seed, chosen.year, chosen.scenario))


def main(arguments: list[str] | None = None) -> int:
    """Run one verb. Exit code 0: done; 1: something is wrong with the input and was named on stderr."""
    chosen = _parser().parse_args(arguments)
    # Imported only now: `missions --help` answers at once.
    from .contracts import DeliveryError
    from .engine import build, new_year
    from .engine.collect import FactError
    from .engine.execute import AnnexError
    from .engine.intake import IntakeError
    from .year import ROOT, YearError

    verbs = {
        "build": lambda: build.build(chosen.year, chosen.deliveries, chosen.edition),
        "check": lambda: build.check(chosen.year, chosen.deliveries) and "All deliveries keep their contracts.",
        "run": lambda: build.run(build.check(chosen.year, chosen.deliveries), chosen.deliveries, chosen.edition),
        "book": build.book,
        "receive": lambda: _receive(chosen),
        "new-year": lambda: new_year.write_year(chosen.year),
        "sample": lambda: _sample(chosen),
    }
    if chosen.verb == "receive":
        chosen.file = chosen.file.absolute()  # as seen from where the program was called
    os.chdir(ROOT)
    try:
        told = verbs[chosen.verb]()
        if told:
            print(told)
    except (YearError, DeliveryError, AnnexError, FactError, IntakeError, build.BookError, FileNotFoundError) as error:
        problems = getattr(error, "problems", None)
        count = f" ({len(problems)} problem{'s' if len(problems) > 1 else ''})" if problems else ""
        print(f"\nStopped{count}; the last good _build is untouched:\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
