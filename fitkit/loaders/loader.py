"""What a loader is: it looks at a file and answers yes, no or nearly; it reads the file into a Dataset."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from ..data import Dataset
from .text import encoding_of, looks_binary, split_lines

HEAD = 65536
LONGEST = 4_000_000


@dataclass(frozen=True)
class Answer:
    """Answer to "is this your format?": ``kind`` is ``"yes"``, ``"no"`` or ``"nearly"`` with the ``reason``."""

    kind: str
    reason: str = ""


YES, NO = Answer("yes"), Answer("no")


def nearly(reason: str) -> Answer:
    """The format, but for one thing; the reason says what is missing and what to type."""
    return Answer("nearly", reason)


@dataclass(frozen=True)
class File:
    """A file read once into memory: ``path`` as given, ``name`` (last part of the path), ``raw`` bytes."""

    path: str
    name: str
    raw: bytes

    @cached_property
    def sha256(self) -> str:
        """Checksum of the file's bytes."""
        return hashlib.sha256(self.raw).hexdigest()

    @cached_property
    def binary(self) -> bool:
        """Whether the first bytes cannot be text."""
        return looks_binary(self.raw[:HEAD])

    @cached_property
    def encoding(self) -> str:
        """The encoding of the text."""
        return encoding_of(self.raw)

    @cached_property
    def lines(self) -> list[str]:
        """All lines without their ends, whichever of CR, LF, CRLF ended them; line 1 is ``lines[0]``."""
        return split_lines(self.raw.decode(self.encoding, errors="replace"))

    @cached_property
    def head(self) -> list[str]:
        """The lines in the first 64 kB (of a wide table: the first three), for recognising; none where a line has more than 4 MB."""
        if len(self.raw) <= HEAD:
            return self.lines
        stop = 0
        for _ in range(3):
            stop = self.raw.find(b"\n", stop, LONGEST) + 1 or stop
        return split_lines(self.raw[:max(stop, HEAD)].decode(self.encoding, errors="replace"))[:-1 if stop <= HEAD else None]

    def beginning(self, lines: int | None = None) -> File:
        """The file as far as its head goes, or its first so many lines: enough to find titles in a long one."""
        short = replace(self)
        short.__dict__["lines"] = short.__dict__["head"] = self.head[:lines]
        return short

    def offset(self, line: int) -> int | None:
        """Byte at which a line of the head begins; None where bytes are not lines (UTF-16, a lone CR) or the head ends before it."""
        if self.encoding not in ("utf-8", "utf-8-sig", "cp1252") or line >= len(self.head):
            return None
        place = 0
        for _ in range(line):
            place = self.raw.find(b"\n", place) + 1
            if not place:
                return None
        return None if self.raw.count(b"\r", 0, place) != self.raw.count(b"\r\n", 0, place) else place


@dataclass(frozen=True)
class Options:
    """What the caller said about the file; see :func:`fitkit.load`."""

    column: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, Any] | None = None
    array: tuple | None = None
    axes: Mapping[str, Any] | None = None
    transpose: bool = False
    errors: str | None = None
    part: str | None = None


@dataclass(frozen=True)
class Loader:
    """One file format.

    Parameters
    ----------
    name
        Short name, what ``format=`` takes.
    meaning
        One line for people.
    recognise
        ``recognise(file) -> YES | NO | nearly(reason)``; it looks at ``file.head`` and changes nothing.
    read
        ``read(file, options) -> Dataset``; the name, the source and the first line of the history are added by ``load``.
        What it found (rows dropped...) it hands over in the ``found`` of one StepRecord named ``"load"``.
    binary
        The format is no text.
    takes_columns
        ``columns=`` (and ``array=``) of a file that it recognises are for it; without, such a file is read as plain columns.
    parts
        Its files may hold several tables, told apart by ``part=``.
    package
        The distribution that does the reading; its version goes into the source of the data.
    """

    name: str
    meaning: str
    recognise: Callable[[File], Answer]
    read: Callable[[File, Options], Dataset]
    binary: bool = False
    takes_columns: bool = False
    parts: bool = False
    package: str = ""
