import { afterEach, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alertEvent, type DeliveryNote } from "../core/alert.ts";
import type { JournalEvent } from "../core/journal.ts";
import { type AlertConfig, DEFAULT_CONFIG } from "../services/alert-settings.ts";
import { alertDocument, callWebhook, type DeliveredAlert, Delivery, runCommand } from "./delivery.ts";

const RUN = { id: "20260101-120000-one", name: "one", dir: "/runs/one" };
const alert = (key: string): DeliveredAlert => ({
  key,
  watch: "spike",
  severity: "warn",
  stage: 2,
  step: 675,
  at: 1_795_740_139_000,
  cause: "The loss jumped.",
  evidence: [{ metric: "train/loss_raw", value: "Infinity", compared: "before", against: 2 }],
  actions: ["save"],
});
const DOCUMENT = alertDocument(RUN, alert("spike"));

let folder: string;
let notes: DeliveryNote[];
let config: AlertConfig;
let delivery: Delivery;
const newDelivery = () =>
  new Delivery(
    RUN,
    () => config,
    (note) => notes.push(note),
  );
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "nanochat-cli-test-"));
  notes = [];
  config = { ...DEFAULT_CONFIG, command: ["sh", "-c", `cat >> ${folder}/told; echo >> ${folder}/told`] };
  delivery = newDelivery();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const told = (): Array<Record<string, unknown>> =>
  existsSync(join(folder, "told"))
    ? readFileSync(join(folder, "told"), "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    : [];
const outcomes = (): string[] => notes.map(({ key, way, outcome }) => `${key} ${way} ${outcome}`);

test("a command gets the alert on its stdin, each once and in order", async () => {
  delivery.take(alert("a"), 0);
  delivery.take(alert("b"), 0);
  await delivery.settle();
  expect(told()).toMatchObject([
    { version: 1, key: "a", run: RUN, step: 675, text: "▲ 20260101-120000-one: The loss jumped.", at: "2026-11-27T00:42:19.000Z" },
    { key: "b" },
  ]);
  expect(outcomes()).toEqual(["a command sent", "b command sent"]);
  expect(notes.map(({ raisedAt }) => raisedAt)).toEqual([alert("a").at, alert("b").at]);
  delivery.take({ ...alert("c"), at: 1000.4 }, 0);
  delivery.take({ ...alert("d"), at: 1000.6 }, 0);
  await delivery.settle();
  // As the journal keeps them.
  expect(notes.slice(2).map(({ raisedAt }) => raisedAt)).toEqual([1000, 1001]);
});

test("the environment of a command tells of the alert, and holds nothing that could be a secret", async () => {
  process.env["WANDB_API_KEY"] = "0123456789abcdef";
  try {
    await runCommand(["sh", "-c", `env > ${folder}/env`], DOCUMENT, 5000);
  } finally {
    delete process.env["WANDB_API_KEY"];
  }
  const env = readFileSync(join(folder, "env"), "utf8");
  expect(env).toContain("NANOCHAT_ALERT_KEY=spike\n");
  expect(env).toContain("NANOCHAT_ALERT_STEP=675\n");
  expect(env).toMatch(/^PATH=/m);
  expect(env).not.toContain("WANDB");
});

test("a command that fails, hangs or is not there is a note, not tried again", async () => {
  expect(await runCommand(["sh", "-c", "echo it is broken >&2; exit 3"], DOCUMENT, 5000)).toBe("sh ended with exit code 3: it is broken.");
  expect(await runCommand([join(folder, "nothing")], DOCUMENT, 5000)).toEndWith(
    "nothing could not be started: it is no file that can be run.",
  );
  expect(await runCommand(["no-such-program-here"], DOCUMENT, 5000)).toBe(
    "no-such-program-here could not be started: it is on no PATH that is searched.",
  );
  // What it has started is ended as well: else the pipe would stay open.
  expect(await runCommand(["sh", "-c", "sleep 60 & sleep 60"], DOCUMENT, 100)).toBe("sh took longer than 0.1 s.");
  config = { ...config, command: ["false"] };
  delivery.take(alert("a"), 0);
  await delivery.settle();
  await delivery.settle();
  expect(outcomes()).toEqual(["a command failed"]);
});

const MINUTE = 60_000;

test("one that comes again within ten minutes of being told is not told again; a worse one is, and one that was not told", async () => {
  const comes = async (minute: number, severity: "warn" | "bad", key = "a"): Promise<void> => {
    delivery.take({ ...alert(key), severity, at: minute * MINUTE }, minute * MINUTE);
    await delivery.settle();
    delivery.cleared(key);
  };
  await comes(0, "warn");
  await comes(1, "warn");
  await comes(2, "bad");
  await comes(11, "warn");
  await comes(13, "bad");
  expect(told().map(({ at, severity }) => [String(at).slice(14, 16), severity])).toEqual([
    ["00", "warn"],
    ["02", "bad"],
    ["13", "bad"],
  ]);
  const { command } = config;
  config = { ...config, command: ["false"] };
  await comes(20, "warn", "b");
  config = { ...config, command };
  await comes(21, "warn", "b");
  expect(told().at(-1)).toMatchObject({ key: "b" });
});

test("what an earlier supervisor has told is not told again when it comes again soon", async () => {
  const raised = (minute: number): JournalEvent =>
    alertEvent({ phase: "raised", ...alert("a") }, { stage: 2, at: minute * MINUTE, step: 675 });
  const fields = { key: "a", way: "command", outcome: "sent", why: null };
  const sent: JournalEvent = { stage: 0, at: 1, step: null, kind: "note", body: { tag: "alert-delivery", fields } };
  const cleared = alertEvent({ phase: "cleared", key: "a", why: "" }, { stage: 2, at: MINUTE, step: 676 });
  delivery.recall([raised(0), sent, cleared, raised(2)], 0);
  await delivery.settle();
  delivery.take({ ...alert("a"), at: 3 * MINUTE }, 3 * MINUTE);
  await delivery.settle();
  expect(told()).toEqual([]);
});

test("a webhook gets the alert as JSON; what fails is told by its host alone", async () => {
  const bodies: unknown[] = [];
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === "/away") return Response.redirect("http://127.0.0.1:1/elsewhere");
      if (pathname === "/never") return new Promise<Response>(() => {});
      bodies.push(await request.json());
      return new Response(null, { status: pathname === "/secret-token" ? 204 : 500 });
    },
  });
  const at = `127.0.0.1:${server.port}`;
  try {
    expect(await callWebhook(`http://${at}/secret-token`, DOCUMENT, 5000)).toBeNull();
    expect(bodies).toMatchObject([{ key: "spike", evidence: [{ value: "Infinity" }] }]);
    expect(await callWebhook(`http://${at}/broken-token`, DOCUMENT, 5000)).toBe(`${at} answered with 500.`);
    expect(await callWebhook(`http://${at}/away`, DOCUMENT, 5000)).toBe(`${at} answered with 302.`);
    expect(await callWebhook(`http://${at}/never`, DOCUMENT, 100)).toBe(`${at} did not answer within 0.1 s.`);
  } finally {
    await server.stop(true);
  }
  expect(await callWebhook("http://127.0.0.1:1/token", DOCUMENT, 5000)).toBe("127.0.0.1:1 could not be reached.");
});

const at = (hours: number): number => new Date(2026, 0, 1, hours).getTime();

test("in quiet hours it is held, and told afterwards unless it is over by then", async () => {
  config = { ...config, quiet: { from: 22 * 60, to: 7 * 60 } };
  delivery.take(alert("over"), at(23));
  delivery.take(alert("open"), at(23));
  expect(notes[0]).toMatchObject({ outcome: "held", why: "quiet hours until 07:00" });
  delivery.tick(at(23));
  delivery.cleared("over");
  delivery.tick(at(8));
  config = { ...config, quiet: null };
  await delivery.settle();
  expect(told().map(({ key }) => key)).toEqual(["open"]);
  expect(outcomes()).toEqual(["over null held", "open null held", "open command sent"]);
});

test("what was held waits for somebody to tell, when there is nobody as the quiet hours end", async () => {
  const { command } = config;
  config = { ...config, quiet: { from: 22 * 60, to: 7 * 60 } };
  delivery.take(alert("over"), at(23));
  delivery.take(alert("open"), at(23));
  config = { ...config, quiet: null, command: null };
  await delivery.settle();
  delivery.cleared("over");
  config = { ...config, command };
  await delivery.settle();
  await delivery.settle();
  expect(told().map(({ key }) => key)).toEqual(["open"]);
  expect(outcomes()).toEqual(["over null held", "open null held", "open command sent"]);
});

test("what waits for others while the command is taken out of the file is told once there is one again", async () => {
  const { command } = config;
  for (const key of ["a", "b", "over"]) delivery.take(alert(key), 0);
  delivery.tick(0);
  config = { ...config, command: null };
  await delivery.settle();
  delivery.cleared("over");
  config = { ...config, command };
  await delivery.settle();
  expect(told().map(({ key }) => key)).toEqual(["a", "b"]);
});

test("one that becomes worse while it is held is told once, as it is then", async () => {
  config = { ...config, quiet: { from: 22 * 60, to: 7 * 60 } };
  delivery.take(alert("a"), at(23));
  delivery.take({ ...alert("a"), severity: "bad" }, at(23));
  config = { ...config, quiet: null };
  await delivery.settle();
  expect(told().map(({ severity }) => severity)).toEqual(["bad"]);
});

test("what an earlier supervisor has held back is told though there was nobody to tell as the next one began; not what is known", async () => {
  const { command } = config;
  const events: JournalEvent[] = ["open", "known"].flatMap((key) => [
    alertEvent({ phase: "raised", ...alert(key) }, { stage: 2, at: at(23), step: 675 }),
    {
      stage: 0,
      at: at(23),
      step: null,
      kind: "note",
      body: { tag: "alert-delivery", fields: { key, way: null, outcome: "held", why: null } },
    },
  ]);
  events.push(alertEvent({ phase: "acknowledged", key: "known", from: "cli" }, { stage: 2, at: at(23), step: 676 }));
  config = { ...config, command: null };
  delivery.recall(events, at(22));
  config = { ...config, command };
  await delivery.settle();
  expect(told().map(({ key }) => key)).toEqual(["open"]);
});

test("what an earlier supervisor has held back, or died before it told, is told by the next one", async () => {
  config = { ...config, quiet: { from: 22 * 60, to: 7 * 60 } };
  const events: JournalEvent[] = ["over", "open", "sent", "untold"].map((key) =>
    alertEvent({ phase: "raised", ...alert(key) }, { stage: 2, at: at(23), step: 675 }),
  );
  events.push(alertEvent({ phase: "cleared", key: "over", why: "" }, { stage: 2, at: at(23), step: 676 }));
  for (const key of ["over", "open", "sent"]) {
    const fields = { key, way: null, outcome: key === "sent" ? "sent" : "held", why: null };
    events.push({ stage: 0, at: at(23), step: null, kind: "note", body: { tag: "alert-delivery", fields } });
  }
  delivery.recall(events, at(22));
  delivery.tick(at(8));
  config = { ...config, quiet: null };
  await delivery.settle();
  expect(told().map(({ key }) => key)).toEqual(["untold", "open"]);
});

test("a storm of alerts is cut off, with a note", async () => {
  for (let i = 0; i < 25; i++) delivery.take(alert(`n${i}`), 0);
  await delivery.settle();
  expect(told()).toHaveLength(20);
  expect(notes.filter(({ outcome }) => outcome === "failed")).toHaveLength(5);
});
