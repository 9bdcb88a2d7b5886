"""One short question a sentence, behind a prefix that the server computes once.

Small models lose their way in a whole article, but answer well about one sentence of it.
All questions share everything up to their last line, so that a server with a prompt cache
reads the article once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from communique.article import Article, Sentence
from communique.llm import LanguageModel, Ledger, Message
from communique.prompts import Example, Prompt
from communique.replies import GistReply, SentenceReply
from communique.strategies.common import Claim, Reading, example_fields, numbered, one_line

__all__ = ["sentencewise"]

_GIST_QUESTION = "What is the article about? One or two neutral sentences."


async def sentencewise(
    article: Article, prompt: Prompt, model: LanguageModel, ledger: Ledger
) -> AsyncIterator[Reading]:
    """Ask for the gist, then about each sentence that has a word in it."""
    prefix: list[Message] = [{"role": "system", "content": prompt.instructions}]
    for example in prompt.examples:
        prefix += _example_turns(example)
    opening = numbered(article.sentences)
    asked = [s for s in article.sentences if any(character.isalnum() for character in s.text)]
    total = len(asked) + 1
    question: Message = {"role": "user", "content": f"{opening}\n\n{_GIST_QUESTION}"}
    gist = await model.ask([*prefix, question], GistReply, prompt.sampling, ledger)
    yield Reading((), gist.gist, 1, total, "gist")
    for done, sentence in enumerate(asked, start=1):
        question = {"role": "user", "content": f"{opening}\n\n{_question(sentence)}"}
        reply = await model.ask([*prefix, question], SentenceReply, prompt.sampling, ledger)
        claims = tuple(Claim(statement, (sentence.index + 1,)) for statement in reply.statements)
        yield Reading(claims, None, done + 1, total, f"sentence {done} of {len(asked)}")


def _question(sentence: Sentence) -> str:
    return f"Sentence {sentence.index + 1}: {one_line(sentence)}"


def _example_turns(example: Example) -> list[Message]:
    """The example as a conversation: the article and its gist, then sentence by sentence.

    The gist stands first: asked last, it is followed by the next article, and small models
    then answer "nothing" to most of that article's sentences.
    """
    rows = example_fields(example)
    opening = numbered(example.article.sentences)
    turns: list[Message] = [
        {"role": "user", "content": f"{opening}\n\n{_GIST_QUESTION}"},
        {"role": "assistant", "content": GistReply(gist=example.gist).model_dump_json()},
    ]
    for sentence in example.article.sentences:
        statements = [fields for numbers, fields in rows if sentence.index + 1 in numbers]
        answer = SentenceReply.model_validate({"statements": statements})
        turns.append({"role": "user", "content": _question(sentence)})
        turns.append({"role": "assistant", "content": answer.model_dump_json()})
    return turns
