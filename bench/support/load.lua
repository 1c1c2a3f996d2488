-- What wrk sends: `wrk -s load.lua URL -- starts|events DIRECTORY FROM`.
--
-- DIRECTORY holds the templates of bodies.ts, and the ids of open sessions, one a line, in the file `sids`. FROM is the
-- number of the first request, so that a second run does not repeat the visitors of the first.

local ITEMS = 100000
local PINGS_PER_QOE = 5
local PING_SECONDS = 10

local kind, directory, host, base
local n = 0
local sids = {}
local start, ping, ping_qoe
local values = {}

local function read(name)
  local file = assert(io.open(directory .. "/" .. name, "r"))
  local text = file:read("*a")
  file:close()
  return text
end

-- Takes a template apart once: a pattern match a request would make wrk the bottleneck.
local function compile(text)
  local parts, slots, at = {}, {}, 1
  for from, name, to in text:gmatch("()%%(%u+)%%()") do
    parts[#parts + 1] = text:sub(at, from - 1)
    parts[#parts + 1] = ""
    slots[#slots + 1] = { index = #parts, name = name }
    at = to
  end
  parts[#parts + 1] = text:sub(at)
  return { parts = parts, slots = slots }
end

local function fill(template)
  local parts, slots = template.parts, template.slots
  for i = 1, #slots do
    parts[slots[i].index] = values[slots[i].name]
  end
  return table.concat(parts)
end

local function post(path, body)
  return "POST " .. path .. " HTTP/1.1\r\nHost: " .. host
    .. "\r\nContent-Type: application/json\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end

local function start_request()
  values.N = string.format("%08d", n)
  values.ITEM = string.format("%05d", n % ITEMS)
  values.TS = string.format("%.0f", base + n)
  values.PLAYHEAD = "0"
  return post("/api/v1/sessions", fill(start))
end

local function event_request()
  local turn = math.floor(n / #sids)
  values.TS = string.format("%.0f", base + turn * PING_SECONDS * 1000 + n % 1000)
  values.PLAYHEAD = string.format("%d", turn * PING_SECONDS)
  -- Counted along with the turn, so that it isn't always the same sessions that send quality data.
  local template = (n + turn) % PINGS_PER_QOE == 0 and ping_qoe or ping
  return post("/api/v1/sessions/" .. sids[n % #sids + 1] .. "/events", fill(template))
end

function init(args)
  kind, directory, n = args[1], args[2], tonumber(args[3])
  host = wrk.host .. ":" .. wrk.port
  base = os.time() * 1000
  start, ping, ping_qoe = compile(read("start.json")), compile(read("ping.json")), compile(read("ping-qoe.json"))
  if kind == "events" then
    for sid in read("sids"):gmatch("%x+") do sids[#sids + 1] = sid end
  end
end

function request()
  n = n + 1
  if kind == "events" then return event_request() end
  return start_request()
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%.6f,"p99Ms":%.3f,"failures":%d,"refusals":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.timeout, errors.status
  ))
end
