"""Is one word another one misspelt, or a word of its own? How near two spellings are, and what is turned round."""

from . import vocabulary

LONGEST = 40  # letters of a word that are compared


def is_slip(wrong: str, right: str) -> bool:
    """Is the one word the other misspelt, to all appearances?"""
    longest = max(len(wrong), len(right))
    if longest > LONGEST or not wrong.isalpha():
        return wrong == right
    most = 1 if longest <= 4 else 2 if longest <= 9 else 3
    return sorted(wrong) == sorted(right) or distance(wrong, right, most) <= most


def is_slip_of_negation(wrong: str, right: str) -> bool:
    """As `is_slip`, but a word of its own ("now") is never taken for a slip of "not"."""
    if wrong in vocabulary.REAL_WORDS or len(wrong) < 2:
        return False
    right, wrong = right.replace("'", ""), wrong.replace("'", "")
    if sorted(wrong) == sorted(right):
        return True
    if len(right) >= 6:
        return distance(wrong, right, 2) <= 2
    return len(wrong) != len(right) and len(right) > 2 and distance(wrong, right, 1) <= 1


def nearest(word: str, table: dict[str, str]) -> set[str]:
    """What the words of a table stand for to which this one is nearest."""
    distances = {right: distance(word, right, 4) for right in table if abs(len(right) - len(word)) < 4}
    least = min(distances.values(), default=0)
    return {table[right] for right, far in distances.items() if far == least}


def flips(old: set[str], new: set[str]) -> bool:
    """Does a word turn into its opposite: lawful, unlawful; careful, careless?"""
    for these, others in ((old, new), (new, old)):
        near = others if len(others) < 20 else set()
        for word in these:
            for prefix in vocabulary.FLIPS:
                rest = word.removeprefix(prefix)
                if rest == word or len(rest) < 4 or (prefix == "i" and rest[0] not in "lr"):
                    continue
                if rest in others or (len(rest) > 5 and any(_is_misspelt(rest, word, other) for other in near)):
                    return True
            for none, some in (("less", ("", "ful")), ("los", ("voll", "haft"))):
                stem = word.removesuffix(none)
                if stem != word and len(stem) > 2 and {stem + ending for ending in some} & others:
                    return True
    return False


def _is_misspelt(rest: str, whole: str, other: str) -> bool:
    """Is the other word the rest of this one with a slip, and not the whole of it with one?"""
    return distance(rest, other, 1) <= 1 < distance(whole, other, 1)


def distance(one: str, other: str, most: int) -> int:
    """How many letters are wrong, missing, too many or exchanged; where that is above `most`, some number above it."""
    if abs(len(one) - len(other)) > most or max(len(one), len(other)) > LONGEST:
        return most + 1
    before_that: list[int] = []
    before = list(range(len(other) + 1))
    for i, sign in enumerate(one, 1):
        row = [i]
        for j, its in enumerate(other, 1):
            least = min(before[j] + 1, row[-1] + 1, before[j - 1] + (sign != its))
            if i > 1 and j > 1 and sign == other[j - 2] and one[i - 2] == its:
                least = min(least, before_that[j - 2] + 1)
            row.append(least)
        if min(row) > most:
            return most + 1
        before_that, before = before, row
    return before[-1]
