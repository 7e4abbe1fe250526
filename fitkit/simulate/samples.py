"""The samples of ``sample_data/``: simulated, then measured by a simulated instrument, with their true values.

Each sample has a number; its file's noise is drawn with that number as seed, and any other seed gives another measurement of the same sample. The
noise-free signals are kept in memory, so that many seeds cost little.

======= ==========================================================================================
1 to 8  relaxation of a slab at 5 to 26 K
9       the same slab at 12 K, with the field ramp that came before
10      magnetoresistance of a film at six temperatures, both sweep directions
11..16  voltage of a tape against current in six fields; number 15 ends in a quench
======= ==========================================================================================
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial

import numpy as np

from fitkit.constants import G0, e, h, k_B
from fitkit.errors import FitkitError
from fitkit.simulate import instrument
from fitkit.simulate.flux_diffusion import Relaxation, anderson_kim, effective_barrier, macroscopic_time, slab_relaxation
from fitkit.simulate.random_walk import loop_areas, magnetoconductance
from fitkit.simulate.voltage_current import TapeSegments, tape_current, tape_electric_field, tape_n_value, tape_segments

# ---- relaxation: a slab with one barrier -------------------------------------------------------------------------------------------------------
RELAXATION_TEMPERATURES = {1: 5.0, 2: 8.0, 3: 11.0, 4: 14.0, 5: 17.0, 6: 20.0, 7: 23.0, 8: 26.0, 9: 12.0}      # [K]
SLAB_BARRIER = 1200 * k_B               # U0 [J]
SLAB_HALF_WIDTH = 100e-6                # w [m]
SLAB_VOLUME = 0.2e-3 * 1e-3 * 2e-3      # thickness 2 w, width, length along the field [m^3]
SLAB_CURRENT = 5e9                      # Jc [A/m^2]
SLAB_TIME = 1e-8                        # macroscopic t0 [s]: the flux-flow resistivity rises as T, so that t0 is the same at every T
FIELD_START, FIELD_STOP, RAMP_RATE = 3.0, 1.0, 0.1      # [T], [T], [T/s]: the ramp reverses the slab's currents completely
HOLD_TIME = np.geomspace(30, 1e4, 60)   # [s] since the end of the ramp
RELAXATION_NOISE = 2e-3                 # of the moment at the first point

# ---- magnetoresistance: a film without spin-orbit coupling ---------------------------------------------------------------------------------------
FILM_TEMPERATURES = (2.0, 3.0, 4.5, 7.5, 12.0, 18.0)    # [K]
FILM_LENGTH, FILM_WIDTH = 4e-3, 2e-3    # [m]
FILM_DRUDE_RESISTANCE = 300.0           # of a square [ohm]: k_F l = 86
FILM_CARRIERS = 1e19                    # [1/m^2]
FILM_TRAPPED_FIELD = 3e-3               # [T]
FILM_MISALIGNMENT = 0.3                 # of the longitudinal contacts, in widths
FILM_HALL_MISALIGNMENT = 2e-3           # of the Hall contacts, in squares
FILM_FIELD = 0.4 * np.sinh(5 * np.linspace(-1, 1, 401)) / np.sinh(5)    # [T], denser near zero
FILM_NOISE = 3e-4                       # of the resistance
HALL_NOISE = 5e-3                       # [ohm]
WALK_STEPS = 400

# ---- voltage and current: a tape at 77 K in six fields: field [T], Ic of the middle segment [A], its n-value -------------------------------------
TAPE_CONDITIONS = {11: (0.0, 100.0, 32.0), 12: (0.2, 72.0, 28.0), 13: (0.5, 52.0, 25.0), 14: (1.0, 38.0, 22.0), 15: (2.0, 27.0, 19.0),
                   16: (3.0, 20.0, 16.0)}
TAPE_TEMPERATURE = 77.0                 # [K]
TAPE_DISTANCE = 1e-2                    # of the voltage taps [m]
TAPE_BARRIER_SPREAD, TAPE_CURRENT_SPREAD = 0.05, 0.02   # standard deviations, relative
TAPE_NOISE = 0.2e-6                     # [V]
TAPE_DRIFT = 0.3e-6                     # largest drift of the thermal voltage in a trace [V]
TAPE_LAST_FIELD = 5e-4                  # the ramp ends at this electric field [V/m]
TAPE_DWELL, TAPE_RAMP, TAPE_STEP = 12, 240, 0.5     # points at rest, points of the ramp, seconds between points
TAPE_REST_CURRENT = -0.02               # what the supply gives when set to zero [A]
QUENCHING_TAPE = 15


@dataclass(frozen=True)
class Truth:
    """A true value of a sample, and how it follows.

    Attributes
    ----------
    quantity, unit, how : str
        Name as fitkit reports it, unit, a sentence.
    value : float
        In `unit`.
    temperature, field : float or None
        Where it belongs [K], [T].
    reference_time, barrier, creep_time : float or None
        t_r [s], U0/k_B [K] and t0 [s] of a relaxation.
    """

    quantity: str
    value: float
    unit: str
    how: str
    temperature: float | None = None
    field: float | None = None
    reference_time: float | None = None
    barrier: float | None = None
    creep_time: float | None = None


@dataclass(frozen=True)
class Sample:
    """A simulated measurement.

    Attributes
    ----------
    number, seed : int
        Of the sample, of its noise.
    columns : mapping
        Name -> array (n,) in SI units.
    metadata : mapping
        Name -> text with unit, as it stands in the file.
    truth : tuple of Truth
    """

    number: int
    seed: int
    columns: Mapping[str, np.ndarray]
    metadata: Mapping[str, str] = field(default_factory=dict)
    truth: tuple[Truth, ...] = ()


def relaxation_sample(number: int, seed: int | None = None) -> Sample:
    """Moment of the slab after a field ramp; columns time [s], moment [A m^2] and, for number 9, field [T] and temperature [K].

    Parameters
    ----------
    number : int
        1 to 8, or 9 for the run that begins with the ramp (its time is 0 at the end of the ramp, and negative before).
    seed : int, optional
        Seed of the noise; by default the number.

    Returns
    -------
    Sample
    """
    signal, t0 = relaxation_signal(number)
    seed, temperature = number if seed is None else seed, RELAXATION_TEMPERATURES[number]
    rng = np.random.default_rng((number, seed))
    time, magnetization = signal.time, signal.magnetization
    if number == 9:
        time, magnetization = np.append(signal.ramp_time, time), np.append(signal.ramp_magnetization, magnetization)
    moment = magnetization * SLAB_VOLUME
    columns = {"time": time, "moment": instrument.add_noise(moment, RELAXATION_NOISE * signal.magnetization[0] * SLAB_VOLUME, rng)}
    if number == 9:
        columns["field"] = np.append(signal.ramp_field, np.full(signal.time.size, FIELD_STOP))
        columns["temperature"] = np.full(time.size, temperature)
    metadata = {"sample": "simulated slab (nonlinear flux diffusion)", "temperature": f"{temperature:g} K", "applied_field": f"{FIELD_STOP:g} T",
                "thickness": f"{2e3 * SLAB_HALF_WIDTH:g} mm", "volume": f"{1e9 * SLAB_VOLUME:g} mm3"}
    t_r = float(np.sqrt(HOLD_TIME[0] * HOLD_TIME[-1]))
    U_star = float(effective_barrier(t_r, SLAB_BARRIER, temperature, t0)) / k_B
    truth = partial(Truth, temperature=temperature, field=FIELD_STOP, reference_time=t_r, barrier=SLAB_BARRIER / k_B, creep_time=t0)
    return Sample(number, seed, columns, metadata, (
        truth("U_star", U_star, "K", "U0 - T ln(t_r/t0); t0 = 0.398 mu0 w^2 k_B T/(U0 rho) of the slab, rho = E0/Jc"),
        truth("S", temperature / U_star, "", "T/U_star at t_r")))


@lru_cache
def relaxation_signal(number: int) -> tuple[Relaxation, float]:
    """Noise-free relaxation of sample 1 to 9, and its macroscopic t0 [s]."""
    temperature = _known(number, RELAXATION_TEMPERATURES)
    E0 = macroscopic_time(SLAB_HALF_WIDTH, SLAB_BARRIER, temperature, 1.0, SLAB_CURRENT) / SLAB_TIME    # t0 goes as 1/E0
    law = partial(anderson_kim, E0=E0, U0=SLAB_BARRIER, temperature=temperature, Jc=SLAB_CURRENT)
    signal = slab_relaxation(law, HOLD_TIME, half_width=SLAB_HALF_WIDTH, Jc=SLAB_CURRENT, field_start=FIELD_START, field_stop=FIELD_STOP,
                             ramp_rate=RAMP_RATE, ramp_time=np.arange(-20, 1) if number == 9 else (0.0,))
    return signal, macroscopic_time(SLAB_HALF_WIDTH, SLAB_BARRIER, temperature, E0, SLAB_CURRENT)


def film_sample(seed: int = 10, n_loops: int = 1_000_000) -> Sample:
    """Resistance of the film; columns time [s], temperature [K], field [T], direction, resistance and hall_resistance [ohm].

    At each temperature the field goes down from its largest value, then up. The reported field is off by the trapped field, against the direction.

    Parameters
    ----------
    seed : int
        Seed of the noise; 10 is the file's.
    n_loops : int
        Closed walks behind the magnetoconductance; the walks have the seed 10 always.

    Returns
    -------
    Sample
    """
    signal, rng = film_signal(n_loops), np.random.default_rng((10, seed))
    columns = dict(signal)
    columns["resistance"] = instrument.add_noise(signal["resistance"], FILM_NOISE * np.mean(signal["resistance"]), rng)
    columns["hall_resistance"] = instrument.add_noise(signal["hall_resistance"], HALL_NOISE, rng)
    columns["temperature"] = instrument.add_noise(signal["temperature"], 1e-3, rng)
    metadata = {"sample": "simulated film (closed random walks)", "width": f"{1e3 * FILM_WIDTH:g} mm", "length": f"{1e3 * FILM_LENGTH:g} mm"}
    lengths = [Truth("L_phi", 1e9 * film_coherence_length(T), "nm", "354 nm sqrt(2 K/T), put into the random walks", temperature=T)
               for T in FILM_TEMPERATURES]
    return Sample(10, seed, columns, metadata, (
        *lengths, Truth("alpha", 1.0, "", "spin degeneracy 2, no spin-orbit coupling"),
        Truth("field_offset_up", 1e3 * FILM_TRAPPED_FIELD, "mT", "reported field at the cusp, sweeping up: the trapped field"),
        Truth("field_offset_down", -1e3 * FILM_TRAPPED_FIELD, "mT", "reported field at the cusp, sweeping down")))


@lru_cache
def film_signal(n_loops: int = 1_000_000) -> Mapping[str, np.ndarray]:
    """Noise-free columns of `film_sample`; the field column is the reported one."""
    areas = loop_areas(n_loops, WALK_STEPS, seed=10)
    down, up = -FILM_FIELD, FILM_FIELD
    reported, direction = np.concatenate([down, up]), np.repeat([-1.0, 1.0], FILM_FIELD.size)
    flux_density = instrument.with_trapped_field(reported, direction, FILM_TRAPPED_FIELD)
    sizes, same = np.unique(np.abs(flux_density), return_inverse=True)      # both directions meet the same |B|: half the work
    bridges = []
    for temperature in FILM_TEMPERATURES:
        L_phi = film_coherence_length(temperature)
        interference = magnetoconductance(areas, sizes, L_phi)[same] - 2 * G0 * np.log(L_phi / film_mean_free_path())
        bridges.append(film_bridges(interference, flux_density))
    pieces = len(FILM_TEMPERATURES)
    resistance, hall = np.concatenate(bridges, axis=1)
    return {"time": 2.0 * np.arange(resistance.size), "temperature": np.repeat(FILM_TEMPERATURES, reported.size), "field": np.tile(reported, pieces),
            "direction": np.tile(direction, pieces), "resistance": resistance, "hall_resistance": hall}


def film_bridges(interference: np.ndarray, flux_density: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Longitudinal and Hall resistance [ohm] that the film's contacts show, from its interference correction [S] and the flux density [T]."""
    rho_xx, rho_xy = instrument.film_resistivity(1 / FILM_DRUDE_RESISTANCE, interference, flux_density, FILM_CARRIERS)
    longitudinal = instrument.misaligned_contacts(rho_xx * FILM_LENGTH / FILM_WIDTH, rho_xy, FILM_MISALIGNMENT)
    return longitudinal, instrument.misaligned_contacts(rho_xy, rho_xx, FILM_HALL_MISALIGNMENT)


def film_coherence_length(temperature: float) -> float:
    """L_phi of the film [m] at a temperature [K]: 1/tau_phi goes as T (electrons scattering off each other in a disordered film)."""
    return 354e-9 * np.sqrt(2.0 / temperature)


def film_mean_free_path() -> float:
    """Transport mean free path [m] of the film, from k_F l = (h/e^2)/R and k_F = sqrt(2 pi n)."""
    return h / e**2 / FILM_DRUDE_RESISTANCE / np.sqrt(2 * np.pi * FILM_CARRIERS)


def tape_sample(number: int, seed: int | None = None) -> Sample:
    """Voltage of the tape while the current is ramped; columns time [s], current [A], voltage [V].

    Parameters
    ----------
    number : int
        11 to 16.
    seed : int, optional
        Seed of noise, thermal voltage and drift; by default the number.

    Returns
    -------
    Sample
    """
    tape = tape_of(number)
    seed = number if seed is None else seed
    rng = np.random.default_rng((number, seed))
    time, current, voltage = tape_signal(number)
    if number == QUENCHING_TAPE:
        late = np.arange(1, 11)
        time, current, voltage = (np.append(a, a[-1] + d * late) for a, d in ((time, TAPE_STEP), (current, current[-1] - current[-2]), (voltage, 0.0)))
        current, voltage = instrument.quench(time, current, voltage, start=time[-11] + 0.4 * TAPE_STEP, resistance=1e-5, decay_time=1.5)
    drift, offset = rng.uniform(-TAPE_DRIFT, TAPE_DRIFT), rng.uniform(-1e-6, 1e-6)
    voltage = instrument.add_noise(instrument.add_drift(voltage, time, drift, offset), TAPE_NOISE, rng)
    flux_density = TAPE_CONDITIONS[number][0]
    metadata = {"sample": "simulated tape (segments in series)", "temperature": f"{TAPE_TEMPERATURE:g} K", "field": f"{flux_density:g} T"}
    truth = partial(Truth, temperature=TAPE_TEMPERATURE, field=flux_density)
    return Sample(number, seed, {"time": time, "current": current, "voltage": voltage}, metadata, (
        truth("Ic", tape_current(1e-4, tape), "A", "where the noise-free curve reaches 1 uV/cm"),
        truth("n", tape_n_value(tape), "", "ln 10/ln(I(1 uV/cm)/I(0.1 uV/cm)) of the noise-free curve")))


def tape_signal(number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Noise-free time [s], current [A] and voltage [V] of tape 11 to 16, without thermal voltage and before any quench."""
    tape = tape_of(number)
    current = np.append(np.full(TAPE_DWELL, TAPE_REST_CURRENT), np.linspace(0, tape_current(TAPE_LAST_FIELD, tape), TAPE_RAMP))
    return TAPE_STEP * np.arange(current.size), current, tape_electric_field(current, tape) * TAPE_DISTANCE


def tape_of(number: int) -> TapeSegments:
    """The segments of tape 11 to 16."""
    _, critical_current, n = _known(number, TAPE_CONDITIONS)
    return tape_segments(critical_current, n * k_B * TAPE_TEMPERATURE, TAPE_TEMPERATURE, critical_current_spread=TAPE_CURRENT_SPREAD,
                         barrier_spread=TAPE_BARRIER_SPREAD)


def _known(number, table):
    if number not in table:
        raise FitkitError(f"no sample number {number} of this kind: they are {', '.join(map(str, table))}")
    return table[number]
