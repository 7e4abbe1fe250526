"""What can happen to a file: bytes flipped, lines cut, columns swapped, encodings, huge numbers, nested quotes."""

from __future__ import annotations

import numpy as np

_HUGE = (b"1e400", b"-1e999", b"9" * 400, b"1e-400", b"0x1F", b"1_000", b"inf", b"-Infinity", b"NaN", b"1,5", b"1.2.3", b"--3", b"+", b"1e", b"\xb5", b"\xd9\xa1\xd9\xa2",
         b"True", b"=1+1", b"__import__('os')", b"../../etc/passwd", b"$(id)", b"{0}", b"%s%n", b"2026-01-01", b"4.2 K", b"-0", b"1D5", b"1e+0005", b"''", b'"')
_WORDS = (b"[Data]", b"[Header]", b"Header length = 3", b"Header length = 99999999", b"***End_of_Header***", b"##DATA TABLE", b"# temperature = 4.2", b"# temperature = 0 K", b"# field = x T",
          b"Time,Comment,Field (Oe)", b"field [mT], resistance [ohm]", b"LabVIEW Measurement", b"TDI Format 1.5\tB (T)", b"X_Value\tfield (mT)", b"Channels\t1000000000",
          b"INFO,,,,", b"INFO,1", b"\t\t\t\t", b";;;;;;", b"[[[[((((", b"))))]]]] (", b"x" * 3000, b"T / K / mK", b"a (", b"b )", b"()", b"[]", b"_err [K]", b"field_err [mT]", b"moment/emu/g")
_DELIMITERS = (b",", b";", b"\t", b" ", b"|")


def mutated(raw: bytes, rng: np.random.Generator) -> bytes:
    """The file after one to four accidents."""
    for _ in range(int(rng.integers(1, 5))):
        raw = _ACCIDENTS[int(rng.integers(len(_ACCIDENTS)))](raw, rng)
        if len(raw) > 200_000:
            raw = raw[:200_000]
    return raw


def _pick(rng, things):
    return things[int(rng.integers(len(things)))]


def _place(raw, rng):
    return int(rng.integers(len(raw) + 1))


def _flip(raw, rng):
    changed = bytearray(raw)
    for _ in range(int(rng.integers(1, 20))):
        if changed:
            changed[int(rng.integers(len(changed)))] = int(rng.integers(256))
    return bytes(changed)


def _flip_in_the_head(raw, rng):
    changed = bytearray(raw)
    for _ in range(int(rng.integers(1, 8))):
        if changed:
            changed[int(rng.integers(min(len(changed), 400)))] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _cut_end(raw, rng):
    return raw[:_place(raw, rng)]


def _cut_lines(raw, rng):
    lines = raw.split(b"\n")
    first = int(rng.integers(len(lines)))
    return b"\n".join(lines[:first] + lines[first + int(rng.integers(1, 10)):])


def _double_lines(raw, rng):
    lines = raw.split(b"\n")
    first = int(rng.integers(len(lines)))
    return b"\n".join(lines[:first] + lines[first:first + 3] * int(rng.integers(1, 5)) + lines[first:])


def _shuffle_lines(raw, rng):
    lines = raw.split(b"\n")
    first = int(rng.integers(len(lines)))
    some = lines[first:first + 30]
    return b"\n".join(lines[:first] + [some[place] for place in rng.permutation(len(some))] + lines[first + 30:])


def _swap_columns(raw, rng):
    delimiter = _pick(rng, _DELIMITERS)
    one, other = rng.integers(0, 8, 2)
    lines = []
    for line in raw.split(b"\n"):
        cells = line.split(delimiter)
        if len(cells) > max(one, other):
            cells[one], cells[other] = cells[other], cells[one]
        lines.append(delimiter.join(cells))
    return b"\n".join(lines)


def _odd_cell(raw, rng):
    delimiter = _pick(rng, _DELIMITERS)
    lines = raw.split(b"\n")
    for _ in range(int(rng.integers(1, 6))):
        place = int(rng.integers(len(lines)))
        cells = lines[place].split(delimiter)
        cells[int(rng.integers(len(cells)))] = _pick(rng, _HUGE)
        lines[place] = delimiter.join(cells)
    return b"\n".join(lines)


def _odd_line(raw, rng):
    lines = raw.split(b"\n")
    lines.insert(int(rng.integers(len(lines) + 1)), _pick(rng, _WORDS))
    return b"\n".join(lines)


def _quotes(raw, rng):
    place = _place(raw, rng)
    return raw[:place] + _pick(rng, (b'"', b'""', b'"\'"', b'"a,b""c"', b"\\\"", b'"\n"')) * int(rng.integers(1, 40)) + raw[place:]


def _other_delimiter(raw, rng):
    return raw.replace(_pick(rng, _DELIMITERS), _pick(rng, (*_DELIMITERS, b"")))


def _other_ends(raw, rng):
    return raw.replace(b"\r\n", b"\n").replace(b"\n", _pick(rng, (b"\r\n", b"\r", b"\n\n", b"\r\r\n", b"\n\r", b"\x0b", b"\xe2\x80\xa8")))


def _encoding(raw, rng):
    text = raw.decode("latin-1")
    return text.encode(_pick(rng, ("utf-16", "utf-16-le", "utf-8-sig", "utf-7", "utf-32", "utf-8", "cp1252")), errors="replace")


def _rubbish(raw, rng):
    place = _place(raw, rng)
    return raw[:place] + rng.bytes(int(rng.integers(1, 300))) + raw[place:]


def _zeros(raw, rng):
    place = _place(raw, rng)
    return raw[:place] + bytes(int(rng.integers(1, 64))) + raw[place:]


def _long_line(raw, rng):
    place = _place(raw, rng)
    return raw[:place] + _pick(rng, (b"1", b",", b"1,", b"[", b"(", b" ", b"#", b"-", b"1e", b"m", b"\t", b"/")) * int(rng.integers(100, 20_000)) + raw[place:]


def _big_length(raw, rng):
    """Four or eight bytes of a binary header become a very large number."""
    place = int(rng.integers(max(len(raw) - 8, 1)))
    number = int(_pick(rng, (2**31 - 1, 2**32 - 1, 2**40, 2**63 - 1, 0, 1))) & (2**64 - 1)
    size = int(_pick(rng, (4, 8)))
    return raw[:place] + (number & (2 ** (8 * size) - 1)).to_bytes(size, "little") + raw[place + size:]


_ACCIDENTS = (_flip, _flip_in_the_head, _cut_end, _cut_lines, _double_lines, _shuffle_lines, _swap_columns, _odd_cell, _odd_cell, _odd_line, _odd_line, _quotes, _other_delimiter,
              _other_ends, _encoding, _rubbish, _zeros, _long_line, _big_length)
