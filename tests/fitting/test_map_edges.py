"""Curves of which the law sees the other sign, of which a bound is reached, and maps that differ in next to nothing: as fk.fit has them."""

import numpy as np
import pytest

import fitkit as fk
from fitkit.fitting.maps.judge import VERDICTS

CURRENT = np.linspace(0, 100, 120)
TAPS = {"tap_distance": "1 cm"}


def transitions(rng, count: int, low: float = 5, high: float = 50) -> np.ndarray:
    """Power laws [V] with one part in a thousand to a twentieth of noise."""
    clean = 1e-6 * (CURRENT / rng.uniform(70, 95, (count, 1))) ** np.exp(rng.uniform(np.log(low), np.log(high), (count, 1)))
    return clean + rng.normal(size=clean.shape) * clean[:, -1:] * np.exp(rng.uniform(np.log(0.003), np.log(0.05), (count, 1)))


def assert_as_fit(result: fk.MapResult) -> None:
    """Sums of squares, values, errors and verdicts are those of fk.fit in all curves in which something of the law is seen, or of its opposite."""
    for row in range(result.table.values.shape[0]):
        alone = result.curve(row).fits[0]
        if not result.table.hard[row] and any(one.startswith("no signal") for one in alone.statistics.remarks):
            assert all(result.verdicts[name][row] == VERDICTS.index("not determined") for name in ("Ic", "n"))
            continue
        assert result.table.chi2[row] == pytest.approx(alone.statistics.chi2, rel=1e-8, abs=0), row
        seen = all(alone.parameters[name].verdict != "not determined" for name in ("Ic", "n"))   # else the others hold for where the fit has ended
        for place, name in enumerate(result.names):
            one, unit = alone.parameters[name], result.work.units[place]
            if not result.suspect[row]:
                assert VERDICTS[result.table.codes[row, place]] == one.verdict, (row, name)
            if seen and one.verdict in ("ok", "conditional"):
                error = one.error * unit.factor
                assert abs(result.table.values[row, place] - one.si) < 1e-3 * error, (row, name)
                assert result.suspect[row] or result.table.errors[row, place] == pytest.approx(error, rel=1e-3), (row, name)


@pytest.mark.parametrize("own", [False, True], ids=["one grid", "grids of their own"])
@pytest.mark.parametrize("bounds", [{"R": (0, 1)}, {"offset": (0, 1)}, {"Ic": ("70 A", "85 A")}])
def test_bounds_of_what_is_linear(bounds, own):
    rng = np.random.default_rng(5)
    Y = transitions(rng, 24)
    current = CURRENT * (1 + 1e-3 * rng.uniform(size=(24, 1))) if own else CURRENT
    result = fk.fit_many("power_law", current, Y, background=["offset", "R"], bounds=bounds, meta=TAPS, correlation=True)
    name = next(iter(bounds))
    assert np.count_nonzero(result.verdicts[name] == VERDICTS.index("limit")) > 3
    assert_as_fit(result)


def test_transitions_of_the_other_sign():
    result = fk.fit_many("power_law", CURRENT, -transitions(np.random.default_rng(6), 12), background=["offset", "R"], meta=TAPS)
    assert result.table.hard.all()
    assert_as_fit(result)
    assert np.all(result.verdicts["n"] == VERDICTS.index("not determined"))


def test_a_transition_that_is_almost_the_resistance():
    rng = np.random.default_rng(5)
    Y = 1e-6 * (CURRENT / rng.uniform(50, 100, (24, 1))) ** rng.uniform(1, 3, (24, 1)) + 3e-8 * rng.normal(size=(24, 120))
    assert_as_fit(fk.fit_many("power_law", CURRENT, Y, background=["offset", "R"], meta=TAPS))


def test_an_axis_in_another_unit_is_another_map():
    """The same numbers in cm and in mm, one after the other: ten times the criterion is another current."""
    Y = transitions(np.random.default_rng(7), 4)
    maps = [fk.fit_many("power_law", CURRENT, Y, axes={"tap_distance": ([1, 2, 1, 2], unit)}, background=["offset", "R"]) for unit in ("cm", "mm")]
    np.testing.assert_allclose(maps[1]["Ic"], maps[0]["Ic"] * 10 ** (-1 / maps[0]["n"]), rtol=1e-9)
    for one in maps:
        assert_as_fit(one)


def test_a_resistance_that_falls_is_looked_at_as_it_was_measured():
    """A line that goes down with a gap in the current: fk.fit asks whether the leads are exchanged, and so does the map."""
    rng = np.random.default_rng(8)
    current = np.r_[np.linspace(0, 10, 12), np.linspace(12, 35, 20), np.linspace(75, 100, 16)]
    Y = 2e-6 * (current / 100) ** rng.uniform(10, 30, (12, 1)) - 1.5e-7 * current + 2e-7 * rng.normal(size=(12, current.size))
    for x in (current, current * (1 + 1e-6 * rng.uniform(size=(12, 1)))):
        result = fk.fit_many("power_law", x, Y, background=["offset", "R"], meta=TAPS, correlation=False)
        asked = [any("exchanged leads" in one for one in result.curve(row).fits[0].cautions) for row in range(12)]
        assert any(asked)
        assert np.all(result.verdicts["n"][asked] == VERDICTS.index("not determined"))
