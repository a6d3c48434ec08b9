"""Words of texts and where they differ: nothing is lost, and long texts take no longer than their length."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog import alignment


def words(source, *, is_html=True):
    return [word.text for word in alignment.read(source, is_html=is_html).words]


def quoted(source, *, is_html=False):
    return [word.text for word in alignment.read(source, is_html=is_html).words if word.quoted]


def test_words_numbers_signs_and_addresses_are_told_apart():
    source = "On 2026-09-05 at 14:05, 1,000 of the driver’s 17th-floor boats cost €3.5 (5%): see www.port.example/a."
    assert words(source, is_html=False) == (
        "On 2026-09-05 at 14:05 1,000 of the driver's 17th floor boats cost € 3.5 5 % see www.port.example/a".split()
    )


def test_of_html_the_words_and_where_its_links_lead():
    text = alignment.read('<p>See <a href="/a?b=1&amp;c=2">th<b>is</b></a>.</p><ul><li>One</li></ul>', is_html=True)
    assert [word.text for word in text.words] == ["See", "this", "One"]
    assert text.links == ["/a?b=1&c=2"]
    assert [word.opens for word in text.words] == [True, False, True]


@pytest.mark.parametrize(
    "source",
    [
        "x “a b” y",
        'x "a b" y',
        "x „a b“ y",
        "x »a b« y",
        "x « a b » y",
        "x ‘a b’ y",
        "x 'a b' y",
        "x “a ‘b’” y",
        "don’t x “a b” it’s y",
        "the drivers’ x 'a b' y",
        '5" x "a b" y',
    ],
)
def test_what_stands_between_quotation_marks_is_quoted(source):
    assert quoted(source) == ["a", "b"]


def test_what_stands_in_a_quoting_element_is_quoted():
    assert quoted("<p>x</p><blockquote><p>a</p><p>b</p></blockquote><p>y</p>", is_html=True) == ["a", "b"]
    assert quoted("<p>x <q>a b</q> y</p>", is_html=True) == ["a", "b"]


def test_an_apostrophe_opens_nothing():
    assert quoted("the drivers' boats and the '90s, rock 'n' roll, don't") == ["n"]


LONG = 30_000  # words


@pytest.mark.parametrize(
    "other",
    [
        lambda words: words[::-1],
        lambda words: [f"{word}x" for word in words],
        lambda words: ["a", "b"] * LONG,
        lambda words: [word if number % 7 else f"{word}e" for number, word in enumerate(words)],
    ],
    ids=["turned round", "every word", "two words", "every seventh"],
)
def test_long_texts_that_have_little_in_common_are_compared_all_the_same(other):
    line = [f"w{number * 7919 % 5003}" for number in range(LONG)]
    pair = [list(map(Counting, line)), list(map(Counting, other(line)))]
    Counting.steps = 0
    alignment.hunks(*pair)
    assert Counting.steps < 200 * (len(pair[0]) + len(pair[1]))


class Counting(str):
    """A word that counts how often it is compared."""

    steps = 0
    __hash__ = str.__hash__

    def __eq__(self, other):
        Counting.steps += 1
        return str.__eq__(self, other)


WORDS = st.lists(st.sampled_from("a b c d e f g".split()), max_size=60)


@given(WORDS, WORDS)
def test_between_the_hunks_both_texts_are_the_same(old, new):
    hunks = alignment.hunks(old, new)
    rebuilt, at = [], 0
    for hunk in hunks:
        assert old[at : hunk.old_start] == new[len(rebuilt) : hunk.new_start]
        rebuilt += old[at : hunk.old_start] + new[hunk.new_start : hunk.new_end]
        at = hunk.old_end
    assert rebuilt + old[at:] == new
