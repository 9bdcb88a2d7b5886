"""Coverage-guided fuzzing with atheris: only documented errors come out.

    python -m pip install atheris
    python tests/stress/fuzz.py claims -max_total_time=300

Targets: article, claims, prompt, gold, cassette. Whatever libFuzzer takes can follow, such as
a folder to keep its findings in. It stops at the first undocumented error, and writes the input
that led to it to a file ``crash-…``; to see that again: ``python tests/stress/fuzz.py claims FILE``.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["communique"]):
    from communique import Article
    from communique.errors import ArticleError, GoldError, PromptError, RecordingError
    from communique.evaluation import load_gold
    from communique.grounding import ground
    from communique.prompts import load_prompt
    from communique.reading import Claim
    from communique.reading.forms import AgreementReply, ConditionReply, PositionReply, ThreatReply
    from communique.recording import use_cassette

REPOSITORY = Path(__file__).parents[2]
ARTICLE = Article(
    text=(REPOSITORY / "seeds/putin-vladivostok/article.txt").read_bytes().decode("utf-8")
)


def article(data: bytes, _: Path) -> None:
    """Sentences are the text's own, in order, and leave nothing but white space out."""
    with suppress(ArticleError):
        read = Article(text=atheris.FuzzedDataProvider(data).ConsumeUnicode(len(data)))
        place = 0
        for sentence in read.sentences:
            assert read.text[sentence.start : sentence.end] == sentence.text
            assert not read.text[place : sentence.start].strip()
            place = sentence.end
        assert not read.text[place:].strip()


def claims(data: bytes, _: Path) -> None:
    """Whatever a model claims, evidence is exact, and each claim is a statement or rejected."""
    source = atheris.FuzzedDataProvider(data)

    def text() -> str:
        """Return text that JSON can hold: without lone surrogates."""
        return source.ConsumeUnicodeNoSurrogates(source.ConsumeIntInRange(0, 30))

    def words() -> str:
        """Return words of the article, so that not everything is rejected as foreign to it."""
        start = source.ConsumeIntInRange(0, len(ARTICLE.text))
        return ARTICLE.text[start : start + source.ConsumeIntInRange(0, 40)] + text()

    made: list[Claim] = []
    while source.remaining_bytes() and len(made) < 12:
        numbers = [source.ConsumeIntInRange(-1, 25) for _ in range(source.ConsumeIntInRange(0, 3))]
        speaker = {"actor": words(), "on_behalf_of": words()}
        forms = (
            lambda s=speaker: PositionReply(kind="position", issue=words(), stance="opposes", **s),
            lambda s=speaker: ConditionReply(
                kind="condition", outcome=words(), relation="if", condition=words(), **s
            ),
            lambda s=speaker: ThreatReply(
                kind="threat", target=words(), action=words(), trigger=text(), means="other", **s
            ),
            lambda: AgreementReply(
                kind="agreement", parties=[words(), words()], subject=words(), status="agreed"
            ),
        )
        made.append(Claim(source.PickValueInList(list(forms))(), tuple(numbers)))
    grounded = ground(ARTICLE, made)
    statements = (
        *grounded.positions, *grounded.conditions, *grounded.threats, *grounded.agreements
    )  # fmt: skip
    for statement in statements:
        for span in statement.evidence:
            assert ARTICLE.text[span.start : span.end] == span.text
    assert len(statements) + len(grounded.rejected) <= len(made)
    assert bool(statements or grounded.rejected) == bool(made)
    assert ground(ARTICLE, made[::-1]) == grounded


def prompt(data: bytes, folder: Path) -> None:
    """A folder is a prompt or not."""
    names = ("prompt.toml", "instructions.md", "questions.toml", "examples.yaml")
    name = names[data[0] % len(names) if data else 0]
    for other in (REPOSITORY / "prompts" / "v2").iterdir():
        (folder / other.name).write_bytes(other.read_bytes())
    (folder / name).write_bytes(data[1:])
    with suppress(PromptError):
        load_prompt(str(folder))


def gold(data: bytes, folder: Path) -> None:
    """A folder is an annotated article or not."""
    (folder / "article.txt").write_bytes(b"Ruritania opposes the dam. Talks go on.")
    (folder / "gold.yaml").write_bytes(data)
    with suppress(GoldError):
        load_gold(folder)


def cassette(data: bytes, folder: Path) -> None:
    """A file is a cassette or not."""
    (folder / "tape.json").write_bytes(data)
    with suppress(RecordingError), use_cassette(folder / "tape.json", record=False):
        pass


TARGETS: dict[str, Callable[[bytes, Path], None]] = {
    target.__name__: target for target in (article, claims, prompt, gold, cassette)
}


def main() -> None:
    """Fuzz the target that the first argument names."""
    target = TARGETS[sys.argv[1]]
    with tempfile.TemporaryDirectory() as folder:
        atheris.Setup([sys.argv[0], *sys.argv[2:]], lambda data: target(bytes(data), Path(folder)))
        atheris.Fuzz()


if __name__ == "__main__":
    main()
