"""Data made by simulating the physics, never by a fit formula: flux diffusion, random walks, a tape of segments, an instrument.

The simulated signals know nothing of the laws in `fitkit.laws`, and so can tell whether those laws, and their fits, are right.
"""

from fitkit.simulate.flux_diffusion import Relaxation, anderson_kim, effective_barrier, macroscopic_time, power_law, slab_relaxation
from fitkit.simulate.instrument import (
                                            add_drift,
                                            add_noise,
                                            film_resistivity,
                                            misaligned_contacts,
                                            quench,
                                            with_trapped_field,
                                            write_labelled_csv,
                                            write_mpms_dat,
                                            write_ppms_dat,
)
from fitkit.simulate.quantum_design import write_quantum_design
from fitkit.simulate.random_walk import (
    loop_areas,
    magnetoconductance,
    magnetoconductance_error,
    magnetoconductance_spin_orbit,
    magnetoconductivity,
    strip_magnetoconductance,
)
from fitkit.simulate.rate_equation import current_relaxation
from fitkit.simulate.samples import Sample, Truth, film_sample, relaxation_sample, tape_sample
from fitkit.simulate.thin_diffusion import film_relaxation
from fitkit.simulate.voltage_current import TapeSegments, tape_current, tape_electric_field, tape_n_value, tape_segments

__all__ = [
    "Relaxation", "anderson_kim", "effective_barrier", "film_relaxation", "macroscopic_time", "power_law", "slab_relaxation",
    "loop_areas", "magnetoconductance", "magnetoconductance_error", "magnetoconductance_spin_orbit", "magnetoconductivity", "strip_magnetoconductance",
    "current_relaxation",
    "TapeSegments", "tape_current", "tape_electric_field", "tape_n_value", "tape_segments",
    "add_drift", "add_noise", "film_resistivity", "misaligned_contacts", "quench", "with_trapped_field",
    "write_labelled_csv", "write_mpms_dat", "write_ppms_dat", "write_quantum_design",
    "Sample", "Truth", "film_sample", "relaxation_sample", "tape_sample",
]
