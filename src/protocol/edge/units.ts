/** Units in which clients disagree: bitrates, and how long playback took to start. */

import { BITS_PER_KILOBIT } from "../../base/units.ts";
import type { BitrateUnit } from "../bitrate-unit.ts";
import type { Scalar } from "../event.ts";
import { flag } from "../flags.ts";
import type { Parameter } from "../parameters.ts";
import { type EdgeClient, sendsBits } from "./client.ts";

/** No rendition has 200 Mbit/s, and any has more than 200 kbit/s. */
const KILOBITS_MAX = 200_000;
/** No player starts within 60 ms, and seconds occur. */
const START_MS_MIN = 60;

/**
 * Brings a value into the unit that is stored.
 *
 * @param flags takes what was guessed
 */
export function inStoredUnit(
  unit: Parameter["unit"],
  value: Scalar,
  { client, bitrateUnit }: { readonly client: EdgeClient; readonly bitrateUnit: BitrateUnit },
  flags: string[],
): Scalar {
  if (typeof value !== "number") return value;
  if (unit === "ms" && value > 0 && value < START_MS_MIN) flags.push(flag("time-to-start-unit"));
  if (unit !== "bit/s" || bitrateUnit === "bps") return value;
  if (bitrateUnit === "kbps") return value * BITS_PER_KILOBIT;
  if (sendsBits(client)) return value;
  if (value <= KILOBITS_MAX) return value * BITS_PER_KILOBIT;
  flags.push(flag("bitrate-unit-guessed"));
  return value;
}
