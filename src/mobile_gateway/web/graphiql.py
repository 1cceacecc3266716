"""GraphiQL for local runs, from files of our own: works without a network (see static/graphiql/README.md).

It is mounted by local runs only; in production the route does not exist (TRUST.md, "The door").
"""

from html import escape
from string import Template
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

DEFAULT_QUERY: Final = "# GraphQL of the teacher-training app: press Ctrl-Space for what can be asked.\n\n"

_HEADERS: Final = {
    "cache-control": "no-store",
    # GraphiQL's dialogs and its editor write <style> elements as they run, hence 'unsafe-inline' for styles
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex",
}

_PAGE: Final = Template("""<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>GraphiQL</title>
  <link rel="icon" href="/static/icon.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/static/graphiql/graphiql.min.css">
  <link rel="stylesheet" href="/static/graphiql/page.css">
</head>
<body>
<div id="graphiql" data-endpoint="$endpoint" data-subscriptions="$subscriptions" data-default-query="$query">
  <p class="message">GraphiQL needs JavaScript.</p>
</div>
<script src="/static/graphiql/react.production.min.js"></script>
<script src="/static/graphiql/react-dom.production.min.js"></script>
<script src="/static/graphiql/graphiql.min.js"></script>
<script src="/static/graphiql/start.js"></script>
</body>
</html>
""")


def graphiql(
    endpoint: str = "/graphql", *, default_query: str = DEFAULT_QUERY, subscriptions: str | None = None
) -> Route:
    """Build the route of `GET /graphiql` for the GraphQL endpoint of this same origin.

    The page has a header editor (for Authorization; headers are not kept), `default_query` in its first tab,
    and takes `?query=` and `?variables=` (JSON) from its own address, which it shows and does not run.
    Subscriptions go over `graphql-transport-ws` to `subscriptions`, by default the same path as `endpoint`.
    Needs this package's `static/` folder at `/static`.

    Raises:
        ValueError: a path does not start with a single slash.
    """
    paths = (endpoint, subscriptions or endpoint)
    if any(not path.startswith("/") or path.startswith("//") for path in paths):
        raise ValueError("GraphiQL talks to paths of its own origin only")
    page = _PAGE.substitute(
        endpoint=escape(paths[0]), subscriptions=escape(paths[1]), query=escape(default_query)
    )

    async def show(_: Request) -> HTMLResponse:
        return HTMLResponse(page, headers=_HEADERS)

    return Route("/graphiql", show, name="graphiql")
