"""fit_files(): load, steps, fit for each of many files, in worker processes or on a cluster."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...data import Dataset
from ...errors import FitkitError
from ...model import Model, get_model
from ...progress import advance
from ..result import DatasetFit, FitResult
from ..run import fit

_FEW = 4   # files for which processes are not worth starting


def fit_files(model: str | Model, paths: str | os.PathLike | Sequence[str | os.PathLike], prepare: Sequence[Callable] | None = None, *, load: Mapping[str, Any] | None = None,
              meta: Mapping[str, Any] | None = None, fix: Mapping[str, Any] | None = None, free: Sequence[str] = (), bounds: Mapping[str, Any] | None = None,
              assume: Mapping[str, Any] | None = None, background: Sequence[str] | None = None, errors: str | None = None,
              executor: Executor | None = None, progress: bool | Callable[[int, int], None] | None = True) -> FitResult:
    """Fit a law to many files, one after the other in each of several processes.

    Parameters
    ----------
    model
        Name of a law, or a Model; one of your own travels to other processes if its functions stand in a module.
    paths
        A pattern such as ``"wafer/*.dat"``, or a list of files.
    prepare
        Steps, each called with a Dataset and giving a Dataset or a list: ``[fk.drop_nonfinite, functools.partial(fk.window,
        over="field", high="0.5 T")]``. None: the usual chain of the law, as ``fitkit fit`` runs it; ``[]`` for none.
    load
        Arguments of ``fk.load``, as ``{"column": {"resistance": "Bridge 1 Resistance (Ohms)"}}``.
    meta
        Metadata that all files share.
    fix, free, bounds, assume, background, errors
        As in ``fk.fit``.
    executor
        Any ``concurrent.futures.Executor``: a ProcessPoolExecutor, a thread pool, ``dask.distributed.Client(...).get_executor()``.
        None: processes on all cores.
    progress
        True for a bar, or a function called with (done, total).

    Returns
    -------
    FitResult
        A series with a row for each dataset, in the order of the files. A file that cannot be read, prepared or fitted keeps
        its row with the reason.

    Raises
    ------
    FitkitError
        No file fits the pattern, an unknown law, or a law that does not travel to another process.

    Examples
    --------
    >>> wafer = fk.fit_files("power_law", "wafer/*.csv", meta={"tap_distance": "1 cm"})
    >>> from dask.distributed import Client
    >>> wafer = fk.fit_files("power_law", "wafer/*.csv", executor=Client("tcp://head:8786").get_executor())
    """
    from ...loading import _expanded, _unique_names

    law = get_model(model)
    files = [str(path) for path in _expanded(paths if isinstance(paths, (str, os.PathLike)) else [str(one) for one in paths])]
    options = {"fix": fix, "free": free, "bounds": bounds, "assume": assume, "background": background, "errors": errors}
    task = Task(model, None if prepare is None else tuple(prepare), {**(load or {}), "meta": {**(load or {}).get("meta", {}), **(meta or {})}},
                {name: value for name, value in options.items() if value or name == "background" and value is not None})
    names = _unique_names(files)
    own = executor is None and len(files) > _FEW and (os.cpu_count() or 1) > 1
    pool = ProcessPoolExecutor(min(os.cpu_count() or 1, len(files))) if own else executor
    if pool is not None and not isinstance(pool, ThreadPoolExecutor):
        _travels(task, law, isinstance(pool, ProcessPoolExecutor))
    rows: list[list[DatasetFit] | None] = [None] * len(files)
    try:
        if pool is None:
            for place, (path, name) in enumerate(zip(files, names)):
                rows[place] = task(path, name)
                advance(progress, place + 1, len(files), "fitted")
        else:
            waiting = {pool.submit(task, path, name): place for place, (path, name) in enumerate(zip(files, names))}
            for done, future in enumerate(_as_completed(waiting, executor is not None), 1):
                place = waiting[future]
                rows[place] = _answer(future, files[place], names[place])
                advance(progress, done, len(files), "fitted")
    finally:
        if own and pool is not None:
            pool.shutdown(cancel_futures=True)
    return _together(law, [one for row in rows for one in row or ()], task.options)


class Task:
    """What is done to each file; it travels to other processes."""

    def __init__(self, model: str | Model, prepare: tuple[Callable, ...] | None, load: Mapping[str, Any], options: Mapping[str, Any]):
        self.model, self.prepare, self.load, self.options = model, prepare, dict(load), dict(options)

    def __call__(self, path: str, name: str) -> list[DatasetFit]:
        """The fits of one file; what goes wrong is a row with its reason."""
        from ...loading import load

        law = get_model(self.model)
        try:
            datasets = self._prepared(law, load(path, name=name, **self.load))
        except (FitkitError, ArithmeticError, ValueError, TypeError, KeyError, IndexError, OSError) as error:
            return [_failed(path, name, error)]
        found = []
        for one in datasets:
            try:
                found.append(fit(law, one, **self.options).fits[0])
            except (FitkitError, ArithmeticError, ValueError) as error:
                found.append(DatasetFit(one.name, one, failed=_about(path, error)))
        return found or [_failed(path, name, FitkitError("the steps leave nothing to fit"))]

    def _prepared(self, law: Model, data: Dataset) -> list[Dataset]:
        if self.prepare is None:
            from ...chain import prepared

            return list(prepared(law, data).datasets)
        datasets = [data]
        for step in self.prepare:
            made = [step(one) for one in datasets]
            datasets = [piece for one in made for piece in (one if isinstance(one, list) else [one])]
        return datasets


def _failed(path: str, name: str, error: Exception) -> DatasetFit:
    return DatasetFit(name, Dataset(name, {}), failed=_about(path, error))


def _about(path: str, error: Exception) -> str:
    text = str(error) if isinstance(error, FitkitError) else f"{type(error).__name__}: {error}"
    return text if Path(path).name in text else f"{path}: {text}"


def _answer(future: Future, path: str, name: str) -> list[DatasetFit]:
    """The rows of a file; a worker that died is a failure of this file."""
    try:
        return future.result()
    except Exception as error:  # noqa: BLE001  (whatever a cluster raises)
        return [_failed(path, name, FitkitError(f"{path}: its worker failed ({type(error).__name__}: {error})"))]


def _as_completed(waiting: Mapping[Future, int], foreign: bool):
    """Futures as they finish; those of another executor may be of another kind."""
    from concurrent.futures import as_completed

    if foreign and not all(isinstance(one, Future) for one in waiting):
        return iter(waiting)
    return as_completed(waiting)


def _travels(task: Task, law: Model, plainly: bool) -> None:
    """Refuse what cannot be sent to another process; ``plainly``: by pickle alone, not as a cluster sends.

    Raises
    ------
    FitkitError
        One of them cannot.
    """
    try:
        pickle.dumps(task)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        try:
            import cloudpickle  # what dask sends with

            cloudpickle.dumps(task)
        except (ImportError, pickle.PicklingError, AttributeError, TypeError):
            plainly = True
        if plainly:
            raise FitkitError(f"'{law.name}' or a step does not travel to another process ({error}): define its functions with def in a module that can be imported, "
                              "no lambda; or executor=ThreadPoolExecutor()") from None


def _together(law: Model, fits: list[DatasetFit], options: Mapping[str, Any]) -> FitResult:
    """A series of fits that were made apart."""
    from ...background import BACKGROUNDS
    from ..run import _versions
    from ..settings import plain_table

    seen: dict[str, int] = {}
    named = []
    for one in fits:   # pieces of different files may share a name
        seen[one.name] = seen.get(one.name, 0) + 1
        name = one.name if seen[one.name] == 1 else f"{one.name} ({seen[one.name]})"
        named.append(one if name == one.name else replace(one, name=name, data=replace(one.data, name=name)))
    labels = {p.name: (p.symbol or p.name, p.meaning) for p in law.params} | {b.name: (b.symbol or b.name, b.meaning) for b in BACKGROUNDS.values()} \
        | {d.name: (d.symbol or d.name, d.meaning) for d in law.derived} | {k.name: (k.symbol or k.name, k.meaning) for k in law.known} | dict(law.diagnosed)
    told = {name: plain_table(value) if isinstance(value, Mapping) else value for name, value in options.items()}
    return FitResult(law=law.name, title=law.title, equation=law.equation, references=law.references, fits=tuple(named), single=False, options=told,
                     versions=dict(_versions()), labels=labels, convention=law.convention)
