"""What laws over one of temperature, field and angle say of rows at several of the others."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

# name -> (unit, relative and absolute distance [SI] within which a place counts as the same: what a cryostat, a magnet and a rotator scatter)
_PLACES = {"temperature": ("K", 0.02, 0.05), "applied_field": ("T", 0.02, 1e-3), "angle": ("deg", 0.0, np.radians(0.5))}


def one_place(*names: str) -> Callable:
    """An ``invalid`` of a law: rows at several temperatures (fields, angles) are several curves, and one drawn through all of them is none of theirs."""

    def several_places(data) -> str | None:
        for name in names:
            found = _levels(data, name)
            if len(found) > 1:
                unit = _PLACES[name][0]
                shown = [np.degrees(level) if unit == "deg" else level for level in found]
                values = ", ".join(f"{level:.4g}" for level in shown[:6]) + (", ..." if len(shown) > 6 else "")
                return (f"rows at {len(found)} values of '{name}' ({values} {unit}): each is a curve of its own.\n"
                        f"    take one: fk.where(data, '{name} < {(shown[0] + shown[1]) / 2:.4g} {unit}')")
        return None

    return several_places


def _levels(data, name: str) -> list[float]:
    """The places apart from one another, ascending; none where the data do not say."""
    if name not in data:
        return []
    values = np.sort(data[name][np.isfinite(data[name])])
    _, relative, absolute = _PLACES[name]
    apart = np.diff(values) > np.maximum(relative * np.maximum(np.abs(values[1:]), np.abs(values[:-1])), absolute)
    return [float(np.mean(part)) for part in np.split(values, np.flatnonzero(apart) + 1)] if len(values) else []
