r"""The plain-text equation of a law as lines of TeX that matplotlib's mathtext sets.

>>> typeset("U* = U0 g(T) + m kT", {"U0": "U_0"})
['U^{*} = U_0\\,g(T) + m\\,kT']
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_GREEK = ("alpha beta gamma delta eps zeta eta mu pi psi rho sigma tau phi omega Gamma Delta").split()
_SYMBOLS = {"hbar": r"\hbar", "eps": r"\varepsilon", "sigma": r"\sigma", "ln": r"\ln ", "exp": r"\exp ", "sinh": r"\sinh ", "lim": r"\lim ", "sqrt": r"\sqrt",
            "sign": r"\mathrm{sign}", "kT": "kT", "Ai": r"\mathrm{Ai}", "dIdt": "dI/dt"}
_SIGNS = {"+-": r"\pm ", "->": r"\to ", "<<": r"\ll ", ">>": r"\gg ", "~": r"\sim ", "*": r"^{*}", "{": r"\{", "}": r"\}", "…": r"\ldots "}
_TOKEN = re.compile(r"(?P<dimension>[123]D)|(?P<word>[A-Za-z]+[0-9]*(?:_(?:\+-|[+-]|[A-Za-z0-9]+))*(?:_[A-Za-z0-9]+)*'?)|(?P<number>[0-9.]+)|(?P<sign>\+-|->|<<|>>)|(?P<space> +)|(?P<other>.)")
_PROSE = frozenset("a after and at before change cubic denominator falling field for in is its law limit minus of on one over plain rising roots series the to "
                   "offset with where else above below".split())


def _subscript(text: str) -> str:
    if text in _GREEK:
        return "\\" + ("varphi" if text == "phi" else text)
    return text.replace("+-", r"\pm") if len(text) < 2 or not text.isalpha() else rf"\mathrm{{{text}}}"


def _word(word: str, symbols: Mapping[str, str]) -> str:
    bare = word.rstrip("'")
    prime = word[len(bare):]
    if bare in symbols:
        return symbols[bare] + prime
    if bare in _SYMBOLS:
        return _SYMBOLS[bare] + prime
    head, *below = bare.split("_")
    digits = re.fullmatch(r"([A-Za-z]+?)([0-9]+)", head)
    if digits:
        head, below = digits[1], [digits[2], *below]
    if head in _PROSE and not below and len(head) > 1:
        return rf"\ \mathrm{{{head}}}\ "
    if len(head) == 2 and head[1] == "c" and head[0] in "BEIJHT":
        head, below = head[0], ["c", *below]
    if head in ("sum", "int"):
        head = "\\" + head
    elif head in _GREEK:
        head = "\\" + ("varphi" if head == "phi" else head)
    elif re.fullmatch(r"d(sigma|tau|phi)", head):
        head = rf"d\{head[1:]}"
    elif len(head) > 3:
        head = rf"\mathrm{{{head}}}"
    foot = " ".join(map(_subscript, below))
    return head + (f"_{{{foot}}}" if foot else "") + prime


def _closing(text: str, start: int) -> int:
    """Place behind the bracket that closes the one at ``start``."""
    depth = 0
    for place in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[place], 0)
        if not depth:
            return place + 1
    raise ValueError(f"a bracket is not closed in {text!r}")


def _line(text: str, symbols: Mapping[str, str]) -> str:
    out, place = [], 0
    while place < len(text):
        if text.startswith("sqrt(", place):
            end = _closing(text, place + 4)
            out.append(rf"\sqrt{{{_line(text[place + 5:end - 1], symbols)}}}")
            place = end
            continue
        if text[place] == "^":
            place += 1
            if text[place] == "(":
                end = _closing(text, place)
                inside = text[place + 1:end - 1]
            else:
                end = place + re.match(r"-?(?:[0-9.]+|[A-Za-z]+[0-9]*(?:_[A-Za-z0-9]+)*)", text[place:]).end()
                inside = text[place:end]
            out.append(rf"^{{{_line(inside, symbols)}}}")
            place = end
            continue
        match = _TOKEN.match(text, place)
        place = match.end()
        if match["word"]:
            out.append(_word(match["word"], symbols))
        elif match["dimension"]:
            out.append(rf"\mathrm{{{match[0]}}}")
        elif match["space"]:
            between_factors = re.search(r"[A-Za-z0-9)\]}|']$", text[:match.start()]) and re.match(r"[A-Za-z0-9(\[{|]", text[match.end():])
            out.append(r"\," if between_factors else " ")
        else:
            sign = match[0]
            out.append(_SIGNS.get(sign, sign))
    return re.sub(r"(\\ ) +", r"\1", "".join(out))   # a word has its own space


def typeset(equation: str, symbols: Mapping[str, str]) -> list[str]:
    """Lines of mathtext (without the dollars), one for each definition; ``symbols`` maps names of parameters to TeX.

    Raises
    ------
    ValueError
        A bracket of the equation is not closed.
    """
    return [_line(part.strip(), symbols) for part in re.split(r"[,;]  +", equation) if part.strip()]
