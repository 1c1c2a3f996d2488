/**
 * A player with the vendor's JavaScript SDK, by what its versions for browsers and for Chromecast put on the wire: a
 * look at the queue each half second; the start alone, three times at most, each for five seconds; then three requests
 * at once, each sent once. An event carries the time at which it happened, however long it waited.
 */

const LOOK_MS = 500;
const ANSWER_MS_MAX = 5000;
const STARTS_MAX = 3;
const AT_ONCE = 3;

interface SdkPlayerOptions {
  /** `https://HOST/prefix/api/v1/sessions` */
  readonly sessions: string;
  readonly params: object;
}

/** What a viewing must come to, in seconds. */
interface Viewed {
  readonly contentTimeSpent: number;
  readonly totalPauseDuration: number;
}

/** Plays two and a half seconds, pauses, plays to the end. @returns what was seen, once everything was sent */
export async function playWithSdk({ sessions, params }: SdkPlayerOptions): Promise<Viewed> {
  const queue: string[] = [];
  const happens = (eventType: string, playhead: number, members: object = {}) => {
    const nowMs = Date.now();
    queue.push(JSON.stringify({ eventType, playerTime: { playhead, ts: nowMs }, params: {}, ...members }));
    return nowMs;
  };
  const sending = send(sessions, queue);
  happens("sessionStart", 0, { params, customMetadata: { page: "a" } });
  const playedMs = happens("play", 0);
  await Bun.sleep(1000);
  happens("ping", (Date.now() - playedMs) / 1000);
  await Bun.sleep(1500);
  const untilS = (Date.now() - playedMs) / 1000;
  const pausedMs = happens("pauseStart", untilS);
  await Bun.sleep(700);
  const resumedMs = happens("play", untilS);
  await Bun.sleep(1000);
  const endS = untilS + (Date.now() - resumedMs) / 1000;
  const completedMs = happens("sessionComplete", endS);
  happens("sessionEnd", endS);
  await sending;
  return {
    contentTimeSpent: (pausedMs - playedMs + completedMs - resumedMs) / 1000,
    totalPauseDuration: (resumedMs - pausedMs) / 1000,
  };
}

/** @throws Error when the start has failed three times: the SDK then drops its session */
async function send(sessions: string, queue: string[]): Promise<void> {
  let sid: string | undefined;
  for (let failures = 0, isEnded = false; !isEnded; ) {
    const lookedMs = performance.now();
    const [start] = queue;
    if (sid === undefined && start !== undefined) {
      sid = (await post(sessions, start))?.headers.get("Location")?.split("/")[4];
      if (sid !== undefined) queue.shift();
      else failures += 1;
      if (failures === STARTS_MAX) throw new Error(`No session in ${STARTS_MAX} attempts`);
    } else {
      const some = queue.splice(0, AT_ONCE);
      isEnded = some.some((body) => body.includes('"sessionEnd"'));
      await Promise.all(some.map((body) => post(`${sessions}/${sid}/events`, body)));
    }
    await Bun.sleep(Math.max(0, LOOK_MS - ((performance.now() - lookedMs) % LOOK_MS)));
  }
}

async function post(url: string, body: string): Promise<Response | undefined> {
  try {
    const tls = { rejectUnauthorized: false };
    const signal = AbortSignal.timeout(ANSWER_MS_MAX);
    return await fetch(url, { method: "POST", body, signal, tls, keepalive: false });
  } catch {
    // There is no answer.
  }
}
