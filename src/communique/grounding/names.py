"""Names: looked up in the article, stripped of titles, and reduced to one form each."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from communique.article import Article
from communique.grounding.name_words import (
    ALIASES,
    APART,
    BODIES,
    CALENDAR,
    COMMON,
    FAMILY_FIRST,
    OFFICES,
    OPENERS,
    PARTICLES,
    PLACES,
    is_title,
    name_key,
    name_words,
    one_line,
    plain_word,
    undotted,
    without_article,
)
from communique.grounding.spelling import Lexicon, is_demonym, is_proper, lexicon_of

__all__ = ["Names", "name_key"]

# Words are bounded, to avoid quadratic time.
_FULL_NAME = r"((?:[^\W\d_a-zà-ÿ][\w’'.-]{0,40}\s){0,3}[^\W\d_a-zà-ÿ][\w’'-]{0,40})"
_TOKEN = re.compile(r"[^\W\d_][\w’'-]*\.?")
_POSSESSIVE = re.compile(r"['’]s?$")
_PREFIX = re.compile(r"^(?:al|el|ibn|bin|abu|ben)-(?=\w)", re.IGNORECASE)
_REGNAL = re.compile(r" [IVX]+$")  # Leo XIV
_ACRONYM = re.compile(r"[^\W\d_]{3,6}")  # "AM" and "DC" are too ambiguous
_SHORTEST_ACRONYM = 3
_BETWEEN = r"(?:\s(?:of|and|the|for|on|in|de|la|del|du|des|et|y|für|und)){0,3}\s"
_WITHIN = "in|into|inside|outside|across|throughout|near|en|dans|nach"
_END_MARKS = (".", "!", "?", "…", "”", '"', "»")
_OF = re.compile(r"\b(?:of|for|to|in|on|and) $")  # the minister of Strategic Affairs Mara Lind
_LONGEST_OF = 4
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_PATRONYMIC = re.compile(r"(?:вич|вна|ївна|ична)$")
_MOST_WORDS = 5
_OPENING = "“‘«„\"'([—–-"
_OFFICE_OF = re.compile(r"(?:\w{0,3}|['’]s?)\s+((?:[^\W_][\w-]*\s+){0,4})")
_THE_OFFICE = re.compile(r", (?:the )?((?:[^\W_][\w-]*\s+){0,4})")
_OF_BODY = re.compile(r", (?:the )?| (?:of|for|from|de) (?:the )?")
_CLOSE = 200
"""Characters on either side of a name in which its title, office and body stand."""
_MOST_PLACES = 20
"""Places of a name that are looked at: news tells who somebody is where it first names them."""
_BIG_WORD = 4
_IN_OFFICE = frozenset(
    {"president", "premier", "minister", "chancellor", "king", "queen", "emir", "sultan"}
)
_OUT_OF_OFFICE = frozenset(
    {"opposition", "rebel", "former", "ex", "exiled", "ousted", "deposed", "shadow"}
)
_HOLDERS = BODIES | COMMON | OFFICES


class Names:
    """The names of one article.

    Args:
        article: the article in which names are looked up.
        lexicon: its words, if they are known already.
    """

    def __init__(self, article: Article, lexicon: Lexicon | None = None) -> None:
        self.lexicon = lexicon or lexicon_of(article.text)
        self._text = one_line(article.text)
        self._undotted = undotted(self._text)
        self._found: dict[str, str | None] = {}
        self._full_names: dict[str, list[_Run]] = defaultdict(list)
        for run in _runs(article, self.lexicon.small_words):
            for word in {_family(run.name), *_family_first(run.name)}:
                self._full_names[plain_word(word)].append(run)

    def find(self, name: str) -> str | None:
        """Return the article's form of a name, or None if the article lacks the name.

        The article must have every proper noun of the name, in any form ("Russian" for
        "Russia"), and adjacent ones must be adjacent there too: "Ana" and "Roe" apart do not
        make "Ana Roe". A misspelling of a name in the article is corrected; a name in a script
        that the article does not use passes, since it can't be looked up.
        """
        if name not in self._found:
            right = self.lexicon.corrected(name)
            self._found[name] = self.form(right) if self._has(right) else None
        return self._found[name]

    def form(self, name: str) -> str:
        """Return the article's form of a name.

        Titles are removed ("Russian President Vladimir Putin"). A surname is completed to the
        full name, an acronym is expanded, and a description is replaced by the person whom the
        article describes so ("the Russian president", where it says "Russian President Vladimir
        Putin"). A name that could mean two things is left as it is.
        """
        name = without_article(name)
        name = _without_title(name, self._text)
        name = self._described(name) or name
        return self._alias(name) or self._full_name(name) or self._expanded(name) or name

    @property
    def full_names(self) -> dict[str, set[str]]:
        """What may be full names of persons, by surname as a plain word."""
        return {word: {run.name for run in runs} for word, runs in self._full_names.items()}

    def is_titled(self, name: str) -> bool:
        """Return whether the article has a title before a name, as in "President Roe"."""
        words = (before.split()[-1:] for before, _ in self._around(name) if before[-1:].isspace())
        return any(is_title(word.lstrip(_OPENING)) for each in words for word in each)

    def are_tied(self, speaker: str, body: str) -> bool:
        """Return whether the article ties a speaker to a body, as in "Ulmian envoy Ruiz"."""
        if any(_OF_BODY.fullmatch(words) for words in self._after(speaker, body)):
            return True
        titles = (found[1] for found in self._before(speaker, body))
        return any(any(map(is_title, words.split())) for words in titles)

    def governs(self, speaker: str, body: str) -> bool:
        """Return whether the article calls a speaker a head or minister of a state."""
        after = filter(None, map(_THE_OFFICE.fullmatch, self._after(speaker, body)))
        offices = (found[1] for found in (*self._before(speaker, body), *after))
        words = (set(office.casefold().split()) for office in offices)
        return any(_IN_OFFICE & office and not _OUT_OF_OFFICE & office for office in words)

    def _before(self, speaker: str, body: str) -> Iterator[re.Match[str]]:
        """Yield what stands between a body and a speaker who follows it."""
        for before, _ in self._around(speaker):
            at = before.rfind(body)
            if at >= 0 and not before[at - 1 : at].isalnum():
                found = _OFFICE_OF.fullmatch(before, at + len(body))
                if found is not None:
                    yield found

    def _after(self, speaker: str, body: str) -> Iterator[str]:
        """Yield what stands between a speaker and a body that follows."""
        for _, after in self._around(speaker):
            between, found, rest = after.partition(body)
            if found and not rest[:1].isalnum():
                yield between

    def _around(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield the text before and after the first places of a name: all would take long."""
        end = 0
        for _ in range(_MOST_PLACES):
            at = self._text.find(name, end)
            if at < 0:
                return
            end = at + len(name)
            before, after = self._text[max(0, at - _CLOSE) : at], self._text[end : end + _CLOSE]
            if not (before[-1:].isalnum() or after[:1].isalnum()):
                yield before, after

    def _has(self, name: str) -> bool:
        words = name_words(name)
        proper = [word for word in words if is_proper(word)]
        caseless = [word for word in words if word.lower() == word.upper()]
        if caseless and not any(map(self.lexicon.has, caseless)):
            return False
        if self.lexicon.capitalises_nouns:
            return not proper or any(map(self.lexicon.has, proper))
        if self.lexicon.has_acronym(_initials(name)) or self._expanded(name):
            return True
        side_by_side = [
            pair
            for pair in pairwise(words)
            if all(map(is_proper, pair)) and "-".join(pair) not in name
        ]
        return all(map(self.lexicon.has, proper)) and all(
            self.lexicon.are_near(*pair) for pair in side_by_side
        )

    def _alias(self, name: str) -> str | None:
        """Return the first name in its group of aliases that the article has."""
        key = name_key(name)
        same = next((names for names in ALIASES if name_key(names[0]) == key), ())
        return next((one for one in same if _holds(self._text, one)), None)

    def _expanded(self, name: str) -> str | None:
        """Return the only name with an acronym as its initials, or the acronym of a name."""
        acronym = undotted(name)
        if _ACRONYM.fullmatch(acronym) and acronym.isupper():
            words = _BETWEEN.join(rf"{letter}[\w’'-]{{1,40}}" for letter in acronym)
            found = set(re.findall(rf"(?<!\w){words}", self._text))
            return found.pop() if len(found) == 1 else None
        short = _initials(name)
        if short and name not in self._text and _holds(self._undotted, short):
            return short
        return None

    def _described(self, name: str) -> str | None:
        """Return the person whom the article introduces as ``name``, if there is only one."""
        *words, last = name.split() or [""]
        if not is_title(last) or not BODIES.isdisjoint(word.casefold() for word in words):
            return None
        wording = rf"(?i:\b{re.escape(name)})"
        found = set(re.findall(rf"{wording}\s+{_FULL_NAME}", self._text))
        found |= set(re.findall(rf"\b{_FULL_NAME}, (?:the )?{wording}\b", self._text))
        found = {_without_title(form, self._text) for form in found}
        longest = max(found, key=lambda form: (len(form), form), default=None)
        if longest is None or any(not _ends_with(longest, form) for form in found):
            return None
        return longest

    def _full_name(self, name: str) -> str | None:
        words = _bare(name)
        if len(words) != 1 or words[0].casefold() in PLACES or words[0].isupper():
            return None
        short = _PREFIX.sub("", words[0])
        runs = self._full_names.get(plain_word(short), [])
        if (
            not runs
            or is_demonym(short)
            or self.is_place(short)
            or any(run.name.split()[0].casefold() in APART for run in runs)
        ):
            return None
        shortest = min(runs, key=lambda run: len(run.name))
        one = all(_is_longer_form(run.name, shortest.name) for run in runs)
        return shortest.name if one and any(run.sure for run in runs) else None

    def is_place(self, name: str) -> bool:
        """Return whether the article says "in" before a name, or has its adjective ("Ulmian")."""
        within = rf"\b(?i:{_WITHIN})\s+{re.escape(name)}(?!['’\w])"
        adjective = rf"\b{re.escape(name)}(?:n|an|ian|ese|i)s?\b"
        return re.search(f"{within}|{adjective}", self._text) is not None


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of capitalised words that may be a person's full name.

    Attributes:
        name: the words.
        sure: False if its first word may be capitalised only because it begins the sentence.
    """

    name: str
    sure: bool


def _runs(article: Article, small: frozenset[str]) -> Iterator[_Run]:
    """Yield the runs of capitalised words; ``small`` are the words that are also written small."""
    for sentence in article.sentences:
        text = one_line(sentence.text)
        tokens = list(_TOKEN.finditer(text))
        for run in () if _is_headline(text, tokens) else _capitals(text, tokens):
            if len(run) == 1:
                continue  # a full name has several words
            name = _without_rank([_POSSESSIVE.sub("", _without_stop(token[0])) for token in run])
            bare = _bare(name)
            if 1 < len(bare) <= _MOST_WORDS and not _is_office(name):
                opens = name.startswith(tokens[0][0]) and tokens[0][0].casefold() in small
                begin = run[0].start()
                of = len(bare) > 2 and _OF.search(text, max(0, begin - _LONGEST_OF), begin)
                yield _Run(name, sure=not opens and not of)


def _without_rank(words: list[str]) -> str:
    """Return a run of words without titles, offices, and the states that these belong to."""
    words = _without_office(_without_title(" ".join(words), " ".join(words)).split())
    named = (n for n in range(max(0, len(words) - 2)) if not is_demonym(words[n]))
    words = words[next(named, max(0, len(words) - 2)) :]
    # In Ukrainian and Russian the state stands between title and name: президент України Іван …
    if len(words) > 2 and _CYRILLIC.match(words[0]) and not _PATRONYMIC.search(words[-2]):
        words = words[-2:]
    return " ".join(words)


def _capitals(text: str, tokens: Sequence[re.Match[str]]) -> Iterator[list[re.Match[str]]]:
    """Yield the runs of capitalised tokens, with the particles between them."""
    run: list[re.Match[str]] = []
    for token in tokens:
        word = token[0]
        part = (word[0].isupper() or "-" in word) and _is_part(text, token)
        if not (run or part):
            continue  # as most words are, which is why they are not yielded as empty runs
        if not (run and _joins(text, run[-1], token) and (part or word in PARTICLES)):
            yield _up_to_capital(run)
            run = []
        if run or part:
            run.append(token)
    yield _up_to_capital(run)


def _up_to_capital(run: list[re.Match[str]]) -> list[re.Match[str]]:
    while run and run[-1][0] in PARTICLES:
        run.pop()
    return run


def _joins(text: str, left: re.Match[str], right: re.Match[str]) -> bool:
    """Return whether two tokens may be parts of one name."""
    whole = left[0] == _without_stop(left[0]) or is_title(left[0])
    return whole and not _POSSESSIVE.search(left[0]) and text[left.end() : right.start()] == " "


def _without_stop(token: str) -> str:
    """Return a word without a final full stop; an initial keeps its own."""
    return token if len(token) == 2 else token.rstrip(".")  # "J."


def _is_part(text: str, token: re.Match[str]) -> bool:
    word = token[0]
    if not (word[0].isupper() or ("-" in word and _PREFIX.sub("", word)[0].isupper())):
        return False
    word = word.casefold()
    return word not in CALENDAR and not (word in OPENERS and _opens(text, token.start()))


def _opens(text: str, start: int) -> bool:
    """Return whether a sentence, quotation or clause begins at an offset."""
    return start == 0 or text[start - 1] in "“‘«„\"'([:—–"


def _bare(name: str) -> list[str]:
    return [word for word in name.split() if word.casefold() not in PARTICLES]


def _is_office(name: str) -> bool:
    """Return whether a name is that of a body or office, such as "Gobierno de Ulmia"."""
    words = name.casefold().split()
    return words[0] in _HOLDERS and words[1] in PARTICLES


def _is_headline(text: str, tokens: Iterable[re.Match[str]]) -> bool:
    if text.endswith(_END_MARKS):
        return False
    return all(token[0][0].isupper() for token in tokens if len(token[0]) >= _BIG_WORD)


def _family(name: str) -> str:
    return _PREFIX.sub("", _REGNAL.sub("", name).rpartition(" ")[2])


def _family_first(name: str) -> list[str]:
    first = name.partition(" ")[0]
    return [first] if first.casefold() in FAMILY_FIRST else []


def _is_longer_form(name: str, short: str) -> bool:
    """Return whether a name is another one with a middle name, or a further word before it."""
    words = iter(plain_word(name).split())
    return all(word in words for word in plain_word(short).split())


def _without_title(name: str, text: str) -> str:
    words = name.split()
    last = max((n for n, word in enumerate(words) if is_title(word)), default=None)
    if last is None:
        return name
    rest = _without_office(words[last + 1 :])
    bodies = BODIES.intersection(word.casefold() for word in rest)
    is_name = bool(rest) and not bodies and all(_may_be_named(word) for word in rest)
    # An Arabic adjective repeats the article of its title: الرئيس الروسي, the Russian president.
    shorter = " ".join(rest)
    return shorter if is_name and shorter in text and not shorter.startswith("ال") else name


def _without_office(words: list[str]) -> list[str]:
    """Return the words after "of State" or "of Foreign Affairs and Trade", if there are any."""
    links = {"of", "for", "de", "del", "des", "du", "and", "et", "y", "the"}
    named = (n for n, word in enumerate(words) if word.casefold() not in OFFICES | links)
    rest = words[next(named, len(words)) :]
    skipped = words[: len(words) - len(rest)]
    # After a link, as in "of Gabon", the words say what the title is of: they are not a name.
    return [] if skipped and skipped[-1].casefold() in links else rest


def _may_be_named(word: str) -> bool:
    return not _PREFIX.sub("", word)[0].islower() or word.casefold() in PARTICLES


def _initials(name: str) -> str:
    """Return the initials of a name of three or more capitalised words, without "of" and "the"."""
    words = [word for word in name_words(name) if word not in {"of", "the", "and", "for", "on"}]
    if len(words) < _SHORTEST_ACRONYM or not all(word[0].isupper() for word in words):
        return ""
    return "".join(word[0] for word in words)


def _holds(text: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _ends_with(name: str, end: str) -> bool:
    return f" {name}".casefold().endswith(f" {end}".casefold())
