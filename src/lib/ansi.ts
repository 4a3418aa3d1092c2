/** Text from outside made harmless: nothing that a terminal would obey gets through. */

// CSI, OSC (to BEL or ST), DCS/SOS/PM/APC strings, and two-character escapes; ECMA-48 §5.3–5.6.
const ESCAPES =
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[PX^_][^\x1b]*(?:\x1b\\)?|\x1b[ -/]*[0-~]|\x9b[0-?]*[ -/]*[@-~]/g;
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;
// Direction overrides and isolates would reorder the rest of the row on a terminal that obeys them.
const BIDI = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const ANYTHING = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** Removes escape sequences and control characters; a tab becomes two spaces, LF is kept. A line that is rewritten with \r keeps its last state. */
export function plain(text: string): string {
  if (!ANYTHING.test(text) && !text.includes("\t")) return text;
  return afterCarriageReturn(text.replace(ESCAPES, "")).replace(CONTROLS, "").replace(BIDI, "").replaceAll("\t", "  ");
}

function afterCarriageReturn(text: string): string {
  if (!text.includes("\r")) return text;
  return text
    .split("\n")
    .map((line) => {
      const body = line.replace(/\r+$/, "");
      return body.slice(body.lastIndexOf("\r") + 1);
    })
    .join("\n");
}
