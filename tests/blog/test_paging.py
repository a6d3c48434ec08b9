"""Lists in parts, each after a key."""

from datetime import UTC, datetime, timedelta

import pytest

from blog import paging, search
from blog.models import Place, Post
from tests.factories import NOON, make_live_post

TIME = "2025-09-05T123001.000042"
MOMENT = datetime(2025, 9, 5, 12, 30, 1, 42, tzinfo=UTC)


def test_a_place_is_read_as_it_was_written():
    assert paging.read(paging.spell(Place(MOMENT, 7))) == Place(MOMENT, 7)
    ranked = search.Place(2, MOMENT, 7)
    assert paging.read_ranked(paging.spell_ranked(ranked)) == ranked


@pytest.mark.parametrize("text", ["", "x", "2025-09-05", f"{TIME}-", f"2025-13{TIME[7:]}-7", f"٢{TIME[1:]}-7"])
def test_what_is_no_place_is_told_to_the_reader(text):
    with pytest.raises(paging.Unreadable, match="Begin at the top"):
        paging.read(text)
    with pytest.raises(paging.Unreadable):
        paging.read_ranked(text)


def test_the_address_of_a_part():
    assert paging.address("/tags/x/", "before", None) == paging.address("/tags/x/", "before", "") == "/tags/x/"
    assert paging.address("/tags/x/", "before", "p") == "/tags/x/?before=p"


@pytest.mark.django_db
@pytest.mark.parametrize("walk", [paging.older, paging.newer])
def test_parts_hold_everything_once_and_in_order(walk):
    for number in range(7):
        make_live_post(f"Post {number}", at=NOON + timedelta(hours=number // 3), slug=f"p{number}")
    found, wanted = [], None
    for _part in range(4):
        part = walk(Post.objects.live(), wanted, 2)
        assert part.is_first == (wanted is None)
        found += [post.slug for post in part.rows]
        wanted = part.next_place
    assert wanted == ""
    assert found == [f"p{number}" for number in (range(7) if walk is paging.newer else range(6, -1, -1))]
