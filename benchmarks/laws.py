"""B11: what the laws of interference cost: the closed Iordanskii-Lyanda-Geller-Pikus curve against its truncated series, fits and curves against lmfit fits of HLN."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np

import fitkit as fk
from fitkit.constants import G0
from fitkit.physics.coherence import field_of_length, length_of_field
from fitkit.units import parse_unit

REFERENCE = Path(__file__).resolve().parent.parent / "tests" / "reference" / "weak_localization.json"
POINTS = 200
ALLOWED_ERROR = 1e-12  # in G0


def bench_laws(repeats: int = 9) -> dict[str, float]:
    """Times and ratios of laws of 200 points.

    Returns
    -------
    dict
        CPU time, medians of interleaved repeats. ``ilp_curve_ms`` and ``series_ms`` (1000 terms in numpy, no derivatives), ``ratio_to_series``;
        ``ilp_value_and_gradient_ms``; ``ilp_error_G0`` against the reference numbers, ``series_error_G0`` of the truncated series against the closed curve;
        ``ilp_fit_ms``, ``lmfit_hln_ms`` and ``ilp_fit_ratio`` (L_phi and B_so1 free; ``_B_so3_free``: all three); ``slowest_curve_ms`` with its ratio to ten lmfit fits of HLN, ``curve_ms <law>`` of every law.

    Raises
    ------
    ArithmeticError
        If ilp is wrong by more than 1e-12 G0: a wrong result needs no time.
    """
    law = fk.get_model("ilp")
    error = _reference_error(law)
    if error > ALLOWED_ERROR:
        raise ArithmeticError(f"ilp is wrong by {error:.1e} G0; allowed are {ALLOWED_ERROR:.0e}")
    params = {"alpha": 1.0, "L_phi": 500e-9, "B_so1": 0.03, "B_so3": 0.01}
    field = np.linspace(-0.3, 0.3, POINTS)
    ours, series, both = _seconds([lambda: law.function(field, **params), lambda: truncated_series(field, **params),
                                   lambda: law.value_and_gradient(field, **params)], repeats, calls=5)
    found = {"ilp_curve_ms": 1e3 * ours, "series_ms": 1e3 * series, "ratio_to_series": ours / series, "ilp_value_and_gradient_ms": 1e3 * both, "ilp_error_G0": error,
             "series_error_G0": float(np.abs(truncated_series(field, **params) - law.function(field, **params)).max() / G0)}
    hln, curve = _lmfit_hln(), _noisy(law, params)
    fit, cubic, plain = _seconds([lambda: fk.fit(law, curve, fix={"B_so3": 10.0}), lambda: fk.fit(law, curve, free=["B_so3"]), hln], repeats, calls=1)
    found |= {"ilp_fit_ms": 1e3 * fit, "lmfit_hln_ms": 1e3 * plain, "ilp_fit_ratio": fit / plain, "ilp_fit_ratio_B_so3_free": cubic / plain}
    curves = {name: _curve(fk.get_model(name)) for name in fk.models()}
    times = dict(zip(curves, _seconds(list(curves.values()), repeats, calls=3)))
    slowest = max(times, key=times.__getitem__)
    return found | {"slowest_curve_ms": 1e3 * times[slowest], "slowest_curve_ratio": times[slowest] / (10 * plain)} | {f"curve_ms {name}": 1e3 * value for name, value in times.items()}


def truncated_series(field: np.ndarray, alpha: float, L_phi: float, B_so1: float, B_so3: float, terms: int = 1000) -> np.ndarray:
    """The formula as papers print it, the sum over Landau levels cut off after ``terms``."""
    from scipy.special import digamma

    B = np.abs(field)[:, None]
    n = np.arange(1, terms + 1)
    phi, b, h = field_of_length(L_phi) / B, (B_so1 + B_so3) / B, B_so1 / B
    a, first = n + 0.5 + phi + b, (0.5 + phi + b)[:, 0]
    summed = (3 / n - (3 * a * a + 2 * a * b - 1 - 2 * (2 * n + 1) * h) / ((a + b) * (a - 1) * (a + 1) - 2 * h * ((2 * n + 1) * a - 1))).sum(axis=1)
    phi, b, h = phi[:, 0], b[:, 0], h[:, 0]
    S = 1 / first + (2 * first + 1 + b) / ((first + 1) * (first + b) - 2 * h) + digamma(0.5 + phi) + 3 * np.euler_gamma - summed
    c = phi + b
    q, r = 2 * c + b - 4 * h, c * (c + b)
    d = np.sqrt(4 * r - q * q + 0j)
    return -0.5 * alpha * G0 * (S + np.log(c * r / phi) - 4 * h * (2 / d * (np.pi / 2 - np.arctan(q / d))).real)


def _reference_error(law: fk.Model) -> float:
    """Largest deviation from the reference numbers in units of G0."""
    worst = 0.0
    for point in json.loads(REFERENCE.read_text(encoding="utf-8"))["models"]["ilp"]["points"]:
        given = point["inputs"]
        value = law.function(given["B"], 1.0, length_of_field(given["B_phi"]), given["B_so1"], given["B_so3"])
        worst = max(worst, abs(float(value) - float(point["value"])) / G0)
    return worst


def _lmfit_hln() -> Callable[[], object]:
    """A fit of HLN by hand with lmfit: numeric Jacobian, a good start, units of order one."""
    import lmfit
    from scipy.special import psi

    def curve(field, alpha, L_phi, offset):
        x = 1.6455e-16 / (L_phi * 1e-9) ** 2 / np.maximum(np.abs(field), 1e-12)
        return alpha * 1.2331 * (psi(0.5 + x) - np.log(x)) + offset

    field, rng = np.linspace(-0.3, 0.3, POINTS), np.random.default_rng(4)
    y = curve(field, 1.0, 150.0, 0.1) + rng.normal(0, 0.02, POINTS)
    model = lmfit.Model(curve)
    start = model.make_params(alpha=1.2, L_phi={"value": 180.0, "min": 1, "max": 1e5}, offset=0.0)
    return lambda: model.fit(y, start, field=field)


def _noisy(law: fk.Model, params: Mapping[str, float]) -> fk.Dataset:
    field = law.grid(POINTS, **params)
    y = law.function(field, **params)
    y = y + np.random.default_rng(6).normal(0, 0.005 * np.ptp(y), POINTS)
    return fk.dataset(field=(field, "T"), delta_conductance=(y, "S"), meta=dict(law.example))


def _curve(law: fk.Model) -> Callable[[], object]:
    """One curve of a law at typical parameters."""
    params = law.typical_parameters(np.random.default_rng(8))
    x = law.grid(POINTS, **params)
    x = x if isinstance(x, tuple) else (x,)
    known = {}
    for one in law.known:
        if one.for_derived:
            continue
        if one.name in law.example:
            known[one.name] = fk.data.read_meta(one.name, law.example[one.name]).si
        else:
            known[one.name] = one.of_x(*x) if one.of_x else parse_unit(one.unit).to_si(one.default) if one.default is not None else one.absent
    return lambda: law.function(*x, **params, **known)


def _seconds(calls_of: list[Callable[[], object]], repeats: int, calls: int) -> list[float]:
    """Median CPU seconds of each, interleaved, after a first call."""
    for one in calls_of:
        one()
    times: list[list[float]] = [[] for _ in calls_of]
    for _ in range(repeats):
        for row, one in zip(times, calls_of):
            begin = process_time()
            for _ in range(calls):
                one()
            row.append((process_time() - begin) / calls)
    return [median(row) for row in times]
