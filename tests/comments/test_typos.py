"""What comments point at: a hundred labelled ones, and a hundred more that the search had not seen when it was made."""

import sys
import tomllib
from pathlib import Path

import pytest

from comments.nearness import how_far, slips
from comments.typos import Found, Passage, find

DATA = Path(__file__).parents[1] / "data" / "typos"
TEXTS = tomllib.loads((DATA / "texts.toml").read_text(encoding="utf-8"))


def labelled(name):
    styles = tomllib.loads((DATA / name).read_text(encoding="utf-8"))
    return [(style, comment) for style, comments in styles.items() for comment in comments]


def passages(name):
    return [Passage(place, text) for place, texts in TEXTS[name].items() for text in texts]


def miss(comment):
    """What is wrong with what was found for a labelled comment; "" if it is the place that is meant, and the fix."""
    there = passages(comment["on"])
    found = find(comment["says"], there)
    if "at" not in comment:
        return f"nothing is wrong, found {found.exact!r}" if found else ""
    if found is None:
        return "found nothing"
    start, end = comment["at"].index("["), comment["at"].index("]") - 1
    around = comment["at"].replace("[", "").replace("]", "")
    number, text = next((number, one.text) for number, one in enumerate(there) if around in one.text)
    start, end = text.index(around) + start, text.index(around) + end
    if found.passage != number or found.start > start or found.end < end or len(found.exact.split()) > 10:
        return f"found {found.exact!r}"
    assert text[found.start : found.end] == found.exact
    fixed = text[: found.start] + found.replacement + text[found.end :]
    if "to" in comment and fixed != text[:start] + comment["to"] + text[end:]:
        return f"{found.exact!r} would be {found.replacement!r}"
    return ""


@pytest.mark.parametrize("name", ["comments.toml", "reserve.toml"])
def test_nine_of_ten_are_found_and_nothing_where_nothing_is_meant(name):
    comments = labelled(name)
    misses = [(style, comment["says"], miss(comment), "at" in comment) for style, comment in comments]
    misses = [one for one in misses if one[2]]
    wrong = [one[:3] for one in misses if one[3]]
    alarms = [one[:3] for one in misses if not one[3]]
    meant = sum("at" in comment for _style, comment in comments)
    assert alarms == []
    assert len(wrong) <= meant // 10, wrong


def test_the_set_is_what_it_is_said_to_be():
    comments = labelled("comments.toml")
    assert len(comments) >= 100
    assert len({style for style, _comment in comments}) >= 6
    assert sum("at" not in comment for _style, comment in comments) >= 20
    assert len(labelled("reserve.toml")) >= 100
    for _style, comment in comments + labelled("reserve.toml"):
        around = comment.get("at", "").replace("[", "").replace("]", "")
        assert not around or sum(one.text.count(around) for one in passages(comment["on"])) == 1, comment


# One place, or none


def body(*texts):
    return [Passage("body", text) for text in texts]


def test_where_the_words_stand_twice_none_is_taken():
    assert find("recieve -> receive", body("We recieve it.", "They recieve it.")) is None


def test_unless_the_comment_says_which():
    there = [Passage("headline", "They recieve it"), *body("We recieve it.", "You recieve it.")]
    assert find("In the headline: recieve -> receive", there).passage == 0
    assert find("Second paragraph: recieve -> receive", there).passage == 2
    assert find("recieve -> receive, in paragraph 1", there).passage == 1
    assert find("last paragraph, recieve -> receive", there).passage == 2
    assert find("tenth paragraph, recieve -> receive", there) is None


def test_a_paragraph_counted_wrongly_does_not_hide_the_only_place():
    assert find("Fourth paragraph: recieve -> receive", body("We recieve it.")).exact == "recieve"


def test_of_words_that_differ_in_their_capitals_the_ones_that_are_spelt_so():
    there = body("The council met. The Council, they say, is old.")
    assert find('"Council" should be "council"', there) == Found(0, 21, 28, "Council", "council")


def test_nothing_is_found_across_paragraphs():
    assert find('"the bridge" should be "a bridge"', body("He saw the", "bridge was long.")) is None


def test_what_was_mended_meanwhile_is_not_found():
    assert find("It's siege, not seige", body("The town was under siege.")) is None


def test_what_a_comment_quotes_of_another_is_not_what_it_says():
    said = "> seige -> siege\nNo, it was never one."
    assert find(said, body("The town was under seige.")) is None
    assert find("> I read it twice.\nseige -> siege", body("The town was under seige.")).exact == "seige"


def test_the_capital_is_that_of_the_text():
    assert find("febuary -> february", body("In Febuary it closed.")).replacement == "February"
    assert find("Typo. Receive is spelled with e before i.", body("We recieve it.")).replacement == "receive"


@pytest.mark.parametrize("said", ["", " ", "...", "typo", "Typo!", "There is a typo.", "😂", "“”", "->", "s///", "*"])
def test_of_nothing_nothing_is_found(said):
    assert find(said, body("The council closed the bridge.", "")) is None
    assert find(said, []) is None


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("siege", "seige", 1),
        ("occured", "occurred", 1),
        ("recieve", "receive", 1),
        ("there", "their", 2),
        ("same", "same", 0),
        ("", "ab", 2),
        ("abc", "xyz", None),
        ("a" * 41, "a" * 41, None),
    ],
)
def test_slips_are_counted(one, other, apart):
    assert slips(one, other, 2) == slips(other, one, 2) == apart


def test_words_have_to_do_with_each_other_or_not():
    assert how_far(["the", "mayor"], ["the", "clown"]) is None
    assert how_far(["same"], ["same"]) is None
    assert how_far(["every", "day"], ["everyday"]) == 1
    assert how_far(["in", "1974"], ["in", "1976"]) == 1
    assert how_far(["north"], ["south"]) == 1


HOSTILE = [
    "Typo: " + " ".join(f"wordx{number}" for number in range(800)),
    "the " * 1_000 + "typo",
    "a, not a " * 500,
    '"' * 4_000,
    "-> " * 1_300,
    "s/a/" * 1_000,
    'missing "' + "a" * 4_000,
    "'a " * 1_300,
    " ".join(f"word{number} ->" for number in range(600)),
    " ".join(f'"word{number} word{number + 1}"' for number in range(300)) + " should be",
    "x" * 100_000,
]


def calls(said, words):
    """How many functions are called to look for what a comment says in so many words."""
    text = body(" ".join(f"word{number}" for number in range(words)))
    counted = 0

    def count(_frame, event, _value):
        nonlocal counted
        counted += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        find(said, text)
    finally:
        sys.setprofile(None)
    return counted


@pytest.mark.parametrize("said", HOSTILE, ids=range(len(HOSTILE)))
def test_twice_the_text_is_twice_the_work_whatever_a_comment_says(said):
    assert calls(said, 1_000) < 2.2 * calls(said, 500)


@pytest.mark.parametrize("said", ["recieve -> receive. ", '"recieve" ', "Typo: recieve. ", "the the ", "a, not b "])
def test_a_longer_comment_is_not_much_more_work(said):
    """What is too long to be a hint is looked at as far as a hint goes."""
    assert calls(said * 100, 200) < 2.2 * calls(said * 50, 200)
