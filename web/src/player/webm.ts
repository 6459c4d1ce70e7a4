/** Just enough of WebM (Matroska, RFC 9559) to know where a joined stream begins. */

const CLUSTER_ID = [0x1f, 0x43, 0xb6, 0x75];
const TIMESTAMP_ID = 0xe7;

/**
 * The timestamp of the first cluster in `bytes`, or null when it is not (wholly) there yet.
 *
 * Assumes what Drift's muxer writes: the default scale of 1 ms and the timestamp as the cluster's first element.
 */
export function firstClusterMs(bytes: Uint8Array): number | null {
  for (let at = 0; at + 4 < bytes.length; at++) {
    if (!CLUSTER_ID.every((byte, index) => bytes[at + index] === byte)) continue;
    const sizeByte = bytes[at + 4];
    if (sizeByte === undefined) return null;
    const timestampAt = at + 4 + vintLength(sizeByte);
    const length = (bytes[timestampAt + 1] ?? 0) & 0x7f;
    const payload = bytes.subarray(timestampAt + 2, timestampAt + 2 + length);
    if (bytes[timestampAt] !== TIMESTAMP_ID || length === 0 || payload.length < length) return null;
    return payload.reduce((value, byte) => value * 256 + byte, 0);
  }
  return null;
}

/** Bytes taken by an EBML variable-length integer, told by its leading zeros. */
function vintLength(firstByte: number): number {
  return Math.clz32(firstByte) - 24 + 1;
}
