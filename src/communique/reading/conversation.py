"""The strategy ``conversation``: the model reads an article in steps, one question after another.

Small models choose the sentences that may make a statement, and its kind; the language model
lists the statements of that kind that the sentence makes, if any. Each question directly follows
its sentence, so it need not repeat it, and earlier answers stay in view. Every sentence is thus
read once, the first statement is found early, and passages in which nobody states anything are
left out.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from pydantic import JsonValue

from communique.article import Article, Sentence
from communique.errors import InvalidReply
from communique.models import Message
from communique.reading.choosing.candidates import Candidate, choose_candidates
from communique.reading.common import (
    Claim,
    Reading,
    example_fields,
    numbered_lines,
    once_per_prompt,
    without_control,
)
from communique.reading.confidence import statement_confidences
from communique.reading.forms import (
    FieldsReply,
    GistReply,
    InvalidItem,
    StatementsReply,
    statements_answer,
    statements_form,
    to_statement,
)
from communique.reading.relations import with_cued_relation
from communique.reading.session import Session
from communique.reading.windows import (
    OVERLAP,
    check_lengths,
    fitting,
    message_tokens,
    room_after,
    sentence_tokens,
)
from communique.statements import Kind, StatementReply

if TYPE_CHECKING:
    from communique.prompts import Example, Prompt, Questions

__all__ = ["Talk", "conversation", "conversation_prefix", "worth_reading"]

_BEFORE = 2
"""Number of sentences read before one that is asked about: they have names, and explain "it"."""

_LEAD = 3
"""Number of sentences at the beginning that are always read."""

_LEAD_ALONE = 8
"""The same if there is nothing else to read, or no room to keep everything in view for the gist."""


async def conversation(
    article: Article, prompt: Prompt, session: Session
) -> AsyncGenerator[Reading]:
    """Ask for statements right after their sentence, and for the gist at the end.

    When a conversation becomes longer than the model can read, a new one begins a few sentences
    before the question. An answer that stays invalid is rejected, and the next question is asked;
    two in a row end the article.
    """
    prefix = conversation_prefix(prompt)
    room = _room(article, prefix, session)
    await session.prepare()
    candidates = await choose_candidates(article, session)
    asked = {candidate.sentence.index for candidate in candidates}
    talk = Talk(worth_reading(article.sentences, asked), prompt.questions, prefix, room)
    total = 1 + len(candidates)
    was_invalid = False
    for done, candidate in enumerate(candidates, start=1):
        messages = talk.ask(candidate.sentence, candidate.kind)
        message = f"question {done} of {total - 1}"
        try:
            reply, claims = await _ask_for_statements(candidate, messages, session)
        except InvalidReply as error:
            if was_invalid:
                raise
            was_invalid = True
            talk.answered("[]")
            invalid = _invalid_item(candidate, error)
            yield Reading((), None, done, total, message, rejected=(invalid,))
            continue
        was_invalid = False
        talk.answered(reply.model_dump_json(by_alias=True))
        yield Reading(claims, None, done, total, message)
    answer = await session.ask(talk.ask_for_gist(), GistReply)
    yield Reading((), answer.reply.gist, total, total, "gist")


@once_per_prompt
def conversation_prefix(prompt: Prompt) -> tuple[Message, ...]:
    """Return the messages before an article: the instructions, and the examples as conversations.

    Raises:
        ValidationError: an example does not fit the forms.
    """
    prefix: list[Message] = [{"role": "system", "content": prompt.instructions}]
    for example in prompt.examples:
        prefix += _example_turns(example, prompt.questions)
    return tuple(prefix)


def _room(article: Article, prefix: Sequence[Message], session: Session) -> float:
    """Return how many tokens all turns may have together.

    Raises:
        ArticleError: a sentence has more.
    """
    context = session.context_tokens
    if context is None:
        return math.inf
    room = room_after(prefix, context) - session.max_tokens
    check_lengths(article.sentences, room, context)
    return room


class Talk:
    """The turns of a conversation so far, and how much of the article it has covered.

    Args:
        sentences: the sentences to read.
        questions: the prompt's wording of the questions.
        prefix: the messages before the conversation.
        room: how many tokens all turns may have together.
    """

    def __init__(
        self,
        sentences: Sequence[Sentence],
        questions: Questions,
        prefix: Sequence[Message] = (),
        room: float = math.inf,
    ) -> None:
        self.turns: list[Message] = []
        self._sentences = sentences
        self._questions = questions
        self._place = {sentence.index: n for n, sentence in enumerate(sentences)}
        self._prefix = prefix
        self._room = room
        self._used = 0
        self._first = 0
        self._read = 0

    def ask(self, sentence: Sentence, kind: Kind) -> list[Message]:
        """Return the messages that ask for the statement of a kind that a sentence makes."""
        end = self._place[sentence.index] + 1
        question = self._questions.about_statement(sentence.index + 1, kind)
        turn = self._turn(self._read, end, question)
        if self._is_full(turn):
            # Forget all turns to make room for the sentence and those before it.
            self._forget()
            before = reversed(self._sentences[max(0, end - 1 - OVERLAP) : end - 1])
            self._first = end - 1 - self._fitting(before, sentence)
            turn = self._turn(self._first, end, question)
        return self._say(turn, end)

    def ask_for_gist(self) -> list[Message]:
        """Return the messages that ask what the article is about."""
        end = len(self._sentences)
        turn = self._turn(self._read, end, self._questions.gist)
        if self._first > 0 or self._is_full(turn):
            # News begins with what it is about.
            self._forget()
            end = 1 + self._fitting(self._sentences[1:_LEAD_ALONE], self._sentences[0])
            turn = self._turn(0, end, self._questions.gist)
        return self._say(turn, end)

    def answered(self, answer: str) -> None:
        """Add the answer to the last question, to keep it in view."""
        self._add({"role": "assistant", "content": without_control(answer)})

    def _turn(self, start: int, end: int, question: str) -> Message:
        content = question
        if start < end:
            content = f"{numbered_lines(self._sentences[start:end])}\n\n{question}"
        return {"role": "user", "content": content}

    def _is_full(self, turn: Message) -> bool:
        return self._used + message_tokens(turn) > self._room

    def _fitting(self, others: Iterable[Sentence], sentence: Sentence) -> int:
        """Return how many of the other sentences fit beside a sentence."""
        return fitting(map(sentence_tokens, others), self._room - sentence_tokens(sentence))

    def _say(self, turn: Message, end: int) -> list[Message]:
        self._add(turn)
        self._read = max(self._read, end)
        return [*self._prefix, *self.turns]

    def _add(self, turn: Message) -> None:
        self.turns.append(turn)
        self._used += message_tokens(turn)

    def _forget(self) -> None:
        self.turns = []
        self._used = 0


async def _ask_for_statements(
    candidate: Candidate, messages: list[Message], session: Session
) -> tuple[StatementsReply, tuple[Claim, ...]]:
    """Ask the question at the end of ``messages``; return the answer and its claims."""
    sentence, kind, probability = candidate
    answer = await session.ask(messages, statements_form(kind))
    found = answer.reply.root
    sure = statement_confidences(answer, len(found))
    claims = tuple(
        Claim(
            _to_statement(kind, fields, sentence, is_alone=len(found) == 1),
            (sentence.index + 1,),
            None if certainty is None else round(certainty * probability, 4),
        )
        for fields, certainty in zip(found, sure, strict=True)
    )
    return answer.reply, claims


def _to_statement(
    kind: Kind, fields: FieldsReply, sentence: Sentence, *, is_alone: bool
) -> StatementReply:
    statement = to_statement(kind, fields)
    # A word for the relation may belong to any of several conditions.
    return with_cued_relation(statement, sentence.text) if is_alone else statement


def _invalid_item(candidate: Candidate, error: InvalidReply) -> InvalidItem:
    """Return the answer about a candidate as something to be rejected."""
    raw: dict[str, JsonValue] = {
        "kind": candidate.kind,
        "answer": error.raw_replies[-1] if error.raw_replies else "",
        "sentences": [candidate.sentence.index + 1],
    }
    return InvalidItem(raw, str(error))


def _example_answers(example: Example) -> list[tuple[Sentence, Kind, str]]:
    """Return an example's sentences, kinds and answers, in the order of its article."""
    rows: dict[tuple[int, Kind], list[dict[str, object]]] = {}
    for item, (numbers, fields) in zip(example.statements, example_fields(example), strict=True):
        for number in numbers:
            rows.setdefault((number, item.statement.kind), []).append(fields)
    return [
        (example.article.sentences[number - 1], kind, statements_answer(kind, rows[number, kind]))
        for number, kind in sorted(rows)
    ]


def worth_reading(sentences: Sequence[Sentence], asked: AbstractSet[int]) -> list[Sentence]:
    """Return the beginning, and each sentence that is asked about with those just before it.

    Args:
        sentences: all sentences of an article.
        asked: indices of the sentences that are asked about.
    """
    near = {index - before for index in asked for before in range(_BEFORE + 1)}
    lead = _LEAD if asked else _LEAD_ALONE
    return [s for s in sentences if s.index < lead or s.index in near]


def _example_turns(example: Example, questions: Questions) -> list[Message]:
    """Return an example as the turns of a conversation."""
    talk = Talk(example.article.sentences, questions)
    for sentence, kind, answer in _example_answers(example):
        talk.ask(sentence, kind)
        talk.answered(answer)
    talk.ask_for_gist()
    talk.answered(GistReply(gist=example.gist).model_dump_json())
    return talk.turns
