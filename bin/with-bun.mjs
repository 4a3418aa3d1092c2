/** Runs a file of ours with the installed Bun: `node bin/with-bun.mjs bench/run.ts …` */
import { spawnSync } from "node:child_process";
import { findBun, isolation } from "./bun.cjs";

const done = spawnSync(findBun(), [...isolation, ...process.argv.slice(2)], { stdio: "inherit" });
process.exit(done.status ?? 1);
