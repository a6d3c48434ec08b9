"""What another site kept comes in whole: who answered whom, when, and what readers saw; and only once."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blog.models import Tally
from comments import posting
from comments.importing import EARLIEST, Outcome, Record, bring_in
from comments.limits import address_key
from comments.models import Comment
from comments.writers import writer_key
from tests.blog.test_rendering import XSS, active
from tests.comments.trees import faults
from tests.factories import everything, make_comment, make_live_post

pytestmark = pytest.mark.django_db
BEGAN = datetime(2012, 3, 1, 9, tzinfo=UTC)
State = Comment.State


@pytest.fixture
def post():
    return make_live_post()


def record(number, answers="", **parts):
    minutes = timedelta(minutes=number) if isinstance(number, int) else timedelta()
    values = {"post": "p", "written_at": BEGAN + minutes, "name": "Ann", "html": f"<p>Number {number}</p>"}
    return Record(source_id=str(number), answers=str(answers), **values | parts)


def bring(post, *records, source="old.example"):
    return bring_in(records, source=source, post_of={"p": post.pk}.get)


def threads(post):
    """(name there, its level, the name of what it answers) of all, in the order of reading."""
    names = dict(Comment.objects.values_list("pk", "source_id"))
    rows = Comment.objects.under(post).oldest_first()
    return [(row.source_id, row.level, names.get(row.answered_id())) for row in rows]


def test_answers_stand_where_they_belong_in_whatever_order_they_come(post):
    records = [record(1), record(2, 1), record(3, 2), record(4, 1), record(5), record(6, 5)]
    random.Random(5).shuffle(records)
    assert bring(post, *records) == Outcome(brought=6)
    assert threads(post) == [("1", 0, None), ("2", 1, "1"), ("3", 2, "2"), ("4", 1, "1"), ("5", 0, None), ("6", 1, "5")]
    assert faults() == []


def test_what_is_known_of_a_comment_is_kept(post):
    bring(post, record(1, name="  Ann \u200bde  Vries ", email="ann@old.example", address="192.0.2.7"))
    [comment] = Comment.objects.all()
    assert (comment.name, comment.email, comment.created_at) == (
        "Ann de Vries", "ann@old.example", BEGAN + timedelta(minutes=1),
    )  # fmt: skip
    assert (comment.html, comment.text) == ("<p>Number 1</p>", "Number 1")
    assert (comment.state, comment.placed, comment.shown_at) == ("visible", True, comment.created_at)
    key = address_key("192.0.2.7")
    assert (comment.address, comment.writer) == (
        key, writer_key(name=comment.name, email=comment.email, address=key),
    )  # fmt: skip
    assert (comment.source, comment.source_id) == ("old.example", "1")


def test_states_stay_and_only_what_readers_see_is_counted(post):
    bring(
        post,
        *(record(place, state=state) for place, state in enumerate(State.values)),
        record(20, State.values.index("spam")),
        record(21, 20, state="waiting"),
    )
    found = dict(Comment.objects.values_list("source_id", "state"))
    assert [found[str(place)] for place in range(len(State.values))] == State.values
    spam = str(State.values.index("spam"))
    visible = str(State.values.index("visible"))
    # The spam stands in the thread because of its answer, without its words.
    assert {comment.source_id for comment in Comment.objects.placed()} == {spam, visible, "20"}
    assert Tally.objects.of_post(post.pk)[:2] == (2, 2)
    assert faults() == []


def test_a_second_run_brings_only_what_is_new(post):
    first = [record(1), record(2, 1), record(9)]
    bring(post, *first)
    before = dict(Comment.objects.values_list("source_id", "pk"))
    late = [record(3, 2), record(4, 3), record(10, 9, state="spam"), record(11, 10), record(12)]
    assert bring(post, *late[::-1], *first) == Outcome(brought=5, known=3)
    assert threads(post) == [
        ("1", 0, None), ("2", 1, "1"), ("3", 2, "2"), ("4", 3, "3"), ("9", 0, None), ("10", 1, "9"), ("11", 2, "10"),
        ("12", 0, None),
    ]  # fmt: skip
    assert before.items() <= dict(Comment.objects.values_list("source_id", "pk")).items()
    assert Tally.objects.of_post(post.pk)[:2] == (7, 7)
    assert faults() == []
    held = everything()
    assert bring(post, *late, *first) == Outcome(known=8)
    assert everything() == held


def test_a_late_answer_gives_those_above_it_their_place(post):
    bring(post, record(1, state="spam"), record(2, 1, state="waiting"))
    assert not Comment.objects.placed().exists()
    bring(post, record(3, 2))
    assert Comment.objects.placed().count() == 3
    assert faults() == []


def test_one_named_twice_comes_in_once(post):
    assert bring(post, record(1), record(1, html="<p>Other</p>")) == Outcome(brought=1, known=1)
    assert Comment.objects.get().text == "Number 1"


def test_other_sources_are_other_comments(post):
    bring(post, record(1))
    assert bring(post, record(1), source="older.example") == Outcome(brought=1)


def test_who_answers_nothing_that_is_there_begins_a_conversation(post):
    other = make_live_post("Another")
    records = [record(1, "gone"), record(2, post="q"), record(3, 2)]
    done = bring_in(records, source="old.example", post_of={"p": post.pk, "q": other.pk}.get)
    assert done == Outcome(brought=3, set_free=2)
    assert threads(post) == [("1", 0, None), ("3", 0, None)]
    assert faults() == []
    # … also where what it answered came in before, under another post
    assert bring(post, record(4, 2)) == Outcome(brought=1, set_free=1)


def test_circles_begin_with_their_oldest(post):
    records = [record(5, 7), record(6, 5), record(7, 6), record(8, 7), record(9, 9)]
    assert bring(post, *records) == Outcome(brought=5, set_free=2)
    assert threads(post) == [("5", 0, None), ("6", 1, "5"), ("7", 2, "6"), ("8", 3, "7"), ("9", 0, None)]


def test_records_of_no_post_are_counted(post):
    assert bring(post, record(1, post="elsewhere"), record(2)) == Outcome(brought=1, without_post=1)


def test_answers_to_what_was_refused_answer_what_that_one_answered(post):
    records = [record(1), record(2, 1, html="<script>1</script>"), record(3, 2), record(4, html=""), record(5, 4)]
    assert bring(post, *records) == Outcome(brought=3, refused=2)
    assert threads(post) == [("1", 0, None), ("3", 1, "1"), ("5", 0, None)]


@pytest.mark.parametrize("zone", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_a_time_that_nobody_knows_is_drawn_in_every_zone(client, post, settings, zone):
    settings.TIME_ZONE = zone
    never = [datetime(1, 1, 1), datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)]
    bring(post, *(record(number, written_at=at) for number, at in enumerate(never)))
    assert Comment.objects.order_by("created_at").first().created_at == EARLIEST
    assert Comment.objects.filter(created_at__gt=timezone.now()).count() == 0
    for path in (post.get_absolute_url(), f"{post.get_absolute_url()}comments.atom", "/comments/feed.atom"):
        assert client.get(path).status_code == 200


@pytest.mark.parametrize("address", ["\ud800", "192.0.2.7\x00", "\udfff192.0.2.7"])
def test_an_internet_address_that_is_not_text_stops_no_import(post, address):
    assert bring(post, record(1, address=address), record(2)) == Outcome(brought=2)


def test_too_long_and_nameless_records_are_refused_and_the_rest_comes(post):
    bad = [record(1, html="x" * 200_000), record("", html="<p>x</p>"), record("9" * 201)]
    assert bring(post, *bad, record(2)) == Outcome(brought=1, refused=3)


def test_a_state_that_is_none_is_a_mistake_of_the_caller():
    with pytest.raises(ValueError, match="trash"):
        record(1, state="trash")


def test_odd_values_are_made_sensible(post):
    bring(
        post,
        record(1, name="x" * 500 + "\x00", email="not an address", written_at=datetime(2012, 1, 1, 12)),
        record(2, written_at=timezone.now() + timedelta(days=900), name="e" + "\u0301" * 500),
        record("3\x00", 1, name="\ud800Zoë\u202e"),
    )
    first, third, second = Comment.objects.oldest_first()
    assert (first.name, first.email) == ("x" * 80, "")
    assert first.created_at == datetime(2012, 1, 1, 12, tzinfo=timezone.get_current_timezone())
    assert (third.source_id, third.name) == ("3", "Zoë")
    assert second.created_at <= timezone.now()
    assert len(second.name) < 10


def test_nothing_that_runs_comes_in(post):
    done = bring(post, *(record(place, html=text, name=text[:300]) for place, text in enumerate(XSS)))
    assert done.brought > 500
    found = [what for comment in Comment.objects.all() for what in active(comment.html)]
    assert set(found) == {"a rel"}  # which says that links are the readers' own


def test_a_long_chain_comes_in_flat_below_the_twentieth(post):
    assert bring(post, *(record(place, place - 1 if place else "") for place in range(2_000))).brought == 2_000
    assert Comment.objects.filter(level__gt=20).count() == 0
    deepest = Comment.objects.filter(level=20)
    assert deepest.count() == 2_000 - 20
    assert {one.source_id: one.reply_to_id for one in deepest.filter(source_id__in=["20", "21"])} == {
        "20": None,
        "21": Comment.objects.get(source_id="20").pk,
    }
    shown = Comment.objects.under(post).oldest_first().values_list("source_id", flat=True)
    assert list(shown) == [str(place) for place in range(2_000)]
    assert faults() == []


def test_many_cost_few_statements(post):
    with CaptureQueriesContext(connection) as captured:
        bring(post, *(record(place, random.Random(place).randrange(place) if place else "") for place in range(400)))
    assert len(captured) < 20
    assert faults() == []


def test_keys_go_on_behind_those_of_an_import(post):
    bring(post, *(record(place) for place in range(5)))
    assert make_comment(post).pk > max(Comment.objects.exclude(source="").values_list("pk", flat=True))
    bring(post, record(5))
    assert faults() == []


def test_readers_go_on_answering_what_came_in(post, monkeypatch):
    monkeypatch.setattr(posting, "TOP", 2**14)
    monkeypatch.setattr(posting, "ROOMY", 2**3)
    bring(post, *(record(place, random.Random(place).randrange(place) if place else "") for place in range(300)))
    chance, keys = random.Random(1), list(Comment.objects.values_list("pk", flat=True))
    for _ in range(200):
        keys.append(make_comment(post, answers=Comment(pk=chance.choice(keys))).pk)
    bring(post, *(record(place, chance.randrange(300)) for place in range(300, 400)))
    assert faults() == []
    assert Tally.objects.of_post(post.pk)[:2] == (600, 600)


def test_an_error_half_way_leaves_nothing_of_a_post(post, monkeypatch):
    before = everything()

    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(Tally.objects, "count", fail)
    with pytest.raises(RuntimeError):
        bring(post, record(1), record(2, 1))
    assert everything() == before
