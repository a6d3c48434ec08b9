"""Review: who is asked, through which steps, what an approval is of; and what goes out without one."""

import os
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.utils import timezone

from blog import belonging, board, columns, glass, reviewing, revisions, telling, workflow
from blog.models import Event, Muted, Outgoing, Post, ReviewRequest, ReviewStep, Revision, StoryType
from blog.revisions import Content
from blog.rounds import Round
from blog.verifying import verify
from blog.workflow import NotAllowed, Stale, WrongState
from tests.factories import (
    everything,
    four_eyes,
    fresh,
    in_stage,
    make_live_post,
    make_live_update,
    make_post,
    make_rolling_post,
    make_update,
    make_user,
    person,
    put_in_review,
    rewrite_update,
    write,
)
from tests.flushing import refusals_set_aside

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mailboxes():
    """Everybody of the house has an address."""
    for name in ("carla", "colin", "edith", "emil", "paula", "peter", "ada"):
        user = person(name)
        user.email = f"{name}@record.example"
        user.save(update_fields=["email"])


def type_of(*steps, name="Investigation"):
    """A story type with these steps, each (name, group, people of the group besides what they are)."""
    story_type = StoryType.objects.create(name=name)
    for position, (step, group_name, people) in enumerate(steps, 1):
        group, _made = Group.objects.get_or_create(name=group_name)
        group.permissions.set(Group.objects.get(name="Editor").permissions.all())
        for one in people:
            person(one).groups.add(group)
        ReviewStep.objects.create(story_type=story_type, position=position, name=step, group=group)
    return story_type


def two_steps():
    return type_of(("Desk", "Desk editors", ["edith", "emil"]), ("Legal", "Lawyers", ["emil", "paula"]))


def typed(story_type, **parts):
    post = make_post(**parts)
    return belonging.set_type(post, story_type, by=post.head.by)


def mails(kind):
    """To whom there is a mail of this kind, in order."""
    rows = Outgoing.objects.filter(kind=kind).order_by("pk")
    return [_name(row.payload["user"]) for row in rows]


def _name(pk):
    return next(name for name in ("carla", "colin", "edith", "emil", "paula", "peter", "ada") if person(name).pk == pk)


def waits_for(piece):
    """The people for whom a piece waits."""
    names = ("carla", "colin", "edith", "emil", "paula", "peter", "ada")
    return [name for name in names if fresh(piece) in waiting(person(name))]


def waiting(user):
    """The pieces that the board says wait for somebody."""
    piles = board.of(user, columns.Filters(who="waiting")).piles.values()
    return [card.piece for pile in piles for card in pile.cards]


# Who is asked


def test_a_piece_is_sent_to_anybody_to_a_group_or_to_a_person():
    anybody = workflow.submit(make_post("Anybody"), by=person("carla"))
    group = Group.objects.get(name="Publisher")
    of_group = workflow.submit(make_post("Group"), by=person("carla"), to=group)
    of_person = workflow.submit(make_post("Person"), by=person("carla"), to=person("edith"))
    assert waits_for(anybody) == ["edith", "emil", "paula", "peter", "ada"]
    assert waits_for(of_group) == ["paula", "peter"]
    assert waits_for(of_person) == ["edith"]
    assert of_group.events.latest("number").details == {"to": "Publisher"}


def test_who_is_asked_hears_of_it_once_with_note_and_time():
    due = timezone.now() + timedelta(hours=2)
    post = workflow.submit(make_post(), by=person("carla"), to=person("edith"), due_at=due, note="Quotes, please")
    assert mails("review_asked") == ["edith"]
    asked = reviewing.open_request(post)
    assert (asked.to_user, asked.due_at, asked.note, asked.revision, asked.by_name) == (
        person("edith"), due, "Quotes, please", post.head, "Carla",
    )  # fmt: skip
    [row] = Outgoing.objects.filter(kind="review_asked")
    mail = telling.compose(row)
    assert mail.to == ["edith@record.example"]
    assert "Quotes, please" in mail.body
    assert "https://record.example/admin/mail/" in mail.body


def test_who_has_muted_the_kind_by_then_hears_nothing():
    workflow.submit(make_post(), by=person("carla"), to=person("edith"))
    [row] = Outgoing.objects.filter(kind="review_asked")
    Muted.objects.create(user=person("edith"), kind="review_asked")
    assert telling.compose(row) is None


@pytest.mark.parametrize("name", ["carla", "colin", "mod", "rita", "inga"])
def test_nobody_is_asked_who_could_not_approve(name):
    make_user("inga", "Editor", is_active=False)
    post, user = make_post(), make_user(name) if name == "inga" else person(name)
    before = everything()
    with pytest.raises(WrongState, match="could not approve"):
        workflow.submit(post, by=person("carla"), to=user)
    assert everything() == before


def test_who_wrote_some_of_the_words_is_not_asked_about_them():
    post = write(make_post(), by=person("edith"), headline="Edith’s")
    with pytest.raises(WrongState):
        workflow.submit(post, by=person("carla"), to=person("edith"))
    workflow.submit(post, by=person("carla"))
    assert "edith" not in mails("review_asked")


def test_a_group_without_anybody_who_could_is_not_asked():
    post, group = make_post(), Group.objects.get(name="Contributor")
    before = everything()
    with pytest.raises(WrongState, match="Nobody in “Contributor”"):
        workflow.submit(post, by=person("carla"), to=group)
    assert everything() == before


def test_nothing_is_asked_for_a_time_that_has_passed():
    post = make_post()
    before = everything()
    with pytest.raises(WrongState, match="passed"):
        workflow.submit(post, by=person("carla"), due_at=timezone.now() - timedelta(minutes=1))
    assert everything() == before


@pytest.mark.parametrize(
    ("verb", "outcome"),
    [("approve", "approved"), ("request_changes", "changes"), ("recall", "ended"), ("spike", "ended"),
     ("write", "ended"), ("break_glass", "ended"), ("publish", "ended"), ("withdraw", "ended")],
)  # fmt: skip
@pytest.mark.parametrize("of_update", [False, True], ids=["post", "update"])
def test_a_request_ends_with_what_answers_it_or_makes_it_needless(verb, outcome, of_update):
    if of_update:
        story = make_rolling_post()
        make_piece = lambda: make_update(story)  # noqa: E731
    else:
        make_piece = (lambda: write(make_live_post(), headline="Newer")) if verb == "withdraw" else make_post
    piece = put_in_review(make_piece())
    if verb == "withdraw" and of_update:
        piece = put_in_review(_rewritten_live_update(story))
    if verb == "spike" and piece.is_live():
        pytest.skip("what is live is not spiked")
    _do(verb, piece)
    [request] = ReviewRequest.objects.of(piece).order_by("-pk")[:1]
    assert (request.outcome, bool(request.ended_at), bool(request.ended_by_name)) == (outcome, True, True)
    assert reviewing.open_request(piece) is None
    assert list(verify()) == []


def _rewritten_live_update(story):
    return rewrite_update(make_live_update(story), headline="Newer")


def _do(verb, piece):
    match verb:
        case "approve":
            workflow.approve(piece, piece.head, by=person("edith"))
        case "request_changes":
            workflow.request_changes(piece, by=person("edith"), note="Who says so?")
        case "recall" | "spike":
            getattr(workflow, verb)(piece, by=person("edith"))
        case "write":
            content = Content(**Content.of(piece.head).__dict__ | {"headline": "Other words"})
            revisions.write(piece, content, by=person("edith"))
        case "break_glass":
            glass.break_glass(piece, piece.head, by=person("paula"), reason="Flood.")
        case "publish":
            with four_eyes(False):
                workflow.publish(piece, piece.head, by=person("paula"))
        case "withdraw":
            workflow.withdraw(piece, by=person("paula"), public_note="Wrong.")


def test_a_piece_that_goes_out_behind_a_draft_in_review_leaves_that_in_review():
    post = make_live_post()
    post = put_in_review(write(post, headline="Newer"))
    with transaction.atomic():
        piece = workflow.bring_out(post, post.live, by=person("paula"), kind="update")
    assert (piece.stage, reviewing.open_request(piece).revision) == ("review", post.head)


def test_the_writers_hear_what_came_of_it():
    post = write(make_post(), by=person("colin"), headline="Colin’s")
    post = workflow.request_changes(put_in_review(post), by=person("edith"), note="Who says so?")
    assert mails("review_changes") == ["carla", "colin"]
    workflow.approve(*_with_head(put_in_review(post)), by=person("edith"))
    assert mails("review_approved") == ["carla", "colin"]


def _with_head(post):
    return post, post.head


# Steps of a story's type


def test_a_piece_goes_through_the_steps_of_its_type_in_order():
    post = put_in_review(typed(two_steps()))
    assert (post.stage, post.step, waits_for(post)) == ("review", 1, ["edith", "emil"])
    post = workflow.approve(post, post.head, by=person("edith"))
    assert (post.stage, post.step, waits_for(post)) == ("review", 2, ["emil", "paula"])
    first = post.events.latest("number")
    assert first.details == {"step": 1, "name": "Desk", "content": post.head.content_hash}
    post = workflow.approve(post, post.head, by=person("paula"))
    assert (post.stage, post.step) == ("approved", 0)
    assert post.events.latest("number").details == {"step": 2, "name": "Legal", "content": post.head.content_hash}
    requests = ReviewRequest.objects.of(post).order_by("pk").values_list("step", "step_name", "outcome")
    assert list(requests) == [(1, "Desk", "approved"), (2, "Legal", "approved")]
    assert mails("review_asked") == ["edith", "emil", "emil", "paula"]
    assert mails("review_approved") == ["carla"]
    assert list(verify()) == []


@pytest.mark.parametrize(("step", "name"), [(1, "paula"), (1, "peter"), (2, "peter")])
def test_a_step_is_approved_by_its_group_alone(step, name):
    post = put_in_review(typed(two_steps()))
    if step == 2:
        post = workflow.approve(post, post.head, by=person("edith"))
    before = everything()
    with pytest.raises(NotAllowed, match="is for the group"):
        workflow.approve(post, post.head, by=person(name))
    assert everything() == before


def test_administrators_approve_at_any_step():
    post = put_in_review(typed(two_steps()))
    assert workflow.approve(post, post.head, by=person("ada")).step == 2


def test_nobody_approves_two_steps_where_four_eyes_are_asked_for():
    post = put_in_review(typed(two_steps()))
    post = workflow.approve(post, post.head, by=person("emil"))
    assert mails("review_asked") == ["edith", "emil", "paula"]  # emil is not asked once more
    before = everything()
    with pytest.raises(NotAllowed, match="You have approved “Desk”"):
        workflow.approve(post, post.head, by=person("emil"))
    assert everything() == before
    with four_eyes(False):
        assert workflow.approve(post, post.head, by=person("emil")).stage == "approved"


def gone(*names):
    """Their accounts are closed."""
    for name in names:
        user = person(name)
        user.is_active = False
        user.save(update_fields=["is_active"])


def test_a_round_that_nobody_could_finish_is_not_begun():
    """The one lawyer wrote a word of it."""
    post = write(typed(type_of(("Desk", "Desk editors", ["edith"]), ("Legal", "Lawyers", ["emil"]))), by=person("emil"),
                 headline="Emil’s")  # fmt: skip
    gone("ada")
    before = everything()
    with pytest.raises(WrongState, match="Nobody could approve “Legal”"):
        put_in_review(post)
    assert everything() == before
    person("ada").__class__.objects.filter(username="ada").update(is_active=True)
    assert put_in_review(post).stage == "review"  # administrators could


@pytest.mark.parametrize(("desk", "to", "enough"), [
    (["emil"], None, False), (["emil", "edith"], None, True), (["emil", "edith"], "emil", False),
    (["emil", "edith"], "edith", True),
])  # fmt: skip
def test_a_round_is_begun_where_there_is_somebody_for_each_step(desk, to, enough):
    post = typed(type_of(("Desk", "Desk editors", desk), ("Legal", "Lawyers", ["emil"])))
    gone("ada")
    to = to and person(to)
    if enough:
        assert workflow.submit(post, by=person("carla"), to=to).step == 1
    else:
        with pytest.raises(WrongState, match="not enough people"):
            workflow.submit(post, by=person("carla"), to=to)
        with four_eyes(False):
            assert workflow.submit(post, by=person("carla"), to=to).step == 1


def test_where_the_people_of_a_step_have_left_administrators_are_asked_and_else_the_writers_told():
    one, two = (put_in_review(typed(two_steps() if not number else StoryType.objects.get())) for number in range(2))
    gone("emil", "paula")
    Outgoing.objects.all().delete()
    one = workflow.approve(one, one.head, by=person("edith"))
    assert (mails("review_asked"), mails("review_stands")) == (["ada"], [])
    assert reviewing.nobody_left(one, Round(one)) is None
    gone("ada")
    two = workflow.approve(two, two.head, by=person("edith"))
    assert (two.step, mails("review_asked"), mails("review_stands")) == (2, ["ada"], ["carla"])
    assert "“Legal” (Lawyers)" in str(reviewing.nobody_left(two, Round(two)))
    mail = telling.compose(Outgoing.objects.get(kind="review_stands"))
    assert "nobody in Lawyers could approve it" in mail.body


def test_who_wrote_unseen_words_approves_at_no_step():
    post = write(typed(two_steps()), by=person("emil"), headline="Emil’s")
    post = put_in_review(post)
    post = workflow.approve(post, post.head, by=person("edith"))
    with pytest.raises(NotAllowed, match="You wrote"):
        workflow.approve(post, post.head, by=person("emil"))


def test_other_words_begin_the_steps_anew():
    post = put_in_review(typed(two_steps()))
    post = workflow.approve(post, post.head, by=person("edith"))
    post = write(post, headline="Other words")
    assert (post.stage, post.step) == ("draft", 0)
    post = put_in_review(post)
    assert (post.stage, post.step) == ("review", 1)


def test_the_steps_of_a_round_are_those_of_when_it_was_sent():
    story_type = two_steps()
    post = put_in_review(typed(story_type))
    story_type.steps.filter(position=2).delete()
    story_type.steps.update(name="Another", group=Group.objects.get(name="Contributor"))
    post = workflow.approve(post, post.head, by=person("edith"))
    assert (post.stage, post.step) == ("review", 2)
    Group.objects.get(name="Lawyers").delete()
    with pytest.raises(NotAllowed, match="Lawyers"):
        workflow.approve(post, post.head, by=person("paula"))
    assert workflow.approve(post, post.head, by=person("ada")).stage == "approved"
    assert list(verify()) == []


def test_the_type_stays_while_people_of_its_type_approve_it_and_after():
    story_type = two_steps()
    post = put_in_review(typed(story_type))
    for _step in range(2):
        before = everything()
        with pytest.raises(WrongState):
            belonging.set_type(post, None, by=person("carla"))
        assert everything() == before
        post = workflow.approve(post, post.head, by=person("ada" if post.step == 1 else "paula"))
    with pytest.raises(WrongState):
        belonging.set_type(post, None, by=person("carla"))


def test_updates_go_through_the_steps_of_their_story():
    story = make_rolling_post()
    belonging.set_type(story, two_steps(), by=person("paula"))
    update = put_in_review(make_update(story))
    assert (update.step, waits_for(update)) == (1, ["edith", "emil"])
    update = workflow.approve(update, update.head, by=person("edith"))
    update = workflow.approve(update, update.head, by=person("paula"))
    assert (update.stage, update.step) == ("approved", 0)
    assert list(verify()) == []


def test_a_type_with_steps_asks_for_them_in_a_house_without_four_eyes_too():
    with four_eyes(False):
        post = typed(two_steps())
        with pytest.raises(WrongState, match="approve it first"):
            workflow.publish(post, post.head, by=person("paula"))
        plain = make_post("Plain")
        assert workflow.publish(plain, plain.head, by=person("paula")).stage == "published"


def test_a_step_that_nobody_could_approve_is_not_begun():
    story_type = type_of(("Legal", "Lawyers", []))
    person("ada").delete()
    post = typed(story_type)
    with pytest.raises(WrongState, match="Nobody could approve “Legal”"):
        put_in_review(post)


# What an approval is of


def test_words_that_were_changed_behind_an_approval_are_not_approved():
    post = put_in_review(typed(two_steps()))
    post = workflow.approve(post, post.head, by=person("edith"))
    with refusals_set_aside(connection) as cursor:
        cursor.execute("UPDATE blog_revision SET body = %s WHERE id = %s", ["<p>Other</p>", post.head.pk])
    post = fresh(post)
    with pytest.raises(Stale, match="other words"):
        workflow.approve(post, post.head, by=person("paula"))


# Breaking the glass


def broken(**words):
    post = make_post()
    return glass.break_glass(post, post.head, by=person("paula"), **{"reason": "The river is over the quay."} | words)


def test_what_nobody_approved_is_published_with_a_reason_and_stays_marked():
    post = broken()
    event = post.events.latest("number")
    assert (post.stage, post.live, post.glass) == ("published", post.head, event)
    assert (event.verb, event.note, event.public) == ("publish", "The river is over the quay.", True)
    assert event.details["glass"] is True
    assert mails("glass_broken") == ["peter", "ada"]
    assert list(verify()) == []


@pytest.mark.parametrize("reason", ["", " \n "])
def test_the_glass_is_not_broken_without_a_reason(reason):
    post = make_post()
    before = everything()
    with pytest.raises(WrongState):
        glass.break_glass(post, post.head, by=person("paula"), reason=reason)
    assert everything() == before


def test_only_approval_is_passed_over():
    post = make_post(headline="")
    with pytest.raises(WrongState):
        glass.break_glass(post, post.head, by=person("paula"), reason="Flood.")
    post = write(make_post(), headline="Newer")
    with pytest.raises(Stale):
        glass.break_glass(post, Revision.objects.of(post).earliest("number"), by=person("paula"), reason="Flood.")
    post = make_post()
    with pytest.raises(NotAllowed):
        glass.break_glass(post, post.head, by=person("edith"), reason="Flood.")
    for piece in (in_stage("approved"), in_stage("withdrawn")):  # nothing is in the way of either
        with pytest.raises(WrongState):
            glass.break_glass(piece, piece.head, by=person("paula"), reason="Flood.")


@pytest.mark.parametrize("name", ["carla", "paula"])
def test_who_wrote_or_published_does_not_look_over_it(name):
    post = broken()
    before = everything()
    with pytest.raises(NotAllowed):
        glass.look_over(post, post.live, by=person(name))
    assert everything() == before


def test_somebody_else_looks_over_it():
    post = broken()
    post = glass.look_over(post, post.live, by=person("edith"), note="Right.")
    event = post.events.latest("number")
    assert (post.glass, post.stage) == (None, "published")
    assert (event.verb, event.note, event.public) == ("look_over", "Right.", False)
    assert list(verify()) == []
    with pytest.raises(WrongState):
        glass.look_over(post, post.live, by=person("emil"))


def test_nobody_looks_over_words_that_were_published_unseen_meanwhile():
    post = broken()
    seen = post.live
    post = write(post, headline="Newer")
    post = glass.break_glass(post, post.head, by=person("paula"), reason="Flood.")
    before = everything()
    with pytest.raises(Stale, match="Paula published version 2"):
        glass.look_over(post, seen, by=person("edith"))
    assert everything() == before
    assert glass.look_over(post, post.live, by=person("edith")).glass is None


def test_changes_are_asked_for_in_the_words_that_were_read():
    post = make_post()
    read = post.head
    post = put_in_review(write(post, headline="Newer"))
    before = everything()
    with pytest.raises(Stale):
        workflow.request_changes(post, read, by=person("edith"), note="Who says so?")
    assert everything() == before
    assert workflow.request_changes(post, post.head, by=person("edith"), note="Who says so?").stage == "changes"


def test_words_on_top_of_broken_glass_are_not_approved_by_who_wrote_what_is_below():
    post = make_post(by=person("edith"))
    post = glass.break_glass(post, post.head, by=person("paula"), reason="Flood.")
    post = put_in_review(write(post, headline="A comma, more"))
    with pytest.raises(NotAllowed, match="You wrote"):
        workflow.approve(post, post.head, by=person("edith"))
    post = glass.look_over(post, post.live, by=person("emil"))
    assert workflow.approve(post, post.head, by=person("edith")).stage == "approved"


def test_an_update_is_published_past_approval_too():
    update = make_update(make_rolling_post())
    update = glass.break_glass(update, update.head, by=person("paula"), reason="Flood.")
    assert fresh(update).glass.verb == "publish"
    assert glass.look_over(update, update.live, by=person("edith")).glass is None
    assert list(verify()) == []


@pytest.mark.parametrize("column", ["step", "glass_id"])
def test_a_step_or_a_glass_that_no_event_made_is_named(column):
    post = broken()
    Post.objects.filter(pk=post.pk).update(**{column: {"step": 2, "glass_id": None}[column]})
    assert [lie.what.split(" is ")[0] for lie in verify()] == [column]


# Every way there is: what readers see was approved by somebody else, or the glass was broken for it


NAMES = ("paula", "peter", "nina")
DEPTH = int(os.environ.get("REVIEW_DEPTH", "4"))  # acts in a row; six take some minutes, and were gone through


def actions(post, people):
    """What each of three people who may do everything could try. Who sends, publishes, withdraws does not matter."""
    first, words = people[0], "two" if post.head.headline == "one" else "one"
    yield lambda: workflow.submit(post, by=first)
    yield lambda: workflow.publish(post, post.head, by=first)
    yield lambda: workflow.withdraw(post, by=first, public_note="Wrong.")
    for user in people:
        yield lambda user=user: revisions.write(post, Content(words), by=user)
        yield lambda user=user: workflow.approve(post, post.head, by=user)
        yield lambda user=user: glass.break_glass(post, post.head, by=user, reason="Flood.")
        yield lambda user=user: glass.look_over(post, post.glass.revision if post.glass_id else post.head, by=user)


def standing(post, people):
    """All on which it depends what can be done from here on, the same for people who have changed places."""
    told = list(Event.objects.filter(post=post).order_by("number").select_related("revision"))
    seen = post.glass.details["since"] if post.glass_id else (post.live.number if post.live_id else 0)
    wrote = [one.by_id for one in post.revisions.filter(number__gt=seen)]
    rest = (post.stage, post.head.headline, post.live and post.live.headline, post.head_id == post.live_id)
    public = any(act.verb == "publish" and act.revision_id == post.head_id for act in told)
    broke = [act.by_id for act in told if act.details.get("glass") and act.revision.number > seen]
    return rest, public, bool(post.glass_id), tuple(
        sorted((user.pk in wrote, user.pk in broke) for user in people)
    )  # fmt: skip


def answers_for(post):
    """Did somebody else than its writers approve what is live, or was the glass broken for it?"""
    acts = list(Event.objects.of(post).select_related("revision").order_by("number"))
    shown = [act for act in acts if act.verb == "publish" and act.revision_id == post.live_id]
    if any(act.details.get("glass") for act in shown):
        looked = [act for act in acts if act.verb == "look_over" and act.number > shown[0].number]
        return bool(post.glass_id) or bool(looked)
    approvals = [
        act for act in acts if act.verb == "approve" and act.details["content"] == Content.of(post.live).hash()
    ]
    return any(act.by_id != post.live.by_id for act in approvals)


def test_whatever_three_people_do_what_is_live_is_answered_for():
    for name in NAMES:
        make_user(name, "Publisher", first_name=name.title())
    people = [person(name) if name != "nina" else make_user("nina", "Publisher") for name in NAMES]
    post = revisions.start(Content("one"), by=people[0])
    expanded, lives, broken_ones = {}, 0, 0

    def go_on(left):
        nonlocal lives, broken_ones
        now = fresh(post)
        if now.live_id:
            assert answers_for(now), [(act.verb, act.by_name) for act in now.events.order_by("number")]
            lives, broken_ones = lives + 1, broken_ones + bool(now.glass_id)
        key = standing(now, people)
        if left <= expanded.get(key, 0):
            return
        expanded[key] = left
        for act in actions(now, people):
            mark = transaction.savepoint()
            try:
                act()
            except workflow.WorkflowError:
                transaction.savepoint_rollback(mark)
                continue
            go_on(left - 1)
            transaction.savepoint_rollback(mark)

    with transaction.atomic():
        go_on(DEPTH)
    assert min(lives, broken_ones) > 20, (lives, broken_ones)
