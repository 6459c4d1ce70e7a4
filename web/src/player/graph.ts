import type { Scope } from '../scope';

const FFT_SIZE = 4096;
const FADE_S = 0.06;
/** A cut within the music is hidden in a dip: so long down, and up again. */
const DIP_S = 0.03;
const LONGEST_SEEK_MS = 300;

/** Audio element -> analyser -> gain -> speakers. Made on the first press of play, as browsers demand. */
export class AudioGraph {
  readonly analyser: AnalyserNode;
  readonly #scope: Scope;
  readonly #audio: HTMLAudioElement;
  readonly #context: AudioContext;
  readonly #gain: GainNode;
  readonly #dip: GainNode;
  readonly #samples = new Float32Array(FFT_SIZE);

  constructor(scope: Scope, audio: HTMLAudioElement, gain: number) {
    this.#scope = scope;
    this.#audio = audio;
    // Lets music sound on iOS with the ring switch off.
    const session = (navigator as { audioSession?: { type: string } }).audioSession;
    if (session) session.type = 'playback';
    this.#context = new AudioContext({ latencyHint: 'playback' });
    this.analyser = new AnalyserNode(this.#context, { fftSize: FFT_SIZE, smoothingTimeConstant: 0 });
    this.#gain = new GainNode(this.#context, { gain });
    this.#dip = new GainNode(this.#context);
    const source = this.#context.createMediaElementSource(audio);
    source.connect(this.analyser).connect(this.#dip).connect(this.#gain).connect(this.#context.destination);
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

  /** The amplitude that is set, on its way to what `setGain` asked for. */
  get gain(): number {
    return this.#gain.gain.value;
  }

  setGain(gain: number): void {
    this.#gain.gain.setTargetAtTime(gain, this.#context.currentTime, FADE_S / 3);
  }

  /** Runs `jump`, a seek, in a moment of silence, so that it does not click. */
  dip(jump: () => void): void {
    const { gain } = this.#dip;
    const up = (): void => void gain.setTargetAtTime(1, this.#context.currentTime, DIP_S / 3);
    gain.setTargetAtTime(0, this.#context.currentTime, DIP_S / 4);
    this.#scope.timeout(() => {
      jump();
      this.#audio.addEventListener('seeked', up, { once: true });
      this.#scope.timeout(up, LONGEST_SEEK_MS);
    }, DIP_S * 1000);
  }

  /** RMS of what sounds now, before the volume, 0..1. */
  energy(): number {
    this.analyser.getFloatTimeDomainData(this.#samples);
    let sum = 0;
    for (const sample of this.#samples) sum += sample * sample;
    return Math.sqrt(sum / FFT_SIZE);
  }
}
