"""arq functions: load, call out, hand the result to an action. A job carries ids, can run twice, returns None."""
