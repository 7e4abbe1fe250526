"""What is written is read back: labelled CSV to the last digit, .dat files in value and unit."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fitkit as fk
from fitkit import simulate
from fitkit.names import MEASURED, QUANTITIES
from fitkit.units import parse_unit

QUIET = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NUMBERS = st.floats(min_value=-1e12, max_value=1e12, allow_subnormal=False).filter(lambda value: value == 0 or abs(value) > 1e-30)
UNITS = {"field": ["T", "mT", "Oe", "kOe", "G"], "time": ["s", "min", "h"], "temperature": ["K", "mK"], "moment": ["A m2", "emu"], "resistance": ["ohm", "kohm", "uohm"],
         "voltage": ["V", "uV", "nV"], "current": ["A", "mA"], "gate": ["V"], "angle": ["rad", "deg"], "delta_conductance": ["S", "e^2/h"], "electric_field": ["V/m", "uV/cm"],
         "magnetization": ["A/m", "emu/cm^3"], "conductivity": ["S/m", "S/cm"], "relative_moment": [""], "signal": ["", "mbar"]}


@st.composite
def tables(draw):
    names = draw(st.lists(st.sampled_from(sorted(UNITS)), min_size=1, max_size=6, unique=True))
    rows = draw(st.integers(1, 6))
    return {name: (np.array(draw(st.lists(NUMBERS, min_size=rows, max_size=rows))), draw(st.sampled_from(UNITS[name]))) for name in names}


def recognised(table) -> bool:
    return any(name in QUANTITIES for name in table)


@QUIET
@given(table=tables())
def test_labelled_csv_in_its_own_units(tmp_path, table):
    """Each number comes back within one unit in the last place of the unit that it was written in."""
    data = fk.dataset(**table)
    back = fk.load(data.to_csv(tmp_path / "run.csv", overwrite=True), format="labelled_csv")
    assert set(back.columns) == set(table) and len(back) == len(data)
    for name in table:
        unit = parse_unit(data.units[name])
        wanted, found = unit.from_si(data[name]), unit.from_si(back[name])
        assert all(abs(a - b) <= math.ulp(a) for a, b in zip(wanted, found)), name
        assert parse_unit(back.units[name]).factor == unit.factor


@QUIET
@given(table=tables())
def test_labelled_csv_in_si_is_exact(tmp_path, table):
    table.pop("signal", None)
    if not table:
        return
    data = fk.dataset(**table)
    back = fk.load(data.to_csv(tmp_path / "run.csv", units="SI", overwrite=True), format="labelled_csv")
    for name in table:
        assert back[name].tolist() == data[name].tolist()


def test_metadata_and_errors_come_back(tmp_path):
    data = fk.dataset(field=([1.0, 2.0], "mT"), resistance=([3.0, 4.0], "ohm"), resistance_err=([0.1, 0.1], "ohm"), temperature="4.2(1) K", sample="film A, second",
                      tap_distance="12.89 mm", direction=([1.0, -1.0], ""))
    back = fk.load(data.to_csv(tmp_path / "run.csv"))
    assert back.meta["temperature"].value == 4.2 and back.meta["temperature"].error == pytest.approx(0.1) and back.meta["tap_distance"].unit == "mm"
    assert back.meta["sample"] == "film A, second" and back["resistance_err"].tolist() == [0.1, 0.1] and back["direction"].tolist() == [1, -1]
    with pytest.raises(fk.FitkitError, match="exists; to replace it"):
        data.to_csv(tmp_path / "run.csv")
    with pytest.raises(fk.FitkitError, match="cannot be written in 'K'"):
        data.to_csv(tmp_path / "other.csv", units={"field": "K"})
    assert not (tmp_path / "other.csv").exists()


# -- Quantum Design ---------------------------------------------------------------------------------------------------
# option -> titles with their unit and the quantity (or None) that each becomes
OPTIONS = {
    "ppms_resistivity": {"Comment": None, "Time Stamp (sec)": "time", "Status (code)": None, "Temperature (K)": "temperature", "Magnetic Field (Oe)": "field",
                         "Sample Position (deg)": "angle", "Bridge 1 Excitation (uA)": None, "Bridge 2 Resistance (Ohms)": "resistance"},
    "eto": {"Comment": None, "Time Stamp (s)": "time", "Temperature (K)": "temperature", "Field (Oe)": "field", "Resistance Ch2 (Ohms)": "resistance", "Phase Angle Ch2 (deg)": None},
    "acms": {"Comment": None, "Time Stamp (sec)": "time", "Temperature (K)": "temperature", "Magnetic Field (Oe)": "field", "Frequency (Hz)": "frequency", "Amplitude (Oe)": "amplitude",
             "M-DC (emu)": "moment", "M' (emu)": None, "M'' (emu)": None},
    "acms_ii": {"Comment": None, "Time Stamp (sec)": "time", "Temperature (K)": "temperature", "Magnetic Field (Oe)": "field", "DC Moment (emu)": "moment",
                "AC Moment (emu)": None, "AC Phase (deg)": None, "AC Frequency (Hz)": None, "AC Drive (Oe)": None},
    "vsm": {"Comment": None, "Time Stamp (sec)": "time", "Temperature (K)": "temperature", "Magnetic Field (Oe)": "field", "Moment (emu)": "moment", "M. Std. Err. (emu)": None,
            "Transport Action": None, "Averaging Time (sec)": None},
    "oven": {"Comment": None, "Time Stamp (sec)": "time", "Temperature (K)": "temperature", "Magnetic Field (Oe)": "field", "Moment (emu)": "moment", "M. Std. Err. (emu)": None,
             "Chamber Pressure (Torr)": None, "Heater Power (W)": None},
    "heat_capacity": {"Time Stamp (Seconds)": "time", "Comment()": None, "System Status (Code)": None, "Puck Temp (Kelvin)": None, "Field (Oersted)": "field",
                      "Sample Temp (Kelvin)": "temperature", "Samp HC (µJ/K)": None, "Pressure (Torr)": None},
    "mpms_xl_dc": {"Time": "time", "Comment": None, "Field (Oe)": "field", "Temperature (K)": "temperature", "Long Moment (emu)": "moment", "Long Scan Std Dev": None},
    "mpms_xl_rso": {"Time": "time", "Comment": None, "Field (Oe)": "field", "Start Temperature (K)": None, "End Temperature (K)": None, "Temperature (K)": "temperature",
                    "Long Moment (emu)": "moment", "Long Reg Fit": None, "Amplitude (cm)": None},
    "mpms_xl_ac": {"Time": "time", "Comment": None, "Field (Oe)": "field", "Temperature (K)": "temperature", "m' (emu)": None, 'm" (emu)': None, "Drive Amplitude (Oe)": "amplitude",
                   "Wave Frequency (Hz)": "frequency"},
    "mpms3_vsm": {"Comment": None, "Time Stamp (sec)": "time", "Temperature (K)": "temperature", "Magnetic Field (Oe)": "field", "Moment (emu)": "moment",
                  "M. Std. Err. (emu)": None, "DC Moment Fixed Ctr (emu)": "", "DC Moment Free Ctr (emu)": ""},
    "mpms3_dc_fixed": {"Comment": None, "Time Stamp (sec)": "time", "Temperature (K)": "temperature", "Magnetic Field (Oe)": "field", "Moment (emu)": "",
                       "DC Moment Fixed Ctr (emu)": "moment", "DC Moment Free Ctr (emu)": ""},
    "mpms3_dc_free": {"Comment": None, "Time Stamp (sec)": "time", "Temperature (K)": "temperature", "Magnetic Field (Oe)": "field", "Moment (emu)": "",
                      "DC Moment Fixed Ctr (emu)": "", "DC Moment Free Ctr (emu)": "moment"},
    "dynacool": {"Comment": None, "Time Stamp (sec)": "time", "Temperature (K)": "temperature", "Magnetic Field (Oe)": "field", "Sample Position (deg)": "angle",
                 "Bridge 1 Resistivity (Ohm-m)": None, "Bridge 1 Resistance (Ohms)": "resistance", "Bridge 1 Std. Dev. (Ohm-m)": None},
}


@pytest.mark.parametrize("newline, delimiter", [("\r\n", ","), ("\n", "\t"), ("\r", ",")])
@pytest.mark.parametrize("header, encoding", [("full", "utf-8"), ("reversed", "cp1252"), ("none", "utf-8")])
@pytest.mark.parametrize("option", OPTIONS)
def test_quantum_design_in_value_and_unit(tmp_path, option, header, encoding, newline, delimiter):
    titles = OPTIONS[option]
    rng = np.random.default_rng(1)
    columns = {title: None if meaning == "" or title.startswith("Comment") else rng.normal(3, 1, 5) for title, meaning in titles.items()}
    path = simulate.write_quantum_design(tmp_path / "run.dat", columns, sample="film A", header=header, newline=newline, delimiter=delimiter, encoding=encoding)
    data = fk.load(path)
    assert data.source.loader == "quantum_design" and len(data) == 5 and ("sample" in data.meta) == (header != "none")
    wanted = {meaning: title for title, meaning in titles.items() if meaning}
    assert wanted.items() <= dict(data.history[0].found["columns"]).items() and set(data.columns) == set(wanted)
    for name, title in wanted.items():
        unit = parse_unit("s" if title == "Time" else title[title.index("(") + 1:-1])
        np.testing.assert_array_equal(data[name], unit.to_si(columns[title]), err_msg=title)
    for title, values in columns.items():
        if values is not None:
            np.testing.assert_array_equal(data.vendor[title][0], values, err_msg=title)


def test_a_quantum_design_file_is_spoilt_as_labs_spoil_it(tmp_path):
    """Empty lines, comment rows, ragged rows, three-digit exponents, trailing delimiters of a spreadsheet."""
    columns = {title: None if title == "Comment" else np.arange(1.0, 9) * 1e-5 for title in OPTIONS["vsm"]}
    path = simulate.write_quantum_design(tmp_path / "run.dat", columns, exponent_digits=3)
    lines = path.read_bytes().decode().split("\r\n")
    assert "e-005" in lines[-2]
    start = next(place for place, line in enumerate(lines) if line.startswith("Comment"))
    lines[start + 2] += ",,,,"
    lines[start + 3] = lines[start + 3].rsplit(",", 2)[0]
    lines[start + 4] = "warmed up by hand" + lines[start + 4]
    lines[start + 6:start + 6] = ["", "cooling again,,,,,,,", ""]
    path.write_bytes("\r\n".join(lines).encode())
    data = fk.load(path)
    assert data["Moment (emu)"].tolist() == columns["Moment (emu)"].tolist()
    assert [(note.row, note.text) for note in data.notes[1:]] == [(3, "warmed up by hand"), (None, "cooling again")]


@QUIET
@given(values=st.lists(st.floats(-1e5, 1e5, allow_subnormal=False).filter(lambda value: value == 0 or abs(value) > 1e-20), min_size=1, max_size=5))
def test_mpms_and_ppms_files_in_value_and_unit(tmp_path, values):
    """As many digits come back as the instrument writes: seven, and those of each column of a PPMS file."""
    values, rows = np.array(values), len(values)
    path = simulate.write_mpms_dat(tmp_path / "run.dc.dat", time=np.arange(rows), field=values, temperature=np.full(rows, 4.2), moment=values * 1e-6, overwrite=True)
    data = fk.load(path)
    np.testing.assert_allclose(data["field"], values, rtol=1e-6, atol=0)
    np.testing.assert_allclose(data["moment"], values * 1e-6, rtol=1e-6, atol=0)
    assert data.units["moment"] == "emu" and data.units["temperature"] == "K" and data["temperature"].tolist() == [4.2] * rows
    path = simulate.write_ppms_dat(tmp_path / "run.dat", time=np.arange(rows), field=values, temperature=np.full(rows, 4.2), resistances=[values], overwrite=True)
    data = fk.load(path)
    np.testing.assert_allclose(data["field"], values, atol=0.5e-8 + 1e-12)
    np.testing.assert_allclose(data["resistance"], values, rtol=1e-7, atol=1e-300)
    assert data.units["resistance"] == "ohm" and data.units["field"] == "T"


def test_columns_of_sample_files_have_their_units(samples):
    for path in itertools.chain(samples.glob("*/*.csv"), samples.glob("*/*.dat")):
        data = fk.load(path)
        assert data.units.keys() == data.columns.keys() and any(name in MEASURED or name in data.choices for name in (*data.columns, *data.choices))
