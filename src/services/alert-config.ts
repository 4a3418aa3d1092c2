/**
 * alerts.yaml (docs/alerts.md): read from the user's own folder and from the home, the nearer one wins key by key. A file
 * with a mistake is left out as a whole, and said where it is wrong: half of one would watch for something else. Who has read
 * it before may let that stay: a slip at night is not to switch off whoever calls.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type Mistake, parseYaml, type Told, type YamlKind } from "../config/yaml-document.ts";
import { metricId } from "../core/metrics.ts";
import { readText } from "../lib/files.ts";
import { redactor } from "../lib/redact.ts";
import { secretFault } from "../lib/secret-look.ts";
import { isRecord } from "../lib/shape.ts";
import type { Threshold } from "../watches/settings.ts";
import { WATCHES } from "../watches/table.ts";
import { type AlertConfig, DEFAULT_CONFIG, type QuietHours } from "./alert-settings.ts";

const clock = z.string().regex(/^(?:[01]?\d|2[0-3]):[0-5]\d$/, "write a time of day such as 22:30, in quotes");

const threshold = z.strictObject({
  /** What it is called; made from metric and direction when absent. */
  name: z
    .string()
    .regex(/^[\w.-]+$/, "use letters, digits, dots and dashes")
    .optional(),
  metric: z.string().min(1),
  above: z.number().optional(),
  below: z.number().optional(),
  for_steps: z.int().min(1).optional(),
  for_seconds: z.number().min(0).optional(),
  severity: z.enum(["warn", "bad"]).optional(),
});

const quietHours = z.strictObject({ from: clock, to: clock });

/** What a watch takes is not to be seen from its keys alone. */
const offOrSettings = ({ code }: { code?: string }): string | undefined =>
  code === "invalid_type" ? "takes `off`, or a list of its settings" : undefined;

const watches = z.strictObject(
  Object.fromEntries(
    WATCHES.map(({ id, options }) => {
      const fields = Object.entries(options).map(([name, { min, max }]) => [name, z.number().min(min).max(max).optional()]);
      const settings = Object.fromEntries(fields) as Record<string, z.ZodOptional<z.ZodNumber>>;
      const shape = z.strictObject({ off: z.literal(true).optional(), ...settings }, { error: offOrSettings });
      return [id, z.preprocess((given) => (given === false || given === "off" ? { off: true } : given), shape.optional())];
    }),
  ),
);

const schema = z.strictObject({
  watches: watches.optional(),
  thresholds: z.array(threshold).optional(),
  quiet_hours: quietHours.optional(),
  /** A program and its arguments; the alert is on its stdin. */
  command: z.array(z.string().min(1)).min(1).optional(),
  webhook: z.string().optional(),
  timeout_seconds: z.number().min(0.1).max(300).optional(),
  bell: z.boolean().optional(),
  desktop: z.boolean().optional(),
});

type Document = z.infer<typeof schema>;

const KIND: YamlKind<Document> = {
  schema,
  keys: {
    "": { of: "alerts.yaml", keys: Object.keys(schema.shape) },
    watches: { of: "the watches", keys: WATCHES.map(({ id }) => id) },
    thresholds: { of: "a threshold", keys: Object.keys(threshold.shape) },
    quiet_hours: { of: "the quiet hours", keys: Object.keys(quietHours.shape) },
    ...Object.fromEntries(WATCHES.map(({ id, options }) => [id, { of: `the watch ${id}`, keys: Object.keys(options) }])),
  },
  see: "docs/alerts.md lists what alerts.yaml may hold",
  further,
};

function further(plain: unknown): Told[] {
  const { thresholds, command, webhook } = isRecord(plain) ? plain : {};
  return [
    ...(Array.isArray(thresholds) ? thresholds : []).flatMap((rule, i) => (isRecord(rule) ? ruleFaults(rule, ["thresholds", i]) : [])),
    ...(Array.isArray(command) ? command : []).flatMap((part, i) => {
      const fault = typeof part === "string" ? secretFault("", part) : null;
      return fault === null
        ? []
        : [{ path: ["command", i], says: fault.why, remedy: "Let the command read it from where it is kept", secret: true as const }];
    }),
    ...(typeof webhook === "string" && webhookFault(webhook) !== null ? [{ path: ["webhook"], says: webhookFault(webhook) ?? "" }] : []),
  ];
}

function ruleFaults(rule: Record<string, unknown>, path: Array<string | number>): Told[] {
  const both = (a: string, b: string): boolean => (rule[a] !== undefined) === (rule[b] !== undefined);
  return [
    ...(both("above", "below")
      ? [{ path, says: "needs one of `above` and `below`", remedy: "Give the limit, and on which side of it the alert is" }]
      : []),
    ...(rule["for_steps"] !== undefined && rule["for_seconds"] !== undefined
      ? [{ path, says: "takes one of `for_steps` and `for_seconds`", remedy: "Leave one of them out" }]
      : []),
  ];
}

/** What is wrong with the address of a webhook, the end of a sentence that does not repeat it: it may be a secret. */
function webhookFault(address: string): string | null {
  const url = URL.parse(address);
  if (url === null) return "is no address";
  if (url.protocol === "https:") return null;
  if (url.protocol !== "http:") return "must begin with https://";
  return ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname) ? null : "must begin with https://: http is for this machine alone";
}

export interface ReadAlerts {
  config: AlertConfig;
  /** The files that there are, the user's own first. */
  files: Array<{ path: string; mistakes: Mistake[] }>;
  /** What counts of each file, by its path: none of one with a mistake, unless it was read before. */
  documents: AlertDocuments;
}

export type AlertDocuments = ReadonlyMap<string, Document>;

export const ALERTS_FILE = "alerts.yaml";

/**
 * `folders`: lowest first. Never fails: what cannot be used is told in the mistakes of its file, and what counted of it `before`
 * stays for as long.
 */
export function readAlerts(folders: readonly string[], before: AlertDocuments = new Map()): ReadAlerts {
  const files = folders.map((dir) => join(dir, ALERTS_FILE)).filter((path) => existsSync(path));
  const read = files.map((path) => ({ path, ...parseFile(path) }));
  const documents = new Map(
    read.flatMap(({ path, document }): Array<[string, Document]> => {
      const counts = document ?? before.get(path);
      return counts === undefined ? [] : [[path, counts]];
    }),
  );
  const config = [...documents.values()].reduce(over, DEFAULT_CONFIG);
  if (config.webhook !== null) redactor.learn("webhook", config.webhook);
  return { config, files: read.map(({ path, mistakes }) => ({ path, mistakes })), documents };
}

function parseFile(path: string): { document: Document | null; mistakes: Mistake[] } {
  const text = readText(path);
  if (!text.ok) {
    const { what, why } = text.failure;
    const mistake = { severity: "error" as const, file: path, line: null, column: null, field: null, what, remedy: "Make it readable" };
    return { document: null, mistakes: [why === undefined ? mistake : { ...mistake, why }] };
  }
  // An empty file, or one of comments alone, asks for nothing.
  const { document, mistakes } = parseYaml(path, /^\s*[^#\s]/m.test(text.value ?? "") ? (text.value ?? "") : "{}", KIND);
  return { document: mistakes.length === 0 ? document : null, mistakes };
}

function over(below: AlertConfig, given: Document): AlertConfig {
  const named = Object.entries(given.watches ?? {}).flatMap(([id, options]) => {
    if (options === undefined) return [];
    const { off, ...values } = options;
    return [[id, off ? false : { ...below.watches.watches[id], ...(values as Record<string, number>) }] as const];
  });
  const rules = (given.thresholds ?? []).map(ruleOf);
  const others = below.watches.thresholds.filter(({ name }) => !rules.some((rule) => rule.name === name));
  return {
    watches: { watches: { ...below.watches.watches, ...Object.fromEntries(named) }, thresholds: [...others, ...rules] },
    quiet: given.quiet_hours === undefined ? below.quiet : quietOf(given.quiet_hours),
    command: given.command ?? below.command,
    webhook: given.webhook ?? below.webhook,
    timeoutMs: given.timeout_seconds === undefined ? below.timeoutMs : given.timeout_seconds * 1000,
    bell: given.bell ?? below.bell,
    desktop: given.desktop ?? below.desktop,
  };
}

function ruleOf({ name, metric, above, below, for_steps, for_seconds, severity }: z.infer<typeof threshold>): Threshold {
  const direction = above === undefined ? "below" : "above";
  return {
    name: name ?? `${metricId(metric)}-${direction}`,
    metric: metricId(metric),
    direction,
    limit: above ?? below ?? 0,
    lasting: for_seconds === undefined ? { steps: for_steps ?? 1 } : { seconds: for_seconds },
    severity: severity ?? "warn",
  };
}

const minutes = (time: string): number => {
  const [hours = 0, rest = 0] = time.split(":").map(Number);
  return hours * 60 + rest;
};

const quietOf = ({ from, to }: z.infer<typeof quietHours>): QuietHours => ({ from: minutes(from), to: minutes(to) });
