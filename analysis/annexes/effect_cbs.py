# %% [markdown]
# # Bijlage effectmeting: wat het CBS mat, en wat niet
#
# Het CBS volgde bedrijven die van {fact}`cbs_missions_first_year` tot en met {fact}`cbs_missions_last_year` meegingen met een missie onder leiding van een bewindspersoon.
# Het vond een effect van {fact}`cbs_start_trade_total_pct` op beginnen met handel, en {fact}`cbs_start_trade_developing_pct` bij ontwikkelingslanden.
# Voor alle bedrijven samen publiceert het {claim}`effecten boven nul <cbs_totals_above_zero>`; hoe zeker die zijn, is niet gepubliceerd.
# Voor ontwikkelingslanden {claim}`vermeldt het CBS een effect van nul <cbs_zero_in_developing>`, zonder marge.
# Volgens de beslisnota constateert het CBS dat {said}`het rendement van missies onder leiding van een bewindspersoon hoog is <note_return_high>`.

# %% tags=["parameters"]
year: int = 2025
data: str = "sample"

# %%
from missions import store
from missions.disclosure import on_record
from missions.estimates import record
from missions.present.facts import publish
from missions.present.judge import judge
from missions.present.tables import show_matrix
from missions.verdicts import verdicts_on_record

# %%
cbs = store.read("cbs_effect", year, data)
effects = on_record(record.cbs_effects(cbs), groups=["group", "outcome"], inputs=[cbs])
start_trade, start_fdi = effects.where(outcome="start_trade"), effects.where(outcome="start_fdi")

# %% [markdown]
# ## De cijfers
#
# Het CBS keek of bedrijven binnen {fact}`cbs_horizon_n` jaar **begonnen** met handel of met investeren in het bezochte land.
# Met welke bedrijven het hen vergeleek, staat niet in de bron die hier is gebruikt.
# Voor zelfstandig mkb is het effect op handel {fact}`cbs_start_trade_independent_sme_pct`, voor grootbedrijf {fact}`cbs_start_trade_large_pct`.
# Voor missies naar ontwikkelingslanden publiceert het CBS {fact}`cbs_start_trade_developing_pct` voor handel en {fact}`cbs_start_fdi_developing_pct` voor investeren.
# Dat is een gemiddelde over ontwikkelingslanden samen; over één land, zoals Kenia, zegt het niets apart.

# %%
show_matrix(
    effects, "effect-cbs", "Effect van missies volgens het CBS, zoals gepubliceerd", rows=("group", "Groep"),
    columns=("outcome", ["start_trade", "start_fdi"]), unit="pct_as_published",
    note="De bron maakt niet duidelijk of het om procenten of om procentpunten gaat; de tabel volgt de woorden van het CBS.",
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
totals, developing = record.cbs_effects(cbs, group="total"), record.cbs_effects(cbs, group="developing")
judge(**verdicts_on_record([cbs], cbs_totals_above_zero=totals, cbs_zero_in_developing=developing))

# %% [markdown]
# ## Hoe eigen onderzoek naar het effect kan
#
# Voor eigen onderzoek zijn gegevens van afzonderlijke bedrijven nodig: wie meeging, en wat zij voor en na de missie met welk land handelden.
# Die gegevens blijven in de beveiligde omgeving van het CBS; alleen uitkomsten die geen bedrijf verraden mogen eruit.
# De antwoorden aan RVO zijn anoniem en kunnen daarom niet aan handelscijfers worden gekoppeld.

# %% [markdown]
# ## Wat deze bijlage niet zegt
#
# - Deze cijfers zeggen niets over missies in {setting}`reporting_year`: zij gaan over eerdere missies.
# - Zij zeggen niet hoeveel geld een missie opleverde: begonnen met handel is iets anders dan een bedrag.
# - Alle onderzochte missies hadden een bewindspersoon aan het hoofd; het effect van diens aanwezigheid zelf is er dus niet uit af te lezen.
# - Wat bedrijven zelf melden aan omzet of orders, staat op een andere pagina en hoort niet naast deze cijfers.
