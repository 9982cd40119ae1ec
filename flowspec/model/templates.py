"""How ARM templates among the sources are deployed: where to, and with which parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateOptions:
    """`parameters`: the parameter files of a source, by its number. What is not said of the scope is not known."""

    resource_group: str = ""
    subscription: str = ""
    location: str = ""
    parameters: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


NO_TEMPLATES = TemplateOptions()
