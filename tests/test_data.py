"""Dataset: SI inside, read-only, messages that say what to type."""

import pickle

import numpy as np
import pandas
import pytest

import fitkit as fk
from fitkit.data import Note


def simple(**more):
    return fk.dataset(field=([-1, 0, 1.0], "kOe"), resistance=([101, 100, 101.0], "ohm"), temperature="4.2 K", name="film", **more)


def test_si_inside_and_units_as_read():
    data = simple()
    assert data["field"] == pytest.approx([-0.1, 0, 0.1]) and data.units["field"] == "T" and len(data) == 3
    assert data.values("resistance", "kohm") == pytest.approx([0.101, 0.1, 0.101]) and data.si("temperature") == 4.2
    assert "1 Oe = 0.1 mT" in str(data.history[0].found)
    assert fk.dataset(field=([1.0, 2], "A/m"), moment=([1.0, 2], "emu"))["field"][0] == pytest.approx(1.25663706e-6)


def test_frozen():
    data = simple()
    with pytest.raises(ValueError):
        data["field"][0] = 1
    with pytest.raises(TypeError):
        data.columns["field"] = 1
    with pytest.raises(AttributeError):
        data.name = "x"
    source = np.array([1.0, 2.0])
    made = fk.dataset(time=(source, "s"), moment=(source, "emu"))
    source[0] = 7
    assert made["time"][0] == 1.0


def test_input_types():
    for values in ([1, 2, 3], np.arange(3, dtype=np.int32), np.arange(3, dtype=np.float32), pandas.Series([1.0, 2, 3])):
        assert fk.dataset(time=(values, "s"))["time"].dtype == np.float64
    for values in (["a", "b"], [1j, 2], [None, 1.0]):
        with pytest.raises(fk.FitkitError, match="real numbers"):
            fk.dataset(time=(values, "s"))
    with pytest.raises(fk.FitkitError, match="shape"):
        fk.dataset(time=(np.ones((2, 2)), "s"))


@pytest.mark.parametrize("make, text", [
    (lambda: fk.dataset(field=[1.0, 2]), "no unit"),
    (lambda: fk.dataset(field=([1.0, 2], "ohm")), "wants a unit like 'T', found 'ohm'"),
    (lambda: fk.dataset(field=([1.0, 2], "mTT")), "unknown unit"),
    (lambda: fk.dataset(time=([1.0, 2], "s"), moment=([1.0], "emu")), "different length"),
    (lambda: fk.dataset(temperature=4.2), "write temperature='4.2 K'"),
    (lambda: fk.dataset(temperature="4.2 mm"), "wanted a quantity in units of 'K'"),
    (lambda: fk.dataset(pandas.DataFrame({"a": [1.0]})), "say what the columns are"),
    (lambda: fk.dataset(pandas.DataFrame({"a": [1.0]}), columns={"time": ("b", "s")}), "no column 'b'"),
    (lambda: simple()["moment"], "no column 'moment'"),
    (lambda: simple()["delta_conductance"], "magnetoconductance"),
    (lambda: simple().si("tap_distance"), "tap_distance=\"1 cm\""),
])
def test_messages(make, text):
    with pytest.raises(fk.FitkitError, match=text):
        make()


def test_dataframe_both_ways():
    frame = pandas.DataFrame({"B (mT)": [1.0, 2.0], "R": [3.0, 4.0]})
    data = fk.dataset(frame, columns={"field": ("B (mT)", "mT"), "resistance": ("R", "ohm")})
    assert data.to_dataframe().to_dict("list") == {"field (mT)": [1.0, 2.0], "resistance (ohm)": [3.0, 4.0]}


def test_rows_carry_their_notes():
    data = fk.Dataset(name="d", columns={"time": [1.0, 2, 3]}, notes=(Note(7, 2, "status"), Note(1, None, "head"), Note(5, 0, "first")))
    kept = data.select([False, True, True])
    assert [(note.line, note.row) for note in kept.notes] == [(7, 1), (1, None)] and list(kept["time"]) == [2, 3]


def test_metadata_conflicts_are_kept():
    data = simple().with_meta("file name", angle="90 deg").with_meta("user", angle="85 deg", operator="someone")
    assert data.meta["angle"].value == 85 and data.meta["angle (file name)"].value == 90 and data.meta["operator"] == "someone"


def test_pickle_and_html():
    data = pickle.loads(pickle.dumps(simple()))
    assert data["field"] == pytest.approx([-0.1, 0, 0.1]) and not data["field"].flags.writeable
    assert "film: 3 rows" in data._repr_html_()


def test_masked_numbers_are_missing():
    """What a masked array hides is no datum: 9e99 under the mask must not come out as a moment."""
    hidden = np.ma.array([3.0, 2.0, 9e99], mask=[0, 0, 1])
    data = fk.dataset(time=([1, 2, 3], "s"), moment=(hidden, "emu"))
    assert np.allclose(data["moment"], [3e-3, 2e-3, np.nan], equal_nan=True)
    whole = fk.dataset(field=(np.ma.array([1, 2], mask=[1, 0]), "T"))
    assert np.isnan(whole["field"][0]) and whole["field"][1] == 2
    assert np.isnan(fk.with_column(data, "resistance", hidden, "ohm", "by hand")["resistance"][2])
    maps = fk.dataset(resistance=(np.ma.array([[1.0, 2.0], [3.0, 9e99]], mask=[[0, 0], [0, 1]]), "ohm"), axes={"gate": (0, 1, "V"), "field": (0, 1, "mT")})
    assert np.array_equal(maps["resistance"], [1, 2, 3])
    assert np.isnan(fk.Dataset("by hand", {"moment": hidden})["moment"][2])


@pytest.mark.parametrize("name", ["thickness", "height", "width", "length", "diameter"])
def test_a_size_without_unit_is_no_film_and_no_crystal(name):
    for bare in (2, "2"):
        with pytest.raises(fk.FitkitError, match=f"write {name}='2 mm' .or um, nm, as it is meant."):
            simple(**{name: bare})
