"""From the conventions of other papers to those of fitkit, and back: prefactors and signs of alpha, spin-orbit fields, elastic lengths.

fitkit writes delta sigma = alpha G0 f with G0 = e^2/(2 pi^2 hbar) = e^2/(pi h), alpha = +1 for weak localization and -1/2 for antilocalization, and B_i =
hbar/(4 e L_i^2) for every length but the elastic one, B_e = hbar/(2 e l_e^2). Numbers of different conventions are not to be compared before they are converted.
"""

from __future__ import annotations

import math

# what stands before the digamma functions, in units of G0
PREFACTORS = {"G0": 1.0, "e^2/(pi h)": 1.0, "e^2/(2 pi^2 hbar)": 1.0, "e^2/h": math.pi, "e^2/(2 pi hbar)": math.pi, "e^2/(2 pi h)": 0.5, "e^2/(4 pi^2 hbar)": 0.5,
              "e^2/(pi hbar)": 2 * math.pi}


def _size(prefactor: str, sign: int) -> float:
    if prefactor not in PREFACTORS:
        raise ValueError(f"prefactor '{prefactor}': wanted one of {', '.join(PREFACTORS)}")
    if sign not in (1, -1):
        raise ValueError(f"sign {sign}: +1 where weak localization has a positive alpha, -1 where antilocalization has")
    return sign * PREFACTORS[prefactor]


def alpha_from(value, prefactor: str = "G0", sign: int = 1):
    """alpha of fitkit from that of another paper.

    Parameters
    ----------
    value
        Its alpha [dimensionless].
    prefactor
        What it writes before the digamma functions: a key of PREFACTORS.
    sign
        +1: positive for weak localization; -1: positive for antilocalization (an explicit minus stands before alpha).

    Raises
    ------
    ValueError
        An unknown prefactor, or another sign.
    """
    return value * _size(prefactor, sign)


def alpha_to(value, prefactor: str = "G0", sign: int = 1):
    """alpha of another paper from that of fitkit; the inverse of :func:`alpha_from`."""
    return value / _size(prefactor, sign)


def precession_field(B_so, zeta=0.0):
    """B_so of Maekawa-Fukuyama and ILP, 2 B_so^x [T], from the total B_so = 2 B_so^x + B_so^z of Hikami-Larkin-Nagaoka [T] and its share zeta along the normal.

    They write B_1 = B_phi + B_so, B_0 = B_phi + 2 B_so. For isotropic scattering (zeta = 1/3) theirs is 2/3 of the total.
    """
    return (1 - zeta) * B_so


def total_field(B_so, zeta=0.0):
    """Total spin-orbit field of Hikami-Larkin-Nagaoka [T] from the B_so of Maekawa-Fukuyama and ILP [T]; zeta = 0 for precession. zeta below 1."""
    return B_so / (1 - zeta)


def intravalley_field(B_star, B_i):
    """B_star of fitkit [T] from that of McCann et al., whose 1/tau_star holds 1/tau_i: B_star(McCann) = B_i + B_star."""
    return B_star - B_i


def elastic_length(length, factor=4):
    """l_e of fitkit, B_e = hbar/(2 e l_e^2) [m], from the length of a paper that writes B_e = hbar/(factor e l^2) [m]."""
    return length * math.sqrt(factor / 2)
