"""Make every file of sample_data/ from `fitkit.simulate`:  python sample_data/make.py

The physics is simulated and knows no fit formula. Formulas are fitted here in one place only, to noise-free signals: how far such a fit lands from
the truth is the floor that index.csv states, below which no fit of the noisy file can be trusted.
"""

import csv
import io
import os
import sys
from pathlib import Path

import numpy as np
from scipy.optimize import curve_fit
from scipy.special import digamma

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from fitkit.constants import G0, e, hbar
from fitkit.simulate import film_sample, loop_areas, magnetoconductance, relaxation_sample, samples, tape_sample, write_labelled_csv, write_mpms_dat, write_ppms_dat

TAPE_NAMES = {11: "tape_77K", 12: "tape_77K_200mT", 13: "tape_77K_500mT", 14: "tape_77K_1T", 15: "tape_77K_2T", 16: "tape_77K_3T"}
LOOP_GROUPS = 10        # the scatter of the floor over parts of the loops is the sampling error of the whole


def relaxation_floors(number):
    """U_star [K] and S: straight line in ln t through the noise-free moment, minus the truth."""
    signal, _ = samples.relaxation_signal(number)
    truth = {t.quantity: t for t in relaxation_sample(number).truth}
    slope, level = np.polyfit(np.log(signal.time / truth["S"].reference_time), signal.magnetization, 1)
    S = -slope / level
    return {"U_star": abs(truth["S"].temperature / S - truth["U_star"].value), "S": abs(S - truth["S"].value)}


def tape_floors(number):
    """Ic [A] and n: offset + R I + (I/Ic)^n through the noise-free voltage, minus the truth."""
    truth = {t.quantity: t.value for t in tape_sample(number).truth}
    _, current, voltage = samples.tape_signal(number)

    def power_law(current, offset, resistance, Ic, n):
        return offset + resistance * current + np.sign(current) * (np.abs(current) / Ic) ** n

    fitted, _ = curve_fit(power_law, current, voltage / (1e-4 * samples.TAPE_DISTANCE), p0=[0, 0, truth["Ic"], truth["n"]])
    return {"Ic": abs(fitted[2] - truth["Ic"]), "n": abs(fitted[3] - truth["n"])}


def film_floors():
    """L_phi [nm] at each temperature and alpha: the larger of the fit's distance from the truth and the sampling error of the loops."""
    areas = loop_areas(1_000_000, samples.WALK_STEPS, seed=10)
    field = samples.FILM_FIELD[samples.FILM_FIELD > 0]
    lengths = np.array([samples.film_coherence_length(T) for T in samples.FILM_TEMPERATURES])

    def hln(_, *parameters):        # alpha, ln L_phi of each temperature, level of each temperature
        x = hbar / (4 * e * np.exp(2 * np.array(parameters[1:1 + lengths.size]))[:, None]) / field
        series = 1 / (24 * x**2) - 7 / (960 * x**4) + 31 / (8064 * x**6)
        f = np.where(x > 30, series, digamma(0.5 + x) - np.log(x))
        return (parameters[0] * f + np.array(parameters[1 + lengths.size:])[:, None]).ravel()

    truth = np.append(1.0, lengths * 1e9)
    fits = []
    for part in (areas, *areas.reshape(LOOP_GROUPS, -1)):
        signal = np.concatenate([magnetoconductance(part, field, L_phi) for L_phi in lengths]) / G0
        fitted, _ = curve_fit(hln, field, signal, p0=[1.0, *np.log(lengths), *np.zeros(lengths.size)])
        fits.append(np.append(fitted[0], 1e9 * np.exp(fitted[1:1 + lengths.size])))
    floor = np.maximum(np.abs(fits[0] - truth), np.std(fits[1:], axis=0, ddof=1) / np.sqrt(LOOP_GROUPS))
    # the simulated field is put in, so that its own floor is zero
    return [*floor[1:], floor[0], 0.0, 0.0]


def index_rows(file, sample, floors):
    """One row per true value."""
    for truth, floor in zip(sample.truth, floors, strict=True):
        optional = (truth.temperature, truth.field, truth.reference_time, truth.barrier, truth.creep_time)
        temperature, field, t_r, U0, t0 = ("" if value is None else f"{value:.9g}" for value in optional)
        yield [file, truth.quantity, temperature, field, f"{truth.value:.9g}", truth.unit, t_r, U0, t0, f"{floor:.2g}", sample.seed, truth.how]


def main():
    rows = [["file", "quantity", "temperature (K)", "field (T)", "value", "unit", "t_r (s)", "U0 (K)", "t0 (s)", "floor", "seed", "how_it_follows"]]

    def add(path, sample, floors):
        rows.extend(index_rows(path.relative_to(HERE).as_posix(), sample, floors))
        print(f"{path.relative_to(HERE).as_posix()}  {path.stat().st_size / 1000:.0f} kB")

    for number, temperature in samples.RELAXATION_TEMPERATURES.items():
        sample = relaxation_sample(number)
        columns = sample.columns
        if number < 9:
            path = write_labelled_csv(HERE / "relaxation" / f"relaxation_{temperature:02.0f}K.csv",
                                      {"time [s]": columns["time"], "moment [emu]": columns["moment"] * 1e3}, sample.metadata, overwrite=True)
        else:       # the clock of the file starts with its first row
            path = write_mpms_dat(HERE / "relaxation" / f"ramp_and_hold_{temperature:02.0f}K.dat", time=columns["time"] - columns["time"][0],
                                  field=columns["field"], temperature=columns["temperature"], moment=columns["moment"], overwrite=True)
        add(path, sample, relaxation_floors(number).values())

    sample = film_sample()
    columns = sample.columns
    path = write_ppms_dat(HERE / "magnetoresistance" / "film.dat", time=columns["time"], field=columns["field"], temperature=columns["temperature"],
                          resistances=[columns["resistance"], columns["hall_resistance"]], overwrite=True)
    add(path, sample, film_floors())

    for number, name in TAPE_NAMES.items():
        sample = tape_sample(number)
        columns = sample.columns
        path = write_labelled_csv(HERE / "voltage_current" / f"{name}.csv", {"time [s]": columns["time"], "current [A]": columns["current"],
                                                                            "voltage [uV]": columns["voltage"] * 1e6}, sample.metadata, overwrite=True)
        add(path, sample, tape_floors(number).values())

    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    unfinished = HERE / f".index.csv.{os.getpid()}"
    unfinished.write_text(text.getvalue(), encoding="utf-8", newline="\n")
    os.replace(unfinished, HERE / "index.csv")


if __name__ == "__main__":
    main()
