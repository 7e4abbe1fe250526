"""The numbers of a map do not depend on how its curves are handed to the threads."""

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fitkit as fk

KINDS = ("shared grid", "grids of their own", "several parameters", "gaps here and there", "an axis that the law takes")


@lru_cache
def case(kind: str):
    """Keywords of fit_many and its result with one thread and one piece."""
    rng = np.random.default_rng(len(kind))
    if kind == "shared grid":
        field = np.linspace(-0.5, 0.5, 60)
        Y = fk.get_model("hln").function(field, rng.uniform(0.3, 1.2, (11_000, 1)), np.exp(rng.uniform(-17.5, -14, (11_000, 1))))
        keywords = {"model": "hln", "x": field, "background": ["offset", "quadratic"]}
    elif kind == "grids of their own":
        current = np.sort(rng.uniform(0, 100, (1100, 60)), axis=1)
        Y = fk.get_model("power_law").function(current, rng.uniform(60, 90, (1100, 1)), rng.uniform(8, 40, (1100, 1)), 0.01, 1e-4)
        keywords = {"model": "power_law", "x": current, "meta": {"tap_distance": "1 cm"}}
    elif kind in ("gaps here and there", "an axis that the law takes"):
        current = np.linspace(0, 100, 60)
        Y = fk.get_model("power_law").function(current, rng.uniform(60, 90, (11_000, 1)), rng.uniform(8, 40, (11_000, 1)), 0.01, 1e-4)
        keywords = {"model": "power_law", "x": current}
        keywords |= {"meta": {"tap_distance": "1 cm"}} if "gaps" in kind else {"axes": {"tap_distance": (np.where(np.arange(11_000) % 3 > 0, 1.0, 2.0), "cm")}}
    else:
        field = np.linspace(-0.03, 0.03, 60)
        Y = fk.get_model("hln_spin_orbit").function(field, 1.0, np.exp(rng.uniform(-14.5, -13.5, (11_000, 1))), np.exp(rng.uniform(-7, -5, (11_000, 1))), 1 / 3, 0.0, 1 / 3, 0.0)
        keywords = {"model": "hln_spin_orbit", "x": field, "background": ["offset"]}
    Y = Y + 0.01 * np.ptp(Y, axis=1)[:, None] * rng.normal(size=Y.shape)
    if kind == "grids of their own":
        Y[rng.uniform(size=Y.shape) < 0.05] = np.nan
    if kind == "gaps here and there":
        Y[rng.integers(0, 7000, 5), 30] = np.nan
    keywords |= {"Y": Y, "correlation": False}
    return keywords, fk.fit_many(**keywords, threads=1)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=4, deadline=None)
@given(threads=st.sampled_from([1, 2]), chunk=st.one_of(st.none(), st.integers(1, 12_000)))
def test_threads_and_pieces(kind, threads, chunk):
    keywords, whole = case(kind)
    other = fk.fit_many(**keywords, threads=threads, chunk=chunk)
    for a, b in ((whole.table.values, other.table.values), (whole.table.errors, other.table.errors)):
        assert np.array_equal(np.isnan(a), np.isnan(b))
        scale = np.where(np.isnan(a) | (a == 0), 1.0, np.abs(a))
        assert np.nanmax(np.abs(a - b) / scale) <= 1e-12
    assert np.array_equal(whole.table.codes, other.table.codes) and np.array_equal(whole.table.sides, other.table.sides)
