"""By which words people say that something is misspelt or wrong: in English, German, French and Portuguese.

Patterns alone; what is made of them is in `typos`. None of them goes back over a text more than once.
"""

import re

_I = re.IGNORECASE

WORD = re.compile(r"\d+(?:[.,:]\d+)*\w*|\w+(?:['’‑-]\w+)*")
STOP = re.compile(r"[.!?…;](?=\s|$)|\n")  # where a sentence ends
QUOTED = re.compile(
    r"“([^“”\n]{1,200})”|„([^„“”\n]{1,200})[“”]|«\s?([^«»\n]{1,200}?)\s?»|\"([^\"\n]{1,200})\"|‘([^‘\n]{1,200}?)’(?!\w)"
    r"|(?<!\w)'([^'\n]{1,100}(?:'\w[^'\n]{0,100})?)'(?!\w)|`([^`\n]{1,200})`"
)

SUBSTITUTE = re.compile(r"(?<!\w)s([/|#])([^/|#\n]{1,100})\1([^/|#\s][^/|#\n]{0,60}?)(?:\1|$|\n)")


def _any(*words: str) -> re.Pattern:
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", _I)


# Between what stands there and what should: (pattern, does what should stand there come first?)
INSTEAD = _any("instead of", "rather than", "in place of", "statt", "anstatt", "au lieu de", "em vez de", "ao invés de")
_IS = r"(?:really |surely |probably |of course |rather |that |it |this )?"
ARROW = re.compile(r"\s?(?:-{1,2}|=|–|—)>\s?|\s?[→⇒➔]\s?")
CONNECTORS = [
    (ARROW, False),
    (
        _any(
            rf"(?:should|must|ought to|needs? to|has to|shouldn['’]t|wants? to) {_IS}(?:be|read|say|have been)"
            r"(?: spel(?:led|t)| written)?",
            r"is (?:actually |properly |correctly )?(?:spel(?:led|t)|written)",
            r"is wrong[,:;]? (?:it|that|this) (?:is|was|should be)",
            "(?:the )?correct (?:is|would be)",
            *(
                "muss",
                "müsste",
                "sollte",
                "soll",
                "doit être",
                "devrait être",
                "deve ler-se",
                "deveria ser",
                "devia ser",
            ),
        ),
        False,
    ),
    (
        re.compile(
            r"[\"'’”»]?(?:,|;|:| -| –| —)?\s\(?(?:and |und |et |e |is right,? )?(?:not|nicht|non pas|non|pas|não)\s"
            r"(?:in |a |an |the )?",
            _I,
        ),
        True,
    ),
    (INSTEAD, True),
]
NOT = _any("not", "nicht", "pas", "não", "non")
SAYS = _any("says?", "write", "wrote", "written", "reads?", "schreib(?:en|t|st)", "écri(?:t|vez)", "escreve(?:u|ram)?")

# Cues
SPELLING = _any(
    *(
        "typos?",
        r"mis-?spel\w*",
        r"spell?ing",
        r"spel(?:led|t)",
        "sp",
        "not a word",
        "apostrophe",
        "hyphen",
        "typing error",
    ),
    *("proofread\\w*", "grammar", "(?:is|are|word) missing", "missing (?:word|letter|an?)", "left out"),
    *(r"tipp?fehler", "vertippt", "schreibfehler", "rechtschreib\\w*", "schreibt man", r"fehlt\b"),
    *("coquilles?", "orthographe", "faute de frappe", "il manque", "accents?", "gralhas?", "ortografia", "acentos?"),
)
CUE = _any(
    *(
        "should(?:n['’]t)?",
        "shouldn't",
        r"isn['’]t (?:it|that)",
        "mean",
        "meant",
        "correct(?:ion)?",
        "wrong",
        "mistakes?",
        "errors?",
        "missing",
        "erratum",
    ),
    *(
        "fehler",
        "falsch",
        "muss",
        "heißt",
        "heißen",
        "fautes?",
        "erreurs?",
        "devrait",
        "erros?",
        "errado",
        "deveria",
        "deve",
    ),
)
_LETTER = r"[a-zäöüßéèêçãõ](?:['’]s)?(?!\w|['’]\w)"
RULE = re.compile(
    rf"(?<!\w)(?:{_LETTER} before {_LETTER}"
    rf"|(?:an?|one|two|double|single|with|without|silent|missing|zwei|ein|deux|un|dois|um) ['\"“]?{_LETTER}"
    rf"|{_LETTER} (?:after|before) (?:the )?{_LETTER})",
    _I,
)
SHOULD_SAY = re.compile(r"\bshould (?:say|read|be) [\"“'‘]?(\w+)", _I)
YOU_SAY = _any("you (?:say|said|write|wrote|have)", "it says", "(?:Sie|ihr|du) schreib(?:en|t|st)", "vous écrivez")
TWICE = _any(
    *("too many", "zu viel", "de trop", "a mais"),
    *("twice", "doubled?", "repeated", "duplicated?", "doppelt", "zweimal", "deux fois", "en double", "duas vezes"),
    "repetid[oa]",
)
_QUOTE = r"[\"“„«'‘]\s?(?P<{}>[^\"”“»’\n]{{1,100}}?)\s?[\"”“»'’]"
MISSING = re.compile(
    rf"(?:missing|left out|missed|fehlt|manque|falta)\s(?:an? |the |ein |um |un )?(?:word )?{_QUOTE.format('what')}"
    r"\s(?:is missing )?(?:before|vor|avant|antes de|(?P<after>after|nach|hinter|après|depois de))\s"
    rf"{_QUOTE.format('beside')}",
    _I,
)
LAUGHS = re.compile(
    r"[😂🤣😆😅😄😁😜😝🙃😏]|(?<!\w)(?:l+o+l+|rofl|lmao|(?:ha){2,}h?|(?:he){2,}|hihi|mdr|kkk+|rsrs)(?!\w)|[;:]-?[DpP](?!\w)",
    _I,
)
DOUBTS = re.compile(
    r"(?<!\w)(?:surely|must be|presum\w+|assum\w+|guess|hope|only|biggest|real)\b[^.!?\n]{0,60}"
    r"\b(?:typo|misprint|mis-?spel\w+)"
    r"|\b(?:typo|misprint|tippfehler|coquille|gralha)\b[^.!?\n]{0,20}\?",
    _I,
)
LIKENS = _any(
    "more like", "sounds like", "read", "misread", "thought it said", "or as i call it", "motto", "klingt wie"
)

# The word a rule is about, or a typo
STAR = re.compile(r"\s*\*\s?(\w+)\*?\s*$")
_NAMED = r"[\"“„«'‘]?\s?(?P<word>\w+(?:['’-]\w+)*)\s?[\"”“»'’]?"
SUBJECT = re.compile(
    rf"(?:(?<=\n)|^)\s*\*?{_NAMED}\s?(?:is|has|needs|takes|with|only|:|,|\.|schreibt|hat|prend|leva|tem)\b"
    rf"|(?:typos?|spelling|misspel\w*|tippfehler|coquille|gralha)\b[^:.!?\n]{{0,40}}[:=]\s*"
    rf"{_NAMED.replace('word', 'told')}"
    rf"|(?<!\w){_LETTER} (?:in|at the end of|dans|em) {_NAMED.replace('word', 'last')}"
    rf"|(?<!\w){_NAMED.replace('word', 'sic')}\s?(?:\?\?|[(\[]sic)",
    _I,
)

# Where
HEADLINE = _any("headline", "title", "überschrift", "schlagzeile", "titre", "título")
ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"]
PARAGRAPH = re.compile(
    rf"(?<!\w)(?:(?:(?P<ordinal>{'|'.join(ORDINALS)})|(?P<last>last|final)"
    r"|(?P<before>\d{1,2})(?:st|nd|rd|th)) para(?:graph)?"
    r"|para(?:graph)?\.? (?P<behind>\d{1,2}))(?!\w)",
    _I,
)

# Words of which one may stand where another is meant, though no letter is the same
SERIES = [
    frozenset(words.split())
    for words in (
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
        " seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million"
        " billion half",
        "first second third fourth fifth sixth seventh eighth ninth tenth",
        "north south east west northern southern eastern western northeast northwest southeast southwest",
        "monday tuesday wednesday thursday friday saturday sunday",
        "january february march april may june july august september october november december",
        "left right upper lower before after above below he she his her him they their was were is are",
        "null ein eine eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf zwanzig dreißig hundert tausend",
        "nord süd ost west norden süden osten westen",
        "montag dienstag mittwoch donnerstag freitag samstag sonntag",
        "januar februar märz april mai juni juli august september oktober november dezember",
        "un une deux trois quatre cinq six sept huit neuf dix vingt trente cent mille",
        "nord sud est ouest",
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "um uma dois duas três quatro cinco seis sete oito nove dez vinte trinta cem mil",
        "norte sul leste oeste este",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    )
]
ENDINGS = frozenset("s es ed d r er ing ly n en 's ' t m".split())
# Words of a comment that are no slip of others, however near
COMMON = frozenset(
    "about after again also another answer been before being best came comes could didn't does doesn't don't done "
    "down each else error ever every fact fine first found from good great have hello here himself into it's just "
    "know last letter like line long lose made make many mean missing most much must nice only other over page "
    "paragraph para please quite read really right said same says second sentence should some spell spelled "
    "spelling spelt sure than thank thanks that that's their them then there there's these they thing think third "
    "this those though through title twice typo typos under very want well were what when where which while whole "
    "whose will with word words work would write writing written wrong wrote your you're aber auch dann dass dem "
    "den der des dies diese doch eine einem einen einer haben heißt hier immer ihre kein mehr muss nicht noch "
    "nach oder schon sehr sein sich sind steht über und unter vier viel wenn wird wort avec cette dans elle faut "
    "faute mais même nous pour plus sans sont votre vous acento como deve esta está falta mais muito nada onde "
    "para pela pelo quando sem tudo você".split()
)
