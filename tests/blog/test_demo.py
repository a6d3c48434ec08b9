"""The demo's files hold together, and the command brings them in whole, once, and into an empty site only."""

import re
import stat
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from unittest import mock

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import TestCase, override_settings

from blog import rendering
from blog.demo import accounts, staging
from blog.demo.days import MARK, Calendar
from blog.demo.pieces import HERE, STAGES, Change, Wording, all_pieces, read, table
from blog.models import Author, Event, Picture, Post, Revision, Story, Tag
from blog.verifying import verify
from tests import factories

EVENING = datetime(2025, 3, 13, 21, tzinfo=UTC)
PIECES = {piece.name: piece for piece in all_pieces()}
EVERY_PIECE = pytest.mark.parametrize("piece", PIECES.values(), ids=PIECES)


def tags_of(html):
    return Counter(re.findall(r"<([a-z0-9]+)", html))


# The files


@EVERY_PIECE
def test_what_a_piece_names_is_there(piece):
    known = {person["name"] for person in accounts.people() if "byline" in person}
    pictures = table("pictures")
    assert {piece.section, *piece.tags} - {""} <= set(table("tags"))
    assert not piece.story or piece.story in table("stories")
    assert not piece.picture or piece.picture in pictures
    for wording in piece.wordings():
        assert set(wording.byline) <= known
        for kind, value in MARK.findall(wording.body):
            assert kind != "post" or value in PIECES
            assert kind != "picture" or value in pictures
        for _day, source in wording.sources:
            assert not source.url or re.match(r"https://[a-z.]*example/", source.url)


@EVERY_PIECE
def test_cleaning_takes_nothing_from_a_piece(piece):
    calendar = Calendar(EVENING)
    for wording in piece.wordings():
        body = calendar.fill(wording.body, day=0, address=lambda name: "/", picture=lambda name: '<img src="/" alt="">')
        cleaned = rendering.clean(body)
        assert "".join(rendering.plain(cleaned).split()) == "".join(rendering.plain(body).split())
        assert tags_of(cleaned) == tags_of(body)


@EVERY_PIECE
def test_a_piece_says_how_it_went_on(piece):
    assert piece.stage in STAGES
    assert (piece.stage == "withdrawn") == bool(piece.withdrawn)
    assert (piece.stage == "changes") == bool(piece.asked)
    for row in (piece, *piece.updates):
        moments = [(row.day, row.time), *((change.day, change.time) for change in row.changes)]
        assert moments == sorted(moments)
        for change in row.changes:
            assert change.note, "why is part of every change"
            assert change.kind in Revision.Kind.values
            assert change.kind != "correction" or change.public_note
    assert piece.rolling or not (piece.updates or piece.promises or piece.ended)
    names = [entry.name for entry in piece.updates]
    assert len(names) == len(set(names))
    assert {said.update for said in piece.suggestions} <= {"", *names}


def test_a_change_replaces_what_is_there_once():
    wording = Wording("A headline", "", "<p>One, two, two.</p>", (), ())

    def replacing(old):
        return Change(day=0, time="10:00", replace=((old, "three"),), append="<p>Four.</p>")

    assert wording.after(replacing("One")).body == "<p>three, two, two.</p><p>Four.</p>"
    for wrong in ("two", "five"):
        with pytest.raises(ValueError, match=wrong):
            wording.after(replacing(wrong))


def test_a_misspelt_key_is_an_error(tmp_path):
    path = tmp_path / "piece.html"
    path.write_text('+++\nheadline = "A"\nstandfirst = ""\nbyline = []\nday = 0\ntime = "10:00"\nstorry = "b"\n+++\n')
    with pytest.raises(TypeError, match="storry"):
        read(path)


def test_the_demo_shows_every_kind_of_thing():
    bodies = " ".join(piece.wording.body for piece in PIECES.values())
    for element in ("<table", "<pre", "<ul", "<ol", "<dl", "<blockquote", "<figure", "<hr", 'dir="rtl"', 'lang="pt"'):
        assert element in bodies
    assert {piece.stage for piece in PIECES.values()} == set(STAGES)
    assert max(len(piece.wording.headline) for piece in PIECES.values()) > 180
    assert sum(piece.story == "kestrel-bridge" and piece.stage == "published" for piece in PIECES.values()) >= 4
    kinds = {change.kind for piece in PIECES.values() for row in (piece, *piece.updates) for change in row.changes}
    assert kinds >= {
        "typo",
        "clarification",
        "update",
        "correction",
    }


def test_every_tag_is_used_and_says_what_it_is_for():
    used = {name for piece in PIECES.values() for name in (piece.section, *piece.tags)}
    assert used - {""} == set(table("tags"))
    assert all(sentence.endswith(".") for sentence in table("tags").values())


def test_pictures_are_small_and_described():
    files = [HERE / "pictures" / told["file"] for told in table("pictures").values()]
    assert sum(file.stat().st_size for file in files) < 600_000
    assert all(told["alt"] and told["credit"] for told in table("pictures").values())
    assert all(file.with_suffix(".svg").exists() for file in files)


# The calendar


def test_days_are_counted_from_today():
    calendar = Calendar(EVENING)
    assert calendar.moment(-2, "14:00") == datetime(2025, 3, 11, 14, tzinfo=UTC)
    assert calendar.moment(0, "18:42") == datetime(2025, 3, 13, 18, 42, tzinfo=UTC)


@pytest.mark.parametrize("hour", [0, 3, 6, 10, 15, 18, 19, 23])
def test_today_is_over_whenever_the_demo_is_made(hour):
    now = EVENING.replace(hour=hour, minute=7)
    calendar = Calendar(now)
    times = [calendar.moment(0, clock) for clock in ("05:30", "06:50", "08:15", "12:25", "16:10", "18:56")]
    assert times == sorted(times)
    assert now - times[-1] < timedelta(hours=4, minutes=15)
    assert times[-1] <= now
    assert {moment.date() for moment in times} == {now.date()}


def test_before_the_evening_today_is_drawn_together_but_in_order():
    calendar = Calendar(EVENING.replace(hour=10))
    assert calendar.moment(0, "06:30") == EVENING.replace(hour=6, minute=30)
    assert calendar.moment(0, "19:00") == EVENING.replace(hour=10)


def test_marks_become_words():
    calendar = Calendar(EVENING)  # a Thursday
    text = "{day 0} {workday 2} {date -1} {month 30} {year -365} {iso 1} {time 07:35} {post a} {picture b} {c d}"
    filled = calendar.fill(text, day=-1, address=lambda name: f"/{name}/", picture=lambda name: f"<{name}>")
    assert filled == "Thursday Monday 12 March April 2024 2025-03-14 07:35 /a/ <b> {c d}"


# On the site


class DemoSite(TestCase):
    @classmethod
    def setUpTestData(cls):
        staging.bring_in(EVENING, accounts.passwords_for_new())
        cls.posts = {post.source_id: post for post in Post.objects.select_related("live", "head", "section", "story")}

    def test_every_piece_stands_where_its_file_says(self):
        assert set(self.posts) == set(PIECES)
        for name, piece in PIECES.items():
            waiting = piece.changes and piece.changes[-1].stage
            assert self.posts[name].stage == (waiting or piece.stage), name
            assert self.posts[name].is_live() == (piece.stage == "published"), name
        behind = {name for name, post in self.posts.items() if post.has_newer_draft()}
        assert {self.posts[name].stage for name in behind} == {"draft", "review"}

    def test_there_is_something_today_and_yesterday_and_a_year_ago(self):
        live = Post.objects.live().stories()
        today = EVENING.date()
        assert live.count() >= 30
        assert live.on_day(today).count() >= 5
        assert live.on_day(today - timedelta(days=1)).count() >= 3
        assert live.in_year(today.year - 1).exists()
        assert live.newest_first()[0] == self.posts["bridge-closed-overnight"]
        assert set(Post.objects.live().pages().values_list("slug", flat=True)) == {"about", "comment-rules"}

    def test_times_ascend_and_nothing_lies_ahead(self):
        for post in self.posts.values():
            acts = list(post.events.order_by("number").values_list("at", flat=True))
            assert acts == sorted(acts), post
            assert acts[-1] <= EVENING
            written = list(post.revisions.order_by("number").values_list("created_at", flat=True))
            assert written == sorted(written), post

    def test_nobody_approved_own_words(self):
        approvals = Event.objects.filter(verb="approve").select_related("revision")
        assert approvals
        assert not [act for act in approvals if act.by_id == act.revision.by_id]

    def test_the_bridge_has_its_history(self):
        post = self.posts["kestrel-bridge-closed"]
        publications = post.events.filter(verb="publish").order_by("number")
        kinds = list(publications.values_list("kind", flat=True))
        assert kinds.index("typo") < kinds.index("correction")
        wrong = publications.get(kind="correction", public_note__contains="1974")
        assert wrong.public_note == (
            "We said that the bridge opened in 1974. It opened in October 1976. "
            "Thank you to Marit Dahl, who pointed this out."
        )
        assert "October 1974" in post.revisions.get(pk=wrong.revision_id).based_on.body
        assert "October 1976" in wrong.update.live.body
        assert post.live.byline_text() == "Ines Okafor, Tomas Reyl"

    def test_the_bridge_is_a_running_story(self):
        post = self.posts["kestrel-bridge-closed"]
        assert post.is_rolling() and post.next_update_at > EVENING and post.promise
        assert post.live.summary
        assert post.update_count == post.updates.live().count() == 11
        assert post.updates.get(withdrawal__isnull=False).withdrawal.public_note
        assert post.updates.filter(pinned=True).count() == 1
        assert post.updates.key_moments().count() == 6
        assert post.updates.get(stage="review").head.by.username == "cora"

    def test_an_older_story_has_ended(self):
        post = self.posts["estuary-race"]
        assert post.coverage == Post.Coverage.ENDED
        assert post.update_count == 4

    def test_readers_have_suggested_something(self):
        suggested = self.posts["kestrel-bridge-closed"].suggestions
        assert Counter(suggested.values_list("state", flat=True)) == {"open": 1, "applied": 1, "declined": 1}
        applied = suggested.get(state="applied")
        assert applied.resolved == applied.update.live
        assert "two tugs" in applied.update.live.body

    def test_what_was_withdrawn_says_why(self):
        post = self.posts["clinic-to-close-wards"]
        withdrawal = post.events.get(verb="withdraw")
        assert withdrawal.public
        assert withdrawal.public_note == PIECES["clinic-to-close-wards"].withdrawn.public_note

    def test_links_between_pieces_lead_somewhere(self):
        public = {post.get_absolute_url() for post in Post.objects.filter(published_at__isnull=False)}
        links = {link for revision in Revision.objects.all() for link in re.findall(r'href="(/[^"]*)"', revision.body)}
        assert len(links) > 8
        assert links <= public

    def test_nothing_is_left_to_fill_in(self):
        for revision in Revision.objects.all():
            text = f"{revision.headline} {revision.standfirst} {revision.body}"
            assert not MARK.search(text), revision

    def test_bylines_tags_and_stories_resolve(self):
        for post in Post.objects.live().prefetch_related("authors"):
            assert {author.name for author in post.authors.all()} == {person["name"] for person in post.live.byline}
        assert not Tag.objects.filter(description="")
        assert all(story.posts.live().count() >= 3 for story in Story.objects.all())
        assert all(author.biography for author in Author.objects.all())

    def test_pictures_can_be_fetched(self):
        assert Picture.objects.count() == len(table("pictures"))
        for picture in Picture.objects.all():
            assert picture.file.storage.exists(picture.file.name)
        shown = self.posts["bridge-closed-overnight"].live.image
        assert shown["src"] in {picture.file.url for picture in Picture.objects.all()}
        assert (shown["width"], shown["height"]) == (1280, 720)

    def test_every_chain_is_whole(self):
        assert [str(lie) for lie in verify()] == []

    def test_reporters_cannot_sign_in(self):
        assert not User.objects.get(username="ines").has_usable_password()
        assert User.objects.get(username="ines").is_staff  # she answers readers as what she is


# The command


@pytest.fixture
def developing(settings, tmp_path):
    settings.DEBUG = True
    settings.BASE_DIR = tmp_path
    return tmp_path


@pytest.fixture
def short():
    """Three pieces in place of fifty: what the command promises does not hang on how many there are."""
    few = [PIECES[name] for name in ("new-harbour-master", "night-market", "seal-goes-back")]
    # What is planned is planned for pieces that are not among them.
    with mock.patch("blog.demo.staging.all_pieces", return_value=few), mock.patch("blog.demo.plans.make"):
        yield few


def say_demo(**options):
    out = StringIO()
    call_command("demo", stdout=out, **options)
    return out.getvalue()


def nothing_came_in():
    return not (
        Post.objects.exists() or Author.objects.exists() or Story.objects.exists() or Tag.objects.exists()
    ) and not User.objects.filter(username__in=["cora", "ines", "edith"])


@pytest.mark.django_db
def test_the_second_time_it_says_the_same_passwords_and_does_nothing(developing, short):
    first = say_demo()
    acts = Event.objects.count()
    second = say_demo()
    passwords = dict(re.findall(r"^  (\w+) .* password (\S+)$", first, re.M))
    assert set(passwords) == {"admin", "edith", "pia", "cora", "mo"}
    assert dict(re.findall(r"^  (\w+) .* password (\S+)$", second, re.M)) == passwords
    assert "already" in second
    assert Event.objects.count() == acts
    assert len(set(passwords.values())) == 5
    assert authenticate(username="admin", password=passwords["admin"]).is_superuser
    assert authenticate(username="pia", password=passwords["pia"]).has_perm("blog.publish_post")
    assert not authenticate(username="cora", password=passwords["cora"]).has_perm("blog.review_post")


@pytest.mark.django_db
def test_only_the_owner_reads_the_passwords(developing, short):
    say_demo()
    (file,) = (developing / "var").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.django_db
def test_with_the_passwords_file_gone_it_still_says_who_is_there(developing, short):
    say_demo()
    next((developing / "var").iterdir()).unlink()
    assert "edith   Editor         the password that was set for it" in say_demo()


@pytest.mark.django_db
def test_an_account_that_was_there_keeps_its_password_and_its_rights(developing, short):
    User.objects.create_superuser("admin", password="my own")
    out = say_demo()
    assert authenticate(username="admin", password="my own")
    assert "admin   Administrator  the password that was set for it" in out


@pytest.mark.django_db
def test_nobody_gets_more_rights_by_the_demo(developing, short):
    edith = User.objects.create_user("edith", password="my own")
    with pytest.raises(CommandError, match="edith"):
        say_demo()
    edith = User.objects.get(pk=edith.pk)
    assert not edith.groups.exists()
    assert not User.objects.exclude(pk=edith.pk).exists()
    assert not Post.objects.exists()


@pytest.mark.django_db
def test_a_site_with_pieces_of_its_own_is_left_alone(developing, short):
    own = factories.make_post()
    before = User.objects.count()
    with pytest.raises(CommandError, match="empty site only"):
        say_demo(yes=True)
    assert list(Post.objects.all()) == [own]
    assert User.objects.count() == before


@pytest.mark.django_db
def test_what_breaks_off_leaves_nothing_behind_and_can_be_done_again(developing, short):
    made = []

    def breaks_off(newsroom, piece):
        made.append(piece)
        if len(made) == 2:
            raise KeyboardInterrupt
        return original(newsroom, piece)

    original = staging.Newsroom.make
    with mock.patch.object(staging.Newsroom, "make", breaks_off), pytest.raises(KeyboardInterrupt):
        say_demo()
    assert nothing_came_in()
    say_demo()
    assert Post.objects.count() == 3


@pytest.mark.django_db
@override_settings(DEBUG=False)
def test_production_is_asked_twice(short):
    with pytest.raises(CommandError, match="--yes"):
        say_demo()
    assert nothing_came_in()


@pytest.mark.django_db
def test_in_production_passwords_are_told_once_and_kept_nowhere(settings, tmp_path, short):
    settings.BASE_DIR = tmp_path
    out = say_demo(yes=True)
    assert "told once" in out
    assert Post.objects.live().count() == 3
    assert list(Path(tmp_path).iterdir()) == []


@pytest.mark.django_db
def test_in_production_no_account_is_taken_over(settings, short):
    User.objects.create_superuser("admin", password="my own")
    with pytest.raises(CommandError, match="admin"):
        say_demo(yes=True)
    assert nothing_came_in()
