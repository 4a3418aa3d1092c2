/**
 * What the launcher has Bun run: the program as it was put together, else its source. Looked for here and not by Node, to which
 * five hundred files take five times as long.
 */
const { findEntry } = require("./entry.cjs");

// What a process starts others from (src/lib/self.ts).
process.argv[1] = findEntry();
require(process.argv[1]);
