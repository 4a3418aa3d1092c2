/** The tmux that the program runs in. */

/** It needs no more: no child of ours is handed what else stands there. */
const PASSED = ["PATH", "TMUX", "TMUX_PANE"] as const;
/** `-w` gives it to the clipboard of the terminal around too, since tmux 3.2. */
const WAYS = [["-w"], []] as const;

/**
 * Makes a text tmux's newest buffer. As it comes, tmux takes no copy from a program that runs in it (`set-clipboard external`), but
 * this it does. False where there is no tmux to be asked.
 */
export async function loadTmuxBuffer(text: string): Promise<boolean> {
  const env = Object.fromEntries(PASSED.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
  try {
    for (const way of WAYS) {
      const child = Bun.spawn(["tmux", "load-buffer", ...way, "-"], { env, stdin: new Blob([text]), stdout: "ignore", stderr: "ignore" });
      if ((await child.exited) === 0) return true;
    }
  } catch {
    // Not in PATH.
  }
  return false;
}
