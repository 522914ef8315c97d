"""The least work that leads from deliveries to HTML: one process, no notebook, no book, no second look.

Nothing anybody should publish with: no table of contents, no search, no check of links or of what was disclosed.
It is told what to do (the benchmark knows what a change touches), so it does not look for changes either.
"""

from __future__ import annotations

import argparse
import ast
import html
import json
import re
from pathlib import Path

_CELL = re.compile(r"(?m)^# %%(.*)\n")
_ROLE = re.compile(r"\{(fact|setting|numref)\}<code>([^<]+)</code>")
_DIRECTIVE = re.compile(r"(?m)^:::+.*$")


# --- from annex to outputs ------------------------------------------------------------------------------------------
def run_annex(path: Path, given: dict) -> list[str | dict]:
    """Texts and payloads of an annex in their order; its code runs in a namespace of its own."""
    from missions.present.outputs import Output

    _, *parts = _CELL.split(path.read_text(encoding="utf-8"))
    namespace, shown = {"__name__": "__main__"}, []
    for head, source in zip(parts[::2], parts[1::2], strict=True):
        if "[markdown]" in head:
            shown.append(re.sub(r"(?m)^# ?", "", source))
            continue
        value = _run_cell(source, namespace)
        if "parameters" in head:
            namespace |= given
        if isinstance(value, Output):
            shown.append(value.payload)
    return shown


def _run_cell(source: str, namespace: dict) -> object:
    """Run a cell; the value of its last expression is what a notebook would show."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), namespace)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), namespace) if last else None


# --- to HTML; roles are filled in last, so that a changed fact costs no second rendering -----------------------------
def render_text(text: str) -> str:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").render(_DIRECTIVE.sub("", text))


def render_output(payload: dict) -> str:
    table = payload["table"]
    head = "".join(f"<th>{html.escape(column['header'])}</th>" for column in table["columns"])
    rows = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in table["rows"])
    notes = "".join(f"<p>{html.escape(note)}</p>" for note in payload.get("notes", []))
    caption = f"<caption>{html.escape(payload['title'])}</caption>"
    drawing = f"<figure>{payload['svg']}</figure>" if "svg" in payload else ""
    return f'{drawing}<table id="{payload.get("id", "facts")}">{caption}<tr>{head}</tr>{rows}</table>{notes}\n'


def fill_in(body: str, texts: dict[str, str]) -> str:
    def text(role: re.Match) -> str:
        kind, key = role.groups()
        return f'<a href="#{key}">{key}</a>' if kind == "numref" else texts[f"{kind} {key}"]

    return f'<!DOCTYPE html>\n<html lang="nl"><meta charset="utf-8"><body>\n{_ROLE.sub(text, body)}</body></html>\n'


def settings(year, world: str) -> dict[str, str]:
    """What the role {setting} prints, as in missions/present/shelves.py."""
    from missions.declared.assumptions import all_assumptions
    from missions.present.numbers import dutch_date
    from missions.present.shelves import choice_text

    data = {"sample": "In de synthetische voorbeeldgegevens", "real": "In de gegevens van RVO en het ministerie"}[world]
    found = {"reporting_year": str(year.reporting_year), "reference": year.reference, "in_the_data": data}
    found["annexes_n"] = str(year.annexes_n)
    found |= {key: dutch_date(day) for key, day in year.dates.items()}
    found |= {f"scale_{name}": f"{low} tot en met {high}" for name, (low, high) in year.scales.items()}
    found |= {key: choice_text(choice) for key, choice in all_assumptions().items()}
    return {f"setting {key}": text for key, text in found.items()}


# --- all that was asked ---------------------------------------------------------------------------------------------
def make(root: Path, out: Path, annexes: list[str], pages: list[str], validate: bool, world: str = "sample") -> None:
    """Make the pages of these annexes and texts, and those that print a fact which changed by it."""
    kept = out / "kept.json"
    known = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {"texts": {}, "bodies": {}, "facts": {}}
    texts, bodies, before = dict(known["texts"]), known["bodies"], known["texts"]
    fresh = {page: render_text((root / f"{page}.md").read_text(encoding="utf-8")) for page in pages}
    if annexes or validate:
        from missions.declared.year_file import load_year

        year = load_year(2025, world)
        texts |= settings(year, world)
    if validate:
        from missions.sources.receive import receive_all

        problems = receive_all(year, world).problems
        if problems:
            raise SystemExit("\n".join(map(str, problems)))
    for name in annexes:
        given = {"year": year.reporting_year, "data": world, **year.annexes[name]}
        shown = run_annex(root / "analysis" / "annexes" / f"{name}.py", given)
        fresh[f"book/annexes/{name}"] = "".join(map(_render, shown))
        published = [fact for payload in shown if isinstance(payload, dict) for fact in payload.get("facts", [])]
        known["facts"] |= {fact["key"]: fact for fact in published}
        texts |= {f"fact {fact['key']}": fact["text"] for fact in published}
    bodies |= fresh
    changed = {key for key in texts if texts[key] != before.get(key)}
    for page, body in bodies.items():
        if page in fresh or any(" ".join(role) in changed for role in _ROLE.findall(body)):
            path = out / f"{page}.html"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(fill_in(body, texts), encoding="utf-8")
    kept.write_text(json.dumps({"texts": texts, "bodies": bodies, "facts": known["facts"]}), encoding="utf-8")


def _render(shown: str | dict) -> str:
    return render_text(shown) if isinstance(shown, str) else render_output(shown)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="folder for the HTML, below the repository that is the working folder")
    parser.add_argument("--annexes", nargs="*", default=[], help="annexes to run")
    parser.add_argument("--pages", nargs="*", default=[], help="pages of text, without ending")
    parser.add_argument("--validate", action="store_true", help="read and judge the deliveries first")
    chosen = parser.parse_args()
    make(Path.cwd(), chosen.out, chosen.annexes, chosen.pages, chosen.validate)
