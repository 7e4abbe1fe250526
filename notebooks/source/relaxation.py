# %% [markdown]
# # Pinning energy from magnetic relaxation
#
# A superconductor below its critical temperature is brought into the critical state by a field ramp, the field is held, and the
# moment decays as vortices hop over their pinning barriers. From M(t) at several temperatures follow the relaxation rate
#
# $$S = -\frac{d\ln M}{d\ln t},$$
#
# the apparent pinning energy $U^* = k_\mathrm{B}T/S$ and, with a second fit, the pinning energy $U_0$.
#
# **The sample data are simulated**: nonlinear flux diffusion in a slab with Anderson-Kim creep ($U_0/k_\mathrm{B}$ = 1200 K,
# $t_0$ = 10 ns), plus the noise of an instrument. The true values stand in `sample_data/index.csv`; the last section compares.

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
#
# `fk.look` (on the command line `fitkit look FILE`) lists the columns with their units, the segments of the run, and what could
# be fitted.

# %%
print(fk.look(samples / "relaxation" / "ramp_and_hold_12K.dat"))

# %% [markdown]
# Twenty seconds of field ramp, then a hold of 10 000 s. The file has an absolute clock, as instruments write it.

# %%
raw = fk.load(samples / "relaxation" / "ramp_and_hold_12K.dat")

figure, (left, right) = plt.subplots(1, 2, figsize=(7, 2.5), layout="constrained")
clock = raw["time"] - raw["time"][0]
left.plot(clock[:30], raw.values("field", "T")[:30], "s-", color="C1", markersize=3)
left.set_xlabel("time since the first row (s)")
left.set_ylabel("field (T)")
right.plot(clock, raw.values("moment", "emu") * 1e3, "o", markersize=3)
right.set_xlabel("time since the first row (s)")
right.set_ylabel("moment (memu)");

# %% [markdown]
# ## The clock
#
# $\ln t$ needs t = 0 at the **end of the field ramp**. `relaxation_segment` finds the hold and the row in which the field arrives,
# and subtracts its time. The origin is known to one sampling step only; that uncertainty is kept (`time_origin_err`) and enters
# the error of $S$. Every step is recorded with its arguments and with what it found:

# %%
def print_history(data):
    for step in data.history:
        print(step.line())
        for name, value in step.found.items():
            print(f"    {name}: {value:.6g}" if isinstance(value, float) else f"    {name}: {value}")


hold = fk.relaxation_segment(raw)
print_history(hold)

# %% [markdown]
# ## One curve
#
# The law `log_decay` is a straight line in $\ln t$, written about the reference time $t_r$, the geometric centre of the window:
#
# $$M(t) = M_r\,[1 - S \ln(t/t_r)].$$
#
# $M_r$ and $S$ are best determined there and nearly uncorrelated.

# %%
one = fk.fit("log_decay", hold)
print(one)

# %%
one.plot(width=4.5).figure

# %% [markdown]
# ## Why U* is not U0, and what t0 means
#
# For a linear barrier $U = U_0(1 - J/J_c)$ the current density at time t is the one for which the barrier just takes that long to cross:
# $U(J) = k_\mathrm{B}T\ln(t/t_0)$. The slope then gives
#
# $$U^*(t) = \frac{k_\mathrm{B}T}{S} = U_0 - k_\mathrm{B}T \ln(t/t_0).$$
#
# $U^*$ is measured, and belongs to the time $t_r$. $U_0$ is $U^*$ plus twenty to thirty-five times $k_\mathrm{B}T$, and how many depends on
# $t_0$, which **a curve with t ≫ t0 does not contain**: another $t_0$ only shifts the line along $\ln t$ by a constant that $U_0$
# absorbs. fitkit therefore never fits $t_0$ and $U_0$ to one curve. It prints the $t_0$ that it assumes:

# %%
for t0 in ("1e-6 s", "1e-8 s", "1e-10 s", "1e-12 s"):
    fit = fk.fit("log_decay", hold, assume={"t0": t0})
    print(f"t0 = {t0:8}   U* = {fit['U_star'].to('K')}   U0 = {fit['U0'].to('K')}")

# %% [markdown]
# The error in brackets is the statistical one. The choice of $t_0$ moves $U_0$ by $k_\mathrm{B}T\ln 10$ per decade, more than that error.
#
# Three different times are called $t_0$ in the literature:
#
# * the **attempt time** of a single vortex hop, $10^{-9}$ to $10^{-12}$ s;
# * the **macroscopic creep time** of the sample, which is the one in $\ln(t/t_0)$. It grows with the square of the sample size
#   (a slab of half width w: $t_0 = 0.398\,\mu_0 w^2 k_\mathrm{B}T/(U_0\rho)$, with ρ the resistivity E/J at vanishing barrier), so that no
#   universal value exists;
# * the fitted time of $\ln(1 + t/t_0)$ that comes out as **seconds**: this is neither, but the time that the field ramp
#   lets the sample creep before the clock starts. Here it is called `t_shift`.

# %% [markdown]
# ## A wrong clock
#
# If the clock starts 20 s after the end of the ramp, the line bends and $U^*$ is wrong by far more than its error. fitkit says that it bends; a
# free `t_shift` finds the missing seconds, at the price of a larger error.

# %%
late = fk.relaxation_segment(raw, origin="1700000040 s")   # the ramp ended at 1700000020 s
wrong, freed = fk.fit("log_decay", late), fk.fit("log_decay", late, free=["t_shift"])
print("clock right          U* =", one["U_star"].to("K"))
print("clock 20 s late      U* =", wrong["U_star"].to("K"))
print("   ", wrong.fits[0].cautions[0])
print("with t_shift free    U* =", freed["U_star"].to("K"), "  t_shift =", freed["t_shift"])

# %% [markdown]
# `fk.error_budget` asks for more than the clock: first points, background, temperature, centring, jumps, the law. Where a cause is seen its full effect counts as
# an error and a caution names it; what nothing in the file tells stays *unknown*, not zero.

# %%
print(fk.error_budget(wrong))

# %% [markdown]
# ## All temperatures
#
# One file for each temperature; the temperature comes from the file. A list of datasets gives columns. In these files `time`
# counts from the end of the ramp already.

# %%
runs = fk.load_all(str(samples / "relaxation" / "*.csv")) + [hold]
runs.sort(key=lambda run: run.si("temperature"))
result = fk.fit("log_decay", runs)
print(result.table())

# %%
result.plot(width=4.8).figure

# %% [markdown]
# ## Second stage: U*(T)
#
# With one reference time for all curves and a barrier that does not depend on temperature (T well below Tc),
#
# $$U^*(T) = U_0 - k_\mathrm{B}T \ln(t_r/t_0)$$
#
# is a straight line: the intercept is $U_0$, and now the slope measures $\ln(t_r/t_0)$. The law is written with
# $m = \mu\ln(t_r/t_0)$, since a collective-creep exponent μ enters only through that product; μ = −1 is the linear barrier. The
# fit is the same call, with the errors of the first stage. The temperature dependence of $U_0$ must come from outside: with a Tc given,
# $U_0$ is multiplied by $g(T) = (1 - T^2/T_c^2)^{3/2}$.
#
# `print(barrier)` says which g(T) was assumed.

# %%
series = result.series("temperature", "U_star")
barrier = fk.fit("pinning_energy", series)
print(barrier)

# %%
result.plot_series("temperature", "U_star", fitted=barrier).figure

# %%
decades = (np.log(one["t_r"].value) + barrier["m"].value) / np.log(10)
print(f"for mu = -1: log10(t0 / 1 s) = {decades:.2f} +- {barrier['m'].error / np.log(10):.2f}")
for Tc in ("60 K", "90 K"):
    other = fk.fit("pinning_energy", series, assume={"Tc": Tc})
    print(f"with Tc = {Tc}: U0 = {other['U0_K']}, reduced chi^2 {other.statistics.reduced_chi2:.1f} (constant U0: {barrier.statistics.reduced_chi2:.1f})")

# %% [markdown]
# ## What the data cannot tell
#
# The 5 K curve once more, cut to its first minute. The moment falls by 0.3 % in that time, the noise of each of the eight readings is 0.2 %: the drop
# is not significant, and the fit says so instead of giving a pinning energy. The note at the end shows how a second stage treats such a value: it is
# left out, by name.

# %%
short = fk.fit("log_decay", fk.window(runs[0], over="time", high="60 s"))
print(short)
print()
print(fk.fit("log_decay", [fk.window(runs[0], over="time", high="60 s"), *runs[1:]]).series("temperature", "U_star").notes[0].text)

# %% [markdown]
# ## Put in and found
#
# The true $U^*$ of each file follows from the barrier put into the simulation, $U_0 - T\ln(t_r/t_0)$ in kelvin. The pull is the
# deviation in units of the error: it should lie between −2 and 2 in 95 % of the cases.

# %%
index = pd.read_csv(samples / "index.csv")
truth = index[(index["quantity"] == "U_star") & index["file"].str.startswith("relaxation")].set_index("file")
rows = []
for fit in result.fits:
    true = truth.loc["relaxation/" + Path(fit.data.source.path).name]
    expected = true["U0 (K)"] - true["temperature (K)"] * np.log(fit["t_r"].value / true["t0 (s)"])
    found = fit["U_star"].to("K")
    rows.append((fit.name, round(expected, 1), str(found), round((found.value - expected) / found.error, 1)))
table = pd.DataFrame(rows, columns=["run", "U* put in (K)", "U* found", "pull"])
table

# %%
creep_time = truth["t0 (s)"].iloc[0]
found = barrier["U0_K"]
pull_U0 = (found.value - 1200) / found.error
pull_m = (barrier["m"].value + np.log(one["t_r"].value / creep_time)) / barrier["m"].error
print(f"U0: put in 1200 K, found {found}, pull {pull_U0:+.1f}")
print(f"ln(t_r/t0): put in {np.log(one['t_r'].value / creep_time):.2f}, found {-barrier['m'].value:.2f} +- {barrier['m'].error:.2f}, pull {pull_m:+.1f}")

assert len(table) == 9 and table["pull"].abs().max() < 3.5
assert abs(pull_U0) < 3.5 and abs(pull_m) < 3.5
assert result["U_star"].verdicts == ("ok",) * 9
assert abs(wrong["U_star"].to("K").value - one["U_star"].to("K").value) > 5 * one["U_star"].to("K").error
assert not short["U_star"].determined
doctor = fk.error_budget(wrong)
assert any("too late" in text for text in doctor.cautions) and abs(doctor.value.value - one["S"].value) < 2 * doctor.total.error

# %% [markdown]
# To keep the result: `result.save("relaxation_report")` writes report.html, parameters.csv, result.json and the figures into that folder.
# `fk.repeat(result, "next_file.csv")` repeats the recorded steps and the fit on another file.
