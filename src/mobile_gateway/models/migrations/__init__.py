"""The migrations, in order; `mobile_gateway.models.database.migrate` applies them."""
