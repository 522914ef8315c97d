"""Real deliveries travel to a cluster only where nobody can listen in or pose as it: over TLS, with certificates of both."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from distributed import LocalCluster
from distributed.security import Security

from support import tiny
from support.checkout import edit, fingerprint
from support.real import REAL, put_real

_TLS = "DASK_DISTRIBUTED__COMM__TLS__"


def certificates(folder: Path) -> dict[str, str]:
    """An authority of our own, and a certificate that it gave: where Dask must look for them."""
    folder.mkdir()

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=authority")
    openssl("req", *new, "-keyout", "key.pem", "-out", "asked.pem", "-subj", "/CN=localhost")
    openssl(
        "x509",
        "-req",
        "-in",
        "asked.pem",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-out",
        "cert.pem",
        "-days",
        "2",
    )
    places = {"CA_FILE": "ca.pem", "CLIENT__CERT": "cert.pem", "CLIENT__KEY": "key.pem"}
    return {f"{_TLS}{name}": str(folder / file) for name, file in places.items()}


@pytest.fixture(scope="module")
def known(tmp_path_factory) -> dict[str, str]:
    return certificates(tmp_path_factory.mktemp("tls") / "known")


@pytest.fixture(scope="module")
def scheduler(known) -> str:
    """The address of a cluster of one process that speaks only to who has a certificate of its authority."""
    ca, cert, key = known.values()
    pairs = {
        f"tls_{role}_{part}": path for role in ("scheduler", "worker", "client") for part, path in (("cert", cert), ("key", key))
    }
    security = Security(require_encryption=True, tls_ca_file=ca, **pairs)
    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None, "silence_logs": 50}
    with LocalCluster(protocol="tls://", security=security, **options) as made:
        yield made.scheduler_address


@pytest.fixture
def desk(workshop):
    put_real(workshop)
    return workshop


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "ws://127.0.0.1:9", "ucx://127.0.0.1:9"])
def test_real_deliveries_do_not_travel_over_a_plain_connection(desk, address):
    refused = desk.missions("build", *REAL, "--scheduler", address)
    assert refused.returncode == 1 and refused.stderr.strip().count("\n") == 1
    assert f"real deliveries travel to a cluster only over TLS, and {address} is not: start the scheduler with" in refused.stderr
    assert "deliveries: " not in refused.stdout, "before anything is read"
    assert not (desk.root / "data/validated/real").exists()


def test_without_certificates_nothing_is_sent(desk):
    edit(desk.root / "analysis/annexes/imvo.py", tiny.HEADING, tiny.OTHER_HEADING)
    refused = desk.missions("build", *REAL, "--scheduler", "tls://127.0.0.1:9")
    assert refused.returncode == 1 and "Traceback" not in refused.stderr
    assert (
        "tls://127.0.0.1:9 needs certificates: tell Dask where they are, in DASK_DISTRIBUTED__COMM__TLS__CA_FILE"
        in refused.stderr
    )


def test_with_certificates_the_annexes_are_the_same_bytes(real_built, scheduler, known, tmp_path):
    checkout = real_built.copied_to(tmp_path / "copy")
    for path in (checkout.root / ".state/cache/annexes").iterdir():
        path.unlink()
    (checkout.root / "_build/facts.json").unlink()
    made = checkout.missions("build", *REAL, "--scheduler", scheduler, **known)
    assert made.returncode == 0 and f"annex imvo: made on {scheduler}" in made.stdout, made.stderr
    assert fingerprint(checkout.root / "_build") == fingerprint(real_built.root / "_build")


def test_a_certificate_of_another_authority_opens_nothing(real_built, scheduler, tmp_path):
    checkout = real_built.copied_to(tmp_path / "copy")
    edit(checkout.root / "analysis/annexes/imvo.py", tiny.HEADING, tiny.OTHER_HEADING)
    strangers = certificates(tmp_path / "strangers")
    refused = checkout.missions("build", *REAL, "--scheduler", scheduler, **strangers)
    assert refused.returncode == 1 and f"no lasting connection to {scheduler}" in refused.stderr, refused.stderr
    assert "Traceback" not in refused.stderr
