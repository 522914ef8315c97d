"""Sends annexes to a Dask cluster: the same Papermill runs, elsewhere.

A run travels with all that it may read, under the hash of it; a worker needs Python and the locked libraries, nothing of this
repository and no shared disk. What comes back is kept as if it was made here.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from ..choice import Choice
from ..declared import door
from ..declared.year_file import YearFile
from ..machine import progress, snapshot
from ..paths import ROOT
from .execute import Failed, arguments_for, fail_with, keep, now
from .plan import Step, code_of, why
from .steps import ENVIRONMENT, STEPS

RETRIES = 3  # of a run whose worker was lost, and of a connection that was lost
_PAUSE_SECONDS, _PATIENCE_SECONDS = 1, 5
_TLS = "DASK_DISTRIBUTED__COMM__TLS__"  # as Dask itself reads it, beside its files of settings
_CARRIED = ["missions.machine.warm", "missions.machine.worker", *STEPS["annex"].modules, *ENVIRONMENT.modules]


def require_private(scheduler: str, choice: Choice) -> None:
    """Errors: Failed when real deliveries would travel where others can listen in, or can pose as the cluster."""
    if choice.data == "real" and not scheduler.startswith("tls://"):
        raise Failed(
            f"real deliveries travel to a cluster only over TLS, and {scheduler} is not: start the scheduler with certificates, "
            "and name it as tls://host:8786"
        )


def _security(scheduler: str):
    """How to prove who we are, and to know who answers; None for a plain connection. Errors: Failed without certificates."""
    from distributed.security import Security

    if not scheduler.startswith("tls://"):
        return None
    security = Security(require_encryption=True)
    if not (security.tls_ca_file and security.tls_client_cert and security.tls_client_key):
        raise Failed(
            f"{scheduler} needs certificates: tell Dask where they are, in {_TLS}CA_FILE, {_TLS}CLIENT__CERT and "
            f"{_TLS}CLIENT__KEY"
        )
    return security


def run_annexes(
    scheduler: str,
    steps: list[Step],
    year_file: YearFile,
    choice: Choice,
    contents: Mapping[str, Mapping],
    before: dict | None,
    require_untouched: Callable[[], None],
) -> dict[str, Step]:
    """Like `execute.run_annexes`, on the cluster of a Dask scheduler (tls://... or tcp://...).

    Errors: Failed when an annex failed (after all have finished), or when workers or connection are lost again and again.
    """
    try:
        import cloudpickle
        import distributed
    except ImportError:
        raise Failed("--scheduler needs Dask; install it with: make cluster") from None
    security = _security(scheduler)
    cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers have no copy of this repository
    left, failures, made, lost = list(steps), [], {}, None
    progress.begin("annexes", len(steps), f"on {scheduler}")
    for attempt in range(RETRIES):
        if attempt:
            progress.say(f"connection to {scheduler} was lost ({lost}); once more")
            time.sleep(_PAUSE_SECONDS)
        try:
            with distributed.Client(scheduler, security=security, timeout=f"{_PATIENCE_SECONDS}s", set_as_default=True) as client:
                try:
                    client.wait_for_workers(1, timeout=_PATIENCE_SECONDS)
                except TimeoutError:
                    raise Failed(f"{scheduler} has no workers; start one with: dask worker {scheduler}") from None
                for step, (state, payload, notebook), began in _runs(client, left, year_file, choice, door.packed(contents)):
                    left.remove(step)
                    if state == "failed":
                        failures.append(payload + fail_with(step, notebook))
                        progress.step("annexes", f"{step.name}: FAILED")
                    else:
                        whole = keep(step, payload, contents, began, require_untouched)
                        made[step.name.partition(" ")[2]] = whole
                        progress.step("annexes", f"{step.name}: made on {scheduler}, {why(whole, before)}")
            break
        except (OSError, TimeoutError, distributed.CancelledError, distributed.comm.CommClosedError) as error:
            lost = type(error).__name__
        except distributed.scheduler.KilledWorker as error:
            raise Failed(f"workers of {scheduler} died {RETRIES + 1} times on the same run: {error}") from None
    else:
        raise Failed(f"no lasting connection to {scheduler} ({lost}), {RETRIES} times")
    progress.end("annexes")
    if failures:
        raise Failed("\n\n".join(sorted(failures)))
    return made


def _runs(client, steps: list[Step], year_file: YearFile, choice: Choice, contents: Mapping[str, bytes]):
    """Submit runs, and yield each when it is back: step, (state, payload, notebook), when it began."""
    import distributed

    environment, sent, began = snapshot.environment(), {}, now()
    futures = {}
    for step in steps:
        name, notebook, parameters, readable = arguments_for(step, year_file, choice)
        files = sorted({Path(path) for path in readable} | code_of(_CARRIED).files | {ROOT / "requirements.txt"})
        bundle = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in files}
        mark = snapshot.digest({name: snapshot.sha256_of(ROOT / name) for name in bundle})
        if mark not in sent:
            # The data are part of the task, so that they can be had again when the worker that held them is gone.
            sent[mark] = client.submit(dict, bundle, key=f"inputs-{mark}", retries=RETRIES)
        allowed = [Path(path).relative_to(ROOT).as_posix() for path in readable]
        functions = STEPS["annex"].function, ENVIRONMENT.function
        job = (name, notebook, parameters, allowed, contents, sorted(step.libraries), *functions)
        future = client.submit(
            _run_there, sent[mark], mark, environment, job, key=f"run-{step.key}-{mark[:12]}", retries=RETRIES, pure=False
        )
        futures[future] = step
    while futures:
        try:
            done, _ = distributed.wait(list(futures), timeout=_PATIENCE_SECONDS, return_when="FIRST_COMPLETED")
        except TimeoutError:
            client.wait_for_workers(1, timeout=_PATIENCE_SECONDS)  # somebody must still be there to do it
            continue
        for future in done:
            yield futures.pop(future), future.result(), began


def _run_there(bundle: dict[str, bytes], mark: str, environment: dict, job: tuple) -> tuple[str, str, bytes | None]:
    """On a worker: put the inputs in a folder of their own and run the annex in a process of its own, forked from a warm one.

    Returns ("done", page, None) or ("failed", message, the notebook as far as it came): a failed annex fails everywhere.
    """
    import contextlib
    import importlib.util
    import os
    import sys
    import tempfile
    import threading
    import types
    from pathlib import Path

    name, notebook, parameters, readable, contents, libraries, run, environment_of = job
    here = sys.modules.setdefault("_missions_worker", types.ModuleType("_missions_worker"))
    with here.__dict__.setdefault("lock", threading.Lock()):
        if getattr(here, "mark", None) != mark:
            if hasattr(here, "closing"):
                here.closing.close()
            here.closing, here.mark = contextlib.ExitStack(), None
            root = here.closing.enter_context(tempfile.TemporaryDirectory(prefix="missions-"))
            for path, content in bundle.items():
                target = Path(root, path)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            # By its place: the worker may have another version of this repository installed, or none.
            spec = importlib.util.spec_from_file_location("_missions_warm", Path(root, "analysis/missions/machine/warm.py"))
            here.warm = importlib.util.module_from_spec(spec)
            sys.modules["_missions_warm"] = here.warm
            spec.loader.exec_module(here.warm)
            here.process = here.closing.enter_context(here.warm.started(root, 1))
            here.process.prepare(libraries)
            here.root, here.mark = root, mark
            there = here.warm.result(here.process, "environment", environment_of, root)
            if different := sorted(name for name in environment if environment[name] != there.get(name)):
                here.mark = None
                shown = ", ".join(f"{name} ({there.get(name)} instead of {environment[name]})" for name in different[:5])
                return "failed", f"annex {name}: a worker has other programs than this machine: {shown}", None
        with tempfile.TemporaryDirectory() as scratch:
            paths = [os.path.join(here.root, path) for path in readable]
            arguments = (name, notebook, parameters, paths, contents, scratch)
            try:
                return "done", here.warm.result(here.process, name, run, *arguments), None
            except here.warm.StepFailed as error:
                if here.process.process.poll() is not None:
                    here.mark = None
                    raise RuntimeError(str(error)) from None  # no fault of the annex: Dask tries again
                executed = Path(scratch, f"{name}.ipynb")
                return "failed", str(error), executed.read_bytes() if executed.is_file() else None
