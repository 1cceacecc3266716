"""What the audit log calls its subjects, which can never be corrected afterwards."""

from __future__ import annotations

import ast
from pathlib import Path

from graphql import GraphQLInterfaceType, GraphQLSchema

from mobile_gateway.schema import root

ACTIONS = Path(__file__).parents[2] / "src" / "mobile_gateway" / "actions"


def _subjects() -> set[str]:
    """Every text that is a `SUBJECT`, or stands in an entry's place of the subject's kind."""
    found: set[str] = set()
    for path in ACTIONS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
                names = {target.id for target in node.targets if isinstance(target, ast.Name)}
                found |= {str(node.value.value)} if "SUBJECT" in names else set()
            called = getattr(node, "func", None)
            if isinstance(node, ast.Call) and "Entry" in {
                getattr(called, "id", ""),
                getattr(called, "attr", ""),
            }:
                kind = node.args[2]
                found |= {str(kind.value)} if isinstance(kind, ast.Constant) else set()
    return found


def test_each_subject_of_the_audit_log_is_a_kind_of_global_ids() -> None:
    schema: GraphQLSchema = root.build()._schema
    node = schema.get_type("Node")
    assert isinstance(node, GraphQLInterfaceType)
    kinds = {one.name for one in schema.get_possible_types(node)}
    # A person's global id says Person, and its own type is Viewer; a resource is a Video or a Document,
    # a banner a ManagedBanner.
    known = kinds | {"Person", "Resource", "Banner"}
    found = _subjects()
    assert {"TeachingRecord", "RebindTicket", "School", "Person", "Topic"} <= found
    assert found <= known
