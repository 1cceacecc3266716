"""Every write: a verb per function, one transaction each; an action does not call an action."""
