"""The terms of the programme and who agreed to which version.

A consent counts only for the version it names: publishing a newer one between showing and agreeing asks again.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein.database import Base, Json, UtcDateTime
from tradein.refusals import TermsChanged, TermsMissing, TermsOutOfOrder

FALLBACK_LANGUAGE = "en"
_HEADER = re.compile(r"^#\s*(version|language)\s*:\s*(\S+)\s*$", re.IGNORECASE)


class Terms(Base):
    """One version in one language; the text may hold ``{coupon_days}`` and the like, filled from the settings."""

    __tablename__ = "terms"
    __table_args__ = (UniqueConstraint("version", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]
    language: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Consent(Base):
    """A customer's clear yes to one version in one language, in one chat; ``facts`` filled the text they saw."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id"), index=True)
    exchange_id: Mapped[int] = mapped_column(ForeignKey("exchange.id"), unique=True)
    terms_id: Mapped[int] = mapped_column(ForeignKey("terms.id"))
    chat_id: Mapped[int] = mapped_column(BigInteger)
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    given_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class TermsFile:
    """A file as an operator writes it: ``# version: 2`` and ``# language: en`` first, then the text."""

    version: int
    language: str
    text: str


def parse(content: str) -> TermsFile:
    """Read a terms file; raises ValueError that says what is missing."""
    header: dict[str, str] = {}
    lines = content.removeprefix("\ufeff").splitlines()
    while lines and (match := _HEADER.match(lines[0])):
        header[match[1].lower()] = match[2]
        del lines[0]
    if not header.get("version", "").isdecimal():
        raise ValueError("the file must begin with a line like '# version: 2' (a whole number)")
    if "language" not in header:
        raise ValueError("the second line must name the language, like '# language: en'")
    text = "\n".join(lines).strip()
    if not text:
        raise ValueError("the file has no text after its header")
    return TermsFile(int(header["version"]), header["language"].lower(), text)


def publish(session: Session, file: TermsFile, *, now: datetime) -> Terms:
    """Publish a version; raises TermsOutOfOrder if it is older than the current one or published with another text.

    Publishing the very same file again changes nothing.
    """
    newest = session.scalar(select(func.max(Terms.version))) or 0
    known = session.scalar(select(Terms).where(Terms.version == file.version, Terms.language == file.language))
    if known is not None and known.text == file.text:
        return known
    if known is not None or file.version < newest:
        raise TermsOutOfOrder(version=file.version, current=newest)
    terms = Terms(version=file.version, language=file.language, text=file.text, published_at=now)
    session.add(terms)
    session.flush()
    return terms


def current(session: Session, language: str = FALLBACK_LANGUAGE) -> Terms:
    """Return the newest version in ``language``, else in English, else in any; raises TermsMissing."""
    newest = select(func.max(Terms.version)).scalar_subquery()
    found = {terms.language: terms for terms in session.scalars(select(Terms).where(Terms.version == newest))}
    terms = found.get(language) or found.get(FALLBACK_LANGUAGE) or next(iter(found.values()), None)
    if terms is None:
        raise TermsMissing
    return terms


def agreed(session: Session, *, version: int, language: str) -> Terms:
    """Return the terms agreed to; raises TermsChanged unless ``version`` is the current one, TermsMissing if none."""
    terms = current(session, language)
    if terms.version != version:
        raise TermsChanged(agreed=version, current=terms.version)
    return terms
