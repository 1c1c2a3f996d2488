/** The tables of the peers with SQLite: Playhead's sessions, and events as they are usually kept, found by an index. */

export const TABLES = `
  CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    sid TEXT NOT NULL UNIQUE,
    started_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    playhead INTEGER NOT NULL,
    payload TEXT NOT NULL
  ) STRICT;
  CREATE INDEX sessions_started_at ON sessions (started_at);
  CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    session INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    ts INTEGER NOT NULL,
    playhead INTEGER NOT NULL,
    type TEXT NOT NULL,
    payload TEXT NOT NULL
  ) STRICT;
  CREATE INDEX events_session ON events (session);
`;
