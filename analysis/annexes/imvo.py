# %% [markdown]
# # Bijlage IMVO: internationaal maatschappelijk verantwoord ondernemen
#
# Volgens de beslisnota leidde de zelfscan {said}`in enkele gevallen <note_few_talks>` tot een gesprek.
# Daarbij {claim}`hebben de toetsen tot nu toe niet geleid tot uitsluiting <record_no_exclusions>`.
# Andere aantallen zijn niet openbaar.
#
# {setting}`in_the_data` is bij {fact}`imvo_self_scan_n` van de {fact}`imvo_participations_n` deelnames van bedrijven de zelfscan volledig ingevuld; bij de andere is hij niet of niet volledig ingevuld, en {claim}`geen enkele deelname werd uitgesloten <imvo_no_exclusions>`.
#
# :::{when-known} imvo_talk_n
# Bij {fact}`imvo_talk_n` deelnames volgde een gesprek.
# :::
#
# :::{when-unknown} imvo_talk_n
# Bij hoeveel deelnames een gesprek volgde, wordt niet gepubliceerd.
# :::
#
# :::{when-known} imvo_agreement_n
# Bij {fact}`imvo_agreement_n` deelnames volgde een verbeterafspraak.
# :::
#
# :::{sample-only}
# De aantallen zijn verzonnen.
# :::

# %% tags=["parameters"]
year: int = 2025
data: str = "sample"

# %%
from missions import store
from missions.disclosure import counted, draft, on_record
from missions.estimates import imvo, record
from missions.present.charts import show_bars
from missions.present.facts import publish
from missions.present.judge import judge
from missions.present.tables import show_matrix, show_table
from missions.verdicts import verdicts, verdicts_on_record

# %%
steps = store.read("imvo_steps", year, data)
missions = store.read("mission_register", year, data)
public_missions = store.read("record_missions", year, data)
public_series = store.read("record_series", year, data)

# %% [markdown]
# ## Van zelfscan tot afspraak
#
# Ieder bedrijf dat meegaat, onderschrijft de OESO-richtlijnen; dat is een voorwaarde en wordt getoetst.
# Voor de missie vult het bedrijf een zelfscan in.
# Geeft die aanleiding (een signaal), dan kan een gesprek volgen met het MVO-steunpunt bij RVO of met het ministerie, en zo nodig een afspraak over verbetering.
# Niet op elk signaal volgt een gesprek; waarom niet, staat niet in de geleverde gegevens.
# Ook is niet bekend wat er gebeurde bij deelnames zonder volledige zelfscan.
# Dit is een telling van alle deelnames en geen steekproef: deze aantallen hebben geen interval.

# %%
took_part = missions[missions["mission_id"].isin(steps["mission_id"])]
of_steps = {"inputs": [steps, missions], "missions": took_part, "promise": counted.NOT_PER_MISSION}
whole = imvo.chain(steps, missions)
chain = draft(whole, groups=["regime", "step"], **of_steps, cells=counted.steps())
show_bars(
    chain.where(regime=imvo.TOTAL), "imvo-chain", "Aantal deelnames per stap van de IMVO-keten",
    category=("step", "Stap"), value=("Deelnames van bedrijven", "count"),
)

# %% [markdown]
# ## Standaard en extra aandacht
#
# Volgens de beslisnota is er {said}`waar de mogelijke risico's hoger worden ingeschat <note_higher_risk>` voor en tijdens de missie extra aandacht voor de risico's ter plaatse.
# Zij noemt {claim}`Kenia en Saoedi-Arabië als voorbeeld <record_extra_attention_kenya_saudi_arabia>` ({numref}`imvo-extra-attention`).
# Hoeveel bedrijven daar een zelfscan invulden, is niet openbaar.
#
# {numref}`imvo-regime` splitst de keten naar regime; dat gebeurt alleen als elk regime ten minste drie missies telt, omdat er per missie niets wordt gepubliceerd.
# Meer signalen of gesprekken daar zeggen niet dat bedrijven zich er slechter gedragen: deze missies zijn gekozen omdat het risico er hoger is ingeschat.
#
# :::{sample-only}
# Deze telling gaat over voorbeeldlanden, niet over Kenia of Saoedi-Arabië.
# :::

# %%
show_matrix(
    chain, "imvo-regime", "De stappen per regime", rows=("step", "Stap"),
    columns=("regime", imvo.regimes(whole)), unit="count",
)

# %% [markdown]
# ## Hoe vaak de ene stap op de andere volgt
#
# {numref}`imvo-rates` geeft bij elk deel beide aantallen.
# Waar niemand een stap bereikte, staat alleen het aantal: nul gevallen zeggen niet dat het nooit gebeurt.
# {numref}`imvo-compare` vergelijkt beide regimes; bij extra aandacht horen gesprekken, dus een verschil is beleid en geen oordeel over bedrijven.

# %%
rates = draft(imvo.rates(whole), groups=["regime", "step", "of"], **of_steps, cells=counted.steps())
show_table(
    rates.where(regime=imvo.TOTAL), "imvo-rates", "Van stap naar stap, alle missies samen",
    {
        "step": ("Stap", "codes"), "of": ("Als deel van", "codes"), "n": ("Aantal", "count"),
        "population_n": ("Van", "count"), "value": ("Deel", "pct"),
    },
    empty="geen deel",
)

# %%
compared = draft(imvo.compare(steps, missions), groups=["step", "of"], **of_steps, cells=counted.between_regimes(took_part))
show_table(
    compared.without(step=["excluded"]), "imvo-compare", "Verschil tussen extra aandacht en standaard",
    {
        "step": ("Stap", "codes"), "of": ("Als deel van", "codes"), "value": ("Verschil", "pp"), "interval": ("Interval", "pp"),
        "detectable": ("Valt meestal op vanaf", "pp"), "stands_out": ("Opvallend", "codes"),
    },
    empty="",
    note="Het is een telling; het interval zegt hoe groot het verschil door toeval kan zijn als het regime over missies was verdeeld. Opvallend: meer dan toeval als alle stappen samen worden beoordeeld; een verkenning. Telt een regime te weinig missies, dan is er geen toets.",
)

# %%
attention = record.extra_attention(public_missions, year)
extra = on_record(attention, groups=["mission_id"], inputs=[public_missions])
show_table(
    extra, "imvo-extra-attention", "Missies met extra aandacht voor IMVO die de beslisnota als voorbeeld noemt",
    {"countries_iso3": ("Bestemming", "codes"), "start_on": ("Begin", "date"), "source_id": "Bron van de datum"},
    note="Hoeveel zelfscans, gesprekken en afspraken er per missie waren, wordt niet gepubliceerd: dat zou bedrijven herkenbaar maken.",
)

# %%
total, exclusions = chain.where(regime=imvo.TOTAL), record.figure(public_series, "imvo_exclusions", year)
publish(
    imvo_participations_n=total.where(step="participations"),
    imvo_self_scan_n=total.where(step="self_scan"),
    imvo_talk_n=total.where(step="talk"),
    imvo_agreement_n=total.where(step="agreement"),
    imvo_excluded_n=total.where(step="excluded"),
    record_imvo_exclusions_n=on_record(exclusions, groups=["indicator"], inputs=[public_series]),
)

# %%
excluded = whole[(whole["regime"] == imvo.TOTAL) & (whole["step"] == "excluded")]
judge(
    **verdicts_on_record([public_series], record_no_exclusions=exclusions),
    **verdicts(total.where(step="excluded"), imvo_no_exclusions=excluded),
    **verdicts_on_record([public_missions], record_extra_attention_kenya_saudi_arabia=record.destinations(attention)),
)

# %% [markdown]
# ## Wat deze bijlage niet zegt
#
# - De telling gaat over deelnames: een bedrijf dat twee keer meeging, staat er twee keer in.
# - Een volledig ingevulde zelfscan zegt niet dat alle antwoorden kloppen.
# - De telling zegt niets over wat een missie opleverde. Voor missies naar ontwikkelingslanden samen publiceert het CBS {fact}`cbs_start_trade_developing_pct` als effect op beginnen met handel.
