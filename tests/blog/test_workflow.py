"""The table of the workflow, spelt out once more by hand; and what each verb does, leaves and refuses."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.redirects.models import Redirect
from django.db import transaction
from django.utils import timezone

from blog import belonging, glass, revisions, workflow, writers
from blog.models import Edition, Event, Post, Revision, SearchEntry, Story, TaggedPost
from blog.rendering import Unacceptable
from blog.verifying import verify
from blog.workflow import NotAllowed, Stale, WrongState
from tests import factories
from tests.factories import (
    NOON,
    everything,
    four_eyes,
    fresh,
    in_stage,
    make_content,
    make_live_post,
    make_post,
    person,
)

pytestmark = pytest.mark.django_db

STAGES = ["draft", "review", "changes", "approved", "published", "withdrawn", "spiked"]
# Who; carla wrote the piece. Inga contributes as carla does, but her account is closed.
PEOPLE = ["carla", "colin", "edith", "paula", "mod", "ada", "rita", "inga"]
EDITS_ANY = {"edith", "paula", "ada"}

# verb: (who may; the stages it starts from; the stage it ends in)
EXPECTED = {
    "submit": ({"carla"} | EDITS_ANY, {"draft", "changes", "withdrawn"}, "review"),
    "recall": ({"carla"} | EDITS_ANY, {"review", "approved"}, "draft"),
    "request_changes": (EDITS_ANY, {"review", "approved"}, "changes"),
    "approve": (EDITS_ANY, {"review"}, "approved"),
    "publish": ({"paula", "ada"}, {"draft", "review", "changes", "approved", "withdrawn"}, "published"),
    "break_glass": ({"paula", "ada"}, {"draft", "review", "changes"}, "published"),
    "withdraw": ({"paula", "ada"}, {"published"}, "withdrawn"),
    "spike": ({"carla"} | EDITS_ANY, {"draft", "review", "changes", "approved"}, "spiked"),
    "revive": ({"carla"} | EDITS_ANY, {"spiked"}, "draft"),
    "adopt": ({"ada"}, {"draft"}, "published"),
}
# With four eyes, only approved words are published, or those that were public before (the withdrawn piece here).
FOUR_EYES_PUBLISH = {"approved", "withdrawn"}


def expected(verb, stage, name, eyes):
    may, starts, ends = EXPECTED[verb]
    if name not in may:
        return NotAllowed
    if verb == "break_glass" and not eyes:  # there is nothing to break
        return WrongState
    if stage not in (FOUR_EYES_PUBLISH if verb == "publish" and eyes else starts):
        return WrongState
    return ends


def act(verb, post, by):
    """Call the verb with everything it needs."""
    match verb:
        case "submit" | "recall" | "spike" | "revive":
            return getattr(workflow, verb)(post, by=by)
        case "request_changes":
            return workflow.request_changes(post, by=by, note="Who says so?")
        case "approve" | "publish":
            return getattr(workflow, verb)(post, post.head, by=by)
        case "break_glass":
            return glass.break_glass(post, post.head, by=by, reason="The bridge is about to fall.")
        case "withdraw":
            return workflow.withdraw(post, by=by, public_note="It was wrong.")
        case "adopt":
            return workflow.adopt(post, post.head, by=by, published_at=NOON)


class Undo(Exception):
    pass


def outcome(verb, post, by):
    """What came of it: the stage, or the error; and all is as it was before."""
    try:
        with transaction.atomic():
            done = act(verb, post, by)
            assert fresh(post).stage == done.stage
            assert done.events.get(number=done.sequence).verb == {"break_glass": "publish"}.get(verb, verb)
            raise Undo(done.stage)
    except Undo as undone:
        return str(undone)
    except workflow.WorkflowError as error:
        assert str(error)
        return type(error)


def people():
    inga = factories.make_user("inga", "Contributor", is_active=False)
    return {name: inga if name == "inga" else person(name) for name in PEOPLE}


@pytest.mark.parametrize("eyes", [True, False], ids=["four eyes", "two eyes"])
@pytest.mark.parametrize("stage", STAGES)
def test_the_table(stage, eyes):
    post = in_stage(stage)
    everybody = people()
    before = everything()
    with four_eyes(eyes):
        found = {(verb, name): outcome(verb, post, everybody[name]) for verb in EXPECTED for name in PEOPLE}
        wanted = {(verb, name): expected(verb, stage, name, eyes) for verb in EXPECTED for name in PEOPLE}
        buttons = {(offer.verb, name): offer for name in PEOPLE for offer in workflow.offers(post, everybody[name])}
    assert found == wanted
    assert everything() == before
    assert {key: offer.allowed for key, offer in buttons.items()} == {
        key: isinstance(end, str) for key, end in wanted.items() if key[0] != "adopt"
    }
    assert all(offer.allowed != bool(offer.why) and offer.label for offer in buttons.values())


def test_a_refused_verb_says_what_its_button_said():
    post = make_post()
    for name in PEOPLE[:-1]:
        user = person(name)
        for offer in workflow.offers(post, user):
            if not offer.allowed:
                with pytest.raises(workflow.WorkflowError) as refusal:
                    act(offer.verb, post, user)
                assert str(refusal.value) == offer.why


def test_the_table_has_no_other_verbs():
    assert set(workflow.STEPS) == set(EXPECTED)


@pytest.mark.parametrize("stage", ["draft", "review", "changes", "approved"])
def test_what_is_behind_a_live_text_is_withdrawn_and_not_spiked(stage):
    post = make_live_post()
    factories.write(post, headline="Another headline")
    if stage != "draft":
        factories.put_in_review(post)
    if stage == "changes":
        workflow.request_changes(post, by=person("edith"), note="Why?")
    if stage == "approved":
        factories.approved(post)
    post = fresh(post)
    assert (post.stage, post.live.number, post.head.number) == (stage, 1, 2)
    assert outcome("spike", post, person("paula")) is WrongState
    assert outcome("withdraw", post, person("paula")) == "withdrawn"
    assert outcome("withdraw", post, person("edith")) is NotAllowed


# Four eyes


@pytest.mark.parametrize("name", ["edith", "paula", "ada"])
def test_nobody_approves_own_words(name):
    post = factories.put_in_review(make_post(by=person(name)))
    before = everything()
    with pytest.raises(NotAllowed, match="somebody else"):
        workflow.approve(post, post.head, by=person(name))
    assert everything() == before
    with four_eyes(False):
        assert workflow.approve(post, post.head, by=person(name)).stage == "approved"


def test_a_comma_of_somebody_else_does_not_make_own_words_approvable():
    post = make_post(by=person("edith"), body="<p>Hers.</p>")
    factories.write(post, by=person("carla"), body="<p>Hers,</p>")
    post = factories.put_in_review(post)
    with pytest.raises(NotAllowed):
        workflow.approve(post, post.head, by=person("edith"))
    assert workflow.approve(post, post.head, by=person("emil")).stage == "approved"


def test_words_that_readers_have_seen_may_be_approved_by_who_wrote_them_once():
    post = make_live_post()
    factories.write(post, by=person("edith"), headline="Edith's headline")
    post = factories.published(post)  # approved by emil
    factories.write(post, by=person("carla"), headline="Carla's headline")
    post = factories.put_in_review(post)
    assert workflow.approve(post, post.head, by=person("edith")).stage == "approved"


def test_words_written_behind_a_live_text_need_approval_again():
    post = make_live_post()
    factories.write(post, headline="Unseen")
    post = fresh(post)
    before = everything()
    with pytest.raises(WrongState, match="approve"):
        workflow.publish(post, post.head, by=person("paula"))
    assert everything() == before


def test_words_changed_after_approval_are_not_approved():
    post = factories.approved(make_post())
    factories.write(post, headline="Another")
    post = fresh(post)
    assert post.stage == "draft"
    with pytest.raises(WrongState):
        workflow.publish(post, post.head, by=person("paula"))


def test_withdrawn_and_rewritten_words_need_approval():
    post = in_stage("withdrawn")
    factories.write(post, headline="Rewritten")
    with pytest.raises(WrongState):
        workflow.publish(fresh(post), fresh(post).head, by=person("paula"))


@pytest.mark.parametrize("words", ["", "  \n "])
def test_asking_for_changes_and_withdrawing_need_words(words):
    review, live = in_stage("review"), make_live_post()
    before = everything()
    with pytest.raises(WrongState):
        workflow.request_changes(review, by=person("edith"), note=words)
    with pytest.raises(WrongState):
        workflow.withdraw(live, by=person("paula"), public_note=words)
    assert everything() == before


# Which words


def test_only_the_newest_words_are_approved_and_published():
    post = make_post()
    first = post.head
    factories.write(post, headline="Second")
    post = factories.put_in_review(post)
    before = everything()
    with pytest.raises(Stale, match="version 2"):
        workflow.approve(post, first, by=person("edith"))
    assert everything() == before
    post = workflow.approve(post, post.head, by=person("edith"))
    before = everything()
    with pytest.raises(Stale, match="Carla saved version 2"):
        workflow.publish(post, first, by=person("paula"))
    assert everything() == before


def test_words_of_another_piece_are_refused():
    post, other = factories.approved(make_post()), make_post("Another")
    before = everything()
    with pytest.raises(WrongState, match="another piece"):
        workflow.publish(post, other.head, by=person("paula"))
    assert everything() == before


def test_a_copy_that_is_out_of_date_does_not_matter_to_a_verb():
    post = make_post()
    old = Post.objects.get(pk=post.pk)
    factories.put_in_review(post)
    with pytest.raises(WrongState, match="In review"):
        workflow.submit(old, by=person("carla"))


def test_a_piece_without_a_headline_is_neither_published_nor_brought_in():
    post = make_post(headline="")
    with four_eyes(False):
        before = everything()
        with pytest.raises(WrongState, match="headline"):
            workflow.publish(post, post.head, by=person("paula"))
        with pytest.raises(WrongState, match="headline"):
            workflow.adopt(post, post.head, by=person("ada"), published_at=NOON)
        assert everything() == before


def test_nothing_is_published_in_the_future():
    post = factories.approved(make_post())
    before = everything()
    soon = timezone.now() + timedelta(minutes=1)
    with pytest.raises(WrongState, match="still to come"):
        workflow.publish(post, post.head, by=person("paula"), at=soon)
    with pytest.raises(WrongState, match="still to come"):
        workflow.adopt(make_post(), make_post().head, by=person("ada"), published_at=soon)
    assert everything()["blog.SearchEntry"] == before["blog.SearchEntry"]
    assert not Post.objects.live().exists()


# What publishing does


def test_the_first_publication(settings):
    settings.TIME_ZONE = "America/New_York"
    with timezone.override("Asia/Tokyo"):  # where the publisher is does not matter
        at = datetime(2025, 9, 6, 2, 30, tzinfo=UTC)  # still the 5th in New York
        post = factories.approved(make_post(tags=("Transport", "bridges"), section="transport"))
        edition, version = Edition.objects.get(), post.version
        post = workflow.publish(post, post.head, by=person("paula"), at=at, note="Go", public_note="")
    assert (post.stage, post.live_id, post.slug) == ("published", post.head_id, "council-closes-the-bridge")
    assert (post.published_on, post.published_at, post.updated_at) == (date(2025, 9, 5), at, None)
    assert post.get_absolute_url() == "/2025/09/05/council-closes-the-bridge/"
    assert fresh(post).section.name == "Transport"
    assert sorted(post.tags.names()) == ["Transport", "bridges"]
    assert post.version == version + 1
    assert Edition.objects.get().number == edition.number + 1
    assert Edition.objects.get().furniture == edition.furniture
    event = post.events.get(number=post.sequence)
    assert (event.verb, event.by, event.by_name, event.at, event.revision) == (
        "publish", person("paula"), "Paula", at, post.head,
    )  # fmt: skip
    assert (event.stage_before, event.stage_after, event.kind) == ("approved", "published", "")
    assert (event.note, event.public_note, event.public) == ("Go", "", True)
    assert event.details == {"on": "2025-09-05", "slug": "council-closes-the-bridge"}


def test_a_private_act_is_not_public_and_no_reader_sees_a_change():
    post = make_live_post(story=factories.make_story())
    before = (Edition.objects.get().number, Story.objects.get().version, fresh(post).version)
    factories.write(post, headline="Unseen")
    factories.put_in_review(post)
    workflow.request_changes(post, by=person("edith"), note="Source?")
    factories.approved(factories.put_in_review(post))
    assert before == (Edition.objects.get().number, Story.objects.get().version, fresh(post).version)
    assert not post.events.filter(number__gt=4, public=True).exists()
    event = post.events.get(verb="request_changes")
    assert (event.note, event.public_note, event.public, event.details) == ("Source?", "", False, {})


@pytest.mark.parametrize("kind", ["post", "page"])
def test_what_readers_could_see_raises_the_numbers(kind):
    story = factories.make_story()
    post = make_post(kind=kind, story=story, slug="about")

    def numbers():
        edition = Edition.objects.get()
        return [edition.number, edition.furniture, Story.objects.get(pk=story.pk).version, fresh(post).version]

    def step(before):
        return [after - one for after, one in zip(numbers(), before, strict=True)]

    raised = [1, int(kind == "page"), 1, 1]
    start = numbers()
    factories.published(post)
    assert step(start) == raised
    start = numbers()
    factories.write(post, headline="Again")
    assert step(start) == [0, 0, 0, 0]
    factories.published(post)
    assert step(start) == raised
    start = numbers()
    belonging.move(post, "elsewhere", by=person("paula"))
    assert step(start) == raised
    start = numbers()
    workflow.withdraw(post, by=person("paula"), public_note="Wrong.")
    assert step(start) == raised
    start = numbers()
    belonging.move(post, "nowhere", by=person("paula"))
    assert step(start) == [0, 0, 0, 0]


def test_kinds_of_change_and_the_time_of_the_update():
    post = make_live_post()
    for kind, moves in [("typo", False), ("clarification", True), ("typo", False), ("update", True)]:
        before = fresh(post).updated_at
        factories.write(post, headline=f"Council {kind} {before}", kind=kind)
        at = timezone.now()
        post = factories.published(post, at=at)
        assert post.updated_at == (at if moves else before)
        assert post.events.get(number=post.sequence).kind == kind
        assert post.published_at == NOON


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (["typo", "typo"], "typo"),
        (["typo", "update", "typo"], "update"),
        (["clarification", "typo"], "clarification"),
        (["", "typo"], "update"),
        (["correction", "update"], "correction"),
    ],
)
def test_without_a_word_of_the_publisher_the_weightiest_kind_counts(said, kind):
    post = make_live_post()
    for number, one in enumerate(said):
        factories.write(post, headline=f"Version {number}", kind=one)
    post = factories.published(post, public_note="It was wrong.")
    assert post.events.get(number=post.sequence).kind == kind


def test_a_kind_is_of_what_changed_since_readers_last_saw_it():
    post = make_live_post()
    factories.write(post, headline="Corrected", kind="correction")
    post = factories.published(post, public_note="It was wrong.")
    factories.write(post, headline="Corrected.", kind="typo")
    assert factories.published(post).events.latest("number").kind == "typo"


@pytest.mark.parametrize("note", ["", "  "])
def test_a_correction_needs_a_sentence_for_readers(note):
    post = make_live_post()
    factories.write(post, headline="Corrected")
    post = factories.approved(post)
    before = everything()
    with pytest.raises(WrongState, match="sentence for readers"):
        workflow.publish(post, post.head, by=person("paula"), kind="correction", public_note=note)
    assert everything() == before
    post = workflow.publish(post, post.head, by=person("paula"), kind="correction", public_note="The day was wrong.")
    event = post.events.latest("number")
    assert (event.kind, event.public_note, event.public, event.details) == (
        "correction",
        "The day was wrong.",
        True,
        {},
    )


@pytest.mark.parametrize("kind", ["draft", "nonsense"])
def test_an_unknown_kind_of_change_is_refused(kind):
    post = make_live_post()
    factories.write(post, headline="Other")
    post = factories.approved(post)
    before = everything()
    with pytest.raises(WrongState, match="kind of change"):
        workflow.publish(post, post.head, by=person("paula"), kind=kind)
    assert everything() == before


@pytest.mark.parametrize("verb", ["submit", "recall", "request_changes", "withdraw", "spike", "publish"])
def test_a_note_that_cannot_be_kept_leaves_nothing_behind(verb):
    stage = {"submit": "draft", "recall": "review", "request_changes": "review", "withdraw": "published"}
    post = in_stage(stage.get(verb, "approved"))
    before = everything()
    words = {"public_note" if verb == "withdraw" else "note": "a\0b"}
    revision = [post.head] if verb == "publish" else []
    with pytest.raises(Unacceptable):
        getattr(workflow, verb)(post, *revision, by=person("ada"), **words)
    assert everything() == before


# Withdrawing


def test_a_withdrawn_piece_is_found_nowhere_and_comes_back_under_its_address():
    post = make_live_post(tags=("Transport",), section="Transport", byline=({"name": "C", "slug": "c"},))
    factories.make_author("C", "c")
    live = post.live
    post = workflow.withdraw(post, by=person("paula"), public_note="The figures were wrong.", note="See mail")
    assert (post.stage, post.live, post.head) == ("withdrawn", None, live)
    assert not Post.objects.live().exists()
    assert not TaggedPost.objects.exists() and not SearchEntry.objects.exists()
    assert fresh(post).section is None and not post.authors.exists()
    event = post.events.latest("number")
    assert (event.verb, event.revision, event.public, event.public_note, event.note) == (
        "withdraw", live, True, "The figures were wrong.", "See mail",
    )  # fmt: skip
    address = post.get_absolute_url()
    post = workflow.publish(post, post.head, by=person("paula"))
    assert (post.stage, post.live, post.published_at) == ("published", live, NOON)
    assert post.get_absolute_url() == address
    assert SearchEntry.objects.count() == TaggedPost.objects.count() == 1
    assert fresh(post).section.name == "Transport"
    assert list(post.authors.values_list("slug", flat=True)) == ["c"]


def test_what_the_live_wording_no_longer_says_leaves_the_indexes():
    factories.make_author("A", "a")
    factories.make_author("B", "b")
    post = make_live_post(tags=("One", "Two"), section="One", byline=({"name": "A", "slug": "a"},))
    factories.write(post, tags=("Three",), section="", byline=({"name": "B", "slug": "b"},))
    assert sorted(post.tags.names()) == ["One", "Two"]
    post = factories.published(post)
    assert list(post.tags.names()) == ["Three"]
    assert fresh(post).section is None
    assert list(post.authors.values_list("slug", flat=True)) == ["b"]


# Bringing in


def test_adopting_keeps_the_time_it_had_elsewhere():
    ada = person("ada")
    post = make_post(at=NOON)
    post = workflow.adopt(post, post.head, by=ada, published_at=NOON)
    assert (post.stage, post.published_at, post.published_on) == ("published", NOON, date(2025, 9, 5))
    event = post.events.latest("number")
    assert (event.verb, event.at, event.public) == ("adopt", NOON, True)
    assert event.details == {"on": "2025-09-05", "slug": post.slug}


def test_what_was_public_here_is_not_adopted_again():
    post = in_stage("withdrawn")
    factories.write(post, headline="Again")
    post = fresh(post)
    before = everything()
    with pytest.raises(WrongState, match="before"):
        workflow.adopt(post, post.head, by=person("ada"), published_at=NOON)
    assert everything() == before


# Addresses


def test_the_same_headline_on_one_day_gets_a_number():
    slugs = [make_live_post("Same").slug for _ in range(3)]
    assert slugs == ["same", "same-2", "same-3"]
    assert make_live_post("Same", at=NOON + timedelta(days=1)).slug == "same"


def test_moving_a_live_piece_leaves_a_redirect():
    post = make_live_post()
    old = post.get_absolute_url()
    post = belonging.move(post, "bridge", by=person("paula"))
    assert list(Redirect.objects.values_list("old_path", "new_path")) == [(old, "/2025/09/05/bridge/")]
    event = post.events.latest("number")
    assert (event.verb, event.public, event.details, event.stage_before, event.stage_after) == (
        "move", True, {"from": "council-closes-the-bridge", "to": "bridge"}, "published", "published",
    )  # fmt: skip


def test_moving_again_makes_no_chain_and_moving_back_no_circle():
    paula = person("paula")
    post = make_live_post("One")
    for slug in ("two", "three"):
        post = belonging.move(post, slug, by=paula)
    day = "/2025/09/05"
    assert dict(Redirect.objects.values_list("old_path", "new_path")) == {
        f"{day}/one/": f"{day}/three/",
        f"{day}/two/": f"{day}/three/",
    }
    belonging.move(post, "one", by=paula)
    assert dict(Redirect.objects.values_list("old_path", "new_path")) == {
        f"{day}/two/": f"{day}/one/",
        f"{day}/three/": f"{day}/one/",
    }


def test_moving_a_draft_leaves_no_redirect():
    post = make_post(slug="one")
    post = belonging.move(post, "two", by=person("carla"))
    assert (post.slug, Redirect.objects.count()) == ("two", 0)
    event = post.events.latest("number")
    assert (event.verb, event.public, event.details) == ("move", False, {"from": "one", "to": "two"})


def test_moving_to_where_it_is_changes_nothing():
    post = make_live_post()
    before = everything()
    belonging.move(post, post.slug, by=person("paula"))
    assert everything() == before


@pytest.mark.parametrize("slug", ["", "a b", "a/b", "ä?", "x" * 201, "taken", "a\0", "..", "<b>"])
def test_a_slug_that_cannot_be_is_refused(slug):
    make_live_post("Taken")
    post = make_live_post("Other")
    before = everything()
    with pytest.raises(Unacceptable):
        belonging.move(post, slug, by=person("paula"))
    assert everything() == before


def test_who_may_move():
    draft, live = make_post(), make_live_post("Other")
    for post, name in [(draft, "colin"), (draft, "mod"), (draft, "rita"), (live, "carla"), (live, "edith")]:
        before = everything()
        with pytest.raises(NotAllowed):
            belonging.move(post, "elsewhere", by=person(name))
        assert everything() == before


def test_a_piece_may_change_its_story():
    one, two = factories.make_story(), factories.make_story("Two", "two")
    post = make_live_post(story=one)
    versions = Story.objects.in_bulk()
    before = everything()
    assert belonging.assign(post, one, by=person("edith")) and everything() == before
    with pytest.raises(NotAllowed):
        belonging.assign(post, two, by=person("colin"))
    assert everything() == before
    post = belonging.assign(post, two, by=person("edith"))
    assert fresh(post).story == two
    assert post.events.latest("number").details == {"from": "kestrel-bridge", "to": "two"}
    now = Story.objects.in_bulk()
    assert now[one.pk].version > versions[one.pk].version and now[two.pk].version > versions[two.pk].version
    post = belonging.assign(post, None, by=person("edith"))
    assert fresh(post).story is None


def test_the_story_of_what_is_not_public_may_be_changed_without_a_reader_noticing():
    story = factories.make_story()
    number = Edition.objects.get().number
    belonging.assign(make_post(), story, by=person("carla"))
    assert (Edition.objects.get().number, Story.objects.get().version) == (number, 0)


def test_who_may_comment_is_said_on_the_piece():
    post = make_live_post(story=factories.make_story())
    versions = (post.version, Story.objects.get().version, Edition.objects.get().number)
    before = everything()
    assert belonging.set_discussion(post, "", by=person("mod")) and everything() == before
    post = belonging.set_discussion(post, "closed", by=person("mod"))
    assert fresh(post).discussion == "closed"
    event = post.events.latest("number")
    assert (event.verb, event.by_name, event.public) == ("discuss", "Mod", True)
    assert event.details == {"from": "", "to": "closed"}
    now = (fresh(post).version, Story.objects.get().version, Edition.objects.get().number)
    assert [new - old for new, old in zip(now, versions, strict=True)] == [1, 1, 1]
    assert list(verify()) == []
    assert fresh(belonging.set_discussion(post, "", by=person("paula"))).discussion == ""


def test_who_may_comment_on_a_draft_is_no_news_to_readers():
    number = Edition.objects.get().number
    post = belonging.set_discussion(make_post(), "waits", by=person("carla"))
    assert (post.discussion, post.version, post.events.latest("number").public) == ("waits", 0, False)
    assert Edition.objects.get().number == number


def test_who_may_say_who_comments():
    draft, live = make_post(), make_live_post("Other")
    for post, name in [(draft, "colin"), (draft, "mod"), (draft, "rita"), (live, "carla"), (live, "rita")]:
        before = everything()
        with pytest.raises(NotAllowed):
            belonging.set_discussion(post, "closed", by=person(name))
        assert everything() == before
    for post, name in [(draft, "carla"), (draft, "edith"), (live, "mod"), (live, "edith"), (live, "paula")]:
        assert belonging.may_set_discussion(person(name), post)


def test_a_policy_that_there_is_not_is_refused():
    post = make_live_post()
    before = everything()
    with pytest.raises(WrongState):
        belonging.set_discussion(post, "sometimes", by=person("mod"))
    assert everything() == before


def test_an_imported_piece_follows_the_house_rules():
    assert Post._meta.get_field("discussion").default == Post.Discussion.HOUSE == make_live_post().discussion


# Who may


def test_who_may_edit_and_read_drafts():
    post = make_post()
    edit = {name: workflow.may_edit(user, post) for name, user in people().items()}
    assert {name for name, may in edit.items() if may} == {"carla", "edith", "paula", "ada"}
    read = {name: writers.may_read_drafts(user, post) for name, user in people().items()}
    assert {name for name, may in read.items() if may} == {"carla", "edith", "paula", "ada"}


def test_a_contributor_who_wrote_one_version_shares_the_piece():
    post = make_post()
    revisions.write(post, make_content("With Colin"), by=person("colin"))
    assert workflow.may_edit(person("colin"), post)


def test_every_verb_leaves_one_event_and_the_chain_has_no_gap():
    post = make_post()
    factories.put_in_review(post)
    workflow.request_changes(post, by=person("edith"), note="Why?")
    factories.published(factories.put_in_review(post))
    factories.write(post, headline="Second")
    workflow.withdraw(post, by=person("paula"), public_note="Wrong.")
    workflow.submit(post, by=person("carla"))
    workflow.recall(post, by=person("carla"))
    workflow.spike(post, by=person("carla"))
    workflow.revive(post, by=person("carla"))
    events = list(post.events.order_by("number"))
    assert [event.verb for event in events] == (
        "write submit request_changes submit approve publish write withdraw submit recall spike revive".split()
    )
    assert [event.number for event in events] == list(range(1, 13))
    assert [event.stage_before for event in events[1:]] == [event.stage_after for event in events[:-1]]
    assert events[0].stage_before == ""
    assert Revision.objects.filter(post=post).count() == 2
    assert Event.objects.count() == 12


def test_signs_that_nobody_sees_are_no_reason():
    nothing = "\u200b \u202e"
    post = factories.make_live_post()
    with pytest.raises(WrongState):
        workflow.withdraw(post, by=factories.make_publisher(), public_note=nothing)
    post = factories.approved(factories.write(post, headline="Council opens the bridge"))
    with pytest.raises(WrongState):
        workflow.publish(post, post.head, by=factories.make_publisher(), kind="correction", public_note=nothing)
    with pytest.raises(WrongState):
        workflow.request_changes(post, by=factories.make_editor(), note=nothing)
