"""OSCQuery's namespace and answers, held against the proposal's own rules."""

from __future__ import annotations

import json
from typing import Any

import pytest

from artwalks_live.core.events import COMMANDS, Arg, Event, check
from artwalks_live.core.osc_names import OUTPUTS, READ, WRITE, Node, Route, by_address, nodes
from artwalks_live.core.osc_tree import Host, Tree, changed
from artwalks_live.core.params import Param, ParamTable
from artwalks_live.core.show import PARAMS
from tests.oscquery_rules import broken, methods

EXTRA = (
    Param("glow.count", "int", 0, 8, 3, "", 0, "how many"),
    Param("glow.on", "bool", 0, 1, 1, "", 0, "whether"),
    Param("glow.turn", "float", -180, 180, 0, "deg", 0, "turned"),
    Param("glow.rate", "float", 0, 4, 1, "1/s", 0, "how often"),
)
TABLE = ParamTable([*PARAMS, *EXTRA])
HOST = Host("artwalks", "127.0.0.1", 9000)
VALUES: dict[str, Arg] = {
    **by_address(TABLE.values(), TABLE.defaults()),
    "/walk/position": 1.5,
    "/walk/painting": "Dawn",
    "/walk/hold": False,
    "/show/preset": "vj",
    "/route/1/amount": 0.25,
}


def tree(*inputs: str, routes: int = 2) -> Tree:
    lines = [Route(f"level to glow.rate {i}", 4.0) for i in range(routes)]
    return Tree(nodes(TABLE.values(), ["vj", "gallery"], lines, inputs))


def asked(target: str, *inputs: str) -> tuple[int, Any]:
    """Status and JSON, as they come through the wire."""
    status, found = tree(*inputs).answer(target, VALUES, HOST)
    return status, None if found is None else json.loads(json.dumps(found, allow_nan=False))


def test_the_whole_namespace_keeps_every_rule_of_the_proposal() -> None:
    status, root = asked("/", "midi/cc/1/74", "osc/fader")
    assert status == 200
    assert list(broken(root, "/")) == []


def test_every_node_answers_for_itself_as_it_stands_in_the_whole() -> None:
    _, root = asked("/")
    for method in methods(root):
        assert asked(method["FULL_PATH"]) == (200, method)
        for attribute in method:
            assert asked(f"{method['FULL_PATH']}?{attribute}") == (200, {attribute: method[attribute]})


def test_every_parameter_and_command_is_there_and_nothing_that_the_show_would_refuse() -> None:
    _, root = asked("/", "midi/cc/1/74")
    known = {method["FULL_PATH"]: method for method in methods(root)}
    assert known.keys() >= {command.address for command in COMMANDS} | TABLE.by_address.keys()
    sample = {"f": (0.5,), "i": (1,), "T": (True,), "s": ("Dawn",), "N": (), "ff": (1.0, 2.0)}
    for address, method in known.items():
        if method["ACCESS"] & WRITE:
            check(Event(address, sample[method["TYPE"]]), TABLE)  # raises ControlError for what it does not know
            for overload in method.get("OVERLOADS", []):
                check(Event(address, sample[overload["TYPE"]]), TABLE)


@pytest.mark.parametrize(
    ("address", "attributes"),
    [
        (
            "/glow/count",
            {"TYPE": "i", "VALUE": [3], "RANGE": [{"MIN": 0, "MAX": 8}], "CLIPMODE": ["both"], "ACCESS": 3},
        ),
        ("/glow/on", {"TYPE": "T", "VALUE": [True], "ACCESS": 3}),
        ("/glow/turn", {"TYPE": "f", "VALUE": [0.0], "UNIT": ["angle.degree"], "DESCRIPTION": "turned"}),
        ("/glow/rate", {"TYPE": "f", "DESCRIPTION": "how often (1/s)", "RANGE": [{"MIN": 0.0, "MAX": 4.0}]}),
        ("/walk/painting", {"TYPE": "s", "VALUE": ["Dawn"], "ACCESS": 1}),
        ("/walk/position", {"TYPE": "f", "VALUE": [1.5], "ACCESS": 3}),
        ("/walk/next", {"TYPE": "N", "ACCESS": 2}),
        ("/show/preset", {"TYPE": "s", "VALUE": ["vj"], "RANGE": [{"VALS": ["vj", "gallery"]}], "ACCESS": 3}),
        ("/route/1/amount", {"TYPE": "f", "VALUE": [0.25], "RANGE": [{"MIN": -4.0, "MAX": 4.0}], "ACCESS": 3}),
        ("/input/midi/cc/1/74", {"TYPE": "f", "RANGE": [{"MIN": 0.0, "MAX": 1.0}], "ACCESS": 2}),
    ],
)
def test_what_a_node_says_of_itself(address: str, attributes: dict[str, Any]) -> None:
    status, found = asked(address, "midi/cc/1/74")
    assert status == 200
    assert {key: found.get(key) for key in attributes} == attributes


@pytest.mark.parametrize(
    ("target", "status", "found"),
    [
        ("/glow/count?VALUE", 200, {"VALUE": [3]}),
        ("/glow/count?VALUE&TYPE", 200, {"VALUE": [3], "TYPE": "i"}),
        ("/glow/count?VALUE#part", 200, {"VALUE": [3]}),
        ("/glow?TYPE", 200, {}),  # the proposal's own example
        ("/glow/on?RANGE", 200, {}),
        ("/clock/tempo?VALUE", 200, {}),  # "the OSC method does not yet have a value"
        ("/walk/next?VALUE", 204, None),
        ("/glow?VALUE", 204, None),
        ("/glow/count?TAGS", 204, None),
        ("/glow/count?HTML", 204, None),
        ("/glow/count?VALEU", 400, None),
        ("/glow/count?value", 400, None),
        ("/nothing", 404, None),
        ("/nothing?TYPE", 404, None),
        ("/glow/count/more", 404, None),
        ("glow", 404, None),
        ("*", 404, None),
        ("?ACCESS", 200, {"ACCESS": 0}),
        ("/glow/%63ount?VALUE", 200, {"VALUE": [3]}),
    ],
)
def test_answers_to_queries(target: str, status: int, found: object) -> None:
    assert asked(target) == (status, found)


def test_host_info_is_told_whatever_the_path() -> None:
    status, found = asked("/nothing?HOST_INFO")
    assert status == 200
    assert (found["NAME"], found["OSC_IP"], found["OSC_PORT"], found["OSC_TRANSPORT"]) == (
        "artwalks", "127.0.0.1", 9000, "UDP",
    )  # fmt: skip
    assert (found["WS_IP"], found["WS_PORT"]) == ("127.0.0.1", 9000)
    assert found["EXTENSIONS"]["LISTEN"] and not found["EXTENSIONS"]["TAGS"]
    assert "OSC_IP" not in Host("artwalks", "0.0.0.0", 9000).info()  # it leads nowhere: the client knows the address


def test_inputs_whose_names_are_patterns_are_left_out() -> None:
    status, found = asked("/input", "osc/fine", "osc/*", "osc/a,b", "osc/a#b")
    assert (status, list(found["CONTENTS"]["osc"]["CONTENTS"])) == (200, ["fine"])


def test_a_node_may_have_nodes_below_it() -> None:
    status, found = asked("/input/osc/a", "osc/a", "osc/a/b")
    assert (status, found["TYPE"], list(found["CONTENTS"])) == (200, "f", ["b"])
    assert list(broken(found, "/input/osc/a")) == []


def test_where_two_trees_differ() -> None:
    assert changed(tree(), tree()) is None
    assert changed(tree(routes=2), tree(routes=4)) == "/route"
    assert changed(tree(routes=2), tree(routes=3)) == changed(tree(routes=3), tree(routes=2)) == "/route"
    other = Tree([*(n for n in tree().nodes.values() if n.address != "/glow/on"), Node("/glow/on", "", "i", READ)])
    assert changed(tree(), other) == "/glow/on"
    assert changed(tree(), tree("osc/a", routes=3)) == "/"
    assert changed(Tree(()), tree()) == "/"


def test_outputs_are_readable_and_only_commands_among_them_can_be_set() -> None:
    known = {node.address: node for node in nodes(())}
    commands = {command.address for command in COMMANDS}
    for output in OUTPUTS:
        assert known[output.address].access == (READ | WRITE if output.address in commands else READ)
        assert known[output.address].description


def test_a_value_of_another_kind_is_told_in_the_nodes_own() -> None:
    assert Node("/a", "", "i", READ).attributes(2.6)["VALUE"] == [3]
    assert Node("/a", "", "f", READ).attributes(True)["VALUE"] == [1.0]
    assert Node("/a", "", "s", READ).attributes(2)["VALUE"] == ["2"]
    assert "VALUE" not in Node("/a", "", "f", WRITE).attributes(1.0)
