"""What the operator's edges say, the command line and the console alike: problems of files, refusals, figures."""

from tradein.refusals import Refusal
from tradein.report import Done, Due, Wrong
from tradein.tables import Problem, Reason

STAFF_START = "s_"
"""How the start parameter of a staff invitation begins; the gateway reads it."""
WORDING: dict[Reason, str] = {
    Reason.NOT_FOUND: "the file is not there or can't be read",
    Reason.NOT_UTF8: "is not UTF-8 text; in Excel save it as 'CSV UTF-8 (comma delimited)'",
    Reason.NOT_CSV: "is not a CSV line: {}",
    Reason.NOT_YAML: "is not YAML: {}",
    Reason.EMPTY: "the file holds nothing",
    Reason.UNKNOWN_FILE: "is none of brands.csv, outside.csv, models.csv, variants.csv, products.csv",
    Reason.MISSING_COLUMN: "the column '{}' is missing",
    Reason.UNKNOWN_COLUMN: "the column '{}' is unknown or there twice",
    Reason.MISSING_COMMENT: "a line like '# {}: …' is missing at the top",
    Reason.TOO_MANY_CELLS: "has more cells than the header row has columns; put text with commas in quotes",
    Reason.MISSING_VALUE: "'{}' is empty",
    Reason.TOO_LONG: "'{}' is longer than {} characters",
    Reason.BAD_SLUG: "'{}' must be small letters, digits and dashes, not '{}'",
    Reason.BAD_DATE: "'{}' must be a date like 2018-03-15, not '{}'",
    Reason.FUTURE_DATE: "the date {} is in the future",
    Reason.BAD_CURRENCY: "the currency is '{}', but the columns are in {}",
    Reason.NOT_POSITIVE: "'{}' must be a positive whole number, without commas or decimals, not '{}'",
    Reason.NOT_A_CHOICE: "'{}' is '{}', but must be one of: {}",
    Reason.BAD_YEAR: "the year {} is not between {} and {}",
    Reason.DUPLICATE: "'{}' is in line {} already",
    Reason.SAME_MEMORY: "has the same RAM and storage as '{}'",
    Reason.NAME_TAKEN: "the name '{}' can't be told apart from one of '{}'",
    Reason.NAME_WITHOUT_LETTERS: "the name '{}' has no letter or digit",
    Reason.UNKNOWN_BRAND: "no brand is called '{}' in brands.csv",
    Reason.UNKNOWN_MODEL: "no model is called '{}' in models.csv",
    Reason.UNKNOWN_VARIANT: "no variant is called '{}' in variants.csv",
    Reason.NO_VARIANT: "the model '{}' has no line in variants.csv",
    Reason.NO_PRICE: "the variant '{}' has no price",
    Reason.LARGER_IS_CHEAPER: "'{}' is cheaper than '{}', which has less memory",
    Reason.BELOW_FLOOR: "'{}' is worth less than the floor of {}, which nothing damaged can then fall to",
    Reason.BAD_FIELD: "{}: {}",
    Reason.BAD_TAC: "'tac' must be the first eight digits of an IMEI; this has {} characters",
    Reason.NOT_AN_IMEI: "is not an IMEI ({}, {} digits)",
    Reason.UNKNOWN_BLANK: "'{}' can't be filled in; the blanks are {}",
}


def sentence(problem: Problem) -> str:
    """Return a problem as a line: where, then what."""
    where = f"{problem.file}:{problem.line}" if problem.line else problem.file
    return f"{where}: {WORDING[problem.reason].format(*problem.evidence)}"


DONE: dict[Done, str] = {
    Done.QUOTED: "Values quoted",
    Done.ISSUED: "Coupons issued",
    Done.REDEEMED: "Orders placed with a coupon",
    Done.COMPLETED: "Exchanges completed",
    Done.REFUSED: "Phones refused at the door",
    Done.REFUNDED: "Refunds asked for",
    Done.HELPED: "Requests for a person",
}
DUE: dict[Due, str] = {
    Due.REMINDERS: "Reminders until the end of today",
    Due.EXPIRING: "Coupons that expire today",
    Due.VISITS: "Visits today",
    Due.OVERDUE_VISITS: "Visits of earlier days, still open",
    Due.REFUNDS: "Refunds on their way",
    Due.RESERVATIONS: "Coupons held at a checkout",
}
WRONG: dict[Wrong, str] = {
    Wrong.UNDELIVERED: "Messages that were not delivered",
    Wrong.UNSURE: "Messages that may not have arrived",
    Wrong.WEBHOOKS: "Webhooks the shop never took",
    Wrong.REFUNDS: "Refunds that failed",
    Wrong.SET_ASIDE: "Updates set aside unread",
    Wrong.WAITING: "Customers who wait too long for a person",
    Wrong.LOCKED_DOORS: "Doors locked by wrong codes",
}
_REFUSED: dict[str, str] = {
    "move_not_allowed": "It is {state} by now, and that can't be done to it any more.",
    "move_lost": "Somebody else was faster: look at it again.",
    "coupon_reserved": "A checkout holds the coupon at this moment.",
    "extended_already": "The coupon ending in {ending} was given more days before, and once is all.",
    "nothing_to_help_with": "The coupon can't be used any more.",
    "not_staff": "You are not an operator any more.",
    "unknown_staff": "Nobody of that name or number works here, or several do: 'tradein staff list' shows the numbers.",
    "unknown_key": "There is no such key.",
    "terms_out_of_order": "Version {version} is older than version {current}, or published already with another text.",
}


def said(refusal: Refusal) -> str:
    """Return a refusal as an operator reads it; one that has no sentence of its own by its code and evidence."""
    if refusal.code in _REFUSED:
        return _REFUSED[refusal.code].format_map(refusal.evidence)
    evidence = ", ".join(f"{name}: {value}" for name, value in refusal.evidence.items())
    return f"Refused ({refusal.code}). {evidence}".rstrip()


def invitation(token: str, username: str | None) -> str:
    """Return how to use the token of a staff invitation: a link where the bot's name is known."""
    start = f"{STAFF_START}{token}"
    return f"https://t.me/{username}?start={start}" if username else f"/start {start}   (sent to the bot)"


def console_link(url: str, token: str) -> str:
    """Return the link that a token makes of the console's address, whose entrance takes it as ``?token=…``."""
    return f"{url.rstrip('/')}/console/enter?token={token}"
