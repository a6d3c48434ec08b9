"""A real Chromium for tests: `page` opens pages of `live_server` and hears every complaint; `axe` reads them.

    def test_home(page, live_server):
        page.goto(live_server.url)
        assert axe(page) == []

A test that uses `page` fails when the browser complained of anything: an error in the console (a breach of the
Content-Security-Policy is one), a script's exception, an answer of 400 or more, a request to anywhere but the
site. One that means to provoke a complaint says so: `complaints.expect("404")`. `new_visitor()` makes a page for a
second person; it takes what Playwright's new_context takes (`viewport`, `color_scheme`, `java_script_enabled`).
"""

import os
import re
import subprocess
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

ARGUMENTS = [
    # Names of other machines lead nowhere, so that no test depends on them.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


def pytest_collection_modifyitems(items):
    for item in items:
        if "chromium" in item.fixturenames:
            item.add_marker("browser")


def axe(page):
    """What axe has against the page, a line for each element."""
    page.wait_for_load_state()
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {rule['help']}: {node['html']}" for rule in found for node in rule["nodes"]]


def too_wide(page):
    """By how many pixels the page, with its styles, is wider than the window: 0 unless something has to be scrolled."""
    page.wait_for_load_state()
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


class Complaints:
    """What the browser had to say against the pages of one test."""

    def __init__(self, address):
        self.address = address
        self.heard = []
        self.expected = []

    def expect(self, pattern):
        """Complaints that match this are meant, and there has to be one."""
        self.expected.append(pattern)

    def listen(self, context):
        context.on("console", self.hear_console)
        context.on("weberror", lambda error: self.heard.append(f"script: {error.error}"))
        context.on("request", self.hear_request)
        context.on("requestfailed", self.hear_failure)
        context.on("response", self.hear_response)

    def hear_console(self, message):
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.heard.append(f"console: {message.text} ({message.location['url']})")

    def hear_request(self, request):
        if not request.url.startswith((f"{self.address}/", "data:", "blob:")):
            self.heard.append(f"request to another site: {request.url}")

    def hear_failure(self, request):
        if request.failure != "net::ERR_ABORTED":  # the page was left meanwhile
            self.heard.append(f"request failed: {request.url} ({request.failure})")

    def hear_response(self, response):
        if response.status >= 400:
            self.heard.append(f"{response.status}: {response.url}")

    def unexpected(self):
        return [text for text in self.heard if not any(re.search(pattern, text) for pattern in self.expected)]

    def missed(self):
        return [pattern for pattern in self.expected if not any(re.search(pattern, text) for text in self.heard)]


@pytest.fixture(scope="session")
def chromium():
    """The browser, started once for a run. Without one the test fails and says what to type."""
    found = subprocess.run(["scripts/find-chromium"], cwd=Path(__file__).parents[2], capture_output=True, text=True)
    if found.returncode:
        pytest.fail(found.stderr, pytrace=False)
    arguments = [*ARGUMENTS, "--no-sandbox"] if os.geteuid() == 0 else ARGUMENTS
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found.stdout.strip(), args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def complaints(live_server):
    return Complaints(live_server.url)


@pytest.fixture
def new_visitor(chromium, complaints):
    """Makes an empty page of somebody else: with cookies of his own, and heard for complaints like all."""
    contexts = []

    def visitor(**options):
        context = chromium.new_context(**{"viewport": {"width": 1280, "height": 900}, "locale": "en-GB", **options})
        context.set_default_timeout(10_000)
        complaints.listen(context)
        contexts.append(context)
        return context.new_page()

    yield visitor
    for context in contexts:
        context.close()
    assert complaints.unexpected() == []
    assert complaints.missed() == []


@pytest.fixture
def page(new_visitor):
    return new_visitor()
