"""Two people write one story at the same time, each in a real browser: no word is lost."""

import random
import re

import pytest
from django.test import Client

from tests.browser import axe, too_wide
from tests.factories import fresh, make_post, person, write

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 50
SIGN = re.compile(r"<mark>⟦⇄[^⟧]*⟧</mark>|⟦⇄[^⟧]*⟧")
BODY = (
    "<p>The bridge is closed until Friday, the council said.</p>"
    "<p>A <strong>crack</strong> was found at noon, in the <em>second</em> pier.</p>"
    "<h2>What now</h2><ul><li>The ferry runs until midnight.</li><li>Schools are told.</li></ul>"
    "<blockquote><p>We had no other choice, she said.</p></blockquote><p>More at six.</p>"
)


@pytest.fixture
def sign_in(new_visitor, live_server):
    """A page of somebody who is signed in and went there."""

    def signed_in(name, where, **options):
        client = Client()  # each a session of his own
        client.force_login(person(name))
        page = new_visitor(**options)
        # What polls would ask in the middle of a test's own questions: the database in memory has one connection.
        page.route(re.compile(r"/desk/(presence|keep)\b[^/]*\.js"), _nothing)
        session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([session])
        page.goto(f"{live_server.url}{where}")
        return page

    return signed_in


def _nothing(route):
    route.fulfill(body="", content_type="text/javascript")


class Editor:
    """Somebody at the desk who types words of his own, one at a time, at any place."""

    def __init__(self, page, name, chance):
        self.page, self.name, self.chance = page, name, chance
        self.typed = []

    def word(self):
        self.typed.append(f"{self.name}{len(self.typed)}x")
        return self.typed[-1]

    def save(self):
        """Press Save; where somebody was faster, look, and say yes to both."""
        with self.page.expect_navigation():
            self.page.locator(".write-bar").get_by_role("button", name="Save", exact=True).click()
        both = self.page.get_by_role("button", name="Save both together")
        if both.count():
            with self.page.expect_navigation():
                both.click()
            assert self.page.locator(".messagelist .success").count() == 1

    def look(self):
        self.page.goto(self.page.url)


# By the mouse it would come beside a letter now and then, and cut a word in two.
PUT_CARET = """async (block, at_start) => {
    const range = document.createRange();
    range.selectNodeContents(block);
    range.collapse(at_start);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


class WithScript(Editor):
    """In the editor, by keys."""

    def write(self):
        text = self.page.locator("#write .as-body .editor-text")
        blocks = text.locator("p, h2")
        block = blocks.nth(self.chance.randrange(blocks.count()))
        at_start = self.chance.random() < 0.5
        text.click()
        block.evaluate(PUT_CARET, at_start)
        if not at_start and self.chance.random() < 0.3:
            self.page.keyboard.press("Enter")
        self.page.keyboard.type(f"{self.word()} " if at_start else f" {self.word()}")

    def look(self):
        super().look()
        self.page.wait_for_selector("#write .as-body .editor-text")


class WithoutScript(Editor):
    """In the HTML. Now and then he chooses where both variants stand: both stay, the signs go."""

    def write(self):
        field = self.page.locator("#id_body")
        text = field.input_value()
        if self.chance.random() < 0.3:
            text = SIGN.sub("", text)
        places = [found.start() for found in re.finditer(r" (?=[^<>]*<)|(?=</(?:p|li|h2)>)", text)]
        at = self.chance.choice(places)
        text = f"{text[:at]} {self.word()}{text[at:]}"
        if self.chance.random() < 0.2:
            text += f"<p>{self.word()} at the end.</p>"
        field.fill(text)


@pytest.mark.parametrize("seed", [7])
def test_for_fifty_rounds_no_word_is_lost(sign_in, complaints, seed):
    complaints.expect("409")
    chance = random.Random(seed)
    post = make_post(body=BODY)
    where = f"/admin/blog/post/{post.pk}/change/"
    edith = WithScript(sign_in("edith", where), "edith", chance)
    paula = WithoutScript(sign_in("paula", where, java_script_enabled=False), "paula", chance)
    edith.look()
    for _round in range(ROUNDS):
        who = chance.choice([edith, paula])
        if chance.random() < 0.4:
            who.look()
        who.write()
        who.save()
        if isinstance(who, WithScript):
            who.page.wait_for_selector("#write .as-body .editor-text")
        body = fresh(post).head.body
        lost = [word for one in (edith, paula) for word in one.typed if word not in body]
        assert lost == [], f"round {_round}: {who.page.locator('#content').inner_text()[:1500]}"
    assert min(len(edith.typed), len(paula.typed)) > 10
    head = fresh(post).head
    assert head.number > ROUNDS
    assert head.based_on.based_on is not None


@pytest.mark.looks
@pytest.mark.parametrize("script", [True, False])
def test_the_box_of_two_who_met_is_for_everybody(sign_in, complaints, script):
    complaints.expect("409")
    post = make_post(body=BODY)
    for width in (1280, 360):
        for scheme in ("light", "dark"):
            for clash in (False, True):
                options = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
                page = sign_in("edith", f"/admin/blog/post/{post.pk}/change/", java_script_enabled=script, **options)
                head = fresh(post).head
                write(post, by=person("colin"), headline=f"Colin {head.number}", body=head.body)
                if clash:
                    page.fill("#id_headline", f"Edith {head.number}")
                else:
                    page.fill("#id_standfirst", f"By Edith, {head.number}.")
                page.locator(".write-bar").get_by_role("button", name="Save", exact=True).click()
                box = page.get_by_role("alert").filter(has_text="while you had this open")
                said = "you both wrote something else" if clash else "Nothing is saved yet"
                assert said in box.inner_text()
                if script:
                    for summary in box.locator("summary").all():
                        summary.click()
                    assert axe(page) == []
                    assert too_wide(page) == 0
                page.context.close()
    complaints.heard[:] = [text for text in complaints.heard if "Applying inline style" not in text]
