"""Dephasing rate against temperature: saturation, electron-electron and electron-phonon scattering side by side.

    1/tau_phi(T) = A_sat + A_ee (T/1 K)^p_ee + A_ep (T/1 K)^p          L_phi = sqrt(D tau_phi)

Every amplitude is the rate of its process at 1 K; a process that is absent has the rate 0. p_ee = 1 is electron-electron scattering in two dimensions
(Nyquist noise), 2/3 in one (a wire narrower than L_phi), 3/2 in three: fix={"p_ee": 2/3}. p = 3 is the usual electron-phonon exponent; 2 to 4 occur.

Fitted to L_phi with its diffusion constant, or to tau_phi. L_phi is the better choice: the error of D is one for all temperatures and is carried into the
rates as such, while a column tau_phi carries it in every point as if it were new each time.

The rate of Nyquist noise in two dimensions, (k_B T/hbar) (1/g) ln(g/2) with g = h/(e^2 R_sq), is given to compare with: its form is recalled from the literature,
its prefactor and the argument of its logarithm were not verified, and reviews differ by factors near one.
"""

from __future__ import annotations

import math

import numpy as np

from ...constants import e, hbar, k_B
from ...errors import FitkitError
from ...model import Caution, Check, Column, Derived, Known, Model, Param
from ...physics.coherence import nyquist_rate

_TIME_ITSELF = 0.0  # stands for the diffusion constant where the data are tau_phi


def _terms(temperature, A_sat, A_ee, A_ep, p_ee, p):
    """The rate [1/s] and its terms that grow with temperature, each without its amplitude."""
    electrons, phonons = temperature**p_ee, temperature**p
    return A_sat + A_ee * electrons + A_ep * phonons, electrons, phonons


def dephasing_rate(temperature, A_sat, A_ee, A_ep, p_ee, p, diffusivity):
    """L_phi [m], or tau_phi [s] for diffusivity = 0, at a temperature [K]; A_sat, A_ee, A_ep [1/s], diffusivity [m2/s]."""
    rate = _terms(temperature, A_sat, A_ee, A_ep, p_ee, p)[0]
    return np.where(np.asarray(diffusivity) > 0, np.sqrt(diffusivity / rate), 1 / rate)[()]


def dephasing_rate_gradient(temperature, A_sat, A_ee, A_ep, p_ee, p, diffusivity):
    """d/d(A_sat, A_ee, A_ep, p_ee, p) of :func:`dephasing_rate`."""
    rate, electrons, phonons = _terms(temperature, A_sat, A_ee, A_ep, p_ee, p)
    by_rate = np.where(np.asarray(diffusivity) > 0, -0.5 * np.sqrt(diffusivity / rate) / rate, -1 / rate**2)
    log = np.log(temperature)
    return by_rate, by_rate * electrons, by_rate * phonons, by_rate * A_ee * electrons * log, by_rate * A_ep * phonons * log


def _rates(temperature, exponent):
    """Nothing, or rates at 1 K that are 1e7 to 3e12 /s in the middle of the temperatures."""
    middle = math.sqrt(float(np.min(temperature)) * float(np.max(temperature)))
    return np.concatenate([[0.0], np.geomspace(1e7, 3e12, 11) / middle**exponent])


def _sat_scan(temperature):
    return _rates(temperature, 0)


def _ee_scan(temperature):
    return _rates(temperature, 1)


def _ep_scan(temperature):
    return _rates(temperature, 3)


def _p_scan(temperature):
    return np.linspace(1.5, 5.0, 8)


def _p_ee_scan(temperature):
    return np.linspace(0.5, 1.75, 6)


def enough_temperatures(data, fit):
    """Three terms want temperatures, and a range of them."""
    temperature, found = fit.x[0], []
    free = sum(fit.free(name) for name in fit.values)
    if len(temperature) < free + 2:
        found.append(Caution(f"{len(temperature)} temperatures for {free} free parameters: nothing is left to test the law with. Fix what is known ("
                             "fix={'A_ep': 0}, fix={'A_sat': 0})"))
    span = float(np.max(temperature) / np.min(temperature))
    if span < 3:
        found.append(Caution(f"the temperatures span a factor {span:.2g}: below about 3 the terms of 1/tau_phi look alike; cool further, or fix some of them"))
    return found


def _upper(fit, name):
    return fit.value(name) + 2 * (fit.error(name) or 0.0)


def unseen_terms(data, fit):
    """A rate that agrees with zero is a limit, in words."""
    found, temperature = [], fit.x[0]
    if fit.free("A_sat") and fit.error("A_sat") is not None and fit.value("A_sat") < 2 * fit.error("A_sat"):
        found.append(Caution(f"saturation is not seen: A_sat < {_upper(fit, 'A_sat') * 1e-9:.3g} /ns, tau_sat > {1e12 / _upper(fit, 'A_sat'):.3g} ps (two standard deviations)"))
    for name, what, power in (("A_ee", "electron-electron", "p_ee"), ("A_ep", "electron-phonon", "p")):
        if fit.free(name) and fit.error(name) is not None and fit.value(name) < 2 * fit.error(name):
            place = float(np.max(temperature))
            share = _upper(fit, name) * place ** fit.value(power) / float(_terms(place, *(fit.value(one) for one in ("A_sat", "A_ee", "A_ep", "p_ee", "p")))[0])
            found.append(Caution(f"no {what} term is seen: {name} < {_upper(fit, name) * 1e-9:.3g} /ns, at most {min(share, 1):.0%} of the rate at {place:.3g} K"))
        if fit.free(power) and fit.value(name) < 3 * (fit.error(name) or math.inf):
            found.append(Caution(f"{power} is the exponent of a term that is hardly there", (power,), "not determined"))
    return found


def seen_saturation(data, fit):
    """Saturation is not always dephasing."""
    low = float(np.min(fit.x[0]))
    share = fit.value("A_sat") / float(_terms(low, *(fit.value(one) for one in ("A_sat", "A_ee", "A_ep", "p_ee", "p")))[0])
    if share > 0.5 and (not fit.free("A_sat") or fit.value("A_sat") > 2 * (fit.error("A_sat") or 0.0)):
        return Caution(f"{share:.0%} of the rate at {low:.3g} K is saturation: spin flips, but also heating by the current or by rf noise, or L_phi of the size of the sample. "
                       "Repeat the coldest sweep with less current")
    return None


def quasiparticles(data, fit):
    """1/tau_phi < k_B T/hbar, or the electrons are no quasiparticles."""
    temperature = fit.x[0]
    rate = _terms(temperature, *(fit.value(one) for one in ("A_sat", "A_ee", "A_ep", "p_ee", "p")))[0]
    if np.any(rate > k_B * temperature / hbar):
        return Caution("1/tau_phi exceeds k_B T/hbar: no theory of weak localization allows that; is the diffusion constant right?")
    return None


def common_error(data, fit):
    """What the error of the diffusion constant does: to L_phi it is one for all points, in a column tau_phi it is counted as new in each."""
    given = data.meta.get("diffusivity")
    if not getattr(given, "error", None):
        return None
    if fit.known["diffusivity"]:
        return Caution(f"the rates are proportional to D: its error of {given.error / given.value:.1%} is common to all of them and part of their errors; their ratios do not have it")
    return Caution(f"every tau_phi holds the error of D, {given.error / given.value:.1%}, as if it were new each time: too much for the terms against each other, too little for "
                   "all together. Fit result.series('temperature', 'L_phi') instead")


def _nyquist_value(p_ee, sheet_resistance_normal):
    if abs(p_ee - 1) > 1e-9:
        raise FitkitError("the Nyquist rate is that of two dimensions, p_ee = 1")
    rate = nyquist_rate(1.0, sheet_resistance_normal)
    if not rate > 0:
        raise FitkitError(f"the sheet resistance exceeds {math.pi * hbar / e**2:.4g} ohm/sq: the film is no weakly disordered metal")
    return rate


def _crossing(first, second, power):
    if not (first > 0 and second > 0 and power > 0):
        raise FitkitError("one of the two terms is not there")
    return (first / second) ** (1 / power)


def _grid(points, **params):
    return np.geomspace(0.3, 20.0, points)


MODEL = Model(
    name="dephasing_rate",
    title="1/tau_phi(T): saturation, electron-electron, electron-phonon",
    equation="1/tau_phi = A_sat + A_ee (T/1 K)^p_ee + A_ep (T/1 K)^p,  L_phi = sqrt(D tau_phi)",
    validity="independent processes whose rates add; 1/tau_phi < k_B T/hbar. p_ee = 1 in 2D, 2/3 in 1D, 3/2 in 3D. A_sat also holds heating, noise and size.",
    made_by='fk.fit("hln", sweeps).series("temperature", "L_phi")',
    function=dephasing_rate,
    gradient=dephasing_rate_gradient,
    x=Column("temperature", "K"),
    y=Column("L_phi", "m", (("tau_phi", "s"),)),
    params=(
        Param("A_sat", unit="1/ns", scan=_sat_scan, typical=(0.5, 10), bounds=(0.0, math.inf), symbol=r"A_\mathrm{sat}", meaning="rate that is left at T = 0"),
        Param("A_ee", unit="1/ns", scan=_ee_scan, typical=(5, 100), bounds=(0.0, math.inf), symbol=r"A_\mathrm{ee}", meaning="electron-electron rate at 1 K"),
        Param("A_ep", unit="1/ns", scan=_ep_scan, typical=(0.02, 0.2), bounds=(0.0, math.inf), symbol=r"A_\mathrm{ep}", meaning="electron-phonon rate at 1 K"),
        Param("p_ee", default=1.0, scan=_p_ee_scan, typical=(0.67, 1.5), symbol=r"p_\mathrm{ee}", meaning="electron-electron exponent: 1 in 2D, 2/3 in 1D, 3/2 in 3D"),
        Param("p", default=3.0, scan=_p_scan, typical=(2, 4), symbol="p", meaning="electron-phonon exponent"),
    ),
    known=(Known("diffusivity", unit="cm2/s", positive=True, carried=True, given_by={"tau_phi": _TIME_ITSELF}, symbol="D", meaning="diffusion constant"),),
    derived=(
        Derived("tau_sat", "ps", lambda A_sat: 1 / A_sat, symbol=r"\tau_\mathrm{sat}", meaning="dephasing time at T = 0", inverse=("A_sat", lambda tau: 1 / tau), positive=True),
        Derived("T_sat", "K", lambda A_sat, A_ee, p_ee: _crossing(A_sat, A_ee, p_ee), symbol=r"T_\mathrm{sat}", meaning="temperature at which saturation and electrons dephase alike",
                positive=True),
        Derived("T_ep", "K", lambda A_ee, A_ep, p_ee, p: _crossing(A_ee, A_ep, p - p_ee), symbol=r"T_\mathrm{ep}",
                meaning="temperature at which electrons and phonons dephase alike", positive=True),
        Derived("A_nyquist", "1/ns", _nyquist_value, symbol=r"A_\mathrm{N}", meaning="rate of 2D Nyquist noise at 1 K, (k_B T/hbar) (1/g) ln(g/2), g = h/(e^2 R_sq), to compare with A_ee",
                remark=lambda values: "formula recalled, its prefactor not verified"),
    ),
    cautions=(enough_temperatures, unseen_terms, seen_saturation, quasiparticles, common_error),
    grid=_grid,
    example={"diffusivity": "10 cm2/s"},
    checks=(
        Check(x=4.0, params={"A_sat": 0.0, "A_ee": 1e10, "A_ep": 0.0, "p_ee": 1.0, "p": 3.0}, known={"diffusivity": 1e-3}, y=math.sqrt(1e-3 / 4e10), rtol=1e-14,
              source="L_phi ~ T^(-1/2) of electrons in 2D: four times T halves it"),
        Check(x=8.0, params={"A_sat": 0.0, "A_ee": 1e10, "A_ep": 0.0, "p_ee": 2 / 3, "p": 3.0}, known={"diffusivity": 1e-3}, y=0.5 * math.sqrt(1e-3 / 1e10), rtol=1e-13,
              source="L_phi ~ T^(-1/3) of electrons in a wire: eight times T halves it"),
        Check(x=4.0, params={"A_sat": 0.0, "A_ee": 0.0, "A_ep": 1e9, "p_ee": 1.0, "p": 3.0}, known={"diffusivity": 0.0}, y=1e-9 / 64, rtol=1e-14,
              source="tau_phi ~ T^(-3) of phonons"),
        Check(x=1e-6, params={"A_sat": 2e9, "A_ee": 1e10, "A_ep": 1e9, "p_ee": 1.0, "p": 3.0}, known={"diffusivity": 0.0}, y=0.5e-9, rtol=1e-5,
              source="T -> 0: the saturation time"),
    ),
    references=(
        "B. L. Altshuler, A. G. Aronov, D. E. Khmelnitsky, J. Phys. C 15, 7367 (1982)",
        "P. A. Lee, T. V. Ramakrishnan, Rev. Mod. Phys. 57, 287 (1985)",
    ),
)
