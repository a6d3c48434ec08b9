"""Posts of one story know their neighbours: mutual, in one line, and nothing that readers do not see."""

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blog import belonging, stories, updates, workflow
from blog.models import Post
from tests.factories import (
    NOON,
    fresh,
    make_live_post,
    make_live_update,
    make_post,
    make_publisher,
    make_rolling_post,
    make_story,
    published,
)

pytestmark = pytest.mark.django_db


def day(number):
    return NOON + timedelta(days=number)


def live(number, story, **parts):
    return make_live_post(f"Day {number}", at=day(number), story=story, **parts)


def named(around):
    """Headlines: the nearest earlier ones, the next, the latest."""
    one = [post and post.live.headline for post in (around.following, around.latest)]
    return [post.live.headline for post in around.earlier], *one


def test_a_post_knows_what_came_before_and_after():
    story = make_story()
    posts = [live(number, story) for number in range(8)]
    make_live_post("Elsewhere", at=day(3))
    assert named(stories.around(posts[0])) == ([], "Day 1", "Day 7")
    assert named(stories.around(posts[6])) == ([f"Day {number}" for number in (5, 4, 3, 2, 1)], "Day 7", "Day 7")
    assert named(stories.around(posts[7])) == ([f"Day {number}" for number in (6, 5, 4, 3, 2)], None, None)


def test_posts_of_one_moment_have_an_order():
    story = make_story()
    first, second, third = (make_live_post(name, story=story) for name in ("A", "B", "C"))
    assert named(stories.around(first)) == ([], "B", "C")
    assert named(stories.around(second)) == (["A"], "C", "C")
    assert named(stories.around(third)) == (["B", "A"], None, None)


def test_one_question_for_all_and_none_without_a_story(django_assert_num_queries):
    story = make_story()
    posts = [live(number, story) for number in range(4)]
    alone = make_live_post("Alone", at=day(9))
    post = Post.objects.get(pk=posts[1].pk)
    with django_assert_num_queries(1):
        found = stories.around(post)
        said = [
            (one.live.headline, one.live.excerpt, one.get_absolute_url(), one.is_rolling()) for one in found.earlier
        ]
        assert len(said) == 1
    with django_assert_num_queries(0):
        assert stories.around(alone) == stories.Around()


def test_an_old_post_says_above_its_text_that_its_story_has_moved_on(client):
    story = make_story()
    first, second, third = (live(number, story) for number in range(3))
    text = client.get(first.get_absolute_url()).text
    top, foot = text.split('class="prose"')
    assert "This story has moved on." in top
    assert third.get_absolute_url() in top
    assert second.get_absolute_url() not in top
    assert "Next in this story" in foot
    assert foot.index(second.get_absolute_url()) < foot.index(third.get_absolute_url())
    assert "Earlier in this story" not in text
    text = client.get(third.get_absolute_url()).text
    assert "moved on" not in text
    assert "Next in this story" not in text
    assert text.index("Earlier in this story") < text.index(second.get_absolute_url())


def test_the_last_but_one_names_the_last_once_at_its_foot(client):
    story = make_story()
    first, second = live(0, story), live(1, story)
    foot = client.get(first.get_absolute_url()).text.split('class="prose"')[1]
    assert foot.count(second.get_absolute_url()) == 1


def test_that_the_latest_is_going_on_is_said(client):
    story = make_story()
    first = live(0, story)
    post = make_rolling_post("Storm", at=day(1), story=story)
    assert client.get(first.get_absolute_url()).text.count('<span class="live">') == 2
    updates.end(post, by=make_publisher())
    assert '<span class="live">' not in client.get(first.get_absolute_url()).text


def test_a_story_that_runs_has_not_been_left_behind(client):
    story = make_story()
    post = make_rolling_post("Storm", at=day(0), story=story)
    live(1, story)
    assert "moved on" not in client.get(post.get_absolute_url()).text
    updates.end(post, by=make_publisher())
    assert "This story has moved on." in client.get(post.get_absolute_url()).text


def links(client, post):
    """Which posts of the story a page leads to, without those of its footer."""
    text = client.get(post.get_absolute_url()).text.split("<main")[1].split("</main")[0]
    return {
        one.pk for one in Post.objects.exclude(slug="").exclude(pk=post.pk) if f'"{one.get_absolute_url()}"' in text
    }


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_published_withdrawn_and_moved_neighbours_are_mutual(client, settings, seed):
    settings.CACHES = settings.CACHES | {
        "pages": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": f"stories-{seed}"}
    }
    chance, paula = random.Random(seed), make_publisher()
    homes = [make_story("One", "one"), make_story("Two", "two"), None]
    posts = [make_post(f"Post {number}", story=chance.choice(homes)) for number in range(7)]
    for step in range(25):
        post = fresh(chance.choice(posts))
        match chance.choice(["publish", "publish", "withdraw", "assign"]):
            case "publish" if not post.is_live() and post.stage == "withdrawn":
                workflow.publish(post, post.head, by=paula)
            case "publish" if not post.is_live():
                published(post, at=NOON + timedelta(hours=chance.randrange(3)) - timedelta(days=step % 2))
            case "withdraw" if post.is_live():
                workflow.withdraw(post, by=paula, public_note="Wrong.")
            case "assign":
                belonging.assign(post, chance.choice(homes), by=paula)
        check(client, [fresh(post) for post in posts])


def check(client, posts):
    """What each post says of the others is what all of them, looked at together, say."""
    shown = sorted((post for post in posts if post.is_live()), key=Post.place)
    for post in shown:
        line = [one for one in shown if one.story_id and one.story_id == post.story_id]
        at = line.index(post) if line else 0
        found = stories.around(post)
        assert found.earlier == line[:at][::-1][: stories.EARLIER]
        assert found.following == (line[at + 1] if at + 1 < len(line) else None)
        assert found.latest == (line[-1] if line and line[-1] != post else None)
        if found.following:
            assert stories.around(found.following).earlier[0] == post
        if found.earlier:
            assert stories.around(found.earlier[0]).following == post
        wanted = {one.pk for one in (*found.earlier, found.following, found.latest) if one}
        assert links(client, post) == wanted  # also where the page was kept from before


# The page of a story


def test_a_timeline_runs_either_way(client):
    story = make_story()
    for number in range(23):
        live(number, story)
    newest = client.get("/stories/kestrel-bridge/").text
    assert newest.index("Day 22") < newest.index("Day 4<")
    assert "Day 2<" not in newest
    assert 'href="?order=oldest"' in newest
    oldest = client.get("/stories/kestrel-bridge/?order=oldest").text
    assert oldest.index("Day 0<") < oldest.index("Day 19<")
    assert "Day 20<" not in oldest
    assert '<meta name="robots" content="noindex">' in oldest
    on = oldest.split('rel="next"')[0].rpartition('href="')[2].rstrip('" ').replace("&amp;", "&")
    rest = client.get(f"/stories/kestrel-bridge/{on}").text
    assert [number for number in range(23) if f"Day {number}<" in rest] == [20, 21, 22]
    assert 'rel="next"' not in rest
    assert client.get("/stories/kestrel-bridge/?order=oldest&after=x").status_code == 400


def test_a_story_names_key_moments_of_what_is_running(client):
    story, paula = make_story(), make_publisher()
    live(0, story)
    post = make_rolling_post("Storm", at=day(1), story=story)
    keys = [make_live_update(post, f"Gust {number}", at=day(1)) for number in range(7)]
    for update in keys:
        updates.mark_key(fresh(update), by=paula)
    make_live_update(post, "Aside", at=day(1))
    text = client.get("/stories/kestrel-bridge/").text
    assert [number for number in range(7) if f"<bdi>Gust {number}</bdi>" in text] == [2, 3, 4, 5, 6]
    assert f'{post.get_absolute_url()}?u={keys[6].number}#u{keys[6].number}"' in text
    assert "Aside" not in text
    workflow.withdraw(fresh(keys[6]), by=paula, public_note="Wrong.")
    text = client.get("/stories/kestrel-bridge/").text
    assert [number for number in range(7) if f"<bdi>Gust {number}</bdi>" in text] == [1, 2, 3, 4, 5]


def test_a_timeline_costs_the_same_for_many(client):
    story = make_story()
    few = make_rolling_post("Storm", at=day(1), story=story)
    updates.mark_key(make_live_update(few, at=day(1)), by=make_publisher())
    cost = asked(client)
    for number in range(4):
        post = make_rolling_post(f"Storm {number}", at=day(2 + number), story=story)
        updates.mark_key(make_live_update(post, at=day(2 + number)), by=make_publisher())
    assert asked(client) == cost <= 6


def asked(client):
    with CaptureQueriesContext(connection) as captured:
        client.get("/stories/kestrel-bridge/")
    return len(captured)
