/** What the doctor's checks are made of. */
import type { Python } from "../bridge/python.ts";
import type { DataFacts, MachineFacts } from "../core/machine.ts";
import type { WorkspaceInfo } from "../core/params.ts";
import type { Result } from "../core/result.ts";
import type { Check, SetupFix } from "../core/setup.ts";
import type { checkAccounts } from "./accounts.ts";

/** What is examined. */
export interface Patient {
  info: WorkspaceInfo;
  python: Result<Python>;
  baseDir: string;
}

/** What the trainers import at their top: found by name, never imported (scripts/base_train.py@92d63d4); pip installs. */
export const WANTED = ["torch", "wandb", "tiktoken", "rustbpe", "tokenizers", "pyarrow", "datasets", "pip"] as const;
/** Versions by name; null = not installed. */
export type Modules = Readonly<Partial<Record<string, string | null>>>;

/** What several checks look at, looked at once. */
export interface Seen extends Patient {
  machine: Promise<MachineFacts | null>;
  data: DataFacts;
  modules: Promise<Modules | null>;
  accounts: Promise<Partial<Awaited<ReturnType<typeof checkAccounts>>>>;
}

export type Verdict = Omit<Check, "id" | "title">;
export type Look = (seen: Seen) => Promise<Verdict> | Verdict;

/** A verdict with what was seen, what would mend it in a sentence without its full stop, and the command that does. */
export const said = (
  status: Check["status"],
  verdict: string,
  evidence: string[],
  remedy: string | null = null,
  fix: SetupFix | null = null,
): Verdict => ({
  status,
  verdict,
  evidence,
  remedy,
  fix,
});

const NOT_FOR_POCKET = said("skipped", "the pocket needs none", ["The pocket model uses the standard library alone."]);

/** A check that the pocket has no use for. */
export const unlessPocket =
  (look: Look): Look =>
  (seen) =>
    seen.info.kind === "pocket" ? NOT_FOR_POCKET : look(seen);

/** Whether the checkout has a script, by its short name. */
export const hasScript = ({ scripts }: WorkspaceInfo, short: string): boolean => scripts.some(({ module }) => module.endsWith(`.${short}`));

/** A module of the checkout, as a fix would run it. */
export function moduleFix({ info, python, baseDir }: Patient, title: string, module: string, args: string[]): SetupFix | null {
  if (!python.ok) return null;
  return { title, argv: [...python.value.argv, "-m", module, ...args], cwd: info.dir, env: { NANOCHAT_BASE_DIR: baseDir } };
}

/** Installs a package into the Python that is used: with pip, or where there is none, as in uv's environments, with uv. */
export async function installFix({ python, info, modules }: Seen, name: string): Promise<SetupFix | null> {
  if (!python.ok) return null;
  const [program = "python3", ...rest] = python.value.argv;
  const hasPip = (await modules)?.["pip"] != null;
  const withUv = rest.length === 0 ? ["uv", "pip", "install", "--python", program, name] : ["uv", "sync"];
  return { title: `Install ${name}`, argv: hasPip ? [program, ...rest, "-m", "pip", "install", name] : withUv, cwd: info.dir, env: {} };
}
