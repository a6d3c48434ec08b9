"""Words that are not saved in a real browser: a window is closed, the server is away, the session lost, others here."""

import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from blog import drafting
from blog.models import Draft, Presence
from tests.browser import axe, too_wide
from tests.factories import fresh, make_post, make_rolling_post, make_update, person, write

pytestmark = pytest.mark.django_db(transaction=True)
ON_THIS_DEVICE = "Object.entries(localStorage).filter(([name]) => name.startsWith('words:')).map(([, value]) => value)"


def page_of(post):
    return f"/admin/blog/post/{post.pk}/change/"


@pytest.fixture
def sign_in(new_visitor, live_server):
    """A page of somebody who is signed in and went there."""

    def signed_in(name, where, page=None, **options):
        client = Client()  # one that was somebody else would end their session
        client.force_login(person(name))
        page = page or new_visitor(**options)
        session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([session])
        page.goto(f"{live_server.url}{where}")
        return page

    return signed_in


@pytest.fixture
def accessible(complaints):
    """What is against a page: axe, and what has to be scrolled sideways."""

    def found(page):
        heard = len(complaints.heard)
        against = axe(page)
        page.wait_for_timeout(50)  # the console speaks a little later
        complaints.heard[heard:] = [text for text in complaints.heard[heard:] if "Applying inline style" not in text]
        wide = too_wide(page)
        return against + ([f"{wide} pixels too wide"] if wide else [])

    return found


def line(page):
    return page.locator("form.write [data-kept-line]")


def kept(page):
    line(page).get_by_text(re.compile(r"^Kept at \d\d:\d\d\.$")).wait_for()


def brought(page):
    """Wait until this device has nothing any more."""
    for _ in range(100):
        if page.evaluate(ON_THIS_DEVICE) == []:
            return
        page.wait_for_timeout(50)
    raise AssertionError(page.evaluate(ON_THIS_DEVICE))


def leave(page):
    page.once("dialog", lambda dialog: dialog.accept())


def test_what_is_typed_is_kept_and_offered_in_the_next_window_and_gone_when_saved(sign_in, live_server):
    post = make_post()
    page = sign_in("carla", page_of(post))
    page.get_by_label("Standfirst").fill("It cracked.")
    page.locator(".editor-text").first.click()
    page.keyboard.type("Nobody crosses it. ")
    kept(page)
    assert page.evaluate(ON_THIS_DEVICE) == []  # the server has it
    assert page.locator("[data-kept-said]").inner_text() == ""  # and nobody is told of every time
    [draft] = Draft.objects.all()
    assert draft.fields["standfirst"] == ["It cracked."]

    again = page.context.new_page()
    again.goto(f"{live_server.url}{page_of(post)}")
    box = again.get_by_role("region", name="Words not saved", exact=True)
    assert "Standfirst (2 words new), Text (" in box.inner_text()
    box.get_by_role("link", name="Take it").click()
    again.wait_for_selector(".editor-text")
    assert again.get_by_label("Standfirst").input_value() == "It cracked."
    assert "Nobody crosses it." in again.locator(".editor-text").first.inner_text()
    assert again.locator("body").get_attribute("class").endswith("unsaved")
    again.keyboard.press("Control+s")
    again.wait_for_selector(".messagelist")
    assert (fresh(post).head.standfirst, Draft.objects.count()) == ("It cracked.", 0)


def test_two_windows_of_one_person_lose_nothing(sign_in, live_server):
    post = make_post()
    one = sign_in("carla", page_of(post))
    two = one.context.new_page()
    two.goto(f"{live_server.url}{page_of(post)}")
    for page, words in ((one, "From the one"), (two, "From the other")):
        page.bring_to_front()
        page.get_by_label("Standfirst").fill(words)
        kept(page)
    assert sorted(draft.fields["standfirst"][0] for draft in Draft.objects.all()) == ["From the one", "From the other"]
    one.bring_to_front()
    one.keyboard.press("Control+s")
    one.wait_for_selector(".messagelist")
    assert Draft.objects.get().fields["standfirst"][0] == "From the other"
    assert "Standfirst" in one.get_by_role("region", name="Words not saved", exact=True).inner_text()


def test_while_the_server_is_away_the_words_stay_on_this_device_and_come_back(sign_in, live_server, complaints):
    complaints.expect("request failed")
    post = make_post()
    page = sign_in("carla", page_of(post))
    page.route("**/admin/words/keep/", lambda route: route.abort())
    page.get_by_label("Standfirst").fill("It cracked.")
    page.get_by_text(re.compile(r"Not kept since \d\d:\d\d\. Your text is kept on this device\.")).first.wait_for()
    assert "Your text is kept on this device" in page.locator("form.write [data-kept-said]").inner_text()
    [copy] = page.evaluate(ON_THIS_DEVICE)
    assert "csrf" not in copy and "It cracked." in copy
    page.close(run_before_unload=False)

    again = page.context.new_page()
    again.goto(f"{live_server.url}{page_of(post)}")
    box = again.get_by_role("region", name="Words not saved", exact=True)
    box.wait_for()
    assert "It cracked." in Draft.objects.get().fields["standfirst"]
    assert again.evaluate(ON_THIS_DEVICE) == []
    box.get_by_role("button", name="Put it away").click()
    again.get_by_text("Put away, for thirty days.").wait_for()
    assert again.get_by_role("region", name="Words not saved", exact=True).count() == 0
    again.get_by_role("link", name="Bring it back").click()
    again.get_by_role("button", name="Bring it back").click()
    again.wait_for_selector(".editor-text")
    assert again.get_by_label("Standfirst").input_value() == "It cracked."


def test_signed_out_while_writing_and_back_to_the_words(sign_in, complaints):
    complaints.expect("403")
    post = make_post()
    page = sign_in("carla", page_of(post))
    page.get_by_label("Standfirst").fill("It cracked.")
    kept(page)
    Session.objects.all().delete()
    page.get_by_label("Standfirst").fill("It cracked in the night.")
    page.get_by_text("You are signed out. Your text is kept on this device.").first.wait_for()
    assert page.get_by_role("link", name="Sign in in another window").get_attribute("target") == "_blank"

    page.get_by_role("button", name="Save", exact=True).last.click()
    page.get_by_text("Nothing was saved, and nothing is lost.").wait_for()
    assert "It cracked in the night." in page.locator("dl").inner_text()
    other = sign_in("carla", "/admin/", page.context.new_page())  # brings what this device has
    brought(other)
    assert Draft.objects.get().fields["standfirst"] == ["It cracked in the night."]
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector(".messagelist")
    assert (fresh(post).head.standfirst, Draft.objects.count()) == ("It cracked in the night.", 0)


def test_signed_in_again_elsewhere_the_same_window_goes_on(sign_in, live_server, complaints):
    complaints.expect("403")
    post = make_post()
    page = sign_in("carla", page_of(post))
    Session.objects.all().delete()
    page.get_by_label("Standfirst").fill("It cracked.")
    page.get_by_text("You are signed out. Your text is kept on this device.").first.wait_for()
    other = sign_in("carla", "/admin/words/", page.context.new_page())
    other.evaluate("document.cookie = 'csrftoken=' + 'b'.repeat(32) + '; path=/'")  # signing in makes a new token
    page.evaluate("dispatchEvent(new Event('online'))")
    kept(page)
    assert page.locator("form.write [data-kept-said]").inner_text() == "Kept again."
    page.keyboard.press("Control+s")
    page.wait_for_selector(".messagelist")
    assert fresh(post).head.standfirst == "It cracked."


def test_another_person_on_this_device_finds_no_words(sign_in, live_server, complaints):
    complaints.expect("request failed")
    post = make_post()
    page = sign_in("carla", page_of(post))
    page.route("**/admin/words/keep/", lambda route: route.abort())
    page.get_by_label("Standfirst").fill("It cracked.")
    page.get_by_text("Your text is kept on this device.").first.wait_for()
    page.unroute("**/admin/words/keep/")
    edith = sign_in("edith", "/admin/words/", page.context.new_page())
    assert edith.evaluate(ON_THIS_DEVICE) == []
    assert not Draft.objects.exists()
    page.evaluate("dispatchEvent(new Event('online'))")
    page.get_by_text("Somebody else is signed in here now.").first.wait_for()
    assert not Draft.objects.exists()
    complaints.expect("409")


def test_what_cannot_be_kept_is_said_and_not_sent_again_as_it_is(sign_in, live_server, complaints):
    complaints.expect("400")
    post = make_post()
    for number in range(drafting.MOST_FORMS):
        drafting.keep(person("carla"), f"post-{post.pk}", f"form-number-{number}", 1, {"headline": ["x"]})
    page = sign_in("carla", page_of(post))
    page.clock.install()
    sent = []
    page.context.on("request", lambda request: sent.append(request) if "/words/keep/" in request.url else None)
    page.get_by_label("Standfirst").fill("It cracked.")
    page.clock.run_for(3_000)
    line(page).get_by_text("Too many forms hold unsaved words of yours for this piece.").wait_for()
    assert "Your text is on this device only" in line(page).inner_text()
    for _ in range(2):
        page.clock.run_for(30_000)
        page.evaluate("dispatchEvent(new Event('online'))")
    assert len(sent) == 1

    other = page.context.new_page()
    for _ in range(2):
        other.goto(f"{live_server.url}/admin/blog/post/")
        other.wait_for_load_state("networkidle")
    assert len(sent) == 1
    way = line(page).get_by_role("link", name="Words not saved").get_attribute("href")
    other.goto(f"{live_server.url}{way}")
    shelf = other.locator("[data-on-this-device]")
    shelf.get_by_text("Too many forms hold unsaved words").wait_for()
    shelf.get_by_text("Read it").click()
    assert "standfirst: It cracked." in shelf.locator("pre").inner_text()
    assert len(sent) == 2
    Draft.objects.all()[0].delete()
    other.reload()
    brought(other)
    assert shelf.is_hidden() and Draft.objects.filter(fields__standfirst=["It cracked."]).count() == 1

    page.get_by_label("Standfirst").fill("It cracked in the night.")
    page.clock.run_for(3_000)
    kept(page)
    assert len(sent) == 4


def test_what_may_be_kept_nowhere_can_be_deleted_from_the_device(sign_in, live_server, complaints, accessible):
    complaints.expect("403")
    post = make_post()
    page = sign_in("carla", page_of(post))
    page.locator("[name=kept-place]").evaluate("field => { field.value = 'post-4711' }")
    page.get_by_label("Standfirst").fill("It cracked.")
    line(page).get_by_text("This piece is not here.").wait_for()
    leave(page)
    page.goto(f"{live_server.url}/admin/words/")
    button = page.get_by_role("button", name="Delete it from this device")
    button.wait_for()
    assert accessible(page) == []
    button.click()
    assert page.locator("[data-on-this-device]").is_hidden()
    assert page.evaluate(ON_THIS_DEVICE) == []


def test_without_a_script_words_are_taken_and_saved(sign_in):
    post = make_post()
    fields = {"based_on": ["1"], "headline": [post.head.headline], "standfirst": ["Of yesterday"], "body": ["<p>x</p>"]}
    fields |= {"sources-TOTAL_FORMS": ["0"], "sources-INITIAL_FORMS": ["0"]}
    drafting.keep(person("carla"), f"post-{post.pk}", "form-that-is-left", 1, fields)
    page = sign_in("carla", page_of(post), java_script_enabled=False)
    page.get_by_role("link", name="Take it").click()
    assert page.get_by_label("Standfirst").input_value() == "Of yesterday"
    page.get_by_role("button", name="Save", exact=True).last.click()
    assert (fresh(post).head.standfirst, Draft.objects.count()) == ("Of yesterday", 0)


def test_who_is_here_is_said_and_what_was_saved_meanwhile(sign_in, complaints):
    post = make_post()
    carla, edith = sign_in("carla", page_of(post)), sign_in("edith", page_of(post))
    edith.get_by_text(re.compile(r"Carla is here, looking, since \d\d:\d\d\.")).wait_for()
    carla.get_by_label("Standfirst").press_sequentially("It")
    kept(carla)
    carla.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    carla.get_by_text("Edith is here, looking").wait_for()
    edith.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    edith.get_by_text("Carla is here, writing").wait_for()
    write(post, by=person("edith"), standfirst="News")
    carla.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    carla.get_by_text(re.compile(r"Edith saved version 2 at \d\d:\d\d: your next save will be merged\.")).wait_for()
    assert carla.locator("[data-saved] a").get_attribute("href").endswith("?a=1&b=2")
    assert Presence.objects.count() == 2


def test_an_update_of_a_story_is_kept_beside_the_storys_own_text(sign_in):
    post = make_rolling_post()
    page = sign_in("carla", page_of(post))
    page.get_by_label("Headline of the update").fill("Ferries run")
    page.locator(".update-form").get_by_text(re.compile("Kept at")).wait_for()
    page.get_by_label("Standfirst").fill("It cracked.")
    kept(page)
    assert sorted(Draft.objects.values_list("place", flat=True)) == [f"new-update-{post.pk}", f"post-{post.pk}"]
    leave(page)
    page.reload()
    assert page.get_by_role("region", name=re.compile("Words not saved")).count() == 2


@pytest.mark.looks
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_every_page_of_it_is_for_everybody(sign_in, live_server, width, scheme, accessible, complaints):
    complaints.expect("403")
    post = make_rolling_post()
    update = make_update(post)
    page = sign_in("carla", page_of(post), viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.get_by_label("Standfirst").fill("It cracked.")
    kept(page)
    page.get_by_label("Headline of the update").fill("Ferries run")
    page.locator(".update-form").get_by_text(re.compile("Kept at")).wait_for()
    leave(page)
    sign_in("edith", page_of(post))
    page.reload()
    page.get_by_text("Edith is here").wait_for()
    found = {"offered": accessible(page)}
    page.get_by_role("link", name="Take it").last.click()
    found["taken"] = accessible(page)
    page.goto(f"{live_server.url}/admin/words/")
    page.locator("summary", has_text="Read it").first.click()
    found["list"] = accessible(page)
    page.goto(f"{live_server.url}/admin/blog/post/{post.pk}/updates/{update.number}/")
    found["update"] = accessible(page)
    Session.objects.all().delete()
    page.locator("form.write").evaluate("form => form.submit()")
    page.get_by_text("Nothing was saved, and nothing is lost.").wait_for()
    found["not lost"] = accessible(page)
    assert {name: against for name, against in found.items() if against} == {}
