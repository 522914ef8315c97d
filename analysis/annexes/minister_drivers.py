# %% [markdown]
# # Bijlage waardering: wat samengaat met de waardering
#
# Volgens de beslisnota noemen bedrijven twee aandachtspunten: genoeg direct contact met de bewindspersoon, en hoe goed die op de hoogte is van hun situatie en belangen.
# De nota zegt ook dat een {claim}`deel van de daling lijkt samen te gaan met onbekendheid van de rol <valuation_fall_goes_with_unknown_role>`.
#
# {setting}`in_the_data` krijgt genoeg direct contact een {fact}`valuation_interaction_score`, goed op de hoogte een {fact}`valuation_informed_score`, en bekendheid met wat de bewindspersoon doet een {fact}`valuation_role_known_score`.
# Wat hier samengaat, is geen oorzaak: dezelfde persoon beantwoordt al deze vragen op hetzelfde moment, en wie tevreden is, oordeelt vaak over alles gunstig.

# %% tags=["parameters"]
year: int = 2025
data: str = "sample"
first_year: int = 2021

# %%
from missions import store
from missions.declared import questions
from missions.declared.assumptions import assumption
from missions.disclosure import counted, draft
from missions.estimates import ordinal, role, survey, trend, valuation
from missions.estimates.register import led_by_minister, since
from missions.present.charts import show_importance, show_intervals
from missions.present.facts import publish
from missions.present.judge import judge
from missions.present.tables import show_table
from missions.verdicts import verdicts

# %%
answers = store.read("survey_answers", year, data)
missions = store.read("mission_register", year, data)
scales = questions.scales(year, data)
confidence = assumption("confidence_level", year)
led, led_this_year = led_by_minister(since(missions, first_year)), led_by_minister(since(missions, year))
value, asked = "minister_added_value", ("minister_interaction", "minister_informed", "minister_role_known")
of_series = {"inputs": [answers, missions], "missions": led, "cells": counted.rests_on(value, *asked)}

# %% [markdown]
# ## Contact, kennis van zaken en bekendheid

# %%
asked_on = {name: scales[name] for name in asked}
reasons = draft(
    survey.questions_of_year(answers, led_this_year, asked_on, year, confidence), groups=["question"],
    inputs=[answers, missions], missions=led_this_year, cells=counted.means(answers, scales),
).ordered("value", largest_first=False)
show_intervals(
    reasons, "valuation-drivers", "Oordeel over contact, kennis van zaken en bekendheid van de rol",
    finding="van {lowest_value} tot {highest_value}",
    category=("question", "Vraag"), value=("Gemiddeld oordeel", "score"), scale=scales["minister_interaction"],
)

# %% [markdown]
# ## Wat het meest samengaat met de waardering
#
# {numref}`valuation-importance` zet twee dingen tegen elkaar uit: hoe bedrijven een onderdeel beoordelen, en welk deel van de verschillen in waardering ermee samengaat.
# De lijnen zijn intervallen; zij komen van missies, omdat deelnemers van één missie hetzelfde programma hadden.
# Rechtsonder staat wat veel samengaat met de waardering en zelf laag wordt beoordeeld.

# %%
importance = draft(
    role.importance_and_performance(answers, led, value, asked_on, confidence), groups=["driver"], **of_series,
)
show_importance(
    importance, "valuation-importance", "Belang van een onderdeel en het oordeel erover, alle jaren van de reeks",
    category=("driver", "Onderdeel"), value=("Aandeel in wat samen wordt verklaard, in procenten", "pct"),
    other=("Gemiddeld oordeel", "score"), scale=scales["minister_interaction"],
)

# %%
ranked = draft(role.ranks(answers, led, value, asked), groups=["driver", "other"], **of_series)
show_table(
    ranked, "valuation-rank", "Hoe zeker is de volgorde van belang",
    {
        "driver": ("Onderdeel", "codes"), "other": ("Hangt sterker samen dan", "codes"),
        "value": ("Bij zo veel van de trekkingen", "pct"),
    },
    note="Missies zijn telkens opnieuw getrokken. Rond de helft van de trekkingen zegt de volgorde niets.",
)

# %% [markdown]
# ## De waardering naar het oordeel over contact, kennis en bekendheid
#
# {numref}`valuation-high` vergelijkt deelnemers die laag, midden of hoog antwoordden op een onderdeel.
# De cijfers zijn berekend met een model dat de andere onderdelen gelijk houdt.
# Dezelfde persoon gaf beide antwoorden: dit is samenhang en geen gevolg.

# %%
predicted = draft(
    ordinal.share_high_by(answers, led, value, asked_on, high=scales[value][1] - 1, confidence=confidence),
    groups=["driver", "answer"], **of_series,
)
show_table(
    predicted, "valuation-high", "Deel van de deelnemers met een hoge waardering, naar het antwoord op een onderdeel",
    {
        "driver": ("Onderdeel", "codes"), "answer": ("Antwoord", "codes"), "value": ("Hoge waardering", "pct"),
        "interval": ("Interval", "pct"),
    },
)

# %% [markdown]
# ## Binnen missies of tussen missies
#
# Contact kan een eigenschap van het programma van een missie zijn.
# {numref}`valuation-within` splitst daarom: hoeveel hoger de waardering is van een deelnemer die een punt hoger antwoordt dan anderen op dezelfde missie, en hoeveel hoger die is op een missie waar gemiddeld een punt hoger wordt geantwoord.

# %%
split = draft(
    role.within_and_between(answers, led, value, asked, confidence), groups=["driver", "part"], **of_series,
)
show_table(
    split, "valuation-within", "Verschil in waardering per punt verschil op een onderdeel",
    {
        "driver": ("Onderdeel", "codes"), "part": ("Vergelijking", "codes"), "value": ("Verschil", "score_change"),
        "interval": ("Interval", "score_change"),
    },
)

# %%
publish(
    valuation_interaction_score=reasons.where(question="minister_interaction"),
    valuation_informed_score=reasons.where(question="minister_informed"),
    valuation_role_known_score=reasons.where(question="minister_role_known"),
)

# %%
known = survey.mission_means(answers, led, "minister_role_known", scales["minister_role_known"], confidence)
link = valuation.goes_with(answers, led, value, "minister_role_known", confidence)
both_fall = valuation.fall_goes_with(trend.yearly_change(known, confidence), link)
judge(**verdicts(split, valuation_fall_goes_with_unknown_role=both_fall))

# %% [markdown]
# ## Wat deze bijlage niet zegt
#
# - Zij zegt niet dat meer contact tot een hogere waardering leidt: wie tevreden is, kan ook meer contact hebben gezocht of onthouden.
# - Zij vergelijkt alleen wat is gevraagd; wat niet is gevraagd, kan net zo belangrijk zijn.
# - De oordelen in de inleiding gaan over het verslagjaar; wat samengaat met de waardering is berekend over alle missies van de reeks.
