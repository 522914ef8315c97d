"""However it ends, a person reads a sentence: what happened, and what to do. Real processes, pipes, disks and folders."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tomllib

import pytest
from distributed import LocalCluster

from missions.paths import ROOT
from support import tiny
from support.checkout import Checkout, copy_repository, edit

UNTOUCHED = "the last good _build is untouched"
AS_ROOT = os.getuid() == 0


@pytest.fixture(scope="module")
def copy(tmp_path_factory) -> Checkout:
    """A repository in which nothing was built. Tests leave it as it is."""
    return copy_repository(tmp_path_factory.mktemp("ends") / "repository")


@pytest.fixture(scope="module")
def little(tmp_path_factory) -> Checkout:
    """The tiny book, of which nothing was built."""
    checkout = copy_repository(tmp_path_factory.mktemp("little") / "repository")
    tiny.keep_little(checkout)
    return checkout


@pytest.fixture
def own_copy(little, tmp_path) -> Checkout:
    return little.copied_to(tmp_path / "repository")


def start(checkout: Checkout, *arguments: str, **how) -> subprocess.Popen:
    environment = os.environ | {"PYTHONPATH": str(checkout.root / "analysis"), "PYTHONUNBUFFERED": ""}  # as a user's is
    command = [sys.executable, "-m", "missions", *arguments]
    return subprocess.Popen(command, **{"cwd": checkout.root, "env": environment, "text": True, **how})


def told(checkout: Checkout, *arguments: str, **how) -> subprocess.CompletedProcess:
    process = start(checkout, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **how)
    out, errors = process.communicate()
    assert "Traceback" not in out + errors or "--verbose" in arguments, errors
    return subprocess.CompletedProcess(arguments, process.returncode, out, errors)


def sentence(result: subprocess.CompletedProcess) -> str:
    """What stderr says after the line that it stopped."""
    first, _, rest = result.stderr.strip().partition("\n")
    assert first.startswith("Stopped"), result.stderr
    return rest


# --- what is asked of the program itself -----------------------------------------------------------------------------
def test_the_version_is_that_of_the_repository(copy):
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert told(copy, "--version").stdout == f"missions {version}\n"


def test_every_exit_code_is_documented_once_where_a_user_looks(copy):
    assert "exit codes:" in told(copy, "--help").stdout
    assert "missions --help" in (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_quiet_is_quiet_and_still_answers_what_was_asked(workshop):
    note = workshop.root / "book/note.md"
    note.write_text(note.read_text(encoding="utf-8") + "\nEen zin die stil is gemaakt.\n", encoding="utf-8")
    built = told(workshop, "build", "--quiet")
    assert (built.returncode, built.stdout, built.stderr) == (0, "", "")
    assert "Een zin die stil is gemaakt." in (workshop.html / "book/note.html").read_text(encoding="utf-8")
    assert "keep  site" in told(workshop, "plan", "--quiet").stdout
    (workshop.root / "analysis/years/2025.yml").write_text("reporting_year: [", encoding="utf-8")
    assert "2025.yml" in told(workshop, "build", "--quiet").stderr, "what is wrong is told all the same"


# --- where it is called ----------------------------------------------------------------------------------------------
def test_it_works_from_any_folder_of_its_repository(copy):
    assert "annex imvo" in told(copy, "plan", cwd=copy.root / "book" / "method").stdout


def test_the_code_of_one_repository_never_works_on_the_files_of_another(copy, own_copy):
    environment = os.environ | {"PYTHONPATH": str(own_copy.root / "analysis")}
    for verb in ("plan", "build", "check"):
        refused = told(copy, verb, env=environment)
        assert refused.returncode == 2 and refused.stdout == ""
        assert refused.stderr.count("\n") == 1, "one sentence"
        assert str(copy.root) in refused.stderr and str(own_copy.root) in refused.stderr and "make book" in refused.stderr
    assert not (own_copy.root / "_build").exists()


def test_outside_any_repository_it_says_so(copy, tmp_path):
    refused = told(copy, "plan", cwd=tmp_path)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert f"{tmp_path} lies in no repository" in refused.stderr


def test_a_folder_that_is_gone_is_no_traceback(copy, tmp_path):
    place = tmp_path / "gone"
    place.mkdir()
    command = f"cd {place} && rmdir {place} && PYTHONPATH={copy.root / 'analysis'} {sys.executable} -m missions plan"
    refused = subprocess.run(["bash", "-c", command], capture_output=True, text=True)
    assert refused.returncode == 2 and "is not there any more" in refused.stderr and "Traceback" not in refused.stderr


# --- interrupted, or not listened to any more ------------------------------------------------------------------------
def default_interrupt() -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has its background jobs ignore it


def test_control_c_is_one_line_and_leaves_no_process(own_copy):
    build = start(
        own_copy, "build", stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, preexec_fn=default_interrupt
    )
    assert build.stdout.readline(), "deliveries are read: all kinds of processes are at work"
    os.killpg(build.pid, signal.SIGINT)  # as a terminal does
    _, errors = build.communicate(timeout=60)  # ends when the last process that could write there has ended
    assert (build.returncode, errors) == (130, f"\nInterrupted; {UNTOUCHED}\n")


def test_control_c_ends_a_preview_without_a_word(own_copy):
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port = door.getsockname()[1]
    watch = start(
        own_copy, "watch", "--port", str(port), stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        preexec_fn=default_interrupt,
    )  # fmt: skip
    assert "control-C ends this" in watch.stdout.readline()
    assert watch.stdout.readline(), "the first build is under way"
    os.killpg(watch.pid, signal.SIGINT)
    _, errors = watch.communicate(timeout=60)
    assert (watch.returncode, errors) == (0, "")


@pytest.mark.parametrize("arguments", [["--help"], ["plan"], ["build"]], ids=lambda arguments: arguments[0])
def test_a_closed_pipe_ends_it_without_a_word(own_copy, arguments):
    reading, writing = os.pipe()
    os.close(reading)
    process = start(own_copy, *arguments, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    _, errors = process.communicate(timeout=120)
    assert (process.returncode, errors) == (141, "")


# --- the machine -----------------------------------------------------------------------------------------------------
def test_a_busy_port_is_named_with_what_to_do(copy):
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        port = door.getsockname()[1]
        refused = told(copy, "watch", "--port", str(port))
    assert refused.returncode == 1 and refused.stderr.count("\n") == 1
    assert f"port {port} is in use already" in refused.stderr and "--port" in refused.stderr
    assert UNTOUCHED not in refused.stderr, "no build was concerned"


@pytest.mark.parametrize("arguments", [["build", "--scheduler", "foo"], ["watch", "--port", "70000"]], ids=" ".join)
def test_an_address_that_cannot_be_is_refused_before_anything_is_done(copy, arguments):
    refused = told(copy, *arguments)
    assert refused.returncode == 2 and f"'{arguments[-1]}' is no" in refused.stderr and refused.stdout == ""


def test_a_scheduler_without_workers_is_told_with_what_to_start(own_copy):
    with LocalCluster(n_workers=0, dashboard_address=None, silence_logs=50) as cluster:
        stopped = told(own_copy, "build", "--scheduler", cluster.scheduler_address)
        assert stopped.returncode == 1 and UNTOUCHED in stopped.stderr
        assert sentence(stopped) == (
            f"{cluster.scheduler_address} has no workers; start one with: dask worker {cluster.scheduler_address}"
        )


def in_a_namespace(prepare: str, checkout: Checkout, *arguments: str) -> subprocess.CompletedProcess:
    """Run a verb where something else is mounted; nobody else sees it, and it is gone when the verb has ended."""
    command = f'{prepare} && exec "$@"'
    environment = os.environ | {"PYTHONPATH": str(checkout.root / "analysis")}
    return subprocess.run(
        ["unshare", "--mount", "bash", "-c", command, "-", sys.executable, "-m", "missions", *arguments],
        cwd=checkout.root, env=environment, capture_output=True, text=True,
    )  # fmt: skip


def can_mount() -> bool:
    return AS_ROOT and shutil.which("unshare") and not subprocess.run(["unshare", "--mount", "true"]).returncode


# Full at once, when the tables are written, and where the annexes are at work.
@pytest.mark.parametrize(("place", "size"), [(".state", "16k"), ("data/validated", "16k"), (".state", "1m")])
def test_a_full_disk_is_told_as_such(own_copy, place, size):
    (own_copy.root / place).mkdir(parents=True, exist_ok=True)
    if can_mount():
        stopped = in_a_namespace(f"mount -t tmpfs -o size={size} none {place}", own_copy, "build")
    else:  # no file may be longer than this
        bytes_n = {"16k": 100, "1m": 20_000}[size]
        stopped = told(
            own_copy, "build", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_n, resource.RLIM_INFINITY))
        )
    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert "there is no room left to write; make room and run it again" in sentence(stopped)
    assert "Traceback" not in stopped.stderr and UNTOUCHED in stopped.stderr


@pytest.mark.parametrize("arguments", [["build"], ["check"], ["new-year", "2031"]], ids=lambda given: given[0])
def test_a_folder_that_may_only_be_read_is_named(own_copy, arguments):
    if can_mount():
        stopped = in_a_namespace("mount --bind . . && mount -o remount,ro,bind . && cd $PWD", own_copy, *arguments)
    else:
        folders = [path for path in own_copy.root.rglob("*") if path.is_dir()]
        for folder in [own_copy.root, *folders]:
            folder.chmod(0o555)
        stopped = told(own_copy, *arguments)
        for folder in [own_copy.root, *folders]:
            folder.chmod(0o755)
    assert stopped.returncode == 1 and "Traceback" not in stopped.stderr, stopped.stderr
    # Of a build the results may lie elsewhere, also when the repository may only be read.
    next_step = "say where the results go" if arguments == ["build"] else "give yourself the right to read and write there"
    assert next_step in sentence(stopped)


# --- files of ours ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("verb", ["plan", "build"])
def test_a_file_that_is_not_yaml_is_named_with_its_line(workshop, verb):
    """A build asks for all small files before it makes anything; only Sphinx reads the table of contents."""
    small = ("analysis/years/2025.yml", "analysis/assumptions.yml", "CITATION.cff", "book/labels.yml", "book/facts.yml")
    for name in (*small, "book/claims.yml") if verb == "plan" else ("book/labels.yml", "_config.yml", "_toc.yml"):
        path = workshop.root / name
        good = path.read_text(encoding="utf-8")
        path.write_text(good + "\nbroken: [1, 2\nand: }\n", encoding="utf-8")
        stopped = told(workshop, verb)
        path.write_text(good, encoding="utf-8")
        assert stopped.returncode == 1, stopped.stderr
        assert name in sentence(stopped) and "line" in sentence(stopped)
        assert (UNTOUCHED in stopped.stderr) == (verb == "build")


# --- faults of the program -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "place", "verb"),
    [
        ("analysis/missions/edition/outlook.py", "    contents = items.contents(choice)\n", "plan"),
        ("analysis/missions/edition/deliveries.py", "    kept = [cache.folder(_KIND)", "build"),  # in a process of its own
    ],
)
def test_a_fault_in_the_program_says_what_and_where_and_asks_for_a_report(own_copy, path, place, verb):
    edit(own_copy.root / path, place, f"    planted = 1 / 0\n{place}")
    before, _, _ = (own_copy.root / path).read_text(encoding="utf-8").partition("planted")
    stopped = told(own_copy, verb)
    assert stopped.returncode == 70
    line = before.count("\n") + 1
    assert f"by a fault in the program: ZeroDivisionError: division by zero ({path}, line {line})" in stopped.stderr
    assert "--verbose" in stopped.stderr and "\n\n" not in stopped.stderr.strip(), "one paragraph"
    verbose = told(own_copy, verb, "--verbose")
    assert verbose.returncode == 70 and "Traceback (most recent call last)" in verbose.stderr and "1 / 0" in verbose.stderr
