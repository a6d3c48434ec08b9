"""What comes in is stored once or refused whole; its writer may change or withdraw it for a quarter of an hour."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from blog import belonging, workflow
from blog.models import Allowance, Outgoing, Tally
from blog.rendering import Unacceptable
from comments import judging, limits, moderation, posting, receiving, spamcheck
from comments.models import (
    Ban,
    Comment,
    HouseRules,
    KnownSite,
    ListedWord,
    ModerationAct,
    Subscription,
    Wording,
)
from comments.receiving import Arrival, Banned, Closed, Missing, TooLate, change, receive, withdraw
from tests.factories import (
    everything,
    fresh,
    make_author,
    make_comment,
    make_live_post,
    make_moderator,
    make_post,
    make_publisher,
    make_reader,
    make_user,
    person,
    published,
    write,
)

pytestmark = pytest.mark.django_db

NOW = timezone.now()
SOON = NOW + timedelta(minutes=5)
LATER = NOW + timedelta(minutes=20)


@pytest.fixture
def post():
    return make_live_post(at=NOW - timedelta(days=1))


@pytest.fixture
def open_house():
    HouseRules.objects.update(policy="open", limit_seconds=0, limit_count=100)


def arrival(post, text="When does it open?", **parts):
    return Arrival(post.pk, text, **{"name": "Marit Dahl", "address": "203.0.113.7"} | parts)


def state_of(comment):
    return Comment.objects.get(pk=comment.pk).state


# A comment comes in


def test_a_comment_is_kept_with_what_it_answered_and_where_it_came_from(post):
    comment = receive(arrival(post, "Is it *true*?", email="marit@example.org"), NOW)
    kept = Comment.objects.get()
    assert kept == comment
    assert (kept.text, kept.html, kept.name) == ("Is it *true*?", "<p>Is it <em>true</em>?</p>", "Marit Dahl")
    assert (kept.state, kept.placed, kept.shown_at) == ("waiting", False, None)
    assert (kept.revision_id, kept.created_at, kept.badge, kept.user_id) == (post.live_id, NOW, "", None)
    assert kept.address == limits.address_key("203.0.113.7")
    assert kept.writer
    assert "203.0.113.7" not in str(Comment.objects.values_list())
    assert kept.facts == [["first"]]
    assert Subscription.objects.get().email == "marit@example.org"


def test_what_readers_see_at_once_is_placed_counted_and_told(post, open_house):
    before = Tally.objects.of_post(post.pk)
    comment = receive(arrival(post, "See https://seen.example/x"), NOW)
    if comment.state == "waiting":  # a site not seen before, in a first comment
        moderation.approve(comment, by=make_moderator())
    comment = receive(arrival(post, "And https://other.example/x"), SOON)
    assert (comment.state, comment.placed, comment.shown_at) == ("visible", True, SOON)
    after = Tally.objects.of_post(post.pk)
    assert (after.visible - before.visible, after.shown - before.shown) == (2, 2)
    assert KnownSite.objects.filter(host="other.example").exists()


def test_who_asked_for_it_is_told_of_an_answer_once_readers_see_it(post, open_house):
    Subscription.objects.create(post=post, email="ruth@example.org", confirmed_at=NOW)
    answered = make_comment(post, name="Ruth", email="ruth@example.org")
    HouseRules.objects.update(policy="waits")
    receive(arrival(post, "It waits", answers_id=answered.pk), NOW)
    assert not Outgoing.objects.exists()
    HouseRules.objects.update(policy="open")
    receive(arrival(post, "It is seen", answers_id=answered.pk), NOW)
    assert Outgoing.objects.get().kind == "answers"


def test_without_an_email_address_no_mail_is_asked_for(post):
    receive(arrival(post), NOW)
    assert not Subscription.objects.exists()
    assert not Outgoing.objects.exists()


def test_the_wording_that_was_answered_is_the_one_that_was_live(post):
    first = receive(arrival(post), NOW)
    revision = fresh(post).live_id
    published(write(post, headline="Bridge open again"))
    second = receive(arrival(post, "At last"), LATER)
    assert Comment.objects.get(pk=first.pk).revision_id == revision
    assert Comment.objects.get(pk=second.pk).revision_id == fresh(post).live_id != revision


def test_the_same_form_again_is_the_same_comment(post):
    first = receive(arrival(post), NOW)
    before = everything()
    for same in (arrival(post), arrival(post, "When  does it\nOPEN? ")):
        assert receive(same, SOON) == first
    assert everything() == before


@pytest.mark.parametrize(
    "other",
    [{"text": "Else?"}, {"name": "Marta Dahl"}, {"address": "203.0.113.8"}, {"email": "a@example.org"}],
    ids=str,
)
def test_another_form_is_another_comment(post, open_house, other):
    first = receive(arrival(post), NOW)
    assert receive(arrival(post, **other), SOON) != first


def test_the_same_words_as_an_answer_or_elsewhere_are_another_comment(post, open_house):
    first = receive(arrival(post), NOW)
    if first.state != "visible":
        moderation.approve(first, by=make_moderator())
    answer = receive(arrival(post, answers_id=first.pk), NOW)
    elsewhere = receive(arrival(make_live_post("Another", at=NOW)), NOW)
    assert len({first.pk, answer.pk, elsewhere.pk}) == 3
    assert answer.parent_id == first.pk


def test_who_knows_name_address_and_words_is_not_led_to_the_comment(post):
    """The private link would let him change it."""
    first = receive(arrival(post, email="marit@example.org"), NOW)
    assert receive(arrival(post, email="marit@example.org", address="198.51.100.1"), SOON) != first


def test_the_same_form_without_an_address_is_stored_once(post, monkeypatch):
    """No row of an address makes the second wait: the database refuses it."""
    first = receive(arrival(post, address=""), NOW)
    found = receiving._sent_before
    answers = iter([None, None])
    monkeypatch.setattr(receiving, "_sent_before", lambda key: next(answers, found(key)))
    with transaction.atomic():
        assert receive(arrival(post, address=""), SOON) == first
    assert Comment.objects.count() == 1


def test_another_breach_of_the_tables_is_not_taken_for_the_same_form(post, monkeypatch):
    def fails(*args, **kwargs):
        raise IntegrityError("UNIQUE constraint failed: somewhere.else")

    monkeypatch.setattr(posting, "insert", fails)
    with pytest.raises(IntegrityError), transaction.atomic():
        receive(arrival(post), NOW)


# Refused


def refused(error, *arguments, **parts):
    before = everything()
    with pytest.raises(error) as caught:
        receive(arrival(*arguments, **parts), NOW)
    assert everything() == before
    return caught.value


@pytest.mark.parametrize("text", ["", "  \n ", "\u200b", "\u3164", "\xad", "a\0b", "a" * 10_001, "[" * 500])
def test_a_text_that_says_nothing_or_too_much_is_refused(post, text):
    refused(Unacceptable, post, text)


@pytest.mark.parametrize("name", ["", " ", "\u200b\u2066", "\u3164", "a\0b", "a" * 81, "a\x1bb"])
def test_a_name_that_nobody_can_read_is_refused(post, name):
    refused(Unacceptable, post, name=name)


def test_a_name_is_kept_in_one_form_without_what_turns_it_round(post):
    assert (
        receive(arrival(post, name=" Ma\u202erit\u200b  e\u0301" + "\u0489" * 20), NOW).name == "Marit é" + "\u0489" * 5
    )


def test_a_closed_discussion_takes_nothing(post):
    belonging.set_discussion(post, "closed", by=make_publisher())
    refused(Closed, post)


def test_after_some_days_nothing_is_taken(post):
    old = make_live_post("Old", at=NOW - timedelta(days=61))
    refused(Closed, old)


def test_a_piece_that_readers_do_not_see_takes_nothing(post):
    refused(Missing, make_post("A draft"))
    workflow.withdraw(post, by=make_publisher(), public_note="Wrong.")
    refused(Missing, post)


def test_a_piece_closed_while_the_form_was_on_its_way_takes_nothing(post, monkeypatch):
    def closes(draft, **where):
        belonging.set_discussion(post, "closed", by=make_publisher())

    monkeypatch.setattr(spamcheck, "ask", closes)
    with pytest.raises(Closed):
        receive(arrival(post), NOW)
    assert not Comment.objects.exists()
    assert not Allowance.objects.exists()


def test_a_piece_withdrawn_while_the_form_was_on_its_way_takes_nothing(post, monkeypatch):
    def withdraws(draft, **where):
        workflow.withdraw(post, by=make_publisher(), public_note="Wrong.")

    monkeypatch.setattr(spamcheck, "ask", withdraws)
    with pytest.raises(Missing):
        receive(arrival(post), NOW)
    assert not Comment.objects.exists()


def test_who_is_banned_is_refused_and_told_why(post):
    comment = receive(arrival(post), NOW)
    ban = moderation.ban_address(comment, timezone.now() + timedelta(days=1), "Insults.", by=make_moderator())
    assert refused(Banned, post, "Again").ban == ban


def test_too_much_from_one_address_is_refused(post):
    receive(arrival(post), NOW)
    assert refused(limits.TooFast, post, "And another").again_at > NOW


def test_who_answers_on_behalf_of_the_house_is_not_counted(post):
    for number in range(10):
        receive(arrival(post, f"Answer {number}", user=make_publisher()), NOW)
    assert Comment.objects.count() == 10


@pytest.mark.parametrize("state", ["waiting", "held", "removed", "withdrawn", "spam"])
def test_what_readers_do_not_see_cannot_be_answered(post, state):
    answered = make_comment(post, state=state)
    refused(posting.Gone, post, answers_id=answered.pk)


def test_a_comment_of_another_piece_or_none_cannot_be_answered(post):
    elsewhere = make_comment(make_live_post("Another", at=NOW))
    for key in (elsewhere.pk, 0, 10**17):
        refused(posting.Gone, post, answers_id=key)


def test_the_spam_check_is_asked_before_the_transaction_and_believed(post, monkeypatch, open_house):
    asked = []

    def says(draft, **where):
        asked.append((draft.text, where))
        return judging.SPAM

    monkeypatch.setattr(spamcheck, "ask", says)
    comment = receive(arrival(post, agent="Browser"), NOW)
    assert comment.state == "spam"
    assert asked == [("When does it open?", {"address": "203.0.113.7", "agent": "Browser"})]
    receive(arrival(post, agent="Browser"), NOW)
    assert len(asked) == 1  # the same form is not asked about again


def test_if_the_spam_check_is_away_the_comment_waits(post, monkeypatch, open_house):
    monkeypatch.setattr(spamcheck, "ask", lambda draft, **where: judging.AWAY)
    assert receive(arrival(post), NOW).state == "waiting"


def test_a_form_with_the_hidden_field_filled_in_is_put_to_spam(post, open_house):
    assert receive(arrival(post, oddities=(judging.HIDDEN_FIELD,)), NOW).state == "spam"


# Who writes


def test_an_account_gives_the_name_whatever_was_typed(post):
    comment = receive(arrival(post, name="Edith", user=make_reader()), NOW)
    assert (comment.name, comment.badge, comment.user_id) == ("Rita", "", make_reader().pk)


def test_an_account_without_a_full_name_has_its_own(post):
    assert receive(arrival(post, user=make_user("nell")), NOW).name == "nell"


def test_the_house_answers_with_a_badge_and_is_seen_at_once(post):
    HouseRules.objects.update(policy="waits")
    comment = receive(arrival(post, name="Nobody", user=person("edith")), NOW)
    assert (comment.name, comment.badge, comment.state) == ("Edith", "staff", "visible")


def test_the_author_of_the_piece_is_shown_as_such_elsewhere_as_of_the_house():
    carla = person("carla")
    make_author("Carla Reyes", "carla-reyes", user=carla)
    hers = make_live_post(at=NOW, byline=({"name": "Carla Reyes", "slug": "carla-reyes"},))
    another = make_live_post("Another", at=NOW)
    assert [(c.name, c.badge) for c in (receive(arrival(p, user=carla), NOW) for p in (hers, another))] == [
        ("Carla Reyes", "author"),
        ("Carla Reyes", "staff"),
    ]


def test_a_byline_without_an_account_of_the_house_gives_no_badge():
    rita = make_reader()
    make_author("Rita R.", "rita-r", user=rita)
    hers = make_live_post(at=NOW, byline=({"name": "Rita R.", "slug": "rita-r"},))
    comment = receive(arrival(hers, user=rita), NOW)
    assert (comment.name, comment.badge) == ("Rita", "")


def test_a_name_like_one_of_the_house_gives_no_badge_and_waits(post, open_house):
    person("edith")
    comment = receive(arrival(post, name="Еdith"), NOW)  # with a Cyrillic letter
    assert (comment.badge, comment.state) == ("", "waiting")


# Changed by its writer


def visible(post, text="When does it open?", **parts):
    comment = receive(arrival(post, text, **parts), NOW)
    if comment.state != "visible":
        moderation.approve(comment, by=make_moderator(), at=NOW)
        Comment.objects.filter(pk=comment.pk).update(decided_at=None)
    return Comment.objects.get(pk=comment.pk)


def acts_of(comment):
    acts = ModerationAct.objects.filter(comment=comment, by=None).order_by("pk")
    return list(acts.values_list("verb", "by_name", "at", "state_before", "state_after"))


def test_other_words_are_shown_at_once_and_the_first_ones_are_kept_for_moderators(post, open_house):
    comment = visible(post)
    before = Tally.objects.of_post(post.pk)
    changed = change(comment, "When does it *close*?", at=SOON)
    kept = Comment.objects.get()
    assert (kept.text, kept.html) == ("When does it *close*?", "<p>When does it <em>close</em>?</p>")
    assert (kept.edited_at, kept.state, kept.placed, kept.shown_at) == (SOON, "visible", True, comment.shown_at)
    assert changed.text == kept.text
    assert list(Wording.objects.values_list("comment", "text", "html", "until")) == [
        (comment.pk, "When does it open?", "<p>When does it open?</p>", SOON)
    ]
    assert acts_of(comment) == [("edit", "", SOON, "visible", "visible")]
    after = Tally.objects.of_post(post.pk)
    assert (after.visible, after.shown) == (before.visible, before.shown)
    assert after.version > before.version


def test_other_words_are_judged_and_may_have_to_wait(post, open_house):
    comment = visible(post)
    ListedWord.objects.create(word="casino", folded="casino")
    change(comment, "Visit the casino", at=SOON)
    kept = Comment.objects.get()
    assert (kept.state, kept.placed) == ("waiting", False)
    assert kept.facts != comment.facts
    assert Tally.objects.of_post(post.pk).visible == 0
    assert acts_of(comment) == [("edit", "", SOON, "visible", "waiting")]


def test_what_has_answers_leaves_its_place_while_it_waits_again(post, open_house):
    comment = visible(post)
    make_comment(post, answers=comment)
    ListedWord.objects.create(word="casino", folded="casino")
    change(comment, "Visit the casino", at=SOON)
    kept = Comment.objects.get(pk=comment.pk)
    assert (kept.state, kept.placed) == ("waiting", True)
    assert Tally.objects.of_post(post.pk).visible == 1


def test_what_waits_goes_on_waiting_with_its_new_words(post):
    comment = receive(arrival(post), NOW)
    HouseRules.objects.update(policy="open")
    version = Tally.objects.of_post(post.pk).version
    change(comment, "Other words", at=SOON)
    assert Comment.objects.get().state == "waiting"
    assert Tally.objects.of_post(post.pk).version == version


def test_the_same_words_again_change_nothing(post):
    comment = receive(arrival(post), NOW)
    before = everything()
    change(comment, "When does it open?\n", at=SOON)
    assert everything() == before


def test_the_first_form_sent_once_more_leads_to_the_changed_comment(post):
    comment = receive(arrival(post), NOW)
    change(comment, "Other words", at=SOON)
    assert receive(arrival(post), SOON) == comment


@pytest.mark.parametrize(
    "act", [lambda c, at: change(c, "Other", at=at), lambda c, at: withdraw(c, at=at)], ids=["change", "withdraw"]
)
def test_after_a_quarter_of_an_hour_or_a_decision_it_is_too_late(post, act):
    comment = receive(arrival(post), NOW)
    before = everything()
    with pytest.raises(TooLate):
        act(comment, NOW + timedelta(minutes=15))
    assert everything() == before
    moderation.approve(comment, by=make_moderator(), at=SOON)
    before = everything()
    with pytest.raises(TooLate):
        act(comment, SOON)  # with a copy that does not know of the decision
    assert everything() == before


def test_who_is_banned_changes_nothing_but_may_withdraw(post):
    comment = receive(arrival(post), NOW)
    Ban.objects.create(
        kind="address", value=comment.address, label="x", reason="x", until=NOW + timedelta(days=1), by_name="mod"
    )
    before = everything()
    with pytest.raises(Banned):
        change(comment, "Other", at=SOON)
    assert everything() == before
    withdraw(comment, at=SOON)
    assert state_of(comment) == "withdrawn"


def test_words_that_cannot_be_kept_change_nothing(post):
    comment = receive(arrival(post), NOW)
    before = everything()
    for text in ("", "a\0b", "a" * 10_001):
        with pytest.raises(Unacceptable):
            change(comment, text, at=SOON)
    assert everything() == before


def test_a_comment_is_changed_so_often_and_no_more(post, monkeypatch):
    monkeypatch.setattr(receiving, "MOST_CHANGES", 2)
    comment = receive(arrival(post), NOW)
    for text in ("One", "Two"):
        change(comment, text, at=SOON)
    with pytest.raises(TooLate):
        change(comment, "Three", at=SOON)
    assert Comment.objects.get().text == "Two"


# Withdrawn by its writer


def test_what_nobody_saw_is_withdrawn_without_a_trace(post):
    comment = receive(arrival(post), NOW)
    version = Tally.objects.of_post(post.pk).version
    withdraw(comment, at=SOON)
    kept = Comment.objects.get()
    assert (kept.state, kept.placed, kept.form_key) == ("withdrawn", False, None)
    assert acts_of(comment) == [("withdraw", "", SOON, "waiting", "withdrawn")]
    assert Tally.objects.of_post(post.pk).version == version


def test_what_readers_saw_leaves_its_place(post, open_house):
    comment = visible(post)
    make_comment(post, answers=comment)
    before = Tally.objects.of_post(post.pk)
    withdraw(comment, at=SOON)
    kept = Comment.objects.get(pk=comment.pk)
    assert (kept.state, kept.placed) == ("withdrawn", True)
    after = Tally.objects.of_post(post.pk)
    assert (before.visible - after.visible, after.shown) == (1, before.shown)


def test_the_same_words_may_be_sent_again_after_that(post, open_house):
    comment = receive(arrival(post), NOW)
    withdraw(comment, at=SOON)
    assert receive(arrival(post), SOON) != comment


def test_nobody_withdraws_twice(post):
    comment = receive(arrival(post), NOW)
    withdraw(comment, at=SOON)
    before = everything()
    with pytest.raises(TooLate):
        withdraw(comment, at=SOON)
    assert everything() == before
