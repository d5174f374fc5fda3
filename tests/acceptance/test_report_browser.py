"""The pages in a real browser, of companies easy and hard: both themes, wide and narrow, on paper, without a request."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from attain.settings import Database
from report import browser as browsers
from report import page as report
from report import validation
from tests.databases import TestServer, clone, drop
from tests.integration import report_fixture as company
from tests.integration.report_companies import COMPANIES

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.acceptance import report_pdf
from tests.acceptance.report_pixels import behind, colour, contrast

CHROMIUM = browsers.find()
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")

QUESTIONS = (Path(__file__).parent / "report_browser.js").read_text(encoding="utf-8")
WIDTHS = (320, 360, 390, 640, 719, 720, 1024, 1199, 1200, 1280, 1920)
PAGES = ("report", "validation")
THEMES = ("light", "dark")
# Context, always beside its number, and rules: what look.md says is weak on purpose. All other marks reach 3:1.
WEAK = {
    "light": {"#bcd3ea", "#eef1f4", "#e1e6eb", "#f6d9c6"},
    "dark": {"#2c4c6c", "#1f2830", "#2a333c", "#5a3420"},
}


@pytest.fixture(scope="module")
def written(
    server: TestServer, template_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """Both pages of each company, in a folder named after it."""
    folders = {}
    for name, make in COMPANIES.items():
        database = clone(server, template_database)
        try:
            make(database)
            company.views(database)
            folder = folders[name] = tmp_path_factory.mktemp(name.replace(" ", "-"))
            run = company.STOPPED if name == "stopped" else company.RUN
            report.write(database, run - 1 if name == "stopped" else run, folder / "report.html")
            validation.write(database, run, folder / "validation.html")
        finally:
            drop(server, database)
    return folders


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for all tests here."""
    with sync_playwright() as playwright:
        at_work = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield at_work
        at_work.close()


@contextmanager
def opened(chromium: Browser, file: Path, width: int = 1280, theme: str = "light", zoom: float = 1) -> Iterator[Page]:
    """The page with its fonts loaded; whatever it asks for besides itself, and whatever its policy refuses, fails the test."""
    assert theme in THEMES
    scheme: Any = theme
    size: Any = {"width": round(width / zoom), "height": 900}
    context = chromium.new_context(viewport=size, color_scheme=scheme, device_scale_factor=zoom)
    asked: list[str] = []

    def pass_on(route: Route) -> None:
        asked.append(route.request.url)
        route.continue_()

    context.route("**/*", pass_on)
    page = context.new_page()
    page.on("console", lambda message: asked.append(message.text))
    page.on("pageerror", lambda error: asked.append(str(error)))
    page.goto(file.as_uri())
    page.evaluate("document.fonts.ready")
    yield page
    assert asked == [file.as_uri()]
    context.close()


def ask(page: Page, question: str) -> Any:
    """One of the functions of report_browser.js."""
    return page.evaluate(f"({QUESTIONS}).{question}()")


def files(written: dict[str, Path], *names: str) -> Iterator[tuple[str, Path]]:
    """The pages of these companies; of all without names."""
    for name in names or written:
        folder = written[name]
        for page in PAGES:
            yield f"{name}, {page}", folder / f"{page}.html"


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", THEMES)
def test_axe_finds_nothing(written: dict[str, Path], chromium: Browser, theme: str, width: int) -> None:
    """No violation of any of axe's rules; one broken on purpose is found."""
    axe = Axe()
    hard = ("whole", "hostile") if (theme, width) != ("light", 390) else ()
    for name, file in files(written, *hard):
        with opened(chromium, file, width, theme) as page:
            found = axe.run(page)
            assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    with opened(chromium, written["whole"] / "report.html", width, theme) as page:
        page.evaluate("document.querySelector('html').removeAttribute('lang')")
        assert axe.run(page).violations_count == 1


def test_a_page_asks_for_nothing_and_may_not(written: dict[str, Path], chromium: Browser) -> None:
    """Its own file and no request more; its policy refuses scripts and addresses even if some got in."""
    for _, file in files(written):
        assert file.stat().st_size < 300_000
        with opened(chromium, file) as page:
            policy = page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content")
            assert policy is not None
            assert policy.startswith("default-src 'none'")
            assert page.evaluate("typeof hacked") == "undefined"
    attacked = written["whole"] / "attacked.html"
    html = (written["whole"] / "report.html").read_text()
    attacked.write_text(html.replace("<main>", "<main><script>hacked=1</script><img src='https://127.0.0.1:9/x'>"))
    with pytest.raises(AssertionError, match="Content Security Policy"), opened(chromium, attacked) as page:
        assert page.evaluate("typeof hacked") == "undefined"


def test_nothing_is_cut_or_scrolls_sideways(written: dict[str, Path], chromium: Browser) -> None:
    """At every width each chart shows the one rendering made for it, whole; no label lies over another; fonts are ours."""
    for name, file in files(written):
        with opened(chromium, file) as page:
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                found = ask(page, "layout")
                size = "phone" if width < 720 else "middle" if width < 1200 else "wide"
                where = f"{name} at {width}: {found}"
                assert found["sideways"] <= 0, where
                assert all(shown == [size] for shown in found["charts"]), where
                assert found["cut"] == found["collided"] == [], where
                assert found["beyond"] == [] or width < 350, where  # the narrowest rendering then scrolls in its box
                assert found["fonts"] == 3, where


def test_zoomed_to_twice_its_size_it_still_fits(written: dict[str, Path], chromium: Browser) -> None:
    """At 200 % a window of 1280 pixels holds what 640 do, and nothing scrolls sideways."""
    for name, file in files(written):
        with opened(chromium, file, zoom=2) as page:
            found = ask(page, "layout")
            assert page.evaluate("innerWidth") == 640
            assert found["sideways"] <= 0, name
            assert all(shown == ["phone"] for shown in found["charts"]), name


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("theme", THEMES)
def test_text_is_legible(written: dict[str, Path], chromium: Browser, theme: str, width: int) -> None:
    """4.5:1 against every colour painted behind it, in charts too, and nothing under 12 pixels."""
    looker = chromium.new_page()
    for name, file in files(written, "whole", "stopped", "hostile"):
        with opened(chromium, file, width, theme) as page:
            texts = ask(page, "texts")
            ask(page, "hideText")
            grounds = behind(looker, page.screenshot(full_page=True), [text["boxes"] for text in texts])
        assert len(texts) > 30
        for text, ground in zip(texts, grounds, strict=True):
            assert text["size"] >= 12, f"{name}: {text}"
            worst = min((contrast(colour(text["colour"]), behind_it) for behind_it in ground), default=21.0)
            assert worst >= 4.5, f"{name}, {theme}: {text['text']} has {worst:.2f} on {ground}"
    looker.close()


@pytest.mark.parametrize("theme", THEMES)
def test_marks_stand_out(written: dict[str, Path], chromium: Browser, theme: str) -> None:
    """3:1 for every bar, line and sign against what it lies on; context and rules are weak on purpose and few."""
    seen: set[str] = set()
    for name, file in files(written):
        with opened(chromium, file, theme=theme) as page:
            for mark in ask(page, "marks"):
                painted, ground = colour(mark["colour"]), colour(mark["on"])
                code = "#{:02x}{:02x}{:02x}".format(*painted)
                seen.add(code)
                if code not in WEAK[theme]:
                    assert contrast(painted, ground) >= 3, f"{name}, {theme}: {code} on {ground}"
    assert len(seen - WEAK[theme]) >= 9


def test_colour_is_never_alone(written: dict[str, Path], chromium: Browser) -> None:
    """Good and bad carry a sign, each mark a word, each picture a name or none because its table says it."""
    for name, file in files(written):
        with opened(chromium, file) as page:
            assert ask(page, "withoutColour") == [], name


@pytest.mark.parametrize("theme", THEMES)
def test_keyboard_focus_is_seen(written: dict[str, Path], chromium: Browser, theme: str) -> None:
    """Every stop of the Tab key has an outline of two pixels that stands out; boxes that scroll are among them."""
    for file in (written["whole"] / f"{name}.html" for name in PAGES):
        with opened(chromium, file, 390, theme) as page:
            ground = colour(page.evaluate("getComputedStyle(document.body).backgroundColor"))
            stops = []
            for _ in range(60):
                page.keyboard.press("Tab")
                stop = ask(page, "focused")
                if stop is None:
                    break
                assert stop["matches"], stop
                assert stop["style"] == "solid", stop
                assert stop["width"] >= 2, stop
                assert contrast(colour(stop["colour"]), ground) >= 3, stop
                stops.append(stop["what"])
            assert sum("<a " in what for what in stops) >= 2
            assert sum('class="scroll' in what for what in stops) >= 2


def test_paper_is_light_and_without_navigation(written: dict[str, Path], chromium: Browser) -> None:
    """Printed from a dark screen the page is black on white; heads of tables are set to repeat."""
    for name, file in files(written):
        with opened(chromium, file, 703, "dark") as page:
            page.emulate_media(media="print", color_scheme="dark")
            found = ask(page, "printed")
            assert found["nav"] == "none", name
            assert (found["background"], found["ink"]) == ("rgb(255, 255, 255)", "rgb(20, 32, 43)"), name
            assert set(found["heads"]) <= {"table-header-group"}, name
            assert found["sideways"] <= 0, name


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_pages_break_where_they_may(written: dict[str, Path], chromium: Browser, paper: str) -> None:
    """No heading ends a page, no row is torn, and a table's head stands on every page the table reaches."""
    for name, file in files(written):
        with opened(chromium, file) as page:
            sheets = report_pdf.pages(page.pdf(format=paper, print_background=True))
        for number, runs in enumerate(sheets, 1):
            headings = [place for place, run in enumerate(runs) if run.size == 20]
            assert not headings or len(runs) - headings[-1] > 8, f"{name}, {paper}: a heading ends page {number}"
            assert len(report_pdf.text(runs)) > 60, f"{name}, {paper}: page {number} holds next to nothing"
    with opened(chromium, written["hostile"] / "validation.html") as page:
        sheets = report_pdf.pages(page.pdf(format=paper, print_background=True))
    texts = [report_pdf.text(runs) for runs in sheets]
    reached = [text for text in texts if "Owner0" in text or "Owner1" in text or "Owner2" in text]
    assert len(reached) > 2
    assert all("SeverityWhatwasfound,andwhereWhattodoOwnerRowsSeen" in text for text in reached)
    for number in range(30):
        assert sum(f"Owner{number:02}" in text and f"Do{number:02}" in text for text in texts) == 1, number


def test_the_two_themes_differ_and_so_do_the_widths(written: dict[str, Path], chromium: Browser) -> None:
    """What is drawn for a theme and a width is really another picture."""
    shots = set()
    for theme in THEMES:
        for width in (1280, 390):
            with opened(chromium, written["whole"] / "report.html", width, theme) as page:
                shots.add(page.screenshot(full_page=True))
    assert len(shots) == 4
