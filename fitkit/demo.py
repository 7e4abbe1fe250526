"""The main job on the sample data: three measurements from lab file to U*, L_phi and Ic, held against the true values."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .errors import FitkitError
from .fitting.result import FitResult
from .measured import Measured

FILES = ("report.html", "relaxation.csv", "magnetoresistance.csv", "voltage_current.csv", "recovered.csv",
         "relaxation.json", "magnetoresistance.json", "voltage_current.json")
_MARK = "fitkit demo"


def sample_folder() -> Path:
    """Where the sample data lie: inside the installed package, or beside it in a checkout.

    Raises
    ------
    FitkitError
        Neither is there.
    """
    here = Path(__file__).resolve().parent
    for place in (here / "sample_data", here.parent / "sample_data"):
        if (place / "index.csv").is_file():
            return place
    raise FitkitError(f"no sample_data in {here} or {here.parent}: install fitkit-lab again, or make them: python sample_data/make.py")


@dataclass(frozen=True)
class Recovered:
    """A number of the sample data: what was put in, what the fit gave, the floor of formula and sampling."""

    file: str
    quantity: str
    condition: str
    truth: float
    found: Measured
    floor: float

    @property
    def pull(self) -> float:
        """(found - truth) over the error."""
        return (self.found.value - self.truth) / self.found.error if self.found.error else math.nan


def analyse(samples: Path) -> dict[str, FitResult]:
    """The fits of the demo by name: relaxation, magnetoresistance, voltage_current and the second stages of the first two."""
    import fitkit as fk

    runs = fk.load_all(str(samples / "relaxation" / "*.csv"))
    runs += [fk.relaxation_segment(one) for one in fk.load_all(str(samples / "relaxation" / "*.dat"))]
    relaxation = fk.fit("log_decay", sorted(runs, key=lambda one: one.si("temperature")))
    film = fk.load(samples / "magnetoresistance" / "film.dat", column={"resistance": "Bridge 1 Resistance (Ohms)"}, width="2 mm", length="4 mm")
    sweeps = [fk.magnetoconductance(one) for one in fk.split_sweeps(film)]
    magnetoresistance = fk.fit("hln", sweeps, share=["alpha"])
    tapes = fk.load_all(str(samples / "voltage_current" / "*.csv"), tap_distance="1 cm")
    tapes = [fk.drop_quench(one) for one in sorted(tapes, key=lambda one: one.si("applied_field"))]
    return {
        "relaxation": relaxation,
        "pinning energy": fk.fit("pinning_energy", relaxation.series("temperature", "U_star")),
        "magnetoresistance": magnetoresistance,
        "coherence length": fk.fit("coherence_length_power", magnetoresistance.series("temperature", "L_phi")),
        "voltage_current": fk.fit("power_law", tapes),
    }


def beside(results: dict[str, FitResult]) -> list:
    """What the report shows beside the fits: which law, one dataset of each measurement; where the errors come from."""
    import fitkit as fk

    decays, films, wires = (results[name] for name in ("relaxation", "magnetoresistance", "voltage_current"))
    return [
        fk.compare(["log_decay", "power_law_decay", "interpolation_decay", "stretched_exponential", "exponential_decay"], decays.fits[-1].data),
        fk.compare({"plain": "hln", "with B^2": ("hln", {"background": ["offset", "quadratic"]})}, films.fits[0].data),
        fk.compare(["power_law", "anderson_kim", "collective_creep"], wires.fits[0].data),
        *(fk.error_budget(result, dataset=one.name) for result in (decays, wires) for one in result.fits),
    ]


def recovered(results: dict[str, FitResult], index: Path) -> list[Recovered]:
    """Every U*, L_phi, Ic and n of the sample data beside its true value.

    U* belongs to a reference time: the truth is taken at the one of the fit, U0 - kT ln(t_r/t0).
    """
    found = []
    with open(index, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        room, quantity = row["file"].split("/")[0], row["quantity"]
        if quantity not in ("U_star", "L_phi", "Ic", "n"):
            continue
        one = _fit_of(results[room], row)
        value, truth = one[quantity].to(row["unit"]) if row["unit"] else one[quantity], float(row["value"])
        if quantity == "U_star":
            truth = float(row["U0 (K)"]) - float(row["temperature (K)"]) * math.log(one["t_r"].value / float(row["t0 (s)"]))
        condition = f"{row['temperature (K)']} K" + (f", {row['field (T)']} T" if room == "voltage_current" else "")
        found.append(Recovered(row["file"], quantity, condition, truth, value, float(row["floor"])))
    return found


def _fit_of(result: FitResult, row: dict[str, str]):
    """The dataset of a row of the index: by file name, among several of one file by temperature."""
    same = [one for one in result.fits if one.data.source and Path(one.data.source.path).name == Path(row["file"]).name]
    return min(same, key=lambda one: abs(one.data.si("temperature") - float(row["temperature (K)"])))


def run_demo(out: str, echo: Callable[[str], None] = print) -> dict[str, FitResult]:
    """Analyse the sample data, print the tables, write the report into ``out``.

    Raises
    ------
    FitkitError
        ``out`` holds files that an earlier demo did not write.
    """
    from .report.html import report_page
    from .report.results_json import result_to_json
    from .report.save import free_folder, write_text
    from .report.tables import result_csv
    from .report.text import aligned

    target = Path(out)
    earlier = target / "report.html"
    ours = earlier.is_file() and _MARK in earlier.read_text(encoding="utf-8", errors="replace")[:4000]
    folder = free_folder(target, list(FILES), overwrite=ours)
    samples = sample_folder()
    echo(f"fitkit demo: simulated measurements of {samples}\n")
    results = analyse(samples)
    for name, result in results.items():
        echo(f"--- {name}: {result.title}\n    {result.equation}\n{result.table()}\n")
    checks = recovered(results, samples / "index.csv")
    rows = [("file", "quantity", "at", "put in", "found", "pull")]
    rows += [(one.file, one.quantity, one.condition, f"{one.truth:.5g}", str(one.found), f"{one.pull:+.1f}") for one in checks]
    within = sum(abs(one.pull) <= 2 for one in checks)
    echo("--- recovered against what the simulation put in\n" + aligned(rows))
    echo(f"{within} of {len(checks)} within 2 errors, the farthest at {max(abs(one.pull) for one in checks):.1f}\n")
    lead = "Simulated measurements analysed by fitkit: flux creep, weak localization, critical current. The true values are in sample_data/index.csv."
    write_text(folder / "report.html", report_page([*results.values(), *beside(results)], title=_MARK, lead=lead, windows=True))
    for name in ("relaxation", "magnetoresistance", "voltage_current"):
        write_text(folder / f"{name}.csv", result_csv(results[name]))
        write_text(folder / f"{name}.json", result_to_json(results[name]))
    lines = ["file,quantity,at,put in,found,error,unit,pull"]
    lines += [f"{one.file},{one.quantity},\"{one.condition}\",{one.truth!r},{one.found.value!r},{one.found.error!r},{one.found.unit},{one.pull:.3f}" for one in checks]
    write_text(folder / "recovered.csv", "\n".join(lines) + "\n")
    echo(f"wrote {folder / 'report.html'} and {len(FILES) - 1} tables beside it")
    return results
