"""V(I) curves: one fit with its errors, and a folder of traces in one call, against lmfit by hand."""

from __future__ import annotations

import statistics

import numpy as np

import fitkit as fk

from .single import interleaved

TRACES, POINTS = 100, 2000


def bench_voltage_current(draws: int = 20) -> dict[str, dict[str, float]]:
    """CPU time of power-law fits with offset and R, no start given, against lmfit from a start within 20 %.

    Returns
    -------
    dict
        ``one fit of N points``: medians over drawn curves. ``100 traces of 2000 points``: datasets with a current grid each, in one
        ``fk.fit``, and the same numbers as arrays in one ``fk.fit_many``, against a loop of lmfit. Ratios above 1 in ``times_faster``.

    Raises
    ------
    ArithmeticError
        If Ic is not that of lmfit to a hundredth of its error, or not the true one within five: a wrong result needs no time.
    """
    found = {}
    for points in (60, 200, POINTS):
        rows = []
        for seed in range(draws):
            curve = _Curve(seed, points)
            rows.append(interleaved(lambda: fk.fit("power_law", curve.data, background=["offset", "R"]), curve.by_hand, repeats=3))
            curve.agree(fk.fit("power_law", curve.data, background=["offset", "R"])["Ic"])
        found[f"one fit of {points} points"] = {"ratio": statistics.median(one[2] for one in rows), "fitkit_ms": 1e3 * statistics.median(one[0] for one in rows),
                                                "lmfit_ms": 1e3 * statistics.median(one[1] for one in rows)}
    curves = [_Curve(seed, POINTS) for seed in range(TRACES)]
    datasets = [one.data for one in curves]
    x, y = (np.array([one[name] for one in datasets]) for name in ("current", "voltage"))
    for curve, one in zip(curves, fk.fit("power_law", datasets, background=["offset", "R"]).fits):
        curve.agree(one["Ic"])

    def loop():
        for one in curves:
            one.by_hand()

    for name, ours in (("fk.fit", lambda: fk.fit("power_law", datasets, background=["offset", "R"])),
                       ("fk.fit_many", lambda: fk.fit_many("power_law", x, y, meta={"tap_distance": "1 cm"}, background=["offset", "R"], threads=1))):
        a, b, ratio = interleaved(ours, loop, repeats=5)
        found[f"{TRACES} traces of {POINTS}, {name}"] = {"times_faster": 1 / ratio, "fitkit_s": a, "lmfit_s": b}
    return found


class _Curve:
    """A trace with 20 nV of noise, offset and contact resistance, up to five times the criterion of 1 uV over 1 cm; and its fit by hand."""

    def __init__(self, seed: int, points: int):
        rng = np.random.default_rng(seed)
        self.Ic, self.n = rng.uniform(20, 150), rng.uniform(8, 50)
        self.current = np.linspace(0, self.Ic * 5 ** (1 / self.n), points)
        self.microvolt = (self.current / self.Ic) ** self.n + rng.normal(0, 0.5) + rng.normal(0, 1e-3) * self.current + rng.normal(0, 0.02, points)
        self.data = fk.dataset(current=(self.current, "A"), voltage=(self.microvolt, "uV"), tap_distance="1 cm", name=f"trace {seed}")

    def by_hand(self):
        """lmfit.Model with numbers of order one, bounds and a start within 20 %."""
        import lmfit

        model = lmfit.Model(lambda current, Ic, n, offset, R: (np.abs(current) / Ic) ** n + offset + R * current)
        start = model.make_params(Ic={"value": 1.02 * self.Ic, "min": 0}, n={"value": 1.2 * self.n, "min": 1, "max": 300}, offset=0.0, R=0.0)
        return model.fit(self.microvolt, start, current=self.current)

    def agree(self, Ic) -> None:
        """Hold a fitted Ic against lmfit's and the truth."""
        theirs = self.by_hand().params["Ic"]
        if abs(Ic.value - theirs.value) > 0.01 * theirs.stderr or abs(Ic.value - self.Ic) > 5 * theirs.stderr:
            raise ArithmeticError(f"Ic = {Ic} A, lmfit {theirs.value} +- {theirs.stderr}, true {self.Ic}")
