/**
 * The cover's colours as two hues and a chroma. Lightness is left to the stylesheet, so that whatever the cover,
 * text keeps its contrast. Colour space: OKLab (Ottosson 2020, "A perceptual color space for image processing").
 */
export interface Palette {
  /** Degrees. */
  readonly hueA: number;
  readonly hueB: number;
  /** OKLCH chroma, 0 (grey) .. 0.125. */
  readonly chroma: number;
}

const BINS = 24;
const BIN_DEGREES = 360 / BINS;
const MAX_CHROMA = 0.125;
/** Two hues this close look like one. */
const APART_DEGREES = 45;
const SAMPLE_PX = 32;

/** The palette of RGBA pixels. */
export function paletteOf(pixels: Uint8ClampedArray): Palette {
  const weights = new Float64Array(BINS);
  let chromaSum = 0;
  let counted = 0;
  for (let at = 0; at + 3 < pixels.length; at += 4) {
    const [lightness, a, b] = oklab(pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0);
    const chroma = Math.hypot(a, b);
    counted += 1;
    chromaSum += chroma;
    if (lightness < 0.15 || lightness > 0.97) continue;
    const bin = Math.floor(degrees(a, b) / BIN_DEGREES) % BINS;
    weights[bin] = (weights[bin] ?? 0) + chroma ** 1.5;
  }
  const first = peak(weights, () => true);
  const hueA = (first + 0.5) * BIN_DEGREES;
  const second = peak(weights, (bin) => distance((bin + 0.5) * BIN_DEGREES, hueA) >= APART_DEGREES);
  const strongSecond = (weights[second] ?? 0) > 0.15 * (weights[first] ?? 0);
  const hueB = strongSecond ? (second + 0.5) * BIN_DEGREES : hueA + 30;
  const chroma = counted > 0 ? Math.min(MAX_CHROMA, (chromaSum / counted) * 1.4) : 0;
  return { hueA, hueB, chroma };
}

/** The palette of a loaded image, or null when its pixels may not be read. */
export function paletteOfImage(image: HTMLImageElement): Palette | null {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = SAMPLE_PX;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) return null;
  try {
    context.drawImage(image, 0, 0, SAMPLE_PX, SAMPLE_PX);
    return paletteOf(context.getImageData(0, 0, SAMPLE_PX, SAMPLE_PX).data);
  } catch {
    return null;
  }
}

/** A palette for music without a cover: always the same for the same text. */
export function paletteOfText(text: string): Palette {
  let hash = 7;
  for (const char of text) hash = (Math.imul(hash, 31) + (char.codePointAt(0) ?? 0)) >>> 0;
  const hueA = hash % 360;
  return { hueA, hueB: hueA + 40, chroma: 0.07 };
}

/** `hue` plus whole turns, so that going there from `current` takes the short way round. */
export function nearestTurn(hue: number, current: number): number {
  return hue + 360 * Math.round((current - hue) / 360);
}

function peak(weights: Float64Array, allowed: (bin: number) => boolean): number {
  let best = 0;
  let bestWeight = -1;
  for (let bin = 0; bin < BINS; bin++) {
    const around = (weights.at(bin - 1) ?? 0) + 2 * (weights[bin] ?? 0) + (weights[(bin + 1) % BINS] ?? 0);
    if (allowed(bin) && around > bestWeight) {
      best = bin;
      bestWeight = around;
    }
  }
  return best;
}

function distance(a: number, b: number): number {
  const turn = Math.abs(a - b) % 360;
  return Math.min(turn, 360 - turn);
}

function degrees(a: number, b: number): number {
  return ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360;
}

function oklab(red: number, green: number, blue: number): [number, number, number] {
  const r = linear(red);
  const g = linear(green);
  const b = linear(blue);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function linear(byte: number): number {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}
