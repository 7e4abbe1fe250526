"""Laws over g(T) = (1 - (T/Tc)^2)^q: temperatures from Tc on are refused, the chosen g is said, energies may be written in kelvin."""

import numpy as np
import pytest

import fitkit as fk
from fitkit.constants import k_B

T = np.array([4.0, 8, 12, 16, 20, 24])
U = 400 * (1 - (T / 90) ** 2) ** 1.5  # kelvin
WIGGLE = 1 + 1e-3 * np.array([1, -1, 1, 1, -1, 1])
CURVES = {
    "pinning_energy": {"U_star": (U * WIGGLE, "K")},
    "creep_rate": {"S": (T / U * WIGGLE, "")},
    "n_value_barrier": {"n": (1 + U / T * WIGGLE, "")},
}


@pytest.mark.parametrize("law", CURVES)
def test_barrier_in_kelvin_and_no_barrier_above_Tc(law):
    data = fk.dataset(temperature=(T, "K"), name="film", **CURVES[law])
    result = fk.fit(law, data, assume={"Tc": "90 K"})
    assert abs(result["U0_K"].value - 400) < 4 * result["U0_K"].error and "(T/90 K)" in str(result)
    with pytest.raises(fk.FitkitError, match=r"film: 1 of 6 rows lie at or above Tc = 22 K \(up to 24 K\).*\n.*fk.where\(data, 'temperature < 22 K'\)"):
        fk.fit(law, data, assume={"Tc": "22 K"})
    assert fk.fit(law, fk.where(data, "temperature < 22 K"), assume={"Tc": "22 K"}).fits[0].statistics.points == 5


def test_energies_in_kelvin_are_said():
    data = fk.dataset(temperature=(T, "K"), U_star=(U, "K"), U_star_err=(0.01 * U, "K"))
    assert np.allclose(data["U_star"], U * k_B) and np.allclose(data["U_star_err"], 0.01 * U * k_B)
    assert "U_star given in K: an energy over k_B" in str(data.history[0].found)
