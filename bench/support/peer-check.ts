/** Checks that a contender does the whole job: a service that refuses or answers less is not the same thing faster. */

import { fill, TEMPLATES } from "./bodies.ts";

interface Request {
  readonly what: string;
  readonly path: string;
  readonly body: string;
  readonly status: number;
}

const SESSIONS = "/api/v1/sessions";
const LOCATION = /^\/api\/v1\/sessions\/([0-9a-f]{64})$/;
const HEADERS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "OPTIONS,POST,PUT",
  "Access-Control-Allow-Headers": "Content-Type",
  "Access-Control-Expose-Headers": "Location",
};
const VALUES = { N: 1, ITEM: 1, TS: 1_700_000_000_000, PLAYHEAD: 10 };
const START = fill(TEMPLATES.start, VALUES);
const PING = fill(TEMPLATES["ping-qoe"], VALUES);

/** @throws Error naming the first answer that isn't as the protocol has it */
export async function checkJob(url: string): Promise<void> {
  const opened = await expectAnswer(url, { what: "a start", path: SESSIONS, body: START, status: 201 });
  const sid = LOCATION.exec(opened.headers.get("Location") ?? "")?.[1];
  if (!sid) throw new Error(`A start is answered with the Location ${opened.headers.get("Location")}`);
  const events = `${SESSIONS}/${sid}/events`;
  const unknown = `${SESSIONS}/${"0".repeat(64)}/events`;
  const requests: readonly Request[] = [
    { what: "a ping", path: events, body: PING, status: 204 },
    { what: "a ping to an unknown session", path: unknown, body: PING, status: 404 },
    { what: "a start as an event", path: events, body: START, status: 400 },
    { what: "a ping as a start", path: SESSIONS, body: PING, status: 400 },
    { what: "half a body", path: SESSIONS, body: START.slice(0, START.length / 2), status: 400 },
    { what: "a start without its media.id", path: SESSIONS, body: without(START, "media.id"), status: 400 },
    { what: "a length in words", path: SESSIONS, body: START.replace("5400.5", '"5400.5"'), status: 400 },
    { what: "an unknown key", path: SESSIONS, body: START.replace('"params":{', '"params":{"a.b":1,'), status: 201 },
    {
      what: "an unknown key that is nested",
      path: SESSIONS,
      body: START.replace('"params":{', '"params":{"a.b":{},'),
      status: 400,
    },
    { what: "a ping without a ts", path: events, body: PING.replace('"ts"', '"t"'), status: 400 },
    { what: "a bitrate in words", path: events, body: PING.replace("1500000", '"fast"'), status: 400 },
  ];
  for (const request of requests) await expectAnswer(url, request);
}

async function expectAnswer(url: string, { what, path, body, status }: Request): Promise<Response> {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${url}${path}`, { method: "POST", body, headers });
  await answer.arrayBuffer();
  if (answer.status !== status) throw new Error(`${what} is answered ${answer.status}, not ${status}`);
  for (const [name, value] of Object.entries(HEADERS)) {
    const given = answer.headers.get(name);
    if (given !== value) throw new Error(`${what} is answered with ${name}: ${given}`);
  }
  return answer;
}

function without(body: string, key: string): string {
  const { params, ...rest } = JSON.parse(body);
  delete params[key];
  return JSON.stringify({ ...rest, params });
}
