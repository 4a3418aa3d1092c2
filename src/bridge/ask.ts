/** Has scripts of a trusted checkout tell what their source does not (bridge/nanochat_bridge/ask.py). */
import { z } from "zod";
import type { Parameter, ScriptInfo } from "../core/params.ts";
import { BRIDGE_DIR } from "../lib/self.ts";
import { run } from "./child.ts";
import { parameterSchema } from "./parameter.ts";

const answers = z.record(z.string(), z.union([z.object({ parameters: z.array(parameterSchema) }), z.object({ error: z.string() })]));
type Told = z.infer<typeof answers>[string];

/** Each script has 15 s of its own in the bridge. */
const TIMEOUT_MS = 60_000;

/** Whether something of a script's settings is left to be asked; one that reads its arguments itself could not tell either. */
export const leavesOpen = ({ style, parameters, issues }: ScriptInfo): boolean =>
  style !== "argv" && style !== "none" && (issues.length > 0 || parameters.some(({ defaultKnown }) => !defaultKnown));

/** The scripts, with what those told of which the source leaves something open. */
export async function askScripts(dir: string, python: readonly string[], scripts: ScriptInfo[]): Promise<ScriptInfo[]> {
  const open = scripts.filter(leavesOpen).map(({ module }) => module);
  if (open.length === 0) return scripts;
  const ran = await run([...python, "-m", "nanochat_bridge", "ask", dir, ...open], { cwd: BRIDGE_DIR, timeoutMs: TIMEOUT_MS });
  const told = parse(ran?.stdout ?? "");
  return scripts.map((script) => {
    if (!open.includes(script.module)) return script;
    return withAnswer(script, told?.[script.module] ?? { error: `${script.module} could not be asked: Python did not answer.` });
  });
}

function parse(text: string): z.infer<typeof answers> | null {
  try {
    return answers.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** What a script told wins where its source left something open; what only the source has (comments, sections) stays. */
export function withAnswer(script: ScriptInfo, told: Told): ScriptInfo {
  if ("error" in told) return { ...script, issues: [...script.issues, told.error] };
  const bySource = new Map(script.parameters.map((one) => [one.name, one]));
  const byScript = new Set(told.parameters.map(({ name }) => name));
  // The configurator takes no setting whose value is None, and cannot tell of it.
  const silent = script.parameters.filter((one) => !byScript.has(one.name) && script.style === "configurator" && one.nullable);
  return {
    ...script,
    parameters: [...told.parameters.map((one) => completed(bySource.get(one.name), one)), ...silent],
    issues: [],
    asked: true,
  };
}

function completed(read: Parameter | undefined, told: Parameter): Parameter {
  if (read === undefined) return told;
  const type = read.type === "unknown" ? told.type : read.type;
  const value = told.defaultKnown ? { default: told.default, defaultKnown: true } : {};
  return { ...read, type, choices: read.choices ?? told.choices, ...value };
}
