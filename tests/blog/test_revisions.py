"""What was written: in order, without gaps, chained, in one spelling, and never half of it."""

import unicodedata
import uuid
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.contrib.auth import get_user_model

from blog import events, revisions
from blog.models import Event, Post, Revision
from blog.rendering import TooBig, Unacceptable
from blog.revisions import Content, Stale
from tests import factories
from tests.blog.chains import content_of, digest, faults
from tests.factories import NOON, everything, fresh, make_content, make_live_post, make_post, person

pytestmark = pytest.mark.django_db

FULL = Content(
    headline="  Die Brücke\u00a0ist zu ",
    standfirst="Bis Freitag.\r\nMindestens.",
    body="<p>Die <b>Bru\u0308cke</b> ist zu.</p><p>שלום &amp; 😀</p>",
    tags=("Verkehr", "Brücke", "verkehr"),
    section="verkehr",
    byline=({"name": "Carla Reyes", "slug": "carla-reyes"}, {"name": "Gast"}),
    sources=({"outlet": "Amt", "title": "Notiz", "url": "https://amt.example/1", "at": "2025-09-05T14:00:00+02:00"},),
    image={"src": "/media/a.png", "alt": "Die Brücke", "width": "640", "height": 480},
)
KEY = uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")
AT = datetime(2025, 9, 5, 12, 0, 0, 123456, tzinfo=UTC)


def full_post():
    return revisions.start(FULL, by=person("carla"), key=KEY, at=AT, note="First")


def test_the_first_wording():
    post = full_post()
    revision = post.head
    assert (post.kind, post.stage, post.slug, post.live, post.sequence) == ("post", "draft", "", None, 1)
    assert (revision.number, revision.based_on, revision.by, revision.by_name) == (1, None, person("carla"), "Carla")
    assert (revision.created_at, revision.note, revision.kind) == (AT, "First", "draft")
    assert content_of(revision) == {
        "headline": "Die Brücke\u00a0ist zu",
        "standfirst": "Bis Freitag.\nMindestens.",
        "body": "<p>Die <strong>Brücke</strong> ist zu.</p>\n<p>שלום &amp; 😀</p>",
        "tags": ["Brücke", "Verkehr"],
        "section": "Verkehr",
        "byline": [{"name": "Carla Reyes", "slug": "carla-reyes"}, {"name": "Gast", "slug": ""}],
        "sources": [
            {"outlet": "Amt", "title": "Notiz", "url": "https://amt.example/1", "at": "2025-09-05T12:00:00+00:00"}
        ],
        "image": {"src": "/media/a.png", "alt": "Die Brücke", "width": 640, "height": 480, "credit": ""},
    }
    assert (revision.excerpt, revision.words) == ("Bis Freitag.\nMindestens.", 7)
    event = post.events.get()
    assert (event.number, event.verb, event.at, event.revision, event.note) == (1, "write", AT, revision, "First")
    assert (event.stage_before, event.stage_after, event.public, event.kind) == ("", "draft", False, "")


def test_the_hashes_are_these_on_every_database():
    post = full_post()
    assert post.head.content_hash == "13c1f19a035f3883871f5084ae2f09abcd289b45f7d7f2577d4d532771849903"
    assert post.head.chain_hash == "f8ea265494cff5e08212d1095656a4606685c33f9a8094b129c90df10452d083"
    assert post.events.get().chain_hash == "ae2afe31114f005dd02e27b5dcc007479e402e813f6b9224ae0b047d6b459f3b"


def test_what_was_written_is_read_back_the_same():
    post = full_post()
    again = Revision.objects.get(pk=post.head.pk)
    assert content_of(again) == content_of(post.head)
    assert again.created_at == AT
    assert Content.of(again).tidy().hash() == again.content_hash
    assert unicodedata.is_normalized("NFC", again.body)


def test_every_chain_can_be_recomputed():
    post = full_post()
    post = factories.published(post)
    factories.write(post, headline="Second", note="Why")
    post = factories.published(post, kind="correction", public_note="It was wrong.")
    assert (post.revisions.count(), post.events.count()) == (2, 8)
    assert faults(post) == []


def test_the_zone_in_which_a_time_is_told_does_not_matter():
    east = AT.astimezone(timezone(timedelta(hours=9, minutes=30)))
    assert events.spell(east) == events.spell(AT) == "2025-09-05T12:00:00.123456+00:00"
    carla = person("carla")
    one = revisions.start(FULL, by=carla, key=KEY, at=AT)
    other = revisions.build(Post(key=KEY), None, FULL.tidy(), by=carla, at=east)
    assert other.chain_hash == one.head.chain_hash


def test_json_has_one_spelling():
    assert events.sha256({"b": 1, "a": "é"}) == events.sha256({"a": "é", "b": 1}) == digest({"a": "é", "b": 1})
    assert events.sha256({"a": "é"}) != events.sha256({"a": "e\u0301"})


# Writing on


def test_the_next_wording_is_a_draft_behind_what_is_live():
    post = make_live_post()
    live = post.live
    revision = revisions.write(post, make_content("New"), by=person("colin"), based_on=live, note="Because", at=AT)
    post = fresh(post)
    assert (post.live, post.head, post.stage) == (live, revision, "draft")
    assert (revision.number, revision.based_on, revision.kind, revision.note) == (2, live, "update", "Because")
    assert (revision.by, revision.by_name, revision.created_at) == (person("colin"), "Colin", AT)
    assert post.has_newer_draft()
    assert faults(post) == []


@pytest.mark.parametrize(
    "same",
    [
        FULL,
        Content(**FULL.__dict__ | {"headline": "Die Bru\u0308cke\u00a0ist  zu"}),
        Content(**FULL.__dict__ | {"tags": ("brücke", "VERKEHR", "Brücke", "Verkehr")[2:]}),
        Content(
            **FULL.__dict__ | {"body": "<p>Die <strong>Brücke</strong>\nist zu.</p><div>שלום &#38; 😀</div><p></p>"}
        ),
        Content(**FULL.__dict__ | {"standfirst": " Bis  Freitag.\nMindestens.\n"}),
        Content(**FULL.__dict__ | {"image": dict(reversed(FULL.image.items()))}),
    ],
)
def test_no_word_changed_is_no_revision(same):
    post = full_post()
    before = everything()
    assert revisions.write(post, same, by=person("edith"), note="Only a note") is None
    assert revisions.write(post, same, by=person("edith"), based_on=post.head) is None
    assert everything() == before


@pytest.mark.parametrize(
    "changed",
    [
        {"headline": "x"},
        {"standfirst": "Bis Freitag."},
        {"body": "<p>Die <em>Brücke</em> ist zu.</p><p>שלום &amp; 😀</p>"},
        {"tags": ("Verkehr",)},
        {"section": ""},
        {"byline": ()},
        {"sources": ()},
        {"image": None},
        {"image": {"src": "/media/a.png", "alt": "Die Brücke", "width": 641, "height": 480}},
    ],
)
def test_any_word_changed_is_a_revision(changed):
    post = full_post()
    revision = revisions.write(post, Content(**FULL.__dict__ | changed), by=person("edith"))
    assert revision.number == 2
    assert fresh(post).events.latest("number").revision == revision


def test_words_based_on_an_older_version_are_not_written():
    post = make_post()
    first = post.head
    factories.write(post, by=person("edith"), headline="Edith's")
    before = everything()
    with pytest.raises(Stale, match="Edith saved version 2") as refusal:
        revisions.write(post, make_content("Carla's"), by=person("carla"), based_on=first)
    assert refusal.value.head.headline == "Edith's"
    assert everything() == before


def test_the_same_words_based_on_an_older_version_are_told_to_be_stale_too():
    post = make_post()
    first = post.head
    factories.write(post, headline="Other")
    with pytest.raises(Stale):
        revisions.write(post, make_content("Other"), by=person("carla"), based_on=first)


def test_an_old_wording_is_brought_back_as_a_new_one():
    post = make_post("One")
    first = post.head
    factories.write(post, headline="Two")
    before = everything()
    assert revisions.restore(post, fresh(post).head, by=person("edith")) is None
    assert everything() == before
    third = revisions.restore(post, first, by=person("edith"))
    assert (third.number, third.headline, third.note) == (3, "One", "Brought back version 1.")
    assert third.content_hash == first.content_hash
    assert third.chain_hash != first.chain_hash
    with pytest.raises(Stale):
        revisions.restore(post, first, by=person("edith"), based_on=first)


@pytest.mark.parametrize("stage", ["review", "changes", "approved", "published", "withdrawn", "spiked"])
def test_writing_makes_it_a_draft_whatever_it_was(stage):
    post = factories.in_stage(stage)
    factories.write(post, headline="Written on")
    post = fresh(post)
    assert post.stage == "draft"
    event = post.events.latest("number")
    assert (event.stage_before, event.stage_after) == (stage, "draft")


# Refusals leave nothing behind

WRONG = [
    ({"headline": "a\0b"}, Unacceptable),
    ({"headline": "x" * 501}, Unacceptable),
    ({"standfirst": "\x1b"}, Unacceptable),
    ({"body": "x" * 400_001}, TooBig),
    ({"body": "<div>" * 200}, TooBig),
    ({"tags": ("x" * 101,)}, Unacceptable),
    ({"tags": tuple(f"tag {number}" for number in range(101))}, Unacceptable),
    ({"tags": ("a\0",)}, Unacceptable),
    ({"section": "x" * 101}, Unacceptable),
    ({"byline": ({"name": "x" * 151},)}, Unacceptable),
    ({"byline": ({"name": "a\0"},)}, Unacceptable),
    ({"sources": ({"url": "javascript:alert(1)"},)}, Unacceptable),
    ({"sources": ({"url": "ftp://example.org/"},)}, Unacceptable),
    ({"sources": ({"url": "nowhere"},)}, Unacceptable),
    ({"sources": ({"at": "yesterday"},)}, Unacceptable),
    ({"sources": ({"title": "x"},) * 101}, Unacceptable),
    ({"image": {"src": "/a.png", "alt": "x" * 1_001}}, Unacceptable),
    ({"image": {"src": "/a.png", "width": "wide"}}, Unacceptable),
    ({"image": {"src": "/a.png", "height": -1}}, Unacceptable),
]


@pytest.mark.parametrize(("parts", "error"), WRONG)
def test_what_cannot_be_kept_is_refused_and_nothing_is_left(parts, error):
    post = make_post()
    before = everything()
    with pytest.raises(error) as refusal:
        revisions.write(post, Content(**FULL.__dict__ | parts), by=person("carla"))
    assert str(refusal.value)
    with pytest.raises(error):
        revisions.start(Content(**FULL.__dict__ | parts), by=person("carla"))
    assert everything() == before


@pytest.mark.parametrize("slug", ["a b", "ä/", "x" * 201, "..", "a\0", "<b>"])
def test_a_slug_that_cannot_be_starts_nothing(slug):
    before = everything()
    with pytest.raises(Unacceptable):
        revisions.start(FULL, by=person("carla"), slug=slug)
    assert everything() == before


def test_a_note_or_a_kind_that_cannot_be_kept_is_refused():
    post = make_post()
    before = everything()
    with pytest.raises(Unacceptable):
        revisions.write(post, FULL, by=person("carla"), note="a\0")
    with pytest.raises(Unacceptable):
        revisions.write(post, FULL, by=person("carla"), kind="nonsense")
    assert everything() == before


def test_active_content_never_gets_into_a_revision():
    post = revisions.start(
        Content(headline="<b>x</b>", body="<p onclick=x>a<script>b</script></p>", image={"src": "/a.png"}),
        by=person("carla"),
    )
    assert post.head.body == "<p>a</p>"
    assert post.head.headline == "<b>x</b>"  # plain text: shown escaped


@pytest.mark.parametrize("src", ["javascript:alert(1)", "data:text/html,x", " JAVA\tSCRIPT:x", "ftp://x/a.png"])
def test_a_picture_has_an_address_that_a_picture_can_have(src):
    with pytest.raises(Unacceptable):
        revisions.start(Content(headline="x", image={"src": src}), by=person("carla"))


# People


def test_the_name_stays_when_the_account_goes():
    post = make_post(by=factories.make_user("gone", "Contributor", first_name="Greta", last_name="Gone"))
    gone = get_user_model().objects.get(username="gone")
    gone.delete()
    post = fresh(post)
    assert post.head.by_name == post.events.get().by_name == "Greta Gone"
    assert faults(post) == []
    factories.write(post, by=person("edith"), headline="After")
    assert faults(fresh(post)) == []


def test_what_nobody_in_particular_did_has_no_name():
    post = revisions.start(make_content(), by=None, at=NOON)
    assert (post.head.by, post.head.by_name) == (None, "")
    assert Event.objects.get().by is None


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_source_has_a_time_that_every_zone_can_tell(year):
    with pytest.raises(Unacceptable):
        make_post(sources=({"outlet": "Harbour board", "at": f"{year}-06-01T00:00:00+00:00"},))
