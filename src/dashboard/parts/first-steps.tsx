/** What to do on an empty server: send a session by hand, or have a player send it. */

import type { Parameters } from "../../protocol/event.ts";
import { addressOnServer } from "../api/ask.ts";
import { Code } from "./code.tsx";
import { Copy } from "./copy.tsx";

export function FirstSteps() {
  return (
    <div class="first-steps">
      <h3>No events yet</h3>
      <p>Send a session from a terminal: it shows here at once.</p>
      <Snippet label="A session start with curl" text={curlLine()} />
      <p>Or have any HTML player report what it plays:</p>
      <Snippet label="The tracker in a page" text={trackerLines()} />
      <p>
        Or point a player at <code>{addressOnServer("/.")}</code>. Every request and answer is described at{" "}
        <a href="docs">docs</a>; what was refused, and why, is in the <a href="#/tail">live tail</a>.
      </p>
    </div>
  );
}

/** A text with a button that copies it. */
function Snippet({ label, text }: { readonly label: string; readonly text: string }) {
  return (
    <div class="snippet">
      <Code label={label}>{text}</Code>
      <Copy text={text} label={label} />
    </div>
  );
}

function trackerLines(): string {
  return `<script src="${addressOnServer("/tracker.js")}"></script>
<script>
  window.Playhead?.track(document.querySelector("video"), { id: "my-film", name: "My film", channel: "web" });
</script>`;
}

function curlLine(): string {
  const params: Parameters = {
    "analytics.trackingServer": "metrics.example.com",
    "analytics.reportSuite": "examplersid",
    "visitor.marketingCloudOrgId": "972C898555E9F7BC7F000101@AdobeOrg",
    "media.id": "my-film",
    "media.name": "My film",
    "media.length": 60,
    "media.contentType": "VOD",
    "media.playerName": "curl",
    "media.channel": "terminal",
  };
  const start = { eventType: "sessionStart", playerTime: { playhead: 0, ts: 1_700_000_000_000 }, params };
  return `curl -i ${addressOnServer("/api/v1/sessions")} -d '${JSON.stringify(start, null, 2)}'`;
}
