"""A turn from the customer's message to the reply."""

from tests.bot.conftest import Stack


async def test_a_text_goes_to_the_engine_and_its_answer_comes_back(gateway: Stack) -> None:
    """The shortest way through everything."""
    asha = await gateway.person()

    await asha.says("what is my phone worth?")

    [reply] = await asha.sees(1)
    assert reply["text"] == "You said: what is my phone worth?"
