"""Long files are read by pandas in pieces: the same as row by row, to the last bit and the last note."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import fitkit as fk
from fitkit.loaders import rows

CELLS = st.one_of(st.floats(allow_nan=False, allow_infinity=False).map(repr), st.integers(-10**20, 10**20).map(str),
                  st.sampled_from(["", " ", "1.5", " 2 ", "1e400", "1E-003", "1D5", "inf", "nan", "NaN", "OVLD", "True", "1_000", "0x1F", "+3", ".5", "5.", "1,5", "1.2.3",
                                   "123456789012345678901234567890.5", "0.1000000000000000055511151231257827", "9007199254740993", "µ", '"7"', '"1,5"', '"a ""b"" c"', ' "2" ', '"open', '5"', '""', "4369", "\x0b1", "٣"]))
ROW = st.one_of(st.lists(CELLS, min_size=1, max_size=6), st.just([]), st.sampled_from([["# a comment"], ["  # another, with a comma"], ["", "", "", ""], ["", "", "", "", "", "", ""], ['""', '""']]))
ENDS = st.sampled_from(["\n", "\r\n", "\n", "\r\n", "\r", "\n\n"])
TITLES = {"quantum_design": "Comment,Time Stamp (sec),Temperature (K),Moment (emu)", "labelled_csv": "time [s],temperature [K],moment [emu],x [mT]"}


def seen(path, **options):
    """Everything that a file gave, or the sentence that refused it."""
    try:
        data = fk.load(path, **options)
    except fk.FitkitError as error:
        return str(error)
    # zero is added because -0, which pandas takes for an integer, loses its sign
    return ({name: (values + 0.0).tobytes() for name, values in data.columns.items()}, {name: ((values + 0.0).tobytes(), unit) for name, (values, unit) in data.vendor.items()},
            data.notes, dict(data.choices), data.history[0].found)


@pytest.mark.parametrize("loader", TITLES)
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=st.lists(st.tuples(ROW, ENDS), max_size=25), last=st.booleans())
def test_pieces_are_the_same_as_rows(tmp_path, monkeypatch, loader, encoding, table, last):
    path = tmp_path / "run.dat"
    text = TITLES[loader] + "\n" + "".join(",".join(cells) + end for cells, end in table) + (",1,4.2,3e-5" if last else "")
    path.write_bytes(text.encode(encoding, errors="replace"))
    with monkeypatch.context() as patch:
        patch.setattr(rows, "LARGE", 10**12)
        one = seen(path)
    for piece in (40, 10**6):
        with monkeypatch.context() as patch:
            patch.setattr(rows, "LARGE", 0)
            patch.setattr(rows, "_PIECE", piece)
            assert seen(path) == one


def test_a_line_of_separators_alone_is_empty_under_any_delimiter(tmp_path, monkeypatch):
    path = tmp_path / "run.dat"
    path.write_text("time [s],temperature [K]\n0.0\n1.0\n\n,,,\n")
    one = seen(path)
    monkeypatch.setattr(rows, "LARGE", 0)
    assert seen(path) == one and len(fk.load(path)) == 2


def test_decimal_commas_in_pieces(tmp_path, monkeypatch):
    path = tmp_path / "run.csv"
    path.write_text("field [mT];resistance [ohm]\n" + "".join(f"{place},5;1000,{place:03d}\n" for place in range(200)) + "OVLD;1000,5\n")
    one = seen(path)
    monkeypatch.setattr(rows, "LARGE", 0)
    monkeypatch.setattr(rows, "_PIECE", 100)
    assert seen(path) == one and fk.load(path)["resistance"][7] == 1000.007
    path.write_text(path.read_text().replace("5,5;", "5.5;"))
    several = seen(path)
    monkeypatch.setattr(rows, "LARGE", 10**12)
    assert seen(path) == several  # a point somewhere: commas are no points


@pytest.mark.parametrize("delimiter", ["\t", ",", " "])
def test_long_plain_columns(tmp_path, monkeypatch, delimiter):
    """Neither the titles nor the numbers of a long file are looked for line by line."""
    path = tmp_path / "run.txt"
    text = f"programme\n\nfield{delimiter}resistance\n" + "".join(f"{place}{delimiter}{1000 + place / 7!r}\n" for place in range(30_000))
    path.write_text(text)
    one = fk.load(path, columns={"field": ("field", "mT"), "resistance": (1, "ohm")})
    monkeypatch.setattr(rows, "LARGE", 100_000)
    monkeypatch.setattr("fitkit.loaders.plain_columns.LARGE", 100_000)
    monkeypatch.setattr(rows, "_by_row", None)
    monkeypatch.setattr("fitkit.loaders.loader.File.lines", property(lambda file: file.__dict__.get("lines") or pytest.fail("all lines were read")))
    again = fk.load(path, columns={"field": ("field", "mT"), "resistance": (1, "ohm")})
    assert again["resistance"].tolist() == one["resistance"].tolist() and len(again) == 30_000


def test_a_file_long_enough_takes_the_way_of_pandas(tmp_path, monkeypatch):
    path = tmp_path / "run.dat"
    rng = np.random.default_rng(0)
    values = rng.normal(size=(60_000, 3))
    path.write_text("field [mT], moment [emu], time [s]\n" + "\n".join(",".join(map(repr, row)) for row in values.tolist()) + "\n")
    assert path.stat().st_size > 2 * rows.LARGE / 3
    monkeypatch.setattr(rows, "LARGE", 1_000_000)
    monkeypatch.setattr(rows, "_by_row", None)  # no row of it is read one by one
    data = fk.load(path)
    assert np.array_equal(np.column_stack([values for values, _ in data.vendor.values()]), values)
