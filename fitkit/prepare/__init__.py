"""Steps: plain functions Dataset -> Dataset (or a list of them), each recorded in the history with its arguments and what it found."""

from .averages import average_over, subtract_background
from .barrier import current_density, pinning_barrier
from .bean import bean_current_density, dynamic_rate, electric_field_of_decay
from .branches import irreversible_moment, split_at_jumps
from .conductance import delta_conductance, magnetoconductance, sheet_conductance
from .creep_time import creep_time
from .offset import field_offset, shift_field
from .quench import drop_dwell, drop_quench, drop_spikes, split_ramps
from .relaxation import relaxation_segment, split_holds
from .relaxation_time import log_relaxation_time
from .resistivity import absolute_resistance, delta_conductivity, van_der_pauw
from .rows import Condition, drop_nonfinite, drop_rows, parse_where, where, window, with_column
from .sample import electric_field, magnetization
from .step import STEPS
from .sweeps import split_sweeps
from .symmetry import antisymmetrise, symmetrise
from .two_branches import two_branches

__all__ = [
    "STEPS", "Condition", "absolute_resistance", "antisymmetrise", "average_over", "bean_current_density", "creep_time",
    "current_density", "delta_conductance", "delta_conductivity", "drop_dwell", "drop_nonfinite", "drop_quench", "drop_rows",
    "drop_spikes", "dynamic_rate", "electric_field", "electric_field_of_decay", "field_offset", "irreversible_moment",
    "log_relaxation_time", "magnetization", "magnetoconductance", "parse_where", "pinning_barrier", "relaxation_segment",
    "sheet_conductance", "shift_field", "split_at_jumps", "split_holds", "split_ramps", "split_sweeps", "subtract_background",
    "symmetrise", "two_branches", "van_der_pauw", "where", "window",
    "with_column",
]
