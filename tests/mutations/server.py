"""Mistakes in the twin."""

from __future__ import annotations

from tests.mutations.mutation import planted

RULES = "tests/server/test_rules.py"
SAFETY = "tests/server/test_safety.py"
WIRE = "tests/server/test_wire.py"
FAULTS = "tests/server/test_faults.py"
LISTS = "tests/server/test_lists.py"
ROUTING = "tests/server/test_routing.py"
SERVE = "tests/server/test_serve.py"

MISTAKES = (
    planted("server: any name of a rule", "server/rules.py", "if not NAME.fullmatch(name):", "if not name:", RULES),
    planted(
        "server: two rules of one priority",
        "server/rules.py",
        "in conflicts((*(rule for rule in rules if rule is not last), last)):",
        "in conflicts((last,)):",
        RULES,
    ),
    planted(
        "server: a changed rule overwritten",
        "server/changes.py",
        "    if not met or (",
        "    if met is None or (",
        RULES,
    ),
    planted(
        "server: a connection more than a client may have",
        "server/bounds.py",
        "if held[self.client_host] > options.connections:",
        "if held[self.client_host] > options.connections + 1:",
        SAFETY,
    ),
    planted(
        "server: a description of 141 characters",
        "server/rules.py",
        "LONGEST_DESCRIPTION = 140",
        "LONGEST_DESCRIPTION = 141",
        RULES,
    ),
    planted(
        "server: names of rules by letter case",
        "server/rules.py",
        "if key(rule.name) == key(name)",
        "if rule.name == name",
        RULES,
    ),
    planted(
        "server: a web page may ask",
        "server/app.py",
        "if local_only and not _is_local(",
        "if not local_only and not _is_local(",
        SAFETY,
    ),
    planted(
        "server: a body of any size",
        "server/app.py",
        "        if size > most:\n",
        "        if size > 4 * most:\n",
        SAFETY,
    ),
    planted(
        "server: an address that others reach passes for one of this machine",
        "server/run.py",
        "ipaddress.ip_address(host).is_loopback",
        "ipaddress.ip_address(host).is_private",
        SAFETY,
    ),
    planted(
        "server: one request more than the throttle lets",
        "server/limits.py",
        "if self.left >= 1:",
        "if self.left >= 0:",
        FAULTS,
    ),
    planted(
        "server: reads throttled too",
        "server/limits.py",
        " and call.method not in READING:\n            waits",
        ":\n            waits",
        FAULTS,
    ),
    planted(
        "server: no api-version",
        "server/versions.py",
        "    if not call.version:\n",
        "    if call.version is None:\n",
        WIRE,
    ),
    planted(
        "server: an api-version of the future",
        "server/versions.py",
        "< day <= datetime.now(UTC).date().isoformat()",
        "< day",
        "tests/server/test_versions.py",
    ),
    planted(
        "server: the last resource is on no page",
        "server/reads.py",
        "if start + size < len(values):",
        "if start + size < len(values) - 1:",
        LISTS,
    ),
    planted(
        "server: unknown with more than Azure's body",
        "server/flows.py",
        'if answer.access == "Unknown":',
        'if answer.access == "":',
        FAULTS,
    ),
    planted(
        "server: a planted answer told for ever",
        "server/flows.py",
        "self._told[at] < lie.times)",
        "self._told[at] >= 0)",
        FAULTS,
    ),
    planted(
        "server: the shortest route wins",
        "server/routing.py",
        "        return size, (",
        "        return -size, (",
        ROUTING,
    ),
    planted(
        "server: a route that is overridden is active",
        "server/routing.py",
        "table=hop.table, active=False)",
        "table=hop.table, active=True)",
        ROUTING,
    ),
    planted(
        "server: effective rules of a stopped machine",
        "server/machine.py",
        'vm.power not in (None, "running")',
        'vm.power not in (None, "running", "deallocated", "stopped")',
        LISTS,
    ),
    planted(
        "server: a bug shows itself",
        "server/app.py",
        "    except Exception:  #",
        "    except ZeroDivisionError:  #",
        SAFETY,
    ),
)
