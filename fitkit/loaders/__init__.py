"""Loaders: one format = one file of this package, ending in ``LOADER = Loader(...)``; the list is the directory listing.

Other packages add theirs through the entry point group ``fitkit.loaders``.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from ..plugins import from_other_packages
from .loader import NO, YES, Answer, File, Loader, Options, nearly

__all__ = ["NO", "YES", "Answer", "File", "Loader", "Options", "builtin_loaders", "nearly", "other_loaders"]


@cache
def builtin_loaders() -> tuple[Loader, ...]:
    """The loaders in this package, by name."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    return tuple(sorted((module.LOADER for module in modules if hasattr(module, "LOADER")), key=lambda loader: loader.name))


def other_loaders() -> tuple[list[Loader], list[str]]:
    """Loaders of other packages, and a sentence for each that could not be had; a broken one breaks nothing."""
    return from_other_packages("fitkit.loaders", Loader, "LOADER")
