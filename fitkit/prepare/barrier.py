"""Steps to the barrier U(J): pinning_barrier from a decay or from E(J), current_density of transport."""

from __future__ import annotations

import numpy as np

from ..constants import e, k_B
from ..data import Dataset
from ..errors import FitkitError
from ..measured import Measured, read_measured
from .step import Found, step


@step
def pinning_barrier(data: Dataset, E0: str | None = None, t0: str | None = None, age: str = "0 s") -> Dataset:
    """The barrier U that the current density J has left at each time, in one of two ways that each take one number from outside.

    From the electric field: U = kT ln(E0/E), with E0 the field at which nothing holds the vortices, about the flux-flow resistivity times Jc. From the time:
    U = kT ln(1 + t/t0). A wrong E0 or t0 shifts the whole curve by kT ln of its factor (2.3 kT for ten) and leaves its slope; several temperatures fix the shift.

    Parameters
    ----------
    E0
        ``"200 V/m"``; wants a column ``electric_field`` (transport, or ``fk.electric_field_of_decay``).
    t0
        ``"1 us"``; default the metadata (``fk.creep_time`` puts the one of the geometry there). Wants a column ``time``.
    age
        Time between the start of the decay and the zero of the clock.

    Returns
    -------
    Dataset
        Column ``pinning_barrier``, with an error where E has one.

    Raises
    ------
    FitkitError
        No temperature, neither E0 nor t0, an electric field that is not positive, barriers below zero.

    Examples
    --------
    >>> curve = fk.pinning_barrier(fk.bean_current_density(run, shape="slab", measure="branch"), t0="1 us")
    >>> fk.plot_barriers(curve)
    """
    data["current_density"]
    if "temperature" not in data and not isinstance(data.meta.get("temperature"), Measured):
        raise FitkitError(data.missing_meta(("temperature",), "the barrier is kT times a logarithm"))
    kT = k_B * (data["temperature"] if "temperature" in data else data.si("temperature"))
    if E0 is not None and t0 is not None:
        raise FitkitError(f"{data.name}: E0 and t0 are two ways to the same barrier: give one of them")
    if E0 is not None:
        field, most = data["electric_field"], read_measured(E0, "V/m", "E0").si
        if np.any(field <= 0):
            raise FitkitError(f"{data.name}: {int(np.sum(field <= 0))} rows with an electric field of 0 or below hold no barrier.\n"
                              "    leave them out: fk.where(data, 'electric_field > 0 V/m')")
        columns = {"pinning_barrier": kT * np.log(most / field)}
        if "electric_field_err" in data:
            columns["pinning_barrier_err"] = kT * data["electric_field_err"] / field
        found = {"from": "electric field", "E0 [V/m]": most}
    elif t0 is not None or isinstance(data.meta.get("t0"), Measured):
        least = read_measured(t0, "s", "t0").si if t0 is not None else data.si("t0")
        time = data["time"] + read_measured(age, "s", "age").si
        columns = {"pinning_barrier": kT * np.log1p(time / least)}
        found = {"from": "time", "t0 [s]": least}
    else:
        raise FitkitError(f"{data.name}: a decay holds U up to a constant: say where it counts from.\n    fk.pinning_barrier(data, t0='1 us')   or   E0='200 V/m'   or take t0 "
                          "from the geometry: fk.creep_time(data, shape=..., flux_flow_resistivity=...)")
    if np.any(columns["pinning_barrier"] < 0):
        raise FitkitError(f"{data.name}: {int(np.sum(columns['pinning_barrier'] < 0))} barriers are below 0: E0 must exceed every electric field, found up to "
                          f"{data['electric_field'].max():.3g} V/m")
    return Found(data.with_columns(columns, {"pinning_barrier": "meV"}), found | {"moves per factor of ten [meV]": float(np.mean(kT) * np.log(10) / (1e-3 * e))})


@step
def current_density(data: Dataset, width: str | None = None, thickness: str | None = None) -> Dataset:
    """Current density J = I/(width x thickness) of transport, to be set beside that of magnetization.

    Parameters
    ----------
    width, thickness
        Of the superconductor, ``"4 mm"``, ``"1 um"``; default the metadata.

    Raises
    ------
    FitkitError
        No current, or a size is missing.
    """
    current = data["current"]
    data = data.with_meta("user", **{name: value for name, value in (("width", width), ("thickness", thickness)) if value is not None})
    missing = [name for name in ("width", "thickness") if not isinstance(data.meta.get(name), Measured)]
    if missing:
        raise FitkitError(data.missing_meta(missing, "the current density is the current over width times thickness"))
    area = data.si("width") * data.si("thickness")
    columns = {"current_density": current / area}
    if "current_err" in data:
        columns["current_density_err"] = data["current_err"] / area
    return Found(data.with_columns(columns), {"divided by": area})
