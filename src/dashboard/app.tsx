/** The frame of every page: the menu, the theme, signing in and out. */

import { useEffect, useState } from "preact/hooks";
import { signedIn } from "./api/ask.ts";
import { recallSignIn, signOut } from "./api/sign-in.ts";
import { access, loadAccess, rightsOf } from "./model/access.ts";
import { loadCatalogue } from "./model/catalogue.ts";
import { addressOf, place } from "./model/place.ts";
import { keptParams } from "./model/scope.ts";
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
    void loadAccess();
    void loadCatalogue();
  }, []);
  const [first = "", id] = place.value.path;
  const page = PAGES.find(({ path }) => path === first);
  useEffect(() => {
    document.title = page ? `${page.title} · Playhead` : "Playhead";
  }, [page]);
  return (
    <div class="frame">
      <button type="button" class="skip" onClick={() => document.getElementById("content")?.focus()}>
        To the content
      </button>
      <Menu current={page} />
      <main id="content" tabIndex={-1}>
        {page ? <page.view id={id} key={page.path} /> : <Nowhere />}
      </main>
    </div>
  );
}

function Menu({ current }: { readonly current: Page | undefined }) {
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
          {PAGES.filter(isOffered).map((page) => (
            <li key={page.path}>
              <a href={addressTo(page)} aria-current={page === current ? "page" : undefined}>
                <Icon paths={page.icon} />
                {page.title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <div class="menu-foot">
        <Who />
        <a href="docs">API</a>
        <button
          type="button"
          class="link"
          onClick={() => choose(nextTheme())}
          title="Light, dark, or as the system has it"
        >
          Theme: {theme}
        </button>
        <SignOut />
      </div>
    </header>
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

function nextTheme() {
  return THEMES[(THEMES.indexOf(theme.value) + 1) % THEMES.length] ?? "system";
}

function Nowhere() {
  return (
    <div class="empty">
      <h1>There is no such page</h1>
      <p>
        <a href={addressOf([])}>What is going on now</a>
      </p>
    </div>
  );
}
