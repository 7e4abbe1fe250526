# %% [markdown]
# # What this data cannot tell you
#
# A fit always returns numbers. Give it a curve that holds one number and ask for two, and it returns two, with error bars that depend on where the search
# happened to stop. This notebook takes five measurements of everyday use, each cut a little too short, and asks three questions of each:
#
# 1. Which **different answers** describe the points equally well?
# 2. What does the data hold **all the same**? There nearly always is something.
# 3. Which **measurement** would settle the rest, and does it?
#
# | asked for | held by the data | section |
# |---|---|---|
# | $\alpha$ and $L_\varphi$ from a low-field sweep | $\alpha L_\varphi^4$ | 1 |
# | the creep exponent $\mu$ from one decay | the rate $S$ | 2 |
# | the pinning energy $U_0$ from one decay | $U^*$, that is $U_0$ for each assumed $t_0$ | 3 |
# | $I_c$ where the voltage stays below the criterion | that $I_c$ is not below the last current | 4 |
# | the kind of spin-orbit coupling | $L_\varphi$ | 5 |
#
# **All data are simulated** from the physics (closed random walks, hops over a barrier, flux diffusion, a tape of segments), never from the formula that is
# fitted, so that what is true is known. The last section compares.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import fitkit as fk
from fitkit.constants import G0, k_B

plt.rcParams.update({"figure.dpi": 140, "font.size": 8, "legend.frameon": False})


def two_panels(height=2.8):
    return plt.subplots(1, 2, figsize=(7, height), layout="constrained")


# %% [markdown]
# ## How a verdict reads
#
# Every fitted number has one: **ok**; a **limit** (a bound at 95 %, no symmetric error); **not determined**, with the reason and what would help; **ambiguous** (a
# second optimum fits as well); **conditional** (it holds with a partner at its bound). A number that is not determined is not a result with a large error bar:
# it may lie anywhere along a valley, and the error bar is only the valley's width at the place where the search stopped. Second stages leave it out, by name.
#
# ## 1. The parabola
#
# A film at 18 K with $L_\varphi$ = 120 nm and no spin-orbit coupling. Its dephasing field $B_\varphi=\hbar/4eL_\varphi^2$ is 11.4 mT, and the magnet was swept to 12 mT.

# %%
areas = fk.simulate.loop_areas(200_000, 400, seed=3)
field = np.linspace(-0.12, 0.12, 241)
noise = np.random.default_rng(5).normal(0, 0.018 * G0, field.size)
film = fk.dataset(field=(field, "T"), delta_conductance=(fk.simulate.magnetoconductance(areas, field, 120e-9) + noise, "S"), temperature="18 K", name="film")


def up_to(data, reach):
    """The sweep between -reach and +reach [mT]."""
    return fk.window(data, over="field", low=f"-{reach} mT", high=f"{reach} mT")


short = fk.fit("hln", up_to(film, 12))
print(short)

# %% [markdown]
# The question mark is meant. Fix α at three values and fit $L_\varphi$ to each: a factor of ten in α, and the points do not care.

# %%
alphas = (0.3, 1, 3)
fixed = {alpha: fk.fit("hln", up_to(film, 12), fix={"alpha": alpha}) for alpha in alphas}
one = fixed[1].statistics
for alpha, fit in fixed.items():
    length = fit["L_phi"]
    print(f"alpha = {alpha:3}: L_phi = {length!s:12} chi^2/chi^2(alpha = 1) = {fit.statistics.chi2 / one.chi2:.3f}   alpha L_phi^4 = {alpha * (length.value / 120) ** 4:.2f} (120 nm)^4")

# %% [markdown]
# The last column is the reason: below $B_\varphi$ the law is a parabola, $\Delta\sigma=\alpha G_0(B/B_\varphi)^2/24$, and a parabola has one coefficient, $\alpha L_\varphi^4$.
# (It is not quite the same in the three lines, since the window reaches $B_\varphi$ and the curve is just leaving the parabola; the noise does not see it.) Beyond the
# window the three curves part:

# %%
figure, (left, right) = two_panels()
for axes, reach in ((left, 12), (right, 120)):
    shown = up_to(film, reach)
    axes.plot(shown.values("field", "mT"), (shown["delta_conductance"] - fixed[1]["offset"].si) / G0, "o", color="0.65", markersize=2, label="measured" if axes is left else "not measured")
    B = np.linspace(-reach, reach, 300) * 1e-3
    for (alpha, fit), style in zip(fixed.items(), ("-", "--", ":")):
        axes.plot(B * 1e3, fit.fits[0].predict(B) / G0 - fit["offset"].si / G0, style, linewidth=1.3, label=rf"$\alpha$ = {alpha:g}, $L_\varphi$ = {fit['L_phi'].value:.0f} nm")
    axes.set_xlabel("field (mT)")
    axes.set_ylabel(r"$\Delta\sigma/G_0$")
left.legend(loc="upper center")
left.set_ylim(-0.06, 0.16)
right.axvspan(-12, 12, color="0.92", zorder=0)
right.text(0, 1.2, "swept", ha="center", color="0.4")
right.set_ylim(-0.1, 1.35);

# %% [markdown]
# The same as a picture of what the data allow: the region that no 95 % test excludes, for three ranges of the field. Dotted is $\alpha L_\varphi^4$ = const. The valley
# does not get narrower along its length by repeating the sweep, it closes by going further.

# %%
law, grid_alpha, grid_length = fk.get_model("hln"), np.geomspace(0.08, 12, 400), np.geomspace(55, 260, 400) * 1e-9


def misfit(data):
    """chi^2 over the grid of alpha and L_phi, the offset fitted at each place; the law is alpha times a curve that L_phi sets."""
    y = data["delta_conductance"] - data["delta_conductance"].mean()
    curves = law.function(data["field"], 1.0, grid_length[:, None])
    curves = curves - curves.mean(axis=1, keepdims=True)
    return (y @ y - 2 * np.outer(curves @ y, grid_alpha) + np.outer((curves**2).sum(axis=1), grid_alpha**2)) / (0.018 * G0) ** 2


figure, axes = plt.subplots(figsize=(4.8, 3.2), layout="constrained")
for reach, colour in ((12, "#56b4e9"), (24, "#0072b2"), (120, "#d55e00")):
    chi2 = misfit(up_to(film, reach))
    axes.contourf(grid_alpha, grid_length * 1e9, chi2 - chi2.min(), levels=[0, 5.99], colors=[colour])
    axes.plot([], [], "s", color=colour, label=f"swept to {reach} mT")
axes.plot(grid_alpha, 120 * grid_alpha**-0.25, ":", color="black", linewidth=0.8, label=r"$\alpha L_\varphi^4$ = const")
axes.plot(1, 120, "o", color="black", mfc="none", markersize=11, label="put in")
axes.set(xscale="log", yscale="log", xlabel=r"$\alpha$", ylabel=r"$L_\varphi$ (nm)", xlim=(0.08, 12), ylim=(55, 260))
axes.minorticks_off()
axes.set_xticks([0.1, 0.3, 1, 3, 10], ["0.1", "0.3", "1", "3", "10"])
axes.set_yticks([60, 80, 100, 150, 200, 250], ["60", "80", "100", "150", "200", "250"])
axes.legend(loc="upper right");

# %% [markdown]
# **What settles it:** field, up to about ten $B_\varphi$. Or knowledge: in a film of a light metal α is 1, and then the short sweep does give $L_\varphi$.

# %%
long = fk.fit("hln", film)
print("to  12 mT, alpha fixed at 1:  L_phi =", fixed[1]["L_phi"])
print("to 120 mT:                    L_phi =", long["L_phi"], "  alpha =", long["alpha"])

# %% [markdown]
# ## 2. An exponent below the noise
#
# The barrier against creep, $U(J)=(U_0/\mu)[(J_c/J)^\mu-1]$, bends the decay away from a straight line in $\ln t$, and the bend holds μ. A decay at 8 K, from 20 s to 50 minutes, with
# 0.2 % of noise; put in is μ = 1, $U_0/k_\mathrm{B}$ = 300 K.

# %%
def decay(temperature, last=3e3, points=60):
    time = np.geomspace(20, last, points)
    moment = 1e-9 * fk.simulate.current_relaxation(time, 1.0, U0=300 * k_B, temperature=temperature, Jc=1e3, tau=1e-6)
    noise = np.random.default_rng(int(10 * temperature)).normal(0, 2e-3, points)
    return fk.dataset(time=(time, "s"), moment=(moment * (1 + noise), "A m2"), temperature=f"{temperature} K", name=f"{temperature:g} K")


evening = decay(8)
bent = fk.fit("interpolation_decay", evening)
print(bent.table())
print()
print(bent["mu"].reason)

# %% [markdown]
# $S$ is good to 1 %, and $U^* = k_\mathrm{B}T/S$ with it. Whatever the paper says about collective creep, μ is not in this file. The laws say so too when they are held against each
# other, and what would tell them apart:

# %%
print(fk.compare(["log_decay", "power_law_decay", "interpolation_decay"], evening).sentence)
print()
print(fk.how_long(bent, "mu"))

# %% [markdown]
# Draw it: four theories, μ from −1 (the linear barrier) to 2, each fitted to the shaded window. They differ by less than one point scatters, and part only days later.

# %%
theories = {mu: fk.fit("interpolation_decay", evening, fix={"mu": mu}) for mu in (-1, 0, 1, 2)}
figure, (left, right) = two_panels()
time = np.geomspace(20, 1e6, 200)
straight = theories[-1].fits[0]
left.plot(evening["time"], evening["moment"] / straight.fitted - 1, "o", color="0.65", markersize=2.5)
for mu, fit in theories.items():
    left.plot(time, fit.fits[0].predict(time) / straight.predict(time) - 1, linewidth=1.3, label=rf"$\mu$ = {mu}")
left.axvspan(20, 3e3, color="0.92", zorder=0)
left.text(245, 0.034, "measured", ha="center", color="0.4")
left.set(xscale="log", xlabel="time (s)", ylabel=r"$M/M(\mu=-1) - 1$", xlim=(15, 1e6), ylim=(-0.01, 0.04))
left.legend(loc="upper left", bbox_to_anchor=(0, 0.88))

exponents = np.linspace(-2, 4, 61)
for data, colour, text in ((evening, "#56b4e9", "50 minutes"), (decay(8, 4e5), "#d55e00", "4.6 days")):
    chi2 = np.array([fk.fit("interpolation_decay", data, fix={"mu": mu}).statistics.chi2 for mu in exponents])
    right.plot(exponents, (chi2 / chi2.min() - 1) * (len(data) - 3), color=colour, label=text)
right.axhline(3.84, color="0.5", linewidth=0.8, linestyle=":")
right.text(-1.9, 4.1, "excluded at 95 %", color="0.4")
right.axvline(1, color="black", linewidth=0.8)
right.set(xlabel=r"$\mu$", ylabel=r"$\chi^2 - \chi^2_\mathrm{min}$", ylim=(0, 13), xlim=(-2, 4))
right.legend(loc="upper left");

# %% [markdown]
# **What settles it:** patience, or better: temperature. Six evenings at six temperatures share one barrier, and the curves together hold what none of them holds alone. The joint fit
# has no bend to find, it compares how far each has crept.

# %%
six = [decay(temperature) for temperature in (4, 8, 12, 16, 20, 26)]
series = fk.fit("creep_series", fk.join_runs(six))
print("one evening:  mu =", bent["mu"])
print("six evenings: mu =", series["mu"], "  U0 =", series["U0_K"])

# %% [markdown]
# ## 3. U0 without t0
#
# Now the linear barrier, for which $U_0 = U^* + k_\mathrm{B}T\ln(t/t_0)$. The logarithm is 20 to 35, so that most of $U_0$ is the assumption about $t_0$. One curve gives one
# line in the plane of $t_0$ and $U_0$, and every point of the line fits equally well: another $t_0$ shifts $\ln t$ by a constant. The files are those of `sample_data/relaxation`: a slab, whose
# $t_0$ (put in: 10 ns) is that of the whole sample and not the attempt time of a vortex.

# %%
runs = fk.load_all("../sample_data/relaxation/*.csv")
for t0 in ("1e-6 s", "1e-9 s", "1e-12 s"):
    fit = fk.fit("log_decay", runs[2], assume={"t0": t0})
    print(f"t0 = {t0:8} U* = {fit['U_star'].to('K')}   U0 = {fit['U0'].to('K')}   chi^2 = {fit.statistics.chi2:.6g}")

# %% [markdown]
# **What settles it:** other temperatures. Their lines have other slopes, $k_\mathrm{B}T\ln 10$ per decade, and if the barrier is the same they cross in one point.

# %%
decays = fk.fit("log_decay", runs)
barrier = fk.fit("pinning_energy", decays.series("temperature", "U_star"))
figure, axes = plt.subplots(figsize=(4.8, 3.2), layout="constrained")
exponent = np.array([-13.0, -5.0])
for number, fit in enumerate(decays.fits):
    temperature, U_star = fit.data.si("temperature"), fit["U_star"].to("K")
    energy = U_star.value + temperature * (np.log(fit["t_r"].value) - exponent * np.log(10))
    colour = plt.cm.viridis(number / len(runs))
    axes.fill_between(exponent, energy - U_star.error, energy + U_star.error, color=colour, alpha=0.3, linewidth=0)
    axes.plot(exponent, energy, color=colour, linewidth=1, label=f"{temperature:.3g} K")
axes.plot(-8, 1200, "+", color="black", markersize=11, label="put in")
axes.set_xticks(range(-13, -4, 2), [rf"$10^{{{power}}}$" for power in range(-13, -4, 2)])
axes.set(xlabel=r"assumed $t_0$ (s)", ylabel=r"$U_0/k_\mathrm{B}$ (K)", xlim=(-13, -5), ylim=(950, 1550))
axes.legend(ncols=2, loc="upper right");

# %%
t_r = decays["t_r"][0].value
log_t0 = (np.log(t_r) + barrier["m"].value) / np.log(10)     # m = mu ln(t_r/t0) with mu = -1
print(f"eight temperatures: U0 = {barrier['U0_K']}, t0 = 10^({log_t0:.2f} +- {barrier['m'].error / np.log(10):.2f}) s")

# %% [markdown]
# That used μ = −1, and a $U_0$ that does not depend on temperature: eight temperatures replace one assumption by two others, which can be tested (`reduced chi^2` of the line; Maley's plot). The other
# way to $t_0$ is its origin: the size of the sample and its flux-flow resistivity.

# %%
sized = fk.creep_time(fk.load("../sample_data/relaxation/relaxation_11K.csv", height="2 mm"), shape="slab", flux_flow_resistivity="0.46 uohm cm")
print("t0 from the size:", sized.meta["t0"], "  U0 =", fk.fit("log_decay", sized)["U0"].to("K"))

# %% [markdown]
# ## 4. A criterion that was not reached
#
# A tape in 0.5 T. $I_c$ is where the field reaches 1 µV/cm, here 1 µV; the noise of a point is 0.2 µV. The ramp is stopped earlier and earlier.

# %%
tape = fk.drop_quench(fk.load("../sample_data/voltage_current/tape_77K_500mT.csv", tap_distance="1 cm"))
stops = (47, 48, 49, 50, 51, 52, 53, 54, 56)
stopped = {last: fk.fit("power_law", fk.window(tape, over="current", high=f"{last} A")) for last in stops}
whole = fk.fit("power_law", tape)
for last in (49, 50, 53):
    fit = stopped[last]
    print(f"to {last} A: Ic = {fit['Ic']}, n = {fit['n']}", *(fit["Ic"].reason.splitlines() or ()), *fit.fits[0].cautions, sep="\n    ")

# %% [markdown]
# Up to 49 A there is no signal, although by eye one may see it begin. What the data hold is that $I_c$ lies above the last current: at the criterion the voltage would be five times
# the noise. At 50 A the fit has an answer, and a caution: it is an extrapolation. Sixty resampled curves show what that means, each an $I_c$ and an $n$ that the points to the left of the
# dotted line cannot tell from the fit:

# %%
resampled = fk.bootstrap(stopped[50], n=60, seed=1).draws
figure, (left, right) = two_panels()
current = np.linspace(42, 56, 200)
left.plot(tape["current"], tape["voltage"] * 1e6, "o", color="0.65", markersize=2)
for Ic, n, offset, R in zip(*(resampled[name] for name in ("Ic", "n", "offset", "R"))):
    left.plot(current, (current / Ic) ** n + offset + R * current, color="C0", linewidth=0.5, alpha=0.5)
left.axvline(50, color="black", linewidth=0.8, linestyle=":")
left.set(xlabel="current (A)", ylabel="voltage (µV)", xlim=(42, 56), ylim=(-0.2, 6.5))

for last, fit in stopped.items():
    if fit["Ic"].determined:
        right.errorbar(last, fit["Ic"].value, fit["Ic"].error, fmt="o", color="C0", capsize=2, markersize=4)
    else:
        right.errorbar(last, last, 1.2, lolims=True, fmt="o", color="C0", mfc="white", markersize=4)
right.axhline(whole["Ic"].value, color="black", linewidth=0.8)
right.text(47, whole["Ic"].value + 0.15, "the whole curve", color="0.3")
right.set(xlabel="last current of the ramp (A)", ylabel=r"$I_\mathrm{c}$ (A)", ylim=(46, 54));

# %% [markdown]
# **What settles it:** a few more amperes, one and a half times the criterion at least. Where the sample would not survive them, state a lower criterion; the result says what that one rests on:

# %%
for criterion in ("1 uV/cm", "0.1 uV/cm", "100 uV/cm"):
    print(fk.critical_current(whole, criterion))

# %% [markdown]
# ## 5. Which spin-orbit coupling?
#
# A film with spin-orbit scattering, $L_\varphi$ = 300 nm and $L_\mathrm{so}$ = 100 nm, so that $B_\varphi$ = 1.8 mT and $B_\mathrm{so}$ = 16.5 mT. Spins are turned about random axes in space (isotropic). The sweep ends at 20 mT:
# antilocalization, a dip that still falls. Four laws are tried: one channel with any α; and spin-orbit coupling that is isotropic, of Rashba's symmetry as scattering, or as precession between collisions.

# %%
field = np.linspace(-0.1, 0.1, 161)
clean = fk.simulate.magnetoconductance_spin_orbit(field, 300e-9, L_so=100e-9, n_loops=8000, seed=1)
metal = fk.dataset(field=(field, "T"), delta_conductance=(clean + np.random.default_rng(2).normal(0, 0.01 * G0, field.size), "S"), temperature="2 K", name="metal")
laws = {"one channel": "hln", "isotropic": "hln_spin_orbit", "Rashba, scattering": ("hln_spin_orbit", {"fix": {"zeta": 0}}), "Rashba, precession": "ilp"}
near, far = fk.compare(laws, up_to(metal, 20)), fk.compare(laws, metal)
print(near.table())
print()
print(near.sentence)

# %%
def spin_orbit_field(fit):
    return next((str(fit[name]) for name in ("B_so", "B_so1") if name in fit.fits[0].parameters), "-")


pd.DataFrame([(name, str(fit["L_phi"]), spin_orbit_field(fit), str(fit["alpha"])) for name, fit in near.results.items()], columns=["to 20 mT", "L_phi", "B_so", "alpha"])

# %% [markdown]
# All four agree about $L_\varphi$, and that is what the data hold: it is set by the cusp. $B_\mathrm{so}$ lies anywhere between 15 and 50 mT, and α = −0.44(3) of the single channel, with its small error bar, is no
# physics at all: one channel has α = 1 or −1/2, and what lies between is the crossover that the window cuts off. **An error bar belongs to the law**; it does not know of the others.

# %%
figure, (left, right) = two_panels()
for axes, reach in ((left, 20), (right, 100)):
    shown = up_to(metal, reach)
    axes.plot(shown.values("field", "mT"), shown["delta_conductance"] / G0, "o", color="0.65", markersize=2)
    B = np.linspace(-reach, reach, 400) * 1e-3
    for (name, fit), style in zip(near.results.items(), ("-", "--", ":", "-.")):
        axes.plot(B * 1e3, fit.fits[0].predict(B) / G0, style, linewidth=1.2, label=name)
    axes.set(xlabel="field (mT)", ylabel=r"$\Delta\sigma/G_0$")
left.legend(loc="lower center", fontsize=7)
left.set_ylim(-1.1, 0.1)
right.axvspan(-20, 20, color="0.92", zorder=0)
right.text(0, -1.05, "swept", ha="center", color="0.4")
right.set_ylim(-1.1, 0.1);

# %% [markdown]
# Fitted to 20 mT, drawn to 100 mT. **What settles it:** the field at which the dip turns, some five times $B_\mathrm{so}$. Then the single channel and the precession are out:

# %%
print(far.table())
print()
print(far.sentence)

# %% [markdown]
# Isotropic and Rashba's symmetry still fit alike, with values of $B_\mathrm{so}$ that differ by a tenth: a perpendicular field only sees how fast the spin forgets, not about which axis. Here more of the same does not help much;
# another experiment does: a field in the plane, or $B_\mathrm{so}$ against the diffusion constant (scattering and precession go opposite ways with $D$).
#
# ## Put in and found
#
# What each section ends with, against the truth:

# %%
isotropic = far.results["isotropic"]
rows = []
for section, name, true, found in (
    ("1 to 120 mT", "alpha", 1.0, long["alpha"]), ("1 to 120 mT", "L_phi (nm)", 120.0, long["L_phi"]), ("1 alpha known", "L_phi (nm)", 120.0, fixed[1]["L_phi"]),
    ("2 six evenings", "mu", 1.0, series["mu"]), ("2 six evenings", "U0 (K)", 300.0, series["U0_K"]),
    ("3 eight temperatures", "U0 (K)", 1200.0, barrier["U0_K"]), ("3 eight temperatures", "m", np.log(1e-8 / t_r), barrier["m"]),
    ("4 whole ramp", "Ic (A)", 51.72, whole["Ic"]), ("4 whole ramp", "n", 24.94, whole["n"]),
    ("5 to 100 mT", "L_phi (nm)", 300.0, isotropic["L_phi"]), ("5 to 100 mT", "L_so (nm)", 100.0, isotropic["L_so"]),
):
    rows.append((section, name, f"{true:.4g}", str(found), round((found.value - true) / found.error, 1)))
table = pd.DataFrame(rows, columns=["section", "quantity", "put in", "found", "pull"])
table

# %% [markdown]
# And what fitkit refused to say, each with a reason and a way out:

# %%
for section, name, measured in ((1, "L_phi", short["L_phi"]), (2, "mu", bent["mu"]), (4, "Ic", stopped[49]["Ic"])):
    print(f"{section}. {name} {measured.verdict}: {measured.reason}")

assert table["pull"].abs().max() < 3.5
assert not short["L_phi"].determined and not bent["mu"].determined and not stopped[49]["Ic"].determined
assert stopped[50].fits[0].cautions and "cannot be distinguished" in near.sentence

# %% [markdown]
# Three habits follow. Look at the verdict before the number. Ask `fk.compare` which laws the window cannot tell apart, and quote what they agree about. And ask `fk.how_long`, or the reason that comes with the verdict, how far
# to sweep while the sample is still cold.
