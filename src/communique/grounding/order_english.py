"""The wordings of orders to a program, in English.

An order is an imperative, or addresses the reader as "you", and concerns the program's own work:
its instructions, its answer, this text. All patterns are for text that `undisguised` has made
plain: one line, small letters, no accents.
"""

from __future__ import annotations

from communique.grounding.order_answers import ABOUT_ANSWER, ABOUT_CONTENT
from communique.grounding.order_parts import (
    A_PROGRAM,
    ANSWER,
    BOSS,
    CALL,
    COMMAND,
    DO,
    DO_TASK,
    FORGET,
    MUST,
    OBEY,
    OLD,
    PRODUCT,
    PROGRAM,
    READER,
    READING,
    REPLY,
    REVEAL,
    START,
    TEXT,
    THING,
    THIS,
    VOID,
)
from communique.grounding.order_roles import ABOUT_ROLE, ABOUT_WORK

__all__ = ["RULES"]

# --- its instructions
# Each string is one alternative.
_ABOUT_INSTRUCTIONS = (
    rf"{DO}(?:{FORGET}|{REVEAL})",
    rf"{VOID}",
    r"\byour (?:real|actual|true|only|sole|new) (?:task|job|role|purpose|goal|objective)\b",
    rf"\b(?:i am|i'm|we are|as|this is) your {BOSS}\b",
    rf"\bfrom your {BOSS}\b",
    rf"\b(?:what|whatever|everything|anything) your {BOSS} (?:told|asked|instructed|taught)",
    r"^\W*#+ ?(?:new |updated |real |system )?(?:instructions?|system|prompt|task)\W*$",
    (
        r"\byour (?:new )?(?:task|role|system prompt|instructions|job|purpose) (?:is now|are now"
        r"|has changed|have changed|has been changed|have been (?:changed|replaced|updated)|from "
        r"now on|henceforth|here is|is to (?:summari[sz]e|report|output|write|say))\b"
    ),
    (
        rf"{START}(?:new|real|actual|updated|revised|additional|further) (?:task|instructions?"
        rf"|prompt|objective|directives?)\s*: *(?:please )?(?:{COMMAND}|{FORGET}|translate"
        r"|summari[sz]e|describe|tell|you)\b"
    ),
    (
        rf"\b(?:{THIS}|th(?:is|ese) (?:lines?|words?|instructions?|rules)|the (?:{TEXT}|lines?) "
        r"(?:below|that follows)) (?:now |hereby )?(?:overrides?|replaces?|supersedes?|cancels?"
        r"|outranks?|(?:takes?|has|have) (?:precedence|priority) over|prevails? over) "
        r"[^.]{0,20}?\b(?:your \w{1,12}|(?:instructions?|prompts?)(?! (?:on|for|to|of|from"
        r"|in|issued) ))\b"
    ),
    rf"\byour {OLD} (?:prompt|instructions|task|orders|guidelines) (?:was|were|is|are)\b",
    (
        rf"{DO}(?:follow|obey|heed|comply with|execute|carry out)\b(?: only)?(?: the)?(?: "
        r"following (?:instructions?|commands?|directives?|orders?)| (?:instructions?|commands?"
        r"|directives?|orders?|text) (?:in this|below))"
    ),
    (
        r"\b(?:instead of|rather than|(?:and )?not(?: as)?) your (?:system )?(?:prompt"
        r"|instructions|guidelines)\b"
    ),
    (
        rf"{DO}(?:reset|clear|wipe|erase|delete|rewrite|update) your (?:\w{{1,10}} "
        r")?(?:instructions|memory|context|prompt|rules)\b"
    ),
    r"^\W*prompt ?: *(?:you\b|summari[sz]e|report|write)",
    # a program that acts
    rf"{DO}(?:run|execute) (?:the following|this) (?:code|command|script|program)",
    rf"{DO}(?:call|invoke|use) the (?:tool|function) \w",
    (
        rf"{DO}(?:e-?mail|send|post|forward|upload) (?:the|your|this) (?:summary|conversation"
        r"|output|prompt|system prompt|api key|chat|context|data you)\b"
    ),
    rf"{DO}(?:open|visit|fetch|browse|go to|load) \W?https?:",
    # labels of such instructions, and speaker labels of a conversation with a model
    (
        r"^\W*(?:(?:system|developer|admin(?:istrator)?|operator) (?:override|prompt|message"
        r"|note|directive|instruction|command|notice)s?|override(?: code)?)\s*[:!\]]"
    ),
    (
        r"^\W*(?:end|begin(?:ning)?|start) (?:of )?(?:the )?(?:system|user|developer|assistant) "
        r"(?:prompt|message|input|instructions?|turn)\b"
    ),
    (
        rf"^\W*(?:#+ *)?(?:system|instructions?|developer) ?: *(?:{ANSWER}|{OBEY}|you\b|{FORGET}"
        rf"|{REVEAL}|{COMMAND})"
    ),
    r"^\W*(?:#+ *)?(?:human|user) ?: *(?:leak|ignore|output|print|reveal|tell me)\b",
    (
        r"\b(?:from now on|henceforth|from this point(?: on(?:ward)?)?|from here on),? "
        r"(?:please\b|you are\b|(?:(?:you|must|should|shall|will|may|can|are to|only|never"
        rf"|always|do not|don['’]t) ){{0,3}}(?:{DO_TASK}|{ANSWER}|speak|talk|act|think|behave"
        rf"|refer|pretend)\b|your (?:{REPLY}|task|job|role|name)\b)"
    ),
    (
        r"\b(?:everything|all|the text|anything|nothing|all text) (?:written |said |stated "
        r")?(?:above|below|before|preceding)(?: this(?: \w{1,10})?)? (?:is|was|has been|are"
        r"|should be|must be|can be) (?:\w{1,10} )?(?:fiction|fictional|false|a test|test"
        r"|fabricated|void|a draft|satire|ignored|disregarded|discarded|retracted|irrelevant"
        r"|obsolete|outdated|dummy|superseded)"
    ),
)

# --- who is addressed
_ABOUT_READER = (
    # A call such as "Note to AI systems: …" or "Attention, language models! …", also in brackets
    rf"^\W*{CALL}\b(?: from [^:.!]{{1,40}}| {READING} [^:.!]{{1,40}})?\s*(?:[:!\]]| [—–-] )",
    (
        rf"^\W*@?(?:{CALL}|{READER})\s*[:,!—–-]\s*(?:{COMMAND}|{FORGET}|you\b|(?:in|for|on|under"
        rf"|within) (?:the|your) (?:{REPLY}|(?:list|section|field)s? (?:of|for)))"
    ),
    rf"^\W*(?:hey|hello|hi|psst|listen|look|dear|okay|ok|yo),? {READER}\s*[,:!]",
    rf"^\W*@{READER} ",
    (
        rf"^\W*{READER}(?:'s)?[ -](?:only )?(?:new )?(?:instructions?|notes?|directives?|prompts?"
        r"|notice|orders?)\s*:"
    ),
    (
        r"^\W*(?:[\w.]{1,10} ){0,2}(?:to|for) (?:all |any )?(?:robots|machines|crawlers|bots"
        r"|scrapers|algorithms|parsers)\s*[:!—]"
    ),
    (
        rf"{DO}(?:tell|inform|let|warn|remind|advise|notify|assure|convince|persuade) (?:(?:your"
        rf"|the) (?:{BOSS}|readers? of your|person (?:who|you))|who(?:m)?ever asked)\b"
    ),
    (
        rf"{DO}(?:reveal|mention|disclose|show|repeat|quote) (?:this (?:note|instruction|message"
        r"|prompt|paragraph|text)|that you (?:read|saw|were)|these (?:instructions|lines|words))"
    ),
    (
        r"\bkeep (?:this|these) (?:instructions?|notes?|prompt|paragraph|lines?) (?:secret"
        r"|hidden|to yourself)"
    ),
    (
        rf"^\W*(?:dear )?{READER}\s*[,:—–-] (?:(?:please|kindly|do|now|just|always|never|only) "
        rf"|{DO_TASK} |(?:your|my|our) {REPLY})"
    ),
    (
        rf"\b(?:{READER}|{THING}) (?:\w{{1,12}} )?{READING} (?:{THIS}|this"
        rf"|it)\b[^.]{{0,30}}?(?:\b{MUST}\b|:)"
    ),
    (
        r"\b(?:whoever|whatever|anyone|anything|any(?: \w{1,12})?|every(?: \w{1,12})?) "
        rf"{READING} (?:{THIS}|this) (?:as|with|by|using|for) {A_PROGRAM}"
    ),
    (
        rf"{START}(?:you are|you['’]re|act as|pretend to be|you will be|imagine you are|become"
        rf"|you will act as|behave (?:as|like)) (?:now )?(?:no longer )?{A_PROGRAM}"
    ),
    rf"\byou are (?:now|hereby|henceforth) {A_PROGRAM}",
    (
        r"\b(?:if|in case|should|provided|assuming|whenever|since|because|supposing)(?: that)? "
        r"(?:you(?:['’]re| are| be| happen to be)(?: indeed| actually| in fact)? |being "
        rf")(?:{A_PROGRAM}|not (?:an? )?human|reading this (?:as|through|with|on behalf of) )"
    ),
    (
        rf"\b(?:if|when) (?:this|it|this {TEXT}) (?:is|was|has been) (?:being )?(?:read|processed"
        rf"|summari[sz]ed|parsed|analy[sz]ed|handled|ingested) by {A_PROGRAM}"
    ),
    (
        rf"\b(?:if|as|since) (?:you are )?an? {PROGRAM},? (?:(?:language )?model,? )?(?:you"
        rf"|please|{ANSWER}|{FORGET})\b"
    ),
    (
        rf"{START}you are (?:now )?(?:in (?:developer|debug|admin|maintenance|test|god) mode"
        rf"|{PRODUCT})\b"
    ),
    (
        r"\b(?:enter|switch to|enable|activate) (?:developer|debug|admin|maintenance|god"
        r"|unrestricted|dan|jailbreak) mode\b"
    ),
    (
        rf"\bth(?:is|ese|e following) (?:{TEXT}|instruction|sentence|word|block|comment)s? (?:is"
        rf"|are) (?:[\w-]{{1,12}} ){{0,4}}?(?:for|to|at) (?:[\w-]{{1,12}} ){{0,3}}?(?:{READER}"
        rf"|{THING})\b"
    ),
    (
        r"\bhuman(?:s| readers| beings| eyes)? (?:may|can|should|need not|(?:do not|don['’]t) "
        r"need to|are free to) (?:safely )?(?:ignore|skip|disregard|overlook)(?: \w{1,10})? "
        r"(?:this|these|what follows|the (?:following|next|rest|text|note|paragraph|line"
        r"|part)\b)"
    ),
    (
        rf"\b(?:your|the) {BOSS} (?:now )?(?:wants?|asks?|needs?|has asked|have asked|expects?"
        r"|requires?|instructs?|has instructed|has authori[sz]ed) (?:you\b|an? (?:empty|blank)"
        r"|your |the summary)"
    ),
    rf"^\W*(?:for|to|as for) (?:any|all|every|the) (?:{READER}|{THING}) {READING}\b",
    r"^\W*(?:#+ *)?assistant ?: *(?:sure|certainly|of course|okay|ok|here|i|yes|understood)\b",
)

_IN_MARKUP = (
    r"<(?:system|instructions?|prompt|assistant|user|human)>",
    r"\[/?(?:inst|system|assistant|user)\]",
    r"\"role\" ?: ?\"",
    r"^\W*role ?: ?(?:system|assistant|user)\b",
    r"^\W*(?:tool|function) (?:result|call|output) ?:",
    r"<<sys>>",
    r"<\|\w{1,20}\|>",
    (
        rf"(?:<!--|\{{#|/\*|\[//\]: ?#|\[comment\]: ?|%%)[^>]{{0,200}}?\b(?:{READER}"
        r"|summari[sz]\w{1,3}|prompt|instructions?|json|output|ignore|disregard|you|your"
        r"|extract|must|should)\b"
    ),
    # text that a reader does not see, and a model does
    (
        r"<[^<>]{0,200}(?:display: ?none|visibility: ?hidden|font-size: ?0|opacity: "
        r"?0)\b[^<>]{0,200}>\W*\w"
    ),
    (
        rf"<[^<>]{{0,200}}\bhidden\b[^<>]{{0,200}}>[^<]{{0,200}}?\b(?:{READER}|summar\w{{1,5}}"
        r"|prompt|json|output|ignore|your|instructions?)\b"
    ),
)

RULES = (
    *_ABOUT_INSTRUCTIONS,
    *_ABOUT_READER,
    *ABOUT_ANSWER,
    *ABOUT_CONTENT,
    *ABOUT_WORK,
    *ABOUT_ROLE,
    *_IN_MARKUP,
)
"""The patterns of orders."""
