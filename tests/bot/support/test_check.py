"""``tradein support check``: what is wrong with the group, and what to do."""

import subprocess
import sys
from typing import Any

from tests.bot.conftest import Stack
from tests.bot.support.conftest import Desk


def check(stack: Stack, **environment: str) -> tuple[int, str]:
    """Run the command as an operator does."""
    ran = subprocess.run(
        [sys.executable, "-c", "from tradein.cli.app import app; app()", "support", "check"],
        cwd=stack.folder,
        env=stack.environment | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, ran.stdout + ran.stderr


async def _group(stack: Stack, **wanted: Any) -> Desk:  # noqa: ANN401 - JSON
    made = await stack.api.post("/sandbox/groups", json=wanted)
    return Desk(stack, made.json()["id"])


async def test_a_group_with_all_it_needs_is_right(stack: Stack) -> None:
    """Topics, an administrator with three rights, and ears."""
    desk = await _group(stack)

    code, said = check(stack, TRADEIN_SUPPORT_CHAT_ID=str(desk.id))

    assert (code, said.count("✓"), said.count("✗")) == (0, 5, 0)


async def test_what_is_missing_is_named_with_what_to_do(stack: Stack) -> None:
    """Each thing by itself."""
    without = await _group(stack, forum=False)
    code, said = check(stack, TRADEIN_SUPPORT_CHAT_ID=str(without.id))
    assert code == 1
    assert "has no topics" in said

    lacking = await _group(stack)
    await lacking.post("bot", {"status": "administrator", "rights": {"can_pin_messages": False}})
    code, said = check(stack, TRADEIN_SUPPORT_CHAT_ID=str(lacking.id))
    assert code == 1
    assert "lacks the right “Pin messages”" in said

    member = await _group(stack)
    await member.post("bot", {"status": "member"})
    code, said = check(stack, TRADEIN_SUPPORT_CHAT_ID=str(member.id))
    assert code == 1
    assert "no administrator" in said
    assert "Privacy mode" in said

    code, said = check(stack, TRADEIN_SUPPORT_CHAT_ID="-100424242")
    assert code == 1
    assert "sees no chat" in said
    code, said = check(stack)
    assert code == 1
    assert "No support group is set" in said
