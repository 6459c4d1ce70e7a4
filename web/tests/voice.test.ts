import { describe, expect, it } from 'vitest';
import { duckGain, meterOf, SpeechGate } from '../src/room/ducking';
import { Flow } from '../src/room/flow';
import { participantOf } from '../src/room/levels';
import { explainMicrophone } from '../src/room/microphone';

describe('SpeechGate', () => {
  it('opens at once for a voice, and not for a quiet room', () => {
    const gate = new SpeechGate();
    expect(gate.hear(0.003, 0)).toBe(false);
    expect(gate.hear(0.015, 50)).toBe(false);
    expect(gate.hear(0.05, 100)).toBe(true);
  });

  it('stays open between words and closes after them', () => {
    const gate = new SpeechGate();
    gate.hear(0.05, 0);
    expect(gate.hear(0, 300)).toBe(true);
    // A quiet syllable keeps open what it would not have opened.
    expect(gate.hear(0.012, 400)).toBe(true);
    expect(gate.hear(0, 850)).toBe(true);
    expect(gate.hear(0, 900)).toBe(false);
    expect(gate.hear(0.012, 950)).toBe(false);
  });
});

describe('Flow', () => {
  it('begins with the first packet and ends when none came for a while', () => {
    const flow = new Flow(0);
    expect(flow.see(0, 400)).toBe(false);
    expect(flow.see(12, 800)).toBe(true);
    expect(flow.see(12, 2200)).toBe(true);
    expect(flow.see(12, 2400)).toBe(false);
    expect(flow.see(13, 9000)).toBe(true);
  });

  it('goes on where the browser counts anew', () => {
    const flow = new Flow(0);
    flow.see(455, 0);
    expect(flow.see(20, 1600)).toBe(true);
    expect(flow.see(40, 2000)).toBe(true);
  });
});

describe('levels', () => {
  it('turns dB into a gain that never raises', () => {
    expect(duckGain(12)).toBeCloseTo(0.251, 3);
    expect(duckGain(0)).toBe(1);
    expect(duckGain(-6)).toBe(1);
  });

  it('shows a meter on a scale of loudness', () => {
    expect([0, 0.0001, 1, 4].map(meterOf)).toEqual([0, 0, 1, 1]);
    expect(meterOf(0.0316)).toBeCloseTo(0.5, 2);
  });

  it('knows the participant of a connection', () => {
    expect(participantOf('p1#ab')).toBe('p1');
    expect(participantOf('drift')).toBe('drift');
  });
});

describe('explainMicrophone', () => {
  it('tells people what they can do', () => {
    expect(explainMicrophone(new DOMException('', 'NotAllowedError'))).toContain('address bar');
    expect(explainMicrophone(new DOMException('', 'NotFoundError'))).toContain('No microphone');
    expect(explainMicrophone(new DOMException('', 'SecurityError'))).toContain('https');
    expect(explainMicrophone('?')).toContain('could not');
  });
});
