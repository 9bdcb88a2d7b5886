"""Passages of an article that speak to the program that reads it, instead of reporting."""

from __future__ import annotations

import re

from communique.article import Article

__all__ = ["passages_to_programs"]

_PROGRAM = (
    r"(?:AIs?|A\.I\.|LLMs?|GPTs?|chat ?bots?|bots|language[- ]models?|large language models?"
    r"|(?:AI|automat(?:ed|ic)|artificial|machine|virtual|digital|text[- ]?(?:processing|reading))"
    r" (?:agents?|assistants?|models?|parsers?|programs?|readers?|summari[sz]ers?|systems?|tools?))"
)
# What a report about such programs does not say: an order to them, or what they are told to be.
_ORDER = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass) (?:(?:all|any|every|the|your|of|these|those"
    r"|previous|prior|above|earlier|preceding|foregoing|existing|system|safety) )*"
    r"(?:instructions?|prompts?|rules|directions|guidelines|commands)\b"
    rf"|\b(?:attention|notes?|notice|message|memo|instructions?|reminder|warning|hint|dear)"
    rf"(?: (?:to|for))?[,:]? (?:(?:all|any|the|our|other|every) )*{_PROGRAM}\b"
    r"|\b(?:notes?|message|instructions?) (?:to|for) (?:the |our |your )?assistants?\b"
    rf"|\b{_PROGRAM}\b[^.]{{0,30}}\b(?:reading|processing|analy[sz]ing|summari[sz]ing|parsing"
    r"|(?:that|which|who) (?:reads?|process(?:es)?|summari[sz]es?|analy[sz]es?|parses?))"
    r" (?:this|the (?:above|following))"
    r" (?:article|text|report|document|page|story|message|paragraph|note)\b"
    rf"|\byou are (?:now )?(?:an?|the|my) (?:\w+ ){{0,3}}"
    rf"(?:{_PROGRAM}|assistant|summari[sz]er|DAN)\b"
    r"|\byour (?:new )?(?:task|role|(?:system )?prompt|instructions) (?:is|are|has|have)"
    r" (?:now|changed)\b"
    r"|\b(?:output|print|reveal|repeat|show) your (?:system )?(?:prompt|instructions)\b"
    r"|\bsystem (?:override|prompt)\b"
    # Spanish, French, German, Ukrainian and Russian, Arabic, Chinese, Japanese
    r"|\b(?:ignor[ae]n?|olvid[ae]n?) (?:todas )?(?:las|tus|sus) (?:instrucciones|órdenes|reglas)\b"
    r"|\b(?:ignor|oubli)ez (?:toutes )?(?:les|vos) (?:consignes|instructions|règles)\b"
    r"|\b(?:ignorier|vergiss)\w* (?:alle |deine |die |vorherigen )+(?:Anweisungen|Regeln)\b"
    r"|\b(?:ігноруй|игнорируй|забудь)(?:те)? (?:(?:усі|всі|все|попередні|предыдущие|ваші|твої) )*"
    r"(?:інструкції|вказівки|инструкции|указания)"
    r"|تجاهل(?:وا)? (?:كل |جميع )?(?:التعليمات|الأوامر)"
    r"|忽略(?:之前|以上|所有|先前|的|此前)*(?:指示|指令|提示)"
    r"|(?:これまで|上記|以前)の(?:すべての)?指示を(?:すべて)?無視",
    re.IGNORECASE,
)
# At the beginning of a sentence: who speaks, in a conversation with a model.
_ROLE = re.compile(r"\W*(?:#+ *)?(?:system|assistant|instructions?) ?:", re.IGNORECASE)
_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n")
_LINE_END = re.compile(r"\n")


def passages_to_programs(article: Article) -> frozenset[int]:
    """Indexes of the sentences that give orders to a program, and of those right behind them.

    A passage begins with a sentence that is such an order and ends with its paragraph; where
    that ends in a colon, with the next one. What a model claims on the ground of such sentences
    alone is what the passage's author wants to be claimed.
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
        inside = inside or bool(_ORDER.search(sentence.text) or _ROLE.match(sentence.text))
        if inside:
            found.add(sentence.index)
        last = sentence
    return frozenset(found)
