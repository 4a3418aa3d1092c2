/** Asks for a secret on a terminal, or takes it from a pipe. What is typed is never echoed. */
import { StringDecoder } from "node:string_decoder";
import { fail, ok, type Result } from "../core/result.ts";

const LARGEST_BYTES = 64 * 1024;
/** Enough to see that something arrives; the number beside them says how much. */
const MOST_DOTS = 8;

export interface Typed {
  value: string;
  end: "enter" | "cancelled" | null;
}

/** Keys of terminals that are more than one character (arrows, paste marks): none of them belongs into a secret. */
const KEY_SEQUENCES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|O.|.)?/g;

/** Pure: what is in the field after these keys. Backspace, ctrl+u, enter, ctrl+c and ctrl+d do what they do in a shell. */
export function typeInto(before: string, keys: string): Typed {
  let value = before;
  for (const key of keys.replace(KEY_SEQUENCES, "")) {
    if (key === "\r" || key === "\n") return { value, end: "enter" };
    if (key === "\x03" || (key === "\x04" && value === "")) return { value: "", end: "cancelled" };
    if (key === "\x7f" || key === "\b") value = value.slice(0, -1);
    else if (key === "\x15") value = "";
    else if (key >= " ") value += key;
  }
  return { value, end: null };
}

/** The field as it is drawn: dots, and how many characters there are. */
export const maskedLine = (label: string, value: string): string =>
  `\r\x1b[K${label}: ${"*".repeat(Math.min(value.length, MOST_DOTS))}${value.length > MOST_DOTS ? ` (${value.length} characters)` : ""}`;

/** `interrupted` when the person thought better of it. The question goes to stderr: stdout is for the answer. */
export const readSecret = (label: string): Promise<Result<string>> => (process.stdin.isTTY ? promptMasked(label) : readPiped());

/** Signals that end a program with its terminal in raw mode, unless somebody puts it back first. */
const ENDINGS = { SIGTERM: 143, SIGHUP: 129, SIGINT: 130 } as const;

async function promptMasked(label: string): Promise<Result<string>> {
  const { stdin, stderr } = process;
  const restore = (): void => {
    stdin.setRawMode(false);
    stderr.write("\n");
  };
  const listeners = Object.entries(ENDINGS).map(([signal, code]) => ({
    signal,
    listener: () => {
      restore();
      process.exit(code);
    },
  }));
  stdin.setRawMode(true);
  for (const { signal, listener } of listeners) process.on(signal, listener);
  try {
    return await typed(label);
  } finally {
    for (const { signal, listener } of listeners) process.off(signal, listener);
    restore();
    stdin.pause();
  }
}

function typed(label: string): Promise<Result<string>> {
  const { stdin, stderr } = process;
  const decoder = new StringDecoder("utf8");
  let value = "";
  stderr.write(maskedLine(label, value));
  return new Promise((done) => {
    const stop = (result: Result<string>): void => {
      stdin.off("data", take).off("end", abandoned);
      done(result);
    };
    const abandoned = (): void => stop(fail("interrupted", "Nothing was entered, and nothing was changed"));
    const take = (keys: Buffer): void => {
      const now = typeInto(value, decoder.write(keys));
      value = now.value;
      stderr.write(maskedLine(label, value));
      if (now.end === "cancelled") abandoned();
      else if (now.end === "enter") stop(ok(value));
    };
    stdin.on("data", take).on("end", abandoned);
  });
}

async function readPiped(): Promise<Result<string>> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of Bun.stdin.stream()) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > LARGEST_BYTES)
      return fail("usage", "Far more was piped in than a secret has", { remedy: "Pipe in the secret alone" });
  }
  if (text.trim() !== "") return ok(text);
  return fail("usage", "Nothing was piped in, and there is no terminal to ask on", {
    remedy: "Pipe it in, such as `secrets set wandb < FILE`, or run this on a terminal",
  });
}
