"""One short question a sentence, behind a prefix that the server computes once.

Small models lose their way in a whole article, but answer well about one sentence of it.
All questions share everything up to their last line, so that a server with a prompt cache
reads the article once.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from communique.article import Article, Sentence
from communique.llm import LanguageModel, Ledger, Message
from communique.prompts import Example, Prompt
from communique.replies import GistReply, SentenceReply
from communique.strategies.common import Claim, Reading, example_fields, numbered, one_line, prepare
from communique.strategies.confidence import statement_confidences
from communique.strategies.windows import windows

__all__ = ["sentencewise"]

_GIST_QUESTION = "What is the article about? One or two neutral sentences."


async def sentencewise(
    article: Article,
    prompt: Prompt,
    model: LanguageModel,
    ledger: Ledger,
    *,
    stream: bool = False,  # noqa: ARG001 the answers are short
) -> AsyncGenerator[Reading]:
    """Ask for the gist, then about each sentence that has a word in it.

    What is longer than the model can read is asked about in overlapping parts.
    """
    prefix: list[Message] = [{"role": "system", "content": prompt.instructions}]
    for example in prompt.examples:
        prefix += _example_turns(example)
    parts = await windows(article, model, ledger, prefix, prompt.sampling.max_tokens)
    await prepare(model, prefix, ledger)
    total = 1 + sum(1 for part in parts for sentence in part.asked if _has_a_word(sentence))
    done = 0
    for part in parts:
        opening = numbered(part.shown)
        if done == 0:
            # News says first what it is about.
            question: Message = {"role": "user", "content": f"{opening}\n\n{_GIST_QUESTION}"}
            gist = await model.ask([*prefix, question], GistReply, prompt.sampling, ledger)
            done = 1
            yield Reading((), gist.gist, done, total, "gist")
        for sentence in filter(_has_a_word, part.asked):
            question = {"role": "user", "content": f"{opening}\n\n{_question(sentence)}"}
            reply = await model.ask([*prefix, question], SentenceReply, prompt.sampling, ledger)
            sure = statement_confidences(ledger.calls[-1], len(reply.statements))
            claims = tuple(
                Claim(said, (sentence.index + 1,), confidence)
                for said, confidence in zip(reply.statements, sure, strict=True)
            )
            done += 1
            yield Reading(claims, None, done, total, f"sentence {done - 1} of {total - 1}")


def _has_a_word(sentence: Sentence) -> bool:
    return any(character.isalnum() for character in sentence.text)


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
