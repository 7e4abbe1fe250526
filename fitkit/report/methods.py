"""The methods paragraph of a report, with the numbers in it, and what every number rests on."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np

from ..budget.term import ErrorBudget
from ..errors import FitkitError
from ..fitting.compare import Comparison
from ..fitting.result import DatasetFit, FitResult
from ..fitting.window_scan import WindowScan
from ..measured import Measured
from ..model import Model, get_model
from ..names import QUANTITIES
from ..units import parse_unit
from .budgets import budget_line
from .symbols import symbol_html
from .text import metadata_columns, shown

_LISTED = 8     # values that are written out; of more the first and the last

# what a step did, as a paper says it; of others the first line of their docstring
_STEPS = {
    "drop_nonfinite": "rows without a number were left out",
    "split_sweeps": "the record was split into sweeps of the field at constant temperature, gate voltage and angle",
    "field_offset": "the offset of the field was measured for each sweep direction from the mirror symmetry of the curve and subtracted",
    "symmetrise": "the part even in field was taken",
    "sheet_conductance": "the resistance was converted to the sheet conductance",
    "delta_conductance": "the conductance at the smallest field was subtracted",
    "relaxation_segment": "the rows at constant temperature and field were cut out, their time counted from the end of the field ramp",
    "split_holds": "each hold at constant temperature and field was cut out, its time counted from the end of the field ramp",
    "electric_field": "the voltage was divided by the distance of the taps",
    "drop_quench": "rows after a quench were looked for and left out",
    "drop_dwell": "rows in which the current does not ramp or the voltage still settles were left out",
    "shift_field": "a known offset of the field was subtracted",
    "antisymmetrise": "the part odd in field was taken",
    "subtract_background": "the same quantity of another sweep was subtracted",
    "magnetization": "the moment was divided by the volume or the mass",
    "irreversible_moment": "half the difference of the two branches was taken",
    "split_at_jumps": "the decay was split at its jumps",
    "bean_current_density": "the moment was converted to the current density of the critical state",
    "electric_field_of_decay": "the electric field was computed from the change of the moment",
    "creep_time": "the attempt time was computed from the size and the flux-flow resistivity",
    "current_density": "the current was divided by the cross-section",
    "split_ramps": "the loop was split into its ramps",
    "drop_spikes": "single points that stand out of the curve were left out",
}


def methods_html(result: FitResult, scans: Sequence[WindowScan] = (), comparisons: Sequence[Comparison] = (), budgets: Sequence[ErrorBudget] = ()) -> str:
    """The paragraph with symbols as HTML."""
    text = escape(_paragraph(result, scans, comparisons, budgets), quote=False)
    return re.sub("\x01(.*?)\x02", lambda found: symbol_html(result.labels.get(found[1], (found[1], ""))[0]), text)


def methods_text(result: FitResult) -> str:
    """The paragraph as plain text, parameters by their names."""
    return _paragraph(result, (), (), ()).replace("\x01", "").replace("\x02", "")


def _paragraph(result, scans, comparisons, budgets) -> str:
    sentences = [_what(result), _prepared(result), _fitted(result), _errors(result), *_values(result), *_assumed(result), *_lost(result), *_windows(result, scans)]
    sentences += [f"Laws compared by AICc on {one.data.name}: {one.sentence}" for one in comparisons]
    sentences += [f"Error budget of {one.name}: {budget_line(one).replace('+-', '±')}." for one in budgets]
    sentences.append(_made_with(result))
    return re.sub(r"\bu(?=V|A\b|ohm|s\b)", "µ", " ".join(filter(None, sentences))).replace("µohm", "µΩ")


def _name(name: str) -> str:
    """A mark that becomes the symbol."""
    return f"\x01{name}\x02"


def _done(result: FitResult) -> list[DatasetFit]:
    return [one for one in result.fits if not one.failed]


def _span(low: float, high: float, unit: str) -> str:
    return f"{low:.4g} {unit}".strip() if math.isclose(low, high, rel_tol=1e-3) else f"{low:.4g} to {high:.4g} {unit}".strip()


def _what(result: FitResult) -> str:
    """What was measured, over which range."""
    done = _done(result)
    first = done[0] if done else None
    if first is None:
        return ""
    meaning = QUANTITIES.get(first.y_name, ("", "", result.labels.get(first.y_name, ("", first.y_name.replace("_", " ")))[1] or first.y_name))[2]
    x = first.x_names[0]
    unit = first.data.units.get(x, "")
    inside = [parse_unit(unit).from_si(one.x[0]) for one in done]
    points = [len(one.y) for one in done]
    where = "".join(f", {name.replace('_', ' ')} {_span(min(values), max(values), unit_of)}" for name, unit_of in metadata_columns(result)
                    if (values := [value.to(unit_of).value for one in done if isinstance(value := one.data.meta.get(name), Measured)]))
    counted = f"{min(points)}" if min(points) == max(points) else f"{min(points)} to {max(points)}"
    several = f"{len(done)} datasets" if len(done) > 1 else f"the dataset {first.name}"
    verb = "was followed" if any(record.name == "series" for record in first.data.history) else "was measured"
    return (f"The {meaning} {verb} against {QUANTITIES.get(x, ('', '', x))[2]} ({several}{where}; {x.replace('_', ' ')} "
            f"{_span(min(map(np.min, inside)), max(map(np.max, inside)), unit)}, {counted} points{' each' if len(done) > 1 else ''}).")


def _prepared(result: FitResult) -> str:
    """What was done before the fit, each step once."""
    steps: dict[str, list[Any]] = {}
    for one in result.fits:
        for name in dict.fromkeys(record.name for record in one.data.history):
            steps.setdefault(name, []).append(next(record for record in one.data.history if record.name == name))
    told = []
    for name, records in steps.items():
        if name in ("load", "dataset"):
            continue
        share = "" if len(records) == len(result.fits) else f" ({len(records)} of {len(result.fits)} datasets)"
        told.append(_step(name, records) + share)
    return f"Before the fit, {'; '.join(told)}." if told else ""


def _step(name: str, records) -> str:
    if name == "series":
        record = records[0]
        left = len(record.found.get("left_out", ()))
        text = f"{_name(record.arguments['y'])} was taken from fits of {record.found.get('law', 'each dataset')} with its error"
        return text + (f" ({left} values that are not determined left out)" if left else "")
    if name in ("where", "window"):
        return "rows were selected: " + ", ".join(f"{key} {value}" for key, value in records[0].arguments.items() if value is not None)
    if name == "drop_rows":
        return f"rows were left out by hand ({records[0].arguments.get('reason', '')})"
    if name == "field_offset":
        offsets = [abs(value) * 1e3 for record in records for key, value in record.found.items() if key.startswith("offset") and isinstance(value, float)]
        return _STEPS[name] + (f" ({_span(min(offsets), max(offsets), 'mT')} in size)" if offsets else "")
    if name == "drop_quench" and not any(record.found.get("quench") for record in records):
        return "rows after a quench were looked for, none was found"
    if name in _STEPS:
        return _STEPS[name]
    import fitkit

    doc = (getattr(fitkit, name).__doc__ or "").strip().splitlines() if name in fitkit._HOME else []
    return f"{name} ({doc[0].replace(chr(92), '').rstrip('.')})" if doc else name


def _fitted(result: FitResult) -> str:
    """The law, what was shared, fixed and added."""
    options = result.options
    done = _done(result)
    marks = f" [{', '.join(str(number + 1) for number in range(len(result.references)))}]" if result.references else ""
    shared = [name for name, by in (options.get("share") or {}).items()]
    how = f"all datasets together with common {' and '.join(map(_name, shared))}" if shared and len(done) > 1 else "each on its own" if len(done) > 1 else ""
    loss = f"robust regression ({options['loss']})" if options.get("loss") else "least squares"
    law = law_of(result)
    curved = law is None or any(name not in (options.get("fix") or {}) and law.param(name).default is None for name in law.nonlinear)
    begun = "from the start values " + ", ".join(f"{name} = {value}" for name, value in options["start"].items()) if options.get("start") else \
        "from a scan of the whole range of its nonlinear parameters in place of start values" if curved else ""
    equation = f", {result.equation}," if result.equation else ""
    text = f"The law “{result.title or result.law}”{marks}{equation} was fitted by {', '.join(filter(None, (loss, how, begun)))}."
    added = [name for name in (done[0].parameters if done else ()) if _is_background(result, name) and done[0].parameters[name].verdict != "fixed"]
    if added:
        text += f" Fitted with it: {', '.join(f'{_name(name)} ({result.labels[name][1]})' for name in added)}."
    fixed = [f"{_name(name)} = {value}" for name, value in (options.get("fix") or {}).items()]
    if fixed:
        text += f" Held fixed: {', '.join(fixed)}."
    return text


def _is_background(result: FitResult, name: str) -> bool:
    from ..background import BACKGROUNDS

    law = law_of(result)
    return name in BACKGROUNDS and (law is None or all(param.name != name for param in law.params))


def law_of(result: FitResult) -> Model | None:
    """The law of the catalogue; None for one of a user's script."""
    try:
        return get_model(result.law)
    except FitkitError:
        return None


def _errors(result: FitResult) -> str:
    statistics = result.statistics
    several = statistics if isinstance(statistics, list) else [statistics]
    if not several:
        return ""
    kind = "from the given errors of the points" if several[0].errors == "given" else "estimated from the scatter of the residuals"
    corrected = sum(one.corrected for one in several)
    text = f"Errors in brackets are one standard deviation in units of the last digits, {kind}"
    if corrected:
        text += ", corrected for the autocorrelation of the residuals" + (f" in {corrected} of {len(several)} fits" if len(several) > 1 else "")
    chi2 = [one.reduced_chi2 for one in several if one.errors == "given"]
    return text + (f" (reduced χ² {_span(min(chi2), max(chi2), '')})" if chi2 else "") + "."


def _values(result: FitResult) -> list[str]:
    """The numbers that are determined, quantity by quantity."""
    said = []
    for name, _ in shown(result):
        column = [(one, one.get(name)) for one in _done(result)]
        column = [(one, value) for one, value in column if value.verdict in ("ok", "conditional", "limit") and math.isfinite(value.value)]
        if not column or _is_background(result, name):
            continue
        if len({str(value) for _, value in column}) == 1 and len(column) > 1:
            said.append(f"{_name(name)} {_is(column[0][1])} (common to all)" if name in (result.options.get("share") or {}) else f"{_name(name)} {_is(column[0][1])}")
        elif len(column) <= _LISTED:
            listed = [f"{_is(value)}{_at(result, one)}" for one, value in column]
            said.append(f"{_name(name)} " + ", ".join([listed[0], *(text.removeprefix("= ") for text in listed[1:])]))
        else:
            (a, first), (b, last) = column[0], column[-1]
            said.append(f"{_name(name)} {_is(first)}{_at(result, a)} to {_is(last).removeprefix('= ')}{_at(result, b)} ({len(column)} values)")
    return [f"Results: {'; '.join(said)}."] if said else []


def _is(value: Measured) -> str:
    text = f"{value.number} {value.unit}".strip().replace("uV", "µV")
    text = text if value.number[:1] in "<>" else f"= {text}"
    return text + (" (conditional on a partner at its bound)" if value.verdict == "conditional" else "")


def _at(result: FitResult, one: DatasetFit) -> str:
    if len(result.fits) == 1:
        return ""
    places = [f"{value.to(unit).value:.4g} {unit}" for name, unit in metadata_columns(result) if isinstance(value := one.data.meta.get(name), Measured)]
    return f" at {', '.join(places)}" if places else f" ({one.name})"


def _assumed(result: FitResult) -> list[str]:
    found: dict[str, None] = {}
    for one in _done(result):
        for name, value in one.known.items():
            if value.origin == "default":
                found[f"{_name(name)} = {value} ({result.labels.get(name, ('', name))[1]})"] = None
    return [f"Assumed: {'; '.join(found)}."] if found else []


def _lost(result: FitResult) -> list[str]:
    """What the data do not say."""
    said: list[str] = []
    lost: dict[str, list[str]] = {}
    for one in result.fits:
        if one.failed:
            said.append(f"{one.name} could not be fitted: {one.failed.splitlines()[0]}")
            continue
        names = [f"{_name(name)} ({value.verdict})" for name, value in one.parameters.items() if not value.determined]
        if names:
            lost.setdefault(", ".join(names), []).append(_at(result, one).strip())
    said = [f"{names} {', '.join(places)}".strip() for names, places in lost.items()] + said
    return [f"Not told by the data: {'; '.join(said)}."] if said else []


def _windows(result: FitResult, scans: Sequence[WindowScan]) -> list[str]:
    if not scans:
        return []
    if len(scans) == 1:
        return [f"Refitted in smaller windows: {scans[0].sentence}"]
    complete = [one for one in scans if one.plateau is not None and one.plateau.complete]
    text = f"Refitted in smaller windows, the parameters of {len(complete)} of {len(scans)} datasets stay the same up to the whole of their data"
    others = [one.data.name for one in scans if one not in complete]
    return [text + (f"; they do not, or cannot be followed, in {', '.join(others)}." if others else ".")]


def _made_with(result: FitResult) -> str:
    from .. import __version__

    versions = dict(result.versions)
    fitkit = versions.pop("fitkit-lab", __version__)
    return f"Made with fitkit {fitkit} ({', '.join(f'{name} {value}' for name, value in versions.items())})."


# -- what every number rests on -----------------------------------------------------------------------------------------

def rests_on(result: FitResult, name: str) -> str:
    """What a quantity was computed from, with the values that were given or assumed, in words."""
    done, law = _done(result), law_of(result)
    if not done:
        return ""
    if any(name in one.parameters for one in done):
        verdicts = {one.parameters[name].verdict for one in done if name in one.parameters}
        if verdicts == {"fixed"}:
            return "held fixed"
        knowns = [] if law is None or _is_background(result, name) else [one.name for one in law.known if not one.for_derived]
        return "fitted" + ("; " + "; ".join(filter(None, (_known(done, one) for one in knowns))) if knowns else "")
    derived = {one.name: one for one in law.derived} if law is not None else {}
    if name not in derived:
        return "from the data and the fit"
    return "from " + "; ".join(_known(done, argument) or _name(argument) for argument in derived[name].arguments)


def rests_on_html(result: FitResult, name: str) -> str:
    """The same with symbols."""
    return re.sub("\x01(.*?)\x02", lambda found: symbol_html(result.labels.get(found[1], (found[1], ""))[0]), escape(rests_on(result, name), quote=False))


def _known(fits: Sequence[DatasetFit], name: str) -> str:
    """``t0 = 1e-06 s (assumed)``; empty for a fitted parameter."""
    values = [value for one in fits if name not in one.parameters and isinstance(value := one.known.get(name, one.data.meta.get(name)), Measured)]
    if not values:
        return ""
    texts, origins = list(dict.fromkeys(map(str, values))), list(dict.fromkeys("assumed" if value.origin == "default" else value.origin for value in values))
    text = texts[0] if len(texts) == 1 else _span(min(value.si for value in values), max(value.si for value in values), "(SI)")
    if len(texts) > 1 and len({value.unit for value in values}) == 1:
        text = _span(min(value.value for value in values), max(value.value for value in values), values[0].unit)
    return f"{_name(name)} = {text} ({', '.join(filter(None, origins))})" if any(origins) else f"{_name(name)} = {text}"


