"""van_der_pauw, absolute_resistance, delta_conductivity, and input in e^2/h."""

import numpy as np
import pytest

import fitkit as fk
from fitkit.constants import G0
from fitkit.data import dataset
from fitkit.errors import FitkitError
from fitkit.prepare import absolute_resistance, delta_conductance, delta_conductivity, sheet_conductance, van_der_pauw


def resistances(a, b, err=None):
    field = np.arange(float(len(a)))
    errors = {} if err is None else {"resistance_err": (np.full(len(a), err), "ohm")}
    return (dataset(field=(field, "T"), resistance=(a, "ohm"), name="a", **errors), dataset(field=(field, "T"), resistance=(b, "ohm"), name="b", **errors))


def test_equal_resistances_and_the_defining_equation():
    made = van_der_pauw(*resistances([100.0, 250.0], [100.0, 250.0]))
    np.testing.assert_allclose(made["sheet_resistance"], np.pi / np.log(2) * np.array([100, 250.0]), rtol=1e-14)
    a, b = np.array([1.0, 30, 500, 3e4]), np.array([7.0, 29, 1, 2e-3])
    rho = van_der_pauw(*resistances(a, b))["sheet_resistance"]
    np.testing.assert_allclose(np.exp(-np.pi * a / rho) + np.exp(-np.pi * b / rho), 1, rtol=1e-12)
    assert van_der_pauw(*resistances(a, b)).history[-1].found["ratio"] > 6


def test_a_rectangle_of_known_sheet_resistance():
    """A long strip contacted at its corners: R along is 1 square less the corners, R across exponentially small; the sum of both exponentials is exact (van der Pauw)."""
    rho = 321.0
    a = -np.log(1 - np.exp(-np.pi * 0.8)) * rho / np.pi     # any R_b is paired with the R_a that the theorem gives
    made = van_der_pauw(*resistances([0.8 * rho], [a]))
    assert made["sheet_resistance"][0] == pytest.approx(rho, rel=1e-13)


def test_errors_by_monte_carlo():
    rng, n = np.random.default_rng(0), 100_000
    one = van_der_pauw(*resistances([300.0], [80.0], err=1.0))
    many = van_der_pauw(*resistances(rng.normal(300, 1, n), rng.normal(80, 1, n)))
    assert one["sheet_resistance_err"][0] == pytest.approx(many["sheet_resistance"].std(), rel=0.01)


def test_second_resistance_as_one_number_a_column_or_another_grid():
    first, _ = resistances([100.0, 110, 120], [0.0, 0, 0])
    alone = dataset(field=([0.0], "T"), resistance=([90.0], "ohm"), name="b")
    assert len(van_der_pauw(first, alone)) == 3
    with pytest.raises(FitkitError, match="'b' reaches from 0 to 1000 mT"):
        van_der_pauw(first, resistances([1.0, 2.0], [90.0, 92.0])[1])
    with pytest.raises(FitkitError, match="two positive resistances.*exchanged leads"):
        van_der_pauw(first, dataset(field=([0.0], "T"), resistance=([-90.0], "ohm")))
    column = first.with_columns({"other": np.array([90.0, 91, 92])}, {"other": "ohm"})
    np.testing.assert_allclose(van_der_pauw(column, "other")["sheet_resistance"], van_der_pauw(*resistances([100.0, 110, 120], [90.0, 91, 92]))["sheet_resistance"])


def test_per_cent_and_parts_give_the_exact_conductance():
    """delta sigma = -sigma_0 x/(1 + x) for the relative change x, not -sigma_0 x."""
    field, x = np.linspace(0, 1, 5), np.linspace(0, -0.05, 5)
    for given in ((100 * x, "%"), (x, "")):
        made = delta_conductance(sheet_conductance(absolute_resistance(dataset(field=(field, "T"), relative_resistance=given), "500 ohm/sq")))
        np.testing.assert_allclose(made["delta_conductance"], -2e-3 * x / (1 + x), atol=1e-17)
        assert made.meta["sheet_resistance_normal"].value == pytest.approx(500)


def test_relative_changes_that_cannot_be():
    data = dataset(field=([0.0, 1], "T"), relative_resistance=([0.0, -5.0], ""))
    with pytest.raises(FitkitError, match="are the numbers per cent"):
        absolute_resistance(data, "500 ohm/sq")
    with pytest.raises(FitkitError, match="wanted a number above 0"):
        absolute_resistance(data, "0 ohm/sq")
    with pytest.raises(FitkitError, match="no column 'relative_resistance'"):
        absolute_resistance(dataset(field=([0.0, 1], "T"), resistance=([1.0, 2], "ohm")), "500 ohm/sq")


def test_conductivity_of_a_film_is_fitted_in_three_dimensions():
    field = np.linspace(-3, 3, 201)
    law = fk.get_model("kawabata")
    y = law.function(field, 1.0, 60e-9) * 500e-9 + np.random.default_rng(0).normal(0, 1e-7, 201)
    data = dataset(field=(field, "T"), delta_conductance=(y, "S"), name="film")
    with pytest.raises(FitkitError, match="no 'thickness': the conductivity is the sheet conductance over the thickness"):
        delta_conductivity(data)
    with pytest.raises(FitkitError, match="make it: fk.delta_conductivity"):
        fk.fit("kawabata", data)
    result = fk.fit("kawabata", delta_conductivity(data, "500 nm"))
    assert abs(result["L_phi"].value - 60) < 4 * result["L_phi"].error and result["alpha"].value == pytest.approx(1, rel=0.05)


def test_conductance_in_units_of_e2_over_h():
    """pi G0 = e^2/h: the same data in S and in e^2/h give the same numbers."""
    field = np.linspace(-0.3, 0.3, 101) ** 3
    y = fk.get_model("hln").function(field, 1.0, 300e-9)
    y = y + np.random.default_rng(1).normal(0, 1e-8, 101)
    in_S = fk.fit("hln", dataset(field=(field, "T"), delta_conductance=(y, "S")))
    for scale, unit in ((np.pi * G0, "e^2/h"), (G0, "G0")):
        other = fk.fit("hln", dataset(field=(field, "T"), delta_conductance=(y / scale, unit)))
        assert other["L_phi"].value == pytest.approx(in_S["L_phi"].value, rel=1e-6) and other["alpha"].value == pytest.approx(in_S["alpha"].value, rel=1e-6)
    full = fk.magnetoconductance(dataset(field=(field, "T"), sheet_conductance=(20 + y / (np.pi * G0), "e^2/h")))
    assert fk.fit("hln", full)["L_phi"].value == pytest.approx(in_S["L_phi"].value, rel=1e-6)
