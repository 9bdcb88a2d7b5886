"""Names of states and territories, short and official, in the languages of the gold articles."""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from functools import lru_cache

from communique.codes.keys import key_of

__all__ = ["iso3_of"]

# pycountry has the translations of Debian's iso-codes.
_LANGUAGES = ("ar", "de", "es", "fr", "pt", "pt_BR", "ru", "uk", "zh_CN")
# Names of two states; and those that mean something else in another language: French for Mauritius,
# Spanish for Grenada, German for Iceland, Portuguese for Oman.
_AMBIGUOUS = frozenset({"congo", "kongo", "конго", "刚果", "الكونغو"}) | frozenset(
    {"maurice", "granada", "island", "oma"}
)


def iso3_of(key: str) -> str | None:
    """Return the ISO 3166-1 alpha-3 code of the state or territory with a name, by its key."""
    return _codes().get(key)


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    found: dict[str, str] = {}
    for name, code in _names():
        found.setdefault(key_of(name), code)
    return {key: code for key, code in found.items() if key not in _AMBIGUOUS}


def _names() -> Iterator[tuple[str, str]]:
    """Yield each name with its code: English names first, which win if two states share one."""
    import pycountry

    english = [
        (str(name), str(country.alpha_3))
        for country in pycountry.countries
        for field in ("name", "common_name", "official_name")
        if (name := getattr(country, field, None))
    ]
    yield from english
    for language in _LANGUAGES:
        catalog = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [language])
        yield from ((catalog.gettext(name), code) for name, code in english)
