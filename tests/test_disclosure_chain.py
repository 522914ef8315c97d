"""The IMVO chain: no small count, no small drop, and no withheld cell that the rest of the table gives back."""

from __future__ import annotations

import itertools

import pandas as pd
import pytest

from missions.disclosure import SUPPRESSED, release_chain
from support.small_tables import delivery


def chain(parts: dict[str, list[int]]) -> pd.DataFrame:
    """Rows per part and step, with the total over parts."""
    columns = parts | {"total": [sum(step) for step in zip(*parts.values(), strict=True)]}
    return pd.DataFrame(
        [
            {"step": f"s{number}", "part": part, "value": float(n), "n": n, "population_n": counts[0]}
            for part, counts in columns.items()
            for number, n in enumerate(counts)
        ]
    )


def shown(parts: dict[str, list[int]], threshold: int = 10) -> dict[str, list[int | None]]:
    """Per part the counts that a reader sees; None where withheld."""
    rules = {"step": "step", "part": "part", "total": "total", "inputs": [delivery()], "threshold": threshold}
    table = release_chain(chain(parts), **rules).table
    assert ((table["status"] == SUPPRESSED) == table["n"].isna()).all()
    return {part: [None if pd.isna(n) else int(n) for n in rows["n"]] for part, rows in table.groupby("part")}


@pytest.mark.parametrize(
    ("a", "b", "seen_a", "seen_b", "seen_total"),
    [
        # 60 -> 50 and 40 -> 20: every count and every drop is at least ten.
        ([60, 50], [40, 20], [60, 50], [40, 20], [100, 70]),
        # 8 companies of b: its count goes, and a's too, or 70 - 62 would give it back.
        ([62, 62], [30, 8], [62, None], [30, None], [92, 70]),
        # Five dropped out of a: the drop is a count of its own.
        ([60, 55], [40, 20], [60, None], [40, None], [100, 75]),
        # Nobody reached the last step: a public zero, for all or for none.
        ([60, 0], [40, 0], [60, 0], [40, 0], [100, 0]),
        ([60, 0], [40, 20], [60, None], [40, None], [100, 20]),
        # The total itself drops by seven: nothing of that step is shown.
        ([7, 0], [40, 40], [None, None], [None, None], [47, None]),
        # A drop is measured from the last step that is shown: 60 - 55 is five, also two steps later.
        ([60, 55, 55], [40, 20, 20], [60, None, None], [40, None, None], [100, 75, 75]),
        ([60, 59, 49], [40, 20, 10], [60, None, 49], [40, None, 10], [100, 79, 59]),
    ],
)
def test_worked_examples(a, b, seen_a, seen_b, seen_total):
    assert shown({"a": a, "b": b}) == {"a": seen_a, "b": seen_b, "total": seen_total}


def test_the_population_is_as_public_as_the_first_step():
    rules = {"step": "step", "part": "part", "total": "total", "inputs": [delivery()], "threshold": 10}
    table = release_chain(chain({"a": [60, 40], "b": [7, 0]}), **rules).table
    assert table.loc[table["part"] != "total", "population_n"].isna().all()
    assert table.loc[table["part"] == "total", "population_n"].tolist() == [67, 67]


@pytest.mark.parametrize("broken", [{"a": [20, 30]}, {"a": [20, 10], "b": [30, 40]}])
def test_a_chain_that_grows_is_an_error(broken):
    with pytest.raises(ValueError, match="may not grow"):
        shown(broken)


def fits(pair: tuple[int, ...], seen: list[int | None]) -> bool:
    return all(known is None or known == n for n, known in zip(pair, seen, strict=True))


def test_an_attacker_cannot_find_a_withheld_count():
    """All chains of two parts and two steps, counts 0 to 6, threshold 3. The attacker tries every chain that fits what is shown:
    parts add up to the total, no step grows. A withheld count must keep at least two possible values."""
    threshold, limit = 3, 6
    chains = [pair for pair in itertools.product(range(limit + 1), repeat=2) if pair[1] <= pair[0]]
    views = {}
    for a, b in itertools.product(chains, chains):
        view = shown({"a": list(a), "b": list(b)}, threshold)
        views[tuple((part, tuple(counts)) for part, counts in sorted(view.items()))] = view
    withheld = 0
    # The attacker does not know that no count exceeds `limit`: give him a little room above it.
    candidates = [pair for pair in itertools.product(range(2 * limit + 3), repeat=2) if pair[1] <= pair[0]]
    for view in views.values():
        of_a = [pair for pair in candidates if fits(pair, view["a"])]
        of_b = [pair for pair in candidates if fits(pair, view["b"])]
        possible = [
            (a, b)
            for a, b in itertools.product(of_a, of_b)
            if fits(tuple(x + y for x, y in zip(a, b, strict=True)), view["total"])
        ]
        assert possible
        for position, part in enumerate(("a", "b")):
            for step in (0, 1):
                if view[part][step] is None:
                    withheld += 1
                    assert len({pair[position][step] for pair in possible}) > 1, view
    assert withheld > 100
