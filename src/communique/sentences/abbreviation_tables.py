"""Abbreviations whose full stop does not end a sentence, in one table for all languages.

The tables are not divided by language: most articles come without a language tag, and a title in
one language rarely ends a sentence in another. An entry in lower case matches either case, a
capitalised entry only itself. Entries have no full stop.
"""

from __future__ import annotations

__all__ = [
    "ARTICLES",
    "BEFORE_NAME",
    "BEFORE_NUMBER",
    "MONTHS",
    "OPENERS",
    "ORDINAL_LANGUAGES",
    "WITHIN",
]

BEFORE_NAME = frozenset(
    """
    Mr Mrs Ms Mx Messrs Rt Dr Drs Prof Profs Rev Revd Hon Fr Br Msgr Mt Ft
    Gen Gens lt Lts col Cols Maj Majs Capt Capts Cpt Sgt Sgts Cpl Pvt Cmdr Cmdrs Cdr Cdre Adm Adml
    Vadm Radm Brig Ens Ofc Det Insp Supt Spc Pfc Ssgt
    Amb Ambs Sen Sens Rep Reps Gov Govs Pres VP Sec Secy Min Dep Asst Assoc Atty Attys Def
    Dist Dir Comm Commr Cllr Chmn Treas Spkr Mgr
    Cía Cia Sn Des Pe Exc Exa sr sra sras srta srtas sres dr dra dras dña gral pte pdta pdte
    vicepdte lic ing mons cnel cdte tte Cap Alm Sto Sta Cel excmo excma ilmo ilma exmo exma Arq
    prof profa profas Eng gen ten mm mme mmes mlle mlles mgr gén prés amb cdt Pr ste vve
    Hr Hrn Frl hr Abg Bgm Vors stv stellv dipl Mag Hptm Min-Präs
    sig sigg dott avv On egr gent Ing dhr mevr mw Ds
    чл-кор кор гр гр-н гр-ка д-р др проф акад доц ген кап лейт адм ред деп депут зам заст
    Мін Мин Полк підполк ген.-полк серж Пр зв ім вул бул бульв просп пл наб р-н пос смт с д м п о св
    корп буд г-н г-жа тов пп пр-т
    د أ م ש
    डॉ श्री प्रो पं
    """.split()  # noqa: SIM905 easier to read than a list
)
"""Titles, ranks, offices and the like, which a name follows, whatever its first letter."""

BEFORE_NUMBER = frozenset(
    """
    No Nos Nr Nrn núm Núm Num Art Arts art arts Sec Secs Sect Fig Figs fig figs p pp pg pgs Vol Vols
    vol vols Ch ch Chap chap para paras Para ver Tab Ann Reg Res Abs abs Satz Ziff ziff Kap Bd S
    párr Párr séc Rs env Cap cap Lit let cf ca approx tel Tel Apt Rm ext
    Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun
    Jan Feb Mar Apr Jun Jul Aug Sep Sept Oct Nov Dec
    janv févr avr juil déc ene abr dic fev dez Mär Okt Dez
    січ лют бер квіт трав черв серп верес жовт груд янв февр апр авг сент окт нояб дек
    бл ок ст стт рис табл гл розд стор стр № кв див
    """.split()  # noqa: SIM905 easier to read than a list
)
"""Words of counting and reference: no border before a figure; elsewhere these are plain words."""

MONTHS = frozenset(
    """
    jan feb mar apr jun jul aug sep sept oct nov dec
    january february march april may june july august september october november december
    januar jänner februar märz april mai juni juli august september oktober november dezember
    """.split()  # noqa: SIM905 easier to read than a list
)

WITHIN = frozenset(
    """
    Jr Sr Snr Esq Inc Ltd Co Corp Cos Bros Plc Intl Dept Univ Govt
    Ave Blvd Rd St Sq Hwy Ln Str Av Avda Cra
    Ala Ariz Ark Calif Colo Conn Fla Ga Ill Ind Kan Kans Ky La Mass Md Mich Minn Miss Mo Mont Neb
    Nebr Nev Okla Ore Pa Penn Tenn Tex Va Vt Wash Wis Wyo Ont Que Alta
    ret res al seq viz vs approx appt cf bn mn mln mrd mio Mrd Mio tsd bzw ggf evtl inkl usw
    usf vgl gem av apr ap sog geb gest ud uds vd vds aprox pág págs tzw tys mld godz zł
    р рр г гг тис тыс млн млрд трлн грн руб коп долл дол сек кг км га ін інш див им ул обл пер оз
    """.split()  # noqa: SIM905 easier to read than a list
)
"""Abbreviations that may or may not end a sentence, depending on what follows."""

OPENERS = frozenset(
    """
    the he she it they we you i this that these those there here his her its their our my
    in on at but and if as for from with after before when while since although though however
    meanwhile asked what who why how where nobody no not now then so yet both neither one some many
    most all according under over by to during despite instead also last more
    él ella ellos ellas pero según además también aunque este esta estos estas ese esa eso
    il elle ils elles mais selon ce cet cette ces nous vous on après
    puis alors ensuite cela ça
    er sie es wir ihr aber doch dies diese dieser nach danach dann auch niemand
    ele ela eles elas mas segundo isso isto também
    він вона вони воно ми ви це цей ця ці але однак проте за після також тоді
    он она они оно мы вы это этот эта эти но однако после также тогда
    """.split()  # noqa: SIM905 easier to read than a list
)
"""Words that, when capitalised, begin a sentence and are not part of a name."""

ARTICLES = frozenset(
    """
    a an el la los las un una unos unas en le les l' un une des du au der die das ein eine den dem
    o os as um uma em no na lo gli i uno у в на до і та з и с к
    """.split()  # noqa: SIM905 easier to read than a list
)
"""Words that may begin a sentence, but may also be part of a name: Le Pen, Der Spiegel."""

ORDINAL_LANGUAGES = frozenset(
    "cs da de et fi fo gsw hr hu is lb lv nb nn no pl sk sl sr tr".split()  # noqa: SIM905 easier to read than a list
)
"""Languages in which a figure with a full stop is an ordinal number: 2. Runde."""
