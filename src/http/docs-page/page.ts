/**
 * The page that people read, made of the OpenAPI document alone, so that it tells them the same as programs.
 *
 * Its links are relative, so that they work below a prefix. Its one script puts the server's address into the examples.
 */

import type { DocumentedOperation, OpenApiDocument } from "../openapi/form.ts";
import { CONTENT_ID, ERRORS_ID, EVENTS_ID, OBJECTS_ID, operationAnchor, schemaAnchor, tagAnchor } from "./anchor.ts";
import { type AnswerEntry, answerList } from "./answers.ts";
import { componentSection } from "./component.ts";
import { EXAMPLE_ORIGIN, type ExampleRequest } from "./curl.ts";
import entries from "./entries.css" with { type: "text" };
import frame from "./frame.css" with { type: "text" };
import { html, type Markup } from "./html.ts";
import { type NavigationGroup, navigation } from "./navigation.ts";
import { methodBadge, operationSection } from "./operation.ts";
import { phrase, prose } from "./prose.ts";
import { eventNames, reachableFrom, titleOf } from "./schema-words.ts";

/** The page's style. The frame's comes first, so that its content may overrule it. */
export const STYLE: string = frame + entries;

interface Group {
  readonly id: string;
  readonly title: string;
  readonly words: readonly Markup[];
  readonly sections: readonly Markup[];
  readonly links: NavigationGroup["links"];
}

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E" +
  "%3Cpath fill='%234c6ef5' d='M3 1.5v13l11-6.5z'/%3E%3C/svg%3E";

/** Renders the page. */
export function renderDocsPage(document: OpenApiDocument): string {
  const { info } = document;
  const groups = [...tagGroups(document), errorsGroup(document), ...componentGroups(document)];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${info.title} API ${info.version}</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="docs/style.css">
<script src="docs/origin.js" defer></script>
</head>
<body>
<a class="skip" href="#${CONTENT_ID}">Skip to the content</a>
<header>
<p class="brand"><a href="docs">${info.title}</a> <span>API</span></p>
<p class="facts">${info.version} · ${info["x-validation"]} · <a href="openapi.json">openapi.json</a></p>
</header>
${navigation(groups.map(({ id, title, links }) => ({ to: id, words: title, links })))}
<main id="${CONTENT_ID}" tabindex="-1">
<section class="introduction">
<h1>${info.summary}</h1>
${prose(info.description)}
<p>${phrase(examplesWords(document))}</p>
</section>
${groups.map(groupSection)}</main>
</body>
</html>
`;
  return page.text;
}

function examplesWords({ components }: OpenApiDocument): string {
  const secret = Object.keys(components.securitySchemes).length > 0 ? ", `$TOKEN` for the admin token" : "";
  return `In the examples, \`${EXAMPLE_ORIGIN}\` stands for this server, \`$SID\` for a session's id${secret}.`;
}

function groupSection({ id, title, words, sections }: Group): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-title">
<div class="group">
<h2 id="${id}-title"><a href="#${id}">${title}</a></h2>
${words}
</div>
${sections}</section>
`;
}

function tagGroups(document: OpenApiDocument): readonly Group[] {
  return document.tags.map(({ name, description }) => {
    const requests = requestsOf(document, name);
    return {
      id: tagAnchor(name),
      title: name,
      words: prose(description),
      sections: requests.map((request) => operationSection(request, document)),
      links: requests.map(({ method, operation }) => ({
        to: operationAnchor(operation.operationId),
        words: html`${methodBadge(method)} <span>${operation.summary}</span>`,
      })),
    };
  });
}

function requestsOf({ paths }: OpenApiDocument, tag: string): readonly ExampleRequest[] {
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries<DocumentedOperation>(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  return all.filter(({ operation }) => operation.tags.includes(tag));
}

/** Explains once what every operation refers to. */
function errorsGroup({ components, paths }: OpenApiDocument): Group {
  const [operation] = Object.values(paths).flatMap((methods) => Object.values(methods));
  const shared = Object.entries(operation?.responses ?? {}).flatMap(([status, response]): AnswerEntry[] => {
    const found = "$ref" in response ? components.responses[response.$ref.split("/").at(-1) ?? ""] : undefined;
    return found ? [[status, found]] : [];
  });
  return {
    id: ERRORS_ID,
    title: "Errors",
    words: [
      ...prose("Each operation lists the errors of its own; these any path may answer. The body is the same for all."),
      answerList(shared, { schemas: components.schemas }),
    ],
    sections: [],
    links: [],
  };
}

function componentGroups(document: OpenApiDocument): readonly Group[] {
  const names = Object.keys(document.components.schemas);
  const isEvent = (name: string) => eventNames(document.components.schemas[name] ?? {}).length > 0;
  return [
    {
      id: EVENTS_ID,
      title: "Event types",
      words: prose(eventWords(document)),
      ...sectionsOf(names.filter(isEvent), document),
    },
    {
      id: OBJECTS_ID,
      title: "Objects",
      words: prose("What bodies and answers are made of."),
      ...sectionsOf(
        names.filter((name) => !isEvent(name)),
        document,
      ),
    },
  ];
}

function eventWords({ components: { schemas } }: OpenApiDocument): string {
  const keys = Object.values(schemas).flatMap(({ properties = {} }) =>
    Object.values(properties["params"]?.properties ?? {}),
  );
  const expected = "An expected key is documented as required; here an event without it is kept, and flagged.";
  return `What a player may send, by its \`eventType\`. A key or member whose value is null counts as absent. ${
    keys.some((key) => key["x-expected"]) ? expected : ""
  }`;
}

function sectionsOf(names: readonly string[], document: OpenApiDocument): Pick<Group, "sections" | "links"> {
  const { schemas } = document.components;
  const bodies = Object.values(document.paths)
    .flatMap((methods) => Object.values(methods))
    .flatMap(({ requestBody }) => Object.values(requestBody?.content ?? {}));
  const sent = new Set(bodies.flatMap(({ schema }) => [...reachableFrom(schema, schemas)]));
  return {
    sections: names.map((name) => componentSection(name, document, sent)),
    links: names.map((name) => ({ to: schemaAnchor(name), words: titleOf(name, schemas) })),
  };
}
