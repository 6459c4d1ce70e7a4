import type { Scope } from '../scope';

const FFT_SIZE = 4096;
const FADE_S = 0.06;

/** Audio element -> analyser -> gain -> speakers. Made on the first press of play, as browsers demand. */
export class AudioGraph {
  readonly analyser: AnalyserNode;
  readonly #context: AudioContext;
  readonly #gain: GainNode;
  readonly #samples = new Float32Array(FFT_SIZE);

  constructor(scope: Scope, audio: HTMLAudioElement, gain: number) {
    // Lets music sound on iOS with the ring switch off.
    const session = (navigator as { audioSession?: { type: string } }).audioSession;
    if (session) session.type = 'playback';
    this.#context = new AudioContext({ latencyHint: 'playback' });
    this.analyser = new AnalyserNode(this.#context, { fftSize: FFT_SIZE, smoothingTimeConstant: 0 });
    this.#gain = new GainNode(this.#context, { gain });
    this.#context.createMediaElementSource(audio).connect(this.analyser).connect(this.#gain).connect(this.#context.destination);
    scope.own(() => void this.#context.close());
  }

  get sampleRate(): number {
    return this.#context.sampleRate;
  }

  resume(): void {
    void this.#context.resume();
  }

  suspend(): void {
    void this.#context.suspend();
  }

  setGain(gain: number): void {
    this.#gain.gain.setTargetAtTime(gain, this.#context.currentTime, FADE_S / 3);
  }

  /** RMS of what sounds now, before the volume, 0..1. */
  energy(): number {
    this.analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    return Math.sqrt(sum / FFT_SIZE);
  }
}
