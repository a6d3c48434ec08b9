"""Which pieces are which, and what the tables refuse."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from blog.models import Post
from tests import factories
from tests.factories import NOON, everything, in_stage, make_live_page, make_live_post, make_post, person

pytestmark = pytest.mark.django_db

STAGES = ["draft", "review", "changes", "approved", "published", "withdrawn", "spiked"]


def slugs(posts):
    return list(posts.values_list("slug", flat=True))


def test_public_is_what_is_live():
    for stage in STAGES:
        in_stage(stage, stage, slug=stage)
    behind = make_live_post("behind", slug="behind")
    factories.write(behind, headline="Other")
    assert sorted(slugs(Post.objects.live())) == ["behind", "published"]
    assert [post.slug for post in Post.objects.all() if post.is_live()] == slugs(Post.objects.live().order_by("pk"))
    assert slugs(Post.objects.with_newer_drafts()) == ["behind"]


def test_lists_go_on_from_a_place():
    for number in range(7):
        make_live_post(f"Post {number}", at=NOON + timedelta(hours=number // 2), slug=f"p{number}")
    newest = list(Post.objects.newest_first())
    assert [post.slug for post in newest] == ["p6", "p5", "p4", "p3", "p2", "p1", "p0"]
    for at, post in enumerate(newest):
        assert list(Post.objects.before(post.place()).newest_first()) == newest[at + 1 :]
        assert list(Post.objects.after(post.place()).oldest_first()) == newest[:at][::-1]


def test_days_months_and_years():
    days = [(2024, 12, 31), (2025, 1, 1), (2025, 1, 31), (2025, 12, 31), (2026, 1, 1)]
    for year, month, day in days:
        make_live_post("x", at=datetime(year, month, day, 12, tzinfo=UTC), slug=f"{year}-{month}-{day}")
    live = Post.objects.live().oldest_first()
    assert slugs(live.on_day(date(2025, 1, 1))) == ["2025-1-1"]
    assert slugs(live.in_month(2025, 1)) == ["2025-1-1", "2025-1-31"]
    assert slugs(live.in_month(2025, 12)) == ["2025-12-31"]
    assert slugs(live.in_year(2025)) == ["2025-1-1", "2025-1-31", "2025-12-31"]
    assert slugs(live.in_month(9999, 12)) == slugs(live.in_month(1, 1)) == slugs(live.in_year(9999)) == []
    assert live.latest_day(before=date(2025, 1, 31)) == date(2025, 1, 1)
    assert live.earliest_day(after=date(2025, 1, 31)) == date(2025, 12, 31)
    assert live.latest_day(before=date(2024, 12, 31)) is None
    assert live.in_year(2025).by_day() == {date(2025, 1, 1): 1, date(2025, 1, 31): 1, date(2025, 12, 31): 1}
    assert live.in_year(2025).by_month() == {date(2025, 1, 1): 2, date(2025, 12, 1): 1}


def test_by_tag_author_and_story():
    author, story = factories.make_author(), factories.make_story()
    post = make_live_post(tags=("One",), byline=({"name": "C", "slug": "carla-reyes"},), story=story, slug="one")
    make_live_post("Other", tags=("Two",))
    assert slugs(Post.objects.tagged(post.tags.get())) == ["one"]
    assert slugs(Post.objects.by_author(author)) == ["one"]
    assert slugs(Post.objects.in_story(story)) == ["one"]


def test_posts_and_pages():
    make_live_post(slug="post")
    make_live_page(slug="page")
    assert (slugs(Post.objects.stories()), slugs(Post.objects.pages())) == (["post"], ["page"])


def test_a_line_of_a_list_needs_one_query(django_assert_num_queries):
    for number in range(3):
        make_live_post(f"Post {number}", section="Council")
    with django_assert_num_queries(1):
        for post in Post.objects.live().newest_first().for_lists():
            assert post.live.headline and post.section.name and post.live.excerpt and post.get_absolute_url()


@pytest.mark.parametrize(
    ("name", "sees"),
    [
        ("carla", {"hers", "live"}),
        ("colin", {"his", "live"}),
        ("edith", {"hers", "his", "live"}),
        ("paula", {"hers", "his", "live"}),
        ("mod", {"live"}),
        ("rita", {"live"}),
        ("ada", {"hers", "his", "live"}),
    ],
)
def test_who_sees_what_on_the_desk(name, sees):
    make_post(slug="hers")
    make_post(by=person("colin"), slug="his")
    factories.published(make_post(by=person("emil"), slug="live"))
    assert set(slugs(Post.objects.visible_to(person(name)))) == sees


def test_what_an_address_is_or_was():
    live, gone = make_live_post(slug="live"), make_live_post("Other", slug="gone")
    make_post("Draft", slug="draft")
    make_live_page(slug="page")
    factories.workflow.withdraw(gone, by=person("paula"), public_note="It was wrong.")
    day = live.published_on
    found = {slug: slugs(Post.objects.at_address(slug, day)) for slug in ["live", "gone", "draft", "page"]}
    assert found == {"live": ["live"], "gone": ["gone"], "draft": [], "page": []}
    assert slugs(Post.objects.at_address("page")) == ["page"]
    assert not Post.objects.at_address("live").exists()
    assert not Post.objects.at_address("live", day + timedelta(days=1)).exists()


def test_what_a_person_wrote():
    post = make_post(slug="hers")
    make_post("Other", by=person("colin"), slug="his")
    factories.write(post, by=person("colin"), headline="Both")
    assert set(slugs(Post.objects.written_by(person("colin")))) == {"hers", "his"}
    assert slugs(Post.objects.latest_first()) == ["hers", "his"]


# The floor


@pytest.mark.parametrize(
    "columns",
    [
        {"published_on": None},
        {"published_at": None},
        {"slug": ""},
    ],
)
def test_what_is_live_has_a_date_and_an_address(columns):
    post = make_live_post()
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(**columns)


def test_one_address_one_piece():
    make_live_post("One", slug="one")
    two = make_live_post("Two", slug="two")
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=two.pk).update(slug="one")
    about, other = make_live_page(slug="about"), make_live_page("Other", slug="other")
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.filter(pk=other.pk).update(slug=about.slug)
    make_live_post("About", slug="about")  # a post may be called as a page is


def test_what_is_imported_is_imported_once():
    Post.objects.create(source="blogger", source_id="1")
    Post.objects.create(source="blogger", source_id="2")
    Post.objects.create(source="", source_id="1")
    Post.objects.create(source="", source_id="1")
    with pytest.raises(IntegrityError), transaction.atomic():
        Post.objects.create(source="blogger", source_id="1")


@pytest.mark.parametrize("what", ["post", "story", "section"])
def test_what_a_piece_stands_on_cannot_be_deleted(what):
    post = make_live_post(section="Council", story=factories.make_story())
    post.refresh_from_db()
    before = everything()
    with pytest.raises(ProtectedError):
        (post if what == "post" else getattr(post, what)).delete()
    assert everything() == before


def test_names_of_things():
    post = make_live_post("A headline", tags=("Council",))
    assert str(post) == str(post.live).split(": ", 1)[-1] == "A headline"
    assert str(Post()) == "(nothing written yet)"
    assert str(post.tags.get()) == "Council"
    assert str(factories.make_author()) == "Carla Reyes"
    assert str(factories.make_story()) == "Kestrel bridge"
    assert str(post.events.latest("number")) == "4: publish"


@pytest.mark.parametrize(("words", "minutes"), [(0, 1), (1, 1), (220, 1), (331, 2), (2_200, 10)])
def test_minutes_to_read(words, minutes):
    post = make_post(body="<p>" + "word " * words + "</p>")
    assert (post.head.words, post.head.reading_minutes()) == (words, minutes)
