/** Key → bytes on the terminal: each key is a letter that is nowhere else on the screen, so its echo is unmistakable. */
import type { Pty } from "../../test/drivers/pty.ts";

const LETTERS = [..."абвгдежзийклмнопрстуфхцчшщъыьэюя"];
const PATIENCE_MS = 2000;

/** Milliseconds from writing each key to the first byte chunk that shows it. `clear` empties the input line. */
export async function keyLatencies(pty: Pty, keys: number, clear: string): Promise<number[]> {
  const latencies: number[] = [];
  for (let i = 0; i < keys; i++) {
    const letter = LETTERS[i % LETTERS.length] as string;
    if (i > 0 && i % 12 === 0) {
      pty.type(clear);
      await Bun.sleep(60);
    }
    latencies.push(await echo(pty, letter));
    // People do not type on a beat: spread the keys over the frames.
    await Bun.sleep(15 + ((i * 7) % 23));
  }
  return latencies;
}

async function echo(pty: Pty, letter: string): Promise<number> {
  const seen = pty.watch(letter, PATIENCE_MS);
  const started = performance.now();
  pty.type(letter);
  const at = await seen;
  return at === null ? PATIENCE_MS : at - started;
}
