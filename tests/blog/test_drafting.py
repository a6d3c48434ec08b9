"""What somebody typed and did not save: who may keep what, what is never written over, and when it goes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from blog import drafting, presence
from blog.models import Draft, Presence
from blog.rendering import Unacceptable
from blog.workflow import NotAllowed
from tests.factories import make_live_post, make_post, make_rolling_post, make_update, person

pytestmark = pytest.mark.django_db

ONE, TWO = "form-of-one-window", "form-of-another"


def words(text, **more):
    return {"headline": [text]} | more


def keep(place, text="Crack found", form=ONE, counter=1, *, by="carla", **more):
    return drafting.keep(person(by), place, form, counter, words(text), **more)


def kept():
    return {(draft.place, draft.form): draft.fields["headline"][0] for draft in Draft.objects.all()}


def test_the_next_words_of_a_form_take_the_place_of_its_last():
    place = drafting.place_of(make_post())
    keep(place, "Crack", counter=1)
    keep(place, "Crack found", counter=2)
    assert kept() == {(place, ONE): "Crack found"}


def test_an_answer_that_comes_late_never_wins():
    place = drafting.place_of(make_post())
    keep(place, "Crack found", counter=7)
    for counter in (6, 7):
        assert keep(place, "Crack", counter=counter).older
    assert kept() == {(place, ONE): "Crack found"}


def test_two_windows_of_one_person_keep_a_row_each_and_both_are_offered():
    place = drafting.place_of(make_post())
    keep(place, "From the one", form=ONE)
    keep(place, "From the other", form=TWO)
    assert kept() == {(place, ONE): "From the one", (place, TWO): "From the other"}
    offered = drafting.offered(person("carla"), [place], but=[TWO])
    assert [draft.title() for draft in offered] == ["From the one"]


def test_nobody_sees_or_changes_the_words_of_somebody_else():
    place = drafting.place_of(make_live_post())
    draft = keep(place).draft
    assert drafting.offered(person("edith"), [place]) == []
    assert drafting.put_away(person("edith"), draft.pk) is None
    drafting.drop(person("edith"), place, ONE, 99, took=(draft.pk, draft.counter))
    keep(place, "Of edith", by="edith", took=(draft.pk, draft.counter))
    draft.refresh_from_db()
    assert (draft.user, draft.title(), draft.away_at) == (person("carla"), "Crack found", None)


def test_nothing_is_written_where_the_words_stand_there(django_assert_num_queries):
    place, at = drafting.place_of(make_post()), timezone.now() - timedelta(minutes=5)
    keep(place, now=at)
    user = person("carla")
    user.has_perm("blog.change_post")
    with django_assert_num_queries(4):  # a savepoint with its end, may the person see it, what is there
        drafting.keep(user, place, ONE, 2, words("Crack found"))
    assert Draft.objects.get().saved_at == at
    with django_assert_num_queries(5):
        drafting.keep(user, place, ONE, 3, words("Crack found today"))


def test_what_is_taken_moves_on_to_the_form_that_took_it_unless_somebody_typed_there():
    place = drafting.place_of(make_post())
    draft = keep(place, "Crack").draft
    keep(place, "Crack found", form=TWO, counter=5, took=(draft.pk, draft.counter))
    assert kept() == {(place, TWO): "Crack found"}

    draft = keep(place, "Crack", form=ONE, counter=1).draft
    keep(place, "Crack, says the one", form=ONE, counter=2)
    keep(place, "Crack, says the third", form="form-number-three", counter=1, took=(draft.pk, draft.counter))
    assert kept()[place, ONE] == "Crack, says the one"
    assert len(kept()) == 3


def test_what_is_saved_goes_and_what_was_typed_since_stays():
    place = drafting.place_of(make_post())
    keep(place, counter=3)
    keep(place, "Of the other", form=TWO, counter=3)
    drafting.drop(person("carla"), place, ONE, 2)
    assert len(kept()) == 2
    drafting.drop(person("carla"), place, ONE, 3)
    assert kept() == {(place, TWO): "Of the other"}


@pytest.mark.parametrize(
    ("place", "form", "counter", "fields"),
    [
        ("post-", ONE, 1, {}),
        ("post-1x", ONE, 1, {}),
        ("post-" + "9" * 19, ONE, 1, {}),
        ("author-1", ONE, 1, {}),
        ("new-else", ONE, 1, {}),
        ("new-post\n", ONE, 1, {}),
        ("new-post", "short", 1, {}),
        ("new-post", "x" * 33, 1, {}),
        ("new-post", ONE, 0, {}),
        ("new-post", ONE, 2**53, {}),
        ("new-post", ONE, 1, {"a\0": ["x"]}),
        ("new-post", ONE, 1, {"x" * 101: ["x"]}),
        ("new-post", ONE, 1, {"headline": ["a\0b"]}),
        ("new-post", ONE, 1, {"headline": ["a\ud800b"]}),
        ("new-post", ONE, 1, {"body": ["x" * (drafting.LARGEST + 1)]}),
        ("new-post", ONE, 1, {f"f{number}": ["x"] for number in range(drafting.MOST_FIELDS + 1)}),
        ("new-post", ONE, 1, {"f": ["x"] * (drafting.MOST_FIELDS + 1)}),
    ],
)
def test_what_no_form_of_ours_sends_is_refused_with_a_sentence(place, form, counter, fields):
    with pytest.raises(Unacceptable, match=r"\.$"):
        drafting.keep(person("carla"), place, form, counter, fields)
    assert not Draft.objects.exists()


def test_as_much_as_can_be_saved_is_kept():
    long = "ж" * 600_000
    drafting.keep(person("carla"), "new-post", ONE, 1, {"body": [long], "headline": ["﷽\U0001f6a2\u200d"]})
    assert Draft.objects.get().fields == {"body": [long], "headline": ["﷽\U0001f6a2\u200d"]}


def test_words_are_kept_only_where_a_person_may_write_something():
    draft, live = make_post(by=person("colin")), make_live_post()
    running = make_rolling_post("Running")
    update = make_update(running, by=person("colin"))
    for name, place, may in [
        ("carla", f"post-{draft.pk}", False),
        ("carla", f"post-{live.pk}", True),
        ("carla", f"post-{live.pk + 1000}", False),
        ("carla", f"new-update-{running.pk}", True),
        ("carla", f"new-update-{draft.pk}", False),
        ("carla", f"update-{update.pk}", True),
        ("carla", f"update-{update.pk + 1000}", False),
        ("rita", "new-post", False),
        ("mod", "new-page", False),
        ("mod", f"post-{live.pk}", False),
    ]:
        if may:
            assert keep(place, by=name).draft
        else:
            with pytest.raises(NotAllowed):
                keep(place, by=name)
    assert len(kept()) == 3


def test_a_person_does_not_fill_the_database_with_forms():
    for number in range(drafting.MOST_FORMS):
        keep("new-post", form=f"form-number-{number}")
    with pytest.raises(Unacceptable):
        keep("new-post", form="one-form-too-many")
    keep("new-post", "Still kept", form="form-number-1", counter=2)
    assert Draft.objects.count() == drafting.MOST_FORMS


def test_it_knows_which_version_the_form_was_opened_with():
    post = make_post()
    place = drafting.place_of(post)
    drafting.keep(person("carla"), place, ONE, 1, words("A", based_on=["1"]))
    assert Draft.objects.get().based_on == post.head
    drafting.keep(person("carla"), place, ONE, 2, words("A", based_on=["99"]))
    assert Draft.objects.get().based_on is None


def test_what_is_put_away_is_not_offered_and_comes_back():
    place = drafting.place_of(make_post())
    draft, carla = keep(place).draft, person("carla")
    assert drafting.put_away(carla, draft.pk).away_at
    assert drafting.offered(carla, [place]) == []
    assert drafting.bring_back(carla, draft.pk).away_at is None
    assert drafting.offered(carla, [place]) == [draft]
    drafting.put_away(carla, draft.pk)
    keep(place, "Typed on", counter=2)  # in a window that is still open
    assert [one.title() for one in drafting.offered(carla, [place])] == ["Typed on"]


def test_old_words_go_after_ninety_days_and_those_put_away_after_thirty():
    now, day = timezone.now(), timedelta(days=1)
    for number, (saved, away) in enumerate([(91, None), (89, None), (40, 31), (40, 29)]):
        draft = keep("new-post", str(number), form=f"form-number-{number}", now=now - saved * day).draft
        Draft.objects.filter(pk=draft.pk).update(away_at=away and now - away * day)
    assert drafting.forget_old(now) == 2
    assert sorted(kept().values()) == ["1", "3"]


def test_a_draft_is_called_by_its_headline_or_how_it_begins():
    assert Draft(fields={"headline": ["  Crack\n found "]}).title() == "Crack found"
    assert (
        Draft(fields={"update-headline": [""], "update-body": ["<p>A <b>crack</b> &amp; more"]}).title()
        == "A crack & more"
    )
    assert len(Draft(fields={"headline": ["x" * 500]}).title()) == 120
    for nothing in ({}, {"headline": []}, {"body": ["<p></p>"]}):
        assert Draft(fields=nothing).title() == ""


def test_words_apart_are_counted_without_markup():
    assert drafting.words_apart("<p>The bridge is closed</p>", "<p>The <b>old</b> bridge is open</p>") == (2, 1)
    assert drafting.words_apart("", "") == (0, 0)


# Who is here


def here(piece, name="ada", now=None):
    return [(one.name, one.writing, one.update) for one in presence.others(piece, person(name), now=now)]


def test_who_has_it_open_looks_until_something_is_typed_and_then_writes_for_a_minute():
    post, now = make_post(), timezone.now()
    presence.say(post, person("carla"), now=now)
    assert here(post, now=now) == [("Carla", False, None)]
    presence.say(post, person("carla"), typed=True, now=now)
    assert here(post, now=now) == [("Carla", True, None)]
    presence.say(post, person("carla"), now=now + timedelta(seconds=61))
    assert here(post, now=now + timedelta(seconds=61)) == [("Carla", False, None)]


def test_two_windows_of_one_person_are_one_and_nobody_is_told_of_himself():
    post = make_post()
    presence.say(post, person("carla"))
    presence.say(post, person("carla"), typed=True)
    assert (Presence.objects.count(), here(post)) == (1, [("Carla", True, None)])
    assert here(post, "carla") == []


def test_who_is_gone_is_gone_after_a_while_and_comes_anew():
    post, then = make_post(), timezone.now() - timedelta(hours=1)
    presence.say(post, person("carla"), now=then)
    assert here(post, now=then + presence.HERE) == [("Carla", False, None)]
    assert here(post) == []
    presence.say(post, person("carla"))
    assert presence.others(post, person("ada"))[0].since > then + timedelta(minutes=59)
    presence.say(post, person("carla"), now=timezone.now() + timedelta(seconds=30))
    assert presence.others(post, person("ada"))[0].since < timezone.now()


def test_at_a_post_those_at_its_updates_are_told_of_and_nobody_twice():
    post = make_rolling_post()
    update, other = make_update(post), make_update(post, "Other")
    presence.say(update, person("carla"), typed=True)
    presence.say(post, person("colin"))
    presence.say(other, person("colin"))
    assert here(post) == [("Carla", True, update.pk), ("Colin", False, None)]
    assert here(update) == [("Carla", True, update.pk)]
    assert here(other) == [("Colin", False, other.pk)]


def test_the_board_asks_once_for_all_its_pieces(django_assert_num_queries):
    posts = [make_post("One"), make_rolling_post("Two"), make_post("Three")]
    presence.say(posts[0], person("carla"))
    presence.say(posts[1], person("carla"))
    presence.say(make_update(posts[1]), person("carla"), typed=True)
    presence.say(posts[1], person("edith"))
    with django_assert_num_queries(1):
        found = presence.at(posts)
    assert found == {posts[0].pk: [("Carla", False)], posts[1].pk: [("Carla", True), ("Edith", False)]}


def test_rows_of_long_ago_are_deleted():
    now = timezone.now()
    presence.say(make_post(), person("carla"), now=now - timedelta(days=2))
    presence.say(make_post(), person("edith"), now=now)
    assert presence.forget_old(now) == 1
    assert [row.user for row in Presence.objects.all()] == [person("edith")]
