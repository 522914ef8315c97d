# %% [markdown]
# # Bijlage waardering: wat samengaat met de waardering
#
# Volgens de beslisnota zien bedrijven {said}`met name verbeterpunten <note_points_of_companies>` in voldoende en directe interactie met de bewindspersoon, en in de mate waarin die goed geïnformeerd overkomt.
# {setting}`in_the_data` geven deelnemers het directe contact een {fact}`valuation_interaction_score`, de mate waarin de bewindspersoon goed geïnformeerd overkomt een {fact}`valuation_informed_score` en hun eigen bekendheid met diens rol een {fact}`valuation_role_known_score`.
#
# {claim}`De daling lijkt deels samen te hangen met beperkte bekendheid met de rol van de bewindspersoon <valuation_fall_goes_with_unknown_role>`.
# Bedrijven hebben {claim}`vaak slechts beperkt zicht <role_often_little_known>` op wat de bewindspersoon tijdens een missie doet.
# Dat iets samengaat, zegt niets over wat wat teweegbrengt: dezelfde persoon beantwoordt al deze vragen op hetzelfde moment, en wie tevreden is, kan over alles gunstig oordelen.

# %% tags=["parameters"]
year: int = 2025
data: str = "sample"
first_year: int = 2021

# %%
from missions import store
from missions.declared import questions
from missions.declared.assumptions import assumption
from missions.disclosure import counted, draft
from missions.estimates import fall, ordinal, role, survey
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
# ## Wat samengaat met de waardering
#
# {numref}`valuation-importance` zet twee dingen tegen elkaar uit: hoe bedrijven een onderdeel beoordelen, en welk deel van de verschillen in waardering ermee samengaat.
# De lijnen zijn intervallen; zij komen van missies, omdat deelnemers van één missie hetzelfde programma hadden.
# Hoe verder naar rechts, hoe groter het deel; hoe verder naar onder, hoe lager het oordeel.

# %%
together = draft(role.explained(answers, led, value, asked, confidence), groups=[], **of_series)
importance = draft(
    role.importance_and_performance(answers, led, value, asked_on, confidence), groups=["driver"], **of_series,
)
show_importance(
    importance, "valuation-importance", "Belang van een onderdeel en het oordeel erover, alle jaren van de reeks",
    category=("driver", "Onderdeel"), value=("Aandeel in wat samen wordt verklaard, in procenten", "pct"),
    other=("Gemiddeld oordeel", "score"), scale=scales["minister_interaction"],
)

# %%
ranked = draft(role.ranks(answers, led, value, asked, confidence), groups=["driver", "other"], **of_series)
show_table(
    ranked, "valuation-rank", "Hoe zeker is de volgorde van belang",
    {
        "driver": ("Onderdeel", "codes"), "other": ("Hangt sterker samen dan", "codes"),
        "value": ("Bij zo veel van de trekkingen", "pct"),
    },
    note="Missies zijn telkens getrokken met teruglegging. Rond de helft van de trekkingen zegt de volgorde niets.",
)

# %% [markdown]
# ## De waardering naar het oordeel over contact, kennis en bekendheid
#
# {numref}`valuation-high` vergelijkt deelnemers naar hun antwoord op een onderdeel: onder, in of boven het midden van de schaal.
# De cijfers zijn berekend met een model dat de andere onderdelen gelijk houdt.
# Dezelfde persoon gaf beide antwoorden: wat wat teweegbrengt, is niet te zeggen.

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
    split, "valuation-within", "Verschil in waardering per punt verschil op een onderdeel; tussen missies bij gelijk jaar",
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
    valuation_explained_pct=together,
)

# %%
known = "minister_role_known"
both_fall = fall.falls_together(answers, led, value, known, confidence)
often_low = role.often_low(answers, led_this_year, known, scales[known], year, confidence)
judge(
    **verdicts(split, valuation_fall_goes_with_unknown_role=both_fall),
    **verdicts(reasons.where(question=known), role_often_little_known=often_low),
)

# %% [markdown]
# ## Wat deze bijlage niet zegt
#
# - Zij zegt niet dat meer contact tot een hogere waardering leidt: wie tevreden is, kan ook meer contact hebben gezocht of onthouden.
# - Zij vergelijkt alleen wat is gevraagd; over wat niet is gevraagd, zegt zij niets.
# - De oordelen in de inleiding gaan over het verslagjaar; wat samengaat met de waardering is berekend over alle missies van de reeks.
