"""The GraphQL schema: one file a subject, its types, its Query, its Mutation. Resolvers translate."""
