"""What was done: a row for each act, in order, with who did it; and the numbers by which kept pages are old."""

from datetime import timedelta

import pytest
from django.db import transaction

from blog import events
from blog.models import Edition, Event, Post, Story
from tests import factories
from tests.blog.chains import digest, faults
from tests.factories import NOON, fresh, make_live_page, make_live_post, make_post, person

pytestmark = pytest.mark.django_db


def add(post, **what):
    return events.add(post, "note", **{"by": person("carla"), "at": NOON, "stage": "review"} | what)


def test_an_event_moves_the_post_on_and_the_caller_saves_it():
    post = make_post()
    with transaction.atomic():
        held = events.lock(post)
        event = add(held, note="Why", details={"a": 1})
        assert (held.stage, held.sequence, held.version) == ("review", 2, 0)
        assert (fresh(post).stage, fresh(post).sequence) == ("draft", 1)
        held.save(update_fields=["stage", "sequence"])
    assert (event.number, event.stage_before, event.stage_after, event.details) == (2, "draft", "review", {"a": 1})
    assert faults(fresh(post)) == []


def test_several_events_on_one_copy_are_chained():
    post = events.lock(make_post())
    for number in range(3):
        add(post, at=NOON + timedelta(seconds=number))
    post.save(update_fields=["stage", "sequence"])
    assert list(post.events.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4]
    assert faults(fresh(post)) == []


def test_only_a_public_act_raises_the_version():
    post = make_post()
    add(post)
    assert post.version == 0
    add(post, public=True)
    assert post.version == 1


def test_the_lock_gives_the_post_as_it_is_now():
    old = make_post()
    Post.objects.filter(pk=old.pk).update(slug="newer")
    factories.write(old, headline="Newer")
    with transaction.atomic():
        held = events.lock(Post(pk=old.pk))
    assert (held.slug, held.head.headline, held.live) == ("newer", "Newer", None)


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        ({"first_name": "Greta", "last_name": "Gone"}, "Greta Gone"),
        ({"first_name": "", "last_name": ""}, "greta"),
        ({"first_name": "G" * 150, "last_name": "x" * 150}, "G" * 150),
    ],
)
def test_the_name_that_is_kept(columns, name):
    assert events.name_of(factories.make_user("greta", **columns)) == name
    assert events.name_of(None) == ""


def test_the_hash_covers_every_part():
    post = make_live_post()
    event = post.events.latest("number")
    seen = {event.chain_hash, events.chain_hash(event, "other")}
    changes = {
        "number": 9, "verb": "x", "by_name": "x", "at": NOON + timedelta(microseconds=1), "revision": None,
        "stage_before": "x", "stage_after": "x", "kind": "typo", "note": "x", "public_note": "x", "public": False,
        "details": {},
    }  # fmt: skip
    before = post.events.get(number=event.number - 1).chain_hash
    assert events.chain_hash(event, before) == event.chain_hash
    for column, value in changes.items():
        other = Event.objects.get(pk=event.pk)
        setattr(other, column, value)
        seen.add(events.chain_hash(other, before))
    assert len(seen) == 2 + len(changes)


def test_sha256_is_of_one_spelling():
    assert events.sha256({"b": [1, None, True], "a": "é\u2028"}) == digest({"a": "é\u2028", "b": [1, None, True]})


def numbers():
    edition = Edition.objects.get()
    return edition.number, edition.furniture, list(Story.objects.order_by("pk").values_list("version", flat=True))


def test_what_readers_see_raises_the_numbers():
    one, two = factories.make_story(), factories.make_story("Two", "two")
    post, page = make_live_post(story=one), make_live_page()
    number, furniture, versions = numbers()
    events.readers_see_a_change(post)
    assert numbers() == (number + 1, furniture, [versions[0] + 1, versions[1]])
    events.readers_see_a_change(post, also=two.pk)
    assert numbers() == (number + 2, furniture, [versions[0] + 2, versions[1] + 1])
    events.readers_see_a_change(post, also=one.pk)
    assert numbers() == (number + 3, furniture, [versions[0] + 3, versions[1] + 1])
    events.readers_see_a_change(page)
    assert numbers() == (number + 4, furniture + 1, [versions[0] + 3, versions[1] + 1])
