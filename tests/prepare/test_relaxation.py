"""relaxation_segment: the hold and its clock."""

import csv

import numpy as np
import pytest

from fitkit.data import dataset
from fitkit.errors import FitkitError
from fitkit.prepare import relaxation_segment


def ramped(holds=((4.2, 0.0),), step=2.0, rows=300):
    """Ramps to a field (20 rows) and holds there; time [s], the clock starts at 5000 s."""
    time, field, temperature, moment, start = [], [], [], [], 1.0
    for kelvin, tesla in holds:
        clock = step * np.arange(20 + rows)
        path = np.concatenate((np.linspace(start, tesla, 22)[1:-1], np.full(rows, tesla)))
        age = clock - clock[20]
        time.append(clock + (time[-1][-1] + step if time else 5000.0))
        field.append(path)
        temperature.append(np.full(len(clock), kelvin))
        moment.append(np.where(age > 0, 1 - 0.01 * np.log(np.maximum(age, 1e-9) / 1), 1.2 + path))
        start = tesla
    parts = [np.concatenate(part) for part in (time, field, temperature, moment)]
    return dataset(time=(parts[0], "s"), field=(parts[1], "T"), temperature=(parts[2], "K"), moment=(parts[3], "emu"), name="run")


def test_origin_is_the_end_of_the_ramp():
    made = relaxation_segment(ramped())
    assert len(made) == 299
    assert made["time"][0] == 2.0
    np.testing.assert_allclose(made.values("moment"), 1 - 0.01 * np.log(made["time"]), rtol=1e-12)
    found = made.history[-1].found
    assert found["origin"] == 5040 and found["origin error"] == 2.0 and found["origin is"] == "end of the field ramp"
    assert found["rows at t <= 0 dropped"] == 1
    assert made.meta["time_origin_err"].si == 2.0
    assert made.meta["applied_field"].value == 0 and made.meta["temperature"].value == pytest.approx(4.2)


def test_several_holds_are_listed():
    data = ramped(((4.2, 0.5), (4.2, 0.0)))
    with pytest.raises(FitkitError) as caught:
        relaxation_segment(data)
    text = str(caught.value)
    assert "2 holds" in text and "0: rows 20 to 319, 4.2 K, 0.5 T, 598 s" in text and "which=0" in text
    assert relaxation_segment(data, which=0).meta["applied_field"].value == 0.5
    assert relaxation_segment(data, which=-1).meta["applied_field"].value == 0
    with pytest.raises(FitkitError, match="no hold 2"):
        relaxation_segment(data, which=2)


def test_a_file_without_ramp_starts_at_its_first_row_and_says_so():
    time = np.arange(100.0)
    data = dataset(time=(time + 7, "s"), field=(np.zeros(100), "T"), temperature=(np.full(100, 4.2), "K"), moment=(np.ones(100), "emu"))
    made = relaxation_segment(data)
    assert made["time"][0] == 1 and len(made) == 99
    assert made.history[-1].found["origin is"] == "first row"
    assert "no field ramp" in made.notes[0].text
    assert relaxation_segment(data, origin="2 s")["time"][0] == 5
    asked = relaxation_segment(data, origin="first row")
    assert "time_origin_err" not in asked.meta and not asked.notes


def test_refused():
    time = np.arange(100.0)
    with pytest.raises(FitkitError, match="no rows at constant temperature and field"):
        relaxation_segment(dataset(time=(time, "s"), field=(time, "T"), moment=(time, "emu")))
    with pytest.raises(FitkitError, match="no column 'time'"):
        relaxation_segment(dataset(field=(time, "T")))
    with pytest.raises(FitkitError, match="rows after the time origin"):
        relaxation_segment(dataset(time=(time, "s"), field=(np.zeros(100), "T")), origin="1 h")


# -- measured files ---------------------------------------------------------------------------------------------------
def read(path, time):
    """Columns of a Quantum Design file, read here by hand."""
    titles = {"time": (time, "s"), "temperature": ("Temperature (K)", "K")}
    lines = path.read_text(encoding="cp1252").splitlines()
    rows = list(csv.reader(lines[lines.index("[Data]") + 1:]))
    head, rows = rows[0], [row for row in rows[1:] if len(row) > 5]
    titles["field"] = (next(title for title in head if "Field (Oe)" in title), "Oe")
    titles["moment"] = (next(title for title in head if title in ("Moment (emu)", "Long Moment (emu)")), "emu")
    return dataset(name=path.name, **{name: ([float(row[head.index(title)]) for row in rows], unit) for name, (title, unit) in titles.items()})


@pytest.mark.real
@pytest.mark.parametrize("name, slope", [("TC04-12-01K_VRMac_53K_12000s", -3.950e-6), ("TC04-12-01K_VRMac_55K_12000s", -3.875e-6),
                                         ("MFn1_VRMac_34K_12000s", -5.387e-6), ("MFn1_VRMac_36K_6000s", -5.680e-6), ("MFn1_VRMac_35K_12000s_VRMde_35K", 4.074e-6)])
def test_viscous_remanence(real_data, name, slope):
    """Slopes per e-fold for t > 100 s as published with the files' description."""
    made = relaxation_segment(read(real_data / "relaxation" / "viscous_remanence" / f"{name}.dc.dat", "Time"))
    late = made["time"] > 100
    assert np.polyfit(np.log(made["time"][late]), made.values("moment")[late], 1)[0] == pytest.approx(slope, rel=5e-4)


@pytest.mark.real
def test_hold_starts_when_the_temperature_has_settled(real_data):
    made = relaxation_segment(read(real_data / "relaxation" / "viscous_remanence" / "MFn1_VRMac_33K_3000s_VRMde_35K.dc.dat", "Time"))
    assert made.history[-1].found["first row"] == 4
    assert made.meta["temperature"].value == pytest.approx(35, abs=2e-3)
    assert any("the temperature settled" in note.text for note in made.notes)


@pytest.mark.real
def test_tail_of_a_loop(real_data):
    data = read(real_data / "relaxation" / "loop_tail" / "QD-PPMS2.dat", "Time Stamp (sec)")
    made = relaxation_segment(data, which=-1)
    assert made.history[-1].found["first row"] == len(data) - 660
    late = made["time"] > 20
    assert np.polyfit(np.log(made["time"][late]), made.values("moment")[late], 1)[0] == pytest.approx(7.88e-4, rel=1e-3)
    with pytest.raises(FitkitError, match="holds at constant temperature and field"):
        relaxation_segment(data)
