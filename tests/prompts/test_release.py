"""A released prompt never changes: whatever a model is asked is in its folder and in its hash."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders import stated, whole
from communique import summarize
from communique.errors import PromptError
from communique.prompts import check_prompts, load_prompt, lock_version, new_version
from communique.prompts import loading as loading_module
from communique.prompts.differences import prefix_difference, schema_difference
from communique.prompts.loading import SOURCES, load_folder, read_lock
from communique.prompts.rendering import PREFIX, SCHEMA, schema_text
from communique.reading import PREFIXES, forms
from communique.testing import ScriptedModel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from communique.models import Message
    from communique.prompts import Prompt

VERSIONS = ("v1", "v2")
RENDERED = (SCHEMA, PREFIX)
FILES = settings(
    max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


@pytest.fixture
def code(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The library's code, to be changed: nothing that was made of it before is kept."""

    def forget() -> None:
        schema_text.cache_clear()
        loading_module._parsed.cache_clear()

    forget()
    with monkeypatch.context() as patch:
        yield patch
    forget()


def changed_form(form: type[Any], change: Callable[[dict[str, Any]], None]) -> type[Any]:
    """The form as it would be if its code were changed so that its schema is."""

    class Changed(form):
        @classmethod
        def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
            schema: dict[str, Any] = form.model_json_schema()
            change(schema)
            return schema

    Changed.__name__ = form.__name__
    return Changed


def change_forms(
    code: pytest.MonkeyPatch, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    """Change the forms of the strategy that v2 has."""
    found = forms.forms

    def changed(strategy: Any) -> dict[str, Any]:
        return change(found(strategy)) if strategy == "conversation" else found(strategy)

    code.setattr(forms, "forms", changed)
    schema_text.cache_clear()


def change_form(
    code: pytest.MonkeyPatch, title: str, change: Callable[[dict[str, Any]], None]
) -> None:
    change_forms(code, lambda found: {**found, title: changed_form(found[title], change)})


def row_of(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the values of the first kind of row: sentences, kind, issue, stance, actor, …"""
    return schema["items"]["anyOf"][0]["prefixItems"]


def test_a_word_more_in_an_enumeration_is_named(folder: Path, code: pytest.MonkeyPatch) -> None:
    """The form, the field and the word are named, and what to do; the prompt is not loaded."""
    change_form(code, "statements", lambda schema: row_of(schema)[3]["enum"].append("abstains"))
    (problem,) = check_prompts(folder)
    assert problem == (
        "prompt v2: the form `statements` of the code differs from schema.json: enum "
        "1.prefixItems.4 gained 'abstains'; undo that, or copy the folder to a new version"
    )
    with pytest.raises(PromptError, match=r"enum 1\.prefixItems\.4 gained 'abstains'"):
        load_prompt("v2")
    with pytest.raises(PromptError, match=r"enum 1\.prefixItems\.4 gained 'abstains'"):
        lock_version("v2", folder)
    assert load_prompt("v1").version == "v1"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda schema: row_of(schema).pop(), "1.prefixItems lost "),
        (lambda schema: row_of(schema).append({}), "1.prefixItems gained {}"),
        (lambda schema: row_of(schema)[2].update(type="integer"),
         '1.prefixItems.3.type is "integer", not "string"'),
        (lambda schema: row_of(schema)[3]["enum"].reverse(),
         "enum 1.prefixItems.4 has another order"),
        (lambda schema: row_of(schema).reverse(), "1.prefixItems.1 gained 'anyOf'"),
        (lambda schema: schema["items"]["anyOf"][0].update(minItems=5), "1.minItems is 5, not 6"),
        (lambda schema: schema.update(maxItems=13), "maxItems is 13, not 12"),
    ],
)  # fmt: skip
def test_any_change_of_a_form_is_named(
    folder: Path, code: pytest.MonkeyPatch, change: Callable[[dict[str, Any]], None], says: str
) -> None:
    """Fields, their types and their order are part of what is asked."""
    change_form(code, "statements", change)
    assert load_folder(folder / "v2").prompt.sha256 != read_lock(folder).released["v2"]
    (problem,) = check_prompts(folder)
    assert problem.startswith("prompt v2: the form `statements` of the code differs")
    assert says in problem


def test_a_form_more_is_named(folder: Path, code: pytest.MonkeyPatch) -> None:
    """A kind that the model can be asked about since the release is another prompt."""
    change_forms(code, lambda found: {**found, "request": found["statements"]})
    (problem,) = check_prompts(folder)
    assert "the code has a form `request` that schema.json lacks" in problem


def test_a_form_less_is_named(folder: Path, code: pytest.MonkeyPatch) -> None:
    """And so is one that the model is no longer asked to fill in."""
    change_forms(code, lambda found: {title: found[title] for title in found if title != "gist"})
    (problem,) = check_prompts(folder)
    assert "schema.json has a form `gist` that the code lacks" in problem


@pytest.mark.parametrize("version", ["v1", "v9"])
def test_examples_put_differently_are_noticed(
    folder: Path, code: pytest.MonkeyPatch, version: str
) -> None:
    """A space more in the message of an example is a change of the prompt, and shown."""
    new = new_version("v9", "v2", folder)  # v2 itself has no examples
    shutil.copy(folder / "v1" / "examples.yaml", new)
    lock_version("v9", folder)
    strategy = load_prompt(str(folder / version)).strategy
    make = PREFIXES[strategy]

    def make_wider(prompt: Prompt) -> tuple[Message, ...]:
        system, *turns = make(prompt)
        wider = [{**said, "content": said["content"].replace("[1] ", "[1]  ")} for said in turns]
        return (system, *cast("list[Message]", wider))

    code.setitem(PREFIXES, strategy, make_wider)
    loading_module._parsed.cache_clear()
    assert load_folder(folder / version).prompt.sha256 != read_lock(folder).released[version]
    (problem,) = check_prompts(folder)
    assert f"prompt {version} was changed after its release: message 2 differs" in problem
    assert "[1]  " in problem


@pytest.mark.parametrize("name", ["passage", "gist", "correction"])
def test_a_word_more_in_a_question_is_noticed(folder: Path, name: str) -> None:
    """The wording of a question and of a correction is part of the version."""
    path = folder / "v2" / "questions.toml"
    text = path.read_text(encoding="utf-8")
    before = load_folder(folder / "v2").prompt
    words = getattr(before.questions, name)
    path.write_text(text.replace(words.split()[-1], "so, " + words.split()[-1]), encoding="utf-8")
    assert getattr(load_folder(folder / "v2").prompt.questions, name) != words
    (problem,) = check_prompts(folder)
    assert "v2 was changed after its release" in problem
    assert load_folder(folder / "v2").prompt.sha256 != before.sha256


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", SOURCES)
def test_any_change_of_a_byte_changes_the_hash(folder: Path, version: str, name: str) -> None:
    """Each byte of what people write is in the hash, wherever it is and whatever it becomes."""
    path = folder / version / name
    sound = path.read_text(encoding="utf-8")
    released = load_folder(folder / version).prompt.sha256

    @FILES
    @given(
        st.integers(0, len(sound) - 1),
        st.characters(codec="utf-8", exclude_characters="\r"),
        st.booleans(),
    )
    def check(place: int, character: str, more: bool) -> None:
        changed = sound[:place] + character + sound[place + (not more) :]
        path.write_bytes(changed.encode())
        try:
            found = load_folder(folder / version).prompt.sha256
        except PromptError:
            found = None  # no prompt at all
        assert (found == released) == (changed == sound)
        assert bool(check_prompts(folder)) == (changed != sound)

    check()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", RENDERED)
def test_what_a_release_wrote_stays(folder: Path, version: str, name: str) -> None:
    """A file that the release wrote may neither be edited nor be lost."""
    path = folder / version / name
    sound = path.read_text(encoding="utf-8")

    @FILES
    @given(st.integers(0, len(sound) - 1), st.characters(codec="utf-8", exclude_characters="\r"))
    def check(place: int, character: str) -> None:
        changed = sound[:place] + character + sound[place + 1 :]
        path.write_bytes(changed.encode())
        problems = check_prompts(folder)
        assert bool(problems) == (changed != sound)
        assert all(name in problem and version in problem for problem in problems)

    check()
    path.unlink()
    (problem,) = check_prompts(folder)
    assert f"{name} is missing" in problem


def test_the_librarys_own_version_is_verified_when_it_is_loaded(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`load_prompt` refuses what `prompts check` reports."""
    monkeypatch.setattr(loading_module, "prompts_folder", lambda: folder)
    assert load_prompt("v2").version == "v2"
    path = folder / "v2" / "instructions.md"
    path.write_text(
        path.read_text(encoding="utf-8").replace("part by", "piece by"), encoding="utf-8"
    )
    with pytest.raises(PromptError, match=r"v2 was changed after its release: message 1 differs"):
        load_prompt("v2")
    own = load_prompt(str(folder / "v2"))
    assert "piece by part" in PREFIXES["conversation"](own)[0]["content"]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_prefix_is_what_is_asked(version: str, repository: Path) -> None:
    """The hash covers the very messages that are sent before the article."""
    prompt = load_prompt(version)
    model = ScriptedModel([whole()] if version == "v1" else [[], {"gist": "It rained."}])
    summarize("It rained in the hills.", model=model, prompt=version)
    asked = model.asked[0]
    assert tuple(asked[:-1]) == PREFIXES[prompt.strategy](prompt)
    assert asked[:-1] == json.loads((repository / "prompts" / version / PREFIX).read_bytes())
    assert asked[0]["content"] == prompt.instructions
    begins = "Article:\n[1]" if version == "v1" else "[1]"
    assert asked[-1]["content"].startswith(f"{begins} It rained in the hills.")
    assert version == "v1" or asked[-1]["content"].endswith(prompt.questions.about_passage(1, 1))


def test_v2_asks_in_its_released_words() -> None:
    """The questions of v2, letter by letter."""
    questions = load_prompt("v2").questions
    assert questions.about_passage(11, 15) == "[11-15]?"
    assert questions.gist == "gist?"


def test_the_wording_of_the_questions_is_the_versions(folder: Path) -> None:
    """Strategies ask in the words of questions.toml; nothing in an article is filled in."""
    (folder / "v2" / "questions.toml").write_text(
        'passage = "S{first} to S{last}:"\ngist = "In short?"\ncorrection = "Again."\n',
        encoding="utf-8",
    )
    text = "Ruritania's foreign minister firmly rejected the new pipeline {first} {last}."
    model = ScriptedModel([stated("the pipeline"), {"gist": "A pipeline."}])
    summarize(text, model=model, prompt=str(folder / "v2"))
    first, last = (messages[-1]["content"] for messages in model.asked)
    assert first == f"[1] {text}\n\nS1 to S1:"
    assert last == "In short?"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'passage = "{first} {last}"\ngist = "g"', "correction"),
        (b'passage = "{first} {last}"\ngist = "g"\ncorrection = ""', "correction"),
        (b'passage = "{first} {last}"\ncorrection = "c"', "asks for: gist"),
        (b'gist = "g"\ncorrection = "c"', "asks for: passage"),
        (b'passage = "{first}?"\ngist = "g"\ncorrection = "c"', "must have {first} and {last}"),
        (b'passage = "{first} {last} {name}"\ngist = "g"\ncorrection = "c"', "no other braces"),
        (b'passage = "{first} {last} }"\ngist = "g"\ncorrection = "c"', "no other braces"),
        (b'passage = "{first} {last}"\ngist = "g"\ncorrection = "c"\nhint = "h"', "hint"),
        (b"passage", "at end of document"),
    ],
)  # fmt: skip
def test_questions_that_cannot_be_asked(folder: Path, content: bytes, says: str) -> None:
    """Questions that a strategy can't use are found when the version is loaded."""
    (folder / "v2" / "questions.toml").write_bytes(content)
    with pytest.raises(PromptError, match=rf"(?s)questions\.toml.*{says}"):
        load_prompt(str(folder / "v2"))


def test_whole_asks_no_questions(folder: Path) -> None:
    """A question that would never be asked is refused, and so is a correction in prompt.toml."""
    with (folder / "v1" / "questions.toml").open("a", encoding="utf-8") as file:
        file.write('\ngist = "What is it about?"\n')
    with pytest.raises(PromptError, match="the strategy whole doesn't ask: gist"):
        load_prompt(str(folder / "v1"))
    with (folder / "v2" / "prompt.toml").open("a", encoding="utf-8") as file:
        file.write('correction = "Again."\n')
    with pytest.raises(PromptError, match=r"prompt\.toml: field sampling\.correction: "):
        load_prompt(str(folder / "v2"))


TEN_SENTENCES = " ".join(f"Ruritania rejects dam number {n}." for n in range(1, 11))
TOO_MANY_NUMBERS = f"""
- text: A dam is planned.
  gist: A dam.
  statements: []
- text: {TEN_SENTENCES}
  gist: Dams.
  statements:
    - {{kind: position, actor: Ruritania, on_behalf_of: null, issue: dams, stance: opposes, sentences: [1, 2, 3, 4, 5, 6, 7, 8, 9]}}
"""


def test_an_example_that_its_strategy_cannot_put(folder: Path) -> None:
    """It is refused when the version is loaded; version, example and field are named."""
    (folder / "v1" / "examples.yaml").write_text(TOO_MANY_NUMBERS, encoding="utf-8")
    with pytest.raises(PromptError) as caught:
        load_prompt(str(folder / "v1"))
    assert "v1/examples.yaml, example 2: the strategy " in str(caught.value)
    assert "can't put it" in str(caught.value)
    assert "field statements.1.position.sentences: " in str(caught.value)
    assert "errors.pydantic.dev" not in str(caught.value)


def test_a_release_writes_what_the_library_makes(folder: Path) -> None:
    """The forms and messages lie beside the sources; a copy begins without those of another."""
    new = new_version("v9", "v2", folder)
    assert sorted(path.name for path in new.iterdir()) == sorted(SOURCES)
    (new / "instructions.md").write_text("Read closely.\n", encoding="utf-8")
    lock_version("v9", folder)
    loaded = load_folder(new)
    assert set(loaded.rendered) == set(RENDERED)
    for name, text in loaded.rendered.items():
        assert (new / name).read_text(encoding="utf-8") == text
    assert json.loads((new / "prefix.json").read_bytes())[0]["content"] == "Read closely."
    assert check_prompts(folder) == []


def test_a_copy_that_is_not_released_may_have_stale_files(folder: Path) -> None:
    """A folder that was copied as a whole and edited loads; its release writes its files again."""
    shutil.copytree(folder / "v2", folder / "v9")
    (folder / "v9" / "instructions.md").write_text("Read closely.\n", encoding="utf-8")
    assert load_prompt(str(folder / "v9")).instructions == "Read closely."
    lock_version("v9", folder)
    assert check_prompts(folder) == []


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.sampled_from("abc"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("pqr"), inner),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from("xyz"), VALUES), st.dictionaries(st.sampled_from("xyz"), VALUES)
)
def test_every_difference_of_forms_is_named(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Two texts are called equal exactly if they are."""
    before, now = json.dumps(old), json.dumps(new)
    assert (schema_difference(before, now) is None) == (before == now)


@given(st.lists(st.text(max_size=9), max_size=3), st.lists(st.text(max_size=9), max_size=3))
def test_every_difference_of_messages_is_named(old: list[str], new: list[str]) -> None:
    """Two texts are called equal exactly if they are."""
    before, now = (json.dumps([{"content": text} for text in texts]) for texts in (old, new))
    assert (prefix_difference(before, now) is None) == (before == now)
