"""Many who post at the same moment, some of whom die: nothing is lost, nothing stands where it does not belong."""

import pytest
from django.db import OperationalError, connection

from comments import posting
from comments.models import Comment
from tests import factories
from tests.comments.trees import faults, grow
from tests.factories import make_comment, make_live_post, make_moderator
from tests.racing import database_for_race, race

pytestmark = pytest.mark.django_db(transaction=True)
POSTGRESQL = connection.vendor == "postgresql"
NARROW = {"top": 2**12, "roomy": 2**2}


@pytest.fixture
def post():
    return make_live_post()


@pytest.fixture
def database(tmp_path):
    """A function, to be called when everything that the race begins with is there."""
    return lambda: database_for_race(connection, tmp_path)


def posters(post, keys, many, times, folder, **how):
    return [["post_comments", post.pk, keys, seed, times, str(folder / "stored"), how] for seed in range(many)]


def stored(folder):
    return {int(line) for line in (folder / "stored").read_text().splitlines()}


def test_eight_answer_in_one_conversation_and_two_of_them_are_killed(post, database, tmp_path):
    keys = [make_comment(post).pk]
    place = database()
    jobs = posters(post, keys, 8, 250, tmp_path)
    jobs[3][-1] = {"dies_at": 100}
    jobs[6][-1] = {"dies_at": 200}
    found = race(place, *jobs)
    assert [one and one["errors"] for one in found] == [[], [], [], None, [], [], None, []]
    assert len(stored(tmp_path)) == 6 * 250 + 100 + 200
    [seen] = race(place, ["look_at_threads"])
    assert set(seen["keys"]) == stored(tmp_path) | set(keys)
    assert seen["faults"] == []


def test_room_is_made_while_others_answer_decide_and_mend(post, database, tmp_path):
    make_moderator()
    keys = grow(post, 30, seed=1)
    roots = list(Comment.objects.roots().values_list("pk", flat=True))
    place = database()
    found = race(
        place,
        *posters(post, keys, 4, 150, tmp_path, room=[0], **NARROW),
        ["make_room", keys[:10], 2, NARROW],
        ["mend_threads", roots, 2, NARROW],
        ["moderate_comments", "mod", post.pk, 10],
    )
    assert [one["errors"] for one in found[:4]] == [[]] * 4
    assert found[4:] == [[], [], []]
    assert sum(one["room"] for one in found[:4]) > 0
    [seen] = race(place, ["look_at_threads"])
    assert set(seen["keys"]) == stored(tmp_path) | set(keys)
    assert seen["faults"] == []


@pytest.mark.skipif(not POSTGRESQL, reason="on SQLite one writes at a time, with or without locks")
def test_without_locks_the_database_refuses_rather_than_break_a_tree(post, database, tmp_path):
    keys = [make_comment(post).pk]
    place = database()
    found = race(place, *posters(post, keys, 3, 150, tmp_path, locks=False))
    assert all("IntegrityError" in error for one in found for error in one["errors"])
    [seen] = race(place, ["look_at_threads"])
    assert set(seen["keys"]) == stored(tmp_path) | set(keys)
    assert seen["faults"] == []


@pytest.fixture
def colleague():
    """Another connection to the same database, in a transaction that goes on."""
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        yield cursor
    other.rollback()
    other.close()


@pytest.mark.skipif(not POSTGRESQL, reason="SQLite has no locks on rows")
def test_who_edits_the_post_is_not_in_the_way(post, colleague):
    first = make_comment(post)
    colleague.execute("SELECT 1 FROM blog_post WHERE id = %s FOR NO KEY UPDATE", [post.pk])
    make_comment(post)
    make_comment(post, answers=first)
    assert faults() == []


@pytest.mark.skipif(not POSTGRESQL, reason="SQLite has no locks on rows")
def test_who_answers_somebody_else_is_not_in_the_way(post, colleague):
    first, second = make_comment(post), make_comment(post)
    below = make_comment(post, answers=first)
    colleague.execute("SELECT 1 FROM comments_comment WHERE id = %s FOR NO KEY UPDATE", [first.pk])
    make_comment(post, answers=second)
    make_comment(post, answers=below)
    make_comment(post)
    assert faults() == []


@pytest.mark.skipif(not POSTGRESQL, reason="SQLite has no locks on rows")
def test_an_answer_waits_for_a_lock_a_while_and_not_for_ever(post, colleague, monkeypatch):
    first = make_comment(post)
    colleague.execute("SELECT 1 FROM comments_comment WHERE id = %s FOR NO KEY UPDATE", [first.pk])
    monkeypatch.setattr(
        posting, "_HOLD", {name: sql.replace(f"'{posting.PATIENCE}'", "'20ms'") for name, sql in posting._HOLD.items()}
    )
    before = factories.everything()
    with pytest.raises(OperationalError, match="lock timeout"):
        make_comment(post, answers=first)
    assert factories.everything() == before
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)  # of that transaction alone
