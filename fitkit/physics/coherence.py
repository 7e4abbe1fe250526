"""Lengths, times and fields of phase coherence, and the transport numbers that connect them.

Every process i with length L_i, time tau_i and diffusion constant D has the field B_i = hbar/(4 e L_i^2) =
hbar/(4 e D tau_i). Rates add, so fields add and lengths add as 1/L^2. All numbers are SI.
"""

from __future__ import annotations

import math

import numpy as np

from ..constants import e, h, hbar, k_B, mu_B


def field_of_length(length):
    """Characteristic field B_i = hbar/(4 e L_i^2) [T] of a length [m] (100 nm: 16.455 mT).

    References
    ----------
    Hikami, Larkin, Nagaoka, Prog. Theor. Phys. 63, 707 (1980).
    """
    return hbar / (4 * e * np.square(length))


def length_of_field(field):
    """Characteristic length L_i = sqrt(hbar/(4 e B_i)) [m] of a field [T]; the inverse of :func:`field_of_length`."""
    return np.sqrt(hbar / (4 * e * np.abs(field)))


def time_of_length(length, diffusivity):
    """Time tau_i = L_i^2/D [s] in which a carrier diffuses over a length [m]; diffusivity [m2/s]."""
    return np.square(length) / diffusivity


def length_of_time(time, diffusivity):
    """Length L_i = sqrt(D tau_i) [m] over which a carrier diffuses in a time [s]; diffusivity [m2/s]."""
    return np.sqrt(diffusivity * time)


def field_of_time(time, diffusivity):
    """Characteristic field B_i = hbar/(4 e D tau_i) [T] of a time [s]; diffusivity [m2/s]."""
    return hbar / (4 * e * diffusivity * time)


def fermi_wavevector(carrier_density, degeneracy=2, dimension=2):
    """k_F [1/m] of a carrier density n [1/m, 1/m2, 1/m3] with degeneracy g (spin times valleys) in d = 1, 2, 3 dimensions.

    pi n/g, sqrt(4 pi n/g), (6 pi^2 n/g)^(1/3).
    """
    if dimension == 1:
        return np.pi * carrier_density / degeneracy
    return np.sqrt(4 * np.pi * carrier_density / degeneracy) if dimension == 2 else np.cbrt(6 * np.pi**2 * carrier_density / degeneracy)


def density_of_states(effective_mass, degeneracy=2, dimension=2, carrier_density=None):
    """Density of states at the Fermi level of a parabolic band, all spins and valleys [1/(J m2)] or [1/(J m3)].

    g m/(2 pi hbar^2) in two dimensions; g m k_F/(2 pi^2 hbar^2) in three, which wants the carrier density [1/m3].
    """
    if dimension == 2:
        return degeneracy * effective_mass / (2 * np.pi * hbar**2)
    return degeneracy * effective_mass * fermi_wavevector(carrier_density, degeneracy, 3) / (2 * np.pi**2 * hbar**2)


def diffusivity_of_time(fermi_velocity, scattering_time, dimension=2):
    """Diffusion constant D = v_F^2 tau/d [m2/s]; fermi_velocity [m/s], transport scattering time [s], dimension d (1, 2, 3)."""
    return np.square(fermi_velocity) * scattering_time / dimension


def diffusivity_of_path(fermi_velocity, mean_free_path, dimension=2):
    """Diffusion constant D = v_F l/d [m2/s]; fermi_velocity [m/s], mean_free_path [m], dimension d of the diffusion (1, 2, 3)."""
    return fermi_velocity * mean_free_path / dimension


def diffusivity_of_mobility(carrier_density, mobility, effective_mass, degeneracy=2, dimension=2):
    """Diffusion constant D = v_F^2 tau/d [m2/s] of a parabolic band.

    v_F = hbar k_F/m, tau = mu m/e. In two dimensions with g = 2 this is pi hbar^2 n mu/(e m), Einstein's sigma = e^2 D m/(pi hbar^2).

    Parameters
    ----------
    carrier_density
        n [1/m2], in three dimensions [1/m3].
    mobility
        Drude mobility mu [m2/(V s)].
    effective_mass
        m [kg].
    """
    velocity = hbar * fermi_wavevector(carrier_density, degeneracy, dimension) / effective_mass
    return diffusivity_of_time(velocity, mobility * effective_mass / e, dimension)


def diffusivity_of_conductivity(conductivity, density_of_states):
    """Diffusion constant D = sigma/(e^2 nu) [m2/s], Einstein: sigma [S/m] with nu of all spins and valleys [1/(J m3)], or sheet conductance [S] with [1/(J m2)]."""
    return conductivity / (e**2 * density_of_states)


def diffusivity_of_dirac(carrier_density, mobility, fermi_velocity, degeneracy=4, dimension=2):
    """Diffusion constant D = v_F l/d [m2/s] where the velocity is known and k_F follows from the density: l = hbar k_F mu/e.

    Graphene: g = 4, v_F = 1e6 m/s, and sigma = (2 e^2/h) k_F l.
    """
    return diffusivity_of_path(fermi_velocity, path_of_mobility(carrier_density, mobility, degeneracy, dimension), dimension)


def path_of_mobility(carrier_density, mobility, degeneracy=2, dimension=2):
    """Transport mean free path l = hbar k_F mu/e [m] of an isotropic band of any shape; carrier_density [1/m2] (or [1/m3]), mobility [m2/(V s)]."""
    return hbar * fermi_wavevector(carrier_density, degeneracy, dimension) * mobility / e


def mobility_of_conductivity(carrier_density, conductivity):
    """Drude mobility mu = sigma/(n e) [m2/(V s)]; carrier_density [1/m2] with a sheet conductance [S], or [1/m3] with a conductivity [S/m]."""
    return conductivity / (carrier_density * e)


def disorder_parameter(sheet_conductance, degeneracy=2):
    """k_F l = 2 h sigma/(g e^2) of a two-dimensional gas with degeneracy g; sheet_conductance sigma [S].

    For g = 2 it is h sigma/e^2. Weak localization is a perturbation in 1/(k_F l): below about 3 it is questionable.
    """
    return 2 * h * np.asarray(sheet_conductance) / (degeneracy * e**2)


def elastic_field(mean_free_path, dimension=2):
    """Transport field B_e = hbar/(4 e D tau) = d hbar/(4 e l^2) [T] of a mean free path [m]; hbar/(2 e l^2) in two dimensions.

    Diffusive formulas need |B| << B_e.
    """
    return dimension * hbar / (4 * e * np.square(mean_free_path))


def nyquist_rate(temperature, sheet_resistance):
    """Rate [1/s] of dephasing by Nyquist noise in two dimensions, (k_B T/hbar) (1/g) ln(g/2) with g = h/(e^2 R_sq); temperature [K], sheet resistance [ohm/sq].

    Recalled from B. L. Altshuler, A. G. Aronov, D. E. Khmelnitsky, J. Phys. C 15, 7367 (1982); prefactor and argument of the logarithm were not verified.
    Holds for g >> 1; above 12.9 kohm/sq it would be negative.
    """
    g = h / (e**2 * sheet_resistance)
    return k_B * temperature / hbar / g * np.log(g / 2)


def zeeman_ratio(g, diffusivity):
    """Zeeman splitting as a field over the field itself, g mu_B/(4 e D) [dimensionless]; g-factor g, diffusivity D [m2/s].

    The Zeeman energy g mu_B B mixes the singlet with a triplet of the Cooperon as hbar D/L^2 of the field g mu_B B/(4 e D) would.
    """
    return g * mu_B / (4 * e * diffusivity)


def coherence_field_scan(field):
    """Grid of characteristic fields [T] from a thirtieth of the smallest step (at least 1e-5 of the largest field) to a hundred times the largest field."""
    magnitude = np.abs(field)
    largest = float(magnitude.max())
    smallest = max(float(np.min(magnitude[magnitude > 0], initial=largest)), 1e-5 * largest)
    decades = math.log10(largest / smallest) + 3.5
    return np.geomspace(smallest / 30, largest * 100, max(int(4 * decades), 16))


def coherence_length_scan(field):
    """Grid of lengths [m] whose characteristic fields are those of :func:`coherence_field_scan`."""
    return length_of_field(coherence_field_scan(field))


# Ways to the diffusion constant of a law from metadata; each function is named by the metadata that it takes.

def _sheet(carrier_density, sheet_resistance_normal, effective_mass):
    return diffusivity_of_mobility(carrier_density, mobility_of_conductivity(carrier_density, 1 / sheet_resistance_normal), effective_mass)


def _bulk(fermi_velocity, mean_free_path):
    return diffusivity_of_path(fermi_velocity, mean_free_path, 3)


def _bilayer(carrier_density, mobility, effective_mass):
    return diffusivity_of_mobility(carrier_density, mobility, effective_mass, 4)


def _single_cone(carrier_density, mobility, fermi_velocity):
    return diffusivity_of_dirac(carrier_density, mobility, fermi_velocity, 1)


def _routes(*functions):
    return tuple(("diffusivity", one) for one in functions)


TO_DIFFUSIVITY = _routes(diffusivity_of_mobility, _sheet, diffusivity_of_path)   # parabolic band, degeneracy 2, two dimensions
TO_DIFFUSIVITY_3D = _routes(_bulk)
TO_DIFFUSIVITY_GRAPHENE = _routes(diffusivity_of_dirac, diffusivity_of_path)     # degeneracy 4
TO_DIFFUSIVITY_BILAYER = _routes(_bilayer, diffusivity_of_path)                  # degeneracy 4
TO_DIFFUSIVITY_DIRAC = _routes(_single_cone, diffusivity_of_path)                # one cone without degeneracy
