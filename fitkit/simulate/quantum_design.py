"""Files in the form of Quantum Design instruments, with any columns and in the variants that labs hand on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from fitkit.errors import FitkitError

from .instrument import write_lines

HEADERS = ("full", "reversed", "none")


def write_quantum_design(path: str | Path, columns: Mapping[str, object], *, sample: str = "fitkit sample", header: str = "full", delimiter: str = ",",
                         newline: str = "\r\n", encoding: str = "utf-8", exponent_digits: int = 2, overwrite: bool = False) -> Path:
    r"""Write columns under the titles of a Quantum Design instrument, in full precision.

    Parameters
    ----------
    path : path
        File to write.
    columns : mapping
        Title such as "Magnetic Field (Oe)" -> values (n,) in that unit, or None for a column that stays empty.
    sample : str
        Name in the header.
    header : str
        "full": INFO,value,KEY as newer programs write it; "reversed": INFO,KEY,value; "none": titles alone.
    delimiter, newline, encoding : str
        "\t" is what a spreadsheet makes of a file, "\r" an old Macintosh, "cp1252" Windows.
    exponent_digits : int
        3 as C programs on Windows once printed exponents.
    overwrite : bool
        Replace a file that exists.

    Returns
    -------
    Path

    Raises
    ------
    FitkitError
        The file exists, columns differ in length, or the header is of no known kind.
    """
    if header not in HEADERS:
        raise FitkitError(f"{path}: header={header!r}: wanted one of {', '.join(HEADERS)}")
    filled = {title: np.asarray(values, float) for title, values in columns.items() if values is not None}
    lengths = {title: len(values) for title, values in filled.items()}
    if len(set(lengths.values())) != 1:
        raise FitkitError(f"{path}: columns of one length wanted, found {lengths}")
    lines = []
    if header != "none":
        infos = [("fitkit.simulate", "APPNAME"), (sample, "SAMPLE_MATERIAL"), ("1", "SAMPLE_MASS"), ("1.000", "SAMPLE_VOLUME")]
        lines = ["[Header]", delimiter.join(("TITLE", "simulated")), delimiter.join(("FILEOPENTIME", "0.00", "simulated"))]
        lines += [delimiter.join(("INFO", *(pair if header == "full" else pair[::-1]))) for pair in infos]
        lines += [delimiter.join(("DATATYPE", "COMMENT", "1")), "[Data]"]
    lines.append(delimiter.join(columns))
    cells = [[_number(value, exponent_digits) for value in filled[title]] if title in filled else [""] * next(iter(lengths.values())) for title in columns]
    lines += [delimiter.join(row) for row in zip(*cells)]
    return write_lines(path, lines, newline, overwrite, encoding)


def _number(value: float, exponent_digits: int) -> str:
    """The shortest text that is the same number."""
    mantissa, e, exponent = repr(float(value)).partition("e")
    return f"{mantissa}e{exponent[0]}{exponent[1:]:0>{exponent_digits}}" if e else mantissa
