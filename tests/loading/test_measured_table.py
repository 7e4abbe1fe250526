"""Every measured file: how it is loaded, how many rows, which columns in which units, which segments.

The table stands in measured_files.tsv, a line for each file; `python tests/loading/test_measured_table.py` writes it again.
"""

import sys
from pathlib import Path

import pytest

import fitkit as fk
from fitkit.segments import segments

TABLE = Path(__file__).with_name("measured_files.tsv")
NO_DATA = ("README.md", "LICENSE", "ORIGIN_README.md")
MOST_SEGMENTS = 12

# what files without units or axes are given, by the beginning of their path
GIVEN = {
    "formats/ni.tdms": {"columns": {"voltage": ("Voltage", "V"), "current": ("Current", "A"), "resistance": ("Resistance", "ohm")}},
    "formats/tdi_format.txt": {"columns": {"temperature": ("Temperature", "K"), "resistance": ("Resistance", "ohm")}},
    "formats/tdi_rows_without_units.txt": {"columns": {"voltage": ("Voltage", "V"), "current": ("Current", "A"), "resistance": ("Resistance", "ohm")}},
    "vi/ybco_bridge": {"columns": {"current": (0, "A"), "voltage": (1, "mV")}},
    "magnetoresistance/graphene_wse2/Data_array": {"columns": {"field": (0, "mT"), "delta_conductance": (1, "e^2/h")}, "transpose": True},
    "magnetoresistance/graphene_wse2/W5": {"array": ("resistance", "ohm", 1e8), "axes": {"gate": (-1.74, -0.02, "V"), "field": (-25, 0.2, "mT")}},
}


def line_of(folder: Path, name: str) -> str:
    """The line of the table for one file."""
    options = next((given for start, given in GIVEN.items() if name.startswith(start)), {})
    data = fk.load(folder / name, **options)
    columns = ", ".join(f"{column} {unit or '1'}" for column, unit in data.units.items())
    choices = ", ".join(f"{column}: {len(titles)} to choose from" for column, titles in data.choices.items())
    found = [f"{one.kind} {one.moving or ''} {one.start}-{one.stop}".replace("  ", " ") for one in segments(data)]
    listed = "; ".join(found[:MOST_SEGMENTS]) + (f"; {len(found)} in all" if len(found) > MOST_SEGMENTS else "")
    return "\t".join((name, data.source.loader, "by itself" if not options else "given " + ", ".join(options), str(len(data)), "; ".join(filter(None, (columns, choices))), listed))


def names_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.name not in NO_DATA)


ROWS = [line.split("\t") for line in TABLE.read_text(encoding="utf-8").splitlines()[1:]] if TABLE.exists() else []


@pytest.mark.real
@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_measured_file(real_data, row):
    assert line_of(real_data, row[0]).split("\t") == row


@pytest.mark.real
def test_every_measured_file_is_in_the_table(real_data):
    assert names_in(real_data) == [row[0] for row in ROWS]


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    lines = ["file\tloader\thow\trows\tcolumns\tsegments", *(line_of(folder, name) for name in names_in(folder))]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
