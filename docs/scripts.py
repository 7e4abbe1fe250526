"""Every script of a written page is run when the pages are built; what it prints and draws stands below it."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_SCRIPT = re.compile(r"```python\n(.*?)```\n", re.S)


def with_output(text: str, name: str, pictures: Path) -> str:
    """The text of a page with the output of each of its scripts; pictures that a script writes (.png, .svg) go to the folder ``pictures`` under the name of the page.

    The scripts run one after another in an empty folder that holds ``sample_data``; each has names of its own.

    Raises
    ------
    RuntimeError
        A script raised.
    """
    if not _SCRIPT.search(text):
        return text
    pictures.mkdir(exist_ok=True)
    before, seen = Path.cwd(), set()
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copytree(ROOT / "sample_data", Path(scratch) / "sample_data")
        os.chdir(scratch)
        try:
            return _SCRIPT.sub(lambda found: found[0] + _output(found[1], name, pictures, seen), text)
        finally:
            os.chdir(before)


def _output(script: str, name: str, pictures: Path, seen: set[str]) -> str:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        try:
            exec(compile(script, name, "exec"), {"__name__": "__main__"})
        except Exception as error:  # whatever the script raises, its page is named
            raise RuntimeError(f"{name}: a script of the page stopped with {type(error).__name__}: {error}") from error
    lines = [line.rstrip() for line in printed.getvalue().rstrip().splitlines()]
    blocks = ["\n```text", *lines, "```\n"] if lines else []
    for path in sorted((*Path().glob("*.png"), *Path().glob("*.svg")), key=lambda path: path.stat().st_mtime_ns):
        if path.name not in seen:
            seen.add(path.name)
            shutil.copyfile(path, pictures / f"{name}_{path.name}")
            blocks.append(f"\n![{path.stem.replace('_', ' ')}](/{pictures.name}/{name}_{path.name}){{width=520px}}\n")
    return "\n".join(blocks)
