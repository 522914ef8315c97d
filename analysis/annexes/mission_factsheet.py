# %% [markdown]
# # Missie {record}`Land` ({parameter}`mission_id`)
#
# Dit blad hoort bij de rapportage over de economische missies van {setting}`reporting_year`.
#
# :::{when-known} effect_mean_grade
# {setting}`in_the_data` geven bedrijven alle missies van dat jaar samen gemiddeld een {fact}`effect_mean_grade`, op een schaal van {setting}`scale_grade`.
# :::
#
# Rust een cijfer over deze missie op te weinig antwoorden, of zou het een ander cijfer verraden, dan staat het hier niet: bedrijven is beloofd dat niemand hen herkent.

# %% tags=["parameters"]
year: int = 2025
data: str = "sample"
mission_id: str = "2025-XAB-01"

# %%
from missions import store
from missions.declared import questions
from missions.declared.assumptions import assumption
from missions.disclosure import counted, draft
from missions.estimates import register, survey
from missions.present.charts import show_intervals
from missions.present.tables import show_record, show_table

# %%
answers = store.read("survey_answers", year, data)
missions = store.read("mission_register", year, data)
scales = questions.scales(year, data)
confidence = assumption("confidence_level", year)

# %% [markdown]
# ## De missie

# %%
sizes = draft(
    register.mission_sizes(missions, year), groups=register.DESCRIBED, inputs=[missions], missions=missions, cells=counted.counts("companies"),
)
show_record(
    sizes.where(mission_id=mission_id), f"register-{mission_id}".lower(), "De missie volgens het register",
    {
        "countries_iso3": ("Land", "codes"), "start_on": ("Begin", "date"), "end_on": ("Einde", "date"),
        "mission_type": ("Soort", "codes"), "leader_office": ("Leiding", "codes"), "sectors": ("Sectoren", "codes"),
        "imvo_regime": ("IMVO", "codes"), "value": ("Deelnemende bedrijven", "count"),
    },
)

# %% [markdown]
# ## Wat deelnemers vinden
#
# RVO nodigt deelnemende bedrijven na afloop uit om hun oordeel te geven; niet alle bedrijven antwoorden.
# Over de bewindspersoon is alleen gevraagd op missies met een bewindspersoon.
# Het interval laat zien waar het gemiddelde van alle deelnemers kan liggen, als bedrijven die niet antwoordden net zo oordelen als de andere.
# Missies verschillen in doel en in deelnemers: een hoger of lager cijfer dan een andere missie maakt een missie niet beter of slechter.

# %%
judged = draft(
    survey.questions_per_mission(answers, missions, scales, year, confidence), groups=["mission_id", "question"],
    inputs=[answers, missions], missions=missions, cells=counted.means(answers, scales),
).where(mission_id=mission_id)
grade = judged.where(question="grade")
show_table(
    grade, f"grade-{mission_id}".lower(), "Het rapportcijfer voor deze missie",
    {
        "question": ("Vraag", "codes"), "value": ("Gemiddelde", "grade"), "interval": ("Interval", "grade"),
        "n": ("Antwoorden", "count"), "population_n": ("Uitgenodigd", "count"),
    },
)

# %%
led = mission_id in set(register.led_by_minister(missions)["mission_id"])
not_asked = [] if led else [question for question in scales if question.startswith("minister_")]
show_intervals(
    judged.without(question=["grade", *not_asked]), f"questions-{mission_id}".lower(), "Oordelen over onderdelen van de missie",
    category=("question", "Vraag"), value=("Gemiddeld oordeel", "score"), scale=scales["matchmaking_quality"],
)

# %% [markdown]
# ## Wat dit blad niet zegt
#
# - Een oordeel is geen effect: tevreden bedrijven hoeven niet meer te handelen, en ontevreden bedrijven niet minder.
# - Hoe deze cijfers zijn berekend, staat in de bijlage effectmeting.
# - Aantallen zelfscans, gesprekken en afspraken per missie worden niet gepubliceerd, omdat zij bedrijven herkenbaar zouden maken.
