#!/bin/sh
# The first start of an empty database: an owner of the tables, and a serving role that owns nothing.
set -e
: "${OWNER_PASSWORD:?}" "${SERVING_PASSWORD:?}"
psql --set=ON_ERROR_STOP=1 --username=postgres <<'SQL'
\getenv owner OWNER_PASSWORD
\getenv serving SERVING_PASSWORD
CREATE ROLE mobile_gateway_owner LOGIN PASSWORD :'owner';
CREATE ROLE mobile_gateway LOGIN PASSWORD :'serving';
CREATE DATABASE mobile_gateway OWNER mobile_gateway_owner TEMPLATE template0 ENCODING 'UTF8';
REVOKE ALL ON DATABASE mobile_gateway FROM PUBLIC;
GRANT CONNECT ON DATABASE mobile_gateway TO mobile_gateway;
SQL
