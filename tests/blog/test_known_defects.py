"""What goes wrong in other systems for publishing, each defect as the test that it must not pass here.

They were found in the leading one of them, by running it. What is told of each is what happened there.
"""

from datetime import timedelta
from unittest import mock

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection, models, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from blog import belonging, drafting, going_live, schedule, workflow
from blog.models import Event, Post, ReviewStep, Revision, Schedule, StoryType, Update
from blog.schedule import State
from tests.blog.test_schedule import HOUR, becomes_due, in_hours, planned, ran, row_of, verbs
from tests.factories import approved, four_eyes, fresh, make_live_post, make_post, person, write
from tests.flushing import refusals_set_aside

pytestmark = pytest.mark.django_db


# 1. Tidying up old versions left a live page without its wording; to plan a change then took the page off the site.


def test_no_tidying_up_takes_the_wording_of_a_live_page():
    post = write(make_live_post(), headline="A newer draft")
    for act in (post.live.delete, Revision.objects.filter(pk=post.live.pk).delete):
        with pytest.raises(TypeError):
            act()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM blog_revision WHERE id = %s", [post.live.pk])
    pointers = [(model, name) for model in (Post, Update) for name in ("head", "live")]
    kept = {model._meta.get_field(name).remote_field.on_delete for model, name in pointers}
    assert kept == {models.PROTECT}
    assert fresh(post).live == post.live


def test_planning_a_change_leaves_the_live_page_as_it_is(client):
    post = planned(approved(write(make_live_post("As it is"), headline="As it will be")))
    page = client.get(post.get_absolute_url())
    assert page.status_code == 200 and "As it is" in page.content.decode()
    ran(post)
    assert "As it will be" in client.get(post.get_absolute_url()).content.decode()


def test_a_plan_taken_back_leaves_the_live_page_as_it_is(client):
    post = planned(approved(write(make_live_post("As it is"), headline="As it will be")))
    schedule.take_back(row_of(post), by=person("paula"))
    assert "As it is" in client.get(post.get_absolute_url()).content.decode()


# 2. A failure in the middle of publishing lost the plan for good: the next run found nothing to do.


@pytest.mark.parametrize("where", ["going_live.indexing.refresh", "telling.tell", "events.readers_see_a_change"])
def test_a_failure_in_the_middle_leaves_the_plan_and_nothing_half_done(where):
    post = planned(approved(make_post()))
    before = verbs(post), fresh(post).version, fresh(post).stage
    with mock.patch(f"blog.{where}", side_effect=[RuntimeError("in the middle"), None]):
        report = ran(post)
    row, post = row_of(post), fresh(post)
    assert report.rows == {State.FAILED: 1}
    assert (row.state, "in the middle" in row.last_error, row.event.verb) == (State.FAILED, True, "fail_plan")
    acts, *rest = before
    assert (verbs(post), post.version, post.stage) == ([*acts, "fail_plan"], *rest) and not post.is_live()
    assert list(Schedule.objects.in_trouble()) == [row]  # it is seen, and can be planned anew
    ran(planned(post))
    assert fresh(post).is_live()


# 3. One piece that could not be published kept back everything that was due after it.


def test_one_failure_keeps_nothing_else_back():
    posts = [planned(approved(make_post(f"Piece {number}"))) for number in range(5)]
    for number, post in enumerate(posts):
        becomes_due(post, ago=timedelta(minutes=10 - number))
    show = going_live.show

    def breaks(post, *args, **words):
        if post.pk in {posts[0].pk, posts[2].pk}:
            raise ValueError("no")
        return show(post, *args, **words)

    with mock.patch.object(going_live, "show", breaks), pytest.raises(SystemExit) as ended:
        call_command("publish_due", verbosity=0)
    assert ended.value.code == 1
    assert [fresh(post).is_live() for post in posts] == [False, True, False, True, True]
    assert [row_of(post).state for post in posts] == ["failed", "done", "failed", "done", "done"]


# 4. When a text expired, what was approved to follow it was forgotten.


def test_an_expiry_never_cancels_an_approved_return():
    """Public today until Friday; the relaunch is approved for Thursday a week later."""
    post = planned(approved(make_post("Until Friday")), publish_at=in_hours(1), withdraw_at=in_hours(100))
    ran(post)
    post = planned(approved(write(post, headline="The relaunch")), publish_at=in_hours(250))
    assert ran(post, verb="withdraw").rows == {State.DONE: 1}
    assert not fresh(post).is_live()
    assert row_of(post).state == State.DUE
    assert ran(post).rows == {State.DONE: 1}
    post = fresh(post)
    assert (post.is_live(), post.live.headline, post.stage) == (True, "The relaunch", "published")
    assert verbs(post)[-3:] == ["plan", "withdraw", "publish"]


def test_a_relaunch_before_the_expiry_is_what_expires():
    """Public today until Friday, other words on Thursday: on Friday those go."""
    post = planned(approved(make_post()), publish_at=in_hours(1), withdraw_at=in_hours(100))
    ran(post)
    post = planned(approved(write(post, headline="On Thursday")), publish_at=in_hours(50))
    ran(post)
    assert fresh(post).live.headline == "On Thursday"
    ran(post, verb="withdraw")
    assert not fresh(post).is_live()


def test_off_on_friday_and_back_on_monday_is_one_plan():
    post = approved(write(make_live_post("Before"), headline="After"))
    planned(post, withdraw_at=in_hours(1), publish_at=in_hours(60))
    assert ran(post, verb="withdraw").rows == {State.DONE: 1}
    assert not fresh(post).is_live() and row_of(post).state == State.DUE
    ran(post)
    assert fresh(post).live.headline == "After"


def test_a_typo_mended_before_the_expiry_is_in_the_return():
    post = make_live_post(body="<p>The bridge is closd.</p>\n<p>Boats sail.</p>")
    post = planned(
        approved(write(post, body="<p>The bridge is closd.</p>\n<p>Boats sail again.</p>")),
        withdraw_at=in_hours(1),
        publish_at=in_hours(60),
    )
    with four_eyes(False):
        post = write(post, body="<p>The bridge is closed.</p>\n<p>Boats sail.</p>")
        workflow.publish(post, post.head, by=person("peter"), kind="typo")
    ran(post, verb="withdraw")
    ran(post)
    assert fresh(post).live.body == "<p>The bridge is closed.</p>\n<p>Boats sail again.</p>"


# 5. Nothing ran while a text was to go up and come down; afterwards it went up, and stayed.


def test_a_window_that_passed_is_missed_and_not_published_late():
    post = planned(approved(make_post()), publish_at=in_hours(1), withdraw_at=in_hours(2))
    becomes_due(post, "publish", 3 * HOUR)
    becomes_due(post, "withdraw", 2 * HOUR)
    before = verbs(post)
    report = schedule.do_due()
    assert report.rows == {State.MISSED: 1, State.DONE: 1}
    assert (fresh(post).is_live(), verbs(post)) == (False, [*before, "fail_plan"])
    row, end = row_of(post), row_of(post, "withdraw")
    assert row.last_error.startswith("Readers were to see it until ")
    assert (end.state, end.event) == (State.DONE, None)
    assert list(Schedule.objects.in_trouble()) == [row]
    assert Event.objects.of(post).filter(verb__in=["publish", "withdraw"]).count() == 0


def test_a_change_whose_window_passed_is_missed_and_what_was_up_comes_down():
    post = planned(
        approved(write(make_live_post("First"), headline="Second")), publish_at=in_hours(1), withdraw_at=in_hours(2)
    )
    becomes_due(post, "publish", 3 * HOUR)
    becomes_due(post, "withdraw", 2 * HOUR)
    assert schedule.do_due().rows == {State.MISSED: 1, State.DONE: 1}
    post = fresh(post)
    assert not post.is_live() and verbs(post)[-1] == "withdraw"


def test_a_withdrawal_that_is_late_is_done_all_the_same():
    post = planned(make_live_post(), withdraw_at=in_hours(1))
    assert ran(post, verb="withdraw", ago=50 * HOUR).rows == {State.DONE: 1}
    assert not fresh(post).is_live()
    event = row_of(post, "withdraw").event
    assert timezone.now() - event.at < timedelta(seconds=30)
    assert event.details["late"] >= 50 * 3600


# 6. Saving by itself overwrote the newest version in place, also one that was live or approved: the history then told
#    of words that were never published. 7. So an approval of one wording counted for another. 8. Who asked for a review
#    and belonged to those who may approve approved it himself.


def test_keeping_what_is_typed_changes_no_version():
    post = approved(make_post())
    kept = list(Revision.objects.values_list())
    place, form = drafting.place_of(post), "f" * 32
    drafting.keep(post.head.by, place, form, 1, {"headline": "Other words", "based_on": str(post.head.number)})
    assert list(Revision.objects.values_list()) == kept
    assert fresh(post).stage == "approved"
    with pytest.raises(TypeError):
        Revision.objects.filter(pk=post.head.pk).update(headline="Other words")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE blog_revision SET headline = 'Other words' WHERE id = %s", [post.head.pk])


def test_an_approval_is_of_words_and_not_of_a_row():
    post = approved(make_post())
    with refusals_set_aside(connection) as cursor:  # as if nothing kept the row
        cursor.execute("UPDATE blog_revision SET body = %s WHERE id = %s", ["<p>Other words.</p>", post.head.pk])
    post = fresh(post)
    with pytest.raises(workflow.Stale, match="other words"):
        workflow.publish(post, post.head, by=person("paula"))
    assert fresh(post).live is None


def test_words_changed_between_two_steps_begin_again_at_the_first():
    group, emil = Group.objects.get(name="Editor"), person("emil")
    person("edith")
    story_type = StoryType.objects.create(name="Investigation")
    for position, name in enumerate(["Desk", "Legal"], 1):
        ReviewStep.objects.create(story_type=story_type, position=position, name=name, group=group)
    post = belonging.set_type(make_post(), story_type, by=person("carla"))
    post = workflow.submit(post, by=person("carla"))
    post = workflow.approve(post, post.head, by=person("edith"))
    post = write(post, headline="Other words")
    with pytest.raises(workflow.WrongState):
        workflow.approve(post, post.head, by=emil)
    assert (post.stage, post.step) == ("draft", 0)


@pytest.mark.parametrize("name", ["edith", "paula", "ada"])
def test_who_asks_for_a_review_does_not_give_it(name):
    post, _another = make_post(by=person(name)), person("emil")
    with pytest.raises(workflow.WrongState):
        workflow.submit(post, by=person(name), to=person(name))
    post = workflow.submit(post, by=person(name), to=Group.objects.get(name="Editor"))
    with pytest.raises(workflow.NotAllowed, match="You wrote"):
        workflow.approve(post, post.head, by=person(name))
