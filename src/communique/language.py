"""Language tags: BCP 47 in any case, or the three-letter codes of ISO 639-2."""

from __future__ import annotations

import re

__all__ = ["is_language_tag", "looks_german", "primary_language"]

_TAG = re.compile(
    r"(?P<primary>[a-z]{2,3}(?:-[a-z]{3}){0,3})"
    r"(?:-[a-z]{4})?"  # script
    r"(?:-(?:[a-z]{2}|[0-9]{3}))?"  # region
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"  # variants
    r"(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*"  # extensions
    r"(?:-x(?:-[a-z0-9]{1,8})+)?"  # private use
    r"|(?:x|i)(?:-[a-z0-9]{1,8})+"
)

# ISO 639-1 codes with their ISO 639-2 codes, and the ISO 639-3 codes that are used for them.
_ISO_639 = """
aa:aar ab:abk ae:ave af:afr ak:aka am:amh an:arg ar:ara,arb as:asm av:ava ay:aym az:aze,azj ba:bak
be:bel bg:bul bh:bih bi:bis bm:bam bn:ben bo:bod,tib br:bre bs:bos ca:cat ce:che ch:cha co:cos
cr:cre cs:ces,cze cu:chu cv:chv cy:cym,wel da:dan de:deu,ger dv:div dz:dzo ee:ewe el:ell,gre en:eng
eo:epo es:spa et:est,ekk eu:eus,baq fa:fas,per,pes ff:ful fi:fin fj:fij fo:fao fr:fra,fre fy:fry
ga:gle gd:gla gl:glg gn:grn gu:guj gv:glv ha:hau he:heb hi:hin ho:hmo hr:hrv ht:hat hu:hun
hy:hye,arm hz:her ia:ina id:ind ie:ile ig:ibo ii:iii ik:ipk io:ido is:isl,ice it:ita iu:iku ja:jpn
jv:jav ka:kat,geo kg:kon ki:kik kj:kua kk:kaz kl:kal km:khm kn:kan ko:kor kr:kau ks:kas ku:kur
kv:kom kw:cor ky:kir la:lat lb:ltz lg:lug li:lim ln:lin lo:lao lt:lit lu:lub lv:lav,lvs mg:mlg
mh:mah mi:mri,mao mk:mkd,mac ml:mal mn:mon mr:mar ms:msa,may,zsm mt:mlt my:mya,bur na:nau nb:nob
nd:nde ne:nep,npi ng:ndo nl:nld,dut nn:nno no:nor nr:nbl nv:nav ny:nya oc:oci oj:oji om:orm or:ori
os:oss pa:pan pi:pli pl:pol ps:pus pt:por qu:que rm:roh rn:run ro:ron,rum ru:rus rw:kin sa:san
sc:srd sd:snd se:sme sg:sag si:sin sk:slk,slo sl:slv sm:smo sn:sna so:som sq:sqi,alb,als
sr:srp ss:ssw st:sot su:sun sv:swe sw:swa,swh ta:tam te:tel tg:tgk th:tha ti:tir tk:tuk tl:tgl
tn:tsn to:ton tr:tur ts:tso tt:tat tw:twi ty:tah ug:uig uk:ukr ur:urd uz:uzb ve:ven vi:vie vo:vol
wa:wln wo:wol xh:xho yi:yid yo:yor za:zha zh:zho,chi,cmn zu:zul sh:hbs
"""


def _two_letters() -> dict[str, str]:
    """Return the two-letter code for every code in the table."""
    found = {"iw": "he", "in": "id", "ji": "yi"}  # the codes until 1989
    for entry in _ISO_639.split():
        short, _, long = entry.partition(":")
        found |= dict.fromkeys([short, *long.split(",")], short)
    return found


_SHORT = _two_letters()

_GERMAN = frozenset(
    """
    der die das den dem des und nicht ist mit von zu im am auf für sich er sie
    """.split()  # noqa: SIM905 easier to read than a list
)


def is_language_tag(tag: str) -> bool:
    """Return whether ``tag`` is well-formed, with a code of ISO 639-1 if it has two letters.

    Example:
        >>> from communique.language import is_language_tag
        >>> [is_language_tag(tag) for tag in ("es-MX", "pt_BR", "ukr", "ua", "English")]
        [True, True, True, False, False]
    """
    match = _TAG.fullmatch(_normalise(tag))
    return match is not None and (
        len(primary_language(tag)) != 2 or primary_language(tag) in _SHORT
    )


def primary_language(tag: str) -> str:
    """Return the ISO 639-1 code of a tag or, if it has none, its primary subtag.

    Example:
        >>> from communique.language import primary_language
        >>> [primary_language(tag) for tag in ("zh-Hans-CN", "EN", "fre", "haw")]
        ['zh', 'en', 'fr', 'haw']
    """
    first = _normalise(tag).partition("-")[0]
    return _SHORT.get(first, first)


def looks_german(text: str) -> bool:
    """Return whether a tenth of the words are common German ones; in German a quarter are.

    Example:
        >>> from communique.language import looks_german
        >>> looks_german("Die 2. Runde der Gespräche beginnt nicht vor dem Herbst.")
        True
    """
    words = text[:5_000].lower().split()
    return sum(word in _GERMAN for word in words) > 0.1 * len(words)


def _normalise(tag: str) -> str:
    return tag.strip().replace("_", "-").lower()
