"""Rasa's counts of n-grams, of whole messages only.

CountVectorsFeaturizer counts those of every token as well, one message after the other: a network that reads word by
word needs them, and nothing here does. In training that was a fifth of the time.
"""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.featurizers.sparse_featurizer.count_vectors_featurizer import CountVectorsFeaturizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class MessageCountVectorsFeaturizer(CountVectorsFeaturizer):
    """CountVectorsFeaturizer for the text of messages, with sentence features and no others."""

    @staticmethod
    def _attributes_for(_analyzer: str) -> list[str]:
        return [TEXT]

    def process(self, messages: list[Message]) -> list[Message]:
        """Count all messages at once; one without a token gets no features, as with Rasa."""
        tokens = [self._get_processed_message_tokens_by_attribute(message, TEXT) for message in messages]
        spoken = [(message, " ".join(words)) for message, words in zip(messages, tokens, strict=True) if words]
        if spoken and self.vectorizers.get(TEXT):
            counts = self.vectorizers[TEXT].transform([text for _, text in spoken])
            counts.sort_indices()
            for row, (message, _) in enumerate(spoken):
                self.add_features_to_message(None, counts[row] if len(spoken) > 1 else counts, TEXT, message)
        return messages
