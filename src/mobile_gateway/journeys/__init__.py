"""Black-box walks over HTTP: each plays one person's way through the product and checks what it is told.

They know the app's own documents (`schema.operations`) and nothing else of the server: figures, budgets and
milestones are worked out here a second time, from PRODUCT.md.
"""
