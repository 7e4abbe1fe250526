"""Decay and transport on one E-J curve: simulated flux diffusion with the E(J) that also makes the transport curve."""

from functools import lru_cache, partial

import numpy as np
import pytest

import fitkit as fk
from fitkit.simulate import power_law, slab_relaxation

JC, EC, AREA = 1e10, 1e-4, 1e-8     # A/m2, V/m, m2
TIME = np.geomspace(10, 1e5, 120)


@lru_cache(maxsize=4)
def decay(n):
    found = slab_relaxation(partial(power_law, Ec=EC, n=n, Jc=JC), TIME, half_width=100e-6, Jc=JC, field_start=3.0, field_stop=1.0, ramp_rate=0.1)
    noisy = found.magnetization * (1 + 1e-4 * np.random.default_rng(2).normal(size=TIME.size))
    data = fk.dataset(time=(TIME, "s"), magnetization=(noisy, "A/m"), name="hold", meta={"temperature": "20 K", "applied_field": "1 T"})
    return fk.electric_field_of_decay(fk.bean_current_density(data, shape="slab", thickness="0.2 mm", measure="branch"), shape="slab", height="5 mm")


def transport(n, Jc=JC, temperature=20, seed=3):
    current = np.linspace(0.7, 1.12, 400) * Jc * AREA
    voltage = EC * 0.01 * (current / (Jc * AREA)) ** n + 1e-8 * np.random.default_rng(seed).normal(size=400)
    data = fk.dataset(current=(current, "A"), voltage=(voltage, "V"), name="bridge", meta={"tap_distance": "1 cm", "temperature": f"{temperature} K", "applied_field": "1 T"})
    return fk.fit("power_law", data)


def test_one_power_law_over_eight_decades(tmp_path):
    """n = 20 in both: 1 + 1/S, the slope of the decay, the chord and transport agree, and so do the points."""
    picture = fk.ej_picture(decay(20), transport(20), cross_section="1e-8 m2")
    first, second = picture.parts
    assert first.E.min() < 1e-9 and second.E.max() > 3e-4
    for found in (first.n, first.one_plus, second.n):
        assert abs(found.value - 20) < max(4 * found.error, 0.5), found
    for one in picture.parts:
        assert np.all(np.abs(one.J / (JC * (one.E / EC) ** (1 / 20)) - 1) < 0.02)
    assert "one power law (logarithmic barrier)" in picture.verdicts[0] and "1 + 1/S" in repr(picture)
    ax = picture.plot(tmp_path / "ej.png")
    assert (tmp_path / "ej.png").stat().st_size > 5000 and ax.get_xscale() == "log"


def beyond(n, chord):
    """Current density [A/m2] at 1 uV/cm where the chord from the middle of the decay of that n has the slope ``chord``."""
    J, E = (float(np.exp(np.log(decay(n)[name]).mean())) for name in ("current_density", "electric_field"))
    return J * (EC / E) ** (1 / chord)


def test_other_barriers_and_mismatches_are_named():
    glass = fk.ej_picture(decay(30), transport(15, Jc=beyond(30, 22)), cross_section="1e-8 m2")
    assert "glass" in glass.verdicts[0]
    flat = fk.ej_picture(decay(12), transport(40, Jc=beyond(12, 22)), cross_section="1e-8 m2")
    assert "finite barrier" in flat.verdicts[0]
    wrong = fk.ej_picture(decay(20), transport(20), cross_section="3e-8 m2")
    assert "do not belong together" in wrong.verdicts[0] or "not the same quantity" in wrong.verdicts[0]
    assert "no transport at its temperature" in fk.ej_picture(decay(20), transport(20, temperature=30), cross_section="1e-8 m2").verdicts[0]
    with pytest.raises(fk.FitkitError, match="cross_section="):
        fk.ej_picture(decay(20), transport(20))
    with pytest.raises(fk.FitkitError, match="electric_field_of_decay"):
        fk.ej_picture(fk.dataset(time=(TIME, "s"), moment=(TIME, "emu")), transport(20), cross_section="1e-8 m2")


def test_table_is_drawn(tmp_path):
    curves = []
    for field, Jc in ((0.5, JC), (1.0, 0.7 * JC), (2.0, 0.4 * JC)):
        curves.append(transport(20, Jc, seed=int(10 * field)).fits[0].data.with_meta(applied_field=f"{field} T"))
    named = [fk.dataset(current=(one["current"], "A"), voltage=(one["voltage"], "V"), name=str(number), meta=dict(one.meta)) for number, one in enumerate(curves)]
    table = fk.critical_table(fk.fit("power_law", named), cross_section="1e-8 m2")
    upper = fk.plot_critical_table(table, tmp_path / "table.png")
    assert len(upper.figure.axes) == 2 and "J" in upper.get_ylabel() and (tmp_path / "table.png").stat().st_size > 5000
    with pytest.raises(fk.FitkitError, match="the table has"):
        fk.plot_critical_table(table, over="angle")
