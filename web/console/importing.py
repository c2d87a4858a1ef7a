"""A price book or terms, uploaded: what is wrong with it, or what it would change; then, confirmed, put in force.

The checks and their sentences are the command line's. Between the two steps nothing is kept here: the page that asks
holds the file, and it is checked again when it comes back.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin import CustomView
from starlette_admin.flash import flash
from starlette_admin.routing import route

from tradein import catalogue_import, terms
from tradein.catalogue_files import read_prices
from tradein.cli.wording import said, sentence
from tradein.events import COMMAND_LINE
from tradein.plan import Change
from tradein.refusals import Refusal
from tradein.tables import ContentError
from web.console.acting import act
from web.console.listing import NUL
from web.parts import parts_of

KINDS = {"prices": "a price book", "terms": "terms"}
SHOWN = 100
LONGEST_NAME = 100
"""In bytes: a file system counts so."""
_CHOOSE = "Choose a file, and say what it holds."


@dataclass(frozen=True)
class Sheet:
    """What was uploaded: as which kind, under which name, its text."""

    kind: str
    name: str
    text: str


@dataclass(frozen=True)
class Plan:
    """What a file would change: a sentence, the changes, and what to think about."""

    what: str
    changes: Sequence[Change] = ()
    warnings: Sequence[str] = ()
    new: bool = True


class Importing(CustomView):
    """The page where a file is chosen, looked at and put in force."""

    menu_label, icon, path, route_name = "Import a file", "fa fa-file-import", "/import", "import-file"

    @route("", methods=["GET"])
    async def index(self, request: Request) -> Response:
        """Ask for a file."""
        return self._page(request)

    @route("", methods=["POST"], name="import-look")
    async def look(self, request: Request) -> Response:
        """Check a file and show what it would change; nothing is."""
        async with request.form() as form:
            upload, kind = form.get("file"), str(form.get("kind", ""))
            if kind not in KINDS or not isinstance(upload, UploadFile) or not upload.filename:
                return self._page(request, problems=[_CHOOSE], status=400)
            try:
                text = (await upload.read()).decode("utf-8-sig")
            except UnicodeDecodeError:
                text = ""
        sheet = Sheet(kind, _named(upload.filename), text)
        if not text or NUL in text:
            told = f"{sheet.name}: is empty, or not UTF-8 text; in Excel save it as 'CSV UTF-8 (comma delimited)'"
            return self._page(request, problems=[told], status=400)
        now = parts_of(request).clock()
        try:
            plan = await parts_of(request).store.read(lambda session: _planned(session, sheet, now))
        except (ContentError, Refusal) as problem:
            return self._page(request, problems=_told(problem), status=400)
        return self._page(request, sheet=sheet, plan=plan)

    @route("/confirm", methods=["POST"], name="import-confirm")
    async def confirm(self, request: Request) -> Response:
        """Put a file in force that was looked at; it is checked again."""
        async with request.form() as form:
            # A form's lines end as HTTP wants them; the file's ended as they did when it was looked at.
            text = str(form.get("text", "")).replace("\r\n", "\n")
            sheet = Sheet(str(form.get("kind", "")), _named(str(form.get("name", ""))), text)
        if sheet.kind not in KINDS or NUL in text:
            return self._page(request, problems=[_CHOOSE], status=400)
        try:
            plan = await act(
                request, lambda session, member, now: _planned(session, sheet, now, do=True, actor=member.actor)
            )
        except (ContentError, Refusal) as problem:
            return self._page(request, problems=_told(problem), status=400)
        flash(request, plan.what if plan.new else "It was in force already; nothing was changed.", "success")
        return RedirectResponse(request.url_for("console:list", key=sheet.kind), 303)

    def _page(
        self,
        request: Request,
        *,
        sheet: Sheet | None = None,
        plan: Plan | None = None,
        problems: Sequence[str] = (),
        status: int = 200,
    ) -> Response:
        context = {
            "title": self.menu_label,
            "sheet": sheet,
            "plan": plan,
            "problems": problems,
            "kinds": KINDS,
            "shown": SHOWN,
        }
        assert self._admin is not None  # noqa: S101 - it was mounted
        return self._admin._template_response(request, "import.html", context, status)  # noqa: SLF001 - its way


def _named(upload: str) -> str:
    """Return what a browser calls its file as a name that a file can have here."""
    name = Path(upload).name.replace(NUL, "").encode(errors="ignore")[:LONGEST_NAME].decode(errors="ignore")
    return name if name.strip(".") else "file"


def _planned(session: Session, sheet: Sheet, now: datetime, *, do: bool = False, actor: str = COMMAND_LINE) -> Plan:
    """Return what a file changes, and ``do`` it if asked; raises ContentError, TermsOutOfOrder."""
    if sheet.kind == "terms":
        return _terms(session, sheet, now, do=do, actor=actor)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / sheet.name
        path.write_text(sheet.text, encoding="utf-8")
        prices = read_prices(path, today=now.date())
    plan = catalogue_import.plan_prices(session, prices, file=sheet.name)
    if do:
        catalogue_import.import_prices(session, prices, file=sheet.name, now=now, actor=actor)
    return Plan(
        f"The prices of {prices.as_of} {'are' if do else 'would be'} in force, with"
        f" {_counted(len(plan.changes), 'change')}. Quotes made before keep their value.",
        plan.changes,
        [sentence(warning) for warning in plan.warnings],
        new=bool(plan.changes),
    )


def _terms(session: Session, sheet: Sheet, now: datetime, *, do: bool, actor: str) -> Plan:
    read = terms.parse(sheet.text, file=sheet.name)
    new = terms.published(session, read) is None
    if do:
        terms.publish(session, read, now=now, actor=actor)
    before = terms.newest(session, read.language)
    change = Change("changed" if before else "added", "terms", read.language, before, read.text)
    return Plan(
        f"Terms version {read.version} ({read.language}) {'are' if do else 'would be'} in force:"
        " whoever was shown older ones is asked again.",
        [change],
        new=new,
    )


def _counted(count: int, what: str) -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"


def _told(problem: ContentError | Refusal) -> list[str]:
    return [said(problem)] if isinstance(problem, Refusal) else [sentence(each) for each in problem.problems]
