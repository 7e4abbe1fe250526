"""The report as people see it: in a headless Chromium at desktop, laptop and print size. Scripts of reports run."""

import re
from html import unescape

import numpy as np
import pytest
from browser import chromium, measure, printed, screenshot, why_not

import fitkit as fk
from fitkit.report.html import report_page

SIZES = {"desktop": (1920, False), "laptop": (1280, False), "tablet": (800, False), "paper": (680, True)}     # 680: 180 mm of A4 at 96 dots per inch


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A Chromium that works; skips with its reason where there is none."""
    found = chromium()
    if reason := why_not(found, tmp_path_factory.mktemp("browser")):
        pytest.skip(reason)
    return found


@pytest.fixture(scope="module")
def page(tmp_path_factory, samples):
    """A report with everything a report may hold: a series with lost values, a failed dataset and long names; comparison, windows, budget, second stage."""
    rng = np.random.default_rng(7)
    law = fk.get_model("hln").function
    field = np.linspace(-0.3, 0.3, 101)
    films = [fk.dataset(field=(field, "T"), delta_conductance=(law(field, 0.9, L) + rng.normal(0, 3e-8, 101), "S"), temperature=f"{T} K",
                        name=f"Film_2026-11-21_cooldown3_bridge2_{T}K_sweep_up_and_down") for T, L in ((2, 300e-9), (4, 200e-9), (8, 120e-9))]
    short = np.linspace(-0.003, 0.003, 41)
    films.append(fk.dataset(field=(short, "T"), delta_conductance=(law(short, 0.9, 120e-9) + rng.normal(0, 3e-8, 41), "S"), temperature="16 K", name="film <16 K>"))
    films.append(fk.dataset(field=([0.0, 0.1], "T"), delta_conductance=([0.0, 1e-6], "S"), temperature="20 K", name="too few"))
    result = fk.fit("hln", films)
    tape = fk.drop_quench(fk.load(samples / "voltage_current" / "tape_77K.csv", tap_distance="1 cm"))
    wire = fk.fit("power_law", tape)
    lengths = fk.fit("coherence_length_power", result.series("temperature", "L_phi"))
    # late windows of evenly spaced times look like an absolute clock: their reason names the file, a long word
    folder = tmp_path_factory.mktemp("sample_2026-11-21_magnetometer_long_relaxation_after_field_step_at_low_temperature")
    time = np.linspace(10, 1e4, 400)
    moment = 1 - 0.02 * np.log(time) + 1e-4 * rng.normal(size=400)
    (folder / "run.csv").write_text("# temperature = 5 K\ntime [s], moment [emu]\n" + "\n".join(f"{t}, {m}" for t, m in zip(time, moment)), encoding="utf-8")
    decay = fk.fit("log_decay", fk.load(folder / "run.csv"))
    parts = [result, lengths, wire, decay, fk.compare(["hln", "ilp"], films[0]), fk.error_budget(wire), fk.compare(["power_law", "anderson_kim"], tape)]
    file = tmp_path_factory.mktemp("page") / "report.html"
    file.write_text(report_page(parts, title="Film and tape", windows=True), encoding="utf-8")
    return file


WORDS = ("Film and tape", "phase coherence length", "not determined", "not fitted", "Comparison of laws", "Refitted in smaller windows", "plateau", "Error budget", "tap distance",
         "What was done", "rests on", "For the methods section of a paper", "was fitted by least squares", "To reproduce it", "import fitkit as fk", "References",
         "Hikami", "sha256", "failed:", "one standard deviation", "film <16 K>", "E c = 1 uV/cm (assumed)")


@pytest.mark.parametrize("size", SIZES)
def test_everything_is_seen_and_nothing_is_cut(browser, page, tmp_path, size):
    width, paper = SIZES[size]
    found = measure(browser, page, tmp_path, width, paper)
    assert found["scroll"] == found["client"] == width, "the page scrolls sideways"
    assert not found["wide"] and not found["outside"], (found["wide"][:5], found["outside"][:5])
    assert not found["overlapping"], found["overlapping"][:5]
    text = re.sub(r"\s+", " ", found["text"])
    flat = text.replace(" ", "")
    assert not [word for word in WORDS if word.replace(" ", "") not in flat]
    assert found["figures"] >= 12


def test_measuring_finds_what_is_cut(browser, page, tmp_path):
    bad = tmp_path / "bad.html"
    wide = '<div style="width: 3000px">wide</div><div style="width: 50px; overflow: hidden; white-space: nowrap">cut off at fifty</div><p style="margin-bottom: -20px">a</p><p>b</p>'
    bad.write_text(page.read_text(encoding="utf-8").replace("<h1>", wide + "<h1>"), encoding="utf-8")
    found = measure(browser, bad, tmp_path, 1280)
    assert found["scroll"] > found["client"] and any("cut off" in one for one in found["wide"]) and found["outside"] and found["overlapping"]


@pytest.mark.parametrize("width, height", [(1920, 1080), (1280, 800)])
def test_screenshots_hold_ink(browser, page, tmp_path, width, height):
    from PIL import Image

    picture = np.asarray(Image.open(screenshot(browser, page, tmp_path, width, height)).convert("L"))
    assert picture.shape == (height, width)
    assert 0.005 < (picture < 128).mean() < 0.5      # neither blank nor black, in grey too
    assert (picture[:, -8:] > 250).all()             # nothing runs to the right edge


def test_prints_to_paper(browser, page, tmp_path):
    content = printed(browser, page, tmp_path).read_bytes()
    pages = len(re.findall(rb"/Type\s*/Page\b", content))
    assert content.startswith(b"%PDF") and 4 <= pages <= 25


def test_colours_keep_their_distance_in_grey(page):
    """Text of every colour of the page stands out from its ground without colour (WCAG: a contrast of 4.5)."""
    text = page.read_text(encoding="utf-8")
    colours = dict(re.findall(r"--(\w+): #([0-9a-f]{6})", text))

    def luminance(colour):
        channels = [int(colour[place:place + 2], 16) / 255 for place in (0, 2, 4)]
        return float(np.dot([0.2126, 0.7152, 0.0722], [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]))

    for ink in ("ink", "soft", "warn"):
        for ground in ("ffffff", colours["wash"], colours["warnwash"]):
            assert (luminance(ground) + 0.05) / (luminance(colours[ink]) + 0.05) > 4.5, (ink, ground)


def test_one_file_without_scripts_or_links(page):
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text and not re.findall(r"(?:href|src)=\"([^\"#][^\"]*)\"", text) and "@import" not in text and not re.search(r"url\((?!#)", text)


# -- the script of a report makes the result again ----------------------------------------------------------------------

def run_script(text, folder, monkeypatch):
    monkeypatch.chdir(folder)
    names = {}
    exec(compile(text, "script", "exec"), names)
    return names["result"]


def same(a, b):
    assert [one.name for one in a.fits] == [one.name for one in b.fits]
    for one, other in zip(a.fits, b.fits):
        assert {name: (value.value, value.error) for name, value in one.parameters.items()} == {name: (value.value, value.error) for name, value in other.parameters.items()}


def script_in(page):
    return unescape(re.search(r"<h3>To reproduce it</h3>\s*<pre>(.*?)</pre>", page, re.S)[1])


def test_script_from_one_file_with_sweeps(samples, tmp_path, monkeypatch):
    film = fk.load(samples / "magnetoresistance" / "film.dat", column={"resistance": "Bridge 1 Resistance (Ohms)"}, width="2 mm", length="4 mm")
    sweeps = [fk.magnetoconductance(one) for one in fk.split_sweeps(film)][1:5]
    result = fk.fit("hln", sweeps, share=["alpha"])
    folder = result.save(tmp_path / "out", windows=False)
    text = script_in((folder / "report.html").read_text(encoding="utf-8"))
    assert len(text.splitlines()) <= 6, text
    again = run_script(text, folder, monkeypatch)
    same(again, result)
    second = fk.fit("coherence_length_power", result.series("temperature", "L_phi"))
    same(run_script(second.script(), folder, monkeypatch), second)


def test_script_from_files_prepared_in_different_ways(samples, tmp_path, monkeypatch):
    runs = fk.load_all([str(samples / "relaxation" / f"relaxation_{T}K.csv") for T in ("05", "26")])
    runs.insert(1, fk.relaxation_segment(fk.load(samples / "relaxation" / "ramp_and_hold_12K.dat")))
    runs[0] = fk.window(runs[0], "time", "50 s", None).with_meta(batch="7(2) mm").renamed("first")
    result = fk.fit("log_decay", runs, assume={"t0": "1e-9 s"})
    same(run_script(result.script(), tmp_path, monkeypatch), result)


def test_script_of_ramps_and_holds(samples, tmp_path, monkeypatch):
    current = np.concatenate([np.linspace(0, 12, 120), np.linspace(12, 0, 120)])
    voltage = 1e-6 * (current / 10) ** 20 + 1e-8 * np.random.default_rng(0).normal(size=240)
    (tmp_path / "loop.csv").write_text("current [A], voltage [V]\n" + "\n".join(f"{I!r}, {V!r}" for I, V in zip(current.tolist(), voltage.tolist())), encoding="utf-8")
    ramps = fk.split_ramps(fk.load(tmp_path / "loop.csv", tap_distance="1 cm"))
    for chosen in (ramps, ramps[1:]):
        result = fk.fit("power_law", chosen)
        same(run_script(result.script(), tmp_path, monkeypatch), result)
    hold = fk.split_holds(fk.load(samples / "relaxation" / "ramp_and_hold_12K.dat"))
    result = fk.fit("log_decay", hold)
    same(run_script(result.script(), tmp_path, monkeypatch), result)


def test_script_of_one_file(samples, tmp_path, monkeypatch):
    tape = fk.drop_quench(fk.load(samples / "voltage_current" / "tape_77K.csv", tap_distance="1 cm"))
    result = fk.fit("power_law", tape, fix={"n": 30}, background=["offset"])
    again = run_script(result.script(), tmp_path, monkeypatch)
    assert again.single
    same(again, result)


def test_script_of_data_in_memory_reads_the_saved_result(tmp_path, monkeypatch):
    time = np.geomspace(10, 1e4, 50)
    noise = np.random.default_rng(0).normal(size=50)
    result = fk.fit("log_decay", fk.dataset(time=(time, "s"), moment=(1 - 0.02 * np.log(time) + 1e-4 * noise, "emu"), temperature="4 K"))
    folder = result.save(tmp_path / "out", windows=False)
    text = script_in((folder / "report.html").read_text(encoding="utf-8"))
    assert "read_result('result.json')" in text
    same(run_script(text, folder, monkeypatch), result)


# -- the words ----------------------------------------------------------------------------------------------------------

def test_methods_hold_the_numbers_and_say_what_is_not_told():
    rng = np.random.default_rng(3)
    law = fk.get_model("hln").function
    field, short = np.linspace(-0.3, 0.3, 101), np.linspace(-0.003, 0.003, 41)
    data = [fk.dataset(field=(x, "T"), delta_conductance=(law(x, 1.0, L) + rng.normal(0, 3e-8, len(x)), "S"), temperature=f"{T} K", name=f"{T} K")
            for T, L, x in ((2, 300e-9, field), (16, 120e-9, short))]
    result = fk.fit("hln", data, fix={"alpha": 1.0})
    text = result.methods()
    assert str(result["L_phi"][0].number) in text and "Held fixed: alpha = 1.0" in text and "[1, 2, 3]" in text and "each on its own" in text
    lost = fk.fit("hln", data).methods()
    assert "Not told by the data" in lost and "16 K" in lost


def test_a_report_refuses_strangers(tmp_path, samples):
    tape = fk.fit("power_law", fk.drop_quench(fk.load(samples / "voltage_current" / "tape_77K.csv", tap_distance="1 cm")))
    with pytest.raises(fk.FitkitError, match="wants the result of a fit"):
        fk.write_report(tmp_path / "a.html")
    other = fk.compare(["power_law", "anderson_kim"], tape.fits[0].data.renamed("another"))
    with pytest.raises(fk.FitkitError, match="no result of this report has the dataset 'another'"):
        fk.write_report(tmp_path / "a.html", tape, other)
    with pytest.raises(fk.FitkitError, match="found str"):
        fk.write_report(tmp_path / "a.html", tape, "text")
    fk.write_report(tmp_path / "a.html", tape, windows=False)
    with pytest.raises(fk.FitkitError, match="a.html"):
        fk.write_report(tmp_path / "a.html", tape)


def test_a_law_of_ones_own_says_where_its_model_belongs(tmp_path):
    def line(time, a, b):
        return a + b * np.log(time)

    law = fk.Model(name="my_line", function=line, x=fk.Column("time", "s"), y=fk.Column("moment", "A m2"), params=(fk.Param("a", unit="y", linear=True), fk.Param("b", unit="y", linear=True)))
    time = np.geomspace(1, 1e3, 50)
    result = fk.fit(law, fk.dataset(time=(time, "s"), moment=(1 - 0.01 * np.log(time) + 1e-4 * np.random.default_rng(0).normal(size=50), "emu")))
    page = (result.save(tmp_path / "out") / "report.html").read_text(encoding="utf-8")
    assert "<h2>my_line</h2>" in page and "# my_line is a law of your own" in page and "“my_line”" in page and "“”" not in page


def test_of_very_many_datasets_those_with_a_verdict_are_shown(monkeypatch):
    from fitkit.report import section

    monkeypatch.setattr(section, "_MOST_SHOWN", 2)
    law, field, short = fk.get_model("hln").function, np.linspace(-0.3, 0.3, 101), np.linspace(-0.003, 0.003, 41)
    data = [fk.dataset(field=(x, "T"), delta_conductance=(law(x, 0.9, 2e-7) + np.random.default_rng(number).normal(0, 3e-8, len(x)), "S"), temperature=f"{number} K", name=f"run {number}")
            for number, x in enumerate((field, field, field, short), 1)]
    page = report_page([fk.fit("hln", data)])
    assert page.count("<article>") == 2 and "<h3>run 1</h3>" in page and "<h3>run 4</h3>" in page and "2 more datasets stand in the table" in page


def test_a_browser_that_does_not_run_is_named(tmp_path):
    assert "no Chromium" in why_not(None, tmp_path) and "does not run" in why_not(str(tmp_path / "chromium"), tmp_path)


def test_windows_are_scanned_unasked_only_where_it_takes_seconds(samples):
    film = fk.load(samples / "magnetoresistance" / "film.dat", column={"resistance": "Bridge 1 Resistance (Ohms)"}, width="2 mm", length="4 mm")
    sweep = fk.where(fk.magnetoconductance(fk.split_sweeps(film)[4]), "field < 50 mT")
    quick, costly = fk.fit("hln", sweep), fk.fit("hln_channels", [sweep, sweep.renamed("again")])
    assert "Refitted in smaller windows" in report_page([quick], windows=None) and "Refitted in smaller windows" not in report_page([quick], windows=False)
    page = report_page([costly], windows=None)
    assert "Refitted in smaller windows" not in page and "fk.scan_window(&#39;hln_channels&#39;, data, &#39;field&#39;)" in page
