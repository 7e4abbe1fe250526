"""Laws of V(I): voltage against current, one a file. All give Ic at the electric-field criterion Ec over the taps at distance d."""

import math

from ...model import Column, Derived, Known, Param
from ...physics.creep import vortex_rate

CURRENT = Column("current", "A")
VOLTAGE = Column("voltage", "V", alternatives=(("electric_field", "V/m"),))
KNOWN = (
    Known("tap_distance", unit="cm", positive=True, given_by={"electric_field": 1.0}, symbol="d", meaning="distance of the voltage taps"),
    Known("Ec", unit="uV/cm", default=1.0, positive=True, symbol=r"E_\mathrm{c}", meaning="electric-field criterion"),
)
VORTEX_RATE = Derived("vortex_rate", "1/s", lambda tap_distance, Ec: vortex_rate(Ec * tap_distance), symbol=r"\dot N",
                      meaning="flux quanta that cross between the taps per second at the criterion (Josephson-Anderson)")


def critical_current(low: float, high: float, meaning: str = "critical current at the criterion Ec") -> Param:
    """The parameter Ic, with the range [A] in which tests draw it."""
    return Param("Ic", unit="A", linear=True, positive=True, typical=(low, high), bounds=(0.0, math.inf), symbol=r"I_\mathrm{c}", meaning=meaning)
