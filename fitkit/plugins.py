"""What other installed packages bring: objects under an entry point group. A broken one is named and breaks nothing."""

from __future__ import annotations


def from_other_packages(group: str, wanted: type, attribute: str) -> tuple[list, list[str]]:
    """The objects of an entry point group, and a sentence for each that could not be had.

    Parameters
    ----------
    group
        ``"fitkit.loaders"`` or ``"fitkit.models"``.
    wanted
        Their type.
    attribute
        Where the object is in a module, should the entry point name one: ``"LOADER"``, ``"MODEL"``.
    """
    from importlib.metadata import entry_points

    kind = group.rpartition(".")[2].removesuffix("s")
    found, broken = [], []
    for entry in entry_points(group=group):
        try:
            one = entry.load()
            one = getattr(one, attribute, one)
            if not isinstance(one, wanted):
                raise TypeError(f"{entry.value} is no fitkit {wanted.__name__} but {type(one).__name__}")
        except Exception as error:  # noqa: BLE001 - whatever another package raises must not stop ours
            broken.append(f"{kind} '{entry.name}' of another package is broken: {type(error).__name__}: {error}")
        else:
            found.append(one)
    return found, broken
