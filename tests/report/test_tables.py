"""Tables: CSV, Origin, LaTeX, Markdown. Rounded by the error; a verdict is never lost."""

import csv
import io
import re

import numpy as np
import pytest
from click.testing import CliRunner

import fitkit as fk
from fitkit.cli import main
from fitkit.measured import Measured
from fitkit.report.grid import Column, Grid
from fitkit.report.tables import _csv, _latex, _markdown, round_by_error, siunitx


def film(T, L, reach=0.3, points=101):
    field = np.linspace(-reach, reach, points)
    values = fk.get_model("hln").function(field, 0.9, L) + np.random.default_rng(T).normal(0, 3e-8, points)
    return fk.dataset(field=(field, "T"), delta_conductance=(values, "S"), temperature=f"{T} K", name=f"film_{T}&K")


@pytest.fixture(scope="module")
def series():
    return fk.fit("hln", [film(2, 300e-9), film(4, 200e-9), film(8, 120e-9), film(16, 120e-9, 0.003, 41)])


# every kind of value there is, with what a reader must find
KINDS = {
    "ok": (Measured(352.78, 2.65, "nm", "fit", "ok"), "353(3)"),
    "two digits": (Measured(99.93, 1.57, "K", "fit", "ok"), "99.9(1.6)"),
    "small": (Measured(1.234e-7, 2.2e-9, "S", "fit", "ok"), "1.23(2)e-07"),
    "upper limit": (Measured(3.0, None, "nm", "fit", "limit", limit="<", bound=7.123), "< 7.12"),
    "lower limit": (Measured(900.0, None, "nm", "fit", "limit", limit=">"), "> 900"),
    "not determined": (Measured(1e19, 5e19, "s", "fit", "not determined"), "not determined"),
    "ambiguous": (Measured(120.0, 2.0, "nm", "fit", "ambiguous"), "120(2) (ambiguous)"),
    "conditional": (Measured(0.5, 0.1, "", "fit", "conditional"), "0.50(10) (conditional)"),
    "fixed": (Measured(1.0, None, "", "fit", "fixed"), "1 (fixed)"),
    "failed": (Measured(np.nan, None, "", "fit", "failed", "too few points"), "not fitted"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_no_verdict_is_lost(kind):
    value, wanted = KINDS[kind]
    grid = Grid((Column("quantity", value.unit, measured=True),), ((value,),))
    markdown = _markdown(grid).splitlines()[2].strip("| ").replace("\\", "")
    assert markdown == wanted
    latex = _latex(grid).splitlines()[5].removesuffix(r" \\")
    plain = re.sub(r"\\num\{([<>]?)(.*?)\}", r"\1 \2", latex).strip()
    assert plain == wanted.replace("(1.6)", "(16)")      # the error in units of the last digit
    verdict = next(csv.DictReader(io.StringIO(_csv(grid, False, True))))["quantity_verdict"]
    assert verdict == {"upper limit": "limit <", "lower limit": "limit >", "two digits": "ok", "small": "ok"}.get(kind, kind)


def test_rounding_by_the_error():
    """Two digits of an error below 2 and one above, the value to the same digit (as the numbers in brackets)."""
    assert round_by_error(0.0046812, 0.000142) == ("0.00468", "0.00014")
    assert round_by_error(352.78, 2.65) == ("353", "3") and round_by_error(1068.2, 31.0) == ("1070", "30")
    assert round_by_error(-1.234e-7, 2.2e-9) == ("-0.000000123", "0.000000002")
    assert round_by_error(9.96, 0.0197) == ("9.96", "0.02") and round_by_error(2.0, None) == ("2", None)


def test_csv_of_a_limit_holds_the_limit():
    grid = Grid((Column("L", "nm", measured=True),), ((KINDS["upper limit"][0],),))
    row = next(csv.DictReader(io.StringIO(_csv(grid, False, False))))
    assert row == {"L (nm)": "7.123", "L_err (nm)": "", "L_verdict": "limit <"}


def test_rounded_csv_is_within_the_last_digit(series):
    exact = list(csv.DictReader(io.StringIO(series.to_csv())))
    rounded = list(csv.DictReader(io.StringIO(series.to_csv(rounded=True))))
    for a, b in zip(exact[:3], rounded):
        assert len(b["L_phi (nm)"]) <= 6 and abs(float(a["L_phi (nm)"]) - float(b["L_phi (nm)"])) < 0.5 * float(a["L_phi_err (nm)"])
    assert "not determined" in rounded[3]["remark"]


def test_origin_rows(series):
    rows = list(csv.reader(io.StringIO(series.to_csv(origin=True))))
    place = rows[0].index("L_phi")
    assert rows[1][place] == "nm" and rows[2][place] == "phase coherence length" and rows[0][place + 1] == "L_phi_err" and len({len(row) for row in rows}) == 1


def test_latex(series):
    text = series.to_latex()
    lines = [line for line in text.splitlines() if not line.startswith("%")]
    assert lines[0] == r"\begin{tabular}{lllllll}" and lines[-1] == r"\end{tabular}"
    assert {line for line in lines if line.endswith("rule")} == {r"\toprule", r"\midrule", r"\bottomrule"}
    rows = [line for line in lines if line.endswith(r"\\")]
    assert {len(re.split(r"(?<!\\)&", row)) for row in rows} == {7}
    assert r"$L_\varphi$ (\unit{\nano\metre})" in rows[0] and r"film\_2\&K" in rows[1] and "not determined" in rows[-1]
    numbers = re.findall(r"\\num\{(.*?)\}", text)
    assert numbers and all(re.fullmatch(r"[<>]?-?\d+(\.\d+)?(\(\d+\))?(e[-+]?\d+)?", one) for one in numbers)     # what siunitx reads
    assert text.count("{") == text.count("}")


def test_single_fit_has_a_row_for_each_quantity():
    one = fk.fit("hln", film(2, 300e-9).with_meta(diffusivity="10 cm2/s"))
    lines = one.to_markdown().splitlines()
    assert lines[0] == "| quantity | symbol | value | unit | meaning |" and len({line.count("|") for line in lines if line.startswith("|")}) == 1
    assert any(line.startswith(r"| L\_phi | $L_\varphi$ | " + one["L_phi"].number + " | nm | phase coherence length") for line in lines)
    assert any(line.startswith(r"| tau\_phi") for line in lines)


def test_series_keeps_what_was_left_out(series):
    lengths = series.series("temperature", "L_phi")
    for form, comment in (("markdown", ""), ("latex", "% ")):
        text = fk.table_of(lengths, form)
        assert series["L_phi"][0].number in text and text.count("\n", text.index("left out")) >= 1 and comment in text
    assert len(fk.table_of(lengths, "csv").splitlines()) == 4


def test_units_for_siunitx():
    assert siunitx("uV/cm") == r"\unit{\micro\volt\per\centi\metre}" and siunitx("cm2/s") == r"\unit{\centi\metre\squared\per\second}"
    assert siunitx("1/ns") == r"\unit{\per\nano\second}" and siunitx("meV nm") == r"\unit{\milli\electronvolt\nano\metre}"
    assert siunitx("e^2/h") == r"\ensuremath{\mathrm{e^{2}/h}}" and siunitx("emu/cm3") == r"\ensuremath{\mathrm{emu/cm^{3}}}" and siunitx("") == ""


def test_comparisons_scans_and_budgets_have_tables(samples):
    tape = fk.drop_quench(fk.load(samples / "voltage_current" / "tape_77K.csv", tap_distance="1 cm"))
    for thing, word in ((fk.compare(["power_law", "anderson_kim"], tape), "AICc"), (fk.scan_window("power_law", tape, "current", steps=4), "plateau"),
                        (fk.error_budget(fk.fit("power_law", tape)), "tap distance")):
        for form in ("csv", "origin", "latex", "markdown"):
            assert word in fk.table_of(thing, form)
    with pytest.raises(fk.FitkitError, match="no table of str"):
        fk.table_of("text")
    with pytest.raises(fk.FitkitError, match="no table 'word'"):
        fk.table_of(tape, "word")


def test_written_by_its_ending(series, tmp_path):
    for name, word in (("a.csv", "L_phi (nm)"), ("a.tex", r"\toprule"), ("a.md", "| --- |")):
        assert word in fk.write_table(tmp_path / name, series).read_text(encoding="utf-8")
    with pytest.raises(fk.FitkitError, match="a.csv"):
        fk.write_table(tmp_path / "a.csv", series)
    with pytest.raises(fk.FitkitError, match=r"a table ends in \.csv, \.tex, \.md"):
        fk.write_table(tmp_path / "a.doc", series)
    assert fk.write_table(tmp_path / "a.csv", series, form="origin", overwrite=True).read_text(encoding="utf-8").startswith("dataset,")


# -- on the command line ------------------------------------------------------------------------------------------------

def fitkit(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


def test_saved_results_become_tables_and_figures(series, tmp_path):
    folder = series.save(tmp_path / "out", windows=False)
    shown = fitkit("table", folder)
    assert shown.exit_code == 0 and shown.stdout == series.to_markdown()
    assert fitkit("table", folder, "--as", "latex").stdout == series.to_latex()
    assert fitkit("table", folder / "result.json", "--as", "csv").stdout == series.to_csv()
    one = fitkit("table", folder, "--dataset", "film_4&K")
    assert one.stdout.startswith("| quantity | symbol |") and series["L_phi"][1].number in one.stdout
    assert series["L_phi"][0].number in fitkit("table", folder, "--series", "temperature,L_phi").stdout
    assert fitkit("table", folder, "--out", tmp_path / "t.tex").exit_code == 0 and r"\toprule" in (tmp_path / "t.tex").read_text(encoding="utf-8")
    for words in (["--width", "double"], ["--dataset", "film_2&K", "--view", "log"], ["--series", "temperature,L_phi", "--view", "log"], ["--no-band", "--overwrite"]):
        name = tmp_path / ("_".join(words[:2]).strip("-").replace("&", "") .replace(",", "") + ".pdf")
        done = fitkit("plot", folder, name, *words)
        assert done.exit_code == 0 and name.read_bytes().startswith(b"%PDF"), done.output
    assert fitkit("plot", folder, name).exit_code == 2      # it is there already
    for wrong in (["plot", folder, tmp_path / "x.pdf", "--width", "triple"], ["plot", folder, tmp_path / "x.pdf", "--series", "temperature"], ["table", folder, "--dataset", "none"],
                  ["table", tmp_path], ["table", folder, "--series", "temperature"], ["plot", folder, tmp_path / "x.doc"]):
        done = fitkit(*wrong)
        assert done.exit_code == 2 and "Traceback" not in done.output, wrong


def test_fit_prints_a_table_and_compares(samples, tmp_path):
    path = samples / "voltage_current" / "tape_77K.csv"
    done = fitkit("fit", "power_law", path, "--set", "tap_distance=1cm", "--as", "latex")
    assert done.exit_code == 0 and done.stdout.lstrip("% ").startswith("needs") and r"\num{" in done.stdout
    assert fitkit("fit", "power_law", path, "--set", "tap_distance=1cm", "--as", "csv", "--json").exit_code == 2
    done = fitkit("fit", "power_law", path, "--set", "tap_distance=1cm", "--compare", "anderson_kim", "--budget", "Ic", "--no-windows", "--out", tmp_path / "out")
    assert done.exit_code == 0 and "cannot be distinguished" in done.stdout and "beside=comparisons + budgets, windows=False" in done.stderr
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Comparison of laws" in page and "Error budget of" in page and "Refitted in smaller windows" not in page
    again = fitkit("fit", "power_law", path, "--set", "tap_distance=1cm", "--compare", "anderson_kim", "--json").stdout
    assert '"comparisons"' in again
