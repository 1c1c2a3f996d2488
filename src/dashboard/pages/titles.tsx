/** Titles: all of them, or one. */

import { OneTitle } from "./titles/one-title.tsx";
import { TitleList } from "./titles/title-list.tsx";

export function TitlesPage({ id }: { readonly id: string | undefined }) {
  return id === undefined ? <TitleList /> : <OneTitle id={id} key={id} />;
}
