"""How steps run: warm processes, the guard, results by key. Knows nothing of missions."""
