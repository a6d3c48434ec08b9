"""Rolling coverage: updates go through the same verbs as posts, and what is said of them adds up from the record."""

from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from blog import belonging, board, columns, events, moments, revisions, updates, workflow, writers
from blog.models import Event, ReviewStep, Revision, StoryType
from blog.rendering import Unacceptable
from blog.revisions import Content
from blog.workflow import NotAllowed, Stale, WrongState
from blog.writers import Writer
from tests.blog.chains import faults
from tests.factories import (
    NOON,
    everything,
    four_eyes,
    fresh,
    in_stage,
    make_editor,
    make_live_page,
    make_live_post,
    make_live_update,
    make_post,
    make_publisher,
    make_rolling_post,
    make_update,
    person,
    publish_update,
    published,
    rewrite_update,
    write,
)

pytestmark = pytest.mark.django_db

OF_POST = (
    "live_id published_at updated_at coverage next_update_at promise summary_at version public_sequence "
    "text_sequence notices update_count"
).split()
OF_UPDATE = "live_id happened_at published_at updated_at pinned key withdrawal_id public_sequence".split()
PEOPLE = ["rita", "mod", "carla", "colin", "edith", "paula", "ada"]


def in_an_hour():
    return timezone.now() + timedelta(hours=1)


def assert_sound(post):
    """What the columns say is what the events add up to."""
    post = fresh(post)
    state = moments.state(moments.acts_of(post.pk, up_to=post.sequence))
    assert [getattr(post, column) for column in OF_POST] == [getattr(state, column) for column in OF_POST]
    for update in post.updates.all():
        said = state.updates.get(update.pk) or moments.UpdateState(update.number, happened_at=update.happened_at)
        assert [getattr(update, column) for column in OF_UPDATE] == [getattr(said, column) for column in OF_UPDATE]


def refused(act, error):
    """The act is refused with this error and leaves nothing behind; gives the sentence."""
    before = everything()
    with pytest.raises(error) as caught:
        act()
    assert everything() == before
    return str(caught.value)


def verbs_of(piece):
    return list(Event.objects.of(piece).order_by("number").values_list("verb", flat=True))


def test_pointers_are_what_the_events_add_up_to():
    post, paula = make_rolling_post(), make_publisher()
    one, two = make_live_update(post, "One"), make_update(post, "Two")
    one = rewrite_update(one, headline="One, corrected", kind="correction")
    one = publish_update(one, kind="correction", public_note="It was two.")
    updates.pin(one, by=paula)
    two = publish_update(two)
    workflow.withdraw(two, by=paula, public_note="Wrong.")
    assert_sound(post)


def test_they_add_up_also_while_the_story_is_off_the_site():
    post, paula = make_rolling_post(), make_publisher()
    update = make_live_update(post)
    updates.mark_key(update, by=paula)
    updates.promise(fresh(post), in_an_hour(), by=paula)
    workflow.withdraw(fresh(post), by=paula, public_note="All wrong.")
    assert_sound(post)
    workflow.withdraw(fresh(update), by=paula, public_note="Wrong.")
    assert_sound(post)
    updates.end(fresh(post), by=person("ada"))
    assert_sound(post)


def test_an_update_links_to_its_own_sources():
    post = make_rolling_post()
    update = make_update(post, body='<p>One.<a href="#s1">1</a></p>')
    assert update.head.body == f'<p>One.<a href="#t-u{update.number}-s1">1</a></p>'
    assert rewrite_update(update, headline="Other").head.body == update.head.body


# Who may


def may(act, *pieces):
    """Who of PEOPLE may do this; each tries it on the same state."""
    allowed = []
    for name in PEOPLE:
        try:
            with undone():
                act(person(name), *(fresh(piece) for piece in pieces))
                allowed.append(name)
        except NotAllowed:
            pass
    return allowed


class Undone(Exception):
    pass


@contextmanager
def undone():
    """What is done in here is not done afterwards."""
    try:
        with transaction.atomic():
            yield
            raise Undone
    except Undone:
        pass


LEAD = {
    "roll": lambda by, post, _one: updates.roll(post, by=by),
    "end": lambda by, post, _one: updates.end(post, by=by),
    "promise": lambda by, post, _one: updates.promise(post, in_an_hour(), by=by),
    "pin": lambda by, _post, update: updates.pin(update, by=by),
    "unpin": lambda by, _post, update: updates.unpin(update, by=by),
    "mark_key": lambda by, _post, update: updates.mark_key(update, by=by),
    "unmark_key": lambda by, _post, update: updates.unmark_key(update, by=by),
}


@pytest.mark.parametrize("verb", LEAD)
def test_who_says_how_a_story_goes_on(verb):
    live = make_rolling_post()
    assert may(LEAD[verb], live, make_update(live)) == ["paula", "ada"]
    draft = updates.roll(make_post(), by=person("carla"))
    assert may(LEAD[verb], draft, make_update(draft)) == ["carla", "edith", "paula", "ada"]


def test_who_writes_an_update():
    def add(by, post):
        updates.add(post, Content("News"), by=by)

    assert may(add, make_rolling_post()) == ["carla", "colin", "edith", "paula", "ada"]
    draft = updates.roll(make_post(), by=person("carla"))
    assert may(add, draft) == ["carla", "edith", "paula", "ada"]  # nobody adds to what he does not see


def test_who_rewrites_an_update():
    def rewrite(by, update):
        updates.rewrite(update, Content("Other"), by=by)

    post = make_rolling_post()  # carla's
    assert may(rewrite, make_update(post, by=person("colin"))) == ["colin", "edith", "paula", "ada"]
    assert may(rewrite, make_update(post)) == ["carla", "edith", "paula", "ada"]


def test_who_reads_what_nobody_published():
    post = make_rolling_post()  # carla's
    update = make_update(post, by=person("colin"))
    assert [name for name in PEOPLE if writers.may_read_drafts(person(name), update)] == [
        *("carla", "colin", "edith", "paula", "ada"),
    ]
    other = make_update(make_rolling_post(by=person("colin")), by=person("edith"))
    assert not writers.may_read_drafts(person("carla"), other)


@pytest.mark.parametrize(
    ("verb", "allowed"),
    [
        ("submit", ["colin", "edith", "paula", "ada"]),
        ("spike", ["colin", "edith", "paula", "ada"]),
        ("publish", ["paula", "ada"]),
    ],
)
@four_eyes(False)
def test_who_moves_an_update_on(verb, allowed):
    def act(by, update):
        getattr(workflow, verb)(update, *([update.head] if verb == "publish" else []), by=by)

    assert may(act, make_update(make_rolling_post(), by=person("colin"))) == allowed


# Coverage


def test_a_story_runs_ends_and_runs_again():
    post, paula = make_live_post(), make_publisher()
    post = updates.roll(post, by=paula)
    assert (post.coverage, post.version) == ("rolling", 2)
    updates.promise(post, in_an_hour(), by=paula, words="after the council")
    post = updates.end(post, by=paula)
    assert (post.coverage, post.next_update_at, post.promise) == ("ended", None, "")
    post = updates.roll(post, by=paula)
    assert post.coverage == "rolling"
    assert verbs_of(post)[-4:] == ["roll", "promise", "end", "roll"]
    assert_sound(post)


def test_what_says_nothing_new_leaves_no_event():
    post, paula = make_rolling_post(), make_publisher()
    next_at = in_an_hour()
    updates.promise(post, next_at, by=paula)
    update = updates.mark_key(updates.pin(make_update(post), by=paula), by=paula)
    before = everything()
    updates.roll(fresh(post), by=paula)
    updates.promise(fresh(post), next_at, by=paula)
    updates.pin(update, by=paula)
    updates.mark_key(update, by=paula)
    assert everything() == before


def test_a_page_is_no_running_story():
    page = make_live_page()
    assert "no running story" in refused(lambda: updates.roll(page, by=make_publisher()), WrongState)


def test_what_is_spiked_does_not_run():
    post = in_stage("spiked")
    assert refused(lambda: updates.roll(post, by=person("carla")), WrongState) == "It is spiked: bring it back first."
    rolling = updates.roll(make_post(), by=person("carla"))
    workflow.spike(rolling, by=person("carla"))
    refused(lambda: updates.add(rolling, Content("News"), by=person("carla")), WrongState)


def test_what_does_not_run_cannot_end_promise_or_be_added_to():
    paula, post = make_publisher(), make_live_post()
    ended = updates.end(make_rolling_post("Other"), by=paula)
    for one in (post, ended):
        refused(lambda one=one: updates.end(one, by=paula), WrongState)
        refused(lambda one=one: updates.promise(one, in_an_hour(), by=paula), WrongState)
        refused(lambda one=one: updates.add(one, Content("News"), by=paula), WrongState)


def test_a_promise_is_for_a_time_that_comes_and_soon():
    post, paula = make_rolling_post(), make_publisher()
    now = timezone.now()
    for at in (now, now - timedelta(seconds=1)):
        assert refused(lambda at=at: updates.promise(post, at, by=paula), WrongState) == "That time has passed."
    far = now + timedelta(days=500)
    assert "more than a year" in refused(lambda: updates.promise(post, far, by=paula), WrongState)
    refused(lambda: updates.promise(post, in_an_hour(), by=paula, words="x" * 201), Unacceptable)


def test_a_promise_is_taken_back_with_its_words():
    post, paula = make_rolling_post(), make_publisher()
    updates.promise(post, in_an_hour(), by=paula, words=" after  the council ")
    assert fresh(post).promise == "after the council"
    post = updates.promise(post, None, by=paula, words="never")
    assert (post.next_update_at, post.promise) == (None, "")
    assert_sound(post)


def test_nothing_is_done_at_a_time_that_is_still_to_come():
    post, paula = make_rolling_post(), make_publisher()
    update, later = make_update(post), in_an_hour()
    acts = [
        lambda: updates.roll(make_live_post("Other"), by=paula, at=later),
        lambda: updates.end(post, by=paula, at=later),
        lambda: updates.promise(post, later + timedelta(hours=1), by=paula, at=later),
        lambda: updates.add(post, Content("News"), by=paula, at=later),
        lambda: updates.rewrite(update, Content("News"), by=paula, at=later),
        lambda: updates.pin(update, by=paula, at=later),
        lambda: updates.mark_key(update, by=paula, at=later),
    ]
    make_live_post("Other")
    for act in acts[1:]:
        assert refused(act, WrongState) == "That time is still to come."
    with pytest.raises(WrongState):
        acts[0]()


# Words and times


def test_an_update_without_a_time_happened_now():
    before = timezone.now()
    update = updates.add(make_rolling_post(), Content("News"), by=person("carla"))
    assert before <= update.happened_at == update.head.happened_at <= timezone.now()


def test_a_time_that_is_still_to_come_is_refused():
    post = make_rolling_post()
    later = events.spell(in_an_hour())
    refused(lambda: updates.add(post, Content("News", happened_at=later), by=person("carla")), WrongState)
    update = make_update(post)
    refused(lambda: updates.rewrite(update, Content("News", happened_at=later), by=person("carla")), WrongState)


def test_a_new_wording_keeps_its_time_unless_it_names_another():
    update = make_update(make_rolling_post())
    updates.rewrite(update, Content("Other"), by=person("carla"))
    assert fresh(update).head.happened_at == NOON
    earlier = NOON - timedelta(hours=1)
    updates.rewrite(update, Content("Other", happened_at=events.spell(earlier)), by=person("carla"))
    assert fresh(update).happened_at == earlier


def test_a_live_update_keeps_its_time_until_the_new_one_is_published():
    update = make_live_update(make_rolling_post())
    earlier = NOON - timedelta(hours=1)
    updates.rewrite(update, Content("Other", happened_at=events.spell(earlier)), by=person("carla"))
    assert fresh(update).happened_at == NOON
    update = publish_update(update)
    assert update.happened_at == earlier
    assert_sound(update.post)


def test_words_are_not_written_over_what_was_not_seen():
    update = make_update(make_rolling_post())
    first = update.head
    updates.rewrite(update, Content("Second"), by=person("carla"), based_on=first)
    refused(
        lambda: updates.rewrite(update, Content("Other"), by=person("carla"), based_on=first),
        revisions.Stale,
    )


def test_the_same_words_are_no_new_version():
    update = make_update(make_rolling_post())
    assert updates.rewrite(update, Content.of(update.head), by=person("carla")) is None


def test_numbers_have_no_gaps_whichever_piece_is_written():
    post = make_rolling_post()
    one = make_update(post, "One")
    rewrite_update(one, headline="Again")
    revisions.write(fresh(post), Content("Post again"), by=person("carla"))
    make_update(post, "Two")
    assert list(post.revisions.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4, 5]
    assert list(post.events.order_by("number").values_list("number", flat=True)) == list(
        range(1, post.events.count() + 1)
    )
    assert faults(fresh(post)) == []


# The same form sent twice


def test_the_same_words_sent_twice_from_one_form_are_one_update():
    post, carla = make_rolling_post(), person("carla")
    since = post.sequence
    content = Content("News", body='<p>One.<a href="#s1">1</a></p>')
    first = updates.add(post, content, by=carla, since=since)
    before = everything()
    assert updates.add(fresh(post), content, by=carla, since=since) == first
    assert everything() == before


def test_also_when_it_has_gone_on_meanwhile():
    post, carla, paula = make_rolling_post(), person("carla"), make_publisher()
    since = post.sequence
    first = updates.add(post, Content("News"), by=carla, since=since)
    updates.rewrite(first, Content("News, edited"), by=make_editor())
    updates.end(fresh(post), by=paula)
    assert updates.add(fresh(post), Content("News"), by=carla, since=since) == first


@pytest.mark.parametrize("what", ["other words", "another person", "a later form", "no form", "another time"])
def test_everything_else_is_another_update(what):
    post, carla = make_rolling_post(), person("carla")
    since, content = post.sequence, Content("News", happened_at=events.spell(NOON))
    updates.add(post, content, by=carla, since=since)
    post = fresh(post)
    if what == "other words":
        content = replace(content, headline="Other news")
    if what == "another time":
        content = replace(content, happened_at=events.spell(NOON - timedelta(minutes=1)))
    by = person("colin") if what == "another person" else carla
    since = {"a later form": post.sequence, "no form": None}.get(what, since)
    updates.add(post, content, by=by, since=since)
    assert post.updates.count() == 2


# Marks


def test_what_is_pinned_and_key_before_readers_see_it_is_no_public_event():
    post, paula = make_rolling_post(), make_publisher()
    update = updates.mark_key(updates.pin(make_update(post), by=paula), by=paula)
    assert list(update.events.filter(verb__in=["pin", "mark_key"]).values_list("public", flat=True)) == [False, False]
    update = publish_update(update)
    assert (update.pinned, update.key) == (True, True)
    updates.unpin(update, by=paula)
    assert update.events.latest("number").public
    assert_sound(post)


def test_few_are_pinned_and_not_too_many_are_key():
    post, paula = make_rolling_post(), make_publisher()
    found = [make_update(post, f"U{number}") for number in range(updates.MOST_KEY_MOMENTS + 1)]
    for update in found[: updates.MOST_PINNED]:
        updates.pin(update, by=paula)
    for update in found[: updates.MOST_KEY_MOMENTS]:
        updates.mark_key(update, by=paula)
    assert "3 already" in refused(lambda: updates.pin(found[-1], by=paula), WrongState)
    assert "30 already" in refused(lambda: updates.mark_key(found[-1], by=paula), WrongState)
    updates.unpin(found[0], by=paula)
    updates.pin(found[-1], by=paula)


def test_what_has_no_words_to_show_is_neither_pinned_nor_key_but_loses_its_mark():
    post, paula = make_rolling_post(), make_publisher()
    update = updates.pin(make_live_update(post), by=paula)
    workflow.withdraw(update, by=paula, public_note="Wrong.")
    refused(lambda: updates.mark_key(update, by=paula), WrongState)
    assert not updates.unpin(update, by=paula).pinned
    refused(lambda: updates.pin(update, by=paula), WrongState)
    spiked = workflow.spike(make_update(post), by=person("carla"))
    refused(lambda: updates.pin(spiked, by=paula), WrongState)
    assert_sound(post)


# Publishing


def why(update, verb, name="paula"):
    [offer] = [one for one in workflow.offers(fresh(update), person(name)) if one.verb == verb]
    return offer.why


def test_an_update_is_published_only_into_a_story_that_readers_see_and_that_runs():
    post, paula = make_rolling_post(), make_publisher()
    waiting, shown = make_update(post, "Waiting"), make_live_update(post, "Shown")
    waiting = workflow.approve(workflow.submit(waiting, by=person("carla")), waiting.head, by=make_editor())
    assert why(waiting, "publish") == ""
    updates.end(fresh(post), by=paula)
    ended = "The coverage has ended: nothing new is added to it."
    assert (
        why(waiting, "publish")
        == ended
        == refused(lambda: workflow.publish(waiting, waiting.head, by=paula), WrongState)
    )
    shown = rewrite_update(shown, headline="Shown, corrected")
    assert publish_update(shown).is_live()  # what readers know is put right also afterwards
    workflow.withdraw(fresh(post), by=paula, public_note="All wrong.")
    hidden = "The story that it belongs to is not public."
    assert (
        why(waiting, "publish")
        == hidden
        == refused(lambda: workflow.publish(waiting, waiting.head, by=paula), WrongState)
    )


def test_an_update_that_says_nothing_is_not_published():
    update = make_update(make_rolling_post(), "", body="")
    with four_eyes(False):
        assert "says nothing" in refused(lambda: workflow.publish(update, update.head, by=make_publisher()), WrongState)


def test_what_was_published_before_its_time_is_refused():
    update = make_update(make_rolling_post(), at=NOON)
    with four_eyes(False):
        before = NOON - timedelta(minutes=1)
        act = lambda: workflow.publish(update, update.head, by=make_publisher(), at=before)  # noqa: E731
        assert "still to come" in refused(act, WrongState)


def test_four_eyes_look_at_the_words_of_the_update_alone():
    post = make_rolling_post(by=person("edith"))  # edith wrote the story
    update = workflow.submit(make_update(post, by=person("colin")), by=person("colin"))
    assert why(update, "publish") == "Somebody else has to approve it first."
    assert workflow.approve(update, update.head, by=make_editor()).stage == "approved"
    own = workflow.submit(make_update(post, by=make_editor()), by=make_editor())
    assert why(own, "approve", "edith").startswith("You wrote some of these words")
    refused(lambda: workflow.approve(own, own.head, by=make_editor()), NotAllowed)
    assert why(own, "approve", "emil") == ""


def test_a_version_of_another_piece_is_not_published():
    post = make_rolling_post()
    one, two = make_update(post, "One"), make_update(post, "Two")
    with four_eyes(False):
        refused(lambda: workflow.publish(one, two.head, by=make_publisher()), WrongState)
        refused(lambda: workflow.publish(one, post.head, by=make_publisher()), WrongState)
        first = one.head
        one = rewrite_update(one, headline="One, newer")
        refused(lambda: workflow.publish(one, first, by=make_publisher()), Stale)


def test_what_was_withdrawn_comes_back_and_counts():
    post, paula = make_rolling_post(), make_publisher()
    update = make_live_update(post)
    update = workflow.withdraw(update, by=paula, public_note="Wrong.")
    assert (fresh(post).update_count, update.live, update.withdrawal.public_note) == (0, None, "Wrong.")
    refused(lambda: workflow.withdraw(update, by=paula, public_note="Again."), WrongState)
    update = workflow.publish(update, update.head, by=paula)
    assert (fresh(post).update_count, update.withdrawal) == (1, None)
    assert_sound(post)


def test_an_update_keeps_a_promise_that_was_late():
    post, paula = make_rolling_post(), make_publisher()
    earlier = timezone.now() - timedelta(hours=2)
    updates.promise(post, earlier + timedelta(hours=1), by=paula, at=earlier)
    assert fresh(post).is_overdue()
    make_live_update(post, at=timezone.now())
    assert fresh(post).next_update_at is None
    updates.promise(fresh(post), in_an_hour(), by=paula)
    make_live_update(post, at=timezone.now())
    assert fresh(post).next_update_at is not None  # one that comes before the promised is another
    assert_sound(post)


@pytest.mark.parametrize("count", [1, 3])
def test_the_buttons_of_many_are_those_of_each(count, django_assert_num_queries):
    post, colin = make_rolling_post(), person("colin")
    for number in range(count):
        make_live_update(post, f"Live {number}", by=colin)
        update = make_update(post, f"New {number}", by=make_editor())
        workflow.submit(update, by=make_editor())
        workflow.withdraw(make_live_update(post, f"Gone {number}"), by=make_publisher(), public_note="Wrong.")
        rewrite_update(make_live_update(post, f"Ahead {number}"), headline=f"Newer {number}", by=colin)
    for name in ("colin", "edith", "paula", "mod"):
        user = person(name)
        found = list(post.updates.select_related("post", "head", "live"))
        each = [workflow.offers(update, user) for update in found]
        with django_assert_num_queries(2):
            together = workflow.offers_of_each(Writer.of_each(found, user))
        assert together == each


def test_the_type_of_their_story_is_asked_about_once_for_all_of_them(settings, django_assert_num_queries):
    news = StoryType.objects.create(name="News")
    ReviewStep.objects.create(story_type=news, position=1, name="Desk", group=Group.objects.get(name="Editor"))
    make_editor()
    post = belonging.set_type(make_rolling_post(), news, by=make_publisher())
    for number in range(4):
        make_update(post, f"New {number}")
    settings.FOUR_EYES = False
    paula = make_publisher()
    found = list(post.updates.select_related("post__story_type", "head", "live"))
    each = [workflow.offers(update, paula) for update in found]
    with django_assert_num_queries(3):
        together = workflow.offers_of_each(Writer.of_each(found, paula))
    assert together == each
    assert not any(offer.allowed for offers in each for offer in offers if offer.verb == "publish")


def test_what_waits_for_whom():
    post = make_rolling_post()
    colin, edith = person("colin"), make_editor()
    drafted = make_update(post, "Draft", by=colin)
    review = workflow.submit(make_update(post, "Review", by=colin), by=colin)
    own = workflow.submit(make_update(post, "Own", by=edith), by=edith)
    back = workflow.submit(make_update(post, "Back", by=colin), by=colin)
    back = workflow.request_changes(back, by=edith, note="Who says so?")
    ready = workflow.submit(make_update(post, "Ready", by=colin), by=colin)
    ready = workflow.approve(ready, ready.head, by=edith)
    people = {name: person(name) for name in ("carla", "colin", "edith", "emil", "paula")}
    chosen = {name: board.of(user, columns.Filters(who="waiting")) for name, user in people.items()}
    waiting = {
        name: {card.headline for pile in found.piles.values() for card in pile.cards} for name, found in chosen.items()
    }
    assert drafted.stage == "draft" and review.stage == own.stage == "review"
    assert waiting == {
        "carla": set(),
        "colin": {"Back"},
        "edith": {"Review"},
        "emil": {"Review", "Own"},
        "paula": {"Review", "Own", "Ready"},
    }


def test_revisions_of_an_update_are_its_own():
    post = make_rolling_post()
    update = make_update(post)
    assert list(Revision.objects.of(update)) == [update.head]
    assert list(Revision.objects.of(post)) == [post.head]


def test_where_things_stand_bears_the_time_at_which_it_last_changed():
    post = published(make_post(summary="<p>Closed.</p>", at=NOON), at=NOON)
    assert post.summary_at == NOON
    for parts, changed in [({"headline": "Still closed"}, False), ({"summary": ""}, True), ({"body": ""}, False)]:
        before = post.summary_at
        post = published(write(post, **parts), kind="update")
        assert (post.summary_at != before) is changed, parts


def test_a_story_that_runs_again_began_when_it_first_ran():
    post, paula = make_rolling_post(), make_publisher()
    began = fresh(post).coverage_began_at
    updates.end(post, by=paula)
    post = updates.roll(post, by=paula)
    assert (post.coverage_began_at, post.coverage_ended_at) == (began, None)
