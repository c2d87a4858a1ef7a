"""Buttons under a message: what they mean is a row here, not something that comes back from Telegram.

    LIVE ──tapped──► USED
      └──a newer keyboard in the chat──► STALE

``callback_data`` is ``k:<token>:<index>`` or ``k:<token>:p<page>``: a random name for the row and a place in it, far
below Telegram's 64 bytes. A tap is resolved from the row, for the chat that owns it, by one conditional UPDATE.
"""

import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    String,
    Table,
    bindparam,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from tradein.database import Base, UtcDateTime

TOKEN_BYTES = 12
"""96 random bits, 16 characters."""
CHOICES_UNPAGED, CHOICES_PER_PAGE = 10, 8
TWO_COLUMNS_UP_TO = 18
"""Characters of the longest title that still leaves room for a second column on a small phone."""
APART = frozenset({"submit", "footer"})
"""Kinds that stand below the choices, on every page: a submit button, and a choice that leads elsewhere."""
MARK = "✓"

Rows = list[list[dict[str, str]]]
"""Inline buttons as Telegram wants them: rows of ``{"text", "callback_data"}``."""

_DATA = re.compile(r"k:(?P<token>[\w-]{16}):(?P<page>p?)(?P<number>\d{1,4})")


class KeyboardState(StrEnum):
    """Whether a keyboard still does something."""

    LIVE = "live"
    USED = "used"
    STALE = "stale"


class Keyboard(Base):
    """The buttons of one message: ``buttons`` as ``{"title", "payload", "kind"}``; ``marked`` the toggled indexes.

    ``used_by`` is the update that used it, so that a turn taken up after a crash still knows its button.
    """

    __tablename__ = "keyboard"
    __table_args__ = (
        Index(
            "ix_keyboard_live",
            "chat_id",
            sqlite_where=text("state = 'live'"),
            postgresql_where=text("state = 'live'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(16), unique=True)
    chat_id: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[int] = mapped_column(ForeignKey("outbox.id", ondelete="CASCADE"))
    buttons: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    page: Mapped[int] = mapped_column(default=0)
    marked: Mapped[list[int]] = mapped_column(JSON, default=list)
    state: Mapped[str] = mapped_column(String(8))
    used_by: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


# A turn runs both: building a statement costs more than running it, so they are built once.
_KEYBOARD = cast("Table", Keyboard.__table__)
_STALE = (
    update(_KEYBOARD)
    .where(_KEYBOARD.c.chat_id == bindparam("of_chat"), text("state = 'live'"))  # literally, or SQLite shuns the index
    .values(state=KeyboardState.STALE)
)
_HANG = insert(_KEYBOARD)


def is_ours(data: object) -> bool:
    """Say whether ``data`` has the form of a button of ours; whether there is such a button, the table knows."""
    return isinstance(data, str) and _DATA.fullmatch(data) is not None


def new_token() -> str:
    """Return a name for a keyboard that nobody can guess."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hang(
    session: Session,
    *,
    token: str,
    chat_id: int,
    message_id: int,
    buttons: Sequence[dict[str, Any]],
    now: datetime,
    alone: bool = True,
) -> None:
    """Store the keyboard of the outbox row ``message_id``; if it stands ``alone`` the chat's earlier ones get stale."""
    if alone:
        session.connection().execute(_STALE, {"of_chat": chat_id})
    row = {
        "token": token,
        "chat_id": chat_id,
        "message_id": message_id,
        "buttons": [_plain(button) for button in buttons],
        "page": 0,
        "marked": [],
        "state": KeyboardState.LIVE,
        "created_at": now,
    }
    session.connection().execute(_HANG, row)


def find(session: Session, data: str, *, chat_id: int) -> tuple[Keyboard, int, bool] | None:
    """Return the keyboard behind ``data``, the number in it, and whether it is a page's; None if not of this chat."""
    match = _DATA.fullmatch(data)
    if match is None:
        return None
    keyboard = session.scalar(select(Keyboard).where(Keyboard.token == match["token"], Keyboard.chat_id == chat_id))
    if keyboard is None:
        return None
    number, paging = int(match["number"]), bool(match["page"])
    if number >= (pages(keyboard.buttons) if paging else len(keyboard.buttons)):
        return None
    return keyboard, number, paging


def live(session: Session, *, chat_id: int) -> Sequence[Keyboard]:
    """Return the keyboards of a chat that still do something, the newest first."""
    query = select(Keyboard).where(Keyboard.chat_id == chat_id, text("state = 'live'"))
    return session.scalars(query.order_by(Keyboard.id.desc())).all()


def use(session: Session, keyboard: Keyboard, *, update_id: int) -> bool:
    """Move a keyboard from live to used; False if another tap or a newer keyboard was first."""
    return _change(session, keyboard, state=KeyboardState.USED, used_by=update_id)


def turn_to(session: Session, keyboard: Keyboard, page: int) -> bool:
    """Show another page; False if the keyboard is no longer live."""
    return _change(session, keyboard, page=page)


def toggle(session: Session, keyboard: Keyboard, index: int) -> bool:
    """Mark a button, or unmark it; False if the keyboard is no longer live."""
    return _change(session, keyboard, marked=sorted(set(keyboard.marked) ^ {index}))


def _change(session: Session, keyboard: Keyboard, **values: Any) -> bool:  # noqa: ANN401 - columns
    changed = session.scalars(
        update(Keyboard)
        .where(Keyboard.id == keyboard.id, Keyboard.state == KeyboardState.LIVE)
        .values(**values)
        .returning(Keyboard.id)
        .execution_options(synchronize_session=False)
    ).all()
    if changed:
        session.refresh(keyboard)
    return bool(changed)


def pages(buttons: Sequence[dict[str, Any]]) -> int:
    """Return how many pages the choices fill; toggles stay together, for they are one answer."""
    if any(button.get("kind") == "toggle" for button in buttons):
        return 1
    choices = sum(button.get("kind") not in APART for button in buttons)
    return -(-choices // CHOICES_PER_PAGE) if choices > CHOICES_UNPAGED else 1


def rows(token: str, buttons: Sequence[dict[str, Any]], *, page: int = 0, marked: Sequence[int] = ()) -> Rows:
    """Lay the buttons out: choices in pages of eight, submit buttons, the row that turns pages, footers."""
    groups: dict[str, list[int]] = {"submit": [], "footer": [], "choice": []}
    for index, button in enumerate(buttons):
        kind = button.get("kind")
        groups[kind if kind in APART else "choice"].append(index)
    total = pages(buttons)

    def grid(indexes: list[int], *, shown: slice = slice(None)) -> Rows:
        """Two columns if every title of the group is short, so that all its pages look alike."""
        narrow = all(len(str(buttons[index]["title"])) <= TWO_COLUMNS_UP_TO for index in indexes)
        width = 2 if narrow else 1
        cells = [
            _button(
                f"{MARK} {buttons[index]['title']}" if index in marked else str(buttons[index]["title"]), token, index
            )
            for index in indexes[shown]
        ]
        return [cells[start : start + width] for start in range(0, len(cells), width)]

    on_page = slice(page * CHOICES_PER_PAGE, (page + 1) * CHOICES_PER_PAGE) if total > 1 else slice(None)
    laid = grid(groups["choice"], shown=on_page)
    laid += [row for index in groups["submit"] for row in grid([index])]
    if total > 1:
        turns = ((max(page - 1, 0), "‹"), (page, f"{page + 1}/{total}"), (min(page + 1, total - 1), "›"))  # noqa: RUF001
        laid.append([_button(title, token, f"p{target}") for target, title in turns])
    return laid + grid(groups["footer"])


def _button(title: str, token: str, place: int | str) -> dict[str, str]:
    return {"text": title, "callback_data": f"k:{token}:{place}"}


def _plain(button: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": str(button["title"]),
        "payload": str(button.get("payload") or ""),
        "kind": str(button.get("kind") or "choice"),
    }
