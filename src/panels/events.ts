/** What happened and what was asked for, newest at the bottom: requests with how far they got, saves, rewinds, gaps, problems. */
import type { EventKind, StoredEvent } from "../core/journal.ts";
import type { RequestStatus } from "../core/run.ts";
import type { Line, Scene, Span, Tone } from "../core/scene.ts";
import { plain } from "../lib/ansi.ts";
import { bytes, clock, count, duration, setting } from "../lib/format.ts";
import { numberField, type RunFacts, stageTitle, textField } from "./data.ts";
import { definePanel } from "./kind.ts";

const REQUEST_TITLES: Readonly<Record<RequestStatus["kind"], string>> = {
  save: "save now",
  stop: "stop and save",
  "stop-now": "stop without saving",
  evaluate: "evaluate now",
  sample: "sample now",
  pause: "pause",
  resume: "go on",
  patch: "patch",
  acknowledge: "acknowledge",
};

const PHASE_LOOK: Readonly<Record<RequestStatus["phase"], readonly [glyph: string, tone: Tone]>> = {
  requested: ["◐", "info"],
  seen: ["◐", "info"],
  applied: ["◐", "info"],
  done: ["○", "good"],
  refused: ["✕", "bad"],
};

/** A patch that has been applied: as on the charts. */
const PATCHED: (typeof PHASE_LOOK)["done"] = ["✎", "info"];

const KINDS: readonly EventKind[] = ["checkpoint", "rewind", "gap", "stage", "problem"];
const MOST = 200;

export function eventsPanel({ data, state }: Pick<RunFacts, "data" | "state">): Scene {
  const happened = data.events({ kinds: KINDS, limit: MOST }).map((event) => ({ at: event.at, line: eventLine(event) }));
  const asked = data.requests().map((request) => ({ at: Date.parse(request.at), line: requestLine(request) }));
  const lines = [...happened, ...asked].sort((a, b) => a.at - b.at).map(({ line }) => line);
  if (lines.length === 0) {
    const why =
      state.endedAt === null
        ? "Nothing has happened yet: saves, stops and problems are listed here"
        : "Nothing was saved, asked for or went wrong";
    return { title: "events", blocks: [{ block: { kind: "empty", why } }] };
  }
  return { title: "events", blocks: [{ block: { kind: "text", lines, anchor: "bottom" } }] };
}

/** What a patch changes: `eval_every 100 → 50`, or before it is applied `eval_every → 50`. */
export function patchText({ values = {}, changes }: Pick<RequestStatus, "values" | "changes">): string {
  const applied = changes?.map(({ name, from, to }) => `${name} ${setting(from)} → ${setting(to)}`);
  return (applied ?? Object.entries(values).map(([name, to]) => `${name} → ${setting(to)}`)).join(", ");
}

/** `save now · seen at step 812`, `patch eval_every 100 → 50 · done at step 9`, `save now · refused: why` */
export function requestText(request: RequestStatus): string {
  const { kind, phase, step, bytes: size, reason } = request;
  const at = step === null ? "" : ` at step ${count(step)}`;
  const more = phase === "refused" ? `: ${reason ?? "no reason was given"}` : phase === "done" && size !== null ? ` · ${bytes(size)}` : "";
  const what = [REQUEST_TITLES[kind], request.key ?? "", patchText(request)].filter((part) => part !== "").join(" ");
  return `${what} · ${phase}${phase === "refused" ? "" : at}${more}`;
}

function requestLine(request: RequestStatus): Line {
  const [glyph, tone] = request.changes === undefined ? PHASE_LOOK[request.phase] : PATCHED;
  return [stamp(Date.parse(request.at)), { text: `${glyph} `, tone }, { text: requestText(request) }];
}

const stamp = (at: number): Span => ({ text: `${clock(at, true)} `, tone: "muted" });

function eventLine(event: StoredEvent): Line {
  const [glyph, tone, text] = describe(event);
  return [stamp(event.at), { text: `${glyph} `, tone }, { text: plain(text) }];
}

function describe({ kind, step, body }: StoredEvent): readonly [glyph: string, tone: Tone, text: string] {
  switch (kind) {
    case "checkpoint":
      return [
        "◆",
        "accent",
        `checkpoint ${count(step)} · ${bytes(numberField(body, "bytes"))} in ${duration(numberField(body, "seconds"))}`,
      ];
    case "rewind":
      return ["⟳", "warn", `resumed: back from step ${count(numberField(body, "from"))} to ${count(numberField(body, "to"))}`];
    case "gap":
      return [
        "▲",
        "warn",
        `${duration(numberField(body, "seconds"))} of telemetry missing: ${textField(body, "reason") ?? "no reason is known"}`,
      ];
    case "stage":
      return stageEvent(textField(body, "name") ?? "", textField(body, "status") ?? "", textField(body, "reason"));
    default:
      return [
        "▲",
        "bad",
        [textField(body, "what"), textField(body, "why")].filter((part) => part !== null).join(": ") || "a source had a problem",
      ];
  }
}

function stageEvent(name: string, status: string, reason: string | null): readonly [string, Tone, string] {
  const text = `${stageTitle(name)} ${status}${reason === null ? "" : `: ${reason}`}`;
  if (status === "failed" || status === "lost") return ["✕", "bad", text];
  return status === "stopped" ? ["■", "warn", text] : [status === "running" ? "●" : "○", "good", text];
}

export const eventsKind = definePanel({
  kind: "events",
  title: "events",
  about: "What happened and what was asked for: saves, patches, stage changes, problems",
  options: {},
  from: ["events"],
  everyMs: 100,
  least: { width: 30, height: 5 },
  scene: ({ facts }) => eventsPanel(facts),
});
