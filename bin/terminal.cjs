/** Gives the terminal back where a program was killed that could not do so itself. */
const { spawnSync } = require("node:child_process");

/** What the interface switches on, switched off (xterm's control sequences; the kitty keyboard protocol), then its screen left. */
const LEAVE = [
  "\x1b[?2026l", // frames that are shown in one go
  "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l", // mouse
  "\x1b[?2004l", // pastes in brackets
  "\x1b[?1004l\x1b[?2031l", // focus, and light or dark, told
  "\x1b[<u\x1b[>4;0m", // keys told in full
  "\x1b[0m\x1b[?25h", // looks and cursor
  "\x1b[?1049l",
].join("");

/** Nothing where the terminal was not taken: whoever takes it reads keys one by one, and only then are lines not edited. */
function giveBackTerminal() {
  if (!process.stdin.isTTY || !process.stdout.isTTY) return;
  const asked = spawnSync("stty", ["-a"], { stdio: ["inherit", "pipe", "ignore"], encoding: "utf8" });
  if (!/(^|\s)-icanon\b/.test(asked.stdout ?? "")) return;
  process.stdout.write(LEAVE);
  spawnSync("stty", ["sane"], { stdio: ["inherit", "ignore", "ignore"] });
}

module.exports = { giveBackTerminal };
