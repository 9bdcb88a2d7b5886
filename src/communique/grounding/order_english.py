"""The wordings of orders to a program, in English.

An order is an imperative, or addresses the reader as "you", and concerns the program's own work:
its instructions, its answer, this text. All patterns are for text that `undisguised` has made
plain: one line, small letters, no accents.
"""

from __future__ import annotations

from communique.grounding.order_parts import (
    A_PROGRAM,
    ANSWER,
    BOSS,
    CALL,
    CLASSIFY,
    COMMAND,
    DO,
    DO_TASK,
    EMPTY,
    FIELD,
    FORGET,
    GIVE,
    MUST,
    OBEY,
    OLD,
    OUTPUT,
    PRODUCT,
    PROGRAM,
    PUT,
    READER,
    READING,
    REPLY,
    REVEAL,
    START,
    STATEMENT,
    SUMMARISE,
    SUMMARISING,
    TELL,
    TEXT,
    THING,
    THIS,
    VOID,
    YOU,
)
from communique.grounding.order_roles import ABOUT_ROLE

__all__ = ["RULES"]

# --- its instructions
_ABOUT_INSTRUCTIONS = (
    rf"{DO}(?:{FORGET}|{REVEAL})|{VOID}"
    r"|\byour (?:real|actual|true|only|sole|new) (?:task|job|role|purpose|goal|objective)\b"
    rf"|\b(?:i am|i'm|we are|as|this is) your {BOSS}\b|\bfrom your {BOSS}\b"
    rf"|\b(?:what|whatever|everything|anything) your {BOSS} (?:told|asked|instructed|taught)"
    r"|^\W*#+ ?(?:new |updated |real |system )?(?:instructions?|system|prompt|task)\W*$"
    r"|\byour (?:new )?(?:task|role|system prompt|instructions|job|purpose) (?:is now|are now"
    r"|has changed|have changed|has been changed|have been (?:changed|replaced|updated)"
    r"|from now on|henceforth|here is|is to (?:summari[sz]e|report|output|write|say))\b"
    rf"|{START}(?:new|real|actual|updated|revised|additional|further) (?:task|instructions?"
    rf"|prompt|objective|directives?)\s*: *(?:please )?"
    rf"(?:{COMMAND}|{FORGET}|translate|summari[sz]e|describe|tell|you)\b"
    rf"|\b(?:{THIS}|th(?:is|ese) (?:lines?|words?|instructions?|rules)|the (?:{TEXT}|lines?)"
    r" (?:below|that follows)) (?:now |hereby )?(?:overrides?|replaces?|supersedes?|cancels?"
    r"|outranks?|(?:takes?|has|have) (?:precedence|priority) over|prevails? over) [^.]{0,20}?"
    r"\b(?:your \w{1,12}|(?:instructions?|prompts?)(?! (?:on|for|to|of|from|in|issued) ))\b"
    rf"|\byour {OLD} (?:prompt|instructions|task|orders|guidelines) (?:was|were|is|are)\b"
    rf"|{DO}(?:follow|obey|heed|comply with|execute|carry out)\b(?: only)?(?: the)?"
    r"(?: following (?:instructions?|commands?|directives?|orders?)| (?:instructions?|commands?"
    r"|directives?|orders?|text) (?:in this|below))"
    r"|\b(?:instead of|rather than|(?:and )?not(?: as)?) your (?:system )?(?:prompt|instructions"
    r"|guidelines)\b"
    rf"|{DO}(?:reset|clear|wipe|erase|delete|rewrite|update) your (?:\w{{1,10}} )?(?:instructions"
    r"|memory|context|prompt|rules)\b"
    r"|^\W*prompt ?: *(?:you\b|summari[sz]e|report|write)"
    # a program that acts
    rf"|{DO}(?:run|execute) (?:the following|this) (?:code|command|script|program)"
    rf"|{DO}(?:call|invoke|use) the (?:tool|function) \w"
    rf"|{DO}(?:e-?mail|send|post|forward|upload) (?:the|your|this) (?:summary|conversation|output"
    r"|prompt|system prompt|api key|chat|context|data you)\b"
    rf"|{DO}(?:open|visit|fetch|browse|go to|load) \W?https?:"
    # labels of such instructions, and speaker labels of a conversation with a model
    r"|^\W*(?:(?:system|developer|admin(?:istrator)?|operator) (?:override|prompt|message|note"
    r"|directive|instruction|command|notice)s?|override(?: code)?)\s*[:!\]]"
    r"|^\W*(?:end|begin(?:ning)?|start) (?:of )?(?:the )?(?:system|user|developer|assistant) "
    r"(?:prompt|message|input|instructions?|turn)\b"
    rf"|^\W*(?:#+ *)?(?:system|instructions?|developer) ?: *(?:{ANSWER}|{OBEY}|you\b|{FORGET}"
    rf"|{REVEAL}|{COMMAND})"
    r"|^\W*(?:#+ *)?(?:human|user) ?: *(?:leak|ignore|output|print|reveal|tell me)\b"
    rf"|\b(?:from now on|henceforth|from this point(?: on(?:ward)?)?|from here on),? "
    r"(?:please\b|you are\b|(?:(?:you|must|should|shall|will|may|can|are to|only|never|always"
    rf"|do not|don['’]t) ){{0,3}}(?:{DO_TASK}|{ANSWER}|speak|talk|act|think|behave|refer|pretend)\b"
    rf"|your (?:{REPLY}|task|job|role|name)\b)"
    r"|\b(?:everything|all|the text|anything|nothing|all text) (?:written |said |stated )?"
    r"(?:above|below|before|preceding)(?: this(?: \w{1,10})?)? (?:is|was|has been|are|should"
    r" be|must be|can be) (?:\w{1,10} )?(?:fiction|fictional|false|a test|test|fabricated|void"
    r"|a draft|satire|ignored|disregarded|discarded|retracted|irrelevant|obsolete|outdated|dummy"
    r"|superseded)"
)

# --- who is addressed
_ABOUT_READER = (
    # A call such as "Note to AI systems: …" or "Attention, language models! …", also in brackets
    rf"^\W*{CALL}\b(?: from [^:.!]{{1,40}}| {READING} [^:.!]{{1,40}})?\s*(?:[:!\]]| [—–-] )"
    rf"|^\W*@?(?:{CALL}|{READER})\s*[:,!—–-]\s*(?:{COMMAND}|{FORGET}|you\b"
    rf"|(?:in|for|on|under|within) (?:the|your) (?:{REPLY}|(?:list|section|field)s? (?:of|for)))"
    rf"|^\W*(?:hey|hello|hi|psst|listen|look|dear|okay|ok|yo),? {READER}\s*[,:!]|^\W*@{READER} "
    rf"|^\W*{READER}(?:'s)?[ -](?:only )?(?:new )?(?:instructions?|notes?|directives?|prompts?"
    rf"|notice|orders?)\s*:"
    r"|^\W*(?:[\w.]{1,10} ){0,2}(?:to|for) (?:all |any )?(?:robots|machines|crawlers|bots|scrapers"
    r"|algorithms|parsers)\s*[:!—]"
    rf"|{DO}(?:tell|inform|let|warn|remind|advise|notify|assure|convince|persuade) "
    rf"(?:(?:your|the) (?:{BOSS}|readers? of your|person (?:who|you))|who(?:m)?ever asked)\b"
    rf"|{DO}(?:reveal|mention|disclose|show|repeat|quote) (?:this (?:note|instruction|message"
    r"|prompt|paragraph|text)|that you (?:read|saw|were)|these (?:instructions|lines|words))"
    r"|\bkeep (?:this|these) (?:instructions?|notes?|prompt|paragraph|lines?) (?:secret|hidden|to"
    r" yourself)"
    rf"|^\W*(?:dear )?{READER}\s*[,:—–-] (?:(?:please|kindly|do|now|just|always|never|only) "
    rf"|{DO_TASK} |(?:your|my|our) {REPLY})"
    rf"|\b(?:{READER}|{THING}) (?:\w{{1,12}} )?{READING} (?:{THIS}|this|it)\b[^.]{{0,30}}?"
    rf"(?:\b{MUST}\b|:)"
    rf"|\b(?:whoever|whatever|anyone|anything|any(?: \w{{1,12}})?|every(?: \w{{1,12}})?) "
    rf"{READING} (?:{THIS}|this) (?:as|with|by|using|for) {A_PROGRAM}"
    rf"|{START}(?:you are|you['’]re|act as|pretend to be|you will be|imagine you are|become"
    rf"|you will act as|behave (?:as|like)) (?:now )?(?:no longer )?{A_PROGRAM}"
    rf"|\byou are (?:now|hereby|henceforth) {A_PROGRAM}"
    rf"|\b(?:if|in case|should|provided|assuming|whenever|since|because|supposing)(?: that)? "
    rf"(?:you(?:['’]re| are| be| happen to be)(?: indeed| actually| in fact)? |being )"
    rf"(?:{A_PROGRAM}|not (?:an? )?human|reading this (?:as|through|with|on behalf of) )"
    rf"|\b(?:if|when) (?:this|it|this {TEXT}) (?:is|was|has been) (?:being )?(?:read|processed"
    rf"|summari[sz]ed|parsed|analy[sz]ed|handled|ingested) by {A_PROGRAM}"
    rf"|\b(?:if|as|since) (?:you are )?an? {PROGRAM},? (?:(?:language )?model,? )?(?:you|please"
    rf"|{ANSWER}|{FORGET})\b"
    rf"|{START}you are (?:now )?(?:in (?:developer|debug|admin|maintenance|test|god) mode"
    rf"|{PRODUCT})\b"
    r"|\b(?:enter|switch to|enable|activate) (?:developer|debug|admin|maintenance|god"
    r"|unrestricted|dan|jailbreak) mode\b"
    rf"|\bth(?:is|ese|e following) (?:{TEXT}|instruction|sentence|word|block|comment)s? "
    rf"(?:is|are) (?:[\w-]{{1,12}} ){{0,4}}?(?:for|to|at) (?:[\w-]{{1,12}} ){{0,3}}?"
    rf"(?:{READER}|{THING})\b"
    r"|\bhuman(?:s| readers| beings| eyes)? (?:may|can|should|need not|(?:do not|don['’]t) need to"
    r"|are free to) (?:safely )?(?:ignore|skip|disregard|overlook)(?: \w{1,10})? "
    r"(?:this|these|what follows|the (?:following|next|rest|text|note|paragraph|line|part)\b)"
    rf"|\b(?:your|the) {BOSS} (?:now )?"
    r"(?:wants?|asks?|needs?|has asked|have asked|expects?|requires?|instructs?|has instructed|"
    r"has authori[sz]ed) (?:you\b|an? (?:empty|blank)|your |the summary)"
    rf"|^\W*(?:for|to|as for) (?:any|all|every|the) (?:{READER}|{THING}) {READING}\b"
    r"|^\W*(?:#+ *)?assistant ?: *(?:sure|certainly|of course|okay|ok|here|i|yes|understood)\b"
)

# --- its answer
_ABOUT_ANSWER = (
    rf"{DO}{PUT}\b[^.]{{0,80}}?\byour {REPLY}\b|^\W*(?:in|throughout|within|for|as for|"
    rf"(?:for the purposes?|at the (?:top|start|beginning|end)) of) your {REPLY}\b"
    rf"|^\W*your (?:final |only |whole )?{REPLY}\s*:"
    rf"|\bthe (?:gist|json|{OUTPUT}) (?:must|should|shall|has to|is to|needs? to|may|can)"
    r"(?: not| never| only)? (?:say|state|include|mention|contain|read|name|list|call|omit|conclude"
    r"|exclude)\b"
    rf"|^\W*(?:in|for|as) the {OUTPUT}\s*,? (?:please )?(?:{DO_TASK}|do not|never)\b"
    rf"|\bin what you (?:write|say|output|return|answer)\b"
    rf"|\b(?:from|to|into|in) the (?:json|gist)\b"
    rf"|\bas the (?:gist|actor)\b|^\W*(?:for|as|under) (?:the )?(?:actor|target|gist|trigger"
    rf"|stance) ?, (?:use|write|put|say|give|enter)\b"
    rf"|\byour {OUTPUT} (?:must|should|shall|has to|have to|is to|needs? to|may not)\b"
    rf"|\b(?:essential|important|vital|crucial|imperative|necessary|required) that your {REPLY}"
    rf"(?: does not| do not)? {TELL}s?\b"
    rf"|\b(?:before|when|after|as|while) you (?:write|produce|give|finish|output|return|prepare"
    rf"|create|generate) (?:your|the|a) {OUTPUT}\b"
    rf"|\b(?:{STATEMENT}|actor|target|gist|[\w-]{{1,12}}) (?:field|array|key|list|object) "
    rf"(?:must|should|shall|has to|is to|needs to|may) (?:not )?(?:be|stay|remain|contain|have"
    rf"|hold)\b[^.]{{0,20}}?(?:empty|blank|null|\[\]|only|exactly|nothing)"
    rf"|\bthe (?:object|array|list|answer|reply) (?:that |which )?you (?:\w{{1,10}} )?"
    rf"(?:output|return|produce|generate|emit)\b"
    rf"|\b(?:must|should|shall|may|can|is to|are to|does|do|belongs?|appears?)(?: not| never)? "
    rf"(?:appear |be (?:\w{{1,12}} )?|have any place |belong |occur |go )?"
    rf"(?:in|into|from|out of) (?:your|the|any) {OUTPUT}\b"
    rf"|\b(?:your|any|every|each|all) {OUTPUT}(?: (?:of|for|based on) {THIS})? "
    rf"(?:must|should|shall|has to|have to|is to|are to|needs? to|may not|ought to|will)"
    rf"(?: not| never| only)? {TELL}\b"
    rf"|\b{OUTPUT} (?:of|for) {THIS} (?:must|should|shall|ha(?:s|ve) to|is to|are to|needs? to"
    rf"|may not|ought to)"
    rf"(?: not| never| only)? {TELL}\b"
    rf"|\b(?:the|any|every|whatever) {OUTPUT} (?:that |which )?you (?:\w{{1,10}} )?{GIVE}"
    rf"|{DO}[^.]{{0,60}}?\bthe {REPLY} (?:that |which )?you (?:\w{{1,10}} )?{GIVE}"
    rf"|\bthe (?:only )?(?:correct|right|expected|required|desired|proper) {OUTPUT}"
    rf"(?: (?:of|for) {THIS})?(?: is|:| reads)"
)
_ABOUT_CONTENT = (
    rf"{DO}{ANSWER}\b.{{0,40}}?\b{EMPTY}"
    rf"|{DO}{CLASSIFY}\b[^.]{{0,80}}?\bas (?:an? |the )?(?:[\w-]{{1,12}} ){{0,2}}?"
    rf"{STATEMENT}\b"
    rf"|{DO}(?:set|use|give|assign|put|fill(?: in)?|make|leave)\b[^.]{{0,30}}?\b{FIELD}\b"
    rf"|{DO}{ANSWER}\b[^.]{{0,20}}?(?:\[\s*\]|\{{)"
    rf"|{DO}(?:answer|reply|respond)\b (?:only |just |me )?(?:with|in|by) (?:only |just |exactly "
    r"|nothing but )?(?:the (?:single )?(?:word|phrase|sentence)|one word|ok\b|json|yes|no\b)"
    rf"|{YOU}(?:extract|summari[sz]e|output|classify|list|report|mention|record)\b[^.]{{0,40}}?"
    rf"\b(?:in|from|of) {THIS}"
    rf"|{DO}(?:leave|keep|make)\b[^.]{{0,30}}?\b(?:array|list|object|field)\b[^.]{{0,10}}?"
    r"\b(?:empty|blank)\b"
    rf"|{DO}(?:begin|start|end|finish|open|close) (?:with|by saying) the (?:exact )?(?:word|phrase"
    r"|sentence|line|text)s?\b"
    rf"|{DO}(?:invent|fabricate|make up|hallucinate|add|insert|cite) (?:an? |some |one |the )"
    rf"(?:\w{{1,12}} )?{STATEMENT}\b"
    rf"|{DO}(?:replace|change|swap|rewrite) (?:every|all|any|each) (?:mention|occurrence|reference"
    r"|instance)s? (?:of|to)\b"
    rf"|{DO}attribute (?:the following|this|these|what follows)\b"
    rf"|{START}(?:pretend that|act as if)\b"
    rf"|{START}(?:output|print|emit|respond with|reply with|answer with|return) (?:exactly|only"
    r"|just|nothing but|(?:only |just |exactly )?the (?:word|phrase|sentence|string|following|text)"
    r"s?)\b"
)

# --- what it is doing
_ABOUT_WORK = (
    rf"\b(?:when|while|before|after|in|once) (?:you )?(?:are )?{READING} "
    rf"(?:{THIS}|this|it|the {TEXT})\b,? (?:please |you must |always |only )?"
    rf"(?:{COMMAND}|{FORGET})"
    rf"|\b(?:when|whenever|once|before|after|as|while|if) (?:asked to |told to "
    rf"|you (?:\w{{1,8}} ){{0,2}}(?:are asked to )?){SUMMARISE}(?:e?d)? "
    rf"(?:this|it|the {TEXT}|these)\b"
    rf"|^\W*(?:when|while|in) {SUMMARISING}\b[^.,]{{0,40}}, (?:please |you |do not |always )?"
    rf"(?:{COMMAND}|{FORGET}|must|should)"
    rf"|{START}(?:do not|don['’]t|never|stop|refuse to|cease) (?:{SUMMARISE}|{SUMMARISING}) "
    rf"(?:this|the (?:{TEXT}|rest)|any|anything|it|further|what)\b"
    rf"|{START}(?:stop|cease) (?:reading|{SUMMARISING})(?: here| now)?\s*(?:[.!;:,]|$)"
    rf"|{START}(?:summari[sz]e|describe|translate|rewrite) {THIS} (?:as|so that|to say|and say)\b"
    rf"|{DO}(?:summari[sz]e|output|classify|paraphrase) (?:it|this|the (?:article|text|above)) "
    r"(?:as|so|only|in such)\b"
    rf"|\b(?:{THIS}|the (?:rest|remainder) of (?:this|the) {TEXT}|this) (?:is|are|must|should|may)"
    r"(?: not| never)(?: to)? be (?:summari[sz]ed|parsed|paraphrased|extracted|ingested)\b"
    rf"|{START}[^.,]{{0,60}}?\b(?:instead of|rather than) (?:answering|summari[sz]ing|replying"
    r"|extracting|responding)\s*(?:[.!]|$|it\b|this\b|the article\b)"
    rf"|^\W*(?:instead of|rather than) (?:answering|summari[sz]ing|replying|extracting|responding)"
    rf"[^.,]{{0,30}}, (?:please )?(?:{ANSWER}|{COMMAND}|{FORGET})\b"
    rf"|\b(?:{READER}|{THING}) (?:that|which|who) (?:scrapes?|crawls?|index(?:es)?|visits?"
    rf"|fetch(?:es)?|opens?|sees?|reads?|loads?) (?:this|these) [^.]{{0,30}}?\b{MUST}\b"
    rf"|{START}(?:decode|decrypt) (?:this|the following|it) and (?:then )?(?:follow|execute|obey"
    r"|run|comply|act)"
)

_IN_MARKUP = (
    r"<(?:system|instructions?|prompt|assistant|user|human)>|\[/?(?:inst|system|assistant|user)\]"
    r"|\"role\" ?: ?\"|^\W*role ?: ?(?:system|assistant|user)\b|^\W*(?:tool|function) "
    r"(?:result|call|output) ?:|<<sys>>|<\|\w{1,20}\|>"
    r"|(?:<!--|\{#|/\*|\[//\]: ?#|\[comment\]: ?|%%)[^>]{0,200}?"
    rf"\b(?:{READER}|summari[sz]\w{{1,3}}"
    r"|prompt|instructions?|json|output|ignore|disregard|you|your|extract|must|should)\b"
    # text that a reader does not see, and a model does
    r"|<[^<>]{0,200}(?:display: ?none|visibility: ?hidden|font-size: ?0|opacity: ?0)\b[^<>]{0,200}>"
    r"\W*\w"
    r"|<[^<>]{0,200}\bhidden\b[^<>]{0,200}>[^<]{0,200}?"
    rf"\b(?:{READER}|summar\w{{1,5}}|prompt|json|output|ignore|your|instructions?)\b"
)

RULES = (
    _ABOUT_INSTRUCTIONS,
    _ABOUT_READER,
    _ABOUT_ANSWER,
    _ABOUT_CONTENT,
    _ABOUT_WORK,
    ABOUT_ROLE,
    _IN_MARKUP,
)
"""The patterns of orders."""
