"""window, where, drop_nonfinite, drop_rows, with_column."""

from dataclasses import replace

import numpy as np
import pytest

from fitkit.data import Note, dataset
from fitkit.errors import FitkitError
from fitkit.prepare import Condition, drop_nonfinite, drop_rows, parse_where, where, window, with_column


@pytest.fixture
def data():
    return dataset(time=(np.arange(10.0), "min"), field=(np.linspace(-900, 900, 10), "mT"), temperature=(np.linspace(1, 10, 10), "K"), name="run")


def test_bounds_are_in_the_unit_people_read(data):
    assert window(data, "time", 2, 4).values("time").tolist() == [2, 3, 4]
    assert window(data, "time", "120 s", "240 s").values("time").tolist() == [2, 3, 4]
    assert len(window(data, "field", low=0)) == 5
    assert len(window(data, "field", high="-0.5 T")) == 3
    assert len(window(data, "field", high="-300 Oe")) == 5
    assert window(data, "time", 2, 4).history[-1].found == {"rows": 3, "dropped": 7}


def test_rows_carry_their_notes(data):
    data = replace(data, notes=(Note(1, None, "file"), Note(5, 3, "row 3"), Note(9, 7, "row 7")))
    assert window(data, "time", 2, 4).notes == (Note(1, None, "file"), Note(5, 1, "row 3"))


def test_window_reads_a_column_of_the_file():
    data = replace(dataset(time=(np.arange(4.0), "s")), vendor={"Pressure (mbar)": (np.array([1.0, 2, 3, 4]), "mbar"), "Odd": (np.arange(4.0), "??")})
    assert len(window(data, "Pressure (mbar)", "2e-3 bar", 3)) == 2
    assert len(where(data, "Odd >= 2")) == 2


@pytest.mark.parametrize("arguments, words", [
    (dict(over="field", low="3 K"), "wanted a quantity in units of"), (dict(over="moment"), "no column 'moment'"),
    (dict(over="field", low=5000), "no row left of 10"), (dict(over="field", low="many"), "found 'many'")])
def test_window_refuses(data, arguments, words):
    with pytest.raises(FitkitError, match=words):
        window(data, **arguments)


def test_where_is_parsed():
    assert parse_where("abs(field) < 0.5 T and temperature >= 2 K") == (
        Condition("field", "<", "0.5 T", True), Condition("temperature", ">=", "2 K", False))
    assert parse_where("|field| <= 3 mT") == (Condition("field", "<=", "3 mT", True),)


def test_where(data):
    made = where(data, "abs(field) < 0.5 T and temperature > 5 K")
    np.testing.assert_allclose(made.values("field"), [100, 300])
    assert len(where(data, "field > -1e2 mT")) == 5


@pytest.mark.parametrize("text", ["field", "field < ", "field == 3 T", "1 < field < 2", "__import__('os')", "field < 3 T or time > 2 s", "", "field < 3"])
def test_where_refuses_what_is_no_comparison(data, text):
    with pytest.raises(FitkitError):
        where(data, text)


def test_missing_numbers_never_hold():
    data = dataset(time=([0.0, 1, 2], "s"), field=([1.0, np.nan, 3.0], "T"))
    assert where(data, "field < 10 T")["time"].tolist() == [0, 2]
    assert window(data, "field")["time"].tolist() == [0, 2]
    made = drop_nonfinite(data)
    assert len(made) == 2 and made.history[-1].found["dropped"] == 1
    assert len(drop_nonfinite(data, ["time"])) == 3


def test_an_empty_column_drops_nothing():
    data = dataset(time=([0.0, 1], "s"), moment=([np.nan, np.nan], "emu"))
    assert len(drop_nonfinite(data)) == 2


def test_by_hand(data):
    assert drop_rows(data, [0, -1], "spikes").values("time").tolist() == list(range(1, 9))
    made = with_column(data, "moment", np.arange(10), "emu", "background subtracted")
    assert made["moment"][3] == pytest.approx(3e-3, rel=1e-15)
    assert made.history[-1].arguments["note"] == "background subtracted"


@pytest.mark.parametrize("call, words", [
    (lambda d: drop_rows(d, [0], " "), "say why"), (lambda d: drop_rows(d, [10], "spike"), "0 to 9"), (lambda d: drop_rows(d, [0.5], "spike"), "whole numbers"),
    (lambda d: with_column(d, "moment", [1, 2], "emu", "x"), "wants 10 numbers"), (lambda d: with_column(d, "moment", np.ones(10), "K", "x"), "like 'A m2'"),
    (lambda d: with_column(d, "moment", np.ones(10), "emu", ""), "say how")])
def test_by_hand_refuses(data, call, words):
    with pytest.raises(FitkitError, match=words):
        call(data)
