/** The unit of the bitrates that players report. */

/** `auto` goes by the client, or by how large a bitrate is. */
export type BitrateUnit = "auto" | "bps" | "kbps";
