"""The GraphQL backend of a national teacher-training app."""
