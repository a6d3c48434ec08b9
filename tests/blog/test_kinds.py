"""What an edit touches: measured on a corpus, and the rules that the corpus does not show."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog import rendering
from blog.kinds import NAMES, warnings
from blog.revisions import Content

CORPUS = Path(__file__).parents[1] / "data" / "edits" / "edits.txt"
EDIT = re.compile(r"\[([^\]|]*)\|([^\]]*)\]")


def edits():
    """(labels, old sentence, new sentence) of every edit of the corpus."""
    for line in CORPUS.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        labels, sentence = line.split("  ", 1)
        if EDIT.search(sentence):
            old, new = EDIT.sub(r"\1", sentence), EDIT.sub(r"\2", sentence)
        else:
            old, new = sentence.split("|")
        yield set(labels.split(",")) - {"-"}, old, new


def touched(old, new, part="body"):
    """The names of what an edit of one text touches."""
    of_html = {"body", "summary"}
    old, new = (f"<p>{text}</p>" if part in of_html and "<p>" not in text[:3] else text for text in (old, new))
    parts = [{"headline": "Harbour news"} | {part: text} for text in (old, new)]
    return {warning.name for warning in warnings(*(Content(**one) for one in parts))}


def test_what_changes_the_meaning_is_found_and_a_typo_is_no_alarm():
    found = [(labels, touched(old, new), old, new) for labels, old, new in edits()]
    telling = [one for one in found if one[0]]
    typos = [one for one in found if not one[0]]
    missed = [one for one in telling if not one[0] <= one[1]]
    alarms = [one for one in typos if one[1]]
    wrong = [one for one in telling if one[1] - one[0]]
    report = "\n".join(
        f"{kind}: {','.join(sorted(labels)) or '-'} → {','.join(sorted(names)) or '-'}  {old} | {new}"
        for kind, rows in (("missed", missed), ("alarm", alarms), ("more", wrong))
        for labels, names, old, new in rows
    )
    assert len(found) >= 400
    assert set().union(*(labels for labels, *_rest in found)) == set(NAMES)
    assert len(missed) <= 0.02 * len(telling), report
    assert len(alarms) <= 0.05 * len(typos), report
    assert len(wrong) <= 0.05 * len(telling), report


@pytest.mark.parametrize("part", ["headline", "standfirst", "summary", "body"])
def test_every_text_of_a_wording_is_compared(part):
    assert touched("The bridge has 17 bolts.", "The bridge has 71 bolts.", part) == {"number"}
    assert touched("The bridge has 17 blots.", "The bridge has 17 bolts.", part) == set()


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ({"sources": ({"url": "https://a.example/1"},)}, {"sources": ({"url": "https://a.example/2"},)}, "link"),
        ({"sources": ()}, {"sources": ({"url": "https://a.example/2"},)}, "link"),
        ({"sources": ({"outlet": "Clarion"},)}, {"sources": ({"outlet": "Courier"},)}, "name"),
        ({"sources": ({"title": "Notice 31"},)}, {"sources": ({"title": "Notice 13"},)}, "number"),
        (
            {"sources": ({"at": "2025-09-05T12:00:00+00:00"},)},
            {"sources": ({"at": "2025-09-05T13:00:00+00:00"},)},
            "date",
        ),
        ({"byline": ({"name": "Ines Okafor"},)}, {"byline": ({"name": "Tomas Reyl"},)}, "name"),
        ({"happened_at": "2025-09-05T12:00:00+00:00"}, {"happened_at": "2025-09-05T12:30:00+00:00"}, "date"),
        (
            {"image": {"src": "/a.png", "alt": "The pier in 1976"}},
            {"image": {"src": "/a.png", "alt": "In 1974"}},
            "number",
        ),
    ],
)
def test_so_is_what_stands_around_the_texts(old, new, name):
    assert name in {warning.name for warning in warnings(Content("H", **old), Content("H", **new))}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"byline": ({"name": "José Reyl"},)}, {"byline": ({"name": "Jose Reyl"},)}),
        ({"tags": ("Harbour",)}, {"tags": ("Harbor",)}),
        ({"section": "News"}, {"section": "Council"}),
        ({"image": None}, {"image": {"src": "/a.png", "alt": ""}}),
        ({"body": "<p>One.</p>"}, {"body": "<p>One.</p>"}),
        ({"body": "<p>One. Two.</p>"}, {"body": "<p>One.</p><p>Two.</p>"}),
    ],
)
def test_what_tells_readers_nothing_else_is_no_alarm(old, new):
    assert warnings(Content("H", **old), Content("H", **new)) == []


def test_the_sentence_shows_the_words_before_and_after_with_their_neighbours():
    [warning] = said("It was not closed in spring.", "It was now closed in spring.")
    assert warning == ("negation", "It touches a negation: “was not closed” becomes “was now closed”.")
    [warning] = said("It has 17 bolts.", "It has 71 bolts. Another has 5.")
    assert warning.words == "It touches a number: “has 17 bolts” becomes “has 71 bolts”. And 1 more."
    [warning] = said('<a href="/a">x</a>', "x")
    assert warning.words == "It touches where a link leads: “/a” goes."
    [warning] = said("x", '<a href="/a">x</a>')
    assert warning.words == "It touches where a link leads: “/a” comes in."


def said(old, new):
    return warnings(*(Content("H", body=f"<p>{text}</p>") for text in (old, new)))


def test_one_for_each_name_and_in_one_order():
    link = '<a href="/x">x</a>'
    found = said("Anna has 17 boats “here”, not in May.", f"Ben has 71 boats “there”, now in June. {link}")
    assert tuple(warning.name for warning in found) == NAMES


def test_a_name_that_begins_a_sentence_is_known_by_the_rest_of_the_text():
    rest = " They asked Ansel about it."
    assert touched("Ansle knew." + rest, "Ansel knew." + rest) == {"name"}
    assert touched("Polcie knew." + rest, "Police knew." + rest) == set()


def test_in_a_headline_in_which_every_word_has_a_capital_a_capital_says_nothing():
    assert (
        touched("Council Closes Kestrel Brigde Before Winter", "Council Closes Kestrel Bridge Before Winter") == set()
    )
    assert touched("The council closed Kestrel Brigde", "The council closed Kestrel Bridge") == {"name"}


def test_a_quotation_that_goes_on_into_the_next_paragraph_is_one():
    old = "<p>She said: “We waited.</p><p>“It was to late,” she said.</p><p>It was late.</p>"
    assert touched(old, old.replace("to late", "too late")) == {"quotation"}
    assert touched(old, old.replace("It was late.", "It was laet.")) == set()


@given(st.text(alphabet="aA1 .,:'’“”„«»\"‘\n<>&-—€%@/", max_size=80), st.text(alphabet="bB2 .“”'’", max_size=20))
def test_no_text_breaks_it(text, more):
    old, new = (Content(one, standfirst=one, body=rendering.clean(one)) for one in (text, text[:40] + more + text[40:]))
    assert warnings(old, old) == []
    warnings(old, new)
