/** Errors that help: a code for programs, and for people where the fault is and what to do instead. */

import { describe, expect, test } from "bun:test";
import { REQUEST_ERRORS } from "../../src/base/errors.ts";
import { whyNot } from "../../src/http/listener.ts";
import { ADMIN_HEADERS, eventAt, REQUIRED_PARAMS, sessionStart, startTestServer } from "../support/server.ts";

interface Refusal {
  readonly code: string;
  readonly message: string;
}

async function ask(url: string, init: RequestInit = { headers: ADMIN_HEADERS }) {
  const answer = await fetch(url, init);
  return { status: answer.status, allow: answer.headers.get("Allow"), ...((await answer.json()) as Refusal) };
}

describe("an error's body", () => {
  test("has the code that docs/errors.md lists", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    await server.add(sid, eventAt(1, "sessionEnd"));
    server.clock.pass(3_600_000);
    const post = { method: "POST", body: "{}" };
    const play = { method: "POST", body: JSON.stringify(eventAt(9, "play")) };
    const codes = [
      await ask(`${server.url}/api/v1/sessions`, post),
      await ask(`${server.url}/api/v1/sessions`, { method: "POST", body: " ".repeat(5_000_000) }),
      await ask(`${server.url}/api/v1/sessions/${"0".repeat(64)}/events`, play),
      await ask(`${server.url}/api/v1/sessions/${sid}/events`, play),
      await ask(`${server.url}/admin/api/sessions?limit=x`),
      await ask(`${server.url}/admin/api/sessions`, {}),
      await ask(`${server.url}/nowhere`),
      await ask(`${server.url}/healthz`, post),
    ].map(({ status, code }) => `${status} ${code}`);
    expect(codes).toEqual([
      "400 invalid-body",
      "413 body-too-large",
      "404 session-not-found",
      "410 session-closed",
      "400 invalid-query",
      "401 unauthorized",
      "404 not-found",
      "405 method-not-allowed",
    ]);
    expect(codes.filter((each) => !((each.split(" ")[1] ?? "") in REQUEST_ERRORS))).toEqual([]);
  });
});

describe("a body that isn't JSON", () => {
  test("is refused with the line and the column", async () => {
    await using server = await startTestServer();
    const text = JSON.stringify(sessionStart(), null, 2).replace(/\n {2}\}\n\}$/, ",\n  }\n}");
    const answer = await server.post("/api/v1/sessions", text);
    const { message } = (await answer.json()) as Refusal;
    const line = 7 + Object.keys(REQUIRED_PARAMS).length + 1;
    expect([answer.status, message]).toEqual([400, `The body is not JSON: line ${line}, column 3: a comma before }`]);
  });

  for (const path of ["reports", "erasures", "tokens"]) {
    test(`is refused so by /admin/api/${path} too`, async () => {
      await using server = await startTestServer();
      const answer = await server.post(`/admin/api/${path}`, '{\n  "name": "x",\n}', ADMIN_HEADERS);
      expect([answer.status, await answer.json()]).toMatchObject([
        400,
        { code: "invalid-body", message: "The body is not JSON: line 3, column 1: a comma before }" },
      ]);
    });
  }
});

describe("events that are posted elsewhere", () => {
  test("are told where to go, and never with the 404 that opens a new session", async () => {
    await using server = await startTestServer();
    const sid = await server.open();
    const body = JSON.stringify(eventAt(1, "play"));
    const events = "Events are posted to /api/v1/sessions/{sid}/events";
    for (const [path, message] of [
      [`/api/v1/sessions/${sid}`, events],
      [`/api/v1/sessions/${sid}/`, events],
      [`/api/v1/sessions/${sid}/event`, events],
      ["/api/v1/session", "A session is opened by a POST to /api/v1/sessions"],
    ] as const) {
      expect([path, await ask(server.url + path, { method: "POST", body })]).toEqual([
        path,
        { status: 405, allow: "OPTIONS", code: "method-not-allowed", message },
      ]);
    }
  });
});

describe("instants that look like seconds", () => {
  const paths = ["export/events?from=", "export/sessions?to=", "sessions?from=", "reports?metrics=mediaStarts&from="];
  test("are refused with the milliseconds that were meant", async () => {
    await using server = await startTestServer();
    for (const path of paths) {
      const { status, message } = await ask(`${server.url}/admin/api/${path}1795900000`);
      expect([path, status, message]).toEqual([
        path,
        400,
        expect.stringMatching(/^(from|to) is milliseconds, and 1795900000 looks like seconds: write 1795900000000$/),
      ]);
      for (const other of ["1795900000000", "2026-11-30", "0"]) {
        const text = await (await fetch(`${server.url}/admin/api/${path}${other}`, { headers: ADMIN_HEADERS })).text();
        expect([path, other, text.includes("seconds")]).toEqual([path, other, false]);
      }
    }
  });
});

describe("quotes around a filter's value", () => {
  test("are refused; a value that has them is given as JSON", async () => {
    await using server = await startTestServer();
    const told = async (filter: string) => {
      const path = `reports?metrics=mediaStarts&filter=${encodeURIComponent(filter)}`;
      return ask(`${server.url}/admin/api/${path}`);
    };
    for (const filter of ['media.channel=="web"', "media.channel=='web'", 'media.channel in a,"b"']) {
      const { status, message } = await told(filter);
      expect([filter, status, message]).toEqual([filter, 400, expect.stringContaining("has quotes around its value")]);
    }
    for (const filter of ["media.channel==web", 'media.channel=~"', 'media.channel in ["\\"web\\""]']) {
      expect([filter, (await told(filter)).status]).toEqual([filter, 200]);
    }
  });
});

describe("refusals at the log's level debug", () => {
  test("are a line each: route, code and pointers, but no path and no value", async () => {
    await using server = await startTestServer();
    await server.post("/api/v1/sessions", sessionStart({ "media.length": "secret-value" }));
    await ask(`${server.url}/admin/api/sessions/secret-sid`);
    await ask(`${server.url}/secret-path`);
    const lines = server.logged.map((line) => JSON.parse(line)).filter(({ message }) => message === "Refused");
    expect(lines.map(({ time, ...line }) => line)).toEqual([
      {
        level: "debug",
        message: "Refused",
        route: "/api/v1/sessions",
        method: "POST",
        status: 400,
        code: "invalid-body",
        pointers: "/params/media.length",
      },
      {
        level: "debug",
        message: "Refused",
        route: "/admin/api/sessions/:sid",
        method: "GET",
        status: 404,
        code: "session-not-found",
      },
      { level: "debug", message: "Refused", route: "none", method: "GET", status: 404, code: "not-found" },
    ]);
    expect(server.logged.join("")).not.toContain("secret");
  });
});

describe("a port that can't be listened on", () => {
  test("is refused with the real cause", () => {
    expect(whyNot({ code: "EACCES" })).toBe(
      "ports below 1024 need root or CAP_NET_BIND_SERVICE; choose another, or put a proxy in front",
    );
    expect(whyNot({ code: "EADDRINUSE" })).toBe("another process has the port; end that, or choose another port");
    expect(whyNot({ code: "EADDRNOTAVAIL" })).toStartWith("this machine has no such address (EADDRNOTAVAIL); use");
    expect(whyNot({ code: "ENOENT" })).toStartWith("no address has this name; use an address of this machine");
    expect(whyNot({ code: "EMFILE" })).toBe("EMFILE");
  });
});
