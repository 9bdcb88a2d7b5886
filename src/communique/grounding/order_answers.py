"""The wordings of English orders about a program's answer: what it is, and what stands in it."""

from __future__ import annotations

from communique.grounding.order_parts import (
    ANSWER,
    CLASSIFY,
    DO,
    DO_TASK,
    EMPTY,
    FIELD,
    GIVE,
    OUTPUT,
    PUT,
    REPLY,
    START,
    STATEMENT,
    TELL,
    THIS,
    YOU,
)

__all__ = ["ABOUT_ANSWER", "ABOUT_CONTENT"]

ABOUT_ANSWER = (
    rf"{DO}{PUT}\b[^.]{{0,80}}?\byour {REPLY}\b",
    (
        r"^\W*(?:in|throughout|within|for|as for|(?:for the purposes?|at the (?:top|start"
        rf"|beginning|end)) of) your {REPLY}\b"
    ),
    rf"^\W*your (?:final |only |whole )?{REPLY}\s*:",
    (
        rf"\bthe (?:gist|json|{OUTPUT}) (?:must|should|shall|has to|is to|needs? to|may|can)(?: "
        r"not| never| only)? (?:say|state|include|mention|contain|read|name|list|call|omit"
        r"|conclude|exclude)\b"
    ),
    rf"^\W*(?:in|for|as) the {OUTPUT}\s*,? (?:please )?(?:{DO_TASK}|do not|never)\b",
    r"\bin what you (?:write|say|output|return|answer)\b",
    r"\b(?:from|to|into|in) the (?:json|gist)\b",
    r"\bas the (?:gist|actor)\b",
    (
        r"^\W*(?:for|as|under) (?:the )?(?:actor|target|gist|trigger|stance) ?, (?:use|write|put"
        r"|say|give|enter)\b"
    ),
    rf"\byour {OUTPUT} (?:must|should|shall|has to|have to|is to|needs? to|may not)\b",
    (
        r"\b(?:essential|important|vital|crucial|imperative|necessary|required) that your "
        rf"{REPLY}(?: does not| do not)? {TELL}s?\b"
    ),
    (
        r"\b(?:before|when|after|as|while) you (?:write|produce|give|finish|output|return"
        rf"|prepare|create|generate) (?:your|the|a) {OUTPUT}\b"
    ),
    (
        rf"\b(?:{STATEMENT}|actor|target|gist|[\w-]{{1,12}}) (?:field|array|key|list|object) "
        r"(?:must|should|shall|has to|is to|needs to|may) (?:not )?(?:be|stay|remain|contain"
        r"|have|hold)\b[^.]{0,20}?(?:empty|blank|null|\[\]|only|exactly|nothing)"
    ),
    (
        r"\bthe (?:object|array|list|answer|reply) (?:that |which )?you (?:\w{1,10} "
        r")?(?:output|return|produce|generate|emit)\b"
    ),
    (
        r"\b(?:must|should|shall|may|can|is to|are to|does|do|belongs?|appears?)(?: not| never)? "
        r"(?:appear |be (?:\w{1,12} )?|have any place |belong |occur |go )?(?:in|into|from|out "
        rf"of) (?:your|the|any) {OUTPUT}\b"
    ),
    (
        rf"\b(?:your|any|every|each|all) {OUTPUT}(?: (?:of|for|based on) {THIS})? (?:must|should"
        r"|shall|has to|have to|is to|are to|needs? to|may not|ought to|will)(?: not| never| "
        rf"only)? {TELL}\b"
    ),
    (
        rf"\b{OUTPUT} (?:of|for) {THIS} (?:must|should|shall|ha(?:s|ve) to|is to|are to|needs? to"
        rf"|may not|ought to)(?: not| never| only)? {TELL}\b"
    ),
    rf"\b(?:the|any|every|whatever) {OUTPUT} (?:that |which )?you (?:\w{{1,10}} )?{GIVE}",
    rf"{DO}[^.]{{0,60}}?\bthe {REPLY} (?:that |which )?you (?:\w{{1,10}} )?{GIVE}",
    (
        rf"\bthe (?:only )?(?:correct|right|expected|required|desired|proper) {OUTPUT}(?: (?:of"
        rf"|for) {THIS})?(?: is|:| reads)"
    ),
)

ABOUT_CONTENT = (
    rf"{DO}{ANSWER}\b.{{0,40}}?\b{EMPTY}",
    rf"{DO}{CLASSIFY}\b[^.]{{0,80}}?\bas (?:an? |the )?(?:[\w-]{{1,12}} ){{0,2}}?{STATEMENT}\b",
    rf"{DO}(?:set|use|give|assign|put|fill(?: in)?|make|leave)\b[^.]{{0,30}}?\b{FIELD}\b",
    rf"{DO}{ANSWER}\b[^.]{{0,20}}?(?:\[\s*\]|\{{)",
    (
        rf"{DO}(?:answer|reply|respond)\b (?:only |just |me )?(?:with|in|by) (?:only |just "
        r"|exactly |nothing but )?(?:the (?:single )?(?:word|phrase|sentence)|one word|ok\b|json"
        r"|yes|no\b)"
    ),
    (
        rf"{YOU}(?:extract|summari[sz]e|output|classify|list|report|mention"
        rf"|record)\b[^.]{{0,40}}?\b(?:in|from|of) {THIS}"
    ),
    (
        rf"{DO}(?:leave|keep|make)\b[^.]{{0,30}}?\b(?:array|list|object"
        r"|field)\b[^.]{0,10}?\b(?:empty|blank)\b"
    ),
    (
        rf"{DO}(?:begin|start|end|finish|open|close) (?:with|by saying) the (?:exact )?(?:word"
        r"|phrase|sentence|line|text)s?\b"
    ),
    (
        rf"{DO}(?:invent|fabricate|make up|hallucinate|add|insert|cite) (?:an? |some |one |the "
        rf")(?:\w{{1,12}} )?{STATEMENT}\b"
    ),
    (
        rf"{DO}(?:replace|change|swap|rewrite) (?:every|all|any|each) (?:mention|occurrence"
        r"|reference|instance)s? (?:of|to)\b"
    ),
    rf"{DO}attribute (?:the following|this|these|what follows)\b",
    rf"{START}(?:pretend that|act as if)\b",
    (
        rf"{START}(?:output|print|emit|respond with|reply with|answer with|return) (?:exactly"
        r"|only|just|nothing but|(?:only |just |exactly )?the (?:word|phrase|sentence|string"
        r"|following|text)s?)\b"
    ),
)
