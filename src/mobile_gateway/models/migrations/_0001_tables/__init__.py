"""The first tables, by subject, in an order in which what is referred to is there already."""
