package io.datrang.index;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Which sequences of three bytes occur in texts: a filter that says "perhaps" too often and never
 * too seldom. Upper and lower case of ASCII letters are the same to it.
 *
 * <p>A filter is one byte, the version 1; a CRC-32C of the rest, little-endian; and the bits of a
 * Bloom filter, 2^n bytes of them. A sequence of bytes b0, b1, b2 (folded, as {@link #fold} does)
 * has the number {@code b0 << 16 | b1 << 8 | b2}, the product of that with 0x9E3779B97F4A7C15, and
 * four bits in the filter: number {@code (product >>> shift) % bits}, for the shifts 40, 29, 18, 7.
 */
public final class TextFilter {
  private static final byte VERSION = 1;
  private static final int HEADER_BYTES = 1 + Integer.BYTES;
  private static final int[] SHIFTS = {40, 29, 18, 7};
  private static final int BITS_EACH = 10;

  /** With more sequences than these a filter would be large, and of little use. */
  private static final int SEQUENCES_MAX = 200_000;

  private TextFilter() {}

  /** Sequences of some texts. Used by one thread. */
  public static final class Sequences {
    /** Null once it is packed. */
    private BitSet found = new BitSet();

    /** In order; null before it is packed, and when there are too many. */
    private int[] packed;

    private boolean useless;

    /** Adds those of one text in UTF-8. */
    public void add(byte[] text) {
      unpack();
      byte[] folded = fold(text);
      for (int i = 0; !useless && i + 2 < folded.length; i++) {
        found.set(sequence(folded, i));
      }
    }

    public void add(Sequences others) {
      unpack();
      useless |= others.useless;
      if (useless) {
        found = null;
      } else if (others.found != null) {
        found.or(others.found);
      } else {
        for (int each : others.packed) {
          found.set(each);
        }
      }
    }

    /** Takes less memory from now on: for when nothing more is to be added soon. */
    public void pack() {
      if (found != null) {
        useless = found.cardinality() > SEQUENCES_MAX;
        packed = useless ? null : found.stream().toArray();
        found = null;
      }
    }

    private void unpack() {
      if (packed != null) {
        found = new BitSet();
        for (int each : packed) {
          found.set(each);
        }
        packed = null;
      }
    }

    /** Their filter; null when it would be of no use. */
    public byte[] filter() {
      unpack();
      int count = useless ? 0 : found.cardinality();
      if (useless || count > SEQUENCES_MAX) {
        return null;
      }
      int bytes =
          Math.max(8, Integer.highestOneBit(Math.max(1, count) * BITS_EACH / Byte.SIZE) * 2);
      ByteBuffer filter = ByteBuffer.allocate(HEADER_BYTES + bytes).order(ByteOrder.LITTLE_ENDIAN);
      for (int each = found.nextSetBit(0); each >= 0; each = found.nextSetBit(each + 1)) {
        for (int shift : SHIFTS) {
          long bit = bit(each, shift, bytes);
          int at = HEADER_BYTES + (int) (bit >>> 3);
          filter.put(at, (byte) (filter.get(at) | 1 << (bit & 7)));
        }
      }
      return filter.put(0, VERSION).putInt(1, checksum(filter.array())).array();
    }
  }

  /** The numbers of a text's sequences, some perhaps more than once. */
  static int[] sequences(byte[] text) {
    byte[] folded = fold(text);
    int[] sequences = new int[Math.max(0, folded.length - 2)];
    for (int i = 0; i < sequences.length; i++) {
      sequences[i] = sequence(folded, i);
    }
    return sequences;
  }

  private static int sequence(byte[] folded, int i) {
    return (folded[i] & 0xff) << 16 | (folded[i + 1] & 0xff) << 8 | (folded[i + 2] & 0xff);
  }

  /**
   * One form of texts that are equal but for the case of ASCII letters, in every locale: the
   * letters in lower case, and the characters whose other case can be one of them (I with a dot, i
   * without, the Kelvin sign) as that letter.
   */
  static byte[] fold(byte[] text) {
    byte[] folded = new byte[text.length];
    int length = 0;
    for (int i = 0; i < text.length; i++) {
      int b = text[i] & 0xff;
      if (b >= 'A' && b <= 'Z') {
        folded[length++] = (byte) (b + 'a' - 'A');
      } else if (b == 0xc4 && i + 1 < text.length && (text[i + 1] & 0xfe) == 0xb0) {
        folded[length++] = 'i';
        i++;
      } else if (b == 0xe2
          && i + 2 < text.length
          && (text[i + 1] & 0xff) == 0x84
          && (text[i + 2] & 0xff) == 0xaa) {
        folded[length++] = 'k';
        i += 2;
      } else {
        folded[length++] = (byte) b;
      }
    }
    return length == text.length ? folded : Arrays.copyOf(folded, length);
  }

  /** What a text has to contain that contains this one, as {@link Predicate.Contains} wants it. */
  public static List<Integer> wanted(byte[] part) {
    List<Integer> wanted = new ArrayList<>();
    for (int each : sequences(part)) {
      wanted.add(each);
    }
    return wanted;
  }

  /** Whether one of the texts may have all of the sequences; true for what is no filter. */
  static boolean mayHold(byte[] filter, List<Integer> wanted) {
    if (filter == null || filter.length <= HEADER_BYTES) {
      return true;
    }
    int bytes = filter.length - HEADER_BYTES;
    for (int each : wanted) {
      for (int shift : SHIFTS) {
        long bit = bit(each, shift, bytes);
        if ((filter[HEADER_BYTES + (int) (bit >>> 3)] & 1 << (bit & 7)) == 0) {
          return false;
        }
      }
    }
    return true;
  }

  /** The filter, or null when its bytes are none: a damaged one must hide nothing. */
  public static byte[] checked(byte[] filter) {
    return filter != null
            && filter.length > HEADER_BYTES
            && filter[0] == VERSION
            && Integer.bitCount(filter.length - HEADER_BYTES) == 1
            && ByteBuffer.wrap(filter).order(ByteOrder.LITTLE_ENDIAN).getInt(1) == checksum(filter)
        ? filter
        : null;
  }

  private static int checksum(byte[] filter) {
    CRC32C crc = new CRC32C();
    crc.update(filter, HEADER_BYTES, filter.length - HEADER_BYTES);
    return (int) crc.getValue();
  }

  private static long bit(int sequence, int shift, int bytes) {
    return (sequence * 0x9e3779b97f4a7c15L >>> shift) & bytes * 8L - 1;
  }
}
