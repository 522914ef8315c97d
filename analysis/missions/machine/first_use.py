"""What libraries do only once in a process, at their first use. A warm process imports this before it forks, so that no annex
does it again; nothing here may start a thread or keep a value that shows in a result.
"""

import importlib

import altair
import nbformat.validator
import pandas

# Modules that their libraries import at first use.
for _name in ("IPython.core.completer", "IPython.core.logger", "IPython.core.magics", "pyarrow.dataset", "pyarrow.pandas_compat"):
    importlib.import_module(_name)
nbformat.validator.get_validator()  # compiles the schema of notebooks
altair.Chart(pandas.DataFrame({"x": [1]})).mark_bar().encode(x="x").to_dict()  # reads the schema of charts
