/** Whose session it is: identity maps, and two cookies out of all that a browser keeps. */

import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  consentOf,
  decodeIdentity,
  encodeIdentity,
  identityOf,
  newEcid,
  stateOf,
} from "../../../src/protocol/edge/identity.ts";

const ECID = "43895127335510793833562594691673771768";
/** As the vendor's own server wrote it: the field with the ECID is not the only one. */
const RECORDED = "CiY0Mzg5NTEyNzMzNTUxMDc5MzgzMzU2MjU5NDY5MTY3Mzc3MTc2OA==";
const IDENTITY = "kndctr_97D1F3F459CE0AD80A495CBE_AdobeOrg_identity";
const CONSENT = "kndctr_97D1F3F459CE0AD80A495CBE_AdobeOrg_consent";

describe("an identity map", () => {
  test("gives the ECID, and each other id with its state of sign-in", () => {
    const map = {
      ECID: [{ id: ECID, authenticatedState: "ambiguous", primary: false }],
      FPID: [{ id: "first", authenticatedState: "authenticated" }, { id: "second" }],
      Email: [{ id: "a" }, { id: "b", primary: "true", authenticatedState: "loggedOut" }],
    };
    expect(identityOf(map)).toEqual({
      ecid: ECID,
      customerIds: { FPID: { id: "first", authState: 1 }, Email: { id: "b", authState: 2 } },
    });
  });

  test("of the request comes before that of its event", () => {
    expect(identityOf({ ECID: [{ id: "1" }] }, { ECID: [{ id: "2" }], CRM: [{ id: "c" }] })).toEqual({
      ecid: "1",
      customerIds: { CRM: { id: "c", authState: 0 } },
    });
  });

  test("of any form is taken as far as it goes", () => {
    expect(identityOf(undefined, { ECID: "text", CRM: [1, null, {}], Email: [{ id: 7 }] })).toEqual({});
  });
});

describe("the state of a browser", () => {
  test("is read from the body and from cookies", () => {
    const meta = { state: { entries: [{ key: IDENTITY, value: RECORDED }] } };
    const state = { ecid: ECID, org: "97D1F3F459CE0AD80A495CBE@AdobeOrg", refused: false };
    expect(stateOf(meta, null, true)).toEqual(state);
    expect(
      stateOf(undefined, `a=b; ${IDENTITY}=${encodeURIComponent(RECORDED)}; ${CONSENT}=general%3Din`, true),
    ).toEqual(state);
  });

  test("says that the viewer refused, wherever it stands", () => {
    expect(stateOf(undefined, `${CONSENT}=general%3Dout`, true).refused).toBe(true);
    expect(stateOf({ state: { entries: [{ key: CONSENT, value: "general=out" }] } }, "", true).refused).toBe(true);
    expect(stateOf(undefined, "other_consent=general=out", true).refused).toBe(false);
  });

  test("is nothing where it is of another form", () => {
    expect(stateOf({ state: { entries: [1, null, { key: 1 }] } }, "%zz; =; ;", true)).toEqual({ refused: false });
  });
});

describe("an identity cookie", () => {
  test("is written as it is read", () => {
    for (const ecid of [ECID, newEcid()]) expect(decodeIdentity(encodeIdentity(ecid))).toBe(ecid);
    expect(newEcid()).toMatch(/^[1-9]\d{37}$/);
  });

  test("is read whatever stands before and behind its ECID", () => {
    const field = Buffer.from(encodeIdentity(ECID), "base64url");
    const others = [
      [0xf0, 0x01, 0xac, 0x02],
      [0x52, 0x02, 0x61, 0x62],
      [0x2d, 1, 2, 3, 4],
      [0x29, 1, 2, 3, 4, 5, 6, 7, 8],
    ];
    for (const other of others) {
      const bytes = Buffer.concat([Buffer.from(other), field, Buffer.from(other)]);
      expect(decodeIdentity(bytes.toString("base64url"))).toBe(ECID);
    }
  });

  test("of any bytes gives an ECID or nothing", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(decodeIdentity(Buffer.from(bytes).toString("base64url")) ?? "1").toMatch(/^\d+$/);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => expect(decodeIdentity(text) ?? "1").toMatch(/^\d+$/)));
  });
});

describe("a consent", () => {
  const rows: readonly (readonly [value: unknown, consent: "in" | "out" | undefined])[] = [
    [{ general: "in" }, "in"],
    [{ general: "out" }, "out"],
    [{ collect: { val: "y" }, metadata: { time: "…" } }, "in"],
    [{ collect: { val: "n" } }, "out"],
    [{ general: "maybe" }, undefined],
    ["in", undefined],
  ];
  for (const [value, consent] of rows) {
    test(`${JSON.stringify(value)} is ${consent ?? "none"}`, () => {
      expect(consentOf([{ standard: "Adobe", value }])).toBe(consent as "in");
    });
  }
});
