"""The units in which numbers are published: what facts and claims may name, and how each is written."""

# unit -> decimals and the words around the number
UNITS = {
    "count": (0, "{}"),
    "year": (0, "{}"),
    "grade": (1, "{}"),
    "score": (1, "{}"),
    "score_change": (2, "{} punt"),
    "pct": (0, "{}%"),
    "pp": (0, "{} procentpunt"),
    "pct_as_published": (1, "{} procent"),
    "eur": (0, "€ {}"),
}
