"""A wrong call is answered with the right one: where the data of a law come from, what comes first, what is no Dataset."""

import numpy as np
import pytest

import fitkit as fk

TIME = np.geomspace(1, 1000, 60)


def run(temperature=10, sign=1, name="run"):
    return fk.dataset(time=(TIME, "s"), moment=(sign * (1 - 0.002 * temperature * np.log(TIME)), "emu"), temperature=f"{temperature} K", name=name)


def said(call):
    with pytest.raises(fk.FitkitError) as refused:
        call()
    assert len(str(refused.value)) < 400
    return str(refused.value)


@pytest.mark.parametrize("law, hint", [
    ("two_branch_decay", "fk.two_branches(up, down)"), ("creep_series", "fk.join_runs(runs)"), ("maley", "fk.local_rates(runs)"),
    ("pinning_energy", '.series("temperature", "U_star")'), ("creep_rate", '.series("temperature", "S")'), ("kim_critical_current", "fk.critical_table("),
    ("critical_current_temperature", "fk.critical_table("), ("n_value_barrier", "fk.critical_table("), ("pinning_force_scaling", 'cross_section="0.4 mm2"'),
    ("dephasing_rate", '.series("temperature", "L_phi")'), ("relaxation_time", "fk.log_relaxation_time(")])
def test_a_law_says_where_its_data_come_from(law, hint):
    text = said(lambda: fk.fit(law, [run(10, name="a"), run(20, name="b")]))
    assert hint in text and "make it:" in text and "split_sweeps" not in text


def test_the_hints_lead_to_fits():
    runs = [run(T, name=f"{T} K") for T in (10, 14, 18, 22)]
    assert fk.fit("two_branch_decay", fk.two_branches(run(sign=-1), run(name="falling"))).law == "two_branch_decay"
    assert fk.fit("creep_series", fk.join_runs(runs)).law == "creep_series" and fk.fit("maley", fk.local_rates(runs)).law == "maley"
    assert fk.fit("pinning_energy", fk.fit("log_decay", runs).series("temperature", "U_star")).law == "pinning_energy"


def test_a_list_where_the_step_wants_the_first_and_the_others():
    assert "fk.dynamic_rate(items[0], items[1:])" in said(lambda: fk.dynamic_rate([run(), run()]))
    assert "fk.two_branches(items[0], items[1])" in said(lambda: fk.two_branches([run(), run()]))
    assert "[fk.split_sweeps(d) for d in ...]" in said(lambda: fk.split_sweeps([run()]))


@pytest.mark.parametrize("call, words", [
    (lambda: fk.irreversible_moment(run(), 5), "fk.irreversible_moment: other wants a Dataset; found int 5"),
    (lambda: fk.irreversible_moment(run(), [run()]), "other wants a Dataset; found a list of Dataset"),
    (lambda: fk.subtract_background(run(), "empty.dat"), "background wants a Dataset; found str 'empty.dat'"),
    (lambda: fk.sheet_conductance(run(), hall=3), "hall wants a Dataset, or a text; found int 3"),
    (lambda: fk.dynamic_rate(run(), [3, run()]), "others wants Datasets; found a list of Dataset, int")])
def test_what_is_no_dataset_is_named(call, words):
    assert words in said(call)


def test_exchanged_arguments():
    assert "the values come first and then the unit: time=(values, 's')" in said(lambda: fk.dataset(time=("s", TIME), moment=(TIME, "emu")))
    for data, found in ((run(), "found Dataset"), ([run()], "found a list of Dataset")):
        text = said(lambda: fk.fit(data, "log_decay"))
        assert "the law comes first" in text and "fk.fit('log_decay', data)" in text and found in text


def test_metadata_of_many_curves_in_memory():
    """fit_many has no dataset that could be given metadata: its own argument is named, and works."""
    current = np.linspace(0, 110, 111)
    voltage = 1e-6 * (current / 100) ** 25 + 1e-8 * np.random.default_rng(0).normal(size=(3, 111))
    assert 'meta={"tap_distance": "1 cm"}' in said(lambda: fk.fit_many("power_law", (current, "A"), (voltage, "V")))
    assert np.allclose(fk.fit_many("power_law", (current, "A"), (voltage, "V"), meta={"tap_distance": "1 cm"})["Ic"], 100, rtol=0.02)
