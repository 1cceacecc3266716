"""The texts of refusals, a file per subject. `messages.refusals` puts them together."""
