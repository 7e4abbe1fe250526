"""Progress of long work: a line on stderr, or a function of the caller's own."""

from __future__ import annotations

import sys
from collections.abc import Callable

_WIDTH = 30


def advance(progress: bool | Callable[[int, int], None] | None, done: int, total: int, what: str) -> None:
    """Tell ``progress`` how far the work is: True counts on stderr, a function is called with (done, total), None is silent."""
    if callable(progress):
        progress(done, total)
    elif progress:
        full = _WIDTH * done // max(total, 1)
        sys.stderr.write(f"\r{what} [{'#' * full}{'.' * (_WIDTH - full)}] {done} of {total}" + ("\n" if done == total else ""))
        sys.stderr.flush()
