/** What a player and an administrator send, at its plainest, and what a player reads of the answer. */

/** The sid as clients take it out of the Location: the fifth part between slashes. */
export function sidOf(response: Response): string {
  return (response.headers.get("Location") ?? "").split("/")[4] ?? "";
}

export const ADMIN_TOKEN = "a-token-for-tests-of-32-characters-or-more";
/** The header of an administrator's request. */
export const ADMIN_HEADERS = { Authorization: `Bearer ${ADMIN_TOKEN}` };

export const TS = 1_700_000_000_000;

export const REQUIRED_PARAMS = {
  "analytics.trackingServer": "metrics.example.com",
  "analytics.reportSuite": "examplersid",
  "visitor.marketingCloudOrgId": "972C898555E9F7BC7F000101@AdobeOrg",
  "media.id": "content-1",
  "media.length": 60,
  "media.contentType": "VOD",
  "media.playerName": "test-player",
  "media.channel": "test-channel",
};

/** A start that every mode accepts. */
export function sessionStart(params: object = {}, members: object = {}): Record<string, unknown> {
  return {
    eventType: "sessionStart",
    playerTime: { playhead: 0, ts: TS },
    params: { ...REQUIRED_PARAMS, ...params },
    ...members,
  };
}

/** An event some seconds after {@link TS}, with the playhead at the same second. */
export function eventAt(second: number, eventType: string, members: object = {}): Record<string, unknown> {
  return { eventType, playerTime: { playhead: second, ts: TS + second * 1000 }, ...members };
}
