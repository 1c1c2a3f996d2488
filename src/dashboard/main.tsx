/** Where the page begins. */

import "./language.ts";
import { render } from "preact";
import { App } from "./app.tsx";
import { followPlace } from "./model/place.ts";
import { rememberScroll } from "./model/scroll-memory.ts";
import { applyTheme } from "./model/theme.ts";

const root = document.getElementById("app");
if (root) {
  applyTheme();
  followPlace();
  rememberScroll();
  render(<App />, root);
}
