/** What an error event calls its error. */

interface Said {
  readonly type: string;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  readonly qoeData?: Readonly<Record<string, unknown>> | undefined;
}

/** Looks in the same places as the numbers, the newest first; undefined for other events. */
export function errorIdIn({ type, params, qoeData }: Said): string | undefined {
  if (type !== "error") return undefined;
  const id = qoeData?.["media.qoe.errorID"] ?? params?.["media.qoe.errorID"] ?? params?.["media.errorId"];
  return id === undefined ? undefined : String(id);
}
