/** Keeping what was said to models: on Eval, or on leaving. */
import { dirname } from "node:path";
import { sentence } from "../core/result.ts";
import type { AppContext } from "./context.ts";

/**
 * All that is in no file, each in one of its own: of two models that are compared as well. Says where, and returns that too;
 * null where it failed, which is told.
 */
export async function keepTranscripts(app: AppContext): Promise<string | null> {
  const { conversations } = app.chat;
  const kept: string[] = [];
  for (const conversation of conversations.unkept) {
    const { model, replies, loaded } = conversation;
    const saved = await app.services.saveTranscript(model, replies, loaded, app.run?.id ?? null);
    if (!saved.ok) {
      app.notify("bad", sentence(saved.failure));
      return null;
    }
    conversations.keep(conversation);
    kept.push(saved.value.markdown);
  }
  const [only] = kept;
  const folders = [...new Set(kept.map((file) => dirname(file)))].join(", ");
  const where = kept.length === 1 ? `Kept in ${only} and .jsonl` : `${kept.length} conversations kept in ${folders}`;
  app.notify("good", where);
  return where;
}
