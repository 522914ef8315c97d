"""Real deliveries, as far as a test can have them: those of the sample as suppliers would send them, at their places."""

from __future__ import annotations

from missions.sources import sidecar
from support.checkout import Checkout
from support.deliveries import FIELDS

REAL = ("--deliveries", "real")
PLACES = {"missieregister": "synthetisch_missieregister", "imvo_stappen": "synthetisch_imvo_stappen"}
# The countries of the sample do not exist, and real deliveries with such codes are refused.
COUNTRIES = dict(zip("ABCDEFGHIJK", ("KEN", "UGA", "JPN", "PER", "USA", "FRA", "IND", "VNM", "BRA", "CAN", "AUS"), strict=True))


def put_real(checkout: Checkout) -> None:
    """The deliveries that the tiny book rests on, put where the year file looks for real ones."""
    folder = checkout.root / "data/confidential/2025"
    folder.mkdir(parents=True)
    for stem, sample in PLACES.items():
        text = (checkout.root / f"data/sample/2025/{sample}.csv").read_text(encoding="utf-8")
        for letter, country in COUNTRIES.items():
            text = text.replace(f"XA{letter}", country)
        path = folder / f"{stem}.csv"
        # Without the line and the column that say so of synthetic deliveries.
        path.write_text("".join(line.rpartition(";")[0] + "\n" for line in text.splitlines()[1:]), encoding="utf-8")
        sidecar.write_sidecar(path, **FIELDS | {"sensitivity": "confidential", "title": f"Levering {stem}"})
    redacted = checkout.root / "data/confidential/redacted/2025.yml"
    redacted.parent.mkdir()
    redacted.write_text("contact: Iemand\n", encoding="utf-8")
