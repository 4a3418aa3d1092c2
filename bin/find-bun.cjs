/** Says where Bun is, for the launcher, which is no JavaScript. */
const { findBun, packageDir } = require("./bun.cjs");

const bun = findBun();
if (bun === null) {
  console.error(`nanochat-cli: the Bun runtime is not installed in ${packageDir}. Run "npm ci" there, then try again.`);
  process.exitCode = 1;
} else console.log(bun);
