"""Tags, section and authors are looked up by what the live wording says, whatever its case."""

from io import StringIO

import pytest
from django.core.management import call_command

from blog import indexing
from blog.models import Tag, TaggedPost
from tests import factories
from tests.factories import NOON, fresh, make_live_post

pytestmark = pytest.mark.django_db


def test_a_tag_is_one_whatever_its_case_and_spelling():
    first = make_live_post(tags=("Élection",))
    second = make_live_post("Other", tags=("e\u0301LECTION", "Straße"))
    make_live_post("Third", tags=("STRASSE",))
    assert sorted(Tag.objects.values_list("name", "slug")) == [("Straße", "straße"), ("Élection", "élection")]
    assert list(first.tags.all()) == [tag for tag in second.tags.all() if tag.name == "Élection"]
    assert second.head.tags == ["Straße", "éLECTION"]  # as it was written then


def test_an_accent_makes_another_tag():
    make_live_post(tags=("Elan", "Élan"))
    assert sorted(Tag.objects.values_list("slug", flat=True)) == ["elan", "élan"]


@pytest.mark.parametrize(
    ("names", "slugs"),
    [
        (["C", "C#", "C++"], ["c", "c-2", "c-3"]),
        (["東京", "🔥", "!?"], ["東京", "tag", "tag-2"]),
        (["x" * 100], ["x" * 90]),
        (["a", "A", "a"], ["a"]),
        ([], []),
    ],
)
def test_every_tag_has_a_slug_of_its_own(names, slugs):
    assert [tag.slug for tag in indexing.tags_named(names)] == slugs
    assert [tag.slug for tag in indexing.tags_named(names)] == slugs
    assert Tag.objects.count() == len(slugs)


def test_a_renamed_tag_is_found_by_its_new_name():
    tag = indexing.tags_named(["Bridge"])[0]
    tag.name = "Bridges"
    tag.save(update_fields=["name"])
    assert indexing.tags_named(["BRIDGES"]) == [tag]
    assert indexing.tags_named(["bridge"])[0] != tag


def test_the_section_is_one_of_the_tags():
    post = make_live_post(tags=("Council", "Transport"), section="COUNCIL")
    assert fresh(post).section == Tag.objects.get(name="Council")
    assert TaggedPost.objects.filter(content_object=post, published_at=NOON).count() == 2
    assert fresh(make_live_post("Other")).section is None


def test_authors_are_those_with_a_page():
    carla = factories.make_author()
    post = make_live_post(byline=({"name": "C. Reyes", "slug": "carla-reyes"}, {"name": "Guest", "slug": ""}))
    assert list(post.authors.all()) == [carla]
    assert post.live.byline_text() == "C. Reyes, Guest"
    assert indexing.author_of(factories.person("carla")) is None
    carla.user = factories.person("carla")
    carla.save()
    assert indexing.author_of(factories.person("carla")) == carla


def test_indexes_can_be_made_again():
    post = make_live_post(tags=("One", "Two"), section="One", byline=({"name": "C", "slug": "carla-reyes"},))
    factories.make_author()
    TaggedPost.objects.all().delete()
    post = fresh(post)
    indexing.refresh(post)
    post.save()
    assert sorted(post.tags.names()) == ["One", "Two"]
    assert (fresh(post).section.name, post.authors.count(), post.search_entry.headline) == (
        "One", 1, "council closes the bridge",
    )  # fmt: skip


def test_readers_get_what_was_made_again(client):
    post = make_live_post(tags=("Harbour",))
    addresses = ["/tags/", post.get_absolute_url()]
    seen = [client.get(address).headers["ETag"] for address in addresses]
    call_command("rebuild_indexes", stdout=StringIO())
    for address, etag in zip(addresses, seen, strict=True):
        assert client.get(address, headers={"if-none-match": etag}).status_code == 200
