"""Fixtures for all tests. Measured files are not part of the project: tests that read them skip where they are absent."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "sample_data"


def real_folder() -> Path | None:
    """Where the measured files lie: FITKIT_REAL_DATA, else ../shared/real beside the checkout."""
    for place in (os.environ.get("FITKIT_REAL_DATA"), ROOT.parent / "shared" / "real"):
        if place and Path(place).is_dir():
            return Path(place)
    return None


@pytest.fixture
def real_data(request) -> Path:
    """Folder of the measured files; skips with its reason where there are none."""
    folder = real_folder()
    if folder is None:
        pytest.skip("no measured files: set FITKIT_REAL_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def samples() -> Path:
    """Folder of the sample data."""
    return SAMPLES


def pytest_terminal_summary(terminalreporter):
    passed = sum("real" in report.keywords for report in terminalreporter.stats.get("passed", []))
    failed = sum("real" in report.keywords for report in terminalreporter.stats.get("failed", []))
    skipped = sum("real" in report.keywords for report in terminalreporter.stats.get("skipped", []))
    where = real_folder()
    terminalreporter.write_line(f"tests on measured files: {passed + failed} ran, {skipped} skipped" + ("" if where else " (FITKIT_REAL_DATA is not set and no folder was found)"))
