"""A headless Chromium for the tests: where it is, screenshots, and what it measures on a page."""

import json
import os
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PLACES = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
           r"C:\Program Files\Google\Chrome\Application\chrome.exe", r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe")

# what is wider than its place, what lies outside the page, which neighbours overlap, and the text that is seen
_MEASURE = """
<script>
addEventListener("load", () => {
  const page = document.documentElement, wide = [], outside = [], overlapping = [];
  const told = one => one.tagName + (one.className && one.className.baseVal === undefined ? "." + one.className : "") + " " + (one.textContent || "").trim().slice(0, 40);
  for (const one of document.body.querySelectorAll("*:not(svg *):not(script)")) {
    const box = one.getBoundingClientRect();
    if (!box.width || !box.height) continue;
    if (one.clientWidth && one.scrollWidth > one.clientWidth + 1) wide.push(told(one));
    if (box.right > page.clientWidth + 1 || box.left < -1) outside.push(told(one));
    const next = one.nextElementSibling;
    if (next && getComputedStyle(one).display !== "inline" && next.tagName !== "SCRIPT") {
      const other = next.getBoundingClientRect();
      const across = Math.min(box.right, other.right) - Math.max(box.left, other.left), down = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
      if (other.height && across > 1 && down > 1) overlapping.push(told(one) + " / " + told(next));
    }
  }
  const found = {scroll: page.scrollWidth, client: page.clientWidth, wide, outside, overlapping, figures: document.querySelectorAll("svg").length, text: document.body.innerText};
  const held = document.createElement("pre");
  held.id = "measured";
  held.textContent = JSON.stringify(found);
  document.body.appendChild(held);
});
</script>
"""


def chromium() -> str | None:
    """Path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, _NAMES)), None) or next((place for place in _PLACES if os.path.exists(place)), None)


def why_not(browser: str | None, folder: Path) -> str:
    """Empty if the browser draws a page, else what to print with the skip."""
    if browser is None:
        return "no Chromium or Chrome found: the report was not looked at in a browser"
    try:
        return "" if "<body>" in run(browser, folder, "--dump-dom", "about:blank") else f"{browser} draws nothing: the report was not looked at in a browser"
    except (OSError, subprocess.SubprocessError) as error:     # the stand-in of a distribution, a container without what it wants
        return f"{browser} does not run ({error}): the report was not looked at in a browser"


def run(browser: str, folder: Path, *arguments: str) -> str:
    """Call the browser with a profile of its own; what it writes to stdout."""
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage", f"--user-data-dir={folder / 'profile'}", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True, encoding="utf-8", timeout=120).stdout


def measure(browser: str, page: Path, folder: Path, width: int, printed: bool = False) -> dict:
    """What the page measures in a window of that width; ``printed``: by its rules for print."""
    text = page.read_text(encoding="utf-8")
    if printed:
        text = text.replace("@media screen and", "@media not all and").replace("@media print", "@media all")
    copy = folder / f"{page.stem}_{width}{'_print' if printed else ''}.html"
    copy.write_text(text.replace("</body>", _MEASURE + "</body>"), encoding="utf-8")
    shown = run(browser, folder, f"--window-size={width},1000", "--dump-dom", copy.as_uri())
    return json.loads(unescape(re.search(r'<pre id="measured">(.*?)</pre>', shown, re.S)[1]))


def screenshot(browser: str, page: Path, folder: Path, width: int, height: int) -> Path:
    """A picture of the page in a window of that size."""
    picture = folder / f"{page.stem}_{width}x{height}.png"
    run(browser, folder, f"--window-size={width},{height}", f"--screenshot={picture}", page.as_uri())
    return picture


def printed(browser: str, page: Path, folder: Path) -> Path:
    """The page printed to PDF."""
    paper = folder / f"{page.stem}.pdf"
    run(browser, folder, "--no-pdf-header-footer", f"--print-to-pdf={paper}", page.as_uri())
    return paper
