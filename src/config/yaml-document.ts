/** The text of one YAML file of the user's, checked by a schema: every mistake with its place and a sentence of its own. */
import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { z } from "zod";
import { fail, ok, type Result } from "../core/result.ts";
import { didYouMean } from "../lib/suggest.ts";
import { faultsOf } from "../lib/yaml-fault.ts";

/** Something wrong with a file. `what` begins with file and line, and names the field. */
export interface Mistake {
  severity: "error" | "warning";
  file: string;
  line: number | null;
  column: number | null;
  /** `stages.0.set.depth`; null for the file as a whole. */
  field: string | null;
  what: string;
  why?: string;
  remedy: string;
  /** Nothing to mend in the file alone: a secret, which has another place. */
  secret?: true;
}

/** A path into the document: keys and indices. */
export type YamlPath = ReadonlyArray<string | number>;

/** What a kind of file may hold. */
export interface YamlKind<T> {
  schema: z.ZodType<T>;
  /** What may stand where, for "did you mean": by the last part of the path that is a name. */
  keys: Readonly<Record<string, { of: string; keys: readonly string[] }>>;
  /** `docs/prefabs.md lists what a prefab may hold` */
  see: string;
  /** What no schema sees. */
  further?: (plain: unknown) => Told[];
}

export interface ReadYaml<T> {
  /** Null when it cannot be understood; with mistakes it may still be there. */
  document: T | null;
  mistakes: Mistake[];
  lineOf: (path: YamlPath) => number | undefined;
}

/** One mistake before it has a place: `says` goes on where the field's name ends. */
export interface Told {
  path: YamlPath;
  /** It is the key at the end of the path that is wrong, and not what it holds. */
  key?: true;
  says: string;
  why?: string;
  remedy?: string;
  secret?: true;
}

/** Where a text is no YAML, what stands behind the first faults is mostly a consequence of them. */
const MOST_FAULTS = 3;

/** What a document says, or why it cannot be told: aliases that multiply without end, or that name nothing. The library throws there. */
export function plainYaml(yaml: Document.Parsed): Result<unknown> {
  try {
    return ok(yaml.toJS({ maxAliasCount: 100 }));
  } catch (error) {
    const why = /excessive alias/i.test(String(error))
      ? "its aliases (`*name`) multiply to more than anybody would read"
      : `an alias or a merge in it names nothing that could stand there`;
    return fail("usage", "it cannot be read", { why, remedy: "Write out what the aliases stand for" });
  }
}

export function parseYaml<T>(file: string, text: string, kind: YamlKind<T>): ReadYaml<T> {
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number | undefined) => {
    const { line, col } = lines.linePos(offset ?? 0);
    return { file, line, column: col, place: `${file}:${line}:${col}` };
  };
  if (yaml.errors.length > 0) {
    const mistakes = faultsOf(text, yaml)
      .slice(0, MOST_FAULTS)
      .map(({ offset, why }): Mistake => {
        const { place, ...where } = at(offset);
        return {
          severity: "error",
          ...where,
          field: null,
          what: `${place} is no valid YAML`,
          why,
          remedy: "Mend that line",
        };
      });
    return { document: null, mistakes, lineOf: () => undefined };
  }
  const told = ({ path, key, says, why, remedy = kind.see, secret }: Told): Mistake => {
    const { place, ...where } = at((key ? keyAt : nodeAt)(yaml.contents, path)?.range?.[0]);
    const field = path.length === 0 ? null : path.join(".");
    const what = `${place}: ${field === null ? "the file" : `\`${field}\``} ${says}`;
    return { severity: "error", ...where, field, what, ...(why === undefined ? {} : { why }), remedy, ...(secret ? { secret } : {}) };
  };
  const read = plainYaml(yaml);
  if (!read.ok) {
    const { what, why, remedy = kind.see } = read.failure;
    const whole = { file, line: null, column: null, field: null, what: `${file}: ${what}`, remedy };
    return { document: null, mistakes: [{ severity: "error", ...whole, ...(why === undefined ? {} : { why }) }], lineOf: () => undefined };
  }
  const plain = read.value;
  const parsed = kind.schema.safeParse(plain);
  const found = parsed.success ? [] : parsed.error.issues.flatMap((issue) => tell(issue, plain, kind));
  const mistakes = [...found, ...(kind.further?.(plain) ?? [])].map(told).sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const lineOf = (path: YamlPath) => {
    const range = nodeAt(yaml.contents, path)?.range;
    return range ? lines.linePos(range[0]).line : undefined;
  };
  return { document: parsed.success ? parsed.data : null, mistakes, lineOf };
}

type Issue = z.core.$ZodIssue;

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a list of `key: value`",
  record: "a list of `name: value`",
};

/** One sentence for each kind of thing that the schema finds. Values are not repeated: one may be a secret. */
function tell<T>(issue: Issue, plain: unknown, kind: YamlKind<T>): Told[] {
  const path = issue.path as YamlPath;
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(path, key, kind.keys));
  const given = valueAt(plain, path);
  if (given === undefined) return [{ path, says: "is missing", remedy: `Add \`${path.at(-1)}:\`` }];
  return [{ path, ...sayingOf(issue, given, kind.see) }];
}

function sayingOf(issue: Issue, given: unknown, see: string): Pick<Told, "says" | "why" | "remedy"> {
  switch (issue.code) {
    case "invalid_type": {
      // Of its schema's own, which knows better than its type.
      if (issue.message.startsWith("takes ")) return { says: `${issue.message}, not ${kindOf(given)}`, remedy: see };
      const quotes = issue.expected === "string" && given !== null && typeof given !== "object";
      return {
        says: `takes ${KINDS[issue.expected] ?? issue.expected}, not ${kindOf(given)}`,
        remedy: quotes ? "Write it in quotes" : see,
      };
    }
    case "invalid_union":
      return { says: `takes one value, not ${kindOf(given)}`, remedy: "Write several as one text, the way that the script takes them" };
    case "invalid_value":
      return {
        says: `is one of ${issue.values.join(", ")}`,
        remedy: didYouMean(String(given), issue.values.map(String), "Choose one of them"),
      };
    case "too_small":
      return { says: `must be ${issue.inclusive ? "at least" : "more than"} ${issue.minimum}` };
    case "invalid_key":
      return { says: "is no name that can stand there", why: issue.issues[0]?.message };
    default:
      return { says: "cannot be that", why: issue.message };
  }
}

function unknownKey(path: YamlPath, key: string, all: YamlKind<unknown>["keys"]): Told {
  const parent = path.findLast((part) => typeof part === "string") ?? "";
  const known = all[parent];
  const keys = known?.keys ?? [];
  return {
    path: [...path, key],
    key: true,
    says: `is no key of ${known?.of ?? "that"}`,
    remedy: didYouMean(key, keys, `There are ${keys.join(", ")}`),
  };
}

const kindOf = (value: unknown): string =>
  value === null ? "nothing" : Array.isArray(value) ? "a list" : (KINDS[typeof value] ?? typeof value);

const valueAt = (value: unknown, path: YamlPath): unknown =>
  path.reduce<unknown>((at, key) => (typeof at === "object" && at !== null ? (at as Record<string, unknown>)[key] : undefined), value);

const pairOf = (node: Node | null, key: string | number | undefined) =>
  isMap(node) ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key)) : undefined;

/** The key at the end of a path; where it is none, what stands there. */
const keyAt = (root: Node | null, path: YamlPath): Node | null =>
  (pairOf(nodeAt(root, path.slice(0, -1)), path.at(-1))?.key as Node | undefined) ?? nodeAt(root, path);

/** The node at a path, or the last one on the way that exists; of a key that holds nothing, the key. */
function nodeAt(root: Node | null, path: YamlPath): Node | null {
  let node = root;
  for (const key of path) {
    const pair = pairOf(node, key);
    const next = pair !== undefined ? (pair.value ?? pair.key) : isSeq(node) ? node.items[Number(key)] : undefined;
    if (next === undefined || next === null) return node;
    node = next as Node;
    if (!isMap(node) && !isSeq(node)) return node;
  }
  return node;
}
