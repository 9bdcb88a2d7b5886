"""Names: titles off, and the forms of one name in an article brought together."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

__all__ = ["name_key", "unify_names"]

# Latin, Arabic and Hebrew text side by side is often full of invisible marks of direction.
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

_TITLES = frozenset(
    """
    president vice-president minister premier chancellor secretary secretary-general ambassador
    senator governor commissioner envoy spokesman spokeswoman spokesperson
    mr mr. mrs mrs. ms ms. dr dr. gen.
    presidente presidenta ministro ministra président présidente ministre
    """.split()  # noqa: SIM905 easier to read than a list
)

# "South Sudan" is not a longer form of "Sudan".
_APART = frozenset(
    """
    north south east west northern southern eastern western central upper lower greater new
    united democratic equatorial papua dr former occupied
    """.split()  # noqa: SIM905
)

_PARTICLES = frozenset("al bin da de del der di dos el ibn van von".split())  # noqa: SIM905

# "An Ji-young" is a name: before a consonant there is no article "an".
_ARTICLE = re.compile(r"^(?:the|a|an(?=\s+[aeiouh]))\s+", re.IGNORECASE)
_FULL_NAME = r"((?:[^\W\d_a-zà-ÿ][\w’'.-]*\s+){0,3}[^\W\d_a-zà-ÿ][\w’'-]*)"


def name_key(name: str) -> str:
    """Two names are one if their keys are equal."""
    return unicodedata.normalize("NFC", _plain(name).casefold())


def unify_names(names: Iterable[str], text: str) -> dict[str, str]:
    """For each name the form that stands for it in this article.

    Titles go off ("Russian President Vladimir Putin"), a surname stands for the one full name
    that ends in it, and a description for the one person whom the article calls so ("the
    Russian president", where it says "Russian President Vladimir Putin"). What could mean
    two is left as it is.

    Args:
        names: the names that the model used.
        text: the article, which must have a form for it to be used.
    """
    flat = _one_line(text)
    plain = {name: _plain(name) for name in names}
    bare = {name: _without_title(form, flat) for name, form in plain.items()}
    described = {name: _described(form, flat) or form for name, form in bare.items()}
    full = sorted({form for form in described.values() if _is_full(form) and form in flat})
    forms = {name: _full_form(form, full) or form for name, form in described.items()}
    return _one_spelling(forms)


def _one_line(text: str) -> str:
    """Without line breaks, each letter in its composed form, which typists and models differ in."""
    return " ".join(_DIRECTION.sub("", unicodedata.normalize("NFC", text)).split())


def _plain(name: str) -> str:
    return _ARTICLE.sub("", _one_line(name))


def _without_title(name: str, text: str) -> str:
    words = name.split()
    last = max((n for n, word in enumerate(words) if word.casefold() in _TITLES), default=None)
    if last is None:
        return name
    rest = words[last + 1 :]
    shorter = " ".join(rest)
    is_name = bool(rest) and all(word[0].isupper() for word in rest)
    return shorter if is_name and shorter in text else name


def _described(name: str, text: str) -> str | None:
    """The person whom the article introduces with ``name``, if it is one person."""
    if name.rpartition(" ")[2].casefold() not in _TITLES:
        return None
    wording = rf"(?i:\b{re.escape(name)})"
    found = set(re.findall(rf"{wording}\s+{_FULL_NAME}", text))
    found |= set(re.findall(rf"\b{_FULL_NAME}, (?:the )?{wording}\b", text))
    found = {_without_title(form, text) for form in found}
    longest = max(found, key=lambda form: (len(form), form), default=None)
    if longest is None or any(not _ends_with(longest, form) for form in found):
        return None
    return longest


def _is_full(name: str) -> bool:
    """Whether this is a name of several words, not a description with a name in it."""
    words = name.split()
    return len(words) > 1 and all(w[0].isupper() or w in _PARTICLES for w in words)


def _full_form(name: str, full: Iterable[str]) -> str | None:
    if " " in name:
        return None
    longer = [form for form in full if _ends_with(form, name) and form != name]
    distinct = [form for form in longer if form.split()[-2].casefold() not in _APART]
    return distinct[0] if len(longer) == len(distinct) == 1 else None


def _ends_with(name: str, end: str) -> bool:
    return f" {name}".casefold().endswith(f" {end}".casefold())


def _one_spelling(forms: Mapping[str, str]) -> dict[str, str]:
    """Forms that differ in case only get one spelling: the first in order, capitals first."""
    spelling: dict[str, str] = {}
    for form in sorted(forms.values()):
        spelling.setdefault(name_key(form), form)
    return {name: spelling[name_key(form)] for name, form in forms.items()}
