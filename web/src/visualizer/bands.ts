/** From an FFT in dB to a few bands that move like the music sounds. Pure. */

const LOW_HZ = 32;
const HIGH_HZ = 14_000;
/** Music falls by about this much per octave; lifting it back lets the treble move as well. */
const TILT_DB_PER_OCTAVE = 3.2;
const FLOOR_DB = -78;
const CEILING_DB = -22;

/** For each of `count` bands the FFT bins [from, to) that it covers, on a logarithmic scale. */
export function bandEdges(count: number, fftSize: number, sampleRateHz: number): Uint16Array<ArrayBuffer> {
  const edges = new Uint16Array(count + 1);
  const octaves = Math.log2(HIGH_HZ / LOW_HZ);
  for (let band = 0; band <= count; band++) {
    const hz = LOW_HZ * 2 ** ((octaves * band) / count);
    edges[band] = Math.min(fftSize / 2, Math.round((hz * fftSize) / sampleRateHz));
  }
  return edges;
}

/** Writes the level of each band, 0..1, to `out`; `spectrumDb` is what an AnalyserNode gives. */
export function bandLevels(spectrumDb: Float32Array, edges: Uint16Array, out: Float32Array): void {
  const count = out.length;
  const octavesPerBand = Math.log2(HIGH_HZ / LOW_HZ) / count;
  for (let band = 0; band < count; band++) {
    const from = edges[band] ?? 0;
    const to = Math.max(from + 1, edges[band + 1] ?? 0);
    let loudest = -Infinity;
    for (let bin = from; bin < to; bin++) loudest = Math.max(loudest, spectrumDb[bin] ?? -Infinity);
    const db = loudest + TILT_DB_PER_OCTAVE * octavesPerBand * band;
    out[band] = Math.min(1, Math.max(0, (db - FLOOR_DB) / (CEILING_DB - FLOOR_DB)));
  }
}

/** Moves `current` towards `target`: up with `attackMs`, down with `releaseMs` as time constants. */
export function follow(
  current: Float32Array,
  target: Float32Array,
  elapsedMs: number,
  attackMs: number,
  releaseMs: number,
): void {
  const up = 1 - Math.exp(-elapsedMs / attackMs);
  const down = 1 - Math.exp(-elapsedMs / releaseMs);
  for (let band = 0; band < current.length; band++) {
    const now = current[band] ?? 0;
    const step = (target[band] ?? 0) - now;
    current[band] = now + step * (step > 0 ? up : down);
  }
}
