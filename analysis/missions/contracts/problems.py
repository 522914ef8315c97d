"""What is wrong in a delivery, in the words of the file that was delivered."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

SHOWN = 20  # problems of one kind that are told one by one; the rest is counted


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong. row: as the program shows it that the file belongs to (line, Excel row, case, record)."""

    file: str
    row: int | None
    column: str | None
    rule: str
    value: str | None = None

    def __str__(self) -> str:
        row, column = ("line ", "") if self.file.endswith(".yml") else ("row ", "column ")  # a file of ours has keys
        place = [self.file]
        if self.row is not None:
            place.append(f"{row}{self.row}")
        if self.column is not None:
            place.append(f"{column}{self.column}")
        found = "" if self.value is None else f" (found: {self.value})"
        return f"{', '.join(place)}: {self.rule}{found}"


class DeliveryError(ValueError):
    """Deliveries that broke a rule; `problems` holds all of them, not just the first."""

    def __init__(self, problems: list[Problem]):
        self.problems = in_order(problems)
        super().__init__("\n".join(told(self.problems)))


def in_order(problems: list[Problem]) -> list[Problem]:
    """By file, row and column, each once."""
    return sorted(set(problems), key=lambda p: (p.file, p.row or 0, p.column or "", p.rule, p.value or ""))


def told(problems: list[Problem]) -> list[str]:
    """A line per problem; of one rule that breaks in very many rows of a column the first ones, and how many more there are."""
    lines, seen = [], defaultdict(int)
    for problem in problems:
        kind = (problem.file, problem.column, problem.rule)
        seen[kind] += 1
        if seen[kind] <= SHOWN:
            lines.append(str(problem))
    for (file, column, rule), count in seen.items():
        if count > SHOWN:
            lines.append(f"{Problem(file, None, column, rule)} (in {count - SHOWN} more rows)")
    return lines
