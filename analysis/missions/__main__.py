"""The program `missions`: the verbs of the publication."""

from __future__ import annotations

import argparse
import os
import sys

from .year import EDITIONS, WORLDS

_VERBS = {
    "build": "the whole way: check, run and book",
    "check": "read all deliveries of a year and tell everything that is wrong with them",
    "run": "check, then execute the annexes",
    "book": "assemble site and PDFs from annexes that were executed before",
    "sample": "write the synthetic sample deliveries of a year anew",
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="missions",
        description="Builds the report on economic missions: deliveries -> annexes -> letter, website and PDFs.",
        epilog="Start with: missions build. It uses the synthetic sample and leaves everything in _build/.",
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, help_text in _VERBS.items():
        command = verbs.add_parser(verb, help=help_text, description=help_text)
        if verb != "book":
            command.add_argument("--year", type=int, default=2025, help="reporting year, as in analysis/years (2025)")
        if verb in ("build", "check", "run"):
            command.add_argument(
                "--deliveries", choices=WORLDS, default="sample", help="synthetic sample, or real deliveries (sample)"
            )
        if verb in ("build", "run"):
            command.add_argument("--edition", choices=EDITIONS, default="public", help="for whom (public)")
        if verb == "sample":
            command.add_argument("--seed", type=int, help="another seed gives other synthetic deliveries")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Run one verb. Exit code 0: done; 1: something is wrong with the input and was named on stderr."""
    chosen = _parser().parse_args(arguments)
    # Imported only now: `missions --help` answers at once.
    from .contracts import DeliveryError
    from .engine import build
    from .engine.collect import FactError
    from .engine.execute import AnnexError
    from .year import ROOT, YearError

    os.chdir(ROOT)
    try:
        if chosen.verb == "build":
            build.build(chosen.year, chosen.deliveries, chosen.edition)
        elif chosen.verb == "check":
            build.check(chosen.year, chosen.deliveries)
            print("All deliveries keep their contracts.")
        elif chosen.verb == "run":
            build.run(build.check(chosen.year, chosen.deliveries), chosen.deliveries, chosen.edition)
        elif chosen.verb == "book":
            build.book()
        elif chosen.verb == "sample":
            from . import sample

            folder = ROOT / "data" / "sample" / str(chosen.year)
            seed = sample.DEFAULT_SEED if chosen.seed is None else chosen.seed
            for path in sample.write_sample(folder, seed, chosen.year):
                print(path.relative_to(ROOT))
    except (YearError, DeliveryError, AnnexError, FactError, build.BookError, FileNotFoundError) as error:
        problems = getattr(error, "problems", None)
        count = f" ({len(problems)} problem{'s' if len(problems) > 1 else ''})" if problems else ""
        print(f"\nStopped{count}; the last good _build is untouched:\n{error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
