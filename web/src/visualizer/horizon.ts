import type { FrameLoop } from '../frameLoop';
import type { Scope } from '../scope';
import { bandEdges, bandLevels, follow } from './bands';

/**
 * The landscape: three ridges that the spectrum lifts, and a sun that crosses the sky once per track. A push moves
 * the traveller: the hills pass by, in a gust at first, then slowly for as long as the direction is held.
 *
 * At rest the ridges show a quiet terrain of their own. The nearest one has the ground's colour, so that the picture
 * runs into the page below.
 */
export interface HorizonOptions {
  /** Stands behind the canvas; moved, never redrawn. */
  readonly sun: HTMLElement;
  readonly analyser: () => AnalyserNode | null;
  /** Whether sound is wanted; at rest nothing is analysed. */
  readonly active: () => boolean;
  /** Which way listeners push: -1 to the left, 1 to the right, 0 not at all. */
  readonly heading: () => -1 | 0 | 1;
  /** How far through the track, 0..1; null hides the sun. */
  readonly fraction: () => number | null;
}

interface Ridge {
  readonly levels: Float32Array;
  readonly colour: string;
  readonly attackMs: number;
  readonly releaseMs: number;
  /** Share of the height: resting terrain, and what the music adds. */
  readonly rest: number;
  readonly lift: number;
  readonly seed: number;
  /** The nearer, the faster it passes by. */
  readonly pace: number;
  /** The farthest ridge runs from treble to bass, so that the outline is not one slope. */
  readonly reversed: boolean;
}

const BANDS = 56;
const MAX_PIXEL_RATIO = 2;
/** Widths of the picture per second: at the push, while it is held, and how fast the one becomes the other. */
const GUST = 0.45;
const CRUISE = 0.012;
const GUST_MS = 450;
/** Drawing more often than this is not seen. */
const FRAME_MS = 15;

export class Horizon {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #options: HorizonOptions;
  readonly #style: CSSStyleDeclaration;
  readonly #still = matchMedia('(prefers-reduced-motion: reduce)');
  readonly #silence = new Float32Array(BANDS);
  readonly #target = new Float32Array(BANDS);
  readonly #ridges: readonly Ridge[] = [
    ridge({ colour: '--ridge-far', attackMs: 420, releaseMs: 2200, rest: 0.5, lift: 0.46, seed: 1.7, pace: 0.25, reversed: true }),
    ridge({ colour: '--ridge-mid', attackMs: 140, releaseMs: 900, rest: 0.34, lift: 0.54, seed: 4.2, pace: 0.5, reversed: false }),
    ridge({ colour: '--ground', attackMs: 45, releaseMs: 340, rest: 0.15, lift: 0.64, seed: 8.9, pace: 1, reversed: false }),
  ];
  #spectrum = new Float32Array(0);
  #edges = new Uint16Array(0);
  #lastMs = 0;
  #heading: -1 | 0 | 1 = 0;
  #speed = 0;
  /** Widths travelled. */
  #travelled = 0;
  #width = 0;
  #height = 0;

  constructor(scope: Scope, loop: FrameLoop, canvas: HTMLCanvasElement, options: HorizonOptions) {
    const context = canvas.getContext('2d');
    if (!context) throw new TypeError('no 2d canvas');
    this.#canvas = canvas;
    this.#context = context;
    this.#options = options;
    this.#style = getComputedStyle(canvas);
    const observer = new ResizeObserver(() => this.#resize());
    observer.observe(canvas);
    scope.own(() => observer.disconnect());
    this.#resize();
    loop.add(scope, (nowMs) => this.#onFrame(nowMs));
  }

  #resize(): void {
    const ratio = Math.min(MAX_PIXEL_RATIO, devicePixelRatio);
    this.#width = this.#canvas.clientWidth;
    this.#height = this.#canvas.clientHeight;
    this.#canvas.width = Math.round(this.#width * ratio);
    this.#canvas.height = Math.round(this.#height * ratio);
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#draw();
  }

  #onFrame(nowMs: number): void {
    const elapsedMs = nowMs - this.#lastMs;
    if (elapsedMs < FRAME_MS || document.hidden) return;
    this.#lastMs = nowMs;
    this.#travel(Math.min(elapsedMs, 100));
    const levels = this.#listen();
    for (const { levels: current, attackMs, releaseMs } of this.#ridges) follow(current, levels, elapsedMs, attackMs, releaseMs);
    this.#draw();
  }

  #travel(elapsedMs: number): void {
    if (this.#still.matches) return;
    const heading = this.#options.heading();
    if (heading !== this.#heading) this.#speed += heading * GUST;
    this.#heading = heading;
    const cruise = this.#options.active() ? heading * CRUISE : 0;
    this.#speed += (cruise - this.#speed) * (1 - Math.exp(-elapsedMs / GUST_MS));
    this.#travelled += (this.#speed * elapsedMs) / 1000;
  }

  #listen(): Float32Array {
    const analyser = this.#options.analyser();
    if (!analyser || !this.#options.active() || this.#still.matches) return this.#silence;
    if (this.#spectrum.length !== analyser.frequencyBinCount) {
      this.#spectrum = new Float32Array(analyser.frequencyBinCount);
      this.#edges = bandEdges(BANDS, analyser.fftSize, analyser.context.sampleRate);
    }
    analyser.getFloatFrequencyData(this.#spectrum);
    bandLevels(this.#spectrum, this.#edges, this.#target);
    return this.#target;
  }

  #draw(): void {
    this.#context.clearRect(0, 0, this.#width, this.#height);
    for (const each of this.#ridges) this.#drawRidge(each, this.#style.getPropertyValue(each.colour));
    this.#moveSun(this.#options.fraction());
  }

  /** Rises at the left edge with the track's start, stands highest in its middle, sets at the right. */
  #moveSun(fraction: number | null): void {
    const { style } = this.#options.sun;
    style.opacity = fraction === null ? '0' : '1';
    if (fraction === null) return;
    const x = fraction * this.#width;
    const up = this.#height * (0.08 + 0.64 * Math.sin(Math.PI * fraction));
    style.transform = `translate(${x.toFixed(1)}px, ${(-up).toFixed(1)}px)`;
  }

  #drawRidge({ levels, rest, lift, seed, pace, reversed }: Ridge, colour: string): void {
    const context = this.#context;
    const step = this.#width / (BANDS - 1);
    context.beginPath();
    context.moveTo(0, this.#height);
    let previousX = 0;
    let previousY = this.#height;
    for (let point = 0; point < BANDS; point++) {
      const level = smoothed(levels, reversed ? BANDS - 1 - point : point);
      const x = point * step;
      const y = this.#height * (1 - rest * terrain(point / BANDS + pace * this.#travelled, seed) - lift * level * level);
      if (point === 0) context.lineTo(x, y);
      else context.quadraticCurveTo(previousX, previousY, (previousX + x) / 2, (previousY + y) / 2);
      previousX = x;
      previousY = y;
    }
    context.lineTo(previousX, previousY);
    context.lineTo(this.#width, this.#height);
    context.closePath();
    context.fillStyle = colour;
    context.fill();
  }
}

function ridge(options: Omit<Ridge, 'levels'>): Ridge {
  return { ...options, levels: new Float32Array(BANDS) };
}

/** The resting outline, 0..1, at `x` widths: three slow waves. */
function terrain(x: number, seed: number): number {
  const wave = Math.sin(5.1 * x + seed) + 0.6 * Math.sin(11.3 * x + 2 * seed) + 0.3 * Math.sin(23.7 * x + 3 * seed);
  return 0.5 + 0.26 * wave;
}

/** Averages over five bands, weighted 1 2 3 2 1. */
function smoothed(levels: Float32Array, point: number): number {
  let sum = 0;
  for (let offset = -2; offset <= 2; offset++) {
    const near = Math.min(levels.length - 1, Math.max(0, point + offset));
    sum += (3 - Math.abs(offset)) * (levels[near] ?? 0);
  }
  return sum / 9;
}
