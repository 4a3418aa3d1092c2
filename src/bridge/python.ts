/**
 * Which Python runs the scripts of a workspace: `--python`, its own environment, `uv run`, or python3; the first that
 * can. Nothing is imported, installed or synchronised to find out.
 */
import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Failure, fail, ok, type Result } from "../core/result.ts";
import { readText } from "../lib/files.ts";
import { expandHome } from "../lib/paths.ts";
import { BRIDGE_DIR } from "../lib/self.ts";
import { run, tail } from "./child.ts";

export interface Python {
  /** What to put in front of `-m module`. */
  argv: string[];
  /** `--python`, `.venv`, `uv run`, `python3`; with why an earlier one was passed over. */
  reason: string;
  /** `3.11.7` */
  version: string;
  /** Version of torch; null only where none is needed (the pocket workspace). */
  torch: string | null;
}

export interface PythonSearch {
  /** As given with `--python`: a program or a path. */
  flag?: string | undefined;
  workspaceDir: string;
}

/** nanochat's own floor (pyproject.toml@92d63d4). */
const OLDEST = [3, 10] as const;
const TIMEOUT_MS = 20_000;

interface Candidate {
  argv: string[];
  reason: string;
}

/**
 * Runs in any Python since 2.6. `find_spec` looks for torch without importing it, which would take seconds; its version
 * comes from the metadata beside it. The working directory is ours, so nothing of the user's can be imported by name.
 */
const PROBE = `
import json, sys
found = {"version": "%d.%d.%d" % tuple(sys.version_info[:3]), "torch": None}
try:
    from importlib.util import find_spec
    if find_spec("torch"):
        found["torch"] = "unknown"
        from importlib.metadata import version
        found["torch"] = version("torch")
except Exception:
    pass
sys.stdout.write("\\n" + json.dumps(found) + "\\n")
`;

/** The Python to use, or what was tried and why it will not do. */
export async function findPython({ flag, workspaceDir }: PythonSearch): Promise<Result<Python>> {
  const needsTorch = !isPocket(workspaceDir);
  if (flag !== undefined) return probe({ argv: [programOf(flag)], reason: "--python" }, needsTorch);
  const passedOver: Failure[] = [];
  for (const candidate of candidates(workspaceDir)) {
    const found = await probe(candidate, needsTorch);
    if (found.ok && passedOver.length > 0) {
      const why = passedOver.map(({ what }) => what).join("; ");
      return ok({ ...found.value, reason: `${candidate.reason}, since ${why}` });
    }
    if (found.ok) return found;
    passedOver.push(found.failure);
  }
  const [first] = passedOver as [Failure, ...Failure[]];
  if (passedOver.length === 1) return { ok: false, failure: first };
  return fail(first.code, "No Python here can run nanochat", {
    why: passedOver.map(({ what }) => what).join("; "),
    remedy: first.remedy,
    details: passedOver.map(({ what, details }) => [what, details].filter(Boolean).join("\n")).join("\n\n"),
  });
}

/** A pocket workspace says so in its package; it trains with the standard library alone. */
function isPocket(workspaceDir: string): boolean {
  const text = readText(join(workspaceDir, "nanochat", "__init__.py"));
  return text.ok && text.value !== null && /^POCKET\s*=\s*True\b/m.test(text.value);
}

/** A folder is taken for an environment: its `bin/python` is meant. */
function programOf(flag: string): string {
  if (!flag.includes("/") && flag !== "~") return flag;
  const path = resolve(expandHome(flag));
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, "bin", "python") : path;
}

function candidates(workspaceDir: string): Candidate[] {
  const found: Candidate[] = [];
  const own = join(workspaceDir, ".venv", "bin", "python");
  if (existsSync(own)) found.push({ argv: [own], reason: ".venv" });
  else if (usesUv(workspaceDir)) {
    // Without --no-sync, uv would install the project first, and without the right --extra another torch than the user's.
    found.push({ argv: ["uv", "run", "--no-sync", "--project", workspaceDir, "python"], reason: "uv run" });
  }
  found.push({ argv: ["python3"], reason: "python3" });
  return found;
}

/** `uv run` would make an empty environment where there is none: it is asked only when it has been told of another place. */
const usesUv = (workspaceDir: string): boolean =>
  Bun.which("uv", { PATH: process.env["PATH"] ?? "" }) !== null &&
  (existsSync(join(workspaceDir, "uv.lock")) || existsSync(join(workspaceDir, "pyproject.toml"))) &&
  existsSync(join(resolve(workspaceDir, process.env["UV_PROJECT_ENVIRONMENT"] ?? ".venv"), "pyvenv.cfg"));

async function probe({ argv, reason }: Candidate, needsTorch: boolean): Promise<Result<Python>> {
  const name = argv.join(" ");
  const finished = await run([...argv, "-c", PROBE], { cwd: BRIDGE_DIR, timeoutMs: TIMEOUT_MS });
  if (finished === null) {
    return fail("refused", `${name} cannot be started`, { why: "there is no such program", remedy: "Name a Python with --python" });
  }
  const found = finished.code === 0 ? parseProbe(finished.stdout) : null;
  if (found === null) {
    return fail("refused", `${name} does not work as a Python`, {
      why: finished.code === null ? `it gave no answer in ${TIMEOUT_MS / 1000} s` : `it ended with code ${finished.code}`,
      remedy: "Name another Python with --python",
      details: tail(finished.stderr),
    });
  }
  const [major = 0, minor = 0] = found.version.split(".").map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    return fail("refused", `${name} is Python ${found.version}, which is too old`, {
      why: `nanochat needs ${OLDEST.join(".")} or newer`,
      remedy: "Name a newer one with --python",
    });
  }
  if (needsTorch && found.torch === null) {
    return fail("refused", `${name} has no torch`, {
      why: `Python ${found.version} cannot find the package`,
      remedy: "Install nanochat's dependencies (`uv sync` in the checkout), or name the Python that has them with --python",
    });
  }
  return ok({ argv, reason, ...found });
}

/** The last line is ours: an interpreter's start-up files may print before it. */
function parseProbe(stdout: string): { version: string; torch: string | null } | null {
  try {
    return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
  } catch {
    return null;
  }
}
