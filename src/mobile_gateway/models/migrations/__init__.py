"""The migrations, in order; `mobile_gateway.models.migrating.migrate` applies them."""
