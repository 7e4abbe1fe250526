"""fitkit: lab files of low-temperature measurements -> pinning energies, dephasing lengths, critical currents, with honest errors.

>>> import fitkit as fk
>>> runs = fk.load_all("sample_data/relaxation/*.csv")
>>> print(fk.fit("log_decay", runs).table())

Public names are resolved when they are first used, so that ``import fitkit`` loads no scipy, lmfit, pandas or matplotlib.
"""

import importlib

__version__ = "0.1.0"

_HOME = {
    "FitkitError": "errors",
    "Measured": "measured",
    "MeasuredColumn": "measured",
    "Dataset": "data",
    "dataset": "data",
    "load": "loading",
    "load_all": "loading",
    "look": "inspection",
    "Model": "model",
    "Param": "model",
    "Known": "model",
    "Derived": "model",
    "Column": "model",
    "Check": "model",
    "Caution": "model",
    "Coefficients": "model",
    "models": "model",
    "get_model": "model",
    "fit": "fitting.run",
    "bootstrap": "fitting.bootstrap",
    "profile": "fitting.profile",
    "compare": "fitting.compare",
    "scan_window": "fitting.window_scan",
    "fit_many": "fitting.maps.run",
    "fit_files": "fitting.maps.files",
    "MapResult": "fitting.maps.result",
    "read_map": "fitting.maps.result",
    "error_budget": "budget.budget",
    "how_long": "budget.duration",
    "join_runs": "series.runs",
    "local_rates": "series.runs",
    "maley": "series.maley",
    "critical_current": "critical.criterion",
    "local_n": "critical.local_slope",
    "critical_table": "critical.table",
    "write_critical_table": "critical.table",
    "joint_barrier": "critical.joint_barrier",
    "ej_picture": "critical.ej",
    "plot_critical_table": "report.critical_plots",
    "isotherm_curvature": "critical.isotherms",
    "FitResult": "fitting.result",
    "read_result": "report.results_json",
    "write_report": "report.html",
    "write_table": "report.tables",
    "table_of": "report.tables",
    "repeat": "replay",
    "diffusivity": "transport",
    "transport_numbers": "transport",
    "creep_exponents": "physics.barriers",
    "attempt_frequency": "hopping",
    "hop_rate": "hopping",
    "ginzburg_number": "hopping",
    "window": "prepare",
    "where": "prepare",
    "drop_nonfinite": "prepare",
    "drop_rows": "prepare",
    "with_column": "prepare",
    "split_sweeps": "prepare",
    "field_offset": "prepare",
    "shift_field": "prepare",
    "symmetrise": "prepare",
    "antisymmetrise": "prepare",
    "sheet_conductance": "prepare",
    "delta_conductance": "prepare",
    "magnetoconductance": "prepare",
    "van_der_pauw": "prepare",
    "absolute_resistance": "prepare",
    "delta_conductivity": "prepare",
    "average_over": "prepare",
    "subtract_background": "prepare",
    "relaxation_segment": "prepare",
    "split_holds": "prepare",
    "split_at_jumps": "prepare",
    "irreversible_moment": "prepare",
    "magnetization": "prepare",
    "electric_field": "prepare",
    "drop_quench": "prepare",
    "drop_dwell": "prepare",
    "drop_spikes": "prepare",
    "split_ramps": "prepare",
    "bean_current_density": "prepare",
    "electric_field_of_decay": "prepare",
    "dynamic_rate": "prepare",
    "log_relaxation_time": "prepare",
    "pinning_barrier": "prepare",
    "current_density": "prepare",
    "plot_barriers": "report.creep_plots",
    "two_branches": "prepare",
    "creep_time": "prepare",
}

__all__ = [*_HOME, "simulate"]


def __getattr__(name: str):
    if name == "simulate":
        return importlib.import_module(".simulate", __name__)
    if name not in _HOME:
        raise AttributeError(f"module 'fitkit' has no attribute '{name}'")
    value = getattr(importlib.import_module("." + _HOME[name], __name__), name)
    globals()[name] = value
    return value


def __dir__():
    return sorted({*globals(), *__all__})
