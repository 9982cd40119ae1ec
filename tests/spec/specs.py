"""The specs of the contract, in both spellings, and the ways to load a text in tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from flowspec.errors import Problem, SpecError
from flowspec.model.spec import Spec
from flowspec.spec import load_spec

SHOP_HCL = """
flowspec {
  name             = "shop"
  required_version = ">= 0.1, < 99"
  inventory        = ["azure:00000000-0000-0000-0000-000000000000"]
}
fixes {
  priorities = "1000-3000"
  step       = 20
}
variable "env" {
  one_of = ["dev", "test", "prod"]
}
locals {
  office = { dev = ["203.0.113.0/24"], test = [], prod = [] }[var.env]
}
service "postgres" {
  protocol = "tcp"
  ports    = [5432]
}
service "dns" {
  protocol = "UDP"
  ports    = ["53", "5353-5400", 5354]
}
group "web" {
  select {
    resource_group = "rg-web-${var.env}"
    tags           = { tier = "web" }
  }
  select {
    vm                         = ["a*", "b"]
    application_security_group = "asg"
  }
  exclude {
    vm = "*-canary"
  }
  expect_at_least = 2
}
group "db" {
  select {
    subnet = "vnet-prod/snet-db"
  }
}
group "aks" {
  subnets = ["vnet-prod/snet-aks"]
}
group "office" {
  prefixes = local.office
}
group "mixed" {
  prefixes = ["10.0.0.7/8", "10.0.0.1", "2001:DB8::1/64", "10.0.0.1/32"]
}
group "storage" {
  service_tags = ["Storage.WestEurope"]
}
intent "web-to-db" {
  description = "the shop reads its database"
  from        = [group.web]
  to          = [group.db, group.db]
  service     = [service.postgres, service.dns]
  expect      = "allow"
  severity    = "WARNING"
  owner       = "team-shop"
  enabled     = var.env != "dev"
}
intent "no-ssh" {
  from     = group.public
  to       = concat([group.web], var.env == "dev" ? [group.db] : [])
  protocol = "Tcp"
  ports    = [22, 3389]
  expect   = "Deny"
  except   = [group.office, intent.web-to-db]
  at       = "Both"
}
boundary "db" {
  around    = [group.db]
  direction = "inbound"
  allow     = [intent.web-to-db]
}
boundary "spokes" {
  around = [group.web]
  each   = "vnet"
  remote = [group.web]
}
exception "vendor" {
  of       = [boundary.spokes, intent.no-ssh]
  from     = [group.office]
  protocol = "Tcp"
  ports    = [3389]
  reason   = "CHG-1234"
  owner    = "team-sap"
  expires  = "2027-01-31"
}
assume "onprem" {
  gateway          = "ergw-hub"
  learned_prefixes = ["10.200.0.0/13"]
  reason           = "BGP"
  review           = "2027-06-30"
}
assume "path" {
  path = true
  from = [group.web]
  to   = [group.db]
}
"""
SHOP_JSON = {
    "//": "the same in JSON",
    "flowspec": {
        "name": "shop",
        "required_version": ">= 0.1, < 99",
        "inventory": ["azure:00000000-0000-0000-0000-000000000000"],
    },
    "fixes": {"priorities": "1000-3000", "step": 20},
    "variable": {"env": {"one_of": ["dev", "test", "prod"]}},
    "locals": {"office": '${{ dev = ["203.0.113.0/24"], test = [], prod = [] }[var.env]}'},
    "service": {
        "postgres": {"protocol": "tcp", "ports": [5432]},
        "dns": {"protocol": "UDP", "ports": ["53", "5353-5400", 5354]},
    },
    "group": {
        "web": {
            "//": "a comment",
            "select": [
                {"resource_group": "rg-web-${var.env}", "tags": {"tier": "web"}},
                {"vm": ["a*", "b"], "application_security_group": "asg"},
            ],
            "exclude": {"vm": "*-canary"},
            "expect_at_least": 2,
        },
        "db": {"select": {"subnet": "vnet-prod/snet-db"}},
        "aks": {"subnets": ["vnet-prod/snet-aks"]},
        "office": {"prefixes": "${local.office}"},
        "mixed": {"prefixes": ["10.0.0.7/8", "10.0.0.1", "2001:DB8::1/64", "10.0.0.1/32"]},
        "storage": {"service_tags": ["Storage.WestEurope"]},
    },
    "intent": {
        "web-to-db": {
            "description": "the shop reads its database",
            "from": ["group.web"],
            "to": ["group.db", "group.db"],
            "service": ["service.postgres", "service.dns"],
            "expect": "allow",
            "severity": "WARNING",
            "owner": "team-shop",
            "enabled": '${var.env != "dev"}',
        },
        "no-ssh": {
            "from": "group.public",
            "to": '${concat([group.web], var.env == "dev" ? [group.db] : [])}',
            "protocol": "Tcp",
            "ports": [22, 3389],
            "expect": "Deny",
            "except": ["group.office", "${intent.web-to-db}"],
            "at": "Both",
        },
    },
    "boundary": {
        "db": {"around": ["group.db"], "direction": "inbound", "allow": ["intent.web-to-db"]},
        "spokes": {"around": ["group.web"], "each": "vnet", "remote": ["group.web"]},
    },
    "exception": {
        "vendor": {
            "of": ["boundary.spokes", "intent.no-ssh"],
            "from": ["group.office"],
            "protocol": "Tcp",
            "ports": [3389],
            "reason": "CHG-1234",
            "owner": "team-sap",
            "expires": "2027-01-31",
        }
    },
    "assume": {
        "onprem": {
            "gateway": "ergw-hub",
            "learned_prefixes": ["10.200.0.0/13"],
            "reason": "BGP",
            "review": "2027-06-30",
        },
        "path": {"path": True, "from": ["group.web"], "to": ["group.db"]},
    },
}
SHOP_JSON_TEXT = json.dumps(SHOP_JSON, indent=2)


def load(folder: Path, text: str, name: str = "a.flow.hcl", variables: Mapping[str, str] | None = None) -> Spec:
    file = folder / name
    file.write_bytes(text.encode())
    return load_spec([file], variables, environment={})


def problems(
    folder: Path, text: str | bytes, name: str = "a.flow.hcl", variables: Mapping[str, str] | None = None
) -> list[Problem]:
    """What is wrong with a text; none if it loads."""
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    try:
        load_spec([file], variables, environment={})
    except SpecError as failure:
        return list(failure.problems)
    return []


def refused(folder: Path, text: str, name: str = "a.flow.hcl") -> Problem:
    """The only thing that is wrong with a text."""
    found = problems(folder, text, name)
    if len(found) != 1:
        pytest.fail(f"{len(found)} problems: {[problem.summary for problem in found]}")
    return found[0]


def listing(found: list[Problem], folder: Path) -> str:
    """Problems as lines of text, for goldens."""
    return "".join(f"{p.where.text() if p.where else '-'}: {p.summary}\n    {p.detail}\n" for p in found).replace(
        f"{folder}/", ""
    )
