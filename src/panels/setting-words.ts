/** Words that ask for the value of a setting, where runs are filtered: `depth=4`, `lr>=1e-3`, `run!=dummy`, `fp8=*`. */
import type { Value } from "../core/plan.ts";

/** All values that a run's stages have of each setting. */
export type Settings = ReadonlyMap<string, readonly Value[]>;

const WORD = /^-?([a-z_][\w.-]*)(<=|>=|!=|=|<|>)(.+)$/i;

/** Whether something typed can only be told by settings. */
export const asksForSettings = (filter: string): boolean => filter.split(/[\s|]+/).some((word) => WORD.test(word));

const COMPARE: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
};

/** Whether a word in lower case holds of these settings; null when it asks for none. */
export function settingFits(word: string, settings: Settings | undefined): boolean | null {
  const [, name = "", sign = "", wanted = ""] = WORD.exec(word) ?? [];
  if (name === "") return null;
  const found = [...(settings ?? [])].filter(([setting]) => setting.toLowerCase().replaceAll("-", "_") === name.replaceAll("-", "_"));
  return found.some(([, values]) => values.some((value) => fits(value, sign, wanted)));
}

function fits(value: Value, sign: string, wanted: string): boolean {
  if (sign === "=" && wanted === "*") return value !== null;
  const [own, other] = [typeof value === "number" ? value : Number.NaN, Number(wanted)];
  if (!Number.isNaN(own) && !Number.isNaN(other)) return COMPARE[sign]?.(own, other) ?? false;
  const same = String(value).toLowerCase() === wanted;
  return sign === "=" ? same : sign === "!=" && !same;
}
