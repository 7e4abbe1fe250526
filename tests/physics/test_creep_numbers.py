"""Numbers of creep over many temperatures against 20-digit references: g(T), the Ginzburg number and its bound, Maley's barrier."""

import json
from pathlib import Path

import numpy as np
import pytest

import fitkit as fk
from fitkit.constants import k_B
from fitkit.physics.creep import ginzburg_number, least_rate
from fitkit.physics.creep_series import barrier_scale

CREEP = json.loads((Path(__file__).parents[1] / "reference" / "flux_creep.json").read_text(encoding="utf-8"))["models"]
ROUNDING = 8 * np.finfo(float).eps


def points(name):
    return [(point["inputs"], float(point["value"]), ROUNDING * max(1.0, point["condition"])) for point in CREEP[name]["points"]]


@pytest.mark.parametrize("given, value, tolerance", points("G_T"))
def test_barrier_scale(given, value, tolerance):
    assert float(barrier_scale(given["T"], given["Tc"], given["q"])) == pytest.approx(value, rel=tolerance)


@pytest.mark.parametrize("given, value, tolerance", points("Gi"))
def test_ginzburg_number(given, value, tolerance):
    assert ginzburg_number(given["Tc"], given["lam"], given["xi"], given["gamma"]) == pytest.approx(value, rel=tolerance)
    lengths = {"penetration_depth": f"{given['lam'] * 1e9!r} nm", "coherence_length": f"{given['xi'] * 1e9!r} nm"}
    assert fk.ginzburg_number(Tc=f"{given['Tc']!r} K", anisotropy=given["gamma"], **lengths).value == pytest.approx(value, rel=10 * tolerance)


@pytest.mark.parametrize("given, value, tolerance", points("Smin_eley"))
def test_least_rate(given, value, tolerance):
    assert least_rate(given["T"], given["Tc"], given["Gi"]) == pytest.approx(value, rel=tolerance)


@pytest.mark.parametrize("given, value, tolerance", points("maley_U"))
def test_maley_gives_the_rate_of_its_barrier(given, value, tolerance):
    """U = kT (C - ln|dM/dt|), solved for the rate as the law has it; the difference is compared on the scale of C."""
    law = fk.get_model("maley").function
    rate = law(given["T"], 1.0, given["C"], value, 0.0, 0.5, np.inf, 1.5, 0.0, 0.0, 1.0, 1.0)
    assert abs(rate - np.log(abs(given["dMdt"]))) * k_B * given["T"] < tolerance * (abs(value) + k_B * given["T"] * given["C"])


def test_ginzburg_number_wants_positive_numbers_with_units():
    with pytest.raises(fk.FitkitError, match="Tc = -1 K: wanted a number above 0"):
        fk.ginzburg_number(Tc="-1 K", penetration_depth="140 nm", coherence_length="2 nm")
    with pytest.raises(fk.FitkitError):
        fk.ginzburg_number(Tc="92 K", penetration_depth="140 K", coherence_length="2 nm")
