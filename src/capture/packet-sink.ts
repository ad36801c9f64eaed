/** Output of the readers of recordings, shared by both formats. */

export interface PacketSink {
  /**
   * One packet as it was captured: `bytes[start, end)`, valid during the call only.
   *
   * @param linkType what the first byte belongs to (LINKTYPE_ values, see segment.ts)
   * @param epochMs time of capture, with fractions; milliseconds since 1970
   */
  packet(linkType: number, epochMs: number, bytes: Buffer, start: number, end: number): void
  /** Packets lost according to the recorder. */
  lost?(packets: number): void
}

/** Reads one record at `start`. */
export interface RecordParser {
  /**
   * @returns bytes that were read, more than `end - start` to skip what is not needed; 0 when the record is not whole yet
   */
  read(bytes: Buffer, start: number, end: number): number | { readonly problem: string }
}

/** The largest packet of any capture tool; libpcap refuses larger ones too. */
export const MAX_PACKET_BYTES = 262_144
