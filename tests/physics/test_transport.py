"""The diffusion constant by every way, against numbers computed by hand."""

import math

import numpy as np
import pytest

import fitkit as fk
from fitkit.constants import e, h, hbar, m_e
from fitkit.physics import coherence


def test_fermi_wavevector():
    """n = 3e15 /m2: sqrt(2 pi n) = 1.3729e8 /m; copper, 8.47e28 /m3: 1.359e10 /m; a wire with 1e8 /m: 1.5708e8 /m."""
    assert coherence.fermi_wavevector(3e15) == pytest.approx(1.37294e8, rel=1e-5)
    assert coherence.fermi_wavevector(8.47e28, 2, 3) == pytest.approx(1.3586e10, rel=1e-4)
    assert coherence.fermi_wavevector(1e8, 2, 1) == pytest.approx(1.570796e8, rel=1e-6)


def test_velocity_and_time_or_path():
    """1e6 m/s and 10 nm: 1e-2, 5e-3, 3.333e-3 m2/s; 10 fs is the same path."""
    for dimension, wanted in ((1, 100.0), (2, 50.0), (3, 33.3333333)):
        assert fk.diffusivity(fermi_velocity="1e6 m/s", mean_free_path="10 nm", dimension=dimension).value == pytest.approx(wanted, rel=1e-8)
        assert fk.diffusivity(fermi_velocity="1e6 m/s", scattering_time="10 fs", dimension=dimension).value == pytest.approx(wanted, rel=1e-8)


def test_two_dimensional_gas():
    """GaAs, 3e11 /cm2, 1e5 cm2/Vs, 0.067 m_e: k_F = 1.37294e8 /m, v_F = 2.3723e5 m/s, tau = 3.8095 ps, D = v_F^2 tau/2 = 0.10720 m2/s; k_F l = 124.07."""
    given = {"carrier_density": "3e11 1/cm2", "effective_mass": "0.067 m_e"}
    D = fk.diffusivity(mobility="1e5 cm2/(V s)", **given)
    assert D.value == pytest.approx(1072.0, rel=3e-4) and D.error is None and D.unit == "cm2/s" and D.origin == "carrier_density, mobility, effective_mass"
    assert "k_F l = 124" in D.reason and "questionable" not in D.reason
    resistance = 1 / (3e15 * e * 10)
    for more in ({"sheet_resistance": f"{resistance!r} ohm/sq"}, {"conductivity": f"{1 / resistance!r} S"}):
        assert fk.diffusivity(**more, **given).value == pytest.approx(D.value, rel=1e-12)
        assert fk.diffusivity(**more, effective_mass="0.067 m_e").value == pytest.approx(D.value, rel=1e-12)
    nu = 0.067 * m_e / (math.pi * hbar**2)
    assert fk.diffusivity(conductivity=1 / resistance, density_of_states=f"{nu!r} 1/(J m2)").value == pytest.approx(D.value, rel=1e-12)
    assert coherence.density_of_states(0.067 * m_e) == pytest.approx(nu, rel=1e-14)


def test_metal_is_einstein_in_three_dimensions():
    """Free electrons: n mu and the density of states at k_F give the same D; copper at 4 K with l = 100 nm: v_F = 1.573e6 m/s, D = 0.0524 m2/s."""
    n, path = 8.47e28, 1e-7
    k_F = (3 * math.pi**2 * n) ** (1 / 3)
    velocity = hbar * k_F / m_e
    mobility = e * path / (m_e * velocity)
    D = fk.diffusivity(carrier_density=n, mobility=mobility, effective_mass=m_e, dimension=3)
    assert D.value == pytest.approx(524.3, rel=1e-3) and D.si == pytest.approx(velocity * path / 3, rel=1e-12)
    nu = coherence.density_of_states(m_e, dimension=3, carrier_density=n)
    assert nu == pytest.approx(1.5 * n / (hbar**2 * k_F**2 / (2 * m_e)), rel=1e-12)
    assert fk.diffusivity(conductivity=n * e * mobility, density_of_states=nu, dimension=3).si == pytest.approx(D.si, rel=1e-12)


def test_graphene():
    """1e12 /cm2, 1e4 cm2/Vs: k_F = 1.77245e8 /m, l = hbar k_F mu/e = 116.67 nm, D = v l/2 = 0.05833 m2/s, sigma = (2 e^2/h) k_F l."""
    D = fk.diffusivity(carrier_density="1e12 1/cm2", mobility="1e4 cm2/(V s)", fermi_velocity="1e6 m/s", degeneracy=4)
    assert D.value == pytest.approx(583.3, rel=1e-4)
    path = coherence.path_of_mobility(1e16, 1.0, 4)
    assert path == pytest.approx(116.67e-9, rel=1e-4)
    assert 2 * e**2 / h * math.sqrt(math.pi * 1e16) * path == pytest.approx(1e16 * e, rel=1e-12)


def test_errors():
    """D ~ n mu: 3 % and 4 % make 5 %. With a known velocity D ~ sqrt(n) mu."""
    given = {"effective_mass": "0.067 m_e"}
    D = fk.diffusivity(carrier_density="1.00(3)e15 1/m2", mobility=fk.Measured(1, 0.04, "m2/(V s)"), **given)
    assert D.error / D.value == pytest.approx(0.05, rel=1e-6)
    assert fk.diffusivity(carrier_density=(1e15, 3e13), mobility="1.00 +- 0.04 m2/(V s)", **given).error == pytest.approx(D.error, rel=1e-9)
    dirac = fk.diffusivity(carrier_density=(1e15, 3e13), mobility=1.0, fermi_velocity=1e6, degeneracy=4)
    assert dirac.error / dirac.value == pytest.approx(0.015, rel=1e-6)


def test_poor_conductor_is_named():
    D = fk.diffusivity(sheet_resistance="10 kohm/sq", effective_mass="1 m_e")
    assert "k_F l = 2.58 < 3" in D.reason and "questionable" in D.reason


def test_from_the_metadata_of_a_dataset():
    data = fk.dataset(field=(np.linspace(0, 1, 5), "T"), carrier_density="3e11 1/cm2", mobility="1(1)e5 cm2/(V s)", effective_mass="0.067 m_e")
    D = fk.diffusivity(data)
    assert D.value == pytest.approx(1072.0, rel=3e-4) and D.error == pytest.approx(D.value, rel=1e-5)
    assert fk.diffusivity(data, mobility="2e5 cm2/(V s)").value == pytest.approx(2 * D.value, rel=1e-12)
    assert data.with_meta(diffusivity=D).si("diffusivity") == pytest.approx(D.si)


@pytest.mark.parametrize("given, words", [
    ({}, "nothing given"), ({"mobility": 1.0}, "mobility does not lead"), ({"fermi_velocity": "1e6 m/s", "mean_free_path": "3 K"}, "mean_free_path"),
    ({"fermi_velocity": -1.0, "mean_free_path": 1e-8}, "above 0"), ({"dimension": 4}, "1, 2 or 3"), ({"degeneracy": 0}, "above 0"),
    ({"dimension": 3, "sheet_resistance": "1 kohm/sq"}, "two dimensions"), ({"carrier_density": "1e12 1/cm3"}, "carrier_density"),
])
def test_what_is_refused(given, words):
    with pytest.raises(fk.FitkitError, match=words):
        fk.diffusivity(**given)


def test_elastic_field_in_three_dimensions():
    """B_e = hbar/(4 e D tau) with D = v^2 tau/3."""
    assert coherence.elastic_field(1e-8, 3) == pytest.approx(hbar / (4 * e * 1e6**2 * 1e-14 / 3 * 1e-14), rel=1e-12)


@pytest.mark.parametrize("law, meta, D", [
    ("kawabata", {"fermi_velocity": "1e6 m/s", "mean_free_path": "3 nm"}, 1e-3),
    ("hln", {"fermi_velocity": "1e6 m/s", "mean_free_path": "2 nm"}, 1e-3),
    ("graphene", {"fermi_velocity": "1e6 m/s", "carrier_density": "1e12 1/cm2", "mobility": "1e4 cm2/(V s)"}, 0.058333),
    ("hln", {"carrier_density": "3e11 1/cm2", "sheet_resistance_normal": "208.05 ohm/sq", "effective_mass": "0.067 m_e"}, 0.10720),
])
def test_ways_of_the_laws(law, meta, D):
    model = fk.get_model(law)
    params = {p.name: fk.units.parse_unit(p.unit).to_si(p.default if p.default is not None else math.sqrt(p.typical[0] * p.typical[1])) for p in model.params}
    field = model.grid(81, **params)
    y = model.function(field, *params.values())
    result = fk.fit(law, fk.dataset(field=(field, "T"), **{model.y.name: (y, model.y.unit)}, **meta))
    assert result.derived["tau_phi"].si == pytest.approx(params["L_phi"] ** 2 / D, rel=1e-3)


def test_numbers_of_a_two_dimensional_gas():
    """GaAs as above: l = v_F tau = 903.75 nm, B_e = hbar/(2 e l^2) = 0.40295 mT; two per cent of mu are two of l, D and k_F l and four of B_e."""
    found = fk.transport_numbers(carrier_density="3e11 1/cm2", mobility="1.00(2)e5 cm2/(V s)", effective_mass="0.067 m_e")
    wanted = {"diffusivity": (1071.89, 0.02), "mean_free_path": (903.75, 0.02), "scattering_time": (3.8095, 0.02), "k_F": (0.137294, None), "k_F_l": (124.07, 0.02),
              "elastic_field": (0.40295, 0.04)}
    assert set(found) == set(wanted)
    for name, (value, part) in wanted.items():
        assert found[name].value == pytest.approx(value, rel=3e-4)
        assert found[name].error is None if part is None else found[name].error == pytest.approx(part * value, rel=1e-3)
    assert "k_F_l" in repr(found) and "questionable" not in repr(found)
    poor = fk.transport_numbers(sheet_resistance="10 kohm/sq")
    assert poor["k_F_l"].value == pytest.approx(2.581, rel=1e-3) and "questionable" in repr(poor) and "elastic_field" not in poor
    metal = fk.transport_numbers(dimension=3, fermi_velocity="1e6 m/s", mean_free_path="3.6(2) nm", carrier_density="8e22 1/cm3")
    assert metal["diffusivity"].value == pytest.approx(12.0) and metal["k_F_l"].value == pytest.approx((3 * math.pi**2 * 8e28) ** (1 / 3) * 3.6e-9)
    with pytest.raises(fk.FitkitError, match="nothing follows"):
        fk.transport_numbers(effective_mass="0.067 m_e")
