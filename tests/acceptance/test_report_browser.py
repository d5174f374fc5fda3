"""The pages as a browser lays them out; needs chromium on the path."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from attain.settings import Database
from report import page, validation
from tests.integration import report_fixture as company
from tests.integration.report_fixture import RUN

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WIDTHS = (350, 390, 719, 720, 1024, 1199, 1200, 1280, 1920)
MEASURE = """<!doctype html><body><script>
const widths = %s, found = [];
for (const width of widths) {
  const frame = document.createElement("iframe");
  frame.style.cssText = `width:${width}px;height:900px;border:0`;
  frame.onload = () => {
    const page = frame.contentDocument, root = page.documentElement;
    const seen = [...page.querySelectorAll(".chart")].map(chart =>
      [...chart.children].filter(child => child.offsetParent !== null).map(child => child.className));
    const cut = [...page.querySelectorAll("svg[role=img] text")].filter(text => {
      const svg = text.ownerSVGElement.getBoundingClientRect(), box = text.getBoundingClientRect();
      return box.width > 0 && (box.left < svg.left - 1 || box.right > svg.right + 1 || box.top < svg.top - 1 || box.bottom > svg.bottom + 1);
    }).map(text => text.textContent);
    const small = [...page.querySelectorAll("body *")].filter(e => e.offsetParent !== null && e.childNodes.length
      && [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())
      && parseFloat(frame.contentWindow.getComputedStyle(e).fontSize) < 12).map(e => e.textContent.trim().slice(0, 40));
    page.fonts.ready.then(() => {
      found.push({width, sideways: root.scrollWidth - root.clientWidth, seen, cut, small,
        fonts: [...page.fonts].filter(f => f.status === "loaded").length});
      if (found.length === widths.length) document.body.textContent = JSON.stringify(found);
    });
  };
  frame.src = "%s";
  document.body.append(frame);
}
</script></body>"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")


@pytest.fixture
def pages(database: Database, tmp_path: Path) -> dict[str, Path]:
    """Both pages of a company with long names and many reps."""
    reps = tuple(
        (f"Maximiliane Alexandra von Hohenstein-Wolkenkuckucksheim {n:02}", 40 + n * 2, 100) for n in range(40)
    )
    company.publish(
        database,
        **company.marts() | {
            "goal_attainment": company.goals(reps),
            "commission_statements": company.commission(reps),
            "bookings": company.bookings(reps),
            "company_settings": company.settings(name="Wolkenkuckucksheim Robotics International Holdings GmbH & Co. KGaA"),
        },
    )  # fmt: skip
    company.history(database)
    company.views(database)
    return {
        "report": page.write(database, RUN, tmp_path / "report.html"),
        "validation": validation.write(database, RUN, tmp_path / "validation.html"),
    }


def chromium(*arguments: str) -> str:
    assert CHROMIUM is not None
    common = (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--allow-file-access-from-files",
    )
    done = subprocess.run((CHROMIUM, *common, *arguments), capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


@pytest.mark.parametrize("name", ["report", "validation"])
def test_no_sideways_scroll_and_one_picture_per_chart(pages: dict[str, Path], name: str, tmp_path: Path) -> None:
    """At every width the page fits, each chart shows the one rendering made for it, whole, and no text is under 12 px."""
    measure = tmp_path / "measure.html"
    measure.write_text(MEASURE % (json.dumps(WIDTHS), pages[name].name))
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    dom = chromium(profile, "--virtual-time-budget=20000", "--dump-dom", f"file://{measure}")
    body = re.search(r"<body>(.*)</body>", dom, flags=re.DOTALL)
    assert body is not None
    found = json.loads(html.unescape(body[1]))
    assert [f["width"] for f in sorted(found, key=lambda f: f["width"])] == list(WIDTHS)
    for at in found:
        size = "phone" if at["width"] < 720 else "middle" if at["width"] < 1200 else "wide"
        assert at["sideways"] <= 0, at
        assert all(seen == [size] for seen in at["seen"]), at
        assert at["cut"] == [], at
        assert at["small"] == [], at
        assert at["fonts"] == 3, at


def test_screenshots_differ_by_theme(pages: dict[str, Path], tmp_path: Path) -> None:
    """The page can be drawn in both themes."""
    shots = []
    for scheme in (0, 1):
        out = tmp_path / f"{scheme}.png"
        chromium(
            f"--user-data-dir={tmp_path / f'profile{scheme}'}",
            f"--blink-settings=preferredColorScheme={scheme}",
            "--window-size=1280,2000",
            f"--screenshot={out}",
            f"file://{pages['report']}",
        )
        shots.append(out.read_bytes())
    assert all(shot.startswith(b"\x89PNG") and len(shot) > 20_000 for shot in shots)
    assert shots[0] != shots[1]
