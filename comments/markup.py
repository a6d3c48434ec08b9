"""What a reader types → clean HTML. Knows no models.

The markup is small: paragraphs, lines, quotations, links, stress, code. No headings, lists, pictures, tables, HTML.
As with stories the last step is the cleaner: nothing is built or changed after it, and reading never renders.
"""

import re
import unicodedata
from typing import Any

import nh3
from django.utils.translation import gettext as _
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

from blog.rendering import CONTROLS, INVISIBLE, TooBig, Unacceptable, excerpt
from blog.rendering import clean as clean_story

LONGEST = 10_000  # characters of a comment
LONGEST_IMPORTED = 100_000  # of one that is there already, as HTML
MOST_SIGNS = 2_000  # that mean something to the markup; a long comment has fifty
MOST_OPEN = 100  # brackets that wait for their other half: the time grows with their square
DEEPEST_QUOTATION = 10
MOST_MARKS = 5  # on one letter
LONGEST_QUOTATION = 300

TAGS = set("a blockquote br code em p pre strong".split())
OLDER_TAGS = TAGS | set("cite del li ol q s sub sup ul".split())  # what comments of other systems have besides
SCHEMES = {"http", "https"}
REL = "nofollow ugc noopener"
DROPPED_WHOLE = set("script style template title textarea select svg math object iframe noembed noframes".split())

_SIGNS = re.compile(r"[*_`\[\]<>\\&!]|://")
_QUOTATION_SIGNS = re.compile(r"(?m)^[ >]*>")
_SPACE = " \t\n\r\f"
_SPACES = re.compile(f"[{_SPACE}]+")
_NOT_PLAIN = re.compile(f"[&\xa0]|{CONTROLS.pattern}")
_UNCHANGED = OLDER_TAGS - {"pre"}  # its first line break is written anew
_TAG = re.compile(r"<([a-z][a-z0-9]*)")
_ADDRESS = re.compile(r"""://[^\s<>"`\\^{|}]+""")
_QUOTED = re.compile("<blockquote>(?:(?!</?blockquote>).)*</blockquote>", re.DOTALL)
_SCHEME_BEFORE = re.compile(r"(?:^|[^a-z0-9.+-])(https?)$", re.IGNORECASE)
_AFTER_ADDRESS = "?!.,:;*_~'\"’”…"


def render(text: str) -> str:
    """A comment as readers see it. Raises Unacceptable for what cannot be kept or is too long or too tangled."""
    text = tidy(text)
    _refuse_tangles(text)
    return clean(_MARKUP.render(text))


def tidy(text: str) -> str:
    """The typed text as it is kept: NFC, one sort of line end, nothing invisible. Raises Unacceptable."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if CONTROLS.search(text):
        raise Unacceptable(_("It holds characters that cannot be shown (control characters)."))
    _refuse_long(text)
    text = few_marks(unicodedata.normalize("NFC", few_marks(INVISIBLE.sub("", text))))
    _refuse_long(text)
    return "\n".join(line.rstrip() for line in text.split("\n")).strip("\n")


def few_marks(text: str) -> str:
    """No letter with more than MOST_MARKS signs above, below and through it."""
    if text.isascii():
        return text
    kept, marks = [], 0
    for sign in text:
        marks = marks + 1 if unicodedata.category(sign) in {"Mn", "Me"} else 0
        if marks <= MOST_MARKS:
            kept.append(sign)
    return "".join(kept)


def clean(html: str) -> str:
    """The last step: only what the markup makes. `clean(clean(x)) == clean(x)`."""
    return _CLEANER.clean(html).strip()


def clean_html(html: str) -> str:
    """A comment that another system kept as HTML. Raises TooBig for what is too long or too tangled."""
    if len(html) > LONGEST_IMPORTED:
        raise TooBig(
            _("It has %(length)d characters; %(most)d is the most that is taken.")
            % {"length": len(html), "most": LONGEST_IMPORTED}
        )
    ready = _plain_paragraphs(html)
    if ready is not None:
        return ready
    # Measured and put into one form before: the cleaner alone takes long for tangles.
    whole = clean_story(html)
    kept = _OLDER_CLEANER.clean(whole).strip()
    if _UNCHANGED.issuperset(_TAG.findall(whole)) and kept.count("<a ") == kept.count('<a href="'):
        return kept
    # Once more, because the words of a heading stand by themselves once there are no headings.
    return _OLDER_CLEANER.clean(clean_story(kept)).strip()


def _plain_paragraphs(html: str) -> str | None:
    """The clean form of paragraphs of nothing but words and line breaks, as most comments are; None for all others.

    A short way to what the long one gives; tests hold the two together.
    """
    html = html.strip(_SPACE)
    if not (html.startswith("<p>") and html.endswith("</p>")) or html.count("<") > 1_000 or _NOT_PLAIN.search(html):
        return None
    if not html.isascii() and not unicodedata.is_normalized("NFC", html):
        return None
    paragraphs = []
    for paragraph in html[3:-4].split("</p>\n<p>"):
        lines = [_SPACES.sub(" ", line).lstrip(" ") for line in paragraph.rstrip(_SPACE).split("<br>")]
        if not all(lines) or any("<" in line or ">" in line for line in lines):
            return None
        paragraphs.append(f"<p>{'<br>'.join(lines)}</p>")
    return "\n".join(paragraphs)


def quotation_of(comment: Any) -> str:
    """The comment's own first words, as one quotes them in an answer; what it quotes itself is left out."""
    own, older = comment.html, None
    while own != older:
        own, older = _QUOTED.sub(" ", own), own
    words = excerpt(own, LONGEST_QUOTATION) or excerpt(comment.html, LONGEST_QUOTATION)
    return f"> {words}\n\n" if words else ""


def _refuse_long(text: str) -> None:
    if len(text) > LONGEST:
        raise TooBig(
            _("It has %(length)d characters; %(most)d is the most that is taken.")
            % {"length": len(text), "most": LONGEST}
        )


def _refuse_tangles(text: str) -> None:
    """Before it is parsed: no text of people comes near."""
    deepest = max((quoted.count(">") for quoted in _QUOTATION_SIGNS.findall(text)), default=0)
    if deepest > DEEPEST_QUOTATION:
        raise TooBig(_("A quotation stands within at most %(most)d others.") % {"most": DEEPEST_QUOTATION})
    if len(_SIGNS.findall(text)) > MOST_SIGNS or abs(text.count("[") - text.count("]")) > MOST_OPEN:
        raise TooBig(_("It has more markup than can be read."))


def _address(state: StateInline, silent: bool) -> bool:
    """A bare http or https address becomes a link."""
    written = _SCHEME_BEFORE.search(state.pending[-6:]) if state.src.startswith("://", state.pos) else None
    found = written and not state.linkLevel and _ADDRESS.match(state.src, state.pos)
    if not found:
        return False
    rest = _without_what_follows(found[0])
    address = state.md.normalizeLink(written[1] + rest)
    if len(rest) <= 3 or not state.md.validateLink(address):
        return False
    if not silent:
        state.pending = state.pending[: -len(written[1])]
        state.push("link_open", "a", 1).attrs = {"href": address}
        state.push("text", "", 0).content = written[1] + rest
        state.push("link_close", "a", -1)
    state.pos += len(rest)
    return True


def _without_what_follows(address: str) -> str:
    """Signs at the end belong to the sentence, and a bracket that closes none within the address as well."""
    while address:
        shorter = address.rstrip(_AFTER_ADDRESS)
        if shorter.endswith((")", "]")) and shorter.count(shorter[-1]) > shorter.count(
            "(" if shorter[-1] == ")" else "["
        ):
            shorter = shorter[:-1]
        if shorter == address:
            break
        address = shorter
    return address


def _markup() -> MarkdownIt:
    markup = MarkdownIt("zero", {"breaks": True, "maxNesting": 2 * DEEPEST_QUOTATION + 10})
    markup.enable("blockquote fence newline escape backticks emphasis link autolink".split())
    markup.inline.ruler.before("newline", "address", _address)
    markup.validateLink = lambda address: address.lower().startswith(("http://", "https://"))
    return markup


_RULES = {
    "attributes": {"*": set(), "a": {"href"}},
    "clean_content_tags": DROPPED_WHOLE,
    "url_schemes": SCHEMES,
    "url_relative": "deny",
    "link_rel": REL,
    "strip_comments": True,
}
_CLEANER = nh3.Cleaner(tags=TAGS, **_RULES)
_OLDER_CLEANER = nh3.Cleaner(tags=OLDER_TAGS, **_RULES)
_MARKUP = _markup()
