"""What stands beside a piece before it is published, and what an outsider sees, in a real browser."""

import pytest

from blog import previewing
from blog.models import Event
from tests.browser import axe, too_wide
from tests.factories import approved, fresh, make_contributor, make_post, person

pytestmark = pytest.mark.django_db(transaction=True)
LOOKS = [
    {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
    {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light", "java_script_enabled": False},
]


@pytest.fixture
def sign_in(new_visitor, live_server, client):
    """A page of somebody who is signed in and went there."""

    def signed_in(name, where, **options):
        client.force_login(person(name))
        page = new_visitor(**options)
        session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        page.context.add_cookies([session])
        page.goto(f"{live_server.url}{where}")
        return page

    return signed_in


def fits(page):
    return too_wide(page) == 0


@pytest.mark.parametrize("look", LOOKS, ids=["phone", "desk without script"])
def test_past_a_warning_somebody_says_why_and_publishes(sign_in, complaints, look):
    post = approved(make_post(body="<p>Fine.</p><p>The the bridge.</p>"))
    page = sign_in("paula", f"/admin/blog/post/{post.pk}/change/", **look)
    page.locator(".write-bar").get_by_role("button", name="Publish").click()
    assert page.locator("[role=alert]", has_text="Readers do not see it yet").is_visible()
    complaints.heard.clear()  # that the browser heard of a 409
    page.get_by_role("link", name="a check warns of something").click()
    page.get_by_label("Why publish all the same").fill("A band is called that.")
    page.locator(".write-bar").get_by_role("button", name="Publish").click()
    assert page.get_by_text("Readers see").first.is_visible()
    assert Event.objects.get(post=post, verb="publish").details["why"] == "A band is called that."
    assert fresh(post).is_live()


@pytest.mark.parametrize("look", [LOOKS[0], LOOKS[1] | {"java_script_enabled": True}])
def test_everybody_can_read_the_list_the_links_and_the_page(sign_in, new_visitor, live_server, complaints, look):
    body = "<p>The the bridge.</p><p><img src='/media/none.png' alt=''></p>"
    post = make_post(body=body)
    shared = previewing.share(post, post.head, by=make_contributor(), label="The lawyer")
    previewing.visited(shared.link, address="203.0.113.9", agent="Reader")
    against = []
    for where in (f"/admin/blog/post/{post.pk}/change/", f"/admin/blog/post/{post.pk}/share/"):
        page = sign_in("carla", where, **look)
        for details in page.locator("details").all():
            details.evaluate("one => one.open = true")
        against += [*axe(page), *([] if fits(page) else [where])]
    outside = new_visitor(**look)
    for secret in (shared.secret, "x" * 32):
        outside.goto(f"{live_server.url}/shared/{secret}/")
        against += [*axe(outside), *([] if fits(outside) else [secret])]
    assert against == []
    complaints.heard.clear()  # pictures that are not there, and the 404


def test_a_link_from_the_list_leads_to_the_field(sign_in):
    post = make_post(body="<p>The the bridge.</p>")
    page = sign_in("carla", f"/admin/blog/post/{post.pk}/change/")
    page.locator("#checks").get_by_role("link", name="Text, paragraph 1").click()
    assert page.url.endswith("#at-body")
    assert page.locator("#at-body").is_visible()


def test_from_the_page_of_an_outsider_nothing_says_where_it_was_left(new_visitor, live_server):
    post = make_post(body=f"<p><a href='{live_server.url}/archive/'>Elsewhere</a></p>")
    secret = previewing.share(post, post.head, by=make_contributor(), label="A").secret
    page = new_visitor()
    page.goto(f"{live_server.url}/shared/{secret}/")
    page.get_by_role("link", name="Elsewhere").click()
    assert page.evaluate("document.referrer") == ""
    assert page.context.cookies() == []
