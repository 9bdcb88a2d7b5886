"""Detection of passages that give orders to the program that reads the article.

An order is an imperative, or addresses the reader as "you", and concerns the program's own
work: its instructions, its answer, this text. News about such programs, about instructions or
about rules uses the same words in another form, as does news that quotes an order.
"""

from __future__ import annotations

import re
import unicodedata

from communique.article import Article

__all__ = ["passages_to_programs"]

# --- who is addressed
_KIND = (
    r"(?:AI|A\.I\.|artificial|automat(?:ed|ic)|machine|virtual|digital|text[- ]?(?:processing"
    r"|reading)"
    r"|language|large language|neural)"
)
_PROGRAM = (
    rf"(?:AIs?|LLMs?|GPTs?|ChatGPT|Claude|Gemini|chat ?bots?|bots"
    rf"|{_KIND}[- ](?:language )?(?:agents?"
    r"|assistants?|models?|parsers?|programs?|readers?|summari[sz]ers?|systems?|tools?|bots?))"
)
_READER = rf"(?:{_PROGRAM}|assistants?|summari[sz]ers?|models?|DAN)"

_CALL = (
    r"(?:attention|notes?|notice|message|memo|instructions?|reminder|warning|hint|dear|hey|hello"
    r"|hi|for"
    rf"|to)(?: (?:to|for))?[,:]? (?:(?:all|any|the|our|other|every|you) ){{0,3}}{_READER}"
)

# --- where an imperative stands: at the beginning of a clause, or after "you must"
_START = (
    rf"(?:^\W*(?:(?:{_CALL}|{_READER})[,:!]\s*)?|^[\W\d_]*"
    r"|[:;!?.…—–>*|\[(]\s*[\"“'‘«]?|\b(?:and|then|now|please|kindly|just|instead)[,:]? )"
)
_YOU = (
    r"\byou (?:must|should|shall|will|are to|have to|need to|can)(?: now| please| always| only)? "
)
_DO = (
    rf"(?:{_START}(?:(?:now|please|kindly|immediately|do not|don['’]t|never|always"
    rf"|just)[, ]+){{0,3}}|{_YOU})"
)

# --- what only a program would be told to do
_OLD = (
    r"(?:previous|prior|above|earlier|preceding|foregoing|existing|original|initial|your|system"
    r"|safety)"
)
_INSTRUCTIONS = r"(?:instructions?|prompts?|directives|programming|system message|guidelines)"
_RULES = r"(?:rules|directions|commands|context|orders|article|text|training|restrictions)"
_FILL = r"(?:(?:all|any|every|everything|the|of|these|those|my|and|other) ){0,6}"
_FORGET = (
    r"(?:ignore|disregard|forget|override|bypass|discard|skip)"
    rf" (?:{_FILL}(?:{_OLD} ){{1,4}}{_FILL}(?:{_OLD} ){{0,4}}(?:{_INSTRUCTIONS}|{_RULES})"
    r"(?! (?:to|of|from|by|on) )"
    rf"|(?:(?:all|any|every|the|these|those|my) ){{1,4}}{_INSTRUCTIONS}(?: (?:above|before|you)"
    rf"|\s*[.!,;:]|$| and "
    rf"(?:output|say|answer|reply|respond|report|write|return|print))"
    r"|(?:everything|anything|all|the text|the article) (?:above|before|you (?:were"
    r"|have been) told))\b"
)
_ANSWER = (
    r"(?:output|print|return|respond|reply|answer|write|generate|produce|say|report|extract|list"
    r"|add)"
)
_EMPTY = (
    r"(?:(?:an? )?(?:empty|blank) (?:list|array|object|answer|reply|response|summary|json)s?"
    r"|(?:only |just )?(?:the )?(?:following )?json\b|nothing (?:else|at all)|verbatim"
    r"|no (?:threats?|statements?|positions?|conditions?|agreements?|gist)"
    r"|(?:in|as|to) (?:the|your) (?:gist|summary|output|statements|reply))"
)
_COMMAND = (
    rf"(?:(?:please|do not|don['’]t|never) ){{0,2}}(?:{_ANSWER}|include|state|mention|ignore|skip)"
    r" (?:that|only|no|nothing|with|the|an?|any|all|in)\b"
)
_REPLY = r"(?:answer|output|summary|reply|response|gist)"
_REVEAL = (
    r"(?:output|print|reveal|repeat|show|leak|disclose|quote) (?:me )?(?:all )?(?:of )?(?:your"
    r"|the system)"
    r" (?:full |entire |whole |initial |hidden )?(?:system )?(?:prompt|instructions|message|key"
    r"|rules)\b"
)
_OBEY = r"(?:obey|comply|decode and obey)\b"
_WORK = rf"(?:{_FORGET}|{_REVEAL}|{_ANSWER}\b.{{0,40}}?\b{_EMPTY})"

# --- what it is doing
_THIS = r"this (?:article|text|report|document|page|story|message|paragraph|note|passage)"
_READING = (
    r"(?:reading|processing|analy[sz]ing|summari[sz]ing|parsing"
    r"|(?:that|which|who) (?:reads?|process(?:es)?|summari[sz]es?|analy[sz]es?|parses?))"
)
_MUST = (
    r"(?:must|should|shall|(?:is|are) (?:to|required|instructed|ordered)|has to|have to|needs? to"
    r"|please)"
)
_AFTER_NOUN = (
    r"\b(?=\s*(?:[.,;:!?)\]\"”—–-]|$|(?:that|which|who|whose|with|without|tasked|trained|designed"
    r"|made|built"
    r"|and|now|called|named)\b))"
)
_ORDER = re.compile(
    rf"{_DO}{_WORK}"
    # A call such as "Note to AI systems: …" or "Attention, language models! …", also in brackets
    rf"|^\W*{_CALL}\b(?: from [^:.!]{{1,40}}| {_READING} [^:.!]{{1,40}})?\s*(?:[:!\]]| [—–-] )"
    rf"|^\W*(?:{_CALL}|{_READER})\s*[:,!]\s*(?:{_COMMAND}|{_FORGET}|you\b)"
    rf"|\b{_READER} (?:\w+ )?{_READING} {_THIS}\b[^.]{{0,30}}?(?:\b{_MUST}\b|:)"
    rf"|{_START}(?:you are|you['’]re|act as|pretend to be|you will be"
    rf"|become) (?:now )?(?:no longer )?(?:an?|the|my) "
    rf"(?:[\w-]+ ){{0,3}}?{_READER}{_AFTER_NOUN}"
    rf"|\byou are now (?:an?|the"
    rf"|my) (?:[\w-]+ ){{0,3}}?{_READER}{_AFTER_NOUN}"
    rf"|\b(?:if|as|since) (?:you are )?an? {_PROGRAM},? (?:(?:language )?model,? )?(?:you|please"
    rf"|{_ANSWER}|{_FORGET})\b"
    r"|\byour (?:new )?(?:task|role|system prompt|instructions) (?:is now|are now|has changed"
    r"|have changed"
    r"|has been changed|have been (?:changed|replaced|updated))\b"
    rf"|{_START}(?:new|real|actual|updated) (?:task|instructions?|prompt"
    rf"|objective)\s*: *(?:please )?"
    rf"(?:{_COMMAND}|{_FORGET}|translate|summari[sz]e|describe|tell|you)\b"
    # about the program's answer
    rf"|{_DO}(?:begin|start|end|finish|include|add|mention|write|say|state|put|leave|keep|omit"
    rf"|exclude)\b"
    rf"[^.]{{0,60}}?\byour {_REPLY}\b|^\W*in your {_REPLY},"
    rf"|\b(?:when|while|before|after) (?:you )?(?:are )?{_READING} {_THIS},? (?:please )?{_COMMAND}"
    rf"|{_START}you are (?:now )?(?:ChatGPT|GPT|Claude|Gemini|DAN)\b"
    r"|<(?:system|instructions?|prompt|assistant)>|\[INST\]|<<SYS>>|<\|(?:im_start|system)\|>"
    rf"|{_START}(?:summari[sz]e|describe|translate|rewrite) {_THIS} (?:as|so that|to say|and say)\b"
    r"|^\W*system (?:override|prompt|message)\s*[:!\]]"
    # Speaker labels of a conversation with a model
    rf"|^\W*(?:#+ *)?(?:system|instructions?) ?: *(?:{_ANSWER}|{_OBEY}|you\b|{_FORGET}|{_REVEAL})"
    r"|^\W*(?:#+ *)?assistant ?: *(?:sure|certainly|of course|okay|ok|here|I|yes|understood)\b"
    r"|^\W*(?:#+ *)?(?:human|user) ?: *(?:leak|ignore|output|print|reveal|tell me)\b",
    re.IGNORECASE,
)
# The same in other languages, where the verb form, the object, or both mark an order
_ORDER_ELSEWHERE = re.compile(
    # Spanish, Portuguese, Italian
    r"(?:^|[:;.!?¡¿—«“\"] ?|\by |\bpor favor,? )(?:ignor[ae]n?|olvid[ae]n?|desatiend[ae]n?"
    r"|esque[çc][ae]m?"
    r"|ignor[ae]m?|desconsider[ae]m?|ignorate|dimentica(?:te)?)(?: de)?"
    r" (?:(?:todas?|todos?|tutte|le|as|os|las|los|tus|sus|suas) )*(?:instrucciones|órdenes|reglas"
    r"|indicaciones"
    r"|instruções|ordens|regras|istruzioni|regole)"
    r" (?:anteriores|previas|prévias|precedenti|de arriba|acima|dadas|recibidas|del sistema"
    r"|do sistema)"
    r"|(?:^|[:;.!?¡¿—«“\"] ?)(?:ignora|olvida|desatiende) (?:todas )?tus instrucciones\b"
    # French
    r"|\bn['’]obéis(?:sez)? (?:plus|pas) à (?:tes|vos|ces) (?:consignes|instructions)\b"
    r"|(?:^|[:;.!?—«“\"] ?|\bet |\bveuillez )(?:ignor|oubli)(?:ez|er|e) (?:toutes )?(?:les|vos|tes)"
    r" (?:consignes|instructions|règles) (?:ci-dessus|précédentes|antérieures|données|reçues"
    r"|du système)"
    # German
    r"|(?:^|[:;.!?—„“\"»] ?|\bund |\bbitte )(?:ignorier(?:e|en Sie|t)?|vergiss|vergesst"
    r"|vergessen Sie"
    r"|missachte(?:n Sie)?) (?:(?:deine|die|ihre) )?"
    r"(?:(?:alle|sämtliche|bisherigen|vorherigen|obigen|vorigen) )+"
    r"(?:Anweisungen|Regeln|Instruktionen|Vorgaben|Befehle)"
    # Ukrainian, Russian, Polish
    r"|(?:^|[:;.!?—«“\"] ?|\bі |\bи |\bта )(?:ігноруй|игнорируй|забудь|проігноруй"
    r"|проигнорируй)(?:те)?"
    r" (?:(?:усі|всі|все|попередні|предыдущие|ваші|твої|свои|твои|ваши) )*"
    r"(?:інструкції|вказівки|правила|инструкции|указания)"
    r"|(?:^|[:;.!?—„“\"] ?|\bi )(?:zignoruj|ignoruj|zapomnij)(?:cie)? (?:o )?(?:(?:wszystkie"
    r"|wszystkich|poprzednie"
    r"|poprzednich|powyższe) )+(?:instrukcje|instrukcji|polecenia|poleceniach)"
    # Dutch, Indonesian, Vietnamese, Hebrew
    r"|(?:^|[:;.!?—„“\"] ?|\ben )(?:negeer|vergeet) (?:alle |al je )?(?:voorgaande|vorige|eerdere"
    r"|bovenstaande) (?:instructies|aanwijzingen|opdrachten)"
    r"|(?:^|[:;.!?—“\"] ?)abaikan (?:semua )?(?:instruksi|perintah) (?:sebelumnya|di atas)"
    r"|(?:^|[:;.!?—“\"] ?)(?:hãy )?bỏ qua (?:mọi|tất cả|các) (?:hướng dẫn|chỉ dẫn) (?:trước|ở trên)"
    r"|(?:^|[:;.!?—“\"] ?)(?:התעלם|התעלמי|התעלמו) מ(?:כל )?(?:ה)?הוראות (?:הקודמות|שלעיל)"
    # Turkish
    r"|(?:önceki|yukarıdaki) (?:tüm |bütün )?(?:talimatları|komutları) (?:yok say|unut"
    r"|görmezden gel)"
    # Arabic, Hindi
    r"|(?:^|[:؛.!؟«“\"،] ?)(?:من فضلك )?(?:تجاهل|انس|تجاهلوا) (?:كل |جميع )?(?:التعليمات|الأوامر)"
    r"|(?:पिछले|उपरोक्त|पहले के) (?:सभी )?(?:निर्देशों|आदेशों) को (?:अनदेखा|नज़रअंदाज़) कर(?:ें|ो"
    r"|िए)"
    # Chinese, Japanese, Korean
    r"|(?:不要|别|勿)(?:遵守|遵循|理会)(?:之前|以上|所有|先前|上述|前面|的)+(?:指示|指令|提示)"
    r"|(?:^|[，。！？：；、“「]|请|請|并|並|现在)(?:忽略|无视|無視|忘记|忘記)"
    r"(?:之前|以上|所有|先前|上述|前面|一切|的)+(?:指示|指令|提示|规则|規則)"
    r"|(?:これまで|上記|以前|前)の(?:すべての|全ての)?(?:指示|命令)(?:を|は)(?:すべて|全て)?無視"
    r"(?:して(?:ください|下さい|。|、[^。]*(?:ください|下さい|せよ|しろ|なさい))|せよ|しろ|しなさい)"
    r"|(?:이전|위의|앞의)\s?(?:모든 )?(?:지시|명령)(?:사항)?(?:를|을)?"
    r"\s?(?:모두 )?무시하(?:세요|십시오|라|고)",
    re.IGNORECASE,
)
# Every order has one of these words; in other languages, one of the beginnings of words below.
_CUES = frozenset(
    """
    ignore disregard forget override bypass discard skip
    output print reveal repeat show leak disclose quote
    return respond reply answer write generate produce say report extract list add
    ai ais llm llms gpt gpts chatgpt claude gemini dan chatbot chatbots bot bots
    agent agents assistant assistants model models parser parsers program programs reader readers
    summariser summarisers summarizer summarizers system systems tool tools
    your task prompt instruction instructions objective
    reading processing analysing analyzing summarising summarizing parsing reads read processes
    process summarises summarizes summarise summarize analyses analyzes analyse analyze parses parse
    describe translate rewrite inst sys im human user
    """.split()  # noqa: SIM905 easier to read than a list
)
_CUES_ELSEWHERE = (
    "instruc", "órdenes", "reglas", "indicaciones", "instruç", "ordens", "regras", "istruzioni",
    "regole", "consignes", "règles", "anweisung", "regeln", "instruktion", "vorgaben", "befehle",
    "інструкції", "вказівки", "правила", "инструкции", "указания", "instrukcj", "poleceni",
    "instructies", "aanwijzing", "opdracht", "instruksi", "perintah", "dẫn", "הוראות", "talimat",
    "komut", "التعليمات", "الأوامر", "निर्देशों", "आदेशों", "指示", "指令", "提示", "规则", "規則",
    "命令", "지시", "명령",
)  # fmt: skip
_QUOTED = re.compile(r"“[^”]*”|„[^“”]*[“”]|«[^»]*»|\"[^\"]*\"|「[^」]*」|『[^』]*』")
_FEWEST_LETTERS = 12
_SAYS = (
    r"(?:said|says|told|tells|warned|warns|urged|urges|demanded|demands|announced|added|asked"
    r"|insisted|advised|recommended|ordered|instructed|pleaded"
    r"|shouted|wrote|writes|typed)"
)
# ", the mayor told residents." and ", said the mayor.": one person is speaking to others
_TOLD = re.compile(
    rf"[,?!][\"”’»]? (?:(?:the|a|an|its|her"
    rf"|his) )?[\w’'-]+(?: [\w’'-]+){{0,4}}? {_SAYS}\b[^.,;:]{{0,50}}\.?$"
    rf"|[,?!][\"”’»]? {_SAYS} [^.,;:]{{1,50}}\.?$"
    r"|[،,][\"”»]? (?:قال|قالت|أضاف|أضافت|حذر|حث|صرح) [^.،]{1,50}\.?$"
)
# "…,” it said.": the speaker is a text that the article shows, not a person
_WRITTEN = re.compile(
    r"[,:.!?][\"”’»] (?:it|(?:the|a|an|one) (?:note|page|text|message|document|post|file|banner"
    r"|e-?mail|line|sign"
    rf"|article|comment|footer|caption)) (?:{_SAYS}|read|reads)\b"
)
_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n")
_LINE_END = re.compile(r"\n")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
# Greek and Cyrillic letters that look like Latin ones, used to disguise an order
_LOOKALIKES = str.maketrans(
    "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧαοιυνρАВЕКМНОРСТХаеорсухіѕј", "ABEZHIKMNOPTYXaoiuvpABEKMHOPCTXaeopcyxisj"
)
_WORD = re.compile(r"[^\W\d_]+")


def passages_to_programs(article: Article) -> frozenset[int]:
    """Return the indexes of the sentences in passages that give orders to a program.

    A passage begins with such an order and ends with its paragraph, or with the next paragraph
    if the first ends in a colon. A claim based on such sentences alone is what the author of
    the passage wants the model to claim.
    """
    paragraph_end = _EMPTY_LINE if _EMPTY_LINE.search(article.text.strip()) else _LINE_END
    found: set[int] = set()
    inside = False
    last = None
    for sentence in article.sentences:
        between = "" if last is None else article.text[last.end : sentence.start]
        if (
            inside
            and last
            and paragraph_end.search(between)
            and not last.text.endswith((":", "："))
        ):
            inside = False
        inside = inside or _is_order(sentence.text)
        if inside:
            found.add(sentence.index)
        last = sentence
    return frozenset(found)


def _is_order(sentence: str) -> bool:
    text = _undisguised(sentence)
    if not _has_order(text):
        return False
    if not _WRITTEN.search(text):  # an order from one person to another is news
        told = _QUOTED.sub("", text)
        if _TOLD.search(text):
            return False
        if sum(map(str.isalpha, told)) >= _FEWEST_LETTERS:
            text = told
    return _has_order(text)


def _has_order(text: str) -> bool:
    # To look for cues first takes a fifth of the time of the patterns, which nearly all news lacks.
    lower = text.lower()
    has_cue = not _CUES.isdisjoint(_WORD.findall(lower))
    if has_cue and _ORDER.search(text):
        return True
    return any(cue in lower for cue in _CUES_ELSEWHERE) and bool(_ORDER_ELSEWHERE.search(text))


def _undisguised(text: str) -> str:
    """Return the text on one line, without invisible characters and look-alike letters."""
    if text.isascii():
        return " ".join(text.split())
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(_WORD.sub(_in_one_script, text).split())


def _in_one_script(word: re.Match[str]) -> str:
    plain = word[0].translate(_LOOKALIKES)
    mixed = any(map(str.isascii, word[0]))
    return plain if mixed and plain.isascii() else word[0]
