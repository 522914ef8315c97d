"""How we reason: pure functions, tables in, estimates out. No files, no clock, no unseeded randomness.

An estimate is a table with group columns and always the same result columns (RESULT):
`value`, `low`, `high` (same unit; low and high empty where no interval is meant), the kind and level of that interval, `n`
(what it rests on) and `population_n` (what it speaks about).
"""

RESULT = ["value", "low", "high", "interval_kind", "interval_level", "n", "population_n"]
