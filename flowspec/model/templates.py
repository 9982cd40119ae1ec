"""What sources need besides themselves: where templates are deployed and how, and the code behind Terraform plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateOptions:
    """`parameters`: the parameter files of a source, by its number. What is not said of the scope is not known.

    `terraform_dir`: the folder with the configuration behind Terraform plans, "" for none.
    """

    resource_group: str = ""
    subscription: str = ""
    location: str = ""
    terraform_dir: str = ""
    parameters: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


NO_TEMPLATES = TemplateOptions()
