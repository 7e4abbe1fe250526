"""Names of quantities and how instruments call them. Tables, no code.

``QUANTITIES``: name -> (SI unit, unit people read, meaning). ``VENDOR``: pattern of a column title (lower case, unit
removed) -> quantity; the loaders share it.
"""

QUANTITIES = {
    # columns
    "time": ("s", "s", "time"),
    "temperature": ("K", "K", "sample temperature"),
    "field": ("T", "T", "applied flux density mu0 H"),
    "internal_field": ("T", "T", "flux density inside the sample, demagnetisation removed"),
    "gate": ("V", "V", "gate voltage"),
    "angle": ("rad", "deg", "angle of the field"),
    "frequency": ("Hz", "Hz", "frequency"),
    "amplitude": ("T", "mT", "amplitude of the alternating field"),
    "moment": ("A m2", "emu", "magnetic moment"),
    "magnetization": ("A/m", "A/m", "magnetization (moment per volume)"),
    "mass_magnetization": ("A m2/kg", "emu/g", "moment per mass"),
    "relative_moment": ("", "", "moment divided by a reference moment"),
    "resistance": ("ohm", "ohm", "longitudinal resistance"),
    "hall_resistance": ("ohm", "ohm", "transverse (Hall) resistance"),
    "sheet_resistance": ("ohm/sq", "ohm/sq", "sheet resistance"),
    "relative_resistance": ("", "%", "resistance minus its value at zero field, over that value"),
    "sheet_conductance": ("S", "e^2/h", "sheet conductance"),
    "conductivity": ("S/m", "S/cm", "conductivity"),
    "delta_conductance": ("S", "e^2/h", "sheet conductance minus its value at zero field"),
    "delta_conductivity": ("S/m", "S/cm", "conductivity minus its value at zero field"),
    "current": ("A", "A", "transport current"),
    "voltage": ("V", "uV", "voltage between the taps"),
    "electric_field": ("V/m", "uV/cm", "electric field between the taps"),
    "direction": ("", "", "sweep direction, +1 up, -1 down"),
    "current_density": ("A/m2", "A/cm2", "current density"),
    "irreversible_magnetization": ("A/m", "A/m", "magnetization of the pinned flux, half the width of the loop"),
    "reversible_magnetization": ("A/m", "A/m", "magnetization midway between the branches of the loop"),
    "pinning_barrier": ("J", "meV", "barrier U(J) from the electric field"),
    "coercive_field": ("T", "mT", "coercive field mu0 Hc"),
    "spin_down_change": ("1/s2", "1/s2", "change of the rate of rotation d(Omega)/dt against its steady value"),
    "pinning_force": ("N/m3", "GN/m3", "pinning force per volume, Jc B"),
    # results that are fitted again
    "L_phi": ("m", "nm", "phase coherence length"),
    "tau_phi": ("s", "ps", "dephasing time"),
    "U_star": ("J", "meV", "apparent pinning energy kT/S"),
    "S": ("", "", "relaxation rate -dlnM/dlnt"),
    "log_rate": ("", "", "ln(|dM/dt| / (SI unit of M per s))"),
    "Ic": ("A", "A", "critical current"),
    "Q": ("", "", "dynamic relaxation rate dlnJ/dln(dB/dt)"),
    "n": ("", "", "n-value dlnV/dlnI"),
    "B_so": ("T", "mT", "total spin-orbit field"),
    "mu": ("", "", "creep exponent"),
    "tau": ("s", "s", "decay time"),
    "ln_tau": ("", "", "logarithm of the decay time over 1 s"),
    "beta": ("", "", "stretching exponent"),
    "I_1": ("A", "A", "current over which the voltage grows e-fold"),
    # metadata
    "applied_field": ("T", "T", "field that stays constant during the run"),
    "tap_distance": ("m", "cm", "distance of the voltage taps"),
    "Ec": ("V/m", "uV/cm", "electric-field criterion of the critical current"),
    "length": ("m", "mm", "distance of the voltage contacts"),
    "width": ("m", "mm", "width of the current path"),
    "thickness": ("m", "nm", "thickness"),
    "diameter": ("m", "mm", "diameter"),
    "inner_diameter": ("m", "mm", "diameter of the hole of a ring"),
    "height": ("m", "mm", "size along the field"),
    "field_step": ("T", "T", "change of the applied field since it last turned"),
    "flux_flow_resistivity": ("ohm m", "uohm cm", "resistivity E/J at the current density without barrier"),
    "sweep_rate": ("T/s", "mT/s", "|dB/dt| of a sweep"),
    "volume": ("m3", "mm3", "sample volume"),
    "mass": ("kg", "mg", "sample mass"),
    "t0": ("s", "s", "attempt time"),
    "time_origin_err": ("s", "s", "standard deviation of the zero of the clock"),
    "ramp_rate": ("T/s", "mT/s", "rate of the field ramp before the decay"),
    "background_moment": ("A m2", "emu", "moment of holder, substrate and reversible magnetization"),
    "dlnIc_dT": ("1/K", "1/K", "relative change of the critical current per kelvin"),
    "dlnM_dT": ("1/K", "1/K", "relative change of the moment per kelvin"),
    "V0": ("V", "V", "voltage at the current without barrier"),
    "Ic0": ("A", "A", "current without barrier"),
    "E0": ("V/m", "V/m", "electric field at which the barrier vanishes"),
    "diffusivity": ("m2/s", "cm2/s", "diffusion constant"),
    "carrier_density": ("1/m2", "1/cm2", "sheet carrier density"),
    "mobility": ("m2/(V s)", "cm2/(V s)", "mobility"),
    "effective_mass": ("kg", "m_e", "effective mass"),
    "fermi_velocity": ("m/s", "m/s", "Fermi velocity"),
    "mean_free_path": ("m", "nm", "transport mean free path"),
    "Tc": ("K", "K", "critical temperature"),
    "sheet_resistance_normal": ("ohm/sq", "ohm/sq", "sheet resistance at zero field"),
}

# metadata that are sizes: zero or less is a slip of the pen
POSITIVE = ("temperature", "tap_distance", "Ec", "t0", "V0", "Ic0", "E0", "diffusivity", "length", "width", "thickness", "diameter", "inner_diameter", "height", "field_step", "sweep_rate", "flux_flow_resistivity", "volume", "mass", "carrier_density",
            "mobility", "effective_mass", "fermi_velocity", "mean_free_path", "Tc")

# quantities that an experiment drives (they make plateaus and sweeps); current and voltage count only while these rest
DRIVEN = ("temperature", "field", "gate", "angle")

# moved by some measurements beside these: a constant temperature and field with a moving frequency is no hold
DRIVEN_BESIDE = ("frequency", "amplitude")

# what a file of sweeps steps through
STEPPED = ("temperature", "gate", "angle")

# the moment of a sample in the forms a law may meet
MOMENTS = ("moment", "magnetization", "mass_magnetization", "relative_moment")

# what an instrument measures: a row in which none of them has a number holds no data
MEASURED = (*MOMENTS, "resistance", "hall_resistance", "sheet_resistance", "sheet_conductance", "conductivity", "delta_conductance", "delta_conductivity",
            "voltage", "electric_field")

# column title, lower case, unit removed -> quantity. Several titles may claim one quantity: if exactly one of them has
# numbers it gets the name, else the user chooses (column={"resistance": "Bridge 2 Resistance (Ohms)"}).
VENDOR = {
    "time stamp": "time", "time": "time", "timestamp": "time", "elapsed time": "time", "t": "time",
    "temperature": "temperature", "temp": "temperature", "sample temperature": "temperature", "sample temp": "temperature", "tsample": "temperature",
    "magnetic field": "field", "field": "field", "b": "field", "b field": "field", "h_vsm": "field", "applied field": "field",
    "moment": "moment", "moment (m)": "moment", "long moment": "moment", "m-dc": "moment", "dc moment": "moment", "dc moment fixed ctr": "moment",
    "dc moment free ctr": "moment", "m": "moment",
    "magnetization": "magnetization", "magnetisation": "magnetization", "mvol": "magnetization",
    "mass magnetization": "mass_magnetization", "mmass": "mass_magnetization",
    "relative moment": "relative_moment",
    "resistance": "resistance", "resistance 1": "resistance", "resistance 2": "resistance", "r": "resistance", "rxx": "resistance", "r_xx": "resistance",
    "bridge 1 resistance": "resistance", "bridge 2 resistance": "resistance", "bridge 3 resistance": "resistance",
    "bridge 4 resistance": "resistance", "resistance ch1": "resistance", "resistance ch2": "resistance",
    "hall resistance": "hall_resistance", "rxy": "hall_resistance", "r_xy": "hall_resistance",
    "magnetoresistance": "relative_resistance", "mr": "relative_resistance", "relative resistance": "relative_resistance",
    "sheet resistance": "sheet_resistance", "sheet conductance": "sheet_conductance",
    "delta conductance": "delta_conductance", "magnetoconductance": "delta_conductance",
    "delta conductivity": "delta_conductivity", "magnetoconductivity": "delta_conductivity",
    "current": "current", "i": "current",
    "voltage": "voltage", "v": "voltage", "u": "voltage", "voltage 1": "voltage", "voltage 2": "voltage", "v1  -sample": "voltage", "v1 -sample": "voltage",
    "electric field": "electric_field", "e": "electric_field",
    "gate": "gate", "gate voltage": "gate", "vg": "gate", "vbg": "gate", "v_g": "gate",
    "angle": "angle", "sample position": "angle", "rotation angle": "angle",
    "frequency": "frequency", "wave frequency": "frequency", "direction": "direction",
    "amplitude": "amplitude", "drive amplitude": "amplitude",
}

# titles without a unit whose unit is known all the same
VENDOR_UNITS = {"time": "s"}

# column title -> titles that may hold its standard deviation; both lower case, unit removed
ERROR_COLUMNS = {
    "moment": ("m. std. err.", "m-std.dev."), "m-dc": ("m-std.dev.",), "long moment": ("long scan std dev",),
    "dc moment fixed ctr": ("dc moment err fixed ctr",), "dc moment free ctr": ("dc moment err free ctr",),
    "bridge 1 resistance": ("bridge 1 std. dev.", "bridge 1 std.dev."), "bridge 2 resistance": ("bridge 2 std. dev.", "bridge 2 std.dev."),
    "bridge 3 resistance": ("bridge 3 std. dev.", "bridge 3 std.dev."), "bridge 4 resistance": ("bridge 4 std. dev.", "bridge 4 std.dev."),
    "resistance ch1": ("resistance std. dev. ch1",), "resistance ch2": ("resistance std. dev. ch2",),
}

# header entries that hold a placeholder as often as a measured number (mass 1, length 1): shown, never used
HEADER_GEOMETRY = ("mass", "weight", "area", "length", "volume", "size", "cross section", "molecular_weight", "shape")

# header entries that name the sample and the instrument
HEADER_SAMPLE = ("sample_material", "name")

# symbols whose case matters: T is a temperature, t a time
SYMBOLS = {"T": "temperature", "H": "field", "mu0H": "field", "mu0 H": "field"}

# titles by which a Quantum Design file without [Header] is recognised: three of them must be there
QUANTUM_DESIGN_TITLES = (
    "Comment", "Time Stamp (sec)", "Time Stamp (s)", "Time", "Temperature (K)", "Magnetic Field (Oe)", "Field (Oe)",
    "Moment (emu)", "M. Std. Err. (emu)", "Long Moment (emu)", "Long Scan Std Dev", "Long Algorithm", "Long Reg Fit",
    "Sample Position (deg)", "Transport Action", "Averaging Time (sec)", "Center Position (mm)", "Status (code)",
    "Bridge 1 Resistance (Ohms)", "Bridge 1 Excitation (uA)", "Bridge 2 Resistance (Ohms)", "Bridge 3 Resistance (Ohms)",
    "Resistance Ch1 (Ohms)", "Chamber Pressure (Torr)", "DC Moment Fixed Ctr (emu)", "DC Moment Free Ctr (emu)",
    "Time Stamp (Seconds)", "System Status (Code)", "Puck Temp (Kelvin)", "Sample Temp (Kelvin)", "Field (Oersted)", "Measure Count", "Amplitude (Oe)", "M' (emu)", "M'' (emu)", "Mass (grams)", "Pressure (Torr)",
)

# how the first line of a text begins that has a loader of its own name
FORMAT_MARKS = ("LabVIEW Measurement", "TDI Format", "#RUN ON SOFTWARE VERSION")

# titles (lower case, unit removed) of where the instrument found the sample in its coils, and of how well its response was fitted (1 is best)
CENTRING = ("center position", "center of mass", "squid center", "dc calculated center", "long center", "sample center")
FIT_QUALITY = ("long reg fit", "reg fit", "dc fixed fit", "dc free fit", "longitudinal regression fit")

# words that instruments and loggers write where a number belongs; they become notes
STATUS_WORDS = ("OVLD", "OVERLOAD", "LOST COMMUNICATION", "GOOD", "BAD", "NAN", "---", "N/A", "exceeded compliance limit")

# what the header of any text may say about the whole run, where it gives the unit
HEADER_SETTINGS = ("temperature", "applied_field", "angle", "gate")

# header metadata: lower-case key -> metadata name
HEADER_KEYS = {
    "temperature": "temperature", "sample temperature": "temperature", "field": "applied_field", "magnetic field": "applied_field",
    "applied field": "applied_field", "angle": "angle", "tap distance": "tap_distance", "length": "length", "width": "width",
    "thickness": "thickness", "volume": "volume", "mass": "mass", "gate": "gate", "sample": "sample", "name": "sample",
    "criterion": "Ec", "ec": "Ec", "t0": "t0", "m0": "M0",
}
