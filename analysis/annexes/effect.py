# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Bijlage effectmeting: wat bedrijven van de missies vonden en wat het CBS mat
#
# Volgens de beslisnota geven bedrijven de missies van {setting}`reporting_year` gemiddeld een {fact}`record_mean_grade`; het aantal antwoorden en de spreiding daarbij zijn niet openbaar.
# Het CBS vond voor eerdere missies een effect van {fact}`cbs_start_trade_total_pct` op beginnen met handel, en {fact}`cbs_start_trade_developing_pct` bij ontwikkelingslanden.
#
# {setting}`in_the_data` is het gemiddelde rapportcijfer {fact}`effect_mean_grade`, op een schaal van {setting}`scale_grade`; {fact}`effect_response_pct` van de uitnodigingen leidde tot een antwoord.
#
# :::{sample-only}
# De voorbeeldgegevens in deze bijlage zijn verzonnen en komen daarom anders uit dan het cijfer van de beslisnota.
# De jaartallen zijn echt, de missies en de antwoorden niet.
# :::

# %% tags=["parameters"]
year: int = 2025
deliveries: str = "sample"
first_year: int = 2021

# %%
from missions import store
from missions.assumptions import assumption
from missions.claims import verdicts, verdicts_on_record
from missions.disclosure import release, release_public
from missions.estimates import record, survey
from missions.estimates.register import since
from missions.present.charts import show_intervals, show_years
from missions.present.claims import judge
from missions.present.facts import publish
from missions.present.tables import show_matrix, show_table
from missions.year import load_year

# %%
answers = store.read("survey_answers", year, deliveries)
missions = store.read("mission_register", year, deliveries)
cbs = store.read("cbs_effect", year, deliveries)
public_series = store.read("record_series", year, deliveries)
scales = load_year(year, deliveries).scales
threshold, confidence = assumption("publication_threshold", year), assumption("confidence_level", year)
compared, of_answers = since(missions, first_year), {"inputs": [answers, missions], "threshold": threshold}

# %% [markdown]
# ## Hoeveel bedrijven antwoordden
#
# RVO vraagt alle deelnemende bedrijven enkele maanden na een missie naar hun oordeel.
# {setting}`in_the_data` zijn over {setting}`reporting_year` {fact}`effect_invited_n` uitnodigingen verstuurd en {fact}`effect_answers_n` vragenlijsten ingevuld.
# Jaren in deze bijlage zijn de jaren van de missies, niet die van de vragenlijst.
# De antwoorden zijn anoniem: of bedrijven die niet antwoordden anders oordelen, is daarom niet te zien.

# %%
response = release(survey.response(answers, compared), groups=["year"], **of_answers, public_population=True)
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
grades = release(survey.year_means(answers, compared, "grade", scales["grade"], confidence), groups=["year"], **of_answers)
show_years(
    grades, "effect-grade", "Het gemiddelde rapportcijfer per jaar van de missie",
    value=("Gemiddeld rapportcijfer", "grade"), scale=scales["grade"],
)

# %%
mission_grades = release(
    survey.mission_means(answers, compared, "grade", scales["grade"], confidence),
    groups=["mission_id", "year"], **of_answers, adds_up_within=["year"], public_population=True,
)
show_table(
    mission_grades.where(year=year), "effect-grade-missions", "Het rapportcijfer per missie van het verslagjaar, met de onzekerheid",
    {
        "mission_id": "Missie", "value": ("Gemiddelde", "grade"), "interval": ("Interval", "grade"),
        "n": ("Antwoorden", "count"), "population_n": ("Uitgenodigd", "count"),
    },
)

# %% [markdown]
# ## Matchmaking en netwerken
#
# De beslisnota noemt {claim}`twee punten die beter kunnen <effect_matchmaking_and_networking_lowest>`: de kwaliteit van de matchmaking, en genoeg en doeltreffende gelegenheid om te netwerken.
#
# {setting}`in_the_data` krijgt de matchmaking gemiddeld een {fact}`effect_matchmaking_score`, de gelegenheid om te netwerken een {fact}`effect_networking_enough_score` en de opbrengst daarvan een {fact}`effect_networking_effective_score`, op een schaal van {setting}`scale_matchmaking_quality`.
# Waar intervallen elkaar overlappen, zegt de volgorde weinig.

# %%
improve = ("matchmaking_quality", "networking_enough", "networking_effective")
questions = release(
    survey.questions_of_year(answers, missions, {name: scales[name] for name in improve}, year, confidence),
    groups=["question"], **of_answers,
)
show_intervals(
    questions, "effect-improve", "Oordeel over matchmaking en netwerken",
    category=("question", "Vraag"), value=("Gemiddeld oordeel", "score"), scale=scales["matchmaking_quality"],
)

# %% [markdown]
# ## Wat het CBS mat, en wat niet
#
# Het CBS volgde bedrijven die van {fact}`cbs_missions_first_year` tot en met {fact}`cbs_missions_last_year` meegingen met een missie onder leiding van een bewindspersoon.
# Het keek of zij binnen {fact}`cbs_horizon_n` jaar **begonnen** met handel of met investeren in het bezochte land.
# Voor zelfstandig mkb is het effect op handel {fact}`cbs_start_trade_independent_sme_pct`, voor grootbedrijf {fact}`cbs_start_trade_large_pct`.
# Voor missies naar ontwikkelingslanden publiceert het CBS {fact}`cbs_start_trade_developing_pct` voor handel en {fact}`cbs_start_fdi_developing_pct` voor investeren.

# %%
effects = release_public(record.cbs_effects(cbs), groups=["group", "outcome"], inputs=[cbs])
show_matrix(
    effects, "effect-cbs", "Effect van missies volgens het CBS, zoals gepubliceerd", rows=("group", "Groep"),
    columns=("outcome", ["start_trade", "start_fdi"]), unit="pct_as_published",
    note="De bron maakt niet duidelijk of het om procenten of om procentpunten gaat; de tabel volgt de woorden van het CBS.",
)

# %% [markdown]
# Deze cijfers zeggen niets over missies in {setting}`reporting_year`.
# Zij zeggen ook niet hoeveel geld een missie opleverde: begonnen met handel is iets anders dan een bedrag.
# Alle onderzochte missies hadden een bewindspersoon aan het hoofd; het effect van diens aanwezigheid zelf is er dus niet uit af te lezen.
# Wat bedrijven zelf aan omzet of orders melden, staat in de bijlage overzicht en hoort niet naast deze cijfers.

# %%
start_trade, start_fdi = effects.where(outcome="start_trade"), effects.where(outcome="start_fdi")
public_grade = record.figure(public_series, "mean_grade", year)

# %%
publish(
    effect_invited_n=(response.where(year=year), "population_n"),
    effect_answers_n=(response.where(year=year), "n"),
    effect_response_pct=response.where(year=year),
    effect_mean_grade=grades.where(year=year),
    effect_matchmaking_score=questions.where(question="matchmaking_quality"),
    effect_networking_enough_score=questions.where(question="networking_enough"),
    effect_networking_effective_score=questions.where(question="networking_effective"),
    record_mean_grade=release_public(public_grade, groups=["indicator"], inputs=[public_series]),
)

# %%
publish(
    cbs_missions_first_year=(start_trade.where(group="total"), "first_year"),
    cbs_missions_last_year=(start_trade.where(group="total"), "last_year"),
    cbs_horizon_n=(start_trade.where(group="total"), "horizon_years"),
    cbs_start_trade_total_pct=start_trade.where(group="total"),
    cbs_start_trade_independent_sme_pct=start_trade.where(group="independent_sme"),
    cbs_start_trade_large_pct=start_trade.where(group="large"),
    cbs_start_trade_developing_pct=start_trade.where(group="developing"),
    cbs_start_fdi_total_pct=start_fdi.where(group="total"),
    cbs_start_fdi_developing_pct=start_fdi.where(group="developing"),
)

# %%
positive = survey.share_above_middle(answers, missions, "grade", scales["grade"], year, confidence)
others, scale = ("imvo_information_useful",), scales["matchmaking_quality"]
differences = survey.differences_of_year(answers, missions, improve, others, scale, year, confidence)
tested = {"effect_mostly_positive": positive, "effect_matchmaking_and_networking_lowest": differences}
everywhere, developing = record.cbs_effects(cbs), record.cbs_effects(cbs, group="developing")
judge(
    **verdicts([answers, missions], threshold, **tested),
    **verdicts_on_record([cbs], cbs_mostly_positive=everywhere, cbs_none_in_developing=developing),
)

# %% [markdown]
# ## Hoe eigen onderzoek naar het effect kan
#
# Voor eigen onderzoek zijn gegevens van afzonderlijke bedrijven nodig: wie meeging, en wat zij voor en na de missie met welk land handelden.
# Die gegevens blijven in de beveiligde omgeving van het CBS; alleen uitkomsten die geen bedrijf verraden mogen eruit.
# De antwoorden aan RVO zijn anoniem en kunnen daarom niet aan handelscijfers worden gekoppeld.

# %% [markdown]
# ## Wat deze bijlage niet zegt
#
# - Een oordeel is geen effect: tevreden bedrijven hoeven niet meer te handelen, en ontevreden bedrijven niet minder.
# - Verschillen in respons tussen missies zijn rechtgetrokken; verschillen tussen bedrijven binnen een missie niet, omdat de antwoorden anoniem zijn.
# - Het doel van een missie verschilt: een markt verkennen, een partner vinden, zaken doen of leren. Eén gemiddelde doet daar geen recht aan.
