"""A second evaluator of the same contract, slow and obvious: the independent judge of the engine.

It imports nothing of the package, so that the two can't share a mistake.
"""
