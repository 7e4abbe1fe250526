"""Every step keeps the contract, and the contract finds broken steps."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from step_contract import check_step

import fitkit.prepare as prepare
from fitkit.data import Dataset, StepRecord, dataset
from fitkit.errors import FitkitError
from fitkit.prepare.step import STEPS, step


def film(count=41, seed=0, hall=True):
    rng = np.random.default_rng(seed)
    up = 0.2 * np.linspace(-1, 1, count) ** 3 + 0.2 * np.linspace(-1, 1, count)
    field = np.concatenate((up, up[::-1]))
    direction = np.repeat((1.0, -1.0), count)
    resistance = 300 - 2 * np.log1p((field / 0.02) ** 2) + 5 * field + rng.normal(0, 0.002, len(field))
    columns = {"hall_resistance": (20 * field, "ohm"), "hall_resistance_err": (np.full(len(field), 0.02), "ohm")} if hall else {}
    return dataset(time=(np.arange(len(field)), "s"), field=(field, "T"), resistance=(resistance, "ohm"), resistance_err=(np.full(len(field), 0.002), "ohm"),
                   direction=direction, temperature=(np.full(len(field), 4.2), "K"), name="film", meta={"length": "4 mm", "width": "2 mm"}, **columns)


def run():
    pieces = [film(seed=seed) for seed in range(2)]
    joined = {name: (np.concatenate([one[name] for one in pieces]), "") for name in ("direction",)}
    units = {"field": "T", "resistance": "ohm", "resistance_err": "ohm"}
    temperature = np.repeat((4.2, 10.0), len(pieces[0]))
    return dataset(time=(np.arange(2 * len(pieces[0])), "s"), temperature=(temperature, "K"), name="film", **joined,
                   **{name: (np.concatenate([one[name] for one in pieces]), unit) for name, unit in units.items()})


def gates():
    one = run()
    voltage = np.repeat((0.0, 1.0), len(one) // 2)
    return dataset(field=(one["field"], "T"), gate=(voltage, "V"), resistance=(one["resistance"], "ohm"), resistance_err=(one["resistance_err"], "ohm"), name="map")


def change(seed=0):
    one = prepare.delta_conductance(prepare.sheet_conductance(film(seed=seed)))
    return dataset(name=f"change {seed}", **{name: (one[name], unit) for name, unit in (("field", "T"), ("delta_conductance", "S"), ("delta_conductance_err", "S"))})


def relaxation():
    time = np.arange(0.0, 200.0)
    field = np.where(time < 20, 1.0 - time / 20, 0.0)
    return dataset(time=(time, "s"), field=(field, "T"), temperature=(np.full(200, 4.2), "K"), moment=(1 - 0.01 * np.log(1 + time), "emu"),
                   moment_err=(np.full(200, 1e-4), "emu"), name="relaxation")


def branch(sign, step=0.0):
    time = np.geomspace(10, 1000, 60)
    moment = sign * (1 - 0.01 * np.log(time)) + 0.1 + np.where(time > 200, step, 0.0) + np.random.default_rng(sign + 1).normal(0, 1e-4, 60)
    return dataset(time=(time, "s"), moment=(moment, "emu"), moment_err=(np.full(60, 1e-4), "emu"), name=f"branch {sign:+d}", temperature="4.2 K")


def curve():
    current = np.linspace(0, 110, 120)
    voltage = (current / 100) ** 30 * 1e-6
    return dataset(current=(np.append(current, [40.0, 0.0]), "A"), voltage=(np.append(voltage, [0.0, 0.0]), "V"), voltage_err=(np.full(122, 1e-8), "V"), name="wire")


def loop(rate=1.0):
    field = np.concatenate((np.linspace(-1, 1, 41), np.linspace(1, -1, 41)))
    magnetization = 1e4 * (1 + 0.05 * np.log(rate)) * np.repeat((-1.0, 1.0), 41)
    return dataset(time=(np.arange(82) / rate, "s"), field=(field, "T"), magnetization=(magnetization, "A/m"), magnetization_err=(np.full(82, 10.0), "A/m"),
                   name=f"loop {rate}", meta={"thickness": "0.1 mm", "height": "5 mm", "temperature": "4.2 K"})


def density(rate=1.0):
    return prepare.bean_current_density(loop(rate), shape="slab")


def decay():
    made = prepare.magnetization(prepare.relaxation_segment(relaxation()), volume="2 mm3")
    return prepare.bean_current_density(made, shape="slab", thickness="1 mm", height="5 mm", measure="branch")


CASES = {
    "two_branches": (lambda: branch(-1), dict(falling=branch(1)), ("moment_err",)),
    "bean_current_density": (loop, dict(shape="slab"), ("current_density_err", "irreversible_magnetization_err")),
    "electric_field_of_decay": (decay, dict(shape="slab"), ("electric_field_err", "current_density_err")),
    "pinning_barrier": (lambda: prepare.electric_field_of_decay(decay(), shape="slab"), dict(E0="1 V/m"), ("pinning_barrier_err",)),
    "current_density": (curve, dict(width="4 mm", thickness="1 um"), ("voltage_err",)),
    "log_relaxation_time": (lambda: dataset(temperature=([2.0, 4.0, 8.0], "K"), tau=([1.0, 0.1, 1e-3], "s"), tau_err=([0.1, 0.01, 1e-4], "s"), name="molecule"), {},
                            ("ln_tau_err",)),
    "creep_time": (decay, dict(shape="slab", flux_flow_resistivity="1 uohm cm"), ("moment_err",)),
    "dynamic_rate": (density, dict(others=[density(3.0), density(10.0)]), ("Q_err",)),
    "window": (film, dict(over="field", low="-100 mT", high=0.1), ("resistance_err",)),
    "where": (film, dict(text="abs(field) < 0.1 T and temperature > 2 K"), ("resistance_err",)),
    "drop_nonfinite": (film, {}, ("resistance_err",)),
    "drop_rows": (film, dict(rows=[0, -1], reason="first and last"), ("resistance_err",)),
    "with_column": (film, dict(name="gate", values=np.arange(82.0), unit="V", note="by hand"), ("resistance_err",)),
    "split_sweeps": (run, {}, ("resistance_err",)),
    "field_offset": (film, {}, ("resistance_err",)),
    "shift_field": (film, dict(offset="3 mT", down="1 mT"), ("resistance_err",)),
    "symmetrise": (film, {}, ("resistance_err", "hall_resistance_err")),
    "antisymmetrise": (film, {}, ("hall_resistance_err",)),
    "sheet_conductance": (film, dict(length="5 mm"), ("sheet_conductance_err",)),
    "delta_conductance": (lambda: prepare.sheet_conductance(film()), {}, ("delta_conductance_err",)),
    "van_der_pauw": (film, dict(second=film(seed=7)), ("sheet_resistance_err",)),
    "absolute_resistance": (lambda: dataset(field=(film()["field"], "T"), relative_resistance=(0.1 * film()["field"] ** 2, "%"),
                                            relative_resistance_err=(np.full(82, 0.1), "%"), name="relative"), dict(sheet_resistance="600 ohm/sq"), ("sheet_resistance_err",)),
    "delta_conductivity": (change, dict(thickness="200 nm"), ("delta_conductivity_err",)),
    "average_over": (gates, {}, ("resistance_err",)),
    "subtract_background": (change, dict(background=change(seed=5)), ("delta_conductance_err",)),
    "relaxation_segment": (relaxation, {}, ("moment_err",)),
    "split_holds": (relaxation, {}, ("moment_err",)),
    "split_at_jumps": (lambda: branch(1, step=0.05), {}, ("moment_err",)),
    "irreversible_moment": (lambda: branch(1), dict(other=branch(-1)), ("moment_err",)),
    "magnetization": (relaxation, dict(volume="2 mm3"), ("magnetization_err",)),
    "electric_field": (curve, dict(tap_distance="1 cm"), ("electric_field_err",)),
    "drop_quench": (curve, {}, ("voltage_err",)),
    "drop_dwell": (curve, {}, ("voltage_err",)),
    "drop_spikes": (curve, {}, ("voltage_err",)),
    "split_ramps": (curve, {}, ("voltage_err",)),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_contract(name):
    make, arguments, errors = CASES[name]
    check_step(STEPS[name], make(), arguments, errors)


def test_contract_with_further_datasets():
    check_step(STEPS["field_offset"], film(), dict(pool=[film(seed=3)]), ("resistance_err",))
    check_step(STEPS["sheet_conductance"], film(hall=False), dict(hall=film(seed=3)), ("sheet_conductance_err",))


def test_every_step_has_a_case():
    assert {name for name, function in STEPS.items() if function.__module__.startswith("fitkit.prepare")} == set(CASES)


def test_parents_are_recorded():
    made = prepare.sheet_conductance(film(hall=False), hall=film(seed=3))
    assert made.history[-1].parents[0]["history"][0]["name"] == "dataset"
    pooled = prepare.field_offset(film(), pool=[film(seed=3), film(seed=4)])
    assert len(pooled.history[-1].parents) == 2


# -- steps that break one rule each; the contract must find every one -------------------------------------------------
def mutating(data, factor: float = 2.0):
    data.columns["resistance"].setflags(write=True)
    data.columns["resistance"][:] *= factor
    return data


def losing_source(data):
    return replace(data, source=None)


def losing_notes(data):
    return replace(data, notes=())


def shifting_notes(data):
    return replace(data.select(np.arange(5, len(data))), notes=tuple(note for note in data.notes if note.row is None or note.row < 5))


def random_result(data):
    return data.with_columns({"resistance": np.random.default_rng().normal(size=len(data))})


def forgetting_error(data):
    return replace(data, columns={name: values for name, values in data.columns.items() if name != "resistance_err"})


def losing_history(data):
    return replace(data, history=())


def not_json(data, function=abs):
    return data


def recording_without_defaults(data, factor: float = 2.0):
    return data.recorded(StepRecord("recording_without_defaults", {}))


def unrecorded(data):
    return data


BROKEN = (mutating, losing_source, losing_notes, shifting_notes, random_result, forgetting_error, losing_history, not_json)


@pytest.mark.parametrize("broken", [*map(step, BROKEN), recording_without_defaults, unrecorded], ids=lambda one: one.__name__)
def test_contract_finds(broken):
    STEPS.pop(broken.__name__, None)
    with pytest.raises((AssertionError, TypeError)):
        check_step(broken, film(), {}, ("resistance_err",))


def test_contract_passes_an_honest_step():
    def nothing(data: Dataset) -> Dataset:
        return data

    honest = step(nothing)
    STEPS.pop("nothing")
    check_step(honest, film(), {}, ("resistance_err",))


def test_a_list_is_refused():
    with pytest.raises(FitkitError, match="wants one Dataset, found a list"):
        prepare.window([film()], "field")
