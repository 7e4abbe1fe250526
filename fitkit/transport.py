"""The diffusion constant of a sample from what was measured of it, with its error."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from .constants import e
from .data import Dataset
from .errors import FitkitError
from .measured import Measured, read_measured
from .physics import coherence
from .units import parse_unit

# what a person may give -> unit, in two and in three dimensions where they differ
Ways = list[tuple[tuple[str, ...], Callable[..., float]]]  # what is needed, function of it [SI]
_UNITS = {"fermi_velocity": "m/s", "scattering_time": "s", "mean_free_path": "m", "carrier_density": ("1/m2", "1/m3"), "mobility": "m2/(V s)",
          "effective_mass": "kg", "conductivity": ("S", "S/m"), "sheet_resistance": "ohm/sq", "density_of_states": ("1/(J m2)", "1/(J m3)")}
_METADATA = {"sheet_resistance": "sheet_resistance_normal"}  # under another name in a dataset


def diffusivity(data: Dataset | None = None, *, dimension: int = 2, degeneracy: int = 2, fermi_velocity=None, scattering_time=None, mean_free_path=None,
                carrier_density=None, mobility=None, effective_mass=None, conductivity=None, sheet_resistance=None, density_of_states=None) -> Measured:
    """Diffusion constant D with its error, from the first of these ways that what is given allows.

    * ``fermi_velocity`` and ``scattering_time``: D = v_F^2 tau/d
    * ``fermi_velocity`` and ``mean_free_path``: D = v_F l/d
    * ``density_of_states`` (all spins and valleys) and ``conductivity`` or ``sheet_resistance``: Einstein, D = sigma/(e^2 nu)
    * ``carrier_density``, ``effective_mass`` and ``mobility``, ``conductivity`` or ``sheet_resistance``: a parabolic band, v_F = hbar k_F/m, tau = mu m/e
    * ``carrier_density``, ``fermi_velocity`` and one of the same: a band of known velocity, l = hbar k_F mu/e. Graphene: ``fermi_velocity="1e6 m/s", degeneracy=4``
    * ``effective_mass`` and ``conductivity`` or ``sheet_resistance`` in two dimensions: Einstein with nu = g m/(2 pi hbar^2)

    Parameters
    ----------
    data
        A Dataset whose metadata serve for what is not given here.
    dimension
        1, 2 or 3: of the Fermi surface and of the scattering. A metal film is three-dimensional here although its interference is two-dimensional.
    degeneracy
        Spin times valleys.
    fermi_velocity, scattering_time, ...
        Text with a unit (``"3e11 1/cm2"``, ``"0.067 m_e"``, with an error ``"12.3(4) cm2/(V s)"``), a Measured, a pair (value, error) or a number in SI. The carrier
        density is per area in two dimensions and per volume in three; so are the conductivity ("1 mS", "2e5 S/m") and the density of states ("1/(J m2)").
        The scattering time is that of transport, not the quantum lifetime.

    Returns
    -------
    Measured
        D [cm2/s]. Errors are propagated as independent; None where nothing given has one. ``origin`` names the way; ``reason`` gives k_F l where it follows and
        warns below 3.

    Raises
    ------
    FitkitError
        Nothing given leads to D, or a number is not above zero.

    Examples
    --------
    >>> import fitkit as fk
    >>> print(fk.diffusivity(carrier_density="3e11 1/cm2", mobility="1e5 cm2/(V s)", effective_mass="0.067 m_e"))
    1071.89 cm2/s
    """
    given = _read(data, dimension, degeneracy, {
        "fermi_velocity": fermi_velocity, "scattering_time": scattering_time, "mean_free_path": mean_free_path, "carrier_density": carrier_density, "mobility": mobility,
        "effective_mass": effective_mass, "conductivity": conductivity, "sheet_resistance": sheet_resistance, "density_of_states": density_of_states})
    for names, function in _ways(dimension, degeneracy):
        if set(names) <= set(given):
            value, error = _propagated(function, {name: given[name] for name in names})
            unit = parse_unit("cm2/s")
            return Measured(unit.from_si(value), None if error is None else unit.from_si(error), "cm2/s", ", ".join(names), reason=_disorder(given, dimension, degeneracy))
    raise FitkitError(f"diffusivity: {', '.join(given) or 'nothing given'} {'do' if len(given) > 1 else 'does'} not lead to a diffusion constant. Give "
                      "fermi_velocity and mean_free_path (or scattering_time); or carrier_density, mobility and effective_mass; or conductivity and density_of_states")


def _read(data: Dataset | None, dimension: int, degeneracy: int, asked: Mapping[str, object]) -> dict[str, Measured]:
    """What is given, or stands in the metadata, with its unit."""
    if dimension not in (1, 2, 3):
        raise FitkitError(f"dimension={dimension!r}: 1, 2 or 3")
    if not degeneracy > 0:
        raise FitkitError(f"degeneracy={degeneracy!r}: spin times valleys, above 0")
    given = {}
    for name, value in asked.items():
        kept = None if value is not None or data is None else data.meta.get(_METADATA.get(name, name))
        if value is not None or isinstance(kept, Measured):
            units = _UNITS[name]
            unit = units if isinstance(units, str) else units[dimension == 3]
            if dimension == 1 and name in ("carrier_density", "conductivity", "density_of_states"):
                unit = {"carrier_density": "1/m", "conductivity": "S m", "density_of_states": "1/(J m)"}[name]
            try:
                given[name] = read_measured(kept if value is None else value, unit, name, bare=True)
            except FitkitError:
                if value is not None:
                    raise
                continue  # metadata of a film do not serve in another dimension
            if not given[name].si > 0:
                raise FitkitError(f"{name} = {given[name]}: wanted a number above 0")
    if dimension != 2 and asked["sheet_resistance"] is not None:
        raise FitkitError("sheet_resistance is that of two dimensions: give conductivity=, the sheet resistance times the thickness inverted")
    return given


class TransportNumbers(dict):
    """Name -> Measured; prints as a table with what is said of them."""

    def __repr__(self) -> str:
        return "\n".join(f"{name:16s} {value}" + (f"   {value.reason}" if value.reason else "") for name, value in self.items())


def transport_numbers(data: Dataset | None = None, *, dimension: int = 2, degeneracy: int = 2, fermi_velocity=None, scattering_time=None, mean_free_path=None,
                      carrier_density=None, mobility=None, effective_mass=None, conductivity=None, sheet_resistance=None, density_of_states=None) -> TransportNumbers:
    """All that follows from what was measured of a sample, each with its error.

    Parameters
    ----------
    data, dimension, degeneracy, fermi_velocity, ...
        As in :func:`diffusivity`.

    Returns
    -------
    TransportNumbers
        Of ``diffusivity`` [cm2/s], ``mean_free_path`` [nm], ``scattering_time`` [ps], ``k_F`` [1/nm], ``k_F_l`` (below 3 it says that weak localization is questionable)
        and ``elastic_field`` [mT], the B_e = hbar/(4 e D tau) that bounds the diffusive formulas, those that follow. Errors are propagated as independent.

    Raises
    ------
    FitkitError
        Nothing follows, or a number is not above zero.

    Examples
    --------
    >>> import fitkit as fk
    >>> print(fk.transport_numbers(carrier_density="3e11 1/cm2", mobility="1.00(2)e5 cm2/(V s)", effective_mass="0.067 m_e")["k_F_l"])
    124(2)
    """
    given = _read(data, dimension, degeneracy, {
        "fermi_velocity": fermi_velocity, "scattering_time": scattering_time, "mean_free_path": mean_free_path, "carrier_density": carrier_density, "mobility": mobility,
        "effective_mass": effective_mass, "conductivity": conductivity, "sheet_resistance": sheet_resistance, "density_of_states": density_of_states})
    found = TransportNumbers()
    for name, unit, ways in _numbers(dimension, degeneracy):
        for names, function in ways:
            if set(names) <= set(given):
                value, error = _propagated(function, {one: given[one] for one in names})
                size = parse_unit(unit)
                reason = "below 3: diffusion and weak localization are perturbations in 1/(k_F l), questionable here" if name == "k_F_l" and value < 3 else ""
                found[name] = Measured(size.from_si(value), None if error is None else error / size.factor, unit, ", ".join(names), reason=reason)
                break
    if not found:
        raise FitkitError(f"transport_numbers: nothing follows from {', '.join(given) or 'nothing'}. Give fermi_velocity and mean_free_path (or scattering_time); or "
                          "carrier_density and mobility (and effective_mass); or sheet_resistance")
    return found


def _numbers(dimension: int, degeneracy: int):
    """(name, unit, ways) of what :func:`transport_numbers` gives."""
    d, g = dimension, degeneracy

    def k_F(n):
        return coherence.fermi_wavevector(n, g, d)

    paths: Ways = [(("mean_free_path",), lambda path: path), (("fermi_velocity", "scattering_time"), lambda v, tau: v * tau)]
    times: Ways = [(("scattering_time",), lambda tau: tau), (("mean_free_path", "fermi_velocity"), lambda path, v: path / v)]
    for name, mobility in _MOBILITY.items():
        if name != "sheet_resistance" or d == 2:
            paths.append((("carrier_density", name), lambda n, x, mu=mobility: coherence.path_of_mobility(n, mu(n, x), g, d)))
            if name == "mobility":
                times.append((("mobility", "effective_mass"), lambda mu, m: mu * m / e))
            else:
                times.append((("carrier_density", name, "effective_mass"), lambda n, x, m, mu=mobility: mu(n, x) * m / e))
    product: Ways = [(tuple(dict.fromkeys(("carrier_density", *names))), lambda n, *rest, path=path, names=names: k_F(n) * path(*((n, *rest) if "carrier_density" in names else rest)))
               for names, path in paths]
    if d == 2:
        product += [(("conductivity",), lambda s: float(coherence.disorder_parameter(s, g))), (("sheet_resistance",), lambda R: float(coherence.disorder_parameter(1 / R, g)))]
    fields = [(names, lambda *x, path=path: coherence.elastic_field(path(*x), d)) for names, path in paths]
    return (("diffusivity", "cm2/s", _ways(d, g)), ("mean_free_path", "nm", paths), ("scattering_time", "ps", times), ("k_F", "1/nm", [(("carrier_density",), k_F)]),
            ("k_F_l", "", product), ("elastic_field", "mT", fields))


def _ways(dimension: int, degeneracy: int) -> Ways:
    """(what is needed, function of it [SI]), the most direct way first."""
    d, g = dimension, degeneracy
    ways: Ways = [
        (("fermi_velocity", "scattering_time"), lambda v, tau: coherence.diffusivity_of_time(v, tau, d)),
        (("fermi_velocity", "mean_free_path"), lambda v, path: coherence.diffusivity_of_path(v, path, d)),
        (("conductivity", "density_of_states"), coherence.diffusivity_of_conductivity),
        (("sheet_resistance", "density_of_states"), lambda R, nu: coherence.diffusivity_of_conductivity(1 / R, nu)),
    ]
    for name, mobility in _MOBILITY.items():
        if name != "sheet_resistance" or d == 2:
            ways.append((("carrier_density", name, "effective_mass"), lambda n, x, m, mu=mobility: coherence.diffusivity_of_mobility(n, mu(n, x), m, g, d)))
            ways.append((("carrier_density", name, "fermi_velocity"), lambda n, x, v, mu=mobility: coherence.diffusivity_of_dirac(n, mu(n, x), v, g, d)))
    if d == 2:
        ways.append((("conductivity", "effective_mass"), lambda s, m: coherence.diffusivity_of_conductivity(s, coherence.density_of_states(m, g))))
        ways.append((("sheet_resistance", "effective_mass"), lambda R, m: coherence.diffusivity_of_conductivity(1 / R, coherence.density_of_states(m, g))))
    return ways


# mobility of what is given beside the carrier density: sigma = n e mu
_MOBILITY: Mapping[str, Callable[[float, float], float]] = {
    "mobility": lambda n, mu: mu,
    "conductivity": coherence.mobility_of_conductivity,
    "sheet_resistance": lambda n, R: coherence.mobility_of_conductivity(n, 1 / R),
}


def _propagated(function: Callable[..., float], given: Mapping[str, Measured]) -> tuple[float, float | None]:
    """Value and standard deviation of a function of independent numbers."""
    numbers = [one.si for one in given.values()]
    value, variance, known = float(function(*numbers)), 0.0, False
    for place, one in enumerate(given.values()):
        if one.error is not None:
            known = True
            step = 1e-5 * numbers[place]
            up, down = ([*numbers[:place], numbers[place] + side, *numbers[place + 1:]] for side in (step, -step))
            variance += ((function(*up) - function(*down)) / (2 * step) * one.error * parse_unit(one.unit).factor) ** 2
    return value, math.sqrt(variance) if known else None


def _disorder(given: Mapping[str, Measured], dimension: int, degeneracy: int) -> str:
    """k_F l in words, where what is given holds it."""
    si = {name: one.si for name, one in given.items()}
    product = None
    if "carrier_density" in si:
        k_F = coherence.fermi_wavevector(si["carrier_density"], degeneracy, dimension)
        path = si.get("mean_free_path")
        if path is None and {"fermi_velocity", "scattering_time"} <= set(si):
            path = si["fermi_velocity"] * si["scattering_time"]
        for name, mobility in _MOBILITY.items():
            if path is None and name in si:
                path = coherence.path_of_mobility(si["carrier_density"], mobility(si["carrier_density"], si[name]), degeneracy, dimension)
        product = None if path is None else k_F * path
    elif dimension == 2 and ("conductivity" in si or "sheet_resistance" in si):
        product = float(coherence.disorder_parameter(si.get("conductivity") or 1 / si["sheet_resistance"], degeneracy))
    if product is None:
        return ""
    return f"k_F l = {product:.3g}" + (" < 3: diffusion and weak localization are perturbations in 1/(k_F l), questionable here" if product < 3 else "")
