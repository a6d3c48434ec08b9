"""Notes of colleagues on exact words: on these words after every edit, or said to have lost them; never on others."""

import random

import pytest

from blog import anchors, passage_notes
from blog.models import Outgoing, PassageNote
from blog.pointing import NotThere
from blog.rendering import Unacceptable
from blog.workflow import NotAllowed, WrongState
from tests.factories import everything, fresh, make_post, make_rolling_post, make_update, person, rewrite_update, write

BODY = "<p>The bridge is closed until Friday.</p><p>Engineers found a crack, and the bridge stays shut.</p>"


def noted(piece, exact="a crack", text="Who says so?", *, by="edith", **more):
    return passage_notes.add(piece, piece.head, by=person(by), part="body", exact=exact, text=text, **more)


def placed(piece):
    """What each open note points at now; None where its words have changed."""
    piece = fresh(piece)
    text = passage_notes.pointing.text_of(piece.head, "body")
    return [sight.span and text[sight.span.start : sight.span.end] for sight in passage_notes.open_notes(piece)]


@pytest.mark.django_db
def test_a_note_stays_with_its_words_through_edits_or_says_that_they_are_gone():
    post = make_post(body=BODY)
    note = noted(post)
    post = write(post, body="<p>News.</p>" + BODY)
    assert placed(post) == ["a crack"]
    # What stood before them changes, then what stood after: nothing of the first surroundings is left
    post = write(post, body="<p>Two engineers of the county have just seen a crack, and the bridge stays shut.</p>")
    assert placed(post) == ["a crack"]
    post = write(post, body="<p>Two engineers of the county have just seen a crack. More tomorrow.</p>")
    assert placed(post) == ["a crack"]
    post = write(post, body="<p>Two engineers of the county have just seen rust. More tomorrow.</p>")
    assert placed(post) == [None]
    assert (note.exact, note.revision.number) == ("a crack", 1)  # the old wording can be shown


@pytest.mark.django_db
@pytest.mark.parametrize(("most", "where"), [(50, "found"), (1, "lost")])
def test_words_are_followed_through_so_many_wordings_and_no_more(monkeypatch, most, where):
    """What stood on both sides has changed, one side after the other."""
    monkeypatch.setattr(passage_notes, "MOST_FOLLOWED", most)
    post = make_post(body="<p>On Monday we found a crack in the north pier.</p>")
    note = noted(post, before="On Monday we found ", after=" in the north pier.")
    assert note.before.endswith("found ")
    post = write(post, body="<p>By some luck they saw a crack in the north pier.</p>")
    post = write(post, body="<p>By some luck they saw a crack of a hand’s width.</p>")
    [sight] = passage_notes.open_notes(post)
    assert ("found" if sight.span else "lost") == where


@pytest.mark.django_db
def test_words_that_stand_there_twice_are_told_apart_or_refused():
    post = make_post(body=BODY)
    with pytest.raises(NotThere, match="more than once"):
        noted(post, "bridge")
    noted(post, "bridge", before="a crack, and the ", after=" stays shut")
    [sight] = passage_notes.open_notes(post)
    assert sight.span.start > 40


@pytest.mark.django_db
def test_only_who_reads_the_drafts_leaves_notes():
    post = make_post(body=BODY)
    before = everything()
    with pytest.raises(NotAllowed):
        noted(post, by="colin")
    with pytest.raises(Unacceptable):
        noted(post, text=" ")
    with pytest.raises(NotThere):
        noted(post, "words that are not there")
    with pytest.raises(WrongState):
        passage_notes.add(
            make_post("Another"), post.head, by=person("edith"), part="body", exact="a crack", text="Whose?"
        )
    assert everything()["blog.PassageNote"] == before["blog.PassageNote"] == []


@pytest.mark.django_db
def test_who_wrote_hears_of_a_note_and_who_made_it_of_answers():
    for name in ("carla", "edith"):
        user = person(name)
        user.email = f"{name}@record.example"
        user.save(update_fields=["email"])
    note = noted(make_post(body=BODY))
    passage_notes.answer(note, by=person("carla"), text="The engineers.")
    rows = Outgoing.objects.filter(kind="passage_note").order_by("pk")
    assert [row.payload["user"] for row in rows] == [person("carla").pk, person("edith").pk]


@pytest.mark.django_db
def test_the_same_note_sent_twice_is_one_and_is_done_once():
    post = make_post(body=BODY)
    note = noted(post)
    assert noted(post) == note
    with pytest.raises(NotAllowed):
        passage_notes.finish(note, by=person("mod"))
    passage_notes.finish(note, by=person("carla"))
    assert passage_notes.open_notes(post) == []
    with pytest.raises(WrongState, match="Carla"):
        passage_notes.answer(note, by=person("edith"), text="Late.")
    assert PassageNote.objects.count() == 1


@pytest.mark.django_db
def test_an_update_has_notes_of_its_own():
    update = make_update(make_rolling_post(), body=BODY)
    noted(update)
    assert placed(rewrite_update(update, body="<p>So.</p>" + BODY)) == ["a crack"]
    assert passage_notes.open_notes(update.post) == []


@pytest.mark.django_db
def test_many_notes_are_read_with_the_same_questions(django_assert_num_queries):
    post = make_post(body=BODY)
    noted(post)
    post = write(post, body="<p>All is different.</p>")
    with django_assert_num_queries(2):
        passage_notes.open_notes(post)
    first = post.revisions.get(number=1)
    for exact in ("closed", "Engineers"):
        passage_notes.add(post, first, by=person("edith"), part="body", exact=exact, text="And this?")
    with django_assert_num_queries(2):
        passage_notes.open_notes(post)


# 10,000 scripts of edits. Every word bears a number by which it is known for sure, that readers do not see.


# As in a language: the first few of many are every fifth word.
VOCABULARY = [f"{first}{vowel}{last}" for first in "bdfgklmnprst" for vowel in "aeiou" for last in "lnrst"]
WEIGHTS = [1 / (rank + 3) for rank in range(len(VOCABULARY))]


def drawn(chance, count):
    return chance.choices(VOCABULARY, WEIGHTS, k=count)


def edited(chance, words):
    """The same with some words put in, taken out, changed, or moved; each is (number, word)."""
    words = list(words)
    for _edit in range(chance.randint(1, 3)):
        at = chance.randrange(len(words) + 1)
        end = min(len(words), at + chance.randint(1, 6))
        fresh_words = [(chance.random(), word) for word in drawn(chance, chance.randint(1, 5))]
        match chance.choice(["in", "in", "out", "over", "move"]):
            case "in":
                words[at:at] = fresh_words
            case "out":
                del words[at:end]
            case "over":
                words[at:end] = fresh_words
            case "move":
                taken, words[at:end] = words[at:end], []
                to = chance.randrange(len(words) + 1)
                words[to:to] = taken
    return words


def text_of(words):
    return " ".join(word for _number, word in words)


def numbers_at(words, span):
    """The numbers of the words that a span is on."""
    found, at = [], 0
    for number, word in words:
        if span.start <= at and at + len(word) <= span.end:
            found.append(number)
        at += len(word) + 1
    return found


def test_notes_are_on_the_same_words_or_lost_and_keep_their_order():
    chance, wrong, found, swapped = random.Random(5), 0, 0, 0
    for _script in range(10_000):
        words = list(enumerate(drawn(chance, chance.randint(12, 60))))
        text, notes = text_of(words), []
        for _note in range(2):
            at = chance.randrange(len(words) - 4)
            meant = words[at : at + chance.randint(1, 4)]
            start = len(text_of(words[:at])) + bool(at)
            exact = text_of(meant)
            notes.append(([number for number, _word in meant], exact, *anchors.around(text, start, start + len(exact))))
        texts, places = [], []
        for _version in range(chance.randint(1, 4)):
            words = edited(chance, words)
            texts.append(text_of(words))
        for meant, *pointed in notes:
            span = anchors.find_surely(texts[-1], *pointed) or passage_notes.follow(texts, *pointed)
            if span is None:
                continue
            assert texts[-1][span.start : span.end] == pointed[0]
            # Who takes a word out and puts the same one in has changed nothing that anybody could read.
            found, is_wrong = found + 1, not set(numbers_at(words, span)) & set(meant)
            wrong += is_wrong
            if not is_wrong and set(meant) <= {number for number, _word in words}:
                places.append((meant, span))
        if len(places) == 2 and places[0] != places[1]:
            order = [number for number, _word in words]
            (one, here), (other, there) = places
            swapped += (order.index(one[0]) < order.index(other[0])) != (here.start < there.start) and one[0] != other[
                0
            ]
    assert found > 6_000
    assert wrong <= found / 1_000, (wrong, found)
    assert swapped == 0
