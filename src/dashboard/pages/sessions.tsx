/** Sessions: found by range, filters, status and text; each links to a page of its own. */

import { useEffect, useState } from "preact/hooks";
import { counted } from "../../base/counted.ts";
import type { SessionPage as Answer } from "../api/answers.ts";
import { formatCount } from "../format/numbers.ts";
import { useAnswer } from "../hooks/use-answer.ts";
import { access } from "../model/access.ts";
import { addressOf, change, place } from "../model/place.ts";
import { instantsOf, keptParams, RANGE_DEFAULT, scope } from "../model/scope.ts";
import { Switch } from "../parts/choice.tsx";
import { FirstSteps } from "../parts/first-steps.tsx";
import { PageHead } from "../parts/page-head.tsx";
import { Panel, Problem } from "../parts/panel.tsx";
import { RecordingPage } from "./session/recording.tsx";
import { SessionPage } from "./session/session-page.tsx";
import { SessionTable } from "./session/session-table.tsx";
import { useSessionList } from "./session/use-session-list.ts";
import { ViewerPage } from "./session/viewer-page.tsx";

export function SessionsPage({ id }: { readonly id: string | undefined }) {
  if (id === RECORDING) return <RecordingPage />;
  if (id === VIEWER) return <ViewerPage hash={place.value.path[2] ?? ""} />;
  return id === undefined ? <SessionsList /> : <SessionPage sid={id} key={id} />;
}

/** Takes the place of a sid in the address. */
const RECORDING = "recording";
/** The same, before a viewer's hash. */
const VIEWER = "viewer";
const ALL = "all";
const OPEN = "open";
/** What is looked for most; each but the first two is a filter. */
const PRESETS: Readonly<Record<string, { readonly label: string; readonly filter?: string }>> = {
  [ALL]: { label: "All" },
  [OPEN]: { label: "Open" },
  closed: { label: "Closed" },
  errors: { label: "With errors", filter: "errorEvents>0" },
  failed: { label: "Failed to start", filter: "playbackFailures>0" },
  stalled: { label: "Stalled", filter: "stallEvents>0" },
};
const SID = /^[0-9a-f]{64}$/i;
const SEARCH_CHARS_MAX = 200;
const SEARCH_AFTER_MS = 300;

function SessionsList() {
  const { range, zone, filters } = scope.value;
  const { params } = place.value;
  const status = params.get("status") ?? ALL;
  const search = params.get("search") ?? "";
  const key = JSON.stringify([range, zone, filters, status, search]);
  const { list, error, isWaiting, again, more } = useSessionList(key, () => {
    const query = new URLSearchParams(instantsOf(range, zone));
    for (const filter of filters) query.append("filter", filter);
    const preset = PRESETS[status]?.filter;
    if (preset !== undefined) query.append("filter", preset);
    else if (status !== ALL) query.set("status", status);
    if (search !== "") query.set("search", search);
    return query;
  });
  const isEmpty = list?.sessions.length === 0;
  return (
    <>
      <PageHead title="Sessions" isScoped />
      <Panel
        title="Newest sessions"
        note={list && !isEmpty && wordsOf(list.sessions.length, list.nextCursor !== null)}
        actions={
          <>
            <SearchField search={search} />
            <a class="button" href={addressOf(["audience"], { ...keptParams(), by: "sid", metric: "mediaTimeSpent" })}>
              Rank by a number
            </a>
            <a class="button" href={addressOf(["sessions", RECORDING])}>
              Fold a recording
            </a>
            <Switch
              label="Which sessions"
              value={status}
              options={Object.entries(PRESETS).map(([value, { label }]) => ({ value, label }))}
              onChoose={(value) => change({ status: value === ALL ? undefined : value })}
            />
          </>
        }
      >
        {error && <Problem message={error.message} again={again} />}
        {!list && !error && <div class="waiting" role="status" aria-label="Loading" />}
        {list && !isEmpty && (
          <div class={isWaiting ? "stale" : ""} aria-busy={isWaiting}>
            <SessionTable sessions={list.sessions} zone={zone} onEnd={more} />
          </div>
        )}
        {list?.damaged !== undefined && (
          <p class="panel trimmed" role="note">
            {counted(list.damaged, "session")} left out: the disk has damaged what is stored of them. Run{" "}
            <code>playhead check</code> on the server.
          </p>
        )}
        {isEmpty && !isWaiting && <NothingFound />}
      </Panel>
    </>
  );
}

function wordsOf(count: number, isMore: boolean): string {
  return `${isMore ? "The newest" : "All"} ${formatCount(count)} · updates live`;
}

/** Searches while the reader types; a whole sid leads straight to its session. */
function SearchField({ search }: { readonly search: string }) {
  const [text, setText] = useState(search);
  useEffect(() => setText(search), [search]);
  useEffect(() => {
    const wanted = text.trim();
    if (wanted === search) return;
    const timer = setTimeout(() => {
      if (SID.test(wanted)) location.hash = addressOf(["sessions", wanted.toLowerCase()]);
      else change({ search: wanted }, { replace: true });
    }, SEARCH_AFTER_MS);
    return () => clearTimeout(timer);
  }, [text, search]);
  const hidesVisitors = access.value?.readOnly !== false;
  return (
    <label class="search">
      <span class="unseen">
        {hidesVisitors ? "Search by title or session id" : "Search by title, visitor or session id"}
      </span>
      <input
        type="search"
        placeholder={hidesVisitors ? "Title or session id" : "Title, visitor or session id"}
        maxLength={SEARCH_CHARS_MAX}
        value={text}
        onInput={({ currentTarget }) => setText(currentTarget.value)}
      />
    </label>
  );
}

/** Tells an empty list from an empty server. */
function NothingFound() {
  const { answer } = useAnswer<Answer>("/admin/api/sessions?limit=1", 2000);
  if (!answer) return <div class="waiting" role="status" aria-label="Loading" />;
  if (answer.sessions.length === 0) {
    return (
      <div class="empty">
        <FirstSteps />
      </div>
    );
  }
  const isNarrow = scope.value.range !== RANGE_DEFAULT || ["filter", "status", "search"].some(isGiven);
  return (
    <div class="empty">
      <p>No sessions match.</p>
      <button
        type="button"
        class="button"
        onClick={() =>
          change({ filter: undefined, status: undefined, search: undefined, range: isNarrow ? undefined : WIDEST })
        }
      >
        {isNarrow ? "Clear filters, search and range" : "Show the last 90 days"}
      </button>
    </div>
  );
}

const WIDEST = "90d";

function isGiven(name: string): boolean {
  return place.value.params.has(name);
}
