"""Places in threads: whatever is posted in whatever order, every comment stands where it belongs."""

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blog.models import Tally
from comments import numbering, posting
from comments.models import Comment
from tests.comments.trees import faults, grow
from tests.factories import everything, make_comment, make_live_post

pytestmark = pytest.mark.django_db
State = Comment.State


@pytest.fixture
def post():
    return make_live_post()


@pytest.fixture
def small(monkeypatch):
    """So few numbers that room has to be made all the time; what was made room for."""
    monkeypatch.setattr(posting, "TOP", 2**14)
    monkeypatch.setattr(posting, "ROOMY", 2**3)
    made, respace = [], posting.respace
    monkeypatch.setattr(posting, "respace", lambda key: made.append(key) or respace(key))
    return made


def new(post, **columns):
    return Comment(post=post, name="Ann", text="So.", html="<p>So.</p>", **{"state": "visible"} | columns)


# A first comment, and an answer


def test_a_first_comment_begins_a_tree_numbered_by_its_key(post):
    comment = posting.add(new(post))
    stored = Comment.objects.get(pk=comment.pk)
    for one in (comment, stored):
        assert (one.tree_id, one.lft, one.rght, one.level, one.parent_id) == (comment.pk, 1, posting.TOP, 0, None)
        assert one.conversation_at == one.created_at
    assert not comment._state.adding


def test_an_answer_stands_inside_what_it_answers(post):
    first = posting.add(new(post))
    second = posting.add(new(post), answers=first.pk)
    third = posting.add(new(post), answers=first.pk)
    assert (second.parent_id, second.tree_id, second.level) == (first.pk, first.pk, 1)
    assert second.conversation_at == first.created_at
    assert first.lft < second.lft < second.rght < third.lft < third.rght < first.rght
    assert list(Comment.objects.values_list("pk", "lft")) == [(c.pk, c.lft) for c in (first, second, third)]
    assert faults() == []


def test_what_is_visible_is_placed_shown_and_counted(post):
    first = posting.add(new(post))
    waiting = posting.add(new(post, state="waiting"))
    assert (first.placed, first.shown_at) == (True, first.created_at)
    assert (waiting.placed, waiting.shown_at) == (False, None)
    assert Tally.objects.of_post(post.pk) == (1, 1, 1)


def test_posting_leaves_other_comments_alone(post):
    keys = grow(post, 50, seed=2)
    rows = {row["id"]: row for row in Comment.objects.values()}
    posting.add(new(post), answers=keys[10])
    posting.add(new(post))
    assert {row["id"]: row for row in Comment.objects.values() if row["id"] in rows} == rows


def test_keys_are_not_given_twice_after_rows_are_gone(post):
    """A tree is numbered by its first comment's key: the next must not get that of one that was erased by hand."""
    gone = posting.add(new(post)).pk
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM comments_comment WHERE id = %s", [gone])
    assert posting.add(new(post)).pk > gone


# Whom nobody can answer


@pytest.mark.parametrize("state", [state for state in State.values if state != "visible"])
def test_who_is_not_there_for_readers_is_not_answered(post, state):
    first = make_comment(post, state=state, placed=True, shown_at=timezone.now())
    before = everything()
    with pytest.raises(posting.Gone):
        posting.add(new(post), answers=first.pk)
    assert everything() == before


def test_nobody_answers_across_posts_nor_nothing(post):
    elsewhere = make_comment(make_live_post("Another"))
    before = everything()
    for answered in (elsewhere.pk, 10**9):
        with pytest.raises(posting.Gone):
            posting.add(new(post), answers=answered)
    assert everything() == before


def test_what_was_said_elsewhere_goes_below_what_readers_do_not_see(post):
    spam = make_comment(post, state="spam")
    waiting = posting.in_transaction(lambda: posting.insert_of_record(new(post, state="waiting"), answers=spam.pk))
    assert not Comment.objects.placed().exists()
    posting.in_transaction(lambda: posting.insert_of_record(new(post), answers=waiting.pk))
    assert Comment.objects.placed().count() == 3
    assert faults() == []


# Depth


def test_a_thousand_answers_in_a_row_end_on_the_last_level(post):
    keys = [posting.add(new(post)).pk]
    for _ in range(1_000):
        keys.append(posting.add(new(post), answers=keys[-1]).pk)
    rows = {row.pk: row for row in Comment.objects.all()}
    assert [rows[key].level for key in keys] == [min(place, 20) for place in range(1_001)]
    assert [rows[key].answered_id() for key in keys] == [None, *keys[:-1]]
    assert {rows[key].parent_id for key in keys[20:]} == {keys[19]}
    assert all(rows[key].reply_to_id is None for key in keys[:21])
    assert list(Comment.objects.values_list("pk", flat=True)) == keys
    assert faults() == []


def test_the_deepest_are_not_answered_once_they_are_gone(post):
    keys = [posting.add(new(post)).pk]
    for _ in range(21):
        keys.append(posting.add(new(post), answers=keys[-1]).pk)
    Comment.objects.filter(pk=keys[-1]).update(state="removed")
    before = everything()
    with pytest.raises(posting.Gone):
        posting.add(new(post), answers=keys[-1])
    assert everything() == before


# Room


def test_room_is_made_where_it_runs_out(post, small):
    keys = grow(post, 400, seed=7, deep=0.4)
    assert len(small) >= 20
    assert len(keys) == Comment.objects.count()
    assert faults() == []


def test_making_room_moves_no_more_than_it_has_to(post, monkeypatch):
    """Room is made below the nearest comment that has enough, and the rest of the tree stays as it is."""
    root = posting.add(new(post))
    narrow = posting.add(new(post), answers=root.pk)
    elsewhere = posting.add(new(post), answers=root.pk)
    below = posting.add(new(post), answers=narrow.pk)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE comments_comment SET rght = lft + 1 WHERE id = %s", [below.pk])
    last = posting.add(new(post), answers=below.pk)
    rows = {row.pk: row for row in Comment.objects.all()}
    for one in (root, narrow, elsewhere):
        assert (rows[one.pk].lft, rows[one.pk].rght) == (one.lft, one.rght)
    assert rows[below.pk].rght > below.lft + 100
    assert (last.parent_id, faults()) == (below.pk, [])


def test_where_somebody_made_room_before_nothing_moves(post):
    keys = grow(post, 20, seed=3)
    before = everything()
    for key in keys:
        posting.respace(key)
    assert everything() == before


def test_where_no_room_can_be_made_the_error_says_so(post, monkeypatch):
    monkeypatch.setattr(posting, "TOP", 4)
    root = posting.add(new(post))
    before = everything()
    with pytest.raises(posting.NoRoom):
        for _ in range(5):
            posting.add(new(post), answers=root.pk)
    assert len(everything()["comments.Comment"]) <= len(before["comments.Comment"]) + 1


trees = st.lists(st.integers(0, 10**6), min_size=1, max_size=60)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answered=trees, bits=st.integers(8, 62))
def test_any_tree_stands_as_its_parents_say(post, monkeypatch, answered, bits):
    """One by one, however narrow the numbers are; each number chooses whom its comment answers, or nobody."""
    monkeypatch.setattr(posting, "TOP", 2**bits)
    monkeypatch.setattr(posting, "ROOMY", 2**2)
    keys = []
    with transaction.atomic():
        for choice in answered:
            place = choice % (len(keys) + 1)
            keys.append(posting.add(new(post), answers=keys[place] if place < len(keys) else None).pk)
        assert Comment.objects.count() == len(keys)
        assert faults() == []
        transaction.set_rollback(True)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answered=trees)
def test_any_tree_stored_at_once_stands_as_its_parents_say(post, answered):
    answers = [None if (place := choice % (at + 1)) == at else place for at, choice in enumerate(answered)]
    with transaction.atomic():
        comments = [new(post) for _ in answers]
        posting.insert_many(comments, answers)
        assert faults() == []
        found = {row.pk: row.answered_id() for row in Comment.objects.all()}
        assert found == {
            comment.pk: None if place is None else comments[place].pk
            for comment, place in zip(comments, answers, strict=True)
        }
        posting.add(new(post), answers=comments[-1].pk)
        assert faults() == []
        transaction.set_rollback(True)


@given(st.integers(1, 2**62), st.integers(2, 2**62), st.none() | st.tuples(st.integers(1, 99), st.integers(1, 99)))
def test_a_slice_is_inside_and_behind(left, width, last):
    right = left + width
    if last:
        last = (left + last[0], left + last[0] + last[1])
        if last[1] >= right:
            return
    found = numbering.free_slice(left, right, last)
    if found is None:
        assert right - (last[1] if last else left) <= 2
    else:
        assert (last[1] if last else left) < found[0] < found[1] < right


def test_a_hundred_thousand_answers_to_one_comment_need_no_room_made():
    right, last = posting.TOP, None
    for _ in range(100_000):
        last = numbering.free_slice(1, right, last)
        assert last is not None


# In the database


def test_an_answer_is_few_statements_however_many_there_are(post):
    def statements(answers):
        with CaptureQueriesContext(connection) as captured:
            posting.add(new(post), answers=answers)
        return [one["sql"] for one in captured if "SAVEPOINT" not in one["sql"]]

    keys = grow(post, 1, seed=1)
    few = len(statements(keys[0]))
    keys += grow(post, 300, seed=2)
    assert few == len(statements(keys[-1])) == 4
    assert len(statements(None)) == 2
    deep = keys[0]
    for _ in range(21):
        deep = posting.add(new(post), answers=deep).pk
    assert len(statements(deep)) == 6


def test_one_place_given_twice_ends_in_a_refusal_not_in_a_broken_tree(post, monkeypatch, caplog):
    """Somebody who inserts without the lock: the constraint is the floor, and the next try finds another place."""
    root = posting.add(new(post))
    posting.add(new(post), answers=root.pk)
    last_child, blind = posting._last_child, [True]
    monkeypatch.setattr(posting, "_last_child", lambda *of: None if blind and blind.pop() else last_child(*of))
    posting.add(new(post), answers=root.pk)
    assert "without the lock" in caplog.text
    assert Comment.objects.count() == 3
    assert faults() == []
    monkeypatch.setattr(posting, "_last_child", lambda *of: None)
    before = everything()
    with pytest.raises(IntegrityError):
        posting.add(new(post), answers=root.pk)
    assert everything() == before


class Undone(Exception):
    def __init__(self, sqlstate):
        self.sqlstate = sqlstate


@pytest.mark.parametrize("sqlstate", ["40P01", "40001", "55P03"])
def test_what_the_database_undid_is_done_again(monkeypatch, sqlstate):
    monkeypatch.setattr(posting.time, "sleep", lambda seconds: None)
    tries = []

    def act():
        tries.append(len(tries))
        if len(tries) < posting.MOST_ATTEMPTS:
            raise OperationalError("undone") from Undone(sqlstate)
        return "done"

    assert posting.in_transaction(act) == "done"
    assert len(tries) == posting.MOST_ATTEMPTS
    tries.clear()

    def never():
        tries.append(1)
        raise OperationalError("undone") from Undone(sqlstate)

    with pytest.raises(OperationalError):
        posting.in_transaction(never)
    assert len(tries) == posting.MOST_ATTEMPTS


def test_other_errors_are_not_tried_again():
    tries = []

    def act(error):
        tries.append(error)
        raise error

    for error in (OperationalError("the disk is full"), IntegrityError("form_key"), DatabaseError("x"), KeyError()):
        with pytest.raises(type(error)):
            posting.in_transaction(lambda error=error: act(error))
    assert len(tries) == 4


def test_an_act_that_fails_leaves_nothing(post):
    before = everything()

    def act():
        posting.insert(new(post))
        raise KeyError

    with pytest.raises(KeyError):
        posting.in_transaction(act)
    assert everything() == before
