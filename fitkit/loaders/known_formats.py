"""Formats that fitkit knows by sight and does not read: each is refused by its name, with what to do instead."""

from __future__ import annotations

from .loader import File

_EXPORT = "Export it as text with the program that wrote it"

# first bytes -> name, what to do
BINARY = (
    (b"\x89PNG", "a PNG picture", "The numbers behind it are wanted"),
    (b"\xff\xd8\xff", "a JPEG picture", "The numbers behind it are wanted"),
    (b"GIF8", "a GIF picture", "The numbers behind it are wanted"),
    (b"II*\0", "a TIFF picture", "The numbers behind it are wanted"),
    (b"%PDF", "a PDF document", "The numbers behind it are wanted"),
    (b"MATLAB 5.0", "a MATLAB .mat file", "Read it with scipy.io.loadmat and give the arrays to fk.dataset(...)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Origin file", "Save the sheet as CSV"),
    (b"CPYA", "an Origin project", _EXPORT),
    (b"\x1f\x8b", "a gzip archive", "Unpack it first"),
    (b"BZh", "a bzip2 archive", "Unpack it first"),
    (b"7z\xbc\xaf", "a 7-zip archive", "Unpack it first"),
    (b"SQLite format 3", "a SQLite database", "Read it with sqlite3 or pandas and give the arrays to fk.dataset(...)"),
)

# text in the first lines -> name
TEXT = (
    ("<!DOCTYPE svg", "an SVG picture"),
    ("<svg", "an SVG picture"),
    ("<!DOCTYPE html", "a web page"),
    ("<html", "a web page"),
    ("<?xml", "an XML file"),
)


def refused_binary(file: File) -> str | None:
    """The sentence for a file that is no text, or None."""
    head = file.raw[:4096]
    if head.startswith(b"PK\x03\x04"):
        return f"{file.path} is a zip archive, which fitkit does not read. Unpack it first"
    for signature, name, advice in BINARY:
        if head.startswith(signature):
            return f"{file.path} is {name}, which fitkit does not read. {advice}"
    if file.binary:
        return f"{file.path} is not text: its first bytes are {head[:8].hex(' ')}. fitkit reads text, and .tdms, HDF5, .xlsx and .npy. {_EXPORT}"
    return None


def named_text(file: File) -> str | None:
    """The name of a text format that is known and not read by itself, or None."""
    top = "\n".join(file.head[:4])
    if top.lstrip().startswith(("{", "[{")) and file.name.lower().endswith(".json"):
        return "a JSON file"
    return next((name for mark, name in TEXT if mark.lower() in top.lower()), None)
