"""What is changed in the discussion behind the site's back is named, and nothing else."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from blog.models import Tally
from comments import moderation, people, receiving
from comments.models import Comment
from comments.verifying import verify
from tests.factories import make_comment, make_live_post, make_moderator
from tests.flushing import refusals_set_aside

pytestmark = pytest.mark.django_db


@pytest.fixture
def comment():
    """Changed by its writer, removed, brought back; beside it others, one of which was erased."""
    post = make_live_post()
    comment = make_comment(post, "The bridge is shut.")
    make_comment(post, "a list", html="<ul><li>a list</li></ul>", source="disqus", source_id="1", answers=comment)
    make_comment(post, "Never mind.", answers=comment, email="gone@mail.example")
    people.erase(people.by_email("gone@mail.example"))
    receiving.change(comment, "The bridge is closed.")
    moderation.undo(moderation.remove(comment, by=make_moderator(), reason="subject"), by=make_moderator())
    return Comment.objects.get(pk=comment.pk)


def behind_its_back(sql, *values):
    with refusals_set_aside(connection) as cursor:
        cursor.execute(sql, values)
        assert cursor.rowcount == 1


def test_what_the_verbs_leave_agrees(comment):
    read = []
    assert list(verify(read.append)) == []
    assert sum(read) == 3


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("UPDATE comments_comment SET state = 'removed' WHERE id = %s", "but the last act on it says"),
        ("UPDATE comments_comment SET html = '<p onclick=\"x()\">Hm.</p>' WHERE id = %s", "its HTML holds"),
        ("UPDATE comments_comment SET html = '<script>x()</script>' WHERE id = %s", "its HTML holds"),
        ("UPDATE comments_wording SET html = '<img src=x>' WHERE comment_id = %s", "an earlier wording holds HTML"),
        ("UPDATE comments_comment SET edited_at = NULL WHERE id = %s", "another time than its wordings say"),
        ("UPDATE comments_comment SET reason = 'erased' WHERE id = %s", "something of it is still there"),
        (
            "UPDATE comments_moderationact SET state_before = 'spam' WHERE comment_id = %s AND verb = 'remove'",
            "an act begins at another state",
        ),
    ],
)
def test_what_was_changed_is_named(comment, sql, says):
    behind_its_back(sql, comment.pk)
    found = [fault for fault in verify() if fault.comment_id == comment.pk]
    assert any(says in fault.what for fault in found), found


def test_places_and_counts_are_looked_at_too(comment, capsys):
    Tally.objects.count(comment.post_id, visible=1)
    Comment.objects.filter(pk=comment.pk).update(edited_at=timezone.now() + timedelta(days=1))
    with pytest.raises(SystemExit) as end:
        call_command("verify")
    assert end.value.code == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"blog_tally {comment.post_id}: miscounted: -1 visible and 0 shown are missing",
        f"comments_comment {comment.pk}: was changed at another time than its wordings say (post {comment.post_id})",
    ]
