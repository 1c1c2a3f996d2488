/** What the server says about itself: the OpenAPI document, and the page made from it. */

import { fromSlash, PAGE_HEADERS } from "../answer/page.ts";
import type { ApiFacts } from "../openapi/operation.ts";
import type { Handler } from "../resource.ts";

interface DocumentationHandlers {
  /** `GET /openapi.json` */
  readonly openApi: Handler;
  /** `GET /docs` */
  readonly page: Handler;
  /** `GET /docs/origin.js` */
  readonly script: Handler;
  /** `GET /docs/style.css` */
  readonly style: Handler;
}

export function documentationHandlers(facts: ApiFacts): DocumentationHandlers {
  // Each is built on its first request, so that the start doesn't wait, and kept, since none changes.
  const document = once(async () => (await import("../openapi/document.ts")).createDocument(facts));
  const openApi = once(async () => JSON.stringify(await document()));
  const page = once(async () => (await import("./page.ts")).renderDocsPage(await document()));
  const script = once(async () => (await import("./origin.ts")).ORIGIN_SCRIPT);
  const style = once(async () => (await import("./page.ts")).STYLE);
  const answerPage = answerWith("text/html; charset=utf-8", page);
  return {
    openApi: answerWith("application/json", openApi),
    page: (request, headers, server) => fromSlash(request, headers, "docs") ?? answerPage(request, headers, server),
    script: answerWith("text/javascript; charset=utf-8", script),
    style: answerWith("text/css; charset=utf-8", style),
  };
}

function answerWith(contentType: string, text: () => Promise<string>): Handler {
  return async (_request, headers) =>
    new Response(await text(), { headers: { ...headers, ...PAGE_HEADERS, "Content-Type": contentType } });
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
