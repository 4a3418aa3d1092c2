/** Taking a chart along: into a file, or through the clipboard. */
import { sentence } from "../core/result.ts";
import type { Scene } from "../core/scene.ts";
import { innerSize } from "../panels/paint.ts";
import { picture } from "./chart-view.ts";
import type { AppContext } from "./context.ts";
import { tabOf } from "./tabs.ts";

/** A panel as it stands, its points with their own places; null where it is not to be seen. */
export function sceneForTable(app: AppContext, id = app.pane().id): Scene | null {
  const { state } = app;
  const place = app.placed().find(({ pane }) => pane.id === id);
  if (place === undefined) return app.scene(id);
  const chart = state.chart;
  state.chart = { ...chart, places: true };
  try {
    return tabOf(state.tab).screen.pane(app, id).scene(innerSize(place.rect.width, place.rect.height));
  } finally {
    state.chart = chart;
  }
}

/** The focused panel where it has a chart, else the first that is to be seen of those that are zoomed with it. */
function shown(app: AppContext): string | undefined {
  const ids = [app.pane().id, ...app.placed().map(({ pane }) => pane.id)];
  return ids.find((id) => picture(app.scene(id)) !== undefined);
}

export const whyNoExport = (app: AppContext): string | null => (shown(app) === undefined ? "no chart is to be seen" : null);

export function exportChart(app: AppContext): void {
  const id = shown(app);
  if (id === undefined) return;
  const scene = sceneForTable(app, id);
  const name = id.replaceAll(/[^\w.-]+/g, "-");
  if (scene !== null) askForFile(app, scene, `${app.run?.state().name ?? "chart"}-${name}.svg`);
}

const askForFile = (app: AppContext, scene: Scene, initial: string): void =>
  app.overlays.askText({
    title: "Export this chart",
    what: "A file for what is shown: .svg for the picture, .csv for its numbers",
    initial,
    verb: "writes it",
    check: (text) => (/\.(?:svg|csv)$/i.test(text) ? null : "Let the name end in .svg or .csv."),
    answer: (file) => app.background(save(app, scene, file, false)),
  });

/** What the notices of it are about: one that it could not be written is over when it was. */
const ABOUT = "export of a chart";

async function save(app: AppContext, scene: Scene, file: string, replace: boolean): Promise<void> {
  const saved = await app.services.saveChart(scene, file, replace);
  if (saved.ok) return app.notify("good", `Written to ${saved.value}`, ABOUT);
  if (saved.failure.code !== "refused") {
    app.notify("bad", sentence(saved.failure), ABOUT);
    // What was typed is mended, not typed again.
    return askForFile(app, scene, file);
  }
  app.overlays.ask({
    title: "Replace the file",
    consequence: `${saved.failure.what}: ${saved.failure.why}.`,
    safe: "Keep the old one",
    choices: [{ key: "y", title: "Replace it", run: () => app.background(save(app, scene, file, true)) }],
  });
}
