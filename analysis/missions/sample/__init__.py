"""Synthetic deliveries with a known truth, so that anyone can build the publication without confidential data.

Base lies near the public record (a mean grade of about 8, a valuation that falls, a handful of talks), so that withholding,
tests and verdicts show what they would do with real data. TRAP: it proves nothing about the record. No effect that CBS published
is imitated, and countries (XAA, XAB, ...) and companies (SYN000001, ...) do not exist, so that no synthetic figure can pass for a
finding.

truth.py holds what can be planted, scenarios.py what is, firms.py to trade.py one table each, write.py the files as suppliers
would send them.
"""

from .generator import Sample, generate
from .scenarios import SCENARIOS
from .truth import DEFAULT_SEED, Truth
from .write import FILES, write_sample

__all__ = ["DEFAULT_SEED", "FILES", "SCENARIOS", "Sample", "Truth", "generate", "write_sample"]
