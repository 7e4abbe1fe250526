"""Measured files through the public API against the values that their authors (or careful fits by hand) give."""

import numpy as np
import pytest

import fitkit as fk

pytestmark = pytest.mark.real


@pytest.mark.parametrize("name, slope", [
    ("TC04-12-01K_VRMac_53K_12000s", -3.950e-6),
    ("TC04-12-01K_VRMac_55K_12000s", -3.875e-6),
    ("MFn1_VRMac_34K_12000s", -5.387e-6),
    ("MFn1_VRMac_36K_6000s", -5.680e-6),
    ("MFn1_VRMac_35K_12000s_VRMde_35K", 4.074e-6),
])
def test_viscous_remanence(real_data, name, slope):
    """Time from the first row, t > 100 s, no shift: dM/dlnt in emu."""
    run = fk.load(real_data / "relaxation" / "viscous_remanence" / f"{name}.dc.dat")
    late = fk.window(fk.relaxation_segment(run, origin="first row"), over="time", low="100 s")
    result = fk.fit("log_decay", late)
    assert result["dM_dlnt"].to("emu").value == pytest.approx(slope, rel=0.01)
    assert result.statistics.corrected


def test_the_default_fit_says_that_the_slope_depends_on_the_window(real_data):
    run = fk.load(real_data / "relaxation" / "viscous_remanence" / "MFn1_VRMac_34K_12000s.dc.dat")
    result = fk.fit("log_decay", fk.relaxation_segment(run))
    assert any("slope depends on the window" in text for text in result.fits[0].cautions)


def test_a_decay_through_zero_has_no_S(real_data):
    run = fk.load(real_data / "relaxation" / "viscous_remanence" / "MFn1_VRMac_33K_3000s_VRMde_35K.dc.dat")
    result = fk.fit("log_decay", fk.relaxation_segment(run))
    assert result["S"].verdict == "not determined" and "crosses zero" in result["S"].reason


def test_loop_tail(real_data):
    """The last 660 rows of a hysteresis loop: 7.88e-4 emu per e-fold for t > 20 s."""
    run = fk.load(real_data / "relaxation" / "loop_tail" / "QD-PPMS2.dat")
    with pytest.raises(fk.FitkitError, match="holds at constant temperature and field"):
        fk.relaxation_segment(run)
    tail = fk.relaxation_segment(run, which=3)
    late = fk.window(tail, over="time", low="20 s")
    assert abs(fk.fit("log_decay", late)["dM_dlnt"].to("emu").value) == pytest.approx(7.88e-4, rel=0.05)


REBCO = [("0_0deg", 73.90, 37.8), ("0_90deg", 72.36, 24.1), ("0point15_0deg", 36.33, 12.7), ("0point15_90deg", 59.49, 18.2),
         ("0point3_0deg", 28.86, 11.7), ("0point45_0deg", 24.85, 10.5), ("0point6_0deg", 22.66, 10.3), ("0point7_0deg", 21.27, 9.8)]


@pytest.mark.parametrize("name, Ic, n", REBCO)
def test_rebco_traces(real_data, name, Ic, n):
    trace = fk.load(real_data / "vi" / "rebco_tape" / f"real_deal_{name}.txt", tap_distance="12.89 mm",
                    columns={"current": ("Current / A", "A"), "voltage": (1, "uV"), "time": (2, "s")})
    top = trace.values("current").max()
    result = fk.fit("power_law", fk.window(trace, over="current", low=f"{0.02 * top} A"))
    assert result["Ic"].value == pytest.approx(Ic, rel=0.01) and result["n"].value == pytest.approx(n, rel=0.1)
    assert result.statistics.corrected and result.fits[0].autocorrelation > 0.85
    everything = fk.fit("power_law", trace)
    assert everything["Ic"].value == pytest.approx(Ic, rel=0.01)


def test_spin_orbit_of_graphene_on_wse2(real_data):
    """The authors' global fit: tau_phi = 40.5 ps at base temperature, D = 0.03486 m2/s; tau_phi 19.776, 8.806, 4.135 ps, tau_asy 3.227, tau_sym 1.019 ps, chi^2 0.500527."""
    field, y = np.loadtxt(real_data / "magnetoresistance" / "graphene_wse2" / "Data_array.txt")
    runs = [fk.dataset(field=(field[120 * k:120 * k + 120], "mT"), delta_conductance=(y[120 * k:120 * k + 120], "e^2/h"), diffusivity="0.03486 m2/s", name=name)
            for k, name in enumerate(("base", "300 mK", "500 mK", "700 mK"))]
    fixed = {"L_phi": {"base": f"{1e9 * np.sqrt(0.03486 * 40.5e-12)} nm"}}
    result = fk.fit("graphene_spin_orbit", runs, share=["B_asy", "B_sym"], fix=fixed, background=[])
    assert [one["tau_phi"].value for one in result.fits[1:]] == pytest.approx([19.776, 8.806, 4.135], rel=2e-3)
    assert result.fits[0]["tau_asy"].value == pytest.approx(3.227, rel=5e-3) and result.fits[0]["tau_sym"].value == pytest.approx(1.019, rel=5e-3)
    rest = sum(float(np.sum(one.residuals**2)) for one in result.fits)
    assert rest / 3.874045865e-5**2 == pytest.approx(0.500527, rel=1e-4)  # D is rounded


def test_plain_hln_does_not_describe_graphene_on_wse2(real_data):
    """Two spin-orbit fields: one channel is refused as a description, not printed as fact."""
    field, y = np.loadtxt(real_data / "magnetoresistance" / "graphene_wse2" / "Data_array.txt")
    for number in range(4):
        rows = slice(120 * number, 120 * (number + 1))
        data = fk.dataset(field=(field[rows], "mT"), delta_conductance=(y[rows], "e^2/h"))
        result = fk.fit("hln", data)
        assert not result.determined and result["L_phi"].verdict == "not determined"
        assert "NOT DETERMINED" in result.table() and "wrong law" in result.summary()


