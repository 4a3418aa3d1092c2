/** Hides secrets in text that is shown or kept. One redactor a process, at the few doors that text leaves by. */

/** Shorter values would be found inside of ordinary words, so they are not looked for. */
export const SHORTEST_SECRET = 8;

interface Form {
  text: string;
  instead: string;
}

/**
 * Secrets that can be told by their look, whether or not they are known here: Hugging Face tokens, W&B's newer keys, what
 * is assigned to a variable that holds one, and HTTP authorization.
 */
const SHAPES: ReadonlyArray<readonly [look: RegExp, instead: string]> = [
  [/\bhf_[A-Za-z0-9]{30,}/g, "[token hidden]"],
  [/\bwandb_v1_[\w-]{40,}/g, "[key hidden]"],
  [/\b(WANDB_API_KEY|HF_TOKEN|HUGGING_FACE_HUB_TOKEN)(["']?\s*[=:]\s*["']?)(?![[\s])[^\s"',;]{8,}/g, "$1$2[hidden]"],
  [/\b(Basic|Bearer) [\w+/.~-]{20,}=*/g, "$1 [hidden]"],
];
/** What one of the shapes must hold: one look for lines that have none, which are nearly all. */
const ANY_SHAPE = /hf_|wandb_v1_|WANDB_API_KEY|HF_TOKEN|HUB_TOKEN|Basic |Bearer /;

export class Redactor {
  #forms: Form[] = [];
  #learned = new Set<string>();

  /** From here on `value` is hidden, as it is and in the encodings that it travels in. `name` is shown in its place. */
  learn(name: string, value: string): void {
    if (value.length < SHORTEST_SECRET || this.#learned.has(value)) return;
    this.#learned.add(value);
    const instead = `[${name} hidden]`;
    this.#forms.push(...encodings(value).map((text) => ({ text, instead })));
    // A secret that is a part of another one must not leave the rest of that one behind.
    this.#forms.sort((a, b) => b.text.length - a.text.length);
  }

  text(text: string): string {
    let hidden = text;
    for (const form of this.#forms) if (hidden.includes(form.text)) hidden = hidden.replaceAll(form.text, form.instead);
    if (ANY_SHAPE.test(hidden)) for (const [look, instead] of SHAPES) hidden = hidden.replace(look, instead);
    return hidden;
  }

  /** The same value with every string in it redacted; names of fields too. */
  deep<T>(value: T): T {
    return this.#deep(value) as T;
  }

  #deep(value: unknown): unknown {
    if (typeof value === "string") return this.text(value);
    if (Array.isArray(value)) return value.map((part) => this.#deep(part));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [this.text(name), this.#deep(part)]));
  }
}

/** The process's own: whoever comes to know a secret teaches it, whoever lets text out asks it. */
export const redactor = new Redactor();

/** What is said of an error of our own: its stack, which may quote anything. */
export const crashText = (error: unknown): string => redactor.text(error instanceof Error ? (error.stack ?? error.message) : String(error));

/** The value, percent-encoded, and in base64 behind anything at all (`api:` of a Basic header, a whole document). */
function encodings(value: string): string[] {
  const base64 = [0, 1, 2].map((offset) => base64Core(value, offset));
  const url = base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  return [...new Set([value, encodeURIComponent(value), ...base64, ...url])];
}

/** The characters of base64 that depend on `value` alone when `offset` bytes (modulo 3) stand before it. */
function base64Core(value: string, offset: number): string {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
  // Each character is six bits: the first and the last may hold bits of what stands beside the value.
  const from = Math.ceil((offset * 8) / 6);
  const to = Math.floor((bytes.length * 8) / 6);
  return bytes.toString("base64").slice(from, to);
}
