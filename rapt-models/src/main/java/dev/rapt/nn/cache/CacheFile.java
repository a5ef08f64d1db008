package dev.rapt.nn.cache;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.SafetensorsFile;
import dev.rapt.checkpoint.SafetensorsWriter;
import dev.rapt.kernel.PageView;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Keys and values of a sequence in a safetensors file: {@code tokens} (T), i32, and for each layer
 * {@code layers.0.keys} and {@code layers.0.values} (pages, page size, width), f32 or bf16; with
 * 8-bit elements u8, the scale of each head before its elements. A sliding-window layer has its
 * last pages only.
 */
public final class CacheFile {
  private static final String TOKENS = "tokens";

  /**
   * What a file holds.
   *
   * @param pages of the pool, taken for one user
   */
  @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
  public record Stored(int[] tokens, List<Page> pages) {}

  private CacheFile() {}

  /**
   * Writes a sequence.
   *
   * @param tokens its tokens, as many as the pages hold positions
   * @param pages of this pool
   * @throws CheckpointException if the file cannot be written
   */
  public static void write(Path file, PagePool pool, int[] tokens, List<Page> pages) {
    List<SafetensorsWriter.Spec> specs = new ArrayList<>();
    specs.add(new SafetensorsWriter.Spec(TOKENS, DType.I32, Shape.of(tokens.length)));
    for (int store = 0; store < 2 * pool.numLayers(); store++) {
      if (pool.storeBytes(store) > 0) {
        specs.add(spec(pool, store, pages.size() - firstHeld(store, pages)));
      }
    }
    try (SafetensorsWriter writer = SafetensorsWriter.open(file, specs)) {
      ByteBuffer ids =
          ByteBuffer.allocate(Integer.BYTES * tokens.length).order(ByteOrder.LITTLE_ENDIAN);
      ids.asIntBuffer().put(tokens);
      writer.append(TOKENS, MemorySegment.ofArray(ids.array()));
      for (int store = 0; store < 2 * pool.numLayers(); store++) {
        if (pool.storeBytes(store) > 0) {
          for (Page page : pages.subList(firstHeld(store, pages), pages.size())) {
            writer.append(name(store), Objects.requireNonNull(page.memory[store]));
          }
        }
      }
      writer.commit();
    }
  }

  private static String name(int store) {
    return "layers.%d.%s".formatted(store / 2, store % 2 == 0 ? "keys" : "values");
  }

  /** The first page that holds a store; the later ones do, too. */
  private static int firstHeld(int store, List<Page> pages) {
    int first = pages.size();
    while (first > 0 && pages.get(first - 1).memory[store] != null) {
      first--;
    }
    return first;
  }

  private static SafetensorsWriter.Spec spec(PagePool pool, int store, int numPages) {
    DType type =
        switch (pool.format()) {
          case F32 -> DType.F32;
          case BF16 -> DType.BF16;
          case INT8 -> DType.U8;
        };
    long width = pool.storeBytes(store) / pool.pageSize() / type.byteSize();
    return new SafetensorsWriter.Spec(
        name(store), type, Shape.of(numPages, pool.pageSize(), width));
  }

  /**
   * Reads a sequence into pages of a pool.
   *
   * @throws CheckpointException if the file is damaged, or its keys and values are not those of the
   *     layers, the type and the page size of the pool
   * @throws IllegalArgumentException if the pool has no room
   */
  public static Stored read(Path file, PagePool pool) {
    try (Arena arena = Arena.ofConfined()) {
      SafetensorsFile stored = SafetensorsFile.map(file, arena);
      if (!stored.names().contains(TOKENS)) {
        throw new CheckpointException(
            file, TOKENS, "must be a saved KV cache, got no tokens; save it with --cache");
      }
      int[] tokens = stored.entry(TOKENS).data().toArray(ValueLayout.JAVA_INT_UNALIGNED);
      int count = Math.ceilDiv(tokens.length, pool.pageSize());
      for (int store = 0; store < 2 * pool.numLayers(); store++) {
        requireFitting(file, stored, pool, store, count);
      }
      return new Stored(tokens, pages(stored, pool, count));
    }
  }

  private static void requireFitting(
      Path file, SafetensorsFile stored, PagePool pool, int store, int count) {
    if (pool.storeBytes(store) == 0) {
      return;
    }
    String name = name(store);
    if (!stored.names().contains(name)) {
      throw new CheckpointException(file, name, "must be there for this model, got none");
    }
    long held = stored.shape(name).dim(0);
    SafetensorsWriter.Spec want = spec(pool, store, (int) Math.min(held, count));
    if (stored.entry(name).dtype() != want.dtype() || !stored.shape(name).equals(want.shape())) {
      throw new CheckpointException(
          file,
          name,
          "must be %s %s for this model and type of cache, got %s %s"
              .formatted(
                  want.shape(),
                  want.dtype().label(),
                  stored.shape(name),
                  stored.entry(name).dtype().label()));
    }
  }

  private static List<Page> pages(SafetensorsFile stored, PagePool pool, int count) {
    List<Page> pages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Page page = pool.take();
      if (page == null) {
        pages.forEach(pool::release);
        throw new IllegalArgumentException(
            "KV cache: must have room for the %d pages of the file, got %d bytes; use a larger cache"
                .formatted(count, pool.budgetBytes()));
      }
      pages.add(page);
    }
    for (int store = 0; store < 2 * pool.numLayers(); store++) {
      long bytes = pool.storeBytes(store);
      if (bytes > 0) {
        MemorySegment data = stored.entry(name(store)).data();
        int first = count - Math.toIntExact(data.byteSize() / bytes);
        for (int i = 0; i < count; i++) {
          if (i < first) {
            pool.forget(pages.get(i), store);
          } else {
            Objects.requireNonNull(pages.get(i).memory[store])
                .copyFrom(data.asSlice((i - first) * bytes, bytes));
          }
        }
      }
    }
    return pages;
  }

  /**
   * Returns how far the first positions of two sequences are apart: the largest root mean square
   * difference of a layer's keys or values, relative to their own.
   *
   * @param positions to compare, at most those of a page
   */
  public static double distance(PagePool pool, Page a, Page b, int positions) {
    double largest = 0;
    for (int store = 0; store < 2 * pool.numLayers(); store++) {
      if (a.memory[store] != null && b.memory[store] != null) {
        PageView x = pool.view(store, List.of(a)), y = pool.view(store, List.of(b));
        double difference = 0, size = 0;
        for (int t = 0; t < positions; t++) {
          for (int h = 0; h < x.numHeads(); h++) {
            for (int e = 0; e < x.headDim(); e++) {
              double own = x.element(0, t, h, x.headDim(), e);
              double other = y.element(0, t, h, y.headDim(), e);
              difference += (own - other) * (own - other);
              size += own * own;
            }
          }
        }
        largest = Math.max(largest, Math.sqrt(difference / Math.max(size, Double.MIN_NORMAL)));
      }
    }
    return largest;
  }
}
