/** A refused request: what was wrong with it, and its body with the places marked. */

import type { TailEvents } from "../api/answers.ts";
import { Code } from "./code.tsx";
import { Json } from "./json.tsx";

export function Refusal({ method, path, status, message, errors, bodyText }: TailEvents["rejected"]) {
  return (
    <>
      <p class="mono">
        {method} {path}: {status}
      </p>
      {errors.length === 0 ? (
        <p class="bad">{message}</p>
      ) : (
        <ul class="problems" aria-label="What is wrong">
          {errors.map((problem) => (
            <li key={`${problem.pointer} ${problem.message}`}>
              <code>{problem.pointer === "" ? "the body" : problem.pointer}</code>{" "}
              <span class="bad">{problem.message}</span>
            </li>
          ))}
        </ul>
      )}
      {bodyText !== undefined && bodyText !== "" && (
        <Body text={bodyText} pointers={errors.map(({ pointer }) => pointer)} />
      )}
    </>
  );
}

/** The beginning of the body: whole JSON is marked where it is wrong, anything else stands as it came. */
function Body({ text, pointers }: { readonly text: string; readonly pointers: readonly string[] }) {
  const label = "The beginning of its body";
  try {
    return <Json label={label} value={JSON.parse(text)} marked={pointers} />;
  } catch {
    return <Code label={label}>{text}</Code>;
  }
}
