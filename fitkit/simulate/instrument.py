"""What an instrument adds to a simulated sample (noise, drift, trapped field, Hall admixture, a quench), and the files that it writes.

Arrays are in SI units. Nothing here draws from hidden random state: whoever wants noise hands over a ``numpy.random.Generator``.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from fitkit.constants import e
from fitkit.errors import FitkitError

# ---- what happens to a signal -----------------------------------------------------------------------------------------------------------------

def add_noise(values: ArrayLike, standard_deviation: float, rng: np.random.Generator) -> np.ndarray:
    """Values with white Gaussian noise of one standard deviation [unit of the values]."""
    values = np.asarray(values, float)
    return values + standard_deviation * rng.standard_normal(values.shape)


def add_drift(values: ArrayLike, time: ArrayLike, drift: float, offset: float = 0.0) -> np.ndarray:
    """Values with an offset that moves linearly in time, as a thermal voltage does.

    Parameters
    ----------
    values, time : arrays (n,)
        The signal and its times [s].
    drift : float
        How far the offset moves from the first to the last time [unit of the values].
    offset : float
        Offset at the first time [unit of the values].
    """
    time = np.asarray(time, float)
    return np.asarray(values, float) + offset + drift * (time - time[0]) / (time[-1] - time[0])


def with_trapped_field(field: ArrayLike, direction: ArrayLike, trapped: float) -> np.ndarray:
    """Flux density at the sample of a magnet that lags behind the reported field.

    Parameters
    ----------
    field : array (n,)
        Reported field [T].
    direction : array (n,)
        +1 where the field is swept up, -1 where it is swept down.
    trapped : float
        Lag [T]: sweeping up, the sample sees `trapped` less than reported, sweeping down as much more.
    """
    return np.asarray(field, float) - np.sign(direction) * trapped


def film_resistivity(conductance: ArrayLike, interference: ArrayLike, field: ArrayLike, carrier_density: float) -> tuple[np.ndarray, np.ndarray]:
    """Sheet resistivities of a single band with an interference correction to its longitudinal conductance.

    sigma_xx = sigma/(1 + m^2) + delta sigma and sigma_xy = sigma m/(1 + m^2) with m = sigma B/(n e), inverted as a tensor.

    Parameters
    ----------
    conductance : float or array
        Drude conductance sigma of a square [S].
    interference : array (n,)
        Interference correction delta sigma [S].
    field : array (n,)
        Flux density [T].
    carrier_density : float
        Carriers per area n [1/m^2].

    Returns
    -------
    rho_xx, rho_xy : arrays (n,)
        Sheet resistivities [ohm/sq], rho_xy = B/(n e) without the correction.
    """
    sheet = np.asarray(conductance, float)
    m = sheet * np.asarray(field, float) / (np.asarray(carrier_density, float) * e)
    sigma_xx = sheet / (1 + m**2) + np.asarray(interference, float)
    sigma_xy = sheet * m / (1 + m**2)
    norm = sigma_xx**2 + sigma_xy**2
    return sigma_xx / norm, sigma_xy / norm


def misaligned_contacts(longitudinal: ArrayLike, transverse: ArrayLike, fraction: float) -> np.ndarray:
    """Resistance between contacts that are out of line by a fraction of the film's width: longitudinal + fraction x transverse [ohm]."""
    return np.asarray(longitudinal, float) + fraction * np.asarray(transverse, float)


def quench(time: ArrayLike, current: ArrayLike, voltage: ArrayLike, *, start: float, resistance: float,
           decay_time: float) -> tuple[np.ndarray, np.ndarray]:
    """Current and voltage of a conductor that goes normal, and of a supply that trips at once.

    From `start` on the current falls as exp(-(t - start)/decay_time) and the voltage is that of a normal resistance.

    Parameters
    ----------
    time, current, voltage : arrays (n,)
        Times [s], current [A] and voltage [V] without the quench.
    start : float
        Moment of the quench [s].
    resistance : float
        Resistance of the normal zone between the voltage taps [ohm].
    decay_time : float
        Time constant of the current [s].

    Returns
    -------
    current, voltage : arrays (n,)
        In A and V.
    """
    time, current, voltage = (np.array(a, float) for a in (time, current, voltage))
    after = time >= start
    current[after] = np.interp(start, time, current) * np.exp(-(time[after] - start) / decay_time)
    voltage[after] = resistance * current[after]
    return current, voltage


# ---- the files -------------------------------------------------------------------------------------------------------------------------------

def write_labelled_csv(path: str | Path, columns: Mapping[str, ArrayLike], metadata: Mapping[str, object] | None = None, *,
                       overwrite: bool = False) -> Path:
    """Write fitkit's own text format: ``# name = value unit`` lines, one line of ``name [unit]`` labels, rows of numbers; comma separated.

    Parameters
    ----------
    path : path
        File to write.
    columns : mapping
        Label such as "time [s]" -> values (n,) in that unit; nine significant digits are written.
    metadata : mapping, optional
        Name -> text such as "4.2 K".
    overwrite : bool
        Replace a file that exists.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    FitkitError
        If the file exists and `overwrite` is False, or the columns differ in length.
    """
    lines = [f"# {name} = {value}" for name, value in (metadata or {}).items()]
    lines.append(", ".join(columns))
    lines += [", ".join(f"{value:.9g}" for value in row) for row in _rows(path, columns)]
    return write_lines(path, lines, "\n", overwrite)


def write_mpms_dat(path: str | Path, *, time: ArrayLike, field: ArrayLike, temperature: ArrayLike, moment: ArrayLike, sample: str = "fitkit sample",
                   start_time: float = 1.7e9, overwrite: bool = False) -> Path:
    """Write a moment measurement in the form of an MPMS-XL ``.dc.dat`` file: absolute time in s, Oe, K, emu, exponents of three digits.

    Parameters
    ----------
    path : path
        File to write.
    time : array (n,)
        Times since `start_time` [s].
    field : array (n,)
        Applied flux density [T].
    temperature : array (n,)
        Temperature [K].
    moment : array (n,)
        Magnetic moment [A m^2].
    sample : str
        Name in the header.
    start_time : float
        Clock at time 0 [s since 1970].
    overwrite : bool
        Replace a file that exists.

    Returns
    -------
    Path

    Raises
    ------
    FitkitError
        As `write_labelled_csv`.
    """
    labels = ("Time,Comment,Field (Oe),Temperature (K),Long Moment (emu),Long Scan Std Dev,Long Algorithm,Long Reg Fit,Long Percent Error (%),"
              "Points per Scan,Scans per Measurement,Scan Length (cm),Delta Temp (K),Error,")
    lines = ["[Header]", "TITLE,fitkit sample: simulated dc moment", "BYAPP,MPMS Measurement,2.1,Summary", f"FILEOPENTIME, {start_time:.6f} simulated", "",
             "INFO, APPNAME, fitkit.simulate", "", f"INFO, NAME, {sample}", "INFO, COMMENT, simulated data", "",
             "STARTUPAXIS,X,1,LINEAR,AUTO,0.000000,0.000000",
             "STARTUPAXIS,Y1,5,LINEAR,AUTO,0.000000,0.000000", "FIELDGROUP,Longitudinal,1,2,3,4,5,6,7,8,9", "", "[Data]", labels]
    columns = {"time": time, "field": np.asarray(field) * 1e4, "temperature": temperature, "moment": np.asarray(moment) * 1e3}
    for t, oersted, kelvin, emu in _rows(path, columns):
        lines.append(f"{start_time + t:.3f},,{_exponent(oersted)},{_exponent(kelvin)},{_exponent(emu)},{_exponent(0)},3,{_exponent(0.98)},{_exponent(0)},"
                     f"32,1,{_exponent(4)},{_exponent(0)},0,")
    return write_lines(path, lines, "\r\n", overwrite)


def write_ppms_dat(path: str | Path, *, time: ArrayLike, field: ArrayLike, temperature: ArrayLike, resistances: Sequence[ArrayLike],
                   excitation: float = 10e-6, sample: str = "fitkit sample", overwrite: bool = False) -> Path:
    """Write resistances in the form of a PPMS resistivity ``.dat`` file: four bridges, those not connected empty; s, K, Oe, uA, ohm.

    Parameters
    ----------
    path : path
        File to write.
    time : array (n,)
        Time stamps [s].
    field : array (n,)
        Reported flux density [T].
    temperature : array (n,)
        Temperature [K].
    resistances : sequence of one to four arrays (n,)
        Resistance of bridge 1, 2, ... [ohm].
    excitation : float
        Current [A].
    sample : str
        Name in the header.
    overwrite : bool
        Replace a file that exists.

    Returns
    -------
    Path

    Raises
    ------
    FitkitError
        As `write_labelled_csv`, and for no or more than four bridges.
    """
    if not 1 <= len(resistances) <= 4:
        raise FitkitError(f"{path}: a resistivity file has bridges 1 to 4, found {len(resistances)} resistances")
    bridges, live = range(1, 5), len(resistances)
    lines = ["[Header]", "TITLE, fitkit sample: simulated resistance", "FILEOPENTIME,0.00,simulated", "BYAPP, Resistivity, 2.1, 1.0",
             "INFO, APPNAME, fitkit.simulate"]
    for bridge in bridges:      # a cross section and a length of 1 are what such files hold when nobody typed the geometry in
        lines += [f"INFO, {sample if bridge <= live else ''}, Sample{bridge} Name", f"INFO, 1, Sample{bridge} Cross Section",
                  f"INFO, 1, Sample{bridge} Length", f"INFO, Ohm, Sample{bridge} Units"]
    lines += ["STARTUPAXIS, X, 5, LINEAR, AUTO", "STARTUPAXIS, Y1, 15, LINEAR, AUTO", "DATATYPE, TIME, 2", "DATATYPE, COMMENT, 1", "[Data]"]
    labels = ["Comment", "Time Stamp (sec)", "Status (code)", "Temperature (K)", "Magnetic Field (Oe)", "Sample Position (deg)"]
    labels += [label for bridge in bridges for label in (f"Bridge {bridge} Resistivity (Ohm)", f"Bridge {bridge} Excitation (uA)")]
    labels += ["Number of Readings"] + [f"Bridge {bridge} Resistance (Ohms)" for bridge in bridges]
    lines.append(",".join(labels))
    columns = {"time": time, "temperature": temperature, "field": np.asarray(field) * 1e4}
    columns |= {f"bridge {number}": values for number, values in enumerate(resistances, 1)}
    for t, kelvin, oersted, *ohms in _rows(path, columns):
        readings = [f"{ohm:.8g}" for ohm in ohms]
        first = [cell for reading in readings for cell in (reading, f"{excitation * 1e6:.6g}")]
        row = ["", f"{t:.2f}", "4369", f"{kelvin:.5f}", f"{oersted:.4f}", "0", *first, *[""] * (8 - len(first)), "25", *readings, *[""] * (4 - live)]
        lines.append(",".join(row))
    return write_lines(path, lines, "\r\n", overwrite)


def _rows(path: str | Path, columns: Mapping[str, ArrayLike]) -> np.ndarray:
    """The columns as rows (n, m)."""
    lengths = {name: np.size(values) for name, values in columns.items()}
    if len(set(lengths.values())) != 1:
        raise FitkitError(f"{path}: columns of one length wanted, found {lengths}")
    return np.column_stack([np.asarray(values, float) for values in columns.values()])


def _exponent(value: float) -> str:
    """1.234567e-005, as C programs on Windows once printed it."""
    mantissa, exponent = f"{value:.6e}".split("e")
    return f"{mantissa}e{exponent[0]}{exponent[1:]:0>3}"


def write_lines(path: str | Path, lines: Sequence[str], newline: str, overwrite: bool, encoding: str = "utf-8") -> Path:
    """Write lines into a file that appears complete or not at all."""
    path = Path(path)
    if path.exists() and not overwrite:
        raise FitkitError(f"{path} exists; to replace it: overwrite=True")
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_bytes((newline.join(lines) + newline).encode(encoding))
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    return path
