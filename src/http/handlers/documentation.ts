/** What the server says about itself: the OpenAPI document, and the page that is made of it. */

import { renderDocsPage } from "../docs-page/page.ts";
import { STYLE } from "../docs-page/style.ts";
import { createDocument } from "../openapi/document.ts";
import type { ApiFacts } from "../openapi/operation.ts";
import { PAGE_HEADERS } from "../page.ts";
import type { Handler } from "../resource.ts";

export interface DocumentationHandlers {
  /** `GET /openapi.json` */
  readonly openApi: Handler;
  /** `GET /docs` */
  readonly page: Handler;
  /** `GET /docs/style.css` */
  readonly style: Handler;
}

export function documentationHandlers(facts: ApiFacts): DocumentationHandlers {
  // Made when somebody asks, so that the start waits for neither; then kept, since nothing in them changes.
  const openApi = once(() => JSON.stringify(createDocument(facts)));
  const page = once(() => renderDocsPage(createDocument(facts)));
  return {
    openApi: answerWith("application/json", openApi),
    page: answerWith("text/html; charset=utf-8", page),
    style: answerWith("text/css; charset=utf-8", () => STYLE),
  };
}

function answerWith(contentType: string, text: () => string): Handler {
  return (_request, headers) =>
    new Response(text(), { headers: { ...headers, ...PAGE_HEADERS, "Content-Type": contentType } });
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
