"""How questions were put in a year: direction, scale, and what the year file, the column map and the dictionary agree on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missions import sample
from missions.declared.year_file import Question, load_year
from missions.dictionary import QUESTIONS, TYPES, deliveries, variables
from missions.estimates import survey
from missions.paths import ROOT
from missions.present.words import label
from missions.sources.column_map import FOLDER, column_map
from support.deliveries import GOOD, YEAR, edited, put, read_file
from support.house import messages_of, put_year


def asked(**questions: Question):
    return replace(YEAR, questions=YEAR.questions | questions)


# --- direction and scale ---------------------------------------------------------------------------------------------
def test_a_scale_whose_lowest_number_is_the_best_is_turned_around(tmp_path):
    """1 (best) to 5: an answer of 2 stands where 4 stands on a scale whose highest is the best, as 1 + 5 - 2 = 4."""
    path = put(tmp_path, "survey_answers", edited("survey_answers", kwaliteit_matchmaking="2"))
    a_year = asked(matchmaking_quality=Question("score", (1, 5), (), highest_is_best=False))
    table, problems = read_file("survey_answers", path, a_year)
    assert problems == [] and table["matchmaking_quality"].tolist() == [4, 5]
    assert read_file.reading.turned == ["matchmaking_quality"]


def test_a_wrong_answer_on_a_turned_scale_is_told_as_it_was_delivered(tmp_path):
    path = put(tmp_path, "survey_answers", edited("survey_answers", kwaliteit_matchmaking="6"))
    a_year = asked(matchmaking_quality=Question("score", (1, 5), (), highest_is_best=False))
    _, messages = read_file("survey_answers", path, a_year)
    rule = "must lie between 1 and 5 (found: 6)"
    assert messages == [f"survey_answers.csv, row 2, column kwaliteit_matchmaking: {rule}"]


@settings(derandomize=True, deadline=None, max_examples=20)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=12))
def test_turning_a_scale_turns_the_sign_of_every_difference(tmp_path_factory, answers):
    head, row = GOOD["survey_answers"].splitlines()[:2]
    rows = [f"{n};" + row.split(";", 1)[1].replace(";4;3;weet niet;", f";{answer};3;4;") for n, answer in enumerate(answers, 1)]
    path = put(tmp_path_factory.getbasetemp(), "survey_answers", "\n".join([head, *rows]))
    plain, _ = read_file("survey_answers", path)
    turned, _ = read_file("survey_answers", path, asked(matchmaking_quality=Question("score", (1, 5), (), highest_is_best=False)))
    assert plain["matchmaking_quality"].tolist() == answers
    assert (turned["matchmaking_quality"].diff().dropna() == -plain["matchmaking_quality"].diff().dropna()).all()


def test_answers_on_an_earlier_scale_are_set_aside_and_counted(tmp_path):
    """Before 2025 another scale: 9 is no answer on 1 to 5, and not one that may be compared; a blank stays a blank."""
    content = GOOD["survey_answers"].replace("1;2025-KEN-01;eerste;8;2;", "1;2024-KEN-01;eerste;8;9;")
    path = put(tmp_path, "survey_answers", content)
    assert read_file("survey_answers", path)[0] is None
    table, problems = read_file("survey_answers", path, asked(minister_added_value=Question("score", (1, 5), (), since=2025)))
    assert problems == []
    assert table["minister_added_value"].isna().tolist() == [True, False]
    assert table["minister_added_value_no_answer"].tolist()[0] == "other_scale"
    assert read_file.reading.set_aside == {"minister_added_value": 1}


def test_the_scale_change_in_the_sample_is_an_error_until_the_year_file_declares_it(tmp_path):
    sample.write_sample(tmp_path, 1, 2025, "scale_change")
    path = tmp_path / "synthetisch_effectmeting.csv"
    _, messages = read_file("survey_answers", path, synthetic=True)
    assert any("column meerwaarde_bewindspersoon: must lie between 1 and 5" in message for message in messages)
    changed = {name: Question("score", (1, 5), (), since=2023) for name in YEAR.questions if name.startswith("minister_")}
    table, messages = read_file("survey_answers", path, asked(**changed), synthetic=True)
    assert messages == []
    years = table["mission_id"].str[:4].astype(int)
    assert table.loc[years < 2023, "minister_added_value"].isna().all()
    assert table.loc[years >= 2023, "minister_added_value"].notna().any()
    assert (table.loc[years < 2023, "minister_added_value_no_answer"] == "other_scale").sum() > 100
    assert read_file.reading.set_aside["minister_added_value"] > 100


def test_no_line_runs_over_a_change_of_scale(tmp_path):
    """What an estimate sees of the years before: no answers, so no means."""
    sample.write_sample(tmp_path, 1, 2025, "scale_change")
    changed = {name: Question("score", (1, 5), (), since=2023) for name in YEAR.questions if name.startswith("minister_")}
    answers, _ = read_file("survey_answers", tmp_path / "synthetisch_effectmeting.csv", asked(**changed), synthetic=True)
    register, _ = read_file("mission_register", tmp_path / "synthetisch_missieregister.csv", synthetic=True)
    means = survey.mission_means(answers, register, "minister_added_value", (1, 5))
    assert set(means.loc[means["n"] > 0, "year"]) == {2023, 2024, 2025}


# --- what is declared ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "question", "rule"),
    [
        ("grade", None, "is a question of this year (it has a heading in the column map) and must be declared"),
        ("weather", Question("score", (1, 5), ()), "is no question of this year (it has no heading in the column map)"),
        ("grade", Question("amount", (1, 10), ()), "must be declared as scale and best"),
        ("new_contacts_n", Question("score", (1, 10), ()), "must be declared as amount"),
        ("goal_reached", Question("score", (1, 3), ()), "must be declared as answers"),
        ("goal_reached", Question("choice", None, ("no", "yes")), "must order exactly these answers: no, partly, yes"),
    ],
)
def test_questions_that_are_declared_otherwise_than_they_are_read_are_told(house, name, question, rule):
    a_year = put_year(house)
    questions = {**a_year.questions, name: question}
    a_year = replace(a_year, questions={key: value for key, value in questions.items() if value})
    assert f"analysis/years/2025.yml, questions.{name}: {rule}" in messages_of(a_year)


def test_a_question_that_is_not_asked_in_a_year_has_no_answers_and_says_why(tmp_path, monkeypatch):
    folder = tmp_path / "columns"
    folder.mkdir()
    for path in FOLDER.glob("*.csv"):
        text = path.read_text(encoding="utf-8")
        folder.joinpath(path.name).write_text(text.replace(",nut_imvo_informatie", ","), encoding="utf-8")
    monkeypatch.setattr("missions.sources.column_map.FOLDER", folder)
    column_map.cache_clear()
    try:
        rows = [line.split(";") for line in GOOD["survey_answers"].splitlines()]
        content = "\n".join(";".join(cells[:-2] + cells[-1:]) for cells in rows)
        table, problems = read_file("survey_answers", put(tmp_path, "survey_answers", content))
        assert problems == []
        assert table["imvo_information_useful"].isna().all()
        assert set(table["imvo_information_useful_no_answer"]) == {"not_asked"}
    finally:
        column_map.cache_clear()


# --- the dictionary --------------------------------------------------------------------------------------------------
def test_every_variable_has_a_label_a_type_and_a_source_and_every_delivery_a_key():
    for name in deliveries():
        known = variables(name)
        assert any(variable.is_key for variable in known), name
        assert len({variable.name for variable in known}) == len(known)
        for variable in known:
            assert variable.label_nl and variable.source_nl and variable.type in TYPES, f"{name}: {variable.name}"


def test_every_code_has_dutch_words():
    """KeyError otherwise: a code without words would reach the page on variables as English."""
    for name, delivery in deliveries().items():
        for variable in variables(name) if delivery.is_microdata else ():
            if variable.type in ("category", "categories", "choice"):
                assert all(label(value) for value in variable.values), f"{name}: {variable.name}"
            assert label(variable.name)


def test_every_code_that_suppliers_write_is_one_of_the_dictionary_and_the_other_way_round():
    for name, delivery in deliveries().items():
        for variable, rule in zip(variables(name), column_map(name, 2025), strict=True):
            if delivery.is_microdata and variable.type in ("category", "categories", "choice"):
                assert set(rule.codes.values()) == set(variable.values), f"{name}: {variable.name}"


def test_the_list_of_the_survey_is_what_the_year_file_declares():
    questions = {variable.name for variable in variables("survey_answers") if variable.type in QUESTIONS}
    for world in ("sample", "real"):
        assert set(load_year(2025, world).questions) == questions


def test_the_page_on_variables_shows_every_variable_with_its_scale(built):
    text = (built.html / "book/method/variables.html").read_text(encoding="utf-8")
    for name, delivery in deliveries().items():
        for variable in variables(name) if delivery.is_microdata else ():
            assert f">{variable.name}</span>" in text and variable.label_nl in text, variable.name
    assert "1 tot en met 10; hoogste is het best" in text and "nee &lt; deels &lt; ja" in text
    assert (ROOT / "book/method/variables.md").read_text(encoding="utf-8").count("{variables}") == 5
