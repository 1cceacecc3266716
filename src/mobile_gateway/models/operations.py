"""Migration operations that Tortoise does not bring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint
from tortoise.migrations.operations import TortoiseOperation
from tortoise.migrations.schema_editor.base import BaseSchemaEditor
from tortoise.migrations.schema_generator.state import State

Constraint = CheckConstraint | UniqueConstraint


class AddConstraints(TortoiseOperation):
    """Adds many constraints at once.

    Tortoise renders every model anew for each of its own operations: 120 `AddConstraint` took 5 s, this takes none.
    """

    def __init__(self, by_model: Mapping[str, Sequence[Constraint]]) -> None:
        self.by_model = by_model

    def describe(self) -> str:
        """What this does, for the log."""
        return f"Add constraints to {', '.join(self.by_model)}"

    def state_forward(self, app_label: str, state: State) -> None:
        """The models' state with the constraints."""
        for name, constraints in self.by_model.items():
            options = self.get_model_state(state, app_label, name).options
            options["constraints"] = [*options.get("constraints", ()), *constraints]

    async def database_forward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Add them to the tables."""
        del old_state
        if state_editor is None:
            return
        for name, constraints in self.by_model.items():
            model = new_state.apps.get_model(f"{app_label}.{name}")
            for constraint in constraints:
                await state_editor.add_constraint(model, constraint)


class ReplaceChecks(AddConstraints):
    """Puts checks in the place of those of the same names: the words of a column have become more."""

    def describe(self) -> str:
        """What this does, for the log."""
        return f"Replace checks of {', '.join(self.by_model)}"

    def state_forward(self, app_label: str, state: State) -> None:
        """The models' state with the new ones in their places."""
        for name, constraints in self.by_model.items():
            options = self.get_model_state(state, app_label, name).options
            new = {constraint.name: constraint for constraint in constraints}
            options["constraints"] = [new.get(one.name, one) for one in options.get("constraints", ())]

    async def database_forward(
        self,
        app_label: str,
        old_state: State,
        new_state: State,
        state_editor: BaseSchemaEditor | None = None,
    ) -> None:
        """Drop the old ones and add the new ones, in the migration's one transaction."""
        if state_editor is None:
            return
        for name, constraints in self.by_model.items():
            model = new_state.apps.get_model(f"{app_label}.{name}")
            for constraint in constraints:
                await state_editor.remove_constraint(model, constraint)
        await super().database_forward(app_label, old_state, new_state, state_editor)
