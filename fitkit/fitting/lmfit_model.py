"""A law as an ordinary lmfit.Model: hints, a guess by the global start, derived quantities as expressions."""

from __future__ import annotations

import math

import lmfit
import numpy as np

from ..data import dataset
from ..errors import FitkitError
from ..measured import Measured
from ..model import Derived, Model
from ..units import parse_unit
from .problem import bind
from .start import candidates


def lmfit_model(law: Model, known: dict[str, float]) -> lmfit.Model:
    """See :meth:`fitkit.model.Model.to_lmfit`."""
    inputs = {k.name: parse_unit(k.unit).to_si(k.default) for k in law.known if k.default is not None} | known
    needed = [k.name for k in law.known if k.name not in inputs and k.absent is None and not (k.for_derived and k.of_x)]
    if needed:
        raise FitkitError(f"law {law.name}: to_lmfit needs {', '.join(needed)} in SI, for example to_lmfit({needed[0]}=...)")
    inputs |= {k.name: k.absent for k in law.known if k.name not in inputs and k.absent is not None}
    return _LawModel(law, inputs)


class _LawModel(lmfit.Model):
    """lmfit.Model of a law in SI; ``guess`` scans for the global start, ``make_params`` adds the derived quantities."""

    def __init__(self, law: Model, inputs: dict[str, float]):
        self.law, self.inputs = law, inputs
        handed = {k.name: inputs[k.name] for k in law.known if not k.for_derived}
        x_names, p_names = [c.name for c in law.columns_x], [p.name for p in law.params]
        text = ", ".join(x_names + p_names)
        function = eval(f"lambda {text}: law({text}, **inputs)", {"law": law.function, "inputs": handed})  # names come from the law's own table
        function.__name__ = law.name
        super().__init__(function, independent_vars=x_names)
        for param in law.params:
            unit = parse_unit("" if param.unit.startswith("y") else param.unit)
            low, high = (unit.to_si(edge) if math.isfinite(edge) else edge for edge in param.bounds)
            middle = math.sqrt(param.typical[0] * param.typical[1]) if param.typical and param.typical[0] > 0 else 1.0
            self.set_param_hint(param.name, vary=param.default is None, min=max(low, 0.0) if param.positive else low, max=high,
                                value=unit.to_si(middle if param.default is None else param.default))

    def make_params(self, verbose=False, **values):
        """Parameters with the hints of the law and its derived quantities as expressions."""
        params = super().make_params(verbose=verbose, **values)
        for derived in self.law.derived:
            if set(derived.arguments) <= set(params) | set(self.inputs) and derived.name not in params:
                self._add(params, derived)
        return params

    def _add(self, params: lmfit.Parameters, derived: Derived) -> None:
        inputs = {name: self.inputs[name] for name in derived.arguments if name not in params}
        given = [name for name in derived.arguments if name in params]

        def value(*numbers):
            try:
                return float(derived.function(**dict(zip(given, map(float, numbers))), **inputs))
            except (FitkitError, ValueError, ZeroDivisionError, OverflowError):
                return math.nan

        params._asteval.symtable[f"_{derived.name}"] = value
        params.add(derived.name, expr=f"_{derived.name}({', '.join(given)})")

    def guess(self, data, **x):
        """The global start of fitkit on these data (SI), as Parameters.

        Parameters
        ----------
        data
            y [SI].
        **x
            The independent variables by name [SI].
        """
        law = self.law
        missing = [column.name for column in law.columns_x if column.name not in x]
        if missing:
            raise FitkitError(f"guess wants {', '.join(f'{name}=' for name in missing)} in SI")
        columns = {column.name: (np.asarray(x[column.name], float), column.unit) for column in law.columns_x}
        curve = bind(law, dataset(name="guess", **columns, **{law.y.name: (np.asarray(data, float), law.y.unit)}), background=(),
                     assume={k.name: Measured(parse_unit(k.unit).from_si(self.inputs[k.name]), None, k.unit) for k in law.known if k.name in self.inputs})
        fixed = {p.name: parse_unit("" if p.unit.startswith("y") else p.unit).to_si(p.default) for p in law.params if p.default is not None}
        found = candidates(curve, fixed)
        if not found:
            raise FitkitError(f"guess: the law '{law.name}' is not finite anywhere in the scanned range")
        return self.make_params(**dict(zip(curve.names, map(float, found[0].theta))))

