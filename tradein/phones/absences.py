"""Where a sentence names a phone that no listed model is: a maker or a series, and then a number nobody has."""

from typing import NamedTuple

from tradein.phones.index import ListedModel, Name, Node
from tradein.phones.mentions import Mentions, slip
from tradein.phones.words import BARE_STORAGE, FILLERS, ORDINARY
from tradein.spelling import words

BETWEEN = words("phone mobile model ka ki")
_SHORT = 2


class Absence(NamedTuple):
    """A place that reads like a model's name which no model has."""

    start: int
    end: int
    brand_id: str | None


class Absences(Mentions):
    """A sentence that can be asked for the phone it names in vain."""

    def _unlisted(self) -> Absence | None:
        """Return the last place that reads like a name no model has."""
        found = None
        taken = {at for mention in self.mentions if not mention.maker for at in range(mention.start, mention.end)}
        at = 0
        while at < len(self.words):
            if at in taken:
                at += 1
                continue
            here = self._unlisted_at(at)
            if here and not taken.intersection(range(here.start, here.end)):
                found = here
                at = here.end
            else:
                at += 1
        return found

    def _begun(self, absence: Absence) -> list[ListedModel]:
        """Return the models whose names go on from the words: "galaxy j7" where only a J7 Prime and a J7 Max are."""
        start = absence.start
        while self._in_maker(start):
            start += 1
        node: Node[Name] | None = self.index.names
        for word in self.words[start : absence.end]:
            node = node.children.get(word) if node else None
        if node is None:
            return []
        after = "" if self._stopped(absence.end) else self._word(absence.end)
        meant = [step for step in node.children if after not in ORDINARY and slip(after, step)]
        through = [name for step in meant for name in node.children[step].through] or node.through
        return [name.model for name in through if absence.brand_id in {None, name.model.brand_id}]

    def _in_maker(self, at: int) -> bool:
        return any(mention.maker and mention.start <= at < mention.end for mention in self.mentions)

    def _unlisted_at(self, start: int) -> Absence | None:
        maker = next((m for m in self.mentions if m.maker and m.start == start), None)
        at, brand_id = start, None
        if maker and maker.maker:
            at, brand_id = maker.end, maker.maker.id
            while self._word(at) in BETWEEN and not self.stops[at]:
                at += 1
        if self._stopped(at) and not (at < len(self.words) and at == start):
            return None
        if maker and self._unknown(at) and self._code(at + 1) > at + 1 and not self.stops[at + 1]:
            return Absence(start, self._code(at + 1), brand_id)
        end, brands = self._series_from(at)
        code = self._code(end)
        if code == end or (end == at and code - at == 1 and self.words[at].isalpha()):
            return None
        known = len(brands) == 1
        series = end > at and known and self.words[at] not in ORDINARY and len(self.words[at]) > 1
        alone = self._alone(start, code)
        if brand_id is None and end > at and known:
            brand_id = next(iter(brands)) if series or alone or self.brand_id in brands else None
        if maker or series or (alone and self._looks_like_a_name(at, code)) or self._begins_names(at, code):
            return Absence(start, code, brand_id or self.brand_id)
        return None

    def _begins_names(self, start: int, end: int) -> bool:
        """Say whether the words are a code, "j7", that longer names begin with, wherever it stands."""
        node: Node[Name] | None = self.index.names
        for at in range(start, end):
            apart = at == start + 1 and not self.said[at].glued
            node = node.children.get(self.words[at]) if node and not apart else None
        return node is not None and end - start >= _SHORT and self.words[start].isalpha()

    def _unknown(self, at: int) -> bool:
        word = self._word(at)
        return word.isalpha() and len(word) > _SHORT and word not in ORDINARY | FILLERS | self.index.letters

    def _looks_like_a_name(self, start: int, end: int) -> bool:
        """Say whether what stands alone is a code, "s20" or "note 9"; a mere number is one if the brand is known."""
        pieces = self.words[start:end]
        return any(piece.isalpha() for piece in pieces) or self.brand_id is not None

    def _series_from(self, at: int) -> tuple[int, set[str]]:
        """Return how far the words follow the names of the catalogue, and whose names these are."""
        node: Node[Name] = self.index.names
        brands: set[str] = set()
        end = at
        while end < len(self.words) and not (end > at and self.stops[end]) and end not in self.memory | self.noise:
            child = node.children.get(self.words[end])
            if child is None or self.words[end].isdigit():
                break
            node = child
            brands = {name.model.brand_id for name in node.through}
            end += 1
        return end, brands

    def _code(self, at: int) -> int:
        """Return the end of a model's code at ``at``, "7", "a51", "s 20 plus", or ``at`` if there is none."""
        end = at
        digits = False
        while end < len(self.words) and not (end > at and self.stops[end]) and end not in self.memory | self.noise:
            word = self.words[end]
            if word.isdigit():
                pair = self._pair(end)
                # After a series the first number is the model's: "redmi note 12 128gb".
                sizes = pair and (pair[1] > end + 1 or self._in_maker(end - 1))
                if digits or sizes or (end > at and not self.said[end].glued and int(word) in BARE_STORAGE):
                    break
                digits = True
            elif word in self.index.modifiers and end > at:
                pass
            elif not (
                word.isalpha()
                and len(word) <= _SHORT
                and (self._glued_number(end) or (digits and self.said[end].glued))
            ):
                break
            end += 1
        return end if digits else at

    def _glued_number(self, at: int) -> bool:
        return at + 1 < len(self.words) and self.words[at + 1].isdigit() and self.said[at + 1].glued
