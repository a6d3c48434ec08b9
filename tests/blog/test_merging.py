"""Two wordings of one piece become one, and no word that either typed is lost."""

import random
import re
from collections import Counter
from html import unescape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from blog import rendering
from blog.canonical import parsed
from blog.merging import has_marks, merge
from blog.revisions import Content

NAMES = ("Edith", "Colin")
COLIN, EDITH, END = (f"<mark>⟦⇄{text}⟧</mark>" for text in (" Colin:", " Edith:", ""))
NOTHING = "<mark>⟦⇄ Edith: nothing⟧</mark>"
PLAIN = re.compile(r"⟦⇄[^⟧]*⟧")


def content(body="", headline="Headline", **parts):
    return Content(headline, body=body, **parts).tidy()


def both(base, mine, theirs):
    return merge(content(base), content(mine), content(theirs), names=NAMES)


def words(html):
    return re.findall(r"[^\W_]+", unescape(re.sub(r"<[^>]*>", " ", PLAIN.sub(" ", html))))


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "merged"),
    [
        pytest.param(
            "<p>It is closed until Friday.</p>",
            "<p>It is closed until Friday, they say.</p>",
            "<p>The bridge is closed until Friday.</p>",
            "<p>The bridge is closed until Friday, they say.</p>",
            id="two places of one sentence",
        ),
        pytest.param(
            "<p>One.</p><p>Two.</p>",
            "<p>One.</p><p>Mine.</p><p>Two.</p>",
            "<p>One.</p><p>Two.</p><p>Theirs.</p>",
            "<p>One.</p>\n<p>Mine.</p>\n<p>Two.</p>\n<p>Theirs.</p>",
            id="a paragraph each",
        ),
        pytest.param(
            "<p>One.</p>",
            "<p>One.</p><p>Mine is here.</p>",
            "<p>One.</p><p>That of Colin.</p>",
            "<p>One.</p>\n<p>That of Colin.</p>\n<p>Mine is here.</p>",
            id="a paragraph each at one place: the one that was saved first stands first",
        ),
        pytest.param(
            "<p>One.</p><p>Two.</p><p>Three.</p>",
            "<p>One.</p><p>Three.</p>",
            "<p>One!</p><p>Two.</p><p>Three.</p>",
            "<p>One!</p>\n<p>Three.</p>",
            id="one takes away what the other did not touch",
        ),
        pytest.param(
            "<p>The bridge is closed.</p>",
            "<p>The <em>bridge</em> is closed.</p>",
            '<p>The bridge is <a href="https://a.example/">closed</a>.</p>',
            '<p>The <em>bridge</em> is <a href="https://a.example/">closed</a>.</p>',
            id="emphasis here and a link there",
        ),
        pytest.param(
            "<p>The bridge</p>",
            "<h2>The bridge</h2>",
            "<p>The old bridge</p>",
            "<h2>The old bridge</h2>",
            id="a heading here and a word there",
        ),
        pytest.param(
            "<ul><li>one</li><li>two</li></ul>",
            "<ul><li>one</li><li>two</li><li>mine</li></ul>",
            "<ol><li>one, first</li><li>two</li></ol>",
            "<ol><li>one, first</li><li>two</li><li>mine</li></ol>",
            id="a list",
        ),
        pytest.param(
            "<blockquote><p>So they say.</p><p>All of them.</p></blockquote>",
            "<blockquote><p>So they all say.</p><p>All of them.</p></blockquote>",
            "<blockquote><p>So they say.</p><p>All of them.</p><p>At once.</p></blockquote>",
            "<blockquote><p>So they all say.</p><p>All of them.</p><p>At once.</p></blockquote>",
            id="a quotation",
        ),
        pytest.param(
            "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>",
            "<table><tr><td>a</td><td>B</td></tr><tr><td>c</td><td>d</td></tr></table>",
            "<table><tr><td>a</td><td>b</td></tr><tr><td>C</td><td>d</td></tr><tr><td>e</td><td>f</td></tr></table>",
            "<table><tbody><tr><td>a</td><td>B</td></tr><tr><td>C</td><td>d</td></tr><tr><td>e</td><td>f</td></tr></tbody></table>",
            id="cells and a row",
        ),
        pytest.param(
            "<pre>a\nb\nc</pre>",
            "<pre>a\n\n  b\nc</pre>",
            "<pre>a\nb\nc\nd</pre>",
            "<pre>a\n\n  b\nc\nd</pre>",
            id="code",
        ),
    ],
)
def test_what_does_not_collide_is_combined(base, mine, theirs, merged):
    result = both(base, mine, theirs)
    assert result.content.body == content(merged).body
    assert (result.collisions, has_marks(result.content)) == ((), False)


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "merged"),
    [
        pytest.param(
            "<p>The bridge is open until Friday.</p>",
            "<p>The bridge is closed until Friday.</p>",
            "<p>The bridge is shut until Friday.</p>",
            f"<p>The bridge is {COLIN} shut {EDITH} closed {END} until Friday.</p>",
            id="a word",
        ),
        pytest.param(
            "<p>It is, they say, shut.</p>",
            "<p>It is shut.</p>",
            "<p>It is, we hear, shut.</p>",
            "<p>It is<mark>…</mark></p>",
            id="taken away here and changed there",
        ),
        pytest.param(
            "<p>One.</p><p>Two or so.</p>",
            "<p>One.</p>",
            "<p>One.</p><p>Two or three.</p>",
            f"<p>One.</p>\n<p>{COLIN}</p>\n<p>Two or three.</p>\n<p>{NOTHING}</p>\n<p>{END}</p>",
            id="a block taken away here and changed there",
        ),
        pytest.param(
            "<p>One.</p>",
            "<p>One.</p><p>The ferry runs all day.</p>",
            "<p>One.</p><p>The ferry runs all night.</p>",
            f"<p>One.</p>\n<p>{COLIN}</p>\n<p>The ferry runs all night.</p>\n<p>{EDITH}</p>\n"
            f"<p>The ferry runs all day.</p>\n<p>{END}</p>",
            id="nearly the same added at one place",
        ),
        pytest.param(
            "<ul><li>one</li><li>two or so</li></ul>",
            "<ul><li>one</li></ul>",
            "<ul><li>one</li><li>two or three</li></ul>",
            f"<ul><li>one</li><li>{COLIN}</li><li>two or three</li><li>{NOTHING}</li><li>{END}</li></ul>",
            id="an item",
        ),
        pytest.param(
            "<table><tr><td>a</td></tr></table>",
            "<table><tr><td>a</td><td>b</td></tr></table>",
            "<table><tr><td>a</td></tr><tr><td>c</td></tr></table>",
            f"<p>{COLIN}</p><table><tr><td>a</td></tr><tr><td>c</td></tr></table><p>{EDITH}</p>"
            f"<table><tr><td>a</td><td>b</td></tr></table><p>{END}</p>",
            id="a column here and a row there: the table stands there twice",
        ),
    ],
)
def test_what_collides_stands_there_twice_with_names(base, mine, theirs, merged):
    result = both(base, mine, theirs)
    if "…" not in merged:
        assert result.content.body == content(merged).body
    assert len(result.collisions) == 1 and has_marks(result.content)


# Every part


def test_headlines_that_collide_name_whose_is_whose():
    three = [content(headline=f"Council {word} the bridge") for word in ("closes", "shuts", "opens")]
    result = merge(*three, names=NAMES)
    assert result.content.headline == "Council ⟦⇄ Colin:⟧ opens ⟦⇄ Edith:⟧ shuts ⟦⇄⟧ the bridge"
    assert [tuple(one) for one in result.collisions] == [("Headline", "shuts", "opens")]


def test_headlines_too_long_for_both_leave_the_newer_one_and_the_other_at_the_head_of_the_text():
    three = [content("<p>Text.</p>", headline=letter * 400) for letter in "abc"]
    result = merge(*three, names=NAMES).content
    assert result.headline == "c" * 400
    assert result.body == f"<p><mark>⟦⇄ Edith: Headline⟧</mark> {'b' * 400} <mark>⟦⇄⟧</mark></p>\n<p>Text.</p>"


def test_tags_and_bylines_have_what_both_added_and_not_what_either_took_away():
    def of(*names):
        return content(tags=names, byline=tuple({"name": name, "slug": ""} for name in names))

    result = merge(of("Harbour", "Roads"), of("Harbour", "Ferry"), of("Council", "Harbour", "Roads"), names=NAMES)
    assert result.content.tags == ("Council", "Ferry", "Harbour")
    assert [one["name"] for one in result.content.byline] == ["Harbour", "Ferry", "Council"]
    assert result.collisions == ()


def test_a_section_and_a_picture_of_two_stay_the_newer_and_the_other_is_told():
    def of(section, src):
        return content("<p>T.</p>", section=section, image={"src": f"https://a.example/{src}", "alt": src})

    result = merge(of("A", "a.png"), of("B", "b.png"), of("C", "c.png"), names=NAMES)
    assert (result.content.section, result.content.image["alt"]) == ("C", "c.png")
    assert [one.part for one in result.collisions] == ["Section", "Picture"]
    assert "⟦⇄ Edith: Section⟧</mark> B <mark>" in result.content.body
    assert "⟦⇄ Edith: Picture⟧</mark> b.png  https://a.example/b.png" in result.content.body.replace(
        "png https", "png  https"
    )
    assert has_marks(result.content)
    mine_only = merge(of("A", "a.png"), of("B", "b.png"), of("A", "a.png"))
    assert (mine_only.content.section, mine_only.collisions) == ("B", ())


def source(name):
    return {"outlet": name, "title": "", "url": f"https://{name}.example/", "at": ""}


def cites(number):
    return f'<a href="#t-s{number}">{number}</a>'


def test_citations_follow_the_sources_that_both_added():
    base = content(f"<p>Base {cites(1)}.</p>", sources=(source("one"),))
    mine = content(f"<p>Base {cites(1)}.</p><p>Mine {cites(2)}.</p>", sources=(source("one"), source("mine")))
    theirs = content(f"<p>Theirs {cites(1)}.</p><p>Base {cites(2)}.</p>", sources=(source("theirs"), source("one")))
    result = merge(base, mine, theirs, names=NAMES)
    names = [one["outlet"] for one in result.content.sources]
    assert sorted(names) == ["mine", "one", "theirs"] and result.collisions == ()
    told = dict(re.findall(r'(\w+) <a href="#t-s(\d)">\2</a>', result.content.body))
    assert {word: names[int(number) - 1] for word, number in told.items()} == {
        "Base": "one",
        "Mine": "mine",
        "Theirs": "theirs",
    }


def test_a_source_that_one_took_away_stays_where_the_other_cites_it_anew():
    base = content(f"<p>Old {cites(1)}.</p><p>Two {cites(2)}.</p>", sources=(source("one"), source("two")))
    mine = content(f"<p>Two {cites(1)}.</p>", sources=(source("two"),))
    gone = merge(base, mine, content(base.body + "<p>New.</p>", sources=base.sources), names=NAMES)
    assert [one["outlet"] for one in gone.content.sources] == ["two"]
    assert gone.content.body == f"<p>Two {cites(1)}.</p>\n<p>New.</p>"
    theirs = content(base.body + f"<p>New {cites(1)}.</p>", sources=base.sources)
    kept = merge(base, mine, theirs, names=NAMES)
    assert [one["outlet"] for one in kept.content.sources] == ["two", "one"]
    assert kept.content.body == f"<p>Two {cites(1)}.</p>\n<p>New {cites(2)}.</p>"


def test_the_same_person_in_two_windows_has_two_names():
    result = merge(content(headline="a"), content(headline="b"), content(headline="c"), names=("Edith", "Edith"))
    assert result.content.headline == "⟦⇄ Edith, before:⟧ c ⟦⇄ Edith, later:⟧ b ⟦⇄⟧"


def test_a_name_cannot_close_its_sign():
    three = [content(headline=letter) for letter in "abc"]
    assert merge(*three, names=("E⟧⟦⇄d", "<b>")).content.headline == "⟦⇄ <b>:⟧ c ⟦⇄ Ed:⟧ b ⟦⇄⟧"


def test_both_together_may_be_too_much():
    three = [content(f"<p>{letter * 5}</p>" + f"<p>{letter * 300_000}</p>") for letter in "abc"]
    with pytest.raises(rendering.Unacceptable):
        merge(*three, names=NAMES)


# Random edits of random texts


class Typist:
    """Makes random texts and random edits of them; each word that is typed is one of its own."""

    def __init__(self, seed, name):
        self.chance, self.name, self.typed = random.Random(seed), name, []

    def word(self):
        self.typed.append(f"{self.name}{len(self.typed)}")
        return self.typed[-1]

    def words(self, most=6):
        return [self.dressed(self.word()) for _ in range(self.chance.randint(1, most))]

    def dressed(self, word):
        kind = self.chance.random()
        tag = self.chance.choice(["strong", "em", "code", "q", "mark"])
        if kind < 0.1:
            return f"<{tag}>{word}</{tag}>"
        if kind < 0.15:
            return f'<a href="https://{self.chance.randint(1, 3)}.example/">{word}</a>'
        return word + self.chance.choice(["", "", "", ",", "."])

    def block(self, depth=0):
        kind = self.chance.choice(["p", "p", "p", "h2", "ul", "ol", "blockquote", "table", "pre", "figure", "dl"])
        if depth > 2 or kind in ("p", "h2"):
            return ["p" if depth > 2 else kind, self.words()]
        if kind == "pre":
            return ["pre", ["\n".join(self.word() for _ in range(3))]]
        if kind == "figure":
            return [
                "figure",
                [f'<img src="https://a.example/{self.word()}.png" alt="{self.word()}">', ["figcaption", self.words()]],
            ]
        if kind == "table":
            row = lambda: ["tr", [["td", self.words(2)] for _ in range(2)]]  # noqa: E731
            return ["table", [row() for _ in range(self.chance.randint(1, 3))]]
        if kind == "dl":
            return ["dl", [["dt", self.words(2)], ["dd", self.words(2)]]]
        if kind == "blockquote":
            return ["blockquote", [self.block(depth + 1) for _ in range(self.chance.randint(1, 2))]]
        item = lambda: ["li", self.words(3) if self.chance.random() < 0.7 else [self.block(depth + 2)]]  # noqa: E731
        return [kind, [item() for _ in range(self.chance.randint(1, 3))]]

    def text(self):
        return [self.block() for _ in range(self.chance.randint(1, 6))]

    def edited(self, parts, depth=0):
        """The same with random changes: words and blocks that come, go, move, and get other clothes."""
        found = []
        for part in parts:
            kind = self.chance.random()
            if isinstance(part, str):
                if kind < 0.05:
                    continue
                if kind < 0.1:
                    found.append(self.dressed(self.word()))
                elif kind < 0.15:
                    found += [part, self.dressed(self.word())]
                elif kind < 0.2 and "<" not in part:
                    found.append(f"<strong>{part}</strong>")
                else:
                    found.append(part)
                continue
            tag, inner = part
            if kind < 0.06:
                continue
            if kind < 0.12 and depth == 0:
                found.append(self.block())
            if kind < 0.16 and tag in ("p", "h2"):
                tag = "h3"
            if kind < 0.22 and tag in ("li", "tr", "p"):
                found.append([tag, self.edited(inner, depth + 1)])
                inner = self.words(2) if tag != "tr" else [["td", self.words(1)]]
            found.append([tag, self.edited(inner, depth + 1)])
        if depth == 0 and found and self.chance.random() < 0.1:
            found.append(found.pop(self.chance.randrange(len(found))))
        return found


def spelt(parts):
    return " ".join(part if isinstance(part, str) else f"<{part[0]}>{spelt(part[1])}</{part[0]}>" for part in parts)


def three_texts(seed):
    first = Typist(seed, "base")
    base = first.text()
    mine, theirs = Typist(seed + 1, "mine"), Typist(seed + 2, "theirs")
    return [content(spelt(parts)) for parts in (base, mine.edited(base), theirs.edited(base))]


def in_it(content):
    """Every word of a text, those of pictures too."""
    return Counter(words(re.sub(r'(?:alt|src)="([^"]*)"', r"> \1 <", content.body)))


MANY = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


@MANY
@given(st.integers(0, 10**9))
def test_no_word_that_either_typed_is_lost(seed):
    base, mine, theirs = three_texts(seed)
    result = merge(base, mine, theirs, names=NAMES)
    found = in_it(result.content)
    for typed in (in_it(mine) - in_it(base), in_it(theirs) - in_it(base)):
        assert typed - found == Counter()
    kept = {word for word in in_it(base) & in_it(mine) & in_it(theirs) if word.startswith("base")}
    assert kept - found.keys() == set()
    assert bool(result.collisions) == has_marks(result.content)


@MANY
@given(st.integers(0, 10**9))
def test_what_comes_out_is_clean_and_one_tree(seed):
    result = merge(*three_texts(seed), names=NAMES).content
    assert rendering.clean(result.body) == result.body
    assert result.tidy() == result
    parsed(result.body)


@MANY
@given(st.integers(0, 10**9))
def test_who_changed_nothing_stands_in_nobodys_way(seed):
    base, mine, theirs = three_texts(seed)
    assert merge(base, mine, base).content == mine
    assert merge(base, base, theirs).content == theirs
    assert merge(base, mine, mine).content == mine


@MANY
@given(st.integers(0, 10**9))
def test_it_does_not_matter_who_was_first(seed):
    base, mine, theirs = three_texts(seed)
    one, other = merge(base, mine, theirs, names=NAMES), merge(base, theirs, mine, names=NAMES[::-1])
    assert in_it(one.content) == in_it(other.content)
    assert len(one.collisions) == len(other.collisions)


@MANY
@given(st.integers(0, 10**9))
def test_edits_of_different_blocks_do_not_collide(seed):
    chance = random.Random(seed)
    first = Typist(seed, "base")
    base = [["p", first.words(12)] for _ in range(8)]
    places = chance.sample(range(8), 4)
    texts = []
    for name, own in (("mine", places[:2]), ("theirs", places[2:])):
        typist = Typist(seed + len(texts), name)
        texts.append([["p", [*part[1], typist.word()]] if at in own else part for at, part in enumerate(base)])
    both = [["p", [*dict.fromkeys([*a[1], *b[1]])]] for a, b in zip(*texts, strict=True)]
    result = merge(*(content(spelt(parts)) for parts in (base, *texts)), names=NAMES)
    assert (result.content.body, result.collisions) == (content(spelt(both)).body, ())


def test_a_collision_is_a_text_like_any_other_and_can_be_merged_again():
    base, mine, theirs = three_texts(7)
    once = merge(base, mine, theirs, names=NAMES).content
    assert merge(once, once, content(once.body + "<p>More.</p>")).content.body.endswith("<p>More.</p>")
