"""Disclosure control: nothing leaves an annex but drafts, and one decision over all of them says what of it is shown.

PRIVACY: companies were promised anonymity. An annex registers what it would show (`draft`, `derived`, `on_record`); after all
annexes the decision (decision.py) withholds what could tell of single companies, over everything together; only then a page is
written.
"""

from .draft import PUBLISHED, SUPPRESSED, DisclosureError, Draft, Released, derived, draft, on_record

__all__ = ["PUBLISHED", "SUPPRESSED", "DisclosureError", "Draft", "Released", "derived", "draft", "on_record"]
