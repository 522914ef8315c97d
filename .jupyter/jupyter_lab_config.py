"""JupyterLab for this repository (`make lab`): annexes open as notebooks and show themselves in our fonts."""

from pathlib import Path

here = Path(__file__).resolve().parent

c = get_config()  # noqa: F821 (Jupyter defines it)
c.ServerApp.root_dir = str(here.parent)
c.FileContentsManager.preferred_dir = str(here.parent / "analysis" / "annexes")
c.LabApp.custom_css = True
c.ServerApp.tornado_settings = {"static_custom_path": [str(here / "custom")]}
c.LabApp.extension_manager = "readonly"  # what is installed stands in requirements-lab.txt
c.Application.log_level = "WARN"
