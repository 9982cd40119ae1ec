"""Mistakes in what a plan leaves of earlier answers, in load balancers, and in what only a subnet lists."""

from __future__ import annotations

from tests.mutations.mutation import planted

OUTDATED = "tests/sources/test_outdated.py"
HIDDEN = "tests/plan/test_hidden.py"
LISTED = "tests/plan/test_listed.py"
FRONTS = "tests/terraform/test_fronts.py"
LOST, ABSENT, LEFT_OUT = "network/lost.py", "tests/sources/test_absent.py", "tests/engine/test_left_out.py"
ANSWERS, INDEX, ARRIVALS, AZAPI = "sources/outdated.py", "network/index.py", "network/arrivals.py", "terraform/azapi.py"

MISTAKES = (
    # What Azure answered before
    planted("peerings do not outdate answers", ANSWERS, "(before.vnets, now.vnets), ", "", OUTDATED),
    planted("routes do not outdate answers", ANSWERS, "(before.tables, now.tables), ", "", OUTDATED),
    planted("route tables of subnets do not outdate answers", ANSWERS, ", (before.subnets, now.subnets)", "", OUTDATED),
    planted("gateways do not outdate answers", ANSWERS, "now.gateways != before.gateways or any(", "any(", OUTDATED),
    planted(
        "a NIC that moves keeps its answers", ANSWERS, 'if key(entry.scope or "") in moved:', "if False:", OUTDATED
    ),
    planted(
        "what was answered of an NSG is held against what it will be",
        ANSWERS,
        "replace(entry, nsg=None)",
        "entry",
        OUTDATED,
    ),
    planted("what gateways taught outlasts them", ANSWERS, "tags=tags, learned=None", "tags=tags", OUTDATED),
    planted("Internet outlasts the routes", ANSWERS, '("virtualnetwork", "internet")', '("virtualnetwork",)', OUTDATED),
    planted("a plan that leaves the topology takes answers away", ANSWERS, "    if changed:", "    if True:", OUTDATED),
    planted(
        "admin rules outlast another deployment",
        ANSWERS,
        "admin_rules=None) if redeployed",
        "admin_rules=None) if False",
        OUTDATED,
    ),
    planted("no admin rules where they are deployed anew", ANSWERS, ".append(None)", ".extend(())", OUTDATED),
    # Who may sit in a subnet, with an NSG of its own
    planted(
        "a NIC that is hidden has no NSG of its own",
        LOST,
        "nic is None or nic.nsg is not None or",
        "False and",
        HIDDEN,
    ),
    planted(
        "a pool that is not known names nobody",
        ARRIVALS,
        "pools is not None and _may_float(balancer)",
        "False",
        "tests/plan/test_balancers.py",
    ),
    planted(
        "a rule that does not say does not float",
        "sources/essential.py",
        'Essential(("enableFloatingIP",)',
        'Essential(("frontendPort",)',
        LEFT_OUT,
    ),
    planted(
        "a public frontend lies in no prefix",
        "intents/hidden.py",
        "if public and sources.foreign else ()",
        "if False else ()",
        LEFT_OUT,
    ),
    planted("a NIC is hidden in every subnet", LOST, "subnets or tuple(inventory", "tuple(inventory", HIDDEN),
    planted("a hidden NIC is no private endpoint", LOST, "return nic.private_endpoint or", "return False and", HIDDEN),
    planted("a hidden NIC has no public IP", LOST, "if nic is not None and _may_be_public(nic)", "if False", HIDDEN),
    planted(
        "network: a list of NICs that was not read to its end has no others",
        "network/index.py",
        "roaming += [(None, missing, ()) for missing in self._unread()]",
        "roaming += [(None, missing, ()) for missing in ()]",
        "tests/plan/test_listed.py",
    ),
    planted(
        "a NIC without a known subnet is hidden nowhere",
        INDEX,
        "if missing is not None else []\n        roaming += [(None",
        "if False else []\n        roaming += [(None",
        HIDDEN,
    ),
    planted(
        "a NIC that only a subnet lists is not there",
        LOST,
        'if "/networkinterfaces/" in nic and',
        "if False and",
        LISTED,
    ),
    planted("nobody tells of scale sets", "reporting/notes.py", "sorted(named & listed.keys())", "()", LISTED),
    planted("no private endpoint without its NIC", LOST, '"/privateendpoints/" in key(unlisted.id):', "False:", LISTED),
    planted(
        "what may be a private endpoint surely is one",
        "policy/policies.py",
        "if policies and not isinstance(private, Lack):",
        "if policies:",
        LISTED,
    ),
    # Load balancers that are not known whole
    planted(
        "a load balancer that is not known whole brings what is known",
        ARRIVALS,
        "in known and not balancer.lacks)",
        "in known)",
        "tests/terraform/test_estates.py",
    ),
    planted("what may arrive at a frontend may not", ARRIVALS, "(rule.floating_ip or balancer.lacks)", "False", FRONTS),
    planted("who may be in a pool is not", ARRIVALS, "or tuple(members.perhaps(rule))", "or ()", FRONTS),
    planted(
        "a group of a rule that is not known is empty",
        "intents/groups.py",
        "for one in doubts[:1]]",
        "for one in ()]",
        FRONTS,
    ),
    planted(
        "a public IP closes what comes by a frontend",
        "intents/hidden.py",
        "_stops(_behind(party.policy), flows)",
        "_stops(party.policy, flows)",
        FRONTS,
    ),
    planted(
        "a frontend without a known address lies in no prefix",
        "intents/sides.py",
        "        maybe += _frontends_inside(network, members.addresses)\n",
        "",
        "tests/plan/test_balancers.py",
    ),
    # What azapi says
    planted("a body that is not known is empty", AZAPI, 'DECIDING.get(key(kind).rpartition("/")[2], ())', "()", FRONTS),
    planted(
        "a child replaces what its parent does not say",
        "terraform/picture.py",
        "self.loose.append(child)\n            return",
        "return",
        FRONTS,
    ),
    planted(
        "an address without a known name is in no pool",
        "terraform/machines.py",
        "(is_unknown(wanted) or is_opaque(name))",
        "is_unknown(wanted)",
        FRONTS,
    ),
)
