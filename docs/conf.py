"""Sphinx: python3 run.py docs"""

import logging
import re
import sys
from pathlib import Path

import matplotlib

import fitkit

sys.path.insert(0, str(Path(__file__).parent))
matplotlib.use("Agg")
logging.getLogger("fontTools").setLevel(logging.WARNING)  # it tells each table of a font that it writes
from scripts import with_output

project = "fitkit"
author = copyright = "the fitkit developers"
version = release = fitkit.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["attrs_inline"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"fitkit {version}"
html_static_path = ["_static"]
html_css_files = ["fitkit.css"]
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_member_order = "bysource"


def keep_bars(app, what, name, thing, options, lines):
    """|M| is a magnitude in our docstrings, not a substitution; between double backquotes nothing needs keeping."""
    for number, line in enumerate(lines):
        parts = re.split(r"(``.*?``)", line)
        lines[number] = "".join(part if part.startswith("``") else part.replace("|", r"\|") for part in parts)


def add_output(app, page, source):
    """Below each script of a written page what it prints and draws."""
    if page == "start" or page.startswith(("howto/", "explanation/")):
        source[0] = with_output(source[0], page.replace("/", "_"), Path(app.srcdir) / "output")


def setup(app):
    """Tell Sphinx of the hooks above."""
    app.connect("autodoc-process-docstring", keep_bars)
    app.connect("source-read", add_output)
