"""Barriers U(J) of flux creep: one family, and the forms near the critical current that do not belong to it.

The family U = (U0/mu) [(Jc/J)^mu - 1] holds the linear barrier of Anderson and Kim (mu = -1), the logarithmic one of Zeldov and Vinokur (mu -> 0), the
inverse power of collective creep and of the vortex glass (mu > 0) and, with -1 < mu < 0, plastic creep, whose barrier at J = 0 is the finite U0/|mu|. Jc is
the current density at which the barrier vanishes, not the one at 1 uV/cm. All hold for 0 < J <= Jc and U0 >> kT.

References
----------
P. W. Anderson, Y. B. Kim, Rev. Mod. Phys. 36, 39 (1964) (linear); M. R. Beasley, R. Labusch, W. W. Webb, Phys. Rev. 181, 682 (1969) (power 3/2);
E. Zeldov et al., Appl. Phys. Lett. 56, 680 (1990) and V. M. Vinokur, M. V. Feigel'man, V. B. Geshkenbein, Phys. Rev. Lett. 67, 915 (1991) (logarithmic);
M. V. Feigel'man, V. B. Geshkenbein, A. I. Larkin, V. M. Vinokur, Phys. Rev. Lett. 63, 2303 (1989) (inverse power); A. P. Malozemoff, M. P. A. Fisher,
Phys. Rev. B 42, 6784 (1990) (with 1/mu); Y. Abulafia et al., Phys. Rev. Lett. 77, 1596 (1996) (plastic).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..constants import Phi0, k_B

# exponents of the theory of collective creep (G. Blatter et al., Rev. Mod. Phys. 66, 1125 (1994)); both values of the small bundle are in use.
# Numbers recalled, not checked against the paper.
CREEP_EXPONENTS = {
    "linear barrier": -1.0,
    "plastic": -0.5,
    "logarithmic barrier": 0.0,
    "single vortex": 1 / 7,
    "large bundle": 7 / 9,
    "half loop": 1.0,
    "small bundle": 1.5,
    "small bundle, 5/2": 2.5,
}


def creep_exponents() -> dict[str, float]:
    """Exponents mu of the theory by name, to fix or to compare; a measured one may lie between them.

    >>> fk.compare({name: ("interpolation_decay", {"fix": {"mu": mu}}) for name, mu in fk.creep_exponents().items()}, run)
    """
    return dict(CREEP_EXPONENTS)


def expm1_over(mu, x):
    """[exp(mu x) - 1]/mu, which is x at mu = 0; without loss of digits at small mu."""
    q = mu * x
    near = q == 0
    with np.errstate(over="ignore"):
        return x * np.where(near, 1.0, np.expm1(q) / np.where(near, 1.0, q))


def expm1_over_slope(mu, x):
    """d/dmu of :func:`expm1_over`: x^2 (1/2 + mu x/3 + (mu x)^2/8 + ...)."""
    q = np.asarray(mu * x, float)
    near = np.abs(q) < 0.3
    small = np.where(near, q, 0.0)
    series = np.zeros_like(small)
    for k in range(14, -1, -1):
        series = series * small + 1 / (math.factorial(k) * (k + 2))
    away = np.where(near, 1.0, q)
    with np.errstate(over="ignore"):
        return x**2 * np.where(near, series, (np.exp(away) * (away - 1) + 1) / away**2)


def power_barrier(current_density, U0, Jc, mu):
    """U = (U0/mu) [(Jc/J)^mu - 1] [J] at a current density [A/m^2]; U0 [J], Jc [A/m^2]; U0 ln(Jc/J) at mu = 0."""
    return U0 * expm1_over(mu, np.log(Jc / current_density))


def power_barrier_gradient(current_density, U0, Jc, mu):
    """d/d(current_density, U0, Jc, mu) of :func:`power_barrier`."""
    x = np.log(Jc / current_density)
    steep = U0 * np.exp(mu * x)
    return -steep / current_density, expm1_over(mu, x), steep / Jc, U0 * expm1_over_slope(mu, x)


def power_barrier_without_inverse(current_density, U0, Jc, mu):
    """U = U0' [(Jc/J)^mu - 1] [J], the other convention: U0' = U0/mu, at mu = 1/7 seven times larger."""
    return U0 * np.expm1(mu * np.log(Jc / current_density))


def pure_power_barrier(current_density, Uc, Jc, mu):
    """U = Uc (Jc/J)^mu [J], the limit J << Jc of the inverse power; it does not vanish at Jc."""
    return Uc * np.exp(mu * np.log(Jc / current_density))


def plastic_barrier(current_density, U_pl, Jc, p=0.5):
    """U = U_pl [1 - (J/Jc)^p] [J]: the member mu = -p of the family with U0 = p U_pl."""
    return -U_pl * np.expm1(p * np.log(current_density / Jc))


def critical_barrier(current_density, U0, Jc, p=1.0, q=1.5):
    """U = U0 [1 - (J/Jc)^p]^q [J]: Beasley, Labusch and Webb with p = 1, q = 3/2; 0 beyond Jc."""
    rest = (Jc - current_density) / Jc if np.ndim(p) == 0 and p == 1 else -np.expm1(p * np.log(current_density / Jc))
    return U0 * np.maximum(rest, 0.0) ** q


def critical_barrier_gradient(current_density, U0, Jc, p=1.0, q=1.5):
    """d/d(current_density, U0, Jc) of :func:`critical_barrier`."""
    power = (current_density / Jc) ** p
    rest = np.maximum((Jc - current_density) / Jc if np.ndim(p) == 0 and p == 1 else -np.expm1(p * np.log(current_density / Jc)), 0.0)
    steep = U0 * q * p * rest ** (q - 1) * power
    return -steep / current_density, rest**q, steep / Jc


def washboard_barrier(current_density, U0, Jc):
    """U = U0 [sqrt(1 - j^2) - j acos j] [J], j = J/Jc: the barrier of a tilted cosine; near Jc that of the power 3/2, times 2 sqrt(2)/3."""
    theta = 2 * np.arcsin(np.sqrt((Jc - current_density) / (2 * Jc)))
    return U0 * _sine_less_cosine(theta)


def washboard_barrier_gradient(current_density, U0, Jc):
    """d/d(current_density, U0, Jc) of :func:`washboard_barrier`."""
    theta = 2 * np.arcsin(np.sqrt((Jc - current_density) / (2 * Jc)))
    return -U0 * theta / Jc, _sine_less_cosine(theta), U0 * theta * current_density / Jc**2


def _sine_less_cosine(theta):
    """sin(theta) - theta cos(theta), a series where both cancel."""
    theta = np.asarray(theta, float)
    near = theta < 1.0
    small = np.where(near, theta, 0.0)
    series = np.zeros_like(small)
    for k in range(10, 0, -1):
        series = series * -(small**2) + 2 * k / math.factorial(2 * k + 1)
    return np.where(near, series * small**3, np.sin(theta) - theta * np.cos(theta))


@dataclass(frozen=True)
class Barrier:
    """One form of U(J) in units of U0 and Jc.

    Attributes
    ----------
    name, formula
        What reports and figures call it.
    height
        ``height(j) -> U/U0`` for 0 < j <= 1.
    slope
        ``slope(j) -> -d(U/U0)/dj``.
    at_zero
        U/U0 at J = 0, infinite where the barrier diverges.
    """

    name: str
    formula: str
    height: Callable
    slope: Callable
    at_zero: float


def barrier_of_exponent(mu: float, name: str = "") -> Barrier:
    """The member of the family with that exponent, U0 in the convention with 1/mu."""
    return Barrier(name or f"mu = {mu:.3g}", "(U0/mu) [(Jc/J)^mu - 1]" if mu else "U0 ln(Jc/J)", lambda j: power_barrier(j, 1.0, 1.0, mu),
                   lambda j: -power_barrier_gradient(j, 1.0, 1.0, mu)[0], 1 / -mu if mu < 0 else math.inf)


BARRIERS = {
    "linear": Barrier("linear", "U0 (1 - J/Jc)", lambda j: 1.0 - j, lambda j: np.ones_like(np.asarray(j, float)), 1.0),
    "three halves": Barrier("three halves", "U0 (1 - J/Jc)^(3/2)", lambda j: critical_barrier(j, 1.0, 1.0), lambda j: -critical_barrier_gradient(j, 1.0, 1.0)[0], 1.0),
    "washboard": Barrier("washboard", "U0 [sqrt(1 - j^2) - j acos j]", lambda j: washboard_barrier(j, 1.0, 1.0), lambda j: -washboard_barrier_gradient(j, 1.0, 1.0)[0], 1.0),
} | {name: barrier_of_exponent(CREEP_EXPONENTS[name], name) for name in CREEP_EXPONENTS if name != "linear barrier"}


@dataclass(frozen=True)
class Overlay:
    """A barrier laid over measured U(J): ``U0`` [J], ``Jc`` [A/m2], rms distance [J]; None for U0 and Jc where it cannot be (U falling with falling J)."""

    name: str
    U0: float
    Jc: float
    rms: float

    def __call__(self, current_density):
        """U [J]; the exponent or form of ``BARRIERS[name]``."""
        barrier = BARRIERS[self.name]
        return self.U0 * barrier.height(np.asarray(current_density, float) / self.Jc)


def overlay(current_density, energy, name: str) -> Overlay | None:
    """The barrier of that name nearest to U(J) [J] at J [A/m2], by least squares in its two numbers U0 and Jc; None where none of this form rises as J falls.

    A member of the family is a straight line in (J^-mu - 1)/mu, so is U^(2/3) of the power 3/2 in J: no start is needed.
    """
    J, U = np.asarray(current_density, float), np.asarray(energy, float)
    middle = math.exp(float(np.mean(np.log(J))))
    if name == "three halves":
        slope, level = np.polyfit(J / middle, np.maximum(U, 0.0) ** (2 / 3), 1, w=1.5 * np.maximum(U, 0.0) ** (1 / 3))
        if slope >= 0 or level <= 0:
            return None
        U0, Jc = level**1.5, -level / slope * middle
    else:
        mu = -1.0 if name == "linear" else CREEP_EXPONENTS[name]
        slope, level = np.polyfit(expm1_over(mu, np.log(middle / J)), U, 1)
        # U = s (x^mu - 1)/mu + c with x = J_m/J is (U0/mu) [(Jc/J)^mu - 1] with U0 (Jc/J_m)^mu = s and (s - U0)/mu = c
        U0 = slope - mu * level
        if slope <= 0 or U0 <= 0:
            return None
        Jc = middle * math.exp(level / slope if mu == 0 else math.log(slope / U0) / mu)
    found = Overlay(name, float(U0), float(Jc), 0.0)
    return Overlay(name, found.U0, found.Jc, float(np.sqrt(np.mean((found(J) - U) ** 2))))


def hop_rate(barrier, temperature, attempt_frequency):
    """Arrhenius rate of hops over a barrier [1/s]: nu0 exp(-U/kT); barrier [J], temperature [K], attempt frequency [Hz]."""
    return attempt_frequency * np.exp(-np.asarray(barrier, float) / (k_B * temperature))


def net_hop_rate(barrier, temperature, attempt_frequency, work):
    """Hops forward less hops back [1/s]: nu0 exp(-U/kT) [1 - exp(-W/kT)], where W [J] is the work that a hop takes from the current.

    W = 2 U0 J/Jc belongs to the linear barrier. For other barriers the same W is a convention.
    """
    return hop_rate(barrier, temperature, attempt_frequency) * -np.expm1(-np.asarray(work, float) / (k_B * temperature))


def attempt_frequency(Jc, normal_resistivity, pin_range, upper_critical_field):
    """Attempt frequency of a vortex in its well [Hz], order of magnitude only: Jc rho_n/(2 pi r_p Bc2).

    Labusch's stiffness Jc Phi0/r_p over the viscosity Phi0 Bc2/rho_n of Bardeen and Stephen, over 2 pi. What is reported lies between 1e6 and 1e12 Hz.

    Parameters
    ----------
    Jc
        Critical current density without creep [A/m^2].
    normal_resistivity
        rho_n [ohm m].
    pin_range
        Range r_p of the pins [m], about the coherence length.
    upper_critical_field
        Bc2 [T].
    """
    stiffness, viscosity = Jc * Phi0 / pin_range, Phi0 * upper_critical_field / normal_resistivity
    return stiffness / viscosity / (2 * math.pi)
