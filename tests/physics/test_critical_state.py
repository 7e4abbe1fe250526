"""Shapes of the critical state against reference numbers, sums over sand hills and over the fields of the currents, and the cgs formulas of the textbooks."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ellipe, ellipkm1

from fitkit.constants import mu0
from fitkit.errors import FitkitError
from fitkit.physics.critical_state import DISC_EDGE, Cylinder, Disc, Rectangle, Ring, Slab, Strip, dynamic_rate, make_shape, rate_from_dynamic_rate

CREEP = json.loads((Path(__file__).parents[1] / "reference" / "flux_creep.json").read_text(encoding="utf-8"))["models"]


def computed(name, x):
    if name == "Jc_rect":
        return Rectangle(x["a"], x["b"]).current_density(x["dM"] / 2)
    if name == "Jc_disc":
        return Disc(2 * x["R"], x["R"] / 10).current_density(x["dM"] / 2)
    if name == "Jc_slab":
        return Slab(x["d"]).current_density(x["dM"] / 2)
    if name == "Jc_ring":
        ring = Ring(2 * x["Ro"], 2 * x["Ri"], x["h"])
        return ring.current_density(x["dm"] / ring.volume / 2)
    if name == "Eedge_slab":
        return Slab(2 * x["w"], height=100 * x["w"]).edge_field(x["dMdt"])
    return Cylinder(2 * x["R"], height=100 * x["R"]).edge_field(x["dMdt"])


@pytest.mark.parametrize("name, point", [pytest.param(name, point, id=f"{name}-{number}") for name in
                                         ("Jc_rect", "Jc_disc", "Jc_slab", "Jc_ring", "Eedge_slab", "Eedge_cyl") for number, point in enumerate(CREEP[name]["points"])])
def test_reference_points(name, point):
    assert computed(name, point["inputs"]) == pytest.approx(float(point["value"]), rel=8 * max(point["condition"], 1) * 2.3e-16)


@pytest.mark.parametrize("point", CREEP["Q_interp"]["points"])
def test_dynamic_rate(point):
    S, mu = point["inputs"]["S"], point["inputs"]["mu"]
    assert dynamic_rate(S, mu) == pytest.approx(float(point["value"]), rel=1e-13)
    assert rate_from_dynamic_rate(dynamic_rate(S, mu), mu) == pytest.approx(S, rel=1e-12)


@pytest.mark.parametrize("shape, constant", [(Slab(0.01), 20.0), (Cylinder(0.01), 30.0), (Disc(0.01, 1e-4), 30.0), (Rectangle(0.01, 0.01), 30.0),
                                             (Rectangle(0.02, 0.01), 20 / (1 - 1 / 6)), (Strip(0.01, 1e-5), 20.0)])
def test_textbook_formulas_in_cgs(shape, constant):
    """A loop of 1 emu/cm3 width and a sample of 1 cm: J in A/cm2. 1 emu/cm3 = 1000 A/m."""
    assert shape.current_density(1000.0 / 2) / 1e4 == pytest.approx(constant, rel=1e-14)


def test_magnetization_is_the_sand_hill():
    """m = J t int dist(r, edge) dA for any flat shape."""
    a, b, n = 0.7, 1.9, 700
    x, y = (np.arange(n) + 0.5) / n * a, (np.arange(n) + 0.5) / n * b
    distance = np.minimum(np.minimum(x, a - x)[:, None], np.minimum(y, b - y)[None, :])
    assert Rectangle(a, b).lever == pytest.approx(distance.mean(), rel=1e-5)
    assert Disc(2.0, 0.1).lever == pytest.approx(quad(lambda r: (1 - r) * 2 * r, 0, 1)[0], rel=1e-12)
    assert Rectangle(1.0, 1e9).lever == pytest.approx(Strip(1.0, 0.1).lever, rel=1e-8)
    # a ring without a hole is a disc; a thin one is I times its area
    assert Ring(2.0, 1e-9, 1.0).lever == pytest.approx(Disc(2.0, 0.1).lever, rel=1e-8)
    thin = Ring(2.0, 1.998, 1.0)
    assert thin.lever * thin.volume == pytest.approx(math.pi * 0.9995**2 * 0.001, rel=1e-6)


def bar_at_the_centre(width, thickness):
    """Field in the centre [A/m] of a long bar with J = 1 in two opposite halves: straight wires, each x/[pi (x^2 + z^2)], summed over x and then z."""
    return 2 * quad(lambda z: math.log1p((width / (2 * z)) ** 2) / (2 * math.pi), 0, thickness / 2)[0]


def disc_at_the_centre(diameter, thickness):
    """The same for rings of current, r^2/[2 (r^2 + z^2)^(3/2)]."""
    R = diameter / 2
    return 2 * quad(lambda z: (math.asinh(R / z) - R / math.hypot(R, z)) / 2, 0, thickness / 2)[0]


@pytest.mark.parametrize("width, thickness", [(1.0, 0.3), (1.0, 0.02), (1.0, 5.0)])
def test_penetration_field_is_the_field_of_the_currents(width, thickness):
    assert Strip(width, thickness).penetration_field(1.0) == pytest.approx(mu0 * bar_at_the_centre(width, thickness), rel=1e-6)
    assert Disc(width, thickness).penetration_field(1.0) == pytest.approx(mu0 * disc_at_the_centre(width, thickness), rel=1e-4)


def test_long_samples_are_penetrated_by_half_their_width():
    assert Rectangle(1.0, 9.0, thickness=1e6).penetration_field(1.0) == pytest.approx(mu0 / 2, rel=1e-5)
    assert Slab(1.0).penetration_field(1.0) == Rectangle(1.0, 9.0).penetration_field(1.0) == Cylinder(1.0).penetration_field(1.0) == mu0 / 2


def disc_potential(r):
    """A(r)/(mu0 Js R) of a disc with uniform sheet current: a sum over current loops."""
    def kernel(d, side):
        u = r + side * d
        m1 = (d / (u + r)) ** 2
        return math.sqrt(u / r) / (math.pi * math.sqrt(1 - m1)) * ((1 - (1 - m1) / 2) * ellipkm1(m1) - ellipe(1 - m1)) if u > 0 else 0.0

    return sum(quad(kernel, 1e-14, reach, args=(side,), limit=200)[0] for side, reach in ((-1, r), (1, 1 - r)) if reach > 1e-13)


def strip_potential(x):
    """A(x) 2 pi/(mu0 Js w) of a strip with current +-Js."""
    return (1 + x) * math.log(1 + x) - ((1 - x) * math.log(1 - x) if x < 1 else 0.0) - (2 * x * math.log(x) if x > 0 else 0.0)


def test_field_at_the_edge_of_thin_samples():
    """Uniform sheet current that falls: E = -dA/dt."""
    thin = Disc(2.0, 1e-3)
    assert thin.edge_field(1.0) == pytest.approx(disc_potential(1 - 1e-12) * mu0 * 1.0 * 1e-3 * thin.current_density(1.0), rel=1e-5)
    assert DISC_EDGE == pytest.approx(disc_potential(1 - 1e-12), rel=1e-6)
    strip = Strip(2.0, 1e-3)
    assert strip.edge_field(1.0) == pytest.approx(strip_potential(1.0) / (2 * math.pi) * mu0 * 1e-3 * strip.current_density(1.0), rel=1e-12)
    # the largest fields inside, where published profiles have them
    assert max(map(strip_potential, np.linspace(0.6, 0.8, 201))) / strip_potential(1.0) == pytest.approx(1.272, abs=1e-3)
    assert disc_potential(0.652) / DISC_EDGE == pytest.approx(1.503, abs=1e-3)


def test_matched_field():
    """J(E) rises slowly, so that the J of the whole sample is that at the geometric mean of E, weighted as the moment is."""
    def mean(profile, power):
        return math.exp(quad(lambda r: power * r ** (power - 1) * math.log(profile(r)), 0, 1, limit=200)[0])

    assert Slab.matched == pytest.approx(mean(lambda x: 2 * x - x * x, 2), rel=1e-5)
    assert Cylinder.matched == pytest.approx(mean(lambda r: 3 * r - 2 * r * r, 3), rel=1e-5)
    assert Strip.matched == pytest.approx(mean(lambda x: strip_potential(x) / strip_potential(1.0), 2), rel=1e-5)
    u, w = np.polynomial.legendre.leggauss(24)
    r = (u + 1) / 2
    assert Disc.matched == pytest.approx(math.exp(np.sum(w / 2 * 3 * r**2 * np.log([disc_potential(one) / DISC_EDGE for one in r]))), rel=5e-4)


def test_a_prism_lies_between_slab_and_square():
    """Faraday around the edge: mu0 A dM/dt over the perimeter."""
    assert Rectangle(1.0, 1e9, thickness=9.0).edge_field(1.0) == pytest.approx(Slab(1.0, height=9.0).edge_field(1.0), rel=1e-8)
    assert Rectangle(1.0, 1.0, thickness=9.0).edge_field(1.0) == pytest.approx(mu0 / 4)


def test_the_formula_of_the_slab_is_refused_for_a_thin_strip():
    with pytest.raises(FitkitError, match="about 1.5e\\+04 times too much.*\n.*shape='strip'"):
        Slab(4e-3, height=300e-9).edge_field(1.0)
    # and that factor is what it says: slab over strip
    assert Slab(4e-3, height=1.0).edge_field(1.0) / Strip(4e-3, 300e-9).edge_field(1.0) == pytest.approx(math.pi / (4 * math.log(2)) * 4e-3 / 300e-9, rel=1e-9)
    with pytest.raises(FitkitError, match="wants to know 'height'"):
        Slab(1e-3).edge_field(1.0)
    with pytest.raises(FitkitError, match="shape='disc'"):
        Cylinder(3e-3, height=1e-3).edge_field(1.0)
    with pytest.raises(FitkitError, match="is not thin.*\n.*shape='cylinder'"):
        Disc(3e-3, 1e-3).edge_field(1.0)
    with pytest.raises(FitkitError, match="take shape='strip'"):
        Rectangle(2e-3, 8e-3, 1e-6).edge_field(1.0)
    with pytest.raises(FitkitError, match="flux in the hole"):
        Ring(3e-3, 1e-3, 1e-2).edge_field(1.0)


def test_sizes():
    with pytest.raises(FitkitError, match="no shape 'sphere'.*slab"):
        make_shape("sphere")
    with pytest.raises(FitkitError, match="wants diameter and inner_diameter.*\n.*full sizes"):
        make_shape("ring", height=1.0)
    with pytest.raises(FitkitError, match="less than the diameter"):
        make_shape("ring", diameter=1.0, inner_diameter=2.0, height=1.0)
    with pytest.raises(FitkitError, match="wanted a length above 0"):
        make_shape("disc", diameter=1.0, thickness=-1.0)
    assert make_shape("rectangle", width=2.0, length=1.0, diameter=7.0).sides == (1.0, 2.0)
