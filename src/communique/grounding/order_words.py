"""The wording of orders to a program, as opposed to reports that use the same words.

English has its rules in `order_english`. For other languages `order_words.toml` has the words,
and this module the rules, one pattern a language. News that quotes an order, or in which one
person gives it to another, is a report.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import resources

from communique.grounding.disguise import undisguised, without_marks, without_markup
from communique.grounding.order_english import RULES
from communique.grounding.pattern_set import Literals, PatternSet, required_literals

__all__ = ["is_loaded", "is_order", "load", "rules"]

_Words = Mapping[str, Sequence[str]]

_QUOTED = re.compile(r"“[^“”]*”|„[^„“”]*[“”]|«[^«»]*»|(?<!=)\"[^\"]*\"|「[^「」]*」|『[^『』]*』")
_EDGE = 12
_NO_WORDS = re.compile(rf"\W{{{2 * _EDGE},}}")
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
)
_PART = re.compile(r"\{(\w+)(?::(\d+))?\}")
_FIRST_SIGN = 0xE000  # of Unicode's private signs
_SPACELESS = ("zh",)


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
    orders, plain = _orders(), without_markup(text)
    return orders.matches(text) or (plain != text and orders.matches(plain))


def is_loaded() -> bool:
    """Return whether the patterns have been analysed, so that `is_order` answers at once."""
    return _orders.cache_info().currsize > 0


def load() -> None:
    """Analyse the patterns, which takes a third of a second, once in a process."""
    _orders()


@cache
def _orders() -> PatternSet:
    return PatternSet(rules())


def rules() -> Iterator[tuple[str, list[Literals]]]:
    """Yield the patterns of orders in all languages, each with the literals that it requires."""
    yield from ((rule, required_literals(rule)) for rule in RULES)
    for language, words in _WORDS.items():
        yield from _rules_of(language)
        for phrase in map(_plain, words.get("whole", ())):
            yield phrase, required_literals(phrase)


def _rules_of(language: str) -> list[tuple[str, list[Literals]]]:
    """Return the rules with a language's words, and the literals that each requires."""
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
    # Each part is analysed once, not once for each rule that has it.
    signs = {name: chr(_FIRST_SIGN + place) for place, name in enumerate(words)}
    required = {signs[name]: required_literals(pattern) for name, pattern in words.items()}
    return [
        (
            _PART.sub(lambda part: _filled(part, words), rule),
            required_literals(_PART.sub(lambda part: signs.get(part[1], ""), rule), required),
        )
        for rule in rules
    ]


def _filled(part: re.Match[str], words: Mapping[str, str]) -> str:
    name, length = part.groups()
    return rf"[^.!?。]{{0,{length}}}?" if name == "gap" else words[name]


def _either(forms: Sequence[str]) -> str:
    return f"(?:{'|'.join(map(_plain, forms))})"


def _plain(form: str) -> str:
    """Return a pattern as it is compared with undisguised text, in proportional time."""
    return without_marks(form).replace(r"\w*", r"\w{0,14}").replace(r"\w+", r"\w{1,14}")
