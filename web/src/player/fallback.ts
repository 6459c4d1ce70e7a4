import type { Scope } from '../scope';

/** After this long without progress the stream is given up. */
const STALL_MS = 6000;

/** Plays `url` in a plain audio element until it fails (rejects) or `scope` is disposed (resolves). */
export function playPlain(scope: Scope, audio: HTMLAudioElement, url: string, onPlaying: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new Error('The stream was lost.'));
    let cancelWatch = (): void => undefined;
    const watch = (): void => {
      cancelWatch();
      cancelWatch = scope.timeout(fail, STALL_MS);
    };
    scope.own(() => {
      audio.pause();
      audio.removeAttribute('src');
      audio.load();
      resolve();
    });
    scope.listen(audio, 'playing', onPlaying);
    scope.listen(audio, 'timeupdate', watch);
    scope.listen(audio, 'error', fail);
    scope.listen(audio, 'ended', fail);
    watch();
    // A fresh address each time: a cached half of a live stream is of no use.
    audio.src = `${url}?t=${Date.now()}`;
    audio.play().catch(fail);
  });
}
