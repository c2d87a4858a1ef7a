"""In which language a customer is answered, and how sure of it we are.

    TOLD (Telegram's own language) ──writes Devanagari──► NOTICED
      └──────────────── picks one of the buttons ───────────┴──► CHOSEN, for good

It is noticed once at most, and only towards Hindi: nobody is sent to and fro by a word in the other language. Hindi in
Roman letters says less about what somebody likes to read, so it only earns an offer, once.
"""

import re
from enum import StrEnum

from tradein.customers import Customer, LanguageSource
from tradein.spelling import words

ENGLISH, HINDI = "en", "hi"
LANGUAGES = (ENGLISH, HINDI)
"""The languages that all words of the programme are written in."""
HINGLISH_BEFORE_OFFER = 3
"""Messages in Roman Hindi after which Hindi is offered: one may be a greeting, two a coincidence."""

_LEAST_WORDS = 2
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_DEVANAGARI_WORD = re.compile(r"[\u0904-\u0939][\u0900-\u0963\u0970-\u097f]*")
# Words that are no English, no brand and no model, in the spellings people use.
_ROMAN_HINDI = words(
    "aap aapka aapke aapko abhi accha achha acha ap apka apna apne apni aur bahut batao bataiye bata bechna bhi chahie "
    "chahiye chahta chahti chal chalta chalega chalu dena dijiye dikhao diya ek haan han hai hain hoga hogi hona hu "
    "hun hoon iska iske iski kaam kab kahan kaise kaisa karna karo karu karun kar kaun kitna kitne kitni kiya koi kuch "
    "kya kyon kyu kyun lena liya mai mein mera mere meri milega milegi mujhe mujhko nahi nahin naya paisa paise pata "
    "phir purana purani rakha raha rahe rahi sab sahi sakta sakte sakti se theek thik thoda toota tuta tha thi wala "
    "wali wapas yeh zyada"
)


class Noticed(StrEnum):
    """What a message gave away."""

    HINDI = "hindi"
    """Answered in Hindi from now on."""
    HINGLISH = "hinglish"
    """Worth the offer."""


def spoken(code: str | None) -> str:
    """Return the language of ours for a language code of Telegram's (an IETF tag): English if there is none."""
    language = (code or ENGLISH).split("-", 1)[0].lower()
    return language if language in LANGUAGES else ENGLISH


def choose(customer: Customer, language: str) -> None:
    """Answer a customer in the language they picked, whatever they write from now on.

    Raises ValueError for a language that isn't ours.
    """
    if language not in LANGUAGES:
        raise ValueError(language)
    customer.language, customer.language_source = language, LanguageSource.CHOSEN


def notice(customer: Customer, text: str) -> Noticed | None:
    """Note what a message gives away about the language its writer would like to read; None if that is nothing new."""
    if customer.language == HINDI or customer.language_source is not LanguageSource.TOLD:
        return None
    if is_devanagari(text):
        customer.language, customer.language_source = HINDI, LanguageSource.NOTICED
        return Noticed.HINDI
    if customer.hinglish_heard < HINGLISH_BEFORE_OFFER and is_hinglish(text):
        customer.hinglish_heard += 1
        return Noticed.HINGLISH if customer.hinglish_heard == HINGLISH_BEFORE_OFFER else None
    return None


def is_devanagari(text: str) -> bool:
    """Say whether most words of a text are in Devanagari: phones keep their Latin names in any sentence."""
    return not text.isascii() and len(_DEVANAGARI_WORD.findall(text)) > len(_LATIN_WORD.findall(text))


def is_hinglish(text: str) -> bool:
    """Say whether a text is Hindi in Roman letters: two words of it at least, and a third of all words."""
    said = _LATIN_WORD.findall(text.lower())
    own = [word for word in said if word in _ROMAN_HINDI]
    return len(set(own)) >= _LEAST_WORDS and len(own) * 3 >= len(said)
