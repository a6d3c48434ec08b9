"""What changed between two texts: both are in it, word for word, and it is as safe and as valid as any text of ours."""

import random
import re
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blog import differences, rendering, sequences
from blog.sequences import Work, aligned

OURS = re.compile(r"\[[^\[\]]*\]")


def between(old, new):
    return differences.between(rendering.clean(old), rendering.clean(new))


def said(html):
    """The words of a text, each by itself: how words that differ are spaced out is no matter."""
    return re.findall(r"\w+|[^\w\s]", rendering.plain(re.sub(r"</?(?:ins|del|a|strong|em|code|s|u)\b[^>]*>", "", html)))


def older(difference):
    return said(OURS.sub("", re.sub(r"<ins>.*?</ins>", "", difference.html, flags=re.DOTALL)))


def newer(difference):
    return said(OURS.sub("", re.sub(r"<del>.*?</del>", "", difference.html, flags=re.DOTALL)))


def is_whole(difference, old, new):
    """Is either text in it, and nothing else? Is it in the one form?"""
    assert older(difference) == said(rendering.clean(old))
    assert newer(difference) == said(rendering.clean(new))
    assert rendering.clean(difference.html) == difference.html
    return True


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        (
            "<p>The bridge opened in 1974 and rests.</p>",
            "<p>The bridge opened in October 1976 and rests.</p>",
            "<p>The bridge opened in <del>1974</del> <ins>October 1976</ins> and rests.</p>",
        ),
        (
            "<p>It is <strong>not</strong> safe.</p>",
            "<p>It is not safe.</p>",
            "<p>It is <del><strong>not</strong></del> <ins>not</ins> safe.</p>",
        ),
        (
            '<p>See <a href="https://a.example/">the notice</a>.</p>',
            '<p>See <a href="https://b.example/">the notice</a>.</p>',
            '<p>See <a href="https://b.example/">the notice</a><del> [link to https://a.example/]</del>'
            "<ins> [link to https://b.example/]</ins>.</p>",
        ),
        (
            '<p>See <a href="https://a.example/">the notice</a> of May.</p>',
            "<p>See the notice of May.</p>",
            "<p>See the notice <del>[link to https://a.example/]</del> of May.</p>",
        ),
        (
            '<p>So it is.<a href="#s1">[1]</a></p>',
            '<p>So it is.<a href="#s2">[1]</a></p>',
            "<p>So it is.[1]<del> [source 1]</del><ins> [source 2]</ins></p>",
        ),
        (
            '<p><img src="/a.png" alt="A cat"></p>',
            '<p><img src="/a.png" alt="A dog"></p>',
            '<p><img src="/a.png" alt="A dog"><del> [picture: A cat]</del><ins> [picture: A dog]</ins></p>',
        ),
        (
            '<figure><img src="/a.png" alt=""><figcaption>Old words.</figcaption></figure>',
            '<figure><img src="/b.png" alt=""><figcaption>New words.</figcaption></figure>',
            '<figure><p><del><img src="/a.png" alt=""></del></p><p><ins><img src="/b.png" alt=""></ins></p>'
            "<figcaption><del>Old</del> <ins>New</ins> words.</figcaption></figure>",
        ),
        (
            "<ul><li>One</li><li>Two</li></ul>",
            "<ul><li>One</li><li>Two and a half</li><li>Three</li></ul>",
            "<ul><li>One</li><li>Two <ins>and a half</ins></li><li><ins>Three</ins></li></ul>",
        ),
        (
            "<ul><li>One of them</li></ul>",
            "<ul><li>One of them<ul><li>Inside</li></ul></li></ul>",
            "<ul><li><p>One of them</p><ul><li><ins>Inside</ins></li></ul></li></ul>",
        ),
        (
            "<table><tbody><tr><td>Ferries</td><td>12</td></tr></tbody></table>",
            "<table><tbody><tr><td>Ferries</td><td>14</td></tr></tbody></table>",
            "<table><tbody><tr><td>Ferries</td><td><del>12</del><ins>14</ins></td></tr></tbody></table>",
        ),
        (
            "<blockquote><p>We shall see.</p><p>Or not.</p></blockquote>",
            "<blockquote><p>We shall see.</p></blockquote>",
            "<blockquote><p>We shall see.</p><p><del>Or not.</del></p></blockquote>",
        ),
        ("<h2>Who</h2>", "<p>Who</p>", "<h2><del>Who</del></h2>\n<p><ins>Who</ins></p>"),
        ("<p>One.</p><hr>", "<p>One.</p>", "<p>One.</p>\n<p><del>[dividing line]</del></p>"),
        ("<p>A line<br>and one.</p>", "<p>A line and one.</p>", "<p>A line <del>[line break]</del>and one.</p>"),
        (
            "<p>He <del>went</del> away.</p>",
            "<p>He <del>went</del> off.</p>",
            "<p>He <s>went</s> <del>away</del><ins>off</ins>.</p>",
        ),
        ("<pre>a\n  b</pre>", "<pre>a\n   b</pre>", "<pre>a<del>\n  b</del><ins>\n   b</ins></pre>"),
        ("<p>橋が閉鎖された。</p>", "<p>橋が開放された。</p>", "<p>橋が<del>閉鎖</del><ins>開放</ins>された。</p>"),
        ("", "<p>New.</p>", "<p><ins>New.</ins></p>"),
        ("<p>Old.</p>", "", "<p><del>Old.</del></p>"),
    ],
)  # fmt: skip
def test_what_is_shown(old, new, shown):
    difference = between(old, new)
    assert difference.html == shown
    assert rendering.clean(difference.html) == difference.html


def test_a_block_that_moved_says_so_at_both_places():
    first, second = "<p>The first of them stays here.</p>", "<p>The second of them moves up.</p>"
    more = "<p>More of it that holds the first in its place.</p>"
    difference = between(first + more + second, second + first + more)
    assert difference.html.split("\n") == [
        "<p><ins>[moved here] The second of them moves up.</ins></p>",
        first,
        more,
        "<p><del>[moved from here] The second of them moves up.</del></p>",
    ]


def test_the_same_text_has_no_difference():
    difference = between("<p>One.</p><p id='x'>Two.</p>", "<p>One.</p><p id='y'>Two.</p>")
    assert not difference
    assert difference.changes == 0
    assert [tuple(stretch) for stretch in difference.stretches()] == [("", 2)]
    assert between("<p>One</p>", "<p>Two</p>")


def test_what_did_not_change_is_left_out_but_for_what_stands_beside_a_change():
    old = [f"<p>Paragraph {number} of the report.</p>" for number in range(8)]
    new = [*old[:4], "<p>Paragraph 4 of this report.</p>", *old[5:]]
    difference = between("".join(old), "".join(new))
    assert [(stretch.left_out, bool(stretch.html)) for stretch in difference.stretches()] == [
        (3, False),
        (0, True),
        (0, True),
        (0, True),
        (2, False),
    ]
    assert [tuple(stretch) for stretch in difference.stretches(full=True)] == [(difference.html, 0)]
    assert difference.changes == 1


def test_each_side_by_itself():
    difference = between("<p>One two three four.</p><p>Gone.</p>", "<p>One two 3 four.</p>")
    assert difference.older().html == "<p>One two <del>three</del>  four.</p>\n<p><del>Gone.</del></p>"
    assert difference.newer().html == "<p>One two  <ins>3</ins> four.</p>"


def test_sides_are_folded_in_the_same_places():
    same = "".join(f"<p>Paragraph {number} stays as it was.</p>" for number in range(5))
    older, newer = between(f"<p>Old.</p>{same}", f"{same}<p>Put in.</p>").sides()
    assert [stretch.left_out for stretch in older] == [stretch.left_out for stretch in newer] == [0, 0, 3, 0, 0]
    assert [older[0].html, newer[0].html] == ["<p><del>Old.</del></p>", ""]
    assert [older[-1].html, newer[-1].html] == ["", "<p><ins>Put in.</ins></p>"]


def test_a_line_says_what_changed_in_it():
    assert differences.words("Bridge shut & safe", "Bridge open & safe") == (
        "Bridge <del>shut</del> <ins>open</ins> &amp; safe"
    )
    assert differences.words("", "<script>") == "<ins>&lt;script&gt;</ins>"
    assert differences.words("same", "same") == "same"


def test_lines_are_set_against_each_other():
    difference = differences.lines(["Notice, Harbour", "Letter <b>"], ["Notice, Harbour", "Minutes"])
    assert difference.html == (
        "<ul><li>Notice, Harbour</li><li><del>Letter &lt;b&gt;</del><ins>Minutes</ins></li></ul>"
    )


# Whatever the texts are

WORDS = st.sampled_from("the bridge is not open 1974 1976 1,000 don’t harbour . , “ 今 日 é हिन्दी & < x".split())
TEXT = st.lists(WORDS, min_size=1, max_size=12).map(
    lambda words: " ".join(words).replace("&", "&amp;").replace("<", "&lt;")
)
INLINE = st.recursive(
    TEXT,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(" ".join),
        st.builds("<{0}>{1}</{0}>".format, st.sampled_from(["strong", "em", "code", "del", "ins", "sub"]), inner),
        st.builds('<a href="{}">{}</a>'.format, st.sampled_from(["https://a.example/", "#s1", "/x/"]), inner),
        st.builds("{}<br>{}".format, inner, inner),
        st.builds('{} <img src="/{}.png" alt="A picture">'.format, inner, st.sampled_from("ab")),
    ),
    max_leaves=4,
)
BLOCK = st.recursive(
    st.builds("<{0}>{1}</{0}>".format, st.sampled_from(["p", "p", "p", "h2", "h3", "pre"]), INLINE) | st.just("<hr>"),
    lambda inner: st.one_of(
        st.lists(inner | INLINE, min_size=1, max_size=4).map(
            lambda items: "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"
        ),
        st.lists(inner, min_size=1, max_size=3).map(lambda items: f"<blockquote>{''.join(items)}</blockquote>"),
        st.lists(st.lists(INLINE, min_size=1, max_size=3), min_size=1, max_size=3).map(
            lambda rows: (
                "<table><tbody>"
                + "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
                + "</tbody></table>"
            )
        ),
        st.builds('<figure><img src="/{}.png" alt="x">{}</figure>'.format, st.sampled_from("ab"), inner),
        st.builds("<details><summary>{}</summary>{}</details>".format, INLINE, inner),
    ),
    max_leaves=5,
)
TEXTS = st.lists(BLOCK, max_size=6)


@st.composite
def two_wordings(draw):
    """A text, and what somebody made of it: blocks changed, moved, left out and put in."""
    old = draw(TEXTS)
    new = [draw(BLOCK) if draw(st.integers(0, 3)) == 0 else block for block in old]
    if len(new) > 1 and draw(st.booleans()):
        new.insert(draw(st.integers(0, len(new) - 1)), new.pop(draw(st.integers(0, len(new) - 1))))
    if new and draw(st.booleans()):
        del new[draw(st.integers(0, len(new) - 1))]
    return "".join(old), "".join(new)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(two_wordings())
def test_either_text_is_got_back_from_the_difference(texts):
    assert is_whole(between(*texts), *texts)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS, TEXTS)
def test_two_texts_that_have_nothing_to_do_with_each_other(old, new):
    assert is_whole(between("".join(old), "".join(new)), "".join(old), "".join(new))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(two_wordings())
def test_each_side_holds_its_own_text_and_no_mark_of_the_other(texts):
    difference = between(*texts)
    for side, text, mark in ((difference.older(), texts[0], "<ins>"), (difference.newer(), texts[1], "<del>")):
        assert mark not in side.html
        assert said(OURS.sub("", side.html)) == said(rendering.clean(text))
        assert said(rendering.clean(side.html)) == said(side.html)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_lines_of_any_signs_are_safe(old, new):
    shown = differences.words(old, new)
    assert not re.search(r"<(?!/?(?:ins|del)>)", shown)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 8)), st.lists(st.integers(0, 8)), st.integers(0, 60))
def test_both_sequences_are_in_their_alignment(a, b, work):
    runs = aligned(a, b, Work(work))
    assert [item for run in runs for item in a[run.start_a : run.end_a]] == a
    assert [item for run in runs for item in b[run.start_b : run.end_b]] == b
    assert all(a[run.start_a : run.end_a] == b[run.start_b : run.end_b] for run in runs if run.same)
    assert all(one.same != other.same for one, other in pairwise(runs))


# Texts that are too much


def word(chance):
    return "".join(chance.choices("abcdefghij", k=5))


def long_text(chance, paragraphs, words=40):
    return [" ".join(word(chance) for _ in range(words)) for _ in range(paragraphs)]


def as_paragraphs(texts):
    return "".join(f"<p>{text}.</p>" for text in texts)


def test_a_long_text_with_a_few_changes_shows_these_alone():
    chance = random.Random(1)
    old = long_text(chance, 800)
    new = [*old[:100], "Put in.", *old[100:400], old[400].replace(" ", " never ", 1), *old[401:]]
    difference = between(as_paragraphs(old), as_paragraphs(new))
    assert difference.changes == 2
    assert difference.html.count("<ins>") == 2
    assert "<ins>never</ins>" in difference.html


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<p>" + "a b " * 40_000 + "</p>", "<p>" + "b a a " * 30_000 + "</p>"),
        ("<p>x</p><hr>" * 4_000, "<hr><hr><p>y</p>" * 3_000),
        ("<ul><li>a" * 20 + "</ul>" * 20, "<ol><li>b<ul><li>a" * 11 + "</ul></ol>" * 11),
        (f"<p>{'<em>x</em> <strong>y</strong> ' * 4_000}</p>", f"<p>{'<em>y</em> <strong>x</strong> ' * 4_000}</p>"),
        (f"<table>{'<tr><td>1<td>2' * 4_000}</table>", f"<table>{'<tr><td>2<td>1' * 4_000}</table>"),
        (as_paragraphs(long_text(random.Random(2), 900)), as_paragraphs(long_text(random.Random(3), 900))),
        ("<p>" + "x" * 399_000 + "</p>", "<p>" + "y" * 399_000 + "</p>"),
        ("<p>" + "&amp; " * 60_000 + "</p>", "<p>" + "&lt; " * 60_000 + "</p>"),
    ],
    ids="words blocks lists emphasis cells nothing-in-common one-word signs".split(),
)  # fmt: skip
def test_no_text_is_too_much(old, new):
    difference = between(old, new)
    assert sorted(older(difference)) == sorted(said(rendering.clean(old)))
    assert sorted(newer(difference)) == sorted(said(rendering.clean(new)))
    assert not re.search(r"<script|<p>\s*<p>|<(?:ins|del)>\s*<(?:p|li|ul)", difference.html)


def test_the_work_is_bounded():
    """Counted, not timed: what is too much is not begun."""
    work = Work(100)
    same = list(range(3)) * 50
    assert [run.same for run in aligned(same, same[::-1], work)] != []
    assert work.left == 100
    assert aligned(["x", *same], ["y", *same[1:]], Work(0))[0].same is False
    assert sequences.MOST_WORK < 1_000_000
