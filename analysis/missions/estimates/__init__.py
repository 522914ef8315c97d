"""How we reason: pure functions, tables in, estimates out. No files, no clock, no unseeded randomness.

An estimate is a table with group columns and always the same five result columns:
`value`, `low`, `high` (same unit; low and high empty where no interval is meant), `n` (what it rests on) and
`population_n` (what it speaks about).
"""
