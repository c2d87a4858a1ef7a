"""IMEI numbers: read, masked, remembered in one column.

A number that a customer types is personal data before it is anything else. :func:`mask` replaces it by a reference
before the message is stored or shown to Rasa; what the number was worth stands in a :class:`Claim`, and the number
itself only in ``device.imei``, and there only if it is a valid IMEI.

    typed text ── mask ──► "my imei is number#7f3kq2" ── claimed ──► Claim ── valid? ──► Device

Rules: 15 digits with a Luhn check digit (3GPP TS 23.003, section 6.2.1; Annex B computes it). An IMEISV has 16 and no
check digit. Fourteen digits are refused too: we compute no digit on the customer's behalf.
"""

import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Literal

from sqlalchemy import BigInteger, ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship
from stdnum import imei as stdnum_imei

from tradein.database import Base, UtcDateTime, found_or_added
from tradein.refusals import (
    ImeiAllSameDigit,
    ImeiCheckDigitWrong,
    ImeiInvalid,
    ImeiIsSoftwareVersion,
    ImeiLacksCheckDigit,
    ImeiTooLong,
    ImeiTooShort,
    UnknownClaim,
)

IMEI_DIGITS = 15
IMEISV_DIGITS = 16
SENSITIVE_DIGITS = 8
"""From this many digits on a number may identify a person or a phone, so it leaves the text."""

REFERENCE = re.compile(r"number#([a-z2-9]{8})\b")
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_UNSEEN = frozenset({"Cc", "Cf", "Cn", "Me", "Mn"})
"""What shows nothing of its own: control and zero-width characters, marks that belong to the character before."""
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and a sign with nothing to see: the Hangul fillers, the Braille pattern without a dot."""
# In the shape of a text, see _shape. Blanks between two digits are as many as they like, marks up to eight; nothing is
# given back once it is matched, so that no text takes longer than its length.
_RUN = re.compile(rf"\d(?>(?: *+-){{0,8}}+ *+\d){{{SENSITIVE_DIGITS - 1},}}+")

Problem = Literal["too_short", "too_long", "lacks_check_digit", "check_digit", "software_version", "same_digit"]

_REFUSALS: dict[Problem, type[ImeiInvalid]] = {
    "too_short": ImeiTooShort,
    "too_long": ImeiTooLong,
    "lacks_check_digit": ImeiLacksCheckDigit,
    "check_digit": ImeiCheckDigitWrong,
    "software_version": ImeiIsSoftwareVersion,
    "same_digit": ImeiAllSameDigit,
}


class Device(Base):
    """A phone by its IMEI: the only place where the whole number is kept."""

    __tablename__ = "device"

    id: Mapped[int] = mapped_column(primary_key=True)
    imei: Mapped[str] = mapped_column(String(15), unique=True)
    blocked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    blocked_reason: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def masked(self) -> str:
        """The number as people may see it: its last four digits."""
        return masked(self.imei)


class Claim(Base):
    """What became of a number in a message: a valid IMEI's device, or what is wrong with it."""

    __tablename__ = "claim"

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(8), unique=True)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"))
    problem: Mapped[str | None] = mapped_column(String(20))
    digits: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)

    device: Mapped[Device | None] = relationship()


class Tac(Base):
    """The first eight digits of an IMEI tell its maker; ``brand`` is a brand slug of ours or the maker's name."""

    __tablename__ = "tac"

    tac: Mapped[str] = mapped_column(String(8), primary_key=True)
    brand: Mapped[str] = mapped_column(String(64))
    model: Mapped[str] = mapped_column(String(128), default="")


@dataclass(frozen=True)
class Reading:
    """The digits of a number and, if it is no IMEI, its problem."""

    digits: str
    problem: Problem | None


def read(number: str) -> Reading:
    """Read one number as people write it: separators, "IMEI:", Devanagari or full-width digits."""
    digits = "".join(str(unicodedata.digit(char)) for char in number if unicodedata.digit(char, None) is not None)
    return Reading(digits, _problem(digits))


def _problem(digits: str) -> Problem | None:
    problem: Problem | None = None
    if digits and len(set(digits)) == 1 and len(digits) >= IMEI_DIGITS - 1:
        problem = "same_digit"
    elif len(digits) == IMEI_DIGITS:
        problem = None if stdnum_imei.is_valid(digits) else "check_digit"
    elif len(digits) == IMEI_DIGITS - 1:
        problem = "lacks_check_digit"
    elif len(digits) == IMEISV_DIGITS:
        problem = "software_version"
    else:
        problem = "too_short" if len(digits) < IMEI_DIGITS else "too_long"
    return problem


def masked(imei: str) -> str:
    """Return the number as chats, logs and cards show it."""
    return "•" * (len(imei) - 4) + imei[-4:]


def mask(session: Session, text: str, *, chat_id: int, now: datetime) -> str:
    """Replace every number of eight or more digits in ``text`` by ``number#<reference>`` and store what it was."""
    text_read = "".join(_decimal(char) for char in text)
    kept, at = [], 0
    for run in _RUN.finditer(_shape(text)):
        references = [_remember(session, number, chat_id=chat_id, now=now) for number in numbers_in(run[0])]
        # A reference stands apart from the letters around it: "IMEI3569…", "…3809gb".
        before = " " if text_read[: run.start()][-1:].isalpha() else ""
        after = " " if text_read[run.end() :][:1].isalnum() else ""
        named = " ".join(f"number#{reference}" for reference in references)
        kept += [text_read[at : run.start()], before, named, after]
        at = run.end()
    return "".join([*kept, text_read[at:]])


def _decimal(char: str) -> str:
    """Return a circled or raised digit as a plain one: people and keyboards have those too."""
    digit = unicodedata.digit(char, None)
    return char if digit is None or char.isdecimal() else str(digit)


def _shape(text: str) -> str:
    """Return ``text``, sign for sign, as the mask sees it: digits, letters (``a``), blanks and marks (``-``)."""
    return "".join(map(_sign, text))


@lru_cache(maxsize=4096)
def _sign(char: str) -> str:
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    if char.isspace() or char in _BLANKS or unicodedata.category(char) in _UNSEEN:
        return " "
    return "a" if char.isalnum() else "-"


def blacked_out(text: str) -> str:
    """Return ``text`` with every number of eight or more digits blacked out: for what nobody needs to read."""
    return _without(text, lambda _run: True)


def without_imeis(text: str) -> str:
    """Return ``text`` with every number as long as an IMEI or nearly so blacked out; phone and order numbers stay."""
    near = range(IMEI_DIGITS - 1, IMEISV_DIGITS + 1)
    return _without(text, lambda run: any(len(number) in near for number in numbers_in(run)))


def _without(text: str, hides: Callable[[str], bool]) -> str:
    """Return ``text``, sign for sign, with the runs of digits blacked out that ``hides`` says; the rest as it was."""
    kept, at = [], 0
    for run in _RUN.finditer(_shape(text)):
        if hides(run[0]):
            kept += [text[at : run.start()], "•" * len(run[0])]
            at = run.end()
    return "".join([*kept, text[at:]])


def numbers_in(run: str) -> list[str]:
    """Return the numbers in a run of digits: the valid IMEIs if there are any, whatever stands beside them.

    People write "IMEI 1: 3569…" and "3569…, 64 gb", a dual-SIM phone shows two, and some write one in groups. Without a
    valid one it is each group as long as an IMEI, or else the whole run.
    """
    groups = re.findall(r"\d+", run)
    valid: list[str] = []
    at = 0
    while at < len(groups):
        end, length = at, 0
        while end < len(groups) and length < IMEI_DIGITS:
            length += len(groups[end])
            end += 1
        # Only what is as long as one is read: a message of single digits would hold the database up for all others.
        number = "".join(groups[at:end]) if length == IMEI_DIGITS else ""
        found = bool(number) and read(number).problem is None
        if found:
            valid.append(number)
        at = end if found else at + 1
    return valid or [group for group in groups if len(group) >= IMEI_DIGITS - 1] or ["".join(groups)]


def _remember(session: Session, number: str, *, chat_id: int, now: datetime) -> str:
    reading = read(number)
    reference = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    session.add(
        Claim(
            reference=reference,
            chat_id=chat_id,
            device=None if reading.problem else device_of(session, reading.digits, now=now),
            problem=reading.problem,
            digits=len(reading.digits),
            created_at=now,
        )
    )
    session.flush()
    return reference


def device_of(session: Session, imei: str, *, now: datetime) -> Device:
    """Return the device with this valid IMEI (15 digits), made on first sight."""
    return found_or_added(
        session,
        select(Device).where(Device.imei == imei),
        lambda: Device(imei=imei, blocked_at=None, blocked_reason=None, created_at=now),
    )


def claimed(session: Session, reference: str, *, chat_id: int) -> Claim:
    """Return the claim behind a reference (with or without ``number#``); raises UnknownClaim if not of this chat."""
    claim = session.scalar(
        select(Claim).where(Claim.reference == reference.removeprefix("number#"), Claim.chat_id == chat_id)
    )
    if claim is None:
        raise UnknownClaim
    return claim


def device_claimed(claim: Claim) -> Device:
    """Return the device of a claim; raises the ImeiInvalid that says what is wrong with the number."""
    if claim.device is None:
        problem: Problem = claim.problem  # type: ignore[assignment]  # written by _remember only
        raise _REFUSALS[problem](digits=claim.digits)
    return claim.device


def forget_claims(session: Session, *, before: datetime) -> int:
    """Delete claims older than ``before``; return how many. The devices stay."""
    return len(session.scalars(delete(Claim).where(Claim.created_at < before).returning(Claim.id)).all())


def block(session: Session, imei: str, *, reason: str, now: datetime) -> Device:
    """Put a phone on the blocked list; raises the ImeiInvalid that fits. Blocking twice keeps the first moment."""
    device = device_of(session, _valid(imei), now=now)
    if device.blocked_at is None:
        device.blocked_at, device.blocked_reason = now, reason[:200]
        session.flush()
    return device


def unblock(session: Session, imei: str, *, now: datetime) -> Device:
    """Take a phone off the blocked list; raises the ImeiInvalid that fits."""
    device = device_of(session, _valid(imei), now=now)
    device.blocked_at = device.blocked_reason = None
    session.flush()
    return device


def _valid(imei: str) -> str:
    reading = read(imei)
    if reading.problem:
        raise _REFUSALS[reading.problem](digits=len(reading.digits))
    return reading.digits


def maker(session: Session, device: Device) -> str | None:
    """Return the brand that the TAC table knows for the phone, None where the table is silent."""
    return session.scalar(select(Tac.brand).where(Tac.tac == device.imei[:8]))
