"""The parts of which English orders to a program consist, as regular expressions."""

from __future__ import annotations

__all__ = [
    "ANSWER",
    "A_PROGRAM",
    "BOSS",
    "CALL",
    "CLASSIFY",
    "COMMAND",
    "DO",
    "DO_TASK",
    "EMPTY",
    "FIELD",
    "FORGET",
    "GIVE",
    "MUST",
    "OBEY",
    "OLD",
    "OUTPUT",
    "PRODUCT",
    "PROGRAM",
    "PUT",
    "READER",
    "READING",
    "REPLY",
    "REVEAL",
    "START",
    "STATEMENT",
    "SUMMARISE",
    "SUMMARISING",
    "TELL",
    "TEXT",
    "THING",
    "THIS",
    "VOID",
    "YOU",
]

# --- who is addressed
PRODUCT = (
    r"(?:chat ?gpt|gpt(?:-?\d[\w.-]{0,8})?|claude|gemini|copilot|grok|llama|mistral|qwen|deepseek"
    r"|perplexity|bard|siri|alexa|dan)"
)
_KIND = (
    r"(?:ai|a\.i\.|artificial(?: intelligence)?|automat(?:ed|ic)|machine|virtual|digital"
    r"|text[- ]?(?:processing|reading)|(?:large )?language|neural|non-human|generative|foundation"
    r"|summari[sz](?:ation|ing)|reading|extraction)"
)
PROGRAM = (
    rf"(?:ais?|llms?|artificial intelligence|{PRODUCT}|chat ?bots?|bots|neural net(?:work)?s?"
    rf"|{_KIND}[- ](?:(?:language|news|text|media|content|reading) )?"
    r"(?:agents?|assistants?|models?|parsers?|programs?|readers?"
    r"|summari[sz]ers?|systems?|tools?|bots?|pipelines?|software|services?))"
)
_ONE_READER = rf"(?:{PROGRAM}|assistants?|summari[sz]ers?|models?|reader programs?)"
READER = (
    rf"(?:{_ONE_READER}(?:(?:,| and|,? or) (?:(?:all|any|other|the|every) ){{0,2}}{_ONE_READER})"
    rf"{{0,4}})"
)
# These are programs only where they read.
THING = (
    r"(?:machines?|software|algorithms?|robots?|crawlers?|scrapers?|programs?|computers?|tools?"
    r"|systems?|parsers?|agents?|pipelines?|bots?|spiders?)"
)
BOSS = r"(?:operator|user|developer|creator|principal|administrator|admin|maker|owner|engineer)s?"
CALL = (
    r"(?:attention|notes?|notice|message|memo|instructions?|reminder|warning|hint|dear|hey|hello"
    r"|hi|for|to|directive|orders?|addressed|psst|attn|p\.? ?s\.?)(?: (?:to|for))?[,:]? "
    rf"(?:(?:all|any|the|our|other|every|you|whatever|whichever) ){{0,3}}{READER}"
)

# --- where an imperative stands: at the beginning of a clause, or after "you must"
START = (
    rf"(?:^\W*(?:(?:{CALL}|{READER})[,:!]\s*)?|^[\W\d_]*"
    r"|[:;!?.…—–>*|\[(]\s*[\"“'‘«]?|\b(?:and|then|now|please|kindly|just|instead|but)[,:]? )"
)
YOU = (
    r"\byou (?:must|should|shall|will|are to|have to|need to|can|may)"
    r"(?: now| please| always| only| not| never| therefore| instead)? "
)
DO = (
    rf"(?:{START}(?:(?:now|please|kindly|immediately|do not|don['’]t|never|always|just|simply"
    rf"|be sure to|make sure to|remember to|instead|only|\w{{2,10}}ly)[, ]+){{0,3}}|{YOU})"
)

# --- its instructions
OLD = (
    r"(?:previous|prior|above|earlier|preceding|foregoing|existing|original|initial|your|system"
    r"|safety)"
)
_INSTRUCTIONS = (
    r"(?:instructions?|prompts?|directives|programming|system message|guidelines|guidance)"
)
_RULES = (
    r"(?:rules|directions|commands|context|orders|article|text|training|restrictions|constraints)"
)
_FILL = r"(?:(?:all|any|every|everything|the|of|these|those|my|and|other|whatever) ){0,6}"
_IGNORE = (
    r"(?:ignore|disregard|forget|override|bypass|discard|skip|set aside|put aside|cast aside"
    r"|leave aside|abandon|drop|erase|delete|cancel|overlook|neglect|suspend|unlearn|violate|scrap"
    r"|scratch|ditch|junk|do away with"
    r"|pay (?:no|little) (?:heed|attention|mind|regard) to|take no (?:notice|account) of"
    r"|give no weight to|have no regard for|think no more of|never mind|stop following"
    r"|(?:do not|don['’]t|no longer|never|cease to|stop) "
    r"(?:follow|obey|heed|observe|apply|comply with|adhere to|listen to|abide by|act on|mind))"
)
_OLD_ONES = rf"{_FILL}(?:{OLD} ){{1,4}}{_FILL}(?:{OLD} ){{0,4}}"
_NO_REPORT = r"(?! (?:to|of|from|by|on) )"
FORGET = (
    # "they met and dropped all previous restrictions" is news
    rf"(?:(?<!and ){_IGNORE} {_OLD_ONES}{_RULES}{_NO_REPORT}\b"
    rf"|{_IGNORE} (?:{_OLD_ONES}{_INSTRUCTIONS}{_NO_REPORT}"
    rf"|{_FILL}(?:your|system) (?:{OLD} ){{0,3}}{_RULES}{_NO_REPORT}"
    rf"|(?:(?:all|any|every|the|these|those|my|whatever) ){{1,4}}{_INSTRUCTIONS}"
    rf"(?: (?:above|before|you|(?:that|which) (?:you|came|were given|precede|preceded))"
    rf"|\s*[.!,;:]|$| and (?:output|say|answer|reply|respond|report|write|return|print))"
    rf"|(?:the|this|these) (?:article|page|document|story|rest of (?:this|the) \w{{1,10}})\s*"
    rf"(?:[.,;:!]|$|and\b|entirely|completely|altogether)"
    rf"|(?:the |any |all )?(?:rules|instructions?) in (?:your|the) (?:system )?prompt"
    rf"|(?:what|whatever|anything|everything) (?:the|your) {BOSS} (?:asked|told|said|wants?)"
    r"|(?:the|any|every|that|whatever) (?:brief|assignment|tasks?|job|requests?|questions?|orders?"
    r"|guidelines?|instructions?|prompts?|role) (?:that |which )?you (?:were|are|have been"
    r"|had been) (?:handed|given|assigned|set|sent|shown|told)"
    r"|(?:everything|anything|all|the text|the article|what|whatever)(?: that)?"
    r" (?:above|before this|before\W*$|before[,;.]|precedes|came before|you (?:were|have been)"
    r" (?:told|asked|instructed)|your (?:system )?prompt (?:says|said))\b))"
)
VOID = (
    rf"\b(?:(?:{OLD} |all |any ){{1,4}}(?:instructions?|prompts?)"
    r"(?: (?:given|above|you \w{1,10}|you have \w{1,10}))? (?:are|is|were|have been|has been) "
    r"(?:now |hereby )?(?:void|cancelled|canceled|superseded|no longer valid|obsolete|revoked"
    r"|suspended|overridden|withdrawn|replaced|outdated|lifted|null)"
    r"|(?:instructions?|rules|prompts?|guidelines) (?:that |which )?you (?:have |had |were )?"
    r"(?:been )?(?:received?|given|got|read|have)\b"
    rf"|(?:consider|regard|treat) (?:the |all |any |your )?(?:{OLD} |all |any ){{1,4}}"
    r"(?:instructions?|prompts?|guidelines) (?:as )?(?:void|cancelled|canceled|superseded|obsolete"
    r"|revoked|suspended|withdrawn|null|outdated|deleted))\b"
)
REVEAL = (
    r"(?:output|print|reveal|repeat|show|leak|disclose|quote) (?:me )?(?:all )?(?:of )?(?:your"
    r"|the system)"
    r" (?:full |entire |whole |initial |hidden )?(?:system )?(?:prompt|instructions|message|key"
    r"|rules)\b"
)

# --- its answer
ANSWER = (
    r"(?:output|print|return|respond|reply|answer|write|generate|produce|say|report|extract|list"
    r"|add|emit|record|give|provide|deliver|submit|find)"
)
STATEMENT = r"(?:threats?|statements?|positions?|conditions?|agreements?|demands?|claims?|gist)"
EMPTY = (
    r"(?:(?:an? )?(?:empty|blank) (?:list|array|object|answer|reply|response|summary|json|result)"
    r"s?|(?:only |just |valid )?(?:the )?(?:following )?json\b|nothing (?:else|at all)|verbatim"
    rf"|(?:no|zero|not (?:one|a single)) (?:[\w-]{{1,12}} )?{STATEMENT}"
    r"|(?:in|as|to|into|from) (?:the|your) (?:gist|summary|output|statements|reply|json))"
)
COMMAND = (
    rf"(?:(?:please|do not|don['’]t|never) ){{0,2}}(?:{ANSWER}|include|state|mention|ignore|skip"
    r"|omit|leave out|drop|mark|treat|describe|tell|translate|summari[sz]e|set|use|keep|classify"
    r"|label|assume|note|present|portray|focus on|conclude|count|put|exclude)"
    r" (?:that|only|no|nothing|with|the|an?|any|all|in|this|out|it|every|each)\b"
)
DO_TASK = (
    r"(?:say|state|report|list|add|write|answer|reply|respond|return|output|print|extract|record"
    r"|omit|skip|ignore|forget|leave|drop|treat|mark|praise|describe|mention|include|exclude|enter"
    r"|put|set|call|name|note|translate|summari[sz]e|classify|label|count|make|keep)"
)
REPLY = (
    r"(?:answers?|outputs?|summar(?:y|ies)|reply|replies|responses?|gist|json|extraction|digest"
    r"|abstract|recap)"
)
OUTPUT = r"(?:summar(?:y|ies)|output|gist|json|extraction|digest|abstract|recap)"
GIVE = r"(?:return|produce|write|give|generate|output|create|make|build|compose|emit|prepare|send)"
PUT = (
    r"(?:begin|start|end|finish|open|close|include|add|mention|write|say|state|put|leave|keep|omit"
    r"|exclude|ensure|make sure|see to it|set|use|insert|append|place|drop|remove|strip|phrase"
    r"|fill|limit|restrict|note|make|let|have|conclude|feature|highlight)"
)
CLASSIFY = (
    r"(?:record|classify|mark|treat|count|label|list|report|log|code|register|tag|annotate|extract"
    r"|enter|file|present|interpret|read|regard|consider)"
)
FIELD = (
    r"(?:confidence|json|schema|array|actor field|target field|[\w-]{1,12} field|null|placeholder"
    r"|stance to|status to)"
)
OBEY = r"(?:obey|comply|decode and obey)\b"

# --- what it is doing
TEXT = (
    r"(?:article|text|report|document|page|story|message|paragraph|note|passage|piece|item"
    r"|dispatch|news|input|content|excerpt|section|line)"
)
THIS = rf"(?:this|the following|the (?:above|preceding)|these) {TEXT}s?"
SUMMARISE = (
    r"(?:summari[sz]e|process|analy[sz]e|parse|extract|classify|translate|condense|annotate"
    r"|digest|paraphrase|ingest|index)"
)
SUMMARISING = (
    r"(?:processing|analy[sz]ing|summari[sz]ing|parsing|extracting|condensing|translating"
    r"|paraphrasing|ingesting|digesting|classifying|annotating)"
)
READING = (
    rf"(?:reading|{SUMMARISING}"
    r"|(?:that|which|who) (?:(?:now |currently )?(?:reads?|process(?:es)?|summari[sz]es?"
    r"|analy[sz]es?|parses?|translates?|ingests?)"
    r"|(?:is|are) (?:now |currently )?(?:reading|processing|summari[sz]ing|parsing)))"
)
MUST = (
    r"(?:must|should|shall|ought to|(?:is|are) (?:hereby |kindly )?(?:to|required|instructed"
    r"|ordered|asked|requested|advised|directed|told|reminded)|has to|have to|needs? to|please"
    r"|will (?:now|only))"
)
TELL = (
    r"(?:say|state|include|mention|contain|report|read|note|name|list|describe|call|omit|leave"
    r"|begin|end|open|be|conclude|exclude|avoid|portray|present|show|depict|claim|assert|declare"
    r"|consist|reflect|treat|skip|give)"
)
_AFTER_NOUN = (
    r"\b(?=\s*(?:[.,;:!?)\]\"”—–-]|$|(?:that|which|who|whose|with|without|tasked|trained|designed"
    r"|made|built|and|now|called|named|reading|processing|asked|told|you|please|or|of"
    r"|summari[sz]ing|not|from|for|here|then|ignore|report|write|say|do|your|working|should|must"
    r"|shall|will|has|have|is|are|can)\b))"
)
A_PROGRAM = rf"(?:an?|the|my|some|any|such an?) (?:[\w-]{{1,20}} ){{0,3}}?{READER}{_AFTER_NOUN}"
