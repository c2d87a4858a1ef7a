"""What a customer says about the condition in passing: phrases of the condition file found in a sentence.

Longest phrase first, whole words only, plurals and one slip of a long word forgiven; words that say nothing may stand
within a phrase ("battery [is very] weak"), and one predicate serves a list ("camera and speaker not working"). Which
words mean the same ("display", "screen") the file says. A denial counts: English denies
before the word ("no cracks or dents"), Hindi after it ("koi scratch nahi"). What was denied is not reported; it is no
answer either ("no cracks" leaves scratches open), unless the file has the denial itself as a phrase, which is longer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple, Self

from rapidfuzz.distance import OSA

from tradein.spelling import Atom, atoms, words

_BEFORE = words("no not without never isnt arent wasnt doesnt dont didnt hasnt havent aint nor neither bina")
_AFTER = words("nahi nahin nahee nhi nai nah nahii नहीं नही मत")
_AFTER_AT_END = words("no none nil zero")
_OR = words("or nor ya aani / या")
_AND = words("and aur n & और plus")
_FILLERS = words(
    "a an any the single visible major minor big small such kind of sort type at all have has had having got is are "
    "been koi kisi ek bhi hai h hi to tha thi the hain ka ki ke jaisa kuch abhi tak ever yet there even really "
    "कोई भी है हैं एक का की के"
)
_QUANTIFIERS = words(
    "some few small minor light little only just one two three many several lot bit slight slightly thoda thodi halka "
    "halki kuch bas sirf ek do kai bahut"
)
_BUT = words("but except however lekin par magar only bas sirf although though लेकिन पर मगर")
_LIGHT = words(
    "is are was were has have had been become became got get gets getting do does did very too so quite a an "
    "the my its it also sometimes kabhi kuch kuchh bit really totally completely absolutely just now of in on "
    "at from to some all bilkul ekdum ekdam thoda thodi thode halka halki bahut bohot kaafi kafi zyada jyada "
    "ka ki ke ko se me mein main par pe hai h he hain tha thi ho hi bhi to raha rahi rahe gaya gayi gaye hua "
    "hui huye hue jata jati jaati jaata dono both saare sare का की के को से में पर है हैं था हो ही भी रहा रही "
    "गया गई गयी हुआ हुई हुए जाती जाता बहुत बिल्कुल थोड़ा थोड़ी दोनों"
)
"""Words that may stand within a phrase without changing what it says."""
_LIGHT_IN_A_ROW = 3
_SENTENCE_END = frozenset(".;!?\n|।")
_REACH = 4
_LONG_WORD = 5


class Found(NamedTuple):
    """A phrase met in the text: what it stands for, where it is, in atoms, and how many words of weight it has."""

    meaning: str
    start: int
    end: int
    size: int


def _stem(word: str) -> str:
    """Return the word without its plural: "scratches" -> "scratch", "cracks" -> "crack"."""
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):  # noqa: PLR2004 - "gps", "yes" stay
        return word[:-1]
    return word


@dataclass(frozen=True)
class PhraseBook:
    """The phrases of a file, ready to be found; make it with :meth:`of`."""

    phrases: dict[str, list[tuple[tuple[str, ...], str]]] = field(default_factory=dict)
    vocabulary: frozenset[str] = frozenset()
    same: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, phrases: Iterable[tuple[str, str]], same: Iterable[Sequence[str]] = ()) -> Self:
        """Make it from pairs of a phrase and what it stands for, and from groups of words that mean the same."""
        one_word = synonyms(same)
        by_first: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for phrase, meaning in phrases:
            spoken = phrase_key(phrase, one_word)
            by_first.setdefault(spoken[0], []).append((spoken, meaning))
        for known in by_first.values():
            known.sort(key=lambda entry: -len(entry[0]))
        vocabulary = frozenset(word for known in by_first.values() for spoken, _ in known for word in spoken)
        return cls(by_first, vocabulary | one_word.keys(), one_word)

    def read(self, text: str) -> list[str]:
        """Return what the phrases said, and not denied, stand for, in the order they were said."""
        said = atoms(text)
        spoken = [self._known(_stem(atom.text)) for atom in said]
        light = [atom.text in _LIGHT for atom in said]
        found = self._find([self.same.get(word, word) for word in spoken], said, light)
        denied = _denied(found, spoken, said)
        return list(dict.fromkeys(phrase.meaning for phrase in found if phrase not in denied))

    def _known(self, word: str) -> str:
        if word in self.vocabulary or len(word) < _LONG_WORD or not word.isalpha():
            return word
        near = {k for k in self.vocabulary if k[0] == word[0] and OSA.distance(k, word, score_cutoff=1) <= 1}
        # "cracked" is one slip from "cracker", but never let one slip decide between two words of the file.
        near = {known for known in near if len(known) >= _LONG_WORD}
        return near.pop() if len(near) == 1 else word

    def _find(self, spoken: list[str], said: list[Atom], light: list[bool]) -> list[Found]:
        """Return the phrases that don't overlap: a longer one takes the words of a shorter one."""
        everywhere = [
            Found(meaning, start, end, len(_weighty(phrase)))
            for start, word in enumerate(spoken)
            for phrase, meaning in self.phrases.get(word, ())
            if (end := _match(phrase, start, spoken, said, light))
        ]
        taken: set[int] = set()
        kept: list[Found] = []
        for phrase in sorted(everywhere, key=lambda entry: (-entry.size, entry.end - entry.start, entry.start)):
            if taken.isdisjoint(range(phrase.start, phrase.end)):
                taken.update(range(phrase.start, phrase.end))
                kept.append(phrase)
                for other in self._listed_before(phrase, spoken, said, light):
                    if taken.isdisjoint(range(other.start, other.end)):
                        taken.update(range(other.start, other.end))
                        kept.append(other)
        return sorted(kept, key=lambda entry: entry.start)

    def _listed_before(self, phrase: Found, spoken: list[str], said: list[Atom], light: list[bool]) -> list[Found]:
        """Return what the nouns listed before a phrase say with its predicate: "camera, mic and speaker kharab"."""
        found: list[Found] = []
        predicate = tuple(spoken[at] for at in range(phrase.start + 1, phrase.end) if not light[at])
        at, later = phrase.start - 1, phrase.start
        while at >= 0 and predicate and not _stops(said[at + 1]):
            if spoken[at] in _AND:
                at -= 1
                continue
            listed = at + 1 < later or "," in said[later].mark
            entries = self.phrases.get(spoken[at], ()) if listed else ()
            meaning = next((meaning for known, meaning in entries if _weighty(known[1:]) == predicate), None)
            if meaning is None:
                break
            found.append(Found(meaning, at, at + 1, 1))
            at, later = at - 1, at
        return found


def _weighty(spoken: Iterable[str]) -> tuple[str, ...]:
    return tuple(word for word in spoken if word not in _LIGHT)


def _match(phrase: tuple[str, ...], start: int, spoken: list[str], said: list[Atom], light: list[bool]) -> int:
    """Return where a phrase that begins at ``start`` ends, 0 if it isn't there; light words within don't count."""
    at = start
    for number, word in enumerate(phrase):
        skipped = 0
        while number and at < len(spoken) and spoken[at] != word:
            if not light[at] or skipped == _LIGHT_IN_A_ROW or said[at].mark:
                return 0
            at, skipped = at + 1, skipped + 1
        broken = number and at < len(said) and (_stops(said[at]) or (skipped and said[at].mark))
        if at >= len(spoken) or broken or spoken[at] != word:
            return 0
        at += 1
    return at


def synonyms(same: Iterable[Sequence[str]]) -> dict[str, str]:
    """Return the word that stands for each, by stems: the first of its group."""
    return {_stem(atoms(word)[0].text): _stem(group[0]) for group in same for word in group}


def phrase_key(phrase: str, same: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the words a phrase is compared by: two phrases with the same key are one."""
    stems = (_stem(atom.text) for atom in atoms(phrase))
    return tuple((same or {}).get(stem, stem) for stem in stems)


def _stops(atom: Atom) -> bool:
    return any(mark in _SENTENCE_END for mark in atom.mark)


def _denied(found: list[Found], spoken: list[str], said: list[Atom]) -> set[Found]:
    denied = {
        phrase
        for phrase in found
        if _denied_before(phrase, found, spoken, said) or _denied_after(phrase, found, spoken, said)
    }
    # "no cracks, dents or scratches" and "scratch ya dent nahi": the denial spreads along the list, both ways.
    for earlier, later in pairwise(found):
        if earlier in denied and later not in denied and _listed_on(earlier, later, spoken, said):
            denied.add(later)
    for earlier, later in reversed(list(pairwise(found))):
        between = spoken[earlier.end : later.start]
        by_hindi = later in denied and _denied_after(later, found, spoken, said)
        if by_hindi and between and all(word in _OR | _AND | _FILLERS for word in between) and _joined(between):
            denied.add(earlier)
    return denied


def _joined(between: list[str]) -> bool:
    return any(word in _OR | _AND for word in between)


def _denied_before(phrase: Found, found: list[Found], spoken: list[str], said: list[Atom]) -> bool:
    for index in range(phrase.start - 1, max(-1, phrase.start - 1 - _REACH), -1):
        if said[index + 1].mark.strip("-") or any(other.start <= index < other.end for other in found):
            return False
        if spoken[index] in _BEFORE:
            return True
        if spoken[index] not in _FILLERS:
            return False
    return False


def _denied_after(phrase: Found, found: list[Found], spoken: list[str], said: list[Atom]) -> bool:
    for index in range(phrase.end, min(len(spoken), phrase.end + _REACH)):
        if said[index].mark.strip("-:") or any(other.start <= index < other.end for other in found):
            return False
        if spoken[index] in _AFTER:
            return True
        ends = index + 1 == len(spoken) or bool(said[index + 1].mark)
        if spoken[index] in _AFTER_AT_END and index == phrase.end and ends:
            return True
        if spoken[index] not in _FILLERS:
            return False
    return False


def _listed_on(earlier: Found, later: Found, spoken: list[str], said: list[Atom]) -> bool:
    """Say whether ``later`` goes on a list that a denial opened before ``earlier``."""
    between = spoken[earlier.end : later.start]
    if any(_stops(said[index]) for index in range(earlier.end, later.start + 1)):
        return False
    if any(word in _BUT or word in _QUANTIFIERS or word in _AFTER for word in [*between, spoken[later.start]]):
        return False
    if any(word not in _OR | _AND | _FILLERS for word in between):
        return False
    if any(word in _OR for word in between):
        return True
    # "no cracks and scratches" goes on, "no cracks and battery drains" does not: only a bare noun continues the list.
    bare = later.end - later.start == 1
    ends = later.end == len(spoken) or bool(said[later.end].mark) or spoken[later.end] in _OR | _AND
    listed = any(word in _AND for word in between) or "," in said[later.start].mark
    return bare and ends and listed
