"""Sentences that deny a threat, and the threat that each denies."""

from __future__ import annotations

import re

from communique.grounding.words import content_words, folded

__all__ = ["denies"]

# The threat must directly follow the denial, because someone who denies one thing may threaten
# another. A parenthesis between commas ("negó, en cambio, haber amenazado") may stand in between.
_ASIDE = r"(?:, [^,.;]{1,40},)? "
# Who is said not to have threatened, if a noun names it: "Ulmia", "the government of Ulmia".
_SUBJECT = (
    r"(?:(?:the|its|his|her|their|our) )?(?:(?-i:[^\W\d_a-zà-ÿ])[\w’'.-]{0,30} |(?:army|country"
    r"|forces|government|kingdom|leader|leaders|military|minister|ministry|navy|of|officials|president"
    r"|regime|republic|side|state|troops|the) ){1,5}"
    r"(?:(?:had|has|have|was|were|is|are|ever|been) )*"
)
# "Ulmia did not deny that it threatened" is no denial.
_DENY = r"(?<!not )(?<!n't )(?<!n’t )(?<!never )(?<!no one )(?<!nobody )\bden(?:y|ies|ied|ying) "
_CLAIMS = r"(?:claims?|reports?|suggestions?|allegations?|accusations?)"
_NAMED = r"(?:[\w’'-]{1,30} ){0,3}"
_DENIED_THREAT = re.compile(
    rf"(?:{_DENY}(?:(?:that|having|ever|making|made|any|a|an|the|had|he|she|it|they"
    r"|was|were|is|of) )*|\bnever |\b(?:did|do|does|has|have|had|is|are|was|were)(?: not|n[’']t) )"
    r"threat(?:en|ened|ening|s)?\b"
    rf"|{_DENY}(?:that )?{_SUBJECT}threat(?:en|ened|ening|ens)\b"
    r"|\b(?:(?:reject|dismiss|den)\w* (?:an? |any |all |the )?|dismiss\w* as [\w ]{1,30}? )"
    rf"{_CLAIMS} (?:that )?(?:(?:he|she|it|they|of)(?: had| has| have)?(?: ever)? |{_SUBJECT})"
    r"threat(?:ened|ening|ens|s)?\b"
    r"|\bneither threat(?:ened|ens?)\b|\bthreat(?:ened|ens?|ening) (?:no one|no-one|nobody)\b"
    # Plans are denied as threats are
    r"|\bden(?:y|ies|ied|ying) (?:(?:a|any|the|reports?|claims?|that|of|it|he|she|they|was|were|is"
    r"|are|had|having) )*(?:plans?|planned|planning) (?=to )"
    r"|\b(?:had|has|have) no (?:plans?|intention) (?=to |of )"
    # Spanish
    rf"|\b(?:neg(?:ó|aron|aba|aban|ando)|niegan?|desm(?:intió|intieron|iente|ienten)){_ASIDE}"
    rf"(?:(?:que {_NAMED})?(?:haber|haya|hayan|hubiera|hubieran|había|habían) (?:nunca )?"
    r"amenazado\b"
    rf"|que {_NAMED}(?:amenazara|amenazase|amenace)n?\b|(?:toda|cualquier) amenaza\b)"
    r"|\b(?:nunca|jamás|no) (?:(?:ha|han|había|habían) amenazado|amenaz(?:ó|aron|a|an))\b"
    # Portuguese
    rf"|\b(?:neg(?:ou|aram|ava|avam|am|a|ando)|desment(?:iu|iram|e|em)){_ASIDE}"
    rf"(?:que {_NAMED}(?:tenham?|tivesse|tivessem|tinham?|houvesse) (?:nunca |jamais )?ameaçado\b"
    rf"|ter(?:em)? (?:nunca |jamais )?ameaçado\b|que {_NAMED}ameaç(?:asse|ava)m?\b"
    r"|(?:toda|qualquer) ameaça\b)"
    r"|\b(?:nunca|jamais|não) (?:ameaç(?:ou|aram|a|am)|(?:tinham?|havia|haviam) ameaçado)\b"
    # French
    rf"|\b(?:démenti|dément|démentent|nié|nie|nient){_ASIDE}(?:avoir (?:jamais )?menacé"
    r"|toutes? menaces?"
    r"|qu(?:e |['’])(?:[\w’'-]{1,30} ){1,4}(?:ait|aient) (?:jamais )?menacé)\b"
    r"|\bn['’](?:a|ont|avait|avaient) (?:jamais|pas) menacé\b|\bne menace(?:nt)? (?:pas|personne)\b"
    # German
    r"|\b(?:bestritt|bestreitet|bestritten|dementierte?n?|leugnete?n?)\b,?[^.;,]{0,30}?"
    r"(?= [^.;]{1,80} gedroht (?:zu haben|habe|haben|hätten?)\b)"
    r"|\b(?:nie|niemals|nicht) (?=[^.;]{0,60}gedroht)"
    # Ukrainian and Russian
    r"|\bзапереч\w+, що (?:\w+ ){0,2}погрожува\w+|\bотриц\w+, что (?:\w+ ){0,2}угрожа\w+"
    r"|\bне (?:погрожува|угрожа)\w+"
    # Arabic and Chinese
    r"|\b(?:نفى|نفت|ينفي|تنفي)(?: \w+){0,2} (?:(?:أن يكون|أن تكون)(?: \w+){0,2}|أنه|أنها)"
    r" (?:قد )?هدد"
    r"|\bلم (?:يهدد|تهدد|يهددوا)\b|(?:否认|否認|从未|從未|没有|沒有)[^，。；！？]{0,6}威[胁脅]",
    re.IGNORECASE,
)
# Where the denied part of a sentence ends, and something that is not denied may begin.
_TURN = re.compile(
    r"[;；.。!?！？]|[,，،]? ?\b(?:but|yet|while|whereas|though|although|however|instead|then"
    r"|before"
    r"|pero|sino|aunque|mientras|mas|porém|enquanto|mais|tandis|puis|aber|sondern|doch|während|але"
    r"|проте|однак|но|однако"
    r"|لكن|بل)\b|但|而是|却|并威|並威"
    r"|, (?:threatening|warning|vowing)\b"
    r"|[,，،]? ?\b(?:and|y|e|et|und|і|та|й|и) (?:\w+ ){0,2}(?:threat\w+|warn\w*|vow\w*|pledg\w+"
    r"|said|says"
    r"|promis\w+|swore|announc\w+|will|would|amenaz\w+|advirti\w+|ameaç\w+|advertiu|prometeu|menac\w+|averti\w*|droht\w*"
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
