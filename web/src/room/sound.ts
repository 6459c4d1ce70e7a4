import type { Scope } from '../scope';
import { DOWN_S, duckGain, UP_S } from './ducking';

/** As the player's, so that the landscape sees the same. */
const MIX_FFT = 4096;
const LEVEL_FFT = 1024;
const FADE_S = 0.06;

/** Listens to one track's level without being heard. */
export class Meter {
  readonly trackId: string;
  readonly #source: MediaStreamAudioSourceNode;
  readonly #analyser: AnalyserNode;
  readonly #samples = new Float32Array(LEVEL_FFT);

  constructor(context: AudioContext, track: MediaStreamTrack) {
    this.trackId = track.id;
    this.#source = context.createMediaStreamSource(new MediaStream([track]));
    this.#analyser = new AnalyserNode(context, { fftSize: LEVEL_FFT });
    this.#source.connect(this.#analyser);
  }

  /** RMS now, 0..1. */
  level(): number {
    return rmsOf(this.#analyser, this.#samples);
  }

  close(): void {
    this.#source.disconnect();
  }
}

/**
 * The mix on its way to the ears: analyser -> ducking -> volume -> speakers.
 *
 * A muted audio element plays the same track: without one Chromium does not decode it.
 */
export class MixSound {
  readonly analyser: AnalyserNode;
  readonly #context: AudioContext;
  readonly #duck: GainNode;
  readonly #volume: GainNode;
  readonly #pump = new Audio();
  readonly #sides: readonly [AnalyserNode, AnalyserNode];
  #isDucked = false;

  constructor(scope: Scope, context: AudioContext, track: MediaStreamTrack) {
    this.#context = context;
    const stream = new MediaStream([track]);
    this.#pump.muted = true;
    this.#pump.srcObject = stream;
    void this.#pump.play().catch(() => undefined);
    const source = context.createMediaStreamSource(stream);
    this.analyser = new AnalyserNode(context, { fftSize: MIX_FFT, smoothingTimeConstant: 0 });
    this.#duck = new GainNode(context);
    this.#volume = new GainNode(context, { gain: 0 });
    this.#sides = [new AnalyserNode(context, { fftSize: MIX_FFT }), new AnalyserNode(context, { fftSize: MIX_FFT })];
    const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
    source.connect(this.analyser).connect(this.#duck).connect(this.#volume).connect(context.destination);
    source.connect(splitter);
    this.#sides.forEach((side, channel) => splitter.connect(side, channel));
    scope.own(() => {
      source.disconnect();
      this.#volume.disconnect();
      this.#pump.srcObject = null;
    });
  }

  /** Amplitude, 0..1. */
  setGain(gain: number): void {
    this.#volume.gain.setTargetAtTime(gain, this.#context.currentTime, FADE_S / 3);
  }

  /** Has the music step back, or come back, smoothly. */
  duck(isDucked: boolean, duckDb: number): void {
    if (isDucked === this.#isDucked) return;
    this.#isDucked = isDucked;
    const { gain } = this.#duck;
    gain.setTargetAtTime(isDucked ? duckGain(duckDb) : 1, this.#context.currentTime, (isDucked ? DOWN_S : UP_S) / 3);
  }

  /** What ducking leaves of the music now. */
  get duckedTo(): number {
    return this.#duck.gain.value;
  }

  /** For tests: see `RoomProbe`. */
  playPlainly(): void {
    this.#volume.disconnect();
    this.#pump.muted = false;
  }

  /** RMS of left, right and their difference now: alike in both channels is mono. */
  channels(): { left: number; right: number; difference: number } {
    const [left, right] = this.#sides.map((side) => {
      const samples = new Float32Array(MIX_FFT);
      side.getFloatTimeDomainData(samples);
      return samples;
    }) as [Float32Array, Float32Array];
    return { left: rms(left), right: rms(right), difference: rms(left.map((sample, at) => sample - (right[at] ?? 0))) };
  }
}

function rmsOf(analyser: AnalyserNode, samples: Float32Array<ArrayBuffer>): number {
  analyser.getFloatTimeDomainData(samples);
  return rms(samples);
}

function rms(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}
