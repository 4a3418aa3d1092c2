/** What is refused, or has to wait, before the trainer hears of it: where the supervisor knows better than to ask. */
import { patchProblem } from "../config/patch.ts";
import type { BridgeCommandKind, Capability, CapabilityName, PatchField } from "../core/bridge.ts";
import type { RequestStatus } from "../core/run.ts";

/** What is known of the stage that would have to do it. */
export interface Ability {
  script: string;
  capabilities: Partial<Record<CapabilityName, Capability>>;
  /** As the trainer told them last; null when it has not. */
  fields: readonly PatchField[] | null;
}

export type Judgement = { kind: "pass" } | { kind: "wait" } | { kind: "refuse"; reason: string };

const PASS: Judgement = { kind: "pass" };
const WAIT: Judgement = { kind: "wait" };
const refuse = (reason: string): Judgement => ({ kind: "refuse", reason });

/** What a trainer must be able to do for each command. */
const NEEDS: Readonly<Record<BridgeCommandKind, CapabilityName>> = {
  save: "save",
  stop: "stop",
  evaluate: "evaluate",
  sample: "sample",
  pause: "pause",
  resume: "pause",
  patch: "patch",
};

/** `earlier`: what was asked before it and is still open, in order. */
export function judgeRequest(
  request: RequestStatus,
  command: BridgeCommandKind,
  earlier: readonly RequestStatus[],
  ability: Ability,
): Judgement {
  const missing = missingCapability(command, ability);
  if (missing !== null) return refuse(missing);
  return RULES[command]?.(request, earlier, ability) ?? PASS;
}

type Rule = (request: RequestStatus, earlier: readonly RequestStatus[], ability: Ability) => Judgement;

const RULES: Readonly<Partial<Record<BridgeCommandKind, Rule>>> = { pause, resume, patch };

function pause(_: RequestStatus, earlier: readonly RequestStatus[]): Judgement {
  const open = (kind: RequestStatus["kind"]): boolean => earlier.some((one) => one.kind === kind);
  if (open("stop") || open("stop-now")) return refuse("The run is stopping already: there is nothing left to pause.");
  if (open("resume")) return WAIT;
  return open("pause") ? refuse("The run is paused already: ask it to go on instead.") : PASS;
}

/** Passed on only to a trainer that does wait: before, its ranks would be asked to leave what they have not entered. */
function resume(_: RequestStatus, earlier: readonly RequestStatus[]): Judgement {
  if (earlier.some(({ kind }) => kind === "resume")) return refuse("The run was asked to go on already: wait for that.");
  const paused = earlier.find(({ kind }) => kind === "pause");
  if (paused === undefined) return refuse("The run is not paused: there is nothing to go on from.");
  return paused.phase === "applied" ? PASS : WAIT;
}

function patch({ values = {} }: RequestStatus, _: readonly RequestStatus[], { fields }: Ability): Judgement {
  const wanted = Object.entries(values);
  if (wanted.length === 0) return refuse("A patch needs a field and its new value: name at least one.");
  const problems = fields === null ? [] : wanted.flatMap(([name, value]) => patchProblem(fields, name, value) ?? []);
  return problems.length === 0 ? PASS : refuse(`${problems.join("; ")}.`);
}

function missingCapability(command: BridgeCommandKind, { capabilities, script }: Ability): string | null {
  const capability = capabilities[NEEDS[command]];
  if (capability?.available) return null;
  return capability?.reason ?? `${script} did not say how to ${command} it.`;
}
