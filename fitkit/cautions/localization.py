"""Cautions that several laws of weak localization share: ``caution(data, fit) -> Caution | None | list``."""

from __future__ import annotations

import numpy as np

from ..background import BACKGROUNDS
from ..constants import G0
from ..measured import Measured
from ..model import Caution, words_only
from ..physics.coherence import disorder_parameter, elastic_field, field_of_length

_STRONGEST = 60.0    # T, of pulsed magnets


def in_mT(field: float) -> str:
    """A field [T] as people read it."""
    return f"{field * 1e3:.3g} mT"


def swing_of_interference(data, fit):
    """A swing far above G0 is no interference correction."""
    swing = np.ptp(fit.fitted) / G0
    if swing > 30:
        return Caution(f"the conductance swing is {swing:.3g} G0, no interference correction is: are the numbers in e^2/h while the column was "
                       "declared as S?", tuple(name for name in fit.values if fit.free(name) and name not in BACKGROUNDS), "not determined")
    return None


@words_only
def diffusive_regime(data, fit):
    """k_F l >> 1, |B| << B_e, |delta sigma| << sigma."""
    found = []
    if "sheet_resistance_normal" in data.meta:
        conductance = 1 / data.si("sheet_resistance_normal")
        if disorder_parameter(conductance) < 3:
            found.append(Caution(f"k_F l = {disorder_parameter(conductance):.2g} < 3: weak localization is a perturbation in 1/(k_F l), questionable here"))
        if np.ptp(fit.fitted) > 0.2 * conductance:
            found.append(Caution(f"|delta sigma|/sigma = {np.ptp(fit.fitted) / conductance:.2f} > 0.2: no small correction any more"))
    reach = float(np.abs(fit.x[0]).max())
    if reach > _STRONGEST:
        found.append(Caution(f"the field reaches {reach:.4g} T, more than magnets give: mT or Oe read as T? B_phi scales with it and L_phi with its inverse root"))
    if "mean_free_path" in data.meta:
        limit = elastic_field(data.si("mean_free_path"))
        if np.abs(fit.x[0]).max() > 0.3 * limit:
            found.append(Caution(f"the field exceeds 0.3 B_e = {in_mT(0.3 * limit)}: the diffusive formula ends there. fk.where(data, 'abs(field) < {in_mT(0.3 * limit)}')"))
    return found


@words_only
def straight_paths(data, fit):
    """omega_c tau << 1, from the Hall angle that was measured or the mobility."""
    reach = float(np.abs(fit.x[0]).max())
    if isinstance(angle := data.meta.get("hall_angle"), Measured):
        ratio, source = angle.si, "the Hall angle reaches rho_xy/rho_xx"
    elif isinstance(data.meta.get("mobility"), Measured):
        ratio, source = data.si("mobility") * reach, "mu B reaches"
    else:
        return []
    if ratio < 0.3:
        return []
    parabola = "" if fit.has("quadratic") or data.meta.get("hall_part_used") != "yes" else "; sigma_xx then holds -(mu B)^2 sigma_0: background=['offset', 'quadratic']"
    without = " and without rho_xy 1/rho_xx is not sigma_xx: give the Hall resistance" if data.meta.get("hall_part_used") == "no" else ""
    return [Caution(f"{source} = {ratio:.2g}: omega_c tau is not small, orbits bend between collisions{parabola}{without}. "
                    f"fk.where(data, 'abs(field) < {in_mT(0.2 * reach / ratio)}') keeps omega_c tau below 0.2")]


def three_dimensional(data, fit):
    """The film is thicker than L_phi, the field weak for the free path, the change small."""
    found, L_phi = [], fit.value("L_phi")
    if "thickness" in data.meta and data.si("thickness") < 3 * L_phi:
        found.append(Caution(f"the thickness is {data.si('thickness') / L_phi:.2g} L_phi: three-dimensional above about 3; below, a two-dimensional law", ("L_phi",),
                             "not determined" if data.si("thickness") < L_phi else ""))
    if "mean_free_path" in data.meta:
        limit = elastic_field(data.si("mean_free_path"), 3)
        if np.abs(fit.x[0]).max() > 0.3 * limit:
            found.append(Caution(f"the field exceeds 0.3 B_e = {in_mT(0.3 * limit)}: the diffusive formula ends there"))
    return found


def cusp_resolved(data, fit):
    """The cusp of width B_phi must be wider than the steps of the field."""
    B_phi = field_of_length(fit.value("L_phi"))
    magnitude = np.sort(np.abs(fit.x[0]))
    steps = np.diff(magnitude)
    steps = steps[steps > 1e-6 * magnitude[-1]]  # +B and -B of one setting differ in their last digits
    if fit.free("L_phi") and len(steps) and steps.min() > B_phi:
        return Caution(f"the smallest step of field, {in_mT(steps.min())}, is larger than B_phi = {in_mT(B_phi)}: the cusp is not resolved. "
                       f"Step by {in_mT(B_phi / 3)} near zero", ("L_phi",), "not determined" if steps.min() > 10 * B_phi else "")
    return None


def spin_orbit_in_window(data, fit):
    """B_so is seen as a number only between B_phi and the largest field."""
    if not fit.free("B_so"):
        return None
    B_so, B_phi, reach = fit.value("B_so"), field_of_length(fit.value("L_phi")), np.abs(fit.x[0]).max()
    if B_so > 3 * reach:
        ended = fit.verdict("B_so") == "limit"
        return Caution(f"B_so{'' if ended else f' = {in_mT(B_so)}'} lies beyond the largest field, {in_mT(reach)}: the data give a lower limit of it", ("B_so",),
                       "" if ended else "not determined")
    if fit.free("L_phi") and B_so < 0.3 * B_phi:
        return Caution(f"B_so = {in_mT(B_so)} is smaller than B_phi = {in_mT(B_phi)}: spin relaxes no faster than phase, only combinations of the two enter; "
                       "one channel (hln) with a free alpha fits as well")
    return None
