"""The expression language, by the examples of Microsoft's own pages and by what must not be guessed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from flowspec.arm.expressions import ExpressionError, parsed
from flowspec.model.unknown import is_opaque, is_unknown, why
from tests.arm.templates import SCOPE, outcome

ENTITIES = {"item002": {"enabled": False, "number": 200}, "item001": {"enabled": True, "number": 300}}
DOGS = [
    {"name": "Evie", "age": 5},
    {"name": "Casper", "age": 3},
    {"name": "Indy", "age": 2},
    {"name": "Kira", "age": 8},
]
VARIABLES = {
    "entities": ENTITIES, "dogs": DOGS, "list": ["one", "two", "three"], "text": "One Two Three", "empty": "",
    "first": {"property": {"one": "a", "three": "c1"}, "nested": [1, 2]},
    "second": {"PROPERTY": {"three": "c2", "five": "e"}, "nested": [3, 4]},
    "copy": [{"name": "loop", "count": 3, "input": "[copyIndex('loop', 1)]"}],
}  # fmt: skip
LAMBDA = re.compile(r"\$(\w+)")
DOCUMENTED: list[tuple[str, Any]] = [
    ("[concat('a', 'b', string(1))]", "ab1"),
    ("[[test value]", "[test value]"),
    ("[test] value", "[test] value"),
    ("[concat(variables('list'), createArray('four'))]", ["one", "two", "three", "four"]),
    ("[format('{0}, {1}. {2:N0} {{x}} {3,4}', 'Hello', 'User', 8175133, 7)]", "Hello, User. 8,175,133 {x}    7"),
    ("[format('{0:D3}-{0:00}-{0:X}', 10)]", "010-10-A"),
    ("[replace('123-123-1234', '-', '')]", "1231231234"),
    ("[split('one,two;three', createArray(',', ';'))]", ["one", "two", "three"]),
    ("[substring('one two three', 4, 3)]", "two"),
    ("[toUpper(toLower('AbC'))]", "ABC"),
    ("[trim('  x ')]", "x"),
    ("[padLeft('123', 10, '0')]", "0000000123"),
    ("[startsWith('abcdef', 'AB')]", True),
    ("[endsWith('abcdef', 'E')]", False),
    ("[indexOf('abcdef', 'CD')]", 2),
    ("[lastIndexOf('abcdef', 'AB')]", 0),
    ("[base64ToString(base64('one, two'))]", "one, two"),
    ("[json('{\"a\": \"b\"}').A]", "b"),
    ("[empty(json('null'))]", True),
    ("[empty(variables('empty'))]", True),
    ("[contains(variables('text'), 'e')]", True),
    ("[contains(variables('text'), 'z')]", False),
    ("[contains(variables('entities'), 'ITEM001')]", True),
    ("[contains(variables('list'), 'three')]", True),
    ("[first(variables('list'))]", "one"),
    ("[last(variables('text'))]", "e"),
    ("[intersection(variables('list'), createArray('two', 'three'))]", ["two", "three"]),
    ("[union(variables('list'), createArray('three', 'four'))]", ["one", "two", "three", "four"]),
    ("[union(variables('first'), variables('second'))]",
     {"property": {"one": "a", "three": "c2", "five": "e"}, "nested": [3, 4]}),
    ("[items(variables('entities'))[0].key]", "item001"),
    ("[length(variables('entities'))]", 2),
    ("[range(3, 4)]", [3, 4, 5, 6]),
    ("[take(variables('list'), 2)]", ["one", "two"]),
    ("[skip(variables('text'), 4)]", "Two Three"),
    ("[min(createArray(0, 3, 2))]", 0),
    ("[max(1, 5, 3)]", 5),
    ("[add(mod(7, 3), div(8, 3))]", 3),
    ("[div(-7, 2)]", -3),
    ("[mul(sub(7, 3), 2)]", 8),
    ("[int('4')]", 4),
    ("[equals('a', 'A')]", False),
    ("[and(bool('true'), not(bool(0)))]", True),
    ("[or(equals(1, 2), lessOrEquals(1, 1), greater('b', 'a'))]", True),
    ("[coalesce(json('null'), 'x')]", "x"),
    ("[tryGet(variables('first'), 'property', 'three')]", "c1"),
    ("[coalesce(tryGet(variables('first'), 'absent', 'three'), 'none')]", "none"),
    ("[coalesce(variables('first').?absent, 'none')]", "none"),
    ("[variables('FIRST').Property['One']]", "a"),
    ("[variables('loop')]", [1, 2, 3]),
    ("[createObject('a', 1, 'b', createArray())]", {"a": 1, "b": []}),
    ("[parseCidr('10.144.0.0/20')]", {"network": "10.144.0.0", "netmask": "255.255.240.0", "broadcast": "10.144.15.255",
     "firstUsable": "10.144.0.1", "lastUsable": "10.144.15.254", "cidr": 20}),
    ("[cidrSubnet('10.144.0.0/20', 24, 4)]", "10.144.4.0/24"),
    ("[cidrSubnet('fdad:3236:5555::/48', 52, 1)]", "fdad:3236:5555:1000::/52"),
    ("[cidrHost('10.144.3.0/24', 0)]", "10.144.3.1"),
    ("[cidrHost('fdad:3236:5555:3000::/52', 4)]", "fdad:3236:5555:3000::5"),
    ("[map(variables('dogs'), lambda('dog', format('Hello {0}!', $dog.name)))[3]]", "Hello Kira!"),
    ("[map(filter(variables('dogs'), lambda('d', greaterOrEquals($d.age, 5))), lambda('d', $d.name))]",
     ["Evie", "Kira"]),
    ("[reduce(map(variables('dogs'), lambda('d', $d.age)), 1, lambda('a', 'b', add($a, $b)))]",
     19),
    ("[map(sort(variables('dogs'), lambda('a', 'b', less($a.age, $b.age))), lambda('d', $d.name))]",
     ["Indy", "Casper", "Evie", "Kira"]),
    ("[toObject(variables('dogs'), lambda('d', $d.name), lambda('d', $d.age)).Indy]", 2),
    ("[if(equals(1, 1), 'yes', variables('nowhere'))]", "yes"),
    ("[resourceId('Microsoft.Network/virtualNetworks/subnets', 'v', 's')]",
     f"{SCOPE.id}/providers/Microsoft.Network/virtualNetworks/v/subnets/s"),
    ("[resourceId('other', 'Microsoft.Network/virtualNetworks', 'v')]",
     f"{SCOPE.subscription_id}/resourceGroups/other/providers/Microsoft.Network/virtualNetworks/v"),
    ("[subscriptionResourceId('Microsoft.Network/x', 'v')]",
     f"{SCOPE.subscription_id}/providers/Microsoft.Network/x/v"),
    ("[extensionResourceId(resourceGroup().id, 'Microsoft.Network/x', 'v')]",
     f"{SCOPE.id}/providers/Microsoft.Network/x/v"),
    ("[resourceGroup().location]", "westeurope"),
]  # fmt: skip


@pytest.mark.parametrize(("expression", "value"), DOCUMENTED)
def test_what_the_pages_say(expression: str, value: Any) -> None:
    assert json.dumps(outcome(LAMBDA.sub(r"lambdaVariables('\1')", expression), variables=VARIABLES)) == json.dumps(
        value
    )


NOT_KNOWN = [
    ("[parameters('p')]", "parameters('p') has no value"),
    ("[listKeys('x', '2020-01-01').key]", "known only after the deployment"),
    ("[reference('nowhere').x]", "known only after the deployment"),
    ("[if(parameters('p'), 'a', 'b')]", "parameters('p') has no value"),
    ("[variables('one')]", "hinges on itself"),
    ("[variables('nowhere')]", "has no variable nowhere"),
    ("[concat('a']", "',' or ')' is missing"),
    ("[first('a') b]", "stands where it should end"),
    ("[createArray(1)[3]]", "there is no item 3"),
    ("[div(1, 0)]", "divides by zero"),
    ("[copyIndex()]", "there is no copy loop"),
    ("[parameters('secret')]", "is secure"),
    ("[split(parameters('p'), '/')[1]]", "has no value"),
]


@pytest.mark.parametrize(("expression", "reason"), NOT_KNOWN)
def test_what_is_not_known_says_which_expression_stopped_it(expression: str, reason: str) -> None:
    secret = {"type": "secureString", "defaultValue": "hunter2"}
    sections = {"parameters": {"p": {"type": "string"}, "secret": secret},
                "variables": {"one": "[variables('two')]", "two": "[variables('one')]"}}  # fmt: skip
    found = outcome(expression, **sections)
    assert is_unknown(found), found
    assert reason in why(found)[0]
    assert "hunter2" not in found


def test_what_is_not_known_does_not_spread_where_it_does_not_matter() -> None:
    parameters = {"p": {"type": "bool"}}
    assert outcome("[or(parameters('p'), true())]", parameters=parameters) is True
    assert outcome("[and(false(), parameters('p'))]", parameters=parameters) is False
    assert outcome("[if(parameters('p'), 'same', 'same')]", parameters=parameters) == "same"
    assert outcome("[length(createArray(parameters('p'), 2))]", parameters=parameters) == 2
    assert outcome("[createObject('a', parameters('p'), 'b', 1).b]", parameters=parameters) == 1


def test_equal_expressions_are_equal_names() -> None:
    made, other = (outcome(f"[concat('/subscriptions/', uniqueString('{x}'))]") for x in ("a", "b"))
    assert is_opaque(made)
    assert made == outcome("[concat('/subscriptions/', uniqueString(concat('', 'a')))]")
    assert made != other
    assert outcome("[equals(uniqueString('a'), uniqueString('a'))]") is True
    assert outcome("[equals(concat('vm-', uniqueString('a')), 'nic-x')]") is False
    assert is_unknown(outcome("[equals(concat('vm-', uniqueString('a')), 'vm-x')]"))
    assert outcome("[startsWith(concat('vm-', uniqueString('a')), 'VM-')]") is True
    assert is_unknown(outcome("[startsWith(concat('vm-', uniqueString('a')), 'vm-b')]"))
    assert outcome("[split(concat('a/', uniqueString('a')), '/')[0]]") == "a"
    assert is_unknown(outcome("[replace(uniqueString('a'), 'b', 'c')]"))


def test_secure_values_are_not_looked_at() -> None:
    told = outcome(
        "[concat('x', parameters('s'))]", parameters={"s": {"type": "securestring", "defaultValue": "hunter2"}}
    )
    assert "hunter2" not in told


def test_hostile_expressions_end() -> None:
    for text in ("[" + "first(" * 500 + ")" * 500 + "]", "[" + "a" * 30_000 + "()]", "[" + "x[" * 100 + "]"):
        with pytest.raises(ExpressionError):
            parsed(text)
    assert is_unknown(outcome("[__import__('os')]"))
    assert is_unknown(outcome("[range(0, 1000000000)]"))
    assert is_unknown(outcome("[padLeft('', 1000000000)]"))
    assert is_unknown(outcome("[format('{0,999999}', 'x')]"))
