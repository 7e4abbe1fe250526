# %% [markdown]
# # A map: five thousand magnetoconductance curves
#
# A gate is stepped, the temperature is stepped, and at each pair the field is swept: 100 gate voltages × 50 temperatures are 5000 curves, and each holds
# a phase coherence length. `fk.fit_many` fits them all, with an error bar and a verdict for every pixel.
#
# **The data are simulated**, without the formula that is fitted: closed random walks, the areas that they enclose, and the interference of each walk with
# its mirror image. For a diffusing electron only $B L_\varphi^2$ matters, so that one set of walks serves every pixel.

# %%
import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import fitkit as fk
from fitkit.constants import G0

plt.rcParams.update({"figure.dpi": 140, "font.size": 8, "legend.frameon": False})

gate = np.linspace(-20, 20, 100)          # V
temperature = np.geomspace(0.3, 30, 50)   # K
field = np.linspace(-0.1, 0.1, 161)       # T

areas = fk.simulate.loop_areas(120_000, 1200, seed=3)
reach = np.concatenate([[0.0], np.geomspace(1e-3, 120.0, 200)])                       # B in units of hbar/(4 e L^2) of a length of 100 nm
unit = 1.6455e-16 / (100e-9) ** 2
walk = fk.simulate.magnetoconductance(areas, reach * unit, 100e-9)                     # sigma(B) - sigma(0) [S]

# %% [markdown]
# The film of the simulation: the diffusion constant falls towards the neutrality point near +3 V, dephasing is by electrons ($1/\tau_\varphi \propto T$) with
# a saturation below half a kelvin, and the noise of the instrument is higher where the film is more resistive.

# %%
carriers = np.abs(gate[:, None] - 3.0) / 20 + 0.03
rate = np.hypot(temperature, 0.5)[None, :] / carriers**0.4
L_phi = 240e-9 * np.sqrt(carriers**0.6 / rate)                                        # m, shape (100, 50)
noise = 1.5e-7 / carriers                                                             # S

rng = np.random.default_rng(7)
scaled = np.abs(field) * (L_phi[:, :, None] / 100e-9) ** 2 / unit
sigma = np.interp(scaled, reach, walk) + noise[:, :, None] * rng.normal(size=(100, 50, 161))
sigma[40:43, 20:24] = np.nan                                                          # the cryostat was being refilled
sigma.shape

# %% [markdown]
# ## One call

# %%
began = time.perf_counter()
pixels = fk.fit_many("hln", (field, "T"), (sigma / G0, "G0"), axes={"gate_voltage": (gate, "V"), "temperature": (temperature, "K")})
print(f"{time.perf_counter() - began:.2f} s")
pixels

# %% [markdown]
# ## The phase coherence length as a picture
#
# Hatched pixels hold no number: the sweep of 0.1 T is too short for a short $L_\varphi$, the noise hides it, or there are no data. A value that the data do
# not determine is not drawn, whatever the fit has returned.

# %%
pixels.plot("L_phi").figure

# %%
pixels.plot("alpha").figure

# %% [markdown]
# ## One pixel, in full
#
# `curve` gives the ordinary result of one pixel, with everything that `fk.fit` has to say, and says why a pixel is hatched.

# %%
one = pixels.curve((90, 10))
print(one)
one.plot()

# %%
hatched = np.argwhere(pixels.verdicts["L_phi"] == 4)
print(f"{len(hatched)} pixels are not determined; one of them:")
print(pixels.curve(tuple(hatched[len(hatched) // 2])).table())

# %% [markdown]
# ## A cut through the map
#
# Arrays have the shape of the map, `masked` (or `pixels["L_phi"]`) is NaN where there is no number, and a cut is a Dataset like any other.

# %%
good = np.isfinite(pixels["L_phi"][90])
cut = fk.dataset(temperature=(temperature[good], "K"), L_phi=(pixels["L_phi"][90][good], "nm"), L_phi_err=(pixels.errors["L_phi"][90][good], "nm"))
figure, axes = plt.subplots(figsize=(4, 2.8), layout="constrained")
for number in (5, 30, 90):
    axes.errorbar(temperature, pixels["L_phi"][number], pixels.errors["L_phi"][number], fmt="o", markersize=2.5, elinewidth=0.6, label=f"{gate[number]:.1f} V")
    axes.plot(temperature, L_phi[number] * 1e9, color="black", linewidth=0.7)
axes.set(xscale="log", yscale="log", xlabel="temperature (K)", ylabel=r"$L_\varphi$ (nm)")
axes.minorticks_off()
axes.set_xticks([0.3, 1, 3, 10, 30], ["0.3", "1", "3", "10", "30"])
axes.set_yticks([30, 50, 100, 200, 300], ["30", "50", "100", "200", "300"])
axes.legend(title="gate voltage");

# %% [markdown]
# ## Put in and found
#
# Lines above are what was put in. Pixel by pixel the difference over the error should scatter with width 1:

# %%
pull = (pixels["L_phi"] - L_phi * 1e9) / pixels.errors["L_phi"]
print(f"{np.isfinite(pull).sum()} pixels, mean pull {np.nanmean(pull):+.2f}, width {np.nanstd(pull):.2f}")
places = [(5, 5), (5, 15), (15, 10), (25, 2), (35, 4), (70, 5), (75, 12), (85, 8), (95, 2), (95, 18)]
pd.DataFrame({"gate (V)": [round(gate[i], 1) for i, _ in places], "T (K)": [round(temperature[j], 2) for _, j in places],
              "put in (nm)": [round(L_phi[i, j] * 1e9, 1) for i, j in places], "found (nm)": [str(pixels.value("L_phi", place)) for place in places],
              "pull": [round(pull[place], 1) for place in places]})

# %% [markdown]
# ## Larger than the memory
#
# A stack on disk is read in pieces, results are appended to a file as they come, and a fit that was interrupted goes on where it ended:
#
# ```python
# stack = fk.fit_many("hln", (field, "T"), "curves.npy", out="curves.fit", progress=True)
# stack = fk.read_map("curves.fit")                 # later, or while it runs
# ```
#
# A folder of files goes to all cores, or to a cluster by one line: `fk.fit_files("power_law", "wafer/*.csv", executor=client.get_executor())`.
