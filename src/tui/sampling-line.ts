/** How replies are sampled, and where, as one line that a person edits. */
import type { Sampling } from "../core/chat.ts";
import { fail, ok, type Result } from "../core/result.ts";

interface Settings {
  sampling: Partial<Sampling>;
  /** Null = what nanochat chooses; undefined = not said. */
  device: string | null | undefined;
}

interface Field {
  key: keyof Sampling;
  whole: boolean;
  least: number;
}

const FIELDS: Readonly<Record<string, Field>> = {
  temperature: { key: "temperature", whole: false, least: 0 },
  top_k: { key: "topK", whole: true, least: 0 },
  max_tokens: { key: "maxTokens", whole: true, least: 1 },
  seed: { key: "seed", whole: true, least: 0 },
};

/** `temperature=0.6 top_k=50 max_tokens=256 seed=42 device=auto` */
export const settingsText = ({ temperature, topK, maxTokens, seed }: Sampling, device: string | null): string =>
  `temperature=${temperature} top_k=${topK ?? 0} max_tokens=${maxTokens} seed=${seed} device=${device ?? "auto"}`;

/** The line read back; what is not in it stays as it is. */
export function parseSettings(text: string): Result<Settings> {
  const sampling: Record<string, number | null> = {};
  let device: Settings["device"];
  for (const word of text.split(/\s+/).filter(Boolean)) {
    const [name = "", value = ""] = word.split("=");
    const field = FIELDS[name];
    if (name === "device" && /^(auto|cpu|mps|cuda(:\d+)?)$/.test(value)) device = value === "auto" ? null : value;
    else if (name === "device") return fail("usage", `There is no device ${value}`, { remedy: "Write auto, cpu, mps, cuda or cuda:1" });
    else if (field === undefined)
      return fail("usage", `There is no ${name}`, { remedy: `Write ${[...Object.keys(FIELDS), "device"].join(", ")}, each as name=value` });
    else {
      const number = Number(value);
      if (value === "" || !Number.isFinite(number) || number < field.least || (field.whole && !Number.isInteger(number)))
        return fail("usage", `${name} takes a ${field.whole ? "whole " : ""}number from ${field.least}`);
      sampling[field.key] = field.key === "topK" && number === 0 ? null : number;
    }
  }
  return ok({ sampling: sampling as Partial<Sampling>, device });
}
