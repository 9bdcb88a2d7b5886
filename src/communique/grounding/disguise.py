"""Removal of disguises: the text as a reader, or a model, takes it, in one spelling.

A word can be written so that a reader recognises it and a search does not: with invisible
characters, letters of other scripts, digits for letters, accents, spaced out, broken at the end
of a line, or inside markup.
"""

from __future__ import annotations

import re
import unicodedata

__all__ = ["undisguised", "without_marks", "without_markup"]

# Signs that combine with letters, format characters, and fillers that show nothing
_MARKS = frozenset({"Mn", "Me", "Cf"})
_FILLERS = dict.fromkeys(map(ord, "\u0640\u115f\u1160\u3164\uffa0"))
# Unicode has an invisible copy of ASCII, which models read.
_INVISIBLE_ASCII = {0xE0000 + code: code for code in range(0x20, 0x7F)}
_BROKEN = re.compile(r"(?<=[^\W\d_])[-‐]\s*\n\s*(?=[^\W\d_])")
_SPACED = re.compile(r"(?<![^\W_])[^\W\d_](?:[ ._*-][^\W\d_]){3,}(?![^\W_])")
_BETWEEN = re.compile(r"[ ._*-]")
_APOSTROPHES = re.compile("[’ʼ‘`´]")
_WORD = re.compile(r"[^\W_]+")
_LEET = re.compile(r"(?<![\w@$])(?=\w*[a-z])[a-z]*[0134578@$](?=[a-z])[a-z0134578@$]*")
_LEET_SIGNS = frozenset("0134578@$")
_LETTERS_FOR = str.maketrans("0134578@$", "oieastbas")
_MARKUP = frozenset("<*_~`")
_TAG = re.compile(r"<[^<>]{1,300}>|[*_~`]+")

# Letters that look like Latin ones: Greek, Cyrillic, Armenian, and small capitals
_LATIN = str.maketrans(
    "αβεζηικμνορτυχγϲ" "авекмнорстухіѕјԁԛԝһѵгьɡ" "օսոհցզ" "ɪɢɴᴏʀᴇꜱᴛᴜʟᴘᴠᴄᴅʏᴀʙꜰʜᴋᴍᴡᴢᴊıɩ",
    "abeznikuvoptuxyc" "abekmhopctyxisjdqwhvrbg" "ounhgq" "ignorestulpvcdyabfhkmwzjii",
)  # fmt: skip
_CYRILLIC = str.maketrans("aceiopxykmhtb", "асеіорхукмнтв")
_IS_CYRILLIC = re.compile("[\u0430-\u04ff]")


def undisguised(text: str) -> str:
    """Return the text on one line, in small letters, without accents and disguises.

    It is for comparison only: accents are lost in every script.
    """
    if not text.isascii():
        text = without_marks(unicodedata.normalize("NFKC", text.translate(_INVISIBLE_ASCII)))
    text = text.casefold()
    if "\n" in text:
        text = _BROKEN.sub("", text)
    text = without_marks(text)
    if not text.isascii():
        text = _APOSTROPHES.sub("'", _WORD.sub(_in_one_script, text))
    text = _SPACED.sub(lambda letters: _BETWEEN.sub("", letters[0]), text)
    if not _LEET_SIGNS.isdisjoint(text):
        text = _LEET.sub(lambda word: word[0].translate(_LETTERS_FOR), text)
    return " ".join(text.split())


def without_marks(text: str) -> str:
    """Return the text without accents, vowel signs and invisible characters."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text).translate(_FILLERS)
    kept = "".join(c for c in apart if unicodedata.category(c) not in _MARKS)
    return unicodedata.normalize("NFC", kept)


def without_markup(text: str) -> str:
    """Return the text without tags and the signs of emphasis."""
    return " ".join(_TAG.sub("", text).split()) if not _MARKUP.isdisjoint(text) else text


def _in_one_script(word: re.Match[str]) -> str:
    """Return a word with letters of two scripts in one of them."""
    written = word[0]
    if written.isascii():
        return written
    latin = written.translate(_LATIN)
    if latin.isascii() and any(map(str.isascii, written)):
        return latin
    if any(map(str.isascii, written)) and _IS_CYRILLIC.search(written):
        return written.translate(_CYRILLIC)
    return latin if latin.isascii() and not _IS_CYRILLIC.search(written) else written
