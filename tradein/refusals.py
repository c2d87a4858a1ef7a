"""Why the programme says no: one class per reason, each with a code and its evidence.

There is no wording here. An edge translates: the conversation says the response ``utter_refused_<code>``, the command
line prints a sentence, the checkout answers with the code.
"""

from typing import ClassVar


class Refusal(Exception):
    """A rule of the programme forbids what was asked; the state is unchanged.

    The keyword arguments are the evidence and become attributes.
    """

    code: ClassVar[str] = "refused"

    def __init__(self, **evidence: object) -> None:
        self.evidence = evidence
        self.__dict__.update(evidence)
        super().__init__(self.code, evidence)


# --- who and what -----------------------------------------------------------------------------------------------------
class UnknownCustomer(Refusal):
    """No customer has this conversation."""

    code = "unknown_customer"


class UnknownPhone(Refusal):
    """The brand, model or variant (``slug``) is not in the programme."""

    code = "unknown_phone"


class UnknownQuestion(Refusal):
    """No condition question has this key (``question``)."""

    code = "unknown_question"


class UnknownOption(Refusal):
    """The question (``question``) has no such option (``option``)."""

    code = "unknown_option"


class ExchangeIncomplete(Refusal):
    """The phone or an answer (``missing``) is not known yet, so nothing can be promised."""

    code = "exchange_incomplete"


class ExchangeClosed(Refusal):
    """The exchange has a coupon or is over (``state``); its phone can't change any more."""

    code = "exchange_closed"


# --- worth ------------------------------------------------------------------------------------------------------------
class NotEligible(Refusal):
    """The condition (``question``, ``option``) rules the phone out for ``reason`` (a key of the condition file)."""

    code = "not_eligible"


class NoPrice(Refusal):
    """The price book has no price for the variant (``slug``)."""

    code = "no_price"


class QuoteExpired(Refusal):
    """The quote's last moment (``expires_at``, UTC) has passed."""

    code = "quote_expired"


class QuoteMissing(Refusal):
    """There is no open quote to accept."""

    code = "quote_missing"


# --- IMEI -------------------------------------------------------------------------------------------------------------
class ImeiInvalid(Refusal):
    """What was given is no IMEI: the parent of the reasons below."""

    code = "imei_invalid"


class ImeiTooShort(ImeiInvalid):
    """Only ``digits`` digits; an IMEI has 15."""

    code = "imei_too_short"


class ImeiTooLong(ImeiInvalid):
    """``digits`` digits; an IMEI has 15."""

    code = "imei_too_long"


class ImeiLacksCheckDigit(ImeiInvalid):
    """14 digits: the last one, the check digit, was left out. We don't compute it for the customer."""

    code = "imei_lacks_check_digit"


class ImeiCheckDigitWrong(ImeiInvalid):
    """15 digits whose check digit is wrong: one was mistyped."""

    code = "imei_check_digit_wrong"


class ImeiIsSoftwareVersion(ImeiInvalid):
    """16 digits: an IMEISV, which ends with a software version instead of the check digit."""

    code = "imei_is_software_version"


class ImeiAllSameDigit(ImeiInvalid):
    """The same digit throughout; such a number belongs to no phone."""

    code = "imei_all_same_digit"


class ImeiMissing(Refusal):
    """The exchange has no IMEI yet."""

    code = "imei_missing"


class UnknownClaim(Refusal):
    """The number refers to nothing this chat has sent."""

    code = "unknown_claim"


class ImeiBlocked(Refusal):
    """The phone (``masked``) is on the programme's list of blocked IMEIs."""

    code = "imei_blocked"


class ImeiOfAnotherBrand(Refusal):
    """The number belongs to a phone of another brand (``brand``) than the one chosen (``chosen``)."""

    code = "imei_of_another_brand"


class ImeiInExchange(Refusal):
    """The phone (``masked``) already has a live coupon; ``own`` says whether it is this customer's."""

    code = "imei_in_exchange"


class ImeiSettled(Refusal):
    """The phone (``masked``) was handed over in an earlier exchange; it is never taken again."""

    code = "imei_settled"


# --- terms and content ------------------------------------------------------------------------------------------------
class TermsMissing(Refusal):
    """No terms have been published, so nobody can agree to them."""

    code = "terms_missing"


class TermsChanged(Refusal):
    """The version agreed to (``agreed``) is not the current one (``current``): show it and ask again."""

    code = "terms_changed"


class TermsOutOfOrder(Refusal):
    """The version (``version``) is published already or older than the current one (``current``)."""

    code = "terms_out_of_order"


class ContentMissing(Refusal):
    """The programme's content (``what``) has not been imported."""

    code = "content_missing"


# --- moves ------------------------------------------------------------------------------------------------------------
class MoveNotAllowed(Refusal):
    """The state machine (``subject``) has no move from ``state`` to ``to``."""

    code = "move_not_allowed"


class MoveLost(Refusal):
    """Somebody else moved the row (``subject``, ``id``) first."""

    code = "move_lost"


class UnknownCoupon(Refusal):
    """No coupon has this code, or its check character is wrong."""

    code = "unknown_coupon"
