"""The same functions on measured traces of a coated conductor, by a nanovoltmeter whose noise is slow."""

import numpy as np
import pytest

import fitkit as fk

FIELDS = ("0.15", "0.3", "0.45", "0.6", "0.7")


@pytest.fixture
def traces(real_data):
    return [fk.load(real_data / "vi" / "rebco_tape" / f"real_deal_{field.replace('.', 'point')}_0deg.txt", tap_distance="12.89 mm", temperature="77 K",
                    columns={"current": ("Current / A", "A"), "voltage": (1, "uV"), "time": (2, "s")}) for field in FIELDS]


@pytest.mark.real
def test_budget_names_the_slow_noise(traces):
    budget = fk.error_budget(fk.fit("power_law", traces[1]))
    assert "autocorrelation" in budget["statistics"].how and 0.05 < budget.statistical < 1.0
    assert budget.value.value == pytest.approx(28.86, rel=0.01)


@pytest.mark.real
def test_table_and_local_slopes(traces):
    result = fk.fit("power_law", traces)
    table = fk.critical_table(result)
    assert list(table["applied_field"]) == [float(one) for one in FIELDS] and np.all(np.diff(table["Ic"]) < 0)
    assert table["Ic"] == pytest.approx([36.33, 28.86, 24.85, 22.66, 21.27], rel=0.01)
    for trace in traces:
        slope, n = fk.local_n(result, dataset=trace.name), result["n"].values[traces.index(trace)]
        near = slope["n_err"] < 0.2 * slope["n"]
        assert near.sum() >= 2 and np.all(np.abs(slope["n"][near] / n - 1) < 0.3)
