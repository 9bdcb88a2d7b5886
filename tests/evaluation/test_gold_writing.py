"""Gold made of a reviewed summary: it is loaded and scored like gold that was written by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import builders
from communique import Article, Evidence, Summary
from communique.errors import GoldError
from communique.evaluation import figure, load_all, load_gold, score, total
from communique.evaluation.gold_writing import GoldFolders, gold_name

if TYPE_CHECKING:
    from pathlib import Path

TEXT = (
    "Ana Ruiz of Ruritania will close the border if the dam is built. Ruritania opposes the dam. "
    "Talks start after the election is held, Ruritania said. Ruritania and Ulmia have a treaty."
)


def summary_of(text: str = TEXT, **about: str) -> Summary:
    said = [builders.threat(1), builders.position(2), builders.condition(3), builders.agreement(4)]
    return builders.summary_of(Article(text=text, **about), *said)


def fields_of(summary: Summary) -> list[object]:
    return [each.model_dump(exclude={"id", "confidence", "summary"}) for each in summary.statements]


@pytest.fixture
def folders(tmp_path: Path) -> GoldFolders:
    return GoldFolders(tmp_path / "gold", "written for a test")


def test_gold_has_the_statements_and_scores_them(folders: GoldFolders) -> None:
    """A model that says the same has an F1 of 1."""
    summary = summary_of(title="The dam: a déjà vu?", language="en")
    folder = folders.write(summary)
    assert folder.name == gold_name(summary.article)
    assert folder.name.startswith("the-dam-a-deja-vu-")
    (gold,) = load_all(folders.root)
    assert gold.article.text == summary.article.text
    assert (gold.origin, gold.gist) == ("written for a test", None)
    found = [
        each.statement.model_dump(exclude={"id", "confidence", "summary"})
        for each in gold.statements
    ]
    assert found == fields_of(summary)
    assert figure("f1", total([score(gold, summary.statements)])) == 1.0


def test_only_a_gist_that_a_person_decided_about_is_gold(folders: GoldFolders) -> None:
    """The model's own is not."""
    summary = summary_of()
    assert load_gold(folders.write(summary)).gist is None
    assert (
        load_gold(folders.write(summary.with_gist("A dam: yes or no."))).gist == "A dam: yes or no."
    )


def test_gold_is_written_anew_unless_someone_edited_it(folders: GoldFolders) -> None:
    """What was edited by hand stays as it is, and the way out is named."""
    summary = summary_of()
    assert folders.state(summary) == "none"
    folder = folders.write(summary)
    assert folders.state(summary) == "written"
    better = summary.without("threat-1")
    assert folders.state(better) == "old"
    folders.write(better)
    assert folders.state(better) == "written"
    assert len(load_gold(folder).statements) == 3
    path = folder / "gold.yaml"
    edited = path.read_text(encoding="utf-8").replace("issue: the dam", "issue: the new dam")
    path.write_text(edited, encoding="utf-8")
    assert folders.state(better) == "foreign"
    with pytest.raises(GoldError, match="was edited since: it stays as it is; move it away"):
        folders.write(summary)
    assert path.read_text(encoding="utf-8") == edited
    assert [each.name for each in folders.root.iterdir()] == [folder.name]


def test_gold_that_breaks_the_rules_is_not_written(folders: GoldFolders) -> None:
    """Two statements that say the same; and nothing is left behind."""
    summary = summary_of()
    twin = summary.positions[0].model_copy(update={"id": "position-2"})
    with pytest.raises(
        GoldError, match=r"^position-2: has the kind, actor and content of position-1"
    ):
        folders.write(summary.with_statement(twin))
    assert list(folders.root.iterdir()) == []


def test_a_folder_that_can_t_be_written_is_named(tmp_path: Path) -> None:
    """A file is in its place."""
    (tmp_path / "gold").write_text("", encoding="utf-8")
    with pytest.raises(GoldError, match=r"can.t be written"):
        GoldFolders(tmp_path / "gold", "x").write(summary_of())


def test_a_link_in_its_place_is_not_followed(folders: GoldFolders, tmp_path: Path) -> None:
    """It could lead to any file."""
    folder = folders.write(summary_of())
    secret = tmp_path / "secret"
    secret.write_text("key", encoding="utf-8")
    (folder / "gold.yaml").unlink()
    (folder / "gold.yaml").symlink_to(secret)
    with pytest.raises(GoldError, match="stays as it is"):
        folders.write(summary_of())
    assert secret.read_text(encoding="utf-8") == "key"


@pytest.mark.parametrize(
    "about",
    [{"title": "../../etc"}, {"id": "../x"}, {"title": "谈判"}, {"title": ". ."}, {"title": "CON"}],
)
def test_names_of_folders_are_plain(about: dict[str, str]) -> None:
    """Whatever the title is; and articles with the same title have folders of their own."""
    name = gold_name(Article(text=TEXT, **about))
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert name != gold_name(Article(text=TEXT + " More.", **about))


def test_german_without_a_language_keeps_its_sentences(folders: GoldFolders) -> None:
    """The language tells where sentences end, which evidence is made of."""
    text = "Am 2. Mai hat Ruritania mit Ulmia und den Nachbarn gesprochen. Die Staaten sind sich nicht einig."
    summary = builders.summary_of(Article(text=text), builders.position(1))
    gold = load_gold(folders.write(summary))
    assert gold.article.sentences == summary.article.sentences


SENTENCES = ["Yes.", "No.", "Ruritania opposes the dam.", "“No,” it said.", "Ja: nein!"]


@settings(max_examples=20)  # each writes files
@given(
    parts=st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=8),
    joint=st.sampled_from([" ", "\n", "\n\n", "\r\n"]),
    data=st.data(),
)
def test_any_evidence_is_found_again(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str], joint: str, data: st.DataObject
) -> None:
    """Also a sentence that occurs several times, and half a sentence: gold covers all of it."""
    text = joint.join(parts)
    article = Article(text=text)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    if not text[start:end].strip():
        return
    summary = summary_of().positions[0]
    marked = summary.model_copy(
        update={"evidence": (Evidence(start=start, end=end, text=text[start:end]),)}
    )
    whole = builders.summary_of(article).with_statement(marked)
    gold = load_gold(GoldFolders(tmp_path_factory.mktemp("gold"), "x").write(whole))
    (span,) = gold.statements[0].statement.evidence
    left = start + len(text[start:end]) - len(text[start:end].lstrip())
    right = start + len(text[start:end].rstrip())
    assert span.start <= left
    assert right <= span.end


@settings(max_examples=20)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12).filter(str.strip))
def test_any_text_is_read_back_as_text(tmp_path_factory: pytest.TempPathFactory, said: str) -> None:
    """YAML takes no, 12:30 or 1_000 for something else."""
    summary = summary_of().corrected("position-1", issue=said)
    gold = load_gold(GoldFolders(tmp_path_factory.mktemp("gold"), said).write(summary))
    (position,) = [each.statement for each in gold.statements if each.statement.kind == "position"]
    assert position.kind == "position"
    assert position.issue == said
    assert gold.origin == said
