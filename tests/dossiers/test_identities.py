"""Names of many articles mean one actor only where they can't be two."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stories import agrees, holds, story

import communique
from communique import Summary


def said(text: str, actor: str, home: str | None = None, **about: str) -> Summary:
    return story(text, holds(actor, "opposes", "the dam", home), id=text, **about)


def actors(*summaries: Summary) -> dict[str, int]:
    """Return the number of lines of each actor, by id."""
    return {actor.id: len(actor.lines) for actor in communique.dossier(summaries).actors}


def test_spellings_of_a_full_name_are_one_actor() -> None:
    dossier = communique.dossier(
        [
            said("Recep Erdoğan of Ulmia spoke.", "Recep Erdoğan", "Ulmia"),
            said("Recep Erdogan spoke in Ulmia.", "Recep Erdogan", "Ulmia"),
            said("On Monday President RECEP ERDOĞAN spoke.", "RECEP ERDOĞAN"),
        ]
    )
    (actor,) = dossier.find("Recep Erdoğan")
    assert len(actor.lines) == 3
    assert {actor.name, *actor.aliases} == {"Recep Erdoğan", "Recep Erdogan", "RECEP ERDOĞAN"}
    assert actor.speaks_for == ("Ulmia",)


def test_a_surname_with_two_full_names_stays_apart() -> None:
    found = actors(
        said("President Ana Roe of Ulmia spoke.", "Ana Roe", "Ulmia"),
        said("President Ben Roe of Ulmia spoke.", "Ben Roe", "Ulmia"),
        said("President Roe of Ulmia spoke.", "Roe", "Ulmia"),
    )
    assert found == {"ulmia": 3, "ana-roe": 1, "ben-roe": 1, "roe": 1}


def test_the_same_surname_in_two_articles_with_different_full_names_stays_two() -> None:
    """Each article completes it to its own full name."""
    found = actors(
        said("Envoy Ana Roe came. Roe spoke for Ulmia.", "Roe", "Ulmia"),
        said("Envoy Ben Roe came. Roe spoke for Ulmia.", "Roe", "Ulmia"),
    )
    assert found == {"ulmia": 2, "roe": 1, "roe-2": 1}


@pytest.mark.parametrize(
    ("home", "is_one"), [("Ulmia", True), ("Zemra", False), (None, False)], ids=str
)
def test_a_surname_is_united_with_its_only_full_name_if_both_speak_for_the_same(
    home: str | None, is_one: bool
) -> None:
    dossier = communique.dossier(
        [
            said("President Ana Roe of Ulmia spoke.", "Ana Roe", "Ulmia"),
            said(f"President Roe spoke for {home}.", "Roe", home),
        ]
    )
    (full,) = dossier.find("Ana Roe")
    assert len(full.lines) == 1 + is_one
    if not is_one:
        (short,) = dossier.find("Roe")
        assert short.perhaps == (full.id,)
        assert full.perhaps == (short.id,)


def test_two_surnames_alone_stay_two() -> None:
    found = actors(
        said("President Roe of Ulmia spoke.", "Roe", "Ulmia"),
        said("Yesterday President Roe of Ulmia spoke.", "Roe", "Ulmia"),
    )
    assert found == {"ulmia": 2, "roe": 1, "roe-2": 1}


def test_a_full_name_that_speaks_for_two_states_stays_two_unless_an_article_ties_it_to_both() -> (
    None
):
    one = said("Ana Roe spoke for Ulmia.", "Ana Roe", "Ulmia")
    other = said("Ana Roe spoke for Zemra.", "Ana Roe", "Zemra")
    dossier = communique.dossier([one, other])
    assert [len(actor.lines) for actor in dossier.find("Ana Roe")] == [1, 1]
    assert [actor.perhaps for actor in dossier.find("Ana Roe")] == [("ana-roe-2",), ("ana-roe",)]
    unnamed = said("Ana Roe spoke at home.", "Ana Roe")
    assert len(communique.dossier([one, other, unnamed]).find("Ana Roe")) == 3
    assert len(communique.dossier([one, unnamed]).find("Ana Roe")) == 1
    tied = said("Ana Roe, the Ulmia envoy Ana Roe, spoke for Zemra.", "Ana Roe", "Zemra")
    assert len(communique.dossier([one, tied]).find("Ana Roe")) == 1


@pytest.mark.parametrize(
    "name",
    ["police", "a colonel", "Turkish officials", "Supreme Court", "Ulmian president", "Protesters"],
)
def test_who_has_no_name_is_somebody_of_each_article(name: str) -> None:
    found = actors(
        said(f"Then {name} and protesters spoke.", name),
        said(f"Here {name} and protesters spoke.", name),
    )
    assert sorted(found.values()) == [1, 1]


def test_a_body_without_a_name_is_one_within_a_state() -> None:
    found = actors(
        said("The Supreme Court of Ulmia ruled.", "Supreme Court", "Ulmia"),
        said("Ulmia waits. Its Supreme Court ruled.", "Supreme Court", "Ulmia"),
        said("The Supreme Court of Zemra ruled.", "Supreme Court", "Zemra"),
    )
    assert found == {"ulmia": 2, "supreme-court": 2, "supreme-court-2": 1, "zemra": 1}


def test_a_government_is_the_state() -> None:
    dossier = communique.dossier(
        [
            said("The Cuban government spoke.", "Cuban government"),
            said("Cuba spoke.", "Cuba"),
            said("The government of Ulmia spoke.", "government of Ulmia"),
            said("Ana Roe spoke for Ulmia.", "Ana Roe", "Ulmia"),
        ]
    )
    assert [len(actor.lines) for actor in dossier.find("Cuba")] == [2]
    assert [len(actor.lines) for actor in dossier.find("Ulmia")] == [2]


def test_an_acronym_is_the_body_that_an_article_introduces_with_it() -> None:
    whole = said("The Ulmian Liberation Front (ULF) spoke.", "Ulmian Liberation Front")
    short = said("The ULF spoke.", "ULF")
    assert list(actors(whole, short).values()) == [2]
    bare = said("The Ulmian Liberation Front spoke.", "Ulmian Liberation Front")
    assert list(actors(bare, short).values()) == [1, 1]


def test_a_place_is_no_surname() -> None:
    found = actors(
        said("Jordan spoke in Amman.", "Jordan"),
        said("The envoy of Jordan spoke.", "Jordan"),
        said("Michael Jordan spoke.", "Michael Jordan"),
    )
    assert found == {"jordan": 2, "michael-jordan": 1}


def test_parties_are_actors_and_states_have_what_is_said_for_them() -> None:
    dossier = communique.dossier(
        [story("Ana Roe spoke. Ulmia and Zemra signed.", holds("Ana Roe", "supports", "peace", "Ulmia"),
               agrees("peace treaty", "agreed", "Ulmia", "Zemra"))]
    )  # fmt: skip
    (ulmia,), (zemra,) = dossier.find("Ulmia"), dossier.find("Zemra")
    assert [len(ulmia.issues), len(ulmia.agreements)] == [1, 1]
    assert [len(zemra.issues), len(zemra.agreements)] == [0, 1]


GIVEN, SURNAMES, HOMES = ("Ana", "Ben", "Cyr"), ("Roe", "Lind"), ("Ulmia", "Zemra", None)
PEOPLE = st.tuples(
    st.sampled_from(GIVEN), st.sampled_from(SURNAMES), st.sampled_from(HOMES), st.booleans()
)


@given(st.lists(PEOPLE, min_size=1, max_size=6))
def test_two_people_are_never_one(people: list[tuple[str, str, str | None, bool]]) -> None:
    """Whatever the articles: no actor has two full names, or two homes, or one of two bearers."""
    summaries: list[Summary] = []
    for place, (given_name, surname, home, is_short) in enumerate(people):
        name = surname if is_short else f"{given_name} {surname}"
        text = f"In piece {place} the envoy {name} spoke for {home or 'peace'}."
        summaries.append(said(text, name, home))
    dossier = communique.dossier(summaries)
    full = {
        f"{given_name} {surname}" for given_name, surname, _, is_short in people if not is_short
    }
    for actor in dossier.actors:
        names = {actor.name, *actor.aliases}
        assert len(names & full) <= 1
        assert len(actor.speaks_for) <= 1
        for surname in names & set(SURNAMES):
            bearers = {name for name in full if name.endswith(surname)}
            assert len(actor.lines) == 1 or len(bearers) == 1
    assert sum(len(a.lines) for a in dossier.actors if a.id not in {"ulmia", "zemra"}) == len(
        people
    )


def test_what_a_collection_of_real_articles_showed() -> None:
    """Acronyms in brackets, a government with its state, "Jr.", and the name to show."""
    dossier = communique.dossier(
        [
            said("Ana Roe spoke. The Green Path (GP) waits.", "Ana Roe", "Green Path (GP)"),
            said("Ana Roe spoke. The Green Path waits.", "Ana Roe", "Green Path"),
            said("The government spoke for Kenya.", "the government", "Kenya"),
            said("The Yemeni Government spoke.", "Yemeni Government"),
            said("Yemen spoke.", "Yemen"),
            said("Joe Lind spoke.", "Joe Lind"),
            said("Joe Lind Jr. spoke.", "Joe Lind Jr."),
            said("Secretary Zed spoke for Ulmia. Zed won.", "Zed", "Ulmia"),
            said("Zed won, and Zed spoke for Ulmia.", "Zed", "Ulmia"),
            said("Cy Zed spoke for Ulmia.", "Cy Zed", "Ulmia"),
        ]
    )
    assert len(dossier.find("Ana Roe")) == 1
    assert [actor.name for actor in dossier.find("Kenya")] == ["Kenya"]
    assert [actor.name for actor in dossier.find("Yemen")] == ["Yemen"]
    assert [actor.perhaps for actor in dossier.find("joe lind jr")] == [("joe-lind",)]
    (zed,) = dossier.find("Zed")
    assert (zed.name, zed.aliases, len(zed.lines)) == ("Cy Zed", ("Zed",), 3)


NAMES = st.one_of(
    st.text(min_size=1, max_size=12),
    st.lists(
        st.sampled_from(
            ["government", "of", "the", "'s", "Roe", "US", "(US)", "Jr.", ",", "警方", "-"]
        ),
        min_size=1,
        max_size=4,
    ).map(" ".join),
)


@given(st.lists(st.tuples(NAMES, st.none() | NAMES), min_size=1, max_size=4))
def test_any_text_can_be_a_name(people: list[tuple[str, str | None]]) -> None:
    """Each statement is in the dossier of its actor, and ids are unique."""
    summaries = [
        said(f"Piece {n}: Roe of the US.", name, home) for n, (name, home) in enumerate(people)
    ]
    dossier = communique.dossier(summaries)
    ids = [actor.id for actor in dossier.actors]
    assert len(ids) == len(set(ids))
    found = {line.article.id for actor in dossier.actors for line in actor.lines}
    assert len(found) == len(people)
    assert dossier.to_markdown()
    assert communique.Dossier.model_validate_json(dossier.model_dump_json()) == dossier
