"""Mutated files in a process of their own, and single monsters: each is refused in a sentence, quickly and in little memory."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import fitkit as fk

FUZZ = Path(__file__).with_name("fuzz.py")


def test_a_thousand_mutated_files():
    done = subprocess.run([sys.executable, str(FUZZ), "--count", "1000"], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "1000 files" in done.stdout and " 0 failed" in done.stdout


def test_the_script_catches_what_is_no_fitkit_error(tmp_path):
    """A loader that raises something else, hangs or takes all memory must not go unseen."""
    text = f"""
import sys
sys.path[:0] = [{str(FUZZ.parent)!r}, {str(FUZZ.parents[2])!r}]
import fuzz, fitkit.loading as loading
from pathlib import Path
def broken(path, *rest, **more):
    raise KeyError("no such thing")
loading.load = fuzz.fk.load = broken
found = fuzz.chunk(0, 5, Path({str(tmp_path)!r}))
assert len(found["failed"]) == 5 and "KeyError" in found["failed"][0][2], found
"""
    subprocess.run([sys.executable, "-c", text], check=True)


# one monster, loaded in a process of its own: seconds and peak memory [MB] above those of a small file
_MEASURE = """
import resource, sys, time
import fitkit as fk
try:
    fk.load(sys.argv[2])
except fk.FitkitError:
    pass
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
try:
    data = fk.load(sys.argv[1])
    said = f"loaded {len(data)} rows"
except fk.FitkitError as error:
    said = str(error)[:500]
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(time.process_time() - start, (after - before) / 1024, said, sep="|")
"""


def measured(path, small):
    pytest.importorskip("resource", reason="the memory of a process is asked for by POSIX means")
    done = subprocess.run([sys.executable, "-c", _MEASURE, str(path), str(small)], capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr[-2000:]
    seconds, megabytes, said = done.stdout.strip().split("|", 2)
    return float(seconds), float(megabytes), said


@pytest.fixture
def small(tmp_path):
    path = tmp_path / "small.csv"
    path.write_text("field [mT], resistance [ohm]\n1, 2\n")
    return path


def test_a_million_columns(tmp_path, small):
    path = tmp_path / "wide.csv"
    path.write_text(",".join(f"x{place} [mT]" for place in range(1_000_000)) + "\n" + ",".join(["1"] * 1_000_000) + "\n")
    seconds, megabytes, said = measured(path, small)
    assert "first line has more than 4 MB" in said and seconds < 5 and megabytes < 1000
    path.write_text(",".join(["1"] * 1_000_000) + "\n" + ",".join(["1"] * 1_000_000) + "\n")
    seconds, megabytes, said = measured(path, small)
    assert "no format recognised" in said and len(said) < 700 and seconds < 5 and megabytes < 1000
    path.write_text("field [mT]," + ",".join(f"x{place}" for place in range(100_000)) + "\n" + ",".join(["1"] * 100_001) + "\n")
    assert measured(path, small)[2] == "loaded 1 rows"


def _bomb(path, megabytes, inside=b"0"):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as stream:
            for _ in range(megabytes):
                stream.write(inside * 1_000_000)


def test_a_zip_bomb_for_excel(tmp_path, small):
    path = tmp_path / "bomb.xlsx"
    _bomb(path, 300)
    assert path.stat().st_size < 1_000_000
    seconds, megabytes, said = measured(path, small)
    assert "unpacks to 3e+08" in said and seconds < 5 and megabytes < 200


def test_entities_in_a_workbook(tmp_path):
    path = tmp_path / "laughs.xlsx"
    text = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><workbook>&b;</workbook>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", text)
    with pytest.raises(fk.FitkitError, match="defines XML entities"):
        fk.load(path)


def test_a_sheet_of_a_million_columns(tmp_path, small):
    """One number in the last cell of a sheet: nothing is made of the empty ones before it."""
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["field [mT]", "resistance [ohm]"])
    book.active.append([1, 2])
    book.active.append([3, 4])
    book.active.cell(1_048_576, 16_384, 1.0)
    path = tmp_path / "far.xlsx"
    book.save(path)
    seconds, megabytes, said = measured(path, small)
    assert seconds < 20 and megabytes < 1000, said


@pytest.mark.slow
def test_a_line_of_a_gigabyte(tmp_path, small):
    path = tmp_path / "endless.csv"
    with path.open("wb") as stream:
        for _ in range(1000):
            stream.write(b"1.234567," * 111_111)
    seconds, megabytes, said = measured(path, small)
    assert "are one line" in said and seconds < 5 and megabytes < 200


def test_a_line_of_forty_megabytes(tmp_path, small):
    path = tmp_path / "endless.csv"
    path.write_bytes(b"1.234567," * 4_500_000)
    seconds, megabytes, said = measured(path, small)
    assert "are one line" in said and seconds < 5 and megabytes < 200


def test_headers_that_promise_too_much(tmp_path):
    """A .npy of 100 bytes that says it holds 10^12 numbers, an HDF5 array that was never written."""
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "large.npy"
    with path.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
        stream.write(bytes(80))
    with pytest.raises(fk.FitkitError, match="says that it holds 1000000000000 numbers"):
        fk.load(path)
    path = tmp_path / "large.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("field", shape=(10**11,), dtype="f8", chunks=(10**6,))
    with pytest.raises(fk.FitkitError, match="says that it holds 1e.11 numbers"):
        fk.load(path)


# -- nothing read from a file is evaluated, unpickled or used as a path -----------------------------------------------
def test_pickles_are_never_loaded(tmp_path):
    class Trap:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "trapped"),))

    np.save(tmp_path / "objects.npy", np.array([Trap(), Trap()], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "objects.npz", field=np.array([Trap()], dtype=object))
    for name in ("objects.npy", "objects.npz"):
        with pytest.raises(fk.FitkitError, match="a pickle.*never loads"):
            fk.load(tmp_path / name)
    (tmp_path / "run.lvm.pkl").write_bytes(b"cos\nmkdir\n(S'trapped'\ntR.")
    (tmp_path / "run.lvm").write_text("LabVIEW Measurement\nX_Columns\tOne\n***End_of_Header***\n\nChannels\t__import__('os').mkdir('trapped')\n***End_of_Header***\nX_Value\tB (T)\n0\t1\n1\t2\n")
    fk.load(tmp_path / "run.lvm", columns={"field": ("B (T)", "T")})
    assert not (tmp_path / "trapped").exists() and not Path("trapped").exists()


def test_links_to_other_files_are_not_followed(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["field"] = np.arange(3.0)
    with h5py.File(tmp_path / "open.h5", "w") as file:
        file["resistance"] = np.arange(3.0)
        file["resistance"].attrs["units"] = "ohm"
        file["field"] = h5py.ExternalLink("secret.h5", "/field")
        layout = h5py.VirtualLayout((3,), "f8")
        layout[:] = h5py.VirtualSource(str(tmp_path / "secret.h5"), "field", (3,))
        file.create_virtual_dataset("temperature", layout)
    data = fk.load(tmp_path / "open.h5")
    assert set(data.vendor) == {"resistance"} and any("lies in another file" in note.text for note in data.notes)


def test_no_code_that_evaluates_or_unpickles():
    import ast
    folder = Path(fk.__file__).parent
    for path in [*(folder / "loaders").glob("*.py"), folder / "loading.py", folder / "units.py", folder / "measured.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            json_text = isinstance(getattr(node, "func", None), ast.Attribute) and getattr(node.func.value, "id", "") == "json"
            assert json_text or name not in ("eval", "exec", "literal_eval", "loads", "__import__"), f"{path.name} line {node.lineno}"
            assert not (isinstance(node, (ast.Import, ast.ImportFrom)) and "pickle" in ast.dump(node)), path.name
