/**
 * The page's script: puts the address that the reader came by into the examples.
 *
 * Only the browser knows that address, with a prefix that a proxy removed.
 */

import { EXAMPLE_ORIGIN } from "./curl.ts";

export const ORIGIN_SCRIPT = `const server = new URL(".", location.href).href.slice(0, -1);
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (texts.nextNode()) {
  const { currentNode: text } = texts;
  text.data = text.data.replaceAll("${EXAMPLE_ORIGIN}", () => server);
}
`;
