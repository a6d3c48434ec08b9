"""What readers see is changed while a draft stands behind it, and the draft stays one."""

import pytest

from blog import mending, removal, schedule, suggestions, verifying, workflow
from blog.models import Revision, Schedule
from blog.refusals import NotAllowed, Stale, WrongState
from blog.revisions import Content
from blog.writers import Writer
from tests.blog.test_admin_writing import as_sent
from tests.blog.test_schedule import becomes_due, in_hours, last_event, planned, row_of
from tests.factories import (
    everything,
    four_eyes,
    fresh,
    make_admin,
    make_content,
    make_live_post,
    make_live_update,
    make_rolling_post,
    make_suggestion,
    person,
    rewrite_update,
    write,
)

pytestmark = pytest.mark.django_db
BODY = "<p>The brigde is shut.</p><p>The council meets.</p>"
MENDED = "<p>The bridge is shut.</p><p>The council meets.</p>"


@pytest.fixture(autouse=True)
def one_pair_of_eyes():
    with four_eyes(False):
        yield


def with_draft(body="<p>The brigde is shut.</p><p>The council meets at six.</p>"):
    post = make_live_post(body=BODY)
    write(post, by=person("colin"), body=body)
    return fresh(post)


def mended(piece, by="paula", body=MENDED, kind="typo", **words):
    content = Content(**(vars(Content.of(piece.live)) | {"body": body}))
    return mending.mend(piece, content, live=piece.live, by=person(by), kind=kind, **words)


def is_whole():
    return list(verifying.verify()) == []


def test_the_change_goes_out_and_the_draft_comes_on_top_with_it():
    post = mended(with_draft(), kind="correction", public_note="It is spelt bridge.", why="Seen", warnings=["words"])
    assert (post.live.number, post.live.body, post.live.by_name) == (3, MENDED.replace("><p", ">\n<p"), "Paula")
    assert (post.head.number, post.head.by_name, post.stage) == (4, "Colin", "draft")
    assert post.head.body == "<p>The bridge is shut.</p>\n<p>The council meets at six.</p>"
    event = post.events.filter(verb="publish").latest("number")
    assert (event.kind, event.public_note, event.revision.number) == ("correction", "It is spelt bridge.", 3)
    assert (event.details["warnings"], event.details["why"]) == (["words"], "Seen")
    assert is_whole()


def test_a_draft_whose_words_were_removed_is_not_put_on_top_again():
    post = with_draft()
    words = {"reason": "A court", "public_reason": "Removed for legal reasons."}
    post = mended(removal.remove(post, [post.head], by=make_admin(), **words))
    assert (post.head.number, post.head, post.stage) == (3, post.live, "published")
    assert is_whole()


def test_an_update_is_changed_in_the_same_way():
    update = make_live_update(make_rolling_post(), body=BODY)
    rewrite_update(update, by=person("colin"), body="<p>The brigde is shut.</p><p>The council meets at six.</p>")
    update = mended(fresh(update))
    assert (update.live.body, update.head.by_name) == (MENDED.replace("><p", ">\n<p"), "Colin")
    assert update.head.body == "<p>The bridge is shut.</p>\n<p>The council meets at six.</p>"
    assert (update.stage, is_whole()) == ("draft", True)


def test_where_the_draft_says_something_else_there_both_stand_in_it():
    post = mended(with_draft("<p>The tunnel is shut.</p><p>The council meets.</p>"))
    assert post.live.body == MENDED.replace("><p", ">\n<p")
    assert "<mark>⟦⇄ What readers see:⟧</mark> bridge <mark>⟦⇄ Colin:⟧</mark> tunnel <mark>⟦⇄⟧</mark>" in post.head.body
    with pytest.raises(WrongState, match="keep one of them"):
        workflow.publish(post, post.head, by=person("paula"), kind="update")
    assert is_whole()


def test_what_is_planned_goes_out_with_the_change_in_it():
    post = planned(with_draft())
    post = mended(post)
    assert Schedule.objects.of(post).planned().count() == 1
    becomes_due(post)
    assert schedule.do_due().is_well()
    post = fresh(post)
    assert post.live.body == "<p>The bridge is shut.</p>\n<p>The council meets at six.</p>"
    assert (post.live, post.stage, is_whole()) == (post.head, "published", True)


@pytest.mark.parametrize("verb", ["recall", "request_changes"])
def test_who_takes_back_the_draft_on_top_again_takes_its_plan(verb):
    post = workflow.submit(with_draft(), by=person("colin"))
    post = planned(workflow.approve(post, post.head, by=person("edith")))
    post = mended(post)
    row = row_of(post)
    assert (row.revision, row.over, post.stage) == (post.head, post.live, "review")
    note = {"note": "Who says so?"} if verb == "request_changes" else {}
    post = getattr(workflow, verb)(post, by=person("edith"), **note)
    assert row_of(post).state == Schedule.State.CANCELLED
    assert (last_event(post).verb, last_event(post).details["because"]) == ("take_back", verb)
    assert is_whole()


def test_what_is_planned_of_an_older_version_stays_with_that():
    post = planned(with_draft())
    planned_one = post.head
    post = workflow.submit(write(post, by=person("colin"), headline="Of the newer draft"), by=person("colin"))
    post = mended(post)
    row = row_of(post)
    assert (row.revision, row.over.number) == (planned_one, 1)
    post = workflow.request_changes(post, by=person("edith"), note="Who says so?")
    assert row_of(post).state == Schedule.State.DUE
    becomes_due(post)
    assert schedule.do_due().is_well()
    post = fresh(post)
    assert post.live.body == "<p>The bridge is shut.</p>\n<p>The council meets at six.</p>"
    assert (post.live.headline, post.head.headline) == ("Council closes the bridge", "Of the newer draft")


def test_a_plan_of_an_update_stands_with_its_draft_on_top_again():
    update = make_live_update(make_rolling_post(), body=BODY)
    rewrite_update(update, by=person("colin"), body="<p>The brigde is shut.</p><p>The council meets at six.</p>")
    update = mended(planned(fresh(update)))
    assert (row_of(update).revision, row_of(update).over) == (update.head, update.live)


@pytest.mark.parametrize("body", [MENDED, "<p>The bridge is shut.</p><p>The council meets.</p><p>Done.</p>"])
def test_a_plan_of_which_nothing_is_left_is_one_no_longer(body):
    """The draft said what is published now, or a part of it."""
    post = mended(planned(with_draft(MENDED)), body=body)
    assert (post.live, post.stage) == (post.head, "published")
    assert row_of(post).state == Schedule.State.CANCELLED
    assert last_event(post).details["because"] == "publish"


def test_a_draft_that_said_the_very_same_is_what_goes_out():
    post = mended(with_draft(MENDED))
    assert (post.live, post.head.number, post.stage, is_whole()) == (post.head, 2, "published", True)


def test_everybody_who_wrote_behind_it_stays_known():
    post = with_draft()
    write(post, by=person("edith"), body="<p>The brigde is shut.</p><p>The council meets at seven.</p>")
    post = mended(fresh(post))
    assert post.head.by_name == "Edith" and "at seven" in post.head.body
    assert all(Writer(post, person(name)).wrote_unseen() for name in ("colin", "edith"))


@pytest.mark.parametrize("to", [None, "edith"])
def test_what_waited_for_somebody_waits_again(to):
    post = workflow.submit(with_draft(), by=person("colin"), to=to and person(to))
    post = mended(post)
    assert (post.stage, post.head.number) == ("review", 4)
    assert is_whole()


def test_what_was_asked_is_asked_again():
    words = {"to": person("edith"), "due_at": in_hours(3), "note": "Is six right?"}
    post = mended(workflow.submit(with_draft(), by=person("colin"), **words))
    [asked] = post.review_requests.open()
    assert (asked.to_user, asked.due_at, asked.note) == tuple(words.values())
    assert (last_event(post).verb, last_event(post).by, last_event(post).note) == (
        "submit",
        person("colin"),
        "Is six right?",
    )


def test_what_was_asked_until_a_time_that_has_passed_is_asked_of_the_same_one_again():
    post = workflow.submit(with_draft(), by=person("colin"), to=person("edith"), due_at=in_hours(3))
    post.review_requests.update(due_at=in_hours(-1))
    [asked] = mended(post).review_requests.open()
    assert (asked.to_user, asked.due_at) == (person("edith"), None)


def test_who_sent_what_somebody_else_wrote_has_sent_it_again():
    post = mended(workflow.submit(with_draft(), by=person("edith")))
    assert (last_event(post).verb, last_event(post).by, post.head.by) == ("submit", person("edith"), person("colin"))


def test_what_was_asked_of_who_can_be_asked_no_more_is_asked_of_all():
    post = workflow.submit(with_draft(), by=person("colin"), to=person("edith"), note="Is six right?")
    person("edith").groups.clear()
    [asked] = mended(post).review_requests.open()
    assert (asked.to_user, asked.to_group, asked.note) == (None, None, "Is six right?")


def test_approved_words_that_are_others_now_are_approved_no_longer():
    post = workflow.submit(with_draft(), by=person("colin"))
    post = workflow.approve(post, post.head, by=person("edith"))
    assert mended(post).stage == "review"


@pytest.mark.parametrize(
    ("by", "refused", "words"),
    [("edith", NotAllowed, "Your account"), ("carla", NotAllowed, "Your account")],
)
def test_who_may_not_publish_may_not_change_what_readers_see(by, refused, words):
    post = with_draft()
    before = everything()
    with pytest.raises(refused, match=words):
        mended(post, by=by)
    assert everything() == before


def test_what_has_to_be_approved_is_not_changed_past_that():
    post = with_draft()
    before = everything()
    with four_eyes(True), pytest.raises(WrongState, match="approve every word"):
        mended(post)
    assert everything() == before


def test_nothing_is_changed_where_there_is_nothing_to_change():
    post = with_draft()
    before = everything()
    with pytest.raises(WrongState, match="exactly that already"):
        mended(post, body=BODY)
    with pytest.raises(WrongState, match="what kind"):
        mended(post, kind="")
    with pytest.raises(WrongState, match="sentence for readers"):
        mended(post, kind="correction")
    old = Revision.objects.of(post).get(number=2)
    with pytest.raises(Stale, match="version 1 by now"):
        mending.mend(post, make_content(), live=old, by=person("paula"), kind="typo")
    assert everything() == before
    with pytest.raises(WrongState, match="no draft behind"):
        mended(make_live_post("Another"))


def test_a_suggestion_for_words_that_the_draft_has_otherwise_stands_in_it_marked():
    post = make_live_post(body="<p>The brigde is shut.</p>")
    suggestion = make_suggestion(post, "brigde", "bridge")
    write(post, by=person("colin"), body="<p>The tunnel is shut.</p>")
    suggestions.apply(suggestion, by=person("paula"), kind="typo")
    post = fresh(post)
    assert post.live.body == "<p>The bridge is shut.</p>"
    assert (
        post.head.body == "<p>The <mark>⟦⇄ What readers see:⟧</mark> bridge "
        "<mark>⟦⇄ Colin:⟧</mark> tunnel <mark>⟦⇄⟧</mark> is shut.</p>"
    )


def test_a_plan_stands_with_the_draft_that_got_what_was_suggested():
    post = make_live_post(body=BODY)
    suggestion = make_suggestion(post, "brigde", "bridge")
    post = planned(write(post, by=person("colin"), headline="Of the draft"))
    suggestions.apply(suggestion, by=person("paula"), kind="typo")
    post = fresh(post)
    assert (row_of(post).revision, row_of(post).over, post.head.number) == (post.head, post.live, 4)


def pages(client, piece, by="paula"):
    """Opens the page of what readers see, and sends it with changes."""
    client.force_login(person(by))
    address = f"/admin/blog/post/{piece.post.pk}/"
    address += f"updates/{piece.number}/" if piece.post is not piece else "change/"
    opened = client.get(f"{address}?live=1")
    if opened.status_code != 200:
        return opened, None
    sent = as_sent(opened.context["form"])
    return opened, lambda **changes: client.post(f"{address}?live=1", sent | changes)


def test_the_page_shows_what_readers_see_and_publishes_what_was_made_of_it(client):
    post = with_draft()
    client.force_login(person("paula"))
    assert "Change what readers see" in client.get(f"/admin/blog/post/{post.pk}/change/").content.decode()
    opened, send = pages(client, post)
    assert opened.context["form"]["body"].value() == post.live.body
    before = everything()
    assert send(body=MENDED, change="typo").status_code == 400  # Enter in a line
    assert send(body=MENDED, verb="mend").status_code == 400  # of what kind?
    assert send(verb="mend", change="typo").status_code == 409  # nothing is different
    assert send(body=MENDED, verb="mend", change="correction").status_code == 409  # no sentence
    assert everything() == before
    assert send(body=MENDED, verb="mend", change="typo").status_code == 302
    post = fresh(post)
    assert (post.live.number, post.head.number, post.head.by_name) == (3, 4, "Colin")
    assert "The bridge is shut" in post.live.body and "at six" not in post.live.body
    again = send(body=MENDED, verb="mend", change="typo")
    assert (again.status_code, fresh(post).sequence) == (409, post.sequence)


def test_the_page_of_an_update_does_the_same(client):
    update = make_live_update(make_rolling_post(), body=BODY)
    rewrite_update(update, by=person("colin"), body="<p>The brigde is shut.</p><p>The council meets at six.</p>")
    _opened, send = pages(client, fresh(update))
    response = send(**{"update-body": MENDED, "update-change": "typo", "verb": "mend"})
    assert response.status_code == 302
    update = fresh(update)
    assert "The bridge is shut" in update.live.body and "at six" not in update.live.body
    assert "The bridge is shut" in update.head.body and "at six" in update.head.body


def test_who_was_slower_sees_both_together_and_publishes_them_then(client):
    post = with_draft()
    _opened, send = pages(client, post)
    mended(post)
    response = send(body=BODY.replace("council", "mayor"), verb="mend", change="update")
    assert response.status_code == 409 and "Paula changed what readers see" in response.content.decode()
    form = response.context["form"]
    assert form["body"].value() == "<p>The bridge is shut.</p>\n<p>The mayor meets.</p>"
    assert send(**(as_sent(form) | {"verb": "mend", "change": "update"})).status_code == 302
    assert fresh(post).live.body == "<p>The bridge is shut.</p>\n<p>The mayor meets.</p>"


def test_what_is_more_than_a_typo_is_asked_about(client):
    post = make_live_post(body="<p>The bridge holds 9 tonnes.</p>")
    write(post, by=person("colin"), headline="Other")
    _opened, send = pages(client, fresh(post))
    typed = {"body": "<p>The bridge holds 7 tonnes.</p>", "change": "typo", "verb": "mend"}
    response = send(**typed)
    assert (response.status_code, fresh(post).live.number) == (409, 1)
    sure = {"publish-sure": response.context["doubt_names"]}
    assert sure["publish-sure"]
    assert send(**typed, **sure).status_code == 302
    assert "7 tonnes" in fresh(post).live.body


@pytest.mark.parametrize(("by", "eyes"), [("edith", False), ("paula", True)])
def test_who_may_not_is_sent_back_and_has_no_button(client, by, eyes):
    post = with_draft()
    with four_eyes(eyes):
        opened, _send = pages(client, post, by)
        assert (opened.status_code, opened["Location"]) == (302, f"/admin/blog/post/{post.pk}/change/")
        assert "?live=1" not in client.get(f"/admin/blog/post/{post.pk}/change/").content.decode()
