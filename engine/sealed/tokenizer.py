"""Rasa's whitespace tokenizer, for people who write one language in two scripts.

Hindi comes in Devanagari and, more often, in Latin letters: "फोन बेचना है" is "phone bechna hai". Brought to the
spelling of the second, both share their n-grams, so that what was learned from one is known of the other. A letter
drawn out ("yesssss") is two of them.
"""

from __future__ import annotations

import re
import unicodedata

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.nlu.training_data.message import Message

_DEVANAGARI = re.compile(r"[\u0900-\u097f]+")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")

_CONSONANTS = {
    "क": "k", "ख": "kh", "ग": "g", "घ": "gh", "ङ": "n", "च": "ch", "छ": "chh", "ज": "j", "झ": "jh", "ञ": "n", "ट": "t",
    "ठ": "th", "ड": "d", "ढ": "dh", "ण": "n", "त": "t", "थ": "th", "द": "d", "ध": "dh", "न": "n", "प": "p", "फ": "ph",
    "ब": "b", "भ": "bh", "म": "m", "य": "y", "र": "r", "ल": "l", "ळ": "l", "व": "v", "श": "sh", "ष": "sh", "स": "s",
    "ह": "h",
}  # fmt: skip
_DOTTED = {"ज": "z", "फ": "f"}
"""Consonants that a dot below makes others; most it leaves as they are typed."""
_VOWELS = {
    "अ": "a", "आ": "aa", "इ": "i", "ई": "i", "उ": "u", "ऊ": "u", "ऋ": "ri", "ए": "e", "ऐ": "ai", "ऑ": "o", "ओ": "o",
    "औ": "au",
}  # fmt: skip
_SIGNS = {
    "\u093e": "aa", "\u093f": "i", "\u0940": "i", "\u0941": "u", "\u0942": "u", "\u0943": "ri", "\u0947": "e",
    "\u0948": "ai", "\u0949": "o", "\u094b": "o", "\u094c": "au", "\u094d": "",
}  # fmt: skip
"""Vowels behind a consonant, and the mark that it has none."""
_NASALS = "\u0901\u0902"
_DOT = "\u093c"


def latin(text: str) -> str:
    """Return the text with its Devanagari in Latin letters, roughly as people type it, and no letter drawn out."""
    return _DRAWN_OUT.sub(r"\1\1", _DEVANAGARI.sub(lambda word: _spelt(word[0]), text))


def _spelt(word: str) -> str:
    word = unicodedata.normalize("NFC", word)  # a letter with a dot becomes the letter and its dot
    spelt = []
    for at, sign in enumerate(word):
        if sign in _CONSONANTS:
            dotted = word[at + 1 : at + 2] == _DOT
            after = word[at + 1 + dotted : at + 2 + dotted]
            # A consonant carries a short "a" that nobody speaks, or writes, at the end of a word.
            spelt.append(_DOTTED.get(sign, _CONSONANTS[sign]) if dotted else _CONSONANTS[sign])
            spelt.append("a" if after and after not in _SIGNS else "")
        elif sign in _NASALS:
            spelt.append("n")
        elif sign.isdecimal():
            spelt.append(str(int(sign)))
        else:
            spelt.append(_VOWELS.get(sign) or _SIGNS.get(sign, ""))
    return re.sub("aa$", "a", "".join(spelt))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class LatinTokenizer(WhitespaceTokenizer):
    """WhitespaceTokenizer over the text in Latin letters; the message's own text stays as it was written."""

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Return the tokens of the text in Latin letters: their places are those in it."""
        return super().tokenize(Message({attribute: latin(message.get(attribute))}), attribute)
