"""Voltage-current power law, fitted to every point in linear space.

    V = Ec d |I/Ic|^n sign(I)     (+ offset + R I)

Ic is the current at the electric-field criterion Ec over the taps at distance d (1 uV/cm unless given). A logarithmic
barrier U = U0 ln(Jc/J) gives it with n = U0/kT. Offset and R belong into the fit: a baseline taken off first, or a
straight line through ln V, biases n by 10 to 20 %.
"""

from __future__ import annotations

import math

import numpy as np

from ...cautions.ends_of_ramps import may_have_ended
from ...cautions.voltage_current import off_the_law_at_the_criterion
from ...measured import Measured
from ...model import Caution, Check, Coefficients, Column, Known, Model, Param, asked_where, words_only
from ...physics.ramp import TURNS_BACK, end_of_curve, mirrored, spikes, turns

BURIED = 30.0       # times the criterion: the noise hides it, whatever the law says far above
FOOT = 3.0          # times the criterion: a conductor that quenches before never showed its transition
MOST_RAMPS = 12


def power_law(current, Ic, n, tap_distance, Ec):
    """Voltage [V] at a current [A] of either sign; Ic [A], tap_distance [m], Ec [V/m]."""
    return np.sign(current) * Ec * tap_distance * _power(current, Ic, n)


def power_law_value_and_gradient(current, Ic, n, tap_distance, Ec):
    """:func:`power_law` with its derivatives d/d(Ic, n)."""
    with np.errstate(divide="ignore"):
        logarithm = np.log(np.abs(current) / Ic)
    voltage = np.sign(current) * Ec * tap_distance * np.exp(np.minimum(n * logarithm, 650.0))
    return voltage, (-n / Ic * voltage, voltage * np.where(current == 0, 0.0, logarithm))


def power_law_gradient(current, Ic, n, tap_distance, Ec):
    """d/d(Ic, n) of :func:`power_law`."""
    return power_law_value_and_gradient(current, Ic, n, tap_distance, Ec)[1]


def _power(current, Ic, n):
    """|I/Ic|^n without overflow: the exponent is cut where a double ends."""
    with np.errstate(divide="ignore"):
        return np.exp(np.minimum(n * np.log(np.abs(current) / Ic), 650.0))


def _columns(current, n):
    return (np.sign(current) * _power(current, float(np.abs(current).max()), n),)


def _parameters(c, current, n, tap_distance, Ec):
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):  # a falling voltage has no critical current
        return {"Ic": float(np.abs(current).max()) * np.exp((math.log(Ec * tap_distance) - np.log(np.where(c[0] > 0, c[0], np.nan))) / n)}


def n_scan(current, tap_distance, Ec):
    """n-values from ohmic to a cliff."""
    return np.geomspace(1.5, 200.0, 40)


def unusable(data) -> str | None:
    """A current that never changes has no characteristic."""
    return "the current is zero in every row" if not np.any(data["current"]) else None


def criterion_reached(data, fit):
    """Ic outside the data is an extrapolation."""
    criterion = fit.known["Ec"] * fit.known["tap_distance"]
    rise = np.abs(fit.model_part).max()
    if rise < 0.3 * criterion:
        return Caution(f"the voltage rises to {rise * 1e6:.3g} uV above the baseline, {rise / criterion:.2g} of the criterion {criterion * 1e6:.3g} uV: "
                       "Ic is an extrapolation. Ramp further, or state a lower criterion with Ec", ("Ic",), "not determined")
    if rise < criterion:
        return Caution(f"the voltage stops at {rise / criterion:.2g} of the criterion: Ic is extrapolated along the power law")
    return None


def criterion_buried(data, fit):
    """Far below the noise nothing is seen of the curve."""
    criterion = fit.known["Ec"] * fit.known["tap_distance"]
    if fit.scatter <= BURIED * criterion:
        return None
    return Caution(f"{_noise_and_criterion(fit, criterion)}: nothing is seen of the curve there. Is the unit of the voltage right, and the tap distance? State a higher "
                   "criterion with Ec, or average", ("Ic",), "not determined")


@words_only
def noise_below_criterion(data, fit):
    """A criterion under the noise asks for more averaging."""
    criterion = fit.known["Ec"] * fit.known["tap_distance"]
    return Caution(_noise_and_criterion(fit, criterion)) if criterion < fit.scatter <= BURIED * criterion else None


def _noise_and_criterion(fit, criterion: float) -> str:
    return f"the noise ({fit.scatter * 1e6:.2g} uV) is above the criterion ({criterion * 1e6:.2g} uV)"


def plausible_n(data, fit):
    """n below 2 or above 100."""
    n = fit.value("n")
    if n < 2:
        return Caution(f"n = {n:.3g} < 2: nearly ohmic; a contact in the circuit, or current sharing, not creep")
    if n > 100:
        level = np.abs(fit.model_part) / (fit.known["Ec"] * fit.known["tap_distance"])
        few = int(np.sum((level >= 0.1) & (level <= 10))) < 5
        return Caution(f"n = {n:.3g} > 100{': fewer than 5 points lie between 0.1 and 10 Ec' if few else ''}; the sample ran away at the end, or the current "
                       "steps are too coarse. Leave the runaway rows out: fk.window(data, over='current', high=...)", ("Ic", "n") if few else (),
                       "not determined" if few else "")
    return None


@asked_where(may_have_ended)
def quench_in_the_data(data, fit):
    """Rows that do not belong to the V(I) of the conductor are no data of it."""
    current, voltage = fit.x[0], fit.y - fit.background_part
    if len(turns(current, TURNS_BACK * np.abs(current).max())) > MOST_RAMPS:  # sorted otherwise than it was measured
        return None
    if len(current) < 4:
        return None
    if mirrored(current, fit.y):
        return Caution("the voltage falls where the transition is: exchanged leads? Turn its sign: fk.with_column(data, 'voltage', -data['voltage'], 'V', 'exchanged leads')",
                       ("Ic", "n"), "not determined")
    end = end_of_curve(current, voltage)
    if end is None:
        return None
    row, reason = end
    return Caution(f"the curve ends at row {row} (I = {current[row - 1]:.4g} A): {reason}. The rows from there on ({len(current) - row}) do not belong to the law: "
                   "fk.drop_quench(data)",
                   ("Ic", "n"), "not determined")


@words_only
def hysteresis(data, fit):
    """On the way down the voltage must be that of the way up."""
    current, voltage = np.abs(fit.x[0]), fit.y - fit.background_part
    top = int(np.argmax(current))
    if top < 3 or len(current) - 1 - top < 3 or current[-1] > 0.98 * current[top]:
        return None
    up = np.argsort(current[: top + 1])
    expected = np.interp(current[top + 1:], current[: top + 1][up], voltage[: top + 1][up])
    noise = 1.5 * float(np.median(np.abs(np.diff(voltage[: top + 1])))) or float(np.ptp(voltage)) * 1e-6
    apart = np.abs(voltage[top + 1:] - expected)
    # where there is a voltage to compare: most of a ramp is its flat part
    risen = np.maximum(np.abs(voltage[top + 1:] - np.median(voltage)), np.abs(expected - np.median(voltage))) > 20 * noise
    if risen.sum() >= 3 and np.median(apart[risen]) > max(20 * noise, 0.2 * np.median(np.abs(expected[risen] - np.median(voltage)))):
        return Caution("after the largest current the voltage does not come back the way it went: a quench or heating. fk.drop_quench(data); or one fit for "
                       "each branch: fk.fit('power_law', fk.split_ramps(data))")
    return None


def quenched_early(data, fit):
    """A conductor that quenches at the foot of its transition never showed it."""
    found = [record.found for record in data.history if record.name == "drop_quench" and record.found.get("quench")]
    if not found:
        return None
    criterion = fit.known["Ec"] * fit.known["tap_distance"]
    rise = float(np.abs(fit.model_part).max())
    if rise > FOOT * criterion:
        return None
    return Caution(f"it quenched at {np.abs(fit.x[0]).max():.4g} A, where the voltage had risen to {rise / criterion:.2g} times the criterion: the transition was not "
                   "reached, and the rise may be that of the temperature. Ramp slower, cool better, or state a lower criterion with Ec", ("Ic", "n"), "not determined")


@words_only
def rows_that_stand_out(data, fit):
    """A spike pulls a least-squares fit."""
    rows = np.flatnonzero(spikes(fit.y - fit.background_part, 8.0))
    if not len(rows) or len(rows) > 0.05 * len(fit.y):
        return None
    named = ", ".join(map(str, rows[:5])) + (" ..." if len(rows) > 5 else "")
    return Caution(f"{'row' if len(rows) == 1 else 'rows'} {named} of {len(fit.y)} stand out of the curve: fk.drop_spikes(data), or fit with loss='bisquare'")


def inductance_or_offset(data, fit):
    """At a constant ramp rate the inductive voltage is a constant too."""
    if not (fit.free("L") and fit.free("offset")):
        return None
    rate = fit.gradient[list(fit.values).index("L")] if fit.gradient.shape[0] == len(fit.values) else None
    if rate is None or np.ptp(rate) > 0.2 * np.abs(rate).max():
        return None
    return Caution("L cannot be told from the offset at one ramp rate: take the branch down as well, another rate, or steps with the current held (Ic and n are not concerned)",
                   ("L", "offset"), "not determined")


@words_only
def resistance_or_drift(data, fit):
    """At a constant ramp rate a drift in time and a series resistance are one column."""
    if not fit.free("R") or fit.has("drift") or "time" not in data or not fit.error("R"):
        return None
    ramp = np.corrcoef(fit.x[0], data["time"])[0, 1] if np.ptp(data["time"]) > 0 else 0.0
    if abs(ramp) > 0.95 and abs(fit.value("R")) > 3 * fit.error("R"):
        return Caution("R cannot be told from a drift of the thermal voltage at a constant ramp rate: do not read it as a resistance (Ic and n are not concerned)")
    return None


def window_n(data, fit) -> dict[str, Measured]:
    """n of the 0.1 to 1 Ec window: a power law with its own n and Ic on the points whose fitted voltage lies there."""
    criterion = fit.known["Ec"] * fit.known["tap_distance"]
    level = np.abs(fit.model_part) / criterion
    inside = (level >= 0.1) & (level <= 1.0)
    if inside.sum() < 5:
        return {"n_window": Measured(math.nan, None, "", "fit", "not determined", f"{int(inside.sum())} points lie between 0.1 and 1 Ec, 5 are needed")}
    current, voltage = np.abs(fit.x[0][inside]), np.abs(fit.y - fit.background_part)[inside]
    Ic, n = fit.value("Ic"), fit.value("n")
    for _ in range(50):
        model = criterion * _power(current, Ic, n)
        jacobian = np.stack([-n * model, np.log(current / Ic) * model], axis=1)
        step = np.linalg.lstsq(jacobian, voltage - model, rcond=None)[0]
        Ic, n = Ic * math.exp(float(np.clip(step[0], -0.1, 0.1))), n + float(np.clip(step[1], -0.3 * abs(n), 0.3 * abs(n)))
        if abs(step[0]) < 1e-10 and abs(step[1]) < 1e-8 * abs(n):
            break
    if not 1 < n < 300:
        return {"n_window": Measured(math.nan, None, "", "fit", "not determined", "the noise hides the slope between 0.1 and 1 Ec")}
    inflation = math.sqrt((1 + fit.autocorrelation) / (1 - fit.autocorrelation)) if fit.autocorrelation > 0 else 1.0
    covariance = np.linalg.pinv(jacobian.T @ jacobian)
    error = fit.scatter * inflation * math.sqrt(covariance[1, 1])
    ok = error < 0.5 * abs(n)
    return {"n_window": Measured(n, error, "", "fit", "ok" if ok else "not determined", "" if ok else "the noise hides the slope between 0.1 and 1 Ec", fit.dof)}



def _grid(points, Ic, n):
    return np.linspace(-0.02, 10 ** (0.6 / n), points) * Ic  # up to four times the criterion


MODEL = Model(
    name="power_law",
    title="power law with critical current (logarithmic barrier)",
    equation="V = Ec d |I/Ic|^n sign(I)  (+ offset + R I)",
    validity="one to two decades of voltage about Ec; below flux flow, without heating or a stabiliser taking over.",
    function=power_law,
    gradient=power_law_gradient,
    value_and_gradient=power_law_value_and_gradient,
    x=Column("current", "A"),
    y=Column("voltage", "V", alternatives=(("electric_field", "V/m"),)),
    params=(
        Param("Ic", unit="A", linear=True, positive=True, typical=(1, 200), bounds=(0.0, math.inf), symbol=r"I_\mathrm{c}", meaning="critical current at the criterion Ec"),
        Param("n", scan=n_scan, positive=True, typical=(5, 60), bounds=(0.0, math.inf), symbol="n", meaning="n-value dlnV/dlnI"),
    ),
    known=(
        Known("tap_distance", unit="cm", positive=True, given_by={"electric_field": 1.0}, symbol="d", meaning="distance of the voltage taps"),
        Known("Ec", unit="uV/cm", default=1.0, positive=True, symbol=r"E_\mathrm{c}", meaning="electric-field criterion"),
    ),
    coefficients=Coefficients(_columns, _parameters),
    background=("offset", "R", "drift", "L"),
    background_default=("offset", "R"),
    diagnostics=(window_n,),
    diagnosed={"n_window": (r"n_{0.1-1}", "n-value between 0.1 and 1 Ec")},
    data_cautions=(quench_in_the_data, hysteresis, rows_that_stand_out),
    cautions=(criterion_reached, quenched_early, off_the_law_at_the_criterion, criterion_buried, noise_below_criterion, plausible_n, resistance_or_drift, inductance_or_offset),
    invalid=unusable,
    grid=_grid,
    example={"tap_distance": "1 cm", "temperature": "77 K"},
    checks=(
        Check(x=0.081969064, params={"Ic": 0.149409, "n": 4.12654}, known={"Ec": 6.6675e-06, "tap_distance": 1.0}, y=5.5983948408434271108e-7,
              rtol=1e-13, source="mpmath, 40 digits"),
        Check(x=-100.0, params={"Ic": 100.0, "n": 30.0}, known={"Ec": 1e-4, "tap_distance": 0.01}, y=-1e-6, rtol=1e-14, source="V(-Ic) = -Ec d by definition"),
    ),
    references=(
        "E. Zeldov et al., Appl. Phys. Lett. 56, 680 (1990)",
        "V. M. Vinokur, M. V. Feigel'man, V. B. Geshkenbein, Phys. Rev. Lett. 67, 915 (1991)",
    ),
)
