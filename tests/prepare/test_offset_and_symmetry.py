"""field_offset, shift_field, symmetrise, antisymmetrise against curves in closed form."""

import numpy as np
import pytest

import fitkit as fk
from fitkit.data import dataset
from fitkit.errors import FitkitError
from fitkit.prepare import antisymmetrise, field_offset, shift_field, symmetrise, window

GRID = 0.5 * np.sinh(4 * np.linspace(-1, 1, 401)) / np.sinh(4)


def cusp(field, width=4e-3):
    """An even curve with a cusp of a few mT [ohm]: its shape is that of weak localization, its formula is not."""
    return 300 - 0.5 * np.log1p((field / width) ** 2)


def sweeps(noise=0.01, seed=0, up=-3e-3, down=3e-3, grid=GRID, hall=20.0, errors=False):
    rng = np.random.default_rng(seed)
    field = np.concatenate((grid, grid[::-1]))
    direction = np.repeat((1.0, -1.0), len(grid))
    true = field - np.where(direction > 0, up, down)
    columns = {"resistance_err": (np.full(len(field), noise), "ohm")} if errors else {}
    return dataset(field=(field, "T"), resistance=(cusp(true) + hall * true + rng.normal(0, noise, len(field)), "ohm"), direction=direction, name="film", **columns)


def test_offset_is_found_with_an_honest_error():
    pulls = []
    for seed in range(30):
        found = field_offset(sweeps(0.03, seed)).history[-1].found
        pulls += [(found["offset up"] + 3e-3) / found["error up"], (found["offset down"] - 3e-3) / found["error down"]]
    # 60 pulls: the mean is known to 0.13, the width to 0.09
    assert abs(np.mean(pulls)) < 0.4
    assert 0.75 < np.std(pulls) < 1.25


def test_offset_is_subtracted_and_noted():
    data = sweeps(0.003)
    made = field_offset(data)
    up = data["direction"] > 0
    np.testing.assert_allclose(made["field"][up], data["field"][up] + 3e-3, atol=1e-4)
    np.testing.assert_allclose(made["field"][~up], data["field"][~up] - 3e-3, atol=1e-4)
    assert made.meta["field_offset_err"].unit == "mT" and 0 < made.meta["field_offset_err"].value < 0.1
    assert made.meta["field_offset_up"].to("T").value == pytest.approx(-3e-3, abs=1e-4)


def test_direction_comes_from_the_field_where_there_is_no_column():
    data = sweeps(0.003)
    bare = dataset(field=(data["field"], "T"), resistance=(data["resistance"], "ohm"))
    assert field_offset(bare).history[-1].found["offset down"] == pytest.approx(3e-3, abs=1e-4)


def test_a_single_direction_is_enough():
    data = window(sweeps(0.003), "direction", 1, 1)
    assert set(field_offset(data).history[-1].found) == {"offset up", "error up"}


def test_pooled_pieces_make_the_error_smaller():
    pieces = [sweeps(0.1, seed) for seed in range(4)]
    alone = field_offset(pieces[0]).history[-1].found
    pooled = field_offset(pieces[0], pool=pieces[1:]).history[-1].found
    assert pooled["error up"] == pytest.approx(alone["error up"] / 2, rel=0.4)
    assert abs(pooled["offset up"] + 3e-3) < 4 * pooled["error up"]


@pytest.mark.parametrize("seed", range(6))
def test_noise_has_no_offset(seed):
    rng = np.random.default_rng(seed)
    with pytest.raises(FitkitError, match="no field offset"):
        field_offset(dataset(field=(GRID, "T"), resistance=(300 + rng.normal(0, 0.1, len(GRID)), "ohm"), direction=np.ones(len(GRID))))


def test_an_offset_outside_the_search_is_refused():
    with pytest.raises(FitkitError, match="no field offset"):
        field_offset(sweeps(0.003, up=-30e-3, down=30e-3), max_offset="10 mT")


def test_a_parabola_has_no_offset_that_a_hall_slope_could_not_make():
    with pytest.raises(FitkitError, match="no field offset"):
        noise = np.random.default_rng(0).normal(0, 0.01, 401)
        field_offset(dataset(field=(GRID, "T"), resistance=(300 + 20 * (GRID - 3e-3) ** 2 + noise, "ohm"), direction=np.ones(401)))


def test_one_polarity_is_refused():
    with pytest.raises(FitkitError, match="both sides of B = 0"):
        field_offset(window(sweeps(), "field", low="10 mT"))


@pytest.mark.real
def test_graphene_arrays_have_no_offset_of_their_own(real_data):
    """Conductance fluctuations without a mirror: one curve at a time gave -15 to +14.5 mT at random."""
    folder = real_data / "magnetoresistance" / "graphene_wse2"
    field = np.linspace(-25, 25, 251)
    refused = total = 0
    for path in sorted(folder.glob("W5_*.txt")):
        for row in np.loadtxt(path)[::3]:
            total += 1
            try:
                field_offset(dataset(field=(field, "mT"), resistance=(row / 10e-9, "ohm"), direction=np.ones(251)))
            except FitkitError:
                refused += 1
    assert refused >= 0.8 * total


def test_shift_by_hand():
    data = sweeps()
    np.testing.assert_allclose(shift_field(data, "3 mT")["field"], data["field"] - 3e-3)
    made = shift_field(data, up="-3 mT", down="30 Oe")
    np.testing.assert_allclose(made["field"], data["field"] - 3e-3 * -data["direction"])
    with pytest.raises(FitkitError, match="no unit"):
        shift_field(data, "3")


def test_even_part_is_exact_on_mirrored_grids():
    data = sweeps(0.0, up=0, down=0)
    made = symmetrise(data)
    assert (made["field"] >= 0).all() and len(made) == 402
    np.testing.assert_allclose(made["resistance"], cusp(made["field"]), rtol=1e-12)
    assert (made["field"] == 0).sum() == 2
    np.testing.assert_allclose(antisymmetrise(data, "resistance")["hall_resistance"], 20 * GRID[GRID > 0][np.newaxis].repeat(2, 0).ravel(), atol=1e-9)


@pytest.mark.parametrize("grid", [GRID, np.linspace(-0.5, 0.5, 1001) + 1.7e-4, np.sort(np.random.default_rng(5).uniform(-0.5, 0.5, 1500))],
                         ids=["sinh", "even steps, shifted", "random"])
def test_points_between_the_mirror_points_are_moved_along_the_curve(grid):
    """Offsets of both directions removed exactly; no point has a mirror point at its own place."""
    width = 12e-3
    field = np.concatenate((grid, grid[::-1]))
    direction = np.repeat((1.0, -1.0), len(grid))
    true = field + 3.3e-3 * direction
    data = dataset(field=(field, "T"), resistance=(cusp(true, width) + 20 * true, "ohm"), direction=direction)
    made = symmetrise(shift_field(data, up="-3.3 mT", down="3.3 mT"))
    assert np.abs(made["resistance"] - cusp(made["field"], width)).max() < 2e-3 * np.ptp(cusp(field, width))
    assert set(made["direction"]) == {1.0, -1.0}


def test_errors_are_carried_and_rows_are_independent():
    """Scatter over many noises against the error of each row, and against neighbours."""
    made = [symmetrise(shift_field(sweeps(0.1, seed, errors=True), up="-3 mT", down="3 mT")) for seed in range(200)]
    values = np.array([one["resistance"] for one in made])
    scatter = values.std(axis=0, ddof=1)
    assert np.mean(scatter / made[0]["resistance_err"]) == pytest.approx(1, abs=0.03)
    rest = values - values.mean(axis=0)
    neighbours = np.mean(rest[:, 1:] * rest[:, :-1]) / np.mean(rest**2)
    assert abs(neighbours) < 0.05
    # every point is used once: the information in the rows is that of the points
    weight = np.sum(1 / made[0]["resistance_err"] ** 2)
    assert weight == pytest.approx(802 / 0.1**2, rel=0.12)


def test_hall_column_becomes_its_odd_part():
    data = sweeps(0.0, up=0, down=0)
    data = data.with_columns({"hall_resistance": 7 * data["field"] + 0.3 * cusp(data["field"])}, {"hall_resistance": "ohm"})
    made = symmetrise(data)
    np.testing.assert_allclose(made["hall_resistance"], 7 * made["field"], atol=1e-9)


def test_branches():
    """Hysteresis: R depends on B times the direction, so only the other branch holds the mirror image."""
    field = np.concatenate((GRID, GRID[::-1]))
    direction = np.repeat((1.0, -1.0), len(GRID))
    data = dataset(field=(field, "T"), resistance=(cusp(field - 0.02 * direction), "ohm"), direction=direction)
    made = symmetrise(data, pairing="branch")
    np.testing.assert_allclose(made["resistance"], cusp(made["field"] - 0.02 * made["direction"]), rtol=1e-12)


def test_many_readings_at_each_field_stay_together():
    rng = np.random.default_rng(0)
    steps = np.repeat(np.linspace(-0.1, 0.1, 21), 10)
    data = dataset(field=(steps + rng.normal(0, 1e-7, 210), "T"), resistance=(cusp(steps, 0.03), "ohm"), direction=np.ones(210))
    made = symmetrise(data)
    assert len(made) == pytest.approx(10, abs=2)
    np.testing.assert_allclose(made["resistance"], cusp(made["field"], 0.03), rtol=1e-5)


def test_a_point_without_mirror_is_counted_not_extrapolated():
    data = window(sweeps(0.0, up=0, down=0), "field", low="-100 mT")
    made = symmetrise(data)
    assert made["field"].max() <= 0.11
    assert made.history[-1].found["points without mirror"] > 50


@pytest.mark.parametrize("call, words", [(lambda d: symmetrise(window(d, "field", low="10 mT")), "both polarities"),
                                         (lambda d: symmetrise(d, pairing="any"), "'direction' or 'branch'"),
                                         (lambda d: antisymmetrise(d), "no column 'hall_resistance'")])
def test_refused(call, words):
    with pytest.raises(FitkitError, match=words):
        call(sweeps())


def both_directions(difference, seed=0):
    """R(B) up and down with noise of 0.3 ohm on a swing of 10; the up sweep lies ``difference`` [ohm] higher at its end, as after heating."""
    grid = np.linspace(-1, 1, 401)
    field, direction = np.concatenate([grid, grid[::-1]]), np.repeat((1.0, -1.0), 401)
    resistance = 100 - 10 / (1 + (field / 0.1) ** 2) + difference * np.abs(field) * (direction > 0) + 0.3 * np.random.default_rng(seed).standard_normal(field.size)
    return dataset(field=(field, "T"), resistance=(resistance, "ohm"), direction=direction, name="film")


def test_hysteresis_between_the_directions_is_shown():
    quiet = [symmetrise(both_directions(0.0, seed)) for seed in range(20)]
    ratios = [one.history[-1].found["hysteresis"] / one.history[-1].found["hysteresis of noise"] for one in quiet]
    assert 0.85 < np.mean(ratios) < 1.15 and not any(one.notes for one in quiet)
    made = symmetrise(both_directions(1.5))
    assert made.history[-1].found["hysteresis"] == pytest.approx(1.5 / np.sqrt(3) / 11.4, rel=0.15)  # its swing is 9.9 + 1.5
    assert "the two sweep directions differ by" in made.notes[-1].text and "hysteresis" in made.steps()
    one = both_directions(0.0).select(both_directions(0.0)["direction"] > 0)
    assert "hysteresis" not in symmetrise(one).history[-1].found


@pytest.mark.parametrize("noise", [2e-4, 2e-3, 2e-2, 0.1])
@pytest.mark.parametrize("offset", [0.0, 0.3e-3, 1e-3, 3e-3, 8e-3])
def test_clean_curves_give_their_offset_too(offset, noise):
    """Beside the mirror the misfit of a clean curve looks like slow noise: the noise is judged at the mirror."""
    sweep = np.linspace(-0.3, 0.3, 241)
    field, sign = np.r_[sweep, sweep[::-1]], np.repeat([1.0, -1.0], 241)
    resistance = 2 / (1 / 800 + fk.get_model("hln").function(field - offset * sign, 1.0, 150e-9)) + np.random.default_rng(1).normal(0, noise, 482)
    found = fk.field_offset(fk.dataset(field=(field, "T"), resistance=(resistance, "ohm")))
    for name, truth in (("up", offset), ("down", -offset)):
        assert abs(found.si(f"field_offset_{name}") - truth) < 4 * found.si("field_offset_err") < 2e-3


def test_an_offset_left_in_is_said_where_the_numbers_are():
    field = np.linspace(0, 0.3, 120)
    resistance = 2 / (1 / 800 + fk.get_model("hln").function(field, 1.0, 150e-9)) + np.random.default_rng(1).normal(0, 0.02, 120)
    data = fk.magnetoconductance(fk.dataset(field=(field, "T"), resistance=(resistance, "ohm"), width="2 mm", length="4 mm"))
    assert "note: field offset left in: the field has one polarity only" in str(fk.fit("hln", data))


@pytest.mark.parametrize("step, arguments", [(shift_field, {"offset": 3}), (shift_field, {"up": 3}), (field_offset, {"max_offset": 5}), (field_offset, {"window": 500})])
def test_a_bare_number_is_no_field(step, arguments):
    """3 would be 3 T where 3 mT is meant."""
    (name, value), = arguments.items()
    field = np.linspace(-1, 1, 41)
    data = dataset(field=(field, "T"), resistance=(1000 - field**2, "ohm"))
    with pytest.raises(FitkitError, match=f"{name} = {value} has no unit: write .*'{value} mT'"):
        step(data, **arguments)
