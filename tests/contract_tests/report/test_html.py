"""The verdict as an HTML page."""

import base64
import hashlib
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

from contract_tests.contract.clauses import Clause
from contract_tests.judging.verdict import Verdict
from contract_tests.report.html import as_page
from tests.support.report_verdicts import CLAUSES, CONTRACT, CURL, HOSTILE, ITEMS, URL, failure, poor, verdict_on

DATE = datetime(2030, 1, 2, 3, 4, tzinfo=UTC)
Tag = tuple[str, dict[str, str | None]]


class Page(HTMLParser):
    """A page: its tags with their attributes, and its text without style and script."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__()
        self.source = as_page(verdict, DATE)
        self.tags: list[Tag] = []
        self.inside: list[str] = []
        self.text = self.script = ""
        self.feed(self.source)
        self.text = re.sub(r"\s+", " ", self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self.inside[-1:] == ["script"]:
            self.script += data
        elif self.inside[-1:] != ["style"]:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of all tags of a name."""
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_page_says_all_there_is() -> None:
    """Verdict, failures, steps, errors, gaps, times and the run's data stand on the page."""
    text = Page(poor()).text
    for words in (
        f"✗ {poor().headline}",
        "source.delete.unknown-is-404",
        "Deleting a name that no source has is a 404.",
        "38 cases; the smallest:",
        "openapi.yaml#/paths/~1source/delete/responses/404",
        CURL,
        "curl -i two # 404",
        "test_log.py::test_b",
        "Broken: <b>pipe</b>",
        "--allow-writes",
        "openapi.yaml, version 1.0.0",
        "2030-01-02 03:04 UTC",
        "--seed 7",
        URL,
        "1,204 requests in 31 s",
    ):
        assert words in text
    assert "✓ conforms: " in Page(verdict_on()).text


def test_nothing_from_the_server_becomes_markup() -> None:
    """Markup, attribute ends and template signs of a server are text; the page's own script is the only one."""
    odd = HOSTILE + " {{ 7 * 7 }} \" onload='x' --> ]]>"
    page = Page(verdict_on(failure(actual=odd, expected=odd, curl=odd, steps=[odd]), errors={odd: odd}, url=URL))
    assert len(page.all("script")) == 1
    assert page.text.count("<script>alert(1)</script> | `a` ````") == 6
    assert "{{ 7 * 7 }}" in page.text
    assert [name for _, attributes in page.tags for name in attributes if name.startswith("on")] == []
    assert "\x1b" not in page.source
    assert "\u202e" not in page.source


def test_a_clause_of_somebodys_own_is_escaped() -> None:
    """A project's clause may hold markup in its id and its sentence; it has its row like any other."""
    own = Clause("own.<b onclick='x'>", "It holds <i>.", "/info", "http")
    page = Page(verdict_on(failure("", clause=own.id), clauses={**CLAUSES, own.id: own}))
    assert page.text.count(own.id) == 2
    assert "It holds <i>." in page.text
    assert page.all("b") == page.all("i") == []


def test_the_page_needs_nothing_else() -> None:
    """No attribute, style or script asks for another file; a policy forbids it, but for the page's own script."""
    page = Page(poor())
    links = [attributes.get(name) for _, attributes in page.tags for name in ("href", "src", "srcset", "action")]
    assert {link[0] for link in links if link} == {"#"}
    style = page.source.partition("<style>")[2].partition("</style>")[0]
    assert not re.search(r"url\(|@import|https?:", style + page.script)
    policy = next(str(each["content"]) for each in page.all("meta") if each.get("http-equiv"))
    digest = base64.b64encode(hashlib.sha256(page.script.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{digest}'" in policy


def test_the_page_can_be_heard() -> None:
    """It names its language, every header its direction, every box that scrolls can be reached and has a name."""
    page = Page(poor())
    assert page.all("html") == [{"lang": "en"}]
    assert {header.get("scope") for header in page.all("th")} == {"col", "row", "rowgroup"}
    boxes = [box for box in page.all("div") if box.get("class") == "scroll"]
    assert len(boxes) == 3
    assert all(box["tabindex"] == "0" and box["role"] == "region" and box["aria-labelledby"] for box in boxes)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = [attributes["aria-labelledby"] for _, attributes in page.tags if "aria-labelledby" in attributes]
    assert set(named) <= set(ids)


def test_every_cell_has_a_sign_and_words() -> None:
    """No cell speaks by colour alone."""
    verdict = poor()
    page = Page(verdict)
    signs = [each for _, each in page.tags if "sign" in str(each.get("class")).split() and "title" in each]
    assert len(signs) == len(verdict.cells)
    assert all(each["title"] == each["aria-label"] for each in signs)
    titles = [str(each["title"]) for each in signs]
    assert "DELETE /source: broken, 0 judgements" not in titles
    assert "GET /metric: not exercised" in titles
    assert "PUT /source: not judged" in titles
    assert "the server: kept, 2 judgements" in titles


def test_a_broken_cell_leads_to_its_failure() -> None:
    """Each broken cell is a link to what is shown of it, by clause and operation, also where several fail alike."""
    page = Page(poor())
    links = [link["href"] for link in page.all("a") if "broken" in str(link.get("class"))]
    assert len(links) == len(set(links)) == len(CONTRACT.operations) + 2
    ids = {attributes.get("id") for _, attributes in page.tags}
    assert {str(link)[1:] for link in links} <= ids


def test_operations_are_columns() -> None:
    """The server as a whole and all operations have a column, in the order of the contract."""
    columns = Page(poor()).source.partition('<table class="matrix">')[2].partition("</thead>")[0]
    labels = re.findall(r"<span>(.*?)</span>", columns)
    assert labels == ["the server", *(operation.label for operation in poor().contract.operations.values())]


def test_a_conforming_server_has_no_empty_sections() -> None:
    """What there is none of has no heading and no link."""
    page = Page(verdict_on(thorough=True))
    assert [str(link["href"]) for link in page.all("a")] == ["#matrix", "#layers", "#exercised"]
    assert "Failures" not in page.text


MISSING = ("addSource body Kind enum: broken", "login status 413: seen")


def test_the_map_is_folded() -> None:
    """The page says how much was exercised, and in what is folded how much of which operation, and the rest by name."""
    page = Page(verdict_on(missing=MISSING))
    folded = page.source.partition('<h2 id="exercised">')[2].partition("</section>")[0]
    total = len(ITEMS)
    assert f"<details><summary>{total - 2} of {total} items of the document, 99.6 %</summary>" in folded
    row = re.search(r">POST /login</th>(.*?)</tr>", folded, re.DOTALL)
    assert row is not None
    assert '<td class="not-exercised">4/5</td>' in row[1]
    assert "<summary>POST /login: 1 not exercised</summary>" in folded
    assert re.findall(r"<li><code>(.*?)</code>", folded) == list(reversed(MISSING))
    assert "wanted" not in page.text
    assert "99.6 % exercised, 99.9 % wanted" in Page(verdict_on(missing=MISSING, coverage_at_least=99.9)).text


def test_a_run_that_ended_early_has_no_map() -> None:
    """What was exercised until then says nothing of the run."""
    page = Page(verdict_on(ended="It was stopped.", coverage_at_least=99.9))
    assert "xercised (" not in page.text
    assert "items of the document" not in page.text
