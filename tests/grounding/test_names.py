"""Names: one form each, as the article has them, and none that it does not have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import agreement, position, summary_of
from communique import Article, Summary
from communique.grounding.gist import ground_gist
from communique.grounding.names import Names, name_key

TEXT = (
    "Russian President Vladimir Putin opposes the plan. Sergei Lavrov, the Russian foreign "
    "minister, agreed. Putin spoke in the South Sudan pavilion, not for Sudan. Ana Ruiz and "
    "Leo Ruiz of the Free Reef Movement listened. Ruiz left. The movement said nothing."
)


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Putin", "Vladimir Putin"),
        ("Russian President Vladimir Putin", "Vladimir Putin"),
        ("President Putin", "Vladimir Putin"),
        ("the Russian president", "Vladimir Putin"),
        ("the Russian foreign minister", "Sergei Lavrov"),
        ("the Movement", "Free Reef Movement"),
        ("Sudan", "Sudan"),
        ("Ruiz", "Ruiz"),
        ("the French president", "French president"),
        ("Secretary of State", "Secretary of State"),
    ],
)
def test_forms_of_a_name(name: str, form: str) -> None:
    """Titles go off, a surname or a description stands for one person, or for itself."""
    assert Names(Article(text=TEXT)).form(name) == form


@given(name=st.text(max_size=30) | st.sampled_from(TEXT.split(". ")))
def test_every_name_has_a_form_that_stays(name: str) -> None:
    """Any text gets a form or is not in the article; looked up again, it is the same."""
    names = Names(Article(text=TEXT))
    found = names.find(name)
    assert found is None or isinstance(found, str)
    assert names.find(name) == found


ONE = {
    # a surname, and the one full name for it
    "surname": ("Mara Lind spoke first. Lind opposes the bridge.", ["Mara Lind", "Lind"]),
    "family name first": ("Xi Jinping came at noon. Xi opposes the dam.", ["Xi Jinping", "Xi"]),
    "family first, given in two": ("Yoon Suk Yeol came. Yoon left.", ["Yoon Suk Yeol", "Yoon"]),
    "al-": ("Bashar al-Assad spoke. Assad left.", ["Bashar al-Assad", "Assad", "al-Assad"]),
    "bin": ("Khalid bin Rashid spoke. Rashid left.", ["Khalid bin Rashid", "bin Rashid", "Rashid"]),
    "von": ("Ursula von der Leyen spoke.", ["Ursula von der Leyen", "von der Leyen", "Leyen"]),
    "middle name": ("Omar Hesh spoke. Omar J. Hesh signed.", ["Omar Hesh", "Hesh"]),
    "possessive": ("Mara Lind’s plan failed. Lind left.", ["Mara Lind", "Lind"]),
    # ranks and honorifics
    "General": ("General Omar Hesh spoke. Hesh left.", ["General Omar Hesh", "Omar Hesh", "Hesh"]),
    "Gen.": ("Gen. Omar Hesh spoke.", ["Gen. Omar Hesh", "General Hesh", "Col. Hesh"]),
    "Ayatollah": ("Ayatollah Reza Tabrizi spoke.", ["Ayatollah Reza Tabrizi", "Tabrizi"]),
    "Sheikh": ("Sheikh Hamad al-Thani spoke.", ["Sheikh Hamad al-Thani", "Hamad al-Thani", "Thani"]),
    "Sir": ("Sir Colin Marsh spoke.", ["Sir Colin Marsh", "Marsh"]),
    "Amb.": ("Amb. Lena Roe left.", ["Amb. Lena Roe", "Ambassador Roe", "Lena Roe"]),
    "Ms.": ("He met Ms. Ruiz.", ["Ms. Ruiz", "Ruiz"]),
    "Mme": ("Mme Lucie Aru refuse.", ["Mme Aru", "Lucie Aru", "M. Aru"]),
    "Sra.": ("La Sra. Lucía Ruiz habló.", ["Sra. Ruiz", "Lucía Ruiz"]),
    "Außenministerin": ("Außenministerin Lena Roe sprach.", ["Außenministerin Lena Roe", "Roe"]),
    "Presidents": ("Presidents Mara Lind and Leo Roe met.", ["President Lind", "Mara Lind", "Lind"]),
    "President-elect": ("President-elect Mara Lind spoke.", ["Mara Lind", "Lind"]),
    "state between": (
        "Президент України Іван Ковальчук виступив.", ["Іван Ковальчук", "Ковальчук"]
    ),
    "президент": ("Президент Іван Ковальчук виступив.", ["Президент Іван Ковальчук", "Ковальчук"]),
    "of State": (
        "Secretary of State Lena Roe spoke.", ["Secretary of State Lena Roe", "Secretary Roe", "Roe"]
    ),
    # one thing under several names
    "United States": (
        "The United States left. The U.S. envoy and US troops stayed.",
        ["the United States", "the U.S.", "US", "U.S.", "United States of America"],
    ),
    "no full name": ("The U.S. envoy left. US troops stayed.", ["the U.S.", "US", "United States"]),
    "acronym": ("The Free Reef Movement left. The FRM denied it.", ["FRM", "the Free Reef Movement"]),
    "acronym of the model's": ("The Free Reef Movement left.", ["FRM", "Free Reef Movement"]),
    "of four words": ("The Gulf Reef Patrol Corps left.", ["GRPC", "the Gulf Reef Patrol Corps"]),
    "accents": ("Lúcia Roë spoke. Lucia Roe left.", ["Lúcia Roë", "Lucia Roe", "Roe"]),
    "hyphen": ("Lee Jae-myung spoke. Lee Jae Myung left.", ["Lee Jae-myung", "Lee Jae Myung"]),
    "regnal": ("Pope Pius XIV spoke. Pope Pius left.", ["Pope Pius XIV", "Pope Pius", "Pius"]),
    "former name": ("Türkiye left. Turkey denied it.", ["Türkiye", "Turkey"]),
    "Kingdom of": (
        "Saudi Arabia left. The Kingdom of Saudi Arabia denied it.",
        ["Saudi Arabia", "the Kingdom of Saudi Arabia"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ONE)
def test_forms_of_one_name_are_one(case: str) -> None:
    """Whatever the claims call it, it has one form."""
    text, forms = ONE[case]
    names = Names(Article(text=text))
    found = {names.find(form) for form in forms}
    assert None not in found
    assert len({name_key(form or "") for form in found}) == 1


APART = {
    "two of a surname": (
        "Bill Clinton spoke first. Clinton opposes the bridge. Hillary Clinton backs the dam.",
        ["Clinton", "Bill Clinton", "Hillary Clinton"],
    ),
    "brothers named once each": ("Ana Ruiz and Leo Ruiz met. Ruiz left.", ["Ruiz", "Ana Ruiz"]),
    "two of a family": ("Kim Jong Un met Kim Yo Jong. Kim spoke.", ["Kim", "Kim Jong Un"]),
    "state and airline": ("Air China cut flights. China opposes it.", ["China", "Air China"]),
    "state and its neighbour": ("South Sudan left. Sudan stayed.", ["Sudan", "South Sudan"]),
    "place": ("Radio Torv said so. Snow fell in Torv.", ["Torv", "Radio Torv"]),
    "ministry": ("El ministro del Interior de Ulmia habló en Ulmia.", ["Ulmia", "Interior de Ulmia"]),
    "body": ("The General Assembly met. The Assembly of Torv did not.", ["General Assembly", "Torv"]),
    "opener": ("Yesterday Lind spoke. Then Lind left.", ["Lind", "Yesterday Lind"]),
    "demonym": ("Four Italian ships and Leo Roe left. The Italian fleet did not.", ["Italian", "Roe"]),
    "two-letter word": ("Abdul Mansur left at 6 AM.", ["AM", "Abdul Mansur"]),
    "what a minister is of": (
        "The minister of Strategic Affairs Mara Lind left. Lind denied it.", ["Lind", "minister"]
    ),
    "headline": ("Senate Backs Lind\n\nThe senate did so on Monday. Lind won.", ["Lind", "Senate"]),
    "acronym of two": (
        "The Free Reef Movement and the Front for Rural Mines quarrel. FRM won.",
        ["FRM", "Free Reef Movement"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", APART)
def test_what_could_mean_two_stays_as_it_is(case: str) -> None:
    """A short name is completed only if the article has one full name for it."""
    text, (short, other) = APART[case][0], APART[case][1][:2]
    names = Names(Article(text=text))
    assert names.form(short) == short
    assert names.find(short) != names.find(other)


def read(text: str, **changes: object) -> Summary:
    return summary_of(text, position(**{"actor": "Ulmia", **changes}))


def test_the_bridge_is_not_given_to_another_of_the_name() -> None:
    """Neither by completing the name, nor by taking two of one surname for one."""
    text = "Bill Clinton spoke first. Clinton opposes the bridge. Hillary Clinton backs the dam."
    summary = read(text, actor="Clinton", issue="the bridge", sentences=[2])
    assert [item.actor for item in summary.positions] == ["Clinton"]


MISSPELLED = [
    ("Drovnia", "Drovania"), ("Kazakhstan", "Kazakstan"), ("Kyrgyzstan", "Kyrgystan"),
    ("Netanyahu", "Netanjahu"), ("Yanukovych", "Yanukovich"), ("Khamenei", "Khamanei"),
    ("Osteria", "Ostreia"), ("Ruritania", "Rurtania"), ("Kestovia", "Kestovvia"),
    ("Erdoğan", "Erdogan"), ("Reykholt", "Reykkholt"), ("Tamsuria", "Tamzuria"),
    ("Zelensky", "Zelenskyy"), ("Zelenskyy", "Zelensky"), ("Lukashenko", "Lukashenka"),
    ("Torvanno", "Torvano"), ("Кулеба", "Кулебба"), ("Hovhannisyan", "Hovhanisyan"), ("Hovhannisyan", "Hovanisyan"), ("Зеленський", "Зеленьский"),
]  # fmt: skip
DIFFERENT = [
    ("Iraq", "Iran"), ("Iran", "Iraq"), ("Australia", "Austria"), ("Austria", "Australia"),
    ("Nigeria", "Niger"), ("Niger", "Nigeria"), ("Slovakia", "Slovenia"), ("Slovenia", "Slovakia"),
    ("Nigerian", "Niger"), ("Australian", "Austria"), ("Slovak", "Slovenia"), ("Iraqi", "Iran"),
    ("Serbia", "Siberia"), ("Ireland", "Iceland"), ("Zambia", "Gambia"), ("Guinea", "Guyana"),
    ("Mauritania", "Mauritius"), ("Moldova", "Moldavia"), ("Colombia", "Columbia"),
    ("Georgia", "Germany"), ("Liberia", "Libya"), ("Malawi", "Mali"), ("Paraguay", "Uruguay"),
    ("Torv", "Tarv"), ("Kest", "Kast"), ("Alexander", "Alexandra"), ("Drovnia", "Brovnia"),
    ("Latvia", "Lithuania"), ("Dominica", "Dominion"), ("Norvik", "Ulmia"),
]  # fmt: skip
INFLECTED = [
    ("Russian", "Russia"), ("Russia", "Russian"), ("Moscow’s", "Moscow"), ("Ukrainian", "Ukraine"),
    ("French", "France"), ("Swiss", "Switzerland"), ("Dutch", "Netherlands"), ("Afghan", "Afghanistan"),
    ("Norwegian", "Norway"), ("Portuguese", "Portugal"), ("Ketharan", "Kethara"), ("Iraqi", "Iraq"),
    ("Nigerian", "Nigeria"), ("Austrian", "Austria"), ("Slovene", "Slovenia"), ("British", "UK"),
    ("України", "Україна"), ("Української", "Україна"), ("Путіна", "Путін"), ("России", "Россия"),
    ("российский", "Россия"), ("الأوكراني", "أوكرانيا"), ("俄罗斯外交部", "俄罗斯"), ("러시아는", "러시아"),
    ("l’Ulmie", "Ulmie"), ("ulmische", "Ulmien"), ("Istanbul’da", "Istanbul"), ("Congolese", "Congo"),
    ("Києва", "Київ"), ("Львова", "Львів"), ("französischen", "Frankreich"),
    ("francés", "Francia"), ("estadounidenses", "Estados Unidos"), ("américaine", "États-Unis"),
    ("американський", "США"), ("tedesco", "Germania"), ("Turkish", "Türkiye"), ("Kiev", "Kyiv"),
]  # fmt: skip


def article_of(word: str) -> Article:
    return Article(text=f"{word} … {word}. {word} 2, {word} 3.")


@pytest.mark.parametrize(("right", "wrong"), MISSPELLED)
def test_a_misspelled_name_is_corrected(right: str, wrong: str) -> None:
    """It is snapped to the one name of the article that it is a slip of."""
    names = Names(article_of(right))
    assert names.find(wrong) == right
    assert names.find(f"minister of {wrong}") == f"minister of {right}"


@pytest.mark.parametrize(("there", "other"), DIFFERENT)
def test_another_name_is_not_snapped(there: str, other: str) -> None:
    """A name that is truly another one is not in the article, however close."""
    assert Names(article_of(there)).find(other) is None


@pytest.mark.parametrize(("there", "form"), INFLECTED)
def test_an_inflected_name_is_in_the_article(there: str, form: str) -> None:
    """Inflections, derived forms and parts of longer runs of characters count."""
    assert Names(article_of(there)).find(form) is not None


def test_of_two_candidates_none_is_taken() -> None:
    """A slip of two names of the article could be either."""
    names = Names(Article(text="Marvia and Mardia signed. Marvia and Mardia left."))
    assert names.find("Marlia") is None


@pytest.mark.parametrize("name", ["Ana Drovania", "Leo Ruiz", "Ruritania and Ana"])
def test_each_word_that_is_a_name_must_be_there(name: str) -> None:
    """One of them is not enough."""
    text = "Ana Ruiz opposes the dam."
    (rejected,) = read(text, actor=name).rejected
    assert rejected.reason == f"the article does not have the name {name!r}"
    (position,) = read(text, actor="Ana Ruiz", on_behalf_of=name).positions
    assert position.on_behalf_of is None


@pytest.mark.parametrize("name", ["Ana Mach", "Leo Ruiz", "Ruiz Ana", "Ana Ulmia", "Ada Irma"])
def test_words_of_two_names_make_no_third(name: str) -> None:
    """Words that are adjacent in a name must be so in the article, except titles and initials."""
    article = Article(
        text="Ana Ruiz left early on Monday. Leo J. Mach of Ulmia, an AI fan, stayed."
    )
    names = Names(article)
    assert names.find(name) is None
    assert names.find("Ana Ruiz") == "Ana Ruiz"
    assert names.find("Leo Mach") is not None


def test_names_on_both_sides_of_and_make_no_third() -> None:
    """ "Ana Ruiz and Leo Roe" are no "Ana Roe"; a state with "and" in its name is one."""
    names = Names(Article(text="Ana Ruiz and Leo Roe met in Bosnia and Herzegovina."))
    assert names.find("Ana Roe") is None
    assert names.find("Bosnia and Herzegovina") is not None
    assert names.find("Bosnia-Herzegovina") is not None


def test_latin_america_is_not_the_united_states() -> None:
    """ "America" is, where nothing else is said."""
    assert Names(Article(text="Latin America opposes the dam.")).find("United States") is None
    assert Names(Article(text="America opposes the dam.")).find("United States") == "America"


def test_a_party_that_the_article_does_not_have_is_rejected() -> None:
    """An agreement is between those whom the article names."""
    parties = [["Ulmia", "Brasilia"], ["Ulmia", "Drovania"]]
    said = [agreement(parties=each, subject="a trade deal", status="agreed") for each in parties]
    summary = summary_of("Ulmia and Drovnia agreed a trade deal.", *said)
    assert [item.parties for item in summary.agreements] == [("Ulmia", "Drovnia")]
    assert ["Brasilia" in item.reason for item in summary.rejected] == [True]


def test_misspelled_names_are_corrected_in_every_field() -> None:
    """Also in what a statement is about."""
    text = "Ulmia opposes talks with Drovnia, said Ana Ruiz of Drovnia."
    summary = read(text, actor="Ana Ruiz", on_behalf_of="Drovania", issue="talks with Drovania")
    (position,) = summary.positions
    assert (position.on_behalf_of, position.issue) == ("Drovnia", "talks with Drovnia")


def test_a_state_in_the_words_of_another_language_passes() -> None:
    """A French article has "Allemagne": "Germany" can't be looked up in it, and passes."""
    text = "L’Allemagne et la France refusent le barrage, a dit le ministre lundi à Berlin."
    assert Names(Article(text=text)).find("Germany") == "Germany"
    assert Names(Article(text=text)).find("Brasilia") is None


def test_german_nouns_are_no_names() -> None:
    """In German all nouns are capitalised: a noun that the article lacks is not an invented name."""
    text = "Die Regierung von Ulmien lehnt den Staudamm ab und will mit dem Nachbarn nicht reden."
    assert Names(Article(text=text)).find("Außenamt in Ulmien") is not None


@pytest.mark.parametrize(
    ("written", "said", "found"),
    [
        ("Lavrov", "Lavrow", "Lavrov"),
        ("Drovnia", "Drovnie", "Drovnia"),
        ("Orvane", "Orvana", "Orvane"),
        ("Guterres", "Guterrez", "Guterres"),
        ("Netanyahu", "Netanyahy", "Netanyahu"),
        # Forms of the same name
        ("Drovnia", "Drovnian", "Drovnian"),
        ("Orvane", "Orvanian", "Orvanian"),
        ("Germany", "German", "German"),
        ("Argentina", "Argentine", "Argentine"),
        ("Clinton", "Clintons", "Clintons"),
    ],
)
def test_a_wrong_ending_is_a_misspelling(written: str, said: str, found: str) -> None:
    """An English name with another ending is another name, unless the ending makes a form of it."""
    article = Article(text=f"Envoys of {written} came, and they said that {written} would stay.")
    assert Names(article).find(said) == found
    assert ground_gist(article, f"Envoys of {said} came.") == f"Envoys of {found} came."
