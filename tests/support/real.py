"""Real deliveries, as far as a test can have them: confidential, at their places, of a year that a tiny book can be built of."""

from __future__ import annotations

from missions.sources import sidecar
from support.checkout import Checkout
from support.deliveries import FIELDS, GOOD

PLACES = {"mission_register": "missieregister", "imvo_steps": "imvo_stappen"}


def put_real(checkout: Checkout) -> None:
    """The deliveries that the tiny book rests on, put where the year file looks for real ones."""
    folder = checkout.root / "data/confidential/2025"
    folder.mkdir(parents=True)
    for name, stem in PLACES.items():
        path = folder / f"{stem}.csv"
        path.write_text(GOOD[name], encoding="utf-8")
        sidecar.write_sidecar(path, **FIELDS | {"sensitivity": "confidential", "title": f"Levering {stem}"})
