"""The page for people: one file, complete in itself, failures first."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rehearsal.engine.template.deployment import Deployment
from rehearsal.report.page import write_report
from rehearsal.runner.result import Rehearsal
from tests.command.shop import TITLE
from tests.report.rehearsals import LATE_TITLE

VOID = {"meta", "br", "link", "img", "input", "hr", "path", "use"}
LOADING = ("src", "srcset", "data", "poster", "action", "background")


class Page(HTMLParser):
    """Read a page as a browser would: its elements, what it loads, and whether all tags close."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.stray: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id" and tag == "section":
                self.ids.append(value or "")
            elif name == "href" and tag == "a":
                self.links.append(value or "")
            elif name in LOADING or name.endswith("href"):
                self.loaded.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.stray.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="session")
def source(folder: Path, shop: Deployment, passed: Rehearsal, failed: Rehearsal) -> str:
    """Give the text of a page about both incidents."""
    file = folder / "new" / "page.html"
    write_report([passed, failed], shop, file, seconds=1.5)
    return file.read_text(encoding="utf-8")


@pytest.fixture
def page(source: str) -> Page:
    """Give that page as it is read."""
    return Page(source)


def test_every_tag_that_opens_closes(source: str, page: Page) -> None:
    assert source.lstrip().startswith("<!doctype html>")
    assert (page.open, page.stray) == ([], [])


def test_nothing_is_loaded_from_anywhere(source: str, page: Page) -> None:
    assert {"script", "link", "iframe", "img", "object"}.isdisjoint(page.tags)
    assert [each for each in page.loaded if not each.startswith("#")] == []
    assert [each for each in page.links if not each.startswith("#")] == []
    assert re.findall(r"url\((?!#)|@import", source) == []


def test_each_incident_has_one_section_failures_first(page: Page) -> None:
    assert page.ids == ["zealous-expectations", "orders-stop-for-a-while-return"]
    assert {f"#{each}" for each in page.ids} == set(page.links)


def test_a_failure_says_what_was_expected_and_got(page: Page) -> None:
    text = " ".join("".join(page.text).split())
    assert "at 14m: expected: fires between 10m and 12m; got: it fired at 14m" in text
    assert "1 of 2incidents passed" in text


def test_what_others_wrote_is_text_and_no_markup(source: str, page: Page) -> None:
    assert "for" not in page.tags
    assert "Orders stop &lt;for&gt; a while &amp; return" in source
    assert TITLE in page.text
    assert "nobody <b>can order</b>, for six minutes" in "".join(page.text)


def test_metric_alarms_are_plotted_with_threshold_and_reason_for_quiet(page: Page) -> None:
    assert page.tags.count("svg") == page.tags.count("figure") == 4
    text = " ".join("".join(page.text).split())
    assert "fires < 3" in text
    assert "fires > 20" in text
    assert "Stays quiet: nobody pays while nobody orders" in text


def test_pages_are_shown_with_their_subscribers(page: Page) -> None:
    text = " ".join("".join(page.text).split())
    assert 'ALARM: "orders-low" in US East (N. Virginia)' in text
    assert "shop-high-alerts → email:oncall@example.com" in text
    assert "shop-warning-alerts → nobody" in text


def test_metrics_alone_are_not_called_runs_of_functions(source: str) -> None:
    assert "The metrics of every incident below were played" in source
    assert "runs of" not in source


def test_a_page_is_the_same_every_time(
    tmp_path: Path, shop: Deployment, passed: Rehearsal, failed: Rehearsal, source: str
) -> None:
    file = tmp_path / "again.html"
    write_report([failed, passed], shop, file, seconds=1.5)
    assert file.read_text(encoding="utf-8") == source


def test_an_incident_in_which_nothing_happens_says_so(
    tmp_path: Path, shop: Deployment, passed: Rehearsal
) -> None:
    quiet = Rehearsal(recorded=passed.recorded, transitions=(), pages=())
    file = tmp_path / "page.html"
    write_report([quiet], shop, file, seconds=0.1)
    page = Page(file.read_text(encoding="utf-8"))
    assert "No alarm changed its state." in page.text
    assert "messages, as their subscribers get them" not in "".join(page.text)
    assert LATE_TITLE not in page.text
