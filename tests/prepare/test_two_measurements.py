"""Steps that put two measurements together: their times need not agree, their temperature and field must."""

import numpy as np
import pytest

import fitkit as fk

TIME = np.geomspace(10, 1e4, 100)


def branch(sign, time=TIME, seed=0, noise=1e-7, errors=False, **meta):
    """A logarithmic decay of U0/k_B = 400 K at 10 K on a background that both branches share."""
    moment = sign * 1e-3 * (1 - 0.025 * np.log(time / 1e-6)) + 2e-4 + np.random.default_rng([seed, sign + 1]).normal(0, noise, len(time))
    given = {"moment_err": (np.full(len(time), noise), "emu")} if errors else {}
    return fk.dataset(time=(time, "s"), moment=(moment, "emu"), name="up" if sign < 0 else "down", **given, **({"temperature": "10 K", "applied_field": "1 T"} | meta))


@pytest.mark.parametrize("errors", [False, True])
@pytest.mark.parametrize("here, there", [(120, 100), (120, 30), (120, 15), (30, 120)])
def test_errors_where_the_branches_have_other_times(here, there, errors):
    """Pulls of 60 simulated pairs: their width is known to 0.1."""
    pulls = []
    for seed in range(60):
        made = fk.irreversible_moment(branch(-1, np.geomspace(10, 1e4, here), seed, errors=errors), branch(1, np.geomspace(9.9, 1.01e4, there), seed, errors=errors))
        U0 = fk.fit("log_decay", made, assume={"t0": "1e-6 s"})["U0"].to("K")
        pulls.append((U0.value - 400) / U0.error)
    assert len(made) >= min(here, there) - 2 and abs(np.mean(pulls)) < 0.45 and 0.75 < np.std(pulls) < 1.3


@pytest.mark.parametrize("put_together", [fk.irreversible_moment, fk.two_branches])
def test_one_temperature_and_one_field(put_together):
    put_together(branch(-1), branch(1, temperature="10.02 K"))
    for other in (branch(1, temperature="11 K"), branch(1, applied_field="2 T"), branch(1).with_columns({"temperature": np.full(100, 4.0)}, {"temperature": "K"}).with_meta(temperature="40 K")):
        with pytest.raises(fk.FitkitError, match="up and down differ in (temperature: 10 and|applied field: 1 and 2 T)"):
            put_together(branch(-1), other)


def test_columns_say_it_too():
    """Without metadata the columns of temperature and field speak."""
    bare = [fk.dataset(time=(TIME, "s"), moment=(one["moment"] * 1e3, "emu"), field=(np.full(100, field), "T"), temperature=(np.full(100, T), "K"), name=name)
            for one, field, T, name in ((branch(-1), 1.0, 10.0, "up"), (branch(1), 5.0, 10.0, "down"), (branch(1), 1.0, 40.0, "warm"))]
    with pytest.raises(fk.FitkitError, match="differ in applied field: 1 and 5 T"):
        fk.irreversible_moment(bare[0], bare[1])
    with pytest.raises(fk.FitkitError, match="differ in temperature: 10 and 40 K"):
        fk.two_branches(bare[0], bare[2])


def test_a_sparse_background_is_said():
    """Its noise enters neighbouring rows alike; a dense one is taken silently."""
    rng = np.random.default_rng(3)

    def sweep(points, L_phi, name):
        field = np.linspace(-0.3, 0.3, points)
        return fk.dataset(field=(field, "T"), delta_conductance=(fk.get_model("hln").function(field, 1.0, L_phi) + rng.normal(0, 1e-8, points), "S"), name=name)

    made = fk.subtract_background(sweep(401, 200e-9, "2 K"), sweep(50, 20e-9, "30 K"))
    assert "note: the background '30 K' has 50 points beside 401" in str(fk.fit("hln", made)) and "a factor 2.8" in str(fk.fit("hln", made))
    assert not fk.subtract_background(sweep(401, 200e-9, "2 K"), sweep(401, 20e-9, "30 K")).notes


def test_van_der_pauw_wants_one_temperature():
    first, second = (fk.dataset(field=(np.linspace(-1, 1, 11), "T"), resistance=(np.full(11, R), "ohm"), name=name, temperature=T)
                     for R, name, T in ((100.0, "a", "2 K"), (80.0, "b", "20 K")))
    with pytest.raises(fk.FitkitError, match="a and b differ in temperature: 2 and 20 K"):
        fk.van_der_pauw(first, second)


def test_a_field_that_is_one_number_is_the_applied_field(tmp_path):
    assert fk.dataset(time=(TIME, "s"), field="1 T").si("applied_field") == branch(1).with_meta(field="1 T").si("applied_field") == 1.0
    (tmp_path / "run.csv").write_text("time [s],moment [emu]\n1,2\n2,3\n")
    assert fk.load(tmp_path / "run.csv", field="20 mT").si("applied_field") == 0.02
