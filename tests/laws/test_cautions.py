"""What the laws of weak localization say in words where their numbers would mislead; silence where all is well."""

import numpy as np
import pytest

import fitkit as fk


def drawn(name, meta=None, noise=0.005, reach=None, points=161, seed=3, steps=None, background=None, **params):
    """A fit of a law to its own noisy curve; parameters in their units, ``noise`` in units of the swing."""
    law = fk.get_model(name)
    si = {p.name: fk.units.parse_unit(p.unit).to_si(params.get(p.name, p.default)) for p in law.params}
    meta = dict(law.example) | (meta or {})
    known = {k.name: fk.data.read_meta(k.name, meta[k.name]).si if k.name in meta else fk.units.parse_unit(k.unit).to_si(k.default) if k.default is not None else k.absent
             for k in law.known if not k.for_derived}
    field = law.grid(points, **si) if reach is None else reach * np.linspace(-1, 1, points) ** (1 if steps else 3)
    y = law.function(field, *si.values(), **known)
    y = y + np.random.default_rng(seed).normal(0, noise * np.ptp(y), points)
    return fk.dataset(name="drawn", field=(field, "T"), **{law.y.name: (y, law.y.unit)}, meta=meta)


def said(result):
    """Everything that a fit says in words."""
    one = result.fits[0]
    return " | ".join([*one.cautions, *(p.reason for p in one.parameters.values())])


def test_silent_where_all_is_well():
    for name in ("maekawa_fukuyama", "maekawa_fukuyama_printed"):
        result = fk.fit(name, drawn(name, {"diffusivity": "100 cm2/s"}, L_phi=500, B_so=30))
        assert result.determined and not result.fits[0].cautions, said(result)


def test_cusp_between_two_points():
    data = drawn("maekawa_fukuyama", L_phi=2000, B_so=30, reach=0.5, points=101, steps=True, noise=1e-3)
    assert "cusp is not resolved" in said(fk.fit("maekawa_fukuyama", data))


def test_spin_orbit_outside_the_window():
    beyond = fk.fit("maekawa_fukuyama", drawn("maekawa_fukuyama", L_phi=500, B_so=200, reach=0.02, noise=1e-4))
    assert "beyond the largest field" in said(beyond) and beyond["B_so"].verdict == "not determined"
    weak = fk.fit("maekawa_fukuyama", drawn("maekawa_fukuyama", L_phi=100, B_so=1, reach=0.3, noise=1e-4))
    assert "spin relaxes no faster than phase" in said(weak)


def test_swing_of_another_unit():
    data = drawn("maekawa_fukuyama", L_phi=500, B_so=30)
    declared = fk.dataset(field=(data["field"], "T"), delta_conductance=(data["delta_conductance"] * 25812.8, "S"), meta=dict(data.meta))
    result = fk.fit("maekawa_fukuyama", declared, free=["alpha"])
    assert "no interference correction" in said(result) and not result.determined


def test_g_is_seen_only_with_a_large_zeeman_energy():
    weak = fk.fit("maekawa_fukuyama", drawn("maekawa_fukuyama", L_phi=500, B_so=30, g=0.3), free=["g"])
    assert "g is an upper limit at best" in said(weak)
    strong = fk.fit("maekawa_fukuyama", drawn("maekawa_fukuyama", {"diffusivity": "1 cm2/s"}, L_phi=500, B_so=30, g=2, noise=1e-3), free=["g"])
    assert "enters only as g/D" in said(strong) and strong["g"].value == pytest.approx(2, rel=0.05)


def test_the_printed_form_says_what_it_leaves_out():
    meta = {"diffusivity": "1 cm2/s"}
    result = fk.fit("maekawa_fukuyama_printed", drawn("maekawa_fukuyama", meta, L_phi=500, B_so=30, g=2))
    assert "not sigma(B) - sigma(0)" in said(result)


def test_precession():
    quiet = fk.fit("ilp", drawn("ilp", L_phi=500, B_so1=30))
    assert quiet.determined and not quiet.fits[0].cautions
    beyond = fk.fit("ilp", drawn("ilp", L_phi=500, B_so1=200, reach=0.02, noise=1e-4))
    assert "beyond the largest field" in said(beyond) and beyond["B_so1"].verdict == "not determined"
    weak = fk.fit("ilp", drawn("ilp", L_phi=100, B_so1=1, reach=0.3, noise=1e-4))
    assert "spin relaxes no faster than phase" in said(weak)
    ballistic = fk.fit("ilp", drawn("ilp", {"mean_free_path": "100 nm"}, L_phi=500, B_so1=30))
    assert "outside this formula" in said(ballistic)


def test_precession_with_its_third_harmonic_and_the_rashba_coefficient():
    data = drawn("ilp", {"effective_mass": "0.05 m_e"}, L_phi=700, B_so1=20, B_so3=10, noise=5e-4)
    result = fk.fit("ilp", data, free=["B_so3"])
    assert result["B_so1"].value == pytest.approx(20, rel=0.05) and result["B_so3"].value == pytest.approx(10, rel=0.1)
    # alpha_R = hbar^2/(2 m L_so1)
    assert result.derived["alpha_R"].value == pytest.approx(1.054571817e-34**2 / (2 * 0.05 * 9.1093837e-31 * result["L_so1"].si) / 1.602176634e-31, rel=1e-6)


def test_scattering_lengths_of_graphene():
    for name in ("graphene", "bilayer_graphene"):
        quiet = fk.fit(name, drawn(name, L_phi=1000, L_i=250, L_star=50, noise=1e-3))
        assert quiet.determined and not quiet.fits[0].cautions
        short = said(fk.fit(name, drawn(name, L_phi=1000, L_i=250, L_star=20, reach=0.02, noise=1e-4)))
        assert "upper limit of L_star" in short and "parabolic background" in short
    rare = said(fk.fit("graphene", drawn("graphene", L_phi=300, L_i=5000, L_star=50, noise=1e-4)))
    assert "lower limit of L_i" in rare


def test_spin_orbit_fields_of_graphene():
    quiet = fk.fit("graphene_spin_orbit", drawn("graphene_spin_orbit", L_phi=800, B_asy=5, B_sym=50, noise=1e-3))
    assert quiet.determined and not quiet.fits[0].cautions
    assert "B_sym" in said(fk.fit("graphene_spin_orbit", drawn("graphene_spin_orbit", L_phi=800, B_asy=5, B_sym=400, reach=0.04, noise=1e-4)))
    assert "spin relaxes no faster" in said(fk.fit("graphene_spin_orbit", drawn("graphene_spin_orbit", L_phi=100, B_asy=1, B_sym=2, reach=0.3, noise=1e-4)))


def test_dirac_channels():
    quiet = fk.fit("dirac", drawn("dirac", alpha_0=0.2, alpha_1=-0.4, L_phi=400, B_0=300, noise=2e-3))
    assert quiet.determined and not quiet.fits[0].cautions, said(quiet)
    swapped = fk.fit("dirac", drawn("dirac", alpha_0=-0.4, alpha_1=0.2, L_phi=400, B_0=300, noise=2e-3))
    assert "fix B_0 = 0 and free B_1" in said(swapped) and not swapped.determined
    two_surfaces = fk.fit("dirac", drawn("dirac", alpha_0=0.2, alpha_1=-1.5, L_phi=400, B_0=300, noise=2e-3))
    assert "several surfaces" in said(two_surfaces)
    three = fk.fit("dirac", drawn("dirac", alpha_0=0.2, alpha_1=-0.4, L_phi=400, B_0=300, noise=2e-3), free=["B_1"])
    assert "only B_phi + B_0 and B_phi + B_1 enter" in said(three) and three["L_phi"].verdict == "not determined"
    near = fk.fit("dirac", drawn("dirac", alpha_0=0.2, alpha_1=-0.4, L_phi=400, B_0=1, noise=2e-3))
    assert "sum of their alpha" in said(near) or not near.determined
    short = fk.fit("dirac", drawn("dirac", alpha_0=0.2, alpha_1=-0.4, L_phi=400, B_0=300, reach=0.05, noise=1e-4))
    assert not short.determined and short["alpha_0"].verdict == "not determined"


def test_two_channels():
    quiet = fk.fit("hln_channels", drawn("hln_channels", alpha_1=0.5, alpha_2=0.8, L_phi_1=1000, ratio=0.15, noise=1e-3))
    assert quiet.determined and not quiet.fits[0].cautions, said(quiet)
    assert quiet["L_phi_2"].value == pytest.approx(150, rel=0.05)
    near = fk.fit("hln_channels", drawn("hln_channels", alpha_1=0.5, alpha_2=0.8, L_phi_1=1000, ratio=0.75, noise=1e-3))
    assert "not separable" in said(near) or not near.determined
    short = fk.fit("hln_channels", drawn("hln_channels", alpha_1=0.5, alpha_2=0.8, L_phi_1=1000, ratio=0.15, reach=3e-3, noise=1e-4))
    assert "only enter as one number" in said(short) and short["alpha_2"].verdict == "not determined"
    coarse = fk.fit("hln_channels", drawn("hln_channels", alpha_1=0.5, alpha_2=0.8, L_phi_1=3000, ratio=0.1, reach=0.3, steps=True, points=301, noise=1e-4))
    assert "longer channel is not resolved" in said(coarse)


def test_wires():
    for name, length in (("wire", {"L_phi": 1500, "L_so": 400}), ("wire_nyquist", {"L_N": 1500})):
        quiet = fk.fit(name, drawn(name, noise=1e-3, **length))
        assert quiet.determined and not quiet.fits[0].cautions, said(quiet)
        assert "two-dimensional" in said(fk.fit(name, drawn(name, reach=0.2, noise=1e-3, **length)))
        wide = said(fk.fit(name, drawn(name, {"width": "600 nm"}, reach=1.5e-3, noise=1e-3, **length)))
        assert "quasi-one-dimensional below 0.2" in wide
        assert "flux cancellation" in said(fk.fit(name, drawn(name, {"mean_free_path": "200 nm"}, noise=1e-3, **length)))
    assert "lower limit of L_so" in said(fk.fit("wire", drawn("wire", L_phi=1000, L_so=20000, noise=1e-3)))
    assert "upper limit of L_so" in said(fk.fit("wire", drawn("wire", L_phi=1000, L_so=30, reach=0.02, noise=1e-3)))
    both = fk.fit("wire_nyquist", drawn("wire_nyquist", L_N=1500, B_phi=0.1, noise=1e-4), free=["B_phi"])
    assert "calculate L_N" in said(both)


def test_three_dimensions():
    quiet = fk.fit("kawabata", drawn("kawabata", {"thickness": "5 um"}, alpha=1.0, L_phi=300))
    assert quiet.determined and not quiet.fits[0].cautions, said(quiet)
    spin = fk.fit("fukuyama_hoshino", drawn("fukuyama_hoshino", {"thickness": "5 um"}, L_phi=300, B_so=200))
    assert spin.determined and not spin.fits[0].cautions, said(spin)
    thin = fk.fit("kawabata", drawn("kawabata", {"thickness": "200 nm", "mean_free_path": "200 nm"}, alpha=1.0, L_phi=300))
    assert "two-dimensional law" in said(thin) and "0.3 B_e" in said(thin) and thin["L_phi"].verdict == "not determined"
    short = fk.fit("kawabata", drawn("kawabata", alpha=1.0, L_phi=300, reach=1e-3, noise=1e-3))
    assert "alpha L_phi^3" in said(short) and not short.determined
    large = fk.fit("kawabata", drawn("kawabata", alpha=6.0, L_phi=300))
    assert "no weak localization" in said(large) and not large.determined
    assert "g/D" in said(fk.fit("fukuyama_hoshino", drawn("fukuyama_hoshino", {"diffusivity": "1 cm2/s"}, L_phi=300, B_so=200, noise=1e-4), free=["g"]))


def test_field_in_the_plane():
    meta = {"thickness": "10 nm"}
    quiet = fk.fit("in_plane", drawn("in_plane", meta, alpha=1.0, B_par=150))
    assert quiet.determined and not quiet.fits[0].cautions, said(quiet)
    assert quiet["L_phi"].value == pytest.approx(np.sqrt(3) * 1.054571817e-34 / (1.602176634e-19 * 1e-8 * 0.15) * 1e9, rel=0.02)
    assert "free path below the thickness assumed" in quiet["L_phi"].reason
    short = fk.fit("in_plane", drawn("in_plane", alpha=1.0, B_par=300, reach=0.2))
    assert "alpha/B_par^2" in said(short) and not short.determined
    thick = said(fk.fit("in_plane", drawn("in_plane", {"thickness": "50 nm", "mean_free_path": "80 nm"}, alpha=1.0, B_par=300)))
    assert "not that of a thin film" in thick and "clean film" in thick and "magnetic length" in thick


def test_zeeman_energy_in_the_plane():
    quiet = fk.fit("in_plane_zeeman", drawn("in_plane_zeeman", L_phi=600, B_so=20))
    assert quiet.determined and not quiet.fits[0].cautions, said(quiet)
    short = fk.fit("in_plane_zeeman", drawn("in_plane_zeeman", L_phi=600, B_so=20, reach=0.1, noise=0.03))
    assert "mainly B_so B_phi is measured" in said(short) and not short.determined
    scale = fk.fit("in_plane_zeeman", drawn("in_plane_zeeman", L_phi=600, B_so=20), free=["g"])
    assert "sets the scale" in said(scale) and not scale.determined


def test_prefactor_above_a_superconducting_transition():
    """hln fits alpha - beta; alpha + beta comes back, and a large field is warned of."""
    meta = {"temperature": "8 K", "Tc": "4 K", "diffusivity": "1 cm2/s"}
    data = drawn("hln", meta, alpha=1 - 1.8594, L_phi=300)
    result = fk.fit("hln", data)
    assert result.derived["alpha_wl"].value == pytest.approx(1.0, abs=0.02) and "belongs to no single channel" not in said(result) and "B_SC" not in said(result)
    below = fk.fit("hln", data.with_meta("other", temperature="3 K"))
    assert "alpha_wl" not in below.derived and "normal state" in below.fits[0].absent["alpha_wl"]
    far = fk.fit("hln", drawn("hln", meta | {"temperature": "4.2 K"}, alpha=-5, L_phi=50))
    assert "no longer follow weak localization" in said(far)


def test_superconducting_fluctuations():
    name = "superconducting_fluctuations"
    result = fk.fit(name, drawn(name, alpha=1, L_phi=400))
    assert result["alpha"].value == pytest.approx(1.0, abs=4 * result["alpha"].error) and result["L_phi"].value == pytest.approx(400, rel=0.05) and not result.fits[0].cautions
    both = fk.fit(name, drawn(name, alpha=1, L_phi=400, noise=1e-4), free=["maki_thompson"])
    assert "curves are alike" in said(both)
    far = fk.fit(name, drawn(name, {"temperature": "12 K"}, alpha=1, L_phi=400))
    assert "ln(T/Tc) = 1.1" in said(far)
    with pytest.raises(fk.FitkitError, match="not above Tc"):
        fk.fit(name, drawn(name, alpha=1, L_phi=400).with_meta("other", temperature="3 K"))


def test_beyond_the_diffusive_regime():
    name = "beyond_diffusion"
    result = fk.fit(name, drawn(name, L_phi=800, l_e=80))
    assert result["l_e"].value == pytest.approx(80, rel=0.05) and result.determined and not result.fits[0].cautions
    assert "the diffusive regime, fit hln" in said(fk.fit(name, drawn(name, L_phi=800, l_e=20, reach=0.005)))
    assert "transport says" in said(fk.fit(name, drawn(name, {"mean_free_path": "20 nm"}, L_phi=800, l_e=80)))
    assert "orbits bend" in said(fk.fit(name, drawn(name, {"mobility": "10 m2/(V s)"}, L_phi=800, l_e=80)))


def test_poor_conductors_and_large_corrections():
    """1/sigma = 20 kohm/sq is k_F l = 1.3; a swing of a quarter of the conductance is no correction."""
    poor = said(fk.fit("hln", drawn("hln", {"sheet_resistance_normal": "20 kohm/sq"}, alpha=1, L_phi=300)))
    assert "k_F l = 1.3 < 3" in poor and "|delta sigma|/sigma = " in poor and "> 0.2: no small correction" in poor
    second = fk.fit("hln", drawn("hln", {"sheet_resistance_normal": "5 kohm/sq"}, alpha=0.87, L_phi=300))
    assert second.derived["alpha_second_order"].value == pytest.approx(1 - 2 / np.pi * 5 / 25.8128, abs=1e-4)  # 0.877
    assert "k_F l" not in said(fk.fit("hln", drawn("hln", {"sheet_resistance_normal": "500 ohm/sq"}, alpha=1, L_phi=300)))


def test_a_large_hall_angle():
    """omega_c tau = mu B up to 0.5, from the mobility or from the Hall resistance through the steps; silent at 0.05."""
    bent = said(fk.fit("hln", drawn("hln", {"mobility": "5 m2/(V s)"}, alpha=1, L_phi=300, reach=0.1)))
    assert "mu B reaches = 0.5" in bent and "abs(field) < 40 mT" in bent
    assert "bend" not in said(fk.fit("hln", drawn("hln", {"mobility": "0.5 m2/(V s)"}, alpha=1, L_phi=300, reach=0.1)))
    field = np.linspace(-0.3, 0.3, 301)
    for slope, heard in ((500.0, True), (20.0, False)):
        sigma = 1 / 300 + fk.get_model("hln").function(field, 1.0, 300e-9)
        xx, xy = 1 / sigma, slope * field
        data = fk.dataset(field=(field, "T"), sheet_resistance=(xx + 1e-4 * np.random.default_rng(1).normal(size=field.size), "ohm/sq"), hall_resistance=(xy, "ohm"))
        change = fk.magnetoconductance(data, offset="none")
        assert change.meta["hall_angle"].value == pytest.approx(slope * 0.3 / 300, rel=0.02)
        assert ("Hall angle reaches" in said(fk.fit("hln", change))) == heard


def test_the_classical_conductance_of_one_band():
    """mu B up to 0.6: the parabola is not enough, the whole Drude form with the known mobility is; without a mobility it asks for it."""
    data = drawn("hln", {"mobility": "2 m2/(V s)"}, alpha=1, L_phi=500, reach=0.3, noise=1e-3)
    square = (2 * data["field"]) ** 2
    data = fk.dataset(field=(data["field"], "T"), delta_conductance=(data["delta_conductance"] - 2e-3 * square / (1 + square), "S"), mobility="2 m2/(V s)")
    result = fk.fit("hln", data, background=["offset", "drude"])
    assert result["drude"].to("mS").value == pytest.approx(2, rel=0.01) and result["L_phi"].value == pytest.approx(500, rel=0.05)
    assert np.allclose(result.fits[0].predict(data["field"]), result.fits[0].fitted)
    assert not fk.fit("hln", data, background=["offset", "quadratic"]).determined
    with pytest.raises(fk.FitkitError, match="mobility"):
        fk.fit("hln", drawn("hln", alpha=1, L_phi=500), background=["drude"])


def test_three_descriptions_of_antilocalization():
    """Rashba precession, B to 20 B_so: one channel with a parabola against full Hikami-Larkin-Nagaoka against the law of precession; and over the window of field."""
    data = drawn("ilp", alpha=1, L_phi=600, B_so1=20, noise=0.003, reach=0.4)
    laws = {"one channel + B^2": ("hln", {"background": ["offset", "quadratic"]}), "hln_spin_orbit": "hln_spin_orbit", "ilp": "ilp"}
    answer = fk.compare(laws, data)
    assert answer.best == "ilp" and answer.scores["hln_spin_orbit"].weight < 1e-3 and answer.scores["one channel + B^2"].weight < 1e-3
    scan = fk.scan_window("ilp", data, "field", steps=8)
    assert scan.plateau is not None and scan.plateau.values["L_phi"].value == pytest.approx(600, rel=0.03)
    below = fk.scan_window("hln", data, "field", steps=8, background=["offset", "quadratic"])  # the symplectic channel, below a few B_so
    assert below.plateau.values["alpha"].value == pytest.approx(-0.5, abs=0.1) and "the parameters drift" in str(below) and "includes all data" in str(scan)


def test_a_third_channel():
    """Three lengths a factor of six apart come back; on two channels the third is not there."""
    name, optional = "hln_channels", ["alpha_3", "ratio_3"]
    result = fk.fit(name, drawn(name, noise=3e-4, points=241, alpha_1=-0.5, alpha_2=1, L_phi_1=2000, ratio=0.15, alpha_3=1, ratio_3=0.15), free=optional)
    assert result["L_phi_1"].value == pytest.approx(2000, rel=0.05) and result.derived["L_phi_2"].value == pytest.approx(300, rel=0.1)
    assert result.derived["L_phi_3"].value == pytest.approx(45, rel=0.1) and result["alpha_3"].value == pytest.approx(1, rel=0.1) and result.determined
    two = drawn(name, alpha_1=1, alpha_2=1, L_phi_1=1000, ratio=0.2)
    assert not fk.fit(name, two, free=optional).determined and "free=['alpha_3', 'ratio_3']" in fk.fit(name, two).fits[0].absent["L_phi_3"]


@pytest.mark.parametrize("law, absent", [("creep_flux_flow", "R_ff"), ("shunted_power_law", "R_s")])
def test_what_a_curve_below_its_end_cannot_tell(law, absent):
    """A plain power law up to six times the criterion: Ic and n as put in, the resistance beyond is not determined, and why is said."""
    current = np.linspace(60, 108, 500)
    voltage = 1e-6 * (current / 100) ** 25 + 2e-8 * np.random.default_rng(5).normal(size=500)
    result = fk.fit(law, fk.dataset(current=(current, "A"), voltage=(voltage, "V"), tap_distance="1 cm"))
    assert not result["I_x"].determined and not result.fits[0].get(absent).determined
    assert result["Ic"].value == pytest.approx(100, abs=0.3) and result["n"].value == pytest.approx(25, rel=0.1)
    assert any("I_x" in text for text in result.fits[0].cautions) or result["I_x"].reason


def test_an_exponent_of_no_barrier_is_said():
    current = np.linspace(60, 104, 500)
    voltage = 1e-6 * np.where(current < 100, (current / 100) ** 40, 1 + (current - 100) * 0.3) + 5e-9 * np.random.default_rng(5).normal(size=500)
    result = fk.fit("collective_creep", fk.dataset(current=(current, "A"), voltage=(voltage, "V"), tap_distance="1 cm"))
    assert not result["mu"].determined and "no exponent of any barrier" in repr(result)


def test_a_law_that_misses_the_data_at_the_criterion():
    """A rise that begins gently and runs away: least squares follow the end, two criteria away from the data where Ic is read."""
    current = np.linspace(1, 206, 260)
    gentle, runaway = 1e-6 * (current / 155) ** 5, 25e-6 * np.exp((current - 206) / 1.5)
    voltage = gentle + runaway + np.random.default_rng(2).normal(0, 6e-8, 260)
    wire = fk.dataset(current=(current, "A"), voltage=(voltage, "V"), tap_distance="1 cm")
    result = fk.fit("power_law", wire)
    assert result["Ic"].verdict == result["n"].verdict == "not determined" and "near the criterion the data lie" in str(result)
    good = fk.fit("power_law", fk.window(wire, over="current", high="195 A"))
    assert "near the criterion" not in str(good) and good["Ic"].verdict == "ok" and abs(good["Ic"].value - 155) < 5


def test_a_field_that_no_magnet_gives():
    field = np.linspace(-300, 300, 201)
    curve = fk.dataset(field=(field, "T"), delta_conductance=(fk.get_model("hln").function(field, 1.0, 5.7e-9) + np.random.default_rng(0).normal(0, 1e-7, 201), "S"))
    assert "the field reaches 300 T" in str(fk.fit("hln", curve))


def test_next_order_in_a_bad_film_is_no_number():
    field = np.linspace(-0.3, 0.3, 101)
    y = fk.get_model("hln").function(field, 1.0, 150e-9) + np.random.default_rng(0).normal(0, 1e-7, 101)
    for R, said in (("2 kohm/sq", None), ("60 kohm/sq", "no small correction")):
        fit = fk.fit("hln", fk.dataset(field=(field, "T"), delta_conductance=(y, "S"), sheet_resistance_normal=R)).fits[0]
        assert ("alpha_second_order" in fit.derived) == (said is None) and (said is None or said in fit.absent["alpha_second_order"])
