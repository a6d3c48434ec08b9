"""The desk is told which sources are gone, and which pieces lean on them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blog import links, workflow
from blog.models import CheckedLink
from blog.visiting import Visit
from tests.factories import make_live_post, make_live_update, make_publisher, make_rolling_post, person

pytestmark = pytest.mark.django_db

LIST = "/admin/blog/checkedlink/"
State = CheckedLink.State


@pytest.fixture
def desk(client):
    def as_person(name):
        client.force_login(person(name))
        return client

    return as_person


def url(name):
    return f"https://{name}.example/"


def sources(*names):
    return tuple({"outlet": name.title(), "title": "Notice", "url": url(name)} for name in names)


def keep(name, state, *, code=None, note="", days=0):
    links.keep(url(name), Visit(state, code, note), timezone.now() - timedelta(days=days))


def main(answer):
    assert answer.status_code == 200
    return answer.text.split('id="content"')[1]


def test_what_is_gone_comes_first_with_what_leans_on_it(desk):
    post = make_live_post("Bridge shut", sources=sources("fine", "gone", "away", "gone"))
    story = make_rolling_post("Storm", sources=sources("private"))
    update = make_live_update(story, sources=sources("gone"))
    keep("fine", State.FINE, code=200)
    keep("gone", State.GONE, code=404, days=3)
    keep("away", State.UNSURE, note="No answer in 5 seconds.", days=9)
    keep("private", State.REFUSED, note="It leads to an address that is not public.")
    keep("nobody", State.GONE, code=404)  # is named by nothing live
    text = main(desk("carla").get(LIST))
    places = [text.index(f">{url(name)}<") for name in ("gone", "away", "private", "fine")]
    assert places == sorted(places)
    assert "nobody.example" not in text
    gone = text[places[0] : places[1]]
    assert gone.count(f'"/admin/blog/post/{post.pk}/change/"') == 1
    assert f'"/admin/blog/post/{story.pk}/updates/{update.number}/"' in gone
    assert "404" in gone
    assert "No answer in 5 seconds." in text
    shown = main(desk("carla").get(f"{LIST}?state__exact=gone"))
    assert "gone.example" in shown
    assert "away.example" not in shown


def test_nobody_writes_it_and_moderators_have_no_use_for_it(desk):
    make_live_post(sources=sources("gone"))
    keep("gone", State.GONE, code=404)
    link = CheckedLink.objects.get()
    for name in ("carla", "edith", "paula", "ada"):
        assert desk(name).get(LIST).status_code == 200
        for page in ("add/", f"{link.pk}/change/", f"{link.pk}/delete/"):
            assert desk(name).get(f"{LIST}{page}").status_code == 404
    assert desk("mod").get(LIST).status_code == 403


def test_an_address_that_many_pieces_name_stays_readable(desk):
    for number in range(8):
        make_live_post(f"Piece {number}", sources=sources("gone"))
    keep("gone", State.GONE, code=410)
    text = main(desk("edith").get(LIST))
    assert text.count("/change/") == 5
    assert "and 3 more" in text


def test_a_long_list_asks_no_more_than_a_short_one(desk, django_assert_num_queries):
    make_live_update(make_rolling_post(sources=sources("a")), sources=sources("b"))
    keep("a", State.GONE)
    keep("b", State.GONE)
    client = desk("edith")
    client.get(LIST)
    with CaptureQueriesContext(connection) as few:
        client.get(LIST)
    for number in range(10):
        make_live_post(f"Piece {number}", sources=sources(f"c{number}", "a"))
        keep(f"c{number}", State.GONE)
    with django_assert_num_queries(len(few)):
        client.get(LIST)


def test_the_first_page_says_how_many_are_gone(desk):
    post = make_live_post(sources=sources("one", "two"))
    assert "gone" not in main(desk("edith").get("/admin/"))
    keep("one", State.GONE, code=404)
    assert "1 source is gone" in main(desk("edith").get("/admin/"))
    keep("two", State.GONE, code=404)
    assert f'<a href="{LIST}?state__exact=gone">2 sources are gone</a>' in main(desk("edith").get("/admin/"))
    assert "are gone" not in main(desk("mod").get("/admin/"))
    workflow.withdraw(post, by=make_publisher(), public_note="Wrong.")
    assert "gone" not in main(desk("edith").get("/admin/"))


def test_who_writes_is_told_which_of_the_sources_are_gone(desk):
    post = make_live_post(sources=sources("fine", "gone"))
    update = make_live_update(make_rolling_post("Storm"), sources=sources("gone"))
    keep("gone", State.GONE, code=404)
    keep("fine", State.FINE, code=200)
    text = main(desk("edith").get(f"/admin/blog/post/{post.pk}/change/"))
    assert text.count("No longer there since") == 1
    row = text.split("No longer there since")[0].rpartition('class="row-of"')[2]
    assert url("gone") in row
    page = f"/admin/blog/post/{update.post_id}/updates/{update.number}/"
    assert main(desk("edith").get(page)).count("No longer there since") == 1
