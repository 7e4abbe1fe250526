"""Critical state of Bean in the shapes that people measure: current density from magnetization, penetration field, electric field at the edge.

The sample is fully penetrated and carries |J| = J everywhere, in loops around its axis; the magnetization M = m/V is that of one branch, half the width
of the loop. Then M = J times a length that the shape sets. All sizes are full ones (thickness, width, diameter, never half of them) of the superconductor
alone; 1 emu/cm3 = 1000 A/m. With a width dM in emu/cm3, sizes in cm and J in A/cm2 these are the familiar J = 20 dM/d (slab), 20 dM/[a (1 - a/3b)]
(rectangle, a the short side), 30 dM/D (cylinder, disc).

While the moment relaxes in a constant field, Faraday's law gives the electric field at the edge from dM/dt; how, depends on whether the sample is long
along the field or thin. The formula of the slab on a film in perpendicular field is wrong by a factor w/d and more.

References
----------
C. P. Bean, Phys. Rev. Lett. 8, 250 (1962), Rev. Mod. Phys. 36, 31 (1964); E. M. Gyorgy et al., Appl. Phys. Lett. 55, 283 (1989) (rectangle);
E. H. Brandt, Phys. Rev. B 54, 4246 (1996) and 58, 6506 (1998) (penetration field of bars and discs; recalled, checked by summing the field of the
currents); E at the edge of strips and discs from the vector potential of a uniform sheet current.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import ClassVar

from ..constants import mu0
from ..errors import FitkitError

_LONG = 2.0     # a sample this many times as long along the field as it is wide is taken for infinitely long
_THIN = 0.2     # and one this many times as thick as it is wide for thin


@dataclass(frozen=True)
class Shape:
    """What the shapes have in common; sizes in [m].

    Attributes
    ----------
    matched
        Electric field that belongs to the J of the whole sample, over the one at the edge: J and E vary across the sample, and with this factor the curve
        E(J) that went into a calculated relaxation comes out again; NaN where it is not known.
    """

    title: ClassVar[str] = ""
    along: ClassVar[str] = "height"      # the size along the field
    matched: ClassVar[float] = math.nan

    def __post_init__(self):
        for one in fields(self):
            value = getattr(self, one.name)
            if value is not None and not value > 0:
                raise FitkitError(f"{self.title}: {one.name} = {value:g} m, wanted a length above 0")

    @property
    def lever(self) -> float:
        """M/J [m] of one branch."""
        raise NotImplementedError

    @property
    def area(self) -> float | None:
        """Cross-section perpendicular to the field [m2]; None where a size is missing."""
        return None

    @property
    def volume(self) -> float | None:
        """[m3]; None where a size is missing."""
        height = getattr(self, self.along)
        return None if height is None or self.area is None else self.area * height

    def current_density(self, magnetization):
        """J [A/m2] of a magnetization [A/m] of one branch, half the width of the loop."""
        return magnetization / self.lever

    def penetration_field(self, current_density):
        """Flux density [T] at which a rising field first reaches the centre; twice as much reverses all currents."""
        raise NotImplementedError

    def edge_field(self, magnetization_rate):
        """Electric field at the edge [V/m] from |dM/dt| [A/(m s)] in a constant applied field.

        Raises
        ------
        FitkitError
            The sample is neither long nor thin as the shape says, or there is no formula for it.
        """
        raise NotImplementedError

    def creep_time(self, barrier: float, resistivity: float) -> float:
        """Time t0 [s] of logarithmic creep of the whole sample, M = M_c [1 - (kT/U0) ln(t/t0)], over a linear barrier U0 = ``barrier`` kT.

        t0 = c mu0 (kT/U0)/rho times thickness^2 or width x thickness, with rho [ohm m] = E/J at Jc, the flux-flow resistivity. It comes from the electric
        field of the late decay, not from the attempts of single vortices: it grows with the size.

        Raises
        ------
        FitkitError
            As ``edge_field``; no matched field is known for this shape.
        """
        if math.isnan(self.matched):
            raise FitkitError(f"{self.title}: the electric field that belongs to the J of the whole sample is not known, and t0 follows from it")
        return self.matched * self.edge_field(self.lever) / (barrier * resistivity)

    def _require_long(self, across: float, thin: str) -> None:
        height = getattr(self, self.along)
        if height is None:
            raise FitkitError(f"{self.title}: E at the edge wants to know '{self.along}', the size along the field: a sample that is thin along the field has another "
                              f"electric field.\n    give it: {self.along}='5 mm'   or take shape={thin!r}")
        if height < _LONG * across:
            wrong = math.pi / (4 * math.log(2)) * across / height
            raise FitkitError(f"{self.title}: {_in_words(height)} along the field and {_in_words(across)} across is not long: E = mu0 (d/2) dM/dt holds where the flux density inside "
                              f"follows M. In a thin sample it is set by the sheet current, and this formula would give about {wrong:.2g} times too much.\n"
                              f"    take shape={thin!r} if the thickness is below {_THIN:g} of the width; in between there is no closed formula")

    def _require_thin(self, across: float, long: str) -> None:
        height = getattr(self, self.along)
        if height > _THIN * across:
            raise FitkitError(f"{self.title}: {_in_words(height)} along the field and {_in_words(across)} across is not thin.\n"
                              f"    take shape={long!r} if it is at least {_LONG:g} times as long along the field as across; in between there is no closed formula")


@dataclass(frozen=True)
class Slab(Shape):
    """A plate with the field in its plane: ``thickness`` across the field, infinite along the others."""

    thickness: float
    height: float | None = None
    length: float | None = None

    title = "slab in parallel field"
    matched = 0.796593

    @property
    def lever(self):
        return self.thickness / 4

    @property
    def area(self):
        return None if self.length is None else self.thickness * self.length

    def penetration_field(self, current_density):
        return mu0 * current_density * self.thickness / 2

    def edge_field(self, magnetization_rate):
        self._require_long(self.thickness, "strip")
        return mu0 * self.thickness / 2 * magnetization_rate


@dataclass(frozen=True)
class Cylinder(Shape):
    """A long cylinder with the field along its axis."""

    diameter: float
    height: float | None = None

    title = "long cylinder"
    matched = 1.042008

    @property
    def lever(self):
        return self.diameter / 6

    @property
    def area(self):
        return math.pi / 4 * self.diameter**2

    def penetration_field(self, current_density):
        return mu0 * current_density * self.diameter / 2

    def edge_field(self, magnetization_rate):
        self._require_long(self.diameter, "disc")
        return mu0 * self.diameter / 4 * magnetization_rate


@dataclass(frozen=True)
class Rectangle(Shape):
    """A rectangle ``width`` x ``length`` (either may be the short side) perpendicular to the field, ``thickness`` along it."""

    width: float
    length: float
    thickness: float | None = None

    title = "rectangle"
    along = "thickness"

    @property
    def sides(self) -> tuple[float, float]:
        """Short and long side [m]."""
        return min(self.width, self.length), max(self.width, self.length)

    @property
    def lever(self):
        a, b = self.sides
        return a / 4 * (1 - a / (3 * b))

    @property
    def area(self):
        return self.width * self.length

    def penetration_field(self, current_density):
        return mu0 * current_density * _bar_field(self.sides[0], self.thickness)

    def edge_field(self, magnetization_rate):
        a, b = self.sides
        thin = "strip" if b >= 3 * a else "disc"
        if self.thickness is not None and self.thickness <= _THIN * a:
            raise FitkitError(f"{self.title}: no closed formula for E at the edge of a thin rectangle.\n    take shape={thin!r}"
                              + ("" if b >= 3 * a else " with the diameter of a circle of the same area, for an estimate"))
        self._require_long(a, thin)
        return mu0 * a * b / (2 * (a + b)) * magnetization_rate


@dataclass(frozen=True)
class Strip(Shape):
    """A long thin strip perpendicular to the field: ``width`` across, ``thickness`` along the field."""

    width: float
    thickness: float
    length: float | None = None

    title = "thin strip in perpendicular field"
    along = "thickness"
    matched = 1.130678

    @property
    def lever(self):
        return self.width / 4

    @property
    def area(self):
        return None if self.length is None else self.width * self.length

    def penetration_field(self, current_density):
        return mu0 * current_density * _bar_field(self.width, self.thickness)

    def edge_field(self, magnetization_rate):
        self._require_thin(self.width, "slab")
        sheet_rate = self.thickness * self.current_density(magnetization_rate)
        return math.log(2) / math.pi * mu0 * self.width / 2 * sheet_rate


@dataclass(frozen=True)
class Disc(Shape):
    """A thin disc perpendicular to the field."""

    diameter: float
    thickness: float

    title = "thin disc in perpendicular field"
    along = "thickness"
    matched = 1.342

    @property
    def lever(self):
        return self.diameter / 6

    @property
    def area(self):
        return math.pi / 4 * self.diameter**2

    def penetration_field(self, current_density):
        return mu0 * current_density * self.thickness / 2 * math.asinh(self.diameter / self.thickness)

    def edge_field(self, magnetization_rate):
        self._require_thin(self.diameter, "cylinder")
        sheet_rate = self.thickness * self.current_density(magnetization_rate)
        return DISC_EDGE * mu0 * self.diameter / 2 * sheet_rate


@dataclass(frozen=True)
class Ring(Shape):
    """A ring (a tube) with the field along its axis, ``height`` along it; the current flows around the hole."""

    diameter: float
    inner_diameter: float
    height: float

    title = "ring"

    def __post_init__(self):
        super().__post_init__()
        if not self.inner_diameter < self.diameter:
            raise FitkitError(f"{self.title}: inner_diameter = {_in_words(self.inner_diameter)}, wanted less than the diameter, {_in_words(self.diameter)}")

    @property
    def lever(self):
        outer, inner = self.diameter / 2, self.inner_diameter / 2
        return (outer**3 - inner**3) / (3 * (outer**2 - inner**2))

    @property
    def area(self):
        return math.pi / 4 * (self.diameter**2 - self.inner_diameter**2)

    def penetration_field(self, current_density):
        wall = (self.diameter - self.inner_diameter) / 2
        if self.height < _LONG * self.diameter:
            raise FitkitError(f"{self.title}: no closed formula for the penetration field of a ring that is not long")
        return mu0 * current_density * wall

    def edge_field(self, magnetization_rate):
        raise FitkitError(f"{self.title}: no formula for E at the edge, the flux in the hole counts too. Cut it open and take shape='rectangle', or use transport")


# E(R)/(mu0 R dJs/dt) of a disc with uniform sheet current, from its vector potential at the edge
DISC_EDGE = 0.132405961

SHAPES: dict[str, type[Shape]] = {"slab": Slab, "cylinder": Cylinder, "rectangle": Rectangle, "strip": Strip, "disc": Disc, "ring": Ring}


def _in_words(length: float) -> str:
    """A length as people say it: 300 nm, 4 mm."""
    unit, factor = next(((unit, factor) for unit, factor in (("mm", 1e-3), ("um", 1e-6)) if length >= factor), ("nm", 1e-9))
    return f"{length / factor:.4g} {unit}"


def _bar_field(width: float, thickness: float | None) -> float:
    """Penetration field over J [A/m per A/m2] of a long bar of rectangular cross-section; thickness (along the field) None: infinite."""
    if thickness is None:
        return width / 2
    ratio = width / thickness
    return thickness / (2 * math.pi) * (2 * ratio * math.atan(1 / ratio) + math.log1p(ratio**2))


def make_shape(name: str, **sizes: float | None) -> Shape:
    """The shape of that name with its sizes [m]; sizes that it does not know are left out.

    Raises
    ------
    FitkitError
        No such shape, or a size is missing.
    """
    if name not in SHAPES:
        raise FitkitError(f"no shape '{name}'. Shapes: " + "; ".join(f"{key} ({cls.title})" for key, cls in SHAPES.items()))
    kind = SHAPES[name]
    wanted = {one.name: one.default is not None for one in fields(kind)}
    missing = [size for size, required in wanted.items() if required and sizes.get(size) is None]
    if missing:
        raise FitkitError(f"{kind.title} wants {' and '.join(missing)}.\n    give it: " + ", ".join(f"{size}='1 mm'" for size in missing)
                          + "   (full sizes of the superconductor, not half of them)")
    return kind(**{size: sizes.get(size) for size in wanted})


def rate_from_dynamic_rate(Q, mu):
    """S of the relaxation from the dynamic rate Q = dlnJ/dln(dB/dt), at the same electric field: S = Q/[1 - (1 + mu) Q]."""
    return Q / (1 - (1 + mu) * Q)


def dynamic_rate(S, mu):
    """Q = dlnJ/dln(dB/dt) = dlnJ/dlnE = 1/n of a sample with relaxation rate S: S/[1 + (1 + mu) S], at the same electric field.

    mu = 0 (power law): 1/Q = 1/S + 1; mu = -1 (linear barrier): Q = S.
    """
    return S / (1 + (1 + mu) * S)
