"""Synthetic deliveries with a known truth, so that anyone can build the publication without confidential data.

TRAP: the truth is far from every figure of the public record on purpose, and its countries (XAA, XAB, ...) and companies
(SYN000001, ...) do not exist, so that no synthetic figure can pass for a finding about a real mission.

truth.py holds what is planted, firms.py to trade.py one table each, write.py the files as suppliers would send them.
"""

from .generator import Sample, generate
from .truth import DEFAULT_SEED, SCENARIOS, Truth
from .write import FILES, write_sample

__all__ = ["DEFAULT_SEED", "FILES", "SCENARIOS", "Sample", "Truth", "generate", "write_sample"]
