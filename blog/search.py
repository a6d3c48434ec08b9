"""The one place that knows the search engine: PostgreSQL full text, or SQLite's FTS5.

Both get the same words. Text is taken apart here (`words_of`: no punctuation, no accents, no case) and handed over as
plain words; a query is taken apart the same way. So the two agree on what a word is, no input can be a syntax error,
and a story is found on the one database exactly when it is found on the other. What is shown as a match is marked
here as well.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from . import rendering
from .models import Post, SearchEntry

LONGEST_QUERY = 200  # characters
MOST_WORDS = 10
LONGEST_INDEXED = 100_000  # characters of a text; PostgreSQL has a limit of 1 MB on what it makes of them
SHORTEST_STEM = 4  # a word this long is found in longer ones too: "bridge" in "bridges"
CANDIDATES = 200  # the newest that match at all, and the newest that match in the headline: these are ranked
SAMPLE, COMMON = 300, 20  # a word is common when it is in one of twenty of the newest texts

# Letters that Unicode does not take apart into a letter and an accent.
_LETTERS = str.maketrans(
    "øđðłħıŧ’ĸŋƀƃƈƌƒƙƚƞƥƫƭƴƶǥȡȥȴȵȶȷȼȿɀɇɉɍɏɓɕɖɗɛɟɠɡɢɦɧɨɪɫɬɭɱɲɳɴɼɽɾʀʂʈʉʋʏʐʑʙʛʜʝʟʠʹʺʻʼʽˆˈˋː",
    "oddlhit'qnbbcdfklnpttyzgdzlntjcszejrybcddejggghhiilllmnnnrrrrstuvyzzbghjlq'''''''''",
)
_LETTERS |= str.maketrans(
    {
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
        "ƕ": "hv",
        "ƣ": "oi",
        "ȸ": "db",
        "ȹ": "qp",
        "ɶ": "oe",
        "ʣ": "dz",
        "ʥ": "dz",
        "ʦ": "ts",
        "ʪ": "ls",
        "ʫ": "lz",
    }
)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_WORD = re.compile(r"[^\W_]+")
# Scripts written without spaces: each sign is a word, and signs that stand together are looked for together.
_SIGNS = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f"
_SIGN = re.compile(f"([{_SIGNS}])")
# A word as it is written, with its accents, points and vowel signs.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0963\u0966-\u109f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a"
)
_SHOWN_WORD = re.compile(rf"[{_SIGNS}][\u3099\u309a]*|[^\W_{_SIGNS}](?:[^\W_{_SIGNS}]|[{_MARKS}])*")


@dataclass(frozen=True)
class Term:
    """Words that have to stand together, in this order; the last one may go on (unless it was quoted or is short)."""

    words: tuple[str, ...]
    goes_on: bool


@dataclass(frozen=True)
class Query:
    """What somebody looks for: all of `wanted`, none of `unwanted`."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...]

    def __bool__(self) -> bool:
        return bool(self.wanted)


class Place(NamedTuple):
    """Where a page of results ends; the next one begins after it."""

    rank: int
    published_at: datetime
    post_id: int


@dataclass(frozen=True)
class Found:
    """The places of what was found, best and newest first; how many there are, and whether there are more."""

    places: list[Place]
    total: int
    capped: bool
    query: Query


def fold(text: str) -> str:
    """Text without case, accents, points and vowel signs: "Élan" and "elan" are one."""
    if text.isascii():
        return text.lower()
    small = unicodedata.normalize("NFKD", text.casefold()).casefold().translate(_LETTERS)
    return _NOT_ASCII.sub(_letter, unicodedata.normalize("NFKD", small)).translate(_LETTERS)


def _letter(sign: re.Match[str]) -> str:
    """Nothing for an accent or a vowel sign; a space for a number that is no digit (❶), which only one engine takes."""
    kind = unicodedata.category(sign[0])
    return "" if kind[0] == "M" else " " if kind == "No" else sign[0]


def words_of(text: str) -> str:
    """Text as both engines get it: folded words with single spaces between them."""
    return " ".join(word[:100] for word in _WORD.findall(_SIGN.sub(r" \1 ", fold(text))))


def parse(text: str) -> Query:
    """What a typed query asks for. "In quotes" stands together, -word must not be there; anything else is words."""
    wanted, unwanted, left = [], [], MOST_WORDS
    for minus, quoted, bare in re.findall(r'(?:(?<=\s)|^)(-?)"([^"]*)"|(\S+)', text[:LONGEST_QUERY]):
        chunk = quoted or bare.strip('"')
        excluded = bool(minus) or (not quoted and len(chunk) > 1 and chunk.startswith("-") and chunk[1] != "-")
        words = tuple(words_of(chunk).split())[:left]
        if not words:
            continue
        left -= len(words)
        (unwanted if excluded else wanted).append(Term(words, goes_on=not quoted and len(words[-1]) >= SHORTEST_STEM))
    return Query(tuple(wanted), tuple(unwanted))


def index(post: Post, *, replace: bool = True) -> None:
    """Make a live post findable by the words that readers see now; `replace=False` when it was not so far."""
    if replace:
        remove(post)
    SearchEntry.objects.bulk_create(entries([post]))


def entries(posts: Iterable[Post]) -> list[SearchEntry]:
    """What the engine is given of live posts, not saved yet. Pages are not searched."""
    return [_entry(post) for post in posts if post.kind == Post.Kind.POST]


def text_of(entry: SearchEntry) -> tuple[str, str, str]:
    """The words of an entry, to be compared."""
    return entry.headline, entry.standfirst, entry.body


def _entry(post: Post) -> SearchEntry:
    live = post.live
    people = " ".join(person["name"] for person in live.byline)
    return SearchEntry(
        post=post,
        published_at=post.published_at,
        headline=words_of(live.headline),
        standfirst=words_of(" ".join([live.standfirst, *live.tags, people]))[:LONGEST_INDEXED],
        body=words_of(" ".join(map(rendering.plain, _texts(post))))[:LONGEST_INDEXED],
    )


def _texts(post: Post) -> list[str]:
    """What readers read below the headline: the post's own text, where things stand, and the newest updates."""
    texts = [post.live.body, post.live.summary]
    if post.coverage == Post.Coverage.NONE:
        return texts
    updates = post.updates.live().newest_first().values_list("live__headline", "live__body")
    return [*texts, *(text for headline, body in updates for text in (escape(headline), body))]


def remove(post: Post) -> None:
    """Make a post unfindable."""
    SearchEntry.objects.filter(post=post).delete()


def let_go() -> None:
    """Keep nothing in the index of what is found no more. Takes as long as the index is large; for words that must go.

    PostgreSQL keeps words in the row of their post. SQLite's engine only notes that they were taken out.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO blog_search(blog_search) VALUES ('optimize')")


def find(text: str, *, limit: int = 20, after: Place | None = None) -> Found:
    """The live posts that have all the words of `text`, at most `limit`, best first and newest first among equals.

    The rank is 3 for all words in the headline, 2 for headline, standfirst, tags and byline, 1 for anywhere. At most
    2 × CANDIDATES are ranked and counted (`capped` says when there are more), so that a word that everybody uses
    costs no more in a large archive than in a small one. Any text is a query; none is an error.
    """
    query = parse(text)
    if not query:
        return Found([], 0, False, query)
    with connection.cursor() as cursor:
        rows = (_in_postgresql if connection.vendor == "postgresql" else _in_sqlite)(cursor, query)
    places = [Place(rank, _moment(published_at), post_id) for rank, published_at, post_id in rows]
    rest = [place for place in places if after is None or place < after]
    return Found(rest[:limit], len(places), len(places) > CANDIDATES, query)


def in_headlines(text: str) -> QuerySet[SearchEntry] | None:
    """The entries of live posts that have all the words of `text` in their headlines; None where it has no words."""
    query = parse(text)
    if not query:
        return None
    if connection.vendor == "postgresql":
        condition, words = "to_tsvector('writethru', headline) @@ to_tsquery('writethru', %s)", _for_postgresql(query)
    else:
        condition = "post_id IN (SELECT rowid FROM blog_search WHERE blog_search MATCH %s)"
        words = f"(headline : ({_for_sqlite(query)}))"
        words += "".join(f" NOT (headline : {_quoted(one)})" for one in query.unwanted)
    return SearchEntry.objects.filter(RawSQL(condition, [words], output_field=BooleanField()))


def mark(text: str, query: Query) -> SafeString:
    """Plain text as HTML with the words of the query in <mark>."""
    out, end = [], 0
    for start, stop in _matches(text, query):
        out += [escape(text[end:start]), "<mark>", escape(text[start:stop]), "</mark>"]
        end = stop
    return mark_safe("".join([*out, escape(text[end:])]))  # every piece is escaped above


def snippet(text: str, query: Query, length: int = 240) -> SafeString:
    """The passage of a plain text where the query's words stand first, marked; its beginning if they stand nowhere."""
    first = next((start for start, _ in _matches(text, query)), 0)
    begin = 0 if first < length * 2 // 3 else text.rfind(" ", 0, first - length // 3) + 1
    end = len(text) if len(text) <= begin + length else max(text.rfind(" ", begin, begin + length), begin + 1)
    passage = mark(text[begin:end], query)
    return mark_safe(f"{'…' if begin else ''}{passage}{'…' if end < len(text) else ''}")


def _matches(text: str, query: Query) -> list[tuple[int, int]]:
    """Where words of the query stand in the text as it is written."""
    whole = {word for term in query.wanted for word in (term.words[:-1] if term.goes_on else term.words)}
    begun = tuple(term.words[-1] for term in query.wanted if term.goes_on)
    found = []
    for match in _SHOWN_WORD.finditer(text):
        word = words_of(match.group()).replace(" ", "")
        if word and (word in whole or (begun and word.startswith(begun))):
            start, stop = match.span()
            if found and found[-1][1] == start:  # signs that stand together
                start = found.pop()[0]
            found.append((start, stop))
    return found


def _in_postgresql(cursor: CursorWrapper, query: Query) -> list[tuple]:
    """Words are folded letters and digits only, so they need no quoting."""

    parameters: dict[str, Any] = {
        name: _for_postgresql(query, label) for name, label in (("anywhere", ""), ("above", "AB"), ("headline", "A"))
    }
    parameters["words"] = " & ".join(_term(one) for one in query.wanted)
    parameters |= {"most": CANDIDATES + 1, "sample": SAMPLE}
    cursor.execute(_SAMPLE, parameters)
    anywhere, in_headlines = (count * COMMON > SAMPLE for count in cursor.fetchone())
    roads = (
        _WALK.format("anywhere") if anywhere else _LOOK_UP,
        _WALK.format("headline") if in_headlines else _HEADLINES,
    )
    cursor.execute(_RANKED.format(*roads), parameters)
    return cursor.fetchall()


# The planner cannot know how many texts a word's beginning is in, and always guesses two in a hundred. So we look at
# the newest ones: a word that is common there is looked for from the newest on, until there are enough; a rare one is
# looked up. Either way about the same number of rows is touched in a large archive as in a small one.
_SAMPLE = """
    SELECT count(*) FILTER (WHERE document @@ to_tsquery('writethru', %(anywhere)s)),
           count(*) FILTER (WHERE document @@ to_tsquery('writethru', %(headline)s))
    FROM (SELECT document FROM blog_searchentry ORDER BY published_at DESC, post_id DESC LIMIT %(sample)s) newest"""
_WALK = """
    SELECT post_id FROM (SELECT * FROM blog_searchentry ORDER BY published_at DESC, post_id DESC OFFSET 0) by_time
    WHERE document @@ to_tsquery('writethru', %({})s) LIMIT %(most)s"""
_LOOK_UP = """
    SELECT post_id FROM (SELECT * FROM blog_searchentry
        WHERE document @@ to_tsquery('writethru', %(anywhere)s) OFFSET 0) found
    ORDER BY published_at DESC, post_id DESC LIMIT %(most)s"""
_HEADLINES = """
    SELECT post_id FROM (SELECT * FROM blog_searchentry
        WHERE to_tsvector('writethru', headline) @@ to_tsquery('writethru', %(words)s) OFFSET 0) found
    WHERE document @@ to_tsquery('writethru', %(headline)s)
    ORDER BY published_at DESC, post_id DESC LIMIT %(most)s"""
_RANKED = """
    SELECT CASE WHEN document @@ to_tsquery('writethru', %(headline)s) THEN 3
                WHEN document @@ to_tsquery('writethru', %(above)s) THEN 2 ELSE 1 END AS rank, published_at, post_id
    FROM blog_searchentry JOIN (({}) UNION ({})) candidates USING (post_id)
    ORDER BY 1 DESC, 2 DESC, 3 DESC"""


def _term(one: Term, label: str = "") -> str:
    *first, last = one.words
    ending = f":*{label}" if one.goes_on else f":{label}" if label else ""
    return "(" + " <-> ".join([f"{word}:{label}" if label else word for word in first] + [last + ending]) + ")"


def _for_postgresql(query: Query, label: str = "") -> str:
    """Words with this label, and none that are unwanted, wherever they stand."""
    without = "".join(f" & !{_term(one)}" for one in query.unwanted)
    return " & ".join(_term(one, label) for one in query.wanted) + without


def _quoted(one: Term) -> str:
    return '"' + " ".join(one.words) + '"' + ("*" if one.goes_on else "")


def _for_sqlite(query: Query) -> str:
    return " AND ".join(map(_quoted, query.wanted))


def _in_sqlite(cursor: CursorWrapper, query: Query) -> list[tuple]:
    wanted = _for_sqlite(query)
    without = "".join(f" NOT {_quoted(one)}" for one in query.unwanted)
    columns = {"anywhere": "", "above": "{headline standfirst} : ", "headline": "headline : "}
    parameters: dict[str, Any] = {name: f"({where}({wanted})){without}" for name, where in columns.items()}
    matching = "post_id IN (SELECT rowid FROM blog_search WHERE blog_search MATCH %({})s)"
    newest = f"""SELECT * FROM (SELECT post_id, published_at FROM blog_searchentry
        WHERE {matching} ORDER BY published_at DESC, post_id DESC LIMIT %(most)s)"""
    cursor.execute(
        f"""SELECT CASE WHEN {matching.format("headline")} THEN 3
                        WHEN {matching.format("above")} THEN 2 ELSE 1 END AS rank, published_at, post_id
            FROM ({newest.format("anywhere")} UNION {newest.format("headline")}) candidates
            ORDER BY 1 DESC, 2 DESC, 3 DESC""",
        parameters | {"most": CANDIDATES + 1},
    )
    return cursor.fetchall()


def _moment(value: datetime | str) -> datetime:
    """SQLite hands over times as text."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value if value.tzinfo else value.replace(tzinfo=UTC)
