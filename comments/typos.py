"""What a comment points at in the text above it: “recieve”, “Ansle -> Ansel”, “siege: i before e”.

Looked for in the order of how plainly it is said: words with other words to put in their place, words said twice, words
left out, words quoted, and last a single word with its nearest neighbour in the text. Whatever is not plain is not
found: a moderator types it in then. Knows nothing but texts.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import NamedTuple

from . import cues
from .nearness import differ_in_case, how_far, is_inflected, slips, slips_in_single
from .passages import Passage, Said, Text, Word, bare

MOST_PLACES = 60  # of one word that are looked at
AROUND = 6  # words on either side of “should be”
SHORT = 5  # words
MOST_STRANGE = 24  # words of a comment that are not in the text
MOST_SAID = 30  # “should be” of one kind that are looked at


class Found(NamedTuple):
    """What a comment points at, and what it says should stand there: "" where it does not say."""

    passage: int
    start: int
    end: int
    exact: str
    replacement: str


def find(comment: str, passages: Sequence[Passage]) -> Found | None:
    """The one place that a comment says something is wrong with; None where there is none, or more than one."""
    said, text = Said(comment), Text(passages)
    for look in (
        _substituted,
        _doubled,
        _left_out,
        _replaced,
        _two_quotations,
        _alike,
        _other_number,
        _quoted,
        _in_few_words,
        _single,
    ):
        for found in look(said, text):
            return found
    return None


# Said plainly: this, and that in its place


def _substituted(said: Said, text: Text) -> Iterator[Found]:
    for hit in islice(cues.SUBSTITUTE.finditer(said.text), MOST_SAID):
        yield from _claimed(
            said, text, said.within(*hit.span(2)), said.within(*hit.span(3)), exactly=True, whatever=True
        )


def _replaced(said: Said, text: Text) -> Iterator[Found]:
    for connector, turned in cues.CONNECTORS:
        for hit in islice(connector.finditer(said.text), MOST_SAID):
            left, right = _before(said, hit.start()), _after(said, hit.end())
            ways = [(right, left)] if turned else [(left, right)]
            if connector is cues.INSTEAD and cues.SAYS.search(said.text, 0, hit.start()):
                ways = [(left, right)]
            for wrong, instead in ways:
                exactly = connector is cues.ARROW or (said.quotes_are(wrong) and said.quotes_are(instead))
                yield from _claimed(said, text, wrong, instead, exactly=exactly)


def _two_quotations(said: Said, text: Text) -> Iterator[Found]:
    """Two that are nearly the same, one of which stands in the text: "it's own" ... "its own"."""
    if cues.LIKENS.search(said.text):
        return
    parts = [said.within(*span) for span in said.quotes[:12]]
    for number, one in enumerate(parts):
        for other in parts[number + 1 :]:
            if one and other and text.has(bare(one)) != text.has(bare(other)):
                wrong, instead = (one, other) if text.has(bare(one)) else (other, one)
                yield from _claimed(said, text, wrong, instead, exactly=True)
    for part in parts:  # "have there power" - their!
        after = _after(said, part[-1].end + 1) if part and text.has(bare(part)) else []
        if 0 < len(after) <= 2:
            yield from _claimed(said, text, part, after)


def _before(said: Said, end: int) -> list[Word]:
    """The quotation that ends there, or the last words of the sentence."""
    for start, stop in said.quotes:
        if 0 <= end - stop <= 3 and not said.within(stop, end):
            return said.within(start, stop)
    begin = max((hit.end() for hit in cues.STOP.finditer(said.text, 0, end)), default=0)
    return said.within(begin, end)[-AROUND:]


def _after(said: Said, begin: int) -> list[Word]:
    """The quotation that begins there, or the next words of the sentence."""
    for start, stop in said.quotes:
        if 0 <= start - begin <= 4 and not said.within(begin, start):
            return said.within(start, stop)
    stop = cues.STOP.search(said.text, begin)
    return said.within(begin, stop.start() + 1 if stop else len(said.text))[:AROUND]


def _claimed(
    said: Said,
    text: Text,
    wrong: list[Word],
    instead: list[Word],
    *,
    exactly: bool = False,
    whatever: bool = False,
) -> Iterator[Found]:
    """Of what stands on both sides, the words that differ least, if those to be replaced stand in the text.

    `exactly`: both sides are meant from end to end; `whatever`: however much they differ.
    """
    best = None
    quoted = said.quotes_are(wrong) + said.quotes_are(instead)
    for old in _runs(wrong):
        if not text.has(bare(old)):
            continue
        for new in _runs(instead):
            if quoted == 2 and len(old) < len(wrong) and len(new) < len(instead):
                continue  # of two quotations one at least is meant from end to end
            is_whole = exactly and (old, new) == (wrong, instead)
            beside = (old[-1] is wrong[-1] and new[0] is instead[0]) if wrong[-1].end <= instead[0].start else False
            apart = how_far(bare(old), bare(new), may_add=is_whole, loosely=not (exactly or quoted or beside))
            if is_whole and (whatever or (apart and len(old) > 1) or differ_in_case(said.raw(old), said.raw(new))):
                apart = 0
            if apart is not None and (best is None or (apart, -len(old)) < best[:2]):
                best = apart, -len(old), old, new
    if best and (not said.is_fun or (said.is_about_spelling and best[0] <= 2)):
        _apart, _length, old, new = best
        yield from _at_one(said, text, list(text.places(bare(old))), len(old), said.raw(new), said.raw(old))


def _runs(words: list[Word]) -> Iterator[list[Word]]:
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            yield words[start:end]


# Said of one thing


def _doubled(said: Said, text: Text) -> Iterator[Found]:
    """The the."""
    heard = bare(said.words)
    twice = {one for one, other in pairwise(heard) if one == other}
    if cues.TWICE.search(said.text):
        twice |= set(heard)
    places = [
        number
        for word in twice
        for number in text.at.get(word, ())[: MOST_PLACES * 20]
        if text.words[number + 1] == word
    ]
    if places:
        start = text.spots[places[0]]
        first = text.passages[start[0]].text[start[1] : start[2]]
        yield from _at_one(said, text, places, 2, first)


def _left_out(said: Said, text: Text) -> Iterator[Found]:
    """Missing "to" before "close it"."""
    for hit in islice(cues.MISSING.finditer(said.text), MOST_SAID):
        missing, beside = said.within(*hit.span("what")), said.within(*hit.span("beside"))
        if missing and beside:
            one, other = said.raw(missing), said.raw(beside)
            new = f"{other} {one}" if hit["after"] else f"{one} {other}"
            yield from _at_one(said, text, list(text.places(bare(beside))), len(beside), new)


def _quoted(said: Said, text: Text) -> Iterator[Found]:
    """There is something wrong with "this"; should it not be "that"?"""
    all_there = _quotes_only_the_text(said, text)
    for span in said.quotes[:12]:
        words = said.within(*span)
        places = list(text.places(bare(words)))
        if places and all_there and said.is_about_spelling and not said.is_fun and not cues.DOUBTS.search(said.text):
            yield from _at_one(said, text, places, len(words), "", said.raw(words))
        elif words and not places and said.has_cue and not said.is_fun:
            yield from _nearest(said, text, words)


def _quotes_only_the_text(said: Said, text: Text) -> bool:
    """Who quotes what should stand there has said more than where; if that was not taken, nothing is."""
    return all(text.has(bare(said.within(*span))) for span in said.quotes[:12])


def _nearest(said: Said, text: Text, words: list[Word], *, most: int = 4) -> Iterator[Found]:
    """Where these words nearly stand: so far apart at most."""
    wanted = bare(words)
    if len(wanted) == 1:
        yield from _neighbour(said, text, words[0])
        places = text.joined.get(wanted[0], [])
        if places:
            yield from _at_one(said, text, places, 2, said.raw(words))
        return
    found: dict[tuple[int, int], int] = {}
    for offset, word in enumerate(wanted):
        for number in text.at.get(word, ())[:MOST_PLACES]:
            for length in (len(wanted) - 1, len(wanted), len(wanted) + 1):
                for start in {number - offset, number - offset - 1, number - offset + 1}:
                    there = text.words[start : start + length] if start >= 0 else []
                    if length and len(there) == length and "" not in there:
                        apart = how_far(there, wanted)
                        if apart and apart <= most:
                            found[start, length] = apart
    if found:
        nearest = min(found.values())
        at = [key for key, apart in found.items() if apart == nearest]
        longest = max(length for _start, length in at)
        places = [start for start, length in at if length == longest]
        yield from _at_one(said, text, places, longest, said.raw(words))


def _alike(said: Said, text: Text) -> Iterator[Found]:
    """Two words of the comment are a slip apart, and one of them stands in the text."""
    quoted = {word for span in said.quotes for word in said.within(*span)}
    is_short = len(said.words) <= SHORT and not cues.NOT.search(said.text)
    if not (said.is_about_spelling or quoted or is_short) or cues.LIKENS.search(said.text) or said.is_fun:
        return
    heard = {word.folded: word for word in said.words if len(word.folded) > 3}
    there = [word for word in heard.values() if word.folded in text.at]
    new = [word for word in heard.values() if word.folded not in text.at and word.folded not in cues.COMMON][
        :MOST_STRANGE
    ]
    for right in new:
        for wrong in there:
            most = slips_in_single(right.folded)
            near = slips(right.folded, wrong.folded, most) is not None
            if near and not is_inflected(right.folded, wrong.folded):
                if not (said.is_about_spelling or is_short or quoted & {right, wrong}):
                    continue
                yield from _at_one(said, text, text.at[wrong.folded], 1, said.raw([right]))


def _other_number(said: Said, text: Text) -> Iterator[Found]:
    """25 million? It was 26 million."""
    if said.is_fun or not (said.has_cue or cues.YOU_SAY.search(said.text)):
        return
    years = {word.folded: word for word in said.words if word.folded[0].isdigit()}
    if len(years) == 2 and cues.YOU_SAY.search(said.text):
        for old, new in (years.values(), reversed(years.values())):
            if len(old.folded) == len(new.folded) and not text.has([new.folded]):
                yield from _at_one(said, text, text.at.get(old.folded, []), 1, said.raw([new]))
    numbers = [pair for pair in pairwise(said.words) if pair[0].folded[0].isdigit()][:MOST_STRANGE]
    for old, what in numbers:
        for new, same in numbers:
            is_other = what.folded == same.folded and old.folded != new.folded
            if is_other and text.has([old.folded, what.folded]) and not text.has([new.folded, what.folded]):
                places = list(text.places([old.folded, what.folded]))
                yield from _at_one(said, text, places, 2, said.raw([new, same]))


def _in_few_words(said: Said, text: Text) -> Iterator[Found]:
    """Their weight, surely."""
    run = _after(said, 0)
    comma = said.text.find(",")
    run = [word for word in run if comma < 0 or word.start < comma]
    if len(said.words) <= SHORT and 1 < len(run) < SHORT and not said.is_fun and not text.has(bare(run)):
        yield from _nearest(said, text, run, most=2)


def _single(said: Said, text: Text) -> Iterator[Found]:
    """One word, by itself or with a rule of spelling."""
    alone = len(said.words) == 1 or cues.STAR.match(said.text)
    should = list(cues.SHOULD_SAY.finditer(said.text))[:MOST_SAID] if not said.is_fun else []
    for hit in should:
        for word in said.within(*hit.span(1))[:1]:
            yield from _neighbour(said, text, word)
    if not (alone or said.is_about_spelling) or said.is_fun:
        return
    for hit in islice(cues.SUBJECT.finditer(said.text), MOST_SAID):
        named = said.within(*hit.span(next(name for name in ("word", "told", "last", "sic") if hit[name])))[:1]
        for word in named:
            if word.folded not in cues.COMMON or cues.RULE.search(said.text, word.end, word.end + 24):
                yield from _neighbour(said, text, word)
                doubtful = cues.DOUBTS.search(said.text) or not _quotes_only_the_text(said, text)
                if not doubtful and len(word.folded) > 3:
                    yield from _at_one(said, text, text.at.get(word.folded, []), 1, "")
    strange = [word for word in said.words if len(word.folded) > 3 and word.folded not in text.at]
    strange = [word for word in strange if word.folded not in cues.COMMON][:MOST_STRANGE]
    near = [(text.neighbours(word.folded)[:1], word) for word in strange]
    for _neighbours, word in sorted((pair for pair in near if pair[0]), key=lambda pair: pair[0][0][0]):
        yield from _neighbour(said, text, word)


def _neighbour(said: Said, text: Text, word: Word) -> Iterator[Found]:
    near = text.neighbours(word.folded)
    nearest = [other for distance, other in near if distance == near[0][0]]
    if len(nearest) == 1:
        yield from _at_one(said, text, text.at[nearest[0]], 1, said.raw([word]))


# Which place


def _at_one(said: Said, text: Text, places: list[int], length: int, new: str, old: str = "") -> Iterator[Found]:
    """The place, if it is one: of several the one that is spelt the same to the capital, or that is hinted at."""
    for narrowed in (_spelt_so, _hinted):
        if len(places) > 1:
            places = narrowed(said, text, places, length, old) or places
    if len(places) != 1:
        return
    passage, start, _end = text.spots[places[0]]
    last_passage, _start, end = text.spots[places[0] + length - 1]
    if passage != last_passage:
        return
    exact = text.passages[passage].text[start:end]
    new = _in_case_of(exact, new, is_first=_is_first(said, new))
    if new != exact:
        yield Found(passage, start, end, exact, new)


def _spelt_so(said: Said, text: Text, places: list[int], length: int, old: str) -> list[int]:
    return [place for place in places if old and _exact(text, place, length) == old]


def _exact(text: Text, place: int, length: int) -> str:
    passage, start, _end = text.spots[place]
    return text.passages[passage].text[start : text.spots[place + length - 1][2]]


def _hinted(said: Said, text: Text, places: list[int], length: int, old: str) -> list[int]:
    wanted = None
    if cues.HEADLINE.search(said.text):
        wanted = [number for number, passage in enumerate(text.passages) if passage.place == "headline"]
    elif hit := cues.PARAGRAPH.search(said.text):
        paragraphs = [number for number, passage in enumerate(text.passages) if passage.place == "body"]
        wanted = paragraphs[-1:] if hit["last"] else paragraphs[(which := _counted(hit)) - 1 : which]
    return [place for place in places if wanted is not None and text.spots[place][0] in wanted]


def _counted(hit: re.Match) -> int:
    digits = hit["before"] or hit["behind"]
    return int(digits) if digits else cues.ORDINALS.index(hit["ordinal"].lower()) + 1


def _in_case_of(exact: str, new: str, *, is_first: bool) -> str:
    """With the capital that the replaced words have, where the comment has it for another reason, or for none."""
    if not new or new.lower() == exact.lower():
        return new
    if exact[0].isupper() and new.islower():
        return new[0].upper() + new[1:]
    if exact.islower() and is_first and new[1:].islower():
        return new.lower()
    return new


def _is_first(said: Said, new: str) -> bool:
    """Does it begin a sentence of the comment?"""
    before = said.text[: said.text.find(new)].rstrip("\"'“”„«» *") if new else ""
    return not before or before[-1] in ".!?:\n"
