# %% [markdown]
# # Bijlage effectmeting: wat bedrijven van de missies vonden
#
# :::{when-known} record_mean_grade
# Volgens de beslisnota geven bedrijven de missies van {setting}`reporting_year` gemiddeld een {fact}`record_mean_grade`; het aantal antwoorden en de spreiding daarbij zijn niet openbaar.
# :::
#
# {setting}`in_the_data` geven de antwoorden een {claim}`overwegend positief beeld <effect_mostly_positive>`.
#
# :::{when-known} effect_mean_grade
# Het gemiddelde rapportcijfer is {fact}`effect_mean_grade`, op een schaal van {setting}`scale_grade`.
# :::
#
# :::{when-unknown} effect_mean_grade
# Het gemiddelde rapportcijfer wordt niet gepubliceerd.
# :::
#
# :::{when-known} effect_response_pct
# Van de uitnodigingen leidde {fact}`effect_response_pct` tot een antwoord.
# :::
#
# Deze bijlage heeft drie delen: dit deel over respons en rapportcijfer, een deel over {doc}`onderdelen, doelen en wat bedrijven zelf melden <effect_programme>` en een deel over {doc}`wat het CBS mat <effect_cbs>`.
#
# :::{sample-only}
# De voorbeeldgegevens in deze bijlage zijn verzonnen: zij bevestigen of weerleggen het cijfer van de beslisnota niet.
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
from missions.disclosure import counted, derived, draft, on_record
from missions.estimates import effect, nonresponse, record, survey
from missions.estimates.register import since
from missions.present.charts import show_years
from missions.present.facts import publish
from missions.present.judge import judge
from missions.present.tables import show_table
from missions.verdicts import verdicts

# %%
answers = store.read("survey_answers", year, data)
missions = store.read("mission_register", year, data)
participations = store.read("participations", year, data)
public_series = store.read("record_series", year, data)
scale, compared = scales(year, data)["grade"], since(missions, first_year)
confidence = assumption("confidence_level", year)
of_answers = {"inputs": [answers, missions], "missions": compared}
mean_grade = counted.means(answers, scale, "grade")

# %% [markdown]
# ## Hoeveel bedrijven antwoordden
#
# RVO nodigt deelnemende bedrijven enkele maanden na een missie uit om hun oordeel te geven; van een enkele deelname ontbreekt het adres.
#
# :::{when-known} effect_answers_n
# {setting}`in_the_data` zijn over {setting}`reporting_year` {fact}`effect_answers_n` vragenlijsten ingevuld.
# :::
#
# Hoeveel uitnodigingen daarvoor zijn verstuurd, staat in {numref}`effect-response`, als dat te vermelden is.
# Jaren in deze bijlage zijn de jaren van de missies, niet die van de vragenlijst.

# %%
response = draft(survey.response(answers, compared), groups=["year"], **of_answers, cells=counted.response())
show_table(
    response, "effect-response", "Uitgenodigde bedrijven en antwoorden per jaar van de missie",
    {"year": "Jaar", "population_n": ("Uitgenodigd", "count"), "n": ("Antwoorden", "count"), "value": ("Respons", "pct")},
)

# %% [markdown]
# ## Het rapportcijfer
#
# Elke missie telt mee naar het aantal deelnemers, zodat een missie met veel antwoorden niet zwaarder weegt dan zij was.
# Het interval laat zien hoe ver het cijfer van alle deelnemers van het getoonde cijfer kan liggen, als bedrijven die niet antwoordden net zo oordelen als de andere.
# Voor de vraag of het programma beter of slechter werd, is dat interval te smal: elk jaar zijn er andere missies.

# %%
cap = assumption("weight_cap", year)
yearly = effect.weighted_years(answers, participations, compared, "grade", scale, cap, confidence)
grades = draft(
    yearly.assign(population_n=None), groups=["year"], inputs=[answers, missions, participations], missions=compared,
    cells=counted.means(answers, scale, "grade", "size"),
)
show_years(
    grades, "effect-grade", "Het gemiddelde rapportcijfer per jaar van de missie", finding="{last_value} in {last}",
    value=("Gemiddeld rapportcijfer", "grade"), scale=scale,
)

# %%
mission_grades = draft(
    survey.mission_means(answers, compared, "grade", scale, confidence), groups=["mission_id", "year"],
    **of_answers, cells=mean_grade,
)
show_table(
    mission_grades.where(year=year), "effect-grade-missions", "Het rapportcijfer per missie van het verslagjaar, met de onzekerheid",
    {
        "mission_id": "Missie", "value": ("Gemiddelde", "grade"), "interval": ("Interval", "grade"),
        "n": ("Antwoorden", "count"), "population_n": ("Uitgenodigd", "count"),
    },
)

# %% [markdown]
# Missies verschillen in doel en in deelnemers, en elk cijfer heeft een interval: deze tabel is geen ranglijst.
#
# ## En de bedrijven die niet antwoordden?
#
# De antwoorden zijn anoniem, dus van wie niet antwoordde is alleen bekend met welke missie het bedrijf meeging en hoe groot het is.
# Daarom staat het cijfer in {numref}`effect-ways` op meer manieren berekend.
# Wie pas na een herinnering antwoordt, lijkt misschien op wie helemaal niet antwoordt; {numref}`effect-waves` vergelijkt beide groepen binnen dezelfde missies.

# %%
ways = draft(
    effect.other_ways(answers, participations, missions, "grade", scale, year, cap, confidence).drop(columns="population_n"),
    groups=["way", "population"], inputs=[answers, missions, participations], missions=since(missions, year),
    cells=counted.means(answers, scale, "grade", effect.WEIGHTS),
)
show_table(
    ways, "effect-ways", "Het rapportcijfer van het verslagjaar, op drie manieren berekend",
    {"way": ("Hoe berekend", "codes"), "population": ("Over wie", "codes"), "value": ("Gemiddelde", "grade"), "interval": ("Interval", "grade")},
)

# %%
by_wave = effect.waves(answers, missions, "grade", scale, year, confidence)
is_difference = by_wave["wave"] == "difference"
waves = draft(
    by_wave[~is_difference], groups=["wave", "unit"], inputs=[answers, missions], missions=since(missions, year),
    cells=counted.means(answers, scale, "grade", by_wave=True),
)
waves = waves.beside(derived(by_wave[is_difference], groups=["wave", "unit"], of=waves))

# %%
show_table(
    waves, "effect-waves", "Het rapportcijfer naar het moment van antwoorden",
    {
        "wave": ("Wie", "codes"), "value": ("Gemiddelde", "by_row"), "interval": ("Interval", "by_row"),
        "n": ("Antwoorden", "count"),
    },
    empty="",
)

# %% [markdown]
# :::{when-known} effect_worst_case_grade effect_best_case_grade
# {setting}`in_the_data` zou het cijfer van alle deelnemers tussen {fact}`effect_worst_case_grade` en {fact}`effect_best_case_grade` liggen als iedereen die niet antwoordde het laagste of juist het hoogste cijfer had gegeven.
# Dat is niet waarschijnlijk, maar de gegevens sluiten het niet uit.
# :::
#
# :::{when-known} effect_tipping_grade
# Het gemiddelde komt pas onder een {setting}`tipping_grade` als bedrijven die niet antwoordden gemiddeld lager dan {fact}`effect_tipping_grade` zouden geven.
# :::

# %%
of_year = grades.where(year=year)
worst = survey.every_year(nonresponse.worst_case(answers, compared, "grade", scale), compared)
worst = draft(worst, groups=["year"], **of_answers, cells=counted.bounds("grade", scale)).where(year=year)
tipping = derived(effect.tipping(yearly[yearly["year"] == year], assumption("tipping_grade", year), scale), groups=[], of=of_year)
public_grade = on_record(record.figure(public_series, "mean_grade", year), groups=["indicator"], inputs=[public_series])
positive = effect.high_and_low(answers, participations, missions, "grade", scale, year, cap, confidence=confidence)

# %%
publish(
    effect_invited_n=(response.where(year=year), "population_n"),
    effect_answers_n=(response.where(year=year), "n"),
    effect_response_pct=response.where(year=year),
    effect_mean_grade=of_year,
    effect_worst_case_grade=(worst, "low"), effect_best_case_grade=(worst, "high"),
    effect_tipping_grade=tipping,
    record_mean_grade=public_grade,
)

# %%
judge(**verdicts(of_year, effect_mostly_positive=positive))

# %% [markdown]
# ## Wat deze bijlage niet zegt
#
# - Een oordeel is geen effect: tevreden bedrijven hoeven niet meer te handelen, en ontevreden bedrijven niet minder.
# - Verschillen in respons tussen missies zijn rechtgetrokken, die tussen grote en kleine bedrijven alleen in de laatste regel van {numref}`effect-ways`; andere verschillen niet, omdat de antwoorden anoniem zijn.
# - Het doel van een missie verschilt: een markt verkennen, een partner vinden, zaken doen of leren. Eén gemiddelde doet daar geen recht aan.
