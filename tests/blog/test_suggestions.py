"""What readers say should read otherwise: taken, applied, declined."""

from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from blog import answering, pointing, suggestions, workflow
from blog.models import Allowance, Event, Outgoing, Post, Suggestion, Tally, TooFast, address_key
from blog.rendering import Unacceptable
from blog.revisions import Content
from blog.verifying import verify
from tests import factories
from tests.blog.chains import faults
from tests.factories import (
    everything,
    four_eyes,
    fresh,
    make_contributor,
    make_editor,
    make_live_post,
    make_live_update,
    make_page,
    make_publisher,
    make_rolling_post,
    person,
    published,
    write,
)
from tests.racing import database_for_race, race

BODY = "<p>The bridge opened in <em>October 1974</em> and rests on four bearings.</p>\n<p>It was painted in 1974.</p>"
FIXED = BODY.replace("October 1974", "October 1976")

pytestmark = pytest.mark.django_db


@pytest.fixture
def post():
    return make_live_post(body=BODY, standfirst="Nobody knows why.\nEngineers look.", at=timezone.now())


def make_suggestion(piece, exact="October 1974", replacement="October 1976", **more):
    return factories.make_suggestion(piece, exact, replacement, **{"about": "fact"} | more)


def body_of(piece):
    return fresh(piece).live.body


def refused(error, verb, *args, **named):
    """It is refused with a sentence, and nothing is changed by that."""
    before = everything()
    with pytest.raises(error) as refusal:
        verb(*args, **named)
    assert everything() == before
    return str(refusal.value)


# Taken


def test_a_suggestion_keeps_the_words_and_what_stands_beside_them(post):
    made = make_suggestion(post, credit="Marit Dahl", email="marit@mail.example", remark="I was there.")
    kept = Suggestion.objects.get()
    assert kept == made
    assert (kept.exact, kept.replacement) == ("October 1974", "October 1976")
    assert (kept.before, kept.after) == ("The bridge opened in ", " and rests on four bearings. I")
    assert (kept.state, kept.revision, kept.update) == ("open", post.live, None)
    assert (kept.credit, kept.email, kept.remark) == ("Marit Dahl", "marit@mail.example", "I was there.")


def test_words_that_stand_there_twice_need_their_neighbours(post):
    assert "more than once" in refused(pointing.NotThere, make_suggestion, post, "1974", "1976")
    made = make_suggestion(post, "1974", "1976", before="painted in ", after=".")
    assert made.before.endswith("painted in ")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"exact": "October 1975"}, "do not stand there"),
        ({"exact": "  "}, "which words"),
        ({"exact": "x" * 401}, "400 is the most"),
        ({"replacement": "x" * 501}, "500 is the most"),
        ({"replacement": "October 1974"}, "what it says now"),
        ({"replacement": ""}, "what it should say"),
        ({"replacement": "\x07"}, "control"),
        ({"about": "spam"}, "kind of mistake"),
        ({"part": "byline"}, "which part"),
        ({"email": "marit"}, "no e-mail address"),
        ({"credit": "x" * 101}, "100 is the most"),
        ({"remark": "x" * 2001}, "2000 is the most"),
    ],
)
def test_what_is_not_taken(post, words, says):
    assert says in refused(Unacceptable, make_suggestion, post, **words)


def test_a_replacement_reads_as_it_looks():
    """Nobody brings in characters that an editor does not see; those of the text itself are left where they are."""
    post = make_live_post(body="<p>The bri\u200bdge of \u2067\u05d0\u2069 opened in 1974.</p>", at=timezone.now())
    made = make_suggestion(post, "1974", "\u202e6791\u202c\ufeff \u200b ")
    assert made.replacement == "6791"
    assert make_suggestion(post, "The bri\u200bdge", "That bri\u200bdge").replacement == "That bri\u200bdge"
    of_letter = make_suggestion(post, "of \u2067\u05d0\u2069", "at \u2067\u05d0\u2069")
    assert of_letter.replacement == "at \u2067\u05d0\u2069"
    refused(Unacceptable, make_suggestion, post, "1974", "19\u200b74")


def test_only_wordings_that_were_public_can_be_wrong(post):
    draft = write(post, body="<p>October 1974</p>").head
    assert "never public" in refused(Unacceptable, make_suggestion, fresh(post), revision=draft)
    other = make_live_post("Another", body=BODY)
    assert "another piece" in refused(Unacceptable, make_suggestion, post, revision=other.live)


def test_an_older_wording_was_public_too(post):
    old = post.live
    newer = published(write(post, body=FIXED), kind="correction", public_note="We said 1974.")
    made = make_suggestion(newer, revision=old)
    assert pointing.sight(made).place == "done"


def test_the_same_sent_twice_is_one(post):
    key = address_key("192.0.2.7")
    first = make_suggestion(post, address=key)
    assert make_suggestion(post, address=key) == first
    assert Suggestion.objects.count() == 1
    assert Allowance.objects.get().used == 1
    later = timezone.now() + timedelta(minutes=1)
    assert make_suggestion(post, replacement="October 1977", address=key, at=later) != first


def test_one_address_is_not_taken_for_ever(post):
    key, now = address_key("192.0.2.7"), timezone.now()
    for number in range(suggestions.MOST):
        make_suggestion(post, replacement=str(number), address=key, at=now + number * suggestions.PAUSE)
    at = now + suggestions.MOST * suggestions.PAUSE
    refused(TooFast, make_suggestion, post, replacement="more", address=key, at=at)
    assert make_suggestion(post, replacement="more", address=address_key("192.0.2.8"), at=at)


def test_two_at_once_are_one_too_many(post):
    now = timezone.now()
    make_suggestion(post, address="a", at=now)
    refused(TooFast, make_suggestion, post, replacement="x", address="a", at=now + timedelta(seconds=4))


# Applied


@pytest.mark.parametrize("on", [False, True])
def test_applied_words_are_the_next_wording(post, on):
    made = make_suggestion(post, credit="Marit Dahl")
    with four_eyes(on):
        done = suggestions.apply(made, by=make_publisher(), kind="correction")
    after = fresh(post)
    assert after.head.body == FIXED
    assert after.head.kind == "correction"
    assert done.resolved == after.head and after.head.based_on == post.live
    assert (done.state, done.decided_by_name) == ("applied", "Paula")
    assert faults(after) == []
    note = "We said “October 1974”. It is “October 1976”. Thank you to Marit Dahl, who pointed this out."
    if on:
        assert (after.stage, body_of(post)) == ("review", BODY)
        assert after.events.order_by("number").last().note == note
        assert not suggestions.is_public(done)
        published(after, kind="correction", public_note=note)
    else:
        assert (after.stage, body_of(post)) == ("published", FIXED)
    assert suggestions.is_public(done)
    assert Event.objects.get(kind="correction", public=True).public_note == note


@four_eyes(False)
def test_a_note_that_is_given_is_the_note(post):
    made = make_suggestion(post, credit="Buy Boats")
    suggestions.apply(made, by=make_publisher(), kind="correction", public_note="It was 1976.", warnings=["number"])
    event = Event.objects.get(kind="correction", public=True)
    assert (event.public_note, event.details) == ("It was 1976.", {"warnings": ["number"]})


@four_eyes(False)
def test_a_typo_is_quiet(post):
    made = make_suggestion(post, "bearings", "bearings,", about="spelling", credit="Marit Dahl")
    suggestions.apply(made, by=make_publisher(), kind="typo")
    assert fresh(post).notices == []
    assert "Marit" not in fresh(post).events.order_by("number").last().public_note


@four_eyes(False)
@pytest.mark.parametrize("part", ["headline", "standfirst", "summary"])
def test_every_part_can_be_mended(part):
    text = {
        "headline": "Council closes Brige",
        "standfirst": "The Brige is shut.\nSince noon.",
        "summary": "<p>Brige</p>",
    }
    post = make_live_post(**text)
    suggestions.apply(make_suggestion(post, "Brige", "Bridge & Co", part=part), by=make_publisher(), kind="typo")
    said = "Bridge &amp; Co" if part == "summary" else "Bridge & Co"
    assert Content.of(fresh(post).live) == Content(
        **Content.of(post.live).__dict__ | {part: text[part].replace("Brige", said)}
    )


@four_eyes(False)
def test_an_update_is_mended_and_nothing_else():
    post = make_rolling_post(body=BODY)
    update = make_live_update(post, body="<p>Engineers found a crak.</p>")
    other = make_live_update(post, body="<p>Engineers found a crak.</p>")
    suggestions.apply(make_suggestion(update, "crak", "crack"), by=make_publisher(), kind="typo")
    assert body_of(update) == "<p>Engineers found a crack.</p>"
    assert body_of(other) == "<p>Engineers found a crak.</p>"
    assert body_of(post) == BODY
    assert list(verify()) == []


@four_eyes(False)
def test_the_words_are_found_in_what_stands_there_now(post):
    made = make_suggestion(post)
    body = "<h2>What is new</h2>\n" + BODY.replace("painted in 1974", "painted in 1980")
    published(write(post, body=body))
    suggestions.apply(made, by=make_publisher(), kind="correction")
    assert body_of(post) == body.replace("October 1974", "October 1976")


@four_eyes(False)
def test_where_the_words_are_gone_it_says_so(post):
    made = make_suggestion(post)
    published(write(post, body="<p>The bridge is old.</p>"))
    assert "October 1974" in refused(suggestions.Gone, suggestions.apply, made, by=make_publisher(), kind="typo")
    assert pointing.sight(Suggestion.objects.get()).place == "gone"


@four_eyes(False)
def test_where_somebody_has_done_it_nothing_is_written(post):
    made = make_suggestion(post)
    fixed = published(write(post, body=FIXED), kind="correction", public_note="We said 1974.")
    published(write(post, body=FIXED + "\n<p>More.</p>"))
    done = suggestions.apply(made, by=make_publisher(), kind="correction")
    assert done.resolved == fixed.live
    assert fresh(post).revisions.count() == 3


@four_eyes(False)
def test_a_draft_stays_a_draft_and_has_it_too(post):
    made = make_suggestion(post)
    draft = write(post, body=BODY + "\n<p>Not for readers yet.</p>")
    suggestions.apply(made, by=make_publisher(), kind="correction")
    after = fresh(post)
    assert after.live.body == FIXED
    assert after.head.body == FIXED + "\n<p>Not for readers yet.</p>"
    assert after.stage == Post.Stage.DRAFT
    assert [one.body for one in after.revisions.order_by("number")] == [BODY, draft.head.body, FIXED, after.head.body]
    assert faults(after) == []


@pytest.mark.parametrize("stage", ["draft", "review"])
def test_where_another_has_to_look_first_a_draft_gets_it_and_stays_where_it_was(post, stage):
    made = make_suggestion(post)
    draft = write(post, body=BODY + "\n<p>Not for readers yet.</p>")
    if stage == "review":
        workflow.submit(draft, by=make_contributor())
    suggestions.apply(made, by=make_publisher(), kind="correction")
    after = fresh(post)
    assert (after.stage, after.live, after.head.body) == (stage, post.live, FIXED + "\n<p>Not for readers yet.</p>")


@pytest.mark.parametrize(("wanted", "stage"), [(True, "review"), (False, "draft")])
def test_who_may_not_publish_writes_it(post, wanted, stage):
    with four_eyes(False):
        suggestions.apply(make_suggestion(post), by=make_editor(), kind="correction", publish=wanted)
    after = fresh(post)
    assert (after.stage, after.head.body, after.live) == (stage, FIXED, post.live)


@pytest.mark.parametrize("name", ["mod", "rita", "colin"])
def test_others_may_not(post, name):
    made = make_suggestion(post)
    assert not suggestions.may_decide(person(name), made)
    refused(workflow.NotAllowed, suggestions.apply, made, by=person(name), kind="typo")
    refused(workflow.NotAllowed, suggestions.decline, made, by=person(name), reason="No.")


def test_who_wrote_it_may_decide(post):
    assert suggestions.may_decide(make_contributor(), make_suggestion(post))


@four_eyes(False)
def test_what_is_decided_is_decided(post):
    applied, declined = make_suggestion(post), make_suggestion(post, "four bearings", "five bearings")
    suggestions.apply(applied, by=make_publisher(), kind="correction")
    suggestions.decline(declined, by=make_editor(), reason="There are four.")
    for verb, words in ((suggestions.apply, {"kind": "typo"}), (suggestions.decline, {"reason": "No."})):
        said = refused(workflow.WrongState, verb, applied, by=person("peter"), **words)
        assert said == "Paula has applied it meanwhile: version 2 has it."
        said = refused(workflow.WrongState, verb, declined, by=person("peter"), **words)
        assert said == "Edith has declined it meanwhile: “There are four.”"


@pytest.mark.parametrize("kind", ["draft", "", "joke"])
def test_every_change_says_what_it_is(post, kind):
    refused(workflow.WrongState, suggestions.apply, make_suggestion(post), by=make_publisher(), kind=kind)


def test_without_words_there_is_nothing_to_apply(post):
    made = make_suggestion(post, replacement="", remark="Who says so?", about="source")
    said = refused(workflow.WrongState, suggestions.apply, made, by=make_publisher(), kind="typo")
    assert "write that yourself" in said


@four_eyes(False)
def test_on_withdrawn_words_it_is_kept_and_says_so(post):
    rolling = make_rolling_post("Other", body=BODY)
    update = make_live_update(rolling, body=BODY)
    seen = update.live
    update = workflow.withdraw(update, by=make_publisher(), public_note="A misunderstanding.")
    made = make_suggestion(update, revision=seen)
    assert pointing.sight(made).place == "withdrawn"
    said = refused(workflow.WrongState, suggestions.apply, made, by=make_publisher(), kind="typo")
    assert "A misunderstanding." in said
    of_post = make_suggestion(post)
    workflow.withdraw(post, by=make_publisher(), public_note="All wrong.")
    said = refused(workflow.WrongState, suggestions.apply, of_post, by=make_publisher(), kind="typo")
    assert "All wrong." in said


def test_a_page_of_the_site_can_be_wrong_too():
    page = published(make_page(body=BODY))
    assert make_suggestion(page).post == page


# Declined


def test_declining_says_why_and_changes_no_words(post):
    made = make_suggestion(post)
    before = Tally.objects.of_post(post.pk).version
    done = suggestions.decline(made, by=make_editor(), reason=" It was 1974. ")
    assert (done.state, done.reason, done.resolved) == ("declined", "It was 1974.", None)
    assert fresh(post).head == post.head
    assert Tally.objects.of_post(post.pk).version == before + 1


def test_declining_needs_a_reason(post):
    refused(workflow.WrongState, suggestions.decline, make_suggestion(post), by=make_editor(), reason=" \n")
    refused(Unacceptable, suggestions.decline, make_suggestion(post), by=make_editor(), reason="x" * 501)


# Seen at the desk


def test_the_desk_sees_the_words_in_their_place(post):
    made = make_suggestion(post)
    seen = pointing.sight(made)
    assert seen == pointing.Sight(
        "stands", "The bridge opened in ", " and rests on four bearings. It was painted in 1974."
    )
    long = make_live_post("Long", body="<p>" + "word " * 99 + "Brige" + " word" * 99 + "</p>")
    seen = pointing.sight(make_suggestion(long, "Brige", "Bridge"))
    assert seen.before.startswith("…word ") and seen.after.endswith(" word…")
    assert len(seen.before) <= pointing.SHOWN_BESIDE + 1


# Answered


def send():
    call_command("send_outgoing", verbosity=0, stdout=open("/dev/null", "w"))  # noqa: SIM115


@four_eyes(False)
@pytest.mark.parametrize("verb", ["apply", "decline"])
def test_who_gave_an_address_gets_one_answer_and_the_address_goes(post, verb):
    made = make_suggestion(post, email="marit@mail.example", credit="Marit Dahl")
    if verb == "apply":
        suggestions.apply(made, by=make_publisher(), kind="correction")
    else:
        suggestions.decline(made, by=make_editor(), reason="It was 1974.")
    row = Outgoing.objects.get()
    assert row.payload == {"suggestion": made.pk} and "marit" not in row.key
    send()
    send()
    [letter] = mail.outbox
    assert letter.to == ["marit@mail.example"]
    assert post.live.headline in letter.subject
    assert ("October 1976" in letter.body) is (verb == "apply")
    assert ("It was 1974." in letter.body) is (verb == "decline")
    assert Suggestion.objects.get().email == ""


def test_without_an_address_nobody_is_told(post):
    suggestions.decline(make_suggestion(post), by=make_editor(), reason="It was 1974.")
    assert not Outgoing.objects.exists()


def test_what_waits_for_another_is_told_as_that(post):
    made = make_suggestion(post, email="marit@mail.example")
    suggestions.apply(made, by=make_publisher(), kind="correction")
    letter = answering.KINDS["suggestion_applied"](Outgoing.objects.get())
    assert "Readers see it once" in letter.body
    published(fresh(post), kind="correction", public_note="We said 1974.")
    letter = answering.KINDS["suggestion_applied"](Outgoing.objects.get())
    assert "Readers see it now" in letter.body


def test_who_was_erased_gets_no_answer(post):
    made = make_suggestion(post, email="marit@mail.example")
    suggestions.decline(made, by=make_editor(), reason="No.")
    Suggestion.objects.update(email="")
    assert answering.KINDS["suggestion_declined"](Outgoing.objects.get()) is None


def test_an_address_stays_as_long_as_its_answer_waits(post):
    made, still_open = (make_suggestion(post, replacement=one, email="marit@mail.example") for one in ("x", "y"))
    suggestions.decline(made, by=make_editor(), reason="No.")
    assert suggestions.forget_answered() == 0
    Outgoing.objects.update(state="failed")
    assert suggestions.forget_answered() == 1
    assert list(Suggestion.objects.exclude(email="")) == [still_open]


# At once


@pytest.mark.django_db(transaction=True)
def test_two_editors_at_once_make_one_wording(tmp_path):
    post = make_live_post(body=BODY)
    made = make_suggestion(post)
    make_publisher(), person("peter")
    place = database_for_race(connection, tmp_path)
    said = race(place, *(["apply_suggestion", name, made.pk] for name in ("paula", "peter", "paula", "peter")))
    assert sorted(said, key=str) == [2, "WrongState", "WrongState", "WrongState"]
    [found] = race(place, ["look", post.pk])
    assert found["revisions"] == [1, 2] and found["faults"] == []
    assert found["body"] == FIXED


@pytest.mark.django_db(transaction=True)
def test_the_same_sent_twice_at_once_is_one(tmp_path):
    post = make_live_post(body=BODY)
    place = database_for_race(connection, tmp_path)
    said = race(place, *(["suggest", post.pk, "192.0.2.9"] for _ in range(4)))
    assert len(set(said)) == 1 and isinstance(said[0], int)


def test_a_draft_that_was_in_review_is_in_review_again_with_the_fix(settings):
    settings.FOUR_EYES = False
    post = make_live_post(body="<p>The bride is closed.</p>")
    suggestion = factories.make_suggestion(post, exact="bride", replacement="bridge")
    post = factories.write(post, standfirst="New.", by=person("carla"))
    workflow.submit(post, by=person("carla"), to=person("edith"))
    suggestions.apply(suggestion, by=person("paula"), kind="typo")
    post = fresh(post)
    assert (post.stage, post.head.standfirst, "bridge" in post.head.body) == ("review", "New.", True)
    assert [one.to_user for one in post.review_requests.open()] == [person("edith")]
