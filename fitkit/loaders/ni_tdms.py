"""National Instruments .tdms, read by npTDMS: one group, its channels with the property unit_string.

A waveform channel whose x axis is named or measured as a time gives the column ``time``.
"""

from __future__ import annotations

import io
import logging
import warnings
from contextlib import contextmanager

import numpy as np

from ..data import Dataset
from ..errors import FitkitError
from .arrays import MOST_NUMBERS, damaged, dataset_of, needed, one_part, real_column, too_large
from .loader import NO, YES, Answer, File, Loader, Options

_WHAT = "a National Instruments .tdms file"
_UNITS = ("unit_string", "NI_UnitDescription", "Unit", "unit")


def recognise(file: File) -> Answer:
    """Yes for the first four bytes of such a file."""
    return YES if file.raw[:4] == b"TDSm" else NO


def read(file: File, options: Options) -> Dataset:
    """Read the file.

    Raises
    ------
    FitkitError
        npTDMS is not installed, the file is damaged, several groups hold numbers, or units are missing.
    """
    nptdms = needed("nptdms", "npTDMS", file, _WHAT)
    try:
        with _silent():
            with nptdms.TdmsFile.open(io.BytesIO(file.raw)) as tdms:
                channels = {group.name: [channel for channel in group.channels() if len(channel)] for group in tdms.groups()}
                channels = {name: found for name, found in channels.items() if found}
                # a number takes at least a byte of the file: a length beyond is a damaged header
                count = sum(len(channel) for found in channels.values() for channel in found)
                if count > min(MOST_NUMBERS, len(file.raw)):
                    raise too_large(file, count)
                if not channels:
                    raise FitkitError(f"{file.path}: {_WHAT} without a channel of numbers")
                part = one_part(file, list(channels), options, "group")
                arrays = {channel.name: real_column(file, channel.name, channel[:]) for channel in channels[part]}
                properties = {channel.name: dict(channel.properties) for channel in channels[part]}
    except FitkitError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a damaged file makes the reader raise
        raise damaged(file, _WHAT, error) from None
    columns = {name: values for name, values in arrays.items() if values is not None}
    units = {name: str(next((found[key] for key in _UNITS if found.get(key)), "")) for name, found in properties.items()}
    time = _time(next(iter(properties.values())), len(next(iter(columns.values()), [])))
    if time is not None and "time" not in {name.lower() for name in columns}:
        columns, units = {"time": time, **columns}, {"time": "s", **units}
    return dataset_of(file, columns, units, options)


@contextmanager
def _silent():
    """npTDMS logs what is odd in a file; here that is an error in words, or nothing."""
    loggers = [logging.getLogger(f"nptdms.{name}") for name in ("reader", "types", "tdms", "base_segment", "tdms_segment", "daqmx")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels):
            logger.setLevel(level)


def _time(found: dict, rows: int) -> np.ndarray | None:
    """The times of a waveform, where its properties say that x is a time [s]."""
    says = str(found.get("wf_xname", "")).lower() == "time" or str(found.get("wf_xunit_string", "")) == "s"
    step, offset = found.get("wf_increment"), found.get("wf_start_offset", 0.0)
    if not says or not isinstance(step, (int, float)) or not isinstance(offset, (int, float)) or not step > 0:
        return None
    return float(offset) + float(step) * np.arange(rows)


LOADER = Loader("ni_tdms", "National Instruments .tdms", recognise, read, binary=True, takes_columns=True, parts=True, package="npTDMS")
