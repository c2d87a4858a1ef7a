"""The link to the console, as the command line makes it."""

import re

from tests.tradein.conftest import Run
from tradein import invitations, signins
from tradein.cli._run import utcnow
from tradein.database import Sessions, transaction
from tradein.invitations import Invitation

LINK = re.compile(r"http://127\.0\.0\.1:8000/console/enter\?token=(\S+)")


def test_an_operator_gets_a_link_by_name_or_number(run: Run, database: Sessions) -> None:
    """Shown once, kept as a digest; the earlier one is worthless from then on."""
    added = run("staff", "add", "--role", "operator", "Meera").output
    assert "tradein console open 1" in added
    links = [LINK.search(run("console", "open", name).output) for name in ("Meera", "1")]
    first, second = [found[1] for found in links if found]
    with transaction(database) as session:
        kept = [row.token_digest for row in session.query(Invitation)]
        assert not {first, second} & set(kept)
        opened = signins.enter(session, second, now=utcnow())
        assert opened.signin.member.name == "Meera"
    with transaction(database) as session:
        try:
            signins.enter(session, first, now=utcnow())
        except invitations.InvitationUsed:
            return
    raise AssertionError("the earlier link still opens the console")


def test_nobody_else_gets_one(run: Run) -> None:
    """Not a courier, not who isn't there, not a name that two have; each is told in one line."""
    run("staff", "add", "--role", "courier", "Ravi")
    for _ in range(2):
        run("staff", "add", "--role", "operator", "Meera")
    for name, code in (("Ravi", "not_staff"), ("Nobody", "unknown_staff"), ("Meera", "unknown_staff")):
        answer = run("console", "open", name)
        assert answer.exit_code == 1
        assert code in answer.output


def test_another_address_may_be_named(run: Run) -> None:
    """Where the console is reached through a proxy."""
    run("staff", "add", "--role", "operator", "Meera")
    assert (
        "https://shop.example/console/enter?token="
        in run("console", "open", "Meera", "--url", "https://shop.example/").output
    )
