/** What keeps a text from being YAML, in words for who has never read its specification. */
import type { ErrorCode } from "yaml";

const SPACES = "a line begins further left or right than those that it belongs with, or a bracket or a quote before it is not closed";
const COLON = "a name is not followed by a colon and a space, or a line begins too far left or right";
const OPEN = "a quote, a bracket or a brace is not closed, or a comma or a colon is missing";
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

/** Never quotes what stands there: it may be a secret. */
export const faultText = ({ code, message }: { code: ErrorCode; message: string }): string =>
  WORDS[code] ?? message.replace(/:?\s*".*$/s, "");
