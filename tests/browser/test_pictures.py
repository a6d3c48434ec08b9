"""Pictures in a real browser: dropped on the library, put into a text from the page of a piece, kept in sight."""

import pytest
from django.test import Client

from blog import pictures
from blog.models import Picture, Revision
from tests.blog.test_pictures import made
from tests.browser import axe, too_wide
from tests.factories import fresh, make_live_post, make_post, make_rolling_post, make_update, person

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = [{}, {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}]
# Makes what a browser makes of files that are dropped or pasted.
TRANSFER = """([name, type, bytes]) => {
  const transfer = new DataTransfer()
  transfer.items.add(new File([new Uint8Array(bytes)], name, { type }))
  return transfer
}"""


@pytest.fixture
def sign_in(new_visitor, live_server):
    def signed_in(name, where, **options):
        client = Client()
        client.force_login(person(name))
        page = new_visitor(**options)
        session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([session])
        page.goto(f"{live_server.url}{where}")
        return page

    return signed_in


def carried(page, name="bridge.png", kind="image/png", data=None):
    data = made(size=(700, 500), colour="teal").getvalue() if data is None else data
    return page.evaluate_handle(TRANSFER, [name, kind, list(data)])


def against(page, complaints):
    """What is against a page: axe, and what has to be scrolled sideways."""
    heard = len(complaints.heard)
    found = axe(page)
    page.wait_for_timeout(50)  # the console speaks a little later
    complaints.heard[heard:] = [text for text in complaints.heard[heard:] if "Applying inline style" not in text]
    wider = too_wide(page)
    return found + ([f"{wider} pixels too wide"] if wider else [])


@pytest.mark.parametrize("options", SIZES)
def test_the_library_is_seen_by_all_eyes(sign_in, complaints, options):
    pictures.store(made(size=(700, 500), colour="teal"), alt="The bridge", credit="Carla Reyes", licence="CC BY 4.0")
    pictures.store(made(size=(300, 900), colour="maroon"))
    page = sign_in("carla", "/admin/blog/picture/", **options)
    assert page.get_by_role("img").count() == 2
    assert against(page, complaints) == []


def test_a_picture_is_dropped_on_the_library_and_a_lie_is_refused_with_a_sentence(sign_in, complaints):
    page = sign_in("carla", "/admin/blog/picture/")
    page.dispatch_event("body", "drop", {"dataTransfer": carried(page)})
    page.get_by_text("bridge.png is kept. Say now what it shows:").wait_for()
    assert Picture.objects.get().width == 700
    complaints.expect("400: .*/upload/")
    lie = carried(page, "lie.png", data=b"<svg><script>alert(1)</script></svg>")
    page.dispatch_event("body", "drop", {"dataTransfer": lie})
    page.get_by_text("lie.png: This is not a picture that can be read.").wait_for()
    assert Picture.objects.count() == 1
    page.get_by_role("link", name="its page").click()
    page.get_by_label("Alternative text").fill("The bridge")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/blog/picture/")
    assert Picture.objects.get().alt == "The bridge"


def test_a_pasted_picture_is_described_and_stands_in_the_text_with_its_caption(sign_in, complaints):
    post = make_post(body="<p>One.</p>")
    page = sign_in("carla", f"/admin/blog/post/{post.pk}/change/")
    editor = page.locator(".as-body .editor-text")
    editor.click()
    page.keyboard.press("Control+End")
    editor.evaluate(
        "(element, clipboardData) => element.dispatchEvent("
        "new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))",
        carried(page),
    )
    dialog = page.get_by_role("dialog", name="Pictures")
    dialog.get_by_text("bridge.png is kept. Say what it shows").wait_for()
    put = dialog.get_by_role("button", name="Put it into the text")
    put.click()
    dialog.get_by_text("Say what the picture shows").wait_for()
    assert against(page, complaints) == []
    dialog.get_by_label("What it shows").fill("The bridge")
    dialog.get_by_label("Caption").fill("In the fog.")
    dialog.get_by_label("Credit", exact=True).fill("Carla Reyes")
    put.click()
    dialog.wait_for(state="hidden")
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.get_by_text("Saved as version 2").wait_for()
    picture = Picture.objects.get()
    assert (picture.alt, picture.credit) == ("The bridge", "Carla Reyes")
    body = Revision.objects.get(post=post, number=2).body
    stem = picture.file.url.removesuffix(".png")
    assert f'srcset="{stem}-480.webp 480w, {stem}-700.webp 700w"' in body
    assert 'alt="The bridge" width="700" height="500"' in body
    assert "<figcaption>In the fog. <small>Carla Reyes</small></figcaption>" in body
    # Opened again it is in the editor, not shown as HTML, and saving it writes nothing.
    assert page.locator(".as-body .editor-text figure img").count() == 1
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.get_by_text("Nothing was changed").wait_for()


@pytest.mark.parametrize("options", SIZES)
def test_the_picture_above_the_text_is_found_in_the_library(sign_in, complaints, options):
    pictures.store(made(size=(700, 500), colour="teal"), alt="The bridge", credit="Carla Reyes")
    for number in range(13):  # newer ones, so that the form does not offer it
        pictures.store(made(colour=(number, 0, 0)), alt=f"Number {number}")
    post = make_post()
    page = sign_in("carla", f"/admin/blog/post/{post.pk}/change/", **options)
    page.get_by_role("button", name="Search the library").click()
    dialog = page.get_by_role("dialog", name="Pictures")
    dialog.get_by_label("Search").fill("bridge")
    dialog.get_by_label("Search").press("Enter")
    found = dialog.get_by_role("button", name="The bridge")
    found.click()
    assert dialog.get_by_label("Credit", exact=True).input_value() == "Carla Reyes"
    assert against(page, complaints) == []
    dialog.get_by_role("button", name="Use it above the text").click()
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.get_by_text("Saved as version 2").wait_for()
    image = Revision.objects.get(post=post, number=2).image
    assert (image["alt"], image["credit"], image["width"]) == ("The bridge", "Carla Reyes", 700)


def test_the_point_in_sight_is_moved_with_a_click_and_with_keys(sign_in, complaints):
    picture = pictures.store(made("JPEG", (900, 900), colour="teal"), alt="The bridge")
    page = sign_in("edith", f"/admin/blog/picture/{picture.pk}/change/")
    assert against(page, complaints) == []
    frame = page.locator(".focus")
    frame.click(position={"x": 12, "y": 12})
    page.keyboard.press("ArrowRight")
    across, down = (int(page.locator(f"#id_focus_{way}").input_value()) for way in "xy")
    assert (4 < across < 12, 0 < down < 8) == (True, True)
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/blog/picture/")
    assert Picture.objects.get().focus == (across, down)


def test_a_picture_of_the_library_stands_in_an_update(sign_in):
    picture = pictures.store(made(size=(700, 500), colour="teal"), alt="The bridge", credit="Carla Reyes")
    update = make_update(make_rolling_post(), body="<p>One.</p>")
    page = sign_in("edith", f"/admin/blog/post/{update.post_id}/updates/{update.number}/")
    page.get_by_role("button", name="Picture with caption").click()
    dialog = page.get_by_role("dialog", name="Pictures")
    dialog.get_by_role("button", name="The bridge").click()
    dialog.get_by_role("button", name="Put it into the text").click()
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.get_by_text("Saved as version").wait_for()
    body = fresh(update).head.body
    assert picture.file.url in body and "<figcaption><small>Carla Reyes</small></figcaption>" in body


def test_readers_are_given_the_size_that_they_need(new_visitor, live_server):
    picture = pictures.store(made("JPEG", (2000, 1000), colour="teal"), alt="The bridge")
    figure = f'<figure><img src="{picture.file.url}" alt="The bridge"></figure>'
    post = make_live_post(image=pictures.as_image(picture), body="<p>One.</p>" * 40 + figure)
    page = new_visitor(viewport={"width": 360, "height": 740})
    page.goto(f"{live_server.url}{post.get_absolute_url()}")
    lead, other = page.locator(".lead-picture img"), page.locator(".prose img")
    assert lead.evaluate("image => image.currentSrc").endswith("-480.webp")
    assert (lead.get_attribute("fetchpriority"), other.get_attribute("loading")) == ("high", "lazy")
    assert page.locator("meta[property='og:image']").get_attribute("content").endswith("-share-50-50.jpg")
    assert lead.evaluate("image => [image.width * 1000, image.height * 2000]") == [
        lead.evaluate("image => image.width") * 1000,
        lead.evaluate("image => image.width") * 1000,
    ]
