"""Error budgets as text and HTML: ASCII in the text, so that any console shows it."""

from __future__ import annotations

import math
from html import escape

from ..budget.term import STATISTICS, ErrorBudget, Term
from .text import aligned

_SMALL = 0.02   # of the total error: smaller terms stay out of the first line


def budget_line(budget: ErrorBudget) -> str:
    """``S = 0.0201 +- 0.0001 (statistics) +- 0.0015 (time origin)``: value and errors to the same digit."""
    total = budget.total.error or 0.0
    listed = [one for one in budget.terms if one.error and (one.source == STATISTICS or budget.in_unit(one.error) > _SMALL * total)]
    digits = _digits([budget.in_unit(one.error or 0.0) for one in listed])
    parts = " ".join(f"+- {budget.in_unit(one.error or 0.0):.{digits}f} ({one.source})" for one in listed)
    return f"{budget.quantity} = {budget.value.value:.{digits}f} {parts} {budget.value.unit}".rstrip()


def _digits(errors: list[float]) -> int:
    """Decimals that show the smallest error that counts with one digit, the largest with at most four."""
    if not errors:
        return 6
    smallest, largest = math.floor(math.log10(min(errors))), math.floor(math.log10(max(errors)))
    return max(-max(smallest, largest - 3), 0)


def budget_rows(budget: ErrorBudget) -> list[tuple[str, str, str]]:
    """Cause, error and origin of each term of a budget, with a line of titles and the sum."""
    unit = f" ({budget.value.unit})" if budget.value.unit else ""
    return [("cause", f"error of {budget.quantity}{unit}", "from"),
            *((one.source, _error(budget, one), one.how) for one in budget.terms), ("all", f"{budget.total.error:.2g}", "added in squares")]


def _error(budget: ErrorBudget, one: Term) -> str:
    if one.error is None:
        return "unknown"
    return f"{budget.in_unit(one.error):.2g}" + (f" (without it {budget.value.value + budget.in_unit(one.shift):.4g})" if one.shift and one.caution else "")


def budget_table(budget: ErrorBudget) -> str:
    """One row for each cause, statistics first, the others by size."""
    return aligned(budget_rows(budget))


def budget_summary(budget: ErrorBudget) -> str:
    """The line, the table and the cautions."""
    lines = [f"{budget.name}, {budget.law}", budget_line(budget), "", budget_table(budget)]
    told = [*(f"caution: {text}" for text in budget.cautions), *budget.remarks]
    return "\n".join([*lines, *(["", *told] if told else [])])


def budget_html(budget: ErrorBudget) -> str:
    """The budget for a notebook."""
    head, *rows = budget_rows(budget)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return (f"<div><p><b>{escape(budget_line(budget).replace('+-', '±'))}</b></p><table><thead><tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr></thead>"
            f"<tbody>{body}</tbody></table>{''.join(f'<p><small>{escape(text)}</small></p>' for text in (*budget.cautions, *budget.remarks))}</div>")
