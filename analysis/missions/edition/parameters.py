"""The parameters of an annex: those that it is given must be those that its notebook declares."""

from __future__ import annotations

import ast

import nbformat

from ..choice import ENGINE_PARAMETERS
from .page import PARAMETERS_TAG, AnnexError


def declared_parameters(name: str, notebook: nbformat.NotebookNode) -> dict[str, str]:
    """Name -> type of the annotated assignments in the one cell that is tagged `parameters`."""
    cells = [cell for cell in notebook.cells if PARAMETERS_TAG in cell.metadata.get("tags", [])]
    if len(cells) != 1:
        raise AnnexError(f"annex {name}: needs exactly one cell tagged '{PARAMETERS_TAG}', found {len(cells)}")
    declared = {}
    for statement in ast.parse(cells[0].source).body:
        if not (isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value):
            raise AnnexError(f"annex {name}: line {statement.lineno} of the parameters cell is not 'name: type = default'")
        declared[statement.target.id] = ast.unparse(statement.annotation)
    return declared


def require_fitting(name: str, notebook: nbformat.NotebookNode, given: dict) -> None:
    """Papermill itself only warns when names differ.

    Errors: AnnexError that names the annex and the unknown, missing or mistyped parameter.
    """
    declared = declared_parameters(name, notebook)
    where = f"annex {name}, analysis/years/{given[ENGINE_PARAMETERS[0]]}.yml"
    for parameter in sorted(set(given) - set(declared)):
        raise AnnexError(f"{where}: unknown parameter '{parameter}' (the annex has: {', '.join(declared)})")
    for parameter in sorted(set(declared) - set(given)):
        raise AnnexError(f"{where}: parameter '{parameter}' is missing")
    for parameter, value in given.items():
        if type(value).__name__ != declared[parameter]:
            raise AnnexError(f"{where}: parameter '{parameter}' must be {declared[parameter]}, found {value!r}")
