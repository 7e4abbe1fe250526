"""The 27 nonlinear problems of NIST's Statistical Reference Datasets as laws that a user would write."""

import math
import re
from pathlib import Path

import numpy as np

import fitkit as fk

FOLDER = Path(__file__).parent.parent / "reference" / "nist"


def misra1a(x, b1, b2):
    return b1 * (1 - np.exp(-b2 * x))


def misra1b(x, b1, b2):
    return b1 * (1 - (1 + b2 * x / 2) ** -2)


def misra1c(x, b1, b2):
    return b1 * (1 - (1 + 2 * b2 * x) ** -0.5)


def misra1d(x, b1, b2):
    return b1 * b2 * x / (1 + b2 * x)


def chwirut(x, b1, b2, b3):
    return np.exp(-b1 * x) / (b2 + b3 * x)


def dan_wood(x, b1, b2):
    return b1 * x**b2


def lanczos(x, b1, b2, b3, b4, b5, b6):
    return b1 * np.exp(-b2 * x) + b3 * np.exp(-b4 * x) + b5 * np.exp(-b6 * x)


def gauss(x, b1, b2, b3, b4, b5, b6, b7, b8):
    return b1 * np.exp(-b2 * x) + b3 * np.exp(-(((x - b4) / b5) ** 2)) + b6 * np.exp(-(((x - b7) / b8) ** 2))


def roszman1(x, b1, b2, b3, b4):
    return b1 - b2 * x - np.arctan(b3 / (x - b4)) / math.pi


def enso(x, b1, b2, b3, b4, b5, b6, b7, b8, b9):
    year, first, second = (2 * math.pi * x / period for period in (12, b4, b7))
    return b1 + b2 * np.cos(year) + b3 * np.sin(year) + b5 * np.cos(first) + b6 * np.sin(first) + b8 * np.cos(second) + b9 * np.sin(second)


def mgh09(x, b1, b2, b3, b4):
    return b1 * (x**2 + x * b2) / (x**2 + x * b3 + b4)


def mgh10(x, b1, b2, b3):
    return b1 * np.exp(b2 / (x + b3))


def mgh17(x, b1, b2, b3, b4, b5):
    return b1 + b2 * np.exp(-x * b4) + b3 * np.exp(-x * b5)


def cubic_over_cubic(x, b1, b2, b3, b4, b5, b6, b7):
    return (b1 + b2 * x + b3 * x**2 + b4 * x**3) / (1 + b5 * x + b6 * x**2 + b7 * x**3)


def kirby2(x, b1, b2, b3, b4, b5):
    return (b1 + b2 * x + b3 * x**2) / (1 + b4 * x + b5 * x**2)


def nelson(x1, x2, b1, b2, b3):
    return b1 - b2 * x1 * np.exp(-b3 * x2)


def rat42(x, b1, b2, b3):
    return b1 / (1 + np.exp(b2 - b3 * x))


def rat43(x, b1, b2, b3, b4):
    return b1 / (1 + np.exp(b2 - b3 * x)) ** (1 / b4)


def eckerle4(x, b1, b2, b3):
    return b1 / b2 * np.exp(-(((x - b3) / b2) ** 2) / 2)


def bennett5(x, b1, b2, b3):
    return b1 * (b2 + x) ** (-1 / b3)


# problem: function and the parameters that enter linearly
PROBLEMS = {
    "Misra1a": (misra1a, "b1"), "Chwirut2": (chwirut, ""), "Chwirut1": (chwirut, ""), "Lanczos3": (lanczos, "b1 b3 b5"), "Gauss1": (gauss, "b1 b3 b6"),
    "Gauss2": (gauss, "b1 b3 b6"), "DanWood": (dan_wood, "b1"), "Misra1b": (misra1b, "b1"), "Kirby2": (kirby2, "b1 b2 b3"), "Hahn1": (cubic_over_cubic, "b1 b2 b3 b4"),
    "Nelson": (nelson, "b1 b2"), "MGH17": (mgh17, "b1 b2 b3"), "Lanczos1": (lanczos, "b1 b3 b5"), "Lanczos2": (lanczos, "b1 b3 b5"), "Gauss3": (gauss, "b1 b3 b6"),
    "Misra1c": (misra1c, "b1"), "Misra1d": (misra1d, "b1"), "Roszman1": (roszman1, "b1 b2"), "ENSO": (enso, "b1 b2 b3 b5 b6 b8 b9"), "MGH09": (mgh09, "b1"),
    "Thurber": (cubic_over_cubic, "b1 b2 b3 b4"), "BoxBOD": (misra1a, "b1"), "Rat42": (rat42, "b1"), "MGH10": (mgh10, "b1"), "Eckerle4": (eckerle4, "b1"),
    "Rat43": (rat43, "b1"), "Bennett5": (bennett5, "b1"),
}


def read(name):
    """(starts 1, starts 2, certified values, certified standard deviations, data as columns y, x...) of a problem."""
    lines = (FOLDER / f"{name}.dat").read_text(encoding="ascii").splitlines()
    number = r"[-+]?[\d.]+(?:E[-+]?\d+)?"
    table = np.array([[float(one) for one in re.findall(number, line.partition("=")[2])] for line in lines[:60] if re.match(r"\s*b\d\s*=", line)])
    start, _, end = re.search(r"Data\s+\(lines (\d+) (to) (\d+)\)", "\n".join(lines)).groups()
    return (*table.T, np.array([[float(one) for one in line.split()] for line in lines[int(start) - 1: int(end)]]).T)


def law_and_data(name):
    """The problem as a law and a dataset; y of Nelson is the logarithm."""
    function, linear = PROBLEMS[name]
    _, _, certified, _, (y, *x) = read(name)
    names = ["x"] if len(x) == 1 else ["x1", "x2"]
    law = fk.Model(name=name, function=function, x=tuple(fk.Column(one, "") for one in names), y=fk.Column("y", ""),
                   params=tuple(fk.Param(f"b{k + 1}", linear=f"b{k + 1}" in linear.split()) for k in range(len(certified))))
    return law, fk.dataset(name=name, y=(np.log(y) if name == "Nelson" else y, ""), **{one: (values, "") for one, values in zip(names, x)})


def digits(found, wanted):
    """Correct digits of the worst of several numbers (NIST's log relative error), at most 11."""
    with np.errstate(divide="ignore"):
        return float(np.min(np.minimum(-np.log10(np.abs(np.subtract(found, wanted)) / np.abs(wanted)), 11.0)))


def solve(name, which, only_nonlinear=False):
    """(digits of the parameters, digits of the standard errors) from start 1 or 2."""
    law, data = law_and_data(name)
    certified, deviations = read(name)[2:4]
    begin = {param.name: float(value) for param, value in zip(law.params, read(name)[which - 1]) if not (only_nonlinear and param.linear)}
    result = fk.fit(law, data, start=begin, errors="white")
    found = [result[param.name] for param in law.params]
    return digits([one.value for one in found], certified), digits([math.nan if one.error is None else one.error for one in found], deviations), result
