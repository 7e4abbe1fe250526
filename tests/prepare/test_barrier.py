"""pinning_barrier and current_density, and the forms of the theory laid over U(J)."""

import numpy as np
import pytest

import fitkit as fk
from fitkit.constants import k_B
from fitkit.errors import FitkitError
from fitkit.physics.barriers import BARRIERS, overlay

T, JC = 10.0, 4e9


def decay(barrier, a=40.0, tau=1e-7):
    """J(t) integrated step by step, as a Dataset."""
    time = np.geomspace(1.0, 1e5, 50)
    J = fk.simulate.current_relaxation(time, barrier, U0=a * k_B * T, temperature=T, Jc=JC, tau=tau)
    return fk.dataset(time=(time, "s"), current_density=(J, "A/m2"), name=str(barrier), temperature="10 K")


@pytest.mark.parametrize("name", ["linear", "plastic", "logarithmic barrier", "single vortex", "half loop", "small bundle"])
def test_barrier_from_the_time_is_the_one_that_was_put_in(name):
    """U = kT ln(1 + t/t0), t0 = tau/a, to the few per cent of the leading logarithm; the right form lies nearest."""
    data = fk.pinning_barrier(decay(name), t0=f"{1e-7 / 40!r} s")
    np.testing.assert_allclose(data["pinning_barrier"], 40 * k_B * T * BARRIERS[name].height(data["current_density"] / JC), rtol=0.06)
    over = overlay(data["current_density"], data["pinning_barrier"], name)
    assert over.U0 == pytest.approx(40 * k_B * T, rel=0.06) and over.Jc == pytest.approx(JC, rel=0.12)
    exact = 40 * k_B * T * BARRIERS[name].height(data["current_density"] / JC)
    nearest = min(filter(None, (overlay(data["current_density"], exact, one) for one in BARRIERS if one not in ("washboard", "three halves"))), key=lambda one: one.rms)
    assert nearest.name == name and nearest.U0 == pytest.approx(40 * k_B * T, rel=1e-8) and nearest.Jc == pytest.approx(JC, rel=1e-8)


def test_barrier_from_the_electric_field():
    """E = E0 exp(-U/kT): exactly."""
    J = np.linspace(1e9, 3e9, 12)
    E = 200.0 * np.exp(-30 * (1 - J / JC) ** 1.5)
    data = fk.dataset(current_density=(J, "A/m2"), electric_field=(E, "V/m"), electric_field_err=(0.1 * E, "V/m"), name="curve", temperature="10 K")
    made = fk.pinning_barrier(data, E0="200 V/m")
    np.testing.assert_allclose(made["pinning_barrier"], 30 * k_B * T * (1 - J / JC) ** 1.5, rtol=1e-12)
    np.testing.assert_allclose(made["pinning_barrier_err"], 0.1 * k_B * T, rtol=1e-12)
    over = overlay(J, made["pinning_barrier"], "three halves")
    assert over.U0 == pytest.approx(30 * k_B * T, rel=1e-9) and over.Jc == pytest.approx(JC, rel=1e-9) and made.units["pinning_barrier"] == "meV"
    # a wrong E0 shifts by kT ln of its factor
    shifted = fk.pinning_barrier(data, E0="2000 V/m")
    np.testing.assert_allclose(shifted["pinning_barrier"] - made["pinning_barrier"], k_B * T * np.log(10), rtol=1e-9)


def test_what_is_missing_is_said():
    bare = decay("linear")
    with pytest.raises(FitkitError, match="up to a constant.*\n.*fk.creep_time"):
        fk.pinning_barrier(bare)
    with pytest.raises(FitkitError, match="give one of them"):
        fk.pinning_barrier(bare, t0="1 us", E0="1 V/m")
    with pytest.raises(FitkitError, match="no 'temperature'"):
        fk.pinning_barrier(fk.dataset(time=([1.0, 2], "s"), current_density=([2.0, 1], "A/m2"), name="cold"), t0="1 us")
    with pytest.raises(FitkitError, match="no column 'current_density'.*\n.*bean_current_density"):
        fk.pinning_barrier(fk.dataset(time=([1.0, 2], "s"), moment=([2.0, 1], "emu"), name="moment"), t0="1 us")
    fields = fk.dataset(current_density=([2.0, 1], "A/m2"), electric_field=([1e-6, -1e-7], "V/m"), name="curve", temperature="10 K")
    with pytest.raises(FitkitError, match="1 rows with an electric field of 0 or below"):
        fk.pinning_barrier(fields, E0="1 V/m")
    with pytest.raises(FitkitError, match="E0 must exceed"):
        fk.pinning_barrier(fields.select([0]), E0="1e-8 V/m")
    assert overlay([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], "linear") is None


def test_current_density_of_transport():
    data = fk.dataset(current=([1.0, 2.0], "A"), current_err=([0.1, 0.1], "A"), voltage=([1.0, 2.0], "uV"), name="bridge", width="10 um", thickness="100 nm")
    made = fk.current_density(data)
    np.testing.assert_allclose(made["current_density"], [1e12, 2e12])
    np.testing.assert_allclose(made["current_density_err"], 1e11)
    with pytest.raises(FitkitError, match="no 'thickness': the current density"):
        fk.current_density(fk.dataset(current=([1.0], "A"), voltage=([1.0], "V"), name="bridge", width="10 um"))


def test_relaxation_joins_transport_in_one_law():
    """E(J) of a simulated decay and of a simulated V-I curve lie on one power law over ten decades."""
    from functools import partial

    n, w = 25, 1e-4
    law = partial(fk.simulate.power_law, Ec=1e-4, Jc=JC, n=n)
    time = np.geomspace(10.0, 1e5, 200)
    M = fk.simulate.slab_relaxation(law, time, half_width=w, Jc=JC, field_start=3.0, field_stop=0.0, ramp_rate=1.0, cells=60).magnetization
    run = fk.dataset(time=(time, "s"), magnetization=(M, "A/m"), name="relaxation", temperature="10 K", thickness="0.2 mm", height="5 mm")
    magnetic = fk.electric_field_of_decay(fk.bean_current_density(run, shape="slab", measure="branch", field_step="3 T"), shape="slab")
    current = np.linspace(0.85, 1.3, 30) * JC * 1e-9
    wire = fk.dataset(current=(current, "A"), voltage=(law(current / 1e-9)[0] * 0.01, "V"), name="transport", temperature="10 K", tap_distance="1 cm", width="1 mm", thickness="1 um")
    transport = fk.current_density(fk.electric_field(wire))
    J, E = (np.concatenate([one[name] for one in (magnetic, transport)]) for name in ("current_density", "electric_field"))
    slope, level = np.polyfit(np.log(J / JC), np.log(E / 1e-4), 1)
    assert slope == pytest.approx(n, rel=2e-3) and abs(level) < 0.02 and E.min() < 1e-9 < 1e-3 < E.max()
    picture = fk.ej_picture(magnetic)
    assert [one.kind for one in picture.parts] == ["decay"] and not picture.verdicts and abs(picture.parts[0].n.value - n) < 0.02 * n
    ax = picture.plot()
    assert ax.get_xscale() == ax.get_yscale() == "log" and len(ax.get_legend().get_texts()) == 1


def test_figure_of_the_barrier():
    data = fk.pinning_barrier(decay("single vortex"), t0=f"{1e-7 / 40!r} s")
    ax = fk.plot_barriers(data)
    assert ax.get_xlabel() == "J (A/cm²)" and len(ax.lines) >= 4 and ax.get_legend() is not None and not ax.texts     # without noise the form is told
    again = fk.plot_barriers([data, data.renamed("again")], ax=ax, barriers=("linear", "half loop"))
    assert again is ax
    with pytest.raises(FitkitError, match="no barrier 'cubic'"):
        fk.plot_barriers(data, barriers=("cubic",))
    with pytest.raises(FitkitError, match="no column 'pinning_barrier'"):
        fk.plot_barriers(decay("linear"))


@pytest.mark.parametrize("temperature", ["05", "11", "17", "26"])
def test_sample_data_with_their_geometry(samples, temperature):
    """U0/k_B = 1200 K of the simulated slab within the errors of its noise; its flux-flow resistivity rises as T, so that t0 is 10 ns throughout."""
    T = float(temperature)
    resistivity = 0.39829655 * 4e-7 * np.pi * 1e-8 * T / 1200 / 1e-8
    run = fk.load(samples / "relaxation" / f"relaxation_{temperature}K.csv", height="2 mm")
    timed = fk.creep_time(run, shape="slab", flux_flow_resistivity=f"{resistivity} ohm m")
    assert timed.si("t0") == pytest.approx(1e-8, rel=0.02)
    for law in ("log_decay", "rate_equation_decay"):
        U0 = fk.fit(law, timed)["U0"].to("K")
        assert abs(U0.value - 1200) < 3 * U0.error < 100
    decay = fk.bean_current_density(timed, shape="slab", measure="branch", field_step="2 T")
    # linear barrier from Jc = 5e9 A/m2 on
    U = fk.pinning_barrier(decay)["pinning_barrier"]
    assert np.median(U / (1200 * k_B * (1 - decay["current_density"] / 5e9))) == pytest.approx(1, abs=0.01)
    # where little of the moment decays the forms are not told apart, and the figure says so; at 26 K they are, and the linear one is nearest
    said = [text.get_text() for text in fk.plot_barriers(fk.pinning_barrier(decay)).texts]
    if T < 15:
        assert "not told apart" in said[0]
    else:
        assert min(filter(None, (overlay(decay["current_density"], U, name) for name in BARRIERS if name != "washboard")), key=lambda one: one.rms).name in ("linear", "three halves")
