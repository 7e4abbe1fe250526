"""Conversions of conventions, each against the laws themselves."""

import math

import numpy as np
import pytest

import fitkit as fk
from fitkit.constants import G0, e, h, hbar
from fitkit.physics import conventions as c
from fitkit.physics.coherence import elastic_field

B = np.array([1e-4, 3e-3, 0.02, 0.3])


def test_prefactors_are_what_they_say():
    values = {"G0": G0, "e^2/(pi h)": e**2 / (math.pi * h), "e^2/(2 pi^2 hbar)": e**2 / (2 * math.pi**2 * hbar), "e^2/h": e**2 / h, "e^2/(2 pi hbar)": e**2 / (2 * math.pi * hbar),
              "e^2/(2 pi h)": e**2 / (2 * math.pi * h), "e^2/(4 pi^2 hbar)": e**2 / (4 * math.pi**2 * hbar), "e^2/(pi hbar)": e**2 / (math.pi * hbar)}
    assert values.keys() == c.PREFACTORS.keys()
    for name, value in values.items():
        assert c.PREFACTORS[name] * G0 == pytest.approx(value, rel=1e-9)
        assert c.alpha_to(c.alpha_from(0.7, name, -1), name, -1) == pytest.approx(0.7)


def test_antilocalization_of_other_papers():
    """alpha = +1/2 with an explicit minus; -0.16 with e^2/h in front; -1 with e^2/(2 pi h): one antilocalizing channel all."""
    assert c.alpha_from(0.5, sign=-1) == -0.5
    assert c.alpha_from(-0.5 / math.pi, "e^2/h") == pytest.approx(-0.5)
    assert c.alpha_from(-1.0, "e^2/(2 pi h)") == pytest.approx(-0.5)
    for wrong in ({"prefactor": "e2/h"}, {"sign": 2}):
        with pytest.raises(ValueError):
            c.alpha_from(1.0, **wrong)


def test_spin_orbit_fields_give_the_same_curve():
    """Full HLN with zeta = 0 is Maekawa-Fukuyama without Zeeman energy and ILP with the third harmonic alone."""
    full = fk.get_model("hln_spin_orbit").function
    for B_so in (2e-3, 0.05):
        here = c.total_field(B_so)
        assert c.precession_field(here) == B_so
        curve = full(B, 1.0, 400e-9, here, 0.0, 0.0, 1 / 3, 0.0)
        np.testing.assert_allclose(fk.get_model("ilp").function(B, 1.0, 400e-9, 0.0, B_so), curve, atol=1e-11 * G0, rtol=0)
    # an isotropic total field and its x, y part alone: the triplet m = 0 does not see B_so^z
    def B_0(total, zeta):
        return 2 * (1 - zeta) * total

    assert B_0(0.03, 1 / 3) == pytest.approx(2 * c.precession_field(0.03, 1 / 3)) and c.precession_field(0.03, 1 / 3) == pytest.approx(0.02)
    assert c.total_field(c.precession_field(0.03, 1 / 3), 1 / 3) == pytest.approx(0.03)


def test_elastic_and_intravalley():
    length = 28e-9
    assert elastic_field(c.elastic_length(length)) == pytest.approx(hbar / (4 * e * length**2))
    assert c.elastic_length(length, 2) == length
    law, f = fk.get_model("graphene").function, fk.get_model("hln").function
    from fitkit.physics.coherence import length_of_field

    B_i, mccann = 3e-3, 40e-3
    value = law(B, 1.0, 500e-9, length_of_field(B_i), length_of_field(c.intravalley_field(mccann, B_i)))
    B_phi = hbar / (4 * e * 500e-9**2)
    exact = f(B, 1.0, 500e-9) - f(B, 1.0, length_of_field(B_phi + 2 * B_i)) - 2 * f(B, 1.0, length_of_field(B_phi + mccann))
    np.testing.assert_allclose(value, exact, rtol=1e-9)


def test_every_law_of_magnetoconductance_says_its_convention():
    for name in fk.models():
        law = fk.get_model(name)
        if law.y.name in ("delta_conductance", "delta_conductivity"):
            assert law.convention.endswith(".") and law.convention in law.describe(), name
            if any(p.name.startswith("B_so") or p.name == "L_so" for p in law.params):
                assert any(word in law.convention for word in ("Hikami-Larkin-Nagaoka", "Maekawa-Fukuyama")), name


def test_the_report_says_the_convention(tmp_path):
    field = np.linspace(-0.2, 0.2, 101)
    law = fk.get_model("hln")
    result = fk.fit("hln", fk.dataset(field=(field, "T"), delta_conductance=(law.function(field, 1.0, 200e-9) + np.random.default_rng(0).normal(0, 1e-8, 101), "S")))
    assert law.convention in result.summary()
    result.save(tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "antilocalizing channel" in page and law.convention.replace("'", "&#39;") in page
    assert law.convention in fk.read_result(tmp_path / "result.json").summary()
