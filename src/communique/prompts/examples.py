"""Reading of ``examples.yaml``: each example is validated like the statements of a summary."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, StrictInt, TypeAdapter, ValidationError

from communique._internal.strict_yaml import YamlError, load_yaml
from communique._internal.validation import brief, shown
from communique.article import Article
from communique.errors import ArticleError, PromptError
from communique.prompts.faults import faults
from communique.prompts.prompt import Data, Example, ExampleStatement
from communique.statements import Evidence, Statement

__all__ = ["read_examples"]


class _ExampleFile(Data):
    text: str
    gist: str = Field(min_length=1)
    statements: list[dict[str, Any]]


_COMPUTED = frozenset({"id", "evidence", "attribution", "confidence", "summary"})
_SHOWN = 10
_STATEMENT: TypeAdapter[Statement] = TypeAdapter(Statement)
_NUMBERS = TypeAdapter(Annotated[tuple[StrictInt, ...], Field(min_length=1)])


def read_examples(text: str, where: str) -> tuple[Example, ...]:
    """Read the examples of a version.

    Args:
        text: the file's text.
        where: the file's path, for messages.

    Raises:
        PromptError: the text is not a list of examples, or one breaks the annotation guide.
    """
    try:
        raw = load_yaml(text, numbers=True)
    except YamlError as exc:
        line = f", line {exc.line}" if exc.line else ""
        raise PromptError(f"{where}{line}: {exc}") from exc
    if not isinstance(raw, list):
        raise PromptError(f"{where}: a list of examples is expected")
    items: list[Any] = raw  # pyright: ignore[reportUnknownVariableType] checked one by one
    return tuple(_example(item, f"{where}, example {n}") for n, item in enumerate(items, start=1))


def _example(raw: object, where: str) -> Example:
    try:
        example = _ExampleFile.model_validate(raw)
        article = Article(text=example.text)
    except ValidationError as exc:
        raise PromptError(f"{where}: {faults(exc)}") from exc
    except ArticleError as exc:
        raise PromptError(f"{where}: {brief(str(exc))}") from exc
    statements = tuple(
        _example_statement(fields, article, f"{where}, statement {n}")
        for n, fields in enumerate(example.statements, start=1)
    )
    return Example(article=article, gist=example.gist, statements=statements)


def _example_statement(fields: dict[str, Any], article: Article, where: str) -> ExampleStatement:
    """Validate a statement of an example like a statement of a summary."""
    fields = dict(fields)
    numbers = fields.pop("sentences", None)
    count = len(article.sentences)
    try:
        sentences = _NUMBERS.validate_python(numbers)
    except ValidationError as exc:
        raise PromptError(f"{where}: sentences must be a list of numbers") from exc
    if not all(1 <= n <= count for n in sentences) or len(set(sentences)) < len(sentences):
        given = shown(list(sentences[:_SHOWN]))
        raise PromptError(f"{where}: sentences must be from 1 to {count}, each once, not {given}")
    if surplus := sorted(_COMPUTED & fields.keys()):
        raise PromptError(f"{where}: {surplus[0]} is computed from the sentences: leave it out")
    cut = [article.sentences[n - 1] for n in sentences]
    if blank := [k for k, v in fields.items() if isinstance(v, str) and not v.strip()]:
        raise PromptError(f"{where}: {brief(blank[0])} is blank")
    evidence = tuple(Evidence(start=s.start, end=s.end, text=s.text) for s in cut)
    try:
        statement = _STATEMENT.validate_python(
            {**fields, "id": "example", "attribution": "reported", "evidence": evidence}
        )
    except ValidationError as exc:
        raise PromptError(f"{where}: {faults(exc)}") from exc
    return ExampleStatement(statement=statement, sentences=sentences)
