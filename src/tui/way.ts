/** How one gets from here to what another key does. */
import type { KeyOf } from "../core/keys.ts";
import type { AppContext } from "./context.ts";

/** `C`, or `esc, then C`: while a screen is edited, the keys of what is watched do something else. */
export function wayTo(app: Pick<AppContext, "groups" | "keyOf">, action: Parameters<KeyOf>[0]): string {
  const first = app.groups().includes("edit") ? `${app.keyOf("edit.done")}, then ` : "";
  return `${first}${app.keyOf(action)}`;
}
