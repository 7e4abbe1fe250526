"""Measured: value and error rounded together, conversion, intervals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitkit.errors import FitkitError
from fitkit.measured import Measured, MeasuredColumn, format_value, read_measured


@pytest.mark.parametrize("value, error, text", [
    (123.4, 0.5, "123.4(5)"), (123.456, 0.0123, "123.456(12)"), (150, 90, "150(90)"), (412, 3, "412(3)"), (0.0201, 0.0001, "0.02010(10)"),
    (1.2345e-5, 2e-8, "1.234(2)e-05"), (-12905, 100, "-12900(100)"), (45.5, 1.5, "45.5(1.5)"), (0, 0.1, "0.00(10)"), (99.97, 0.96, "100.0(10)"),
    (12345678, 1200, "1.23457(12)e+07"), (4.2, None, "4.2"), (1e-6, None, "1e-06"), (3, 12.3, "3(12)"),
])
def test_rounding(value, error, text):
    assert format_value(value, error) == text


@given(st.floats(-1e6, 1e6), st.floats(1e-9, 1e6))
def test_printed_numbers_hold_the_value(value, error):
    text = format_value(value, error)
    mantissa, exponent = (text.split("e") + ["0"])[:2]
    assert abs(float(mantissa.split("(")[0]) * 10.0 ** int(exponent) - value) <= 0.6 * max(error, 1e-12 * abs(value))


def test_verdicts_are_never_silent():
    assert str(Measured(150, 90, "nm", verdict="not determined")) == "150(90) nm NOT DETERMINED"
    assert str(Measured(20, None, "", verdict="limit", limit=">")) == ">20 LIMIT"
    assert str(Measured(1.0, 0.1, "K", verdict="ok")) == "1.00(10) K" and "(fixed)" in str(Measured(1.0, None, "", verdict="fixed"))
    assert not Measured(1, 1, verdict="ambiguous").determined and Measured(1, 1).determined


def test_conversion():
    energy = Measured(412.0, 3.0, "K")
    assert str(energy.to("meV")) == "35.5(3) meV" and energy.to("J").to("K").value == pytest.approx(412)
    assert Measured(300, 1, "K").to("degC").error == pytest.approx(1)
    with pytest.raises(FitkitError, match="different things"):
        energy.to("T")


def test_interval():
    assert Measured(10, 1, dof=math.inf).interval(0.95) == pytest.approx((10 - 1.959964, 10 + 1.959964))
    assert Measured(10, 1, dof=5).interval(0.95) == pytest.approx((10 - 2.570582, 10 + 2.570582))
    with pytest.raises(FitkitError, match="no symmetric error"):
        Measured(10, None, verdict="limit").interval()


def test_reading_what_people_give():
    assert read_measured("4.2 K", "K", "temperature").si == 4.2 and read_measured("300 mK", "K", "temperature").si == pytest.approx(0.3)
    assert read_measured((4.2, 0.1), "K", "temperature", bare=True).error == 0.1 and read_measured(5, "mm", "width", bare=True).unit == "mm"
    assert read_measured(5, "", "ratio").value == 5
    for wrong, text in [(4.2, "temperature='4.2 K'"), ((4.2, 0.1), "has no unit: write temperature='4.2 .- 0.1 K'"), ("4.2", "has no unit"), ("4 mm", "wanted a quantity in units of 'K'"), (None, "expected a number"), ("warm", "expected a number")]:
        with pytest.raises(FitkitError, match=text):
            read_measured(wrong, "K", "temperature")


def test_columns():
    column = MeasuredColumn([Measured(1, 0.1, "nm", verdict="ok"), Measured(2, None, "nm", verdict="limit")], ["a", "b"])
    assert np.array_equal(column.values, [1, 2]) and math.isnan(column.errors[1]) and column.verdicts == ("ok", "limit")
    assert column.to("m").values == pytest.approx([1e-9, 2e-9]) and len(column[:1]) == 1 and "a:  1.00(10) nm" in repr(column)
