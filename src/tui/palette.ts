/** Every action by its name: type a few letters of it. */
import type { Action } from "../core/action.ts";
import type { Span } from "../core/scene.ts";
import type { Region } from "../lib/canvas.ts";
import { textWidth } from "../lib/graphemes.ts";
import type { AppContext } from "./context.ts";
import { PickList } from "./pick-list.ts";

type AppAction = Action<AppContext>;

interface Match {
  action: AppAction;
  /** Letters of the title that matched. */
  positions: ReadonlySet<number>;
}

/** Actions whose title matches, best first. */
type Matcher = (query: string) => Match[];

/** The matcher; its library is loaded when the palette is opened for the first time. */
async function loadMatcher(actions: readonly AppAction[]): Promise<Matcher> {
  const { Fzf } = await import("fzf");
  const fzf = new Fzf([...actions], { selector: ({ title }) => title });
  return (query) => fzf.find(query).map(({ item, positions }) => ({ action: item, positions }));
}

/** `ready` settles when the list can be narrowed; until then it shows all. */
export function openPalette(
  app: AppContext,
  actions: readonly AppAction[],
  close: () => void,
): { overlay: PickList<Match>; ready: Promise<void> } {
  const all: Match[] = actions.map((action) => ({ action, positions: new Set() }));
  let matcher: Matcher = () => all;
  const overlay = new PickList<Match>(
    {
      title: "palette",
      note: "enter runs · esc closes",
      nothing: "No action is called that",
      height: (shown) => shown,
      matches: (query) => (query === "" ? all : matcher(query)),
      drawRow: (match, row) => drawRow(app, match, row),
      take: ({ action }) => {
        close();
        app.runAction(action.id);
      },
    },
    close,
  );
  const ready = loadMatcher(actions).then((loaded) => {
    matcher = loaded;
  });
  return { overlay, ready };
}

function drawRow(app: AppContext, { action, positions }: Match, row: Region): void {
  const reason = action.disabled(app);
  const letters = [...action.title].map(
    (letter, index): Span => ({
      text: letter,
      tone: reason === null ? "text" : "muted",
      bold: positions.has(index),
      underline: positions.has(index),
    }),
  );
  const end = row.line(1, 0, letters);
  const keys = action.keys.join(" ");
  if (reason !== null) row.sub(0, 0, row.width - textWidth(keys) - 2, 1).line(end + 2, 0, [{ text: reason, tone: "muted" }]);
  row.put(row.width - textWidth(keys) - 1, 0, keys, { tone: "accent" });
}
