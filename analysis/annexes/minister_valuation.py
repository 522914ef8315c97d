# %% [markdown]
# # Bijlage waardering: de rol van de bewindspersoon
#
# De waardering van de meerwaarde van de bewindspersoon is {claim}`opnieuw lager dan in eerdere jaren <valuation_again_lower>`.
# Cijfers daarover geeft de beslisnota niet.
#
# {setting}`in_the_data` is de waardering {fact}`valuation_added_value_score`, tegen {fact}`valuation_added_value_first_score` in het eerste jaar van de reeks, op een schaal van {setting}`scale_minister_added_value`.
# De waardering {claim}`daalt over de hele reeks <valuation_falls_over_series>`: per jaar verandert zij met {fact}`valuation_change_per_year_score`.
# In het verslagjaar is zij {claim}`lager dan in eerdere jaren <valuation_lower_than_before>`.
# Bij dit aantal missies is een verandering vanaf ongeveer {fact}`valuation_detectable_change_score` per jaar meestal aan te tonen.
#
# Deze bijlage heeft twee delen: dit deel over de waardering zelf, en een deel over {doc}`wat ermee samengaat <minister_drivers>`.
#
# :::{sample-only}
# De voorbeeldgegevens zijn verzonnen: zij bevestigen of weerleggen niets van wat de beslisnota zegt.
# De jaartallen zijn echt, de missies en de antwoorden niet.
# :::

# %% tags=["parameters"]
year: int = 2025
data: str = "sample"
first_year: int = 2021

# %%
from missions import store
from missions.declared.assumptions import assumption
from missions.declared.questions import scales
from missions.disclosure import counted, draft
from missions.estimates import fall, mix, role, specifications, survey
from missions.estimates.register import led_by_minister, since
from missions.present.charts import show_bars, show_years
from missions.present.facts import publish
from missions.present.judge import judge
from missions.present.tables import show_matrix, show_table
from missions.verdicts import verdicts

# %%
answers = store.read("survey_answers", year, data)
missions = store.read("mission_register", year, data)
question, scale = "minister_added_value", scales(year, data)["minister_added_value"]
confidence = assumption("confidence_level", year)
led, led_this_year = led_by_minister(since(missions, first_year)), led_by_minister(since(missions, year))
mission_means = survey.mission_means(answers, led, question, scale, confidence)
of_year = {"inputs": [answers, missions], "missions": led_this_year}
of_series = {"inputs": [answers, missions], "missions": led}
of_model = {**of_series, "cells": counted.rests_on(question)}

# %% [markdown]
# ## Hoe bedrijven de meerwaarde waarderen
#
# Een gemiddelde verbergt hoe de meningen verdeeld zijn; daarom eerst de verdeling.
# De vraag is gesteld aan bedrijven op missies onder leiding van een bewindspersoon.
# Wie "niet van toepassing" of "weet niet" koos, gaf geen cijfer en telt niet mee.
#
# :::{when-known} valuation_no_answer_pct
# {setting}`in_the_data` koos {fact}`valuation_no_answer_pct` van hen een van beide.
# :::

# %%
spread = draft(
    survey.answer_classes(answers, led_this_year, question, scale), groups=["answer"], **of_year,
    cells=counted.classes(question, survey.around_middle(answers, question, scale)),
)
show_bars(
    spread, "valuation-spread", "Waardering van de meerwaarde: deel van de antwoorden",
    category=("answer", "Waardering"), value=("Deel van de antwoorden in procenten", "pct"), note="Laag is onder het midden van de schaal, hoog erboven.",
)

# %% [markdown]
# ## De waardering over de jaren
#
# De intervallen in {numref}`valuation-years` gaan over de deelnemers van dat jaar.
# Of de waardering van het programma daalt, is een andere vraag, want elk jaar zijn er andere missies.
# Die vraag wordt beantwoord met één gemiddelde per missie, over de hele reeks.
# {setting}`in_the_data` zijn dat {fact}`valuation_missions_n` missies; per jaar verandert de waardering met {fact}`valuation_change_per_year_score`.
# {numref}`valuation-before` zet het verslagjaar naast de jaren ervoor.
# Verandert in een jaar iets voor alle missies tegelijk, zoals de bewindspersoon of de vragenlijst, dan telt dat één keer: daarom is de verandering ook over jaargemiddelden berekend.

# %%
years = survey.year_means(answers, led, question, scale, confidence)
years = draft(survey.every_year(years, led), groups=["year"], **of_series, cells=counted.means(answers, scale, question))
show_years(
    years, "valuation-years", "Gemiddelde waardering van de meerwaarde, per jaar van de missie",
    value=("Gemiddelde waardering", "score"), scale=scale,
)

# %% [markdown]
# ## Een andere mix van missies
#
# Elk jaar zijn er andere missies, en landen en soorten missies verschillen.
# {numref}`valuation-mix` zet het gemiddelde naast een berekening waarin een landengroep elk jaar hetzelfde gewicht heeft; had een groep in een jaar geen missie, dan is haar cijfer geschat uit de andere groepen en jaren.
# Het verschil tussen beide reeksen is wat de keuze van de landen uitmaakt.
# {numref}`valuation-changes` berekent de verandering per jaar ook met missies die tellen naar hun aantal antwoorden, en alleen tussen missies naar dezelfde landengroep.
# {numref}`valuation-split` splitst het verschil tussen het eerste en het laatste jaar; dat is rekenwerk en zegt niets over wat wat teweegbrengt.
# {numref}`valuation-types` geeft het gemiddelde per soort missie.

# %%
table = mix.with_group(mission_means, led, ["destination_group"])
standard = draft(mix.standardised(table, "group"), groups=["year", "series"], **of_model, of=years, by={"year": "year"})
show_matrix(
    standard, "valuation-mix", "Gemiddelde waardering per jaar, zoals gegeven en bij een vaste mix van landen",
    rows=("year", "Jaar"), columns=("series", ["crude", "adjusted"]), unit="score",
)

# %%
changes = draft(role.changes(answers, led, question, scale, "destination_group", confidence), groups=["way"], **of_model)
show_table(
    changes, "valuation-changes", "De verandering per jaar, op drie manieren berekend",
    {"way": ("Hoe berekend", "codes"), "value": ("Per jaar", "score_change"), "interval": ("Interval", "score_change")},
)

# %%
parts = role.mix_and_rate(answers, led, question, scale, "destination_group", (first_year, year))
split = draft(parts, groups=["part"], **of_model, of=[years.where(year=first_year), years.where(year=year)])
show_table(
    split, "valuation-split", "Het verschil tussen het eerste en het laatste jaar, gesplitst",
    {"part": ("Deel van het verschil", "codes"), "value": ("Verschil", "score_change")},
)

# %%
by_type = survey.group_means(answers, led, question, scale, "mission_type", confidence)
types = draft(by_type, groups=["mission_type"], **of_series, cells=counted.means(answers, scale, question))
show_table(
    types, "valuation-types", "Gemiddelde waardering naar soort missie, alle jaren van de reeks samen",
    {"mission_type": ("Soort missie", "codes"), "value": ("Gemiddelde", "score"), "interval": ("Interval", "score"), "n": ("Antwoorden", "count")},
)

# %%
slopes = fall.slopes(mission_means, confidence, assumption("power", year))
change = draft(slopes, groups=["name"], **of_model, public=["n", "population_n"])
over_missions = change.where(name=fall.OVER_MISSIONS)
before = fall.against_before(mission_means, year, confidence, assumption("power", year))
compared = draft(before, groups=["name"], **of_model, of=years, by={"year": "year", "other_year": "year"})
show_table(
    compared, "valuation-before", "Het verslagjaar naast de jaren ervoor: verschil in het gemiddelde van een missie",
    {"name": ("Vergelijking", "codes"), "value": ("Verschil", "score_change"), "interval": ("Interval", "score_change"), "detectable": ("Valt meestal op vanaf", "score_change")},
)

# %% [markdown]
# ## Hangt het af van een keuze?
#
# Een ander had de reeks later laten beginnen, een jaar weggelaten, missies naar hun aantal antwoorden of deelnemers laten tellen, of landengroep of leiding gelijk gehouden.
# {numref}`valuation-variants` zegt in hoeveel van die varianten een uitspraak standhoudt; de varianten gebruiken dezelfde gegevens en zijn geen losse toetsen.

# %%
standing = specifications.standing(answers, led, question, year, confidence)
variants = draft(standing, groups=["claim"], **of_model, public=["n", "population_n"])
show_table(
    variants, "valuation-variants", "In hoeveel varianten een uitspraak standhoudt",
    {"claim": ("Uitspraak", "codes"), "n": ("Houdt stand in", "count"), "population_n": ("Varianten", "count")},
)

# %%
without = counted.forms_with(**{f"{question}_no_answer": survey.NO_OPINION})
no_answer = draft(survey.no_answer_share(answers, led_this_year, question), groups=[], **of_year, cells=without)

# %%
publish(
    valuation_added_value_score=years.where(year=year),
    valuation_added_value_first_score=years.where(year=first_year),
    valuation_change_per_year_score=over_missions, valuation_detectable_change_score=(over_missions, "detectable"),
    valuation_change_low_score=(over_missions, "low"), valuation_change_high_score=(over_missions, "high"),
    valuation_missions_n=(over_missions, "n"), valuation_no_answer_pct=no_answer,
)

# %%
lower = before[before["name"] == fall.YEAR_BELOW_EARLIER]
judge(
    **verdicts(change, valuation_falls_over_series=slopes),
    **verdicts(compared.where(name=fall.YEAR_BELOW_EARLIER), valuation_lower_than_before=lower),
    **verdicts(compared, valuation_again_lower=before),
)

# %% [markdown]
# ## Wat deze bijlage niet zegt
#
# - De cijfers gaan over waardering, niet over wat de aanwezigheid van een bewindspersoon oplevert.
# - Waarom de waardering verandert, is hiermee niet gezegd: ook wat bedrijven verwachten, kan veranderen.
# - De schaal van RVO is niet openbaar; de schaal in deze uitgave is een aanname, vastgelegd in het jaarbestand.
