"""Real deliveries, as far as a test can have them: those of the sample as suppliers would send them, at their places."""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd

from missions.sources import sidecar
from missions.sources.delivery import SYNTHETIC_HEADER
from support.checkout import Checkout
from support.deliveries import FIELDS

REAL = ("--deliveries", "real")
PLACES = {"missieregister": "synthetisch_missieregister", "imvo_stappen": "synthetisch_imvo_stappen"}
# The countries of the sample do not exist, and real deliveries with such codes are refused.
# So with companies that do not exist, and with the sign that a delivery is synthetic.
MICRODATA = ("missieregister", "deelnames", "effectmeting", "imvo_stappen")
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


def put_all_real(checkout: Checkout, changed: Callable[[str, pd.DataFrame], pd.DataFrame]) -> None:
    """All microdata of the book, put where the year file looks for real ones. changed: of a name and its table, the table."""
    for name in MICRODATA:
        source = checkout.root / f"data/sample/2025/synthetisch_{name}.csv"
        table = pd.read_csv(source, sep=";", skiprows=1, dtype=str, keep_default_na=False).drop(columns=SYNTHETIC_HEADER)
        text = changed(name, table).to_csv(sep=";", index=False)
        for letter, country in COUNTRIES.items():
            text = text.replace(f"XA{letter}", country)
        target = checkout.root / f"data/confidential/2025/{name}.csv"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(re.sub(r"SYN(\d{6})", r"00\1", text), encoding="utf-8")
        beside = source.with_name(f"synthetisch_{name}.source.yml").read_text(encoding="utf-8")
        target.with_name(f"{name}.source.yml").write_text(beside.replace("(synthetisch)", ""), encoding="utf-8")
        checkout.reseal(f"data/confidential/2025/{name}.csv", synthetic=False, sensitivity="confidential")
