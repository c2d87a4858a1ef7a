"""Photos and files, both ways."""

from io import BytesIO

import pytest
from PIL import Image
from telegram import Bot
from telegram.error import BadRequest

from tests.sandbox.phones import Customer, Inbox


def picture(kind: str, width: int = 64, height: int = 48) -> bytes:
    """Return a picture of this format."""
    out = BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
async def test_a_customers_photo_has_its_real_size_and_can_be_downloaded(
    inbox: Inbox, customer: Customer, kind: str
) -> None:
    """Byte for byte what was sent, under the path getFile gives."""
    sent = picture(kind)
    await customer.show(sent, caption="the /back of it")
    message = await inbox.message()
    assert (message.photo[-1].width, message.photo[-1].height) == (64, 48)
    assert message.caption == "the /back of it"
    file = await message.photo[-1].get_file()
    assert file.file_size == len(sent)
    assert bytes(await file.download_as_bytearray()) == sent


async def test_a_bot_sends_photos_and_documents_and_again_by_their_ids(bot: Bot, customer: Customer) -> None:
    """What was uploaded once need not be uploaded again."""
    photo = await bot.send_photo(customer.id, picture("PNG"), caption="<b>Look</b>", parse_mode="HTML")
    assert photo.parse_caption_entities() == {photo.caption_entities[0]: "Look"}
    again = await bot.send_photo(customer.id, photo.photo[-1].file_id)
    assert again.photo == photo.photo
    document = await bot.send_document(customer.id, b"terms", filename="terms.txt")
    assert document.document is not None
    assert (document.document.file_name, document.document.file_size) == ("terms.txt", 5)
    assert bytes(await (await document.document.get_file()).download_as_bytearray()) == b"terms"


async def test_a_caption_is_edited_and_holds_1024_units(bot: Bot, customer: Customer) -> None:
    """And a photo has no text to edit."""
    photo = await bot.send_photo(customer.id, picture("PNG"), caption="one")
    edited = await photo.edit_caption("two")
    assert not isinstance(edited, bool)
    assert edited.caption == "two"
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await photo.edit_caption("x" * 1025)
    with pytest.raises(BadRequest, match="There is no text in the message to edit"):
        await photo.edit_text("x")


async def test_a_copy_has_the_content_and_an_id_of_its_own(bot: Bot, customer: Customer) -> None:
    """A caption may be replaced on the way."""
    photo = await bot.send_photo(customer.id, picture("PNG"), caption="one")
    copied = await bot.copy_message(customer.id, customer.id, photo.message_id, caption="two")
    assert copied.message_id == photo.message_id + 1
    assert await customer.sees() == ["one", "two"]
    with pytest.raises(BadRequest, match="Message to copy not found"):
        await bot.copy_message(customer.id, customer.id, 99)


async def test_what_is_no_picture_and_what_has_no_id_is_refused(bot: Bot, customer: Customer) -> None:
    """In Telegram's words."""
    with pytest.raises(BadRequest, match="Image_process_failed"):
        await bot.send_photo(customer.id, b"not a picture")
    with pytest.raises(BadRequest, match="Photo_invalid_dimensions"):
        await bot.send_photo(customer.id, picture("PNG", 2100, 100))
    with pytest.raises(BadRequest, match="Invalid file_id"):
        await bot.get_file("nothing")
