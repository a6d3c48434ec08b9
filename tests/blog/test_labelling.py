"""What is called by two names is found under one; wordings keep their words, addresses lead on, all can be undone."""

import random

import pytest
from django.contrib.redirects.models import Redirect
from django.db import connection
from django.test.utils import CaptureQueriesContext

from blog import indexing, labelling, workflow
from blog.labelling import Refused
from blog.models import Post, Synonym, Tag, TagAct, TaggedPost
from blog.rendering import Unacceptable
from blog.verifying import verify
from tests import factories
from tests.factories import everything, fresh, make_editor, make_live_post, make_publisher, person
from tests.racing import database_for_race, race

pytestmark = pytest.mark.django_db
POSTGRESQL = connection.vendor == "postgresql"


def tag(name):
    return Tag.objects.get(name=name)


def under(name):
    return set(TaggedPost.objects.filter(tag__name=name).values_list("content_object", flat=True))


def indexes():
    """All that says under which tags pieces are found, and where old addresses lead."""
    return (
        set(Tag.objects.values_list("pk", "name", "slug", "description", "folded")),
        set(TaggedPost.objects.values_list("tag", "content_object", "published_at")),
        set(Post.objects.values_list("pk", "section")),
        set(Redirect.objects.values_list("old_path", "new_path")),
        set(Synonym.objects.values_list("folded", "tag")),
    )


def test_two_tags_become_one(client):
    bridge = make_live_post(tags=("Bridge", "Harbour"), section="Bridge")
    bridges = make_live_post("Two", tags=("Bridges",))
    both = make_live_post("Three", tags=("Bridge", "Bridges"))
    labelling.merge(tag("Bridge"), tag("Bridges"), by=make_editor())
    assert under("Bridges") == {bridge.pk, bridges.pk, both.pk}
    assert fresh(bridge).section == tag("Bridges")
    assert fresh(bridge).live.tags == ["Bridge", "Harbour"]  # as it was written
    assert not Tag.objects.filter(name="Bridge").exists()
    assert list(verify()) == []
    for old, new in [("", ""), ("feed.atom", "feed.atom"), ("feed.json", "feed.json")]:
        answer = client.get(f"/tags/bridge/{old}")
        assert (answer.status_code, answer.headers["Location"]) == (301, f"/tags/bridges/{new}")


def test_what_is_published_under_the_old_name_is_found_under_the_tag():
    make_live_post(tags=("Bridge",))
    make_live_post("Two", tags=("Bridges",))
    labelling.merge(tag("Bridge"), tag("Bridges"), by=make_editor())
    post = make_live_post("Three", tags=("BRIDGE", "Bridges"), section="Bridge")
    assert list(post.tags.all()) == [tag("Bridges")]
    assert fresh(post).section == tag("Bridges")
    again = factories.published(factories.write(fresh(post), tags=("Ferry", "bridge")))
    assert under("Ferry") == {again.pk}
    assert again.pk in under("Bridges")
    assert list(verify()) == []


def test_readers_see_a_merge_at_once(client):
    post = make_live_post(tags=("Bridge",))
    make_live_post("Two", tags=("Bridges",))
    page = client.get(post.get_absolute_url())
    assert "/tags/bridge/" in page.content.decode()
    labelling.merge(tag("Bridge"), tag("Bridges"), by=make_editor())
    again = client.get(post.get_absolute_url(), headers={"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 200
    assert "/tags/bridges/" in again.content.decode() and "/tags/bridge/" not in again.content.decode()


def test_a_merge_is_undone():
    make_live_post(tags=("Bridge", "Harbour"), section="Bridge")
    make_live_post("Two", tags=("Bridges",))
    make_live_post("Three", tags=("Bridge", "Bridges"), section="Bridges")
    Tag.objects.filter(name="Bridge").update(description="What spans.")
    before = indexes()
    act = labelling.merge(tag("Bridge"), tag("Bridges"), by=make_editor())
    labelling.undo(act, by=make_editor())
    assert indexes() == before
    assert list(verify()) == []
    with pytest.raises(Refused, match="already"):
        labelling.undo(act, by=make_editor())


def test_what_was_published_and_withdrawn_meanwhile_stands_where_its_words_say():
    make_live_post(tags=("Bridge",))
    gone = make_live_post("Two", tags=("Bridge", "Bridges"))
    act = labelling.merge(tag("Bridge"), tag("Bridges"), by=make_editor())
    new = make_live_post("Three", tags=("bridge",))
    workflow.withdraw(fresh(gone), by=make_publisher(), public_note="Wrong.")
    labelling.undo(act, by=make_editor())
    assert new.pk in under("Bridge") and under("Bridges") == set()
    assert list(verify()) == []


def test_merges_on_top_of_each_other_are_undone_from_the_top():
    for number, name in enumerate(("One", "Two", "Three")):
        make_live_post(f"Post {number}", tags=(name,))
    before = indexes()
    first = labelling.merge(tag("One"), tag("Two"), by=make_editor())
    second = labelling.merge(tag("Two"), tag("Three"), by=make_editor())
    assert len(under("Three")) == 3
    assert set(Redirect.objects.values_list("new_path", flat=True)) == {
        "/tags/three/",
        "/tags/three/feed.atom",
        "/tags/three/feed.json",
    }
    with pytest.raises(Refused, match="take that back first"):
        labelling.undo(first, by=make_editor())
    labelling.undo(second, by=make_editor())
    labelling.undo(first, by=make_editor())
    assert indexes() == before


def test_a_tag_is_renamed_and_that_is_undone(client):
    post = make_live_post(tags=("Climat",), section="Climat")
    before = indexes()
    act = labelling.rename(tag("Climat"), "Climate", by=make_editor())
    assert client.get("/tags/climat/").headers["Location"] == "/tags/climate/"
    assert under("Climate") == {post.pk}
    other = make_live_post("Two", tags=("climat",))
    assert under("Climate") == {post.pk, other.pk}
    assert list(verify()) == []
    labelling.undo(act, by=make_editor())
    assert under("Climat") == {post.pk, other.pk}
    workflow.withdraw(fresh(other), by=make_publisher(), public_note="Wrong.")
    tags, tagged, _sections, *others = indexes()
    assert (tags, tagged, others) == (before[0], before[1], list(before[3:]))


def test_what_was_published_under_a_new_name_is_found_when_the_renaming_is_undone():
    make_live_post(tags=("Climat",))
    act = labelling.rename(tag("Climat"), "Climate", by=make_editor())
    post = make_live_post("Two", tags=("Climate",))
    labelling.undo(act, by=make_editor())
    assert post.pk in under("Climat")
    assert list(verify()) == []


def test_back_to_a_name_it_had():
    make_live_post(tags=("One",))
    labelling.rename(tag("One"), "Two", by=make_editor())
    labelling.rename(tag("Two"), "One", by=make_editor())
    assert list(Tag.objects.values_list("name", "slug")) == [("One", "one")]
    assert list(Synonym.objects.values_list("name", flat=True)) == ["Two"]
    assert not Redirect.objects.filter(old_path="/tags/one/").exists()
    assert list(verify()) == []


def test_a_renaming_to_a_name_it_had_is_undone_with_what_that_name_came_of():
    """A name that a merge or a renaming gave is its own again, or the first could never be undone."""
    make_live_post(tags=("One",))
    make_live_post("Two", tags=("T",))
    before = indexes()
    acts = [labelling.merge(tag("One"), tag("T"), by=make_editor())]
    acts.append(labelling.rename(tag("T"), "One", by=make_editor()))
    acts.append(labelling.rename(tag("One"), "Two", by=make_editor()))
    acts.append(labelling.rename(tag("Two"), "One", by=make_editor()))
    for act in reversed(acts):
        labelling.undo(act, by=make_editor())
    assert indexes() == before


def test_an_address_leads_where_the_tag_is_now_whatever_is_undone(client):
    for number, name in enumerate(("A", "B", "D")):
        make_live_post(f"Post {number}", tags=(name,))
    first = labelling.merge(tag("D"), tag("B"), by=make_editor())
    second = labelling.merge(tag("A"), tag("B"), by=make_editor())
    labelling.undo(first, by=make_editor())
    labelling.rename(tag("D"), "E", by=make_editor())
    labelling.undo(second, by=make_editor())
    assert client.get("/tags/d/").headers["Location"] == "/tags/e/"
    assert client.get("/tags/a/").status_code == client.get("/tags/b/").status_code == 200


def test_an_address_that_leads_elsewhere_meanwhile_goes_on_to(client):
    for number, name in enumerate(("X", "B")):
        make_live_post(f"Post {number}", tags=(name,))
    labelling.rename(tag("X"), "A", by=make_editor())  # /tags/x/ leads to A
    merged = labelling.merge(tag("A"), tag("B"), by=make_editor())
    Redirect.objects.filter(old_path="/tags/x/").update(new_path="/elsewhere/")
    labelling.undo(merged, by=make_editor())
    assert client.get("/tags/x/").headers["Location"] == "/elsewhere/"
    assert client.get("/tags/x/feed.atom").headers["Location"] == "/tags/a/feed.atom"


def test_undoing_asks_as_much_for_many_pieces_as_for_few(monkeypatch):
    questions = []
    for many in (2, 30):
        for number in range(many):
            make_live_post(f"Post {many} {number}", tags=("Bridge", "Ferry"), section="Bridge")
        make_live_post(f"Post {many}", tags=("Bridges",))
        act = labelling.merge(tag("Bridge"), tag("Bridges"), by=make_editor())
        with CaptureQueriesContext(connection) as asked:
            labelling.undo(act, by=make_editor())
        questions.append(len(asked))
        assert list(verify()) == []
    assert questions[0] == questions[1]
    monkeypatch.setattr(labelling, "MANY", 7)
    before = indexes()
    labelling.undo(labelling.merge(tag("Bridge"), tag("Bridges"), by=make_editor()), by=make_editor())
    assert indexes() == before


def test_a_tag_has_only_so_many_other_names(monkeypatch):
    monkeypatch.setattr(labelling, "MOST_SYNONYMS", 2)
    make_live_post(tags=("Harbour",))
    for name in ("Port", "Hafen"):
        labelling.add_synonym(tag("Harbour"), name, by=make_editor())
    with pytest.raises(Refused, match="2 other names"):
        labelling.add_synonym(tag("Harbour"), "Haven", by=make_editor())
    assert Synonym.objects.count() == 2


def test_other_letters_of_the_same_name_are_no_other_name():
    make_live_post(tags=("harbour",))
    act = labelling.rename(tag("harbour"), "Harbour", by=make_editor())
    assert (Synonym.objects.count(), Redirect.objects.count(), tag("Harbour").slug) == (0, 0, "harbour")
    labelling.undo(act, by=make_editor())
    assert tag("harbour")
    assert labelling.rename(tag("harbour"), "harbour", by=make_editor()) is None


def test_other_names_are_given_and_taken():
    make_live_post(tags=("Harbour",))
    other = labelling.add_synonym(tag("Harbour"), "Port", by=make_editor())
    post = make_live_post("Two", tags=("port",))
    assert post.pk in under("Harbour")
    with pytest.raises(Refused, match="found by it"):
        labelling.remove_synonym(other, by=make_editor())
    workflow.withdraw(post, by=make_publisher(), public_note="Wrong.")
    labelling.remove_synonym(other, by=make_editor())
    assert Synonym.objects.count() == 0


def test_the_name_of_a_merged_tag_is_taken_away_by_undoing_alone():
    make_live_post(tags=("One",))
    make_live_post("Two", tags=("Two",))
    labelling.merge(tag("One"), tag("Two"), by=make_editor())
    with pytest.raises(Refused, match="take that back"):
        labelling.remove_synonym(Synonym.objects.get(), by=make_editor())


def test_refusals_leave_nothing_behind():
    make_live_post(tags=("One", "Two"))
    labelling.add_synonym(tag("Two"), "Second", by=make_editor())
    gone = Tag(pk=10**9, name="Gone", slug="gone")
    before = everything()
    refused = [
        lambda: labelling.merge(tag("One"), tag("One"), by=make_editor()),
        lambda: labelling.merge(tag("One"), tag("Two"), by=person("carla")),
        lambda: labelling.merge(tag("One"), gone, by=make_editor()),
        lambda: labelling.rename(tag("One"), "two", by=make_editor()),
        lambda: labelling.rename(tag("One"), "second", by=make_editor()),
        lambda: labelling.rename(tag("One"), "Three", by=person("carla")),
        lambda: labelling.add_synonym(tag("One"), "Two", by=make_editor()),
        lambda: labelling.add_synonym(tag("One"), "Second", by=make_editor()),
        lambda: labelling.add_synonym(tag("One"), "Three", by=person("carla")),
        lambda: labelling.remove(tag("One"), by=make_editor()),
        lambda: labelling.remove_synonym(Synonym.objects.get(), by=person("carla")),
    ]
    for act in refused:
        with pytest.raises(Refused):
            act()
    for name in ("", " ", "a,b", "\u202e", "x" * 101, "a\0b"):
        with pytest.raises(Unacceptable):
            labelling.rename(tag("One"), name, by=make_editor())
    assert everything() == before


def test_what_nothing_uses_can_be_removed():
    make_live_post(tags=("Used",))
    gone = make_live_post("Two", tags=("Unused",))
    workflow.withdraw(gone, by=make_publisher(), public_note="Wrong.")
    assert list(labelling.unused()) == [tag("Unused")]
    labelling.remove(tag("Unused"), by=make_editor())
    assert list(Tag.objects.values_list("name", flat=True)) == ["Used"]


def test_random_acts_are_undone_to_the_last():
    chance = random.Random(5)
    names = ["Bridge", "Harbour", "Ferry", "Council", "Port"]
    for number in range(12):
        own = chance.sample(names, chance.randint(1, 3))
        make_live_post(f"Post {number}", tags=tuple(own), section=chance.choice(["", own[0]]))
    before, acts = indexes(), []
    for number in range(40):
        tags = list(Tag.objects.order_by("pk"))
        if len(tags) > 1 and chance.random() < 0.3:
            one, other = chance.sample(tags, 2)
            acts.append(labelling.merge(one, other, by=make_editor()))
        else:
            one = chance.choice(tags)
            own = list(one.synonyms.values_list("name", flat=True))  # to a name that it had, too
            name = chance.choice(own) if own and chance.random() < 0.5 else f"Name {number}"
            acts.append(labelling.rename(one, name, by=make_editor()))
        assert list(verify()) == []
    for act in reversed(acts):
        labelling.undo(act, by=make_editor())
    assert indexes() == before


def test_an_act_says_who_did_it():
    make_live_post(tags=("One", "Two"))
    labelling.merge(tag("One"), tag("Two"), by=make_editor())
    act = TagAct.objects.get()
    assert (act.verb, act.name, act.into, act.by_name) == ("merge", "One", "Two", "Edith")


@pytest.mark.django_db(transaction=True)
def test_while_others_publish_under_both_nothing_is_lost(tmp_path):
    for number in range(6):
        make_live_post(f"Post {number}", tags=("One", "Two")[number % 2 :][:1], section=("One", "Two")[number % 2])
    keys = list(Post.objects.values_list("pk", flat=True))
    make_editor(), make_publisher()
    place = database_for_race(connection, tmp_path)
    jobs = [["publish_under", keys[number::3], "paula", ["One", "Two"], number, 25] for number in range(3)]
    found = race(place, *jobs, ["merge_and_undo", "edith", "One", "Two", 8])
    assert found[:3] == [[], [], []]
    assert set(found[3]) <= {"Others are publishing under it: try again."}
    assert race(place, ["lies"]) == [[]]


@pytest.mark.django_db(transaction=True)
def test_a_name_that_two_give_at_once_is_one_tags_alone(tmp_path):
    """Other names, new names, and first pieces that bear them; none falls between, and nobody meets an error."""
    make_live_post(tags=("One", "Two"))
    make_editor(), make_publisher()
    names = [f"Name {number}" for number in range(12)]
    place = database_for_race(connection, tmp_path)
    jobs = [
        ["publish_new_under", "paula", names],
        ["publish_new_under", "paula", names[::-1]],
        ["give_names", "edith", "One", names],
        ["give_names", "edith", "Two", names],
    ]
    found = race(place, *jobs)
    assert found[:2] == [[], []]
    assert {said for each in found[2:] for said in each} <= {"done", "Refused"}
    assert race(place, ["lies"]) == [[]]


@pytest.mark.django_db(transaction=True)
def test_new_pieces_under_a_name_that_is_given_and_taken_back_stand_where_their_words_say(tmp_path):
    make_live_post(tags=("One",))
    make_live_post("Two", tags=("Two",))
    make_editor(), make_publisher()
    place = database_for_race(connection, tmp_path)
    jobs = [["publish_new_under", "paula", ["One", "Two", "Three"] * 8] for _one in range(2)]
    found = race(
        place, *jobs, ["rename_and_undo", "edith", "One", "Three", 8], ["merge_and_undo", "edith", "One", "Two", 8]
    )
    assert found[:2] == [[], []]
    assert race(place, ["lies"]) == [[]]


def test_indexing_makes_a_tag_once():
    assert indexing.tags_named(["One", "one"]) == indexing.tags_named(["ONE"])
