"""The command ``fitkit``. Exit codes: 0 done; 2 bad input or usage; 10 done, but a parameter is not determined.

Only click is imported here: ``fitkit --help`` loads no numpy, scipy, pandas, lmfit or matplotlib.
"""

from __future__ import annotations

import sys

import click

from .errors import FitkitError

NOT_DETERMINED = 10


class _Commands(click.Group):
    """Turns fitkit's own error into a message on stderr and exit code 2."""

    def invoke(self, context):
        try:
            return super().invoke(context)
        except FitkitError as error:
            click.echo(f"fitkit: {error}", err=True)
            context.exit(2)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="fitkit-lab", prog_name="fitkit")
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
def look(files, columns, settings) -> None:
    """What is in a file: columns, units, sweeps, metadata; what could be fitted and what is missing."""
    from .inspection import look as look_at

    for number, path in enumerate(files):
        click.echo(("\n" if number else "") + str(look_at(_load(path, columns, settings, ()))))


@main.command()
@click.argument("name", required=False)
def models(name: str | None) -> None:
    """The catalogue of laws; with NAME one law: equation, parameters, validity, references."""
    from .model import get_model
    from .model import models as catalogue

    click.echo(repr(catalogue()) if name is None else get_model(name).describe())


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
@click.option("--share", multiple=True, metavar="PARAMETER", help="One value for all files: a joint fit.")
@click.option("--fix", multiple=True, metavar="PARAMETER=VALUE", help="Hold a parameter: alpha=-0.5.")
@click.option("--free", multiple=True, metavar="PARAMETER", help="Fit an optional parameter: t_shift.")
@click.option("--start", multiple=True, metavar="PARAMETER=VALUE", help="Start there (never needed).")
@click.option("--bounds", multiple=True, metavar="PARAMETER=LOW:HIGH", help="Keep inside: L_phi=10nm:2um.")
@click.option("--background", metavar="NAME,...", help="Background columns in place of the default: offset,quadratic ('none' for none).")
@click.option("--column", "columns", multiple=True, metavar="QUANTITY='TITLE'", help="Which column of the file is a quantity: resistance='Bridge 2 Resistance (Ohms)'.")
@click.option("--read", "plain", multiple=True, metavar="QUANTITY=TITLE-OR-NUMBER,UNIT", help="Columns of a plain file: voltage=1,uV.")
@click.option("--where", "condition", metavar="CONDITION", help="Rows to use: 'abs(field) < 0.5 T and temperature > 2 K'.")
@click.option("--which", type=int, help="Which hold, if a file has several.")
@click.option("--errors", type=click.Choice(["given", "file", "scatter"]), help="given: column <y>_err; file: the instrument's error column; scatter: from the fit.")
@click.option("--out", metavar="DIR", help="Write report.html, parameters.csv, result.json and the figure there.")
@click.option("--overwrite", is_flag=True, help="Replace an earlier result in --out.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
@click.option("--origin", is_flag=True, help="With --out: parameters.csv with Origin's Long Name, Units, Comments rows.")
def fit(model, files, settings, share, fix, free, start, bounds, background, columns, plain, condition, which, errors, out, overwrite, as_json, origin) -> None:
    """Fit a law to files. Missing columns are made by the usual steps, each printed as the line of Python that repeats it."""
    from .chain import prepared
    from .fitting.run import fit as run_fit
    from .model import get_model

    law = get_model(model)
    datasets = []
    for path in _expanded(files):
        loaded = _load(path, columns, settings, plain, errors="file" if errors == "file" else None)
        made = prepared(law, loaded, where=condition, which=which)
        click.echo(f"# {path}", err=True)
        for line in _lines(made):
            click.echo(line, err=True)
        for note in loaded.notes[:3]:
            click.echo(f"# {path}{'' if note.line is None else f' line {note.line}'}: {note.text}", err=True)
        datasets += made
    single = len(datasets) == 1
    if out is not None and not overwrite:
        from .report.save import free_folder

        free_folder(out, ["report.html", "parameters.csv", "result.json", "figure.pdf"], overwrite=False)
    chosen = None if background is None else [] if background == "none" else background.split(",")
    result = run_fit(law, datasets[0] if single else _uniquely_named(datasets), share=list(share), fix=_pairs(fix, "--fix"), free=list(free),
                     start=_pairs(start, "--start"), bounds={name: _edges(text) for name, text in _pairs(bounds, "--bounds").items()}, background=chosen,
                     errors="given" if errors == "file" else errors, progress=sys.stderr.isatty() and len(datasets) > 5)
    click.echo(result.to_json() if as_json else result.summary())
    if out is not None:
        folder = result.save(out, overwrite=overwrite)
        if origin:
            from .report.save import write_text
            from .report.tables import result_csv

            write_text(folder / "parameters.csv", result_csv(result, origin=True))
        click.echo(f"# wrote {folder}{'' if str(folder).endswith(('/', chr(92))) else '/'}report.html, parameters.csv, result.json, figure.pdf", err=True)
    if not result.determined:
        sys.exit(NOT_DETERMINED)


def _expanded(files) -> list[str]:
    """Patterns that the shell left (Windows) become paths."""
    import glob

    found = []
    for text in files:
        matches = sorted(glob.glob(text)) if any(letter in text for letter in "*?[") else []
        found += matches or [text]
    return found


def _load(path: str, columns, settings, plain, errors=None):
    from .loading import load

    chosen = {name: title.strip("'\"") for name, title in _pairs(columns, "--column").items()}
    written = {}
    for name, text in _pairs(plain, "--read").items():
        title, comma, unit = text.rpartition(",")
        if not comma:
            raise FitkitError(f"--read {name}={text}: wanted TITLE,UNIT or NUMBER,UNIT, for example --read {name}=1,uV")
        written[name] = (int(title) if title.strip().lstrip("-").isdigit() else title, unit)
    return load(path, column=chosen or None, columns=written or None, errors=errors, meta=_pairs(settings, "--set"))


def _pairs(texts, option: str) -> dict[str, str]:
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise FitkitError(f"{option} {text}: wanted NAME=VALUE")
        if name.strip() in found:
            raise FitkitError(f"{option}: {name.strip()} is given twice")
        found[name.strip()] = _maybe_number(value.strip()) if option in ("--fix", "--start") else value.strip()
    return found


def _maybe_number(text: str):
    try:
        return float(text)
    except ValueError:
        return text


def _edges(text: str):
    low, colon, high = text.partition(":")
    if not colon:
        raise FitkitError(f"--bounds {text}: wanted LOW:HIGH, either may be empty")
    return tuple(_maybe_number(edge.strip()) if edge.strip() else None for edge in (low, high))


def _lines(made) -> list[str]:
    """The lines of Python that lead to the datasets; lines common to all are printed once."""
    found: dict[str, None] = {}
    for one in made:
        for record in one.history:
            line = record.line()
            found[("data = " if record.name != "split_sweeps" else "pieces = ") + line] = None
    return list(found)


def _uniquely_named(datasets):
    from dataclasses import replace

    seen: dict[str, int] = {}
    named = []
    for one in datasets:
        seen[one.name] = seen.get(one.name, 0) + 1
        named.append(one if seen[one.name] == 1 else replace(one, name=f"{one.name} ({seen[one.name]})"))
    return named


if __name__ == "__main__":
    main()
