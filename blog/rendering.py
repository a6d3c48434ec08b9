"""Typed text → clean HTML, one-line text, plain text, excerpt. Knows no models.

`clean` is the only road by which HTML gets into a revision, and its last step is the cleaner: nothing is built or
changed after it, and reading never renders. It also puts HTML into one form (paragraphs are `<p>`, bold is
`<strong>`, no empty blocks), so that the same words are the same text and only a changed word makes a new revision.
"""

import re
import unicodedata
from html import unescape

import nh3
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import renditions
from .canonical import BLANK, BLOCKS, INLINE, RENAMED, UNWRAPPED, one_form
from .tangles import Tangle, measured

LONGEST_BODY = 400_000  # characters
DEEPEST_NESTING = 100  # open elements; a real story has about ten
MOST_TAGS = 40_000  # a long story has a thousand
MOST_WORK = 500_000  # for each tag the elements that are open then, added up; a real story has some thousands
MOST_SIGNS = 100_000  # characters that are written as `&…;`: the cleaner's time grows with the square of them

EVERYWHERE = {"lang", "dir", "id"}
ATTRIBUTES = {
    "a": {"href", "title", "hreflang", "name"},
    "img": {"src", "alt", "width", "height", "title", "srcset", "sizes", "loading"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start", "reversed"},
    "time": {"datetime"},
    "blockquote": {"cite"},
    "q": {"cite"},
    "del": {"datetime"},
    "ins": {"datetime"},
    "abbr": {"title"},
    "details": {"open"},
}
SCHEMES = {"http", "https", "mailto", "tel", "data"}
DROPPED_WHOLE = {
    "script",
    "style",
    "template",
    "title",
    "textarea",
    "select",
    "svg",
    "math",
    "object",
    "iframe",
    "noembed",
    "noframes",
}

# An id in a text must not be one of the page's own; links inside the text follow it.
ID_PREFIX = "t-"
OF_A_SOURCE = re.compile(r"t-(?:u\d+-)?s\d+\Z")  # the page's own: a text links to its sources by these
SMALL_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]{1,60000}\Z")
NOSCRIPT = re.compile(r"</?noscript(?=[\s/>])[^>]*>", re.IGNORECASE)  # else a parser reads what is in it as text
SCHEME = re.compile(r"[\x00-\x20]*([a-zA-Z][a-zA-Z0-9+.-]*):")
WHOLE_NUMBER = re.compile(r"\d{1,5}\Z")

CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
LINE_SPACE = re.compile("[ \\t\\r\\n\\u2028\\u2029]+")
TOWER = re.compile("([\\u0300-\\u036f]{5})[\\u0300-\\u036f]+")
INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
_TANGLED = gettext_lazy("The markup of the text is too tangled to be read.")


class Unacceptable(ValueError):
    """A text that cannot be kept as it is; the message says why, for the person who typed it."""


class TooBig(Unacceptable):
    """A text longer or more deeply nested than can be cleaned in reasonable time."""


def clean(source: str) -> str:
    """The same text as HTML that is safe to send and in our one form. `clean(clean(x)) == clean(x)`.

    Raises TooBig above LONGEST_BODY characters or DEEPEST_NESTING open elements (threat T-36).
    """
    source = CONTROLS.sub("", source.replace("\r\n", "\n").replace("\r", "\n"))
    source = NOSCRIPT.sub("", source)
    if not source.strip(BLANK):
        return ""
    tangle = measure(source)
    loose = CONTROLS.sub("", _LOOSE.clean(source))  # again: those that were written as `&#1;`
    if loose.count("<") > 2 * source.count("<") + 10_000:
        raise TooBig(str(_TANGLED))
    cleaned = _STRICT.clean(one_form(loose)).strip()
    if not _is_ordinary(source, tangle):
        measure(cleaned)  # what is kept can be opened and saved again
    return cleaned


def measure(source: str) -> Tangle:
    """The text's tangle. Raises TooBig for what must not be parsed: longer or more tangled than any text of people."""
    if len(source) > LONGEST_BODY:
        raise TooBig(
            _("The text has %(length)d characters; %(most)d is the most that is taken.")
            % {"length": len(source), "most": LONGEST_BODY}
        )
    if source.count("<") > MOST_TAGS:
        raise TooBig(str(_TANGLED))
    if source.count("&") + source.count("\xa0") > MOST_SIGNS:
        raise TooBig(_("The text has too many special characters."))
    tangle = measured(source, DEEPEST_NESTING, MOST_WORK)
    if tangle.deepest > DEEPEST_NESTING:
        raise TooBig(_("The text has more than %(most)d elements inside one another.") % {"most": DEEPEST_NESTING})
    if tangle.work > MOST_WORK:
        raise TooBig(str(_TANGLED))
    return tangle


def _is_ordinary(source: str, tangle: Tangle) -> bool:
    """So far from every limit that its one form (a sign may become six, elements a few more) is within them, too."""
    small = len(source) < LONGEST_BODY // 8 and source.count("<") < MOST_TAGS // 8
    return small and tangle.left == 0 and tangle.deepest <= DEEPEST_NESTING // 4


def clean_line(text: str, longest: int = 500) -> str:
    """A one-line text (headline, name, label): NFC, single spaces, nothing invisible, no towers of accents.

    Raises Unacceptable when it holds control characters or is longer than `longest` characters.
    """
    if CONTROLS.search(text):
        raise Unacceptable(_("It holds characters that cannot be shown (control characters)."))
    text = unicodedata.normalize("NFC", INVISIBLE.sub("", text))
    text = TOWER.sub(r"\1", LINE_SPACE.sub(" ", text)).strip()
    return _no_longer_than(longest, text)


def clean_text(text: str, longest: int = 5_000) -> str:
    """A plain text of several lines (standfirst, note). Raises Unacceptable as `clean_line` does."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return _no_longer_than(longest, "\n".join(clean_line(line, longest) for line in lines).strip())


def _no_longer_than(longest: int, text: str) -> str:
    if len(text) > longest:
        raise Unacceptable(
            _("It has %(length)d characters; %(most)d is the most that is taken.")
            % {"length": len(text), "most": longest}
        )
    return text


def plain(source: str) -> str:
    """The words of clean HTML, blocks set apart by spaces."""
    spaced = re.sub(
        r"<(?:/(?:p|h[234]|li|blockquote|pre|figcaption|caption|t[hd]|tr|d[td]|summary)|br|hr)>", " ", source
    )
    return " ".join(unescape(re.sub(r"<[^>]*>", "", spaced)).split())


def excerpt(source: str, length: int = 220) -> str:
    """The first words of clean HTML as plain text, cut at a word, at most `length` characters and an ellipsis."""
    text = plain(source)
    if len(text) <= length:
        return text
    cut = text[: length + 1].rsplit(" ", 1)[0][:length].rstrip(" ,;:–—-")
    space = " " if cut.endswith((".", "!", "?")) and len(cut) < length else ""  # four dots in a row say nothing
    return f"{cut}{space}…"


def same_name(text: str) -> str:
    """What two spellings have in common when only their case differs: the key of a tag."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", text).casefold())


def _attribute(element: str, name: str, value: str) -> str | None:
    if name in {"id", "name"}:
        value = re.sub(r"\s+", "-", value.strip())
        value = value if value.startswith(ID_PREFIX) else ID_PREFIX + value
        return None if value == ID_PREFIX or OF_A_SOURCE.match(value) else value
    if name in {"srcset", "sizes", "loading"}:  # ours alone: `renditions` writes them
        return value if renditions.OURS[name].fullmatch(value) else None
    if name in {"href", "src", "cite"}:
        value = re.sub(r"[\t\n\r]", "", value.strip())
        scheme = SCHEME.match(value)
        if scheme and scheme[1].lower() not in SCHEMES:
            return None
    if name == "href" and value.startswith("#") and len(value) > 1:
        return value if value.startswith(f"#{ID_PREFIX}") else f"#{ID_PREFIX}{value[1:]}"
    if name != "src" and value.strip().lower().startswith("data:"):
        return None
    if name == "src" and value.lower().startswith("data:"):
        value = re.sub(r"\s+", "", value)
        return value if SMALL_PICTURE.match(value) else None
    if name in {"colspan", "rowspan"} and value == "1":
        return None
    if name in {"width", "height", "colspan", "rowspan", "start"}:
        return value if WHOLE_NUMBER.match(value) else None
    if name == "dir":
        return value.lower() if value.lower() in {"ltr", "rtl", "auto"} else None
    return value


_RULES = {
    "clean_content_tags": DROPPED_WHOLE,
    "attributes": {"*": set()}
    | {tag: EVERYWHERE | ATTRIBUTES.get(tag, set()) for tag in BLOCKS | INLINE | RENAMED.keys() | UNWRAPPED},
    "attribute_filter": _attribute,
    "url_schemes": SCHEMES,
    "link_rel": None,
    "strip_comments": True,
}


_LOOSE = nh3.Cleaner(tags=set(BLOCKS | INLINE | RENAMED.keys() | UNWRAPPED), **_RULES)
_STRICT = nh3.Cleaner(tags=set(BLOCKS | INLINE), **_RULES)
