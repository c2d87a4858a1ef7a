"""Taking back what was carried to a customer, or was about to be."""

from collections.abc import Sequence

from sqlalchemy import update

from bot.support.shift import Shift
from tradein.outbox import Message, MessageState
from tradein.support.relay import Relayed, RelayState


def undo(shift: Shift, rows: Sequence[Relayed]) -> None:
    """Take messages back: out of the outbox where nobody has begun to send them, else out of the customer's chat."""
    for row in rows:
        if row.state is RelayState.UNDONE:
            continue
        row.state = RelayState.UNDONE
        if not _withdrawn(shift, row.outbox_id):
            shift.way().queue(shift.session, "retract", {"relayed": [row.id]})
    shift.session.flush()


def _withdrawn(shift: Shift, outbox_id: int | None) -> bool:
    """Take a message out of the outbox; False if somebody has it in hand, or it was sent."""
    cancelled = shift.session.execute(
        update(Message)
        .where(Message.id == outbox_id, Message.state.in_([MessageState.QUEUED, MessageState.CANCELLED]))
        .values(state=MessageState.CANCELLED, error="taken back")
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    ).all()
    return bool(cancelled)
