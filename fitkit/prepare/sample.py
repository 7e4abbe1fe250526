"""Steps that divide by the sample: magnetization from moment, electric_field from voltage."""

from __future__ import annotations

from math import pi

from ..data import Dataset
from ..errors import FitkitError
from ..measured import Measured
from .step import Found, step


@step
def magnetization(data: Dataset, volume: str | None = None, mass: str | None = None) -> Dataset:
    """Magnetization [A/m] from moment and volume, or mass_magnetization [A m2/kg] from moment and mass.

    Parameters
    ----------
    volume, mass
        ``"2 mm3"``, ``"4.1 mg"``; default the metadata: volume, else length x width x thickness, else the cylinder
        pi/4 diameter^2 x thickness (or length), else mass.

    Returns
    -------
    Dataset
        Column ``magnetization`` or ``mass_magnetization``.

    Raises
    ------
    FitkitError
        No moment, or neither volume, geometry nor mass.
    """
    moment = data["moment"]
    given = {name: value for name, value in (("volume", volume), ("mass", mass)) if value is not None}
    if len(given) > 1:
        raise FitkitError(f"{data.name}: give the volume or the mass, not both")
    data = data.with_meta("user", **given) if given else data
    size, how = (None, "") if mass is not None else _volume(data)
    name = "magnetization"
    if size is None:
        if not isinstance(data.meta.get("mass"), Measured):
            raise FitkitError(data.missing_meta(("volume",), "magnetization needs the volume (or length, width and thickness, or diameter and thickness) or the mass"))
        name, size, how = "mass_magnetization", data.si("mass"), "mass"
    if not size > 0:
        raise FitkitError(f"{data.name}: the {how} wants a positive number, found {size:g} in SI")
    columns = {name: moment / size}
    if "moment_err" in data:
        columns[f"{name}_err"] = data["moment_err"] / size
    return Found(data.with_columns(columns), {"divided by": size, "from": how})


@step
def electric_field(data: Dataset, tap_distance: str | None = None) -> Dataset:
    """Electric field E = V/d between the taps [V/m].

    Parameters
    ----------
    tap_distance
        d, ``"1 cm"``; default the metadata.

    Raises
    ------
    FitkitError
        No voltage, or no tap distance.
    """
    voltage = data["voltage"]
    data = data.with_meta("user", tap_distance=tap_distance) if tap_distance is not None else data
    if not isinstance(data.meta.get("tap_distance"), Measured):
        raise FitkitError(data.missing_meta(("tap_distance",), "the electric field needs the distance of the voltage taps"))
    distance = data.si("tap_distance")
    if not distance > 0:
        raise FitkitError(f"{data.name}: 'tap_distance' wants a positive length, found {data.meta['tap_distance']}")
    columns = {"electric_field": voltage / distance}
    if "voltage_err" in data:
        columns["electric_field_err"] = data["voltage_err"] / distance
    return data.with_columns(columns)


def _volume(data: Dataset) -> tuple[float | None, str]:
    has = {name for name in ("volume", "length", "width", "thickness", "diameter") if isinstance(data.meta.get(name), Measured)}
    if "volume" in has:
        return data.si("volume"), "volume"
    if {"length", "width", "thickness"} <= has:
        return data.si("length") * data.si("width") * data.si("thickness"), "length x width x thickness"
    for height in ("thickness", "length"):
        if {"diameter", height} <= has:
            return pi / 4 * data.si("diameter") ** 2 * data.si(height), f"cylinder of diameter and {height}"
    return None, ""
