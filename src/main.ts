/** The program's only door: a supervisor of a run, or a face for a person. Heavy parts are loaded when they are needed. */
const [first, ...rest] = process.argv.slice(2);

if (first === "supervise") {
  const { superviseRun } = await import("./supervisor/main.ts");
  process.exit(await superviseRun(rest[0] ?? ""));
} else {
  const { runCli } = await import("./cli/program.ts");
  process.exitCode = await runCli(process.argv.slice(2), async (context, options) =>
    (await import("./show-tui.ts")).showTui(context, options),
  );
}
