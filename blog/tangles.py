"""How much work markup would make for the parser: counted before anything parses it.

A browser's parser repairs whatever it is given, and the repair of a few kilobytes that were made to hurt takes minutes
and gigabytes (threat T-36). It cannot be interrupted, so it is asked first: this reads the tags once, keeps the list
of open elements that the parser would have at least in mind, and adds up its length. Whatever closes in the wrong
order counts as open for good, so a text is never simpler for the parser than it is said to be here.
"""

import re

_SPACE = r"[ \t\n\f\r]"
_ATTRIBUTES = (
    rf"(?:[ \t\n\f\r/]++|[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+"
    rf"(?:{_SPACE}*+={_SPACE}*+(?:\"[^\"]*+(?:\"|\Z)|'[^']*+(?:'|\Z)|[^ \t\n\f\r>\"'][^ \t\n\f\r>]*+)?+)?+)*+"
)
_TOKEN = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))|<(?:[!?]|/(?![a-zA-Z]))[^>]*+>?"
    rf"|<(?P<end>/?)(?P<name>[a-zA-Z][^ \t\n\f\r/>]*+)(?P<attributes>{_ATTRIBUTES})(?:>|\Z)",
    re.DOTALL,
)

_VOID = frozenset("area base br col embed hr img input link meta param source track wbr keygen frame image".split())
_OUTSIDE = frozenset("html head body".split())  # never opened in a fragment, but their attributes are merged
_RAW = frozenset("script style xmp iframe noembed noframes textarea title plaintext".split())
_CONFUSING = frozenset("svg math select frameset template".split())  # in there, raw text is not raw
_ENDS_BY_ITSELF = frozenset("p li dt dd td th tr thead tbody tfoot caption colgroup option optgroup rp rt".split())
_ENDS_A_PARAGRAPH = frozenset(
    "address article aside blockquote center details dialog dir div dl dt dd fieldset figcaption figure footer form h1 "
    "h2 h3 h4 h5 h6 header hgroup hr li listing main menu nav ol p plaintext pre search section summary table ul "
    "xmp".split()
)
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_INLINE = _FORMATTING | frozenset("abbr acronym cite del dfn ins kbd label mark q samp span sub sup time var".split())
_ROWS = frozenset("thead tbody tfoot".split())
_ROWLIKE = _ROWS | {"table", "tr"}
_IN_TABLES = _ROWLIKE | {"td", "th", "caption", "colgroup", "col", "script", "style", "template"}
# Their end tags end what is open within and ends by itself; other end tags are ignored there.
_WEIGHTY = _ENDS_A_PARAGRAPH | _ENDS_BY_ITSELF | {"table", "button", "object", "marquee", "applet"}
# A start tag ends an open element of the second set, if nothing of more weight than the third stands between.
_ENDS = {
    "li": (frozenset({"li"}), _INLINE | {"p", "div", "address"}),
    "dt": (frozenset({"dt", "dd"}), _INLINE | {"p", "div", "address"}),
    "dd": (frozenset({"dt", "dd"}), _INLINE | {"p", "div", "address"}),
    "td": (frozenset({"td", "th"}), _INLINE | {"p", "div"}),
    "th": (frozenset({"td", "th"}), _INLINE | {"p", "div"}),
    "tr": (frozenset({"tr"}), _INLINE | {"p", "div", "td", "th"}),
    "option": (frozenset({"option"}), frozenset()),
    "a": (frozenset({"a"}), _INLINE | {"p", "div"}),
} | {rows: (_ROWS, _INLINE | {"p", "div", "td", "th", "tr"}) for rows in _ROWS}
_PARAGRAPH = frozenset({"p"})


class Tangle:
    """What is open while the tags of a text go by. `deepest` and `work` are what became of it."""

    def __init__(self) -> None:
        self.open: list[str] = []
        self.left = 0  # elements that were not closed in order, and may be open for good
        self.deepest = self.work = 0
        self.confusing = False

    def start(self, name: str, attributes: str) -> None:
        if name in _OUTSIDE:
            self.left += bool(attributes)
        elif name in _VOID:
            if name == "hr":
                self._end_one(_PARAGRAPH, _INLINE)
        elif not (attributes.endswith("/") and self._is_drawing(name)):
            if name in _ENDS_A_PARAGRAPH:
                self._end_one(_PARAGRAPH, _INLINE)
            if name in _ENDS:
                self._end_one(*_ENDS[name])
            if self.open and self.open[-1] in _ROWLIKE and name not in _IN_TABLES:
                self.left += 1  # the parser looks for a place before the table
            self.open.append(name)
            self.confusing = self.confusing or name in _CONFUSING
            self.deepest = max(self.deepest, len(self.open))
        self.work += len(self.open) + self.left

    def end(self, name: str) -> None:
        if name in self.open:
            place = len(self.open) - 1
            while self.open[place] != name:
                place -= 1
            above = self.open[place + 1 :]
            in_order = not above or (name in _WEIGHTY and all(one in _ENDS_BY_ITSELF for one in above))
            self.left += 0 if in_order else 1 + len(above)
            del self.open[place:]
        self.work += len(self.open) + self.left

    def _end_one(self, ended: frozenset[str], through: frozenset[str]) -> None:
        for place in range(len(self.open) - 1, -1, -1):
            if self.open[place] in ended:
                self.left += sum(one in _FORMATTING for one in self.open[place + 1 :])
                self.left += self.open[place] == "a"
                del self.open[place:]
                return
            if self.open[place] not in through:
                return

    def _is_drawing(self, name: str) -> bool:
        """Inside a drawing or a formula, `<path/>` is a whole element; `<div/>` would end the drawing."""
        return ("svg" in self.open or "math" in self.open) and name not in _INLINE | _ENDS_A_PARAGRAPH | _ENDS_BY_ITSELF


def measured(source: str, deepest: int, work: int) -> Tangle:
    """The text's tangle; reading stops where it has become deeper or more work than these two."""
    tangle, place = Tangle(), 0
    while (token := _TOKEN.search(source, place)) and tangle.deepest <= deepest and tangle.work <= work:
        place = token.end()
        if not token["name"]:
            tangle.left += tangle.confusing and token[0].startswith("<![")
            continue
        name = token["name"].lower()
        if token["end"]:
            tangle.end(name)
        elif name in _RAW and not tangle.confusing:
            place = _after_raw_text(source, name, place, tangle)
        else:
            tangle.start(name, token["attributes"])
    return tangle


def _after_raw_text(source: str, name: str, place: int, tangle: Tangle) -> int:
    """Where the text of a script, a style, a text area … ends: no tag in it is one."""
    end = (
        None if name == "plaintext" else re.compile(rf"</{name}(?=[ \t\n\f\r/>])", re.IGNORECASE).search(source, place)
    )
    if name == "script" and "<!--" in source[place : end.start() if end else None]:
        tangle.left += 1 + len(tangle.open)  # such a script may go on after its end tag
    return end.end() if end else len(source)
