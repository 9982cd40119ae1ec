"""Questions -> their judgements, each made when it is first looked at: a proof needs those only that it may change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from flowspec.engine.drift import Judge, Judgement
from flowspec.engine.expand import Question


class Judgements(Mapping[str, Judgement]):
    """Address -> judgement, in the order of the questions."""

    def __init__(self, judge: Judge, questions: Iterable[Question]) -> None:
        self.questions = {question.address: question for question in questions}
        self._judge = judge
        self._found: dict[str, Judgement] = {}

    def __getitem__(self, address: str) -> Judgement:
        if address not in self._found:
            self._found[address] = self._judge.judge(self.questions[address])
        return self._found[address]

    def __iter__(self) -> Iterator[str]:
        return iter(self.questions)

    def __len__(self) -> int:
        return len(self.questions)
