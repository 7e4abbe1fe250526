"""The zero of the field axis as a parameter of the fit, in any law of magnetoconductance."""

import numpy as np
import pytest

import fitkit as fk
from fitkit.constants import G0

FIELD = np.linspace(-0.2, 0.2, 201)


def sweep(offset, seed, name="sweep", hall=0.0, law="hln", **params):
    """A sweep whose zero field reads ``offset`` [T]."""
    y = fk.get_model(law).function(FIELD - offset, **(params or {"alpha": 1.0, "L_phi": 250e-9}))
    y = y + hall * G0 * FIELD + 0.01 * G0 * np.random.default_rng(seed).standard_normal(FIELD.size)
    return fk.dataset(field=(FIELD, "T"), delta_conductance=(y, "S"), name=name)


def test_both_directions_share_the_law_and_not_the_zero():
    """Trapped flux of either sign; 24 fits: pulls of offsets and length of mean 0 and width 1."""
    pulls, length = [], []
    for seed in range(24):
        result = fk.fit("hln+field_offset", [sweep(3e-3, seed, "up"), sweep(-3e-3, 99 + seed, "down")], share=["alpha", "L_phi"])
        pulls += [(one.value - true) / one.error for one, true in zip(result["field_offset"], (3, -3))]
        length.append((result["L_phi"][0].value - 250) / result["L_phi"][0].error)
    assert abs(np.mean(pulls)) < 0.45 and 0.75 < np.std(pulls) < 1.3 and abs(np.mean(length)) < 0.65
    assert result.determined and all(one.law == "hln+field_offset" for one in result.fits)


def test_one_direction_against_the_law_without():
    """Left out, 3 mT leave no length that could be trusted; the caution names the way out, and the comparison says that they are there."""
    data = sweep(3e-3, 1)
    plain, moved = fk.fit("hln", data), fk.fit("hln+field_offset", data)
    assert not plain.determined and moved.determined and moved["L_phi"].value == pytest.approx(250, rel=0.02)
    assert fk.compare(["hln", "hln+field_offset"], data).best == "hln+field_offset"
    assert any("hln+field_offset" in text for text in plain.fits[0].cautions) and not moved.fits[0].cautions


def test_a_hall_admixture_beside_it():
    result = fk.fit("hln+field_offset", sweep(3e-3, 2, hall=2.0), background=["offset", "slope"])
    assert result["field_offset"].value == pytest.approx(3, abs=4 * result["field_offset"].error) and result["L_phi"].value == pytest.approx(250, rel=0.03)


def test_a_costly_law():
    result = fk.fit("ilp+field_offset", sweep(-2e-3, 3, law="ilp", alpha=1.0, L_phi=600e-9, B_so1=5e-3, B_so3=0.0))
    assert result["field_offset"].value == pytest.approx(-2, abs=0.1) and result["L_phi"].value == pytest.approx(600, rel=0.05)
    assert result["B_so1"].value == pytest.approx(5, rel=0.1)


@pytest.mark.parametrize("name", ["hln", "maekawa_fukuyama", "wire", "kawabata", "beyond_diffusion"])
def test_it_is_the_law_elsewhere(name):
    """Value, gradient and reference points are those of the law at field - field_offset."""
    law, moved = fk.get_model(name), fk.get_model(f"{name}+field_offset")
    params = law.typical_parameters(np.random.default_rng(4))
    field, known = law.grid(60, **params), {k.name: k.of_x(1.0) if k.of_x else {"width": 1e-7, "diffusivity": 1e-3}.get(k.name, k.absent) for k in law.known if not k.for_derived}
    offset = 0.03 * float(field.max())
    y, gradient = moved.evaluate((field + offset,), [*params.values(), offset], known)
    np.testing.assert_allclose(y, law.function(field, **params, **known), rtol=1e-9, atol=1e-9 * np.ptp(y))
    step = 1e-4 * offset
    numeric = (moved.function(field, *params.values(), step, **known) - moved.function(field, *params.values(), -step, **known)) / (2 * step)
    at_zero = moved.evaluate((field,), [*params.values(), 0.0], known)[1][-1]
    np.testing.assert_allclose(at_zero, numeric, atol=2e-3 * np.abs(numeric).max())
    for check in moved.checks:
        assert moved.function(check.x, **check.params, **check.known) == pytest.approx(check.y, rel=max(check.rtol, 1e-9), abs=max(check.atol, 1e-300))


def test_found_and_refused():
    assert "hln+field_offset" in fk.get_model("hln").describe()
    with pytest.raises(fk.FitkitError, match=r"'hln\+field_offset' in place of 'hln'"):
        fk.fit("hln", sweep(0.0, 0), free=["field_offset"])
    with pytest.raises(fk.FitkitError, match="no law of magnetoconductance"):
        fk.get_model("log_decay+field_offset")


def test_the_result_reads_back_and_is_resampled(tmp_path):
    result = fk.fit("hln+field_offset", sweep(3e-3, 5))
    result.save(tmp_path)
    assert fk.read_result(tmp_path / "result.json")["field_offset"].value == pytest.approx(result["field_offset"].value, rel=1e-12)
    assert np.std(fk.bootstrap(result, n=60, seed=1).draws["field_offset"]) == pytest.approx(result["field_offset"].error, rel=0.4)
