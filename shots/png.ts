/** SVG to PNG with fonts that come with the development dependencies, so that it is the same on every machine. */
import { join } from "node:path";
import { Resvg } from "@resvg/resvg-js";
import { PACKAGE_DIR } from "../src/lib/self.ts";

const font = (name: string): string => join(PACKAGE_DIR, "node_modules", "dejavu-fonts-ttf", "ttf", `${name}.ttf`);
const FONTS = ["DejaVuSansMono", "DejaVuSansMono-Bold", "DejaVuSans"].map(font);

/** `width`: pixels. */
export function toPng(svg: string): Uint8Array {
  const options = {
    font: { fontFiles: FONTS, loadSystemFonts: false, defaultFontFamily: "DejaVu Sans Mono", monospaceFamily: "DejaVu Sans Mono" },
  };
  return new Resvg(svg, options).render().asPng();
}
