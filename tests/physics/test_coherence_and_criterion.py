"""Outside numbers: the catalogue's reference values, closed forms of the Drude picture, textbook criteria."""

import numpy as np
import pytest

from fitkit.constants import e, h, hbar, m_e
from fitkit.physics import coherence, criterion


def test_fields_and_lengths():
    assert coherence.field_of_length(100e-9) == pytest.approx(16.455e-3, rel=1e-4)
    assert coherence.length_of_field(1.0) == pytest.approx(12.828e-9, rel=1e-4)
    assert coherence.length_of_field(-0.3) == coherence.length_of_field(0.3)
    lengths = np.logspace(-9, -4, 11)
    np.testing.assert_allclose(coherence.length_of_field(coherence.field_of_length(lengths)), lengths, rtol=1e-14)


def test_times():
    assert coherence.time_of_length(np.sqrt(0.03486 * 40.5e-12), 0.03486) == pytest.approx(40.5e-12, rel=1e-14)
    assert coherence.length_of_time(40.5e-12, 0.03486) == pytest.approx(np.sqrt(0.03486 * 40.5e-12), rel=1e-14)


def test_diffusivity_obeys_einstein():
    """sigma = e^2 D m/(pi hbar^2) with sigma = n e mu, for GaAs with 3e15 /m2 and 10 m2/(V s)."""
    density, mobility, mass = 3e15, 10.0, 0.067 * m_e
    D = coherence.diffusivity_of_mobility(density, mobility, mass)
    assert e**2 * D * mass / (np.pi * hbar**2) == pytest.approx(density * e * mobility, rel=1e-13)
    path = hbar * np.sqrt(2 * np.pi * density) * mobility / e
    velocity = hbar * np.sqrt(2 * np.pi * density) / mass
    assert coherence.diffusivity_of_path(velocity, path) == pytest.approx(D, rel=1e-13)
    assert coherence.diffusivity_of_path(velocity, path, 3) == pytest.approx(D * 2 / 3, rel=1e-13)
    assert coherence.disorder_parameter(density * e * mobility) == pytest.approx(np.sqrt(2 * np.pi * density) * path, rel=1e-12)
    # B_e = hbar/(4 e D tau)
    assert coherence.elastic_field(path) == pytest.approx(hbar / (4 * e * D * mobility * mass / e), rel=1e-12)


def test_disorder_parameter_of_graphene():
    """sigma = (2 e^2/h) k_F l with degeneracy 4."""
    assert coherence.disorder_parameter(2 * e**2 / h * 7, degeneracy=4) == pytest.approx(7, rel=1e-14)


def test_criteria():
    assert criterion.criterion_voltage(1e-4, 1e-2) == pytest.approx(1e-6)
    # n = 30: one decade is 7.4 % (10^(1/30) = 1.0798, downwards 0.926)
    assert criterion.convert_critical_current(100.0, 30, 1e-4, 1e-5) == pytest.approx(92.6, abs=0.02)
    current = criterion.convert_critical_current(100.0, 12.0, 1e-4, 3e-4)
    assert 1e-4 * (current / 100) ** 12 == pytest.approx(3e-4, rel=1e-13)
    assert criterion.critical_density_at_resistivity(1e9, 20, 1e-4, 1e-13) == pytest.approx(1e9, rel=1e-13)
    J = criterion.critical_density_at_resistivity(3e9, 20, 1e-4, 1e-13)
    assert 1e-4 * (J / 3e9) ** 20 / J == pytest.approx(1e-13, rel=1e-12)
    assert criterion.offset_critical_current(100.0, 30) == pytest.approx(96.7, abs=0.05)
