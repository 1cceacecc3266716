/* Starts GraphiQL with what graphiql.py wrote on the #graphiql element; ?query= and ?variables= of the page's
   own address fill the editors and are never run by themselves. */
"use strict";

(() => {
  const place = document.getElementById("graphiql");
  const { endpoint, subscriptions, defaultQuery } = place.dataset;
  const address = new URL(window.location.href);
  const asked = (name) => address.searchParams.get(name) ?? undefined;

  const sockets = new URL(subscriptions, address);
  sockets.protocol = address.protocol === "https:" ? "wss:" : "ws:";

  const pretty = (json) => {
    try {
      return JSON.stringify(JSON.parse(json), null, 2);
    } catch {
      return json;
    }
  };
  const variables = asked("variables");

  ReactDOM.createRoot(place).render(
    React.createElement(GraphiQL, {
      fetcher: GraphiQL.createFetcher({ url: endpoint, subscriptionUrl: sockets.href }),
      defaultQuery,
      query: asked("query"),
      variables: variables === undefined ? undefined : pretty(variables),
      defaultEditorToolsVisibility: variables === undefined ? "headers" : "variables",
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: false,
    }),
  );
})();
