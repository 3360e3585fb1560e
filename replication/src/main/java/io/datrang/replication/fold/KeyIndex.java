package io.datrang.replication.fold;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The keys one batch touches, numbered in order of first appearance. A key is the bytes PostgreSQL
 * sent: two keys are the same row exactly when their text is.
 */
final class KeyIndex {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private byte[] bytes = new byte[1024];
  private int[] ends = new int[64];
  private int[] hashes = new int[64];
  private int size;

  /** Open addressing; ordinal + 1, 0 when free. A power of two, at most half full. */
  private int[] slots = new int[128];

  /** Of the key last looked for. */
  private int hash;

  int size() {
    return size;
  }

  /** The ordinal of the key, or −1. */
  int find(byte[] key, int length) {
    hash = hash(key, length);
    return slots[slot(key, length, hash)] - 1;
  }

  /** Adds the key that {@link #find} has just not found and returns its ordinal. */
  int add(byte[] key, int length) {
    if (size == ends.length) {
      grow();
    }
    int start = from(size);
    if (bytes.length - start < length) {
      bytes = Arrays.copyOf(bytes, Math.max(Math.multiplyExact(bytes.length, 2), start + length));
    }
    System.arraycopy(key, 0, bytes, start, length);
    hashes[size] = hash;
    ends[size] = start + length;
    slots[slot(key, length, hash)] = size + 1;
    return size++;
  }

  /** Holds all keys; see {@link #from} and {@link #to}. */
  byte[] bytes() {
    return bytes;
  }

  int from(int ordinal) {
    return ordinal == 0 ? 0 : ends[ordinal - 1];
  }

  int to(int ordinal) {
    return ends[ordinal];
  }

  /** The slot that holds the key, or the free one where it belongs. */
  private int slot(byte[] key, int length, int hash) {
    int slot = hash & slots.length - 1;
    while (slots[slot] != 0 && !matches(slots[slot] - 1, key, length, hash)) {
      slot = slot + 1 & slots.length - 1;
    }
    return slot;
  }

  private boolean matches(int ordinal, byte[] key, int length, int hash) {
    return hashes[ordinal] == hash
        && Arrays.equals(bytes, from(ordinal), to(ordinal), key, 0, length);
  }

  private void grow() {
    ends = Arrays.copyOf(ends, size * 2);
    hashes = Arrays.copyOf(hashes, size * 2);
    slots = new int[size * 4];
    for (int i = 0; i < size; i++) {
      int slot = hashes[i] & slots.length - 1;
      while (slots[slot] != 0) {
        slot = slot + 1 & slots.length - 1;
      }
      slots[slot] = i + 1;
    }
  }

  private static int hash(byte[] key, int length) {
    long hash = length;
    int at = 0;
    for (; length - at >= Long.BYTES; at += Long.BYTES) {
      hash = mix(hash ^ (long) LONG.get(key, at));
    }
    for (; at < length; at++) {
      hash = hash * 31 + key[at];
    }
    return (int) mix(hash);
  }

  private static long mix(long hash) {
    long product = hash * 0x9E3779B97F4A7C15L;
    return product ^ product >>> 32;
  }
}
