"""Which of the phones that a sentence names is the old one: not the one denied, corrected, or wished for instead.

"redmi note 5 pro nahi, note 5"                  ->  the Note 5
"I said Redmi 7 but it is a Redmi 7A"            ->  the 7A
"want to buy a Redmi Note 9 and give my Mi A1"   ->  the A1
"""

from itertools import pairwise

from tradein.phones.absences import Absences
from tradein.phones.index import ListedModel
from tradein.phones.mentions import Mention
from tradein.phones.words import (
    BETWEEN_DENIAL,
    CORRECTIONS,
    DENIED_AFTER,
    DENIED_BEFORE,
    ORDINARY,
    OWNED_BEFORE,
    SAID_BEFORE,
    WANTED_AFTER,
    WANTED_BEFORE,
)

REACH = 3
"""How many words before or after a phone may speak of it."""


class Meant(Absences):
    """A sentence that can be asked which of its phones are meant, and which models these may be."""

    def _denied(self, mention: Mention) -> bool:
        for at in range(mention.end, min(len(self.words), mention.end + REACH)):
            if self.stops[at]:
                break
            if self.words[at] in DENIED_AFTER:
                return True
            if self.words[at] not in BETWEEN_DENIAL:
                break
        for at in range(mention.start - 1, max(-1, mention.start - 1 - REACH), -1):
            if self.stops[at + 1]:
                return False
            if self.words[at] in DENIED_BEFORE:
                return True
            maker = any(other.maker and other.start <= at < other.end for other in self.mentions)
            if self.words[at] not in BETWEEN_DENIAL and not maker:
                return False
        return False

    def _meant(self, phones: list[Mention]) -> list[Mention]:
        """Return the mentions of the old phone: without the new one wished for, the last where one was corrected."""
        if len(phones) > 1:
            owned = [mention for mention in phones if not self._wanted(mention) and not self._taken_back(mention)]
            phones = owned or phones
        for earlier, later in reversed(list(pairwise(phones))):
            if self._corrected(earlier.end, later.start):
                return phones[phones.index(later) :]
        different: list[Mention] = []
        for mention in phones:
            models = {model.id for model in self._models(mention)}
            same = [known for known in different if models & {model.id for model in self._models(known)}]
            if not same:
                different.append(mention)
            elif len(self._models(mention)) < len(self._models(same[0])):
                different[different.index(same[0])] = mention
        return different

    def _corrected(self, start: int, end: int) -> bool:
        return any(word in CORRECTIONS for word in self.words[start:end])

    def _wanted(self, mention: Mention) -> bool:
        start = mention.start
        for at in range(start - 1, max(-1, start - 1 - REACH), -1):
            if self.words[at] in OWNED_BEFORE:
                return False
            if self.words[at] in WANTED_BEFORE:
                return True
        return any(word in WANTED_AFTER for word in self.words[mention.end : mention.end + REACH])

    def _taken_back(self, mention: Mention) -> bool:
        """Say whether it was only said before: "I said Redmi 7 but", "galti se J7 likh diya"."""
        for at in range(mention.start - 1, max(-1, mention.start - 1 - REACH), -1):
            if self.stops[at + 1]:
                return False
            if self.words[at] in SAID_BEFORE:
                return True
        return False

    def _models(self, mention: Mention) -> list[ListedModel]:
        """Return the models a mention may stand for, narrowed by the maker that is named."""
        models = list(dict.fromkeys(name.model for name in (*mention.names, *mention.others)))
        for brand_id in self._brands_said(mention):
            own = [model for model in models if model.brand_id == brand_id]
            if own:
                return own
        return models

    def _brands_said(self, mention: Mention) -> list[str]:
        """Return the makers in question, the surest first: beside it, elsewhere, of other phones, known before."""
        makers = [other for other in self.mentions if other.maker]
        beside = [m for m in makers if m.maker and (m.end == mention.start or m.start == mention.end)]
        named = [*beside, *sorted(makers, key=lambda other: abs(other.start - mention.start))]
        said = [other.maker.id for other in named if other.maker]
        for other in self.mentions:
            if other is not mention and other.names:
                said += [name.model.brand_id for name in other.names if name.full]
        for at, word in enumerate(self.words):
            if not mention.start <= at < mention.end and word not in ORDINARY:
                owners = self.index.series.get(word, set())
                said += sorted(owners) if len(owners) == 1 else []
        return [*said, *([self.brand_id] if self.brand_id else [])]
