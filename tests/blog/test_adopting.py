"""Many at once leave exactly the rows that one by one would leave."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist

from blog import adopting, pictures, revisions, search, workflow
from blog.adopting import Arrival
from blog.models import Author, Edition, Event, PictureUse, Post, Revision, SearchEntry, Tag, TaggedPost
from blog.rendering import Unacceptable
from blog.revisions import Content
from tests.blog.test_pictures import made

pytestmark = pytest.mark.django_db
THEN = datetime(2011, 5, 4, 23, 30, tzinfo=UTC)
SOURCES = ({"outlet": "Maren Ferries", "title": "Fares", "url": "https://ferries.example/", "at": "2011-05-03"}, {})


@pytest.fixture
def importer():
    return get_user_model().objects.create_superuser("importer")


def arrivals() -> list[Arrival]:
    Author.objects.create(name="Ines Okafor", slug="ines-okafor")
    picture = pictures.store(made(), alt="Us")
    ines = {"name": "Ines Okafor", "slug": "ines-okafor"}
    return [
        Arrival(
            Content(
                "Ferry fares", body="<p>One & two<br><br>three", tags=("Bus", "ferry"), section="bus", byline=(ines,)
            ),
            published_at=THEN,
            source="blogger",
            source_id="1",
            key=uuid.UUID(int=1),
        ),
        Arrival(
            Content("Ferry fares", tags=("bus",), sources=SOURCES), published_at=THEN, source="blogger", source_id="2"
        ),
        Arrival(
            Content("About", body=f'<p>Who we are</p><p><img src="{picture.file.url}" alt="Us"></p>'),
            published_at=THEN + timedelta(days=1),
            kind=Post.Kind.PAGE,
            slug="admin",
        ),
    ]


def rows(post: Post) -> dict:
    """Everything that is kept of a post, without the keys of rows."""
    post = Post.objects.get(pk=post.pk)
    own = {
        name: getattr(post, name) for name in ("kind", "slug", "published_on", "published_at", "updated_at", "stage")
    }
    own |= {name: getattr(post, name) for name in ("sequence", "version", "source", "source_id")}
    skip = {"id", "post_id", "revision_id", "_state", "based_on_id"}

    def kept(rows):
        return [{k: v for k, v in vars(row).items() if k not in skip and not k.startswith("_")} for row in rows]

    entry = SearchEntry.objects.filter(post=post).values("published_at", "headline", "standfirst", "body").first()
    return own | {
        "section": post.section and post.section.name,
        "head and live": (post.head.number, post.live.number),
        "revisions": kept(post.revisions.order_by("number")),
        "events": kept(post.events.order_by("number")),
        "of": [event.revision.number for event in post.events.order_by("number")],
        "tags": sorted(TaggedPost.objects.filter(content_object=post).values_list("tag__name", "published_at")),
        "authors": list(post.authors.values_list("slug", flat=True)),
        "search": entry,
        "pictures": list(PictureUse.objects.filter(post=post).values_list("picture", "update", "in_head", "in_live")),
        "sources": list(post.cited.order_by("position").values_list("position", "outlet", "outlet_slug", "url", "at")),
    }


def test_many_at_once_leave_the_rows_of_one_by_one(importer):
    wanted = arrivals()
    at_once = [rows(post) for post in adopting.adopt_many(wanted, by=importer)]
    with pytest.MonkeyPatch.context() as patch:  # the same pieces again, in an empty house
        patch.setattr(uuid, "uuid4", iter([arrival.key for arrival in wanted]).__next__)
        _empty_house()
        one_by_one = []
        for arrival in wanted:
            post = revisions.start(
                arrival.content,
                by=importer,
                kind=arrival.kind,
                slug=arrival.slug,
                at=arrival.published_at,
                source=arrival.source,
                source_id=arrival.source_id,
                key=arrival.key,
            )
            one_by_one.append(rows(workflow.adopt(post, post.head, by=importer, published_at=arrival.published_at)))
    assert at_once == one_by_one
    assert [row["slug"] for row in at_once] == ["ferry-fares", "ferry-fares-2", "admin-2"]
    assert [row["published_on"].isoformat() for row in at_once] == ["2011-05-04", "2011-05-04", "2011-05-05"]
    assert [len(row["pictures"]) for row in at_once] == [0, 0, 1]
    assert len(search.find("ferry").places) == 2


def _empty_house() -> None:
    """Give the first pieces other identities, so that the same ones can come again. Revisions cannot be deleted."""
    for number, post in enumerate(Post.objects.order_by("pk")):
        Post.objects.filter(pk=post.pk).update(
            key=uuid.uuid5(uuid.NAMESPACE_OID, str(number)), slug=f"old-{number}", source="", source_id="", live=None
        )
    SearchEntry.objects.all().delete()
    TaggedPost.objects.all().delete()


def test_readers_see_one_change_and_the_tags_are_made_once(importer):
    before = Edition.objects.get()
    adopting.adopt_many(arrivals(), by=importer)
    after = Edition.objects.get()
    assert (after.number - before.number, after.furniture - before.furniture) == (2, 1)
    assert list(Tag.objects.values_list("name", flat=True).order_by("name")) == ["Bus", "ferry"]


def test_what_cannot_be_kept_is_answered_and_leaves_nothing(importer):
    good, bad = arrivals()[0], Arrival(Content("x" * 501), published_at=THEN)
    slug = Arrival(Content("Fine"), published_at=THEN, slug="../../etc")
    nameless = Arrival(Content(" ", body="Words"), published_at=THEN)
    answers = adopting.adopt_many([bad, good, slug, nameless], by=importer)
    assert isinstance(answers[0], Unacceptable) and "501" in str(answers[0])
    assert answers[1].source_id == "1"
    assert isinstance(answers[2], Unacceptable)
    assert isinstance(answers[3], Unacceptable) and "headline" in str(answers[3])
    assert (Post.objects.count(), Revision.objects.count(), Event.objects.count()) == (1, 1, 2)


@pytest.mark.parametrize("when", [timedelta(hours=1)])
def test_a_time_to_come_is_refused_for_all(importer, when):
    late = Arrival(Content("Tomorrow"), published_at=datetime.now(UTC) + when)
    with pytest.raises(workflow.WrongState):
        adopting.adopt_many([arrivals()[0], late], by=importer)
    assert not Post.objects.exists()


def test_who_may_not_adopt_brings_in_nothing():
    reader = get_user_model().objects.create_user("rita")
    with pytest.raises(workflow.NotAllowed):
        adopting.adopt_many([Arrival(Content("Mine"), published_at=THEN)], by=reader)
    with pytest.raises(ObjectDoesNotExist):
        Post.objects.get()
