/** SVG to PNG with fonts that come with the development dependencies, so that it is the same on every machine. */
import { fileURLToPath } from "node:url";
import { Resvg } from "@resvg/resvg-js";

const FONTS = [
  import.meta.resolve("dejavu-fonts-ttf/ttf/DejaVuSansMono.ttf"),
  import.meta.resolve("dejavu-fonts-ttf/ttf/DejaVuSansMono-Bold.ttf"),
].map((url) => fileURLToPath(url));

export function toPng(svg: string): Uint8Array {
  const options = {
    font: { fontFiles: FONTS, loadSystemFonts: false, defaultFontFamily: "DejaVu Sans Mono", monospaceFamily: "DejaVu Sans Mono" },
  };
  return new Resvg(svg, options).render().asPng();
}
