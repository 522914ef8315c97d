"""How often a judging sentence is wrong: in worlds without change, and whether a planted change is seen."""

from __future__ import annotations

import csv

import false_alarms

from missions.estimates.claim_tests import SUPPORTED

SEEDS_IN_TESTS = 20


def test_sentences_about_a_trend_seldom_cry_wolf():
    counted = false_alarms.alarms(range(1, SEEDS_IN_TESTS + 1))
    for key in false_alarms.TRENDS:
        assert 100 * counted[key] / SEEDS_IN_TESTS <= false_alarms.at_most(SEEDS_IN_TESTS), key


def test_the_published_table_holds_for_all_its_worlds():
    with false_alarms.TABLE.open(encoding="utf-8", newline="") as file:
        headings, *lines = csv.reader(file)
    assert len(lines) == len(false_alarms.TRENDS) and len(headings) == len(lines[0])
    for _, worlds, alarms, *_ in ((line[0], int(line[1]), int(line[2])) for line in lines):
        assert worlds == false_alarms.SEEDS and 100 * alarms / worlds <= false_alarms.at_most(worlds)


def test_the_base_world_carries_them_most_of_the_time():
    found = [false_alarms.verdicts(seed, "base") for seed in range(1, 11)]
    carried = sum(one["valuation_again_lower"] == SUPPORTED for one in found)
    assert carried >= 6, f"{carried} of 10: a planted fall must be seen more often than not"
    assert false_alarms.verdicts(3, "null")["valuation_again_lower"] != SUPPORTED, "and none where none is planted"
