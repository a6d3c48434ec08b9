"""How near words are to each other: slips of the hand, numbers, and words that are mistaken for one another."""

from collections.abc import Sequence

from blog.slips import distance

from . import cues


def how_far(old: Sequence[str], new: Sequence[str], *, may_add: bool = True, loosely: bool = False) -> int | None:
    """How much differs between words and those to put in their place; None: they have nothing to do with each other.

    `may_add`: there may be words more or fewer. `loosely`: nothing but nearness says that these belong together.
    """
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    same = start + end
    a, b = list(old[start : len(old) - end]), list(new[start : len(new) - end])
    if not a and not b:
        return None
    if "".join(a) == "".join(b):
        return 1
    if not a or not b:
        # Who says that a word is missing, or one too many, quotes what stands on both sides of it.
        return 2 + len(a) + len(b) if may_add and start and end and len(a) + len(b) <= 2 else None
    if len(a) != len(b):
        return slips("".join(a), "".join(b), 2) if same else None
    total = 0
    for one, other in zip(a, b, strict=True):
        is_little = min(len(one), len(other)) <= 3 and not one[0].isdigit()
        apart = None if is_little and loosely and not same else _word_apart(one, other, same)
        if apart is None:
            return None
        total += apart
    return total if total <= 4 else None


def _word_apart(one: str, other: str, same: int) -> int | None:
    if one == other:
        return 0
    if one[0].isdigit() and other[0].isdigit():
        return 1
    if any(one in series and other in series for series in cues.SERIES):
        return 1
    shorter = min(len(one), len(other))
    most = 1 if shorter <= 4 else 2 if shorter <= 8 else 3
    apart = slips(one, other, most + (3 < shorter <= 8 and one[:2] == other[:2]))
    if apart is None and same >= 2 and max(len(one), len(other)) <= 4:
        return 3  # "should of" and "should have": little words among the same ones
    return apart


def slips(one: str, other: str, most: int) -> int | None:
    """How many letters are wrong, missing, too many or changed places; None for more than `most`."""
    found = distance(one, other, most)
    return found if found <= most else None


def slips_in_single(word: str) -> int:
    """How many slips there may be in a word of which nothing but itself is known."""
    return 2 if len(word) >= 8 else 1


def is_inflected(one: str, other: str) -> bool:
    """Is one the other in the plural, or in the past? Then nobody has made a slip."""
    shorter, longer = sorted((one, other), key=len)
    return (longer.startswith(shorter) and longer[len(shorter) :] in cues.ENDINGS) or (
        one[:-1] == other[:-1] and {one[-1], other[-1]} <= {"s", "d", "r", "n"}
    )


def differ_in_case(one: str, other: str) -> bool:
    """Do they differ in their capitals alone?"""
    return one != other and one.lower() == other.lower()


def mask(word: str) -> int:
    """Its letters as bits: words that are few slips apart have nearly the same."""
    found = 0
    for letter in word:
        found |= 1 << (ord(letter) % 61)
    return found
