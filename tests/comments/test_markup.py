"""What is typed becomes clean HTML: the small markup and nothing else (threats T-36, T-45, T-46, T-58)."""

import json
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from blog.rendering import TooBig, Unacceptable
from comments import markup

HOSTILE = Path(__file__).parents[1] / "data" / "hostile"
XSS = [line.encode().decode("unicode_escape") for line in (HOSTILE / "xss.txt").read_text("ascii").splitlines()]
NAUGHTY = json.loads((HOSTILE / "unicode" / "text.json").read_text("utf-8"))
# Where in the markup an attack may stand
PLACES = [
    *("@", "> @", ">> @", "*@*", "**@**", "`@`", "\\@", "(@)", "<@>", "![@](@)", "x\n@\ny", "&#60;@&#62;"),
    *("[@](https://a.example/)", "[x](@)", "[x](https://a.example/@)", '[x](https://a.example/ "@")'),
    *("<https://a.example/@>", "https://a.example/@", "https://@/", "```\n@\n```", "```@\nx\n```", "~~~ @\n@"),
]
REL = "nofollow ugc noopener"


def rendered(text):
    """The HTML without the lines between its blocks."""
    return markup.render(text).replace("\n", "")


def link(address, words=None):
    return f'<a href="{address}" rel="{REL}">{words or address}</a>'


class Inert(HTMLParser):
    """Notes everything in HTML that is more than words, blocks and links to the web."""

    def __init__(self, tags):
        super().__init__(convert_charrefs=True)
        self.tags, self.found = tags, []

    def handle_starttag(self, tag, attributes):
        if tag not in self.tags:
            self.found.append(tag)
        for name, value in attributes:
            address = value or ""
            if tag == "a" and name == "href" and urlsplit(address).scheme.lower() in {"http", "https"}:
                continue
            if (tag, name, value) != ("a", "rel", REL):
                self.found.append((tag, name, value))

    handle_startendtag = handle_starttag

    def handle_comment(self, text):
        self.found.append(("comment", text))

    handle_decl = handle_pi = unknown_decl = handle_comment


def active(html, tags=markup.TAGS):
    parser = Inert(tags)
    parser.feed(html)
    parser.close()
    return parser.found


# The markup


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("One", "<p>One</p>"),
        ("One\nTwo", "<p>One<br>Two</p>"),
        ("One\r\n\r\nTwo", "<p>One</p><p>Two</p>"),
        ("One\rTwo", "<p>One<br>Two</p>"),
        ("a *b* c", "<p>a <em>b</em> c</p>"),
        ("a **b** _c_", "<p>a <strong>b</strong> <em>c</em></p>"),
        ("a_b_c", "<p>a_b_c</p>"),
        ("> Said\n> so\n\nNo.", "<blockquote><p>Said<br>so</p></blockquote><p>No.</p>"),
        ("> > a", "<blockquote><blockquote><p>a</p></blockquote></blockquote>"),
        ("`a <b>`", "<p><code>a &lt;b&gt;</code></p>"),
        ("```js\na <b>\n```", "<pre><code>a &lt;b&gt;</code></pre>"),
        ("[words](https://a.example/)", f"<p>{link('https://a.example/', 'words')}</p>"),
        ("<https://a.example/>", f"<p>{link('https://a.example/')}</p>"),
        (r"\*a\*", "<p>*a*</p>"),
    ],
)
def test_the_small_markup(text, html):
    assert rendered(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "# a",
        "a\n===",
        "- a",
        "1. a",
        "---",
        "| a |",
        "&amp;",
        "&#60;",
        "<b>a</b>",
        "<!-- a -->",
        "[a]: https://b.example",
    ],
)
def test_there_is_no_other_markup(text):
    html = rendered(text)
    assert not active(html, {"p", "br"} | ({"a"} if "https" in text else set()))
    words = HTMLParser()
    said = []
    words.handle_data = said.append
    words.feed(html)
    words.close()
    assert "".join(said) == text.replace("\n", "")


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "/relative", "data:text/html,x", "mailto:a@b.example", "//a.example", "ftp://a"]
)
def test_links_lead_to_the_web_and_nowhere_else(address):
    assert "<a" not in markup.render(f"[x]({address}) <{address}> {address}")
    assert "href" not in markup.clean_html(f'<p><a href="{address}">x</a></p>')


@pytest.mark.parametrize(
    ("text", "address", "rest"),
    [
        ("see https://a.example/b", "https://a.example/b", ""),
        ("see http://a.example.", "http://a.example", "."),
        ("(https://a.example/b)", "https://a.example/b", ")"),
        ("https://a.example/b_(c)?", "https://a.example/b_(c)", "?"),
        ("https://a.example/b_c_d*e*", "https://a.example/b_c_d*e", "*"),
        ("https://a.example/?a=1&b=2", "https://a.example/?a=1&amp;b=2", ""),
        ("**https://a.example**", "https://a.example", ""),
        ("https://a.example/b”, he", "https://a.example/b", "”, he"),
        ("https://a.example/)))))", "https://a.example/", ")))))"),
        ("[https://a.example]", "https://a.example", "]"),
    ],
)
def test_a_bare_address_is_a_link_without_what_follows_it(text, address, rest):
    html = rendered(text)
    assert f">{address}</a>{rest}" in html
    assert html.count("<a ") == 1


@pytest.mark.parametrize(
    "text", ["https://", "xhttps://a.example", "`https://a.example`", "://a.example", "ftp://a.example"]
)
def test_what_is_no_bare_address(text):
    assert "<a" not in markup.render(text)


def test_an_address_within_a_link_is_no_second_link():
    assert (
        rendered("[https://a.example](https://b.example)") == f"<p>{link('https://b.example', 'https://a.example')}</p>"
    )


# What cannot be kept


@pytest.mark.parametrize(
    "sign", ["\x00", "\x08", "\x0b", "\x0c", "\x1b", "\x7f", "\x85", "\x9b", "\ud800", "\udfff", "\uffff"]
)
def test_control_characters_and_halves_of_signs_are_refused(sign):
    with pytest.raises(Unacceptable):
        markup.render(f"a{sign}b")


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\u200b", "\ufeff", "\u200f", "\u2060"])
def test_what_turns_or_hides_words_is_taken_away(sign):
    assert rendered(f"a{sign}b") == "<p>ab</p>"


def test_signs_that_scripts_and_families_need_stay():
    assert rendered("می\u200cخواهم 👩\u200d👧") == "<p>می\u200cخواهم 👩\u200d👧</p>"


@pytest.mark.parametrize("mark", ["\u0301", "\u0489", "\u20dd", "\u1ab0", "\u0610", "\U0001d165"])
def test_no_letter_has_more_than_five_marks(mark):
    text = markup.tidy("a" + mark * 500 + "b")
    longest = run = 0
    for sign in unicodedata.normalize("NFD", text):
        run = run + 1 if unicodedata.category(sign) in {"Mn", "Me"} else 0
        longest = max(longest, run)
    assert longest <= markup.MOST_MARKS + 1  # one of them may be part of the letter
    assert text.endswith("b")


def test_texts_are_kept_in_one_form():
    assert markup.tidy("e\u0301 \r\n\r\n") == "é"


def test_the_longest_text_is_taken_and_one_sign_more_is_not():
    markup.render("a" * markup.LONGEST)
    with pytest.raises(TooBig):
        markup.render("a" * (markup.LONGEST + 1))


def test_what_grows_when_it_is_put_in_one_form_is_measured_afterwards():
    with pytest.raises(TooBig):
        markup.tidy("\ufb2c" * markup.LONGEST)


@pytest.mark.parametrize("pattern", ["*", "_", "`a` ", "[", "](", "[a](b", "<", "\\", "&", "!", "://"])
def test_more_signs_of_markup_than_anybody_writes_are_refused(pattern):
    with pytest.raises(TooBig):
        markup.render((pattern * markup.LONGEST)[: markup.LONGEST])


def test_brackets_that_wait_for_their_other_half_are_refused():
    markup.render("[" * markup.MOST_OPEN)
    with pytest.raises(TooBig):
        markup.render("[" * (markup.MOST_OPEN + 1))


def test_quotations_stand_within_one_another_to_a_limit():
    assert rendered("> " * markup.DEEPEST_QUOTATION + "a").count("<blockquote>") == markup.DEEPEST_QUOTATION
    with pytest.raises(TooBig):
        markup.render("> " * (markup.DEEPEST_QUOTATION + 1) + "a")


# Attacks


@pytest.mark.parametrize("place", PLACES)
def test_nothing_of_thousands_of_attacks_is_left(place):
    """21,000 texts in all."""
    found = {}
    for attack in XSS:
        try:
            html = markup.render(place.replace("@", attack))
        except Unacceptable:
            continue
        if bad := active(html):
            found[attack] = bad
        assert markup.clean(html) == html
    assert found == {}


@pytest.mark.parametrize(
    "place", ["@", "<p>@</p>", "<b>@", '<a href="@">x</a>', '<a href="https://a.example/@">@</a>', "</p>@<p>", "<pre>@"]
)
def test_nothing_of_thousands_of_attacks_is_left_of_imported_html(place):
    found = {}
    for attack in XSS:
        try:
            html = markup.clean_html(place.replace("@", attack))
        except Unacceptable:
            continue
        if bad := active(html, markup.OLDER_TAGS):
            found[attack] = bad
        assert markup.clean_html(html) == html
    assert found == {}


@pytest.mark.parametrize("text", NAUGHTY, ids=range(len(NAUGHTY)))
def test_odd_texts_are_refused_or_can_be_stored_anywhere(text):
    try:
        html = markup.render(text)
    except Unacceptable:
        return
    for kept in (html, markup.tidy(text)):
        kept.encode()
        assert "\0" not in kept
    assert active(html) == []


# Properties

MARKED = st.text(
    st.sampled_from("ab *_`[]()<>!\\&:/.\"'\n>#-~\u0301\u200bé") | st.characters(exclude_categories=["Cs"]),
    max_size=200,
)
PIECES = "<p> </p> <b> </a> <ul> <li> <h2> <table> <td> <pre> <br> <q> & &lt; &#1; x".split()
PIECES += ["<a href='https://a'>", "<a href='x:y'>", "<a href='https://a&#1;'>"]
TAGGED = st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25).map("".join)


@given(MARKED)
@example("http://[")
@example("https://a.example/\n\n    x")
@settings(max_examples=300, deadline=None)
def test_what_is_rendered_is_clean_already(text):
    try:
        html = markup.render(text)
    except Unacceptable:
        return
    assert markup.clean(html) == html
    assert active(html) == []


@given(MARKED)
@settings(max_examples=200, deadline=None)
def test_what_is_tidy_stays_as_it_is(text):
    try:
        tidy = markup.tidy(text)
    except Unacceptable:
        return
    assert markup.tidy(tidy) == tidy
    assert markup.render(tidy) == markup.render(text)


@given(TAGGED)
@settings(max_examples=300, deadline=None)
def test_imported_html_is_clean_after_one_time(html):
    once = markup.clean_html(html)
    assert markup.clean_html(once) == once
    assert active(once, markup.OLDER_TAGS) == []


def test_of_imported_html_the_words_stay():
    html = markup.clean_html("<h2>Title</h2><p>x <b>y</b> <i>z</i></p><table><tr><td>cell</table><img src=x>")
    assert html.replace("\n", "") == "<p>Title</p><p>x <strong>y</strong> <em>z</em></p><p>cell</p>"
    assert markup.clean_html("<script>alert(1)</script>") == ""


def test_imported_html_that_is_too_long_is_refused():
    with pytest.raises(TooBig):
        markup.clean_html("a" * (markup.LONGEST_IMPORTED + 1))


# Quoting


def quoted(text):
    return markup.quotation_of(SimpleNamespace(html=markup.render(text)))


def test_a_quotation_has_the_comment_s_own_words_on_one_line():
    assert quoted("> He said\n>> she said\n\nNo, *never*.\n\nNot <once>.") == "> No, never. Not <once>.\n\n"
    assert quoted("> Only that") == "> Only that\n\n"
    assert markup.quotation_of(SimpleNamespace(html="")) == ""


def test_a_long_comment_is_quoted_in_part_and_the_quotation_is_one():
    quotation = quoted("word " * 500)
    assert len(quotation) < markup.LONGEST_QUOTATION + 10
    assert quotation.endswith("…\n\n")
    assert rendered(quotation + "Mine").startswith("<blockquote>")
    assert rendered(quotation + "Mine").endswith("</blockquote><p>Mine</p>")


SIGNS = ["<br>", "<br>\n", "</p>\n<p>", "a", "b c", " ", "\n", "é", "e\u0301", "&amp;", "\xa0", ">", "\x85"]
SIGNS += ["\u200b", "<p>"]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(SIGNS), max_size=9))
def test_the_short_way_for_plain_paragraphs_gives_what_the_long_one_gives(signs):
    html = f"<p>{''.join(signs)}</p>"
    once = markup._OLDER_CLEANER.clean(markup.clean_story(html))
    assert markup.clean_html(html) == markup._OLDER_CLEANER.clean(markup.clean_story(once)).strip()
