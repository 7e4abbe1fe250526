"""magnetization, electric_field, and the steps of a ramped current: drop_quench, drop_dwell, drop_spikes, split_ramps."""

import numpy as np
import pytest

from fitkit.data import dataset
from fitkit.errors import FitkitError
from fitkit.prepare import drop_dwell, drop_quench, drop_spikes, electric_field, magnetization, split_ramps


def moments(**meta):
    return dataset(moment=([1.0, 2.0], "emu"), moment_err=([0.1, 0.1], "emu"), name="crystal", **meta)


@pytest.mark.parametrize("meta, name, first", [
    (dict(volume="1 cm3"), "magnetization", 1e3),                                       # 1 emu/cm3 = 1000 A/m
    (dict(mass="1 g"), "mass_magnetization", 1.0),                                      # 1 emu/g = 1 A m2/kg
    (dict(length="1 cm", width="1 cm", thickness="1 mm"), "magnetization", 1e4),
    (dict(diameter="1 cm", thickness="1 mm"), "magnetization", 1e4 * 4 / np.pi),
    (dict(diameter="1 cm", length="1 cm", mass="1 g"), "magnetization", 1e3 * 4 / np.pi)])
def test_magnetization(meta, name, first):
    made = magnetization(moments(**meta))
    np.testing.assert_allclose(made[name], [first, 2 * first], rtol=1e-14)
    np.testing.assert_allclose(made[f"{name}_err"], 0.1 * first, rtol=1e-14)


def test_magnetization_by_argument():
    assert magnetization(moments(volume="1 cm3"), mass="2 g")["mass_magnetization"][0] == pytest.approx(0.5)
    with pytest.raises(FitkitError, match="not both"):
        magnetization(moments(), volume="1 cm3", mass="1 g")
    with pytest.raises(FitkitError, match="no 'volume': magnetization needs"):
        magnetization(moments())


def test_electric_field():
    data = dataset(voltage=([1.0], "uV"), voltage_err=([0.1], "uV"), name="tape")
    made = electric_field(data, tap_distance="1 cm")
    assert made.values("electric_field")[0] == pytest.approx(1, rel=1e-14) and made["electric_field_err"][0] == pytest.approx(1e-5)
    with pytest.raises(FitkitError, match="no 'tap_distance': the electric field needs"):
        electric_field(data)


def ramp(top=110.0, noise=2e-8, seed=0, count=200):
    current = np.linspace(0, top, count)
    return current, 1e-6 * (current / 100) ** 20 + np.random.default_rng(seed).normal(0, noise, count)


def wire(current, voltage):
    return dataset(current=(current, "A"), voltage=(voltage, "V"), name="wire")


def test_no_quench_leaves_the_rows():
    data = wire(*ramp())
    made = drop_quench(data)
    assert len(made) == 200 and made.history[-1].found["quench"] is False


def test_current_that_turns_back():
    current, voltage = ramp()
    made = drop_quench(wire(np.append(current, [60, 0, 0]), np.append(voltage, [0.0, 0, 0])))
    assert len(made) == 200 and made.history[-1].found["reason"] == "the current turns back"


def test_voltage_that_collapses_while_the_current_rises():
    current, voltage = ramp()
    voltage[180:] = 0
    made = drop_quench(wire(np.append(current, [50, 0]), np.append(voltage, [0.0, 0])))
    assert len(made) == 180 and made.history[-1].found["reason"] == "the voltage falls"


def test_a_spike_is_no_quench():
    current, voltage = ramp()
    voltage[150] += 5e-6
    assert len(drop_quench(wire(current, voltage))) == 200


def test_ramps_taken_down_on_purpose_stay():
    current, voltage = ramp()
    assert len(drop_quench(wire(np.append(current, current[::-1]), np.append(voltage, voltage[::-1])))) == 400
    loop = np.concatenate((current, current[::-1], -current, -current[::-1]))
    answer = np.concatenate((voltage, voltage[::-1], -voltage, -voltage[::-1]))
    assert len(drop_quench(wire(loop, answer))) == 800


def test_a_plateau_of_the_voltage_is_the_compliance():
    current, voltage = ramp(top=130)
    made = drop_quench(wire(current, np.minimum(voltage, 2e-5)))
    assert "compliance" in made.history[-1].found["reason"] and made["voltage"].max() == pytest.approx(2e-5)
    assert made["current"].max() == pytest.approx(100 * 20 ** (1 / 20), rel=0.01)


def test_a_jump_of_the_voltage_is_a_runaway():
    current, voltage = ramp()
    voltage[190:] *= 40
    made = drop_quench(wire(current, voltage))
    assert len(made) == 190 and "runaway" in made.history[-1].found["reason"]


@pytest.mark.parametrize("n", (4, 20, 80))
@pytest.mark.parametrize("count", (60, 2000))
def test_steep_and_flat_curves_are_no_quench(n, count):
    current = np.linspace(0, 100 * 100 ** (1 / n), count)
    voltage = 1e-6 * (current / 100) ** n + np.random.default_rng(n).normal(0, 2e-8, count)
    data = wire(current, voltage)
    assert len(drop_quench(data)) == len(drop_dwell(data)) == count and len(drop_spikes(data)) == count


def test_a_current_that_stands_while_the_voltage_rises_is_heating():
    current, voltage = ramp()
    made = drop_quench(wire(np.append(current, np.full(30, 110.0)), np.append(voltage, voltage[-1] + 3e-7 * np.arange(1, 31))))
    assert len(made) == 200 and "heating" in made.history[-1].found["reason"]
    waited = wire(np.append(current, np.full(30, 110.0)), np.append(voltage, np.full(30, voltage[-1])))
    assert drop_quench(waited).history[-1].found["quench"] is False


def test_dwell_and_samples_of_the_other_sign():
    current, voltage = ramp()
    rng = np.random.default_rng(2)
    before = wire(np.concatenate((rng.normal(-0.02, 0.001, 80), current + 0.9)), np.concatenate((rng.normal(-1e-6, 2e-8, 80), voltage)))
    made = drop_dwell(before)
    found = made.history[-1].found
    assert found["the current stands"] == 80 and len(made) == 200 and found["left out"][0]["rows"] == 80 and len(found["left out"][0]["current"]) == 80
    noisy = drop_dwell(wire(current - 0.3, voltage))
    assert noisy.history[-1].found["other sign than the ramp"] == 1 and np.all(noisy["current"] >= 0)


def test_switching_on_is_left_out_and_a_drift_stays():
    current, voltage = ramp()
    switched = drop_dwell(wire(current, voltage + 1e-5 * np.exp(-current / 4)))
    assert switched.history[-1].found["the voltage settles after switching on"] == pytest.approx(4 * np.log(10) / 110 * 200, abs=4)
    assert len(drop_dwell(wire(current, voltage - 2e-8 * current))) == 200


def test_spikes_go_with_their_rows_in_the_record():
    current, voltage = ramp()
    voltage[[40, 150, 151]] += (5e-7, 2e-6, 1e-6)
    made = drop_spikes(wire(current, voltage))
    assert made.history[-1].found["rows"] == [40, 150, 151] and len(made) == 197
    with pytest.raises(FitkitError, match="take good rows"):
        drop_spikes(wire(current, voltage), least=1)


def test_ramps_of_a_loop():
    current, voltage = ramp()
    loop = np.concatenate((current, current[::-1], -current[1:], -current[::-1]))
    answer = np.concatenate((voltage, voltage[::-1], -voltage[1:], -voltage[::-1]))
    pieces = split_ramps(wire(loop, answer))
    assert [(one.meta["polarity"], one.meta["branch"]) for one in pieces] == [("+", "up"), ("+", "down"), ("-", "up"), ("-", "down")]
    assert sum(map(len, pieces)) == len(loop)
    assert len(split_ramps(wire(current - 0.3, voltage))) == 1
    with pytest.raises(FitkitError, match="no ramp of 5 rows"):
        split_ramps(wire(np.array([1.0, -1, 1, -1, 1]), np.zeros(5)))


def test_gaps_are_named():
    current, voltage = ramp()
    voltage[3] = np.nan
    with pytest.raises(FitkitError, match="1 without number"):
        drop_quench(wire(current, voltage))


@pytest.mark.parametrize("sign", [1, -1])
def test_exchanged_leads_are_no_quench(sign):
    """A transition that goes down stays whole, is said by the step and by the fit, and what they say to type mends it."""
    import fitkit as fk

    current = np.linspace(0, 120, 121)
    voltage = 1e-6 * (current / 100) ** 25 + 2e-8 * np.random.default_rng(0).normal(size=121)
    data = fk.dataset(current=(sign * current, "A"), voltage=(-sign * voltage, "V"), tap_distance="1 cm", name="exchanged")
    kept = drop_quench(data)
    assert len(kept) == 121 and not kept.history[-1].found["quench"] and any("exchanged leads?" in note.text for note in kept.notes)
    for one in (data, kept):
        said = repr(fk.fit("power_law", one))
        assert "exchanged leads? Turn its sign: fk.with_column(" in said and "drop_quench" not in said
    right = fk.with_column(data, "voltage", -data["voltage"], "V", "exchanged leads")
    assert drop_quench(right).history[-1].found["quench"] is False and fk.fit("power_law", right)["Ic"].value == pytest.approx(100, rel=0.01)
    for other in (right, drop_quench(right)):
        assert "exchanged" not in repr(fk.fit("power_law", other)) and not any("exchanged" in note.text for note in drop_quench(other).notes)


def test_what_falls_for_another_reason_is_not_exchanged():
    """Switching on, a drift, and a quench whose voltage falls below the level before: none of them has the transition upside down."""
    from fitkit.physics.ramp import mirrored

    current, noise = np.linspace(0, 120, 121), 2e-8 * np.random.default_rng(1).normal(size=121)
    rise = 1e-6 * (current / 100) ** 25
    for falls in (1e-5 * np.exp(-current / 3), -1e-7 * current, np.where(current > 110, -rise - 1e-5, rise)):
        voltage = falls + noise if np.any(falls < -1e-5) and falls[-1] < -1e-4 else rise + falls + noise
        assert not mirrored(current, voltage)
    assert not mirrored(current, noise) and mirrored(current, noise - rise)
    both = np.concatenate([current, current[::-1][1:], -current[1:], -current[::-1][1:]])
    assert mirrored(both, -1e-6 * np.sign(both) * np.abs(both / 100) ** 25) and not mirrored(both, 1e-6 * np.sign(both) * np.abs(both / 100) ** 25)


def table(path):
    """Rows of two or three numbers, whatever ends the lines."""
    rows = [line.split() for line in path.read_bytes().decode("latin-1").replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return np.array([[float(word) for word in row[:2]] for row in rows if len(row) >= 2 and all(word.lstrip("+-").replace(".", "", 1)[:1].isdigit() for word in row[:2])])


@pytest.mark.real
def test_measured_wires(real_data):
    """In four of the nine wires of s4 the voltage collapses at or before the largest current; in s1 only at 6 T; at 7 T it runs away from 25 to 2271 uV."""
    reasons = {}
    for path in sorted((real_data / "vi" / "wire_6to18T").glob("s*/*.dat")):
        rows = table(path)
        reasons[path.stem] = drop_quench(dataset(current=(rows[:, 0], "A"), voltage=(rows[:, 1], "uV"), name=path.stem)).history[-1].found
    fell = {name for name, found in reasons.items() if found.get("reason") == "the voltage falls"}
    turned = {name for name, found in reasons.items() if found.get("reason") == "the current turns back"}
    assert fell == {"01_06T_01", "04_12T_01", "04_13T_01", "04_14T_01", "04_17T_01"}
    assert turned == {"04_10T_01", "04_11T_01", "04_16T_01"}
    assert reasons["04_14T_01"]["rows dropped"] == 131
    assert {name for name, found in reasons.items() if found["quench"]} - fell - turned == {"01_07T_01"} and reasons["01_07T_01"]["rows dropped"] == 3


@pytest.mark.real
def test_measured_loop_and_tapes_have_no_quench(real_data):
    paths = [*(real_data / "vi" / "ybco_bridge").glob("*.txt"), *(real_data / "vi" / "rebco_tape").glob("*.txt")]
    assert len(paths) > 5
    for path in paths:
        rows = table(path)
        assert drop_quench(dataset(current=(rows[:, 0], "A"), voltage=(rows[:, 1], "uV"), name=path.stem)).history[-1].found["quench"] is False, path.stem
