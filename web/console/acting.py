"""A change that an operator makes: one transaction, with a new look at who acts."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request

from tradein import signins
from tradein.staff import Staff
from web.parts import parts_of

type Deed[Result] = Callable[[Session, Staff, datetime], Result]


async def act[Result](request: Request, deed: Deed[Result]) -> Result:
    """Do ``deed`` as the operator who sent the request; raises NotStaff, and what the deed raises."""
    parts, now, secret = parts_of(request), parts_of(request).clock(), request.state.admin_user.secret
    return await parts.store.do(lambda session: deed(session, signins.acting(session, secret, now=now).member, now))
