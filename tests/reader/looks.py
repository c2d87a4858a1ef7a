"""Screens and labels as phones and their boxes show them, and others that only look so.

A look is drawn upright and clean; :mod:`tests.reader.camera` makes a photo of it. It returns the picture and the IMEIs
that a person finds in it: nothing where there is none to be found.
"""

import random
from collections.abc import Callable

from zxingcpp import BarcodeFormat

from tests.reader.canvas import FACES, WHITE, Canvas, Colour, check_digit, imei

type Drawn = tuple[Canvas, tuple[str, ...]]
type Look = Callable[[random.Random], Drawn]

_DARK: Colour = (30, 31, 34)
_GREY: Colour = (120, 120, 124)


def _digits(rng: random.Random, count: int) -> str:
    return "".join(str(rng.randrange(10)) for _ in range(count))


def _phone(rng: random.Random, *, dark: bool) -> Canvas:
    """Return a phone's screen with the dialler behind: keys full of digits, as where ``*#06#`` was typed."""
    ground: Colour = (18, 18, 20) if dark else (250, 250, 250)
    ink: Colour = (150, 150, 150) if dark else (70, 70, 74)
    canvas = Canvas(540, 1140, ground, rng.choice(FACES))
    canvas.text(20, 12, "10:42", 22, ink)
    canvas.text(430, 12, "4G  87%", 20, ink)
    for place, key in enumerate(
        ["1 ", "2 ABC", "3 DEF", "4 GHI", "5 JKL", "6 MNO", "7 PQRS", "8 TUV", "9 WXYZ", "* ", "0 +", "# "]
    ):
        x, y = 70 + place % 3 * 160, 640 + place // 3 * 100
        digit, letters = key.split(" ")
        canvas.text(x, y, digit, 44, ink)
        canvas.text(x + 2, y + 52, letters, 16, ink)
    canvas.box((215, 1050, 325, 1120), (90, 160, 60), 35)
    canvas.pixels[:] = (canvas.pixels * (0.55 if dark else 0.6)).astype("uint8")  # dimmed behind the dialog
    return canvas


def _dialog(rng: random.Random, title: str, lines: list[str], *, dark: bool, button: str = "OK") -> Canvas:
    canvas = _phone(rng, dark=dark)
    size = rng.choice((25, 27, 29))
    high = 170 + 48 * len(lines)
    top = rng.randrange(300, 420)
    canvas.box((36, top, 504, top + high), (44, 45, 49) if dark else WHITE, 26)
    ink: Colour = (232, 232, 232) if dark else (25, 25, 28)
    canvas.text(64, top + 24, title, 34, ink)
    for place, line in enumerate(lines):
        canvas.text(64, top + 84 + 48 * place, line, size, ink)
    canvas.text(400, top + high - 58, button, 28, (40, 110, 240) if not dark else (120, 170, 250))
    return canvas


def dialog_light(rng: random.Random) -> Drawn:
    """Draw the plain dialog of one SIM: the number and its software version."""
    number = imei(rng)
    return _dialog(rng, "IMEI", [f"{number} / {_digits(rng, 2)}"], dark=False), (number,)


def dialog_dark(rng: random.Random) -> Drawn:
    """Draw a dark dialog with two IMEIs and a MEID, each with its name."""
    first, second = imei(rng, "86"), imei(rng, "86")
    lines = [f"IMEI1: {first}", f"IMEI2: {second}", f"MEID: 99{_digits(rng, 12)}"]
    return _dialog(rng, rng.choice(("IMEI", "Device ID")), lines, dark=True), (first, second)


def dialog_two_bare(rng: random.Random) -> Drawn:
    """Draw a dialog whose title says IMEI once for the two numbers under it."""
    first, second = imei(rng), imei(rng)
    dark = rng.random() < 0.5
    return _dialog(rng, "IMEI", [f"{first} / 01", f"{second} / 01"], dark=dark), (first, second)


def dialog_grouped(rng: random.Random) -> Drawn:
    """Draw the number in groups, as the standard writes it or with spaces."""
    n = imei(rng)
    grouped = rng.choice(
        (
            f"{n[:2]}-{n[2:8]}-{n[8:14]}-{n[14]}",
            f"{n[:6]}-{n[6:8]}-{n[8:14]}-{n[14]}",
            f"{n[:2]} {n[2:8]} {n[8:14]} {n[14]}",
        )
    )
    return _dialog(rng, "Information", [f"IMEI: {grouped}"], dark=False), (n,)


def about_phone(rng: random.Random) -> Drawn:
    """Draw the settings' page "About phone": names above values, with serial number, ICCID and EID."""
    first, second = imei(rng), imei(rng)
    dark = rng.random() < 0.5
    canvas = Canvas(540, 1140, _DARK if dark else WHITE, rng.choice(FACES))
    ink: Colour = (235, 235, 235) if dark else (20, 20, 20)
    canvas.text(24, 40, "About phone", 40, ink)
    items = [
        ("Model", "M2006C3LI"),
        ("Serial number", imei(rng, "35")),
        ("IMEI (SIM slot 1)", first),
        ("IMEI (SIM slot 2)", second),
        ("ICCID", "8991" + _digits(rng, 16)),
        ("EID", "89049032" + _digits(rng, 24)),
        ("Wi-Fi MAC address", "a4:50:46:1c:9e:02"),
        ("Up time", "112:09:55"),
    ]
    for place, (name, value) in enumerate(items):
        canvas.text(28, 130 + place * 112, name, 29, ink)
        canvas.text(28, 172 + place * 112, value, 24, (150, 150, 155) if dark else _GREY)
    return canvas, (first, second)


def screen_with_barcodes(rng: random.Random) -> Drawn:
    """Draw Samsung's ``*#06#``: each number with a barcode, the serial number too."""
    first, second = imei(rng, "35"), imei(rng, "35")
    canvas = _phone(rng, dark=False)
    canvas.box((20, 180, 520, 800), WHITE, 26)
    for place, (name, value) in enumerate((("IMEI1", first), ("IMEI2", second), ("S/N", "RZ8N" + _digits(rng, 7)))):
        y = 210 + place * 190
        canvas.text(50, y, name, 28)
        canvas.barcode(40, y + 42, value, scale=2, height=70)
        canvas.text(50, y + 120, f"{value} / 01" if place < 2 else value, 26)
    return canvas, (first, second)


def _label(rng: random.Random, width: int = 820, height: int = 560) -> Canvas:
    paper: Colour = rng.choice((WHITE, (246, 244, 238), (235, 238, 240)))
    canvas = Canvas(width, height, paper, rng.choice(FACES))
    canvas.text(30, 22, rng.choice(("Redmi 9i  Sea Blue  4GB+64GB", "Galaxy M21 Black 6GB/128GB", "Moto G9 Power")), 30)
    return canvas


def box_label(rng: random.Random) -> Drawn:
    """Draw a box's label: EAN, two IMEIs and a serial number as barcodes with their text."""
    first, second = imei(rng), imei(rng)
    canvas = _label(rng)
    canvas.barcode(520, 80, "8901234" + _digits(rng, 5), BarcodeFormat.EAN13, scale=2, height=80)
    canvas.text(30, 80, "Model: M2006C3LI", 24)
    canvas.text(30, 120, "MRP Rs 8,299.00", 24)
    for place, (name, value) in enumerate(
        (("S/N", f"2785{_digits(rng, 4)}/00XA{_digits(rng, 5)}"), ("IMEI 1", first), ("IMEI 2", second))
    ):
        y = 176 + place * 124
        canvas.barcode(26, y, value.replace("/", ""), scale=2, height=60)
        canvas.text(40, y + 64, f"{name}: {value}", 26)
    return canvas, (first, second)


def box_with_likeness(rng: random.Random) -> Drawn:
    """Draw a label whose serial number is fifteen digits with a right check digit, barcode and all; one IMEI."""
    number, likeness = imei(rng), imei(rng, "35")
    canvas = _label(rng)
    rows = [("S/N", likeness), ("IMEI", number)]
    rng.shuffle(rows)
    for place, (name, value) in enumerate(rows):
        y = 120 + place * 190
        canvas.barcode(26, y, value, scale=3, height=80)
        canvas.text(40, y + 86, f"{name}: {value}", 30)
    return canvas, (number,)


def label_without_barcode(rng: random.Random) -> Drawn:
    """Draw the label under a battery: small print, two IMEIs, no barcode."""
    first, second = imei(rng), imei(rng)
    canvas = _label(rng, 700, 420)
    lines = [
        "Model: XT2091-4   FCC ID: IHDT56ZJ1",
        f"IMEI1:{first}",
        f"IMEI2:{second}",
        f"S/N: ZY22{_digits(rng, 6)}",
        "Made in India  R-41072200",
    ]
    for place, line in enumerate(lines):
        canvas.text(34, 90 + place * 58, line, 32)
    return canvas, (first, second)


def back_print(rng: random.Random) -> Drawn:
    """Draw the print on a phone's back: grey on black, small."""
    number = imei(rng)
    canvas = Canvas(640, 900, (28, 28, 30), rng.choice(FACES))
    canvas.text(230, 90, "mi", 120, (120, 120, 120))
    ink: Colour = (165, 165, 165)
    for place, line in enumerate(
        ("Model: M1804C3CE   5V 2A", f"IMEI: {number}", "Xiaomi Communications Co., Ltd.", "Made in India")
    ):
        canvas.text(110, 640 + place * 42, line, 26, ink)
    return canvas, (number,)


def barcodes_alone(rng: random.Random) -> Drawn:
    """Draw a barcode with its name and no printed digits."""
    number = imei(rng)
    canvas = _label(rng, 760, 360)
    canvas.text(40, 90, "IMEI", 30)
    canvas.barcode(40, 130, number, rng.choice((BarcodeFormat.Code128, BarcodeFormat.Code39)), scale=2, height=90)
    return canvas, (number,)


def square_code(rng: random.Random) -> Drawn:
    """Draw a QR code or Data Matrix that holds everything, beside a few words."""
    first, second = imei(rng), imei(rng)
    canvas = _label(rng, 700, 400)
    content = f"SN:{_digits(rng, 10)};IMEI1:{first};IMEI2:{second};EAN:8901234567894"
    canvas.barcode(40, 90, content, rng.choice((BarcodeFormat.QRCode, BarcodeFormat.DataMatrix)), scale=6)
    canvas.text(360, 150, "Scan for details", 28)
    return canvas, (first, second)


READABLE: dict[str, Look] = {
    look.__name__: look
    for look in (
        dialog_light,
        dialog_dark,
        dialog_two_bare,
        dialog_grouped,
        about_phone,
        screen_with_barcodes,
        box_label,
        box_with_likeness,
        label_without_barcode,
        back_print,
        barcodes_alone,
        square_code,
    )
}
"""The looks in which a person finds an IMEI."""


# --- nothing to be found ----------------------------------------------------------------------------------------------
def no_number(rng: random.Random) -> Drawn:
    """Draw a home screen."""
    canvas = _phone(rng, dark=False)
    canvas.text(60, 300, "Settings", 40)
    canvas.text(60, 380, "Wi-Fi, Bluetooth, SIM", 30)
    return canvas, ()


def serial_only(rng: random.Random) -> Drawn:
    """Draw a label with a serial number that passes for an IMEI, barcode and all."""
    canvas = _label(rng, 760, 360)
    likeness = imei(rng, "35")
    canvas.barcode(30, 100, likeness, scale=3, height=90)
    name = rng.choice(("S/N:", "SN:", "Serial No.", "Serial Number:", "Order ID:", "AWB"))
    canvas.text(40, 200, f"{name} {likeness}", 32)
    return canvas, ()


def serial_item(rng: random.Random) -> Drawn:
    """Draw a settings page with a serial number under its name, and an IMEI's name without one."""
    canvas = Canvas(540, 900, WHITE, rng.choice(FACES))
    items = [
        ("IMEI", "Unavailable"),
        ("Serial number", imei(rng, "86")),
        ("IMSI", imei(rng, "40")),
        ("Phone number", "+91 98" + _digits(rng, 8)),
    ]
    for place, (name, value) in enumerate(items):
        canvas.text(28, 130 + place * 130, name, 32)
        canvas.text(28, 178 + place * 130, value, 28, _GREY)
    return canvas, ()


def ean_only(rng: random.Random) -> Drawn:
    """Draw a label with nothing but the article's number."""
    canvas = _label(rng, 760, 360)
    canvas.barcode(60, 100, "8901234" + _digits(rng, 5), BarcodeFormat.EAN13, scale=3, height=140)
    return canvas, ()


def other_numbers(rng: random.Random) -> Drawn:
    """Draw a receipt: a bank card, a waybill, an order, a SIM card."""
    card = "37" + _digits(rng, 12)
    lines = [
        f"Card {card + check_digit(card)}",
        f"AWB No: {imei(rng, '35')}",
        f"Order {imei(rng, '86')}",
        "SIM 8991" + _digits(rng, 16),
        "Tel +91 98" + _digits(rng, 8),
    ]
    canvas = _label(rng, 760, 460)
    for place, line in enumerate(lines):
        canvas.text(40, 100 + place * 60, line, 32)
    return canvas, ()


def wrong_check_digit(rng: random.Random) -> Drawn:
    """Draw a dialog whose number can't be an IMEI: its check digit is wrong."""
    number = imei(rng)
    return _dialog(rng, "IMEI", [number[:14] + str((int(number[14]) + rng.randrange(1, 10)) % 10)], dark=False), ()


def wrong_length(rng: random.Random) -> Drawn:
    """Draw numbers of fourteen and sixteen digits: no check digit is known."""
    number = imei(rng)
    return _dialog(rng, "IMEI", [f"IMEI: {number[:14]}", f"IMEISV: {number[:14]}{_digits(rng, 2)}"], dark=True), ()


def contradiction(rng: random.Random) -> Drawn:
    """Draw a label whose barcode and print are two different IMEIs."""
    canvas = _label(rng, 760, 360)
    canvas.barcode(30, 100, imei(rng), scale=3, height=90)
    canvas.text(40, 200, f"IMEI: {imei(rng)}", 32)
    return canvas, ()


def carton(rng: random.Random) -> Drawn:
    """Draw a carton's label: the IMEIs of ten phones."""
    canvas = _label(rng, 900, 700)
    for place in range(10):
        canvas.text(40 + place % 2 * 430, 100 + place // 2 * 100, f"IMEI: {imei(rng)}", 28)
    return canvas, ()


def all_zeros(rng: random.Random) -> Drawn:
    """Draw a phone that lost its IMEI."""
    return _dialog(rng, "IMEI", ["000000000000000 / 01", "0"], dark=True), ()


UNREADABLE: dict[str, Look] = {
    look.__name__: look
    for look in (
        no_number,
        serial_only,
        serial_item,
        ean_only,
        other_numbers,
        wrong_check_digit,
        wrong_length,
        contradiction,
        carton,
        all_zeros,
    )
}
"""The looks in which there is none to be found."""
