"""Step that takes the time t0 of creep from the geometry instead of assuming it: creep_time."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from ..data import Dataset
from ..errors import FitkitError
from ..measured import Measured
from .bean import SIZES, shape_of
from .step import Found, step


@step
def creep_time(data: Dataset, shape: str, flux_flow_resistivity: str | None = None, thickness: str | None = None, width: str | None = None,
               length: str | None = None, diameter: str | None = None, inner_diameter: str | None = None, height: str | None = None) -> Dataset:
    """Metadata ``t0`` from size and flux-flow resistivity, so that a fit can tell U0 from U*.

    In a whole sample U = kT ln(t/t0) counts from t0 = c mu0 w^2 kT/(U0 rho): for w = 1 mm a microsecond, for a film of a micrometre 1e-12 s. kT/U0 in it is
    found together with t0 from the slope of M in ln t, for a linear barrier; another barrier changes t0 by a factor, U0 by that factor's logarithm times kT.

    Parameters
    ----------
    shape, thickness, width, length, diameter, inner_diameter, height
        As in ``electric_field_of_decay``.
    flux_flow_resistivity
        E/J at the current density without barrier, about rho_n B/Bc2, ``"1 uohm cm"``; default the metadata. A factor of ten changes U0 by 2.3 kT.

    Returns
    -------
    Dataset
        With ``t0``; fits print where it comes from.

    Raises
    ------
    FitkitError
        A size or the resistivity is missing, the shape does not fit the sizes, a moment that does not decay.

    Examples
    --------
    >>> run = fk.creep_time(run, shape="slab", thickness="0.2 mm", height="5 mm", flux_flow_resistivity="1 uohm cm")
    >>> print(fk.fit("log_decay", run)["U0"])
    """
    given = {name: value for name, value in zip((*SIZES, "flux_flow_resistivity"),
                                                (thickness, width, length, diameter, inner_diameter, height, flux_flow_resistivity)) if value is not None}
    data = data.with_meta("user", **given)
    sample = shape_of(data, shape)
    if not isinstance(data.meta.get("flux_flow_resistivity"), Measured):
        raise FitkitError(data.missing_meta(("flux_flow_resistivity",), "t0 is the time in which flux diffuses through the sample at that resistivity"))
    column = next((name for name in ("irreversible_magnetization", "magnetization", "moment", "mass_magnetization", "relative_moment") if name in data), "moment")
    time, M = data["time"], data[column]
    if np.any(time <= 0):
        raise FitkitError(f"{data.name}: {int(np.sum(time <= 0))} rows at time <= 0: set the origin with fk.relaxation_segment(data)")
    t_r = math.sqrt(float(time.min()) * float(time.max()))
    slope, level = np.polyfit(np.log(time / t_r), M, 1)
    S = -slope / level
    if not S > 0:
        raise FitkitError(f"{data.name}: '{column}' does not decay (S = {S:.3g}): no creep, no t0")
    try:
        per_barrier = sample.creep_time(1.0, data.si("flux_flow_resistivity"))
    except FitkitError as error:
        raise FitkitError(f"{data.name}: {error}") from None
    barrier = 1 / S
    for _ in range(100):
        barrier = 1 / S + math.log(t_r * barrier / per_barrier)
        if barrier <= 0:
            raise FitkitError(f"{data.name}: t0 of this geometry, {per_barrier * S:.3g} s, is longer than the measurement: check sizes and resistivity")
    t0 = per_barrier / barrier
    meta = {**data.meta, "t0": Measured(t0, None, "s", f"geometry: {sample.title}")}
    return Found(replace(data, meta=meta), {"shape": sample.title, "t0 [s]": t0, "U0/kT of a linear barrier": barrier})
