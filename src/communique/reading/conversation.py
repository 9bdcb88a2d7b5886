"""The strategy ``conversation``: the model reads an article passage by passage.

A small model that is to list everything at once loses its way, and so does one that has to look
for a sentence far above. Each question directly follows its sentences, and earlier answers stay
in view. The article is read once, and each answer shows a few statements early.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from pydantic import JsonValue
from pydantic_core import from_json

from communique.article import Sentence
from communique.errors import InvalidReply, ReplyError, TruncatedReply
from communique.models import Message
from communique.reading.common import (
    Item,
    Reading,
    Shown,
    example_fields,
    numbered_lines,
    once_per_prompt,
    to_reading,
    without_control,
)
from communique.reading.confidence import statement_confidences
from communique.reading.forms import (
    MOST_SENTENCES,
    GistReply,
    InvalidItem,
    StatementsReply,
    statements_answer,
    statements_reply,
)
from communique.reading.header import header_of, with_header
from communique.reading.session import Session
from communique.reading.windows import Window, cut, room_after

if TYPE_CHECKING:
    from communique.prompts import Example, Prompt, Questions

__all__ = ["Talk", "conversation", "conversation_prefix", "converse", "cut_into_passages"]

Passage = Sequence[Sentence]
"""Consecutive sentences that one question is about."""

_LONGEST_PASSAGE = 5
"""Most sentences in a passage, except that the last one may have one more."""

_NEIGHBOURS = 2
"""Largest distance of two sentences that are shown together."""


async def conversation(shown: Shown, prompt: Prompt, session: Session) -> AsyncGenerator[Reading]:
    """Ask for the statements of each passage, and for the gist after the last one.

    An article that is longer than the model can read is read in overlapping parts; news begins
    with what it is about, so the gist is that of the first part. An answer that stays invalid or
    is cut off is rejected, and the next question is asked; two in a row end the article.
    """
    prefix = conversation_prefix(prompt)
    header = header_of(shown.article, prompt.questions)
    parts = _parts(shown.sentences, with_header(prefix, header), session)
    await session.prepare()
    passages = [cut_into_passages(part.asked) for part in parts]
    total = sum(map(len, passages)) + 1
    done = 0
    was_invalid = False
    for part, asked in zip(parts, passages, strict=True):
        talk = Talk(part.shown, prompt.questions, prefix, header)
        # The gist of the first part is asked for at its end.
        for passage in [*asked, None] if part is parts[0] else asked:
            done += 1
            try:
                reading = await _ask(talk, passage, session, done, total)
            except (InvalidReply, TruncatedReply) as error:
                items = [*_finished(error), _invalid_item(passage or (), error)]
                yield to_reading(items, None, done, total)
                if was_invalid:
                    raise
                was_invalid = True
                talk.answered("[]")
            else:
                was_invalid = False
                yield reading


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


def cut_into_passages(
    sentences: Sequence[Sentence], longest: int = _LONGEST_PASSAGE
) -> list[Passage]:
    """Return sentences cut into passages; a single one that is left over joins the last.

    Args:
        sentences: consecutive sentences.
        longest: most sentences in a passage.
    """
    starts = [*range(0, len(sentences), longest)]
    if len(starts) > 1 and len(sentences) - starts[-1] == 1:
        starts.pop()
    ends = [*starts[1:], len(sentences)]
    return [sentences[start:end] for start, end in zip(starts, ends, strict=True)]


class Talk:
    """The turns of a conversation about an article so far.

    Args:
        sentences: the sentences that the model reads.
        questions: the prompt's wording of the questions.
        prefix: the messages before the conversation.
        header: what stands before the first sentence.
    """

    def __init__(
        self,
        sentences: Sequence[Sentence],
        questions: Questions,
        prefix: Sequence[Message] = (),
        header: str = "",
    ) -> None:
        self.turns: list[Message] = []
        self._questions = questions
        self._prefix = prefix
        self._header = header
        self._unread = list(sentences)

    def ask(self, passage: Passage) -> list[Message]:
        """Return the messages that ask for the statements that a passage makes.

        All sentences up to its end are read first, if they have not been yet.
        """
        first, last = passage[0].index, passage[-1].index
        lines = numbered_lines([s for s in self._unread if s.index <= last])
        self._unread = [s for s in self._unread if s.index > last]
        header, self._header = self._header, ""
        question = self._questions.about_passage(first + 1, last + 1)
        return self._say(f"{header}{lines}\n\n{question}")

    def ask_for_gist(self) -> list[Message]:
        """Return the messages that ask what the article is about."""
        return self._say(self._questions.gist)

    def answered(self, answer: str) -> None:
        """Add the answer to the last question, to keep it in view."""
        self.turns.append({"role": "assistant", "content": without_control(answer)})

    def _say(self, question: str) -> list[Message]:
        self.turns.append({"role": "user", "content": question})
        return [*self._prefix, *self.turns]


async def _ask(
    talk: Talk, passage: Passage | None, session: Session, done: int, total: int
) -> Reading:
    """Ask for the statements of a passage, or for the gist."""
    if passage is None:
        gist = (await session.ask(talk.ask_for_gist(), GistReply)).reply.gist
        return Reading((), gist, done, total, "gist")
    answer = await session.ask(talk.ask(passage), statements_reply())
    talk.answered(_answer(answer.reply))
    items = answer.reply.root
    return to_reading(items, statement_confidences(answer, len(items)), done, total)


def _parts(
    sentences: tuple[Sentence, ...], prefix: Sequence[Message], session: Session
) -> list[Window]:
    """Return the parts of an article, each with room for questions and answers of its length.

    Raises:
        ArticleError: a sentence is longer than the model can read.
    """
    context = session.context_tokens
    if context is None:
        return [Window(sentences, sentences)]
    return cut(sentences, (room_after(prefix, context) - session.max_tokens) // 2, context)


def _answer(reply: StatementsReply) -> str:
    """Return an answer as it is kept in view: without what was not valid."""
    items = [item for item in reply.root if not isinstance(item, InvalidItem)]
    return statements_answer([item.model_dump() for item in items])


def _finished(error: ReplyError) -> list[Item]:
    """Return the statements that were finished when an answer was cut off."""
    if not isinstance(error, TruncatedReply) or not error.raw_replies:
        return []
    try:
        rows: object = from_json(error.raw_replies[-1], allow_partial=True)
        if not isinstance(rows, list):
            return []
        return statements_reply().model_validate(cast("list[object]", rows)[:-1]).root
    except ValueError:  # not even the beginning is JSON
        return []


def _invalid_item(passage: Passage, error: ReplyError) -> InvalidItem:
    """Return the answer about a passage as something to be rejected."""
    raw: dict[str, JsonValue] = {
        "answer": error.raw_replies[-1] if error.raw_replies else "",
        "sentences": [sentence.index + 1 for sentence in passage],
    }
    return InvalidItem(raw, str(error))


def _example_turns(example: Example, questions: Questions) -> list[Message]:
    """Return an example as the turns of a conversation."""
    rows = [{**fields, "sentences": [*numbers]} for numbers, fields in example_fields(example)]
    return converse(example.article.sentences, rows, example.gist, questions)


def converse(
    sentences: Sequence[Sentence],
    statements: Sequence[Mapping[str, object]],
    gist: str | None,
    questions: Questions,
    longest: int = _LONGEST_PASSAGE,
) -> list[Message]:
    """Return an article with the right answers as the turns of a conversation.

    A statement that sentences far from each other show is an answer to the question about each.

    Args:
        sentences: all sentences of the article.
        statements: the fields of each statement, with ``kind`` and ``sentences``.
        gist: what the article is about; None not to ask.
        questions: the wording of the questions.
        longest: most sentences in a passage.
    """
    talk = Talk(sentences, questions)
    rows = [(run, {**fields, "sentences": run}) for fields in statements for run in _runs(fields)]
    rows.sort(key=lambda row: (row[0][-1], row[0][0]))
    for passage in cut_into_passages(sentences, longest):
        numbers = range(passage[0].index + 1, passage[-1].index + 2)
        talk.ask(passage)
        talk.answered(statements_answer([row for run, row in rows if run[-1] in numbers]))
    if gist is not None:
        talk.ask_for_gist()
        talk.answered(GistReply(gist=gist).model_dump_json())
    return talk.turns


def _runs(fields: Mapping[str, object]) -> list[list[int]]:
    """Return a statement's sentence numbers as runs of neighbours."""
    runs: list[list[int]] = []
    for number in cast("Sequence[int]", fields["sentences"]):
        if runs and number - runs[-1][-1] <= _NEIGHBOURS and len(runs[-1]) < MOST_SENTENCES:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs
