"""Joint fits by blocks: the same optimum, errors and verdicts as all points in one dense Jacobian."""

import math
from dataclasses import replace

import numpy as np
import pytest

import fitkit as fk
from fitkit.fitting import blocks, run, solve, start
from fitkit.fitting.blocks import Blocks
from fitkit.fitting.together import Together
from fitkit.fitting.uncertainty import autocorrelation, covariance

HLN, DECAY, POWER = (fk.get_model(name) for name in ("hln", "log_decay", "power_law"))


def film(L_phi=150e-9, alpha=0.8, seed=0, noise=2e-8, points=121, reach=0.3, quadratic=0.0, errors=False, name=None, **meta):
    rng = np.random.default_rng(seed)
    field = np.linspace(-reach, reach, points)
    spread = noise * (np.linspace(0.5, 2, points) if errors else 1.0)
    y = HLN.function(field, alpha, L_phi) + 1e-7 * (seed + 1) + quadratic * field**2 + spread * rng.normal(size=points)
    columns = {"delta_conductance_err": (spread, "S")} if errors else {}
    return fk.dataset(field=(field, "T"), delta_conductance=(y, "S"), name=name or f"film {seed}", meta=meta, **columns)


def films(**options):
    return [film(L_phi, seed=seed, **options) for seed, L_phi in enumerate([300e-9, 200e-9, 120e-9, 90e-9])]


def slow_noise(seed, points, rho=0.8):
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=points)
    for index in range(1, points):
        noise[index] = rho * noise[index - 1] + math.sqrt(1 - rho**2) * noise[index]
    return noise


def correlated_films():
    return [data.with_columns({"delta_conductance": data["delta_conductance"] + 3e-8 * slow_noise(seed, len(data))}) for seed, data in enumerate(films())]


def whitened_films():
    found = []
    for seed, data in enumerate(films(noise=0.0)):
        distance = np.abs(np.subtract.outer(np.arange(len(data)), np.arange(len(data))))
        matrix = (2e-8) ** 2 * (0.5**distance + 0.2 * np.eye(len(data)))
        noise = np.linalg.cholesky(matrix) @ np.random.default_rng(seed).normal(size=len(data))
        found.append(replace(data.with_columns({"delta_conductance": data["delta_conductance"] + noise}), covariance={"delta_conductance": matrix}))
    return found


def decays(**meta):
    found = []
    for seed, (first, points) in enumerate([(30.0, 60), (35.0, 60), (50.0, 57)]):
        rng = np.random.default_rng(seed)
        time = np.geomspace(first, 300 * first, points)
        y = 1e-6 * (1 - 0.05 * (1 + 0.2 * seed) * np.log((time + 40.0) / 500)) + 1e-10 * rng.normal(size=points)
        found.append(fk.dataset(time=(time, "s"), moment=(y, "A m2"), temperature=f"{5 + seed} K", name=f"decay {seed}", **meta))
    return found


def tapes():
    found = []
    for seed, (Ic, distance, points) in enumerate([(100.0, 0.01, 150), (80.0, 0.02, 150), (60.0, 0.01, 90)]):
        rng = np.random.default_rng(seed)
        current = np.linspace(-0.02, 1.05, points) * Ic
        y = POWER.function(current, Ic, 25.0, distance, 1e-4) + 0.3e-6 + rng.normal(0, 0.1e-6, points)
        found.append(fk.dataset(current=(current, "A"), voltage=(y * 1e6, "uV"), tap_distance=f"{100 * distance} cm", name=f"tape {seed}"))
    return found


def scalar_law():
    """A law of a user that takes one curve at a time once it sees rows of x."""
    def saturating(field, size, width):
        if np.ndim(field) > 1:
            raise ValueError("one curve at a time")
        return size * (1 - np.exp(-(field / width) ** 2))

    return fk.Model(name="saturating", function=saturating, x=fk.Column("field", "T"), y=fk.Column("voltage", "V"),
                    params=(fk.Param("size", "y", linear=True), fk.Param("width", "T", positive=True, scan=lambda field: np.geomspace(0.02, 2, 40))))


def saturating_curves():
    field = np.linspace(0, 1, 40)
    return [fk.dataset(field=(field + 0.001 * seed, "T"), voltage=(size * (1 - np.exp(-(field / 0.3) ** 2)) + np.random.default_rng(seed).normal(0, 0.01, 40), "V"),
                       name=f"curve {seed}") for seed, size in enumerate([1.0, 2.0, 3.0])]


CASES = {
    "shared linear": (HLN, films, {"share": ["alpha"]}),
    "backgrounds": (HLN, lambda: films(quadratic=1e-6), {"share": ["alpha", "quadratic"], "background": ["offset", "quadratic"]}),
    "no background": (HLN, films, {"share": ["alpha"], "background": []}),
    "given errors": (HLN, lambda: films(errors=True), {"share": ["alpha"]}),
    "lengths": (HLN, lambda: [film(L, seed=seed, points=points) for seed, (L, points) in enumerate([(300e-9, 121), (200e-9, 110), (120e-9, 31), (90e-9, 30)])], {"share": ["alpha"]}),
    "lengths and errors": (HLN, lambda: [film(L, seed=seed, points=points, errors=True) for seed, (L, points) in enumerate([(300e-9, 121), (200e-9, 110), (120e-9, 31)])],
                           {"share": ["alpha"]}),
    "fixed for some": (HLN, films, {"share": ["alpha"], "fix": {"L_phi": {"film 1": 205}, "offset": {"film 2": "3e-7 S"}}}),
    "shared and fixed": (HLN, films, {"share": ["alpha"], "fix": {"alpha": 0.8}}),
    "at a bound": (HLN, films, {"share": ["alpha"], "bounds": {"L_phi": {"film 2": (None, 110)}}}),
    "shared at a bound": (HLN, films, {"share": ["alpha"], "bounds": {"alpha": (0.9, None)}}),
    "bounded and free": (HLN, films, {"share": ["alpha"], "bounds": {"L_phi": (10, "2 um")}, "start": {"L_phi": 100}}),
    "whitened": (HLN, whitened_films, {"share": ["alpha"]}),
    "correlated": (HLN, correlated_films, {"share": ["alpha"]}),
    "shared nonlinear": (HLN, lambda: [film(150e-9, alpha, seed) for seed, alpha in enumerate([0.5, 0.8, -0.5])], {"share": ["L_phi"]}),
    "shared nonlinear, other grids": (HLN, lambda: [film(150e-9, alpha, seed, reach=reach) for seed, (alpha, reach) in enumerate([(0.5, 0.3), (0.8, 0.1), (1.0, 0.5)])],
                                      {"share": ["L_phi"]}),
    "all shared": (HLN, lambda: [film(seed=0, name="a"), film(seed=0, name="b")], {"share": ["alpha", "L_phi", "offset"]}),
    "by key": (HLN, lambda: [film(L, alpha, seed, sample=sample) for seed, (L, alpha, sample) in
                             enumerate([(300e-9, 0.7, "A"), (200e-9, 0.7, "A"), (300e-9, 1.1, "B"), (150e-9, 1.1, "B"), (90e-9, 0.9, "C")])], {"share": {"alpha": "sample"}}),
    "by key and all": (HLN, lambda: [film(200e-9, alpha, seed, sample=sample) for seed, (alpha, sample) in enumerate([(0.7, "A"), (0.7, "A"), (1.1, "B"), (1.1, "B")])],
                       {"share": {"alpha": "sample", "L_phi": ""}}),
    "a curve without signal": (HLN, lambda: [*films(), film(150e-9, 0.0, 9, name="empty")], {"share": ["L_phi"]}),
    "a noisy curve": (HLN, lambda: [*films(), film(150e-9, 0.8, 9, noise=5e-6, name="noisy")], {"share": ["alpha"]}),
    "coefficients": (POWER, tapes, {"share": ["n"]}),
    "coefficients shared": (POWER, lambda: tapes()[:1] + [tapes()[0].renamed("again")], {"share": ["Ic", "n"]}),
    "knowns": (DECAY, decays, {"share": ["t_shift"], "free": ["t_shift"]}),
    "uncertain knowns": (DECAY, lambda: decays(time_origin_err=fk.Measured(5, None, "s")), {"share": ["M_r"]}),
    "one curve at a time": (scalar_law(), saturating_curves, {"share": ["width"]}),
}


def looked_at(monkeypatch, law, data, **options):
    """The result with what the assessment was given."""
    given = {}

    def keep(law, problem, theta, chi2, refined, admissible, fixed, compressed=None, loss=None):
        given.update(problem=problem, theta=theta, chi2=chi2, compressed=compressed, fixed=fixed)
        return assessed(law, problem, theta, chi2, refined, admissible, fixed, compressed, loss)

    assessed = run.assessed
    monkeypatch.setattr(run, "assessed", keep)
    return fk.fit(law, data, **options), given


def dense_covariance(problem, theta, moving):
    """s^2 J+ R J+^T with the pseudo-inverse of the whole Jacobian and the matrix R written out; (covariance, whether any curve is correlated).

    A variable at its bound has no error; those of the ``moving`` ones hold with it there.
    """
    residuals, jacobian = problem.residuals_and_jacobian(theta)
    jacobian = jacobian[moving]
    norms = np.linalg.norm(jacobian, axis=1)
    inverse = np.linalg.pinv((jacobian / norms[:, None]).T)
    correlated, row = np.eye(len(residuals)), 0
    for curve, size, local in zip(problem.curves, problem.sizes, problem.local):
        one = autocorrelation(residuals[row:row + size], curve.groups, len(local))
        if curve.whitener is None and one.significant:
            correlated[row:row + size, row:row + size] = one.rho ** np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
        row += size
    given = problem.curves[0].y_err is not None or problem.curves[0].whitener is not None
    projector = (jacobian / norms[:, None]).T @ inverse
    variance = 1.0 if given else float(residuals @ residuals) / (len(residuals) - np.trace(projector @ correlated))
    inverse = inverse / norms[:, None]
    matrix = np.zeros((len(theta), len(theta)))
    matrix[np.ix_(moving, moving)] = inverse @ correlated @ inverse.T * variance
    return matrix, not np.array_equal(correlated, np.eye(len(residuals)))


@pytest.mark.parametrize("case", CASES)
def test_blocks_equal_the_dense_problem(monkeypatch, case):
    law, make, options = CASES[case]
    result, seen = looked_at(monkeypatch, law, make(), **options)
    problem, theta, chi2 = seen["problem"], seen["theta"], seen["chi2"]
    assert seen["compressed"] is not None
    found = result.statistics.covariance
    deviation = np.sqrt(np.diag(found))
    moving = np.flatnonzero(deviation > 0)
    assert len(moving) == len(theta) - ("bound" in case.split())
    matrix, correlated = dense_covariance(problem, theta, moving)
    if case == "uncertain knowns":
        assert np.all(np.diag(found) >= np.diag(matrix) * (1 - 1e-9)) and np.diag(found).max() > 1.02 * np.diag(matrix).max()
        matrix = as_assessed(problem, theta)
    assert np.allclose(found, matrix, rtol=1e-6, atol=1e-7 * np.outer(deviation, deviation)), "covariance"
    assert correlated == (case == "correlated") or case not in ("correlated", "shared linear")

    # from somewhere else, all points in one Jacobian
    below, above = (np.array([getattr(variable, side) for variable in problem.variables]) for side in ("low", "high"))
    away = np.clip(theta + 0.5 * deviation * np.random.default_rng(1).choice([-1, 1], len(theta)), below, above)
    away = np.where(problem.log & (away <= 0), theta, away)
    first, first_chi2 = solve.levenberg(problem, away)
    dense, dense_chi2 = solve.polish(problem, first)
    assert chi2 <= min(first_chi2, dense_chi2) * (1 + 1e-12)
    assert np.all(np.abs(theta - dense) <= 1e-8 * np.abs(dense) + 1e-6 * deviation), "optimum"
    alone, alone_chi2 = Blocks(problem, away).levenberg(away)
    assert alone_chi2 <= chi2 * (1 + 1e-10)
    assert np.all(np.abs(alone - dense) <= 1e-8 * np.abs(dense) + 1e-5 * deviation), "optimum of the block solver alone"


def as_assessed(problem, theta):
    """The dense covariance with the effect of the time origin, by the function that single fits use."""
    residuals, jacobian = problem.residuals_and_jacobian(theta)
    pieces, columns, row = [], [], 0
    for curve, size, values in zip(problem.curves, problem.sizes, problem.locals_of(theta)):
        part = slice(row, row + size)
        column = np.zeros(problem.points)
        column[part] = curve.weigh(curve.evaluate(values)[1][curve.names.index("t_shift")])
        one = autocorrelation(residuals[part], curve.groups, len(curve.names) - 1)
        pieces.append((part, one.rho if one.significant else 0.0, curve.groups))
        columns.append((column, 5.0))
        row += size
    return covariance(jacobian, residuals, pieces, given=False, systematic=columns).covariance


def test_compressed_rows_hold_what_all_rows_hold(monkeypatch):
    _, seen = looked_at(monkeypatch, HLN, films(points=60), share=["alpha"])
    problem, theta, compressed = seen["problem"], seen["theta"], seen["compressed"]
    residuals, jacobian = problem.residuals_and_jacobian(theta)
    small = compressed.jacobian()
    assert small.shape == (len(theta), 4 * 4) and np.allclose(small @ small.T, jacobian @ jacobian.T, rtol=1e-12)
    norms = np.linalg.norm(jacobian, axis=1)[:, None]
    assert np.allclose(np.linalg.svd(small / norms)[1], np.linalg.svd(jacobian / norms)[1], rtol=1e-12)
    # away from the centre the compressed rows are those of the law, not of its tangent
    u = 0.05 * np.random.default_rng(0).normal(size=len(theta))
    near, slopes = compressed.scaled(u)
    step = 1e-6
    for index in range(len(u)):
        moved = u.copy()
        moved[index] += step
        assert np.allclose((compressed.scaled(moved)[0] - near) / step, slopes[index], rtol=1e-3, atol=1e-4 * np.abs(slopes[index]).max())


def test_lmfit_ends_where_all_rows_end_from_a_little_off():
    """The optimum of the compressed rows is off by the third power of the distance of their centre."""
    data = films()
    curves = [run.bind(HLN, one) for one in data]
    settings = run.Settings(HLN, [one.name for one in data], {"alpha": ""}, {}, (), {}, {}, None)
    problem = run._problem(settings, curves, [{} for _ in curves])
    joint = Blocks(problem, np.array([0.8, 3e-7, 1e-7, 2e-7, 2e-7, 1.2e-7, 3e-7, 9e-8, 4e-7]))
    best, chi2 = joint.levenberg(np.array([0.8, 3e-7, 1e-7, 2e-7, 2e-7, 1.2e-7, 3e-7, 9e-8, 4e-7]))
    deviation = np.sqrt(np.diag(dense_covariance(problem, best, np.arange(len(best)))[0]))
    off = []
    for distance in (0.3, 0.03):
        polished, new, _ = joint.polish(best + distance * deviation, math.inf)
        off.append(np.max(np.abs(polished - best) / deviation))
    assert off[0] < 1e-3 and off[1] < 1e-6


def test_stacks_hold_curves_of_about_one_length(monkeypatch):
    _, seen = looked_at(monkeypatch, HLN, [film(seed=seed, points=points) for seed, points in enumerate([100, 30, 90, 31])], share=["alpha"])
    assert sorted(stack.numbers for stack in seen["compressed"].blocks.stacks) == [[0, 2], [1, 3]]
    law, make, options = CASES["one curve at a time"]
    _, seen = looked_at(monkeypatch, law, make(), **options)
    assert all(stack.alone for stack in seen["compressed"].blocks.stacks)


def test_a_law_that_changes_in_a_stack_is_evaluated_alone(monkeypatch):
    """Nothing raises, but the numbers differ: one look at a single curve finds it."""
    def saturating(field, size, width):
        return size * (1 - np.exp(-(field / width) ** 2)) * np.max(field)

    law = fk.Model(name="saturating", function=saturating, x=fk.Column("field", "T"), y=fk.Column("voltage", "V"),
                   params=(fk.Param("size", "y", linear=True), fk.Param("width", "T", positive=True, scan=lambda field: np.geomspace(0.02, 2, 40))))
    data = [one.with_columns({"field": one["field"] * factor}) for one, factor in zip(saturating_curves(), (1.2, 1.1, 1.0))]
    _, seen = looked_at(monkeypatch, law, data, share=["size"])
    assert all(stack.alone for stack in seen["compressed"].blocks.stacks)


@pytest.mark.parametrize("case", ["shared linear", "backgrounds", "no background", "given errors", "shared nonlinear", "coefficients shared", "fixed for some", "whitened", "knowns"])
def test_shared_scans_equal_single_ones(monkeypatch, case):
    law, make, options = CASES[case]
    _, seen = looked_at(monkeypatch, law, make(), **options)
    curves, fixed = seen["problem"].curves, seen["fixed"]
    for held in [fixed, *([{**one, name: value} for one in fixed] for name, value in (("alpha", 0.7), ("L_phi", 2e-7)) if name in curves[0].names)]:
        ours = Together(curves).best(held, [{}] * len(curves))
        for one, curve, stays in zip(ours, curves, held):
            theirs = start.candidates(curve, stays)[0]
            assert one.chi2 == pytest.approx(theirs.chi2, rel=1e-6) and one.admissible == theirs.admissible
            assert one.theta == pytest.approx(theirs.theta, rel=1e-6, abs=1e-12 * np.abs(curve.y).max())


def test_a_second_start_that_leads_to_a_known_optimum():
    data = films()
    curves = [run.bind(HLN, one) for one in data]
    settings = run.Settings(HLN, [one.name for one in data], {"alpha": ""}, {}, (), {}, {}, None)
    problem = run._problem(settings, curves, [{} for _ in curves])
    begin = np.array([0.8, 3e-7, 1e-7, 2e-7, 2e-7, 1.2e-7, 3e-7, 9e-8, 4e-7])
    joint = Blocks(problem, begin)
    best = joint.levenberg(begin)
    assert joint.levenberg(begin * 1.1, known=[best]) is best


def test_a_named_method_sees_all_points(monkeypatch):
    plain = fk.fit("hln", films(), share=["alpha"])
    for method in ("leastsq", "least_squares"):
        called = []
        monkeypatch.setattr(blocks.Compressed, "scaled", lambda self, u: called.append(u))
        named = fk.fit("hln", films(), share=["alpha"], method=method)
        assert not called and named["L_phi"].values == pytest.approx(plain["L_phi"].values, rel=1e-8)
        assert named["L_phi"].errors == pytest.approx(plain["L_phi"].errors, rel=1e-6)


def test_many_curves_share_a_nonlinear_parameter_from_the_scan():
    """Independent optima of weak curves are anywhere; the scan with the shared one held finds the common place."""
    data = [film(150e-9, alpha, seed, noise=4e-7) for seed, alpha in enumerate([0.2, -0.3, 0.4, 0.25, 0.3, -0.5, 0.35, 0.2])]
    result = fk.fit("hln", data, share=["L_phi"])
    assert abs(result["L_phi"].values[0] - 150) < 4 * result["L_phi"].errors[0]
    truth = np.array([0.2, -0.3, 0.4, 0.25, 0.3, -0.5, 0.35, 0.2])
    assert np.all(np.abs(result["alpha"].values - truth) < 5 * result["alpha"].errors)


def test_a_shared_parameter_has_one_verdict():
    """A caution of one dataset about a number that it shares holds wherever the number stands."""
    field, rng = np.linspace(-0.3, 0.3, 201), np.random.default_rng(0)
    law = fk.get_model("hln").function
    sweeps = [fk.dataset(field=(field, "T"), delta_conductance=(law(field - shift, 1.0, L_phi) + rng.normal(0, 2e-8, 201), "S"), name=name)
              for name, L_phi, shift in (("2 K", 300e-9, 0.0), ("4 K", 220e-9, 0.0), ("8 K", 150e-9, 3e-3))]
    result = fk.fit("hln", sweeps, share=["alpha"])
    assert [one["alpha"].verdict for one in result.fits] == 3 * ["not determined"]
    assert "shared with 8 K: the residuals change sign with the field" in result.fits[0]["alpha"].reason and result.fits[0]["L_phi"].verdict == "ok"
