"""The condition questions: what is asked about the old phone and what each answer does to its value.

Content, not code: ``catalogue/conditions.yml`` holds the questions, the words and the effects; an import checks it
whole and stores it as one row. An option may *gate* (rule the phone out), *deduct* a percentage of the best value, or
add a *bonus*; options of one ``group`` are one repair and are deducted once, the dearest of them; a question's
``cap_percent`` limits what its options deduct together. :mod:`tradein.pricing` does the sums.

Answers are ``{question key: [option key, …]}``: one option, or any number where the question takes ``several``; there
an empty list, or the option "none", says that nothing applies.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein.catalogue import MINOR_UNITS
from tradein.database import Base, Json, UtcDateTime
from tradein.phrases import PhraseBook, phrase_key, synonyms
from tradein.refusals import ContentMissing, UnknownOption, UnknownQuestion
from tradein.spelling import words as word_set

NONE = "none"
_YES_AND_IS = word_set("yes yeah yep ya haan han ha ji is are it its hai hain h he bro bhai sir yaar हाँ हां जी है हैं भाई")
"""Words that may stand in a reply without saying more than a nod."""
NEVER_PRICED = frozenset({"dead", "locked"})
"""Reasons that rule a phone out in every mode: one that stays dark or locked can't even be checked at the door."""
WORTHLESS = "no_value"
"""The reason given when, with a floor of nothing, the deductions leave nothing."""

Answers = Mapping[str, Sequence[str]]
Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,31}$")]
Text = Annotated[str, Field(min_length=1)]
Words = dict[Annotated[str, Field(pattern=r"^[a-z]{2}$")], Text]
Percent = Annotated[int, Field(ge=1, le=100)]

FALLBACK_LANGUAGE = "en"


class ConditionSet(Base):
    """One import of the questions; the newest is in force, older quotes were made with older ones.

    ``version`` is the digest of the content.
    """

    __tablename__ = "condition_set"

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(String(64))
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)


class _Content(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def said(words: Words, language: str) -> str:
    """Return the words in ``language``, else in English."""
    return words.get(language) or words[FALLBACK_LANGUAGE]


class Option(_Content):
    """One possible answer; ``bonus_inr`` is in whole rupees, ``says`` are phrases that mean it in free text.

    ``says_beside`` mean it only where it was asked or the text says something else of the condition: "no problem" alone
    is a courtesy. What means another answer otherwise, "all fine", means it only where it was asked and nothing else is
    said.
    """

    key: Key
    label: Words
    says: tuple[Text, ...] = ()
    says_beside: tuple[Text, ...] = ()
    gate: Key | None = None
    strict_gate: Key | None = None
    percent: Percent | None = None
    bonus_inr: Annotated[int, Field(ge=1)] | None = None
    group: Key | None = None

    @property
    def severity(self) -> tuple[bool, bool, bool, int]:
        """Return how bad the answer is, for comparing two of them."""
        return (bool(self.gate) and self.percent is None, bool(self.gate), bool(self.strict_gate), self.percent or 0)

    @model_validator(mode="after")
    def _one_effect(self) -> Self:
        if self.bonus_inr and (self.gate or self.strict_gate or self.percent or self.group):
            raise ValueError("an option with bonus_inr can't also gate, deduct or belong to a group")
        if self.group and not self.percent:
            raise ValueError("group says which deductions count once, so it needs percent")
        if self.strict_gate and not self.percent and not self.gate:
            raise ValueError("strict_gate needs percent: the other modes would take the fault at full value")
        if self.gate in NEVER_PRICED and self.percent:
            raise ValueError(f"a phone refused as '{self.gate}' has no price in any mode: leave percent out")
        return self


class Question(_Content):
    """One question; ``cap_percent`` limits what its options deduct together."""

    key: Key
    ask: Words
    several: bool = False
    cap_percent: Percent | None = None
    options: Annotated[tuple[Option, ...], Field(min_length=1)]

    def option(self, key: str) -> Option:
        """Return the option; raises UnknownOption."""
        for option in self.options:
            if option.key == key:
                return option
        raise UnknownOption(question=self.key, option=key)

    @property
    def fine(self) -> list[str] | None:
        """Return the answer that nothing is the matter, None where the question asks for something else."""
        if any(option.bonus_inr for option in self.options):
            return None
        if self.several:
            return []
        return next(([option.key] for option in self.options if option.severity == (False, False, False, 0)), None)

    @model_validator(mode="after")
    def _answerable(self) -> Self:
        if not self.several and len(self.options) == 1:
            raise ValueError("a question with one option asks nothing")
        none = next((option for option in self.options if option.key == NONE), None)
        if self.several and none and none.severity > (False, False, False, 0):
            raise ValueError("the option 'none' of a question that takes several can't gate or deduct")
        return self


class ConditionBook(_Content):
    """All questions in the order asked; immutable. Money is in whole rupees in the file, in paise everywhere else."""

    questions: Annotated[tuple[Question, ...], Field(min_length=1)]
    doorstep: tuple[Question, ...] = ()
    """What only the courier looks at; the first option is as it should be, one with a gate rules the phone out."""
    reasons: dict[Key, Words]
    same: tuple[tuple[Text, ...], ...] = ()
    """Groups of words that customers use for the same thing; the first stands for the others in "says"."""
    rest: tuple[Text, ...] = ()
    """Phrases that say of whatever a customer didn't mention that it is as it should be."""
    unsure: tuple[Text, ...] = ()
    """Phrases of a customer who doesn't know the answer."""
    floor_inr: Annotated[int, Field(ge=0)]
    round_to_inr: Annotated[int, Field(ge=1)]

    @property
    def floor_minor(self) -> int:
        """Return the least that an accepted phone is worth, minor units."""
        return self.floor_inr * MINOR_UNITS

    @property
    def round_to_minor(self) -> int:
        """Return the step that a reduced value is rounded down to, minor units."""
        return self.round_to_inr * MINOR_UNITS

    def question(self, key: str) -> Question:
        """Return the question; raises UnknownQuestion."""
        for question in self.questions:
            if question.key == key:
                return question
        raise UnknownQuestion(question=key)

    def doorstep_question(self, key: str) -> Question:
        """Return the question that the courier answers; raises UnknownQuestion."""
        for question in self.doorstep:
            if question.key == key:
                return question
        raise UnknownQuestion(question=key)

    def next(self, answers: Answers) -> Question | None:
        """Return the first question without an answer, None when all are answered."""
        return next((question for question in self.questions if question.key not in answers), None)

    def checked(self, question: str, options: Sequence[str]) -> list[str]:
        """Return the answer in its one form, options in the file's order; raises UnknownQuestion or UnknownOption.

        "none" among several becomes the empty list, and is outweighed by any other option.
        """
        asked = self.question(question)
        if asked.several:
            chosen = {asked.option(option).key for option in options if option != NONE}
            return [option.key for option in asked.options if option.key in chosen]
        if len(set(options)) != 1:
            raise UnknownOption(question=question, option=",".join(options))
        return [asked.option(options[0]).key]

    def chosen(self, answers: Answers) -> Iterator[tuple[Question, Option]]:
        """Give every option chosen, in the file's order; raises UnknownQuestion or UnknownOption."""
        for key in answers:
            self.question(key)
        for question in self.questions:
            for option in self.checked(question.key, answers[question.key]) if question.key in answers else ():
                yield question, question.option(option)

    def labels(self, answers: Answers, language: str) -> dict[str, list[str]]:
        """Return the answers in words by question key, the keys in the file's order; [] where nothing applies."""
        worded: dict[str, list[str]] = {question.key: [] for question in self.questions if question.key in answers}
        for question, option in self.chosen(answers):
            worded[question.key].append(said(option.label, language))
        return worded

    def label(self, code: str, language: str) -> str:
        """Return the words of a line "question=option"; raises UnknownQuestion or UnknownOption."""
        question, _, option = code.partition("=")
        return said(self.question(question).option(option).label, language)

    def reason(self, key: str, language: str) -> str:
        """Return a gate's reason in words."""
        return said(self.reasons[key], language)

    def read(self, text: str, *, asked: str | None = None) -> dict[str, list[str]]:
        """Return what the text says about the condition, as answers; a question it doesn't speak of is left out.

        ``asked`` is the question that it may be the answer to: to that one "no problem" and "all fine" are one.
        Where it gives two answers to a question that takes one, the worse counts: it is what the doorstep would find.
        """
        found: dict[str, list[Option]] = {}
        for meaning in self._meanings(text, asked):
            key, _, option = meaning.partition("=")
            found.setdefault(key, []).append(self.question(key).option(option))
        answers = {}
        for question in self.questions:
            if options := found.get(question.key):
                worst = max(options, key=lambda option: option.severity)
                answers[question.key] = self.checked(
                    question.key, [option.key for option in options] if question.several else [worst.key]
                )
        return answers

    def read_rest(self, text: str) -> dict[str, list[str]]:
        """Return the best answer to every question where the text says "rest ok", else none.

        Which are the rest only the caller knows: what was said of the others stands. A bonus is not part of it, for the
        best answer to "what comes with it?" is no matter of order.
        """
        if not self._rest_phrases.read(text):
            return {}
        return {question.key: fine for question in self.questions if (fine := question.fine) is not None}

    def named(self, text: str) -> Question | None:
        """Return the question that the text calls by its key or a word for that, None where it calls none or two."""
        words = set(phrase_key(text, self._synonyms))
        called = [question for question in self.questions if words.issuperset(phrase_key(question.key, self._synonyms))]
        return called[0] if len(called) == 1 else None

    def says_unsure(self, text: str) -> bool:
        """Say whether the text holds the words of somebody who doesn't know."""
        return bool(self._unsure_phrases.read(text))

    def says_no_problem(self, text: str) -> bool:
        """Say whether the text holds what may be a courtesy: "no problem", which means something to what was asked."""
        return bool(self._courtesies.read(text))

    def _meanings(self, text: str, asked: str | None) -> set[str]:
        if as_asked := self._replies.get((asked, self._bare(text))):
            return {as_asked}
        meant = {*self._phrases.read(text)}
        # What comes with the phone says nothing of its condition.
        beside = any(self.question(meaning.partition("=")[0]).fine is not None for meaning in meant)
        return meant | {
            meaning for meaning in self._courtesies.read(text) if beside or meaning.partition("=")[0] == asked
        }

    @cached_property
    def _rest_phrases(self) -> PhraseBook:
        return PhraseBook.of(((phrase, "rest") for phrase in self.rest), self.same)

    @cached_property
    def _synonyms(self) -> dict[str, str]:
        return synonyms(self.same)

    @cached_property
    def _unsure_phrases(self) -> PhraseBook:
        return PhraseBook.of(((phrase, "unsure") for phrase in self.unsure), self.same)

    @cached_property
    def _phrases(self) -> PhraseBook:
        return PhraseBook.of(self._spoken(lambda option: option.says).values(), self.same)

    @cached_property
    def _replies(self) -> dict[tuple[str | None, tuple[str, ...]], str]:
        """What a message means that is such a phrase and nothing else, by the question it replies to."""
        return {
            (question.key, self._bare(phrase)): f"{question.key}={option.key}"
            for question in self.questions
            for option in question.options
            for phrase in option.says_beside
        }

    def _bare(self, text: str) -> tuple[str, ...]:
        return tuple(word for word in phrase_key(text, self._synonyms) if word not in _YES_AND_IS)

    @cached_property
    def _courtesies(self) -> PhraseBook:
        """The phrases that mean something beside another, and nothing alone."""
        anyhow = self._spoken(lambda option: option.says)
        beside = self._spoken(lambda option: option.says_beside)
        return PhraseBook.of((phrase for key, phrase in beside.items() if key not in anyhow), self.same)

    def _spoken(self, phrases: Callable[[Option], Iterable[str]]) -> dict[tuple[str, ...], tuple[str, str]]:
        """Return each phrase with the answer it means, by the words it is compared by."""
        return {
            phrase_key(phrase, self._synonyms): (phrase, f"{question.key}={option.key}")
            for question in self.questions
            for option in question.options
            for phrase in phrases(option)
        }


# --- what single fields can't show ------------------------------------------------------------------------------------
Problem = tuple[tuple[str | int, ...], str]
"""Where in the file, as keys and positions, and what is wrong there."""


def problems(book: ConditionBook) -> list[Problem]:
    """Return what makes the book unfit for use although each field is well formed; an import refuses such a book."""
    return [
        *_twice(book),
        *_without_words(book),
        *_unfit_for_the_door(book),
        *_ambiguous_words(book),
        *_ambiguous_phrases(book),
        *_faults_that_pay(book),
        *_languages(book),
    ]


def _options(book: ConditionBook) -> Iterator[tuple[tuple[str | int, ...], Question, Option]]:
    for part, questions in (("questions", book.questions), ("doorstep", book.doorstep)):
        for at, question in enumerate(questions):
            for place, option in enumerate(question.options):
                yield (part, at, "options", place), question, option


def _twice(book: ConditionBook) -> Iterator[Problem]:
    seen: set[str] = set()
    for part, questions in (("questions", book.questions), ("doorstep", book.doorstep)):
        for at, question in enumerate(questions):
            if question.key in seen:
                yield (part, at, "key"), f"the question '{question.key}' is there twice"
            seen.add(question.key)
    for where, question, option in _options(book):
        if question.option(option.key) is not option:
            yield (*where, "key"), f"the option '{option.key}' is there twice"


def _without_words(book: ConditionBook) -> Iterator[Problem]:
    for where, _, option in _options(book):
        for name, reason in (("gate", option.gate), ("strict_gate", option.strict_gate)):
            if reason and reason not in book.reasons:
                yield (*where, name), f"'{reason}' has no words under reasons"
    if not book.floor_inr and WORTHLESS not in book.reasons:
        yield ("floor_inr",), f"is 0, so '{WORTHLESS}' needs words under reasons"


def _unfit_for_the_door(book: ConditionBook) -> Iterator[Problem]:
    for at, question in enumerate(book.doorstep):
        if question.several:
            yield ("doorstep", at, "several"), "a question at the door has one answer"
        if question.options[0].gate:
            yield ("doorstep", at, "options", 0, "gate"), "the first option is as it should be, so it can't gate"
        for place, option in enumerate(question.options):
            if option.percent or option.bonus_inr or option.strict_gate:
                yield ("doorstep", at, "options", place), "an option at the door may only gate: the value is promised"


def _ambiguous_words(book: ConditionBook) -> Iterator[Problem]:
    groups: dict[str, int] = {}
    for at, group in enumerate(book.same):
        for place, word in enumerate(group):
            key = phrase_key(word)
            if len(key) != 1:
                yield ("same", at, place), f"'{word}' isn't one word"
            elif groups.setdefault(key[0], at) != at:
                yield ("same", at, place), f"'{word}' stands in another group too"


def _ambiguous_phrases(book: ConditionBook) -> Iterator[Problem]:
    same = synonyms(book.same)
    meanings: dict[tuple[str, ...], str] = {}
    for where, question, option in _options(book):
        for place, phrase in enumerate(option.says):
            spoken, code = phrase_key(phrase, same), f"{question.key}={option.key}"
            if not spoken:
                yield (*where, "says", place), f"'{phrase}' has no word"
            elif meanings.setdefault(spoken, code) != code:
                yield (*where, "says", place), f"'{phrase}' means '{meanings[spoken]}' already"
    beside: dict[tuple[str, ...], str] = {}
    for where, question, option in _options(book):
        for place, phrase in enumerate(option.says_beside):
            spoken, code = phrase_key(phrase, same), f"{question.key}={option.key}"
            # What means another question's answer is heard by what was asked; the rest can mean one thing only.
            elsewhere = spoken in meanings and not meanings[spoken].startswith(f"{question.key}=")
            key = (question.key, *spoken) if elsewhere else spoken
            rival = beside.setdefault(key, meanings.get(spoken, code) if not elsewhere else code)
            if not spoken:
                yield (*where, "says_beside", place), f"'{phrase}' has no word"
            elif rival != code:
                yield (*where, "says_beside", place), f"'{phrase}' means '{rival}' already"


def _faults_that_pay(book: ConditionBook) -> Iterator[Problem]:
    """Give the groups with which a worse phone could be worth more."""
    users: dict[str, set[str]] = {}
    for where, question, option in _options(book):
        if option.group:
            users.setdefault(option.group, set()).add(question.key)
            capped = any(book.question(key).cap_percent for key in users[option.group])
            if len(users[option.group]) > 1 and capped:
                yield (*where, "group"), f"'{option.group}' spans several questions, so none may have cap_percent"
    for at, question in enumerate(book.questions):
        groups = {option.group for option in question.options if option.percent}
        if not question.several and len(groups) > 1:
            yield ("questions", at, "options"), "options that deduct must all be in the same group, or none of them"


def _languages(book: ConditionBook) -> Iterator[Problem]:
    texts: list[tuple[tuple[str | int, ...], Words]] = [
        *((("reasons", key), words) for key, words in book.reasons.items()),
        *((("questions", at, "ask"), question.ask) for at, question in enumerate(book.questions)),
        *((("doorstep", at, "ask"), question.ask) for at, question in enumerate(book.doorstep)),
        *(((*where, "label"), option.label) for where, _, option in _options(book)),
    ]
    everywhere = {language for _, words in texts for language in words} | {FALLBACK_LANGUAGE}
    for where, words in texts:
        if missing := sorted(everywhere - words.keys()):
            yield where, f"has no words in {', '.join(missing)}"


# --- in force ---------------------------------------------------------------------------------------------------------
_books: dict[str, ConditionBook] = {}
_BOOKS_KEPT = 4
_lock = Lock()


_NEWEST = select(ConditionSet.id, ConditionSet.version).order_by(ConditionSet.id.desc()).limit(1)


def current(session: Session) -> tuple[int, ConditionBook]:
    """Return the questions in force and the id of their row, which a quote refers to; raises ContentMissing."""
    row = session.execute(_NEWEST).one_or_none()
    if row is None:
        raise ContentMissing(what="conditions")
    return row.id, _kept(session, row.id, row.version)


def book(session: Session) -> ConditionBook:
    """Return the questions in force; raises ContentMissing."""
    return current(session)[1]


def by_id(session: Session, condition_set_id: int) -> ConditionBook:
    """Return the questions that a quote was made with."""
    version = session.scalars(select(ConditionSet.version).where(ConditionSet.id == condition_set_id)).one()
    return _kept(session, condition_set_id, version)


def _kept(session: Session, condition_set_id: int, version: str) -> ConditionBook:
    known = _books.get(version)
    if known is None:
        body = session.scalars(select(ConditionSet.body).where(ConditionSet.id == condition_set_id)).one()
        known = ConditionBook.model_validate(body)
        # The version is the digest of the content, so a book never goes stale; a few are kept for tests and rollbacks.
        with _lock:
            while len(_books) >= _BOOKS_KEPT:
                _books.pop(next(iter(_books)), None)
            _books[version] = known
    return known
