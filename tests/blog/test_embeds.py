"""Films of other sites: a link everywhere, a card on the page of a post, and a policy that names their players."""

import pytest
from django.conf import settings

from blog import embeds, rendering
from blog.importing import bodies
from blog.middleware import PERMISSIONS
from blog.models import Post
from tests.factories import make_live_post, make_rolling_post
from tests.test_house import PRODUCTION, manage

pytestmark = pytest.mark.django_db
FILM = '<p><a href="https://www.youtube.com/watch?v=dQw4w9WgXcQ">A film</a></p>'
SCRIPT = "embeds.js"


def page_of(client, post):
    return client.get(post.get_absolute_url())


def test_only_pages_that_may_hold_a_film_load_the_script(client):
    plain, film = make_live_post("Plain"), make_live_post("Film", body=FILM)
    assert SCRIPT not in page_of(client, plain).content.decode()
    page = page_of(client, film).content.decode()
    assert SCRIPT in page and 'data-hosts="youtube.com vimeo.com"' in page
    assert FILM in page and "<iframe" not in page
    assert SCRIPT in page_of(client, make_rolling_post("Running")).content.decode()


def test_feeds_show_a_plain_link(client):
    make_live_post("Film", body=FILM)
    assert FILM in client.get("/feed.json").json()["items"][0]["content_html"]


def test_a_wording_knows_nothing_of_films():
    """Texts from before have cards too, and no version is written for one."""
    make_live_post("Film", body=FILM)
    assert Post.objects.get().live.body == FILM


def test_the_policy_lets_in_the_players_of_the_setting_and_nothing_else(client):
    answer = page_of(client, make_live_post())
    policy = dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; ") if " " in part)
    assert policy["frame-src"] == "https://www.youtube-nocookie.com https://player.vimeo.com"
    assert answer["Permissions-Policy"] == PERMISSIONS
    assert 'autoplay=("https://www.youtube-nocookie.com" "https://player.vimeo.com")' in PERMISSIONS


@pytest.mark.parametrize(
    ("named", "frames"),
    [
        ("www.youtube.com,tube.example", "https://www.youtube-nocookie.com', 'https://tube.example"),
        ("", "'none'"),
    ],
)
def test_the_setting_writes_the_policy(named, frames):
    done = manage("diffsettings", **PRODUCTION, EMBED_HOSTS=named)
    assert frames in done.stdout, done.stderr


@pytest.mark.parametrize(
    "named", ["https://a.example", "*", "a", "a.example; script-src *", "a.example/x", "-a.example"]
)
def test_what_is_no_host_is_no_setting(named):
    with pytest.raises(ValueError, match="not the name of a host"):
        embeds.hosts_in([named])
    done = manage("check", **PRODUCTION, EMBED_HOSTS=named)
    assert done.returncode != 0 and "EMBED_HOSTS" in done.stderr


def test_players_that_imports_bring_are_links_that_become_cards():
    frame = '<p>Look:</p><iframe src="https://www.youtube.com/embed/dQw4w9WgXcQ"></iframe><p>Well.</p>'
    text = rendering.clean(bodies.tidy(frame, lambda address: None))
    assert '<p><a href="https://www.youtube.com/watch?v=dQw4w9WgXcQ">' in text
    assert embeds.may_hold_film(text, settings.EMBED_HOSTS)
