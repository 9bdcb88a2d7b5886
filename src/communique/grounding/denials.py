"""Sentences that deny a threat, and the threat that each denies."""

from __future__ import annotations

import re

from communique.grounding.words import content_words, folded

__all__ = ["denies"]

# The threat must directly follow the denial, because someone who denies one thing may threaten
# another. A parenthesis between commas ("negó, en cambio, haber amenazado") may stand in between.
_ASIDE = r"(?:, [^,.;]{1,40},)? "
_DENIED_THREAT = re.compile(
    r"\b(?:den(?:y|ies|ied|ying) (?:(?:that|having|ever|making|made|any|a|an|the|had|he|she|it|they"
    r"|was|were|is|of) )*|never |(?:did|do|does|has|have|had|is|are|was|were)(?: not|n[’']t) )"
    r"threat(?:en|ened|ening|s)?\b"
    r"|\b(?:reject|dismiss|den)\w* (?:claims?|reports?|suggestions?|allegations?) (?:that )?"
    r"(?:he|she|it|they|of)(?: had| has| have)?(?: ever)? threat(?:ened|ening|s)?\b"
    r"|\bdismiss\w* as [\w ]{1,30}? (?:claims?|reports?|suggestions?|allegations?) (?:that )?"
    r"(?:he|she|it|they|of)(?: had| has| have)?(?: ever)? threat(?:ened|ening|s)?\b"
    # Plans are denied as threats are
    r"|\bden(?:y|ies|ied|ying) (?:(?:a|any|the|reports?|claims?|that|of|it|he|she|they|was|were|is"
    r"|are|had|having) )*(?:plans?|planned|planning) (?=to )"
    r"|\b(?:had|has|have) no (?:plans?|intention) (?=to |of )"
    # Spanish
    rf"|\b(?:neg(?:ó|aron|aba|aban|ando)|niegan?|desm(?:intió|intieron|iente|ienten)){_ASIDE}"
    r"(?:(?:que )?(?:haber|haya|hayan|hubiera|hubieran|había|habían) (?:nunca )?amenazado\b"
    r"|que (?:\w+ )?(?:amenazara|amenazase|amenace)n?\b|(?:toda|cualquier) amenaza\b)"
    r"|\b(?:nunca|jamás|no) (?:ha|han|había|habían) amenazado\b"
    # French
    rf"|\b(?:démenti|dément|démentent|nié|nie|nient){_ASIDE}(?:avoir (?:jamais )?menacé"
    r"|toutes? menaces?"
    r"|qu(?:e |['’])\w+ (?:ait|aient) (?:jamais )?menacé)\b"
    r"|\bn['’](?:a|ont|avait|avaient) (?:jamais|pas) menacé\b"
    # German
    r"|\b(?:bestritt|bestreitet|bestritten|dementierte?n?|leugnete?n?)\b,?[^.;,]{0,30}?"
    r"(?= [^.;]{1,80} gedroht zu haben)|\b(?:nie|niemals|nicht) (?=[^.;]{0,60}gedroht)"
    # Ukrainian and Russian
    r"|\bзапереч\w+, що (?:\w+ ){0,2}погрожува\w+|\bотриц\w+, что (?:\w+ ){0,2}угрожа\w+"
    r"|\bне (?:погрожува|угрожа)\w+"
    # Arabic and Chinese
    r"|\b(?:نفى|نفت|ينفي|تنفي)(?: \w+){0,2} (?:أن يكون|أن تكون|أنه|أنها) (?:قد )?هدد"
    r"|\bلم (?:يهدد|تهدد|يهددوا)\b|(?:否认|否認|从未|從未|没有|沒有)[^，。；！？]{0,6}威[胁脅]",
    re.IGNORECASE,
)
# Where the denied part of a sentence ends, and something that is not denied may begin.
_TURN = re.compile(
    r"[;；.。!?！？]|[,，،]? ?\b(?:but|yet|while|whereas|though|although|however|instead|then"
    r"|before"
    r"|pero|sino|aunque|mientras|mais|tandis|puis|aber|sondern|doch|während|але"
    r"|проте|однак|но|однако"
    r"|لكن|بل)\b|但|而是|却|并威|並威"
    r"|[,，،]? ?\b(?:and|y|e|et|und|і|та|й|и) (?:\w+ ){0,2}(?:threat\w+|warn\w*|vow\w*|pledg\w+"
    r"|said|says"
    r"|promis\w+|swore|announc\w+|will|would|amenaz\w+|advirti\w+|menac\w+|averti\w*|droht\w*"
    r"|warnt\w*"
    r"|погрож\w+|пригроз\w+|поперед\w+|угрож\w+|предупред\w+)\b|[ ،]وهدد",
    re.IGNORECASE,
)
_SPACELESS = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_STEM = 5


def denies(sentence: str, threat: str) -> bool:
    """Return whether a sentence denies a threat, and not a different one.

    Args:
        sentence: a sentence of the article.
        threat: the target and action of the threat, in the model's words.
    """
    match = _DENIED_THREAT.search(sentence)
    if match is None:
        return False
    turn = _TURN.search(sentence, match.end())
    end = turn.start() if turn else len(sentence)
    denied, rest = sentence[match.start() : end], sentence[: match.start()] + sentence[end:]
    return _overlap(threat, denied) >= _overlap(threat, rest)


def _overlap(threat: str, text: str) -> int:
    """Return how many of the pieces of a threat's words occur in a text."""
    text = folded(text)
    return sum(piece in text for word in content_words(threat) for piece in _pieces(word))


def _pieces(word: str) -> list[str]:
    """Return a word's stem, or its pairs of characters in scripts without spaces."""
    if _SPACELESS.search(word):
        return [word[at : at + 2] for at in range(max(1, len(word) - 1))]
    return [word[:_STEM]]
