"""Tables that are not decided yet: what an annex registers, and what becomes of it when the decision is known.

PRIVACY: a draft holds every row. It has no content for a notebook; only `show_*`, `publish` and `judge` take it, and what they
make is kept apart from all that becomes an edition until the decision is known.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from .cells import Cell, Row

LEFT_OUT = "left_out"  # columns of a row that is shown whose count is not
ORIGIN = "origin"  # key in DataFrame.attrs of a table as it was read
PUBLISHED, SUPPRESSED = "published", "suppressed"
NOTHING = Row("nothing", ())  # of a row that rests on no answer: withheld, and no partner for any other
_RESULTS = ("value", "low", "high", "n", "population_n")
Cells = Callable[[pd.Series, tuple[str, ...]], Sequence[Cell]]  # row of a table, its missions -> what it would print


class DisclosureError(ValueError):
    """Something would be shown past the decision, or is registered wrongly; the message says what to do."""


@dataclass(frozen=True)
class Released:
    """A table that may leave the building.

    table: group columns, result columns and `status`; all but the groups is empty in a withheld row. Column `left_out` names the
    columns of a shown row that are empty because their count tells too much. inputs: origin of every
    delivery that it rests on (delivery, file, title, producer, sha256, synthetic, ...).
    """

    table: pd.DataFrame
    groups: tuple[str, ...]
    inputs: tuple[dict, ...]

    @property
    def synthetic(self) -> bool:
        return any(origin["synthetic"] for origin in self.inputs)


class Draft:
    """A table before it is decided which of its rows may be shown. rows: of each row what it is in the ledger, None on record."""

    def __init__(
        self,
        table: pd.DataFrame,
        groups: Sequence[str],
        inputs: Sequence[dict],
        rows: Sequence[Row | None],
        order: tuple[str, bool] | None = None,
    ):
        if results := [column for column in groups if column in _RESULTS or pd.api.types.is_float_dtype(table[column])]:
            raise DisclosureError(
                f"{', '.join(results)}: a result is no name of a row, because a name stays when all else is withheld"
            )
        self._table, self._rows = table.reset_index(drop=True), tuple(rows)
        self.groups, self.inputs, self._order = tuple(groups), tuple(inputs), order

    def __repr__(self) -> str:
        return (
            f"a draft of {len(self)} rows: it is decided later what of it is shown; use show_table, show_bars, publish or judge"
        )

    def __reduce__(self):
        raise DisclosureError(f"{self!r}; it cannot be saved")

    def __len__(self) -> int:
        return len(self._table)

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is registered of it."""
        return tuple(row for row in self._rows if row not in (None, NOTHING))

    def where(self, **groups: object) -> Draft:
        """Only the rows of some groups, in the same order."""
        return self._kept(groups, lambda column, value: column == value)

    def without(self, **groups: Collection[object]) -> Draft:
        """All rows but those of some groups, in the same order."""
        return self._kept(groups, lambda column, values: ~column.isin(values))

    def ordered(self, column: str, *, largest_first: bool = True) -> Draft:
        """The same rows by the value of a column; what is withheld comes last, by name, so that its place tells nothing."""
        return Draft(self._table, self.groups, self.inputs, self._rows, (column, largest_first))

    def as_headline(self) -> Draft:
        """The same, as figures that the letter needs."""
        rows = [row if row in (None, NOTHING) else replace(row, headline=True) for row in self._rows]
        return Draft(self._table, self.groups, self.inputs, rows, self._order)

    def rows_where(self, group: str, value: object) -> list[Row]:
        """The rows with this value in a group column; none for a missing value."""
        same = [] if pd.isna(value) else self._table[group].eq(value)
        return [row for row, is_it in zip(self._rows, same, strict=False) if is_it]

    def beside(self, other: Draft) -> Draft:
        """The rows of this one, and then those of another one of the same groups."""
        inputs = {origin["delivery"]: origin for origin in (*self.inputs, *other.inputs)}
        table = pd.concat([self._table, other._table], ignore_index=True)
        return Draft(table, self.groups, [inputs[name] for name in sorted(inputs)], (*self._rows, *other._rows), self._order)

    def _kept(self, groups: dict[str, object], keeps: Callable) -> Draft:
        keep = pd.Series(True, index=self._table.index)
        for column, value in groups.items():
            if column not in self.groups:
                raise DisclosureError(f"rows are chosen by {', '.join(self.groups)}; '{column}' is a result")
            keep &= keeps(self._table[column], value)
        rows = [row for row, kept in zip(self._rows, keep, strict=True) if kept]
        return Draft(self._table[keep], self.groups, self.inputs, rows, self._order)

    def as_record(self) -> dict:
        """All of it as plain values. Confidential."""
        return {
            "table": packed(self._table),
            "groups": list(self.groups),
            "inputs": list(self.inputs),
            "rows": [row and row.key for row in self._rows],
            "counts": [
                {cell.column: cell.population.key for cell in row.cells if cell.column} if row else {} for row in self._rows
            ],
            "order": self._order and list(self._order),
        }


def packed(table: pd.DataFrame) -> str:
    """A table as text: types and missing values stay what they are, the origin is left out."""
    content, plain = io.BytesIO(), table.copy()
    plain.attrs = {}
    plain.to_parquet(content)
    return base64.b64encode(content.getvalue()).decode()


def unpacked(text: str) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(base64.b64decode(text)))


def _name_of(row: pd.Series, groups: Sequence[str]) -> str:
    return " | ".join(str(row[column]) for column in groups)


def printed(record: dict) -> Iterator[tuple[str, str, dict]]:
    """Key, name and results (column -> value, None where empty) of every row of a draft (`Draft.as_record`) that is decided."""
    table, groups = unpacked(record["table"]), record["groups"]
    for key, (_, row) in zip(record["rows"], table.iterrows(), strict=True):
        if key not in (None, NOTHING.key):
            values = {column: row[column] for column in table.columns if column not in groups}
            plain = {column: value.item() if hasattr(value, "item") else value for column, value in values.items()}
            yield key, _name_of(row, groups), {column: None if pd.isna(value) else value for column, value in plain.items()}


def released(
    record: dict, withheld: Collection[str], blank: Collection[str] = (), frozen: Mapping[str, Mapping[str, dict]] | None = None
) -> Released:
    """What may be shown of a draft (`Draft.as_record`).

    withheld: keys of rows. blank: keys of populations whose count is not printed, in rows that are. frozen: row -> name -> what
    an earlier edition printed there, which stays.
    """
    table, groups = unpacked(record["table"]), record["groups"]
    if None in record["rows"]:
        _require_public(record["inputs"])
    for place, key in enumerate(record["rows"]):
        kept = (frozen or {}).get(key, {}).get(_name_of(table.loc[place], groups), {})
        for column in table.columns.intersection(kept):
            table[column] = table[column].astype(object)
            table.loc[place, column] = kept[column]
    hidden = pd.Series([key == NOTHING.key or key in withheld for key in record["rows"]], index=table.index, dtype=bool)
    # Columns become nullable first: an emptied count must not turn its whole column into decimals.
    for column in [column for column in table.columns if column not in groups]:
        table[column] = table[column].convert_dtypes().where(~hidden)
    left_out = [[column for column, counted in counts.items() if counted in blank] for counts in record["counts"]]
    for place, columns in enumerate(left_out):
        for column in columns:
            table.loc[place, column] = pd.NA
    table[LEFT_OUT] = pd.Series([" ".join(columns) for columns in left_out], index=table.index, dtype=object)
    table["status"] = hidden.map({True: SUPPRESSED, False: PUBLISHED})
    if record["order"]:
        column, largest_first = record["order"]
        by_name = [*groups, column] if hidden.all() else [column]
        shown = table[~hidden].sort_values(by_name, ascending=not largest_first, kind="stable")
        table = pd.concat([shown, table[hidden].sort_values(list(groups), kind="stable")], ignore_index=True)
    return Released(table, tuple(groups), tuple(record["inputs"]))


def draft(
    table: pd.DataFrame,
    *,
    groups: Sequence[str],
    inputs: Sequence[pd.DataFrame],
    missions: pd.DataFrame,
    cells: Cells,
    promise: str = "",
    dominance: float | None = None,
    public: Sequence[str] = (),
    of: Draft | Iterable[Draft] = (),
    by: Mapping[str, str] | None = None,
) -> Draft:
    """Register a table: of each row which missions it is about, and what it would print.

    table: group columns and results. inputs: the tables, as read from the store, that it rests on. missions: rows of the
    register; a group column that the register has (or the year of the mission) chooses among them. cells: see counted.py.
    promise: "not per mission" for counts of which companies were promised that. dominance: of sums, with a column
    `largest_share`: the largest part (0-1) that one contributor may be. public: which of `n` and `population_n` count missions,
    which the register tells; else they are left empty in rows that do not register them. of: drafts with the numbers that a row
    is worked out from by hand, or that follow from it: it is shown only if they are. by: column here -> group column there by
    which a row finds its own; without it these are all of them.
    Errors: DisclosureError when an input did not come from the store, KeyError for an unknown column.
    """
    origins = _origins(inputs)
    for column in groups:
        if column not in table.columns:
            raise KeyError(f"the table has no column '{column}' (it has: {', '.join(table.columns)})")
    table, register = table.reset_index(drop=True), missions.assign(year=missions["start_on"].dt.year)
    # A mission says all of itself: what else there is of it in the groups only describes it.
    choosing = ["mission_id"] if "mission_id" in groups else [column for column in groups if column in register]
    if "regime" in groups:
        register, choosing = register.assign(regime=register["imvo_regime"]), [*choosing, "regime"]
    rows = []
    for _, row in table.iterrows():
        about = register
        for column in choosing:
            about = about if row[column] == "total" else about[about[column] == row[column]]
        found = tuple(cells(row, tuple(about["mission_id"])))
        share = None if dominance is None or pd.isna(row["largest_share"]) else float(row["largest_share"])
        of_sum = {} if share is None else {"largest_share": share, "dominance": dominance}
        rows.append(_row(found, promise=promise, parents=_parents(row, of, by), **of_sum))
    return Draft(_registered(table, rows, public), groups, origins, rows)


def derived(table: pd.DataFrame, *, groups: Sequence[str], of: Draft | Iterable[Draft], cells: Sequence[Cell] = ()) -> Draft:
    """Register what was computed from other drafts: each of its rows is shown only if all of theirs are."""
    of = _as_list(of)
    parents = _parents(None, of, None)
    origins = {origin["delivery"]: origin for one in of for origin in one.inputs}
    rows = [_row(tuple(cells), parents=parents)] * len(table)
    return Draft(_registered(table, rows, ()), groups, [origins[name] for name in sorted(origins)], rows)


def _as_list(of: Draft | Iterable[Draft]) -> list[Draft]:
    return [of] if isinstance(of, Draft) else list(of)


def _parents(row: pd.Series | None, of: Draft | Iterable[Draft], by: Mapping[str, str] | None) -> tuple[str, ...]:
    """Keys of the rows that a row is worked out from."""
    if by is None:
        return tuple(sorted({one.key for draft in _as_list(of) for one in draft.rows}))
    found = {one.key for draft in _as_list(of) for here, there in by.items() for one in draft.rows_where(there, row[here])}
    return tuple(sorted(found))


def _registered(table: pd.DataFrame, rows: Sequence[Row], public: Sequence[str]) -> pd.DataFrame:
    """The table without counts that no cell stands for: what is not registered is not shown."""
    table = table.reset_index(drop=True)
    for column in (column for column in ("n", "population_n") if column in table and column not in public):
        known = pd.Series([any(cell.column == column for cell in row.cells) for row in rows], index=table.index, dtype=bool)
        if not known.all():
            table[column] = table[column].convert_dtypes().where(known)
    return table


def on_record(table: pd.DataFrame, *, groups: Sequence[str], inputs: Sequence[pd.DataFrame]) -> Draft:
    """A table of figures that are on the public record already: nothing of it is decided.

    Errors: DisclosureError when an input is not public or is synthetic: such a table goes through `draft`.
    """
    origins = _origins(inputs)
    _require_public(origins)
    return Draft(table, groups, origins, [None] * len(table))


def _require_public(origins: Iterable[dict]) -> None:
    for origin in origins:
        if origin["sensitivity"] != "public" or origin["synthetic"]:
            raise DisclosureError(f"{origin['delivery']} is not a public record: use draft")


def _row(cells: tuple[Cell, ...], **more: object) -> Row:
    """A row whose key says what it counts: the same numbers have the same key, wherever they are shown."""
    cells = tuple(dict.fromkeys(cells))
    if not cells and not more.get("parents"):
        return NOTHING
    parts = [[cell.kind, cell.question, cell.weights, cell.population.key, cell.of and cell.of.key] for cell in cells]
    about = sorted({cell.question or cell.population.unit for cell in cells}) or ["computed"]
    place = hashlib.sha256(repr([parts, more.get("parents"), more.get("promise")]).encode()).hexdigest()[:16]
    return Row(f"{'-'.join(about)}-{place}", cells, **more)


def _origins(inputs: Sequence[pd.DataFrame]) -> tuple[dict, ...]:
    origins = {}
    for table in inputs:
        origin = table.attrs.get(ORIGIN)
        if origin is None:
            raise DisclosureError("every input must be a table as it was read from the store: its origin is not known")
        origins[origin["delivery"], origin["sha256"], origin["synthetic"]] = origin
    if not origins:
        raise DisclosureError("name the tables that this result rests on")
    return tuple(origins[key] for key in sorted(origins))
