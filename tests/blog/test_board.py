"""The board: what stands in which column, for whom, what moves it, and what a move that came too late says."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from blog import agenda, belonging, board, columns, glass, passage_notes, presence, schedule, updates, workflow
from blog.admin import board as pages
from blog.models import Post, ReviewStep, Schedule, StoryType
from tests.factories import (
    approved,
    everything,
    fresh,
    in_stage,
    make_live_post,
    make_post,
    make_publisher,
    make_rolling_post,
    make_update,
    make_user,
    person,
    put_in_review,
    write,
)

pytestmark = pytest.mark.django_db
BOARD, MOVE, CALENDAR = "/admin/board/", "/admin/board/move/", "/admin/board/calendar/"


@pytest.fixture
def desk(client):
    """Whatever is asked is asked by this person."""

    class Desk:
        def get(self, address, name):
            client.force_login(person(name))
            return client.get(address)

        def move(self, name, moved, verb, **more):
            client.force_login(person(name))
            return client.post(MOVE, as_shown(moved) | {"verb": verb} | more)

    return Desk()


def as_shown(piece):
    """What the form of a card sends."""
    piece = fresh(piece)
    return {
        "piece": key(piece),
        "based_on": piece.head.number,
        "stage": piece.stage,
        "seen": piece.post.sequence,
        "back": "",
    }


def key(piece):
    return f"{'post' if isinstance(piece, Post) else 'update'}-{piece.pk}"


def standing(name, **filters):
    """{column: headlines} for somebody, without the empty ones."""
    found = board.of(person(name), columns.Filters(**filters))
    return {where: [card.headline for card in pile.cards] for where, pile in found.piles.items() if pile.cards}


def card_of(name, piece):
    piles = board.of(person(name)).piles.values()
    return next(card for pile in piles for card in pile.cards if card.key == key(piece))


def planned(post, at=None):
    return schedule.plan(fresh(post), fresh(post).head, by=make_publisher(), publish_at=at or soon())


def soon(**more):
    return timezone.now() + timedelta(**more or {"days": 1})


def questions(client, address):
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


# What stands where


def test_each_stage_has_its_column():
    for stage in ("draft", "changes", "review", "approved", "published", "withdrawn", "spiked"):
        in_stage(stage, stage)
    make_rolling_post("rolling")
    planned(approved(make_post("planned")))
    assert standing("edith") == {
        "drafting": ["changes", "draft"],
        "review": ["review"],
        "ready": ["approved"],
        "scheduled": ["planned"],
        "running": ["rolling"],
        "published": ["published"],
    }


def test_a_newer_draft_stands_where_it_is_and_its_story_goes_on():
    running = make_rolling_post("Runs")
    put_in_review(write(running, headline="Runs, newer", kind="update"))
    make_update(running, "Ferries", by=person("colin"))
    live = make_live_post("Live", at=timezone.now())
    write(live, headline="Live, newer", kind="update")
    assert standing("edith") == {
        "drafting": ["Live, newer", "Ferries"],
        "review": ["Runs, newer"],
        "running": ["Runs"],
        "published": ["Live"],
    }
    idents = [card.ident for pile in board.of(person("edith")).piles.values() for card in pile.cards if card.ident]
    assert len(idents) == len(set(idents)) == 3  # a piece is one place on the page


def test_what_was_published_yesterday_is_done(settings):
    settings.TIME_ZONE = "Pacific/Auckland"
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    make_live_post("Yesterday", at=midnight - timedelta(minutes=1))
    if midnight + timedelta(minutes=1) < timezone.now():
        make_live_post("Today", at=midnight + timedelta(minutes=1))
        assert standing("colin") == {"published": ["Today"]}


def test_what_is_due_first_stands_first_and_what_is_late_says_so(desk):
    edith, pieces = person("edith"), {name: make_post(name) for name in ("never", "late", "soon", "today")}
    for name, minutes in (("late", -40), ("soon", 20), ("today", 300)):
        belonging.set_deadline(pieces[name], soon(minutes=minutes), by=edith)
    assert standing("edith") == {"drafting": ["late", "soon", "today", "never"]}
    assert [card.late for card in board.of(edith).piles["drafting"].cards] == [True, False, False, False]
    page = desk.get(BOARD, "edith").text
    assert "Was due" in page and "40 minutes late" in page and page.count("late</span>") == 1
    assert board.of(edith).waiting == {}
    assert board.of(person("carla")).waiting == {"late": 1}


def test_a_promise_that_is_overdue_is_late_for_who_could_keep_it(desk):
    now = timezone.now()
    post = make_rolling_post("Runs")
    updates.promise(post, now - timedelta(minutes=5), by=make_publisher(), at=now - timedelta(hours=1))
    assert "5 minutes late" in desk.get(BOARD, "colin").text  # readers see it, too
    assert board.of(person("colin")).waiting == {}
    assert board.of(person("paula")).waiting == {"promises": 1}


def test_who_was_asked_and_until_when(desk):
    post = make_post("To review")
    workflow.submit(post, by=person("carla"), to=person("emil"), due_at=soon(hours=2))
    other = workflow.submit(make_post("For anybody", by=person("colin")), by=person("colin"))
    card = card_of("emil", post)
    assert (card.asked.who, card.asked.of_me, card.row.at) == ("Emil", True, card.asked.due_at)
    assert card_of("edith", post).asked.of_me is False
    assert "to you" in desk.get(BOARD, "emil").text and "to you" not in desk.get(BOARD, "edith").text
    assert standing("emil")["review"] == ["To review", "For anybody"]
    assert standing("emil", who="waiting")["review"] == ["To review", "For anybody"]
    assert card_of("edith", other).asked.of_me is True


def waiting(name):
    """What the line above the board counts for somebody, and the headlines that the filter leaves."""
    found = standing(name, who="waiting")
    return board.of(person(name)).waiting, sorted(headline for shown in found.values() for headline in shown)


def test_what_waits_for_whom():
    """Own pieces that were sent back; what others wrote, for who reviews; what is approved, for who publishes."""
    for stage in ("draft", "changes", "review", "approved", "published", "withdrawn", "spiked"):
        in_stage(stage, stage)
    own = make_post("Of edith", by=person("edith"))
    workflow.submit(own, by=person("edith"))
    assert waiting("carla") == ({"sent_back": 1}, ["changes"])
    assert waiting("colin") == waiting("mod") == ({}, [])
    assert waiting("edith") == ({"reviews": 1}, ["review"])
    assert waiting("emil") == ({"reviews": 2}, ["Of edith", "review"])
    assert waiting("paula") == waiting("ada") == ({"reviews": 2, "to_publish": 1}, ["Of edith", "approved", "review"])


def test_it_says_what_waits_in_words(desk):
    in_stage("changes", "Changes"), in_stage("approved", "Approved")
    assert "1 piece sent back" in desk.get(BOARD, "carla").text
    assert "1 to publish" in desk.get(BOARD, "paula").text
    assert "Nothing waits for you." in desk.get(BOARD, "colin").text


def test_a_plan_of_older_words_takes_no_review_from_who_is_asked():
    post = approved(make_post("Planned"))
    planned(post)
    assert waiting("paula") == ({}, [])  # it goes out by itself
    put_in_review(write(post, headline="Planned, newer"))
    assert waiting("edith") == ({"reviews": 1}, ["Planned, newer"])


def test_an_update_waits_to_be_published_where_readers_can_get_at_it():
    story = make_rolling_post("Runs")
    update = make_update(story, "Ferries")
    workflow.submit(update, by=person("carla"))
    workflow.approve(fresh(update), fresh(update).head, by=person("edith"))
    assert waiting("paula") == ({"to_publish": 1}, ["Ferries"])
    updates.end(fresh(story), by=make_publisher())
    assert waiting("paula") == ({}, [])
    updates.roll(fresh(story), by=make_publisher())
    assert waiting("paula") == ({"to_publish": 1}, ["Ferries"])
    workflow.withdraw(fresh(story), by=make_publisher(), public_note="Wrong.")
    assert waiting("paula") == ({}, [])


@pytest.mark.parametrize(("eyes", "counted"), [(True, []), (False, ["Both"])])
def test_own_words_wait_for_somebody_else(settings, eyes, counted):
    """Of those who wrote some of the words; with one pair of eyes, of who wrote the newest."""
    settings.FOUR_EYES = eyes
    make_user("erika", "Editor"), person("paula")
    post = write(make_post("Hers", by=person("edith")), headline="Both", by=person("emil"))
    workflow.submit(post, by=person("emil"), to=Group.objects.get(name="Editor"))
    assert waiting("edith")[1] == counted
    post = workflow.submit(write(make_post("Hers"), by=person("edith"), headline="Hers, too"), by=person("edith"))
    assert "Hers, too" not in waiting("edith")[1] and "Hers, too" in waiting("emil")[1]


def test_own_words_that_somebody_answered_for_do_not_keep_a_review_from_who_wrote_them():
    live = make_live_post("Of edith", by=person("edith"))
    put_in_review(write(live, headline="Of carla"))
    story = make_rolling_post("Runs")
    update = make_update(story, "Of edith, too", by=person("edith"))
    workflow.submit(update, by=person("edith"))
    assert waiting("edith") == ({"reviews": 1}, ["Of carla"])
    assert waiting("emil") == ({"reviews": 2}, ["Of carla", "Of edith, too"])


def test_words_behind_a_broken_glass_are_still_own_words():
    post = make_post("Of edith", by=person("edith"))
    glass.break_glass(post, post.head, by=make_publisher(), reason="Flood.")
    put_in_review(write(post, headline="Of carla"))
    assert "reviews" not in waiting("edith")[0] and waiting("emil")[0]["reviews"] == 1


def test_no_step_waits_for_who_approved_the_one_before(settings):
    news = StoryType.objects.create(name="News")
    for position, name in enumerate(("Desk", "Second look", "Third look"), 1):
        ReviewStep.objects.create(story_type=news, position=position, name=name, group=Group.objects.get(name="Editor"))
    make_user("erika", "Editor"), person("edith"), person("emil")
    post = put_in_review(belonging.set_type(make_post("Steps"), news, by=person("carla")))
    assert waiting("edith")[1] == waiting("emil")[1] == waiting("erika")[1] == ["Steps"]
    post = workflow.approve(post, post.head, by=person("edith"))
    assert (waiting("edith")[1], waiting("emil")[1]) == ([], ["Steps"])
    post = workflow.approve(post, post.head, by=person("emil"))
    assert (waiting("edith")[1], waiting("emil")[1], waiting("erika")[1]) == ([], [], ["Steps"])
    settings.FOUR_EYES = False
    assert waiting("edith")[1] == ["Steps"]
    settings.FOUR_EYES = True
    post = put_in_review(workflow.recall(post, by=person("carla")))  # another round
    assert waiting("edith")[1] == waiting("emil")[1] == ["Steps"]


def test_a_step_of_a_group_that_is_gone_waits_for_administrators():
    news = StoryType.objects.create(name="News")
    lawyers = Group.objects.create(name="Lawyers")
    lawyers.permissions.set(Group.objects.get(name="Editor").permissions.all())
    person("emil").groups.add(lawyers)
    person("edith"), person("ada")
    for position, group in enumerate((Group.objects.get(name="Editor"), lawyers), 1):
        ReviewStep.objects.create(story_type=news, position=position, name=group.name, group=group)
    post = put_in_review(belonging.set_type(make_post("Steps"), news, by=person("carla")))
    ReviewStep.objects.filter(group=lawyers).delete()
    lawyers.delete()
    workflow.approve(post, post.head, by=person("edith"))
    assert (waiting("emil")[1], waiting("ada")[1]) == ([], ["Steps"])


def test_notes_glass_and_failed_plans_are_told_to_who_may_read_the_piece(desk):
    live = make_live_post("Live")
    passage_notes.add(
        fresh(live), fresh(live).live, part="body", exact="closed", text="Since when?", by=person("edith")
    )
    post = make_post("In a hurry")
    ada = person("ada")
    post = glass.break_glass(post, post.head, by=ada, reason="The bridge falls.")
    planned(approved(make_post("Missed")))
    Schedule.objects.filter(state="due").update(state="failed", last_error="It is withdrawn.")
    assert card_of("edith", post).has_broken_glass and card_of("edith", post).row.column == "review"
    page = desk.get(BOARD, "edith").text
    assert "Published without approval" in page and "Failed:" in page and "It is withdrawn." in page
    assert board.of(make_publisher()).waiting["failed"] == 1
    page = desk.get(BOARD, "colin").text
    assert "Published without approval" not in page and "It is withdrawn." not in page and "Missed" not in page


@pytest.mark.parametrize("behind", ["nothing", "draft", "review", "plan", "withdrawn"])
def test_what_nobody_approved_stands_in_review_until_somebody_has_looked(desk, behind):
    post = make_post("In a hurry")
    post = glass.break_glass(post, post.head, by=make_publisher(), reason="Flood.")
    if behind != "nothing":
        post = write(post, headline="A comma behind it")
    if behind == "review":
        put_in_review(post)
    if behind == "plan":
        planned(workflow.approve(put_in_review(post), fresh(post).head, by=person("edith")))
    if behind == "withdrawn":
        workflow.withdraw(post, by=make_publisher(), public_note="Wrong.")
    assert card_of("emil", post).row.column == "review"
    for name in ("carla", "colin", "paula"):
        assert "to_look_over" not in waiting(name)[0]
    assert waiting("emil")[0]["to_look_over"] == 1
    assert "1 published without approval" in desk.get(BOARD, "emil").text
    assert "look_over" not in [one.verb for one in pages.moves(card_of("paula", post), make_publisher())]
    [button] = [one for one in pages.moves(card_of("emil", post), person("emil")) if one.verb == "look_over"]
    to = {"nothing": "published", "draft": "drafting", "review": "review", "plan": "scheduled", "withdrawn": ""}
    assert button.to == to[behind]
    before, number = everything(), {"look_over-version": fresh(post).glass.revision.number}
    assert desk.move("paula", post, "look_over", **number).status_code == 409 and everything() == before
    assert desk.move("emil", post, "look_over", **number).status_code == 302
    assert "to_look_over" not in waiting("emil")[0]
    assert list(standing("edith"))[:1] == ([to[behind]] if to[behind] else [])


def test_an_update_that_nobody_approved_waits_for_somebody_to_look():
    update = make_update(make_rolling_post("Runs"), "Ferries")
    glass.break_glass(update, update.head, by=make_publisher(), reason="Flood.")
    assert card_of("edith", update).row.column == "review"
    assert waiting("edith") == ({"to_look_over": 1}, ["Ferries"])
    assert waiting("carla") == waiting("paula") == ({}, [])


def test_who_broke_the_glass_before_looks_over_no_later_one():
    post = make_post("In a hurry")
    post = glass.break_glass(post, post.head, by=person("ada"), reason="Flood.")
    post = write(post, headline="In a hurry, again")
    glass.break_glass(post, post.head, by=make_publisher(), reason="Flood.")
    assert (waiting("ada")[1], waiting("peter")[1]) == ([], ["In a hurry, again"])
    write(post, headline="Later words", by=person("peter"))
    assert waiting("peter")[1] == ["Later words"]  # he wrote none of those that nobody has looked over


def test_who_is_at_a_piece_is_said_to_who_may_read_it(desk):
    post = make_live_post("Live", at=timezone.now())
    presence.say(post, person("emil"), typed=True)
    assert "Emil is writing now" in desk.get(BOARD, "edith").text
    assert "Emil" not in desk.get(BOARD, "colin").text
    assert "Emil is writing now" in desk.get(BOARD, "carla").text


def test_the_checks_are_counted(desk):
    make_post("Passes")
    make_post("The the bridge")
    page = desk.get(BOARD, "carla").text
    assert "All 10 checks pass" in page and "Checks 9 of 10" in page


# For whom


def test_nobody_learns_of_drafts_that_are_not_for_him(desk):
    """Colin's view while carla has words in every column."""
    secrets = []
    for stage in ("draft", "changes", "review", "approved"):
        in_stage(stage, f"Secret {stage}")
        secrets.append(f"Secret {stage}")
    planned(approved(make_post("Secret planned")))
    deadline = make_post("Secret deadline")
    belonging.set_deadline(deadline, soon(minutes=5), by=person("carla"))
    running, live = make_rolling_post("Runs"), make_live_post("Live", at=timezone.now())
    for post in (running, live):
        write(post, headline="Secret newer", kind="update", byline=({"name": "Secret byline", "slug": ""},))
    make_update(running, "Secret update")
    for address in (
        BOARD,
        f"{BOARD}?column=drafting",
        CALENDAR,
        f"{CALENDAR}?day={soon(minutes=5):%Y-%m-%d}",
        "/admin/",
    ):
        assert "Secret" not in desk.get(address, "colin").text
        assert "Secret" not in desk.get(address, "mod").text
    assert standing("colin") == {"running": ["Runs"], "published": ["Live"]}
    assert board.of(person("colin")).sections == []
    assert "Secret" in desk.get(BOARD, "carla").text and "Secret" in desk.get(CALENDAR, "carla").text


def test_own_pieces_and_updates_are_shown(desk):
    running = make_rolling_post("Runs", by=person("carla"))
    make_update(running, "Ferries", by=person("colin"))
    assert standing("colin") == {"drafting": ["Ferries"], "running": ["Runs"]}
    assert card_of("colin", running).piece.head_id == running.head_id


def test_the_filters_choose_and_stay_in_the_address(desk):
    bus = StoryType.objects.create(name="News")
    one = make_post("One", section="Town")
    belonging.set_type(one, bus, by=person("carla"))
    make_post("Two", by=person("edith"))
    put_in_review(make_post("Three", section="Harbour"))
    assert standing("edith", section="Town") == {"drafting": ["One"]}
    assert standing("edith", type="News") == {"drafting": ["One"]}
    assert standing("edith", who="mine") == {"drafting": ["Two"]}
    assert standing("edith", who="waiting") == {"review": ["Three"]}
    page = desk.get(f"{BOARD}?who=waiting&section=Harbour", "edith").text
    assert '<option value="waiting" selected>' in page and '<option value="Harbour" selected>' in page
    assert 'name="back" value="who=waiting&amp;section=Harbour"' in page
    assert desk.get(f"{BOARD}?who=everybody", "edith").status_code == 400


def test_a_column_shows_its_first_cards_and_leads_to_the_rest(desk, monkeypatch):
    monkeypatch.setattr(board, "SHOWN", 2)
    monkeypatch.setattr(board, "PAGE", 2)
    for number in range(7):
        post = make_post(f"Piece {number}")
        if number % 2:
            belonging.set_deadline(post, soon(days=number), by=person("carla"))
    found, address = [], f"{BOARD}?column=drafting"
    assert "5 more" in desk.get(BOARD, "edith").text
    while address:
        page = desk.get(address, "edith")
        [pile] = page.context["piles"]
        found += [card.headline for card in pile.cards]
        address = f"{BOARD}?column=drafting&after={pile.following}" if pile.following else ""
    assert found == [f"Piece {number}" for number in (1, 3, 5, 6, 4, 2, 0)]
    for wrong in (
        "column=nowhere",
        "column=drafting&after=1",
        "column=drafting&after=x-1",
        "column=drafting&after=²-1",
    ):
        assert desk.get(f"{BOARD}?{wrong}", "edith").status_code == 400


# Moving


@pytest.mark.parametrize(
    ("name", "stage", "verb", "column"),
    [
        ("carla", "draft", "submit", "review"),
        ("carla", "review", "recall", "drafting"),
        ("edith", "review", "approve", "ready"),
        ("paula", "approved", "publish", "published"),
        ("carla", "draft", "spike", None),
    ],
)
def test_a_button_moves_a_card_to_the_column_that_it_says(desk, name, stage, verb, column):
    post = in_stage(stage, "Moved")
    card = card_of(name, post)
    [button] = [one for one in pages.moves(card, person(name)) if one.verb == verb]
    assert button.to == (column or "")
    done = desk.move(name, post, verb, back="who=mine&section=Town&next=//evil.example")
    assert (done.status_code, done.url) == (302, f"{BOARD}?who=mine&section=Town#post-{post.pk}")
    assert [where for where, headlines in standing("ada").items() if "Moved" in headlines] == (
        [column] if column else []
    )
    assert fresh(post).stage == workflow.STEPS[verb].ends


def test_no_column_is_promised_where_a_card_does_not_come():
    """Published today is for what readers first see today."""
    older = approved(write(make_live_post("Older"), headline="Older, newer", kind="update"))
    story = make_rolling_post("Runs")
    update = make_update(story, "Ferries")
    workflow.submit(update, by=person("carla"))
    workflow.approve(fresh(update), fresh(update).head, by=person("edith"))
    page = approved(make_post("About us", kind="page", slug="about"))
    today = approved(write(make_live_post("Today", at=timezone.now()), headline="Today, newer", kind="update"))

    def to(piece, verb, name="paula"):
        return next(one.to for one in pages.moves(card_of(name, piece), person(name)) if one.verb == verb)

    assert [to(piece, "publish") for piece in (older, update, page, today)] == ["", "", "", "published"]
    assert to(story, "end") == ""
    assert to(updates.roll(make_live_post("Runs, too", at=timezone.now()), by=make_publisher()), "end") == "published"
    for piece in (older, fresh(update), page, today):
        workflow.publish(piece, piece.head, by=make_publisher())
    assert "Today, newer" in standing("paula")["published"]
    assert not {"Older, newer", "Ferries", "About us"} & set(standing("paula")["published"])


def test_only_what_is_allowed_is_offered_and_done(desk):
    post = put_in_review(make_post("In review"))
    buttons = {
        name: [one.verb for one in pages.moves(card_of(name, post), person(name))] for name in ("carla", "edith")
    }
    assert buttons == {"carla": ["recall", "spike"], "edith": ["approve", "recall", "request_changes", "spike"]}
    before = everything()
    assert desk.move("carla", post, "approve").status_code == 409
    assert desk.move("colin", post, "recall").status_code == 404
    assert desk.move("mod", post, "recall").status_code == 404
    assert desk.move("edith", post, "adopt").status_code == 400
    assert desk.move("edith", post, "publish").status_code == 409
    for piece in ("", "post", "post-", "post-x", "post-²", f"post-{'9' * 30}", "story-1"):
        assert desk.move("edith", post, "approve", piece=piece).status_code in (400, 404)
    assert everything() == before


def test_a_verb_that_needs_words_asks_for_them(desk):
    post, before = put_in_review(make_post("In review")), everything()
    asked = desk.move("edith", post, "request_changes", back="who=waiting")
    assert asked.status_code == 200 and "What is to be changed" in asked.text and everything() == before
    assert 'name="back" value="who=waiting"' in asked.text
    empty = desk.move("edith", post, "request_changes", **{"request_changes-note": "  "})
    assert empty.status_code == 400 and "Say it here." in empty.text and everything() == before
    done = desk.move("edith", post, "request_changes", **{"request_changes-note": "Who says so?"})
    assert (done.status_code, fresh(post).stage) == (302, "changes")


def test_a_move_that_comes_too_late_says_what_has_happened_and_changes_nothing(desk):
    post = put_in_review(make_post("In review"))
    shown = as_shown(post)
    workflow.request_changes(post, by=person("emil"), note="Who says so?")
    write(post, headline="Another")
    before = everything()
    late = desk.move("edith", post, "approve", **shown)
    assert late.status_code == 409 and everything() == before
    assert "Nothing was changed now." in late.text
    assert re.findall(r"<li><bdi>(\w+)</bdi>, <time[^>]*>[^<]*</time>: ([^<]*)</li>", late.text) == [
        ("Emil", "Asked for changes"),
        ("Carla", "Saved version 2"),
    ]


def test_new_words_are_not_sent_on_unseen(desk):
    """The stage is the same, the words are not."""
    post = make_post("Draft")
    shown = as_shown(post)
    write(post, headline="Another")
    assert desk.move("edith", post, "submit", **shown).status_code == 409
    assert fresh(post).stage == "draft"


def test_a_form_of_another_site_moves_nothing():
    post = make_post("Draft")
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("carla"))
    assert client.post(MOVE, as_shown(post) | {"verb": "submit"}).status_code == 403
    assert fresh(post).stage == "draft"


def test_a_plan_is_taken_back_and_a_story_ends_from_the_board(desk):
    post, running = approved(make_post("Planned")), make_rolling_post("Runs")
    planned(post)
    assert pages.moves(card_of("paula", post), make_publisher())[0].verb == "take_back_publish"
    assert pages.ways(card_of("paula", post)) == []
    assert desk.move("paula", post, "take_back_publish").status_code == 302
    assert standing("paula")["ready"] == ["Planned"]
    [way] = pages.ways(card_of("paula", post))
    assert (way.address, way.to) == (f"/admin/blog/post/{post.pk}/change/#plan", "scheduled")
    assert desk.move("paula", running, "end").status_code == 302
    assert not fresh(running).is_rolling()


def test_an_update_is_moved_like_a_piece(desk):
    update = make_update(make_rolling_post("Runs"), "Ferries")
    assert desk.move("carla", update, "submit").url == f"{BOARD}#update-{update.pk}"
    assert desk.move("edith", update, "approve").status_code == 302
    assert desk.move("paula", update, "publish").status_code == 302
    assert fresh(update).is_live()
    assert f"/updates/{update.number}/" not in desk.get(BOARD, "paula").text


# The calendar


def test_the_calendar_has_what_is_planned_due_and_promised(desk):
    day = timezone.localdate() + timedelta(days=3)
    noon = timezone.make_aware(datetime.combine(day, time(12)))
    carla, paula = person("carla"), make_publisher()
    planned(approved(make_post("Planned")), noon)
    belonging.set_deadline(make_post("Draft"), noon, by=carla)
    workflow.submit(make_post("Asked"), by=carla, to=person("emil"), due_at=noon)
    updates.promise(make_rolling_post("Runs"), noon, by=paula)
    schedule.plan(make_live_post("Goes"), None, by=paula, withdraw_at=noon, withdrawal_note="Over.")

    def told(name):
        found = agenda.between(person(name), day, day).get(day, [])
        return [(entry.what, entry.headline) for entry in found]

    everything_of_it = [
        ("deadline", "Draft"),
        ("promise", "Runs"),
        ("publish", "Planned"),
        ("review", "Asked"),
        ("withdraw", "Goes"),
    ]
    assert told("edith") == told("carla") == everything_of_it
    assert told("colin") == [("promise", "Runs")]
    page = desk.get(f"{CALENDAR}?day={day}", "edith").text
    assert [headline for _what, headline in everything_of_it if headline not in page] == []
    assert "<caption>" in desk.get(f"{CALENDAR}?month={day:%Y-%m}", "edith").text


def test_a_plan_says_what_goes_out_and_not_what_is_written_behind_it():
    at = soon(days=3)
    post = approved(make_post("As planned"))
    planned(post, at)
    write(post, headline="Newer")
    day = timezone.localdate(at)
    [entry] = agenda.between(person("edith"), day, day)[day]
    assert (entry.what, entry.headline) == ("publish", "As planned")


@pytest.mark.parametrize("address", ["month={:%Y-%m}", "day={:%Y-%m-%d}"])
def test_the_first_of_many_are_shown_and_the_page_says_so(desk, monkeypatch, address):
    monkeypatch.setattr(agenda, "MOST", 3)
    day = timezone.localdate() + timedelta(days=40)
    noon = timezone.make_aware(datetime.combine(day, time(12)))
    address = f"{CALENDAR}?{address.format(day)}"
    for number in (5, 4, 3, 2):  # the last that was made is the first that is due
        belonging.set_deadline(make_post(f"Draft {number}"), noon + timedelta(minutes=number), by=person("carla"))
    running = [make_rolling_post(f"Runs {number}") for number in (1, 2, 3, 4)]
    for number, story in enumerate(reversed(running)):
        updates.promise(story, noon + timedelta(hours=1, minutes=number), by=make_publisher())
    found = agenda.between(person("edith"), day, day)[day]
    assert [entry.headline for entry in found] == ["Draft 2", "Draft 3", "Draft 4"]
    found = agenda.between(person("colin"), day, day)[day]
    assert [entry.headline for entry in found] == ["Runs 4", "Runs 3", "Runs 2"]
    assert (
        "than this page can hold" in desk.get(address, "edith").text
        or "more on this day" in desk.get(address, "edith").text
    )
    monkeypatch.setattr(agenda, "MOST", 9)
    assert "can hold" not in desk.get(address, "edith").text


@pytest.mark.parametrize("month", ["2026-10", "2027-03"])
def test_no_hour_of_the_year_falls_off_where_the_clocks_change(desk, settings, month):
    """Each hour of the month is a deadline; the days of 23 and 25 hours are among them."""
    settings.TIME_ZONE = "Europe/London"
    zone = ZoneInfo("Europe/London")
    first = datetime.fromisoformat(f"{month}-25T00:00:00").replace(tzinfo=zone).astimezone(UTC)
    hours = [first + timedelta(hours=hour) for hour in range(7 * 24 - 1)]
    post = make_post()
    posts = [Post(stage="draft", head=post.head, deadline=hour) for hour in hours]
    Post.objects.bulk_create(posts)
    days = agenda.between(person("edith"), date.fromisoformat(f"{month}-25"), date.fromisoformat(f"{month}-31"), zone)
    assert [entry.at for entries in days.values() for entry in entries] == hours
    assert sorted(len(entries) for entries in days.values())[-1] == (25 if month == "2026-10" else 24)
    assert {day: len(found) for day, found in days.items()}[
        date(2026, 10, 25) if month == "2026-10" else date(2027, 3, 28)
    ] == (25 if month == "2026-10" else 23)
    if month == "2026-10":
        page = desk.get(f"{CALENDAR}?day=2026-10-25", "edith").text
        assert "</time> BST" in page and "</time> GMT" in page and page.count("BST") == 1


def test_only_months_and_days_that_there_are():
    client = Client()
    client.force_login(person("edith"))
    for query in (
        "month=2026-13",
        "month=1",
        "month=2026-1²",
        "day=2026-02-30",
        "day=x",
        "month=9999-12",
        "day=2026-01-0100",
    ):
        assert client.get(f"{CALENDAR}?{query}").status_code == 400
    for query in ("month=2026-12", "month=1900-01", "month=2999-12", "day=2024-02-29"):
        assert client.get(f"{CALENDAR}?{query}").status_code == 200


# How much it costs


@pytest.mark.parametrize("eyes", [True, False])
@pytest.mark.parametrize("name", ["carla", "edith", "paula", "ada"])
def test_the_board_takes_the_same_questions_however_much_there_is(client, settings, name, eyes):
    settings.FOUR_EYES = eyes
    news = StoryType.objects.create(name="News")
    ReviewStep.objects.create(story_type=news, position=1, name="Desk", group=Group.objects.get(name="Editor"))
    person("edith"), person("emil")

    def fill(number):
        running = make_rolling_post(f"Typed {number}")
        belonging.set_type(running, news, by=make_publisher())
        make_update(running, f"Of a typed one {number}")
        belonging.set_type(make_post(f"Typed draft {number}"), news, by=person("carla"))
        for stage in ("draft", "changes", "review", "approved", "published"):
            in_stage(
                stage,
                f"{stage} {number}",
                sources=({"outlet": "A", "title": "", "url": "https://a.example/", "at": ""},),
            )
        planned(approved(make_post(f"Planned {number}")))
        make_update(make_rolling_post(f"Runs {number}"))
        presence.say(make_post(f"Here {number}"), person("emil"))

    fill(1)
    client.force_login(person(name))
    few = questions(client, BOARD)
    assert few <= 12
    for number in (2, 3):
        fill(number)
    assert questions(client, BOARD) == few
    assert questions(client, CALENDAR) <= 12


def test_pieces_in_steps_ask_one_question_more_for_all_of_them(client):
    news = StoryType.objects.create(name="News")
    ReviewStep.objects.create(story_type=news, position=1, name="Desk", group=Group.objects.get(name="Editor"))

    def fill(number):
        post = belonging.set_type(make_post(f"Piece {number}"), news, by=person("carla"))
        put_in_review(post)

    person("edith")
    client.force_login(person("paula"))
    fill(1)
    few = questions(client, BOARD)
    for number in (2, 3):
        fill(number)
    assert questions(client, BOARD) == few <= 12
    post = Post.objects.first()
    offered = {
        name: [one.verb for one in pages.moves(card_of(name, post), person(name))] for name in ("edith", "paula")
    }
    assert offered == {"edith": ["approve", *offered["paula"]], "paula": ["recall", "request_changes", "spike"]}
