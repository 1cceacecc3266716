-- Sends the requests of a file in their order, each once; at its end begins again and says so.
-- A record is eight digits, the request's length in bytes, and the request.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  file = assert(io.open(args[1], "rb"))
  again = 0
end

function request()
  local length = file:read(8)
  if not length then
    file:seek("set", 0)
    again = again + 1
    length = file:read(8)
  end
  return file:read(tonumber(length))
end

function done(summary, latency, requests)
  local wrapped = 0
  for _, thread in ipairs(threads) do
    wrapped = wrapped + (thread:get("again") or 0)
  end
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests": %d, "micros": %d, "refused": %d, "broken": %d, "again": %d, "p50": %d, "p99": %d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    wrapped, latency:percentile(50), latency:percentile(99)))
end
