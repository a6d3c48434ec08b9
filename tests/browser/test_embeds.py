"""Films of other sites in a real browser: nobody else is asked for anything until a reader asks for the film."""

import pytest

from tests.browser import axe, too_wide
from tests.factories import make_live_post

pytestmark = pytest.mark.django_db(transaction=True)

FILMS = {
    "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=9": "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?autoplay=1",
    "https://youtu.be/dQw4w9WgXcQ": "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?autoplay=1",
    "http://m.youtube.com/shorts/dQw4w9WgXcQ": "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?autoplay=1",
    "https://vimeo.com/76979871": "https://player.vimeo.com/video/76979871?dnt=1&autoplay=1",
    "https://vimeo.com/76979871/8272103f6e": "https://player.vimeo.com/video/76979871?dnt=1&autoplay=1&h=8272103f6e",
}
NO_FILMS = [
    '<p>See <a href="https://youtu.be/dQw4w9WgXcQ">this</a>.</p>',
    '<p><a href="https://youtu.be/dQw4w9WgXcQ">One</a> <a href="https://vimeo.com/76979871">two</a></p>',
    '<p><a href="https://www.youtube.com/channel/abc">A channel</a></p>',
    '<p><a href="https://youtube.com.evil.example/watch?v=dQw4w9WgXcQ">Not theirs</a></p>',
    '<p><a href="https://evil.example/?https://youtu.be/dQw4w9WgXcQ">Not theirs</a></p>',
    '<p><a href="https://youtu.be/%22%3E%3Cscript%3E">No number</a></p>',
    '<p><a href="https://vimeo.com/blog">A page</a></p>',
    '<ul><li><a href="https://youtu.be/dQw4w9WgXcQ">In a list</a></li></ul>',
]


def linked(address):
    return f'<p><a href="{address.replace("&", "&amp;")}">{address.replace("&", "&amp;")}</a></p>'


def body():
    return "".join([*map(linked, FILMS), *NO_FILMS])


@pytest.mark.parametrize("options", [{}, {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}])
def test_a_film_is_a_card_and_nothing_is_asked_of_others(new_visitor, live_server, complaints, options):
    post = make_live_post(body=body())
    page = new_visitor(**options)
    page.goto(f"{live_server.url}{post.get_absolute_url()}")
    buttons = page.get_by_role("button", name="Play here")
    assert buttons.count() == len(FILMS)
    assert page.get_by_text("The film comes from player.vimeo.com, which then learns").count() == 2
    assert page.locator("iframe").count() == 0
    assert axe(page) == []
    assert too_wide(page) == 0
    assert page.locator(".post .prose").first.evaluate("element => element.innerHTML").count("button") == 0
    assert complaints.heard == []


def test_what_leads_nowhere_stops_no_card(page, live_server, complaints):
    """Texts have no such links since they are cleaned; what comes into a page later is not the script's to trust."""
    page.goto(f"{live_server.url}{make_live_post(body=body()).get_absolute_url()}")
    nowhere = "<p><a>No address</a></p><p><a href='https://['>None</a></p>" + linked("https://youtu.be/AAAAAAAAAAA")
    page.evaluate(
        "html => { document.querySelector('.post .prose').insertAdjacentHTML('afterbegin', html);"
        " document.dispatchEvent(new Event('changed')); }",
        nowhere,
    )
    assert page.get_by_role("button", name="Play here").count() == len(FILMS) + 1
    assert complaints.heard == []


@pytest.mark.parametrize("address", FILMS)
def test_the_player_comes_when_a_reader_asks_for_it(page, live_server, complaints, address):
    post = make_live_post(body=linked(address))
    page.goto(f"{live_server.url}{post.get_absolute_url()}")
    complaints.expect(r"request to another site: https://(www\.youtube-nocookie|player\.vimeo)\.com/")
    complaints.expect("request failed")
    with page.expect_request(FILMS[address]) as asked:
        page.get_by_role("button", name="Play here").press("Enter")
    frame = page.locator("iframe")
    assert frame.get_attribute("src") == FILMS[address]
    assert frame.get_attribute("title") == address
    assert frame.get_attribute("sandbox") == "allow-scripts allow-same-origin allow-popups allow-presentation"
    assert frame.evaluate("frame => frame.getRootNode().activeElement === frame")
    assert page.get_by_role("button", name="Play here").count() == 0
    assert asked.value.headers.get("referer") == f"{live_server.url}/"  # the site, not the page


def test_without_a_script_a_film_is_a_link(new_visitor, live_server):
    post = make_live_post(body=body())
    page = new_visitor(java_script_enabled=False)
    page.goto(f"{live_server.url}{post.get_absolute_url()}")
    assert page.get_by_role("link", name="https://vimeo.com/76979871", exact=True).is_visible()
    assert page.locator("iframe, button:has-text('Play')").count() == 0
