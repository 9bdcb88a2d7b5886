"""The wordings of English orders that speak of a program's role.

What it was told before, what it is for, who has it do that, and how it fills in its form.
"""

from __future__ import annotations

from communique.grounding.order_parts import (
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
    STATEMENT,
    TELL,
    TEXT,
    THING,
    THIS,
    YOU,
)

__all__ = ["ABOUT_ROLE"]

_TOLD = r"(?:told|asked|instructed|configured|programmed|trained|designed|set up|given|built|meant)"
_MAKES = r"(?:compil|produc|writ|generat|prepar|mak|creat|draft|build|assembl)"
_FILLS = r"(?:fill(?:ing)?(?: in| out)?|complet(?:e|ing)|populat(?:e|ing))"
_ACT = (
    rf"(?:{DO_TASK}|act|pretend|assume|use|consider|behave|show|surface|tell|display|present|pass)"
)
ABOUT_ROLE = (
    rf"\b(?:everything|anything|all|what|whatever|nothing)(?: that)? you (?:were|are|have been"
    rf"|had been) {_TOLD}\b[^.;]{{0,30}}?\b(?:no longer (?:appl|hold|count|valid)|not apply|void"
    r"|moot|cancel\w{2,5}|superseded)"
    rf"|\byour (?:sole|only|one|single|entire|whole|true|real) (?:{REPLY}|duty|function) "
    r"(?:is|will be|must|should|shall|has to|consists)\b"
    rf"|\byour {REPLY} (?:must|should|shall|has to|have to|is to|needs? to|may)"
    rf"(?: not| never| only)? {TELL}\b"
    rf"|\b(?:the )?(?:extraction|{OUTPUT})s?(?: results?| data)? (?:of|for|from) {THIS} "
    rf"(?:must|should|shall|ha(?:s|ve) to|is to|are to|needs? to|may not|ought to) {TELL}\b"
    r"|\b(?:whoever|whatever|anyone|anything|someone|something|any(?: \w{1,12})?|those"
    r"|every(?: \w{1,12})?|the (?:one|system|program|machine|tool)) (?:who |that |which )?(?:is "
    rf"|are |may be )?(?:now |currently )?{_MAKES}(?:es?|ing|s) (?:a|the|any|this|an) "
    rf"(?:\w{{1,12}} )?{OUTPUT}\b[^.]{{0,60}}?\b{MUST}\b"
    rf"|{DO}{_ACT}\b[^.]{{0,80}}?\b(?:who(?:m)?ever|the (?:person|user|one|client|customer)"
    r"(?: (?:who|that))?) (?:requested|asked for|ordered|wants?|wanted|receives|reads|gets) "
    rf"(?:the|this|your|a) {OUTPUT}\b"
    rf"|{DO}{_ACT}\b[^.]{{0,80}}?\b(?:when|as|while|once|before|after) (?:you )?{_FILLS} (?:the"
    r"|your|any|each|every|these|this|in the) (?:\w{1,12} )?(?:fields?|json|schema|array|list"
    r"|template|object|slots?)\b"
    r"|^\W*(?:llm|ai|model|machine|bot|agent|assistant|crawler)s?[- ](?:readable|facing|only"
    r"|directed|oriented|visible) (?:notice|note|instruction|text|content|section|comment|message"
    r"|line|block)s?\b"
    rf"|\b(?:readers?|those|anyone|everyone|anything|things) (?:that|who|which) (?:are|is) "
    rf"(?:an? )?(?:{READER}|{THING})\b[^.]{{0,40}}?\b{MUST}\b"
    r"|^\W*(?:in|for|under|into) the (?:\w{1,10} )?(?:list|section|field|array|column|part)s? "
    rf"(?:of|for) {STATEMENT}(?:,? please |, )?"
    rf"(?:(?<=[, ]){DO_TASK}| put (?:nothing|only|no))\b"
    r"|\b(?:when|whenever|if|once) (?:you are |you're |you get )?asked (?:what|about|for|to|whether"
    rf"|who|how|if|which)\b[^.,]{{0,50}}, (?:please )?(?:{DO_TASK})\b"
    r"|\b(?:whatever|anything|all|everything) (?:that )?you (?:produce|write|output|return|generate"
    rf"|answer|summari[sz]e)\b[^.]{{0,20}}?\b(?:must|should|shall|has to) (?:not )?{TELL}\b"
    rf"|\bth(?:is|ese|e following) (?:is|are) (?:an? |the )?(?:\w{{1,12}} )?(?:{TEXT}|orders?"
    r"|instructions?|commands?)s? (?:for|to|addressed to|meant for|aimed at) (?:\w{1,12} ){0,3}?"
    rf"(?:{READER})\b"
    rf"|{YOU}(?:classify|mark|label|record|code|tag|annotate|register)\b[^.]{{0,60}}?\bas\b"
    rf"|^\W*(?:all |any |the )?{READER} (?:is|are) (?:hereby )?(?:advised|informed|notified"
    r"|reminded) that\b"
    rf"|{DO}{CLASSIFY}\b[^.]{{0,60}}?\b(?:in|of|from) {THIS} (?:\w{{1,10}} )?as\b"
    rf"|\b(?:any|every|all|each|the) {OUTPUT} (?:\w{{2,10}}ed|made|drawn|written|built)"
    rf" (?:from|of|out of|for|on) {THIS} (?:must|should|shall|ha(?:s|ve) to|is to|needs? to|may)\b"
    rf"|^\W*as (?:an?|the|any) {READER} (?:{READING}|handling|tasked|in charge|responsible"
    rf"|working|assigned|who|that)\b[^.,]{{0,50}}, (?:you|your|please|{COMMAND}|{FORGET})"
)
