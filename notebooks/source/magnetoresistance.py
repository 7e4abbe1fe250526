# %% [markdown]
# # Dephasing length from magnetoresistance
#
# In a disordered film at low temperature, electrons that diffuse around a closed loop in both senses interfere (weak localization). A
# perpendicular field B destroys the interference of loops that enclose more than a flux quantum, and the sheet conductance changes by
#
# $$\Delta\sigma(B) = \alpha\,G_0\left[\psi\left(\tfrac12 + \frac{B_\varphi}{|B|}\right) - \ln\frac{B_\varphi}{|B|}\right],
# \qquad B_\varphi = \frac{\hbar}{4eL_\varphi^2},\quad G_0 = \frac{e^2}{2\pi^2\hbar}$$
#
# (Hikami, Larkin, Nagaoka 1980). Its width measures the phase coherence length $L_\varphi$, its height the prefactor α.
#
# **The sample data are simulated**: a million closed random walks with $L_\varphi$ = 354 nm $\sqrt{2\,\mathrm{K}/T}$ and no spin-orbit
# coupling, put into the form of a PPMS file with noise, a trapped field and contacts out of line. The true values stand in
# `sample_data/index.csv`; the last section compares.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import fitkit as fk

plt.rcParams.update({"figure.dpi": 140, "font.size": 8, "legend.frameon": False})
samples = Path("../sample_data")

# %% [markdown]
# ## What is in the file

# %%
print(fk.look(samples / "magnetoresistance" / "film.dat"))

# %% [markdown]
# Two bridges were recorded; only you know which one is the film. fitkit does not guess, it stops with the choices:

# %%
try:
    fk.magnetoconductance(fk.load(samples / "magnetoresistance" / "film.dat"))
except fk.FitkitError as error:
    print(error)

# %% [markdown]
# So the column is named, and the geometry given: a film 2 mm wide, 4 mm between the voltage contacts, is two squares.

# %%
film = fk.load(samples / "magnetoresistance" / "film.dat", column={"resistance": "Bridge 1 Resistance (Ohms)"}, width="2 mm", length="4 mm")
sweeps = fk.split_sweeps(film)
for sweep in sweeps:
    print(f"{sweep.name:12} {len(sweep)} rows, T = {sweep.meta['temperature']}")

# %% [markdown]
# ## Trapped field: the cusp is not at zero
#
# The magnet keeps some flux, and its sign depends on the direction of the sweep. The field in the file is that of the current in the coil, and the cusp
# of weak localization shows where the film saw zero field.

# %%
coldest = sweeps[0]
figure, (left, right) = plt.subplots(1, 2, figsize=(7, 2.6), layout="constrained")
for sign, name in ((1, "field up"), (-1, "field down")):
    rows = coldest["direction"] == sign
    for axes in (left, right):
        axes.plot(coldest.values("field", "mT")[rows], coldest["resistance"][rows], "o", markersize=2, label=name)
        axes.set_xlabel("reported field (mT)")
        axes.set_ylabel("resistance (Ω)")
left.legend()
right.set_xlim(-15, 15)
right.set_ylim(612.8, 616.6)
right.axvline(0, color="black", linewidth=0.6);

# %% [markdown]
# ## From R(B) to the change of the sheet conductance
#
# `magnetoconductance` runs the usual chain, and records each part as its own step:
#
# 1. `field_offset`: the offset of each sweep direction, from the mirror symmetry of the curve;
# 2. `symmetrise`: the even part (R(B) + R(−B))/2, which removes the Hall voltage of contacts that are out of line. This must come after the offset:
#    mirrors at the wrong place round the cusp;
# 3. `sheet_conductance`: σ = (length/width)/R (and with a Hall column $\rho_{xx}/(\rho_{xx}^2 + \rho_{xy}^2)$);
# 4. `delta_conductance`: Δσ = σ(B) − σ(0). The reference σ(0) is one noisy point, so the fit has a free `offset`.

# %%
def print_history(data):
    for step in data.history:
        print(step.line())
        for name, value in step.found.items():
            print(f"    {name}: {value:.6g}" if isinstance(value, float) else f"    {name}: {value}")


curves = [fk.magnetoconductance(sweep) for sweep in sweeps]
print_history(curves[0])

# %% [markdown]
# ## Fit: one alpha, six lengths
#
# What α says:
#
# * **α = 1**: weak localization, no spin-orbit scattering (orthogonal class; the two spin directions are included);
# * **α = −1/2**: antilocalization, strong spin-orbit scattering (symplectic class). Also −1/2 for each surface of a topological insulator
#   that conducts independently;
# * other values: two channels in parallel, valleys, a crossover in between, or a mistake in the geometry, since α is proportional to the number of
#   squares. Papers differ in sign and in factors 2 and π of the prefactor; fitkit's is in the equation above.
#
# The class does not change with temperature, so all curves share one α in a joint fit. That makes $L_\varphi$ more certain at the higher temperatures, where
# α and $L_\varphi$ lean on each other.

# %%
separate = fk.fit("hln", curves)
result = fk.fit("hln", curves, share=["alpha"])
print(result)

# %%
for alone, joint in zip(separate.fits, result.fits):
    print(f"{joint.name:12} separate: alpha = {alone['alpha']!s:10} L_phi = {alone['L_phi']!s:14} shared alpha: L_phi = {joint['L_phi']}")

# %%
result.plot(width=4.8).figure

# %% [markdown]
# Near zero field, where the curvature is. The curves do not meet at zero because each carries the noise of its own reference point, its `offset`:

# %%
near = fk.fit("hln", [fk.window(curve, over="field", high="40 mT") for curve in curves], fix={"alpha": result["alpha"][0].value})
near.plot(width=4.8).figure

# %% [markdown]
# The dephasing time $\tau_\varphi = L_\varphi^2/D$ needs the diffusion constant, which magnetoresistance alone does not give. The result says what would bring it
# (a later section has it):

# %%
print(fk.fit("hln", curves[0]).derived["tau_phi"])

# %% [markdown]
# ## Second stage: L_phi(T)
#
# $1/\tau_\varphi \propto T^p$ means $L_\varphi \propto T^{-p/2}$: p = 1 for electron-electron scattering in two dimensions, 2 to 4 for
# phonons. `series` carries the joint covariance of the lengths along, since they share one α.

# %%
power = fk.fit("coherence_length_power", result.series("temperature", "L_phi"))
print(power)

# %%
axes = result.plot_series("temperature", "L_phi", fitted=power)
axes.set_xscale("log")
axes.set_yscale("log")
axes.set_xticks([2, 3, 5, 10, 20], ["2", "3", "5", "10", "20"])
axes.set_xticks([], minor=True)
axes.set_ylim(108, 400)
axes.set_yticks([120, 150, 200, 250, 300, 350], ["120", "150", "200", "250", "300", "350"])
axes.set_yticks([], minor=True)
axes.figure

# %% [markdown]
# ## Dephasing time and the law behind it
#
# $\tau_\varphi = L_\varphi^2/D$ wants the diffusion constant, which comes from other measurements. Say that this metal has a Fermi velocity of 1.0·10⁶ m/s and
# a mean free path of 3.6(2) nm; its Fermi surface is three-dimensional although its interference is two-dimensional.

# %%
D = fk.diffusivity(fermi_velocity="1.0e6 m/s", mean_free_path="3.6(2) nm", dimension=3)
timed = fk.fit("hln", [curve.with_meta(diffusivity=D) for curve in curves], share=["alpha"])
print(f"D = {D}")
print(timed.derived["tau_phi"])

# %% [markdown]
# The error of $\tau_\varphi$ is nearly all that of D, and the same at every temperature. So the rates are fitted to $L_\varphi$, whose errors are independent of
# it; that of D is then carried into the rates once. Saturation, electrons and phonons side by side:
#
# $$\frac{1}{\tau_\varphi} = A_\mathrm{sat} + A_\mathrm{ee}\,\frac{T}{1\,\mathrm{K}} + A_\mathrm{ep}\left(\frac{T}{1\,\mathrm{K}}\right)^3$$

# %%
lengths = timed.series("temperature", "L_phi")
print(fk.fit("dephasing_rate", lengths))

# %% [markdown]
# Of saturation and phonons there are upper limits. The laws against each other, and the exponent set free:

# %%
print(fk.compare({"electrons": ("dephasing_rate", {"fix": {"A_sat": 0, "A_ep": 0}}),
                  "with saturation": ("dephasing_rate", {"fix": {"A_ep": 0}}),
                  "phonons": ("dephasing_rate", {"fix": {"A_sat": 0, "A_ee": 0}})}, lengths))
electrons = fk.fit("dephasing_rate", lengths, fix={"A_sat": 0, "A_ep": 0})
exponent = fk.fit("dephasing_rate", lengths, fix={"A_sat": 0, "A_ep": 0}, free=["p_ee"])
print("A_ee =", electrons["A_ee"], "  Nyquist noise of this sheet resistance:", electrons.derived["A_nyquist"], "  p_ee =", exponent["p_ee"])

# %% [markdown]
# `A_nyquist` is the theory for the sheet resistance of the film (its prefactor differs between reviews by factors near one). It is there to compare with, not to fit.
#
# For the paper: two panels in the width of a page, saved as vector graphics by `figure.savefig("dephasing.pdf")`. The lines are the fits; dotted is Nyquist noise. The bars in (b)
# are those of $L_\varphi$ alone: the error of D, 5.6 %, moves all points together.

# %%
figure, (left, right) = plt.subplots(1, 2, figsize=(7.0, 2.8), layout="constrained")
shown = near.fits
for number, one in enumerate(shown):
    colour = plt.cm.viridis(0.9 * number / (len(shown) - 1))
    shift = one["offset"].si
    left.plot(1e3 * one.x[0], (one.y - shift) / 3.874045865e-5, "o", color=colour, markersize=2, markeredgewidth=0, alpha=0.6)
    field = np.linspace(0, 0.04, 200)
    left.plot(1e3 * field, (one.predict(field) - shift) / 3.874045865e-5, color=colour, linewidth=1, label=f"{one.data.meta['temperature'].value:.3g} K")
left.set_xlabel("magnetic field (mT)")
left.set_ylabel(r"$\Delta\sigma$ ($e^2/h$)")
left.legend(ncols=2, fontsize=7, handlelength=1.2)
left.text(-0.19, 1.0, "(a)", transform=left.transAxes, fontweight="bold")

temperature, times = np.geomspace(1.6, 23, 100), timed.derived["tau_phi"]
own = [one["L_phi"].error / one["L_phi"].value for one in timed.fits]  # without the common error of D
right.errorbar([one.data.si("temperature") for one in timed.fits], times.values, 2 * np.array(own) * times.values, fmt="o", markersize=4, capsize=2, color="C0", label="film")
right.plot(temperature, 1e3 / (electrons["A_ee"].value * temperature), color="C0", linewidth=1, label=r"$1/A_\mathrm{ee}T$")
right.plot(temperature, 1e3 / (electrons.derived["A_nyquist"].value * temperature), ":", color="black", linewidth=1, label="Nyquist noise")
right.set_xscale("log")
right.set_yscale("log")
right.set_xticks([2, 3, 5, 10, 20], ["2", "3", "5", "10", "20"])
right.set_xticks([], minor=True)
right.set_yticks([10, 20, 50, 100], ["10", "20", "50", "100"])
right.set_yticks([], minor=True)
right.set_xlabel("temperature (K)")
right.set_ylabel(r"dephasing time $\tau_\varphi$ (ps)")
right.legend()
right.text(-0.19, 1.0, "(b)", transform=right.transAxes, fontweight="bold");

# %% [markdown]
# ## What a forgotten offset does
#
# Without the correction the two branches are averaged with their cusps 6 mT apart: the cusp is rounded, and $L_\varphi$ comes out short
# where $B_\varphi$ is not much larger than the trapped field, that is at low temperature. The result looks like a saturation of $L_\varphi$, which is not there.

# %%
uncorrected = fk.fit("hln", [fk.magnetoconductance(sweep, offset="none") for sweep in sweeps])
for wrong, right in zip(uncorrected.fits, separate.fits):
    print(f"{right.name:12} B_phi = {right['B_phi']!s:14} L_phi = {right['L_phi']!s:12} without the offset step: {wrong['L_phi']}")

# %% [markdown]
# ## What the data cannot tell
#
# For $B < B_\varphi$ the law is a parabola, $\Delta\sigma = \alpha G_0 (B/B_\varphi)^2/24$, and only the product $\alpha L_\varphi^4$ is measured. At 18 K
# $B_\varphi$ is about 12 mT. A sweep that ends at 20 mT does not fix $L_\varphi$ unless α is known from elsewhere:

# %%
hottest = curves[-1]
narrow = fk.fit("hln", fk.window(hottest, over="field", high="20 mT"))
print(narrow)
print("with alpha fixed at 1:  L_phi =", fk.fit("hln", fk.window(hottest, over="field", high="20 mT"), fix={"alpha": 1})["L_phi"])

# %% [markdown]
# How far must the field go? The same curve, cut at different fields (hollow: not determined):

# %%
figure, axes = plt.subplots(figsize=(4.8, 2.8), layout="constrained")
for reach in (20, 30, 40, 60, 80, 120, 200, 300, 400):
    found = fk.fit("hln", fk.window(hottest, over="field", high=f"{reach} mT"))["L_phi"]
    axes.errorbar(reach, found.value, found.error, fmt="o", color="C0", mfc="C0" if found.determined else "none", capsize=2)
axes.axhline(118, color="black", linewidth=0.8, label="put in")
axes.legend()
axes.set_xscale("log")
axes.set_xticks([20, 50, 100, 200, 400], ["20", "50", "100", "200", "400"])
axes.set_xticks([], minor=True)
axes.set_ylim(0, 250)
axes.set_xlabel("field reached (mT)")
axes.set_ylabel(r"$L_\varphi$ at 18 K (nm)");

# %% [markdown]
# About ten $B_\varphi$ are needed for an error of a few per cent.
#
# ## Put in and found

# %%
index = pd.read_csv(samples / "index.csv")
lengths = index[index["quantity"] == "L_phi"]
rows = []
for one in result.fits:
    true = lengths.iloc[(lengths["temperature (K)"] - one.data.si("temperature")).abs().argmin()]
    rows.append((one.name, "L_phi", f"{true['value']:.1f} nm", str(one["L_phi"]), round((one["L_phi"].value - true["value"]) / one["L_phi"].error, 1)))
rate = 12.0 / (2 * 354**2) * 1e5  # 1/ns: D/L_phi^2 at 1 K with 12.0 cm2/s
for name, quantity, true, found in (("all", "alpha", 1.0, result["alpha"][0]), ("L_phi(T)", "p", 1.0, power["p"]), ("L_phi(T)", "p_ee", 1.0, exponent["p_ee"]),
                                    ("L_phi(T)", "A_ee", rate, electrons["A_ee"])):
    rows.append((name, quantity, f"{true:.4g}", str(found), round((found.value - true) / found.error, 1)))
for name in ("field_offset_up", "field_offset_down"):
    true = index.loc[index["quantity"] == name, "value"].iloc[0]
    found, error = curves[0].meta[name].to("mT"), curves[0].meta["field_offset_err"].to("mT").value
    rows.append((curves[0].name, name, f"{true:g} mT", str(found), round((found.value - true) / error, 1)))
table = pd.DataFrame(rows, columns=["sweep", "quantity", "put in", "found", "pull"])
table

# %%
print(f"{(table['pull'].abs() <= 2).sum()} of {len(table)} within 2 errors, the farthest at {table['pull'].abs().max():.1f}")

assert len(table) == 12 and table["pull"].abs().max() < 3.5
assert result["L_phi"].verdicts == ("ok",) * 6
assert not narrow["L_phi"].determined
assert uncorrected["L_phi"].values[0] < separate["L_phi"].values[0] - 4 * separate["L_phi"].errors[0]

# %% [markdown]
# To keep the result: `result.save("film_report")` writes report.html, parameters.csv, result.json and the figures into that folder.
# `fk.repeat(result, "next_film.dat")` repeats the recorded steps and the fit on another file.
