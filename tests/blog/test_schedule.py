"""What is planned happens once, when it is due, or stands there with the reason why it did not."""

from datetime import timedelta
from unittest import mock

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError
from django.utils import timezone

from blog import (
    events,
    going_live,
    prospects,
    recording,
    removal,
    schedule,
    telling,
    tonight,
    updates,
    verifying,
    workflow,
)
from blog.models import Event, Outgoing, Revision, Schedule
from blog.revisions import Content
from blog.schedule import State
from blog.templatetags.desk import in_words
from tests.factories import (
    approved,
    everything,
    four_eyes,
    fresh,
    make_live_post,
    make_post,
    make_rolling_post,
    make_update,
    person,
    put_in_review,
    write,
)

WHY = "Its time is over."

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def in_hours(hours):
    return timezone.now() + hours * HOUR


def planned(piece, *, by="paula", publish_at=None, withdraw_at=None, **words):
    """What is planned of the newest wording, in an hour unless said otherwise."""
    if publish_at is None and withdraw_at is None:
        publish_at = in_hours(1)
    if withdraw_at:
        words = {"withdrawal_note": WHY} | words
    piece = fresh(piece)
    return schedule.plan(piece, piece.head, by=person(by), publish_at=publish_at, withdraw_at=withdraw_at, **words)


def row_of(piece, verb="publish"):
    return Schedule.objects.of(piece).filter(verb=verb).latest("pk")


def becomes_due(piece, verb="publish", ago=timedelta(seconds=1)):
    """Time goes by: the plan was for then."""
    row = row_of(piece, verb)
    shift = row.due_at - (timezone.now() - ago)
    moved = {"due_at": row.due_at - shift}
    if row.expires_at:
        moved["expires_at"] = row.expires_at - shift
    Schedule.objects.filter(pk=row.pk).update(**moved)
    return row_of(piece, verb)


def ran(*pieces, verb="publish", ago=timedelta(seconds=1)):
    for piece in pieces:
        becomes_due(piece, verb, ago)
    return schedule.do_due()


def last_event(piece):
    return Event.objects.of(piece).order_by("-number").first()


def verbs(piece):
    return list(Event.objects.of(piece).order_by("number").values_list("verb", flat=True))


def is_whole():
    return list(verifying.verify()) == []


def make_due_all():
    Schedule.objects.planned().update(due_at=timezone.now() - timedelta(seconds=1))


def approved_update(update):
    update = workflow.submit(update, by=update.head.by)
    return workflow.approve(update, update.head, by=person("edith"))


def mailed(*names):
    """These people have mailboxes."""
    for name in names:
        user = person(name)
        user.email = f"{name}@record.example"
        user.save(update_fields=["email"])


def told(kind):
    """Who gets a mail of this kind."""
    keys = Outgoing.objects.filter(kind=kind).order_by("pk").values_list("payload__user", flat=True)
    return [get_user_model().objects.get(pk=key).username for key in keys]


def test_a_plan_publishes_when_it_is_due_and_says_so():
    post = planned(approved(make_post()), note="After the vote.")
    assert (post.is_live(), verbs(post)[-1], post.stage) == (False, "plan", "approved")
    report = ran(post)
    post = fresh(post)
    assert (report.rows, report.is_well()) == ({State.DONE: 1}, True)
    assert (post.is_live(), post.live, post.stage) == (True, post.head, "published")
    event, row = last_event(post), row_of(post)
    assert (event.verb, event.by, event.public) == ("publish", person("paula"), True)
    assert (row.event, row.state, row.leased_until) == (event, State.DONE, None)
    assert event.details["planned_by"] == "Paula" and "late" not in event.details
    assert event.note.startswith("After the vote. As Paula planned it for ")
    assert abs(post.published_at - timezone.now()) < timedelta(seconds=30)
    assert row.ended_at == post.published_at == event.at
    assert is_whole()


def test_nothing_happens_before_its_time_and_nothing_happens_twice():
    post = planned(approved(make_post()))
    before = everything()
    assert schedule.do_due().rows == {}
    assert everything() == before
    ran(post)
    before = everything()
    assert schedule.do_due().rows == {}
    assert everything() == before


def test_a_plan_withdraws_and_says_why():
    post = planned(make_live_post(), withdraw_at=in_hours(1), note="By law.")
    assert ran(post, verb="withdraw").rows == {State.DONE: 1}
    post, event = fresh(post), last_event(post)
    assert (post.is_live(), post.stage, event.verb, event.public_note) == (False, "withdrawn", "withdraw", WHY)
    assert event.note.startswith("By law. As Paula planned it")
    assert row_of(post, "withdraw").event == event
    assert is_whole()


def test_an_update_goes_out_and_away_as_planned():
    story = make_rolling_post()
    update = planned(approved_update(make_update(story)), publish_at=in_hours(1), withdraw_at=in_hours(2))
    assert not update.is_live()
    ran(update)
    assert fresh(update).is_live() and fresh(story).update_count == 1
    ran(update, verb="withdraw")
    assert not fresh(update).is_live() and fresh(story).update_count == 0
    assert is_whole()


# Who may, and what may be planned


@pytest.mark.parametrize("name", ["carla", "edith", "mod", "rita"])
def test_who_may_not_publish_may_not_plan_it_and_nothing_changes(name):
    post = approved(make_post())
    person(name)
    before = everything()
    with pytest.raises(workflow.NotAllowed):
        planned(post, by=name)
    with pytest.raises(workflow.NotAllowed):
        planned(make_live_post("Live"), by=name, withdraw_at=in_hours(1))
    assert everything()["blog.Schedule"] == before["blog.Schedule"] == []


def refused(piece, **words):
    """The sentence with which a plan is refused; it leaves nothing behind."""
    before = everything()
    with pytest.raises(workflow.WorkflowError) as refusal:
        planned(piece, **words)
    assert everything() == before
    return str(refusal.value)


def test_what_could_not_be_published_now_cannot_be_planned():
    assert "approve" in refused(put_in_review(make_post()))
    assert refused(make_live_post()) == "It is at “Published”."
    post = approved(make_post())
    old = post.head
    write(post, headline="Newer")
    with pytest.raises(workflow.Stale):
        schedule.plan(approved(post), old, by=person("paula"), publish_at=in_hours(1))
    other = approved(make_post("Other"))
    with pytest.raises(workflow.WrongState):
        schedule.plan(approved(post), other.head, by=person("paula"), publish_at=in_hours(1))
    update = approved_update(make_update(make_rolling_post()))
    workflow.withdraw(update.post, by=person("paula"), public_note="No.")
    assert "not public" in refused(update)


def test_a_correction_needs_its_sentence_when_it_is_planned():
    post = approved(write(make_live_post(), headline="Other", kind="correction"))
    assert "sentence for readers" in refused(post)
    planned(post, public_note="We had the wrong day.")
    ran(post)
    event = last_event(post)
    assert (event.kind, event.public_note) == ("correction", "We had the wrong day.")
    assert is_whole()


def test_the_kind_of_change_is_that_of_what_is_planned():
    """What is written afterwards does not make a typo a correction that has no sentence."""
    post = planned(approved(write(make_live_post(), headline="Counci closes", kind="typo")), kind="typo")
    write(post, headline="Other", kind="correction")
    ran(post)
    assert last_event(post).kind == "typo"


@pytest.mark.parametrize(
    ("times", "said"),
    [
        ({"publish_at": -1}, "has passed"),
        ({"withdraw_at": -1}, "has passed"),
        ({"publish_at": 2, "expires_at": 1}, "latest time"),
        ({"publish_at": 2, "expires_at": 2}, "latest time"),
        ({"withdraw_at": 1, "expires_at": 2}, "when it is to go out"),
        ({"publish_at": 2, "withdraw_at": 2}, "come and go"),
        ({"publish_at": 2, "withdraw_at": 1}, "go out before"),
        ({"withdraw_at": 1}, "not public"),
        ({"publish_at": 1, "withdraw_at": 2, "withdrawal_note": " "}, "Say why"),
    ],
)
def test_times_that_make_no_plan_are_refused(times, said):
    now = timezone.now()
    times = {name: hours if isinstance(hours, str) else now + hours * HOUR for name, hours in times.items()}
    assert said in refused(approved(make_post()), **times)


def test_a_plan_without_a_time_is_none():
    post = approved(make_post())
    with pytest.raises(workflow.WrongState, match="Say when"):
        schedule.plan(post, post.head, by=person("paula"))


def test_one_plan_a_verb_and_who_made_it_is_told():
    post = planned(approved(make_post()), publish_at=in_hours(1), withdraw_at=in_hours(3))
    assert refused(post, by="peter", publish_at=in_hours(2)).startswith("Paula has planned that for ")
    assert refused(post, by="peter", withdraw_at=in_hours(2)).startswith("Paula has planned that for ")


def test_what_is_planned_to_go_out_can_be_planned_to_be_withdrawn_later():
    post = planned(approved(make_post()))
    assert "go out before" in refused(post, withdraw_at=in_hours(0.5))
    planned(post, withdraw_at=in_hours(2))
    assert list(Schedule.objects.of(post).planned().values_list("verb", flat=True)) == ["publish", "withdraw"]


def test_what_is_to_be_withdrawn_has_to_go_out_before_that():
    """Its own publication was missed, and it is planned anew."""
    times = {"publish_at": in_hours(1), "expires_at": in_hours(1.5), "withdraw_at": in_hours(3)}
    post = planned(approved(make_post()), **times)
    ran(post, ago=HOUR)
    assert row_of(post).state == State.MISSED
    assert "withdrawn before that" in refused(post, publish_at=in_hours(4))
    planned(post, publish_at=in_hours(2))
    assert set(Schedule.objects.of(post).planned().values_list("verb", flat=True)) == {"publish", "withdraw"}


# What happens to a plan


def test_a_newer_draft_neither_touches_a_plan_nor_goes_out_with_it():
    post = planned(approved(make_post()))
    first = post.head
    post = write(post, headline="Not yet")
    ran(post)
    post = fresh(post)
    assert (post.live, post.head.headline, post.stage) == (first, "Not yet", "draft")
    assert Revision.objects.of(post).count() == 2
    assert is_whole()


def test_a_typo_that_was_mended_meanwhile_stays_mended():
    post = make_live_post(body="<p>The bridge is closd until Friday.</p>\n<p>Boats sail.</p>")
    old = Content.of(post.live)
    post = planned(approved(write(post, body=f"{old.body}\n<p>News: it opens.</p>", kind="update")), kind="update")
    with four_eyes(False):
        post = write(post, body=old.body.replace("closd", "closed"), kind="typo")
        post = workflow.publish(post, post.head, by=person("peter"), kind="typo")
        plan = row_of(post)
        assert (plan.state, plan.over.number, post.live.number) == (State.DUE, 1, 3)
        assert "together with what it changed" in prospects.foresee(plan, post, timezone.now()).words
        ran(post)
    post = fresh(post)
    assert (post.live.number, post.head, post.stage) == (4, post.live, "published")
    assert "closed until Friday" in post.live.body and "it opens" in post.live.body
    assert post.live.note == "Version 2 as planned, with what version 3 had changed meanwhile."
    assert row_of(post).state == State.DONE and last_event(post).kind == "update"
    assert is_whole()


def test_what_is_being_written_behind_stands_on_top_of_what_was_carried_over():
    """Each of those who went on writing stays known as a writer, so nobody approves his own words."""
    post = make_live_post(body="<p>One.</p>\n<p>Two.</p>\n<p>Three.</p>")
    post = planned(approved(write(post, body="<p>One, planned.</p>\n<p>Two.</p>\n<p>Three.</p>")))
    with four_eyes(False):
        post = write(post, body="<p>One.</p>\n<p>Two.</p>\n<p>Three, mended.</p>")
        post = workflow.publish(post, post.head, by=person("peter"), kind="typo")
    post = write(post, person("carla"), standfirst="By Carla.")
    post = write(post, person("colin"), headline="By Colin")
    ran(post)
    post = fresh(post)
    assert post.live.body == "<p>One, planned.</p>\n<p>Two.</p>\n<p>Three, mended.</p>"
    assert (post.live.number, post.live.standfirst, post.stage) == (6, "", "draft")
    assert (post.head.body, post.head.standfirst, post.head.headline) == (post.live.body, "By Carla.", "By Colin")
    assert {one.by_name for one in Revision.objects.of(post).filter(number__gt=6)} == {"Carla", "Colin"}
    assert is_whole()


def test_what_waits_for_a_look_behind_it_waits_again():
    post = make_live_post(body="<p>One.</p>\n<p>Two.</p>\n<p>Three.</p>")
    post = planned(approved(write(post, body="<p>One, planned.</p>\n<p>Two.</p>\n<p>Three.</p>")))
    with four_eyes(False):
        post = write(post, body="<p>One.</p>\n<p>Two.</p>\n<p>Three, mended.</p>")
        post = workflow.publish(post, post.head, by=person("peter"), kind="typo")
    post = write(post, person("carla"), standfirst="By Carla.")
    workflow.submit(post, by=person("carla"), to=person("edith"))
    ran(post)
    post = fresh(post)
    assert (post.stage, post.head.standfirst) == ("review", "By Carla.")
    [request] = post.review_requests.open()
    assert (request.to_user, request.revision, request.by) == (person("edith"), post.head, person("carla"))
    assert is_whole()


def test_words_that_collide_fail_and_nothing_is_overwritten():
    post = make_live_post(body="<p>The bridge is closed until Friday.</p>")
    post = planned(approved(write(post, body="<p>The bridge is closed until Monday.</p>")))
    with four_eyes(False):
        post = write(post, body="<p>The bridge is closed until Sunday.</p>")
        post = workflow.publish(post, post.head, by=person("peter"), kind="correction", public_note="Sunday.")
    before = Revision.objects.count(), verbs(post)
    report = ran(post)
    assert (report.rows, report.is_well()) == ({State.FAILED: 1}, False)
    row = row_of(post)
    assert row.last_error.startswith("Version 3 was published meanwhile and changes the same words. Open the piece")
    assert (Revision.objects.count(), verbs(post)[:-1], verbs(post)[-1]) == (*before, "fail_plan")
    assert "Sunday" in fresh(post).live.body


def test_what_is_public_already_is_done_and_not_published_twice():
    post = planned(approved(write(make_live_post(), headline="Second")))
    with four_eyes(False):
        post = write(post, standfirst="More.")
        post = workflow.publish(post, post.head, by=person("peter"))
    events = verbs(post)
    assert ran(post).rows == {State.DONE: 1}
    assert (verbs(post), row_of(post).event) == (events, None)
    assert row_of(post).last_error == "Readers see version 3 already, which has all of it."


def test_publishing_by_hand_takes_the_plan_back():
    post = planned(approved(make_post()), publish_at=in_hours(1), withdraw_at=in_hours(2))
    post = workflow.publish(post, post.head, by=person("peter"))
    assert [row_of(post).state, row_of(post, "withdraw").state] == [State.CANCELLED, State.DUE]
    event = last_event(post)
    assert (event.verb, event.by, event.details["because"]) == ("take_back", person("peter"), "publish")
    assert is_whole()


def test_a_first_publication_is_overtaken_by_a_later_version():
    post = planned(approved(make_post()))
    post = approved(write(post, headline="Second"))
    post = workflow.publish(post, post.head, by=person("peter"))
    assert row_of(post).state == State.CANCELLED


@pytest.mark.parametrize(
    ("verb", "by", "words"),
    [
        ("recall", "carla", {}),
        ("request_changes", "edith", {"note": "Who says so?"}),
        ("spike", "carla", {}),
    ],
)
def test_who_takes_the_approval_takes_the_plan(verb, by, words):
    post = planned(approved(make_post()), publish_at=in_hours(1), withdraw_at=in_hours(2))
    post = getattr(workflow, verb)(post, by=person(by), **words)
    assert {row.state for row in Schedule.objects.of(post)} == {State.CANCELLED}
    assert verbs(post)[-3:] == [verb, "take_back", "take_back"]
    assert [one.details["because"] for one in Event.objects.of(post).filter(verb="take_back")] == [verb] * 2
    assert row_of(post).event.verb == "take_back"
    make_due_all()
    assert schedule.do_due().rows == {} and not fresh(post).is_live()
    assert is_whole()


def test_asking_for_changes_in_a_newer_draft_leaves_the_plan_alone():
    post = planned(approved(make_post()))
    post = put_in_review(write(post, headline="Second"))
    post = workflow.request_changes(post, by=person("edith"), note="Why?")
    assert row_of(post).state == State.DUE
    ran(post)
    assert fresh(post).live.number == 1 and fresh(post).stage == "changes"


def test_spiking_a_newer_draft_takes_all_plans_back():
    post = write(planned(approved(make_post())), headline="Second")
    workflow.spike(post, by=person("carla"))
    assert row_of(post).state == State.CANCELLED


def test_who_withdraws_by_hand_takes_all_plans_back():
    post = planned(
        approved(write(make_live_post(), headline="Second")), publish_at=in_hours(1), withdraw_at=in_hours(3)
    )
    post = workflow.withdraw(post, by=person("peter"), public_note="It was wrong.")
    assert {row.state for row in Schedule.objects.of(post)} == {State.CANCELLED}
    assert is_whole()


def test_taking_back():
    post = planned(approved(make_post()), publish_at=in_hours(1), withdraw_at=in_hours(2))
    row = schedule.take_back(row_of(post), by=person("peter"))
    assert (row.state, row.event.by, row.event.details.get("because")) == (State.CANCELLED, person("peter"), None)
    assert row_of(post, "withdraw").state == State.CANCELLED  # there is nothing to withdraw either
    make_due_all()
    assert schedule.do_due().rows == {} and not fresh(post).is_live()
    with pytest.raises(workflow.WrongState, match="not planned any more"):
        schedule.take_back(row, by=person("peter"))
    planned(post)  # and it can be planned again
    assert is_whole()


@pytest.mark.parametrize("name", ["carla", "edith", "mod", "rita"])
def test_who_may_not_publish_may_not_take_back(name):
    post = planned(approved(make_post()))
    person(name)
    before = everything()
    with pytest.raises(workflow.NotAllowed):
        schedule.take_back(row_of(post), by=person(name))
    assert everything() == before


def test_an_update_whose_story_went_off_fails_and_says_so():
    story = make_rolling_post()
    update = planned(approved_update(make_update(story)))
    workflow.withdraw(fresh(story), by=person("paula"), public_note="No.")
    assert ran(update).rows == {State.FAILED: 1}
    assert row_of(update).last_error == "The story that it belongs to is not public."


def test_an_update_whose_coverage_has_ended_fails_and_says_so():
    story = make_rolling_post()
    update = planned(approved_update(make_update(story)))
    updates.end(fresh(story), by=person("paula"))
    assert ran(update).rows == {State.FAILED: 1}
    assert row_of(update).last_error == "The coverage has ended: nothing new is added to it."


def test_a_withdrawal_that_finds_nothing_is_done():
    post = planned(approved(make_post()), publish_at=in_hours(1), withdraw_at=in_hours(2))
    Schedule.objects.filter(verb="publish").update(state=State.FAILED)
    assert ran(post, verb="withdraw").rows == {State.DONE: 1}
    assert row_of(post, "withdraw").event is None


@pytest.mark.parametrize("gone", [False, True])
def test_a_plan_is_the_houses_and_outlives_the_account_of_who_made_it(gone):
    post = planned(approved(make_post()))
    paula = person("paula")
    if gone:
        paula.groups.clear()
        paula.delete()
    else:
        paula.is_active = False
        paula.save()
    ran(post)
    event = last_event(post)
    assert fresh(post).is_live() and event.details["planned_by"] == "Paula" and "As Paula planned it" in event.note
    assert event.by_id == (None if gone else paula.pk)
    assert Outgoing.objects.filter(kind="plan_done").count() == 0
    assert is_whole()


# Late, missed, failed


def test_what_is_late_goes_out_with_the_time_at_which_it_did_and_says_how_late():
    post = planned(approved(make_post()), publish_at=in_hours(1), expires_at=in_hours(9))
    ran(post, ago=42 * timedelta(minutes=1))
    post, event = fresh(post), last_event(post)
    assert timezone.now() - post.published_at < timedelta(seconds=30)
    assert 2520 <= event.details["late"] < 2560
    assert event.note.endswith("It is 42 minutes late.")


def test_a_window_that_has_passed_is_missed_and_told():
    mailed("paula", "peter")
    post = planned(approved(make_post()), publish_at=in_hours(1), expires_at=in_hours(2))
    events = verbs(post)
    report = ran(post, ago=3 * HOUR)
    row = row_of(post)
    assert (report.rows, report.is_well(), row.state) == ({State.MISSED: 1}, False, State.MISSED)
    assert row.last_error.startswith("It was to go out until ")
    assert (fresh(post).is_live(), verbs(post)) == (False, [*events, "fail_plan"])
    assert sorted(told("plan_failed")) == ["paula", "peter"]


@pytest.mark.parametrize("verb", ["publish", "withdraw"])
def test_what_did_not_happen_stands_in_the_record_where_it_should_have_happened(verb):
    """Colleagues read it; readers see nothing of it, and it moves nothing that they see."""
    if verb == "publish":
        post = planned(approved(make_post()), publish_at=in_hours(1), expires_at=in_hours(2))
    else:
        post = planned(make_live_post(), withdraw_at=in_hours(1))
    before = fresh(post)
    with mock.patch.object(going_live, "hide", side_effect=RuntimeError("disk on fire")):
        ran(post, verb=verb, ago=3 * HOUR)
    post, event, row = fresh(post), last_event(post), row_of(post, verb)
    assert (event.verb, event.by, event.public, event.note) == ("fail_plan", person("paula"), False, row.last_error)
    assert event.stage_before == event.stage_after == post.stage == before.stage
    assert (event.revision, event.at, row.event) == (row.revision, row.ended_at, event)
    assert event.details == {
        "verb": verb,
        "due": events.spell(row.due_at),
        "state": "missed" if verb == "publish" else "failed",
        "planned_by": "Paula",
    }
    assert (post.public_sequence, post.version) == (before.public_sequence, before.version)
    said = {"publish": "What was planned did not happen: version 1 missed its time"}
    assert in_words(event) == said.get(verb, "What was planned did not happen: it was not withdrawn")
    assert event.verb in recording.VERBS
    assert is_whole()


def test_a_failure_ends_no_review_of_a_newer_draft():
    post = planned(approved(make_post()), publish_at=in_hours(1), expires_at=in_hours(2))
    post = workflow.submit(write(post, headline="Newer"), by=person("carla"))
    ran(post, ago=3 * HOUR)
    assert (fresh(post).stage, last_event(post).verb) == ("review", "fail_plan")
    assert fresh(post).review_requests.open().count() == 1
    assert is_whole()


def test_why_a_plan_failed_goes_with_the_words_that_have_to_go():
    post = planned(approved(make_post("CANARY")))
    with mock.patch.object(going_live, "show", side_effect=RuntimeError("CANARY is no good")):
        ran(post)
    assert "CANARY" in last_event(post).note
    removal.remove(fresh(post), [post.head], by=person("ada"), reason="Court.", public_reason="Court order.")
    assert "CANARY" not in "".join([one.note for one in Event.objects.of(post)] + [row_of(post).last_error])
    assert is_whole()


def test_an_unexpected_failure_stands_with_its_words_and_stops_nothing_else():
    mailed("paula")
    posts = [planned(approved(make_post(f"Piece {number}"))) for number in range(3)]
    show = going_live.show

    def breaks(post, *args, **words):
        if post.pk == posts[1].pk:
            raise RuntimeError("disk on fire")
        return show(post, *args, **words)

    before = verbs(posts[1])
    with mock.patch.object(going_live, "show", breaks):
        report = ran(*posts)
    assert report.rows == {State.DONE: 2, State.FAILED: 1}
    assert [fresh(post).is_live() for post in posts] == [True, False, True]
    row = row_of(posts[1])
    assert (row.state, "RuntimeError: disk on fire" in row.last_error, row.seen_at) == (State.FAILED, True, None)
    assert verbs(posts[1]) == [*before, "fail_plan"] and told("plan_failed") == ["paula"]
    assert list(Schedule.objects.in_trouble()) == [row]
    assert is_whole()


def test_a_database_that_is_away_costs_no_attempt():
    post, other = planned(approved(make_post())), planned(approved(make_post("Other")))
    show = going_live.show

    def away(piece, *args, **words):
        if piece.pk == post.pk:
            raise OperationalError("the connection is lost")
        return show(piece, *args, **words)

    with mock.patch.object(going_live, "show", away):
        report = ran(post, other)
    row = row_of(post)
    assert (row.state, row.attempts, row.leased_until) == (State.DUE, 0, None)
    assert (report.rows, report.put_off, report.is_well()) == ({State.DONE: 1}, 1, False)
    assert schedule.do_due().rows == {State.DONE: 1}
    assert fresh(post).is_live()


def test_what_is_put_off_again_and_again_is_told_as_a_trouble_and_tried_again(caplog, client):
    """An error that the database gives each time is no reason to give up, and none to be silent."""
    post = planned(approved(make_post()))
    client.force_login(person("paula"))

    def shown():
        page = client.get("/admin/tonight/")
        [(one, _may)] = page.context["coming"]
        said = "is tried again: OperationalError: disk full" in " ".join(page.content.decode().split())
        assert said == bool(one.put_off)
        return one.put_off

    for minutes, told, level in ((1, "", "WARNING"), (6, "OperationalError: disk full", "ERROR")):
        caplog.clear()
        with mock.patch.object(going_live, "show", side_effect=OperationalError("disk full")):
            for _time in range(schedule.MOST_ATTEMPTS + 1):
                assert ran(post, ago=minutes * timedelta(minutes=1)).put_off == 1
        assert (row_of(post).state, row_of(post).attempts, shown()) == (State.DUE, 0, told)
        assert {one.levelname for one in caplog.records if one.name == "blog.schedule"} == {level}
    assert schedule.do_due().rows == {State.DONE: 1}
    assert row_of(post).last_error == ""


def test_what_could_not_be_given_back_is_given_back_next_time():
    post = planned(approved(make_post()))
    becomes_due(post)
    lost = OperationalError("the connection is lost")
    with (
        mock.patch.object(going_live, "show", side_effect=lost),
        mock.patch.object(schedule, "_give_back", side_effect=lost),
    ):
        report = schedule.do_due()
    assert report.away == "OperationalError: the connection is lost"
    assert row_of(post).state == State.RUNNING
    assert schedule.do_due(held=report.held).rows == {State.DONE: 1}
    assert row_of(post).attempts == 1


def test_a_row_in_somebodys_hands_is_left_alone_until_the_lease_runs_out():
    post = planned(approved(make_post()))
    becomes_due(post)
    with mock.patch.object(schedule, "_do", side_effect=KeyboardInterrupt), pytest.raises(KeyboardInterrupt):
        schedule.do_due()
    row = row_of(post)
    assert (row.state, row.attempts) == (State.RUNNING, 1)
    assert timedelta(0) < row.leased_until - timezone.now() <= schedule.LEASE
    assert schedule.do_due().rows == {}
    Schedule.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert schedule.do_due().rows == {State.DONE: 1}
    assert row_of(post).attempts == 2


def test_who_held_it_too_long_does_nothing_when_another_has_taken_it():
    post = planned(approved(make_post()))
    becomes_due(post)
    slow = schedule._take([])
    Schedule.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    quick = schedule._take([])
    assert schedule._do(slow) is None and not fresh(post).is_live()
    assert schedule._do(quick)[0] == State.DONE
    assert schedule._do(slow) is None
    assert verbs(post).count("publish") == 1


def test_a_row_that_kills_whoever_takes_it_is_given_up():
    post = planned(approved(make_post()))
    becomes_due(post)
    Schedule.objects.update(attempts=schedule.MOST_ATTEMPTS)
    assert schedule.do_due().rows == {State.FAILED: 1}
    assert row_of(post).last_error == "Whoever did it was stopped each time."


def test_what_was_taken_back_while_somebody_held_it_does_not_happen():
    post = planned(approved(make_post()))
    becomes_due(post)
    row = schedule._take([])
    schedule.take_back(row_of(post), by=person("peter"))
    assert schedule._do(row) is None and not fresh(post).is_live()


def test_the_acts_of_one_post_are_done_in_their_order_whoever_takes_them():
    """Else a withdrawal that a second worker took first would be followed by the publication before it."""
    post = planned(approved(make_post()), publish_at=in_hours(1), withdraw_at=in_hours(2))
    becomes_due(post, "publish", 2 * HOUR)
    becomes_due(post, "withdraw", HOUR)
    first = schedule._take([])
    assert (first.verb, schedule._take([])) == ("publish", None)


@pytest.mark.parametrize(("minutes", "goes_out"), [(10, False), (-10, True)])
def test_the_clock_of_the_database_decides_and_not_that_of_the_machine(minutes, goes_out):
    early = planned(approved(make_post()), publish_at=timezone.now() + timedelta(minutes=5))
    late = planned(approved(make_post("Late")))
    becomes_due(late)
    now = timezone.now
    with mock.patch("django.utils.timezone.now", lambda: now() + timedelta(minutes=minutes)):
        report = schedule.do_due()
    assert report.rows == {State.DONE: 1}
    assert not fresh(early).is_live() and fresh(late).is_live()
    assert abs(fresh(late).published_at - now()) < timedelta(seconds=30)


def test_seen():
    mailed("paula")
    post = planned(approved(make_post()), publish_at=in_hours(1), expires_at=in_hours(2))
    ran(post, ago=3 * HOUR)
    person("carla")
    before = everything()
    for name in ("carla", "edith"):
        with pytest.raises(workflow.NotAllowed):
            schedule.see(row_of(post), by=person(name))
    assert everything()["blog.Schedule"] == before["blog.Schedule"]
    row = schedule.see(row_of(post), by=person("peter"))
    assert (list(Schedule.objects.in_trouble()), last_event(post).verb) == ([], "see_failure")
    assert schedule.see(row_of(post), by=person("paula")).seen_at == row.seen_at
    with pytest.raises(workflow.WrongState):
        schedule.see(row_of(planned(post)), by=person("paula"))
    assert is_whole()


# Who is told


def test_who_planned_it_is_told_that_it_is_done():
    mailed("paula", "peter")
    post = planned(approved(make_post("Bridge opens")))
    ran(post)
    assert told("plan_done") == ["paula"]
    [row] = Outgoing.objects.filter(kind="plan_done")
    mail = telling.compose(row)
    assert mail.subject == "Done as planned: Bridge opens"
    assert "what you planned for" in mail.body and "readers see it" in mail.body


@pytest.mark.parametrize("verb", ["publish", "withdraw"])
def test_who_planned_what_was_needless_is_not_told_that_it_was_done(verb):
    mailed("paula")
    if verb == "withdraw":
        post = planned(approved(make_post()), publish_at=in_hours(1), expires_at=in_hours(1.5), withdraw_at=in_hours(9))
        ran(post, ago=3 * HOUR)
        why = "There is nothing to withdraw"
    else:
        post = planned(approved(write(make_live_post(), headline="Second")))
        with four_eyes(False):
            post = write(post, standfirst="More.")
            workflow.publish(post, post.head, by=person("peter"))
        why = "Readers see version 3 already"
    assert ran(post, verb=verb).rows == {State.DONE: 1}
    assert (told("plan_done"), told("plan_idle")) == ([], ["paula"])
    mail = telling.compose(Outgoing.objects.get(kind="plan_idle"))
    assert mail.subject.startswith("Nothing was left to do: ")
    assert why in mail.body and "has been done" not in mail.body and "it is withdrawn" not in mail.body


def test_the_mail_of_a_failure_says_why():
    mailed("paula")
    post = planned(approved(make_post("Bridge opens")), publish_at=in_hours(1), expires_at=in_hours(2))
    ran(post, ago=3 * HOUR)
    [row] = Outgoing.objects.filter(kind="plan_failed")
    mail = telling.compose(row)
    assert mail.subject == "Did not happen: Bridge opens"
    assert "Paula had planned it for" in mail.body and "It was to go out until" in mail.body


# What is to come


def test_tonight_is_what_is_due_and_what_would_become_of_it():
    fine = planned(approved(make_post("Fine")), publish_at=in_hours(1), withdraw_at=in_hours(2))
    late = planned(approved(make_post("Late")), publish_at=in_hours(1), expires_at=in_hours(2))
    becomes_due(late, ago=3 * HOUR)
    planned(approved(make_post("Far")), publish_at=in_hours(30))
    found = tonight.coming()
    assert [(one.headline, one.row.verb, str(one.prospect.state), one.is_overdue) for one in found] == [
        ("Late", "publish", "missed", True),
        ("Fine", "publish", "done", False),
        ("Fine", "withdraw", "done", False),
    ]
    assert [one.row for one in tonight.coming(person("carla"))] == [one.row for one in found]
    assert tonight.coming(person("colin")) == []
    assert [row.post for row in schedule.beside(row_of(fine), person("paula"))] == []


def test_what_is_told_of_tonight_is_what_happens():
    """The list asks as the worker does: each prospect is what becomes of the row."""
    planned(approved(make_post("Fine")))
    planned(approved(make_post("Missed")), publish_at=in_hours(1), expires_at=in_hours(2))
    update = planned(approved_update(make_update(make_rolling_post())))
    updates.end(fresh(update.post), by=person("paula"))
    Schedule.objects.update(due_at=timezone.now() - 3 * HOUR)
    Schedule.objects.exclude(expires_at=None).update(expires_at=timezone.now() - HOUR)
    told = {one.row.pk: str(one.prospect.state) for one in tonight.coming()}
    schedule.do_due()
    assert told == {row.pk: row.state for row in Schedule.objects.all()}
    assert sorted(told.values()) == ["done", "failed", "missed"]


def test_what_else_is_planned_about_that_time():
    now = timezone.now()
    post = planned(approved(make_post()), publish_at=now + HOUR)
    near = planned(approved(make_post("Near")), publish_at=now + 1.4 * HOUR)
    planned(approved(make_post("Far")), publish_at=now + 1.6 * HOUR)
    assert [row.post for row in schedule.beside(row_of(post), person("paula"))] == [near]
    assert schedule.beside(row_of(post), person("colin")) == []
