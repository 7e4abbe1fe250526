"""Attempt frequency and Arrhenius rate with units."""

import math

import pytest

import fitkit as fk
from fitkit.constants import k_B


def test_attempt_frequency():
    """8e9 Hz for Jc = 1e10 A/m2, rho_n = 1e-6 ohm m, r_p = 2 nm, Bc2 = 100 T, in any units."""
    nu0 = fk.attempt_frequency(Jc="1 MA/cm2", normal_resistivity="100 uohm cm", pin_range="2 nm", upper_critical_field="1000 kOe")
    assert nu0.to("GHz").value == pytest.approx(8, rel=0.01) and nu0.error is None and "order of magnitude" in nu0.reason
    assert fk.attempt_frequency(Jc=1e10, normal_resistivity=1e-6, pin_range=2e-9, upper_critical_field=100).si == pytest.approx(nu0.si, rel=1e-12)
    with pytest.raises(fk.FitkitError, match="pin_range"):
        fk.attempt_frequency(Jc=1e10, normal_resistivity=1e-6, pin_range="-2 nm", upper_critical_field=100)
    with pytest.raises(fk.FitkitError):
        fk.attempt_frequency(Jc="1 A", normal_resistivity=1e-6, pin_range=2e-9, upper_critical_field=100)


def test_hop_rate():
    assert fk.hop_rate("300 K", "10 K").si == pytest.approx(1e9 * math.exp(-30), rel=1e-12)
    meV = 300 * k_B / 1.602176634e-22
    rate = fk.hop_rate(f"{meV!r} meV", "10 K", "2e9 Hz")
    assert rate.si == pytest.approx(2e9 * math.exp(-30), rel=1e-9) and rate.error is None
    # 1 % of U and of T at U/kT = 30: 0.3 each
    noisy = fk.hop_rate("300(3) K", "10.0(1) K")
    assert noisy.error / noisy.value == pytest.approx(math.hypot(0.3, 0.3), rel=1e-9)
    assert fk.hop_rate(fk.Measured(300.0, 3.0, "K"), "10 K").si == pytest.approx(rate.si / 2, rel=1e-9)
    with pytest.raises(fk.FitkitError, match="above 0"):
        fk.hop_rate("300 K", "0 K")
    for given, text in ((("300 K", 10), "temperature='10 K'"), ((300, "10 K"), "barrier='300 meV'"), (("300 K", "10 K", 1e9), "attempt_frequency")):
        with pytest.raises(fk.FitkitError, match=f"has no unit: write .*{text}" if "'" in text else text):
            fk.hop_rate(*given)


def test_an_anisotropy_below_one_is_its_inverse():
    with pytest.raises(fk.FitkitError, match="gamma is 1 or above"):
        fk.ginzburg_number(Tc="92 K", penetration_depth="140 nm", coherence_length="1.6 nm", anisotropy=1 / 7)
