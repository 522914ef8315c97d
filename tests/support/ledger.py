"""The rows that the annexes publish about one synthetic world, and what the rule per table withholds of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import pandas as pd

from missions import sample
from missions.disclosure import counted
from missions.disclosure.cells import Cell, Row, population
from missions.estimates import effect, imvo, nonresponse, register, shares, survey
from support.per_table import withheld, withheld_of_chain

YEAR, FIRST_YEAR, THRESHOLD, CONFIDENCE = 2025, 2021, 10, 0.95
OF_YEAR = (
    "matchmaking_quality", "networking_enough", "networking_effective", "organisation_quality", "preparation_useful",
    "information_beforehand", "imvo_information_useful",
)  # fmt: skip
_MINISTER = ("added_value", "interaction", "informed", "role_known", "visible", "programme")
SCALES = {"grade": (1, 10), **dict.fromkeys((*(f"minister_{name}" for name in _MINISTER), *OF_YEAR), (1, 5))}
REVENUE = ("no_revenue", "under_50k", "from_50k_to_250k", "from_250k_to_1m", "over_1m")
_NO_ANSWER = ("", "n.v.t.", "weet niet")


@dataclass(frozen=True)
class Ledger:
    """rows: all of one edition. today: keys of rows that the rule per table withholds. tables: the deliveries, typed."""

    rows: tuple[Row, ...]
    today: frozenset[str]
    tables: Mapping[str, pd.DataFrame]


def typed(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Register, answers and steps of a sample as they come from the store."""
    answers = tables["survey_answers"].copy()
    for column in answers.columns.difference(["answer_id", "mission_id", "wave"]):
        given = answers[column].astype(str)
        answers[column] = given.where(~given.isin([*_NO_ANSWER, "nan", "<NA>", "None"]), None)
    for question in (*SCALES, "serious_leads_n"):
        answers[question] = pd.to_numeric(answers[question], errors="coerce").astype("Int64")
    years = answers["mission_id"].str[:4]
    for question in SCALES:
        on_old_scale = years.isin(years[answers[question].gt(SCALES[question][1]).fillna(False)])
        answers[question] = answers[question].mask(on_old_scale)  # answers on another scale are set aside, as the store does
    roster = tables["mission_register"].copy()
    roster["start_on"] = pd.to_datetime(roster["start_on"])
    steps = tables["imvo_steps"].copy()
    return {"mission_register": roster, "survey_answers": answers, "imvo_steps": steps}


@cache
def ledger(seed: int, scenario: str = "base") -> Ledger:
    return of_tables(typed(sample.generate(seed, YEAR, scenario).tables))


def _none(value: object) -> float | None:
    return None if pd.isna(value) else float(value)


def _sides(shares_in_percent: pd.DataFrame) -> pd.Series:
    """Answers on the smaller side of each share, about."""
    share = shares_in_percent["value"].astype(float) / 100
    return (pd.concat([share, 1 - share], axis=1).min(axis=1) * shares_in_percent["n"].astype(float)).round(6)


class _Builder:
    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        self.answers, self.roster, self.steps = (tables[n] for n in ("survey_answers", "mission_register", "imvo_steps"))
        self.rows: list[Row] = []
        self.today: set[str] = set()

    def ids(self, roster: pd.DataFrame) -> list[str]:
        return sorted(roster["mission_id"])

    def note(self, table: pd.DataFrame, keys: pd.Series, **rule: object) -> None:
        self.today |= set(keys[withheld(table.reset_index(drop=True), THRESHOLD, **rule).to_numpy()])

    def add(self, key: str, *cells: Cell, **about: object) -> None:
        self.rows.append(Row(key, cells, annex="a test", **about))

    def mean(self, question: str, missions: list[str], row: Mapping, weights: str = "invited", **where: object) -> Cell:
        answered = population("forms", missions, **{question: None}, **where)
        low, high = _none(row["low"]), _none(row["high"])
        return Cell("mean", answered, None, question, weights, _none(row["value"]), low, high, 0.1, 0.1, SCALES[question])

    def n(self, question: str, missions: list[str], **where: object) -> Cell:
        return self.count(population("forms", missions, **{question: None}, **where))

    def count(self, found) -> Cell:
        return Cell("count", found, value=None)

    # What each annex shows.

    def overview(self) -> None:
        sizes = register.mission_sizes(self.roster, YEAR)
        keys = "register/companies/" + sizes["mission_id"]
        self.note(sizes, keys, adds_up_within=[])
        for key, mission in zip(keys, sizes["mission_id"], strict=True):
            self.add(key, self.count(population("companies", [mission])))
        totals = register.totals(self.roster, YEAR)
        missions = list(sizes["mission_id"])
        totals = totals[totals["measure"] != "missions_n"].reset_index(drop=True)
        sides = _sides(totals).where(totals["measure"] == "independent_sme_share", totals["value"])
        self.note(totals.assign(smallest_n=sides), "register/total/" + totals["measure"], n="smallest_n")
        for measure in register.COUNTS:
            unit = measure.removesuffix("_n")
            self.add(f"register/total/{measure}", self.count(population(unit, missions)), headline=True)
        share = Cell(
            "share", population("independent_sme", missions), population("companies", missions),
            value=_none(totals.set_index("measure")["value"]["independent_sme_share"]), step=1.0,
        )  # fmt: skip
        self.add("register/total/independent_sme_share", share, headline=True)

    def effect(self) -> None:
        compared = register.since(self.roster, FIRST_YEAR)
        response = survey.response(self.answers, compared)
        self.note(response, "effect/response/" + response["year"].astype(str))
        years = compared["start_on"].dt.year
        means = survey.every_year(survey.year_means(self.answers, compared, "grade", SCALES["grade"], CONFIDENCE), compared)
        self.note(means, "effect/grade/" + means["year"].astype(str))
        worst = survey.every_year(nonresponse.worst_case(self.answers, compared, "grade", SCALES["grade"]), compared)
        for year in sorted(years.unique()):
            missions = self.ids(compared[years == year])
            forms, invited = population("forms", missions), population("invited", missions)
            value = _none(response.set_index("year")["value"][year])
            share = Cell("share", forms, invited, value=value, step=1.0)
            self.add(f"effect/response/{year}", share, self.count(forms), self.count(invited), headline=year == YEAR)
            row = means.set_index("year").loc[year]
            cells = [self.mean("grade", missions, row), self.n("grade", missions)]
            self.add(f"effect/grade/{year}", *cells, headline=year == YEAR)
            if year == YEAR:
                row = worst.set_index("year").loc[year]
                bounds = counted.bounds("grade", SCALES["grade"])(row, tuple(missions))
                if not bounds:  # nobody answered: there is nothing to show
                    continue
                self.add("effect/worst_case", *bounds, headline=True)
                self.today |= {"effect/worst_case"} if f"effect/grade/{year}" in self.today else set()
        of_year = compared[years == YEAR]
        self._ways(of_year)
        self._waves(of_year)
        self.add("effect/trend/grade", Cell("rests_on", population("forms", self.ids(compared), grade=None)))

    def _ways(self, of_year: pd.DataFrame) -> None:
        two = nonresponse.two_ways(self.answers, of_year, "grade", SCALES["grade"], YEAR, CONFIDENCE)
        two["counts_once"] = two["counts_once"].astype(str)
        self.note(two, "effect/ways/" + two["counts_once"])
        row = two.set_index("counts_once").loc["missions"]
        self.add("effect/ways/missions", self.mean("grade", self.ids(of_year), row, "missions"))
        self.today.discard("effect/ways/participations")

    def _waves(self, of_year: pd.DataFrame) -> None:
        table = effect.waves(self.answers, of_year, "grade", SCALES["grade"], YEAR, CONFIDENCE)
        table = table.assign(smallest_n=table["n"].min())
        self.note(table, "effect/waves/" + table["wave"], n="smallest_n")
        given = self.answers.dropna(subset="grade")
        by_wave = {wave: set(given.loc[given["wave"] == wave, "mission_id"]) for wave in ("first", "reminder")}
        heard = sorted(by_wave["first"] & by_wave["reminder"] & set(of_year["mission_id"]))
        for wave in by_wave if heard else ():
            row = table.set_index("wave").loc[wave]
            self.add(f"effect/waves/{wave}", self.mean("grade", heard, row, wave=[wave]), self.n("grade", heard, wave=[wave]))
        if heard:
            both = population("forms", heard, grade=None)
            parents = ("effect/waves/first", "effect/waves/reminder")
            self.add("effect/waves/difference", Cell("rests_on", both), parents=parents)

    def per_mission(self) -> None:
        table = survey.questions_per_mission(self.answers, self.roster, SCALES, YEAR, CONFIDENCE)
        keys = "mission/" + table["question"] + "/" + table["mission_id"]
        hidden = withheld(table, THRESHOLD, adds_up_within=["question"])
        led = set(register.led_by_minister(self.roster)["mission_id"])
        for key, row, is_hidden in zip(keys, table.to_dict("records"), hidden, strict=True):
            question, mission = row["question"], row["mission_id"]
            if question.startswith("minister_") and mission not in led:
                continue
            if is_hidden:
                self.today.add(key)
            cells = [self.mean(question, [mission], row, "answers"), self.n(question, [mission])]
            self.add(key, *cells, self.count(population("invited", [mission])))

    def of_the_year(self) -> None:
        of_year = self.roster[self.roster["start_on"].dt.year == YEAR]
        led = register.led_by_minister(of_year)
        for asked_of, questions in ((of_year, OF_YEAR), (led, [q for q in SCALES if q.startswith("minister_")][1:])):
            asked = {question: SCALES[question] for question in questions}
            table = survey.questions_of_year(self.answers, asked_of, asked, YEAR, CONFIDENCE)
            self.note(table, "year/" + table["question"])
            for row in table.to_dict("records"):
                question, missions = row["question"], self.ids(asked_of)
                self.add(f"year/{question}", self.mean(question, missions, row), self.n(question, missions), headline=True)
        every = register.led_by_minister(register.since(self.roster, FIRST_YEAR))
        question = "minister_added_value"
        means = survey.every_year(survey.year_means(self.answers, every, question, SCALES[question], CONFIDENCE), every)
        self.note(means, "valuation/year/" + means["year"].astype(str))
        for row in means.to_dict("records"):
            missions = self.ids(every[every["start_on"].dt.year == row["year"]])
            cells = [self.mean(question, missions, row), self.n(question, missions)]
            self.add(f"valuation/year/{row['year']}", *cells, headline=row["year"] == YEAR)
        spread = survey.answer_classes(self.answers, led, question, SCALES[question])
        self.note(spread, "valuation/spread/" + spread["answer"], adds_up_within=[])
        classes = {"low_answers": ["1", "2"], "middle_answers": ["3"], "high_answers": ["4", "5"]}
        for row in spread.to_dict("records"):
            self._class(f"valuation/spread/{row['answer']}", question, classes[row["answer"]], self.ids(led), row)
        led_forms = population("forms", self.ids(led))
        answered = population("forms", self.ids(led), minister_added_value=None)
        value = 100 - 100 * self._size(answered) / max(self._size(led_forms), 1)
        share = Cell("share", answered, led_forms, value=100 - value, step=1.0)
        self.add("valuation/answered", share, self.count(led_forms))
        sides = min(self._size(answered), self._size(led_forms) - self._size(answered))
        self.today |= {"valuation/answered"} if sides < THRESHOLD else set()
        self._reported(of_year)

    def _size(self, found) -> int:
        rows = self.answers[self.answers["mission_id"].isin(found.missions)]
        return int(rows[[column for column, _ in found.where]].notna().all(axis=1).sum()) if found.where else len(rows)

    def _class(self, key: str, question: str, values: list[str], missions: list[str], row: Mapping) -> None:
        inside, of = population("forms", missions, **{question: values}), population("forms", missions, **{question: None})
        self.add(key, Cell("share", inside, of, value=_none(row["value"]), step=1.0), self.count(inside), self.count(of))

    def _reported(self, of_year: pd.DataFrame) -> None:
        missions = self.ids(of_year)
        table = shares.answer_distribution(self.answers, of_year, "expected_revenue_class", REVENUE)
        self.note(table, "year/revenue/" + table["answer"], adds_up_within=[])
        for row in table.to_dict("records"):
            self._class(f"year/revenue/{row['answer']}", "expected_revenue_class", [row["answer"]], missions, row)
        goals = effect.reached_by_goal(self.answers, self.roster, YEAR, CONFIDENCE)
        self.note(goals.assign(smallest_n=_sides(goals)), "year/goal/" + goals["question"], n="smallest_n")
        for row in goals.to_dict("records"):
            goal = row["question"]
            where = {} if goal == effect.ANY_GOAL else {goal: ["yes"]}
            inside = population("forms", missions, goal_reached=["yes"], **where)
            of = population("forms", missions, goal_reached=None, **where)
            cell = Cell("share", inside, of, weights="invited", value=_none(row["value"]), step=1.0)
            self.add(f"year/goal/{goal}", cell, self.count(of), headline=goal == effect.ANY_GOAL)
        reported = effect.reported(self.answers, self.roster, YEAR, CONFIDENCE)
        sides = reported.assign(smallest_n=_sides(reported))
        self.note(sides, "year/reported/" + reported["question"], n="smallest_n")
        for row in reported.to_dict("records"):
            name = row["question"]
            if name not in ("contract_signed", "own_follow_up"):
                self.today.discard(f"year/reported/{name}")
                continue
            inside, of = population("forms", missions, **{name: ["yes"]}), population("forms", missions, **{name: None})
            cell = Cell("share", inside, of, weights="invited", value=_none(row["value"]), step=1.0)
            self.add(f"year/reported/{name}", cell, self.count(of), headline=name == "contract_signed")

    def chain(self) -> None:
        table = imvo.chain(self.steps, self.roster)
        hidden = withheld_of_chain(table, THRESHOLD, step="step", part="regime", total=imvo.TOTAL)
        regimes = self.roster.set_index("mission_id")["imvo_regime"]
        everybody = sorted(set(self.steps["mission_id"]))
        for row, is_hidden in zip(table.to_dict("records"), hidden, strict=True):
            regime, step = row["regime"], row["step"]
            missions = everybody if regime == imvo.TOTAL else [m for m in everybody if regimes[m] == regime]
            where = {} if step == "participations" else {step: ["True"]}
            key = f"imvo/{regime}/{step}"
            if is_hidden:
                self.today.add(key)
            about = {"headline": True} if regime == imvo.TOTAL else {"promise": "not per mission"}
            self.add(key, self.count(population("participations", missions, **where)), **about)


def of_tables(tables: Mapping[str, pd.DataFrame]) -> Ledger:
    """All rows of one edition, with the values of the counts filled in from the deliveries."""
    from missions.disclosure.world import build

    builder = _Builder(tables)
    builder.overview()
    builder.effect()
    builder.per_mission()
    builder.of_the_year()
    builder.chain()
    world = build(builder.rows, tables)
    rows = []
    for row in builder.rows:
        cells = [replace(cell, value=float(world.size(cell.population))) if cell.kind == "count" else cell for cell in row.cells]
        rows.append(replace(row, cells=tuple(cells)))
    return Ledger(tuple(rows), frozenset(builder.today), tables)
