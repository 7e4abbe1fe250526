"""Units: exact factors, the spellings that instruments use, errors for what is no unit."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fitkit.constants import G0, e, h
from fitkit.errors import FitkitError
from fitkit.units import convert, parse_quantity, parse_unit, same_dimension


@pytest.mark.parametrize("text, factor", [
    ("uV/cm", 1e-4), ("\u00b5V/cm", 1e-4), ("\u03bcV", 1e-6), ("nV", 1e-9), ("mT", 1e-3), ("Oe", 1e-4), ("kOe", 0.1), ("G", 1e-4), ("emu", 1e-3),
    ("emu/cm3", 1e3), ("emu/cm^3", 1e3), ("emu/g", 1.0), ("A m2/kg", 1.0), ("A m^2", 1.0), ("mm3", 1e-9), ("cm2/s", 1e-4), ("cm^2/(V s)", 1e-4),
    ("ohm", 1.0), ("Ohms", 1.0), ("k\u03a9", 1e3), ("m\u2126", 1e-3), ("ohm/sq", 1.0), ("S", 1.0), ("S/sq", 1.0), ("%", 0.01), ("", 1.0), ("1", 1.0),
    ("min", 60.0), ("h", 3600.0), ("sec", 1.0), ("us", 1e-6), ("1/cm2", 1e4), ("meV", 1.602176634e-22), ("e^2/h", e**2 / h), ("e2/h", e**2 / h),
    ("e\u00b2/h", e**2 / h), ("G0", G0), ("(e^2/h)/T^2", e**2 / h), ("deg", math.pi / 180), ("grams", 1e-3), ("Torr", 101325 / 760), ("m_e", 9.1093837015e-31),
])
def test_factor_is_the_nearest_double(text, factor):
    assert parse_unit(text).factor == pytest.approx(factor, rel=2e-16, abs=0)


def test_the_factor_of_the_criterion_is_exact():
    assert parse_unit("uV/cm").factor == 1e-4  # a product of floats gives 9.999999999999999e-05


@pytest.mark.parametrize("text", ["furlong", "07/01/2025", "m2/V s", "mm)", "10^-3 T", "T T2 x", "ohm/", "K$"])
def test_no_unit(text):
    with pytest.raises(FitkitError):
        parse_unit(text)


def test_dimensions():
    assert not same_dimension("ohm", "ohm/sq") and same_dimension("S", "S/sq") and same_dimension("emu/cm3", "A/m") and same_dimension("Oe", "T")
    assert not same_dimension("%", "T") and same_dimension("%", "") and same_dimension("J", "meV") and same_dimension("e^2/h", "G0")


def test_degrees_celsius_are_affine():
    assert convert(20.0, "degC", "K") == pytest.approx(293.15) and convert(4.2, "K", "degC") == pytest.approx(-268.95)
    with pytest.raises(FitkitError, match="different things"):
        convert(1.0, "degC", "T")


@pytest.mark.parametrize("text, found", [("4.2K", (4.2, "K")), ("4.2 K", (4.2, "K")), (" 1e-6 s ", (1e-6, "s")), ("-0.5", (-0.5, "")), ("1us", (1.0, "us")),
                                         ("1 e^2/h", (1.0, "e^2/h")), ("0.5 uV/cm", (0.5, "uV/cm")), (".5mm", (0.5, "mm"))])
def test_quantities(text, found):
    assert parse_quantity(text) == found


@pytest.mark.parametrize("text", ["07/01/2025", "K", "4.2 furlong", "", "nan K", "12:30", "1.2.3"])
def test_no_quantity(text):
    with pytest.raises(FitkitError, match="expected a number"):
        parse_quantity(text)


@given(st.text(max_size=12))
def test_any_text_gives_a_unit_or_the_one_error(text):
    for read in (parse_unit, parse_quantity):
        try:
            read(text)
        except FitkitError:
            pass


@given(st.floats(1e-12, 1e12), st.sampled_from(["mT", "Oe", "kOe", "G", "T"]), st.sampled_from(["mT", "Oe", "T"]))
def test_conversion_round_trip(value, first, second):
    assert convert(convert(value, first, second), second, first) == pytest.approx(value, rel=4e-16)


@pytest.mark.parametrize("written, same", [
    ("Am2", "A m2"), ("Am\u00b2", "A m2"), ("Am^2", "A m2"), ("A.m2", "A m2"), ("mAm2", "emu"), ("A.m2/kg", "A m2/kg"), ("emu.cm-3", "emu/cm3"), ("ampere", "A"), ("Amperes", "A"),
    ("Volt", "V"), ("volt", "V"), ("microvolt", "uV"), ("Microvolts", "uV"), ("milliTesla", "mT"), ("kiloOersted", "kOe"), ("kilohm", "kohm"), ("megaohm", "Mohm"), ("nanovolt/cm", "nV/cm")])
def test_units_written_out_or_in_one_word(written, same):
    assert (parse_unit(written).factor, parse_unit(written).dimension) == (pytest.approx(parse_unit(same).factor, rel=1e-15), parse_unit(same).dimension)


@pytest.mark.parametrize("wrong", ["A.", ".A", "micro", "kAm", "Am22", "Pam2", "microm2x"])
def test_words_that_are_no_units(wrong):
    with pytest.raises(FitkitError):
        parse_unit(wrong)
