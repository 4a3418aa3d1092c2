/** What was tried on which version, and the page that tells it. */
import { COMMITS, type Commit } from "../../src/config/captures/capture.ts";

/** What is tried on every version, in this order. */
export const TRIED = {
  train: "a run trains",
  save: "it saves when asked",
  patch: "it takes another `eval_every` and learning rate at one step",
  evaluate: "it evaluates when asked",
  stop: "it stops with a checkpoint",
  list: "its checkpoints are listed whole",
  fit: "a checkpoint fits its own checkout",
  resume: "training goes on from it",
  continue: "the model goes on from a prompt",
  chat: "the model answers",
  mid: "`mid_train` trains on it, is steered and stops",
  sft: "`chat_sft` trains on that, is steered and stops",
  rl: "`chat_rl` trains on that, is steered and stops",
} as const;
export type Tried = keyof typeof TRIED;

/** Null: it worked. A sentence: why not, in the program's own words or, where nothing can be tried here, in ours. */
export type Outcome = string | null;

export type Outcomes = ReadonlyMap<string, ReadonlyMap<Tried, Outcome>>;

/** Whether every known version was tried with everything: only then a page is worth writing. */
export const isWhole = (outcomes: Outcomes): boolean =>
  COMMITS.every((commit) => (Object.keys(TRIED) as Tried[]).every((tried) => outcomes.get(commit)?.has(tried)));

export interface Surroundings {
  parameters: ReadonlyMap<string, number>;
  torch: string;
  date: string;
}

/** The page, in Markdown. */
export function compatibilityPage(outcomes: Outcomes, { parameters, torch, date }: Surroundings): string {
  const tried = Object.keys(TRIED) as Tried[];
  const rows = COMMITS.map((commit) => [commit, String(parameters.get(commit) ?? "?"), ...tried.map((one) => sign(outcomes, commit, one))]);
  const head = ["version", "parameters", ...tried];
  const reasons = COMMITS.flatMap((commit) => reasonsOf(outcomes, commit));
  return `# Versions of nanochat

Written by \`npm run test:nanochat\` with all of these checkouts in \`NANOCHAT_DIR\` and \`NANOCHAT_DIRS\` (${date}, torch ${torch}, on a
CPU): do not edit. ○ was seen to work with real torch; – cannot be, and below stands why.

${markdownTable(head, rows)}

${tried.map((one) => `- **${one}**: ${TRIED[one]}`).join("\n")}

## Why not

${reasons.join("\n")}
`;
}

const sign = (outcomes: Outcomes, commit: Commit, tried: Tried): string => (outcomes.get(commit)?.get(tried) === null ? "○" : "–");

/** One line for each reason, with all that it keeps from working. */
function reasonsOf(outcomes: Outcomes, commit: Commit): string[] {
  const byReason = new Map<string, Tried[]>();
  for (const [tried, outcome] of outcomes.get(commit) ?? []) {
    if (outcome !== null) byReason.set(outcome, [...(byReason.get(outcome) ?? []), tried]);
  }
  return [...byReason].map(([reason, tried]) => `- ${commit}, ${tried.join(", ")}: ${reason}`);
}

function markdownTable(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
