"""Words by which meaning hangs: numbers, days, units, negations, in the languages that `LANGUAGES` names.

What a word stands for is what two spellings of it have in common: "km" and "kilometres", "Sept" and "September".
"""

from functools import cache

LANGUAGES = ("en", "de", "fr", "es", "pt")

# Words that are in every longer text of a language and seldom in one of another: they tell which it is.
_TELLING = {
    "en": "the of and to in is was for that with on by it has had were are said from at this",
    "de": "der die das und den dem ist nicht mit ein eine auf für von im sich des auch wird war hat zu zum am",
    "fr": "le les des et est une dans du pour que qui sur pas au ne la par avec été il elle se ce",
    "es": "el los las y es una del que en por con para se no al lo su fue ha la como más",
    "pt": "o os as e é uma do da dos que em por com para não ao se na no foi à mais um das pelo",
}

# Words with which a sentence begins and that are no names.
_SMALL = {
    "en": "the a an and or but so if as at by for from in into of off on out over to up with after before when while "
    "where who why how what which that this these those there then than they we he she it i you his her its our their "
    "my your all some any each every both many most more much few no not nor only also just even still yet now here "
    "however although though because since until about above below under between against during through across around "
    "is are was were be been has have had do does did can could may might must shall should will would "
    "meanwhile earlier later instead perhaps according another other such same once again never nobody nothing none",
    "de": "der die das den dem des ein eine einen einem einer eines und oder aber wenn als am an auf aus bei bis durch "
    "für gegen hinter in ins im mit nach neben ohne seit über um unter vom von vor zu zum zur zwischen es er sie wir "
    "ich ihr du man wer was wie wo warum dass weil da dann doch nur noch schon auch nicht kein keine jeder alle viele "
    "dieser diese dieses jener sein seine seinen ihre ihren ihrem unser unsere mein meine so nun hier dort",
    "fr": "le la les un une des du de d l et ou mais si comme à au aux en dans par pour sur sous avec sans chez vers "
    "il elle ils elles on nous vous je tu ce cet cette ces son sa ses leur leurs notre votre qui que quoi où quand "
    "après avant selon depuis pendant ne pas plus tout tous toutes chaque aucun aucune",
    "es": "el la los las un una unos unas y o pero si como a al de del en por para con sin sobre entre hasta desde "
    "él ella ellos nosotros yo tú este esta estos estas ese esa su sus nuestro que quien cuando donde según "
    "no ni más todo todos cada ningún ninguna",
    "pt": "o a os as um uma uns umas e ou mas se como ao aos à às de do da dos das em no na nos nas por pelo pela para "
    "com sem sobre entre até desde ele ela eles nós eu este esta esse essa seu sua nosso que quem quando onde segundo "
    "não nem mais todo todos cada nenhum nenhuma",
}

# word → what it stands for. Words of every language together, where none is an everyday word of another.
_NUMBERS = {
    "0": "zero null cero",
    "2": "two zwei zwo deux dos dois duas",
    "3": "three drei trois tres três",
    "4": "four vier quatre cuatro quatro",
    "5": "five fünf cinq cinco",
    "6": "six sechs seis",
    "7": "seven sieben siete sete",
    "8": "eight acht huit ocho oito",
    "9": "nine neun nueve nove",
    "10": "ten zehn dix diez dez",
    "11": "eleven elf onze",
    "12": "twelve zwölf douze doce doze",
    "13": "thirteen dreizehn treize trece treze",
    "14": "fourteen vierzehn quatorze catorce catorze",
    "15": "fifteen fünfzehn quinze quince",
    "16": "sixteen sechzehn seize dieciséis dezesseis dezasseis",
    "17": "seventeen siebzehn diecisiete dezessete dezassete",
    "18": "eighteen achtzehn dieciocho dezoito",
    "19": "nineteen neunzehn diecinueve dezenove dezanove",
    "20": "twenty zwanzig vingt veinte vinte",
    "30": "thirty dreißig dreissig trente treinta trinta",
    "40": "forty vierzig quarante cuarenta quarenta",
    "50": "fifty fünfzig cinquante cincuenta cinquenta",
    "60": "sixty sechzig soixante sesenta sessenta",
    "70": "seventy siebzig septante setenta",
    "80": "eighty achtzig octante ochenta oitenta",
    "90": "ninety neunzig nonante noventa",
    "100": "hundred hundert cien ciento cem",
    "200": "doscientos doscientas duzentos duzentas",
    "300": "trescientos trescientas trezentos trezentas",
    "400": "cuatrocientos cuatrocientas quatrocentos quatrocentas",
    "500": "quinientos quinientas quinhentos quinhentas",
    "1000": "thousand tausend mille",
    "1000000": "million millionen millón millones milhão milhões",
    "1000000000": "billion milliarde milliarden milliard milliards bilhão bilhões",
    "1000000000000": "trillion billionen",
    "hundreds": "hundreds hunderte hunderten centaines cientos centenas",
    "thousands": "thousands tausende tausenden milliers miles milhares",
    "millions": "millions",
    "billions": "billions",
    "dozen": "dozen dutzend douzaine docena dúzia",
    "dozens": "dozens dutzende dutzenden douzaines docenas dúzias",
    "score": "scores",
    "1st": "first erste ersten erster erstes première premier primero primera primeiro primeira",
    "2nd": "zweite zweiten zweiter zweites deuxième segundo segunda",
    "3rd": "third dritte dritten dritter drittes troisième tercero tercera terceiro terceira",
    "4th": "fourth vierte vierten vierter quatrième cuarto cuarta",
    "5th": "fifth fünfte fünften fünfter cinquième quinto quinta",
    "6th": "sixth sechste sechsten sixième sexto sexta",
    "7th": "seventh siebte siebten septième séptimo séptima sétimo sétima",
    "8th": "eighth achte achten huitième octavo octava oitavo oitava",
    "9th": "ninth neunte neunten neuvième noveno novena nono nona",
    "10th": "tenth zehnte zehnten dixième décimo décima",
    "11th": "eleventh elfte elften onzième",
    "12th": "twelfth zwölfte zwölften douzième",
    "13th": "thirteenth dreizehnte",
    "14th": "fourteenth vierzehnte",
    "15th": "fifteenth fünfzehnte",
    "16th": "sixteenth sechzehnte",
    "17th": "seventeenth siebzehnte",
    "18th": "eighteenth achtzehnte",
    "19th": "nineteenth neunzehnte",
    "20th": "twentieth zwanzigste zwanzigsten",
    "30th": "thirtieth dreißigste",
    "½": "half halves hälfte moitié mitad metade",
    "¼": "quarter quarters viertel",
    "⅓": "thirds drittel tiers",
    "×2": "twice double doubled doubling zweimal doppelt verdoppelt doble doppelte dobro",
    "×3": "thrice triple tripled treble dreimal dreifach verdreifacht",
    "×4": "quadruple quadrupled",
}

# Numbers that are mostly something else (articles, adverbs): they count against another number alone.
_WEAK = {
    "1": "one single ein eine einen einem einer eines eins un une uno una um uma",
    "2": "both couple pair",
    "2nd": "second seconds",
    "7": "sept",
    "9": "neuf",
    "11": "once",
    "100": "cent",
    "1000": "mil",
    "×1": "once einmal",
    "½": "demi medio meia meio halbe halben",
    "¼": "quart",
}

_UNITS = {
    "%": "% percent pct prozent",
    "points": "percentage percentages prozentpunkte prozentpunkten",
    "‰": "‰ promille",
    "€": "€ euro euros eur",
    "$": "$ dollar dollars usd",
    "£": "£ sterling gbp quid",
    "¥": "¥ yen",
    "pound": "pound pounds lb lbs pfund",
    "cents": "cents pence pfennig",
    "°c": "°c celsius",
    "°f": "°f fahrenheit",
    "°": "° degree degrees grad",
    "mm": "mm millimetre millimetres millimeter millimeters",
    "cm": "cm centimetre centimetres centimeter centimeters zentimeter",
    "m": "m metre metres meter meters metern mètre mètres metro metros",
    "km": "km kms kilometre kilometres kilometer kilometers kilometern kilomètre kilomètres kilómetros quilômetros",
    "mile": "mile miles meile meilen mi milles millas milhas",
    "foot": "foot feet ft fuß",
    "inch": "inch inches zoll",
    "yard": "yard yards yd",
    "g": "g gram grams gramme grammes gramm gramos",
    "kg": "kg kilo kilos kilogram kilograms kilogramme kilogramm",
    "t": "t tonne tonnes ton tons tonnen toneladas",
    "l": "l litre litres liter liters litros",
    "gallon": "gallon gallons",
    "ha": "ha hectare hectares hektar hectáreas",
    "acre": "acre acres",
    "mph": "mph",
    "kmh": "kmh kph",
    "kw": "kw kilowatt kilowatts",
    "mw": "mw megawatt megawatts",
    "gw": "gw gigawatt gigawatts",
    "second": "second seconds sec secs sekunde sekunden",
    "minute": "minute minutes min mins minuten minutos",
    "hour": "hour hours hr hrs stunde stunden heure heures hora horas",
    "day": "day days tag tage tagen jour jours día días dia dias",
    "week": "week weeks woche wochen semaine semaines semana semanas",
    "month": "month months monat monate monaten mois mes meses mês",
    "year": "year years jahr jahre jahren ans année années año años ano anos",
    "decade": "decade decades jahrzehnt jahrzehnte décennie décennies década décadas",
    "century": "century centuries jahrhundert jahrhunderte siècle siècles siglo siglos século séculos",
}

_DAYS = {
    "mon": "monday mondays montag lundi lunes",
    "tue": "tuesday tuesdays tues dienstag mardi martes",
    "wed": "wednesday wednesdays mittwoch mercredi miércoles",
    "thu": "thursday thursdays thurs donnerstag jeudi jueves",
    "fri": "friday fridays freitag vendredi viernes",
    "sat": "saturday saturdays samstag sonnabend samedi sábado sábados",
    "sun": "sunday sundays sonntag dimanche domingo domingos",
    "today": "today heute hoy hoje",
    "tonight": "tonight",
    "yesterday": "yesterday gestern hier ayer ontem",
    "before yesterday": "vorgestern anteayer anteontem",
    "tomorrow": "tomorrow demain mañana amanhã",
    "noon": "noon midday mittag midi mediodía",
    "midnight": "midnight mitternacht minuit medianoche",
    "morning": "morning mornings vormittag matin manhã",
    "afternoon": "afternoon afternoons nachmittag tarde",
    "evening": "evening evenings abend soir",
    "night": "night nights overnight nacht nuit noche noite",
    "fortnight": "fortnight",
    "weekend": "weekend weekends wochenende",
    "spring": "frühling frühjahr printemps primavera",
    "summer": "summer sommer verano verão",
    "autumn": "autumn herbst automne otoño outono",
    "winter": "winter hiver invierno inverno",
    "am": "am a.m",
    "pm": "pm p.m",
    "o'clock": "o'clock uhr",
    "gmt": "gmt utc",
    "bst": "bst",
    "cet": "cet",
    "cest": "cest",
}
# They count against another word of time alone: "the last word" is no date.
_WEAK_DAYS = {
    "next": "next following nächste nächsten nächster prochain prochaine próximo próxima",
    "last": "last previous letzte letzten letzter vergangenen dernier dernière pasado pasada passado passada",
    "this": "this these diesen dieser cette este esta",
}

_MONTHS = {
    "1": "january jan januar jänner janvier enero janeiro",
    "2": "february feb februar février febrero fevereiro",
    "3": "märz marzo março",
    "4": "april apr avril abril",
    "5": "mai mayo maio",
    "6": "june jun juni juin junio junho",
    "7": "july jul juli juillet julio julho",
    "8": "august aug août agosto",
    "9": "september sep sept septembre septiembre setembro",
    "10": "october oct oktober okt octobre octubre outubro",
    "11": "november nov novembre noviembre novembro",
    "12": "december dec dezember dez décembre diciembre dezembro",
}
# Months and days when they are written with a capital; small, they are other words.
CAPITAL_DAYS = {"march": "3", "mar": "3", "mars": "3", "may": "5"} | {day: day for day in "mon tue wed thu fri".split()}

_NEGATIONS = {
    "en": {
        "not": "not cannot ain't aint",
        "no": "no",
        "never": "never",
        "none": "none",
        "nobody": "nobody noone",
        "nothing": "nothing",
        "nowhere": "nowhere",
        "neither": "neither",
        "nor": "nor",
        "without": "without",
        "non": "non",
        "hardly": "hardly barely scarcely",
        "unless": "unless",
    },
    "de": {
        "not": "nicht",
        "no": "kein keine keinen keinem keiner keines",
        "never": "nie niemals",
        "nobody": "niemand niemandem niemanden",
        "nothing": "nichts",
        "neither": "weder",
        "without": "ohne",
        "hardly": "kaum",
    },
    "fr": {
        "not": "pas point",
        "ne": "ne n'",
        "never": "jamais",
        "nothing": "rien",
        "no": "aucun aucune nul nulle",
        "neither": "ni",
        "without": "sans",
        "non": "non",
    },
    "es": {
        "not": "no",
        "never": "nunca jamás",
        "nobody": "nadie",
        "nothing": "nada",
        "no": "ningún ninguno ninguna",
        "neither": "ni tampoco",
        "without": "sin",
    },
    "pt": {
        "not": "não",
        "never": "nunca jamais",
        "nobody": "ninguém",
        "nothing": "nada",
        "no": "nenhum nenhuma",
        "neither": "nem tampouco",
        "without": "sem",
    },
}

# Short for "… not": "don't", and as people type it, "dont".
SHORT_FOR_NOT = (
    "don doesn didn isn aren wasn weren hasn haven hadn won wouldn couldn shouldn can mustn needn mightn ain".split()
)
# Words one slip away from a negation that are words of their own: to write one for the other is no slip.
REAL_WORDS = frozenset(
    "can do does did is are was were has have had will would could should must need might either "
    "on one ones now ever even evening note noted notes knot snot nod nor or net nut hot lot got dot rot pot cot "
    "nothings knows know newer lever fever nicer nicht dicht sicht seine seiner deine eine einen einem einer keim "
    "kleine kleinen kleiner nein neu nine nue pass pays par sang sens rein bien nadar sino son sim si nave nuca "
    "sea see seem tem bem ne me nu sin sins sign within withouts nay noon nowt cannon canon".split()
)

FLIPS = ("un", "in", "im", "il", "ir", "dis", "non", "dés", "des", "mis", "anti", "i")

TITLES = frozenset(
    "mr mrs ms dr prof st sr jr rev gen col capt lt sgt gov sen rep hon vs mt ft u.s u.k bzw z.b ca nr hr fr mme "
    "mlle m sra dra srta".split()
)

# German: between these and a capital stands a noun, not a name.
BEFORE_NOUNS = frozenset(
    "der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner mein meine meinen sein "
    "seine seinen seinem seiner ihr ihre ihren ihrem ihrer unser unsere unseren euer eure dieser diese dieses diesen "
    "diesem jener jene jedes jede jeder jeden welcher welche alle allen aller viele vielen mehr viel wenig wenige "
    "einige einigen mehrere zum zur am im vom beim ins ans aufs fürs übers als und oder zwei drei vier fünf sechs "
    "sieben acht neun zehn".split()
)
# German: behind these stands a name, or a place.
BEFORE_NAMES = frozenset(
    "in aus nach bei von sagte sagt erklärte erklärt meint meinte schrieb schreibt betonte herr frau herrn dr "
    "bürgermeister bürgermeisterin minister ministerin kanzler kanzlerin präsident präsidentin professor heißt "
    "stadtrat stadträtin".split()
)


@cache
def numbers() -> dict[str, str]:
    return _turned(_NUMBERS)


@cache
def weak_numbers() -> dict[str, str]:
    return _turned(_WEAK)


@cache
def units() -> dict[str, str]:
    return _turned(_UNITS)


@cache
def days() -> dict[str, str]:
    return _turned(_DAYS)


@cache
def weak_days() -> dict[str, str]:
    return _turned(_WEAK_DAYS)


@cache
def months() -> dict[str, str]:
    return _turned(_MONTHS)


@cache
def negations(languages: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for language in languages:
        found |= _turned(_NEGATIONS[language])
        if language == "en":
            found |= {f"{verb}{ending}": "not" for verb in SHORT_FOR_NOT for ending in ("'t", "t")}
    return found


@cache
def small_words() -> frozenset[str]:
    return frozenset(word for words in _SMALL.values() for word in words.split())


@cache
def telling_words() -> dict[str, frozenset[str]]:
    return {language: frozenset(words.split()) for language, words in _TELLING.items()}


def _turned(table: dict[str, str]) -> dict[str, str]:
    return {word: meaning for meaning, words in table.items() for word in words.split()}
