"""Our extension in other forms: its parts in another order, without the room that only makes it faster."""

from __future__ import annotations

import ast
import re
import shutil

import pytest

from missions.paths import ROOT
from missions_book import events
from support.checkout import edit
from support.jupyter_book import edition, made_beside

EXTENSION = "book/_ext/missions_book"
SHUFFLED = "import random\nPARTS = tuple(random.Random({seed}).sample(PARTS, len(PARTS)))\n"


@pytest.mark.parametrize(
    "order",
    [
        "PARTS = PARTS[::-1]\n",
        SHUFFLED.format(seed=1),
        *(pytest.param(SHUFFLED.format(seed=seed), marks=pytest.mark.long) for seed in range(2, 6)),
    ],
)
def test_the_site_is_the_same_in_whatever_order_the_parts_are_set_up(workshop, order):
    with (workshop.root / EXTENSION / "parts.py").open("a", encoding="utf-8") as file:
        file.write(order)
    assert made_beside(workshop) == edition(workshop)


def test_the_site_is_the_same_without_the_room_that_makes_it_faster(workshop):
    shutil.rmtree(workshop.root / EXTENSION / "speed")
    edit(workshop.root / EXTENSION / "parts.py", "from .speed import figure_numbers, running, side_by_side\n", "")
    edit(workshop.root / EXTENSION / "parts.py", "figure_numbers, running, side_by_side", "")
    assert made_beside(workshop) == edition(workshop)


def test_every_number_of_an_event_stands_in_the_table_and_is_used_once():
    """Also that none has the number of another: which of the two comes first would be an accident."""
    used = []
    for path in sorted((ROOT / EXTENSION).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", None) == "connect":
                used += [ast.unparse(word.value) for word in node.keywords if word.arg == "priority"]
                assert len(node.args) == 2, f"{path}: a number without its word"
    named = {name for name in vars(events) if name.isupper()}
    assert sorted(used) == sorted(f"events.{name}" for name in named)
    for part in re.split(r"(?m)^# ", (ROOT / EXTENSION / "events.py").read_text(encoding="utf-8"))[1:]:
        numbers = re.findall(r"(?m)^[A-Z_]+ = (\d+)  # \w+", part)
        assert numbers and len(set(numbers)) == part.count(" = "), f"{part}: two share a number, or one has no reason"
