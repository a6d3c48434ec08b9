"""Verbs of moderators: every cell of the table, what each leaves behind, and that nothing is left of a refusal."""

import random
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from blog.models import Outgoing, Tally
from blog.rendering import Unacceptable
from comments import mail, moderation, people, receiving
from comments.models import Comment, KnownSite, ModerationAct, Report, Subscription
from tests.comments.deciding import faults
from tests.factories import NOON, everything, make_comment, make_live_post, make_moderator, person

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(hours=1)
STATES = ["waiting", "held", "visible", "removed", "withdrawn", "spam", "erased"]
MAY = {"rita": False, "carla": False, "edith": True, "paula": True, "mod": True, "ada": True}
ENDS = {"approve": "visible", "hold": "held", "remove": "removed", "bin": "spam"}


@pytest.fixture
def post():
    return make_live_post()


@pytest.fixture
def mod():
    return make_moderator()


def comment_in(state, post, **columns):
    """A comment in a state; removed, held, withdrawn and erased ones were seen by readers before."""
    known = state in {"held", "removed", "withdrawn", "erased"}
    comment = make_comment(post, state="visible" if known else state, created_at=NOON, **columns)
    if state == "withdrawn":
        receiving.withdraw(comment, at=NOON)
    elif known:
        do("hold" if state == "held" else "remove", comment, make_moderator(), reason="person", at=NOON)
    if state == "erased":
        people.erase(people.by_comment(comment), by=person("ada"), at=NOON)
    return comment


def do(verb, comment, by, **words):
    reason = words.pop("reason", "subject")
    if verb == "remove":
        return moderation.remove(comment, reason, by=by, **words)
    return getattr(moderation, verb)(comment, by=by, **words)


def fresh(comment):
    return Comment.objects.get(pk=comment.pk)


@contextmanager
def taken_back():
    """What is done in here has never been done."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


# The table


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("verb", moderation.STEPS)
def test_every_cell_of_the_table(post, verb, state):
    comment = comment_in(state, post)
    before = fresh(comment)
    for name, may in MAY.items():
        by = person(name)
        left = everything()
        if not may:
            with pytest.raises(moderation.NotAllowed):
                do(verb, comment, by)
            assert everything() == left
        elif verb != "settle" and state in {"withdrawn", "erased"}:
            with pytest.raises(moderation.WrongState, match="erased" if state == "erased" else "Withdrawn"):
                do(verb, comment, by)
            assert everything() == left
        else:
            with taken_back():
                act = do(verb, comment, by, at=LATER)
                now = fresh(comment)
                assert (act.verb, act.by_name, act.at) == (verb, by.get_full_name(), LATER)
                assert (act.state_before, act.state_after) == (before.state, now.state)
                assert now.state == ENDS.get(verb, before.state)
                assert now.reason == {"remove": "subject", "settle": before.reason}.get(verb, "")
                assert now.decided_at == LATER
                assert ModerationAct.objects.latest("pk") == act


def test_the_act_has_the_comment_as_it_is_afterwards(post, mod):
    comment = comment_in("waiting", post)
    act = moderation.approve(comment, by=mod)
    assert (act.comment.state, comment.state) == ("visible", "waiting")


@pytest.mark.parametrize("reason", ["", "erased", "because", None])
def test_a_comment_is_removed_for_a_reason_that_readers_can_be_told(post, mod, reason):
    comment, left = comment_in("visible", post), everything()
    with pytest.raises(moderation.WrongState):
        moderation.remove(comment, reason, by=mod)
    with pytest.raises(moderation.WrongState):
        moderation.decide_many(Comment.objects.all(), "remove", by=mod, reason=reason)
    assert everything() == left


def test_a_note_for_colleagues_is_kept_tidy(post, mod):
    comment = comment_in("waiting", post)
    assert moderation.hold(comment, by=mod, note=" Who  is\u200b this? ").note == "Who is this?"
    left = everything()
    for note in ("x" * 501, "nul\0"):
        with pytest.raises(Unacceptable):
            moderation.hold(comment, by=mod, note=note)
    assert everything() == left


def test_the_second_decides_on_what_the_first_left(post, mod):
    comment = comment_in("waiting", post)
    moderation.approve(comment, by=mod)
    moderation.remove(comment, "person", by=person("edith"))
    found = ModerationAct.objects.order_by("pk").values_list("by_name", "state_before", "state_after")
    assert list(found) == [("Mod", "waiting", "visible"), ("Edith", "visible", "removed")]


def test_the_second_may_give_another_reason(post, mod):
    comment = comment_in("visible", post)
    moderation.remove(comment, "person", by=mod)
    act = moderation.remove(comment, "advertising", by=mod)
    assert (fresh(comment).reason, act.reason_before, act.reason) == ("advertising", "person", "advertising")


# What readers see


def test_a_comment_is_shown_first_when_it_is_approved_first(post, mod):
    comment = comment_in("waiting", post)
    moderation.approve(comment, by=mod, at=LATER)
    moderation.remove(comment, "person", by=mod, at=LATER + timedelta(hours=1))
    again = moderation.approve(comment, by=mod, at=LATER + timedelta(hours=2))
    assert fresh(comment).shown_at == again.comment.shown_at == LATER
    assert Tally.objects.of_post(post.pk)[:2] == (1, 1)


@pytest.mark.parametrize(
    ("state", "verb", "placed"),
    [
        ("visible", "hold", True),
        ("visible", "remove", True),
        ("visible", "bin", False),
        ("waiting", "hold", False),
        ("waiting", "remove", False),
        ("waiting", "bin", False),
        ("spam", "remove", False),
        ("spam", "approve", True),
        ("removed", "bin", False),
        ("held", "bin", False),
    ],
)
def test_what_is_left_of_a_comment_has_a_place_where_readers_knew_it(post, mod, state, verb, placed):
    comment = comment_in(state, post)
    do(verb, comment, mod)
    assert fresh(comment).placed is placed
    assert faults() == []


def chain(post, *states):
    """Comments of which each answers the one before; all were visible when they were answered."""
    made = []
    for _ in states:
        made.append(make_comment(post, answers=made[-1] if made else None, created_at=NOON))
    return made


def test_answers_never_hang_in_the_air(post, mod):
    top, middle, answer = chain(post, *"abc")
    for comment in (top, middle):
        moderation.bin(comment, by=mod)
    assert [fresh(one).placed for one in (top, middle, answer)] == [True, True, True]
    moderation.bin(answer, by=mod)
    assert [fresh(one).placed for one in (top, middle, answer)] == [False, False, False]
    moderation.approve(answer, by=mod)
    assert [fresh(one).placed for one in (top, middle, answer)] == [True, True, True]
    assert faults() == []


def test_a_place_goes_only_as_far_up_as_nothing_else_stands_below(post, mod):
    top, middle, answer = chain(post, *"abc")
    other = make_comment(post, answers=top)
    for comment in (top, middle, answer):
        moderation.bin(comment, by=mod)
    assert [fresh(one).placed for one in (top, middle, answer, other)] == [True, False, False, True]
    assert faults() == []


def test_kept_pages_learn_of_what_readers_see_and_of_nothing_else(post, mod):
    def version():
        return Tally.objects.of_post(post.pk).version, Tally.objects.of_post(0).version

    waiting, seen = comment_in("waiting", post), comment_in("visible", post)
    start = version()
    for act in (moderation.hold, moderation.bin, moderation.settle):
        act(waiting, by=mod)
        act(waiting, by=mod)
    moderation.approve(seen, by=mod)  # as readers see it already
    assert version() == start
    for number, change in enumerate(
        [
            lambda: moderation.remove(seen, "person", by=mod),
            lambda: moderation.remove(seen, "subject", by=mod),
            lambda: moderation.hold(seen, by=mod),
            lambda: moderation.bin(seen, by=mod),
            lambda: moderation.approve(waiting, by=mod),
        ],
        start=1,
    ):
        change()
        assert version() == (start[0] + number, start[1] + number)


@pytest.mark.parametrize("verb", ["hold", "remove", "bin"])
def test_nothing_is_left_of_words_on_any_page_for_readers(client, post, mod, verb):
    taken = make_comment(post, "Secretive words", name="Secretive Name", email="secretive@example.org")
    answer = make_comment(post, "An answer", answers=taken)
    pages = [
        post.get_absolute_url(),
        f"{post.get_absolute_url()}?c={taken.pk}",
        f"{post.get_absolute_url()}?comments=newest",
        f"{post.get_absolute_url()}?reply={taken.pk}",
        f"/comments/{taken.pk}/",
        f"/comments/{taken.pk}/report/",
        f"/comments/{answer.pk}/report/",
        f"{post.get_absolute_url()}comments.atom",
        "/comments/feed.atom",
        "/",
        "/search/?q=words",
    ]

    def seen():
        answers = [client.get(page, follow=True) for page in pages]
        return b"".join(one.content for one in answers if one.status_code == 200).decode().lower()

    before = seen()
    assert before.count("secretive words") > 3, "a test of leaks needs something that could leak"
    do(verb, taken, mod)
    assert "an answer" in seen()
    assert "secretive" not in seen()


# Undo


@pytest.mark.parametrize("state", ["waiting", "held", "visible", "removed", "spam"])
@pytest.mark.parametrize("verb", moderation.STEPS)
def test_undone_is_as_before(post, mod, verb, state):
    comment = comment_in(state, post)
    before = Comment.objects.values("state", "reason", "decided_at", "reports").get(pk=comment.pk)
    act = do(verb, comment, mod)
    undone = moderation.undo(act, by=person("edith"), at=LATER)
    assert Comment.objects.values(*before).get(pk=comment.pk) == before
    assert (undone.verb, undone.undoes, undone.by_name, undone.at) == ("undo", act, "Edith", LATER)
    assert (undone.state_before, undone.state_after) == (act.state_after, state)
    assert faults() == []


def test_nobody_undoes_what_others_have_decided_on_since(post, mod):
    comment = comment_in("waiting", post)
    act = moderation.approve(comment, by=mod)
    moderation.settle(comment, by=person("edith"))
    left = everything()
    with pytest.raises(moderation.WrongState, match="Edith"):
        moderation.undo(act, by=mod)
    assert everything() == left


def test_nothing_is_undone_twice_nor_is_undoing(post, mod):
    act = moderation.approve(comment_in("waiting", post), by=mod)
    undone = moderation.undo(act, by=mod)
    left = everything()
    for one, why in ((act, "undone already"), (undone, "cannot be undone")):
        with pytest.raises(moderation.WrongState, match=why):
            moderation.undo(one, by=mod)
    assert everything() == left


@pytest.mark.parametrize("name", [name for name, may in MAY.items() if not may])
def test_who_may_not_decide_may_not_undo(post, mod, name):
    act = moderation.approve(comment_in("waiting", post), by=mod)
    batch = moderation.decide_many(Comment.objects.all(), "hold", by=mod).batch
    left = everything()
    for refused in (
        lambda by: moderation.undo(act, by=by),
        lambda by: moderation.undo_many(batch, by=by),
        lambda by: moderation.decide_many(Comment.objects.all(), "bin", by=by),
    ):
        with pytest.raises(moderation.NotAllowed):
            refused(person(name))
    assert everything() == left


def test_what_a_writer_did_is_not_undone(post, mod):
    comment = comment_in("withdrawn", post)
    act = ModerationAct.objects.get(comment=comment)
    assert act.verb == "withdraw"
    with pytest.raises(moderation.WrongState):
        moderation.undo(act, by=mod)
    assert fresh(comment).state == "withdrawn"


def test_an_act_is_not_undone_where_the_writer_withdrew_or_was_erased(post, mod):
    withdrawn, erased = comment_in("waiting", post), comment_in("visible", post)
    acts = [moderation.settle(withdrawn, by=mod), moderation.remove(erased, "person", by=mod)]
    Comment.objects.filter(pk=withdrawn.pk).update(state="withdrawn")  # as a road without an act would leave it
    people.erase(people.by_comment(erased), by=person("ada"))
    left = everything()
    for act in acts:
        with pytest.raises(moderation.WrongState):
            moderation.undo(act, by=mod)
    assert everything() == left


# Reports


def reported(post, *addresses, state="visible"):
    comment = comment_in(state, post)
    for address in addresses:
        moderation.report(comment, "person", address=address, at=LATER)
    return comment


@pytest.mark.parametrize("verb", moderation.STEPS)
def test_whoever_decides_has_looked_at_the_reports(post, mod, verb):
    comment, other = reported(post, "a", "b"), reported(post, "c")
    act = do(verb, comment, mod)
    assert (fresh(comment).reports, fresh(other).reports) == (0, 1)
    assert set(Report.objects.filter(comment=comment).values_list("settled_at", flat=True)) == {act.at}
    moderation.undo(act, by=mod)
    assert fresh(comment).reports == 2
    assert faults() == []


def test_undone_is_not_what_an_earlier_act_settled(post, mod):
    comment = reported(post, "a")
    moderation.settle(comment, by=mod, at=LATER)
    moderation.report(comment, "subject", address="b", at=LATER)
    moderation.undo(moderation.settle(comment, by=mod), by=mod)
    assert fresh(comment).reports == 1
    assert faults() == []


def test_undone_is_not_counted_twice_what_the_same_address_says_again(post, mod):
    comment = reported(post, "a", "")
    act = moderation.settle(comment, by=mod)
    moderation.report(comment, "subject", address="a", at=LATER + timedelta(hours=1))
    moderation.report(comment, "subject", address="", at=LATER + timedelta(hours=1))
    moderation.undo(act, by=mod)
    assert fresh(comment).reports == 3
    assert faults() == []


# Who is told


@pytest.fixture
def told(monkeypatch):
    """What moderation asked mail to say, and which words it gave to those who remember sites."""
    said = []
    monkeypatch.setattr(mail, "tell_of_answer", lambda comment: said.append(("answer", comment.pk)))
    monkeypatch.setattr(
        mail, "tell_of_decisions", lambda comments: said.extend(("decision", comment.pk) for comment in comments)
    )
    return said


def test_an_answer_is_told_when_readers_see_it_first(post, mod, told):
    answered = make_comment(post, email="marit@example.org")
    answer = make_comment(post, answers=answered, state="waiting")
    approved = moderation.approve(answer, by=mod)
    assert told == [("answer", answer.pk), ("decision", answer.pk)]
    moderation.undo(approved, by=mod)
    moderation.remove(answer, "person", by=mod)
    moderation.approve(answer, by=mod)
    assert told.count(("answer", answer.pk)) == 1


@pytest.mark.parametrize(
    ("state", "verb", "news"),
    [
        ("waiting", "approve", True),
        ("waiting", "remove", True),
        ("visible", "remove", True),
        ("removed", "approve", True),
        ("visible", "approve", False),
        ("waiting", "hold", False),
        ("waiting", "bin", False),
        ("visible", "settle", False),
    ],
)
def test_writers_are_told_what_was_decided(post, mod, told, state, verb, news):
    comment = comment_in(state, post)
    told.clear()
    do(verb, comment, mod)
    assert told == [("decision", comment.pk)] * news


def test_sites_of_what_readers_see_are_remembered(post, mod):
    comment = comment_in("waiting", post, html='<p><a href="https://boats.example/x">b</a></p>')
    moderation.hold(comment, by=mod)
    assert not KnownSite.objects.exists()
    moderation.approve(comment, by=mod)
    assert KnownSite.objects.get().host == "boats.example"


# Many at once


def grown(post, seed):
    """A thread in which anything may be in any state, as verbs can leave it."""
    lots, made = random.Random(seed), []
    mod = make_moderator()
    for number in range(25):
        visible = [one for one in made if fresh(one).is_visible()]
        answers = lots.choice([None, *visible])
        state = lots.choice(["visible", "visible", "visible", "waiting", "spam"])
        html = f'<p><a href="https://s{number}.example/">s</a></p>'
        columns = {"email": "rita@example.org"} if number % 3 else {}
        made.append(make_comment(post, state=state, answers=answers, created_at=NOON, html=html, **columns))
        if lots.random() < 0.5:
            act(lots, lots.choice(made), mod)
    return made


def act(lots, comment, mod):
    verb = lots.choice([*moderation.STEPS, "report", "withdraw", "undo"])
    if verb == "report":
        if fresh(comment).is_visible():
            moderation.report(comment, "other", address=lots.choice(["", str(lots.random())]), at=NOON)
    elif verb == "undo":
        last = ModerationAct.objects.filter(comment=comment).order_by("-pk").first()
        if last and last.verb in moderation.STEPS:
            moderation.undo(last, by=mod)
    elif verb in moderation.STEPS:
        do(verb, comment, mod, reason=lots.choice(moderation.REASONS))


@pytest.mark.parametrize("seed", range(8))
def test_whatever_moderators_do_places_counts_and_record_are_right(post, mod, seed):
    lots = random.Random(seed)
    made = grown(post, seed)
    assert faults() == []
    for _ in range(15):
        if lots.random() < 0.7:
            act(lots, lots.choice(made), mod)
        else:
            verb = lots.choice(list(moderation.STEPS))
            chosen = Comment.objects.filter(pk__in=[one.pk for one in lots.sample(made, 8)])
            decided = moderation.decide_many(chosen, verb, by=mod, reason="subject")
            if lots.random() < 0.5:
                moderation.undo_many(decided.batch, by=mod)
        assert faults() == []


COMPARED = "state placed reason decided_at shown_at reports".split()
OF_ACTS = "verb by_name at reason note state_before state_after reason_before decided_before".split()


def traces(post, made):
    """All that a verb can have left behind, in words that are the same for the same thread under another post."""
    numbers = {comment.pk: number for number, comment in enumerate(made)}
    rows = Comment.objects.filter(post=post).order_by("pk").values_list(*COMPARED)
    acts = ModerationAct.objects.filter(comment__post=post).order_by("pk")
    reports = Report.objects.filter(comment__post=post).order_by("pk").values_list("settled_at", flat=True)
    outgoing = [
        (row.kind, [numbers[key] for key in row.payload.get("answers", [row.payload.get("comment")])])
        for row in Outgoing.objects.order_by("pk")
    ]
    return {
        "comments": list(rows),
        "acts": sorted(acts.values_list(*OF_ACTS), key=repr),
        "reports": list(reports),
        "numbers": Tally.objects.of_post(post.pk)[:2],
        "sites": sorted(KnownSite.objects.values_list("host", flat=True)),
        "outgoing": sorted(outgoing),
    }


@pytest.mark.parametrize("verb", moderation.STEPS)
@pytest.mark.parametrize("seed", range(3))
def test_many_at_once_is_as_one_by_one(post, mod, verb, seed):
    made = grown(post, seed)
    Subscription.objects.create(post=post, email="rita@example.org", confirmed_at=NOON)
    chosen = sorted(one.pk for one in random.Random(seed).sample(made, 15))
    words = {"note": "All of one", "at": LATER} | ({"reason": "advertising"} if verb == "remove" else {})
    with taken_back():
        for comment in Comment.objects.filter(pk__in=chosen).order_by("tree_id", "lft"):
            do(verb, comment, mod, **words)
        one_by_one = traces(post, made)
        assert one_by_one["outgoing"] or verb not in {"approve", "remove"}
    decided = moderation.decide_many(Comment.objects.filter(pk__in=chosen), verb, by=mod, **words)
    assert (decided.done, decided.refused) == (15, 0)
    assert traces(post, made) == one_by_one
    assert ModerationAct.objects.filter(batch=decided.batch).count() == 15


@pytest.mark.parametrize("verb", moderation.STEPS)
def test_what_was_decided_together_is_undone_together(post, mod, verb):
    made = grown(post, 5)
    chosen = Comment.objects.filter(pk__in=[one.pk for one in made])
    before = list(Comment.objects.order_by("pk").values_list("state", "reason", "decided_at", "reports"))
    decided = moderation.decide_many(chosen, verb, by=mod, reason="subject")
    undone = moderation.undo_many(decided.batch, by=mod)
    assert (undone.done, undone.refused) == (25, 0)
    assert list(Comment.objects.order_by("pk").values_list("state", "reason", "decided_at", "reports")) == before
    assert {act.undoes.batch for act in ModerationAct.objects.filter(batch=undone.batch)} == {decided.batch}
    assert faults() == []
    left = everything()
    assert moderation.undo_many(decided.batch, by=mod).refused == 25
    assert moderation.undo_many(undone.batch, by=mod).refused == 25
    assert everything() == left


def test_together_is_not_undone_what_others_decided_since(post, mod):
    comments = [comment_in("waiting", post) for _ in range(3)]
    decided = moderation.decide_many(Comment.objects.all(), "approve", by=mod)
    moderation.remove(comments[1], "person", by=person("edith"))
    undone = moderation.undo_many(decided.batch, by=mod)
    assert (undone.done, undone.refused) == (2, 1)
    assert [fresh(one).state for one in comments] == ["waiting", "removed", "waiting"]


def test_of_many_those_that_refuse_stay_as_they_are(post, mod):
    comments = {state: comment_in(state, post) for state in STATES}
    decided = moderation.decide_many(Comment.objects.all(), "hold", by=mod)
    assert (decided.done, decided.refused) == (5, 2)
    assert [fresh(comments[state]).state for state in ("withdrawn", "erased")] == ["withdrawn", "withdrawn"]
    assert fresh(comments["erased"]).reason == "erased"


def test_of_many_none_is_decided_on_that_is_not_among_them_any_more(post, mod, monkeypatch):
    """A colleague was faster: what waits is approved, not what was removed meanwhile."""
    first, second = comment_in("waiting", post), comment_in("waiting", post)
    hold = moderation.placing.hold

    def meanwhile(keys):
        Comment.objects.filter(pk=first.pk).update(state="removed", reason="person")
        return hold(keys)

    monkeypatch.setattr(moderation.placing, "hold", meanwhile)
    decided = moderation.decide_many(Comment.objects.waiting(), "approve", by=mod)
    assert (decided.done, decided.refused) == (1, 1)
    assert [fresh(first).state, fresh(second).state] == ["removed", "visible"]


def test_nothing_for_nobody(post, mod):
    left = everything()
    decided = moderation.decide_many(Comment.objects.none(), "hold", by=mod)
    assert (decided.done, decided.refused) == (0, 0)
    assert moderation.undo_many(decided.batch, by=mod).done == 0
    assert everything() == left


def test_many_cost_no_more_statements_than_one(post, mod):
    mod.has_perm("comments.moderate_comment")  # asked once

    def statements(address):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            decided = moderation.decide_many(
                Comment.objects.filter(address=address), "remove", by=mod, reason="subject"
            )
            moderation.undo_many(decided.batch, by=mod)
        return len(asked)

    one = make_comment(post, address="a")
    for _ in range(30):
        one = make_comment(post, address="b", answers=one if one.level < 5 else None)
    assert statements("b") <= statements("a")


def test_one_decision_costs_few_statements(post, mod):
    comment = chain(post, *"abcdefgh")[-1]
    mod.has_perm("comments.moderate_comment")  # asked once
    with CaptureQueriesContext(connection) as asked:
        moderation.bin(comment, by=mod)
    assert len(asked) <= 10, [one["sql"][:100] for one in asked]
