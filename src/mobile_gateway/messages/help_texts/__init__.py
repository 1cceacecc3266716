"""The manual's thirteen questions (§七), a file per subject. `messages.help` puts them together."""
