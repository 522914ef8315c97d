"""Releases that hang together: an edited record or manifest, wherever it stands, is told by file and figure."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from missions import chain, published
from missions.desk import manifest
from missions.machine import cache
from missions.published import SCHEMA, PublishedError

ABOUT = {"schema": SCHEMA, "edition": "public", "released_on": "2026-05-01", "version": "1.0.0"}


def record(year: int, **parts) -> dict:
    facts = [{"key": "effect_mean_grade", "value": 7.9, "text": "7,9"}, {"key": "imvo_talk_n", "value": 12, "text": "12"}]
    tables = {"Bijlage effectmeting": {"Cijfer per missie": {"Kenia > Gemiddelde": "7,9"}}}
    content = {"facts": facts, "claims": [], "tables": tables, "sentences": {"Brief": ["Het cijfer is 7,9."]}}
    return ABOUT | {"year": year, "deliveries": "sample"} | content | parts


def release(year: int, **parts) -> Path:
    """A release with its manifest, at the end of the chain."""
    path = published.published_path(year, "sample")
    cache.write_whole(path, manifest.as_text(record(year, **parts)))
    manifest.write(year, "sample", files={"html/index.html": "a" * 64}, about={"commit": ""})
    return path


@pytest.fixture
def three(house) -> list[Path]:
    """Three releases; the year in the middle was released last."""
    return [release(year) for year in (2023, 2025, 2024)]


def edited(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def refused() -> str:
    with pytest.raises(PublishedError) as error:
        chain.require_whole()
    return str(error.value)


def test_releases_as_they_were_written_are_a_chain(three):
    chain.require_whole()
    manifests = {year: chain.read_manifest(chain.manifest_path(year, "sample")) for year in (2023, 2024, 2025)}
    assert [manifests[year]["number"] for year in (2023, 2025, 2024)] == [1, 2, 3]
    assert manifests[2023]["previous"] is None
    assert manifests[2024]["previous"] == chain.sha256_of(chain.manifest_path(2025, "sample"))


@pytest.mark.parametrize(
    ("old", "new", "figure"),
    [
        ('"value": 7.9', '"value": 8.9', "fact effect_mean_grade"),
        ('"Kenia > Gemiddelde": "7,9"', '"Kenia > Gemiddelde": "9,9"', "cell Bijlage effectmeting > Cijfer per missie > Kenia"),
        ("Het cijfer is 7,9.", "Het cijfer is 9,7.", "sentence 1 of Brief"),
        ('"version": "1.0.0"', '"version": "1.0.1"', "version"),
        ('\n "year"', '\n  "year"', "its layout"),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_edited_record_is_told_by_file_and_figure(three, place, old, new, figure):
    edited(three[place], old, new)
    told = refused()
    assert published.shown(three[place]) in told and figure in told and "take it back from git" in told
    assert told.count("\n") == 0, "one sentence"


def test_an_edited_manifest_is_told_by_file_and_figure(three):
    path = chain.manifest_path(2025, "sample")
    known = json.loads(path.read_text(encoding="utf-8"))["figures"]["fact imvo_talk_n"]
    edited(path, known, "0" * len(known))
    told = refused()
    assert "data/published/sample/2025.manifest.json: was edited" in told and "fact imvo_talk_n" in told
    assert "effect_mean_grade" not in told


def test_a_record_and_manifest_that_were_forged_together_do_not_fit_the_next_one(three):
    """Who makes both anew, as this program does, still has the manifest that came after against him."""
    edited(three[1], '"value": 7.9', '"value": 8.9')
    path = chain.manifest_path(2025, "sample")
    forged = json.loads(path.read_text(encoding="utf-8"))
    forged |= {"record": chain.sha256_of(three[1]), "figures": chain.figures_of(json.loads(three[1].read_bytes()))}
    path.write_bytes(manifest.as_text(manifest.sealed(forged)))
    told = refused()
    assert "2025.manifest.json is not the one that data/published/sample/2024.manifest.json follows" in told


def test_a_release_that_is_gone_is_told(three):
    three[1].unlink()
    assert "data/published/sample/2025.json: is gone" in refused()
    chain.manifest_path(2025, "sample").unlink()
    assert "2024.manifest.json: is number 3 of the releases, and number 2 is not there" in refused()


def test_a_record_without_a_manifest_waits_for_one(three):
    chain.manifest_path(2024, "sample").unlink()
    told = refused()
    assert "data/published/sample/2024.json: has no manifest" in told and "missions freeze --migrate --year 2024" in told


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "is not JSON"),
        (b"[]", "is no manifest"),
        (b'{"schema": 9}', f"is of schema 9, and this program reads {SCHEMA}; read it with the version that wrote it"),
        (b"\xff\xfe", "is not JSON"),
    ],
)
def test_a_manifest_that_is_none_or_of_another_schema_is_told(three, content, words):
    chain.manifest_path(2024, "sample").write_bytes(content)
    told = refused()
    assert "data/published/sample/2024.manifest.json: " in told and words in told and told.count("\n") == 0


def test_a_record_of_another_schema_is_told(three):
    three[2].write_text(json.dumps(record(2024, schema=9)), encoding="utf-8")
    told = f"is of schema 9, and this program reads {SCHEMA}; read it with the version that wrote it"
    with pytest.raises(PublishedError, match=told):
        published.load_published(2024, "sample")


# --- signatures, by the program that makes them ------------------------------------------------------------------------
def key_pair(folder: Path, name: str) -> tuple[Path, str]:
    """A new key without a passphrase, and the line that lets it sign for a role."""
    path = folder / name
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", path], check=True)
    return path, f'{name} namespaces="missions-release" {path.with_suffix(".pub").read_text(encoding="utf-8").strip()}\n'


@pytest.fixture
def signers(house, tmp_path_factory) -> tuple[Path, Path]:
    """The keys of a director, who may sign, and of a stranger."""
    keys = tmp_path_factory.mktemp("keys")
    director, line = key_pair(keys, "director")
    stranger, _ = key_pair(keys, "stranger")
    path = house / chain.SIGNERS
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(line, encoding="utf-8")
    return director, stranger


def sign(year: int, key: Path) -> Path:
    cache.write_whole(published.published_path(year, "sample"), manifest.as_text(record(year)))
    return manifest.write(year, "sample", files={}, about={}, key=key)


def test_a_signed_release_is_known_as_signed_and_any_change_of_it_is_told(signers):
    path = sign(2025, signers[0])
    chain.require_whole()
    assert chain.signature_path(path).is_file()
    manifests = path.read_bytes()
    path.write_bytes(manifest.as_text(manifest.sealed(json.loads(manifests) | {"files": {"pdf/x.pdf": "b" * 64}})))
    assert "2025.manifest.json: its signature does not fit" in refused()
    path.write_bytes(manifests)
    chain.signature_path(path).unlink()
    assert "2025.manifest.json: was signed, and its signature is gone" in refused()


def test_who_is_not_among_the_signers_does_not_sign(signers, house):
    with pytest.raises(PublishedError, match="data/published/signers has no line for it"):
        sign(2025, signers[1])
    assert not chain.manifest_path(2025, "sample").exists()
    assert not list((house / "data/published/sample").glob("*.sig"))


def test_a_signature_of_whom_may_not_sign_any_more_is_told(signers, house):
    sign(2025, signers[0])
    (house / chain.SIGNERS).write_text(key_pair(signers[0].parent, "another")[1], encoding="utf-8")
    assert "2025.manifest.json: its signature does not fit, or is of nobody in data/published/signers" in refused()


def test_without_the_program_that_checks_signatures_it_says_what_to_install(signers, monkeypatch):
    sign(2025, signers[0])
    monkeypatch.setenv("PATH", "")
    assert "ssh-keygen is not here: install openssh-client" in refused()
