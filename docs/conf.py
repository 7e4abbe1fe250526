"""Sphinx: python3 run.py docs"""

import re

import fitkit

project = "fitkit"
author = copyright = "the fitkit developers"
version = release = fitkit.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"fitkit {version}"
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


def setup(app):
    """Tell Sphinx of the hook above."""
    app.connect("autodoc-process-docstring", keep_bars)
