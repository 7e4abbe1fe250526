"""The sample data through the whole path: what was simulated is recovered with honest errors."""

import csv
import math

import numpy as np
import pytest

import fitkit as fk
from fitkit import demo
from fitkit.simulate import samples


@pytest.fixture(scope="module")
def recovered(samples_folder):
    return demo.recovered(demo.analyse(samples_folder), samples_folder / "index.csv")


@pytest.fixture(scope="module")
def samples_folder():
    return demo.sample_folder()


def test_everything_is_recovered(recovered):
    assert len(recovered) == 27
    pulls = np.array([one.pull for one in recovered])
    assert np.all(np.abs(pulls) < 3.5), [(one.file, one.quantity, one.pull) for one in recovered if abs(one.pull) >= 3.5]
    assert np.mean(np.abs(pulls) < 2) >= 0.85
    assert all(one.found.verdict == "ok" for one in recovered)


def test_errors_lie_between_the_floor_and_a_tenth(recovered):
    for one in recovered:
        assert 3 * one.floor <= one.found.error <= 0.1 * abs(one.truth), f"{one.file} {one.quantity}: error {one.found.error}, floor {one.floor}"


def test_second_stage(samples_folder):
    results = demo.analyse(samples_folder)
    barrier, length = results["pinning energy"], results["coherence length"]
    assert abs(barrier["U0_K"].value - 1200) < 3.5 * barrier["U0_K"].error
    with open(samples_folder / "index.csv", encoding="utf-8", newline="") as file:
        row = next(csv.DictReader(file))
    m = -math.log(float(row["t_r (s)"]) / float(row["t0 (s)"]))
    assert abs(barrier["m"].value - m) < 3.5 * barrier["m"].error
    assert abs(length["p"].value - 1) < 3.5 * length["p"].error


def _dataset(sample, name, meta=()):
    """A Dataset of simulated arrays as the loader would give it."""
    from fitkit.data import Dataset, read_meta

    values = {key: read_meta(key, value) for key, value in {**sample.metadata, **dict(meta)}.items()}
    return Dataset(name=name, columns=sample.columns, meta=values)


def _truth(sample, quantity):
    return next(one for one in sample.truth if one.quantity == quantity)


@pytest.mark.slow
def test_mean_pulls_over_thirty_seeds():
    """U*, L_phi, Ic and n, each quantity over all its files and 30 seeds: mean pull within 0.3."""
    pulls = {"U_star": [], "L_phi": [], "Ic": [], "n": []}
    for seed in range(100, 130):
        for number in range(1, 9):
            sample = samples.relaxation_sample(number, seed)
            fit = fk.fit("log_decay", _dataset(sample, f"{number}"))
            found, put_in = fit["U_star"].to("K"), _truth(sample, "U_star")
            truth = put_in.barrier - put_in.temperature * math.log(fit["t_r"].value / put_in.creep_time)
            pulls["U_star"].append((found.value - truth) / found.error)
        for number in range(11, 17):
            sample = samples.tape_sample(number, seed)
            fit = fk.fit("power_law", fk.drop_quench(_dataset(sample, f"{number}", {"tap_distance": "1 cm"}.items())))
            for name in ("Ic", "n"):
                pulls[name].append((fit[name].value - _truth(sample, name).value) / fit[name].error)
        film = _dataset(samples.film_sample(seed), "film", {"length": "4 mm", "width": "2 mm"}.items())
        sweeps = [fk.magnetoconductance(one) for one in fk.split_sweeps(film)]
        fit = fk.fit("hln", sweeps, share=["alpha"])
        for one in fit.fits:
            truth = samples.film_coherence_length(one.data.si("temperature")) * 1e9
            pulls["L_phi"].append((one["L_phi"].value - truth) / one["L_phi"].error)
    for name, values in pulls.items():
        values = np.array(values)
        assert abs(values.mean()) < 0.3, f"{name}: mean pull {values.mean():.2f}"
        assert 0.8 < values.std() < 1.25, f"{name}: width {values.std():.2f}"
        assert np.mean(np.abs(values) < 2) > 0.85
