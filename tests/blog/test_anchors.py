"""Words with their neighbours: exactly these are changed, and never others."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from blog import anchors, rendering
from blog.anchors import Span

BRIDGE = (
    "<p>The bridge <em>opened in</em> October&nbsp;1974 &amp; rests on <strong>four</strong> bearings.</p>\n"
    "<ul><li>Two on each pier</li><li>None on the quay</li></ul>\n"
    '<p>It was painted in <a href="https://example.org/1974" title="a &gt; b">1974</a> and <b>not</b> since.</p>'
)
CLEAN = rendering.clean(BRIDGE)
PLAIN = rendering.plain(CLEAN)

WORD = st.text("abcåé&<>;“1", min_size=1, max_size=5)
INLINE = st.sampled_from(["em", "strong", "a", "code", "span", "sub"])


@st.composite
def runs(draw):
    """Some words of a paragraph, some of them marked up, with all kinds of white space."""
    said = []
    for word in draw(st.lists(WORD, min_size=1, max_size=6)):
        word = word.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        for tag in draw(st.lists(INLINE, max_size=2)):
            word = f'<{tag} title="x &quot;>&quot; y">{word}</{tag}>'
        said += [word, draw(st.sampled_from([" ", "", "\n ", "&nbsp;", " <br> "]))]
    return "".join(said)


@st.composite
def texts(draw):
    block = st.sampled_from(["<p>%s</p>", "<ul><li>%s</li></ul>", "<blockquote><p>%s</p></blockquote>"])
    return rendering.clean("\n".join(draw(block) % inner for inner in draw(st.lists(runs(), min_size=1, max_size=5))))


def folded(text):
    return " ".join(text.split())


def pointed_at(draw, text):
    """Some characters of a plain text, that begin and end with something to be seen."""
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, min(len(text), start + 40)))
    assume(text[start] != " " and text[end - 1] != " ")
    return start, end


@given(texts())
def test_a_text_is_read_as_its_plain_text(source):
    assert anchors._Reading.of_html(source).text == rendering.plain(source)


@given(st.data())
def test_exactly_the_words_change_and_only_once(data):
    source = data.draw(texts())
    text = rendering.plain(source)
    assume(text)
    start, end = pointed_at(data.draw, text)
    exact, (before, after) = text[start:end], anchors.around(text, start, end)
    replacement = data.draw(st.text("abxyz &<é", max_size=12))
    found = anchors.find(source, exact, before, after)
    assert found in (None, Span(start, end))
    changed = anchors.replace(source, exact, before, after, replacement)
    if changed is None:
        return
    assert found == Span(start, end)
    assert rendering.plain(changed) == folded(text[:start] + folded(replacement) + text[end:])
    assert rendering.clean(changed) == changed
    if folded(replacement):
        assert anchors.replace(changed, exact, before, after, replacement) is None


WORDS = "bridge opened October rests four main bearings pier quay painted since ferry harbour master inspection".split()


@given(st.data())
def test_after_edits_elsewhere_the_words_are_the_same_or_declared_lost(data):
    words = data.draw(st.lists(st.sampled_from(WORDS), min_size=3, max_size=40))
    text = " ".join(words)
    start, end = pointed_at(data.draw, text)
    exact, (before, after) = text[start:end], anchors.around(text, start, end)
    assume(anchors.find_text(text, exact, before, after))  # else it was never decidable
    head, tail = text[:start], text[end:]
    for number in range(data.draw(st.integers(1, 3))):
        part = data.draw(st.sampled_from(["head", "tail"]))
        said = head if part == "head" else tail
        at = data.draw(st.integers(0, len(said)))
        beyond = data.draw(st.integers(at, min(len(said), at + 25)))
        edited = said[:at] + data.draw(st.sampled_from(["", "NEW", f" AND {number} MORE "])) + said[beyond:]
        head, tail = (edited, tail) if part == "head" else (head, edited)
    changed = head + exact + tail
    shift = len(head)
    assume(changed == folded(changed))
    assert anchors.find_text(changed, exact, before, after) in (None, Span(shift, shift + len(exact)))


@given(st.data())
def test_edits_farther_away_lose_nothing(data):
    words = data.draw(st.lists(st.sampled_from(WORDS), min_size=20, max_size=40, unique=False))
    text = " ".join(["START", *words, "Halvorsen", *words, "END"])
    at = text.index("Halvorsen")
    before, after = anchors.around(text, at, at + 9)
    cut = data.draw(st.integers(0, at - 40))
    changed = text[cut:] + " and more"
    assert anchors.find_text(changed, "Halvorsen", before, after) == Span(at - cut, at - cut + 9)


@pytest.mark.parametrize(
    ("exact", "before", "after", "found"),
    [
        ("opened in October 1974 & rests", "", "", "opened in October 1974 & rests"),
        ("opened  in\n\nOctober", "", "", "opened in October"),
        ("1974", "", "", None),  # two of them
        ("1974", "opened in October ", " & rests on", "1974"),
        ("1974", "painted in ", " and not", "1974"),
        ("1974", "in October ", " and not", None),  # half of each
        ("1974", "rests on four bearings, it was painted in ", " and not since.", "1974"),  # one of two stands whole
        ("None", "each pier", "on the", "None"),  # a browser has no space between two items
        ("bear", "", "", None),  # part of a word
        ("", "", "", None),
        ("   ", "", "", None),
        ("opened in November", "", "", None),
    ],
)
def test_what_is_found(exact, before, after, found):
    span = anchors.find(CLEAN, exact, before, after)
    assert (PLAIN[span.start : span.end] if span else None) == found


@pytest.mark.parametrize(
    ("exact", "replacement", "before", "after"),
    [
        ("four", "five", "<strong>four</strong>", "<strong>five</strong>"),
        ("in October 1974 & rests", "soon", "opened in</em> October&nbsp;1974 &amp; rests", "opened soon</em>"),
        ("Two on each pier", "<b>R&D</b>", "Two on each pier", "&lt;b&gt;R&amp;D&lt;/b&gt;"),
        ("None on the quay", "", "<li>None on the quay</li>", ""),
        ("four ", "", "<strong>four</strong> ", ""),
        ("not", "never", "<strong>not</strong>", "<strong>never</strong>"),
        ("each pier None", "every pier, none", "each pier</li><li>None on", "every pier, none</li><li>on"),
    ],
)
def test_the_markup_around_stays(exact, replacement, before, after):
    assert before in CLEAN
    assert anchors.replace(CLEAN, exact, "", "", replacement) == CLEAN.replace(before, after)


def test_words_that_are_there_already_are_not_put_there_twice():
    source = "<p>They met on Brige at noon, when the ferry came.</p>"
    words = ("Brige", "They met on ", " at noon, when", "Brige Street")
    once = anchors.replace(source, *words)
    assert once == "<p>They met on Brige Street at noon, when the ferry came.</p>"
    assert anchors.stands(once, *words)
    assert anchors.replace(once, *words) is None
    assert not anchors.stands(source, *words)
    assert anchors.replace("<p>Over the the quay</p>", "the the", "Over ", " quay", "the") == "<p>Over the quay</p>"


def test_what_stands_elsewhere_does_not_count_as_done():
    source = "<p>Opened in 1974.</p><p>Painted in 1976.</p>"
    assert anchors.replace(source, "1974", "", "", "1976") == "<p>Opened in 1976.</p>\n<p>Painted in 1976.</p>"
    assert not anchors.stands("<p>Opened last year.</p><p>Painted in 1976.</p>", "1974", "", "", "1976")


def test_a_word_that_has_grown_is_another_one():
    assert anchors.find_text("we went there by carpet, slowly", "car", "we went there by ", " and were late") is None


def test_a_plain_text_keeps_its_lines():
    text = "One line here.\nAnother  line here."
    assert anchors.replace_text(text, "Another line", "here. ", " here", "A second") == (
        "One line here.\nA second here."
    )
    assert anchors.replace_text(text, "line", "", "", "row") is None
    assert anchors.replace_text("a < b & c", "b", "a < ", " & c", "<d>") == "a < <d> & c"


def test_neighbours_are_short():
    before, after = anchors.around(PLAIN, 40, 44)
    assert (len(before), len(after)) == (anchors.BESIDE, anchors.BESIDE)
    assert PLAIN[40 - anchors.BESIDE :].startswith(before)
    assert anchors.around("abc", 1, 2) == ("a", "c")
