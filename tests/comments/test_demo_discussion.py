"""What readers of the demo say holds together, comes in by the same doors as everything, and gives a moderator work."""

import re
from collections import Counter
from datetime import UTC, datetime
from io import StringIO
from unittest import mock

import pytest
from django.core.management import call_command
from django.test import TestCase

from blog.demo import accounts, staging
from blog.demo.days import MARK
from blog.demo.pieces import all_pieces
from blog.models import Outgoing, Post, Tally
from blog.verifying import verify
from comments import demo, judging, mending
from comments.management.commands.demo import bring_in
from comments.models import Comment, HouseRules, ModerationAct, Report
from tests.factories import everything

EVENING = datetime(2025, 3, 13, 21, tzinfo=UTC)
EARLY = datetime(2025, 3, 13, 0, 7, tzinfo=UTC)
DISCUSSION = demo.read()
PIECES = {piece.name: piece for piece in all_pieces()}


def said():
    for thread in DISCUSSION.threads:
        for one in thread.comments:
            yield thread, one


# The file


def test_what_is_named_is_there():
    users = {person["user"] for person in accounts.people() if "user" in person}
    ids = [one.id for _thread, one in said() if one.id]
    assert len(ids) == len(set(ids))
    assert {thread.post for thread in DISCUSSION.threads} <= set(PIECES)
    for thread, one in said():
        assert (one.by in DISCUSSION.people) != (one.user in users), one
        assert not one.answers or one.answers in {other.id for other in thread.comments}, one
        assert one.becomes in {"visible", "waiting", "held", "removed", "withdrawn", "spam"}, one
        assert (one.becomes == "removed") == bool(one.reason), one
    assert {one.by for _thread, one in said()} - {""} == set(DISCUSSION.people)


def test_nobody_speaks_before_there_is_something_to_speak_about():
    for thread, one in said():
        piece = PIECES[thread.post]
        assert piece.stage == "published", thread.post
        assert (piece.day, piece.time) < (one.day, one.time), one
        assert (one.day, one.time) <= (0, "19:00"), one
        # A time within the day is told by a mark: the whole of today may be drawn together.
        assert one.day != 0 or not re.search(r"\b\d\d:\d\d\b", MARK.sub("", one.text)) or one.by == "agnes", one
        for kind, value in MARK.findall(one.text):
            assert kind in {"time", "day", "date"} or value in PIECES


def test_readers_write_from_addresses_that_nobody_has():
    links = re.findall(r"https?://([^/\s]+)", " ".join(one.text for _thread, one in said()))
    assert links
    assert all(host.endswith(".example") for host in [*links, *DISCUSSION.trusted, *DISCUSSION.refused])


# On the site


class DemoDiscussion(TestCase):
    @classmethod
    def setUpTestData(cls):
        bring_in(EVENING, accounts.passwords_for_new())
        cls.posts = {post.source_id: post for post in Post.objects.all()}
        cls.bridge = Comment.objects.under(cls.posts["kestrel-bridge-closed"])

    def test_everything_is_as_the_file_says(self):
        states = Counter(Comment.objects.values_list("state", flat=True))
        assert states == Counter(one.becomes for _thread, one in said())
        assert sum(states.values()) > 80
        assert Comment.objects.filter(edited_at__isnull=False).count() == 1
        assert len(Tally.objects.of([post.pk for post in self.posts.values()])) == len(DISCUSSION.threads)

    def test_the_author_answers_the_reader_who_found_the_wrong_year(self):
        answer = self.bridge.get(text__startswith="Corrected, thank you")
        assert (answer.name, answer.badge, answer.parent.name) == ("Ines Okafor", "author", "Marit Dahl")
        assert "wrong year" in answer.parent.text
        # It was written on the update that had it; what else it knows is a wording of the post's own text
        update = answer.parent.update
        assert "October 1976" in update.live.body and "October 1974" in update.revisions.earliest("number").body
        assert not Comment.objects.filter(revision__update__isnull=False).exists()

    def test_the_thread_has_everything_that_a_thread_can_have(self):
        shown = self.bridge.placed()
        assert max(shown.values_list("level", flat=True)) >= 6
        assert "<blockquote>" in self.bridge.get(text__contains="Page 8 has a table").html
        assert self.bridge.filter(text__startswith="O barco").exists()
        removed = self.bridge.get(state="removed")
        assert (removed.reason, removed.placed) == ("person", True)
        assert removed.get_children().visible().count() == 1
        assert self.bridge.get(state="withdrawn").placed
        assert {"author", "staff"} <= set(Comment.objects.values_list("badge", flat=True))

    def test_the_moderator_has_work(self):
        link = Comment.objects.get(name="R. Walker")
        assert link.state == "waiting"
        assert judging.explain(link.facts) == ["First comment.", "1 link, to a site not seen before."]
        assert Comment.objects.get(name="Somebody who knows").reports == Report.objects.count() == 2
        assert ModerationAct.objects.filter(verb="hold").exclude(note="").count() == 1
        assert set(ModerationAct.objects.exclude(by=None).values_list("by_name", flat=True)) == {"Mo Tarrant"}
        assert set(Comment.objects.filter(state="spam").values_list("name", flat=True)) == {"Best Bargains"}

    def test_one_thread_is_closed_and_some_stories_have_none(self):
        post = self.posts["two-candidates-withdraw"]
        assert post.discussion == "closed"
        assert Comment.objects.under(post).visible().exists()
        assert not Comment.objects.under(self.posts["gale-warning"]).exists()
        assert HouseRules.objects.get().rules_path == "/comment-rules/"

    def test_times_ascend_and_nothing_lies_ahead(self):
        assert not Comment.objects.filter(created_at__gt=EVENING).exists()
        assert not ModerationAct.objects.filter(at__gt=EVENING).exists()
        for comment in Comment.objects.exclude(parent=None).select_related("parent"):
            assert comment.created_at >= comment.parent.shown_at, comment

    def test_no_mail_goes_to_anybody(self):
        assert set(Comment.objects.filter(user=None).values_list("email", flat=True)) == {
            f"{key}@mail.example" for key in DISCUSSION.people
        }
        assert Outgoing.objects.exists() and not Outgoing.objects.waiting().exists()

    def test_everything_agrees(self):
        assert [str(lie) for lie in verify()] == []
        assert list(mending.find()) == []

    def test_pages_show_it(self):
        page = self.client.get(self.posts["kestrel-bridge-closed"].get_absolute_url()).text
        assert "Corrected, thank you" in page and "the wrong year" in page
        for hidden in ("parking space", "I was eleven", "nine times, not eight", "both signs", "Best Bargains"):
            assert hidden not in page, hidden


@pytest.mark.django_db
def test_early_in_the_day_all_of_it_is_drawn_together():
    bring_in(EARLY, accounts.passwords_for_new())
    assert Counter(Comment.objects.values_list("state", flat=True)) == Counter(one.becomes for _t, one in said())
    assert not Comment.objects.filter(created_at__gt=EARLY).exists()


@pytest.mark.django_db
def test_what_breaks_off_in_the_discussion_leaves_no_story_behind(settings, tmp_path):
    settings.DEBUG, settings.BASE_DIR = True, tmp_path
    few = [PIECES["seal-goes-back"]]
    before = everything()
    with mock.patch("blog.demo.staging.all_pieces", return_value=few):
        with mock.patch("comments.moderation.approve", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
            call_command("demo", stdout=StringIO())
        assert everything() == before
        call_command("demo", stdout=StringIO())
        once = everything()
        call_command("demo", stdout=StringIO())
    assert Comment.objects.count() == 3
    assert everything() == once
    assert staging.is_there()
