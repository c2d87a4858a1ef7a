"""Commands about the people who work for the programme."""

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from tradein import staff, visits
from tradein.cli._run import console, reading, settings, transaction, utcnow
from tradein.cli.wording import invitation
from tradein.staff import Role
from tradein.support import agents

staff_app = typer.Typer(no_args_is_help=True, help="Couriers and support agents, and what each may do.")


@staff_app.command("add")
def add(
    name: Annotated[str, typer.Argument(help="The name colleagues know.")],
    role: Annotated[Role, typer.Option(help="What they will do.")],
    alias: Annotated[str | None, typer.Option(help="What customers call them; else it is the first name.")] = None,
) -> None:
    """Take somebody on, and show the invitation that binds their Telegram account: once, within seven days."""
    with transaction() as session:
        member, token = staff.add(session, name=name, role=role, alias=alias, now=utcnow())
        number = member.id
    console.print(f"{escape(name)} is staff {number}, {role.value}. Their invitation, shown only now:", highlight=False)
    console.print(_invitation(token), highlight=False, soft_wrap=True)
    if role is Role.OPERATOR:
        console.print(f"The console needs no Telegram: 'tradein console open {number}' signs a browser in.")


@staff_app.command("invite")
def invite(number: Annotated[int, typer.Argument(help="The number that 'tradein staff list' shows.")]) -> None:
    """Make another invitation: the first was lost, or they have a new Telegram account."""
    with transaction() as session:
        token = staff.invite(session, staff.by_id(session, number), now=utcnow())
    console.print(_invitation(token), highlight=False, soft_wrap=True)


@staff_app.command("grant")
def grant(number: int, role: Annotated[Role, typer.Option(help="What they may do as well.")]) -> None:
    """Give somebody another role."""
    with transaction() as session:
        member = staff.by_id(session, number)
        staff.grant(session, member, role=role, now=utcnow())
        console.print(f"{escape(member.name)} may: {', '.join(sorted(member.roles))}.", highlight=False)


@staff_app.command("remove")
def remove(number: int) -> None:
    """End all of somebody's roles at once."""
    with transaction() as session:
        member = staff.by_id(session, number)
        waiting = agents.leave(session, member, now=utcnow())
        freed = visits.dismiss(session, member, now=utcnow())
        visits_freed = f" Visits free for others: {freed}." if freed else ""
        talks_freed = f" Customers waiting for somebody else: {waiting}." if waiting else ""
        console.print(f"{escape(member.name)} may do nothing any more.{visits_freed}{talks_freed}", highlight=False)


@staff_app.command("list")
def list_staff() -> None:
    """List the people, their roles, and whether they have opened their invitation."""
    table = Table("Staff", "Name", "Customers say", "May", "Telegram")
    with reading() as session:
        for member in staff.listed(session):
            bound = "bound" if member.telegram_user_id else "invited"
            names = escape(member.name), escape(member.public_name)
            table.add_row(str(member.id), *names, ", ".join(sorted(member.roles)), bound)
    console.print(
        table if table.row_count else "Nobody yet: 'tradein staff add --role courier NAME' takes somebody on."
    )


def _invitation(token: str) -> str:
    return invitation(token, settings().bot_username)
