"""The command ``fitkit``. Exit codes: 0 done; 2 bad input or usage; 10 done, but a parameter is not determined.

Only click is imported here: ``fitkit --help`` loads no numpy, scipy, pandas, lmfit or matplotlib.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from . import __version__
from .errors import FitkitError
from .saved_commands import plot, table

NOT_DETERMINED = 10
_DATA_ENDINGS = (".dat", ".csv", ".txt", ".tsv")


class _Commands(click.Group):
    """Turns fitkit's own error into a message on stderr and exit code 2."""

    def invoke(self, context):
        try:
            return super().invoke(context)
        except FitkitError as error:
            click.echo(f"fitkit: {error}", err=True)
            context.exit(2)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="fitkit")
def main() -> None:
    """Lab files -> pinning energy, critical current, dephasing length, with honest errors."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a cp1252 console shows ? where it has no letter, and nothing breaks


@main.command()
@click.option("--out", default="fitkit-demo", show_default=True, help="Folder to write into.")
def demo(out: str) -> None:
    """Analyse the sample data; write report.html, the tables and the figures."""
    from .demo import run_demo

    run_demo(out, click.echo)


@main.command()
@click.argument("files", nargs=-1, required=True)
@click.option("--column", "columns", multiple=True, metavar="QUANTITY='TITLE'", help="Which column of the file is a quantity.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Metadata with unit: temperature=4.2K.")
@click.option("--read", "plain", multiple=True, metavar="QUANTITY=TITLE-OR-NUMBER,UNIT", help="Columns of a plain file: voltage=1,uV.")
@click.option("--pattern", "name_pattern", metavar="PATTERN", help="What the file's name says: '{sample}_{temperature:K}_{field:T}.dat'.")
@click.option("--part", metavar="NAME", help="Sheet of a workbook, group of a .tdms or HDF5 file.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def look(files, columns, settings, plain, name_pattern, part, as_json) -> None:
    """What is in a file: columns, units, sweeps, metadata; what could be fitted and what is missing."""
    from .inspection import look as look_at

    found, failed = [], []
    paths = _expanded(files)
    for number, path in enumerate(paths, 1):
        try:
            found.append(look_at(_load(path, columns, settings, plain, name_pattern=name_pattern, part=part)))
        except FitkitError as error:
            failed.append(str(error))
        else:
            if not as_json:
                click.echo(("\n" if len(found) > 1 else "") + str(found[-1]))
        _count(number, len(paths))
    if as_json:
        import json

        click.echo(json.dumps({"schema": 1, "program": "fitkit", "files": [one.to_dict() for one in found]}, allow_nan=False, indent=1))
    if failed:
        raise FitkitError(failed[0] if len(paths) == 1 else "\n  ".join([f"{len(failed)} of {len(paths)} files cannot be loaded:", *failed]))


@main.command()
@click.argument("name", required=False)
def models(name: str | None) -> None:
    """The catalogue of laws; with NAME one law: equation, parameters, validity, references."""
    from .model import get_model
    from .model import models as catalogue

    click.echo(repr(catalogue()) if name is None else get_model(name).describe())


@main.command()
@click.argument("name", required=False)
def steps(name: str | None) -> None:
    """The steps from what a file holds to what a law fits; with NAME one step: arguments, what it makes, errors."""
    from .prepare.step import described

    click.echo(described(name))


@main.command()
@click.argument("model")
def cite(model: str) -> None:
    """The references of a law."""
    from .model import get_model

    click.echo(get_model(model).cite())


@main.command()
@click.argument("model")
@click.argument("files", nargs=-1, required=True)
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Metadata or an assumption with unit: temperature=4.2K, t0=1us, tap_distance=1cm.")
@click.option("--share", multiple=True, metavar="PARAMETER", help="One value for all files: a joint fit. Tc=sample: one for each sample.")
@click.option("--fix", multiple=True, metavar="PARAMETER=VALUE", help="Hold a parameter: alpha=-0.5.")
@click.option("--free", multiple=True, metavar="PARAMETER", help="Fit an optional parameter: t_shift.")
@click.option("--start", multiple=True, metavar="PARAMETER=VALUE", help="Start there (never needed).")
@click.option("--bounds", multiple=True, metavar="PARAMETER=LOW:HIGH", help="Keep inside: L_phi=10nm:2um.")
@click.option("--background", metavar="NAME,...", help="Background columns in place of the default: offset,quadratic ('none' for none).")
@click.option("--column", "columns", multiple=True, metavar="QUANTITY='TITLE'", help="Which column of the file is a quantity: resistance='Bridge 2 Resistance (Ohms)'.")
@click.option("--read", "plain", multiple=True, metavar="QUANTITY=TITLE-OR-NUMBER,UNIT", help="Columns of a plain file: voltage=1,uV.")
@click.option("--where", "condition", metavar="CONDITION", help="Rows to use: 'abs(field) < 0.5 T and temperature > 2 K'.")
@click.option("--which", metavar="NUMBER|all", callback=lambda context, option, value: _hold(value), help="Which hold, if a file has several; 'all' fits each of them.")
@click.option("--errors", type=click.Choice(["given", "file", "scatter", "white", "proportional"]), help="given: column <y>_err; file: the instrument's error column; scatter: from the fit; white: too, neighbours independent; proportional: it grows with the signal.")
@click.option("--loss", type=click.Choice(["huber", "bisquare"]), help="Robust against outliers; the errors are approximate then.")
@click.option("--skip", is_flag=True, help="Go on without the files that cannot be used; they are named.")
@click.option("--budget", metavar="QUANTITY", help="Split the error of a quantity of a decay by cause: S, U_star, dM_dlnt.")
@click.option("--compare", "others", metavar="LAW,LAW,...", help="Compare these laws (and this one) on every dataset; the report shows it.")
@click.option("--windows/--no-windows", default=None, help="With --out: refit in smaller windows for the report; default: where it takes seconds.")
@click.option("--as", "form", type=click.Choice(["csv", "origin", "latex", "markdown"]), help="Print the parameters as such a table.")
@click.option("--out", metavar="DIR", help="Write report.html, parameters.csv, result.json and the figure there.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier result in --out.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.option("--origin", is_flag=True, help="With --out: parameters.csv with Origin's Long Name, Units, Comments rows.")
def fit(model, files, settings, share, fix, free, start, bounds, background, columns, plain, condition, which, errors, loss, skip, budget, others, windows, form, out, overwrite, as_json, origin) -> None:
    """Fit a law to files. Missing columns are made by the usual steps, each printed as the line of Python that repeats it."""
    from .chain import prepared, script
    from .fitting.run import fit as run_fit
    from .loading import failures
    from .model import get_model
    from .prepare import parse_where

    law = get_model(model)
    if origin and out is None:
        raise FitkitError("--origin writes parameters.csv for Origin: it wants --out DIR")
    if form and as_json:
        raise FitkitError(f"--as {form} or --json: one of them")
    if out is not None:
        _writable(out, overwrite)
    rivals = [get_model(name.strip()) for name in (others or "").split(",") if name.strip()]
    if condition is not None:
        parse_where(condition)
    choices = {"share": _shared(share), "fix": _pairs(fix, "--fix"), "free": list(free),
               "start": _pairs(start, "--start"), "bounds": {name: _edges(name, text) for name, text in _pairs(bounds, "--bounds").items()},
               "background": None if background is None else [] if background == "none" else [name.strip() for name in background.split(",")],
               "errors": "given" if errors == "file" else errors, "loss": loss}
    choices = {name: value for name, value in choices.items() if value or (name == "background" and value is not None)}
    paths = _expanded(files)
    chains, failed = [], []
    for number, (path, name) in enumerate(zip(paths, _names(paths)), 1):
        loaded = None
        try:
            loaded = _load(path, columns, settings, plain, errors="file" if errors == "file" else None, name=name, law=law)
            chains.append(prepared(law, loaded, where=condition, which=which))
        except FitkitError as error:
            failed.append(_about(path, loaded.name, str(error), law) if loaded else str(error))
        _count(number, len(paths))
    if failed and not (skip and chains):
        raise FitkitError(failed[0] if len(paths) == 1 else failures(failed, len(paths), "--skip"))
    for message in failed:
        click.echo(f"left out: {message.splitlines()[0]}", err=True)
    lines, variable = script(chains)
    datasets = [one for chain in chains for one in chain.datasets]
    single = len(datasets) == 1
    variable += "[0]" if single and variable == "pieces" else ""
    for line in ("import fitkit as fk", *lines, *_remarks(chains)):
        click.echo(line, err=True)
    click.echo(f"result = fk.fit({', '.join([repr(law.name), variable, *(f'{name}={value!r}' for name, value in choices.items())])})", err=True)
    try:
        result = run_fit(law, datasets[0] if single else datasets, progress=sys.stderr.isatty() and len(datasets) > 5, **choices)
    except FitkitError as error:
        raise FitkitError(_about(paths[0], datasets[0].name, str(error), law) if len(paths) == 1 else str(error)) from None
    beside = _comparisons(law, rivals, result, choices) + ([] if budget is None else _budgets(result, budget))
    _show(result, beside, form, as_json)
    if out is not None:
        folder = result.save(out, overwrite=overwrite, beside=beside, windows=windows)
        if origin:
            from .report.save import write_text
            from .report.tables import result_csv

            write_text(folder / "parameters.csv", result_csv(result, origin=True))
        given = "".join([", overwrite=True" if overwrite else "", f", beside={' + '.join(_names_of(rivals, budget))}" if beside else "", "" if windows is None else f", windows={windows}"])
        click.echo(f"result.save({out!r}{given})\n# wrote {', '.join(WRITTEN)} into {folder}", err=True)
    if not result.determined:
        sys.exit(NOT_DETERMINED)


@main.command()
@click.argument("models", metavar="MODEL,MODEL,...")
@click.argument("path", metavar="FILE")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Metadata or an assumption with unit: temperature=4.2K.")
@click.option("--column", "columns", multiple=True, metavar="QUANTITY='TITLE'", help="Which column of the file is a quantity.")
@click.option("--read", "plain", multiple=True, metavar="QUANTITY=TITLE-OR-NUMBER,UNIT", help="Columns of a plain file: voltage=1,uV.")
@click.option("--where", "condition", metavar="CONDITION", help="Rows to use: 'abs(field) < 0.5 T and temperature > 2 K'.")
@click.option("--which", type=int, help="Which hold, if the file has several.")
@click.option("--errors", type=click.Choice(["given", "file", "scatter", "white", "proportional"]), help="given: column <y>_err; file: the instrument's error column; scatter: from the fit; white: too, neighbours independent; proportional: it grows with the signal.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def compare(models, path, settings, columns, plain, condition, which, errors, as_json) -> None:
    """Compare laws on the same points of one file; exit code 10 where no law is preferred."""
    from .chain import prepared, script
    from .fitting.compare import compare as run_compare
    from .model import get_model
    from .prepare import parse_where

    laws = [get_model(name.strip()) for name in models.split(",") if name.strip()]
    if len(laws) < 2:
        raise FitkitError(f"compare {models}: wanted two laws or more with commas between them, for example log_decay,power_law_decay")
    if condition is not None:
        parse_where(condition)
    loaded = _load(path, columns, settings, plain, errors="file" if errors == "file" else None, law=laws[0])
    try:
        chain = prepared(laws[0], loaded, where=condition, which=which)
    except FitkitError as error:
        raise FitkitError(_about(path, loaded.name, str(error), laws[0])) from None
    lines, variable = script([chain])
    given = "given" if errors == "file" else errors
    call = f"fk.compare({[law.name for law in laws]}, {'one' if variable == 'pieces' else variable}{f', errors={given!r}' if given else ''})"
    for line in ("import fitkit as fk", *lines, *_remarks([chain]), f"[{call} for one in pieces]" if variable == "pieces" else call):
        click.echo(line, err=True)
    done = [run_compare(laws, one, errors=given) for one in chain.datasets]
    if as_json:
        import json

        click.echo(json.dumps({"schema": 1, "program": "fitkit", "comparisons": [one.to_dict() for one in done]}, allow_nan=False, indent=1))
    else:
        click.echo("\n\n".join(map(repr, done)))
    if any(one.best is None for one in done):
        sys.exit(NOT_DETERMINED)


@main.command(name="map")
@click.argument("model")
@click.argument("files", nargs=-1, required=True)
@click.option("--x", "x", metavar="FILE.npy,UNIT", help="With a .npy file of curves: the x values that they share.")
@click.option("--y", "unit", metavar="UNIT", help="With a .npy file of curves: their unit (SI unless given).")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="Metadata with unit: tap_distance=1cm, t0=1us.")
@click.option("--fix", multiple=True, metavar="PARAMETER=VALUE", help="Hold a parameter: alpha=-0.5.")
@click.option("--free", multiple=True, metavar="PARAMETER", help="Fit an optional parameter: t_shift.")
@click.option("--bounds", multiple=True, metavar="PARAMETER=LOW:HIGH", help="Keep inside: L_phi=10nm:2um.")
@click.option("--background", metavar="NAME,...", help="Background columns in place of the default ('none' for none).")
@click.option("--column", "columns", multiple=True, metavar="QUANTITY='TITLE'", help="Which column of the files is a quantity.")
@click.option("--workers", type=click.IntRange(1), help="Processes for files, threads for a .npy file; all cores unless given.")
@click.option("--out", metavar="FILE", help="Files: a table, map.csv. Curves of a .npy file: results as they come, map.fit; run again, it goes on where it ended.")
@click.option("--overwrite", is_flag=True, help="Replace --out.")
def map_(model, files, x, unit, settings, fix, free, bounds, background, columns, workers, out, overwrite) -> None:
    """Fit a law to very many curves: files in worker processes, or the rows of one .npy file of any size."""
    from pathlib import Path

    from .model import get_model

    law, meta = get_model(model), _pairs(settings, "--set")
    _spelled(meta, law)
    choices: dict[str, Any] = {
        "fix": _pairs(fix, "--fix"), "free": list(free), "bounds": {name: _edges(name, text) for name, text in _pairs(bounds, "--bounds").items()},
        "background": None if background is None else [] if background == "none" else [name.strip() for name in background.split(",")]}
    if out is not None and overwrite:
        Path(out).unlink(missing_ok=True)
    paths = _expanded(files)
    if len(paths) == 1 and paths[0].endswith(".npy"):
        _map_of_rows(law, paths[0], x, unit, meta, choices, workers, out)
        return
    if x is not None or unit is not None:
        raise FitkitError("--x and --y belong to one .npy file of curves; other files say themselves what their columns are")
    if out is not None and Path(out).exists():
        raise FitkitError(f"--out {out} is there already: --overwrite, or another name. Nothing was fitted")
    from concurrent.futures import ProcessPoolExecutor

    from .fitting.maps.files import fit_files
    from .report.save import write_text
    from .report.tables import result_csv

    chosen = {quantity: title.strip("'\"") for quantity, title in _pairs(columns, "--column").items()}
    pool = ProcessPoolExecutor(workers) if workers and workers > 1 else None
    result = fit_files(law.name, paths, load={"column": chosen} if chosen else None, meta=meta, executor=pool, progress=sys.stderr.isatty(), **choices)
    _refuse_all_alike(result)
    click.echo(result.table())
    if out is not None:
        write_text(Path(out), result_csv(result))
        click.echo(f"# wrote {out}", err=True)
    if not result.determined:
        sys.exit(NOT_DETERMINED)


def _refuse_all_alike(result) -> None:
    """Where every file failed for one reason, most often metadata that was not given, that is an error of the call and no row of a table."""
    reasons = [one.failed for one in result.fits]
    if all(reasons) and len({reason.partition(": ")[2].splitlines()[0] for reason in reasons}) == 1:
        raise FitkitError(f"nothing was fitted, each of the {len(reasons)} files failed alike. The first:\n  {reasons[0]}" if len(reasons) > 1 else reasons[0])


def _map_of_rows(law, path: str, x, unit, meta, choices, workers, out) -> None:
    import numpy as np

    from .fitting.maps.run import fit_many

    if x is None:
        raise FitkitError(f"{path}: what do its columns lie against? --x field.npy,mT")
    name, _, x_unit = x.partition(",")
    try:
        places = np.load(name)
    except (OSError, ValueError) as error:
        raise FitkitError(f"--x {name}: {error}") from None
    result = fit_many(law, (places, x_unit) if x_unit else places, (path, unit) if unit else path, meta=meta, threads=workers, out=out, progress=sys.stderr.isatty(), **choices)
    click.echo(result.summary())
    if out is not None:
        click.echo(f"fk.read_map({out!r})", err=True)
    if not all(result.determined(one).all() for one in result.names):
        sys.exit(NOT_DETERMINED)


WRITTEN = ("report.html", "parameters.csv", "result.json", "figure.pdf")


def _names_of(rivals, budget: str | None) -> list[str]:
    """The variables that the printed lines gave to what stands beside a result."""
    return [*(["comparisons"] if rivals else []), *(["budgets"] if budget is not None else [])]


def _comparisons(law, rivals, result, choices) -> list:
    """The law against its rivals on the data of every fit."""
    if not rivals:
        return []
    from .fitting.compare import compare as run_compare

    laws = [law, *(one for one in rivals if one.name != law.name)]
    options = {name: choices[name] for name in ("fix", "free", "start", "bounds", "background", "errors") if name in choices}
    given = "".join(f", {name}={value!r}" for name, value in options.items())
    click.echo(f"comparisons = [fk.compare({[one.name for one in laws]}, one.data{given}) for one in result.fits]", err=True)
    return [run_compare(laws, one.data, **options) for one in result.fits if not one.failed]


def _budgets(result, quantity: str) -> list:
    """The error budget of each dataset that was fitted; why one has none goes to stderr."""
    from .budget.budget import error_budget

    click.echo(f"budgets = [fk.error_budget(result, {quantity!r}, dataset=one.name) for one in result.fits]", err=True)
    budgets = []
    for one in result.fits:
        try:
            budgets.append(error_budget(result, quantity, dataset=one.name))
        except FitkitError as error:
            if len(result.fits) == 1:
                raise
            click.echo(str(error), err=True)
    return budgets


def _show(result, beside, form: str | None, as_json: bool) -> None:
    """The result and what stands beside it: a table, one JSON document, or the summary."""
    if form:
        from .report.tables import table_of

        click.echo(table_of(result, form), nl=False)
    elif as_json and beside:
        import json

        from .budget.term import ErrorBudget

        parts = {"budgets": [one.to_dict() for one in beside if isinstance(one, ErrorBudget)], "comparisons": [one.to_dict() for one in beside if not isinstance(one, ErrorBudget)]}
        click.echo(json.dumps({**json.loads(result.to_json()), **{name: value for name, value in parts.items() if value}}, allow_nan=False, indent=1))
    else:
        click.echo(result.to_json() if as_json else "\n\n".join([result.summary(), *map(repr, beside)]))


def _writable(out: str, overwrite: bool) -> None:
    """Refuse a folder that holds results, or that cannot be made, before any work; nothing is made here."""
    import os
    from pathlib import Path

    from .report.save import free_folder

    folder = Path(out)
    if folder.exists():
        free_folder(folder, list(WRITTEN), overwrite)
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise FitkitError(f"--out {out}: {there} is {'not writable' if there.is_dir() else 'a file, wanted a folder'}. Nothing was fitted")


def _expanded(files) -> list[str]:
    """Folders and patterns that the shell left (Windows) become paths, 2 K before 10 K."""
    import glob
    import os

    found = []
    for text in files:
        if any(letter in text for letter in "*?[") and not os.path.exists(text):
            matches = _in_order(glob.glob(text))
            if not matches:
                raise FitkitError(f"no file fits '{text}'")
            found += matches
        elif os.path.isdir(text):
            found += _in_folder(text)
        else:
            found.append(text)
    return found


def _in_folder(folder: str) -> list[str]:
    """The data files of a folder: those of the ending that most of them have."""
    import os

    files = [name for name in os.listdir(folder) if os.path.isfile(os.path.join(folder, name)) and not name.startswith(".")]
    endings = [os.path.splitext(name)[1].lower() for name in files]
    data = [ending for ending in endings if ending in _DATA_ENDINGS]
    if not data:
        raise FitkitError(f"{folder}: no data file ({', '.join(_DATA_ENDINGS)}) in this folder" + (f", found {', '.join(sorted(files)[:5])}" if files else ", it is empty"))
    most = max(dict.fromkeys(_DATA_ENDINGS), key=data.count)
    others = len(files) - data.count(most)
    if others:
        click.echo(f"# {folder}: {data.count(most)} {most} files; {others} of other kinds left out", err=True)
    return _in_order(os.path.join(folder, name) for name, ending in zip(files, endings) if ending == most)


def _in_order(paths) -> list[str]:
    """2 K before 10 K."""
    import re

    return sorted(paths, key=lambda path: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path)])


def _hold(text: str | None) -> int | str | None:
    """A number, ``all``, or nothing."""
    if text is None or text == "all":
        return text
    try:
        return int(text)
    except ValueError:
        raise FitkitError(f"--which {text}: wanted the number of a hold (0 first, -1 last) or 'all'") from None


def _names(paths: list[str]) -> list[str | None]:
    """Names for the datasets where the names of the files alone do not tell them apart."""
    from pathlib import Path

    from .loading import _unique_names

    return [None if name == Path(path).stem else name for name, path in zip(_unique_names(paths), paths)]


def _load(path: str, columns, settings, plain, errors=None, name=None, law=None, name_pattern=None, part=None):
    from .loading import load

    chosen = {quantity: title.strip("'\"") for quantity, title in _pairs(columns, "--column").items()}
    written = {}
    for quantity, text in _pairs(plain, "--read").items():
        title, comma, unit = text.rpartition(",")
        if not comma:
            raise FitkitError(f"--read {quantity}={text}: wanted TITLE,UNIT or NUMBER,UNIT, for example --read {quantity}=1,uV")
        written[quantity] = (int(title) if title.strip().lstrip("-").isdigit() else title.strip(), unit.strip())
    meta = _pairs(settings, "--set")
    _spelled(meta, law)
    return load(path, column=chosen or None, columns=written or None, errors=errors, name=name, meta=meta, name_pattern=name_pattern, part=part)


def _spelled(meta, law) -> None:
    """A name one letter beside a quantity would be kept as text, and nobody would use it."""
    import difflib

    from .names import QUANTITIES

    known = {*QUANTITIES, *(one.name for one in (law.known if law else ()))}
    for name, value in meta.items():
        near = difflib.get_close_matches(name, known, 1, 0.8) if name not in known and len(name) > 3 else []
        if near:
            raise FitkitError(f"--set {name}={value}: no quantity '{name}'. Did you mean --set {near[0]}={value}?")


def _pairs(texts, option: str) -> dict:
    found = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not name or not value:
            raise FitkitError(f"{option} {text}: wanted NAME=VALUE")
        if name in found:
            raise FitkitError(f"{option}: {name} is given twice")
        found[name] = _number(f"{option} {text}", value) if option in ("--fix", "--start") else value
    return found


def _shared(texts):
    """PARAMETER, or PARAMETER=METADATA for one value for each value of the metadata."""
    table = {name.strip(): key.strip() for name, _, key in (text.partition("=") for text in texts)}
    return table if any(table.values()) else list(table)


def _number(option: str, text: str):
    """A bare number (in the unit of the parameter) or a text with its unit."""
    import math

    from .units import parse_quantity

    try:
        number, unit = parse_quantity(text)
    except FitkitError as error:
        raise FitkitError(f"{option}: {error}") from None
    if not math.isfinite(number):
        raise FitkitError(f"{option}: wanted a finite number")
    return text if unit else number


def _edges(name: str, text: str):
    low, colon, high = text.partition(":")
    if not colon:
        raise FitkitError(f"--bounds {name}={text}: wanted LOW:HIGH, either may be empty")
    return tuple(_number(f"--bounds {name}={text}", edge.strip()) if edge.strip() else None for edge in (low, high))


def _about(path: str, name: str, text: str, law) -> str:
    """The message with the file that it is about, and what to type for the argument it names."""
    text = text if path in text else f"{path}: {text.removeprefix(f'{name}: ')}"
    if text.endswith("which=0)"):
        text = text.replace("fk.split_holds(data)", "fk.split_holds(data)   or   --which all") + "   or   --which 0"
    return f"{text}\n    what the law wants: fitkit models {law.name}" if "no column" in text else text


def _remarks(chains) -> list[str]:
    """Comments: what the files and the steps had to say."""
    found: dict[str, None] = {}
    for chain in chains:
        path, quench = chain.loaded.source.path, [record.found for one in chain.datasets for record in one.history if record.name == "drop_quench"]
        texts = [note.text if note.line is None or f"line {note.line}" in note.text else f"line {note.line}: {note.text}"
                 for one in (chain.loaded, *chain.datasets) for note in one.notes]
        texts = list(dict.fromkeys(texts))
        found |= {f"# {path}: quench at row {one['first row dropped']} ({one['reason']}): {one['rows dropped']} rows left out": None for one in quench if one["quench"]}
        found |= {f"# {path}: {text}": None for text in texts[:5]}
        if len(texts) > 5:
            found[f"# {path}: and {len(texts) - 5} more notes: fitkit look FILE"] = None
    return list(found)


main.add_command(plot)
main.add_command(table)


def _count(done: int, total: int) -> None:
    if total > 5 and sys.stderr.isatty():
        from .progress import advance

        advance(True, done, total, "loaded")


if __name__ == "__main__":
    main()
