/**
 * Everything that must hold, in one command: types, lint, unused code, then the tests of TypeScript and Python.
 * usage: node test/run.mjs [nanochat]     with `nanochat`: only the tier that needs a real checkout (NANOCHAT_DIR, …)
 * Ends with one line, `N passed, N failed`.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBun, isolation, packageDir } from "../bin/bun.mjs";

const bun = findBun();
const python = process.env.PYTHON ?? "python3";
const scratch = mkdtempSync(join(tmpdir(), "nanochat-cli-test-"));
const tool = (name) => join(packageDir, "node_modules", ".bin", name);

/** A check passes or fails as one; a suite reports how many tests it ran. */
const CHECKS = [
  { name: "types", command: [tool("tsc"), "--noEmit", "-p", "."] },
  { name: "lint and format", command: [tool("biome"), "ci", "--error-on-warnings", "."] },
  { name: "unused code", command: [tool("knip")] },
];
const SUITES = [
  {
    name: "bridge (Python)",
    cwd: "bridge",
    command: [python, "-m", "unittest", "discover", "-s", "tests", "-t", "."],
    count: unittestCount,
  },
  {
    name: "pocket (Python)",
    cwd: "pocket",
    command: [python, "-m", "unittest", "discover", "-s", "tests", "-t", "."],
    count: unittestCount,
  },
  { name: "unit and property", command: bunTest("src", "test/architecture.test.ts", "test/docs.test.ts"), count: junitCount },
  { name: "integration", command: bunTest("test/integration"), count: junitCount },
  { name: "end to end", command: bunTest("test/e2e"), count: junitCount },
];
const REAL_SUITES = [
  {
    name: "bridge on a real nanochat",
    cwd: "bridge",
    command: [process.env.NANOCHAT_PYTHON ?? python, "tests/real_train.py"],
    count: plainCount,
  },
  { name: "real nanochat, end to end", command: bunTest("test/nanochat"), count: junitCount },
];

function bunTest(...paths) {
  const report = join(scratch, `${paths[0].replaceAll("/", "-")}.xml`);
  return [bun, ...isolation, "test", "--timeout=60000", "--reporter=junit", `--reporter-outfile=${report}`, ...paths];
}

function unittestCount(output) {
  const ran = Number(/^Ran (\d+) tests?/m.exec(output)?.[1] ?? 0);
  const failed = [...output.matchAll(/(?:failures|errors|unexpected successes)=(\d+)/g)].reduce((sum, m) => sum + Number(m[1]), 0);
  return { passed: ran - failed, failed };
}

function plainCount(output) {
  const last = [...output.matchAll(/(\d+) passed, (\d+) failed/g)].at(-1);
  return last ? { passed: Number(last[1]), failed: Number(last[2]) } : { passed: 0, failed: 0 };
}

function junitCount(_output, command) {
  const report = command.find((part) => part.startsWith("--reporter-outfile=")).split("=")[1];
  let xml = "";
  try {
    xml = readFileSync(report, "utf8");
  } catch {
    return { passed: 0, failed: 0 };
  }
  const head = /<testsuites[^>]*>/.exec(xml)?.[0] ?? "";
  const of = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(head)?.[1] ?? 0);
  const failed = of("failures") + of("errors");
  return { passed: of("tests") - failed - of("skipped"), failed };
}

function run({ name, command, cwd = ".", count }) {
  const started = Date.now();
  const done = spawnSync(command[0], command.slice(1), {
    cwd: join(packageDir, cwd),
    encoding: "utf8",
    maxBuffer: 1 << 28,
    // Nothing of the caller's terminal or home leaks into a test.
    env: {
      ...process.env,
      NO_COLOR: "1",
      PYTHONDONTWRITEBYTECODE: "1",
      NANOCHAT_CLI_HOME: "",
      XDG_DATA_HOME: join(scratch, "data"),
      XDG_CONFIG_HOME: join(scratch, "config"),
    },
  });
  const output = `${done.stdout ?? ""}${done.stderr ?? ""}`;
  const counted = count?.(output, command) ?? { passed: done.status === 0 ? 1 : 0, failed: done.status === 0 ? 0 : 1 };
  // A suite that broke before it could count, or that found nothing to run, has failed.
  if (done.status !== 0 && counted.failed === 0) counted.failed = 1;
  if (done.status === 0 && counted.passed === 0) counted.failed += 1;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${counted.failed === 0 ? "ok  " : "FAIL"} ${name}: ${counted.passed} passed, ${counted.failed} failed (${seconds} s)`);
  if (counted.failed > 0) console.log(output.trimEnd().split("\n").slice(-400).join("\n"));
  return counted;
}

const jobs = process.argv[2] === "nanochat" ? REAL_SUITES : [...CHECKS, ...SUITES];
const results = jobs.map(run);
rmSync(scratch, { recursive: true, force: true });
const total = results.reduce((sum, r) => ({ passed: sum.passed + r.passed, failed: sum.failed + r.failed }), { passed: 0, failed: 0 });
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
