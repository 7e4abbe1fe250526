"""Tables and summaries as plain text: ASCII only, so that any console shows them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ..fitting.compare import Comparison
from ..fitting.result import DatasetFit, FitResult
from ..fitting.window_scan import WindowScan
from ..measured import Measured, format_value
from ..units import parse_unit

_VARYING = ("temperature", "applied_field", "gate", "angle")


def aligned(rows: Sequence[Sequence[str]], gap: str = "  ") -> str:
    """Rows of cells as left-aligned columns."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    return "\n".join(gap.join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


def short(value: Measured) -> str:
    """The number without its unit, with its limit sign; a mark where it is no number to rely on."""
    if value.verdict == "failed":
        return "-"
    mark = {"not determined": " ?", "ambiguous": " ??", "conditional": " c", "fixed": " f"}.get(value.verdict, "")
    return value.number if value.number == "?" else value.number + mark


def shown(result: FitResult) -> list[tuple[str, str]]:
    """(name, unit) of the columns of a table: law parameters, then derived quantities; optional ones that were not asked for left out."""
    found: dict[str, str] = {}
    for one in result.fits:
        for name, value in {**one.parameters, **one.derived}.items():
            if value.verdict == "fixed" and name in one.parameters and name not in result.options.get("fix", {}):
                continue  # an optional parameter at its default
            found.setdefault(name, value.unit)
    return list(found.items())


def metadata_columns(result: FitResult) -> list[tuple[str, str]]:
    """(name, unit) of metadata that tell the datasets apart."""
    found: list[tuple[str, str]] = []
    for name in (*_VARYING, "sample"):
        if name == "sample" and found:
            break
        values = [one.data.meta.get(name) for one in result.fits]
        if any(value is not None for value in values) and (result.single or len({str(value) for value in values}) > 1):
            unit = next((value.unit for value in values if isinstance(value, Measured)), "")
            found.append((name, unit))
    return found


def header(name: str, unit: str) -> str:
    """``L_phi (nm)``."""
    return f"{name} ({unit})" if unit else name


def verdict_words(one: DatasetFit) -> str:
    """``ok``, or each parameter that is not with its verdict."""
    if one.failed:
        return "failed: " + one.failed.splitlines()[0]
    bad = [f"{name} {value.verdict}" for name, value in one.parameters.items() if value.verdict not in ("ok", "fixed")]
    return ", ".join(bad) or "ok"


def result_table(result: FitResult) -> str:
    """One row for each dataset (a series), or one row for each quantity (a single fit)."""
    if result.single:
        one = result.fits[0]
        rows = [("quantity", "value", "unit", "verdict", "meaning")]
        for name, value in {**one.parameters, **one.derived}.items():
            rows.append((name, value.number, value.unit, value.verdict.upper() if not value.determined else value.verdict, result.labels.get(name, ("", ""))[1]))
        return aligned(rows) + "\n" + footer(result)
    meta, columns = metadata_columns(result), shown(result)
    rows = [("dataset", *(header(*one) for one in meta), *(header(*one) for one in columns), "verdict")]
    for one in result.fits:
        places = [_meta_text(one, name, unit) for name, unit in meta]
        rows.append((one.name, *places, *(short(one.get(name)) if not one.failed else "-" for name, _ in columns), verdict_words(one)))
    return aligned(rows) + "\n" + footer(result)


def _meta_text(one: DatasetFit, name: str, unit: str) -> str:
    value = one.data.meta.get(name)
    if isinstance(value, Measured):
        value = value.to(unit)
        return f"{value.value:.5g}"
    return "" if value is None else str(value)


def footer(result: FitResult) -> str:
    """What was assumed or supplied, and how the errors were made."""
    lines = []
    known: dict[str, dict[str, None]] = {}
    for one in result.fits:
        for name, value in one.known.items():
            if value.origin != "data":
                known.setdefault(name, {})[f"{format_value(value.value, value.error)} {value.unit}".strip() + f" ({value.origin})"] = None
    for name, values in known.items():
        lines.append(f"{name} = {' / '.join(values)}" if len(values) < 4 else f"{name}: {len(values)} values from the data")
    statistics = result.statistics
    several = statistics if isinstance(statistics, list) else [statistics]
    if several:
        kinds = {"given": "given errors (absolute)", "estimated": "errors estimated from the scatter"}
        corrected = sum(one.corrected for one in several)
        text = ", ".join(dict.fromkeys(kinds[one.errors] for one in several))
        if corrected:
            text += ", corrected for correlated residuals" + (f" in {corrected} of {len(several)} fits" if len(several) > 1 else "")
        lines.append("errors: one standard deviation, " + text)
    if any(value.verdict == "not determined" for one in result.fits for value in one.parameters.values()):
        lines.append("? not determined")
    if any(value.verdict == "ambiguous" for one in result.fits for value in one.parameters.values()):
        lines.append("?? ambiguous: a second optimum fits as well")
    return "\n".join(lines)


def result_summary(result: FitResult) -> str:
    """Table, assumptions, reasons, cautions, statistics, what would bring the absent quantities."""
    lines = [f"{result.law}: {result.title}", f"    {result.equation}", *([f"    convention: {result.convention}"] if result.convention else []), "", result_table(result)]
    for one in result.fits:
        told = _reasons(one)
        if told:
            lines += ["", one.name] + [f"  {text}" for text in told]
    statistics = result.statistics
    for one in statistics if isinstance(statistics, list) else [statistics]:
        if one.remarks:
            lines += ["", *one.remarks] if "" not in lines[-1:] else list(one.remarks)
    if not isinstance(statistics, list):
        lines += ["", f"chi^2 {statistics.chi2:.6g}" + (f" (reduced {statistics.reduced_chi2:.3g})" if statistics.errors == "given" else " (SI^2)")
                  + f", {statistics.points} points, {statistics.free} parameters, {statistics.dof:.4g} degrees of freedom" + (f", AICc {statistics.aicc:.2f}" if math.isfinite(statistics.aicc) else "")]
    absent = dict(pair for one in result.fits for pair in one.absent.items())
    lines += [f"{name}: {text}" for name, text in absent.items()]
    return "\n".join(lines)


def _reasons(one: DatasetFit) -> list[str]:
    """Values with the reason of their verdict or what they assume, quantities of one reason together; then the other cautions and what the steps noted."""
    grouped: dict[str, list[str]] = {}
    for name, value in {**one.parameters, **one.derived}.items():
        if value.reason:
            grouped.setdefault(value.reason, []).append(f"{name}  {value}")
    lines = [f"{', '.join(values)}: {reason}" for reason, values in grouped.items()]
    lines += [f"caution: {text}" for text in one.cautions if not any(reason.startswith(text) for reason in grouped)]
    return lines + [f"note: {note.text}" for note in one.data.notes if note.line is None and note.row is None]


# -- several laws, several windows --------------------------------------------------------------------------------------

def comparison_rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """Titles, and a row for each law."""
    unit = parse_unit(comparison.y_unit)
    given = comparison.errors == "given"
    title = "chi^2" if given else f"chi^2 ({'SI' if not unit.symbol else f'({unit.symbol})' if '/' in unit.symbol or ' ' in unit.symbol else unit.symbol}^2)"
    rows = [("law", title, *(("reduced",) if given else ()), "free", "AICc", "dAICc", "dBIC", "weight", "verdict")]
    for name, score in comparison.scores.items():
        fits = comparison.results[name]
        number = f"{score.chi2 if given else score.chi2 / unit.factor**2:.5g}"
        mark = " *" if name == comparison.best else ""
        rows.append((name + mark, number, *((f"{fits.statistics.reduced_chi2:.3g}",) if given else ()), str(score.free), f"{score.aicc:.2f}", f"{score.delta:.2f}",
                     f"{score.delta_bic:.2f}", f"{score.weight:.3f}" if score.weight >= 5e-4 else "<0.001", verdict_words(fits.fits[0])))
    return rows + [(name, *("-",) * (len(rows[0]) - 2), "failed: " + reason.splitlines()[0]) for name, reason in comparison.failed.items()]


def comparison_table(comparison: Comparison) -> str:
    """One row for each law, the lowest AICc first; ``*`` marks the preferred one."""
    return aligned(comparison_rows(comparison)) + "\n" + comparison_footer(comparison)


def comparison_footer(comparison: Comparison) -> str:
    """What was compared on what."""
    errors = "given errors" if comparison.errors == "given" else "errors estimated from the scatter"
    text = f"{comparison.data.name}: the same {comparison.points} points for all, {errors}"
    if comparison.effective_points < comparison.points:
        text += f"; the residuals are correlated: AICc, BIC and F count {comparison.effective_points:.3g} independent points"
    return text + ("\n* preferred" if comparison.best else "")


def comparison_summary(comparison: Comparison) -> str:
    """The table, the nested tests, the cautions of each law and the answer in a sentence."""
    lines = [comparison_table(comparison)]
    lines += ["", *map(str, comparison.nested)] if comparison.nested else []
    cautions = [f"{name}: {text}" for name, score in comparison.scores.items() for text in score.cautions]
    lines += ["", *cautions] if cautions else []
    return "\n".join([*lines, "", comparison.sentence])


def comparison_html(comparison: Comparison) -> str:
    """The comparison for a notebook."""
    below = [*map(str, comparison.nested), *(f"{name}: {text}" for name, score in comparison.scores.items() for text in score.cautions),
             *comparison_footer(comparison).splitlines()]
    return _html_table(comparison_rows(comparison), comparison.sentence, below)


def window_rows(scan: WindowScan) -> list[tuple[str, ...]]:
    """Titles, and a row for each window."""
    sign = "<=" if scan.side == "largest" else ">="
    columns = [(name, scan[name]) for name in scan.names]
    rows = [("", header(f"{scan.over} {sign}", scan.unit), "points", *(header(name, values.unit) for name, values in columns), "verdict")]
    for number, edge in enumerate(scan.edges):
        inside = scan.plateau is not None and scan.plateau.first <= number <= scan.plateau.last
        result = scan.results[number]
        rows.append(("*" if inside else "", f"{edge:.4g}", str(scan.points[number]), *(short(values[number]) for _, values in columns),
                     "failed: " + scan.failed[number].splitlines()[0] if result is None else verdict_words(result.fits[0])))
    return rows


def window_table(scan: WindowScan) -> str:
    """One row for each window; ``*`` marks the plateau."""
    return aligned(window_rows(scan)) + ("\n* plateau" if scan.plateau else "")


def window_summary(scan: WindowScan) -> str:
    """The table and the answer in a sentence."""
    return f"{scan.law}, {scan.data.name}\n{window_table(scan)}\n\n{scan.sentence}"


def window_html(scan: WindowScan) -> str:
    """The scan for a notebook."""
    return _html_table(window_rows(scan), scan.sentence, ["* plateau"] if scan.plateau else [])


def _html_table(rows: Sequence[Sequence[str]], lead: str, below: Sequence[str]) -> str:
    from html import escape

    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    head = "".join(f"<th>{escape(cell)}</th>" for cell in rows[0])
    return (f"<div><p>{escape(lead)}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            + "".join(f"<p><small>{escape(text)}</small></p>" for text in below) + "</div>")
