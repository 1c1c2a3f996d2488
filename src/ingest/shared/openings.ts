/**
 * Repeated starts, which open no second session, on whichever node they come.
 *
 * A start is stored under its key unless there is one; then this judges whether that one is the same, or too old, and
 * names it as the one to replace. So two nodes can't both open a session for a start.
 */

import { AppError } from "../../base/errors.ts";
import { DAY_MS, SECOND_MS } from "../../base/units.ts";
import { OPENING_RULES, type OpeningKey, type OpeningRule } from "../../store/opening.ts";
import type { OpenedByKey, SharedStore } from "../../store/shared.ts";
import { reusedKey } from "../refusals.ts";
import { KNOWN_MS, QUIET_MS } from "../repeats.ts";

interface OpeningsOptions {
  readonly store: Pick<SharedStore, "findOpening" | "findOpenedBy" | "noteAsked" | "releaseBody" | "forgetOpenings">;
  readonly steadyMs: () => number;
}

/** Tries to open a session in place of another; false if its key has opened one that is not that other. */
type Open = (replaces: number | undefined) => Promise<string | undefined>;

/** How often other openings may come first under a key. */
const TRIES_MAX = 20;
const FORGET_EVERY_MS = 5 * SECOND_MS;
const FORGOTTEN_PER_SLICE = 2000;

export class SharedOpenings {
  readonly #options: OpeningsOptions;
  /** Openings on their way that a client may name, by key. */
  readonly #underWay = new Map<string, Promise<string>>();
  #forgotAtMs = Number.NEGATIVE_INFINITY;
  /** Repeated starts, by the rule that recognised them. */
  readonly repeats = new Map<OpeningRule, number>(OPENING_RULES.map((rule) => [rule, 0]));

  constructor(options: OpeningsOptions) {
    this.#options = options;
  }

  /** Opens a session, or finds that of a known start. @throws AppError `key-reused` when another start has its key */
  open(known: OpeningKey, open: Open): Promise<string> {
    const opening = this.#findOrOpen(known, open);
    // No client names a body.
    return known.rule === "body" ? opening : this.#noteUnderWay(known.key, opening);
  }

  async #noteUnderWay(key: string, opening: Promise<string>): Promise<string> {
    this.#underWay.set(key, opening);
    try {
      return await opening;
    } finally {
      if (this.#underWay.get(key) === opening) this.#underWay.delete(key);
    }
  }

  /** The sid of the session that was opened under a client's key, which may still be on its way. */
  async find(key: string): Promise<string | undefined> {
    const underWay = await this.#underWay.get(key)?.catch(() => undefined);
    if (underWay !== undefined) return underWay;
    const found = await this.#options.store.findOpening(key);
    return found && Math.abs(this.#options.steadyMs() - found.atMs) < KNOWN_MS.key ? found.sid : undefined;
  }

  /** Forgets starts that are too old for their rule, every few seconds. */
  async forgetOld(): Promise<void> {
    const { store, steadyMs } = this.#options;
    const nowMs = steadyMs();
    if (nowMs - this.#forgotAtMs < FORGET_EVERY_MS) return;
    this.#forgotAtMs = nowMs;
    // What is known by its body is forgotten with the end of its session.
    for (const rule of OPENING_RULES.filter((each) => each !== "body")) {
      const query = { rule, fromMs: nowMs - KNOWN_MS[rule], toMs: nowMs + DAY_MS, limit: FORGOTTEN_PER_SLICE };
      while ((await store.forgetOpenings(query)) === FORGOTTEN_PER_SLICE);
    }
  }

  async #findOrOpen(known: OpeningKey, open: Open): Promise<string> {
    const nowMs = this.#options.steadyMs();
    let found: OpenedByKey | undefined;
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      try {
        const sid = await open(found?.session);
        if (sid !== undefined) return sid;
      } catch (error) {
        if (found || !(await this.#isThere(known, error))) throw error;
      }
      found = await this.#options.store.findOpenedBy(known);
      const repeated = found && (await this.#repeated(known, found, nowMs));
      if (repeated !== undefined) return repeated;
      if (found && known.rule === "body") await this.#options.store.releaseBody(known.key, found.session);
    }
    throw new AppError("overloaded", "Cannot open the session: others open sessions under its key; repeat it later");
  }

  /** Whether a start that has found no room has opened a session before. */
  async #isThere(known: OpeningKey, error: unknown): Promise<boolean> {
    const isFull = error instanceof AppError && error.code === "overloaded";
    return isFull && (await this.#options.store.findOpenedBy(known)) !== undefined;
  }

  /** The sid of a found opening, if it is that of an equal start that is still known. */
  async #repeated(known: OpeningKey, found: OpenedByKey, nowMs: number): Promise<string | undefined> {
    const { rule, request } = known;
    if (Math.abs(nowMs - found.atMs) >= KNOWN_MS[rule]) return undefined;
    // A Media Edge client that has lost its session starts again under the same id.
    if (rule === "edge" && !found.isOpen) return undefined;
    if (rule === "body" && !(nowMs - found.askedAtMs >= QUIET_MS && found.isUntouched)) return undefined;
    if (rule !== "body" && found.request !== request) throw reusedKey();
    this.repeats.set(rule, (this.repeats.get(rule) ?? 0) + 1);
    if (rule === "body") await this.#options.store.noteAsked(known.key, nowMs);
    return found.sid;
  }
}
