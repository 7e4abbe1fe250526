"""Recovery of a pulsar's spin-down rate after a glitch, as nonlinear creep of neutron vortices has it.

    change = -A y/(1 + y),   y = exp[(t_s - t)/tau] [1 - exp(-t_s/tau)]

The rate equation of flux creep over a linear barrier, driven by the steady spin-down: after the glitch creep stops, and comes back when the star has slowed
down by as much as the glitch had sped it up, after the waiting time t_s, within tau. t_s << tau: an exponential of amplitude A t_s/tau. Whether creep is what
pulsars do is disputed.
"""

from __future__ import annotations

import math

import numpy as np

from ...model import Caution, Check, Column, Model, Param


def glitch_recovery(time, A, t_s, tau):
    """Change of the spin-down rate [unit of A] at time since the glitch [s]; t_s, tau in [s]."""
    return -A * _share(time, t_s, tau)


def _share(time, t_s, tau):
    """y/(1 + y) without overflow."""
    log_y = (t_s - time) / tau + np.log(-np.expm1(-t_s / tau))
    return np.exp(-np.logaddexp(0.0, -log_y))


def glitch_recovery_gradient(time, A, t_s, tau):
    """d/d(A, t_s, tau) of :func:`glitch_recovery`."""
    share = _share(time, t_s, tau)
    rest = np.exp(-np.logaddexp(0.0, (t_s - time) / tau + np.log(-np.expm1(-t_s / tau))))
    ratio = t_s / tau
    with np.errstate(over="ignore"):
        back = 1 / np.expm1(np.minimum(ratio, 700.0))
    # d ln y/dt_s = (1 + back)/tau, d ln y/dtau = -[(t_s - t) + t_s back]/tau^2
    return -share, -A * share * rest * (1 + back) / tau, A * share * rest * (t_s - time + t_s * back) / tau**2


def t_s_scan(time):
    """Waiting times from well before the first point to beyond the last."""
    return float(np.max(time)) * np.geomspace(3e-3, 3.0, 26)


def tau_scan(time):
    """Times of the recovery from a step to longer than the data."""
    return float(np.max(time)) * np.geomspace(3e-3, 3.0, 20)


def waiting_is_seen(data, fit):
    """An exponential holds A t_s, not t_s."""
    t_s, tau, last = fit.value("t_s"), fit.value("tau"), float(fit.x[0].max())
    if t_s < 0.5 * tau:
        return Caution("t_s is shorter than tau/2: the recovery is an exponential, which holds A t_s/tau and tau. This is the linear regime", ("A", "t_s"), "not determined")
    if last < t_s + tau:
        return Caution(f"the data end at {last / 86400:.3g} d, the recovery at about {(t_s + 3 * tau) / 86400:.3g} d: t_s and tau are extrapolated")
    return None


def _grid(points, t_s, tau, **params):
    return np.linspace(0.01 * tau, t_s + 6 * tau, points)


MODEL = Model(
    name="glitch_recovery",
    title="recovery of the spin-down rate after a pulsar glitch (nonlinear creep)",
    equation="change = -A y/(1 + y),  y = exp[(t_s - t)/tau] [1 - exp(-t_s/tau)]",
    validity="one superfluid region with uniform properties; the steady spin-down and its permanent changes taken off.",
    convention="change of d(Omega)/dt against its steady value, below 0 while creep is stopped; A = (I_A/I) |d(Omega)/dt|. Prefactor and sign not checked against the paper.",
    function=glitch_recovery,
    gradient=glitch_recovery_gradient,
    x=Column("time", "s"),
    y=Column("spin_down_change", "1/s2"),
    params=(
        Param("A", unit="y", linear=True, typical=(1e-14, 1e-12), symbol="A", meaning="change while creep is stopped"),
        Param("t_s", unit="d", scan=t_s_scan, positive=True, typical=(50, 500), bounds=(0.0, math.inf), symbol=r"t_\mathrm{s}", meaning="waiting time until creep comes back"),
        Param("tau", unit="d", scan=tau_scan, positive=True, typical=(5, 50), bounds=(0.0, math.inf), symbol=r"\tau", meaning="time within which it comes back"),
    ),
    cautions=(waiting_is_seen,),
    grid=_grid,
    checks=(
        Check(x=np.array([0.0, 7.0]), params={"A": 2.0, "t_s": 5.0, "tau": 0.01}, y=np.array([-2.0, 0.0]), atol=1e-14, rtol=1e-13, source="t_s >> tau: a step at t_s"),
        Check(x=3.0, params={"A": 2.0, "t_s": 1e-6, "tau": 2.0}, y=-2.0 * 0.5e-6 * math.exp(-1.5), rtol=1e-6, source="t_s << tau: an exponential of amplitude A t_s/tau"),
    ),
    references=("M. A. Alpar, P. W. Anderson, D. Pines, J. Shaham, Astrophys. J. 276, 325 (1984) (the form recalled, derived from the rate equation)",
                "B. Link, arXiv:1311.2499 (the objection)"),
)
