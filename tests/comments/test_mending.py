"""Whatever is broken by hand is found, named and mended; nothing that is whole is touched."""

import io
import random
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from blog.models import Tally
from comments import mending, posting
from comments.models import Comment
from tests.comments.trees import faults, grow
from tests.factories import everything, make_comment, make_live_post

pytestmark = pytest.mark.django_db
WORDS = "parent_id reply_to_id post_id tree_id lft rght level conversation_at placed".split()


def write_by_hand(comment, **values):
    """Past everything that refuses, as a slip in a console would; the floor that constraints keep stays."""
    names = ", ".join(f"{name} = %s" for name in values)
    with connection.cursor() as cursor, transaction.atomic():
        cursor.execute(f"UPDATE comments_comment SET {names} WHERE id = %s", [*values.values(), comment.pk])


def run(*words):
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        call_command("rebuild_threads", *words, stdout=out, stderr=err)
    except SystemExit as end:
        code = end.code
    return code, out.getvalue(), err.getvalue()


@pytest.fixture
def post():
    return make_live_post()


@pytest.fixture
def chain(post):
    """Three that answer each other, and a second answer to the first."""
    first = make_comment(post)
    second = make_comment(post, answers=first)
    third = make_comment(post, answers=second)
    return first, second, third, make_comment(post, answers=first)


def fresh(comment):
    return Comment.objects.get(pk=comment.pk)


def test_whole_threads_are_left_alone(post, chain):
    grow(post, 60, seed=3)
    before = everything()
    assert run() == (0, "All 64 comments stand where they belong.\n", "")
    assert everything() == before


@pytest.mark.parametrize(
    ("which", "values", "said"),
    [
        (1, {"tree_id": 1_000_000}, "in another tree than its parent"),
        (1, {"rght": posting.TOP + 5}, "not inside its parent"),
        (2, {"lft": 2, "rght": 3}, "not inside its parent"),
        (1, {"level": 5}, "on a wrong level"),
        (1, {"conversation_at": "2020-01-01 00:00:00+00:00"}, "another time of the conversation than its parent"),
        (0, {"conversation_at": "2020-01-01 00:00:00+00:00"}, "a conversation of another time"),
        (0, {"placed": False, "state": "removed"}, "has no place"),
        (3, {"shown_at": None, "state": "waiting"}, "has a place and should not"),
    ],
)
def test_a_slip_is_found_named_and_mended(post, chain, which, values, said):
    write_by_hand(chain[which], **values)
    broken = everything()
    code, out, err = run("--check")
    assert (code, out) == (1, "")
    assert f"post {post.pk}, comment {chain[which].pk}: {said}\n" in err
    assert everything() == broken
    code, out, err = run()
    assert (code, err) == (0, "")
    many = 2 if "state" in values else 1  # who changes a state by hand has not counted it either
    assert out == f"Conversations and counts mended: {many}.\nAll 4 comments stand where they belong.\n"
    assert faults() == []
    assert run("--check", "--post", str(post.pk))[0] == 0


def test_answers_in_one_place_are_found(post, chain):
    _first, second, _third, fourth = map(fresh, chain)
    write_by_hand(fourth, lft=second.lft + 1, rght=second.rght + 1)
    assert "overlaps the answer before it" in run("--check")[2]
    assert run()[0] == 0
    assert faults() == []
    assert list(Comment.objects.values_list("pk", flat=True)) == [comment.pk for comment in chain]


def test_an_answer_under_another_post_goes_back(post, chain):
    other = make_live_post("Another")
    write_by_hand(chain[1], post_id=other.pk)
    assert "under another post than its parent" in run("--check")[2]
    assert run()[0] == 0
    assert faults() == []
    assert {comment.post_id for comment in Comment.objects.all()} == {post.pk}


def test_who_answers_one_that_stands_elsewhere_answers_its_parent(post, chain):
    write_by_hand(chain[2], reply_to_id=chain[3].pk)
    assert "answers a comment that does not stand beside it" in run("--check")[2]
    assert run()[0] == 0
    assert fresh(chain[2]).answered_id() == chain[1].pk


def test_what_goes_round_in_a_circle_begins_with_its_oldest(post, chain):
    first, second, third, _fourth = chain
    write_by_hand(second, parent_id=third.pk)
    assert run("--check")[0] == 1
    assert run()[0] == 0
    assert faults() == []
    assert (fresh(second).parent_id, fresh(third).parent_id, fresh(first).parent_id) == (None, second.pk, None)


def test_too_deep_a_chain_is_made_flat(post, monkeypatch):
    monkeypatch.setattr(posting, "MAX_LEVEL", 30)
    last = make_comment(post)
    for _ in range(25):
        last = make_comment(post, answers=last)
    monkeypatch.undo()
    assert "on a wrong level" in run("--check")[2]
    assert run()[0] == 0
    assert faults() == []
    assert (fresh(last).level, fresh(last).answered_id()) == (20, last.parent_id)


@pytest.mark.parametrize("seed", range(12))
def test_whatever_is_written_over_is_found_and_mended(post, seed):
    """Against another way of finding it, which walks through all comments in Python."""
    chance = random.Random(seed)
    other = make_live_post("Another")
    keys = grow(post, 40, seed=seed)
    for key in chance.sample(keys, 3):
        value = {
            "parent_id": chance.choice(keys),
            "reply_to_id": chance.choice(keys),
            "post_id": other.pk,
            "level": chance.randrange(1, 30),
            "placed": chance.random() < 0.5,
        }
        name = chance.choice([*WORDS[:3], "level", "tree_id", "lft", "rght"])
        drawn = chance.randrange(2, posting.TOP) if name != "tree_id" else chance.choice(keys)
        comment = Comment.objects.get(pk=key)
        if (name == "lft" and drawn >= comment.rght) or (name == "rght" and drawn <= comment.lft):
            continue
        if comment.parent_id is None and name in {"lft", "tree_id", "level"}:
            continue
        write_by_hand(comment, **{name: value.get(name, drawn)})
    assert bool([fault for fault in mending.find() if fault.comment_id]) == bool(faults())
    mending.mend()
    assert (list(mending.find()), faults()) == ([], [])
    assert Comment.objects.count() == len(keys)


def test_tallies_are_counted_again(post, chain):
    Tally.objects.count(post.pk, visible=-1, shown=3)
    ghost = make_live_post("Nobody commented")
    Tally.objects.count(ghost.pk, visible=7)
    code, _, err = run("--check")
    assert code == 1
    assert f"post {post.pk}, tally: miscounted: 1 visible and -3 shown are missing\n" in err
    assert f"post {ghost.pk}, tally: miscounted: -7 visible and 0 shown are missing\n" in err
    assert run()[0] == 0
    assert Tally.objects.of_post(post.pk)[:2] == (4, 4)
    assert Tally.objects.of_post(ghost.pk)[:2] == (0, 0)


def test_pages_that_are_kept_are_old_after_mending(post, chain):
    write_by_hand(chain[1], level=7)
    before = Tally.objects.of_post(post.pk).version
    run()
    assert Tally.objects.of_post(post.pk).version > before


def test_of_one_post_alone(post, chain):
    other = make_live_post("Another")
    elsewhere = make_comment(other)
    write_by_hand(elsewhere, conversation_at="2020-01-01 00:00:00+00:00")
    assert run("--check", "--post", str(post.pk))[0] == 0
    assert run("--post", str(post.pk))[0] == 0
    assert run("--check")[0] == 1


def test_the_first_twenty_are_named(post):
    for key in grow(post, 40, seed=1):
        write_by_hand(Comment(pk=key), level=20 if Comment.objects.get(pk=key).parent_id else 0)
    code, _, err = run("--check")
    assert code == 1
    assert len(err.splitlines()) == 21
    assert err.splitlines()[-1].startswith("and ")


def test_asking_costs_the_same_for_few_and_many(post):
    grow(post, 5, seed=1)
    with CaptureQueriesContext(connection) as few:
        assert list(mending.find()) == []
    grow(post, 100, seed=2)
    with CaptureQueriesContext(connection) as many:
        assert list(mending.find()) == []
    assert len(few) == len(many) == 5


def test_a_mended_thread_goes_on(post, chain):
    write_by_hand(chain[0], created_at=fresh(chain[0]).created_at - timedelta(days=1))
    assert run()[0] == 0
    for _ in range(30):
        make_comment(post, answers=chain[1])
    assert faults() == []
