/** Runs for tests of every panel: an ordinary one, one without anything, and those that are trouble. */
import type { EventKind, StoredLine } from "../core/journal.ts";
import type { MachineProcesses } from "../core/machine.ts";
import { GPU_FIGURES, gpuMetric, METRICS } from "../core/metrics.ts";
import type { Liveness, RunStatus, StageStatus } from "../core/run.ts";
import type { RunFacts } from "./data.ts";
import { FakeData, fakeFacts, fakePlan, fakeStage, fakeState, START } from "./fake-data.ts";
import type { RunRow } from "./runs.ts";

const HOST = 0;
const STAGE = 1;
const STEP_MS = 500;

type Value = (i: number, metric: string) => number;

const usualValue: Value = (i, metric) => {
  if (metric === "time/wall") return START + i * STEP_MS;
  if (metric === "train/tokens") return i * 512;
  if (metric === "train/seconds") return i * 0.5;
  if (metric === "train/flops") return i * 1e9;
  if (metric.startsWith("timer/")) return 0.1 + (i % 7) / 100;
  if (metric.endsWith("memory_total")) return 80 * 2 ** 30;
  if (metric.includes("memory") || metric.includes("disk")) return (40 + (i % 5)) * 2 ** 30;
  return 1 + (i % 13) / 10;
};

/** Every metric that is known by name, and those of so many GPUs, each with so many points. */
function filled(data: FakeData, { points, gpus, value = usualValue }: { points: number; gpus: number; value?: Value }): FakeData {
  const put = (stage: number, metric: string, every: number): void => {
    const keys = Array.from({ length: Math.max(1, Math.floor(points / every)) }, (_, i) => i * every);
    const at = (i: number): number => (stage === HOST ? START / 1000 + i : i);
    data.put(stage, metric, ...keys.map((i) => [at(i), value(i, metric)] as const));
  };
  for (const { id, cadence } of METRICS) put(cadence === "time" ? HOST : STAGE, id, cadence === "sometimes" ? 100 : 1);
  for (let gpu = 0; gpu < gpus; gpu++) for (const what of GPU_FIGURES) put(HOST, gpuMetric(gpu, what), 1);
  return data;
}

const EVENT_BODIES: Readonly<Record<EventKind, ReadonlyArray<Record<string, unknown>>>> = {
  hello: [{ protocol: 1, capabilities: {} }],
  config: [{ derived: { totalSteps: 1000, tokensPerStep: 512 }, fields: [] }],
  phase: [
    { name: "eval", state: "begin" },
    { name: "eval", state: "end", seconds: 12 },
  ],
  sample: [
    { prompt: "The capital of France is", text: "<|bos|>The capital of France is a town" },
    { prompt: "Gold is", text: "Gold is Au" },
  ],
  picture: [
    { key: "samples/attention", index: 0, path: "media/images/a.png", width: 64, height: 48, caption: "heads", beside: "a/b.wandb" },
    { key: "grid", index: 1, path: "../../x.png", width: null, height: null, caption: null, beside: "a/b.wandb" },
  ],
  checkpoint: [{ dir: "/b/d4", bytes: 1e6, seconds: 0.1, trigger: "schedule" }],
  request: [{ id: "p", kind: "patch", phase: "applied", changes: [{ name: "eval_every", from: 100, to: 50 }] }],
  rewind: [{ from: 500, to: 400 }],
  gap: [{ seconds: 12, reason: "the disk was full" }],
  stage: [{ name: "01-base_train", status: "running" }],
  problem: [{ source: "host", what: "nvidia-smi could not tell", why: "no driver" }],
  alert: [
    { phase: "raised", key: "spike", watch: "spike", severity: "warn", cause: "The loss jumped", evidence: [], actions: [] },
    { phase: "cleared", key: "spike", why: "it came back" },
  ],
  note: [{ tag: "host-gpu", fields: { index: 0, name: "NVIDIA H100 80GB HBM3", memoryBytes: 85e9 } }],
};

const KINDS = Object.keys(EVENT_BODIES) as EventKind[];

function told(data: FakeData, rounds: number): FakeData {
  for (let i = 0; i < rounds; i++) {
    for (const kind of KINDS) {
      const stage = kind === "note" ? HOST : STAGE;
      for (const body of EVENT_BODIES[kind]) data.event(kind, body, { stage, step: i * 100, at: START + i * 100 * STEP_MS });
    }
  }
  return data;
}

const asked = (data: FakeData): FakeData => {
  const at = new Date(START).toISOString();
  data.asked.push({ id: "1", kind: "save", phase: "done", step: 3, path: "/x", bytes: 10, reason: null, at });
  data.asked.push({ id: "2", kind: "stop", phase: "refused", step: null, path: null, bytes: null, reason: "it has ended", at });
  return data;
};

/** Escape sequences, controls, directions, wide and joined characters, marks without end. */
export const HOSTILE: readonly string[] = [
  "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J bell\x07 \r\rback\b",
  "\u202eright to left\u202c مرحبا بالعالم שלום",
  "👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301 ｗｉｄｅ 漢字 \ud800 lone",
  `Z${"\u0301".repeat(500)}algo`,
  "constructor",
  "one\ntwo\r\nthree\u2028four\ttab\0zero",
];
export const LONG_LINE = "very long line 漢 ".repeat(60_000);

function hostile(): FakeData {
  const data = filled(new FakeData(), { points: 20, gpus: 1 });
  for (const text of [...HOSTILE, LONG_LINE]) {
    data.put(STAGE, `train/${text.slice(0, 200)}`, [0, 1], [1, 2]);
    for (const kind of KINDS) {
      const fields = ["prompt", "text", "name", "reason", "dir", "what", "why", "cause", "key", "status", "trigger", "source", "tag"];
      const body = Object.fromEntries(fields.map((field) => [field, text]));
      data.event(kind, { ...body, state: "end", phase: "raised", evidence: [], fields: { name: text } }, { step: 5, at: START });
    }
  }
  for (const stream of ["stdout", "stderr", "supervisor"] as const) {
    for (const [i, text] of [...HOSTILE, LONG_LINE].entries()) {
      const level = (["debug", "info", "warn", "error"] as const)[i % 4]!;
      data.lines.push(line(data, { stream, level, text, rank: i % 3 }));
    }
  }
  return data;
}

const line = ({ lines }: FakeData, rest: Partial<StoredLine>): StoredLine => ({
  seq: lines.length + 1,
  stage: STAGE,
  at: START + lines.length * 10,
  stream: "stdout",
  rank: null,
  level: "info",
  text: "",
  ...rest,
});

/** Bodies whose fields are of no type that anybody expects. */
function wrongTypes(): FakeData {
  const data = filled(new FakeData(), { points: 5, gpus: 1 });
  const fields = [
    "name",
    "state",
    "seconds",
    "prompt",
    "text",
    "derived",
    "fields",
    "phase",
    "key",
    "cause",
    "evidence",
    "changes",
    "from",
  ];
  for (const value of [null, 1e300, "x", [], {}, [null], { name: 1 }, true]) {
    for (const kind of KINDS) data.event(kind, Object.fromEntries(fields.map((field) => [field, value])), { step: null, at: Number.NaN });
  }
  return data;
}

const ODD = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e300, -1e300, 1e-300, 0, -0, 5];
const odd: Value = (i, metric) => (metric === "time/wall" ? START - i * STEP_MS : (ODD[i % ODD.length] ?? 0));

function huge(): FakeData {
  const data = told(filled(new FakeData(), { points: 2000, gpus: 64 }), 100);
  for (let i = 0; i < 500; i++) data.put(STAGE, `custom/metric_${i}`, [0, i], [500, -i]);
  data.say(...Array.from({ length: 5000 }, (_, i) => `step ${i} of a run that prints a lot`));
  return data;
}

/** Runs by what is special about them; made once, read only. */
export const RUNS: Readonly<Record<string, () => FakeData>> = once({
  nothing: () => new FakeData(),
  ordinary: () => asked(told(filled(new FakeData(), { points: 400, gpus: 2 }), 4)).say("step 1", "WARNING: slow", "step 2"),
  "one point": () => filled(new FakeData(), { points: 1, gpus: 1 }),
  constant: () => filled(new FakeData(), { points: 50, gpus: 1, value: () => 3 }),
  "odd numbers": () => filled(told(new FakeData(), 2), { points: 100, gpus: 2, value: odd }),
  "hostile text": hostile,
  "wrong types": wrongTypes,
  huge,
});

function once(makers: Readonly<Record<string, () => FakeData>>): Record<string, () => FakeData> {
  const made = new Map<string, FakeData>();
  return Object.fromEntries(
    Object.entries(makers).map(([name, make]) => [
      name,
      () => {
        const data = made.get(name) ?? make();
        made.set(name, data);
        return data;
      },
    ]),
  );
}

/** How a run can be: its status, that of its stage, and whether somebody looks after it. */
export const ENDS: ReadonlyArray<readonly [RunStatus, StageStatus, Liveness]> = [
  ["starting", "pending", "owned"],
  ["running", "running", "owned"],
  ["running", "running", "unattended"],
  ["paused", "running", "owned"],
  ["stopping", "running", "owned"],
  ["done", "done", "ended"],
  ["failed", "failed", "ended"],
  ["stopped", "stopped", "ended"],
  ["lost", "lost", "ended"],
];

/** Some that any machine has, and some whose names are trouble. */
const PROCESSES: MachineProcesses = {
  at: START,
  cores: 8,
  all: ["python3", "bash", ...HOSTILE].map((name, i) => ({
    pid: 4000 + i,
    user: i % 3 === 0 ? name : "root",
    name,
    cpu: i === 1 ? null : i * 30.5,
    memory: (i + 1) * 2 ** 28,
    gpuMemory: i % 2 === 0 ? i * 2 ** 30 : null,
  })),
};

export function factsOfRun(data: FakeData, [status, stage, liveness]: (typeof ENDS)[number], reason: string | null = null): RunFacts {
  const over = liveness === "ended";
  const endedAt = over ? new Date(START + 120_000).toISOString() : null;
  const stages = [fakeStage(1, "base_train", { status: stage, endedAt, reason }), fakeStage(2, "chat_sft", { status: "pending" })];
  return fakeFacts(data, {
    state: fakeState({ status, stages, endedAt, reason }),
    liveness,
    plan: fakePlan({ eval_every: 100, depth: 12 }),
    ...(over ? {} : { processes: () => PROCESSES }),
    now: START + 180_000,
  });
}

/** So many runs of a home, with names that are trouble among them. */
export const fakeRuns = (count: number): RunRow[] =>
  Array.from({ length: count }, (_, i): RunRow => {
    const [status, , liveness] = ENDS[i % ENDS.length]!;
    return {
      id: `20260101-${String(i).padStart(6, "0")}-${i % 5 === 0 ? (HOSTILE[(i / 5) % HOSTILE.length] ?? "") : "pocket"}`,
      name: "pocket",
      prefab: "pocket",
      status,
      liveness,
      reason: null,
      createdAt: new Date(START - i * 60_000).toISOString(),
      endedAt: liveness === "ended" ? new Date(START).toISOString() : null,
      progress:
        i % 3 === 0
          ? null
          : {
              stage: 1,
              step: i,
              totalSteps: i % 2 === 0 ? null : 100,
              loss: ODD[i % ODD.length]!,
              valBpb: null,
              tokensPerSecond: 1e5,
              etaSeconds: 9,
            },
      stage: i % 3 === 0 ? null : i % 4 === 0 ? "chat_sft" : "base_train",
      problem: i % 7 === 0 ? "the file is torn" : null,
    };
  });
