/** A report as a file. */

import { send } from "../api/ask.ts";

/** Asks for a report as CSV and hands it to the browser as a download. @throws AskError */
export async function downloadCsv(path: string, name: string): Promise<void> {
  const response = await send(path, { headers: { Accept: "text/csv" } });
  const url = URL.createObjectURL(await response.blob());
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
