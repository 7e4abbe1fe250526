"""Which loader reads a file: exactly one must recognise it; other packages' are asked after ours."""

from __future__ import annotations

from ..errors import FitkitError
from . import builtin_loaders, other_loaders
from .known_formats import named_text, refused_binary
from .loader import LONGEST, Answer, File, Loader, Options
from .plain_columns import typing_help

_PLAIN = "plain_columns"


def chosen_loader(file: File, format: str | None, options: Options) -> tuple[Loader, list[str]]:
    """The loader of a file, and what is to be said about broken ones of other packages."""
    loader, broken = _named(file, format) if format is not None else _recognised(file, options)
    if options.part is not None and not loader.parts:
        raise FitkitError(f"{file.path}: part={options.part!r} is for files that hold several tables; this one is read as {loader.name}")
    if (options.columns is not None or options.array is not None) and not (loader.takes_columns or loader.name == _PLAIN):
        raise FitkitError(f"{file.path}: format={loader.name!r} reads its own titles; choose among them with column={{'QUANTITY': 'TITLE'}}")
    return loader, broken


def _named(file: File, format: str) -> tuple[Loader, list[str]]:
    builtin = builtin_loaders()
    loader = next((one for one in builtin if one.name == format), None)
    broken: list[str] = []
    others: list[Loader] = []
    if loader is None:
        others, broken = other_loaders()
        loader = next((one for one in others if one.name == format), None)
    if loader is None:
        raise FitkitError(f"no format '{format}'. Formats: {', '.join(one.name for one in (*builtin, *others))}" + "".join(f"\n    {text}" for text in broken))
    if loader in builtin:
        if not loader.binary and (refused := refused_binary(file)):
            raise FitkitError(refused)
        if loader.binary and loader.recognise(file).kind == "no":
            raise FitkitError(f"{file.path} is no file of the format '{format}' ({loader.meaning}): its first bytes are {file.raw[:8].hex(' ')}")
    return loader, broken


def _recognised(file: File, options: Options) -> tuple[Loader, list[str]]:
    """Exactly one loader must say yes; plain columns are what the caller says they are."""
    builtin = builtin_loaders()
    answers = [(one, one.recognise(file)) for one in builtin if one.binary]
    refused = None
    if all(answer.kind == "no" for _, answer in answers):
        refused = refused_binary(file)
        answers = [] if refused else [(one, one.recognise(file)) for one in builtin if not one.binary]
    if options.columns is not None or options.array is not None:
        if refused:
            raise FitkitError(refused)
        own = [(one, answer) for one, answer in answers if one.takes_columns and answer.kind != "no"]
        return (own[0][0] if own else next(one for one in builtin if one.name == _PLAIN)), []
    if loader := _one_of(file, answers):
        return loader, []
    others, broken = other_loaders()
    asked = []
    for one in others:
        try:
            answer = one.recognise(file)
            if not isinstance(answer, Answer):
                raise TypeError(f"recognise returned {type(answer).__name__}, not YES, NO or nearly(reason)")
            asked.append((one, answer))
        except Exception as error:  # noqa: BLE001 - whatever another package raises must not stop ours
            broken.append(f"loader '{one.name}' of another package is broken: {type(error).__name__}: {error}")
    if loader := _one_of(file, asked):
        return loader, broken
    raise FitkitError(refused or _not_recognised(file, [*answers, *asked], broken))


def _one_of(file: File, answers: list[tuple[Loader, Answer]]) -> Loader | None:
    hits = [loader for loader, answer in answers if answer.kind == "yes"]
    if len(hits) > 1:
        listed = "; ".join(f"{one.name} ({one.meaning})" for one in hits)
        raise FitkitError(f"{file.path}: {len(hits)} formats fit: {listed}.\n    choose: fk.load({file.path!r}, format={hits[0].name!r})")
    return hits[0] if hits else None


def _not_recognised(file: File, answers: list[tuple[Loader, Answer]], broken: list[str]) -> str:
    if not file.head:
        return f"{file.path}: no format recognised: its first line has more than {LONGEST / 1e6:.0f} MB. A table of numbers has more lines than columns"
    reasons = [answer.reason for _, answer in answers if answer.kind == "nearly"]
    added = "".join(f"\n    {text}" for text in broken)
    known = named_text(file)
    if reasons and not known:
        return f"{file.path}: " + "; ".join(reasons) + added
    said = f"{file.path} is {known}, which fitkit does not read by itself" if known else f"{file.path}: no format recognised"
    return f"{said}. If it holds columns of numbers, say what they are and in which unit:\n{typing_help(file)}{added}"
