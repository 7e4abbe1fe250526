"""The commands that read a saved result: ``fitkit plot`` and ``fitkit table``. Only click is imported here."""

from __future__ import annotations

import click

from .errors import FitkitError


@click.command()
@click.argument("result", metavar="RESULT")
@click.argument("figure", metavar="FIGURE")
@click.option("--width", default="single", show_default=True, metavar="single|double|LENGTH", help="A column of a journal (86 mm, 178 mm) or '120 mm'.")
@click.option("--view", type=click.Choice(["auto", "linear", "log", "absolute"]), default="auto", show_default=True, help="log: E-J, ln|B|, ln t; absolute: |B|.")
@click.option("--dataset", metavar="NAME", help="One dataset of a series.")
@click.option("--series", metavar="X,Y", help="A fitted quantity against metadata: temperature,L_phi.")
@click.option("--band", type=click.FloatRange(0, 1, min_open=True, max_open=True), default=0.95, show_default=True, help="Probability of the confidence band of the curve.")
@click.option("--no-band", is_flag=True, help="Without the band.")
@click.option("--overwrite", is_flag=True, help="Replace FIGURE.")
def plot(result, figure, width, view, dataset, series, band, no_band, overwrite) -> None:
    """Draw a saved RESULT (a folder of --out, or its result.json) as FIGURE: .pdf or .svg (vectors, fonts embedded), .png."""
    from .report.figure import figure_width, new_figure, save_figure
    from .report.results_json import read_result

    found = read_result(result)
    if series is None:
        _chosen(found, dataset).plot(figure, width=width, view=view, band=None if no_band else band, overwrite=overwrite)
        return
    x, comma, y = (part.strip() for part in series.partition(","))
    if not comma or dataset is not None:
        raise FitkitError(f"--series {series}: wanted X,Y of all datasets, for example --series temperature,L_phi")
    inches = figure_width(width)
    _, (ax,) = new_figure(inches, height=min(0.8 * inches, 3.6), rows=(1,))
    found.plot_series(x, y, ax=ax, view="log" if view == "log" else "linear")
    save_figure(ax.figure, figure, overwrite)


@click.command()
@click.argument("result", metavar="RESULT")
@click.option("--as", "form", type=click.Choice(["csv", "origin", "latex", "markdown"]), help="Default markdown, with --out by its ending.")
@click.option("--rounded", is_flag=True, help="Of csv and origin: value and error to the digit that the error leaves.")
@click.option("--dataset", metavar="NAME", help="One dataset of a series: a row for each quantity.")
@click.option("--series", metavar="X,Y", help="A fitted quantity against metadata: temperature,L_phi.")
@click.option("--out", metavar="FILE", help="Write it there.")
@click.option("--overwrite", is_flag=True, help="Replace --out.")
def table(result, form, rounded, dataset, series, out, overwrite) -> None:
    """The parameters of a saved RESULT (a folder of --out, or its result.json) as a table."""
    from .report.results_json import read_result
    from .report.tables import table_of, write_table

    thing = _chosen(read_result(result), dataset)
    if series is not None:
        x, comma, y = (part.strip() for part in series.partition(","))
        if not comma:
            raise FitkitError(f"--series {series}: wanted X,Y, for example --series temperature,L_phi")
        thing = thing.series(x, y)
    if out is None:
        click.echo(table_of(thing, form or "markdown", rounded=rounded), nl=False)
    else:
        write_table(out, thing, form=form, rounded=rounded, overwrite=overwrite)


def _chosen(result, name: str | None):
    """The result, or that of one of its datasets."""
    if name is None:
        return result
    from dataclasses import replace

    fits = tuple(one for one in result.fits if one.name == name)
    if not fits:
        raise FitkitError(f"--dataset {name}: there are {', '.join(one.name for one in result.fits)}")
    return replace(result, fits=fits, single=True)
