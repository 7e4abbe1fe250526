"""NIST's certified nonlinear problems as user laws: six digits in every parameter and every standard error, from both starts."""

import nist
import pytest


@pytest.mark.parametrize("start", [1, 2])
@pytest.mark.parametrize("name", nist.PROBLEMS)
def test_certified_values(name, start):
    parameters, errors, result = nist.solve(name, start)
    assert parameters >= 6, result
    # the residuals of Lanczos1 are 1e-13 of the data: rounding leaves three digits of them
    assert errors >= (3 if name == "Lanczos1" else 6), result


def test_certified_table_is_read():
    """The reader of the tables: all 27 problems, sums of squares of the certified parameters agree with the certified ones."""
    assert len(nist.PROBLEMS) == 27
    for name, (function, _) in nist.PROBLEMS.items():
        first, second, certified, deviations, data = nist.read(name)
        y, *x = data
        assert len(first) == len(second) == len(certified) == len(deviations)
        text = (nist.FOLDER / f"{name}.dat").read_text(encoding="ascii")
        stated = float(text.split("Residual Sum of Squares:")[1].split()[0])
        rest = (nist.np.log(y) if name == "Nelson" else y) - function(*x, *certified)
        assert float(rest @ rest) == pytest.approx(stated, rel=1e-3 if name == "Lanczos1" else 1e-6), name
