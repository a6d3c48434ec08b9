"""A page that stays open while its story goes on, in a real Chromium: changes are put in place, and nothing moves."""

import contextlib
import difflib
import random
from datetime import timedelta

import pytest
from django.utils import timezone

from blog import coverage, updates, workflow
from blog.models import Update
from tests.browser import axe, too_wide
from tests.factories import (
    fresh,
    make_live_post,
    make_live_update,
    make_publisher,
    make_rolling_post,
    publish_update,
    published,
    rewrite_update,
    write,
)

COUNTED = """
    const ask = window.fetch, hop = () => new Promise(done => {
      const other = new MessageChannel();
      other.port1.onmessage = done;
      other.port2.postMessage(0);
    });
    window.asked = window.inFlight = 0;
    window.fetch = async (...what) => {
      if (what[0].includes('/comments/')) return ask(...what);
      window.inFlight += 1;
      try {
        const answer = await ask(...what), body = await answer.text();
        return new Response(body, answer);
      } finally {
        window.asked += 1;
        window.inFlight -= 1;
      }
    };
    window.settled = async count => {
      for (let times = 0; window.asked < count || window.inFlight; times += 1) {
        if (times > 500_000) throw new Error(`${window.asked} asked, ${window.inFlight} open, waiting for ${count}`);
        await hop();
      }
      for (let times = 0; times < 20; times += 1) await hop();
      if (window.inFlight) await window.settled(count);
    };
"""
# What is the same on an open and on a fresh page: all but the marks of what is new and the line that speaks of it.
SHOWN = """() => {
    const article = document.querySelector('article.post').cloneNode(true);
    article.querySelector('[data-follow]').remove();
    for (const part of article.querySelectorAll('script, section[aria-labelledby=comments]')) part.remove();
    for (const one of article.querySelectorAll('[data-new]')) one.removeAttribute('data-new');
    for (const one of [article, ...article.querySelectorAll('*')]) {
        const attributes = [...one.attributes].sort((a, b) => (a.name < b.name ? -1 : 1));
        for (const { name } of attributes) one.removeAttribute(name);
        for (const { name, value } of attributes) one.setAttribute(name, value);
    }
    return article.outerHTML.replace(/>\\s+/g, '>').replace(/\\s+</g, '<').replace(/></g, '>\\n<');
}"""
LONG = "<p>" + "The council met again and said what it had said before. " * 12 + "</p>"


@pytest.fixture
def post(transactional_db):
    return make_rolling_post("Bridge stays shut", at=timezone.now() - timedelta(days=1), body=LONG * 2)


def ago(minutes):
    return timezone.now() - timedelta(minutes=minutes)


@pytest.fixture
def visit(new_visitor, live_server):
    """Opens a post as somebody whose clock is a day late, and counts what the script asks."""

    def opened(post, query="", **options):
        page = new_visitor(**{"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"} | options)
        page.clock.install(time=timezone.now() - timedelta(days=1))
        page.add_init_script(COUNTED)
        page.route("**/comments/on/**", lambda route: route.fulfill(json={"new": 0, "closed": True}))
        page.goto(live_server.url + post.get_absolute_url() + query)
        return page

    return opened


def tick(page, times=1, *, or_never=False):
    """Time goes by for the page until it has asked so often, however seldom it does."""
    before = page.evaluate("window.asked")
    for _ in range(70):
        page.clock.run_for(15_000)
        if page.evaluate("window.asked + window.inFlight") > before:
            break
    else:
        assert or_never
        return
    settled(page, before, times)


def settled(page, before, times=1):
    page.evaluate(f"window.settled({before + times})")


def assert_asks_no_more(page):
    before = page.evaluate("window.asked")
    page.clock.run_for(1_000_000)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.clock.run_for(1_000)
    assert page.evaluate("[window.asked, window.inFlight]") == [before, 0]


def press(page):
    before = page.evaluate("window.asked")
    page.locator("[data-follow] button").click()
    settled(page, before)


def offered(page):
    return page.locator("[data-follow] .btn:visible").all_inner_texts()


def assert_as_fresh(page, new_visitor, *, but_title=False):
    other = new_visitor()
    other.goto(page.url)
    shown, wanted = page.evaluate(SHOWN).splitlines(), other.evaluate(SHOWN).splitlines()
    assert list(difflib.unified_diff(shown, wanted, "open", "fresh", n=1)) == []
    assert but_title or page.title() == other.title()
    other.context.close()


def test_new_updates_are_offered_and_come_when_asked_for(visit, new_visitor, post):
    make_live_update(post, "First", at=ago(60))
    page = visit(post)
    title = page.title()
    tick(page)
    assert offered(page) == []
    make_live_update(post, "Second", at=ago(50))
    tick(page)
    assert offered(page) == ["Show 1 new update"]
    make_live_update(post, "Third", at=ago(40))
    tick(page)
    assert offered(page) == ["Show 2 new updates"]
    assert page.title() == f"(2) {title}"
    assert page.get_by_role("status").first.inner_text() == "New update: Third"
    assert page.locator(".upd").count() == 1
    press(page)
    assert page.locator(".upd h3").all_inner_texts() == ["Third", "Second", "First"]
    assert page.locator(".upd[data-new] h3").all_inner_texts() == ["Third", "Second"]
    assert page.evaluate("document.activeElement.textContent") == "Third"
    assert page.title() == title
    assert offered(page) == []
    assert_as_fresh(page, new_visitor)


def test_what_changes_is_put_in_place_and_said_once(visit, new_visitor, post):
    one = make_live_update(post, "One", at=ago(60), body="<p>Seventeen people.</p><p>They are safe.</p>")
    two = make_live_update(post, "Two", at=ago(50))
    page = visit(post)
    page.evaluate(
        "window.words = []; new MutationObserver(() => window.words.push(document.querySelector('[role=status]')"
        ".textContent)).observe(document.querySelector('[role=status]'), {childList: true, characterData: true, "
        "subtree: true}); window.kept = document.querySelectorAll('.upd .prose p')[2];"
    )
    one = rewrite_update(one, body="<p>Seventy-one people.</p><p>They are safe.</p>")
    publish_update(one, kind="correction", public_note="It was not seventeen.")
    workflow.withdraw(two, by=make_publisher(), public_note="It was a rumour.")
    tick(page)
    tick(page)
    assert page.get_by_text("Seventy-one people.").is_visible()
    assert page.evaluate("window.kept.isConnected && window.kept.textContent") == "They are safe."
    assert page.locator(f"#{two.anchor}").inner_text().endswith("It was a rumour.")
    assert page.evaluate("window.words") == ["Corrected: One An update was withdrawn: It was a rumour."]
    assert page.get_by_text("1 correction").is_visible()
    assert_as_fresh(page, new_visitor)


def test_a_post_that_is_no_running_story_is_corrected_too(visit, new_visitor, transactional_db):
    post = make_live_post("Bridge shut", body="<p>Until Friday.</p>", at=ago(60), tags=("Harbour",))
    page = visit(post)
    post = write(post, headline="Bridge open", body="<p>Until Saturday.</p>", tags=("Ferries",))
    published(post, kind="correction", public_note="It is Saturday.")
    tick(page)
    assert page.get_by_text("Until Saturday.").is_visible()
    assert page.get_by_text("It is Saturday.").first.is_visible()
    assert page.title().startswith("Bridge open – ")
    assert_as_fresh(page, new_visitor)
    updates.roll(fresh(post), by=make_publisher())
    make_live_update(post, "First")
    tick(page, times=2)
    assert offered(page) == ["Show 1 new update"]
    press(page)
    assert_as_fresh(page, new_visitor)


def test_the_end_turns_the_page_round_is_said_once_and_nothing_is_asked_any_more(visit, new_visitor, post):
    for number in range(3):
        make_live_update(post, f"Update {number}", at=ago(60 - number))
    page = visit(post)
    updates.end(fresh(post), by=make_publisher())
    tick(page, times=2)
    assert page.locator(".upd h3").all_inner_texts() == ["Update 0", "Update 1", "Update 2"]
    assert page.get_by_text("Coverage ended").is_visible()
    assert page.get_by_role("status").first.inner_text() == "The coverage has ended."
    assert_as_fresh(page, new_visitor)
    assert_asks_no_more(page)
    assert page.get_by_role("status").first.inner_text() == "The coverage has ended."


def test_what_was_offered_when_the_coverage_ended_can_still_be_had(visit, new_visitor, post):
    make_live_update(post, "First", at=ago(60))
    page = visit(post)
    make_live_update(post, "Last", at=ago(1))
    updates.end(fresh(post), by=make_publisher())
    tick(page, times=2)
    assert offered(page) == ["Show 1 new update"]
    assert_asks_no_more(page)
    press(page)
    assert page.locator(".upd h3").all_inner_texts() == ["First", "Last"]
    assert_as_fresh(page, new_visitor)
    assert_asks_no_more(page)


def test_the_end_is_put_in_place_even_if_the_page_itself_cannot_be_had_at_once(visit, new_visitor, complaints, post):
    complaints.expect("^503")
    make_live_update(post, "First", at=ago(60))
    make_live_update(post, "Second", at=ago(50))
    page = visit(post)
    page.route(f"**{post.get_absolute_url()}", lambda route: route.fulfill(status=503, body="away"))
    updates.end(fresh(post), by=make_publisher())
    tick(page, times=2)
    page.unroute(f"**{post.get_absolute_url()}")
    tick(page)
    assert page.locator(".upd h3").all_inner_texts() == ["First", "Second"]
    assert_as_fresh(page, new_visitor)


def test_a_page_of_a_story_that_has_ended_asks_nothing(visit, post):
    make_live_update(post, "First", at=ago(60))
    updates.end(fresh(post), by=make_publisher())
    assert_asks_no_more(visit(post))


def test_a_missed_promise_is_said_by_the_clock_of_the_server(visit, post, time_machine):
    make_live_update(post, "First", at=ago(60))
    due = timezone.now() + timedelta(minutes=10)
    updates.promise(fresh(post), due, by=make_publisher())
    page = visit(post)
    assert page.get_by_text("Next update at").is_visible()
    time_machine.move_to(due, tick=True)
    tick(page)
    assert page.get_by_text("No update since").is_visible()


def test_a_withdrawn_post_leaves_the_reason_in_its_place(visit, complaints, post):
    complaints.expect("^410: ")
    make_live_update(post, "First", at=ago(60))
    page = visit(post)
    workflow.withdraw(fresh(post), by=make_publisher(), public_note="None of it was true.")
    tick(page)
    page.get_by_text("None of it was true.").wait_for()
    assert page.get_by_text("First").count() == 0
    assert page.evaluate("document.activeElement.textContent") == "We have withdrawn this post"
    before = page.evaluate("window.asked")
    page.clock.run_for(1_000_000)
    assert page.evaluate("window.asked") == before


# What is being read stays where it is


def read(page, post, text):
    """Scrolls until this paragraph is what is being read; gives the way to ask where it is."""
    page.get_by_text(text).evaluate(
        "one => { one.scrollIntoView({block: 'start', behavior: 'instant'}); "
        "scrollBy({top: -30, behavior: 'instant'}); window.read = one; }"
    )
    return lambda: page.evaluate("window.read.isConnected && window.read.getBoundingClientRect().top")


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_that_is_read_moves(visit, new_visitor, post, width):
    paula = make_publisher()
    body = "".join(f"<p>Paragraph {number} of NAME. {'It goes on like this. ' * 30}</p>" for number in range(5))
    newest, read_now, oldest = (
        make_live_update(post, name, at=ago(60 - place), body=body.replace("NAME", name))
        for place, name in ((3, "Newest"), (2, "Middle"), (1, "Oldest"))
    )
    page = visit(post, viewport={"width": width, "height": 800})
    where = read(page, post, "Paragraph 2 of Middle.")
    before = where()
    longer = "<p>Inserted above. " + "And more. " * 80 + "</p>" + body

    publish_update(
        rewrite_update(newest, body=longer.replace("NAME", "Newest")),
        kind="correction",
        public_note="What was above was wrong.",
    )
    tick(page)
    assert page.get_by_text("Inserted above.").count() == 1
    assert abs(where() - before) < 1

    changed = body.replace("NAME", "Middle").replace("Paragraph 4", "Inserted below. " * 40 + "Paragraph 4")
    publish_update(rewrite_update(read_now, body=changed), kind="update")
    tick(page)
    assert "Inserted below." in page.locator(f"#{read_now.anchor}").inner_text()
    assert abs(where() - before) < 1

    changed = changed.replace("Paragraph 0", "Inserted in the piece itself. " * 40 + "Paragraph 0")
    publish_update(rewrite_update(read_now, body=changed), kind="update")
    tick(page)
    assert abs(where() - before) < 1

    make_live_update(post, "Just in", at=ago(1))
    tick(page)
    assert abs(where() - before) < 1  # and the offer takes no room

    updates.pin(oldest, by=paula)
    tick(page, times=2)
    assert page.locator(".upd").first.get_attribute("id") == oldest.anchor
    assert abs(where() - before) < 1

    workflow.withdraw(newest, by=paula, public_note="Wrong.")
    published(write(fresh(post), body=LONG, summary=LONG * 2), kind="update")
    tick(page)
    assert page.get_by_text("Where things stand").is_visible()
    assert abs(where() - before) < 1
    press(page)
    assert_as_fresh(page, new_visitor)


def test_the_keyboard_stays_where_it_is(visit, post):
    make_live_update(post, "Before", at=ago(90), body=LONG * 10)
    one = make_live_update(post, "One", at=ago(60), body='<p>See <a href="https://harbour.example/">here</a>.</p>' * 2)
    page = visit(post)
    page.locator(f"#{one.anchor} .prose a").nth(1).focus()
    body = f'{LONG}<p>See <a href="https://harbour.example/">here</a>.</p><p>Well, <a href="https://harbour.example/">here</a>.</p>'
    publish_update(rewrite_update(one, body=body), kind="update")
    place = "document.activeElement.getBoundingClientRect().top"
    before = page.evaluate(place)
    tick(page)
    assert page.evaluate("document.activeElement.textContent") == "here"
    assert abs(page.evaluate(place) - before) < 1
    updates.pin(one, by=make_publisher())
    tick(page, times=2)
    assert page.evaluate("document.activeElement.textContent") == "here"


# Pages of updates


def test_pages_of_many_updates(visit, new_visitor, post, monkeypatch):
    monkeypatch.setattr(coverage, "PAGE", 4)
    monkeypatch.setattr(coverage, "LEAD", 1)
    many = [make_live_update(post, f"Update {number}", at=ago(100 - number)) for number in range(10)]
    first, further = visit(post), visit(post, f"?u={many[1].number}#{many[1].anchor}")
    publish_update(rewrite_update(many[1], headline="Uno"), kind="correction", public_note="It is one.")
    new = make_live_update(post, "Newest", at=ago(1))
    tick(further, times=2)
    tick(first)
    assert further.get_by_role("heading", name="Uno").is_visible()
    assert further.locator("[data-follow] a.btn").get_attribute("href") == f"?u={new.number}#{new.anchor}"
    assert further.locator("[data-follow] button").is_hidden()
    assert_as_fresh(further, new_visitor, but_title=True)
    assert offered(first) == ["Show 1 new update"]
    press(first)
    assert first.locator(".upd h3").all_inner_texts() == ["Newest", "Update 9", "Update 8", "Update 7"]
    assert_as_fresh(first, new_visitor)
    updates.pin(many[8], by=make_publisher())
    tick(first, times=2)
    assert_as_fresh(first, new_visitor)
    updates.unpin(many[8], by=make_publisher())
    tick(first, times=2)
    assert_as_fresh(first, new_visitor)
    updates.end(fresh(post), by=make_publisher())
    tick(first, times=2)
    assert first.url.endswith("?order=newest")
    assert_as_fresh(first, new_visitor)


# Whatever happens


class Life:
    """Chance leads a story on, through the verbs."""

    def __init__(self, post, seed):
        self.post, self.chance, self.paula, self.count = post, random.Random(seed), make_publisher(), 0

    def one(self, *columns, **which):
        rows = list(Update.objects.filter(post=self.post, **which).order_by("pk"))
        return self.chance.choice(rows) if rows else None

    def step(self):
        verb = self.chance.choice(
            [self.add, self.change, self.change, self.withdraw, self.back, self.mark, self.lead, self.text]
        )
        with contextlib.suppress(workflow.WorkflowError):
            verb()

    def words(self):
        self.count += 1
        return "".join(
            f"<p>{self.chance.choice('abcdefgh')} {'word ' * self.chance.randrange(40)}</p>" for _ in range(4)
        )

    def add(self):
        self.count += 1
        headline = self.chance.choice([f"Update {self.count}", ""])
        make_live_update(self.post, headline, at=ago(self.chance.randrange(1, 600)), body=self.words())

    def change(self):
        update = self.one(live__isnull=False)
        if update is None:
            return
        kind = self.chance.choice(["typo", "clarification", "update", "correction"])
        parts = {"body": self.words()}
        if self.chance.random() < 0.3:
            parts["happened_at"] = ago(self.chance.randrange(1, 600)).isoformat()
        publish_update(rewrite_update(update, **parts), kind=kind, public_note=self.chance.choice(["", "A note."]))

    def withdraw(self):
        update = self.one(live__isnull=False)
        if update is not None:
            workflow.withdraw(update, by=self.paula, public_note="Wrong.")

    def back(self):
        update = self.one(withdrawal__isnull=False)
        if update is not None:
            publish_update(rewrite_update(update, body=self.words()), kind="update")

    def mark(self):
        update = self.one(published_at__isnull=False)
        if update is not None:
            self.chance.choice([updates.pin, updates.unpin, updates.mark_key, updates.unmark_key])(
                update, by=self.paula
            )

    def lead(self):
        due = self.chance.choice([timezone.now() + timedelta(hours=1), None])
        updates.promise(fresh(self.post), due, by=self.paula, words="or so" if due else "")

    def text(self):
        parts = self.chance.choice(
            [{"body": self.words()}, {"summary": self.words()}, {"headline": f"Headline {self.count}"}, {"summary": ""}]
        )
        kind = self.chance.choice(["typo", "correction", "update"])
        published(write(fresh(self.post), **parts), kind=kind, public_note="It was wrong.")


def trouble(page, post, chance):
    """Answers get lost, fail, or are told again, from now until it is over."""
    answers = {}

    def handle(route):
        fate, asked = chance.random(), route.request.url
        if fate < 0.15:
            route.abort()
        elif fate < 0.3:
            route.fulfill(status=503, body="away")
        elif fate < 0.45 and answers:
            route.fulfill(body=answers[chance.choice(sorted(answers))])  # of another time
        else:
            answer = route.fetch()
            if answer.ok:
                answers[asked] = answer.text()
            route.fulfill(response=answer)

    page.route(f"**{post.get_absolute_url()}changes/*", handle)


@pytest.mark.parametrize("seed", range(4))
def test_every_open_page_ends_equal_to_a_fresh_one(visit, new_visitor, complaints, post, monkeypatch, seed):
    complaints.expect("request failed|^503")
    monkeypatch.setattr(coverage, "PAGE", [30, 6, 30, 6][seed])
    life = Life(post, seed)
    for _ in range(8):
        life.step()
    page = visit(post)
    trouble(page, post, life.chance)
    for _step in range(50):
        life.step()
        if life.chance.random() < 0.4:
            tick(page)
        if life.chance.random() < 0.1 and page.locator("[data-follow] button").is_visible():
            press(page)
    if seed % 2:
        updates.end(fresh(post), by=life.paula)  # comes last: after it an open page asks no more
        tick(page)
    page.unroute(f"**{post.get_absolute_url()}changes/*")
    for _ in range(3):
        tick(page, or_never=seed % 2)
    if page.locator("[data-follow] button").is_visible():
        press(page)
    assert offered(page) == []
    assert_as_fresh(page, new_visitor)


# Without script, and for everybody


def test_without_script_the_page_says_how_new_it_is(new_visitor, live_server, post):
    make_live_update(post, "First", at=ago(60))
    page = new_visitor(java_script_enabled=False)
    page.goto(live_server.url + post.get_absolute_url())
    make_live_update(post, "Second", at=ago(50))
    assert page.get_by_text("for anything newer.").is_visible()
    page.get_by_role("link", name="Load the page again").click()
    assert page.locator(".upd h3").all_inner_texts() == ["Second", "First"]
    page.get_by_role("link", name="Oldest first").click()
    assert page.locator(".upd h3").all_inner_texts() == ["First", "Second"]


@pytest.mark.looks
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_running_story_is_sound(visit, post, scheme):
    sources = ({"outlet": "Harbour", "title": "Notice", "url": "https://harbour.example/31"},)
    published(write(fresh(post), summary="<ul><li>It is shut.</li></ul>"), kind="update")
    one = make_live_update(post, "One", at=ago(60), sources=sources, body='<p>It is.<a href="#s1">1</a></p>')
    two = make_live_update(post, "", at=ago(50))
    updates.mark_key(one, by=make_publisher())
    updates.pin(one, by=make_publisher())
    publish_update(rewrite_update(one, body="<p>It was.</p>"), kind="correction", public_note="It was.")
    publish_update(rewrite_update(two, body="<p>Clear.</p>"), kind="clarification", public_note="Said clearer.")
    gone = make_live_update(post, "Gone", at=ago(40))
    workflow.withdraw(gone, by=make_publisher(), public_note="Wrong.")
    page = visit(post)
    page.emulate_media(color_scheme=scheme)
    make_live_update(post, "New", at=ago(1))
    tick(page)
    found = {}
    for step in ("offered", "shown"):
        for width in (1280, 360):
            page.set_viewport_size({"width": width, "height": 800})
            if violations := axe(page):
                found[step, width] = violations
            if wide := too_wide(page):
                found[step, width, "scroll"] = wide
        if step == "offered":
            press(page)
    assert found == {}
