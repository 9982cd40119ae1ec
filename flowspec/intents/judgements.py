"""Questions -> their judgements, each made when it is first looked at: a proof needs those only that it may change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from flowspec.intents.judge import Judge
from flowspec.intents.judgement import Judgement
from flowspec.intents.questions import Question
from flowspec.intents.summary import Outline


class Judgements(Mapping[str, Judgement]):
    """Address -> judgement, in the order of the questions."""

    def __init__(
        self, judge: Judge, questions: Iterable[Question], outlines: Mapping[str, Outline] | None = None
    ) -> None:
        """`outlines` settle questions that need no more than that."""
        self.questions = {question.address: question for question in questions}
        self._judge = judge
        self._outlines = outlines or {}
        self._found: dict[str, Judgement] = {}

    def __getitem__(self, address: str) -> Judgement:
        if address not in self._found:
            outline = self._outlines.get(address)
            settled = self._judge.settled(self.questions[address], outline) if outline is not None else None
            self._found[address] = settled or self._judge.judge(self.questions[address])
        return self._found[address]

    def whole(self, address: str) -> Judgement:
        """The judgement with its checks."""
        found = self[address]
        return found if len(found.checks) == found.outline.entries else self._judge.judge(found.question)

    def __iter__(self) -> Iterator[str]:
        return iter(self.questions)

    def __len__(self) -> int:
        return len(self.questions)
