"""Words of texts as they are compared: without capitals, accents and signs that nobody sees."""

import re
import unicodedata
from functools import lru_cache


@lru_cache(maxsize=20_000)
def folded(sign: str) -> str:
    """One sign without case and accents; nothing for an accent itself, or for what nobody sees."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", sign).casefold())
    return "".join(one for one in apart if unicodedata.category(one) not in {"Mn", "Mc", "Me", "Cf"})


def fold(text: str) -> str:
    """ "Élan" and "elan" are one."""
    return "".join(map(folded, text))
