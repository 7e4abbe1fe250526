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


@pytest.mark.parametrize("name, early, late, depends", [
    ("MFn1_VRMac_34K_12000s", -4.35e-6, -5.93e-6, True),
    ("MFn1_VRMac_36K_6000s", -4.21e-6, -6.54e-6, True),
    ("MFn1_VRMac_35K_12000s_VRMde_35K", 5.00e-6, 3.59e-6, True),
    ("TC04-12-01K_VRMac_53K_12000s", 0, 0, False),
    ("TC04-12-01K_VRMac_55K_12000s", 0, 0, False),
])
def test_window_dependence_is_stated_where_there_is_one(real_data, name, late, early, depends):
    """Also beyond 100 s the slopes of MFn1 run by a third over the window, those of TC04 do not; the numbers are those of a parabola in ln t."""
    run = fk.load(real_data / "relaxation" / "viscous_remanence" / f"{name}.dc.dat")
    data = fk.window(fk.relaxation_segment(run, origin="first row"), over="time", low="100 s")
    result = fk.fit("log_decay", data)
    said = [text for text in result.fits[0].cautions if "slope depends on the window" in text]
    assert bool(said) is depends
    if depends:
        parabola = np.polyfit(np.log(data["time"]), data.values("moment", "emu"), 2)
        ends = np.polyval(np.polyder(parabola), np.log([data["time"].min(), data["time"].max()]))
        assert ends == pytest.approx([early, late], rel=0.02)
        found = [float(part.split(" emu")[0]) for part in (said[0].split("runs from ")[1], said[0].split(" s to ")[1])]
        assert found == pytest.approx(list(ends), rel=0.02)
        scan = fk.scan_window("log_decay", data, "time")
        values = np.array([one.to("emu").value for one in scan["dM_dlnt"]])
        values = values[np.isfinite(values)]  # the shortest windows may hold nothing
        assert len(values) > 6 and np.ptp(values) > 0.05 * abs(values.mean())
        # the budget takes it for what it is: far more than the scatter
        budget = fk.error_budget(result, "dM_dlnt")
        assert budget.systematic > 20 * budget.statistical and budget.cautions


def test_a_decay_through_zero_has_no_S(real_data):
    run = fk.load(real_data / "relaxation" / "viscous_remanence" / "MFn1_VRMac_33K_3000s_VRMde_35K.dc.dat")
    for law in ("log_decay", "interpolation_decay"):
        result = fk.fit(law, fk.relaxation_segment(run))
        assert result["S"].verdict == "not determined" and "crosses zero" in result["S"].reason
        assert not result.fits[0].get("U_star").determined
    assert "NOT DETERMINED" in result.table()


def test_the_curved_decay_prefers_the_stretched_form_and_says_why(real_data):
    """By its fit: tau 940 s, beta 0.318 with a moment that stays."""
    run = fk.load(real_data / "relaxation" / "viscous_remanence" / "MFn1_VRMac_35K_12000s_VRMde_35K.dc.dat")
    data = fk.relaxation_segment(run, origin="first row")
    freed = fk.fit("stretched_exponential", data, free=["M_inf"])
    assert freed["tau"].value == pytest.approx(940, rel=0.02) and freed["beta"].value == pytest.approx(0.318, rel=0.02)
    assert any("|dM/dlnt| has its maximum inside the window, at tau = 940 s" in text for text in freed.fits[0].cautions)
    chosen = fk.compare({"log": "log_decay", "power": "power_law_decay", "mu": "interpolation_decay", "stretched": ("stretched_exponential", {"free": ["M_inf"]})}, data)
    assert chosen.best == "stretched" and "stretched is preferred" in chosen.sentence
    assert "maximum inside the window" in repr(chosen)
    assert not any("jumps" in text for text in fk.fit("log_decay", data).fits[0].cautions)


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


def rebco(real_data, name):
    return fk.load(real_data / "vi" / "rebco_tape" / f"real_deal_{name}.txt", tap_distance="12.89 mm",
                   columns={"current": ("Current / A", "A"), "voltage": (1, "uV"), "time": (2, "s")})


@pytest.mark.parametrize("name, Ic, n", REBCO)
def test_rebco_traces(real_data, name, Ic, n):
    """Values of the fit to I > 2 % of the largest current; the errors are at least three times those of independent points."""
    trace = rebco(real_data, name)
    late = fk.window(trace, over="current", low=f"{0.02 * trace.values('current').max()} A")
    for data in (late, trace, fk.drop_dwell(fk.drop_quench(trace))):
        result = fk.fit("power_law", data)
        assert result["Ic"].verdict == result["n"].verdict == "ok"
        assert result["Ic"].value == pytest.approx(Ic, rel=0.01) and result["n"].value == pytest.approx(n, rel=0.1)
    white = fk.fit("power_law", late, errors="white")
    result = fk.fit("power_law", late)
    assert result.statistics.corrected and result.fits[0].autocorrelation > 0.85
    assert all(result[name].error > 3 * white[name].error for name in ("Ic", "n"))


def test_n_of_rebco_falls_smoothly_with_the_field(real_data):
    """At 0 degrees ln n against ln B from 0.15 T on is a straight line within 3 %; so is ln Ic within 6 %."""
    fields = ("0.15", "0.3", "0.45", "0.6", "0.7")
    fits = fk.fit("power_law", [rebco(real_data, f"{one.replace('.', 'point')}_0deg") for one in fields])
    for name, most in (("n", 0.03), ("Ic", 0.06)):
        values = np.log([one.value for one in fits[name]])
        assert np.all(np.diff(values) < 0)
        x = np.log(np.array(fields, float))
        assert np.abs(values - np.polyval(np.polyfit(x, values, 1), x)).max() < most


WIRES = [("s1/01_10T", 100.99, 11.9), ("s1/01_12T", 61.26, 10.2), ("s1/01_14T", 34.23, 9.3), ("s1/01_16T", 15.78, 7.6), ("s1/01_18T", 5.716, 6.07),
         ("s4/04_11T", 86.67, 46.0), ("s4/04_14T", 45.17, 28.1), ("s4/04_16T", 27.44, 21.7), ("s4/04_18T", 14.83, 15.1)]


@pytest.mark.parametrize("name, Ic, n", WIRES)
def test_wires(real_data, name, Ic, n):
    """A lone CR ends the header lines; a dwell, switching on, spikes and the quench are cut."""
    wire = fk.load(real_data / "vi" / "wire_6to18T" / f"{name}_01.dat", tap_distance="1 cm")
    for clean in (fk.drop_dwell(fk.drop_quench(wire)), fk.drop_spikes(fk.drop_dwell(fk.drop_quench(wire)))):
        result = fk.fit("power_law", clean)
        assert result["Ic"].verdict == result["n"].verdict == "ok"
        assert result["Ic"].value == pytest.approx(Ic, rel=0.03) and result["n"].value == pytest.approx(n, rel=0.15)


def test_a_wire_that_never_transitions_is_refused(real_data):
    """At 6 T it quenches at 224 A, 2 uV above the baseline; without the cut the quench itself is named."""
    wire = fk.load(real_data / "vi" / "wire_6to18T" / "s1" / "01_06T_01.dat", tap_distance="1 cm")
    raw = fk.fit("power_law", wire)
    assert raw["Ic"].verdict == "not determined" and "ends at row 352" in raw["Ic"].reason and "fk.drop_quench" in raw["Ic"].reason
    result = fk.fit("power_law", fk.drop_dwell(fk.drop_quench(wire)))
    assert result["Ic"].verdict == result["n"].verdict == "not determined" and not result.determined
    assert "it quenched at 223.7 A" in result["Ic"].reason and "the transition was not reached" in result["Ic"].reason


def changed(data, **columns):
    return fk.dataset(name=data.name, tap_distance=data.meta["tap_distance"], **{name: (columns.get(name, data[name]), unit) for name, unit in (("current", "A"), ("voltage", "V"))})


def measured_curves(real_data):
    loop = fk.load(real_data / "vi" / "ybco_bridge" / "S088_U(I)_B7_6mA.txt", columns={"current": (0, "A"), "voltage": (1, "mV")}, tap_distance="10 cm")
    wires = [fk.drop_spikes(fk.drop_dwell(fk.drop_quench(fk.load(real_data / "vi" / "wire_6to18T" / f"{name}_01.dat", tap_distance="1 cm")))) for name, *_ in WIRES]
    return [*(rebco(real_data, name) for name, *_ in REBCO), *wires, loop]


def test_a_spike_in_a_measured_curve_is_named_and_both_ways_out_help(real_data):
    for data in measured_curves(real_data):
        row = int(np.argmax(np.abs(data["current"]) > 0.6 * np.abs(data["current"]).max()))
        voltage = data["voltage"].copy()
        voltage[row] += 3 * np.ptp(voltage)
        result = fk.fit("power_law", changed(data, voltage=voltage))
        assert any("stand out of the curve" in text and str(row) in text for text in result.fits[0].cautions), data.name
        clean = fk.fit("power_law", fk.drop_spikes(changed(data, voltage=voltage)))
        assert clean["Ic"].value == pytest.approx(fk.fit("power_law", changed(data))["Ic"].value, rel=2e-3), data.name


def test_a_quench_in_a_measured_curve_is_named_and_cut(real_data):
    for data in measured_curves(real_data)[:-1]:
        current, voltage = data["current"], data["voltage"]
        quenched = fk.dataset(name=data.name, tap_distance=data.meta["tap_distance"], current=(np.append(current, current[-1] * np.array([0.9, 0.3, 0.0])), "A"),
                              voltage=(np.append(voltage, voltage[-1] * np.array([-3.0, -0.5, 0.0])), "V"))
        raw = fk.fit("power_law", quenched)
        assert raw["Ic"].verdict == "not determined" and "fk.drop_quench(data)" in raw["Ic"].reason, data.name
        assert len(fk.drop_quench(quenched)) == len(data), data.name


def test_a_wrong_unit_of_a_measured_curve_is_said(real_data):
    """The title contradicts the caller; without a title the noise stands far above the criterion, or the voltage far below it."""
    path = real_data / "vi" / "rebco_tape" / "real_deal_0point3_0deg.txt"
    wrong = fk.load(path, columns={"current": ("Current / A", "mA"), "voltage": (1, "mV")}, tap_distance="12.89 mm")
    texts = [note.text for note in wrong.notes]
    assert any("'current' was asked for in mA" in text and "says A" in text for text in texts) and any("'voltage' was asked for in mV" in text for text in texts)
    right = changed(rebco(real_data, "0point3_0deg"))
    for factor, said in ((1e3, "is above the criterion"), (1e6, "Is the unit of the voltage right"), (1e-3, "Ic is an extrapolation")):
        result = fk.fit("power_law", changed(right, voltage=factor * right["voltage"]))
        assert any(said in text for text in result.fits[0].cautions), factor
        assert result["Ic"].verdict == "not determined", factor


def test_a_stale_angle_in_the_header_is_said(real_data):
    """The header says 0 degrees, the name 90."""
    for name, *_ in REBCO:
        said = [note.text for note in rebco(real_data, name).notes]
        assert any("header says angle" in text for text in said) == (name == "0point15_90deg"), name
    given = fk.load(real_data / "vi" / "rebco_tape" / "real_deal_0point15_90deg.txt", columns={"current": (0, "A"), "voltage": (1, "uV")}, angle="90 deg")
    assert not any("header says angle" in note.text for note in given.notes) and "angle (file)" in given.meta


def test_a_lone_CR_changes_no_number(real_data, tmp_path):
    """Header lines ended by a lone CR: every row is read, the answer is the same."""
    for name, *_ in WIRES[::4]:
        raw = (real_data / "vi" / "wire_6to18T" / f"{name}_01.dat").read_bytes()
        plain = tmp_path / f"{name[3:]} plain.dat"
        plain.write_bytes(raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
        one, other = (fk.load(path, tap_distance="1 cm") for path in (real_data / "vi" / "wire_6to18T" / f"{name}_01.dat", plain))
        assert np.array_equal(one["current"], other["current"]) and np.array_equal(one["voltage"], other["voltage"])
    tape = (real_data / "vi" / "rebco_tape" / "real_deal_0point3_0deg.txt").read_bytes()
    changed_tape = tmp_path / "real_deal_0point3_0deg.txt"
    changed_tape.write_bytes(b"operator\tX\rrun\t2\r" + tape)
    again = fk.load(changed_tape, columns={"current": ("Current / A", "A"), "voltage": (1, "uV")})
    assert np.array_equal(again["current"], rebco(real_data, "0point3_0deg")["current"])


def test_bridge(real_data):
    """Units are asked for; 5.901(2) mA at 10 uV in the loop of both polarities, and on each of its branches."""
    path = real_data / "vi" / "ybco_bridge" / "S088_U(I)_B7_6mA.txt"
    with pytest.raises(fk.FitkitError, match="say what they are and in which unit"):
        fk.load(path, tap_distance="1 cm")
    loop = fk.load(path, columns={"current": (0, "A"), "voltage": (1, "mV")}, tap_distance="1 cm")
    result = fk.fit("power_law", loop, assume={"Ec": "10 uV/cm"})
    assert result["Ic"].to("mA").value == pytest.approx(5.901, abs=0.005) and result["n"].value == pytest.approx(12.8, rel=0.02)
    assert result["offset"].to("uV").value == pytest.approx(-13.7, abs=0.1)
    branches = fk.fit("power_law", fk.split_ramps(loop), assume={"Ec": "10 uV/cm"})
    assert [one.name.split()[-2:] for one in branches.fits] == [["+I", "up"], ["+I", "down"], ["-I", "up"], ["-I", "down"]]
    assert all(one.to("mA").value == pytest.approx(5.90, rel=0.005) and one.verdict == "ok" for one in branches["Ic"])


def graphene_runs(real_data):
    field, y = np.loadtxt(real_data / "magnetoresistance" / "graphene_wse2" / "Data_array.txt")
    return [fk.dataset(field=(field[120 * k:120 * k + 120], "mT"), delta_conductance=(y[120 * k:120 * k + 120], "e^2/h"), diffusivity="0.03486 m2/s", name=name)
            for k, name in enumerate(("base", "300 mK", "500 mK", "700 mK"))]


def test_spin_orbit_of_graphene_on_wse2(real_data):
    """The authors' global fit: tau_phi = 40.5 ps at base temperature, D = 0.03486 m2/s; tau_phi 19.776, 8.806, 4.135 ps, tau_asy 3.227, tau_sym 1.019 ps, chi^2 0.500527,
    and a second minimum at (1.68, 3.4 ps) with chi^2 0.500958."""
    result = fk.fit("graphene_spin_orbit", graphene_runs(real_data), share=["tau_asy", "tau_sym"], fix={"tau_phi": {"base": "40.5 ps"}}, background=[])
    assert [one["tau_phi"].value for one in result.fits[1:]] == pytest.approx([19.776, 8.806, 4.135], rel=2e-3)
    first = result.fits[0]
    assert first["tau_asy"].value == pytest.approx(3.227, rel=5e-3) and first["tau_sym"].value == pytest.approx(1.019, rel=5e-3)
    assert first["L_phi"].verdict == "fixed" and first["tau_phi"].value == pytest.approx(40.5, rel=1e-9)
    chi2 = result.statistics.chi2 / 3.874045865e-5**2
    assert chi2 == pytest.approx(0.500527, rel=1e-4)  # D is rounded
    # the second minimum is found, named, and told from the first by nothing in these data
    places = {}
    for name in ("tau_asy", "tau_sym"):
        assert first[name].verdict == "ambiguous" and "do not distinguish the two" in first[name].reason
        places[name] = float(first[name].reason.split(f"second optimum lies at {name} = ")[1].split()[0])
    assert places["tau_asy"] == pytest.approx(1.68, rel=0.01) and places["tau_sym"] == pytest.approx(3.4, rel=0.03)
    excess = float(first["tau_asy"].reason.split("chi^2 higher by ")[1].split(":")[0])
    assert chi2 * (1 + excess / (480 - 5)) == pytest.approx(0.500958, rel=1e-4)
    assert result.statistics.corrected and "corrected for correlated residuals" in result.table() and "ambiguous" in result.table()
    assert not result.determined


def graphene_sweep(real_data, temperature):
    """From the lock-in volts of all gates to delta sigma: conductance, mean over gates, mirror at -1 mT, even part, zero. The map is given as sheet resistance."""
    path = real_data / "magnetoresistance" / "graphene_wse2" / f"W5_10nA_-2Vbg_{temperature}_39-38.txt"
    axes = {"gate": (-1.74, -0.02, "V"), "field": (-25, 0.2, "mT")}
    data = fk.load(path, array=("sheet_resistance", "ohm/sq", 1e8), axes=axes, diffusivity="0.03486 m2/s", name=temperature)  # volts over 10 nA
    if temperature == "baseT":
        data = fk.drop_rows(data, range(11 * 251, 12 * 251), "the sweep at -1.96 V was stopped on the way")
    even = fk.symmetrise(fk.shift_field(fk.average_over(fk.sheet_conductance(data)), "-1 mT"), column="sheet_conductance")
    return fk.delta_conductance(even)


def test_dephasing_times_from_the_raw_maps_of_graphene(real_data):
    """What makes the difference is the background: the sweep at 900 mK, taken from all others, is four fifths of their swing. With it the raw volts give the
    times of the authors; without it the law has to explain a parabola that is not its own, and says that it cannot."""
    hot, sweeps = graphene_sweep(real_data, "900mK"), [graphene_sweep(real_data, one) for one in ("baseT", "300mK", "500mK", "700mK")]
    cleaned = [fk.subtract_background(one, hot) for one in sweeps]
    for one in cleaned:
        found = one.history[-1].found
        assert found["background"] == "900mK" and found["swing after"] < 0.3 * found["swing before"]
    options = dict(share=["tau_asy", "tau_sym"], fix={"tau_phi": {"baseT": "40.5 ps"}}, background=[])
    result = fk.fit("graphene_spin_orbit", cleaned, **options)
    assert [one["tau_phi"].value for one in result.fits[1:]] == pytest.approx([19.776, 8.806, 4.135], rel=0.05)
    assert result.fits[0]["tau_asy"].verdict == "ambiguous"
    raw = fk.fit("graphene_spin_orbit", sweeps, **options)
    assert raw.statistics.chi2 > 50 * result.statistics.chi2
    assert all(one["tau_phi"].verdict == "not determined" for one in raw.fits[1:]) and not raw.determined


def test_times_of_graphene_in_start_bounds_and_share(real_data):
    """Any form of a parameter serves, also one that needs the diffusivity; datasets that disagree in it cannot share a time."""
    runs = graphene_runs(real_data)
    by_time = fk.fit("graphene_spin_orbit", runs[2], start={"tau_phi": "9 ps"}, bounds={"tau_phi": (2, "30 ps")}, fix={"tau_asy": "3.227 ps", "tau_sym": 1.019}, background=[])

    def L(tau):
        return 1e9 * np.sqrt(0.03486 * tau)

    by_length = fk.fit("graphene_spin_orbit", runs[2], bounds={"L_phi": (L(2e-12), L(30e-12))}, fix={"tau_asy": "3.227 ps", "tau_sym": 1.019}, background=[])
    assert by_time["tau_phi"].value == pytest.approx(by_length["tau_phi"].value, rel=1e-6) and by_time["tau_asy"].value == pytest.approx(3.227)
    other = [runs[0].with_meta(diffusivity="0.04 m2/s"), *runs[1:]]
    with pytest.raises(fk.FitkitError, match="diffusivity is 0.04 in base and 0.03486 in 300 mK.*one tau_asy is not one B_asy"):
        fk.fit("graphene_spin_orbit", other, share=["tau_asy"])
    assert fk.fit("graphene_spin_orbit", other, share=["B_asy", "B_sym"]).fits[0]["tau_asy"].value != by_time["tau_asy"].value
    bare = [fk.dataset(field=(one["field"], "T"), delta_conductance=(one["delta_conductance"], "S"), name=one.name) for one in runs]
    with pytest.raises(fk.FitkitError, match="no 'diffusivity': 'tau_asy' is 'B_asy' together with diffusivity or carrier_density"):
        fk.fit("graphene_spin_orbit", bare, share=["tau_asy"])
    with pytest.raises(fk.FitkitError, match="'tau_phi' and 'B_phi' are each a form of 'L_phi'"):
        fk.fit("graphene_spin_orbit", runs[0], fix={"tau_phi": 1, "B_phi": 2})
    with pytest.raises(fk.FitkitError, match="wanted a finite number above 0"):
        fk.fit("graphene_spin_orbit", runs[0], fix={"tau_phi": "-3 ps"})


def test_plain_hln_does_not_describe_graphene_on_wse2(real_data):
    """Two spin-orbit fields: one channel is refused as a description, not printed as fact."""
    field, y = np.loadtxt(real_data / "magnetoresistance" / "graphene_wse2" / "Data_array.txt")
    for number in range(4):
        rows = slice(120 * number, 120 * (number + 1))
        data = fk.dataset(field=(field[rows], "mT"), delta_conductance=(y[rows], "e^2/h"))
        result = fk.fit("hln", data)
        assert not result.determined and result["L_phi"].verdict == "not determined"
        assert "NOT DETERMINED" in result.table() and "wrong law" in result.summary()


@pytest.mark.parametrize("name, ratio", [("113_RvsB_75.00Vg_1.8K", 0.7099), ("117_RvsB_75.00Vg_10.0K", 0.7096)])
def test_dephasing_and_elastic_length_of_in2se3_are_one_number(real_data, name, ratio):
    """Printed for 1.8 K: l_phi 29 nm, l_e 28 nm (B_e = hbar/4el^2: 28 nm are 40 nm here). The two terms cancel to half a percent: only their ratio is measured."""
    run = fk.load(real_data / "magnetoresistance" / "in2se3_fet" / f"JR200115_11_{name}.txt", length="2 um", width="3.5 um", thickness="20 nm",
                  columns={"time": ("Time (s)", "s"), "field": ("Magnetic Field (T)", "T"), "resistance": ("Resistance 1 (Ohms)", "ohm"), "temperature": ("Temperature (K)", "K")})
    change = fk.magnetoconductance(run)
    result = fk.fit("hln_spin_orbit", change, free=["l_e"], fix={"B_so": "1e-6 mT"})
    for parameter in ("L_phi", "l_e"):
        assert result[parameter].verdict == "not determined" and "that is L_phi/l_e, and not the two lengths" in result[parameter].reason
        number, error = result[parameter].reason.split("the data fix L_phi/l_e = ")[1].rstrip(")").split("(")
        assert float(number) == pytest.approx(ratio, abs=4e-4) and len(error) <= 2 and len(number) >= 6  # to better than a part in a thousand
    assert not result.determined and "NOT DETERMINED" in result.table() and any("k_F l" in text for text in result.fits[0].cautions)
    free = fk.fit("hln_spin_orbit", change, free=["l_e"])
    assert free["L_phi"].verdict == free["l_e"].verdict == "not determined" and free["B_so"].verdict != "ok"
    plain = fk.fit("hln", change)
    assert plain["alpha"].verdict == "not determined" and "a small part of any channel" in plain["alpha"].reason
