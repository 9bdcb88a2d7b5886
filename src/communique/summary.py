"""Summaries with their provenance and cost, and failures."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self, cast, overload

from pydantic import AfterValidator, AwareDatetime, Field, JsonValue, model_validator

from communique.article import Article
from communique.codes.plover import check_codebook
from communique.corrections import Correction, accept, add, correct, remove, set_gist, undo
from communique.render import (
    EventRow,
    Row,
    to_event_rows,
    to_html,
    to_markdown,
    to_notebook,
    to_rows,
)
from communique.statements import Evidence, FrozenModel, Name, Statement, StatementsByKind

__all__ = ["SCHEMA_VERSION", "Failure", "Provenance", "Rejected", "Summary", "Usage", "json_schema"]

SCHEMA_VERSION = "1"
"""Version of the schema of `Summary`; it changes when programs that read it must change."""


class Rejected(FrozenModel):
    """A claim of the model that did not become a statement of the summary.

    Attributes:
        reason: why it was rejected, for a person to read.
        reply: the claim as the model wrote it.
        evidence: the spans that it pointed to, as far as they exist.

    Examples:
        >>> from communique import summarize
        >>> from communique.testing import ScriptedModel
        >>> said = {"kind": "agreement", "parties": ["Ulmia"], "subject": " ",
        ...         "status": "agreed", "sentences": [1]}
        >>> model = ScriptedModel([{"gist": "Ulmia agreed.", "statements": [said]}])
        >>> summarize("Ulmia agreed.", model=model, prompt="v1").rejected[0].reason
        'its subject is empty'
    """

    reason: str
    reply: dict[str, JsonValue]
    evidence: tuple[Evidence, ...] = ()

    def __hash__(self) -> int:
        return hash((self.reason, self.evidence))  # a dict has no hash; equal items share these


class Usage(FrozenModel):
    """The tokens, calls and cost of an article.

    Attributes:
        input_tokens: tokens sent, including cached ones.
        cached_input_tokens: tokens sent that the server had in its cache.
        output_tokens: tokens that the model wrote.
        calls: requests that were answered and counted.
        cost_usd: price in US dollars, or None when the model's price is not known.

    Examples:
        >>> from communique import Usage
        >>> whole = Usage(input_tokens=900, calls=1, cost_usd=0.01) + Usage(calls=1, cost_usd=0.02)
        >>> whole.calls, whole.cost_usd
        (2, 0.03)
    """

    input_tokens: int = Field(default=0, ge=0)
    cached_input_tokens: int = Field(default=0, ge=0)
    output_tokens: int = Field(default=0, ge=0)
    calls: int = Field(default=0, ge=0)
    cost_usd: float | None = Field(default=None, ge=0, allow_inf_nan=False)

    def __add__(self, other: Usage) -> Usage:
        """Return the sum; its cost is unknown if one of the costs is."""
        costs = [usage.cost_usd for usage in (self, other) if usage != Usage()]
        known = [cost for cost in costs if cost is not None]
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            cached_input_tokens=self.cached_input_tokens + other.cached_input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            calls=self.calls + other.calls,
            cost_usd=sum(known) if known and len(known) == len(costs) else None,
        )

    def __sub__(self, part: Usage) -> Usage:
        """Return what is left without a part; its cost is unknown if one of the costs is."""
        if part == self:
            return Usage()
        is_known = self.cost_usd is not None and (part == Usage() or part.cost_usd is not None)
        cost = (self.cost_usd or 0.0) - (part.cost_usd or 0.0)
        return Usage(
            input_tokens=self.input_tokens - part.input_tokens,
            cached_input_tokens=self.cached_input_tokens - part.cached_input_tokens,
            output_tokens=self.output_tokens - part.output_tokens,
            calls=self.calls - part.calls,
            cost_usd=max(cost, 0.0) if is_known else None,
        )


class Provenance(FrozenModel):
    """The origin of a summary: model, prompt version, time and cost.

    Attributes:
        model: the model's name, as its server reports it. If a fallback model read the article,
            it is that one.
        provider: ``local``, ``openai``, …
        options: the settings that shaped the requests: ``max_tokens``, ``reasoning_effort``,
            ``extra_body``; only those that were set.
        prompt_version: name of the prompt version, such as ``v2``.
        prompt_sha256: hash of the prompt version's files.
        created: when the summary was finished, in UTC.
        seconds: wall-clock time for the article.
        model_seconds: the part of it that the server reports as computing time, or None if it
            reports none.
        attempts: number of requests sent, including retries, and those to a model that failed.
        usage: tokens, calls and cost, including those of a model that failed.
        from_cache: the part of ``usage`` that had been paid for before, since the answers were in
            the cache, or None if none was. Seconds and attempts are those of that time, too.
        corrections: what people have changed since, in order; see `Summary.corrected`.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> made = summary.provenance
        >>> made.model, made.prompt_version, made.usage.calls, made.usage.output_tokens
        ('qwen2.5-coder-1.5b', 'v2', 5, 541)
    """

    model: str
    provider: str
    options: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    prompt_version: str
    prompt_sha256: str
    schema_version: Literal["1"] = SCHEMA_VERSION
    library_version: str
    created: AwareDatetime = Field(
        default_factory=lambda: datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    )
    seconds: float = Field(ge=0)
    model_seconds: float | None = Field(default=None, ge=0)
    attempts: int = Field(ge=0)
    usage: Usage
    from_cache: Usage | None = None
    corrections: tuple[Correction, ...] = ()

    @property
    def paid(self) -> Usage:
        """The part of `usage` that was asked for now: all of it, without the cache."""
        return self.usage - (self.from_cache or Usage())

    def __hash__(self) -> int:
        # a dict has no hash; equal items share these
        return hash((self.model, self.provider, self.prompt_sha256, self.created, self.seconds))

    def __str__(self) -> str:
        """Return model, prompt, seconds, tokens, any cost, kept answers and corrections."""
        cost = f", ${self.usage.cost_usd:.4f}" if self.usage.cost_usd is not None else ""
        kept = "" if self.from_cache is None else ", from the cache"
        if kept and self.from_cache != self.usage:
            kept = ", in part from the cache"
        count = len(self.corrections)
        corrected = f", {count} correction{'s' if count > 1 else ''}" if count else ""
        return (
            f"{self.provider}/{self.model}, prompt {self.prompt_version}, {self.seconds:.0f} s, "
            f"{self.usage.input_tokens:,} tokens in ({self.usage.cached_input_tokens:,} cached), "
            f"{self.usage.output_tokens:,} out{cost}{kept}{corrected}"
        )


class _Opening(FrozenModel):
    # A separate base class, so that a summary's JSON begins with this field.
    schema_version: Literal["1"] = SCHEMA_VERSION
    index: int | None = Field(default=None, ge=0)
    article: Article
    gist: str


class Summary(StatementsByKind, _Opening):
    """The positions, conditions, threats and agreements of one article, with evidence.

    Attributes:
        article: the article that was read.
        gist: what it is about, in one or two neutral sentences.
        positions: who supports or opposes what, in article order.
        conditions: what must hold before something is done, in article order.
        threats: who threatens whom with what, in article order.
        agreements: what is agreed, offered or broken between whom, in article order.
        rejected: claims that could not be grounded, with the reasons.
        injections: passages of the article that give orders to a program, such as "ignore your
            instructions". No statement and no sentence of the gist rests on them.
        provenance: the model and prompt version, and the time and tokens used.
        schema_version: see `SCHEMA_VERSION`.
        index: the article's position in the input of `communique.summarize_many`, from 0; None
            for a summary of a single article.

    Raises:
        pydantic.ValidationError: a field is missing, unknown or of the wrong type; a span of a
            statement, a rejected claim or an injection is not the article's text at its offsets;
            two statements have the same id; or the relation of a bare demand is not
            ``only_if``.
            As in any pydantic model, `model_validate` and `model_validate_json` raise it, too.

    Examples:
        ``summary`` is that of `communique.summarize`'s example.

        >>> from communique import Statement, Summary
        >>> def headline(statement: Statement) -> str:
        ...     match statement.kind:
        ...         case "agreement":
        ...             return " and ".join(statement.parties)
        ...         case kind:
        ...             return f"{kind} of {statement.actor}"
        >>> [headline(statement) for statement in summary.statements[:2]]
        ['position of Vladimir Putin', 'threat of Vladimir Putin']
        >>> Summary.model_validate_json(summary.model_dump_json()) == summary
        True
    """

    rejected: tuple[Rejected, ...] = ()
    injections: tuple[Evidence, ...] = ()
    provenance: Provenance

    @model_validator(mode="after")
    def _grounded(self) -> Self:
        text = self.article.text
        proofs = [span for item in (*self.statements, *self.rejected) for span in item.evidence]
        for span in (*proofs, *self.injections):
            if text[span.start : span.end] != span.text:
                raise ValueError(
                    f"evidence at {span.start}:{span.end} is not what the article says there"
                )
        return self

    @model_validator(mode="after")
    def _unique_ids(self) -> Self:
        given = Counter(statement.id for statement in self.statements)
        if repeated := [name for name, count in given.items() if count > 1]:
            raise ValueError(f"two statements have the id {repeated[0]!r}")
        return self

    @property
    def id(self) -> str:
        """The article's id."""
        return self.article.id

    @property
    def metadata(self) -> dict[str, JsonValue]:
        """The article's metadata."""
        return self.article.metadata

    @property
    def origin(self) -> str:
        """The model and prompt version that made the summary, and the time and tokens used."""
        return str(self.provenance)

    def corrected(self, id: str, /, *, by: str | None = None, **fields: Any) -> Self:  # noqa: A002 the field's name
        """Return a copy in which a statement has other fields, and record the correction.

        Args:
            id: the statement's id.
            by: who corrects it, for `Provenance.corrections`.
            fields: the fields to change; ``id`` and ``kind`` can't be. ``confidence`` becomes None
                unless it is given, as the model was sure of its own statement only.

        Raises:
            pydantic.ValidationError: there is no such statement or field, or a value can't be
                read back, such as unknown ``means`` or evidence that is not the article's text.

        Examples:
            ``summary`` is that of `communique.summarize`'s example.

            >>> summary.threats[1].means
            'military'
            >>> better = summary.corrected("threat-2", means="economic", by="Ana Ruiz")
            >>> better.threats[1].means, better.provenance.corrections[0].by
            ('economic', 'Ana Ruiz')
            >>> from pydantic import ValidationError
            >>> try:
            ...     summary.corrected("threat-2", means="tariffs")
            ... except ValidationError as error:
            ...     print(error.errors()[0]["loc"])
            ('means',)
        """
        return correct(self, id, fields, by)

    def without(self, id: str, /, *, by: str | None = None) -> Self:  # noqa: A002 the field's name
        """Return a copy that lacks a statement, and record the correction.

        Args:
            id: the statement's id.
            by: who removes it.

        Raises:
            pydantic.ValidationError: there is no such statement.
        """
        return remove(self, id, by)

    def with_statement(self, statement: Statement, /, *, by: str | None = None) -> Self:
        """Return a copy that has one more statement, and record the correction.

        Args:
            statement: the statement, with an id of its own, and evidence from the article.
            by: who adds it.

        Raises:
            pydantic.ValidationError: its id is taken, its evidence is not the article's text, or
                one of its values can't be read back.

        Examples:
            ``summary`` is that of `communique.summarize`'s example.

            >>> from communique import Evidence, Position
            >>> text = summary.article.text
            >>> start = text.index("Moscow is firmly against")
            >>> span = Evidence(start=start, end=start + 24, text=text[start : start + 24])
            >>> missed = Position(
            ...     id="position-a", attribution="reported", evidence=(span,), actor="Moscow",
            ...     issue="Ukraine joining NATO", stance="opposes",
            ... )
            >>> missed in summary.with_statement(missed, by="Ana Ruiz").statements
            True
        """
        return add(self, statement, by)

    def accepted(self, id: str, /, *, by: str | None = None) -> Self:  # noqa: A002 the field's name
        """Return a copy that records that a person found a statement right.

        Args:
            id: the statement's id.
            by: who did.

        Raises:
            pydantic.ValidationError: there is no such statement.

        Examples:
            ``summary`` is that of `communique.summarize`'s example.

            >>> summary.accepted("threat-1", by="Ana Ruiz").provenance.corrections[0].action
            'accepted'
        """
        return accept(self, id, by)

    def with_gist(self, gist: str, /, *, by: str | None = None) -> Self:
        """Return a copy with another gist, or with the same one recorded as right.

        Args:
            gist: the gist.
            by: who wrote or accepted it.

        Raises:
            pydantic.ValidationError: it is empty.

        Examples:
            ``summary`` is that of `communique.summarize`'s example.

            >>> better = summary.with_gist("Putin warns against foreign troops.", by="Ana Ruiz")
            >>> better.provenance.corrections[0].statement is None  # it is about the gist
            True
        """
        return set_gist(self, gist, by)

    def undone(self) -> Self:
        """Return a copy as it was before the last of `Provenance.corrections`.

        Raises:
            pydantic.ValidationError: there is no correction.

        Examples:
            ``summary`` is that of `communique.summarize`'s example.

            >>> summary.without("threat-1").undone() == summary
            True
        """
        return undo(self)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy with other values for some fields; these are not validated.

        To correct statements, use `corrected`, `without` and `with_statement`.
        """
        copy = super().model_copy(update=update, deep=deep)
        if update:
            vars(copy).pop("_in_order", None)  # pydantic copies cached properties, too
        return copy

    @overload
    def to_rows(self, codebook: None = None) -> list[Row]: ...

    @overload
    def to_rows(self, codebook: Literal["plover"]) -> list[EventRow]: ...

    def to_rows(self, codebook: Literal["plover"] | None = None) -> list[Row] | list[EventRow]:
        """Return one flat row per statement, all with the same columns, for a data frame.

        ``article_id`` and ``metadata`` (JSON text) are the article's; ``id`` is the statement's.
        Columns such as ``actor_iso3``, ``actor_cow`` and ``actor_sector`` are codes of states and
        sectors where the name says them, as `communique.codes.find_code` finds them, else None.
        A row reads like a mapping; ``pandas.DataFrame(rows)`` and ``polars.DataFrame(rows)`` take
        the columns and their types from it. `communique.to_polars` and its like make a table of
        many summaries, with dates and enumerations.

        Args:
            codebook: ``"plover"`` for event data: a row for each statement that is an event of
                PLOVER, with ``event``, ``source``, ``target`` and ``date``; which statements are
                events, `communique.codes.plover` says.

        Raises:
            SettingsError: there is no such codebook.

        Examples:
            ``summary`` is that of `communique.summarize`'s example.

            >>> row = summary.to_rows()[1]
            >>> row["kind"], row["actor"], row["means"], row["on_behalf_of_iso3"]
            ('threat', 'Vladimir Putin', 'military', 'RUS')
            >>> dict(row)["stance"] is None  # only positions have a stance
            True
            >>> event = summary.to_rows(codebook="plover")[4]
            >>> event["event"], event["source"], event["source_code"], event["target"]
            ('THREATEN', 'Vladimir Putin', 'RUS', 'foreign soldiers')
        """
        if codebook is None:
            return to_rows(self)
        check_codebook(codebook)
        return to_event_rows(self)

    def _repr_html_(self) -> str:
        """Return the summary as a notebook shows it."""
        return to_notebook(self)

    def to_markdown(self) -> str:
        """Return the summary as Markdown, with the evidence as quotations.

        Examples:
            ``summary`` is that of `communique.summarize`'s example.

            >>> [line for line in summary.to_markdown().splitlines() if line.startswith("#")]
            ['# Summary', '## Positions', '## Conditions', '## Threats', '## Agreements']
        """
        return to_markdown(self)

    def to_html(self) -> str:
        """Return the summary as an HTML page that shows the article with its evidence marked.

        Examples:
            ``summary`` is that of `communique.summarize`'s example.

            >>> summary.to_html().splitlines()[0]
            '<!doctype html>'
        """
        return to_html(self)


def _writable(text: str) -> str:
    """Replace lone surrogates, which a reply or message may have, but which can't be encoded."""
    return text.encode("utf-8", "replace").decode("utf-8")


_Text = Annotated[str, AfterValidator(_writable)]


class Failure(FrozenModel):
    """One of many articles that could not be summarized; the others are not affected.

    Attributes:
        index: the article's position in the input, from 0.
        article: the article, or None if the input can't be read as one.
        id: the article's id, or that of the input if it had one, or None.
        metadata: the article's metadata, or those of the input.
        error: name of the error's class: one of `communique.errors`, such as
            ``RateLimited``, or an error that a model given as an object raised.
        message: the error's message.
        retryable: whether the article may succeed if it is given again later: after an outage, a
            timeout, or the early end of the run.
        retry_after: seconds to wait before that, as far as the server named a pause, or None.
        raw_replies: the texts that the model had sent.
        usage: tokens and calls spent on the article, or None if the server never reported them.
        attempts: number of HTTP requests sent for the article.
        partial: the summary so far, or None if the model had not answered.

    Examples:
        >>> from communique import summarize_many
        >>> (failure,) = summarize_many([""])
        >>> failure.index, failure.error, failure.message
        (0, 'ArticleError', 'the article is empty: there is no text to read')
        >>> failure.retryable, type(failure.exception)
        (False, <class 'communique.errors.ArticleError'>)
    """

    index: int = Field(ge=0)
    article: Article | None
    id: str | None = None
    metadata: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    error: Name
    message: _Text
    retryable: bool = False
    retry_after: float | None = None
    raw_replies: tuple[_Text, ...] = ()
    usage: Usage | None = None
    attempts: int = Field(default=0, ge=0)
    partial: Summary | None = None

    @model_validator(mode="before")
    @classmethod
    def _name_article(cls, data: Any) -> Any:
        fields = cast("dict[str, Any]", data) if isinstance(data, dict) else {}
        article = fields.get("article")
        if not isinstance(article, Article):
            return cast("object", data)
        return {"id": article.id, "metadata": article.metadata, **fields}

    def __hash__(self) -> int:
        return hash((self.index, self.id, self.error, self.message))  # a dict has no hash

    @cached_property
    def exception(self) -> BaseException | None:
        """The error with its causes, without tracebacks, which would keep all replies in memory.

        None if the failure was read from JSON or comes from another process.
        """
        return None

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        fields = {name: value for name, value in state["__dict__"].items() if name != "exception"}
        return {**state, "__dict__": fields}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of summaries as `Summary.model_dump_json` writes them.

    Examples:
        >>> from communique import json_schema
        >>> json_schema()["properties"]["schema_version"]["const"]
        '1'
    """
    schema = Summary.model_json_schema(mode="serialization")
    for model in (schema, *schema["$defs"].values()):
        if "description" in model:  # only a docstring's first paragraph: the rest is about Python
            model["description"] = model["description"].partition("\n\n")[0]
    return {
        **schema,
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"communique summary, version {SCHEMA_VERSION}",
    }
