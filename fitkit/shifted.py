"""A law of magnetoconductance with the zero of the field axis among its parameters: ``fk.get_model("hln+field_offset")``.

The step ``field_offset`` finds the zero without any law, from the mirror symmetry of the curve, and is the usual way. In the fit it serves where a sweep is too
short or too noisy for that, and where its error has to go into the others.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .errors import FitkitError
from .model import Check, Model, Param

SUFFIX = "+field_offset"


def with_field_offset(law: Model) -> Model:
    """The law of field - field_offset, under its name and ``+field_offset``.

    Parameters
    ----------
    law
        A law that is even in its first column, the field: those of ``laws/magnetoconductance``, or a user's own with ``physics``.

    Notes
    -----
    The derivative by the offset is taken from central differences of 1e-4 of the field, good to about 1e-8. The offset is looked for within an eighth of the
    largest field; a linear Hall admixture is odd as well: ``background=["offset", "slope"]`` takes it.

    Raises
    ------
    FitkitError
        The law is none of magnetoconductance.
    """
    if law.physics is None:
        raise FitkitError(f"'{law.name}' is no law of magnetoconductance: it has no field offset")
    size, names = len(law.columns_x), (*(param.name for param in law.params), "field_offset")

    def moved(given, named):
        """x with the zero in its place, the values of the law's own parameters, knowns."""
        values = dict(zip(names, given[size:])) | {name: named[name] for name in names if name in named}
        known = {name: value for name, value in named.items() if name not in names}
        return (np.asarray(given[0]) - values["field_offset"], *given[1:size]), [values[name] for name in names[:-1]], known

    def function(*given, **named):
        x, values, known = moved(given, named)
        return law.function(*x, *values, **known)

    def value_and_gradient(*given, **named):
        x, values, known = moved(given, named)
        value, gradient = law.evaluate(x, values, known)
        step = 1e-4 * np.abs(x[0]) + 1e-7 * np.max(np.abs(given[0]))
        up, down = (law.function(x[0] + side * step, *x[1:], *values, **known) for side in (1, -1))
        return value, (*gradient, (down - up) / (2 * step))

    def sketch(*given, **named):
        x, values, known = moved(given, named)
        return law.sketch(*x, *values, **known)

    offset = Param("field_offset", unit="mT", scan=_offsets, typical=(0.1, 1), symbol="B_0", meaning="reported field at which the sample sees none")
    return replace(law, name=law.name + SUFFIX, title=f"{law.title}, with the zero of the field", equation=f"{law.equation},  B = field - field_offset",
                   function=function, gradient=lambda *given, **named: value_and_gradient(*given, **named)[1], value_and_gradient=value_and_gradient,
                   sketch=sketch if law.sketch is not None else None, params=(*law.params, offset),
                   background=tuple(dict.fromkeys((*law.background, "slope"))),
                   checks=tuple(_moved(check) for check in law.checks))


def _offsets(*x, **known):
    """Both signs up to an eighth of the largest field, denser near zero."""
    side = np.geomspace(1e-3, 1, 6) * np.max(np.abs(x[0])) / 8
    return np.concatenate([-side[::-1], [0.0], side])


def _moved(check: Check) -> Check:
    """A reference point of the law itself, read half its field away."""
    x = check.x if isinstance(check.x, tuple) else (check.x,)
    offset = 0.5 * float(np.max(np.abs(x[0])))
    moved = (x[0] + offset, *x[1:])
    return replace(check, x=moved if isinstance(check.x, tuple) else moved[0], params={**check.params, "field_offset": offset}, rtol=max(check.rtol, 1e-12))
