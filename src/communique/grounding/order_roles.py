"""The wordings of English orders about a program's work and role.

What it is doing; what it was told before, what it is for, who has it do that, and how it fills in
its form.
"""

from __future__ import annotations

from communique.grounding.order_parts import (
    ANSWER,
    CLASSIFY,
    COMMAND,
    DO,
    DO_TASK,
    FORGET,
    MUST,
    OUTPUT,
    READER,
    READING,
    REPLY,
    START,
    STATEMENT,
    SUMMARISE,
    SUMMARISING,
    TELL,
    TEXT,
    THING,
    THIS,
    YOU,
)

__all__ = ["ABOUT_ROLE", "ABOUT_WORK"]

ABOUT_WORK = (
    (
        rf"\b(?:when|while|before|after|in|once) (?:you )?(?:are )?{READING} (?:{THIS}|this|it"
        rf"|the {TEXT})\b,? (?:please |you must |always |only )?(?:{COMMAND}|{FORGET})"
    ),
    (
        r"\b(?:when|whenever|once|before|after|as|while|if) (?:asked to |told to |you "
        rf"(?:\w{{1,8}} ){{0,2}}(?:are asked to )?){SUMMARISE}(?:e?d)? (?:this|it|the {TEXT}"
        r"|these)\b"
    ),
    (
        rf"^\W*(?:when|while|in) {SUMMARISING}\b[^.,]{{0,40}}, (?:please |you |do not |always "
        rf")?(?:{COMMAND}|{FORGET}|must|should)"
    ),
    (
        rf"{START}(?:do not|don['’]t|never|stop|refuse to|cease) (?:{SUMMARISE}|{SUMMARISING}) "
        rf"(?:this|the (?:{TEXT}|rest)|any|anything|it|further|what)\b"
    ),
    rf"{START}(?:stop|cease) (?:reading|{SUMMARISING})(?: here| now)?\s*(?:[.!;:,]|$)",
    rf"{START}(?:summari[sz]e|describe|translate|rewrite) {THIS} (?:as|so that|to say|and say)\b",
    (
        rf"{DO}(?:summari[sz]e|output|classify|paraphrase) (?:it|this|the (?:article|text|above)) "
        r"(?:as|so|only|in such)\b"
    ),
    (
        rf"\b(?:{THIS}|the (?:rest|remainder) of (?:this|the) {TEXT}|this) (?:is|are|must|should"
        r"|may)(?: not| never)(?: to)? be (?:summari[sz]ed|parsed|paraphrased|extracted"
        r"|ingested)\b"
    ),
    (
        rf"{START}[^.,]{{0,60}}?\b(?:instead of|rather than) (?:answering|summari[sz]ing|replying"
        r"|extracting|responding)\s*(?:[.!]|$|it\b|this\b|the article\b)"
    ),
    (
        r"^\W*(?:instead of|rather than) (?:answering|summari[sz]ing|replying|extracting"
        rf"|responding)[^.,]{{0,30}}, (?:please )?(?:{ANSWER}|{COMMAND}|{FORGET})\b"
    ),
    (
        rf"\b(?:{READER}|{THING}) (?:that|which|who) (?:scrapes?|crawls?|index(?:es)?|visits?"
        rf"|fetch(?:es)?|opens?|sees?|reads?|loads?) (?:this|these) [^.]{{0,30}}?\b{MUST}\b"
    ),
    (
        rf"{START}(?:decode|decrypt) (?:this|the following|it) and (?:then )?(?:follow|execute"
        r"|obey|run|comply|act)"
    ),
)

_TOLD = r"(?:told|asked|instructed|configured|programmed|trained|designed|set up|given|built|meant)"
_MAKES = r"(?:compil|produc|writ|generat|prepar|mak|creat|draft|build|assembl)"
_FILLS = r"(?:fill(?:ing)?(?: in| out)?|complet(?:e|ing)|populat(?:e|ing))"
_ACT = (
    rf"(?:{DO_TASK}|act|pretend|assume|use|consider|behave|show|surface|tell|display|present|pass)"
)
ABOUT_ROLE = (
    (
        r"\b(?:everything|anything|all|what|whatever|nothing)(?: that)? you (?:were|are|have "
        rf"been|had been) {_TOLD}\b[^.;]{{0,30}}?\b(?:no longer (?:appl|hold|count|valid)|not "
        r"apply|void|moot|cancel\w{2,5}|superseded)"
    ),
    (
        rf"\byour (?:sole|only|one|single|entire|whole|true|real) (?:{REPLY}|duty|function) (?:is"
        r"|will be|must|should|shall|has to|consists)\b"
    ),
    (
        rf"\byour {REPLY} (?:must|should|shall|has to|have to|is to|needs? to|may)(?: not| never| "
        rf"only)? {TELL}\b"
    ),
    (
        rf"\b(?:the )?(?:extraction|{OUTPUT})s?(?: results?| data)? (?:of|for|from) {THIS} "
        rf"(?:must|should|shall|ha(?:s|ve) to|is to|are to|needs? to|may not|ought to) {TELL}\b"
    ),
    (
        r"\b(?:whoever|whatever|anyone|anything|someone|something|any(?: \w{1,12})?|those"
        r"|every(?: \w{1,12})?|the (?:one|system|program|machine|tool)) (?:who |that |which "
        rf")?(?:is |are |may be )?(?:now |currently )?{_MAKES}(?:es?|ing|s) (?:a|the|any|this|an) "
        rf"(?:\w{{1,12}} )?{OUTPUT}\b[^.]{{0,60}}?\b{MUST}\b"
    ),
    (
        rf"{DO}{_ACT}\b[^.]{{0,80}}?\b(?:who(?:m)?ever|the (?:person|user|one|client|customer)(?: "
        r"(?:who|that))?) (?:requested|asked for|ordered|wants?|wanted|receives|reads|gets) "
        rf"(?:the|this|your|a) {OUTPUT}\b"
    ),
    (
        rf"{DO}{_ACT}\b[^.]{{0,80}}?\b(?:when|as|while|once|before|after) (?:you )?{_FILLS} "
        r"(?:the|your|any|each|every|these|this|in the) (?:\w{1,12} )?(?:fields?|json|schema"
        r"|array|list|template|object|slots?)\b"
    ),
    (
        r"^\W*(?:llm|ai|model|machine|bot|agent|assistant|crawler)s?[- ](?:readable|facing|only"
        r"|directed|oriented|visible) (?:notice|note|instruction|text|content|section|comment"
        r"|message|line|block)s?\b"
    ),
    (
        r"\b(?:readers?|those|anyone|everyone|anything|things) (?:that|who|which) (?:are|is) "
        rf"(?:an? )?(?:{READER}|{THING})\b[^.]{{0,40}}?\b{MUST}\b"
    ),
    (
        r"^\W*(?:in|for|under|into) the (?:\w{1,10} )?(?:list|section|field|array|column"
        rf"|part)s? (?:of|for) {STATEMENT}(?:,? please |, )?(?:(?<=[, ]){DO_TASK}| put (?:nothing"
        r"|only|no))\b"
    ),
    (
        r"\b(?:when|whenever|if|once) (?:you are |you're |you get )?asked (?:what|about|for|to"
        rf"|whether|who|how|if|which)\b[^.,]{{0,50}}, (?:please )?(?:{DO_TASK})\b"
    ),
    (
        r"\b(?:whatever|anything|all|everything) (?:that )?you (?:produce|write|output|return"
        r"|generate|answer|summari[sz]e)\b[^.]{0,20}?\b(?:must|should|shall|has to) (?:not "
        rf")?{TELL}\b"
    ),
    (
        rf"\bth(?:is|ese|e following) (?:is|are) (?:an? |the )?(?:\w{{1,12}} )?(?:{TEXT}|orders?"
        r"|instructions?|commands?)s? (?:for|to|addressed to|meant for|aimed at) (?:\w{1,12} "
        rf"){{0,3}}?(?:{READER})\b"
    ),
    rf"{YOU}(?:classify|mark|label|record|code|tag|annotate|register)\b[^.]{{0,60}}?\bas\b",
    (
        rf"^\W*(?:all |any |the )?{READER} (?:is|are) (?:hereby )?(?:advised|informed|notified"
        r"|reminded) that\b"
    ),
    rf"{DO}{CLASSIFY}\b[^.]{{0,60}}?\b(?:in|of|from) {THIS} (?:\w{{1,10}} )?as\b",
    (
        rf"\b(?:any|every|all|each|the) {OUTPUT} (?:\w{{2,10}}ed|made|drawn|written|built) "
        rf"(?:from|of|out of|for|on) {THIS} (?:must|should|shall|ha(?:s|ve) to|is to|needs? to"
        r"|may)\b"
    ),
    (
        rf"^\W*as (?:an?|the|any) {READER} (?:{READING}|handling|tasked|in charge|responsible"
        rf"|working|assigned|who|that)\b[^.,]{{0,50}}, (?:you|your|please|{COMMAND}|{FORGET})"
    ),
)
