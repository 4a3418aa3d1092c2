/**
 * The TypeScript half of docs/bridge-protocol.md, version 1: reading event lines and making `control.json`.
 * Ten thousands of lines a second pass here: one JSON.parse and a look at the fields, no schema library.
 */
import type { BridgeCommandKind, BridgeEvent, ControlDocument, UnknownEvent, Values } from "../core/bridge.ts";
import { NON_FINITE } from "../lib/non-finite.ts";
import { type Check, isBoolean, isNumber, isRecord, isString, listOf, oneOf, optional, orNull, recordOf, shaped } from "../lib/shape.ts";

/** Everything that a trainer can be told, as far as its capabilities go. */
const COMMANDS: readonly BridgeCommandKind[] = ["save", "stop", "evaluate", "sample", "pause", "resume", "patch"];

/** `control.json` with all commands of the stage so far, in order. */
export const controlDocument = (commands: ControlDocument["commands"]): ControlDocument => ({ version: 1, commands });

/** Whether this is one entry of a `control.json`. */
export const isCommand = (value: unknown): value is ControlDocument["commands"][number] =>
  shaped({ id: isString, command: oneOf(...COMMANDS), values: optional(recordOf(isNumber)) })(value);

/** How much of a line that is not understood is kept. */
const LONGEST_SHOWN = 300;

const capability = shaped({ available: isBoolean, reason: orNull(isString), how: isString, missing: optional(recordOf(isString)) });
const file = shaped({ name: isString, bytes: isNumber });
const patchField = shaped({
  name: isString,
  type: oneOf("int", "float"),
  value: orNull(isNumber),
  min: orNull(isNumber),
  max: orNull(isNumber),
  effect: isString,
  off: optional(isString),
  frozen: orNull(isString),
});
const patchChange = shaped({ name: isString, from: orNull(isNumber), to: isNumber });
const fields = (shape: Record<string, Check>): ReadonlyArray<readonly [string, Check]> => Object.entries(shape);

type KnownKind = Exclude<BridgeEvent["kind"], "unknown">;

const FIELDS: Readonly<Record<KnownKind, ReadonlyArray<readonly [string, Check]>>> = {
  hello: fields({
    protocol: isNumber,
    rank: isNumber,
    world: isNumber,
    pid: isNumber,
    script: isString,
    python: isString,
    torch: orNull(isString),
    package: orNull(isString),
    capabilities: recordOf(capability),
  }),
  config: fields({ settings: isRecord, derived: isRecord, fields: optional(listOf(patchField)) }),
  step: fields({ step: isNumber, m: isRecord }),
  metrics: fields({ step: isNumber, m: isRecord }),
  phase: fields({
    name: oneOf("compile", "eval", "core", "sample", "save", "pause"),
    state: oneOf("begin", "end"),
    step: orNull(isNumber),
    seconds: optional(isNumber),
  }),
  sample: fields({ step: isNumber, prompt: isString, text: isString }),
  checkpoint: fields({
    step: isNumber,
    dir: isString,
    files: listOf(file),
    bytes: isNumber,
    seconds: isNumber,
    trigger: oneOf("schedule", "request", "final"),
  }),
  command: fields({
    id: isString,
    command: oneOf(...COMMANDS),
    state: oneOf("seen", "applied", "done", "refused"),
    step: orNull(isNumber),
    at: optional(isNumber),
    how: optional(isString),
    changes: optional(listOf(patchChange)),
    dir: optional(isString),
    bytes: optional(isNumber),
    reason: optional(isString),
  }),
  problem: fields({ what: isString, why: isString }),
  bye: fields({
    step: orNull(isNumber),
    code: isNumber,
    overhead: shaped({ hooks: isNumber, microsecondsPerHook: isNumber }),
  }),
};

/** One line of an events file, without its LF. Never throws: what it does not know comes back as `unknown` with the reason. */
export function parseEventLine(line: string): BridgeEvent {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch {
    return unknown(line, 0, "The line is not JSON.");
  }
  if (!isRecord(event)) return unknown(line, 0, "The line is not an object.");
  const { t, kind } = event;
  if (!isNumber(t)) return unknown(line, 0, "Its time `t` is missing.");
  const expected = isString(kind) && Object.hasOwn(FIELDS, kind as string) ? FIELDS[kind as KnownKind] : undefined;
  if (expected === undefined) return unknown(line, t as number, `Its kind ${JSON.stringify(kind) ?? ""} is not one of protocol version 1.`);
  for (const [name, check] of expected) {
    if (!check(event[name])) return unknown(line, t as number, `Its field \`${name}\` is missing or of the wrong type.`);
  }
  if (kind === "step" || kind === "metrics") {
    const bad = makeNumbers(event["m"] as Record<string, unknown>);
    if (bad !== null) return unknown(line, t as number, `Its value \`m.${bad}\` is no number.`);
  }
  return event as unknown as BridgeEvent; // every field of its kind was checked above
}

/** Puts numbers in the place of "NaN" and its like; the name of the first value that is no number, or null. */
function makeNumbers(values: Record<string, unknown>): string | null {
  for (const name in values) {
    if (typeof values[name] === "number") continue;
    const number = NON_FINITE.get(values[name]);
    if (number === undefined) return name;
    (values as Record<keyof Values, number>)[name] = number;
  }
  return null;
}

const unknown = (line: string, t: number, why: string): UnknownEvent => ({
  kind: "unknown",
  t,
  line: line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN)}…` : line,
  why,
});
