r"""Symbols of parameters, written in TeX in the tables of the laws, as HTML and for figures.

>>> symbol_html(r"L_\varphi")
'<i>L</i><sub>φ</sub>'
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

_LETTERS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "varepsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "varphi": "φ", "phi": "φ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Phi": "Φ", "Omega": "Ω", "ell": "ℓ", "infty": "∞",
    "parallel": "∥", "perp": "⊥", "ast": "∗", "langle": "⟨", "rangle": "⟩", "ln": "ln", "log": "log", "hbar": "ħ", "pm": "±", "to": "→",
}
_ITALIC = frozenset({"ell", *(name for name in _LETTERS if name[0].islower() and len(_LETTERS[name]) == 1 and _LETTERS[name].isalpha() and name not in ("pi", "hbar"))})
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[_^{}']|[A-Za-z]|\S")


def symbol_html(tex: str) -> str:
    """A symbol as HTML: letters in italics, indices lowered. A word (``offset``) stays upright."""
    if re.fullmatch(r"[A-Za-z][a-z]{2,}", tex):
        return escape(tex)
    return _group(iter(_TOKEN.findall(tex)))


def symbol_tex(tex: str) -> str:
    """A symbol for matplotlib and LaTeX: between dollars, words upright."""
    return tex if re.fullmatch(r"[A-Za-z][a-z]{2,}", tex) else f"${tex}$"


def _group(tokens: Iterator[str], upright: bool = False) -> str:
    out = []
    for token in tokens:
        if token == "}":
            break
        out.append(_one(token, tokens, upright))
    return "".join(out)


def _one(token: str, tokens: Iterator[str], upright: bool) -> str:
    """The HTML of a token with what it takes behind it."""
    if token == "{":
        return _group(tokens, upright)
    if token in ("_", "^"):
        tag = "sub" if token == "_" else "sup"
        return f"<{tag}>{_one(next(tokens, ''), tokens, True if tag == 'sup' else upright)}</{tag}>"
    if token in ("\\mathrm", "\\text"):
        return _one(next(tokens, ""), tokens, True)
    if token == "\\dot":
        return _one(next(tokens, ""), tokens, upright) + "\u0307"
    if token.startswith("\\"):
        name = token[1:]
        if name in _LETTERS:
            return f"<i>{_LETTERS[name]}</i>" if name in _ITALIC and not upright else _LETTERS[name] + ("\u2009" if name == "ln" else "")
        return "\u2009"     # the spaces of TeX
    if token == "'":
        return "′"
    if token.isalpha():
        return escape(token) if upright else f"<i>{escape(token)}</i>"
    return escape(token).replace("*", "∗").replace("-", "−")
