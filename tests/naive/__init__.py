"""A second evaluator of the same contract, slow and obvious: the independent judge of the engine.

It imports nothing of the package, so that the two can't share a mistake.
"""

from tests.naive.evaluate import Verdict, side
from tests.naive.intents import IntentVerdict, Judged, intent_status
from tests.naive.matching import Packet, Point
from tests.naive.members import End, Flow, Universe
from tests.naive.paths import path
from tests.naive.resources import Network

__all__ = [
    "End",
    "Flow",
    "IntentVerdict",
    "Judged",
    "Network",
    "Packet",
    "Point",
    "Universe",
    "Verdict",
    "intent_status",
    "path",
    "side",
]
