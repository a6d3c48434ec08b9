"""Two people at once: no number twice, no gap, no lost word, one of everything, and an answer for everybody."""

import pytest
from django.db import connection

from blog import workflow
from blog.models import Post
from tests import factories
from tests.factories import approved, make_live_post, make_post, make_story, person
from tests.racing import database_for_race, race

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def database(tmp_path):
    """A function, to be called when everything that the race begins with is there."""
    for name in factories.WORKS_AS:
        person(name)
    return lambda: database_for_race(connection, tmp_path)


def test_four_who_write_at_once(database):
    post = make_post()
    place = database()
    found = race(place, *(["write", name, post.pk, 10] for name in ("carla", "colin", "edith", "paula")))
    numbers = sorted(number for numbers in found for number in numbers)
    assert numbers == list(range(2, 42))
    [seen] = race(place, ["look", post.pk])
    assert seen["revisions"] == list(range(1, 42))
    assert seen["events"] == ["write"] * 41
    assert (seen["head"], seen["sequence"], seen["faults"]) == (41, 41, [])


def test_nobody_writes_over_words_not_seen(database):
    post = make_post(body="")
    place = database()
    names = ("carla", "edith", "paula")
    assert race(place, *(["write_carefully", name, post.pk, 5] for name in names)) == [[5], [5], [5]]
    [seen] = race(place, ["look", post.pk])
    assert sorted(seen["body"].splitlines()) == sorted(
        f"<p>{name} {number}</p>" for name in names for number in range(5)
    )
    assert (seen["head"], seen["faults"]) == (16, [])


def test_two_publishers_publish_once(database):
    post = approved(make_post(tags=("New", "Other")))
    place = database()
    found = race(place, *(["publish", name, post.pk] for name in ("paula", "peter", "paula")))
    assert sorted(found) == ["WrongState", "WrongState", "published"]
    [seen] = race(place, ["look", post.pk])
    assert seen["events"] == ["write", "submit", "approve", "publish"]
    assert (seen["live"], seen["edition"], seen["faults"]) == (1, 1, [])


def test_publishing_while_somebody_writes(database):
    post = approved(make_post())
    place = database()
    published, written = race(place, ["publish", "paula", post.pk], ["write", "carla", post.pk, 3])
    assert published in {"published", "WrongState", "Stale"}
    assert written == [2, 3, 4]
    [seen] = race(place, ["look", post.pk])
    assert seen["live"] == (1 if published == "published" else None)  # approved words, or none
    assert (seen["head"], seen["faults"]) == (4, [])
    assert seen["events"].count("publish") == (published == "published")


def test_approving_while_somebody_asks_for_changes(database):
    post = factories.put_in_review(make_post())
    place = database()
    found = race(
        place,
        ["act", "approve", "edith", post.pk],
        ["act", "approve", "emil", post.pk],
        ["act", "recall", "carla", post.pk],
    )
    assert not [one for one in found if one.startswith("ERROR")]
    [seen] = race(place, ["look", post.pk])
    assert seen["events"].count("approve") + seen["events"].count("recall") == 3 - found.count("WrongState")
    assert seen["faults"] == []


def test_one_headline_published_four_times_at_once(database):
    posts = [approved(make_post("Same", tags=("Same", "New"))) for _ in range(4)]
    place = database()
    assert race(place, *(["publish", "paula", post.pk] for post in posts)) == ["published"] * 4
    seen = race(place, *(["look", post.pk] for post in posts))
    assert sorted(one["slug"] for one in seen) == ["same", "same-2", "same-3", "same-4"]
    assert [one["faults"] for one in seen] == [[]] * 4


def test_tags_whose_slugs_are_alike_made_at_once(database):
    posts = [approved(make_post(name, tags=(name,))) for name in ("C#", "C+", "C", "c!")]
    assert race(database(), *(["publish", "paula", post.pk] for post in posts)) == ["published"] * 4


def test_two_pieces_moved_to_one_address_at_once(database):
    posts = [make_live_post(headline) for headline in ("One", "Two")]
    place = database()
    found = race(place, *(["move", "paula", post.pk, "there"] for post in posts))
    assert sorted(found) == ["Unacceptable", "there"]
    seen = race(place, *(["look", post.pk] for post in posts))
    assert sorted(one["events"].count("move") for one in seen) == [0, 1]


def test_one_page_begun_twice_at_once(database):
    place = database()
    found = race(place, *(["start_page", name, "about"] for name in ("edith", "emil")))
    assert sorted(found) == ["Unacceptable", "about"]


def test_pieces_that_change_their_stories_at_once(database):
    one, two = make_story(), make_story("Two", "two")
    posts = [make_live_post(f"Post {number}", story=story) for number, story in enumerate([one, two, one, two])]
    jobs = [["assign", "edith", post.pk, (two if post.story == one else one).pk] for post in posts]
    assert race(database(), *jobs) == [["published", "published"]] * 4


def test_withdrawing_while_it_is_published_again(database):
    post = make_live_post()
    factories.write(post, headline="Second")
    post = approved(post)
    place = database()
    found = race(place, ["publish", "paula", post.pk], ["act", "withdraw", "peter", post.pk])
    assert not [one for one in found if one.startswith("ERROR")]
    [seen] = race(place, ["look", post.pk])
    assert (seen["stage"] == "withdrawn") == (seen["live"] is None)
    assert seen["faults"] == []
    assert Post.objects.count() == 1


def test_one_form_sent_four_times_at_once_makes_one_update(database):
    post = factories.make_rolling_post()
    place = database()
    numbers = race(place, *(["add_update", "carla", post.pk, "News", post.sequence] for _ in range(4)))
    assert numbers == [post.sequence + 1] * 4
    [seen] = race(place, ["look", post.pk])
    assert (seen["events"].count("write"), seen["faults"]) == (2, [])


def test_four_who_add_updates_at_once(database):
    post = factories.make_rolling_post()
    place = database()
    names = ("carla", "colin", "edith", "paula")
    numbers = race(place, *(["add_update", name, post.pk, f"By {name}", post.sequence] for name in names))
    assert len(set(numbers)) == 4 and all(isinstance(number, int) for number in numbers)
    [seen] = race(place, ["look", post.pk])
    assert (seen["revisions"], seen["faults"]) == ([1, 2, 3, 4, 5], [])


def test_an_update_is_published_once_and_counted_once(database):
    post = factories.make_rolling_post()
    update = workflow.submit(factories.make_update(post), by=person("carla"))
    update = workflow.approve(update, update.head, by=person("edith"))
    place = database()
    found = race(place, *(["act_on_update", "publish", name, update.pk] for name in ("paula", "peter", "paula")))
    assert sorted(found) == ["WrongState", "WrongState", "published"]
    [seen] = race(place, ["look", post.pk])
    assert (seen["events"].count("publish"), seen["faults"]) == (2, [])
    assert seen["updates"] == [1, 1]


def test_an_update_is_published_while_the_coverage_ends(database):
    post = factories.make_rolling_post()
    update = workflow.submit(factories.make_update(post), by=person("carla"))
    update = workflow.approve(update, update.head, by=person("edith"))
    place = database()
    published, ended = race(place, ["act_on_update", "publish", "paula", update.pk], ["lead", "end", "peter", post.pk])
    assert published in {"published", "WrongState"} and ended == "ended"
    [seen] = race(place, ["look", post.pk])
    last = seen["events"][-2:]
    assert last == (["publish", "end"] if published == "published" else ["approve", "end"])
    assert (seen["updates"], seen["faults"]) == ([published == "published"] * 2, [])


def test_no_more_are_pinned_than_may_be(database):
    post = factories.make_rolling_post()
    found = [factories.make_update(post, f"U{number}") for number in range(5)]
    place = database()
    stages = race(place, *(["act_on_update", "pin", "paula", update.pk] for update in found))
    assert sorted(stages) == ["WrongState", "WrongState", "draft", "draft", "draft"]
    [seen] = race(place, ["look", post.pk])
    assert (seen["events"].count("pin"), seen["faults"]) == (3, [])


def test_an_update_withdrawn_twice_at_once_is_counted_off_once(database):
    post = factories.make_rolling_post()
    update = factories.make_live_update(post)
    place = database()
    found = race(place, *(["act_on_update", "withdraw", name, update.pk] for name in ("paula", "peter")))
    assert sorted(found) == ["WrongState", "withdrawn"]
    [seen] = race(place, ["look", post.pk])
    assert (seen["updates"], seen["faults"]) == ([0, 0], [])


def test_no_more_guesses_than_five_however_many_workers_are_asked(database):
    place = database()
    found = race(place, *(["guess", "carla", 4, "203.0.113.4"] for _worker in range(4)))
    looked_at, held_up, others = map(sum, zip(*found, strict=True))
    assert (looked_at, held_up, others) == (5, 11, 0)


def test_a_code_opens_once_whichever_worker_is_asked(database):
    place = database()
    assert sorted(race(place, *(["use_code", "carla", "123456"] for _worker in range(4)))) == [False] * 3 + [True]
