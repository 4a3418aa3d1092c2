/**
 * Everything that must hold, in one command: types, lint, unused code, then the tests of TypeScript and Python.
 * usage: node test/run.mjs [nanochat]     with `nanochat`: only the tier that needs a real checkout (NANOCHAT_DIR, …)
 * Ends with one line, `N passed, N failed`.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBun, isolation, packageDir } from "../bin/bun.cjs";

const bun = findBun();
const python = process.env.PYTHON ?? "python3";
const scratch = mkdtempSync(join(tmpdir(), "nanochat-cli-test-"));
const tool = (name) => join(packageDir, "node_modules", ".bin", name);

/** A check passes or fails as one; a suite reports how many tests it ran. */
const CHECKS = [
  { name: "types", command: [tool("tsc"), "--noEmit", "-p", "."] },
  { name: "lint and format", command: [tool("biome"), "ci", "--colors=off", "--error-on-warnings", "."] },
  { name: "unused code", command: [tool("knip")] },
];
const unittest = (cwd) => ({
  name: `${cwd} (Python)`,
  cwd,
  command: [python, "-m", "unittest", "discover", "-s", "tests", "-t", "."],
  count: unittestCount,
});
const DOCUMENTS = ["test/architecture.test.ts", "test/docs.test.ts", "test/shots.test.ts", "shots"];
const UNIT = { name: "unit and property", command: bunTest("src", ...DOCUMENTS), count: junitCount };
const INTEGRATION = { name: "integration", command: bunTest("test/integration", "test/fuzz"), count: junitCount };
const END_TO_END = { name: "end to end", command: bunTest("test/e2e"), count: junitCount };
const REAL = [
  {
    name: "bridge on a real nanochat",
    cwd: "bridge",
    command: [process.env.NANOCHAT_PYTHON ?? python, "tests/real_train.py"],
    count: plainCount,
  },
  { name: "real nanochat, end to end", command: bunTest("test/nanochat"), count: junitCount },
];

/** Lanes run beside each other, the jobs of a lane one after the other: most of a test is waiting for another process. */
const LANES =
  process.argv[2] === "nanochat" ? [REAL] : [[...CHECKS, UNIT, INTEGRATION, unittest("pocket"), unittest("bridge")], [END_TO_END]];

function bunTest(...paths) {
  const report = join(scratch, `${paths[0].replaceAll("/", "-")}.xml`);
  return [bun, ...isolation, "test", "--timeout=60000", "--reporter=junit", `--reporter-outfile=${report}`, ...paths];
}

function unittestCount(output) {
  const ran = Number(/^Ran (\d+) tests?/m.exec(output)?.[1] ?? 0);
  const failed = [...output.matchAll(/(?:failures|errors|unexpected successes)=(\d+)/g)].reduce((sum, m) => sum + Number(m[1]), 0);
  const skipped = Number(/skipped=(\d+)/.exec(output)?.[1] ?? 0);
  return { passed: ran - failed - skipped, failed };
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

/** Suites that run. Who ends this ends them too; what they have started ends with them (drivers/watched.ts). */
const going = new Set();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    for (const child of going) child.kill("SIGKILL");
    rmSync(scratch, { recursive: true, force: true });
    process.exit(130);
  });
}

/** Runs one job to its end and says how it went. */
async function run({ name, command, cwd = ".", count }) {
  const started = Date.now();
  const { status, output } = await collect(command, join(packageDir, cwd));
  const counted = count?.(output, command) ?? { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1 };
  // A suite that broke before it could count, or that found nothing to run, has failed.
  if (status !== 0 && counted.failed === 0) counted.failed = 1;
  if (status === 0 && counted.passed === 0) counted.failed += 1;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${counted.failed === 0 ? "ok  " : "FAIL"} ${name}: ${counted.passed} passed, ${counted.failed} failed (${seconds} s)`);
  if (counted.failed > 0) console.log(output.trimEnd().split("\n").slice(-400).join("\n"));
  return counted;
}

function collect(command, cwd) {
  // Nothing of the caller's terminal or home leaks into a test.
  const own = {
    NO_COLOR: "1",
    PYTHONDONTWRITEBYTECODE: "1",
    NANOCHAT_CLI_HOME: "",
    XDG_DATA_HOME: join(scratch, "data"),
    XDG_CONFIG_HOME: join(scratch, "config"),
  };
  return new Promise((done) => {
    const child = spawn(command[0], command.slice(1), { cwd, env: { ...process.env, ...own }, stdio: ["ignore", "pipe", "pipe"] });
    going.add(child);
    let output = "";
    const keep = (text) => {
      output += text;
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    child.on("error", (error) => done({ status: 1, output: `${command[0]}: ${error.message}` }));
    child.on("close", (status) => {
      going.delete(child);
      done({ status, output });
    });
  });
}

async function runLane(jobs) {
  const counts = [];
  for (const job of jobs) counts.push(await run(job));
  return counts;
}

const results = (await Promise.all(LANES.map(runLane))).flat();
rmSync(scratch, { recursive: true, force: true });
const total = results.reduce((sum, r) => ({ passed: sum.passed + r.passed, failed: sum.failed + r.failed }), { passed: 0, failed: 0 });
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
