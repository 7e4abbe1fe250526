"""Measured files: rows, columns, units, segments of each."""

import numpy as np
import pytest

import fitkit as fk
from fitkit.segments import groups, segments

pytestmark = pytest.mark.real

# file -> rows, columns with numbers, choices, segments (kind, moving, first row, row after the last)
QUANTUM_DESIGN = {
    "qd_mpms3_mh.dat": (210, {"time", "temperature", "field", "moment"}, {}, [("sweep", "field", 0, 30), ("sweep", "field", 30, 120), ("sweep", "field", 120, 210)]),
    "qd_mpms3_mt.dat": (34, {"time", "temperature", "field"}, {"moment": 2}, [("sweep", "temperature", 0, 34)]),
    "qd_mpms3_mvst.dat": (300, {"time", "temperature", "field"}, {"moment": 2}, [("sweep", "temperature", 0, 300)]),
    "qd_mpms3_resaved_by_excel_tabs.dat": (141, {"time", "temperature", "field"}, {"moment": 2}, [("sweep", "field", 0, 71), ("sweep", "field", 71, 141)]),
    "qd_mpms3_resaved_tabs_2.dat": (274, {"time", "temperature", "field"}, {"moment": 2}, [("sweep", "field", 0, 143), ("sweep", "field", 143, 274)]),
    "qd_mpms3_zfc.dat": (151, {"time", "temperature", "field"}, {"moment": 2}, [("sweep", "temperature", 0, 151)]),
    "qd_mpmsxl_ac.ac.dat": (13, {"time", "temperature", "field", "frequency", "amplitude"}, {}, [("sweep", "frequency", 0, 13)]),
    "qd_mpmsxl_dc.dc.dat": (42, {"time", "temperature", "field", "moment"}, {}, [("sweep", "temperature", 0, 42)]),
    "qd_ppms_acms.DAT": (29, {"time", "temperature", "field", "moment", "frequency", "amplitude"}, {}, [("sweep", "temperature", 0, 29)]),
    "qd_ppms_eto.dat": (81, {"time", "temperature", "field"}, {"resistance": 2}, [("sweep", "temperature", 0, 31), ("sweep", "temperature", 31, 45), ("hold", None, 45, 81)]),
    "qd_ppms_resistivity_ragged.dat": (3026, {"time", "temperature", "field"}, {"resistance": 3},
                                       [("sweep", "temperature", start, stop) for start, stop in zip((0, 505, 1009, 1514, 2019, 2522), (505, 1009, 1514, 2019, 2522, 3026))]),
    "qd_ppms_vsm_2003.dat": (27, {"time", "temperature", "field", "moment"}, {}, [("sweep", "field", 0, 27)]),
    "qd_squid_vsm.dat": (412, {"time", "temperature", "field", "moment"}, {}, [("sweep", "field", 0, 101), ("sweep", "field", 101, 300), ("sweep", "field", 300, 412)]),
    "qd_vsm_zero_rows.dat": (0, set(), {}, []),
}


@pytest.mark.parametrize("name", QUANTUM_DESIGN)
def test_quantum_design(real_data, name):
    rows, columns, choices, pieces = QUANTUM_DESIGN[name]
    data = fk.load(real_data / "formats" / name)
    assert data.source.loader == "quantum_design" and len(data) == rows
    assert columns <= {one for one in data.columns if np.isfinite(data[one]).all()}
    assert {one: len(titles) for one, titles in data.choices.items()} == choices
    assert [(one.kind, one.moving, one.start, one.stop) for one in segments(data)] == pieces
    text = str(fk.look(data))
    assert f"{rows} rows" in text
    for chosen in data.choices:
        one = fk.load(real_data / "formats" / name, column={chosen: data.choices[chosen][0]})
        assert np.isfinite(one[chosen]).all() and len(one) > 0


def test_every_quantum_design_file_is_in_the_table(real_data):
    assert {path.name for path in (real_data / "formats").glob("qd_*")} == set(QUANTUM_DESIGN)


# file -> how it is loaded, loader, rows, units of the quantities, segments
_SWEEP = "sweep"
OTHERS = {
    "lakeshore_vsm.csv": ({}, "lake_shore", 802, {"time": "s", "field": "T", "moment": "emu"}, [(_SWEEP, "field", 0, 402), (_SWEEP, "field", 402, 802)]),
    "multi_time_column.lvm": ({}, "labview_lvm", 3, {"time": "s", "voltage": "V"}, [("ramp", "voltage", 0, 3)]),
    "no_decimal_separator.lvm": ({}, "labview_lvm", 4, {"time": "s"}, [("hold", None, 0, 4)]),
    "short.lvm": ({}, "labview_lvm", 10, {"time": "s"}, [("hold", None, 0, 10)]),
    "with_comments.lvm": ({}, "labview_lvm", 9, {"time": "s", "volume": "ml"}, [("hold", None, 0, 9)]),
    "with_empty_fields.lvm": ({"columns": {"time": ("X_Value", "s"), "voltage": ("Dev0/Ai0", "V")}}, "labview_lvm", 7, {"time": "s", "voltage": "V"}, [("hold", None, 0, 6), ("ramp", "voltage", 6, 7)]),
    "ni.tdms": ({"columns": {"voltage": ("Voltage", "V"), "current": ("Current", "A")}}, "ni_tdms", 906, {"current": "A", "voltage": "V"}, None),
    "tdi_format.txt": ({"columns": {"temperature": ("Temperature", "K"), "resistance": ("Resistance", "ohm")}}, "leeds_tdi", 1676, {"temperature": "K", "resistance": "ohm"}, None),
    "tdi_rows_without_units.txt": ({"columns": {"voltage": ("Voltage", "V"), "current": ("Current", "A")}}, "leeds_tdi", 10, {"voltage": "V", "current": "A"}, None),
    "vsm_fld_three_dashes_missing.fld": ({}, "titled_columns", 498, {"time": "s", "field": "T", "moment": "emu", "magnetization": "emu/cm^3", "mass_magnetization": "emu/g", "temperature": "K"},
                                         [(_SWEEP, "field", 0, 101), (_SWEEP, "field", 101, 300), (_SWEEP, "field", 300, 498)]),
}


@pytest.mark.parametrize("name", OTHERS)
def test_other_formats(real_data, name):
    how, loader, rows, units, pieces = OTHERS[name]
    data = fk.load(real_data / "formats" / name, **how)
    assert (data.source.loader, len(data), dict(data.units)) == (loader, rows, units)
    assert all(np.isfinite(data[one]).any() for one in data.columns) or rows == 0
    if pieces is not None:
        assert [(one.kind, one.moving, one.start, one.stop) for one in segments(data)] == pieces
    assert f"{rows} rows" in str(fk.look(data))


def test_every_file_of_the_folder_is_in_a_table(real_data):
    assert {path.name for path in (real_data / "formats").iterdir()} == {*QUANTUM_DESIGN, *OTHERS}


# what the caller has to be told where a file says nothing of it
SILENT = {
    "formats/ni.tdms": r"columns=\{'voltage': \('Voltage', 'UNIT'\), 'current': \('Current', 'UNIT'\), 'resistance': \('Resistance', 'UNIT'\)\}",
    "formats/tdi_format.txt": r"columns=\{'temperature': \('Temperature', 'UNIT'\), 'resistance': \('Resistance', 'UNIT'\)\}",
    "formats/tdi_rows_without_units.txt": r"no unit [^$]*'voltage': \('Voltage', 'UNIT'\)",
    "vi/ybco_bridge/S088_U(I)_B7_6mA.txt": r"columns=\{'QUANTITY 0': \(0, 'UNIT'\), 'QUANTITY 1': \(1, 'UNIT'\)\}",
    "magnetoresistance/graphene_wse2/Data_array.txt": r"\(1, 'UNIT'\)\}, transpose=True\)   each of the 2 lines is a column",
    **{f"magnetoresistance/graphene_wse2/W5_10nA_-2Vbg_{temperature}_39-38.txt": r"array=\('resistance', 'ohm'\), axes=[^$]*down the 3[01] lines, the second along the 251 numbers"
       for temperature in ("baseT", "300mK", "500mK", "700mK", "900mK")},
}


@pytest.mark.parametrize("name", SILENT)
def test_a_file_without_units_or_axes_says_what_to_give(real_data, name):
    with pytest.raises(fk.FitkitError, match=SILENT[name]):
        fk.load(real_data / name)


def test_every_measured_file_loads_or_says_what_to_give(real_data):
    texts = {"README.md", "LICENSE", "ORIGIN_README.md"}
    paths = [path for path in real_data.rglob("*") if path.is_file() and path.name not in texts]
    refused = set()
    for path in paths:
        try:
            data = fk.load(path)
            assert data.columns and data.source.size == path.stat().st_size
        except fk.FitkitError:
            refused.add(path.relative_to(real_data).as_posix())
    assert len(paths) > 60 and refused == set(SILENT)


def test_lvm_against_its_own_reader(real_data):
    """Values as lvm_read makes them of the text alone."""
    lvm_read = pytest.importorskip("lvm_read")
    for path in (real_data / "formats").glob("*.lvm"):
        theirs = lvm_read.read_str(path.read_bytes().decode("utf-8", errors="replace"))[0]
        data = fk.load(path)
        for place, name in enumerate(theirs["Channel names"]):
            if name in data.vendor and name != "X_Value" and place < theirs["data"].shape[1]:
                np.testing.assert_array_equal(data[name], theirs["data"][:, place], err_msg=f"{path.name} {name}")
    assert fk.load(real_data / "formats" / "short.lvm")["time"][1] == 3.906250e-5
    assert [note.text for note in fk.load(real_data / "formats" / "with_comments.lvm").notes].count("LOST COMMUNICATION") == 3


def test_tdms_against_its_own_reader(real_data):
    nptdms = pytest.importorskip("nptdms")
    channel = nptdms.TdmsFile.read(real_data / "formats" / "ni.tdms").groups()[0]["Voltage"]
    data = fk.load(real_data / "formats" / "ni.tdms", columns={"voltage": ("Voltage", "V")})
    np.testing.assert_array_equal(data["voltage"], channel[:])


def test_ragged_bridges_and_eto(real_data):
    bridge = fk.load(real_data / "formats" / "qd_ppms_resistivity_ragged.dat", column={"resistance": "Bridge 2 Resistance (Ohms)"})
    assert len(bridge) == 3026 and bridge["resistance"].min() == pytest.approx(5.9986282157898)
    assert [round(value) for value, _ in groups(bridge, "field")] == [1, 2, 3, 4, 5, 6]
    channel = fk.load(real_data / "formats" / "qd_ppms_eto.dat", column={"resistance": "Resistance Ch1 (Ohms)"})
    assert len(channel) == 23 and list(channel.history[0].found["dropped"].values()) == [58]
    assert fk.load(real_data / "formats" / "qd_ppms_eto.dat", column={"resistance": "Resistance Ch1 (Ohms)"}, errors="file")["resistance_err"].min() > 0


# -- relaxation -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name, rows, start", [("MFn1_VRMac_33K_3000s_VRMde_35K", 861, 4), ("MFn1_VRMac_34K_12000s", 843, 0), ("MFn1_VRMac_35K_12000s_VRMde_35K", 851, 0),
                                               ("MFn1_VRMac_36K_6000s", 422, 0), ("TC04-12-01K_VRMac_53K_12000s", 844, 0), ("TC04-12-01K_VRMac_55K_12000s", 848, 0)])
def test_viscous_remanence(real_data, name, rows, start):
    data = fk.load(real_data / "relaxation" / "viscous_remanence" / f"{name}.dc.dat")
    assert len(data) == rows and data.units["moment"] == "emu" and data.units["time"] == "s"
    assert data.meta["sample"] in ("MFn1", "TC04-12-01K", "TC04") and "length" not in data.meta and "LENGTH 1.000" in data.notes[0].text
    holds = [one for one in segments(data) if one.kind == "hold"]
    assert len(holds) == 1 and (holds[0].start, holds[0].stop) == (start, rows)
    with pytest.raises(fk.FitkitError, match="zero or empty"):
        fk.load(real_data / "relaxation" / "viscous_remanence" / f"{name}.dc.dat", errors="file")


def test_loop_tail(real_data):
    data = fk.load(real_data / "relaxation" / "loop_tail" / "QD-PPMS2.dat")
    found = segments(data)
    assert len(data) == 1410 and (found[-1].kind, found[-1].start, found[-1].stop) == ("hold", 750, 1410)
    assert [one.direction for one in found if one.kind == "sweep"] == [1, -1, 1, -1]


# -- voltage and current ----------------------------------------------------------------------------------------------
TAPE = {"current": ("Current / A", "A"), "voltage": ("V1  -sample/ uV", "uV"), "time": ("time/s", "s")}


def test_rebco_tape(real_data):
    runs = fk.load_all(str(real_data / "vi" / "rebco_tape" / "*.txt"), columns=TAPE, tap_distance="12.89 mm", temperature="77 K")
    rows = {run.name: len(run) for run in runs}
    assert rows == {"real_deal_0_0deg": 2218, "real_deal_0_90deg": 2421, "real_deal_0point15_0deg": 1424, "real_deal_0point15_90deg": 2138,
                    "real_deal_0point3_0deg": 1114, "real_deal_0point3_90deg": 1694, "real_deal_0point45_0deg": 1035, "real_deal_0point6_0deg": 919,
                    "real_deal_0point6_90deg": 1254, "real_deal_0point7_0deg": 878}
    for run in runs:
        hold, sweep = segments(run)
        assert hold.kind == "hold" and hold.values["current"] == pytest.approx(-0.017, abs=0.002)
        assert (sweep.moving, sweep.direction) == ("current", 1)
    by_itself = fk.load(real_data / "vi" / "rebco_tape" / "real_deal_0_90deg.txt")
    assert by_itself["voltage"].tolist() == runs[1]["voltage"].tolist() and by_itself.meta["angle"].value == 90 and by_itself.meta["sample"] == "2mm tape"


def test_wires_with_header_lines_ended_by_a_lone_cr(real_data):
    paths = sorted((real_data / "vi" / "wire_6to18T").glob("s*/*.dat"))
    runs = fk.load_all(paths, columns={"current": ("Current", "A"), "voltage": ("Voltage", "uV")}, name_pattern="{sample}_{applied_field:T}T_{run}.dat".replace("T}T", "T}"))
    assert len(runs) == 22 and len({run.name for run in runs}) == 22
    assert {run.si("applied_field") for run in runs} == set(map(float, range(6, 19))) and {run.meta["sample"] for run in runs} == {"01", "04"}
    first = runs[0]
    assert len(first) == 353 and first["current"][0] == -0.024 and first["voltage"][0] == pytest.approx(-0.846e-6)
    assert [(one.kind, one.direction) for one in segments(first)] == [("hold", 0), ("sweep", 1), ("ramp", -1)]


def test_ybco_bridge(real_data):
    path, = (real_data / "vi" / "ybco_bridge").glob("*.txt")
    data = fk.load(path, columns={"current": (0, "A"), "voltage": (1, "mV")})
    assert len(data) == 436
    assert [one.direction for one in segments(data) if one.kind == "sweep"] == [1, -1, 1]


# -- magnetoresistance ------------------------------------------------------------------------------------------------
def test_in2se3(real_data):
    columns = {"field": ("Magnetic Field (T)", "T"), "resistance": ("Resistance 1 (Ohms)", "ohm"), "temperature": ("Temperature (K)", "K")}
    cold, warm = fk.load_all(str(real_data / "magnetoresistance" / "in2se3_fet" / "*.txt"), columns=columns, length="2 um", width="3.5 um")
    assert len(warm) == 361 and len(cold) > 717
    assert [one.direction for one in segments(warm)] == [1]
    # rows without a gate voltage are left out and named where the gate is a column
    by_itself = fk.load_all(str(real_data / "magnetoresistance" / "in2se3_fet" / "*.txt"))
    assert [len(one) for one in by_itself] == [len(cold) - 5, 359] and {one.source.loader for one in by_itself} == {"labview_text"}
    assert set(by_itself[0].columns) == {"time", "field", "voltage", "current", "resistance", "gate", "temperature"}


@pytest.mark.parametrize("temperature, gates", [("baseT", 31), ("300mK", 30), ("500mK", 30), ("700mK", 30), ("900mK", 30)])
def test_graphene_maps(real_data, temperature, gates):
    path = real_data / "magnetoresistance" / "graphene_wse2" / f"W5_10nA_-2Vbg_{temperature}_39-38.txt"
    data = fk.load(path, array=("resistance", "ohm", 1e8), axes={"gate": (-1.74, -0.02, "V"), "field": (-25, 0.2, "mT")})
    assert len(data) == gates * 251 and data["field"][250] == pytest.approx(0.025)
    found = segments(data)
    assert len(found) == gates and all(len(one) == 251 and one.moving == "field" for one in found)
    assert len(groups(data, "gate")) == gates
    frozen = [note.text for note in data.notes if "frozen" in note.text]
    assert [text.split(" (")[0] for text in frozen] == (["gate = -1.96 V"] if temperature == "baseT" else [])


def test_graphene_curves_written_as_two_lines(real_data):
    path = real_data / "magnetoresistance" / "graphene_wse2" / "Data_array.txt"
    data = fk.load(path, columns={"field": (0, "mT"), "delta_conductance": (1, "e^2/h")}, transpose=True)
    assert len(data) == 480
    assert [(one.start, one.stop) for one in segments(data)] == [(0, 120), (120, 240), (240, 360), (360, 480)]
