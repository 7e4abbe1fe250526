"""Steps from magnetization to current density and electric field in the critical state: bean_current_density, electric_field_of_decay, dynamic_rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..data import Dataset
from ..errors import FitkitError
from ..measured import Measured, read_measured
from ..physics.critical_state import Shape, make_shape, rate_from_dynamic_rate
from .rows import noted
from .step import Found, step

SIZES = ("thickness", "width", "length", "diameter", "inner_diameter", "height")
FEWEST_POINTS = 6       # of a local fit
PLAUSIBLE = (1e5, 1e13)  # current densities of superconductors [A/m2]


@step
def bean_current_density(data: Dataset, shape: str, measure: str | None = None, thickness: str | None = None, width: str | None = None, length: str | None = None,
                         diameter: str | None = None, inner_diameter: str | None = None, height: str | None = None, reversible: str | None = None,
                         field_step: str | None = None) -> Dataset:
    """Current density of the critical state (Bean) from a magnetization loop, or along a relaxation.

    Parameters
    ----------
    shape
        ``"slab"`` (thickness across the field), ``"cylinder"``, ``"rectangle"`` (width x length, thickness along the field), ``"strip"``, ``"disc"``, ``"ring"``.
    measure
        For a relaxation: ``"branch"`` if the data are the magnetization of one branch, ``"width"`` if they are the difference of two (a factor of two). A
        loop with both directions is taken apart by itself.
    thickness, width, length, diameter, inner_diameter, height
        Full sizes of the superconductor (the film, not its substrate), ``"300 nm"``; default the metadata.
    reversible
        Reversible magnetization to be taken from a branch, ``"1.2 emu/cm3"``; default none. A loop brings its own: the mean of its branches.
    field_step
        For a relaxation: how far the field moved, in one direction, before the hold; full penetration is checked with it. Default the metadata, where
        ``fk.relaxation_segment`` puts what the file shows (too little of it is a note then; what you state yourself, an error).

    Returns
    -------
    Dataset
        A relaxation with ``current_density`` and ``irreversible_magnetization``. Of a loop new rows, one for each field of the rising branch at which both
        branches are fully penetrated, with ``reversible_magnetization`` as well.

    Raises
    ------
    FitkitError
        A size is missing, neither magnetization nor moment with a volume, branch or width not stated, the sample is not fully penetrated.

    Examples
    --------
    >>> film = fk.load("loop.dat", width="2 mm", length="4 mm", thickness="300 nm")
    >>> print(fk.bean_current_density(film, shape="rectangle").to_dataframe())          # J(B) from the width of the loop
    >>> decay = fk.bean_current_density(fk.relaxation_segment(run), shape="disc", diameter="5 mm", thickness="1 um", measure="branch", field_step="1 T")
    """
    given = {name: value for name, value in zip(SIZES, (thickness, width, length, diameter, inner_diameter, height)) if value is not None}
    data = data.with_meta("user", **given, **({"field_step": field_step} if field_step is not None else {}))
    sample = shape_of(data, shape)
    M, M_err, found = _magnetization(data, sample)
    found = {"shape": sample.title, "M/J": sample.lever} | found
    if "time" in data and (measure is not None or "field" not in data or _at_rest(data)):
        return _of_decay(data, sample, M, M_err, measure, reversible, found)
    if measure == "branch" or reversible is not None:
        raise FitkitError(f"{data.name}: a loop has two branches: 'measure' and 'reversible' are for a relaxation in a constant field")
    return _of_loop(data, sample, M, M_err, found)


def shape_of(data: Dataset, shape: str) -> Shape:
    """The shape with the sizes of the metadata."""
    sizes = {name: data.si(name) for name in SIZES if isinstance(data.meta.get(name), Measured)}
    try:
        return make_shape(shape, **sizes)
    except FitkitError as error:
        raise FitkitError(f"{data.name}: {error}") from None


def _magnetization(data: Dataset, sample: Shape):
    """(M, error or None, what was found), from the column, or from the moment over the volume of the shape."""
    if "magnetization" in data:
        return data["magnetization"], data["magnetization_err"] if "magnetization_err" in data else None, {}
    stated = data.si("volume") if isinstance(data.meta.get("volume"), Measured) else None
    volume = sample.volume if sample.volume is not None else stated
    if "moment" not in data:
        raise FitkitError(data.missing("magnetization"))
    if volume is None:
        raise FitkitError(data.missing_meta(("volume",), f"the magnetization is moment over volume, and the sizes of the {sample.title} do not give it"))
    found = {"volume": volume}
    if stated is not None and abs(stated / volume - 1) > 0.02:
        raise FitkitError(f"{data.name}: volume = {data.meta['volume']}, but the sizes give {volume * 1e9:.4g} mm3. The magnetization is that of the superconductor "
                          "alone (the film, not its substrate): correct one of them")
    return data["moment"] / volume, data["moment_err"] / volume if "moment_err" in data else None, found


def _at_rest(data: Dataset) -> bool:
    field = data["field"]
    return bool(np.ptp(field) <= max(2e-4, 1e-2 * np.abs(field).max()))


def _of_decay(data: Dataset, sample: Shape, M, M_err, measure: str | None, reversible: str | None, found: dict) -> Found:
    if measure not in ("branch", "width"):
        raise FitkitError(f"{data.name}: say whether the magnetization is that of one branch or the width between two (a factor of two in J):\n"
                          "    fk.bean_current_density(data, ..., measure='branch')   or   measure='width'")
    if measure == "width" and reversible is not None:
        raise FitkitError(f"{data.name}: the width between two branches holds no reversible magnetization: leave out 'reversible'")
    own = M - (read_measured(reversible, "A/m", "reversible").si if reversible is not None else 0.0)
    own = own / 2 if measure == "width" else own
    sign = 1.0 if np.median(own) >= 0 else -1.0
    if np.any(sign * own <= 0):
        raise FitkitError(f"{data.name}: the irreversible magnetization crosses zero in {int(np.sum(sign * own <= 0))} rows: a background is in the data.\n"
                          "    take it off: reversible='... A/m', half the sum of both branches")
    columns = {"irreversible_magnetization": sign * own, "current_density": sample.current_density(sign * own)}
    if M_err is not None:
        share = 0.5 if measure == "width" else 1.0
        columns |= {"irreversible_magnetization_err": share * M_err, "current_density_err": sample.current_density(share * M_err)}
    made = data.with_columns(columns)
    made = _plausible(made)
    found |= {"measure": measure}
    try:
        needed = 2 * sample.penetration_field(float(columns["current_density"].max()))
    except FitkitError as error:  # J = M/lever needs no penetration field
        return Found(noted(made, f"full penetration not checked: {error}"), found)
    found |= {"field step for full penetration [T]": needed}
    moved = data.meta.get("field_step")
    if not isinstance(moved, Measured):
        made = noted(made, f"full penetration not checked: the field must have moved by {needed:.3g} T in one direction before the hold (field_step)")
    elif moved.si < needed:
        text = (f"the field moved by {moved} before the hold, full penetration wants {needed:.3g} T at J = {columns['current_density'].max() / 1e4:.3g} A/cm2: M is less "
                f"than J times {sample.lever:.3g} m, and J comes out too small")
        if moved.origin != "column":
            raise FitkitError(f"{data.name}: {text}")
        # the file may begin after the field had turned, or in the virgin state, which wants half of that
        made = noted(made, f"as far as the file shows, {text}")
    return Found(made, found)


def _of_loop(data: Dataset, sample: Shape, M, M_err, found: dict) -> Found:
    from ..segments import directions

    field = data["field"]
    direction = data["direction"] if "direction" in data else np.asarray(directions(field), float)
    rising, falling = (_branch(field, direction == sign) for sign in (1.0, -1.0))
    if len(rising) < 3 or len(falling) < 3:
        raise FitkitError(f"{data.name}: {len(rising)} rows with rising and {len(falling)} with falling field: the width of the loop wants both branches.\n"
                          "    a relaxation in a constant field: fk.bean_current_density(data, ..., measure='branch')")
    low, high = max(field[rising[0]], field[falling[0]]), min(field[rising[-1]], field[falling[-1]])
    rows = rising[(field[rising] >= low) & (field[rising] <= high)]
    here = field[rows]
    other = np.interp(here, field[falling], M[falling])
    half = (other - M[rows]) / 2
    if np.median(half) < 0:
        raise FitkitError(f"{data.name}: the branch of falling field lies below that of rising field: a superconductor's lies above. Exchanged directions, or the "
                          "sign of the moment?")
    needed = 2 * np.array([sample.penetration_field(max(one, 0.0)) for one in sample.current_density(half)])
    penetrated = (here >= low + needed) & (here <= high - needed) & (half > 0)
    if not penetrated.any():
        raise FitkitError(f"{data.name}: not fully penetrated at any field: the loop reaches from {low:.4g} to {high:.4g} T, and after each turn of the field "
                          f"{float(np.median(needed)):.3g} T are wanted before all currents have turned. Sweep further")
    columns = {"field": here, "irreversible_magnetization": half, "current_density": sample.current_density(half), "reversible_magnetization": (other + M[rows]) / 2}
    if M_err is not None:
        half_err = np.hypot(M_err[rows], np.interp(here, field[falling], M_err[falling])) / 2
        columns |= {"irreversible_magnetization_err": half_err, "current_density_err": sample.current_density(half_err), "reversible_magnetization_err": half_err}
    columns = {name: values[penetrated] for name, values in columns.items()}
    found |= {"measure": "width", "fields": int(penetrated.sum()), "fields not fully penetrated": int((~penetrated).sum())}
    notes = tuple(note for note in data.notes if note.row is None)
    meta = dict(data.meta)
    if "time" in data:
        rate = abs(np.polyfit(data["time"][rows], here, 1)[0])
        meta.setdefault("sweep_rate", Measured(float(rate), None, "T/s", "column"))
    if "temperature" in data and "temperature" not in meta:
        meta["temperature"] = Measured(float(np.mean(data["temperature"])), float(np.std(data["temperature"])), "K", "column")
    return Found(_plausible(replace(data, columns=columns, units={"field": data.units["field"]}, vendor={}, notes=notes, covariance={}, meta=meta)), found)


def _plausible(data: Dataset) -> Dataset:
    """With a note where J is none of a superconductor: emu taken for A m2, the volume of the substrate, half sizes in the wrong unit."""
    J = float(np.median(data["current_density"]))
    if PLAUSIBLE[0] <= J <= PLAUSIBLE[1]:
        return data
    return noted(data, f"J = {J / 1e4:.2g} A/cm2 is outside {PLAUSIBLE[0] / 1e4:g} to {PLAUSIBLE[1] / 1e4:g} A/cm2: check the unit of the moment (1 emu = 1e-3 A m2) and the volume")


def _branch(field, chosen) -> np.ndarray:
    """Rows of a branch by ascending field."""
    rows = np.flatnonzero(chosen)
    return rows[np.argsort(field[rows], kind="stable")]


@step
def electric_field_of_decay(data: Dataset, shape: str, at: str = "matched", window: float = 0.25, thickness: str | None = None, width: str | None = None,
                            length: str | None = None, diameter: str | None = None, inner_diameter: str | None = None, height: str | None = None,
                            age: str = "0 s") -> Dataset:
    """E-J curve of a relaxation: current density and the electric field that dM/dt makes, to be set beside transport.

    The decay is cut into windows of equal length in ln t. A parabola in ln t through each gives M and dM/dlnt in its middle; points are never subtracted
    from one another. E(J) of magnetization reaches from 1e-13 to 1e-7 V/m, transport from 1e-6 V/m on.

    Parameters
    ----------
    shape, thickness, width, length, diameter, inner_diameter, height
        As in ``bean_current_density``, whose result this takes.
    at
        ``"edge"``: the electric field at the edge; ``"matched"``: the one that belongs to the J of the whole sample (J and E vary inside; 0.797 of the edge
        for a slab, 1.13 for a strip).
    window
        Length of a window in decades of time.
    age
        Time between the start of the decay and the zero of the clock (``t_shift`` of a fit), added to the times.

    Returns
    -------
    Dataset
        Rows of a window each: ``time``, ``current_density``, ``electric_field`` with their errors, from the scatter in the window.

    Raises
    ------
    FitkitError
        The shape does not fit the sizes (a thin strip taken for a slab), too few points, a moment that grows.

    Examples
    --------
    >>> relaxation = fk.electric_field_of_decay(decay, shape="disc")
    >>> fk.ej_picture(relaxation, fk.fit("power_law", bridge)).plot("ej.png")        # with transport in one picture
    """
    given = {name: value for name, value in zip(SIZES, (thickness, width, length, diameter, inner_diameter, height)) if value is not None}
    data = data.with_meta("user", **given)
    sample = shape_of(data, shape)
    if at not in ("edge", "matched"):
        raise FitkitError(f"{data.name}: at = {at!r}, wanted 'edge' or 'matched'")
    try:
        per_rate = sample.edge_field(1.0)
    except FitkitError as error:
        raise FitkitError(f"{data.name}: {error}") from None
    factor = 1.0
    if at == "matched":
        factor = sample.matched
        if not np.isfinite(factor):
            raise FitkitError(f"{data.name}: the matched field of a {sample.title} is not known; take at='edge'")
    if "irreversible_magnetization" not in data:
        raise FitkitError(f"{data.name}: no column 'irreversible_magnetization'.\n    make it: fk.bean_current_density(data, shape={shape!r}, measure='branch')")
    time = data["time"] + read_measured(age, "s", "age").si
    if np.any(time <= 0):
        raise FitkitError(f"{data.name}: {int(np.sum(time <= 0))} rows at time <= 0: set the origin with fk.relaxation_segment, or give the age")
    rows = _local_slopes(np.log(time), data["irreversible_magnetization"], window * np.log(10), data.name)
    if np.any(rows["slope"] >= 0):
        raise FitkitError(f"{data.name}: the moment does not fall in {int(np.sum(rows['slope'] >= 0))} of {len(rows['slope'])} windows: noise, or a background. "
                          "Take longer windows (window=0.5), or fewer decades")
    age_there = np.exp(rows["u"])
    scale = factor * per_rate / age_there
    columns = {"time": age_there, "current_density": sample.current_density(rows["M"]), "current_density_err": sample.current_density(rows["M_err"]),
               "electric_field": -scale * rows["slope"], "electric_field_err": scale * rows["slope_err"]}
    notes = tuple(note for note in data.notes if note.row is None)
    made = replace(data, columns=columns, units={"time": "s", "electric_field": "V/m", "electric_field_err": "V/m"}, vendor={}, notes=notes, covariance={})
    return Found(made, {"shape": sample.title, "electric field": at, "over the one at the edge": factor, "windows": len(age_there)})


def _local_slopes(u, M, width: float, name: str) -> dict[str, np.ndarray]:
    """M and dM/du in the middle of windows of ln t, with errors from the scatter."""
    order = np.argsort(u, kind="stable")
    u, M = u[order], M[order]
    count = max(int(round((u[-1] - u[0]) / width)), 1)
    edges = np.linspace(u[0], u[-1], count + 1)
    found = []
    for number, (low, high) in enumerate(zip(edges[:-1], edges[1:])):
        inside = (u >= low) & ((u < high) | (number == count - 1))
        if inside.sum() < FEWEST_POINTS:
            continue
        middle = u[inside].mean()
        columns = np.vander(u[inside] - middle, 3, increasing=True)
        c, *_ = np.linalg.lstsq(columns, M[inside], rcond=None)
        rest = M[inside] - columns @ c
        errors = np.sqrt(np.diag(np.linalg.inv(columns.T @ columns)) * (rest @ rest) / (inside.sum() - 3))
        found.append((middle, c[0], errors[0], c[1], errors[1]))
    if not found:
        raise FitkitError(f"{name}: no window of {width / np.log(10):.2g} decades of time holds {FEWEST_POINTS} points. Take a longer window")
    return dict(zip(("u", "M", "M_err", "slope", "slope_err"), np.array(found).T))


@step
def dynamic_rate(data: Dataset, others: Sequence[Dataset], mu: float | None = None) -> Dataset:
    """Dynamic relaxation rate Q = dlnJ/dln(dB/dt) from the loops of one sample at several sweep rates.

    At each field a straight line of ln J over ln(dB/dt) is fitted. Q = 1/n; the rate S of a relaxation at the same electric field is Q/[1 - (1 + mu) Q]: equal
    to Q for a linear barrier (mu = -1), Q/(1 - Q) for a power law (mu = 0). Loops see electric fields 10 to 1000 times larger than a relaxation does.

    Parameters
    ----------
    data, others
        Results of ``bean_current_density`` of loops at different sweep rates (metadata ``sweep_rate``, else taken from the time).
    mu
        Exponent of the barrier, for a column ``S``: what a relaxation would show at this electric field.

    Returns
    -------
    Dataset
        Columns ``field``, ``Q``, ``current_density`` (of the geometric mean rate), with errors from the scatter where there are three loops or more.

    Raises
    ------
    FitkitError
        Rates missing or equal, temperatures that differ, no common fields.
    """
    loops = [data, *([others] if isinstance(others, Dataset) else others)]
    if len(loops) < 2:
        raise FitkitError(f"{data.name}: dynamic_rate wants loops at two sweep rates or more, found one")
    for one in loops:
        one["current_density"]
        if not isinstance(one.meta.get("sweep_rate"), Measured):
            raise FitkitError(one.missing_meta(("sweep_rate",), "Q compares loops by their |dB/dt|"))
    temperatures = [one.si("temperature") for one in loops if isinstance(one.meta.get("temperature"), Measured)]
    if temperatures and np.ptp(temperatures) > max(0.02 * min(temperatures), 0.1):
        raise FitkitError(f"{data.name}: the loops differ in temperature, {min(temperatures):.4g} to {max(temperatures):.4g} K: J falls with T too")
    rates = np.log([one.si("sweep_rate") for one in loops])
    if np.ptp(rates) < np.log(1.5):
        raise FitkitError(f"{data.name}: sweep rates from {np.exp(rates.min()) * 1e3:.3g} to {np.exp(rates.max()) * 1e3:.3g} mT/s: too close for a slope, take a factor "
                          "of 3 or more")
    low, high = max(one["field"].min() for one in loops), min(one["field"].max() for one in loops)
    field = data["field"][(data["field"] >= low) & (data["field"] <= high)]
    if not len(field):
        raise FitkitError(f"{data.name}: the loops have no field in common at which all are fully penetrated")
    lnJ = np.array([np.interp(field, one["field"], np.log(one["current_density"])) for one in loops])
    x = rates - rates.mean()
    Q = x @ (lnJ - lnJ.mean(axis=0)) / (x @ x)
    columns = {"field": field, "Q": Q, "current_density": np.exp(lnJ.mean(axis=0))}
    if len(loops) > 2:
        rest = lnJ - lnJ.mean(axis=0) - np.outer(x, Q)
        columns["Q_err"] = np.sqrt((rest**2).sum(axis=0) / (len(loops) - 2) / (x @ x))
    if mu is not None:
        columns["S"] = rate_from_dynamic_rate(Q, mu)
        if "Q_err" in columns:
            columns["S_err"] = columns["Q_err"] / (1 - (1 + mu) * Q) ** 2
    notes = tuple(note for note in data.notes if note.row is None)
    units = {"field": data.units["field"]}
    meta = {key: value for key, value in data.meta.items() if key != "sweep_rate"}
    found = {"loops": len(loops), "sweep rates [T/s]": sorted(np.exp(rates).tolist())}
    return Found(replace(data, columns=columns, units=units, meta=meta, vendor={}, notes=notes, covariance={}), found)
