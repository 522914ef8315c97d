# %% [markdown]
# # Bijlage effectmeting: onderdelen, doelen en wat bedrijven zelf melden
#
# De beslisnota schrijft dat er {said}`ruimte voor verbetering op twee punten <note_two_points>` is: de kwaliteit van de matchmaking, en voldoende en effectieve netwerkmogelijkheden.
# {setting}`in_the_data` is het oordeel over de matchmaking en over netwerken {claim}`lager dan de andere onderdelen waarnaar is gevraagd <effect_two_points_lowest>`.
#
# {setting}`in_the_data` krijgt de matchmaking gemiddeld een {fact}`effect_matchmaking_score`, de gelegenheid om te netwerken een {fact}`effect_networking_enough_score` en de opbrengst daarvan een {fact}`effect_networking_effective_score`, op een schaal van {setting}`scale_matchmaking_quality`.
# {fact}`effect_goal_reached_pct` van de deelnemers zegt zijn doel te hebben bereikt, en {fact}`effect_contract_pct` zegt een contract te hebben getekend.

# %% tags=["parameters"]
year: int = 2025
data: str = "sample"
first_year: int = 2021

# %%
from missions import store
from missions.declared import questions
from missions.declared.assumptions import assumption
from missions.disclosure import counted, draft
from missions.estimates import effect, shares, survey
from missions.estimates.register import since
from missions.present.charts import PERCENT, show_bars, show_intervals
from missions.present.facts import publish
from missions.present.judge import judge
from missions.present.tables import show_table
from missions.verdicts import verdicts

# %%
answers = store.read("survey_answers", year, data)
missions = store.read("mission_register", year, data)
scales, asked_as = questions.scales(year, data), questions.questions(year, data)
confidence, of_year = assumption("confidence_level", year), since(missions, year)
of_answers = {"inputs": [answers, missions], "missions": of_year}

# %% [markdown]
# ## Matchmaking en netwerken
#
# RVO vraagt naar weinig onderdelen: dat deze drie het laagst zijn van alles wat een missie biedt, is hiermee niet gezegd.
# Waar intervallen elkaar overlappen, zegt de volgorde niets.
# Daarom vergelijkt {numref}`effect-differences` per deelnemer het ene oordeel met het andere; deze intervallen gelden voor alle verschillen samen.

# %%
improve = ("matchmaking_quality", "networking_enough", "networking_effective")
others = ("organisation_quality", "preparation_useful", "information_beforehand", "imvo_information_useful")
asked = {name: scales[name] for name in (*improve, *others)}
judged = draft(
    survey.questions_of_year(answers, missions, asked, year, confidence), groups=["question"], **of_answers,
    cells=counted.means(answers, scales),
).ordered("value", largest_first=False)
show_intervals(
    judged, "effect-improve", "Oordeel over onderdelen van het programma", finding="van {lowest_value} tot {highest_value}",
    category=("question", "Vraag"), value=("Gemiddeld oordeel", "score"), scale=scales["matchmaking_quality"],
)

# %%
compared = survey.differences_of_year(answers, missions, improve, others, scales["matchmaking_quality"], year, confidence)
rest = {"cells": counted.rests_on(columns=["named", "other"], n=True), "by": {"named": "question", "other": "question"}}
differences = draft(compared, groups=["named", "other"], **of_answers, of=judged, **rest)
show_table(
    differences, "effect-differences", "Hoeveel lager of hoger het ene onderdeel wordt beoordeeld dan het andere",
    {
        "named": ("Onderdeel", "codes"), "other": ("Vergeleken met", "codes"), "value": ("Verschil", "score_change"),
        "interval": ("Interval", "score_change"), "n": ("Antwoorden", "count"),
    },
)

# %% [markdown]
# ## Verandert er iets over de jaren?
#
# {numref}`effect-changes` gaat over de vragen die vooraf zijn aangewezen.
# Wie vaak genoeg kijkt, ziet altijd wel ergens een verandering; daarom zijn deze vragen samen beoordeeld.
# De laatste kolom zegt welke verandering met zo veel missies meestal zou opvallen.
# Hoe de waardering van de bewindspersoon verandert, is apart beoordeeld en staat in {doc}`een eigen bijlage <minister_valuation>`, over een langere reeks.

# %%
confirmatory = {name: scales[name] for name in ("grade", *improve)}
changed = effect.yearly_changes(answers, since(missions, first_year), confirmatory, confidence, assumption("power", year))
changes = draft(
    changed, groups=["question"], inputs=[answers, missions], missions=since(missions, first_year),
    cells=counted.rests_on(columns=["question"]),
)

# %%
show_table(
    changes, "effect-changes", "Verandering per jaar in wat bedrijven antwoorden",
    {
        "question": ("Vraag", "codes"), "value": ("Per jaar", "score_change"), "interval": ("Interval", "score_change"),
        "is_shown": ("Meer dan toeval", "codes"), "detectable": ("Valt meestal op", "score_change"),
    },
)

# %% [markdown]
# ## Doelen
#
# Missies hebben verschillende doelen, en een bedrijf kan er meer dan één hebben.
# De vraag of het doel is bereikt, is één keer gesteld.
# {numref}`effect-goals` laat zien welk deel van de deelnemers met een doel zegt dat het doel is bereikt; noemden zij meer doelen, dan is niet bekend welk.
# Wie het doel deels bereikte, telt hier niet mee.

# %%
goals = draft(
    effect.reached_by_goal(answers, missions, year, confidence), groups=["question"], **of_answers,
    cells=counted.shares(answers, effect.GOALS_REACHED),
)
show_intervals(
    goals, "effect-goals", "Doel bereikt, naar het doel waarmee bedrijven meegingen", finding="van {lowest_value} tot {highest_value}",
    category=("question", "Doel"), value=("Deel dat zegt het doel te hebben bereikt, in procenten", "pct"), scale=PERCENT,
)

# %% [markdown]
# ## Wat bedrijven zelf melden
#
# Deze cijfers komen van bedrijven zelf, enkele maanden na de missie, en zijn niet nagegaan.
# Een kans is nog geen contract, en verwachte omzet is geen gerealiseerde handel.
# Wat het CBS mat, staat daarom op een andere pagina.
# {setting}`in_the_data` zouden alle deelnemers samen naar schatting {fact}`effect_leads_n` serieuze kansen op zaken melden, als wie niet antwoordde er gemiddeld evenveel heeft.
#
# :::{when-known} effect_lead_pct
# Van de deelnemers heeft {fact}`effect_lead_pct` ten minste een serieuze kans op zaken.
# :::

# %%
reported = draft(
    effect.reported(answers, missions, year, confidence), groups=["question"], **of_answers,
    cells=counted.shares(answers, effect.reported_as(answers)),
)
show_intervals(
    reported, "effect-reported", "Wat deelnemers zeggen over kansen en contracten",
    category=("question", "Wat bedrijven melden"), value=("Deel van de deelnemers in procenten", "pct"), scale=PERCENT,
)

# %%
revenue = draft(
    shares.answer_distribution(answers, of_year, "expected_revenue_class", asked_as["expected_revenue_class"].answers),
    groups=["answer"], **of_answers, cells=counted.classes("expected_revenue_class"),
)
show_bars(
    revenue, "effect-revenue", "De omzet die bedrijven zelf verwachten, in klassen",
    category=("answer", "Verwachte omzet"), value=("Deel van de antwoorden in procenten", "pct"),
    note="Eigen opgave, geen gerealiseerde handel.",
)

# %%
totals = shares.year_totals(answers, missions, "serious_leads_n", year, confidence)
about = {"cells": counted.rests_on("serious_leads_n", n=True), "dominance": assumption("dominance", year)}
leads = draft(totals, groups=[], **of_answers, **about)

# %%
publish(
    effect_matchmaking_score=judged.where(question="matchmaking_quality"),
    effect_networking_enough_score=judged.where(question="networking_enough"),
    effect_networking_effective_score=judged.where(question="networking_effective"),
    effect_goal_reached_pct=goals.where(question="any_goal"),
    effect_lead_pct=reported.where(question="has_lead"), effect_leads_n=leads, effect_contract_pct=reported.where(question="contract_signed"),
)

# %%
judge(**verdicts(differences, effect_two_points_lowest=compared))

# %% [markdown]
# ## Wat deze bijlage niet zegt
#
# - Of een contract er zonder de missie niet was gekomen, is niet te zeggen; bedrijven geven alleen hun eigen indruk.
# - Verwachte omzet is niet op te tellen: één groot bedrijf kan de hele som bepalen, en verwachtingen komen niet altijd uit.
# - Een doel dat niet is bereikt, kan later nog worden bereikt: de vragenlijst komt enkele maanden na de missie.
