/** Operations that say what the server is: its address, its document and its page. */

import Type from "typebox";
import type { Operation } from "../operation.ts";

const TEXT = Type.String();

/** `GET /`, `/openapi.json`, `/docs` with its script and style. */
export function documentationOperations(): readonly Operation[] {
  return [
    {
      id: "getLanding",
      method: "GET",
      path: "/",
      tag: "Documentation",
      summary: "What this server is",
      answers: { 200: { description: "A few lines.", schema: TEXT, contentType: "text/plain; charset=utf-8" } },
    },
    {
      id: "getOpenApi",
      method: "GET",
      path: "/openapi.json",
      tag: "Documentation",
      summary: "This description, for programs",
      description: "OpenAPI 3.1 of every route, readable from every origin. `playhead openapi` prints the same.",
      answers: {
        200: {
          description: "The document.",
          schema: Type.Unsafe({
            type: "object",
            properties: { openapi: { type: "string" }, info: { type: "object" }, paths: { type: "object" } },
            required: ["openapi", "info", "paths"],
            additionalProperties: true,
          }),
        },
      },
    },
    {
      id: "getDocs",
      method: "GET",
      path: "/docs",
      tag: "Documentation",
      summary: "This description, for people",
      answers: { 200: { description: "A page.", schema: TEXT, contentType: "text/html; charset=utf-8" } },
    },
    {
      id: "getDocsScript",
      method: "GET",
      path: "/docs/origin.js",
      tag: "Documentation",
      summary: "The script that puts the server's address into the page's examples",
      answers: { 200: { description: "A script.", schema: TEXT, contentType: "text/javascript; charset=utf-8" } },
    },
    {
      id: "getDocsStyle",
      method: "GET",
      path: "/docs/style.css",
      tag: "Documentation",
      summary: "The page's style",
      answers: { 200: { description: "A stylesheet.", schema: TEXT, contentType: "text/css; charset=utf-8" } },
    },
  ];
}
