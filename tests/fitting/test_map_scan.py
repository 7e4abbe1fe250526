"""The thin scan of clear curves against the whole one: the same optimum, the same verdicts."""

from collections import OrderedDict

import numpy as np
import pytest

import fitkit as fk
from fitkit.fitting.maps import panels, run

COUNT = 6000


def drawn(rng, name: str) -> tuple[dict, np.ndarray]:
    """Keywords of fit_many and curves without noise, far beyond what the data can tell on either side."""
    if name == "power_law":
        x = np.linspace(0, 100, 150)
        Y = fk.get_model(name).function(x, rng.uniform(60, 120, (COUNT, 1)), np.exp(rng.uniform(np.log(2), np.log(150), (COUNT, 1))), 0.01, 1e-4)
        return {"model": name, "x": x, "background": ["offset", "R"], "meta": {"tap_distance": "1 cm"}}, Y
    x = np.linspace(-0.5, 0.5, 150)
    Y = fk.get_model("hln").function(x, rng.uniform(0.3, 1.5, (COUNT, 1)), np.exp(rng.uniform(np.log(1e-8), np.log(1.5e-6), (COUNT, 1))))
    return {"model": "hln", "x": x, "background": ["offset", *name.split("+")[1:]]}, Y


@pytest.mark.parametrize("name", ["power_law", "hln", "hln+quadratic"])
def test_no_top_is_missed(monkeypatch, name):
    rng = np.random.default_rng(len(name))
    keywords, Y = drawn(rng, name)
    Y = Y + rng.normal(size=Y.shape) * np.ptp(Y, axis=1, keepdims=True) * np.exp(rng.uniform(np.log(0.003), np.log(1.5), (COUNT, 1)))
    thin = fk.fit_many(**keywords, Y=Y, correlation=False)
    monkeypatch.setattr(panels, "_APART", ())
    monkeypatch.setattr(run, "_GRIDS", OrderedDict())
    whole = fk.fit_many(**keywords, Y=Y, correlation=False)
    assert np.all(thin.chi2 <= whole.chi2 * (1 + 1e-9))
    assert all(np.array_equal(thin.verdicts[one], whole.verdicts[one]) for one in thin.names)
