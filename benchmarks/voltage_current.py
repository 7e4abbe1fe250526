"""V-I curves: one fit with errors against lmfit from a good start, and 100 traces in one call against a loop of lmfit."""

from __future__ import annotations

import math
import statistics
import time

import numpy as np

import fitkit as fk

from .single import interleaved

_POINTS, _TRACES = 2000, 100


def _traces(rng, count: int, points: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Current [A], voltages [V] with offset, resistance and 20 nV of noise, and the true Ic and n; all ramps end at 3 to 30 times 1 uV."""
    Ic, n = rng.uniform(60, 80, count), np.exp(rng.uniform(math.log(10), math.log(40), count))
    current = np.linspace(0, 85, points)
    law = 1e-6 * (current / Ic[:, None]) ** n[:, None]
    return current, law + rng.normal(0, 1e-6, (count, 1)) + 5e-9 * current + rng.normal(0, 2e-8, (count, points)), Ic, n


def _plain(current: np.ndarray):
    """The fit by hand: volts in uV, a start within 20 %, sensible bounds."""
    import lmfit

    model = lmfit.Model(lambda current, Ic, n, offset, R: (np.abs(current) / Ic) ** n + offset + R * current, independent_vars=["current"])

    def fit(voltage, Ic, n):
        start = model.make_params(Ic={"value": Ic * 1.02, "min": 0}, n={"value": n * 1.2, "min": 1, "max": 300}, offset=0.0, R=0.0)
        return model.fit(voltage * 1e6, start, current=current)

    return fit


def bench_voltage_current(repeats: int = 5) -> dict[str, dict[str, float]]:
    """Ratios of CPU time: single ours/lmfit for several lengths; 100 traces of 2000 points lmfit/ours, by fit_many and by fit of a list."""
    found = {}
    for points in (60, 200, _POINTS, 20_000):
        rng, ratios, ours_s, theirs_s, worst = np.random.default_rng(points), [], [], [], 0.0
        current, voltages, Ic, n = _traces(rng, 12, points)
        plain = _plain(current)
        for voltage, first, second in zip(voltages, Ic, n):
            data = fk.dataset(current=(current, "A"), voltage=(voltage, "V"), tap_distance="1 cm")
            a, b, ratio = interleaved(lambda: fk.fit("power_law", data), lambda: plain(voltage, first, second), repeats=3)
            ours, theirs = fk.fit("power_law", data), plain(voltage, first, second)
            worst = max(worst, abs(ours["Ic"].value - theirs.params["Ic"].value) / theirs.params["Ic"].stderr)
            ratios.append(ratio), ours_s.append(a), theirs_s.append(b)
        if worst > 0.01:
            raise AssertionError(f"V-I of {points} points: the optimum differs from that of lmfit by {worst:.2g} standard deviations")
        found[f"single, {points} points"] = {"ratio": statistics.median(ratios), "fitkit_ms": 1e3 * statistics.median(ours_s), "lmfit_ms": 1e3 * statistics.median(theirs_s)}
    current, voltages, Ic, n = _traces(np.random.default_rng(1), _TRACES, _POINTS)
    plain = _plain(current)
    series = [fk.dataset(current=(current, "A"), voltage=(voltage, "V"), tap_distance="1 cm", name=f"trace {number}") for number, voltage in enumerate(voltages)]
    calls = {"fit_many": lambda: fk.fit_many("power_law", current, voltages, meta={"tap_distance": "1 cm"}, background=["offset", "R"], correlation=True, threads=1),
             "fit of a list": lambda: fk.fit("power_law", series), "lmfit": lambda: [plain(*one) for one in zip(voltages, Ic, n)]}
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(repeats):
        for name, call in calls.items():
            begin = time.process_time()
            call()
            seconds[name].append(time.process_time() - begin)
    many, listed = calls["fit_many"](), calls["fit of a list"]()
    if not np.allclose(many.values["Ic"], [one.value for one in listed["Ic"]], rtol=1e-6):
        raise AssertionError("V-I: fit_many and fit differ")
    for name in ("fit_many", "fit of a list"):
        found[f"{_TRACES} traces, {name}"] = {"faster": statistics.median(b / a for a, b in zip(seconds[name], seconds["lmfit"])),
                                              "fitkit_ms": 1e3 * statistics.median(seconds[name]), "lmfit_ms": 1e3 * statistics.median(seconds["lmfit"])}
    return found
