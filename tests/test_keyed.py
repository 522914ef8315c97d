"""Of what is not public, public records tell no hash that a guess could be checked against."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path

import pytest

from missions import keyed
from missions.machine import snapshot
from missions.paths import CONFIDENTIAL
from support.checkout import Checkout, fingerprint
from support.real import REAL


def plain_hashes(checkout: Checkout) -> dict[str, str]:
    """File that is not public, and every table that was made of one -> its SHA-256."""
    paths = [path for path in (checkout.root / CONFIDENTIAL).rglob("*") if path.is_file()]
    paths += [
        path for path in (checkout.root / "data/validated").rglob("*.parquet") if path.stem in ("mission_register", "imvo_steps")
    ]
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    for path in (checkout.root / "data/validated").rglob("*.parquet"):
        if path.name in found:
            pair = [found[path.name], hashlib.sha256(path.with_suffix(".json").read_bytes()).hexdigest()]
            found[f"{path.name} and its origin"] = snapshot.digest(pair)
    for kind in (
        "annexes",
        "ledgers",
        "decisions",
    ):  # as annexes registered them, and what was decided; each is sealed with its hash
        for path in (checkout.root / ".state/cache" / kind).glob("*"):
            found[f"{kind} {path.name}"] = path.read_bytes()[:32].hex()
    return found


def test_no_public_file_holds_a_plain_hash_of_what_is_not_public(real_built):
    known = plain_hashes(real_built)
    assert {"missieregister.csv", "imvo_stappen.source.yml", "2025.yml", "imvo_steps.parquet and its origin"} <= known.keys()
    assert {name.partition(" ")[0] for name in known} >= {"annexes", "ledgers", "decisions"}
    for path in (real_built.root / "_build").rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        for name, plain in known.items():
            assert plain[:8].encode() not in content, f"{path.relative_to(real_built.root)} holds the hash of {name}"


def test_a_keyed_fingerprint_stands_where_the_hash_stood_and_public_files_keep_theirs(real_built):
    register = (real_built.root / "data/confidential/2025/missieregister.csv").read_bytes()
    known = keyed.keyed(hashlib.sha256(register).hexdigest(), str(real_built.root))
    inputs = {one["delivery"]: one["sha256"] for fact in real_built.facts().values() for one in fact["inputs"]}
    assert inputs["mission_register"] == known and known.startswith("hmac-sha256:")
    series = (real_built.root / "data/raw/2025/cbs_effect_2024.csv").read_bytes()
    assert inputs["cbs_effect"] == hashlib.sha256(series).hexdigest()
    crate = json.loads((real_built.root / "_build/ro-crate-metadata.json").read_text(encoding="utf-8"))["@graph"]
    told = {entity.get("name"): entity for entity in crate}
    assert told["data/confidential/2025/missieregister.csv"]["identifier"] == known
    assert "sha256" not in told["data/confidential/2025/missieregister.csv"]
    assert told["data/raw/2025/cbs_effect_2024.csv"]["sha256"] == inputs["cbs_effect"]
    assert known.rpartition(":")[2][:8] in (real_built.html / "book/key-figures.html").read_text(encoding="utf-8")


def test_the_same_edition_comes_out_again_byte_for_byte_in_another_folder(real_built, tmp_path):
    checkout = real_built.copied_to(tmp_path / "copy")
    verified = checkout.missions("verify", *REAL)
    assert verified.returncode == 0, verified.stderr
    assert fingerprint(checkout.root / "_build") == fingerprint(real_built.root / "_build")


def test_the_key_is_for_its_owner_alone_and_no_part_of_git_or_of_an_edition(real_built):
    path = real_built.root / keyed.KEY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = path.read_bytes().strip()
    for folder in ("_build", "data/published", "data/validated", ".state"):
        for other in (real_built.root / folder).rglob("*"):
            assert not other.is_file() or key not in other.read_bytes(), other


# --- the key itself -----------------------------------------------------------------------------------------------------
def test_a_key_is_made_at_first_need_and_stays(tmp_path):
    before = os.umask(0)
    try:
        first = keyed.keyed("a" * 64, str(tmp_path))
    finally:
        os.umask(before)
    path = tmp_path / keyed.KEY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    keyed.key.cache_clear()
    assert keyed.keyed("a" * 64, str(tmp_path)) == first != keyed.keyed("b" * 64, str(tmp_path))
    assert keyed.keyed("a" * 64, str(tmp_path / "other")) != first
    assert [one.name for one in path.parent.iterdir()] == [".key"]


def test_a_key_that_is_gone_while_a_release_used_one_is_asked_for(tmp_path):
    keyed.keyed("a" * 64, str(tmp_path))
    published = tmp_path / "data/published"
    published.mkdir()
    (published / "2025.manifest.json").write_text(json.dumps({"key": keyed.key_id(str(tmp_path))}), encoding="utf-8")
    (published / "2024.manifest.json").write_text("{", encoding="utf-8")
    (tmp_path / keyed.KEY).unlink()
    keyed.key.cache_clear()
    with pytest.raises(
        keyed.KeyProblem, match=r"data/confidential/\.key is not there, and the release of 2025 used one; put it back"
    ):
        keyed.keyed("a" * 64, str(tmp_path))
    assert not (tmp_path / keyed.KEY).exists(), "nothing is made in its place"


@pytest.mark.parametrize("content", [b"", b"abc\n", b"g" * 64, b"\xff" * 64])
def test_what_is_no_key_is_told(tmp_path, content):
    path = tmp_path / keyed.KEY
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(keyed.KeyProblem, match="is no key"):
        keyed.keyed("a" * 64, str(tmp_path))
    assert path.read_bytes() == content


def test_a_key_that_others_may_read_is_told(tmp_path):
    keyed.keyed("a" * 64, str(tmp_path))
    Path(tmp_path, keyed.KEY).chmod(0o640)
    keyed.key.cache_clear()
    with pytest.raises(keyed.KeyProblem, match="may be read by others"):
        keyed.keyed("a" * 64, str(tmp_path))
