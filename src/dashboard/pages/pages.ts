/** The pages of the dashboard, in the order of the menu: a new one is a row here. */

import type { ComponentType } from "preact";
import { AdsPage } from "./ads.tsx";
import { AudiencePage } from "./audience.tsx";
import { MistakesPage } from "./mistakes.tsx";
import { NowPage } from "./now.tsx";
import { QualityPage } from "./quality.tsx";
import { SessionsPage } from "./sessions.tsx";
import { TailPage } from "./tail/tail-page.tsx";
import { TitlesPage } from "./titles/title-list.tsx";
import { TokensPage } from "./tokens.tsx";

export interface Page {
  /** The first part of its path; empty for the one that opens first. */
  readonly path: string;
  readonly title: string;
  /** The paths of its icon, drawn as lines on a field of 20 by 20. */
  readonly icon: string;
  /** Whether it asks within a range, a zone and filters, which links between such pages keep. */
  readonly isScoped: boolean;
  /** Whether only a token that may do everything is offered it. */
  readonly isAdmin?: true;
  /** Gets the rest of the path, if any. */
  readonly view: ComponentType<{ readonly id: string | undefined }>;
}

export const PAGES: readonly Page[] = [
  { path: "", title: "Now", icon: "M3 10h3l2-6 4 12 2-6h3", isScoped: false, view: NowPage },
  { path: "audience", title: "Audience", icon: "M3 16V9M8 16V4M13 16v-5M18 16V7", isScoped: true, view: AudiencePage },
  { path: "titles", title: "Titles", icon: "M3 4h14v12H3zM8 8l5 2-5 2z", isScoped: true, view: TitlesPage },
  { path: "quality", title: "Quality", icon: "M3 14a7 7 0 0 1 14 0M10 14l3-5", isScoped: true, view: QualityPage },
  { path: "ads", title: "Ads", icon: "M3 8v4h3l6 4V4L6 8zM15 8v4", isScoped: true, view: AdsPage },
  {
    path: "mistakes",
    title: "Mistakes",
    icon: "M10 3l8 14H2zM10 8v4M10 14v1",
    isScoped: true,
    view: MistakesPage,
  },
  { path: "sessions", title: "Sessions", icon: "M3 5h14M3 10h14M3 15h9", isScoped: true, view: SessionsPage },
  { path: "tail", title: "Live tail", icon: "M4 4l5 6-5 6M11 16h6", isScoped: false, view: TailPage },
  {
    path: "tokens",
    title: "Tokens",
    icon: "M12 8a4 4 0 1 1-3 4l-6 6M4 16l2 2",
    isScoped: false,
    isAdmin: true,
    view: TokensPage,
  },
];
