/**
 * What a checkout is: the bridge reads its source, git tells its commit. Nothing of the checkout is run, unless the person
 * trusts it and its source alone does not tell everything.
 */
import { readdirSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { WorkspaceInfo } from "../core/params.ts";
import { type Failure, fail, ok, type Result } from "../core/result.ts";
import { readJson, writeJson } from "../lib/files.ts";
import { sha256 } from "../lib/hash.ts";
import { BRIDGE_DIR, VERSION } from "../lib/self.ts";
import { askScripts } from "./ask.ts";
import { run, tail } from "./child.ts";
import { parameterSchema } from "./parameter.ts";

const described = z.object({
  dir: z.string(),
  kind: z.enum(["nanochat", "pocket", "fork"]),
  package: z.string(),
  features: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])).default({}),
  scripts: z.array(
    z.object({
      module: z.string(),
      file: z.string(),
      style: z.enum(["argparse", "configurator", "argv", "none"]),
      parameters: z.array(parameterSchema),
      trainable: z.boolean(),
      issues: z.array(z.string()),
      asked: z.boolean().optional(),
    }),
  ),
});

type Described = z.infer<typeof described>;

const failure = z.object({ error: z.object({ code: z.literal("not-found"), what: z.string(), why: z.string(), remedy: z.string() }) });

const DESCRIBE_TIMEOUT_MS = 30_000;
const GIT_TIMEOUT_MS = 10_000;
/** A checkout's configuration may name programs that git would run; these settings name none. */
const GIT_SAFE = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "diff.external=", "--no-optional-locks"];

interface Looking {
  dir: string;
  python: readonly string[];
  cacheDir: string;
  /** Whether scripts may be run up to their settings, where their source does not tell all of them. */
  trusted?: boolean;
}

/** Describes the checkout in `dir`; with an unchanged tree the answer comes from `cacheDir`. */
export async function describeWorkspace(input: Looking): Promise<Result<WorkspaceInfo>> {
  const [source, git] = await Promise.all([readSource(input), readGit(input.dir)]);
  if (!source.ok) return source;
  // The pocket is part of this program: the commit around it is ours and says nothing of a nanochat.
  return ok({ ...source.value, ...(source.value.kind === "pocket" ? { commit: null, dirty: null } : git) });
}

async function readSource({ dir, python, cacheDir, trusted = false }: Looking): Promise<Result<Described>> {
  const cache = join(cacheDir, `describe-${digest(trusted ? [dir, "trusted"] : [dir])}.json`);
  const state = fingerprint(dir);
  const kept = readJson(cache);
  if (kept.ok && kept.value?.["fingerprint"] === state) {
    const checked = described.safeParse(kept.value["info"]);
    if (checked.success) return ok(checked.data);
  }
  const read = await readByBridge(dir, python);
  if (read.ok && trusted) read.value.scripts = await askScripts(dir, python, read.value.scripts);
  // A cache that cannot be written costs time, nothing else.
  if (read.ok) writeJson(cache, { fingerprint: state, info: read.value });
  return read;
}

async function readByBridge(dir: string, python: readonly string[]): Promise<Result<Described>> {
  const ran = await run([...python, "-m", "nanochat_bridge", "describe", dir], { cwd: BRIDGE_DIR, timeoutMs: DESCRIBE_TIMEOUT_MS });
  let document: unknown = null;
  try {
    document = JSON.parse(ran?.stdout ?? "");
  } catch {
    // told below with what it printed instead
  }
  const refused = failure.safeParse(document);
  if (refused.success) return { ok: false, failure: refused.data.error satisfies Failure };
  const checked = described.safeParse(document);
  if (checked.success) return ok(checked.data);
  return fail("failed", `${dir} could not be described`, {
    why: ran?.stderr.trim().split("\n").at(-1) || checked.error.issues[0]?.message,
    remedy: "Run again with --debug for what Python said",
    details: tail(ran?.stderr ?? ""),
  });
}

const digest = (parts: readonly string[]): string => sha256(parts.join("\0")).slice(0, 16);

/** Changes whenever a Python file of the workspace, or the program, does. */
function fingerprint(dir: string): string {
  const files = ["", ...list(dir)].flatMap((folder) =>
    list(join(dir, folder))
      .filter((name) => name.endsWith(".py"))
      .map((name) => join(dir, folder, name)),
  );
  const stats = files.map((file) => [file, statSync(file, { throwIfNoEntry: false })] as const);
  return digest([
    VERSION,
    ...list(join(BRIDGE_DIR, "nanochat_bridge")).map((name) => stamp(join(BRIDGE_DIR, "nanochat_bridge", name))),
    ...stats.map(([file, s]) => `${file}:${s?.mtimeMs}:${s?.size}`),
  ]);
}

const stamp = (file: string): string => {
  const stats: Stats | undefined = statSync(file, { throwIfNoEntry: false });
  return `${stats?.mtimeMs}:${stats?.size}`;
};

function list(dir: string): string[] {
  try {
    return readdirSync(dir).filter((name) => !name.startsWith(".") && name !== "__pycache__");
  } catch {
    return [];
  }
}

async function readGit(dir: string): Promise<{ commit: string | null; dirty: boolean | null }> {
  const git = (...args: string[]) => run(["git", ...GIT_SAFE, "-C", dir, ...args], { cwd: "/", timeoutMs: GIT_TIMEOUT_MS });
  const [commit, status] = await Promise.all([
    git("rev-parse", "--short=7", "HEAD"),
    git("status", "--porcelain", "--untracked-files=no", "--ignore-submodules", "--", "."),
  ]);
  if (commit?.code !== 0) return { commit: null, dirty: null };
  return { commit: commit.stdout.trim(), dirty: status?.code === 0 ? status.stdout.trim() !== "" : null };
}
