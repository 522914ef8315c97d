# %% [markdown]
# # Bijlage overzicht: economische missies in {setting}`reporting_year`
#
# {setting}`in_the_data` begonnen in {setting}`reporting_year` {fact}`overview_missions_n` economische missies.
# Bedrijven namen samen {fact}`overview_companies_n` keer deel; {fact}`overview_independent_sme_share_pct` van die deelnames kwam van zelfstandig mkb.
#
# Welke echte missies met naam en datum openbaar bekend zijn, staat in {numref}`overview-public-missions`.

# %% tags=["parameters"]
year: int = 2025
data: str = "sample"

# %%
from missions import store
from missions.disclosure import counted, draft, on_record
from missions.estimates import record, register
from missions.present.charts import show_bars
from missions.present.facts import publish
from missions.present.tables import show_table

# %%
missions = store.read("mission_register", year, data)
public_missions = store.read("record_missions", year, data)
public_series = store.read("record_series", year, data)
sources = store.read("record_sources", year, data)

# %% [markdown]
# ## De missies volgens het missieregister
#
# Het register houdt bedrijven, kennisinstellingen en personen apart; deze publicatie telt ze niet bij elkaar op.
# Naast de bedrijven waren er {fact}`overview_knowledge_institutes_n` deelnames van kennisinstellingen; er reisden {fact}`overview_persons_n` personen mee, per missie geteld.
# Een deelname is één bedrijf op één missie: een bedrijf dat twee keer meegaat, telt twee keer.
# Hoeveel verschillende bedrijven dat zijn, is niet bekend: het register bevat geen gegevens om hen te tellen.

# %%
sizes = draft(
    register.mission_sizes(missions, year), groups=register.DESCRIBED, inputs=[missions], missions=missions, cells=counted.counts("companies"),
)
show_bars(
    sizes.ordered("value"), "overview-sizes", "Deelnemende bedrijven per missie", finding="van {lowest_value} tot {highest_value}",
    category=("countries_iso3", "Bestemming"), value=("Deelnemende bedrijven", "count"),
)

# %%
show_table(
    sizes, "overview-calendar", "Missies van het verslagjaar: waarheen, wanneer en voor welke sectoren",
    {
        "mission_id": "Missie", "countries_iso3": ("Bestemming", "codes"), "start_on": ("Begin", "date"), "end_on": ("Einde", "date"),
        "sectors": ("Sectoren", "codes"),
    },
)

# %%
show_table(
    sizes, "overview-missions", "Missies van het verslagjaar: soort, leiding en omvang",
    {
        "mission_id": "Missie", "countries_iso3": ("Bestemming", "codes"), "mission_type": ("Soort", "codes"),
        "leader_office": ("Leiding", "codes"), "value": ("Bedrijven", "count"), "imvo_regime": ("IMVO", "codes"),
    },
    note="Per missie staat hier alleen het aantal bedrijven. Kennisinstellingen, personen en zelfstandig mkb staan er als totaal: hoe fijner de telling, hoe eerder iemand te herkennen is.",
)

# %% [markdown]
# ## Wat openbaar is over missies in {setting}`reporting_year`
#
# Deze lijst komt uit openbare bronnen en is niet volledig: een volledige openbare lijst is niet gevonden.
# Waar de omvang niet is gevonden, staat dat er.

# %%
known = on_record(record.missions(public_missions, year), groups=["mission_id"], inputs=[public_missions])
show_table(
    known, "overview-public-missions", "Missies waarvan bestemming en datum openbaar zijn",
    {
        "countries_iso3": ("Bestemming", "codes"), "start_on": ("Begin", "date"), "leader_office": ("Leiding", "codes"),
        "value": ("Omvang", "count"), "size_unit": ("Geteld als", "codes"), "source_id": "Bron",
    },
)

# %%
earlier = on_record(record.missions_before(public_missions, year), groups=["mission_id"], inputs=[public_missions])
show_table(
    earlier, "overview-earlier-missions", "Eerdere missies met een openbare omvang",
    {
        "countries_iso3": ("Bestemming", "codes"), "start_on": ("Begin", "date"), "leader_office": ("Leiding", "codes"),
        "value": ("Omvang", "count"), "size_unit": ("Geteld als", "codes"), "source_id": "Bron",
    },
)

# %% [markdown]
# ## Andere openbare cijfers
#
# De cijfers in {numref}`overview-record` tellen niet allemaal hetzelfde.
# Het CBS telde missies onder leiding van een bewindspersoon en kwam op {fact}`record_missions_led_n` missies en {fact}`record_firms_unique_n` verschillende bedrijven.
#
# :::{when-known} record_missions_before_latest_n record_missions_latest_n
# RVO meldde aan de pers {fact}`record_missions_before_latest_n` missies in het ene en {fact}`record_missions_latest_n` in het volgende jaar; of die telling gelijk is aan die van het CBS, is niet bekend.
# :::
#
# Daarom staan deze cijfers niet samen in één lijn.
# Bedragen zijn door bedrijven gemeld, of door RVO geschat uit wat zij melden: het is geen gerealiseerde handel en geen gemeten effect.

# %%
series = on_record(record.series(public_series), groups=["indicator", "period"], inputs=[public_series])
show_table(
    series, "overview-record", "Cijfers over economische missies uit openbare bronnen",
    {"indicator": ("Wat is geteld", "codes"), "period": "Periode", "value": ("Cijfer", "by_row"), "source_id": "Bron"},
)

# %%
cited = on_record(sources, groups=["source_id"], inputs=[sources])
show_table(
    cited, "overview-sources", "De bronnen van de openbare cijfers",
    {"source_id": "Bron", "title": "Titel", "publisher": ("Uitgever", "codes"), "date": "Datum"},
)

# %%
of_year = draft(
    register.totals(missions, year), groups=["measure"], inputs=[missions], missions=register.missions_of_year(missions, year),
    cells=counted.totals(register.COUNTED),
)
led = record.figure(public_series, "missions_led_by_bewindspersoon")
unique_firms = record.figure(public_series, "participating_firms_unique")
latest = record.figure(public_series, "missions_per_year", year - 1)
before_latest = record.figure(public_series, "missions_per_year", year - 2)

# %%
publish(
    overview_missions_n=of_year.where(measure="missions_n"),
    overview_companies_n=of_year.where(measure="companies_n"),
    overview_knowledge_institutes_n=of_year.where(measure="knowledge_institutes_n"),
    overview_persons_n=of_year.where(measure="persons_n"),
    overview_independent_sme_share_pct=of_year.where(measure="independent_sme_share"),
    record_missions_led_n=on_record(led, groups=["indicator"], inputs=[public_series]),
    record_firms_unique_n=on_record(unique_firms, groups=["indicator"], inputs=[public_series]),
    record_missions_latest_n=on_record(latest, groups=["indicator"], inputs=[public_series]),
    record_missions_before_latest_n=on_record(before_latest, groups=["indicator"], inputs=[public_series]),
)

# %% [markdown]
# ## Wat deze bijlage niet zegt
#
# - Het register telt deelnames, geen verschillende bedrijven.
# - De omvang van een missie zegt niets over wat zij opleverde; daarover gaat de bijlage effectmeting.
# - De openbare lijst is niet volledig en komt deels uit de buitenlandse pers.
