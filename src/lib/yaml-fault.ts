/** What keeps a text from being YAML and where, in words for who has never read its specification. */
import { createRequire } from "node:module";
import type { Document, ErrorCode, Node } from "yaml";

/** The library that knows positions takes long to load: only when there is something to point at. */
export const yaml = (): typeof import("yaml") => createRequire(import.meta.url)("yaml");

const SPACES = "a line begins further left or right than those that it belongs with, or a bracket or a quote before it is not closed";
const COLON = "a name is not followed by a colon and a space, or a line begins too far left or right";
const OPEN = "a quote, a bracket or a brace is not closed, or a comma or a colon is missing";
const BEGUN = "a quote, a bracket or a brace that begins there is not closed";
const SIGN = "a text begins with, or has, a sign that means something in YAML: quotes around it keep it as it is";
const ALIAS = "a `*name` or a `&name` stands where none can be";

/** By the code of the library; those that are not here it tells well enough. */
const WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  BAD_ALIAS: ALIAS,
  ALIAS_PROPS: ALIAS,
  BAD_COLLECTION_TYPE: SIGN,
  BAD_INDENT: SPACES,
  BAD_SCALAR_START: SIGN,
  BLOCK_AS_IMPLICIT_KEY: COLON,
  BLOCK_IN_FLOW: OPEN,
  DUPLICATE_KEY: "a name stands twice in the same place",
  IMPOSSIBLE: SIGN,
  KEY_OVER_1024_CHARS: COLON,
  MISSING_CHAR: OPEN,
  MULTILINE_IMPLICIT_KEY: COLON,
  TAB_AS_INDENT: "lines are moved to the right by a tab, where YAML takes only spaces",
  UNEXPECTED_TOKEN: SIGN,
};

export interface Fault {
  /** Where to look, a place that the text has. */
  offset: number;
  why: string;
}

/** What is wrong with a text, in the order in which it is come to. What stands there is never quoted: it may be a secret. */
export function faultsOf(text: string, document: Document.Parsed): Fault[] {
  const faults = document.errors.map(({ code, message, pos: [at] }): Fault => {
    const begun = code === "BAD_INDENT" || code === "MISSING_CHAR" ? begunBefore(text, document, at) : null;
    if (begun !== null) return { offset: begun, why: BEGUN };
    return { offset: Math.min(at, Math.max(0, text.trimEnd().length - 1)), why: WORDS[code] ?? message.replace(/:?\s*".*$/s, "") };
  });
  // All that does not fit into what is not closed comes of that.
  return faults.filter((fault, i) => faults.findIndex(({ offset }) => offset === fault.offset) === i);
}

/** Where the last thing begins before `at` that is not closed: it is noticed where something else does not fit in, or at the end. */
function begunBefore(text: string, document: Document.Parsed, at: number): number | null {
  const { isCollection, isNode, isScalar, visit } = yaml();
  const isEnclosed = (node: Node): boolean =>
    isCollection(node) ? node.flow === true : isScalar(node) && node.type?.startsWith("QUOTE") === true;
  let begun: number | null = null;
  visit(document, (_, node) => {
    if (!isNode(node) || node.range == null) return;
    const [from, to] = node.range;
    if (isEnclosed(node) && from < at && (to - from < 2 || text[to - 1] !== CLOSES[text[from] ?? ""])) begun = Math.max(from, begun ?? 0);
  });
  return begun;
}

const CLOSES: Readonly<Record<string, string>> = { "[": "]", "{": "}", '"': '"', "'": "'" };
