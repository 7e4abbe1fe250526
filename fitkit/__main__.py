"""``python -m fitkit`` is the command ``fitkit``."""

from .cli import main

main()
