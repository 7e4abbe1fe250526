"""Derived quantities of a map: those of the single fits, and a word for what is not there."""

import numpy as np
import pytest

import fitkit as fk
from fitkit.constants import e, hbar
from fitkit.errors import FitkitError
from fitkit.fitting.maps.judge import VERDICTS

FIELD = np.linspace(-0.5, 0.5, 80)


def film(rng, shape):
    alpha, L_phi = rng.uniform(0.4, 1.2, shape), np.exp(rng.uniform(np.log(3e-8), np.log(1e-6), shape))
    Y = fk.get_model("hln").function(FIELD, alpha[..., None], L_phi[..., None])
    return Y + 0.01 * np.ptp(Y, axis=-1)[..., None] * rng.normal(size=Y.shape)


def as_fit(result, name, rows):
    for row in rows:
        one, alone = result.value(name, row), result.curve(row)[name]
        assert one.unit == alone.unit and one.verdict == alone.verdict and one.limit == alone.limit, (row, alone.reason)
        assert one.value == pytest.approx(alone.value, rel=1e-6), row
        assert (one.error is None) == (alone.error is None) and (one.error is None or one.error == pytest.approx(alone.error, rel=1e-4)), row


def test_dephasing_times_of_a_map():
    """tau_phi = L_phi^2/D and its error, with the error of D; B_phi = hbar/(4 e L_phi^2) by hand; in tables as well."""
    result = fk.fit_many("hln", (FIELD, "T"), film(np.random.default_rng(1), 40), meta={"diffusivity": "10 +- 0.5 cm^2/s"})
    assert {"tau_phi", "B_phi"} <= set(result.derived)
    good = result.verdicts["L_phi"] == 0
    L, err = (one["L_phi"][good] * 1e-9 for one in (result.values, result.errors))
    assert result["tau_phi"][good] == pytest.approx(L**2 / 1e-3 * 1e12, rel=1e-9)
    assert result.errors["tau_phi"][good] == pytest.approx(result["tau_phi"][good] * np.hypot(2 * err / L, 0.05), rel=1e-5)
    assert result["B_phi"][good] == pytest.approx(hbar / (4 * e * L**2) * 1e3, rel=1e-9)
    as_fit(result, "tau_phi", range(0, 40, 5))
    as_fit(result, "B_phi", range(0, 40, 5))
    table = result.to_dataframe()
    assert np.array_equal(table["tau_phi"], result.values["tau_phi"]) and set(table["tau_phi_verdict"]) <= set(VERDICTS)
    assert "tau_phi" in result.summary() and "ps" in result.summary()
    assert result.plot("tau_phi").get_ylabel() == r"$\tau_\varphi$ (ps)"


@pytest.mark.parametrize("shape", [(6, 5), (6,)])
def test_suspect_curves_are_marked(shape):
    """Dots on the pixels (open symbols on lines) of the curves that a caution wants to see alone, and a word in the legend."""
    axes = {"gate_voltage": (np.linspace(-1, 1, 6), "V"), "temperature": (np.linspace(2, 10, 5), "K")}
    result = fk.fit_many("hln", (FIELD, "T"), film(np.random.default_rng(3), shape), axes=dict(list(axes.items())[: len(shape)]))
    assert result.plot("alpha").get_legend() is None
    result.table.unasked[:3] = True
    ax = result.plot("alpha")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["suspect"]
    marked = next(line for line in ax.lines if line.get_markerfacecolor() == "white") if len(shape) == 1 else ax.lines[0]
    assert len(marked.get_xdata()) == 3


def test_what_is_missing_is_said():
    result = fk.fit_many("hln", (FIELD, "T"), film(np.random.default_rng(2), 5))
    assert "diffusivity" in result.absent["tau_phi"] and "tau_phi" not in result.derived
    with pytest.raises(FitkitError, match="tau_phi.*needs diffusivity"):
        result["tau_phi"]
    with pytest.raises(FitkitError, match="no 'tau' in this map. There are alpha, L_phi"):
        result["tau"]


def test_two_fitted_parameters_want_the_single_curve():
    """B_so_z = zeta B_so: with both fitted their correlation counts, with zeta held it is one number."""
    rng, law = np.random.default_rng(4), fk.get_model("hln_spin_orbit")
    field = np.linspace(-0.03, 0.03, 80)
    Y = law.function(field, 1.0, 8e-7, np.exp(rng.uniform(-6.5, -5.5, (6, 1))), 1 / 3, 0.0, 1 / 3, 0.0)
    Y = Y + 2e-3 * np.ptp(Y, axis=1)[:, None] * rng.normal(size=Y.shape)
    both = fk.fit_many("hln_spin_orbit", (field, "T"), Y, background=["offset"], free=["zeta"])
    assert "correlation" in both.absent["B_so_z"]
    held = fk.fit_many("hln_spin_orbit", (field, "T"), Y, background=["offset"])
    assert held["B_so_z"] == pytest.approx(held["B_so"] / 3, rel=1e-9)
    as_fit(held, "B_so_z", range(3))


def test_an_axis_enters_a_derived_quantity():
    """The temperature of each curve, where a quantity takes it; the same as the single fits."""
    time, temperature = np.geomspace(10, 1e4, 60), np.array([5.0, 10.0, 20.0])
    rng = np.random.default_rng(6)
    Y = 1 - 0.02 * np.log(time / 300) * np.ones((3, 4, 1)) + 1e-3 * rng.normal(size=(3, 4, 60))
    result = fk.fit_many("log_decay", (time, "s"), (Y, "emu"), axes={"temperature": (temperature, "K"), "sample": (np.arange(4.0), "")})
    name = next(one for one in result.derived if "temperature" in {argument for each in fk.get_model("log_decay").derived if each.name == one for argument in each.arguments})
    as_fit(result, name, (0, 5, 11))
    assert np.nanmedian(result[name][2]) > 2 * np.nanmedian(result[name][0])
