"""Dephasing and conductivity against temperature: what comes out of a series of sweeps, and what is said of it."""

import math

import numpy as np
import pytest

import fitkit as fk
from fitkit.constants import G0, e, hbar, k_B
from fitkit.physics import coherence

T = np.geomspace(0.3, 20.0, 14)


def series(A_sat=1.0, A_ee=20.0, A_ep=0.1, temperature=T, noise=0.01, column="L_phi", p_ee=1.0, D=1e-3, seed=1, **meta):
    """L_phi or tau_phi of rates in 1/ns at 1 K, with relative noise."""
    rate = 1e9 * (A_sat + A_ee * temperature**p_ee + A_ep * temperature**3)
    y = np.sqrt(D / rate) if column == "L_phi" else 1 / rate
    noisy = y * (1 + noise * np.random.default_rng(seed).normal(size=y.size))
    unit, size = ("nm", 1e9) if column == "L_phi" else ("ps", 1e12)
    return fk.dataset(temperature=(temperature, "K"), **{column: (noisy * size, unit), f"{column}_err": (noise * y * size, unit)}, meta=meta)


def said(result):
    one = result.fits[0]
    return " | ".join([*one.cautions, *(p.reason for p in one.parameters.values()), *(p.reason for p in one.derived.values())])


@pytest.mark.parametrize("column", ["L_phi", "tau_phi"])
def test_rates_of_both_columns(column):
    meta = {"diffusivity": "10 cm2/s"} if column == "L_phi" else {}
    result = fk.fit("dephasing_rate", series(column=column, **meta))
    for name, value in (("A_sat", 1.0), ("A_ee", 20.0), ("A_ep", 0.1)):
        assert result[name].value == pytest.approx(value, abs=4 * result[name].error) and result[name].error < 0.3 * value
    assert result.derived["T_ep"].value == pytest.approx(math.sqrt(20 / 0.1), rel=0.1)
    assert result.determined and not result.fits[0].cautions, said(result)


def test_length_wants_a_diffusion_constant():
    with pytest.raises(fk.FitkitError, match="diffusivity"):
        fk.fit("dephasing_rate", series())
    given = fk.fit("dephasing_rate", series(), assume={"diffusivity": "10 cm2/s"})
    assert given["A_ee"].value == pytest.approx(20, rel=0.1)
    vague = fk.fit("dephasing_rate", series().with_meta(diffusivity=fk.Measured(10, 1, "cm2/s")))
    assert "common to all" in said(vague)


def test_error_of_the_diffusion_constant_is_in_the_rates_and_not_in_their_ratio():
    """D is known to a tenth: rates to a tenth or more, all in step; 40 films with a D drawn anew agree with the errors."""
    exact = fk.fit("dephasing_rate", series(diffusivity="10 cm2/s"))
    vague = fk.fit("dephasing_rate", series().with_meta(diffusivity=fk.Measured(10, 1, "cm2/s")))
    for name in ("A_ee", "A_ep"):
        assert vague[name].value == exact[name].value
        assert vague[name].error == pytest.approx(math.hypot(exact[name].error, 0.1 * exact[name].value), rel=1e-3)
    assert vague.derived["T_ep"].error == pytest.approx(exact.derived["T_ep"].error, rel=1e-3)
    rng, pulls = np.random.default_rng(7), []
    for seed in range(40):
        given = fk.Measured(10 * (1 + 0.05 * rng.normal()), 0.5, "cm2/s")
        found = fk.fit("dephasing_rate", series(seed=seed).with_meta(diffusivity=given), fix={"A_sat": 1.0, "A_ep": 0.1})["A_ee"]
        pulls.append((found.value - 20) / found.error)
    assert abs(np.mean(pulls)) < 0.5 and 0.7 < np.std(pulls) < 1.3
    times = fk.fit("dephasing_rate", series(column="tau_phi").with_meta(diffusivity=fk.Measured(10, 1, "cm2/s")))
    assert "as if it were new each time" in said(times)


def test_a_rate_that_is_not_there():
    """No saturation: a limit or an error that holds zero, never a made-up number."""
    result = fk.fit("dephasing_rate", series(A_sat=0.0, temperature=np.geomspace(2, 20, 10)), assume={"diffusivity": "10 cm2/s"})
    limit = result["A_sat"].verdict == "limit"
    assert limit or "saturation is not seen" in said(result)
    assert result.derived["tau_sat"].verdict in ("limit", "not determined") if "tau_sat" in result.derived else limit
    wire = fk.fit("dephasing_rate", series(A_ep=0.0, p_ee=2 / 3), assume={"diffusivity": "10 cm2/s"}, fix={"p_ee": 2 / 3, "A_ep": 0})
    assert wire["A_ee"].value == pytest.approx(20, rel=0.05)
    free = fk.fit("dephasing_rate", series(A_ep=0.0, p_ee=1.5), assume={"diffusivity": "10 cm2/s"}, fix={"A_ep": 0}, free=["p_ee"])
    assert free["p_ee"].value == pytest.approx(1.5, abs=0.05)


def test_cautions_of_rates():
    few = fk.fit("dephasing_rate", series(temperature=np.array([2.0, 3.0, 4.0, 5.0])), assume={"diffusivity": "10 cm2/s"})
    assert "4 temperatures for 3 free parameters" in said(few) and "span a factor 2.5" in said(few)
    flat = fk.fit("dephasing_rate", series(A_sat=50.0), assume={"diffusivity": "10 cm2/s"})
    assert "heating by the current" in said(flat)
    wrong = fk.fit("dephasing_rate", series(A_ee=500.0, A_ep=30.0), assume={"diffusivity": "10 cm2/s"})
    assert "exceeds k_B T/hbar" in said(wrong)


def test_nyquist_rate():
    """1 kohm/sq: g = 25.8128, (k_B/hbar)(1/g) ln(g/2) = 130.92 /ns x 0.0387405 x 2.5577 = 12.97 /ns at 1 K."""
    assert coherence.nyquist_rate(1.0, 1000.0) == pytest.approx(12.97e9, rel=1e-3)
    assert coherence.nyquist_rate(2.0, 1000.0) == pytest.approx(2 * k_B * e**2 * 1000 / (2 * math.pi * hbar**2) * math.log(math.pi * hbar / (e**2 * 1000)), rel=1e-12)
    result = fk.fit("dephasing_rate", series(sheet_resistance_normal="1 kohm/sq"), assume={"diffusivity": "10 cm2/s"})
    assert result.derived["A_nyquist"].value == pytest.approx(12.97, rel=1e-3) and "not verified" in said(result)
    assert "A_nyquist" in fk.fit("dephasing_rate", series(sheet_resistance_normal="20 kohm/sq"), assume={"diffusivity": "10 cm2/s"}).fits[0].absent
    assert "A_nyquist" in fk.fit("dephasing_rate", series(sheet_resistance_normal="1 kohm/sq"), assume={"diffusivity": "10 cm2/s"}, fix={"p_ee": 2 / 3}).fits[0].absent


def test_from_sweeps_to_rates():
    """The metadata in which the sweeps agree come along with the series."""
    rng, sweeps, B = np.random.default_rng(5), [], np.linspace(-1, 1, 121) ** 3
    for temperature in (0.5, 1.0, 2.0, 4.0, 8.0, 16.0):
        L_phi = math.sqrt(1e-3 / (1e9 + 2e10 * temperature + 3e8 * temperature**3))
        field = 20 * coherence.field_of_length(L_phi) * B
        y = fk.get_model("hln").function(field, 1.0, L_phi)
        sweeps.append(fk.dataset(name=f"{temperature} K", field=(field, "T"), delta_conductance=(y + 3e-8 * rng.normal(size=y.size), "S"), temperature=f"{temperature} K",
                                 diffusivity="10 cm2/s", sheet_resistance_normal=f"{1000 + temperature} ohm/sq"))
    lengths = fk.fit("hln", sweeps, share=["alpha"]).series("temperature", "L_phi")
    assert lengths.meta["diffusivity"].si == pytest.approx(1e-3) and lengths.meta["sheet_resistance_normal"].origin == "mean of the series"
    assert "temperature" not in lengths.meta
    result = fk.fit("dephasing_rate", lengths)
    assert result["A_ee"].value == pytest.approx(20, rel=0.1) and result.derived["A_nyquist"].value == pytest.approx(13.0, rel=0.01)


def noisy_sweeps(seed, noise=0.01, rates=(1e9, 2e10, 3e8)):
    rng, sweeps = np.random.default_rng(seed), []
    for temperature in (0.5, 1.0, 2.0, 4.0, 8.0, 16.0):
        L_phi = math.sqrt(1e-3 / sum(rate * temperature**power for rate, power in zip(rates, (0, 1, 3))))
        field = 20 * coherence.field_of_length(L_phi) * np.linspace(-1, 1, 121) ** 3
        y = fk.get_model("hln").function(field, 1.0, L_phi) + noise * G0 * rng.normal(size=field.size)
        sweeps.append(fk.dataset(name=f"{temperature} K", field=(field, "T"), delta_conductance=(y, "S"), temperature=f"{temperature} K", diffusivity="10 cm2/s"))
    return sweeps


def test_sweeps_straight_to_the_rates():
    """All temperatures in one fit: the rates put in, with honest errors, and those of the two stages where these are good."""
    choices, pulls = {"share": ["alpha", "A_sat", "A_ee", "A_ep"], "free": ["A_sat", "A_ep"]}, []
    for seed in range(10):
        result = fk.fit("hln_dephasing", noisy_sweeps(seed), **choices)
        pulls.append([(result[name][0].value - true) / result[name][0].error for name, true in (("alpha", 1), ("A_sat", 1), ("A_ee", 20), ("A_ep", 0.3))])
    assert np.all(np.abs(np.mean(pulls, axis=0)) < 1.0) and np.all((np.std(pulls, axis=0) > 0.5) & (np.std(pulls, axis=0) < 1.7)) and result.determined
    staged = fk.fit("dephasing_rate", fk.fit("hln", noisy_sweeps(9), share=["alpha"]).series("temperature", "L_phi"))
    for name in ("A_sat", "A_ee", "A_ep"):
        assert staged[name].value == pytest.approx(result[name][0].value, abs=result[name][0].error)
    one = fk.fit("hln_dephasing", noisy_sweeps(0)[2], free=["A_sat"])
    assert one["A_ee"].verdict == one["A_sat"].verdict == "not determined"
    assert fk.fit("hln_dephasing", noisy_sweeps(0)[2]).derived["L_phi"].determined


def test_bootstrap_of_a_law_without_linear_parameters():
    result = fk.fit("dephasing_rate", series(), assume={"diffusivity": "10 cm2/s"})
    spread = fk.bootstrap(result, n=60, seed=2)
    assert 0.3 < np.std(spread.draws["A_ee"]) / result["A_ee"].error < 3 and spread.failed < 6


def film(law="conductivity_logarithm", noise=2e-8, temperature=T, **params):
    model = fk.get_model(law)
    known = {k.name: k.of_x(temperature) if k.of_x else k.default for k in model.known}
    y = model.function(temperature, *params.values(), **known)
    rows = {model.y.name: (y + noise * np.random.default_rng(2).normal(size=y.size), model.y.unit)}
    return fk.dataset(temperature=(temperature, "K"), **rows)


def test_slope_of_the_logarithm():
    result = fk.fit("conductivity_logarithm", film(sigma_0=1e-3, A=1.3, T_s=0.0))
    assert result["A"].value == pytest.approx(1.3, abs=4 * result["A"].error) and result["A"].verdict == "ok"
    assert "NOT SEPARABLE" in said(result) and "alpha p + K_ee" in said(result)
    rounded = fk.fit("conductivity_logarithm", film(sigma_0=1e-3, A=1.3, T_s=1.0), free=["T_s"])
    assert rounded["T_s"].value == pytest.approx(1.0, rel=0.1)
    unseen = fk.fit("conductivity_logarithm", film(sigma_0=1e-3, A=1.3, T_s=0.0, noise=1e-7), free=["T_s"])
    assert unseen["T_s"].verdict in ("limit", "not determined")
    short = fk.fit("conductivity_logarithm", film(sigma_0=1e-3, A=1.3, T_s=0.0, temperature=np.linspace(3, 5, 4)))
    assert "look alike" in said(short) and "4 temperatures" in said(short)
    strong = fk.fit("conductivity_logarithm", film(sigma_0=1e-4, A=1.3, T_s=0.0))
    assert "no small correction" in said(strong) and "k_F l < 3" in said(strong)


def test_rounding_is_the_size_of_the_sample():
    """-alpha G0 ln(L_eff^2) with 1/L_eff^2 = 1/L_phi^2 + 1/L^2 and L_phi^2 = c/T: T_s = c/L^2."""
    law, c, L = fk.get_model("conductivity_logarithm"), 4e-12, 1e-6
    L_eff = (T / c + 1 / L**2) ** -0.5
    wanted = -G0 * np.log(L_eff**2)
    assert np.diff(law.function(T, 0.0, 1.0, c / L**2, 1.0, 1.0)) == pytest.approx(np.diff(wanted), rel=1e-10)


def test_powers_of_three_dimensions_and_one():
    """sigma = const + G0/L_phi in a bulk; G Len = const - (e^2/(pi hbar)) L_phi in a wire: L_phi at T_r comes back."""
    T_r, L_r, W = math.sqrt(0.3 * 20), 2e-7, 5e-8
    L_phi = L_r * (T / T_r) ** -0.75
    bulk = fk.fit("conductivity_power", fk.dataset(temperature=(T, "K"), conductivity=(1e5 + G0 / L_phi, "S/m")))
    assert bulk["q"].value == pytest.approx(0.75, rel=1e-6) and bulk.derived["L_r"].to("m").value == pytest.approx(L_r, rel=1e-6) and "L_r_wire" not in bulk.derived
    assert bulk.derived["p"].value == pytest.approx(1.5, rel=1e-6)
    L_phi = L_r * (T / T_r) ** (-1 / 3)
    sheet = 1e-2 - e**2 / (math.pi * hbar) * L_phi / W
    wire = fk.fit("conductivity_power", fk.dataset(temperature=(T, "K"), sheet_conductance=(sheet, "S"), width="50 nm"))
    assert wire["q"].value == pytest.approx(-1 / 3, rel=1e-5) and wire.derived["L_r_wire"].to("m").value == pytest.approx(L_r, rel=1e-5)
    both = fk.fit("conductivity_power", film("conductivity_power", sigma_0=1e5, C=200.0, q=0.5, noise=0.5))
    assert "NOT SEPARABLE" in said(both)
    two = fk.fit("conductivity_power", film("conductivity_power", sigma_0=1e5, C=200.0, q=0.0, noise=0.5))
    assert abs(two["q"].value) < 4 * two["q"].error
