/** The dashboard: one page, its script and its style, all public. The data that it shows needs the token. */

import { type Asset, answerAsset } from "../answer/asset.ts";
import { fromSlash, PAGE_HEADERS } from "../answer/page.ts";
import { type DashboardParts, readDashboard } from "../dashboard-parts.ts";
import type { Handler } from "../resource.ts";

interface DashboardHandlers {
  /** `GET /admin` */
  readonly page: Handler;
  /** `GET /admin/app.js` */
  readonly script: Handler;
  /** `GET /admin/app.css` */
  readonly style: Handler;
}

const TYPES: Readonly<Record<keyof DashboardParts, string>> = {
  page: "text/html; charset=utf-8",
  script: "text/javascript; charset=utf-8",
  style: "text/css; charset=utf-8",
};
/** Browsers revalidate each time, and so never show the page of an older server. */
const KEPT = { ...PAGE_HEADERS, "Cache-Control": "no-cache" };

export function dashboardHandlers(): DashboardHandlers {
  let read: Promise<DashboardParts> | undefined;

  /** Reads a part on its first request, so that the start doesn't wait for it, and keeps it. */
  async function find(name: keyof DashboardParts): Promise<Asset> {
    read ??= readDashboard();
    return (await read)[name];
  }

  const serve =
    (name: keyof DashboardParts): Handler =>
    async (request, headers) =>
      fromSlash(request, headers, "admin") ??
      answerAsset(request, await find(name), { ...headers, ...KEPT, "Content-Type": TYPES[name] });
  return { page: serve("page"), script: serve("script"), style: serve("style") };
}
