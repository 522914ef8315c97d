"""All open tables of the edition as one Data Package (version 2): data/datapackage.json beside the CSV files that it describes.

Each table is described when its page is read, and kept with it: an incremental build gives the package of a clean one.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from ..outputs import DATA_FOLDER, downloads
from ..reading.by_page import keep_by_page, noted
from .citation import about

_TABLES = "missions_tables"
_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
# Of a unit of ours, what a program may know of it.
_UNITS = {"pct": "%", "pct_as_published": "%", "pp": "procentpunt", "eur": "EUR", "count": "1"}


def describe(name: str, title: str, page: str, content: bytes, fields: list[dict], synthetic: bool) -> dict:
    """One table as a resource of the package. fields: name, title, type and unit, as missions.present.tables gives them."""
    return {
        "name": name.removesuffix(".csv"),
        "path": name,
        "title": title,
        "description": f"Tabel op de pagina {page}.html#{name.removesuffix('.csv')}.",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "synthetic": synthetic,  # a property of our own: whether any of it rests on synthetic rows
        "dialect": {"delimiter": ",", "header": True},
        "schema": {"missingValues": [""], "fields": [_field(field) for field in fields]},
    }


def _field(field: dict) -> dict:
    described = {"name": field["name"], "title": field["title"], "type": field["type"]}
    unit = {"unit": _UNITS[field["unit"]]} if field["unit"] in _UNITS else {}
    return described | unit | ({"decimalChar": "."} if field["type"] == "number" else {})


def _note(app: Sphinx, doctree: nodes.document) -> None:
    found = []
    for node in doctree.findall(downloads):
        for name, content in node["files"].items():
            if name.endswith(".csv"):
                found.append(describe(name, node["title"], app.env.docname, content, node["fields"], node["synthetic"]))
    noted(app.env, _TABLES)[app.env.docname] = found


def package(env) -> dict:
    known = about()
    resources = [resource for _, found in sorted(noted(env, _TABLES).items()) for resource in found]
    return {
        "$schema": _PROFILE,
        "name": f"economische-missies-{known['year']}",
        "title": f"Open tabellen: {known['title']}",
        "description": known["warning"] or "Alle tabellen van de publicatie.",
        "version": known["version"],
        "created": f"{known['released_on'].isoformat()}T00:00:00Z",
        "id": known["reference"],
        "licenses": [{"name": "CC0-1.0", "path": known["license"], "title": "CC0 1.0"}],
        "contributors": [{"title": name, "roles": ["author"]} for name in known["authors"]],
        "resources": sorted(resources, key=lambda resource: resource["name"]),
    }


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception or app.builder.name != "html":
        return
    text = json.dumps(package(app.env), ensure_ascii=False) + "\n"  # laid out for people it takes long, at every save
    (Path(app.outdir) / DATA_FOLDER / "datapackage.json").write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", _note)
    app.connect("build-finished", _write)
    keep_by_page(app, _TABLES)
