"""The terms of the programme and who agreed to which version.

A consent counts only for the version it names: publishing a newer one between showing and agreeing asks again. A text
is plain; ``{coupon_days}`` and ``{quote_days}`` are blanks, filled from the policy, and no other brace may stand in it:
a customer must never be asked to agree to a sentence with a hole.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, String, Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein import events
from tradein.database import Base, Json, UtcDateTime
from tradein.events import COMMAND_LINE
from tradein.policy import Policy
from tradein.refusals import TermsChanged, TermsMissing, TermsOutOfOrder
from tradein.tables import ContentError, Problem, Reason

FALLBACK_LANGUAGE = "en"
LONGEST_LANGUAGE = 8
_HEADER = re.compile(r"#\s*(version|language)\s*:\s*(\S*)\s*", re.IGNORECASE)
_VERSION = re.compile(r"[1-9][0-9]{0,8}")
_BRACES = re.compile(r"\{([^{}]*)\}|[{}]")


class Terms(Base):
    """One version in one language; ``text`` has blanks, see :func:`render`."""

    __tablename__ = "terms"
    __table_args__ = (UniqueConstraint("version", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[int]
    language: Mapped[str] = mapped_column(String(LONGEST_LANGUAGE))
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
    """A file as an operator writes it: ``# version: 2`` and ``# language: en`` first, then the text, with blanks."""

    version: int
    language: str
    text: str


def facts(policy: Policy) -> dict[str, int]:
    """Return what fills the blanks of a text, by name: both are whole calendar days."""
    return {"coupon_days": policy.coupon_days, "quote_days": policy.quote_days}


def render(terms: Terms | TermsFile, facts: Mapping[str, int]) -> str:
    """Return the text as a customer reads it, in Telegram's HTML: escaped, its blanks filled."""
    return _BRACES.sub(lambda blank: str(facts.get(blank[1], blank[0])), escape(terms.text, quote=False))


def read(path: Path) -> TermsFile:
    """Read a terms file; raises ContentError."""
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ContentError([Problem(path.name, 0, Reason.NOT_UTF8)]) from error
    except OSError as error:
        raise ContentError([Problem(path.name, 0, Reason.NOT_FOUND)]) from error
    return parse(content, file=path.name)


def parse(content: str, *, file: str) -> TermsFile:
    """Return what a file of this name and content says; raises ContentError with everything that is wrong with it."""
    lines = content.splitlines()
    header: dict[str, tuple[int, str]] = {}
    body = 0
    while body < len(lines) and (match := _HEADER.fullmatch(lines[body])):
        body += 1
        header[match[1].lower()] = (body, match[2])
    text = "\n".join(lines[body:]).strip()
    problems = list(_problems(file, header))
    if not text:
        problems.append(Problem(file, 0, Reason.EMPTY))
    for number, line in enumerate(lines[body:], body + 1):
        blanks = (blank[0] for blank in _BRACES.finditer(line) if blank[1] not in _BLANKS)
        problems += [Problem(file, number, Reason.UNKNOWN_BLANK, (blank, _SHOWN_BLANKS)) for blank in blanks]
    if problems:
        raise ContentError(problems)
    return TermsFile(int(header["version"][1]), header["language"][1].lower(), text)


def _problems(file: str, header: Mapping[str, tuple[int, str]]) -> Iterator[Problem]:
    for name in ("version", "language"):
        line, value = header.get(name, (1, ""))
        if not value:
            yield Problem(file, line, Reason.MISSING_COMMENT, (name,))
        elif name == "version" and not _VERSION.fullmatch(value):
            yield Problem(file, line, Reason.NOT_POSITIVE, (name, value))
        elif name == "language" and len(value) > LONGEST_LANGUAGE:
            yield Problem(file, line, Reason.TOO_LONG, (name, str(LONGEST_LANGUAGE)))


_BLANKS = frozenset(facts(Policy()))
_SHOWN_BLANKS = ", ".join(f"{{{name}}}" for name in facts(Policy()))


def published(session: Session, file: TermsFile) -> Terms | None:
    """Return the terms that already say exactly this, None if they would be new.

    Raises TermsOutOfOrder if the version is older than the current one, or was published with another text.
    """
    newest = session.scalar(select(func.max(Terms.version))) or 0
    known = session.scalar(select(Terms).where(Terms.version == file.version, Terms.language == file.language))
    if known is not None and known.text == file.text:
        return known
    if known is not None or file.version < newest:
        raise TermsOutOfOrder(version=file.version, current=newest)
    return None


def publish(session: Session, file: TermsFile, *, now: datetime, actor: str = COMMAND_LINE) -> Terms:
    """Publish a version; the very same file again changes nothing. Raises TermsOutOfOrder as :func:`published` does."""
    terms = published(session, file)
    if terms is None:
        terms = Terms(version=file.version, language=file.language, text=file.text, published_at=now)
        session.add(terms)
        session.flush()
        told = {"version": file.version, "language": file.language}
        events.done(session, terms, "published", actor=actor, now=now, **told)
    return terms


def newest(session: Session, language: str) -> str:
    """Return the text of the newest version in this very language, nothing where there is none."""
    latest = select(Terms.text).where(Terms.language == language).order_by(Terms.version.desc()).limit(1)
    return session.scalar(latest) or ""


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
