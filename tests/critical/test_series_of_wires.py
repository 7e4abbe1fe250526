"""Tables over field and temperature, several temperatures together, and the sense of the bend of isotherms."""

import numpy as np
import pytest

import fitkit as fk
from fitkit.constants import e, k_B


def power(field, temperature, seed=0, Ic=100.0, n=25.0, noise=1e-8, **meta):
    current = np.linspace(0.6, 1.1, 300) * Ic
    voltage = 1e-6 * (current / Ic) ** n + noise * np.random.default_rng(seed).normal(size=300)
    return fk.dataset(current=(current, "A"), voltage=(voltage, "V"), name=f"{field} T {temperature} K",
                      meta={"tap_distance": "1 cm", "applied_field": f"{field} T", "temperature": f"{temperature} K", **meta})


def kim(field):
    return 100 / (1 + field / 0.5)


def linear_barrier(temperature, U0=0.05 * e, Ic0=100.0, V0=1e-2, seed=0, noise=1e-8):
    """The rate of hops both ways over U0 (1 -+ I/Ic0), not the fitted form."""
    current = np.linspace(-5, 95, 500)
    forward, backward = (np.exp(-U0 * (1 - side * current / Ic0) / (k_B * temperature)) for side in (1, -1))
    voltage = V0 * (forward - backward)
    kept = voltage < 2e-5
    noisy = voltage + noise * np.random.default_rng(seed).normal(size=500)
    return fk.dataset(current=(current[kept], "A"), voltage=(noisy[kept], "V"), name=f"{temperature} K", meta={"tap_distance": "1 cm", "temperature": f"{temperature} K"})


def test_table_and_what_is_fitted_to_it(tmp_path):
    fields, temperatures = (2.0, 0.0, 0.5, 1.0, 0.2), (77, 65)
    curves = [power(B, T, seed, kim(B) * (1 if T == 77 else 2)) for seed, (B, T) in enumerate((B, T) for B in fields for T in temperatures)]
    table = fk.critical_table(fk.fit("power_law", curves), cross_section="0.4 mm2")
    assert list(table["temperature"]) == [65] * 5 + [77] * 5 and list(table["applied_field"][:5]) == sorted(fields)
    assert np.all(np.abs(table["Ic"][5:] - kim(table["applied_field"][5:])) < 5 * table["Ic_err"][5:])
    assert np.allclose(table["pinning_force"], table["Ic"] / 0.4e-6 * table["applied_field"]) and "1 uV/cm" in table.name
    warm = fk.fit("kim_critical_current", fk.window(table, over="temperature", low="70 K"))
    assert abs(warm["B_0"].value - 0.5) < 4 * warm["B_0"].error and warm["I_0"].to("A/m2").value == pytest.approx(100 / 0.4e-6, rel=0.01)
    path = fk.write_critical_table(table, tmp_path / "jc.txt")
    rows = np.loadtxt(path, comments="%")
    assert rows.shape == (10, 4) and np.allclose(rows[:, 2], table["current_density"]) and "every combination" in path.read_text(encoding="utf-8")
    assert "1 uV/cm" in path.read_text(encoding="utf-8") and "Jc (A/m^2)" in path.read_text(encoding="utf-8")
    with pytest.raises(fk.FitkitError, match="overwrite=True"):
        fk.write_critical_table(table, path)


def test_table_says_what_it_left_out_and_refuses():
    flat = power(3.0, 77, noise=1e-8, Ic=100).select(np.arange(100))    # stopped before any voltage
    curves = [power(1.0, 77), power(0.5, 77, 1), flat]
    table = fk.critical_table(fk.fit("power_law", curves))
    assert len(table) == 2 and any("3.0 T 77 K left out" in note.text for note in table.notes) and "current_density" not in table
    with pytest.raises(fk.FitkitError, match="cross_section"):
        fk.write_critical_table(table, "nowhere.txt")
    twice = fk.critical_table(fk.fit("power_law", [power(1.0, 77), power(1.0, 77.0, 1)]), cross_section="0.4 mm2")
    with pytest.raises(fk.FitkitError, match="2 rows at"):
        fk.write_critical_table(twice, "nowhere.txt")
    with pytest.raises(fk.FitkitError, match="applied_field"):
        fk.critical_table(fk.fit("power_law", fk.dataset(current=(np.linspace(60, 110, 99), "A"), voltage=(1e-6 * np.linspace(0.6, 1.1, 99) ** 20, "V"), tap_distance="1 cm")))


def test_several_temperatures_give_the_barrier():
    """50 meV, 100 A, 10 mV put in as hop rates; the statistic over repetitions."""
    pulls = []
    for seed in range(12):
        found = fk.joint_barrier(fk.fit("anderson_kim_sinh", [linear_barrier(T, seed=100 * seed + T) for T in (30, 35, 40, 45, 50)]))
        assert not found.caution and found.V0.value == pytest.approx(1e-2, rel=0.1)
        pulls += [(found.U0.value - 50) / found.U0.error, (found.Ic0.value - 100) / found.Ic0.error]
    assert abs(np.mean(pulls)) < 0.8 and 0.5 < np.std(pulls) < 1.5
    assert "ASSUMES" in repr(found)


def test_the_exponential_gives_the_same_barrier_where_no_hops_go_back():
    found = fk.joint_barrier(fk.fit("anderson_kim", [linear_barrier(T, U0=0.15 * e, V0=10.0, seed=T) for T in (50, 60, 70, 80)], background=["offset"]))
    assert not found.caution and abs(found.U0.value - 150) < 4 * found.U0.error and abs(found.Ic0.value - 100) < 4 * found.Ic0.error


def test_a_barrier_that_changes_is_said():
    curves = [linear_barrier(T, U0=0.05 * e * (1 - (T / 92) ** 2)) for T in (30, 35, 40, 45)]
    assert "change with temperature" in fk.joint_barrier(fk.fit("anderson_kim_sinh", curves)).caution
    with pytest.raises(fk.FitkitError, match="3 are needed"):
        fk.joint_barrier(fk.fit("anderson_kim_sinh", curves[:2]))
    with pytest.raises(fk.FitkitError, match="anderson_kim"):
        fk.joint_barrier(fk.fit("power_law", [power(1.0, 77), power(1.0, 70, 1)]))


def test_angles_and_joint_fits():
    """Ic(angle): degrees at the edge; a shared n has one covariance, and the criterion is carried along it."""
    curves = [power(1.0, 77, seed, 100 - angle / 3, angle=f"{angle} deg") for seed, angle in enumerate((0, 45, 90))]
    named = [fk.dataset(current=(one["current"], "A"), voltage=(one["voltage"], "V"), name=str(number), meta=dict(one.meta)) for number, one in enumerate(curves)]
    joint = fk.fit("power_law", named, share=["n"])
    table = fk.critical_table(joint, criterion="0.3 uV/cm")
    assert list(table.values("angle", "deg").round(9)) == [0, 45, 90] and np.ptp(table["n"]) < 1e-9
    assert table["Ic"] == pytest.approx((100 - table.values("angle", "deg") / 3) * 0.3 ** (1 / 25), rel=2e-3)
    alone = fk.critical_table(fk.fit("power_law", named), criterion="0.3 uV/cm")
    assert np.all(table["Ic_err"] < 1.05 * alone["Ic_err"]) and np.all(table["n_err"] < alone["n_err"])
    assert len(fk.plot_critical_table(table, over="angle").figure.axes) == 2


def isotherm(temperature, mu, seed):
    """n(I) = 12 (I/50 A)^-mu integrated numerically: no closed form of the law."""
    fine = np.geomspace(1, 60, 20001)
    n = 12 * (fine / 50) ** -mu
    log = np.concatenate([[0], np.cumsum((n[1:] + n[:-1]) / 2 * np.diff(np.log(fine)))])
    current = np.linspace(15, 58, 600)
    voltage = 1e-6 * np.exp(np.interp(np.log(current), np.log(fine), log) - np.interp(np.log(50.0), np.log(fine), log))
    return fk.dataset(current=(current, "A"), voltage=(voltage + 3e-9 * np.random.default_rng(seed).normal(size=600), "V"), name=f"{temperature} K",
                      meta={"tap_distance": "1 cm", "temperature": f"{temperature} K"})


def test_opposite_curvature():
    found = fk.isotherm_curvature([isotherm(T, mu, T) for T, mu in ((84, -0.6), (80, 0.6), (78, 0.9), (86, -0.8))])
    assert found.transition == (80, 84) and "opposite curvature" in repr(found)
    assert [one.mu.value for one in found.isotherms] == pytest.approx([0.9, 0.6, -0.6, -0.8], abs=0.15)
    fitted = fk.fit("power_law", [isotherm(T, mu, T) for T, mu in ((84, -0.6), (80, 0.6), (78, 0.9), (86, -0.8))])
    assert repr(fk.isotherm_curvature(fitted)) == repr(found)    # of a fit the curves are taken
    one_sided = fk.isotherm_curvature([isotherm(T, 0.7, T) for T in (76, 78, 80)])
    assert one_sided.transition is None and "no opposite curvature" in one_sided.verdict
    mixed = fk.isotherm_curvature([isotherm(76, -0.7, 1), isotherm(78, 0.7, 2), isotherm(80, 0.7, 3)])
    assert mixed.transition is None and "no order" in mixed.verdict
    straight = fk.isotherm_curvature([isotherm(T, 0.0, T) for T in (76, 78, 80)])
    assert straight.transition is None and "no bend" in straight.verdict
    with pytest.raises(fk.FitkitError, match="three temperatures"):
        fk.isotherm_curvature([isotherm(76, 0.5, 1)])


def whole_table():
    curves = [power(B, T, seed, kim(B) * (1 - T / 100)) for seed, (B, T) in enumerate((B, T) for B in (0.0, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0) for T in (60, 70, 77, 80, 85))]
    return fk.critical_table(fk.fit("power_law", curves), cross_section="0.4 mm2")


def test_a_curve_of_one_temperature_does_not_run_through_several():
    """Over field one temperature is wanted, over temperature one field: what to type takes one of them, and then the fit runs."""
    table = whole_table()
    for law, other, first in (("kim_critical_current", "temperature", 60), ("pinning_force_scaling", "temperature", 60), ("critical_current_temperature", "applied_field", 0),
                              ("n_value_barrier", "applied_field", 0)):
        with pytest.raises(fk.FitkitError, match=f"values of '{other}'") as refused:
            fk.fit(law, table)
        condition = str(refused.value).split("fk.where(data, '")[1].split("'")[0]
        one = fk.where(table, condition)
        assert np.ptp(one[other]) == 0 and one[other][0] == first and fk.fit(law, one).law == law
    steady = fk.where(table, "temperature < 65 K")
    scattered = steady.with_columns({"temperature": 60 + np.linspace(-0.05, 0.05, len(steady))})     # what a cryostat holds
    assert fk.fit("kim_critical_current", scattered)["B_0"].determined


def test_no_pinning_force_is_measured_at_zero_field():
    """Jc B is 0 +- 0 there by construction: the table as it comes can be fitted, the other rows count as without it."""
    table = fk.where(whole_table(), "temperature < 65 K")
    fit = fk.fit("pinning_force_scaling", table, errors=None)
    kept = fk.fit("pinning_force_scaling", fk.where(table, "applied_field > 0 T"))
    assert table["applied_field"][0] == 0 and fit["F_max"].value == kept["F_max"].value and len(fit.fits[0].x[0]) == len(table) - 1
    assert any("1 of 7 rows left out: the pinning force is 0 there" in note.text for note in fit.fits[0].data.notes)
