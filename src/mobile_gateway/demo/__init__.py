"""Demo data: real regions, the 2024 topic, and invented schools and people; the same at every call.

`load` writes them into an empty database, `table` tells who can sign in. The modules of data (`regions`,
`schools`, `catalogue`, `people`, `crowd`) read no clock, no database and no network: each answers frozen
values, linked by keys; the `rows_of_…` make rows of them.
"""
