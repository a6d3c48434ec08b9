"""The desk in a real browser: the journey of a story, and every page for everybody's eyes."""

import pytest

from tests.blog.test_pictures import made
from tests.browser import axe
from tests.factories import (
    fresh,
    in_stage,
    make_author,
    make_live_post,
    make_post,
    make_story,
    person,
    put_in_review,
    write,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sign_in(new_visitor, live_server):
    """A page of somebody who went to the desk and signed in there."""

    def signed_in(name, where="/admin/", **options):
        person(name)
        page = new_visitor(**options)
        page.goto(f"{live_server.url}{where}")
        page.get_by_label("Username").fill(name)
        page.get_by_label("Password").fill("secret")
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(f"{live_server.url}{where}")
        return page

    return signed_in


def typed(page, words):
    page.locator(".editor-text").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(words)


def button(page, name):
    page.locator(".write-bar, #steps").get_by_role("button", name=name, exact=True).click()
    page.wait_for_selector(".messagelist")


def test_a_story_from_first_word_to_its_second_public_wording(sign_in, new_visitor, live_server):
    carla = sign_in("carla")
    carla.get_by_role("link", name="Write").click()
    carla.get_by_label("Headline").fill("Council closes the bridge")
    typed(carla, "The bridge is closed until Friday.")
    carla.get_by_role("button", name="Add a source").click()
    carla.get_by_label("Outlet").first.fill("Harbour Authority")
    button(carla, "Save")
    assert "Saved as version 1." in carla.inner_text(".messagelist")
    address = carla.url.removeprefix(live_server.url)
    button(carla, "Send to review")

    edith = sign_in("edith", address)
    button(edith, "Approve")
    paula = sign_in("paula", address)
    button(paula, "Publish")
    paula.locator(".messagelist a").click()
    public = paula.url
    assert "until Friday" in paula.inner_text("main")

    carla.goto(f"{live_server.url}{address}")
    typed(carla, " Ferries run all night.")
    carla.get_by_label("Update: adds news").check()
    carla.get_by_label("Note for colleagues").fill("The ferry company called.")
    button(carla, "Send to review")

    rita = new_visitor()
    rita.goto(public)
    assert "until Friday" in rita.inner_text("main")
    assert "all night" not in rita.inner_text("main")

    edith.goto(f"{live_server.url}{address}")
    button(edith, "Approve")
    paula.goto(f"{live_server.url}{address}")
    button(paula, "Publish")
    rita.goto(public)
    assert "all night" in rita.inner_text("main")

    paula.goto(f"{live_server.url}{address.replace('/change/', '/history/')}")
    assert "The ferry company called." in paula.inner_text("main")
    for number, words in ((1, False), (2, True)):
        paula.get_by_role("link", name=f"Look at version {number}").click()
        assert ("all night" in paula.inner_text("main")) is words
        paula.go_back()


def test_two_who_write_at_once_lose_nothing(sign_in, live_server, complaints):
    post = make_post()
    address = f"/admin/blog/post/{post.pk}/change/"
    carla, edith = sign_in("carla", address), sign_in("edith", address)
    carla.get_by_label("Headline").fill("Carla's headline")
    button(carla, "Save")
    typed(edith, " Edith's words.")
    complaints.expect("409")
    edith.get_by_role("button", name="Save", exact=True).click()
    assert "Carla saved version 2" in edith.get_by_role("alert").inner_text()
    assert "Edith's words." in edith.inner_text(".editor-text")
    edith.once("dialog", lambda dialog: dialog.accept())
    button(edith, "Save")
    assert "Edith's words." in fresh(post).head.body
    assert fresh(post).head.number == 3


def test_unsaved_words_are_not_left_without_a_question(sign_in):
    post = make_post()
    page = sign_in("carla", f"/admin/blog/post/{post.pk}/change/")
    page.get_by_label("Headline").fill("Typed")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Posts").first.click(no_wait_after=True)
    page.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    assert page.get_by_label("Headline").input_value() == "Typed"


def test_names_are_completed_by_keyboard(sign_in):
    make_live_post(tags=("Harbour", "Harbour Authority"))
    make_author("Élodie Roy", "elodie-roy")
    page = sign_in("carla", "/admin/blog/post/add/")
    page.get_by_label("Headline").fill("H")
    page.get_by_role("combobox", name="Tags").press_sequentially("harb")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.get_by_role("combobox", name="Tags").input_value() == "Harbour Authority, "
    page.get_by_role("combobox", name="Byline").fill("")
    page.get_by_role("combobox", name="Byline").press_sequentially("élo")
    page.get_by_role("option", name="Élodie Roy").click()
    assert page.get_by_role("combobox", name="Byline").input_value() == "Élodie Roy, "
    button(page, "Save")


def test_rows_of_sources_come_and_go(sign_in):
    post = make_post(sources=({"outlet": "First", "title": "", "url": "", "at": ""},))
    page = sign_in("carla", f"/admin/blog/post/{post.pk}/change/")
    for number in range(5):
        page.get_by_role("button", name="Add a source").click()
        page.keyboard.type(f"New {number}")
    page.get_by_role("button", name="Remove: Source 1").click()
    button(page, "Save")
    assert [source["outlet"] for source in fresh(post).head.sources] == [f"New {number}" for number in range(5)]


def test_a_picture_is_uploaded_and_taken_again(sign_in):
    post = make_post()
    page = sign_in("carla", f"/admin/blog/post/{post.pk}/change/")
    file = {"name": "bridge.png", "mimeType": "image/png", "buffer": made().getvalue()}
    page.get_by_label("Upload a picture").set_input_files(file)
    page.get_by_label("Alternative text").fill("The closed bridge")
    button(page, "Save")
    other = make_post("Another")
    page.goto(page.url.replace(f"/{post.pk}/", f"/{other.pk}/"))
    page.get_by_text("Choose one that is here").click()
    page.locator("input[data-alt]").check()
    button(page, "Save")
    assert fresh(other).head.image == fresh(post).head.image | {"alt": "The closed bridge"}


@pytest.fixture
def accessible(complaints):
    """What axe has against a page. Axe tries inline styles of its own, which the policy refuses: not our complaint."""

    def found(page):
        heard = len(complaints.heard)
        against = axe(page)
        page.wait_for_timeout(50)  # the console speaks a little later
        complaints.heard[heard:] = [text for text in complaints.heard[heard:] if "Applying inline style" not in text]
        return against

    return found


def every_page(post):
    user, group = person("ada"), person("carla").groups.get()
    pages = ["", "blog/post/", "blog/post/add/", "blog/post/add/?kind=page", f"blog/post/{post.pk}/change/"]
    pages += [f"blog/post/{post.pk}/history/", "password_change/", "password_change/done/", "blog/"]
    for model in ("author", "story", "tag", "picture"):
        pages += [f"blog/{model}/"] + ([f"blog/{model}/add/"] if model != "tag" else [])
    pages += [f"blog/author/{make_author().pk}/change/", f"blog/story/{make_story().pk}/change/"]
    pages += [f"blog/tag/{post.tags.get().pk}/change/", f"blog/author/{make_author('B', 'b').pk}/history/"]
    pages += ["auth/user/", "auth/user/add/", f"auth/user/{user.pk}/change/", f"auth/user/{user.pk}/password/"]
    pages += [f"auth/user/{user.pk}/delete/", "auth/group/", f"auth/group/{group.pk}/change/"]
    return [*pages, "redirects/redirect/", "redirects/redirect/add/"]


@pytest.mark.looks
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_every_page_is_for_everybody(sign_in, live_server, width, scheme, complaints, accessible):
    post = make_live_post(tags=("Harbour",), standfirst="It is closed.")
    write(post, headline="Council closes the bridge for good", kind="update")
    put_in_review(post)
    for stage in ("draft", "review", "changes", "approved", "withdrawn", "spiked"):
        in_stage(stage, f"A piece at {stage}")
    page = sign_in("ada", viewport={"width": width, "height": 800}, color_scheme=scheme)
    found = {}
    for address in every_page(fresh(post)):
        page.goto(f"{live_server.url}/admin/{address}")
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        complaint = accessible(page) + ([f"{wider} pixels too wide"] if wider else [])
        found |= {address: complaint} if complaint else {}
    complaints.expect("404")
    page.goto(f"{live_server.url}/admin/nothing/")
    found |= {"404": accessible(page)} if accessible(page) else {}
    page.goto(f"{live_server.url}/admin/")
    page.get_by_role("button", name="Sign out").click()
    found |= {"signed out": accessible(page)} if accessible(page) else {}
    page.goto(f"{live_server.url}/admin/login/")
    found |= {"login": accessible(page)} if accessible(page) else {}
    assert found == {}


def test_a_phone_is_enough_to_write_and_publish(sign_in):
    make_live_post()
    page = sign_in("ada", "/admin/blog/post/add/", viewport={"width": 360, "height": 740}, has_touch=True)
    page.get_by_label("Headline").fill("From the quay")
    page.locator(".editor-text").tap()
    page.keyboard.type("A seal is back.")
    button(page, "Save")
    page.get_by_role("link", name="More").tap()
    assert page.locator("#steps").bounding_box()["y"] < 740
    assert page.locator(".write-bar").bounding_box()["y"] < 740
