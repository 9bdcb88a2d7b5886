"""The wording of orders to a program, as opposed to reports that use the same words.

English has its rules in `order_english`. For other languages `order_words.toml` has the words,
and this module the rules, one pattern a language. News that quotes an order, or in which one
person gives it to another, is a report.
"""

from __future__ import annotations

import re
import threading
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from communique.grounding.alternatives import grouped
from communique.grounding.disguise import undisguised, without_marks, without_markup
from communique.grounding.order_english import RULES
from communique.grounding.order_parts import DO, START

__all__ = ["PATTERNS", "is_order"]

_Words = Mapping[str, Sequence[str]]

_QUOTED = re.compile(r"“[^“”]*”|„[^„“”]*[“”]|«[^«»]*»|(?<!=)\"[^\"]*\"|「[^「」]*」|『[^『』]*』")
_EDGE = 12
_NO_WORDS = re.compile(rf"\W{{{2 * _EDGE},}}")
_BETWEEN_WORDS = re.compile(r"\W")
_SIGN = re.compile(r"[^\w ]")
_FEWEST_LETTERS = 12
_SAYS = (
    r"(?:said|says|told|tells|warned|warns|urged|urges|demanded|demands|announced|added|asked"
    r"|insisted|advised|recommended|ordered|instructed|pleaded"
    r"|shouted|wrote|writes|typed|joked|replied|explained|argued|noted)"
)
_SAYS_ELSEWHERE = (
    r"(?:(?:le |lhe |les |lhes )?(?:grito|gritou|escribio|escreveu|respondio|respondeu)"
    r"|a(?:-t-(?:il|elle))? (?:lance|ecrit|crie|repondu)|schrieb|rief|riet|antwortete"
    r"|написа[влa]\w{0,2}|порадив|порадила|посоветовал\w{0,1}|крикнул\w{0,1}"
    r"|dijo|afirmo|pidio|advirtio|exigio|senalo|declaro|anadio|disse|afirmou|pediu|alertou"
    r"|a (?:dit|declare|averti|demande|exhorte|prevenu)|previent|sagte|warnte|forderte|mahnte"
    r"|erklarte|сказа[влa]\w{0,2}|заяви[вл]\w{0,2}|закликав|закликала|попереди[вл]\w{0,2}"
    r"|призва[л]\w{0,2}|предупредил\w{0,1})"
)
# ", the mayor told residents." and ", said the mayor.": one person is speaking to others
_TOLD = re.compile(
    r"[,?!][\"”’»]? (?:(?:the|a|an|its|her|his) )?[\w’'-]+(?: [\w’'-]+){0,4}? "
    rf"{_SAYS}\b[^.,;:]{{0,50}}\.?$"
    rf"|[,?!][\"”’»]? {_SAYS} [^.,;:]{{1,50}}\.?$"
    rf"|[,?!—–-][\"”’»]? {_SAYS_ELSEWHERE} [^.,;:]{{1,50}}\.?$"
    r"|[،,][\"”»]? (?:قال|قالت|اضاف|اضافت|حذر|حث|صرح) [^.،]{1,50}\.?$"
    r"|[,，]\w{1,12}(?:说|表示|称|警告|呼吁|指出)[。.]?$"
)
# "…,” it said.": the speaker is a text that the article shows, not a person
_WRITTEN = re.compile(
    r"[,:.!?][\"”’»] (?:it|(?:the|a|an|one) (?:note|page|text|message|document|post|file|banner"
    r"|e-?mail|line|sign"
    rf"|article|comment|footer|caption)) (?:{_SAYS}|read|reads)\b"
)

_WORDS: Mapping[str, _Words] = tomllib.loads(
    resources.files("communique.grounding").joinpath("order_words.toml").read_text("utf-8")
)
# The languages whose letters tell them; all others are written in Latin letters.
_SCRIPTS = {
    "[а-я]": ("uk", "ru"),
    "[ء-ي]": ("ar",),
    "[א-ת]": ("he",),
    "[ऀ-ॿ]": ("hi",),
    "[가-힣]": ("ko",),
    "[ぁ-ヿ]": ("ja",),
    "[一-鿿]": ("zh",),
}
_LATIN = [name for name in _WORDS if not any(name in names for names in _SCRIPTS.values())]
# Rules that hold in every language. A part of a name, as in {do}, stands for any of its words;
# rules with a part that a language lacks do not apply to it.
_RULES = (
    "{start}{forget}(?:{gap:25}{rules}{gap:15}{old}|{gap:20}{old}{gap:15}{rules})",
    "{start}{forget}{gap:15}{all}",
    "{start}(?:{do}(?:{gap:60}{reply}|{gap:40}{nothing})|{role}{gap:15}{program})",
    r"^\W*(?:{call}{edge}{gap:25}{program}{gap:60}[:!\]—]|{thy})",
    r"^\W*(?:\w{1,4} )?{reply}\s*[,،:]?\s*{do}",
    r"^\W*(?:{program}|{thing})\s*[,،:!—]\s*(?:{must}\W|{do}|{forget}|{if})",
    "{if}{words}{program}",
    r"^\W*{greet},? (?:\w{1,3}['\s])?{program}(?:{gap:10}{reading}{gap:30})?\s*[,،!:]",
    r"^\W*{as}{words}{program}{gap:20}(?:{do}|{you})",
    r"{when}{edge}(?:{gap:20}{this})?{gap:10}[,:]? ?(?:{and} )?(?:{do}|{forget}|{must})",
    "{since}{gap:15}{do}{gap:15}(?:{only}{gap:5}{with}|{with}{gap:15}{only}|{void})",
    "{start}{you}{edge}{gap:40}{thy}|{thy}{gap:5}{must}",
    "{thee}{gap:25}(?:{void}|{thy})",
    "{start}{not}{edge}{gap:25}{thy}",
    r"^\W*(?:{program}){1,2}\W{0,2}{call}\s*[:,،!—]",
    "(?:{program}|{thing}){gap:25}{reading}{gap:20}{this}{gap:40}(?:{must}|:)",
    "{whole}",
)
_PART = re.compile(r"\{(\w+)(?::(\d+))?\}")
_SPACELESS = ("zh",)


class _Loading:
    """The compiling of all patterns, which takes half a second, once in a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.is_done = False

    def do(self) -> None:
        """Compile the patterns, unless that is done."""
        with self._lock:
            if not self.is_done:
                _ = [_english(), *map(_order_in, _WORDS)]
                self.is_done = True


PATTERNS = _Loading()


def is_order(sentence: str) -> bool:
    """Return whether a sentence gives an order to a program that reads it."""
    # Between words a few characters tell as much as many, which would take quadratic time.
    text = _NO_WORDS.sub(lambda run: run[0][:_EDGE] + run[0][-_EDGE:], undisguised(sentence))
    if not _has_order(text):
        return False
    if not _WRITTEN.search(text):  # an order from one person to another is news
        told = _QUOTED.sub("", text)
        if _TOLD.search(text):
            return False
        if sum(map(str.isalpha, told)) >= _FEWEST_LETTERS:
            text = told
    return _has_order(text)


def _has_order(text: str) -> bool:
    forms = dict.fromkeys((text, without_markup(text)))
    return any(_matches(form) for form in forms)


def _matches(text: str) -> bool:
    if any(rule.search(text) for rule in _english()):
        return True
    names = [] if text.isascii() else _in_script(text)
    cued = _with_cues(text, (*_LATIN, *names))
    return any(_order_in(name).search(text) for name in cued)


def _with_cues(text: str, languages: Sequence[str]) -> list[str]:
    """Return the languages of which the text has a cue; this saves most searches."""
    padded = f" {text} "
    spaced = _BETWEEN_WORDS.sub(" ", padded)
    found: list[str] = []
    for language in languages:
        parts, phrases = _cues_of(language)
        if _has_any(parts, padded) or _has_any(phrases, spaced):
            found.append(language)
    return found


def _has_any(cues: Sequence[str], text: str) -> bool:
    for cue in cues:  # noqa: SIM110 a generator takes twice as long, and this is done very often
        if cue in text:
            return True
    return False


def _in_script(text: str) -> list[str]:
    return [
        name for letters, names in _SCRIPTS.items() if re.search(letters, text) for name in names
    ]


@cache
def _cues_of(language: str) -> tuple[Sequence[str], Sequence[str]]:
    """Return the parts of words, and the words with spaces, in whose place any sign may stand.

    A cue that contains another one is left out: a text that has it has the other, too.
    """
    cues = {without_marks(cue) for cue in _WORDS[language]["cues"]}
    fewest = [cue for cue in sorted(cues) if not any(each in cue for each in cues - {cue})]
    phrases = [cue for cue in fewest if " " in cue and not _SIGN.search(cue)]
    return [cue for cue in fewest if cue not in phrases], phrases


@cache
def _english() -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, grouped(RULES, (DO, START, r"^\W*", r"\b"))))


@cache
def _order_in(language: str) -> re.Pattern[str]:
    """Return the pattern of orders in a language."""
    rules, start = _rules_of(language)
    return re.compile("|".join(grouped(rules, (start, r"^\W*", r"\b"))))


def _rules_of(language: str) -> tuple[list[str], str]:
    """Return the rules with a language's words, and how a clause begins in it."""
    words = {name: _either(forms) for name, forms in _WORDS[language].items()}
    words["start"] = rf"(?:^\W*|[:;.!?…—–>(\[«»“„\"¡¿،؛。、，]\s*|\b{words.get('and', 'and')},? )"
    words |= {"edge": r"\b", "words": r"\W{0,2}(?:[\w'-]{1,15} ){0,2}"}
    if language in _SPACELESS:
        words |= {"edge": "", "words": r"\w{0,6}"}
        words["start"] = rf"(?:^\W*|[:;.!?,—>(\[「“\"。、]\s*|{words['and']})"
    rules = [
        rule
        for rule in _RULES
        if all(name in words or name == "gap" for name, _ in _PART.findall(rule))
    ]
    filled = [_PART.sub(lambda part: _filled(part, words), rule) for rule in rules]
    return filled, words["start"]


def _filled(part: re.Match[str], words: Mapping[str, str]) -> str:
    name, length = part.groups()
    return rf"[^.!?。]{{0,{length}}}?" if name == "gap" else words[name]


def _either(forms: Sequence[str]) -> str:
    # Patterns are compared with undisguised text; and no repetition is without a limit, so that
    # the time needed stays proportional to the length of the text.
    joined = (
        without_marks("|".join(forms)).replace(r"\w*", r"\w{0,14}").replace(r"\w+", r"\w{1,14}")
    )
    return f"(?:{joined})"
