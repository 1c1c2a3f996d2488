/**
 * Comes before every other module of the page: the charts' library formats numbers in the browser's language as it is
 * loaded, and Intl refuses some of them (`en-US@posix`, where the system has no locale), which would leave the page
 * blank.
 */

import { LOCALE } from "./format/locale.ts";

if (!isKnown(navigator.language)) {
  Object.defineProperty(navigator, "language", { value: LOCALE.numbers, configurable: true });
}

function isKnown(language: string): boolean {
  try {
    return Intl.getCanonicalLocales(language).length > 0;
  } catch {
    return false;
  }
}
