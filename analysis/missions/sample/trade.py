"""Trade of firms with countries, year by year: what it would have been without any mission, and what missions add."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .truth import COUNTRIES, EFFECT_YEARS, FIRST_TRADE_YEAR, SIZES, Truth

_YEARS_WITHOUT_EXPORT = 2  # a pair that exported in neither of the two years before can start
_ANY_BY_SIZE = np.array([-1.0, -0.7, -0.3, 0.2])  # the index behind any export; it exports where the index is above zero
_ANY_BY_GROUP = {"oecd": 0.2, "brics": -0.1, "developing": -0.3, "other": 0.0}
_LOG_EUR_BY_SIZE = np.array([9.6, 10.4, 11.4, 12.6])
_LOG_EUR_RANGE = (6.2, 17.5)  # tails are heavy, but no firm outgrows a small country


@dataclass(frozen=True)
class _Exports:
    """Per pair and year: whether there is any export, and how much it is when there is."""

    has_any: np.ndarray
    value: np.ndarray

    def euros(self) -> np.ndarray:
        return np.where(self.has_any, np.rint(self.value), 0).astype(np.int64)


def _participant_pairs(participations: pd.DataFrame, missions: pd.DataFrame) -> pd.DataFrame:
    """Firm and country of the first mission of the firm to that country."""
    went = participations.loc[~participations["has_cancelled"], ["firm", "mission_id"]]
    columns = ["mission_id", "start_on", "year", "countries_iso3", "leader_office"]
    pairs = went.merge(missions[columns], on="mission_id", validate="many_to_one").sort_values(["start_on", "mission_id", "firm"])
    pairs["country_iso3"] = pairs["countries_iso3"].str.split(";")
    pairs = pairs.explode("country_iso3").drop_duplicates(["firm", "country_iso3"])
    return pd.DataFrame(
        {
            "firm": pairs["firm"],
            "country_iso3": pairs["country_iso3"],
            "first_mission_year": pairs["year"],
            "is_with_minister": pairs["leader_office"] != "none",
        }
    )


def _pairs(rng: np.random.Generator, firms: pd.DataFrame, participations: pd.DataFrame, missions: pd.DataFrame) -> pd.DataFrame:
    """All pairs of participants, and for each country about as many firms that never went there."""
    went = _participant_pairs(participations, missions)
    parts = [went]
    for country in COUNTRIES:
        of_country = went.loc[went["country_iso3"] == country, "firm"]
        others = rng.permutation(np.setdiff1d(np.arange(len(firms)), of_country))[: len(of_country)]
        parts.append(pd.DataFrame({"firm": others, "country_iso3": country}))
    pairs = pd.concat(parts, ignore_index=True)
    pairs["first_mission_year"] = pairs["first_mission_year"].astype("Int32")
    pairs["is_with_minister"] = pairs["is_with_minister"].astype("boolean")
    pairs = pairs.join(firms[["size_class", "is_independent_sme", "sector"]], on="firm")
    # A pseudonym: neither a number of the participations nor in their order, so that nobody joins the two by accident.
    pairs["company_id"] = [f"SYN{100_001 + number}" for number in rng.permutation(len(firms))[pairs["firm"]]]
    return pairs.sort_values(["company_id", "country_iso3"], ignore_index=True)


def _persistent(rng: np.random.Generator, persistence: float, sd: float, shape: tuple[int, int]) -> np.ndarray:
    """Errors of which each year remembers the one before; the same spread in every year."""
    errors = rng.normal(0, sd, shape)
    for column in range(1, shape[1]):
        errors[:, column] = persistence * errors[:, column - 1] + np.sqrt(1 - persistence**2) * errors[:, column]
    return errors


def _exports_without_mission(rng: np.random.Generator, truth: Truth, pairs: pd.DataFrame, years: np.ndarray) -> _Exports:
    n, size = len(pairs), pairs["size_class"].map(SIZES.index).to_numpy()
    group = pairs["country_iso3"].map(COUNTRIES).map(_ANY_BY_GROUP).to_numpy()
    firm_trend = rng.normal(0, truth.firm_trend_sd, pairs["firm"].max() + 1)[pairs["firm"]]
    pair = rng.normal(0, 0.7, n)
    error = _persistent(rng, truth.error_persistence, 0.6, (n, len(years)))
    # Only this trend sets pairs with a mission apart; all else that differs between them can be seen in the panel.
    trend = firm_trend + np.where(pairs["first_mission_year"].notna(), truth.trend_of_participants, 0.0)
    index = (_ANY_BY_SIZE[size] + group + pair)[:, None] + trend[:, None] * (years - years.mean()) + error
    heavy = 0.6 * rng.standard_t(3, n)
    log_value = (_LOG_EUR_BY_SIZE[size] + 0.5 * pair + heavy)[:, None] + 0.5 * error + rng.normal(0, 0.3, error.shape)
    return _Exports(index > 0, np.exp(np.clip(log_value, *_LOG_EUR_RANGE)))


def _dipped(rng: np.random.Generator, truth: Truth, exports: _Exports, since: np.ndarray) -> _Exports:
    """Exports that dip in the year before the mission. The dip is no effect: it comes to those who were about to go."""
    stops = rng.random(since.shape) < truth.dip_share
    before = (since == -1) & (truth.dip_share > 0)
    return _Exports(exports.has_any & ~(before & stops), exports.value * np.where(before, 0.5, 1.0))


def _start_effect(truth: Truth, pairs: pd.DataFrame) -> np.ndarray:
    is_developing = pairs["country_iso3"].map(COUNTRIES) == "developing"
    effect = np.where(is_developing, truth.start_effect_developing_pp, truth.start_effect_pp)
    return effect + np.where(pairs["is_with_minister"].fillna(False), truth.start_effect_minister_pp, 0.0)


def _with_mission(
    rng: np.random.Generator, truth: Truth, pairs: pd.DataFrame, exports: _Exports, can_start: np.ndarray, window: np.ndarray
) -> _Exports:
    """What missions add: some pairs start and export in each year of the window, earlier exporters export more in it.

    The share that starts is such that any export rises by the planted points in each year: who would have exported anyway gains
    nothing by a start.
    """
    effect = _start_effect(truth, pairs)
    chance = np.zeros(len(pairs))
    for size in np.unique(effect):
        alike = can_start & (effect == size)
        without = ~exports.has_any[alike][window[alike]]
        chance[alike] = size / 100 / without.mean() if len(without) else 0.0
    starts = can_start & (rng.random(len(pairs)) < chance)
    grows = window & ~can_start[:, None]
    return _Exports(
        exports.has_any | (window & starts[:, None]), exports.value * np.where(grows, 1 + truth.growth_effect_pct / 100, 1.0)
    )


def _dominated(share: float, pairs: pd.DataFrame, exports: _Exports, others: _Exports) -> tuple[_Exports, _Exports]:
    """Both worlds with one participant, the largest, raised to the wanted share of all exports in the first."""
    if not share:
        return exports, others
    euros = exports.euros().sum(axis=1)
    by_firm = pd.Series(np.where(pairs["first_mission_year"].notna(), euros, 0)).groupby(pairs["firm"].to_numpy()).sum()
    of_firm = (pairs["firm"] == by_firm.idxmax()).to_numpy()
    factor = share / (1 - share) * euros[~of_firm].sum() / euros[of_firm].sum()
    scale = np.where(of_firm, factor, 1.0)[:, None]
    return tuple(_Exports(world.has_any, world.value * scale) for world in (exports, others))


def _realised(pairs: pd.DataFrame, with_: _Exports, without: _Exports, can_start: np.ndarray, window: np.ndarray) -> dict:
    """Differences between the two worlds among pairs with a mission, over the years of the window that the panel holds."""
    group = pairs["country_iso3"].map(COUNTRIES).to_numpy()
    has_minister = pairs["is_with_minister"].fillna(False).to_numpy(bool)
    gain = np.where(window, with_.has_any.astype(int) - without.has_any, 0)
    gain_ever = (window & with_.has_any).any(axis=1).astype(int) - (window & without.has_any).any(axis=1)

    def start_effect(rows: np.ndarray) -> dict[str, float]:
        return {
            "pairs_n": int(rows.sum()),
            "any_export_per_year_pp": float(100 * gain[rows].sum() / window[rows].sum()) if rows.any() else 0.0,
            "any_export_in_window_pp": float(100 * gain_ever[rows].mean()) if rows.any() else 0.0,
        }

    earlier = pairs["first_mission_year"].notna().to_numpy() & ~can_start
    after, before = ((world.euros() * window)[earlier].sum() for world in (with_, without))
    return {
        "pairs_with_mission_n": int(pairs["first_mission_year"].notna().sum()),
        "pairs_without_mission_n": int(pairs["first_mission_year"].isna().sum()),
        "start": {
            "all": start_effect(can_start),
            "developing": start_effect(can_start & (group == "developing")),
            "not_developing": start_effect(can_start & (group != "developing")),
            "with_minister": start_effect(can_start & has_minister),
            "without_minister": start_effect(can_start & ~has_minister),
        },
        "growth": {"pairs_n": int(earlier.sum()), "export_value_pct": float(100 * (after / before - 1))},
    }


def _imports(rng: np.random.Generator, truth: Truth, pairs: pd.DataFrame, years: np.ndarray) -> np.ndarray:
    """Imports, on which no mission has an effect: an outcome on which nothing should be found."""
    n, size = len(pairs), pairs["size_class"].map(SIZES.index).to_numpy()
    error = _persistent(rng, truth.error_persistence, 0.6, (n, len(years)))
    index = (_ANY_BY_SIZE[size] - 0.3 + rng.normal(0, 0.7, n))[:, None] + error
    log_value = (_LOG_EUR_BY_SIZE[size] + rng.normal(0, 1.2, n))[:, None] + 0.5 * error
    return np.where(index > 0, np.rint(np.exp(np.clip(log_value, *_LOG_EUR_RANGE))), 0).astype(np.int64)


def trade_panel(
    rng: np.random.Generator,
    truth: Truth,
    firms: pd.DataFrame,
    missions: pd.DataFrame,
    participations: pd.DataFrame,
    reporting_year: int,
) -> tuple[pd.DataFrame, dict]:
    """The panel (every pair in every year) and the realised differences that missions made."""
    pairs = _pairs(rng, firms, participations, missions)
    years = np.arange(FIRST_TRADE_YEAR, reporting_year + 1)
    # A year that never comes stands for pairs without a mission: no year lies in their window or just before it.
    since = years - pairs["first_mission_year"].fillna(9999).to_numpy(int)[:, None]
    window = (since >= 0) & (since < EFFECT_YEARS)
    without = _dipped(rng, truth, _exports_without_mission(rng, truth, pairs, years), since)
    earlier = (since < 0) & (since >= -_YEARS_WITHOUT_EXPORT)
    can_start = window.any(axis=1) & ~(without.has_any & earlier).any(axis=1)
    with_ = _with_mission(rng, truth, pairs, without, can_start, window)
    with_, without = _dominated(truth.dominating_firm_share, pairs, with_, without)
    # An office abroad, once opened, stays.
    opened = rng.random((len(pairs), len(years))) < np.where(pairs["size_class"] == "large", 0.008, 0.002)[:, None]
    panel = pairs.loc[pairs.index.repeat(len(years))].reset_index(drop=True)
    panel["year"] = np.tile(years, len(pairs))
    panel["export_value_eur"] = with_.euros().ravel()
    panel["import_value_eur"] = _imports(rng, truth, pairs, years).ravel()
    panel["has_foreign_investment"] = np.logical_or.accumulate(opened, axis=1).ravel()
    return panel, _realised(pairs, with_, without, can_start, window)
