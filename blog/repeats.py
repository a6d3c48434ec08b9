"""Words that stand twice in a row where nobody means it: "the the". Knows no models.

In the languages that `vocabulary` knows, any word; in texts of others only their small words, because there (Turkish,
Hindi, Malay) a word is said twice for a reason. What people do say twice is left alone.
"""

import re
from collections.abc import Iterator

from .vocabulary import small_words, telling_words

_TWICE = re.compile(r"(?<![\w'’.-])([^\W\d_]{1,24})[ \t\xa0]+(\1)(?![\w'’-])", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
ENOUGH = 20  # words by which a language is told
SAMPLE = 2_000  # characters of a text that are read for it

# "what he had had", "die, die die Brücke bauten", "vous vous trompez", and what is said twice to mean it
MEANT = frozenset(
    "had that her very really so no never many long far more again now there well yes bye ha hear knock blah tut "
    "die der das den dem des sie ihr nous vous faire piano poco muy ya sí mas muito já que là ah oh".split()
)


def doubled(words: str, *, known_language: bool) -> Iterator[str]:
    """Each pair of the same word in a text, as it stands there. A name ("Duran Duran") is none."""
    for match in _TWICE.finditer(words):
        first, second = match.groups()
        word = first.lower()
        if word in MEANT or (second[0].isupper() and first[0].isupper() and not first.isupper()):
            continue
        if known_language or word in small_words():
            yield match[0]


def is_known(words: str) -> bool:
    """Is this text in a language of which we know what its small words are?"""
    some = [word.lower() for word in _WORD.findall(words[:SAMPLE])]
    most = max(sum(word in telling for word in some) for telling in telling_words().values())
    return len(some) >= ENOUGH and most * 10 >= len(some)
