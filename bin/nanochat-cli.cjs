#!/usr/bin/env node
/**
 * Starts the program with Bun, isolated from the current folder, and is otherwise not there: signals and exit code pass through.
 * It and what it requires are CommonJS, which Node starts with some 15 ms sooner than with modules; what the end alone needs is
 * required there.
 */
const { spawn } = require("node:child_process");
const { join } = require("node:path");
const { findBun, isolation, packageDir } = require("./bun.cjs");

const bun = findBun();
if (bun === null) {
  console.error(`nanochat-cli: the Bun runtime is not installed in ${packageDir}. Run "npm ci" there, then try again.`);
  process.exit(1);
}

// An empty variable means "not set" (XDG base directory specification); Bun would keep its cache in the current folder.
const env = Object.fromEntries(Object.entries(process.env).filter(([name, value]) => value !== "" || !name.startsWith("XDG_")));
// With the memory of the whole machine in mind the collector lets garbage grow to a multiple of what lives: beside a training
// nobody has that to spare. With half as much again a viewer under load has 10 MB more and answers no sooner; with half of this it
// has 15 MB less, and keys wait half as long again for the collector.
// src/main.ts takes it out of what its own children get.
env.BUN_JSC_forceRAMSize ??= "200000000";
const child = spawn(bun, [...isolation, join(__dirname, "start.cjs"), ...process.argv.slice(2)], { stdio: "inherit", env });

// The terminal sends ctrl+c and its like to the whole group: the child decides. What is sent to us alone is passed on.
const passOn = (signal) => () => child.kill(signal);
process.on("SIGINT", () => {});
process.on("SIGQUIT", () => {});
process.on("SIGTERM", passOn("SIGTERM"));
process.on("SIGHUP", passOn("SIGHUP"));
process.on("SIGUSR1", passOn("SIGUSR1"));

child.on("error", (error) => {
  console.error(`nanochat-cli: ${bun} could not be started: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  require("./terminal.cjs").giveBackTerminal();
  process.exit(128 + (require("node:os").constants.signals[signal] ?? 0));
});
