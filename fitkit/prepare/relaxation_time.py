"""Step that makes the logarithm of a relaxation time, which is what its laws are fitted to: log_relaxation_time."""

from __future__ import annotations

import numpy as np

from ..data import Dataset
from ..errors import FitkitError
from .step import Found, step


@step
def log_relaxation_time(data: Dataset) -> Dataset:
    """ln(tau/1 s) of a relaxation time, for the law ``relaxation_time``.

    Returns
    -------
    Dataset
        Column ``ln_tau``, with the relative error of ``tau`` where it has one.

    Raises
    ------
    FitkitError
        No column ``tau``, or times that are not positive.
    """
    tau = data["tau"]
    if np.any(tau <= 0):
        raise FitkitError(f"{data.name}: {int(np.sum(tau <= 0))} relaxation times are 0 or below.\n    leave them out: fk.where(data, 'tau > 0 s')")
    columns = {"ln_tau": np.log(tau)}
    if "tau_err" in data:
        columns["ln_tau_err"] = data["tau_err"] / tau
    return Found(data.with_columns(columns), {"decades": float(np.log10(tau.max() / tau.min()))})
