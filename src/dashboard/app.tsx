/** The frame of every page: the menu, the theme, signing in and out. */

import { useEffect, useState } from "preact/hooks";
import { signedIn } from "./api/ask.ts";
import { access, rightsOf } from "./model/access.ts";
import { loadCatalogue } from "./model/catalogue.ts";
import { addressOf, place } from "./model/place.ts";
import { keptParams } from "./model/scope.ts";
import { recallSignIn, signOut } from "./model/sign-in.ts";
import { choose, THEMES, theme } from "./model/theme.ts";
import { PAGES, type Page } from "./pages/pages.ts";
import { SignIn } from "./pages/sign-in.tsx";
import { Icon } from "./parts/icon.tsx";

export function App() {
  useEffect(() => void recallSignIn(), []);
  if (signedIn.value === "unknown") return <div class="waiting" role="status" aria-label="Loading" />;
  return signedIn.value === "no" ? <SignIn /> : <Frame />;
}

function Frame() {
  useEffect(() => {
    void loadCatalogue();
  }, []);
  const [first = "", id] = place.value.path;
  const page = PAGES.find(({ path }) => path === first);
  return (
    <div class="frame">
      <button type="button" class="skip" onClick={() => document.getElementById("content")?.focus()}>
        Skip to content
      </button>
      <Menu current={page} />
      <main id="content" tabIndex={-1}>
        {page ? <page.view id={id} key={page.path} /> : <Nowhere />}
      </main>
    </div>
  );
}

/** How many fit into the bar of a phone; the others are behind *More*. */
const FIRST_PAGES = 4;

function Menu({ current }: { readonly current: Page | undefined }) {
  const [isOpen, setOpen] = useState(false);
  const offered = PAGES.filter(isOffered);
  const further = offered.slice(FIRST_PAGES);
  useEffect(() => setOpen(false), [place.value]);
  return (
    <header class="menu">
      <a class="brand" href={addressOf([])}>
        <span class="brand-mark" aria-hidden="true">
          <Icon paths="M5 4v12M9 5l8 5-8 5z" />
        </span>
        Playhead
      </a>
      <nav aria-label="Pages">
        <ul>
          {offered.map((page, at) => (
            <li key={page.path} class={at < FIRST_PAGES ? "" : "further"}>
              <PageLink page={page} current={current} />
            </li>
          ))}
          <li class="more">
            <button
              type="button"
              aria-expanded={isOpen}
              class={current && further.includes(current) ? "current" : ""}
              onClick={() => setOpen(!isOpen)}
            >
              <Icon paths="M4 10h.01M10 10h.01M16 10h.01" />
              More
            </button>
          </li>
        </ul>
      </nav>
      <div class="menu-foot">
        <Foot />
      </div>
      {isOpen && (
        <div
          class="more-sheet"
          role="dialog"
          aria-label="More pages"
          onKeyDown={({ key }) => key === "Escape" && setOpen(false)}
        >
          <ul>
            {further.map((page) => (
              <li key={page.path}>
                <PageLink page={page} current={current} />
              </li>
            ))}
          </ul>
          <div class="more-foot">
            <Foot />
          </div>
        </div>
      )}
    </header>
  );
}

function PageLink({ page, current }: { readonly page: Page; readonly current: Page | undefined }) {
  return (
    <a href={addressTo(page)} aria-current={page === current ? "page" : undefined}>
      <Icon paths={page.icon} />
      {page.title}
    </a>
  );
}

const THEME_ICONS = {
  light: "M10 7a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM10 2v2M10 16v2M2 10h2M16 10h2",
  dark: "M16 12A7 7 0 0 1 8 4a6.5 6.5 0 1 0 8 8z",
  system: "M3 4h14v9H3zM8 16h4",
};
const THEME_WORDS = { light: "Light", dark: "Dark", system: "As the system has it" };

function Foot() {
  return (
    <>
      <Who />
      <a href="docs">API reference</a>
      <fieldset class="switch theme">
        <legend class="unseen">Theme</legend>
        {THEMES.map((each) => (
          <button
            key={each}
            type="button"
            aria-pressed={theme.value === each}
            aria-label={THEME_WORDS[each]}
            title={THEME_WORDS[each]}
            onClick={() => choose(each)}
          >
            <Icon paths={THEME_ICONS[each]} />
          </button>
        ))}
      </fieldset>
      <SignOut />
    </>
  );
}

function isOffered({ isAdmin }: Page): boolean {
  return !isAdmin || access.value?.isAdmin === true;
}

/** Who is signed in, where it is not the admin. */
function Who() {
  const token = access.value;
  const rights = token && rightsOf(token);
  if (!rights) return null;
  return (
    <p class="menu-who" title={`Signed in with the token ${token.name}`}>
      {token.name}: {rights}
    </p>
  );
}

function SignOut() {
  const [problem, setProblem] = useState<string>();
  const leave = () => signOut().catch((error) => setProblem(`You are still signed in: ${error.message}`));
  return (
    <>
      <button type="button" class="link" onClick={() => void leave()}>
        Sign out
      </button>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

function addressTo({ path, isScoped }: Page): string {
  return addressOf(path === "" ? [] : [path], isScoped ? keptParams() : {});
}

function Nowhere() {
  return (
    <div class="empty">
      <h1>There is no such page</h1>
      <p>
        <a href={addressOf([])}>Now</a>
      </p>
    </div>
  );
}
