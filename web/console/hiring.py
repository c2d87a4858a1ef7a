"""Taking somebody on: their invitation is shown once, on the page that answers."""

from datetime import datetime

from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin import CustomView
from starlette_admin.routing import route

from tradein import staff
from tradein.cli.wording import invitation
from tradein.refusals import NotStaff
from tradein.staff import Role, Staff
from web.console.acting import act
from web.parts import parts_of

LONGEST_NAME = 64
ROLES: dict[Role, str] = {
    Role.COURIER: "Courier: checks old phones at the door",
    Role.AGENT: "Agent: helps customers in the support group",
    Role.SUPERVISOR: "Supervisor: an agent who is told of who waits too long, and may extend coupons",
    Role.OPERATOR: "Operator: this console",
}


class Hiring(CustomView):
    """The page where somebody is taken on."""

    menu_label, icon, path, route_name = "Take somebody on", "fa fa-user-plus", "/take-on", "take-on"

    @route("", methods=["GET"])
    async def index(self, request: Request) -> Response:
        """Ask who, and what they will do."""
        return self._page(request)

    @route("", methods=["POST"], name="take-on-now")
    async def take_on(self, request: Request) -> Response:
        """Take them on and show their invitation."""
        form = await request.form()
        name, alias = (str(form.get(field, "")).strip() for field in ("name", "alias"))
        role = next((role for role in Role if role.value == form.get("role")), None)
        if (
            role is None
            or not 0 < len(name) <= LONGEST_NAME
            or len(alias) > LONGEST_NAME
            or not (name + alias).isprintable()
        ):
            problem = f"Give a name of {LONGEST_NAME} characters at most, and choose what they will do."
            return self._page(request, problem=problem, status=400)

        def deed(session: Session, member: Staff, now: datetime) -> tuple[int, str]:
            added, token = staff.add(session, name=name, role=role, alias=alias or None, now=now, actor=member.actor)
            return added.id, token

        try:
            number, token = await act(request, deed)
        except NotStaff:
            return self._page(request, problem="You are not an operator any more.", status=403)
        link = invitation(token, parts_of(request).settings.bot_username)
        return self._page(request, taken={"name": name, "number": number, "role": role, "link": link})

    def _page(
        self, request: Request, *, taken: dict[str, object] | None = None, problem: str = "", status: int = 200
    ) -> Response:
        context = {"title": self.menu_label, "taken": taken, "problem": problem, "roles": ROLES}
        assert self._admin is not None  # noqa: S101 - it was mounted
        return self._admin._template_response(request, "take-on.html", context, status)  # noqa: SLF001 - its way
