"""The HTTP door: Starlette routes, pages and what guards them."""
