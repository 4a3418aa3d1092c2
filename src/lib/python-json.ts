/** JSON as Python's `json.dump` writes it, with the bare words NaN, Infinity and -Infinity. */

/** A string, or one of the bare words outside of strings. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g;
const MARK = "\u0000number:";

/** Parses; throws what JSON.parse throws. */
export function parsePythonJson(text: string): unknown {
  if (!/Infinity|NaN/.test(text)) return JSON.parse(text);
  const marked = text.replace(TOKENS, (token) => (token.startsWith('"') ? token : JSON.stringify(MARK + token)));
  return JSON.parse(marked, (_key, value: unknown) =>
    typeof value === "string" && value.startsWith(MARK) ? Number(value.slice(MARK.length)) : value,
  );
}
