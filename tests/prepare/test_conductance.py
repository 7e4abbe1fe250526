"""sheet_conductance, delta_conductance and the whole chain."""

import numpy as np
import pytest
from scipy.optimize import least_squares
from scipy.special import digamma

from fitkit.constants import G0, e, hbar
from fitkit.data import dataset
from fitkit.errors import FitkitError
from fitkit.prepare import delta_conductance, field_offset, magnetoconductance, sheet_conductance


def test_the_tensor_is_inverted_exactly():
    """One band: sigma_xx = s/(1+m^2), sigma_xy = s m/(1+m^2) have rho_xx = 1/s at any field and rho_xy = m/s."""
    s, mobility, field = 2e-3, 0.3, np.linspace(0, 5, 51)
    data = dataset(field=(field, "T"), resistance=(np.full(51, 2 / s), "ohm"), hall_resistance=(mobility * field / s, "ohm"), length="4 mm", width="2 mm")
    made = sheet_conductance(data)
    np.testing.assert_allclose(made["sheet_conductance"], s / (1 + (mobility * field) ** 2), rtol=1e-14)
    assert made.meta["hall_part_used"] == "yes"
    assert made.history[-1].found["largest Hall angle"] == pytest.approx(1.5)


def test_without_hall_part_and_with_sheet_resistance():
    data = dataset(field=([0.0, 1], "T"), resistance=([600.0, 300], "ohm"))
    made = sheet_conductance(data, length="4 mm", width="2 mm")
    np.testing.assert_allclose(made["sheet_conductance"], [1 / 300, 1 / 150], rtol=1e-14)
    assert made.meta["hall_part_used"] == "no"
    made = sheet_conductance(dataset(field=([0.0, 1], "T"), sheet_resistance=([300.0, 150], "ohm/sq")))
    np.testing.assert_allclose(made["sheet_conductance"], [1 / 300, 1 / 150], rtol=1e-14)


def test_errors_by_monte_carlo():
    rng = np.random.default_rng(0)
    one = dataset(field=(np.zeros(1), "T"), sheet_resistance=([300.0], "ohm/sq"), sheet_resistance_err=([1.0], "ohm/sq"),
                  hall_resistance=([200.0], "ohm"), hall_resistance_err=([2.0], "ohm"))
    many = dataset(field=(np.zeros(200_000), "T"), sheet_resistance=(rng.normal(300, 1, 200_000), "ohm/sq"), hall_resistance=(rng.normal(200, 2, 200_000), "ohm"))
    assert sheet_conductance(one)["sheet_conductance_err"][0] == pytest.approx(sheet_conductance(many)["sheet_conductance"].std(), rel=0.01)


def test_hall_from_another_file_is_odd():
    hall = dataset(field=(np.linspace(0.1, 1, 10), "T"), hall_resistance=(np.linspace(10, 100, 10), "ohm"), name="hall")
    data = dataset(field=([-0.55, 0.0, 0.55], "T"), sheet_resistance=([300.0] * 3, "ohm/sq"))
    made = sheet_conductance(data, hall=hall)
    np.testing.assert_allclose(made["sheet_conductance"], [300 / (300**2 + 55**2), 1 / 300, 300 / (300**2 + 55**2)], rtol=1e-12)
    with pytest.raises(FitkitError, match="reach from 0 to 1000 mT"):
        sheet_conductance(dataset(field=([0.0, 3], "T"), sheet_resistance=([300.0] * 2, "ohm/sq")), hall=hall)


def test_the_message_says_how_to_give_the_geometry():
    data = dataset(field=([0.0, 1], "T"), resistance=([600.0, 300], "ohm"), width="2 mm", name="film")
    for call in (sheet_conductance, magnetoconductance):
        with pytest.raises(FitkitError) as caught:
            call(data)
        assert str(caught.value).startswith("film: no 'length': sheet conductance needs the distance of the voltage contacts and the width.\n    give it: ")
        assert 'length="4 mm"' in str(caught.value) and 'meta={"length": "4 mm"}' in str(caught.value)
    with pytest.raises(FitkitError, match="length = 4 has no unit"):
        sheet_conductance(data, length=4)
    with pytest.raises(FitkitError, match="wants positive numbers"):
        sheet_conductance(dataset(field=([0.0, 1], "T"), resistance=([600.0, -300], "ohm")), length="1 mm", width="1 mm")


def test_delta_conductance_has_its_zero_at_the_smallest_field():
    data = dataset(field=([-1.0, 0.01, 1], "T"), sheet_conductance=([3.0, 2, 4], "mS"), sheet_conductance_err=([0.1, 0.1, 0.1], "mS"))
    made = delta_conductance(data)
    np.testing.assert_allclose(made["delta_conductance"], [1e-3, 0, 2e-3], rtol=1e-12)
    np.testing.assert_allclose(made["delta_conductance_err"], 1e-4)
    assert made.meta["sheet_resistance_normal"].value == pytest.approx(500)
    assert "offset" in made.history[-1].found["remark"]


# -- the whole chain on films of known L_phi --------------------------------------------------------------------------
def hikami(field, L_phi):
    """f(B_phi/|B|) by the textbook expression; series below B_phi/50, where that one loses its digits."""
    x = hbar / (4 * e * L_phi**2) / np.maximum(np.abs(field), 1e-12)
    return np.where(x > 50, 1 / (24 * x**2) - 7 / (960 * x**4), digamma(0.5 + np.minimum(x, 50)) - np.log(np.minimum(x, 50)))


def film(L_phi, seed, noise=3e-3, trapped=3e-3, sheet=300.0):
    """R(B) with both directions, trapped field that follows the direction, Hall admixture of 2 % and white noise (fraction of the swing)."""
    grid = 0.5 * np.sinh(4 * np.linspace(-1, 1, 401)) / np.sinh(4)
    field, direction = np.concatenate((grid, grid[::-1])), np.repeat((1.0, -1.0), 401)
    true = field + trapped * direction
    resistance = 1 / (1 / sheet + G0 * hikami(true, L_phi))
    noisy = resistance + 0.02 * sheet * true + noise * np.ptp(resistance) * np.random.default_rng(seed).standard_normal(802)
    return dataset(field=(field, "T"), resistance=(2 * noisy, "ohm"), direction=direction, length="4 mm", width="2 mm", name="film")


def fitted(data, L_phi):
    """L_phi/true and its error from a plain least-squares fit with offset and parabola, errors from the scatter."""
    field, y = data["field"], data["delta_conductance"] / G0
    solution = least_squares(lambda p: p[0] * hikami(field, p[1] * L_phi) + p[2] + p[3] * field**2 - y, [1.0, 1, 0, 0], x_scale=[1, 1, 0.01, 0.01], xtol=1e-12)
    covariance = np.linalg.inv(solution.jac.T @ solution.jac) * np.sum(solution.fun**2) / (len(y) - 4)
    return solution.x[1], np.sqrt(covariance[1, 1])


@pytest.mark.parametrize("L_phi", [118e-9, 354e-9])
def test_the_chain_is_unbiased(L_phi):
    pulls = []
    for seed in range(30):
        made = magnetoconductance(film(L_phi, seed))
        assert [record.name for record in made.history] == ["dataset", "field_offset", "symmetrise", "sheet_conductance", "delta_conductance"]
        value, error = fitted(made, L_phi)
        pulls.append((value - 1) / error)
    # 30 pulls: mean known to 0.18, width to 0.13
    assert abs(np.mean(pulls)) < 0.2 + 2 * 0.18
    assert 0.7 < np.std(pulls) < 1.35


def test_an_offset_left_in_biases_the_length():
    value, error = fitted(magnetoconductance(film(354e-9, 0), offset="none"), 354e-9)
    assert (value - 1) / error < -5


def test_options_of_the_chain():
    data = film(354e-9, 0)
    by_hand = magnetoconductance(data, offset="3 mT", symmetrised=False)
    assert [record.name for record in by_hand.history[1:]] == ["shift_field", "sheet_conductance", "delta_conductance"]
    half = data.select(data["field"] > 5e-3)
    made = magnetoconductance(half)
    assert [record.name for record in made.history[1:]] == ["sheet_conductance", "delta_conductance"]
    assert "one polarity" in made.notes[0].text
    flat = dataset(field=(data["field"], "T"), sheet_resistance=(300 + np.random.default_rng(0).normal(0, 1, 802), "ohm/sq"), direction=data["direction"])
    made = magnetoconductance(flat)
    assert made.notes[0].text.startswith("field offset left in: data, sweep up: no field offset")
    gaps = data["resistance"].copy()
    gaps[7] = np.nan
    assert magnetoconductance(data.with_columns({"resistance": gaps})).history[1].found["dropped"] == 1
    with pytest.raises(FitkitError, match="for piece in"):
        magnetoconductance([data])


def test_hall_column_of_the_file_goes_through_the_chain():
    from dataclasses import replace

    data = film(354e-9, 0)
    data = replace(data, vendor={"Rxy": (50 * data["field"], "Ohms")})
    made = magnetoconductance(data, hall="Rxy")
    assert made.meta["hall_part_used"] == "yes"
    np.testing.assert_allclose(made["hall_resistance"], 50 * made["field"], atol=0.02)


def test_error_of_the_offset_is_small_against_b_phi():
    found = field_offset(film(354e-9, 0)).history[-1].found
    assert found["error up"] < 0.05 * hbar / (4 * e * 354e-9**2)
