-- What wrk sends: `wrk -s load.lua URL -- starts|events|edge|mixed DIRECTORY FROM`.
--
-- `mixed` is what sessions are made of: a start, thirty pings, five other events, an end, one session behind the other.
-- DIRECTORY holds the templates of bodies.ts, and the ids of open sessions, one a line, in the file `sids`. FROM is the
-- number of the first request, so that a second run does not repeat the visitors of the first.

local ITEMS = 100000
local PINGS_PER_QOE = 5
local PING_SECONDS = 10
-- By their places in a session; the others are pings.
local EVENTS = { [1] = "play", [8] = "buffer", [9] = "play", [20] = "pause", [21] = "play", [36] = "end" }
local EVENTS_PER_SESSION = 36

local kind, directory, host, base
local n = 0
local sids = {}
local templates = {}
local values = {}
-- Of `mixed`: the place of each session, and ids of sessions that have been opened and not yet gone on.
local places, fresh = {}, {}
-- Of `edge`: texts of instants by their second, and the path without the number of the request.
local dates, edge_path = {}, ""

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
  return post("/api/v1/sessions", fill(templates.start))
end

-- Counted along with the turn, so that it isn't always the same sessions that send quality data.
local function ping_of(turn)
  return (n + turn) % PINGS_PER_QOE == 0 and "ping-qoe" or "ping"
end

local function post_event(sid, turn, name)
  values.TS = string.format("%.0f", base + turn * PING_SECONDS * 1000 + n % 1000)
  values.PLAYHEAD = string.format("%d", turn * PING_SECONDS)
  return post("/api/v1/sessions/" .. sid .. "/events", fill(templates[name]))
end

local function event_request()
  local turn = math.floor(n / #sids)
  return post_event(sids[n % #sids + 1], turn, ping_of(turn))
end

-- An instant as XDM has it. Pings of one turn share few seconds, and their text is made once.
local function instant_of(seconds, ms)
  if not dates[seconds] then dates = { [seconds] = os.date("!%Y-%m-%dT%H:%M:%S", seconds) } end
  return string.format("%s.%03dZ", dates[seconds], ms)
end

local function edge_request()
  local turn = math.floor(n / #sids)
  values.SID = sids[n % #sids + 1]
  values.AT = instant_of(base / 1000 + turn * PING_SECONDS, n % 1000)
  values.PLAYHEAD = string.format("%d", turn * PING_SECONDS)
  return post(string.format("%s%012d", edge_path, n), fill(templates["edge-" .. ping_of(turn)]))
end

-- A session that has ended makes room for one that was opened meanwhile; where there is none yet, one is opened.
local function mixed_request()
  local i = n % #sids + 1
  if not sids[i] then
    if #fresh == 0 then return start_request() end
    sids[i], places[i] = table.remove(fresh), 0
  end
  local place = places[i] + 1
  local sid = sids[i]
  places[i] = place
  if place == EVENTS_PER_SESSION then sids[i] = false end
  return post_event(sid, place, EVENTS[place] or ping_of(place))
end

local requests = { starts = start_request, events = event_request, edge = edge_request, mixed = mixed_request }

function init(args)
  kind, directory, n = args[1], args[2], tonumber(args[3])
  host = wrk.host .. ":" .. wrk.port
  base = os.time() * 1000
  for _, name in ipairs({ "start", "ping", "ping-qoe", "play", "buffer", "pause", "end", "edge-ping", "edge-ping-qoe" }) do
    templates[name] = compile(read(name .. ".json"))
  end
  edge_path = read("edge-path")
  if kind == "starts" then return end
  for sid in read("sids"):gmatch("%x+") do sids[#sids + 1] = sid end
  if kind == "mixed" then
    -- As if they had begun one after the other.
    for i = 1, #sids do places[i] = i % EVENTS_PER_SESSION end
    -- Parsing each answer's headers costs wrk time, so only here.
    function response(status, headers)
      local location = status == 201 and headers["Location"]
      if location then fresh[#fresh + 1] = location:match("%x+$") end
    end
  end
end

function request()
  n = n + 1
  return requests[kind]()
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%.6f,"p99Ms":%.3f,"failures":%d,"refusals":%d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.timeout, errors.status
  ))
end
