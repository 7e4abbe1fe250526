"""Physical constants in SI units. Exact ones as the SI defines them; mu0 and mu_B as CODATA 2018 gives them."""

from math import pi

e = 1.602176634e-19                     # elementary charge [C], exact
h = 6.62607015e-34                      # Planck constant [J s], exact
hbar = h / (2 * pi)                     # [J s]
k_B = 1.380649e-23                      # Boltzmann constant [J/K], exact
Phi0 = h / (2 * e)                      # flux quantum [Wb]
G0 = e**2 / (pi * h)                    # e^2/(2 pi^2 hbar), the unit of weak localization [S]
mu0 = 1.25663706212e-6                  # vacuum permeability [T m/A], CODATA 2018
mu_B = 9.2740100783e-24                 # Bohr magneton [J/T], CODATA 2018
m_e = 9.1093837015e-31                  # electron mass [kg], CODATA 2018
