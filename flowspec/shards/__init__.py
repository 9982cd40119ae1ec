"""The plans of all shards -> the plan of all intents."""

from flowspec.shards.merge import merge
from flowspec.shards.refusals import ShardPlan

__all__ = ["ShardPlan", "merge"]
