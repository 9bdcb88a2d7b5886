"""The annotated articles: that they follow the annotation guide, and how they are read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from communique.evaluation import load_all
from communique.statements import KINDS, Evidence
from communique_training.articles import LabelledArticle, read_file, read_gold
from communique_training.manifest import ARTICLES

AGAINST = {"kind": "position", "actor": "Ruritania", "on_behalf_of": None, "stance": "opposes", "issue": "the dam"}  # fmt: skip
TRUCE = {"kind": "agreement", "parties": ["Ruritania", "Veldania"], "subject": "a truce", "status": "agreed"}  # fmt: skip
SPAN = Evidence(start=0, end=1, text="x")


def write(folder: Path, *statements: dict[str, Any]) -> Path:
    path = folder / "z.yaml"
    sentences = ["Rain fell.", "Ruritania opposed the dam.", "A truce was agreed."]
    article = {"language": "en", "sentences": sentences, "gist": "A dam.", "statements": statements}
    path.write_text(yaml.safe_dump([article]), encoding="utf-8")
    return path


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.casefold()))


def test_every_statement_is_one_of_the_librarys(labelled_articles: list[LabelledArticle]) -> None:
    """Its fields make a statement that the library accepts and would not reject."""
    for article in labelled_articles:
        for statement in article.statements:
            kind = KINDS[statement.kind]
            kind.build(statement.reply, id="x", evidence=[SPAN])
            assert statement.reply.fault() is None, article.name
            if kind.must_differ:
                one, other = (getattr(statement.reply, field) for field in kind.must_differ)
                assert one != other, article.name


def test_every_article_has_sentences_and_a_gist(labelled_articles: list[LabelledArticle]) -> None:
    """No text is blank, none is twice in the data, and names are unique."""
    for article in labelled_articles:
        assert article.gist
        assert all(text.strip() == text != "" for text in article.sentences), article.name
        statements = [s.model_dump_json() for s in (s.reply for s in article.statements)]
        assert len(set(statements)) == len(statements), article.name
    assert len({article.name for article in labelled_articles}) == len(labelled_articles)
    assert len({article.sentences for article in labelled_articles}) == len(labelled_articles)


def test_names_are_as_the_article_has_them(labelled_articles: list[LabelledArticle]) -> None:
    """In English all but a few are made of its words; "Peru" may stand for "Peruvian"."""
    others = total = 0
    for article in labelled_articles:
        if article.language != "en":
            continue
        there = words(" ".join(article.sentences))
        there |= {word.removesuffix(end) for word in there for end in ("n", "an", "s")}
        for statement in article.statements:
            for name in KINDS[statement.kind].names_in(statement.reply):
                total += 1
                others += not words(name) - {"s"} <= there
    assert others < total / 200


def test_a_statement_is_read(tmp_path: Path) -> None:
    """Its fields, its sentences, and whether it is optional."""
    path = write(tmp_path, {**AGAINST, "sentences": [2], "optional": True}, {**TRUCE, "sentences": [2, 3]})  # fmt: skip
    (article,) = read_file(path)
    assert (article.name, article.language, article.gist) == ("z-1", "en", "A dam.")
    first, second = article.statements
    assert (first.kind, first.sentences, first.optional) == ("position", (2,), True)
    assert (second.kind, second.sentences, second.optional) == ("agreement", (2, 3), False)
    assert second.reply.model_dump() == TRUCE


@pytest.mark.parametrize(
    "fault",
    [
        {"stance": "objects"},
        {"stance": None},
        {"issue": None},
        {"actor": ["Ruritania"]},
        {"means": "military"},
        {"kind": "wish"},
        {"sentences": [4]},
        {"sentences": ["2"]},
    ],
    ids=str,
)
def test_a_faulty_statement_is_refused(tmp_path: Path, fault: dict[str, Any]) -> None:
    """With the name of its article."""
    with pytest.raises(ValueError, match="z-1"):
        list(read_file(write(tmp_path, {**AGAINST, "sentences": [2], **fault})))


@given(numbers=st.lists(st.integers(-1, 5), max_size=4))
def test_sentence_numbers(numbers: list[int], tmp_path_factory: pytest.TempPathFactory) -> None:
    """They ascend, each is that of a sentence, and there is one."""
    path = write(tmp_path_factory.mktemp("articles"), {**AGAINST, "sentences": numbers})
    if numbers and numbers == sorted(set(numbers)) and set(numbers) <= {1, 2, 3}:
        (article,) = read_file(path)
        assert list(article.statements[0].sentences) == numbers
    else:
        with pytest.raises(ValueError, match="ascending numbers from 1 to 3"):
            list(read_file(path))


def test_gold_is_read_like_the_packages_articles(repository: Path) -> None:
    """Its sentences, its statements with the sentences of their evidence, and its gist."""
    seeds = repository / "seeds"
    for gold, article in zip(load_all(seeds), read_gold([seeds]), strict=True):
        assert article.is_gold
        assert (article.name, article.gist) == (gold.slug, gold.gist)
        for item, statement in zip(gold.statements, article.statements, strict=True):
            proofs = " ".join(article.sentences[n - 1] for n in statement.sentences)
            evidence = " ".join(span.text for span in item.statement.evidence)
            assert proofs.split() == evidence.split()
            assert statement.optional == item.optional
            for field in KINDS[statement.kind].fields:
                ours, theirs = getattr(statement.reply, field), getattr(item.statement, field)
                assert ours == (list(theirs) if isinstance(theirs, tuple) else theirs)


def test_some_gold_is_held_out(repository: Path) -> None:
    """About one article in six, the same ones whatever else is in the folder."""
    articles = list(read_gold([repository / "seeds"]))
    held_out = [article.name for article in articles if article.held_out]
    assert len(articles) / 12 < len(held_out) < len(articles) / 3
    again = list(read_gold([repository / "seeds", repository / "seeds"]))
    assert [article.name for article in again if article.held_out] == held_out * 2


def test_gold_that_breaks_the_guide_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And left out; the rest is read."""
    for name, statements in (("sound", "[]"), ("broken", "none")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "article.txt").write_text("It rained.", encoding="utf-8")
        gold = f"article: article.txt\nlanguage: en\norigin: this test\nstatements: {statements}\n"
        (tmp_path / name / "gold.yaml").write_text(gold, encoding="utf-8")
    (article,) = read_gold([tmp_path])
    assert article.name == "sound"
    assert f"left out: {tmp_path / 'broken'}" in capsys.readouterr().err


def test_the_files_are_plain(repository: Path) -> None:
    """A sentence or a statement a line, texts in double quotes, as the other files have them."""
    line = re.compile(
        r'- language: [a-z]+|  topic: .+|  sentences:|    - ".*"|  gist: ".*"'
        r"|  statements:( \[\])?|    - \{kind: [a-z]+, .*sentences: \[[\d, ]+\](, optional: true)?\}"
    )
    for path in ARTICLES.glob("*.yaml"):
        for number, text in enumerate(path.read_text(encoding="utf-8").split("\n")[:-1], start=1):
            assert line.fullmatch(text), f"{path.name}:{number}"
