"""The program `missions`: the verbs of the publication."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import re
import select
import signal
import sys
from pathlib import Path

from . import paths
from .choice import DATA, EDITIONS, PUBLIC, Choice
from .machine import faults, progress
from .paths import ROOT, root_above

_VERBS = {
    "build": "the whole way, from deliveries to site and PDFs; what has not changed is not made again",
    "check": "read all deliveries of a year and tell what was found and everything that is wrong with them",
    "watch": "show a preview in the browser that follows every saved file",
    "verify": "build the same edition in another folder, compare every byte, and write checksums",
    "plan": "tell what a build would run, and why",
    "freeze": "release the edition in _build, when it passes every check: keep what readers get, once and for all",
    "diff": "tell which figures, claims, cells and sentences differ between two editions; exit code 3 when not all are explained",
    "receive": "put a file that came in at its place, with its sidecar",
    "new-year": "write the file of a new reporting year and list what to deliver",
    "sample": "write the synthetic sample deliveries of a year anew",
}
_ANSWERS = ("plan", "diff", "receive", "new-year")  # verbs whose words are what was asked for
_FAULT = 70  # EX_SOFTWARE of sysexits.h
_EXIT_CODES = """exit codes:
  0    done
  1    stopped by what is wrong with files, disk or network; the cause is told
  2    called in a wrong way, or in a folder of another repository
  3    diff: not all differences are explained
  70   stopped by a fault in the program; --verbose shows its traceback
  130  interrupted (control-C)
  141  nobody reads what it writes any more (| head)"""
_NO_PORT = {errno.EADDRINUSE: "is in use already", errno.EACCES: "is not for everybody"}
_UNTOUCHED = "; the last good _build is untouched"
_SIDECAR = ("producer", "title", "received-on", "period", "licence", "sensitivity", "obtained")


_DEFAULTS = {"year": None, "deliveries": "sample", "edition": PUBLIC, "preview": False}


class _Version(argparse.Action):
    def __call__(self, parser, *ignored) -> None:
        import tomllib  # a build that has nothing to do must answer at once

        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        print(f"missions {project['version']}")
        parser.exit()


def _port(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < 65_536):
        raise argparse.ArgumentTypeError(f"'{text}' is no port; it is a number from 1 to 65535")
    return int(text)


def _scheduler(text: str) -> str:
    if not re.fullmatch(r"(tcp|tls|ucx|wss?)://[^/\s]+:\d+", text):
        raise argparse.ArgumentTypeError(f"'{text}' is no address of a Dask scheduler, which is like tls://host:8786")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="missions",
        description="Builds the report on economic missions: deliveries -> annexes -> letter, website and PDFs.\n"
        "Start with: missions build. It uses the synthetic sample and leaves everything in _build/.",
        epilog=_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="tell the version and end")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    commands = {verb: verbs.add_parser(verb, help=text, description=text) for verb, text in _VERBS.items()}
    for command in commands.values():
        command.add_argument("--quiet", action="store_true", help="tell only what is wrong, or was asked for")
        command.add_argument("--verbose", action="store_true", help="show the traceback of a fault in the program")
    for verb in ("build", "watch", "verify", "plan", "check", "freeze", "receive", "sample"):
        commands[verb].add_argument("--year", type=int, default=2025, help="reporting year, as in analysis/years (2025)")
    for verb in ("build", "watch", "verify", "plan", "check", "freeze", "diff"):
        data = "synthetic sample, or real deliveries (sample)"
        commands[verb].add_argument("--deliveries", choices=DATA, default="sample", help=data)
    for verb in ("build", "watch", "verify", "plan"):
        commands[verb].add_argument("--edition", choices=EDITIONS, default="public", help="for whom (public)")
    for verb in ("build", "verify", "plan", "watch", "freeze", "diff"):
        commands[verb].add_argument("--build", type=Path, metavar="FOLDER", help="where the results are (_build)")
    for verb in ("build", "plan"):
        commands[verb].add_argument("--preview", action="store_true", help="the site alone, into _build/preview")
    commands["plan"].add_argument("--why", metavar="STEP", help="all reasons of one step")
    commands["build"].add_argument(
        "--scheduler",
        metavar="ADDRESS",
        type=_scheduler,
        help="run the annexes on a Dask cluster (tls://...)",
    )
    commands["watch"].add_argument("--port", type=_port, default=8000, help="of the address in the browser (8000)")
    for edition, words in {"old": "a year that was released", "new": "the same, or: current"}.items():
        commands["diff"].add_argument(edition, help=f"{words}, a file with a release, or the folder of a build")
    freeze = commands["freeze"]
    freeze.add_argument("--releases", type=Path, metavar="FOLDER", help="where every file that readers get is kept (releases)")
    freeze.add_argument("--sign", type=Path, metavar="KEY", help="sign with this SSH key, of a role in data/published/signers")
    freeze.add_argument("--migrate", action="store_true", help="give a record of before there were manifests its manifest")
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
    """Run one verb; returns the exit code (_EXIT_CODES). Nothing that a person can come across ends in a traceback."""
    try:
        try:
            return _main(arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # Nobody reads any more, as in `missions plan | head -1`. Python would complain when it closes what it cannot write.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130


def _main(arguments: list[str] | None) -> int:
    chosen = _parser().parse_args(arguments)
    try:
        _require_own_repository()
        if chosen.verb == "receive":
            chosen.file = chosen.file.absolute()  # as seen from where the program was called
        if chosen.verb == "freeze":
            chosen.releases, chosen.sign = (path and path.absolute() for path in (chosen.releases, chosen.sign))
        if chosen.verb == "diff":
            chosen.old, chosen.new = _from_here(chosen.old), _from_here(chosen.new)
        if folder := getattr(chosen, "build", None):
            paths.BUILD = folder.absolute()
            os.environ[paths.BUILD_VARIABLE] = str(paths.BUILD)  # for programs that this one starts
        os.chdir(ROOT)
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            is_quiet = chosen.quiet and chosen.verb not in _ANSWERS
            with contextlib.redirect_stdout(nowhere) if is_quiet else contextlib.nullcontext():
                told = _run(chosen)
                told, code = told if isinstance(told, tuple) else (told, 0)
                if told:
                    print(told)
        return code
    except WrongPlace as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # what is under way is ended already
        progress.clear()
        if chosen.verb == "watch":
            return 0  # there is no other way to end it
        print(f"\nInterrupted{_UNTOUCHED if chosen.verb == 'build' else ''}", file=sys.stderr)
        return 130
    except Exception as error:
        if isinstance(error, BrokenPipeError) and _nobody_reads():
            raise
        progress.clear()
        return _stopped(error, chosen)


class WrongPlace(Exception):
    """The current folder belongs to another repository than this program, or to none."""


def _require_own_repository() -> None:
    """Never a mixture of one repository's files and another one's code. Errors: WrongPlace."""
    try:
        here = Path.cwd().resolve()
    except FileNotFoundError:
        raise WrongPlace("the current folder is not there any more; go to the repository") from None
    root = root_above(here)
    if root is None:
        raise WrongPlace(
            f"{here} lies in no repository of this publication (a folder with _config.yml and analysis/years); go to one"
        )
    if root != ROOT.resolve():
        raise WrongPlace(
            f"this program works for {ROOT}, and the current folder lies in {root}; "
            f"run {root / '.venv' / 'bin' / 'missions'} there (`make book` puts it there)"
        )


def _nobody_reads() -> bool:
    """Whether it is our own output that was closed, not a connection to another process."""
    if not hasattr(select, "poll"):
        return True
    known = select.poll()
    known.register(sys.stdout.fileno(), select.POLLOUT)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in known.poll(0))


def _stopped(error: Exception, chosen: argparse.Namespace) -> int:
    """Tell on stderr why it ended; returns the exit code."""
    untouched = _UNTOUCHED if chosen.verb == "build" else ""
    if chosen.verb == "watch" and isinstance(error, OSError) and error.errno in _NO_PORT and error.filename is None:
        why = _NO_PORT[error.errno]
        print(f"Stopped: port {chosen.port} {why}; choose another one with --port (make serve PORT=...)", file=sys.stderr)
        return 1
    said = faults.sentence(error)
    if said is not None:
        problems_n = getattr(error, "problems_n", 0) or len(getattr(error, "problems", ()))
        count = f" ({problems_n} problem{'s' if problems_n > 1 else ''})" if problems_n else ""
        print(f"\nStopped{count}{untouched}:\n{said}", file=sys.stderr)
        return 1
    trace = getattr(error, "trace", "") or faults.trace(error)
    what = str(error) if getattr(error, "trace", "") else faults.fault(error)
    advice = (
        "this is its traceback, which a report needs"
        if chosen.verbose
        else "run it again with --verbose and report what it tells"
    )
    print(f"\nStopped{untouched}, by a fault in the program: {what}\nNot your doing; {advice}.", file=sys.stderr)
    if chosen.verbose:
        print(f"\n{trace}", file=sys.stderr)
    return _FAULT


def _run(chosen: argparse.Namespace) -> str | tuple[str, int] | None:
    choice = Choice(*(getattr(chosen, name, default) for name, default in _DEFAULTS.items()))
    # Each verb imports what it needs: `missions --help` and a build of what is there already answer at once.
    match chosen.verb:
        case "build":
            from .edition import unchanged

            if told := unchanged.told(choice):
                return told
            from .edition import begin, elsewhere

            if elsewhere.is_read_only():
                elsewhere.run_in_a_copy(choice, chosen.scheduler)
            with begin.begun() as processes:
                from .edition import build

                return build.build(choice, processes, chosen.scheduler)
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
            from .edition import begin

            with begin.locked():  # a build that reads the stored tables must not find others halfway
                return f"{check.check(choice)}\nAll deliveries keep their contracts."
        case "freeze":
            from .desk import freeze

            if chosen.migrate:
                return freeze.migrate(choice, chosen.sign)
            return freeze.freeze(choice, chosen.releases, chosen.sign)
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
